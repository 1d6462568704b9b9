//! What Elasticsearch's verifier refuses, each at its place, and what stands close to it and passes. The rules are those that its
//! `VerifierTests` and `OptimizerVerificationTests` state, in queries of our own.

use super::super::{FindingKind, check, parse};
use super::typed::Sample;

fn found(text: &str) -> Vec<(FindingKind, String)> {
    let parsed = parse(text);
    assert_eq!(parsed.problems, [], "{text}");
    let checked = check(&parsed.query.unwrap(), text, &Sample);
    let at = |finding: super::super::Finding| (finding.kind, text[finding.problem.span.range()].to_owned());
    checked.findings.into_iter().map(at).collect()
}

/// The marked part is told, and nothing else.
fn refused(kind: FindingKind, queries: &[&str]) {
    for marked in queries {
        let text = marked.replace(['⟦', '⟧'], "");
        let place = marked.split_once('⟦').and_then(|(_, rest)| rest.split_once('⟧')).unwrap().0;
        assert_eq!(found(&text), [(kind, place.to_owned())], "{marked}");
    }
}

fn passes(queries: &[&str]) {
    for text in queries {
        assert_eq!(found(text), [], "{text}");
    }
}

#[test]
fn groups_stand_behind_by() {
    refused(
        FindingKind::Placement,
        &[
            "from a | stats ⟦bytes + 1⟧ by bytes + 1",
            "from a | stats ⟦bytes + 1⟧ by e = bytes + 1",
            "from a | stats ⟦bucket(bytes, 5.)⟧ by bucket(bytes, 5.)",
            "from a | stats z = ⟦bucket(bytes, 5.)⟧ by x = bucket(bytes, 5.)",
            "from a | stats count(*) by bucket(⟦bucket(bytes, 5.)⟧, 6.)",
            "from a | stats bytes + 1 where ⟦bytes > 1⟧ by bytes",
        ],
    );
    passes(&[
        "from a | stats max(bytes) where bucket(bytes, 10) > 1 by bucket(bytes, 10)",
        "from a | stats max(bytes) + 1 by bucket(bytes, 10) + 1",
    ]);
}

#[test]
fn categories_are_groups_of_their_own() {
    refused(
        FindingKind::Placement,
        &[
            "from a | stats count(*) by bytes, ⟦categorize(user.name)⟧",
            "from a | stats count(*) by categorize(user.name), ⟦categorize(message)⟧",
            "from a | stats count(*) by mv_count(⟦categorize(user.name)⟧)",
            "from a | stats count(*) by ⟦categorize(user.name)⟧::datetime",
            "from a | stats count(⟦cat⟧) by cat = categorize(user.name)",
            "from a | stats count(*) where ⟦categorize(user.name)⟧ == \"x\" by categorize(user.name)",
            "from a | stats count(*) where ⟦c⟧ == \"x\" by c = categorize(user.name)",
        ],
    );
    passes(&[
        "from a | stats count(*) by a = categorize(user.name), b = bytes",
        "from a | stats count(*) by categorize(length(user.name)::string)",
        "from a | stats mv_count(cat), count(*) by cat = categorize(user.name)",
        "from a | stats mv_count(categorize(user.name)), count(*) by cat = categorize(user.name)",
        "from a | stats count(*) by categorize(user.name, {\"output_format\": \"ToKeNs\", \"similarity_threshold\": 100})",
    ]);
}

#[test]
fn some_arguments_are_constants() {
    refused(
        FindingKind::Function,
        &[
            "from a | stats percentile(bytes, ⟦bytes⟧)",
            "from a | stats count_distinct(user.name, ⟦bytes + 1⟧)",
            "from a | where match(message, ⟦user.name⟧)",
            "from a | where kql(⟦message⟧)",
            "from a | stats weighted_avg(bytes, ⟦null⟧)",
            "from a | stats weighted_avg(bytes, ⟦0.0⟧)",
            "from a | where match(message, ⟦null⟧)",
            "from a | where qstr(⟦null⟧)",
        ],
    );
    passes(&[
        "row p = 95, v = [1, 2] | stats percentile(v, p)",
        "from a | where kql(concat(\"a: b\", \" or c: d\"))",
        "from a | stats weighted_avg(bytes, ratio), percentile(bytes, 90 + 5)",
    ]);
}

#[test]
fn options_have_names_and_types() {
    refused(
        FindingKind::Command,
        &[
            "from a | where match(message, \"x\", {⟦\"fuzzyness\"⟧: \"AUTO\"})",
            "from a | where kql(\"x\", {⟦\"k\"⟧: 1})",
        ],
    );
    refused(
        FindingKind::Function,
        &[
            "from a | where match(message, \"x\", {\"boost\": ⟦\"x\"⟧})",
            "from a | where qstr(\"x\", {\"lenient\": ⟦5⟧})",
            "from a | where match(message, \"x\", {\"operator\": ⟦\"XOR\"⟧})",
        ],
    );
    passes(&[
        "from a | where match(message, \"x\", {\"fuzziness\": 1, \"boost\": \"2.1\", \"operator\": \"OR\", \"lenient\": \"true\"})",
    ]);
}

#[test]
fn searches_are_of_the_indexs_own_fields() {
    refused(
        FindingKind::Placement,
        &[
            "from a | eval t = left(message, 9) | where match(⟦t⟧, \"x\")",
            "from a | where match(⟦concat(message, user.name)⟧, \"x\")",
            "from a | eval t = left(message, 9) | where multi_match(\"x\", message, ⟦t⟧)",
        ],
    );
    passes(&["from a | where match(bytes::keyword, \"5\") and multi_match(\"x\", message, user.name)"]);
}

#[test]
fn spans_of_time_are_no_values() {
    refused(
        FindingKind::Type,
        &[
            "row a = ⟦1 day⟧",
            "row x = 1 | eval y = ⟦3 months + 5 days⟧",
            "from a | eval y = ⟦\"1 hour\"::time_duration⟧",
            "from a | where \"3 days\"::date_period == ⟦3 days⟧",
            "row x = to_ul(1) | eval y = -⟦x⟧",
            "from a | stats count(*) by bucket(bytes, ⟦\"5\"⟧)",
            "row key = null::geo_point, value = 0 | change_point value on ⟦key⟧",
        ],
    );
    refused(FindingKind::UnknownColumn, &["from a | keep bytes | change_point ⟦bytes⟧"]);
    passes(&["from a | where @timestamp > now() - \"1 hour\"::time_duration | change_point bytes"]);
}

#[test]
fn constants_become_vectors_and_casts_know_every_type() {
    passes(&[
        "from a | eval s = v_dot_product(odd, [0, 255, 255]), h = v_hamming(odd, \"00ff\")",
        "from a | where knn(odd, [0.5, -1])",
        "ts a | stats p = percentile(odd::tdigest, 95), s = sparkline(count(*), @timestamp, 20, \"2026-01-01\", \"2026-02-01\")",
        "from a | eval t = user.name::text, r = odd::double_range",
        "row g = to_cartesianshape(\"LINESTRING(0 0, 1 1)\") | eval b = st_buffer(g, 2, {\"endcap\": \"flat\"})",
    ]);
}

#[test]
fn regular_expressions_are_lucenes() {
    refused(
        FindingKind::Pattern,
        &[
            "from a | where user.name rlike \"a⟦[⟧b\"",
            "from a | where user.name rlike \"a⟦{5,2}⟧\"",
            "from a | where user.name rlike \"a⟦|⟧\"",
            "from a | where user.name rlike (\"a\", \"x⟦<⟧y\")",
        ],
    );
    passes(&[
        "from a | where user.name rlike \"<1-5>\\\"(\\\"\" or user.name rlike \"a\\\\)b\" or user.name rlike \"*a\"",
    ]);
}

#[test]
fn what_runs_in_one_place_comes_behind_what_runs_in_many() {
    refused(
        FindingKind::Placement,
        &[
            "from a | stats n = count(*) by user.name | ⟦enrich⟧ _remote:p on user.name",
            "from a | inline stats n = count(*) by user.name | ⟦enrich⟧ _remote:p on user.name",
            "from a | stats n = count(*) by user.name | eval x = 1 | mv_expand user.name | ⟦enrich⟧ _remote:p on user.name",
            "from a | enrich _coordinator:p on user.name | ⟦enrich⟧ _remote:p on user.name",
            "from a | enrich _coordinator:p on user.name | dissect message \"%{x}\" | ⟦enrich⟧ _remote:p on user.name",
            "from a | fork (where bytes == 1) (where bytes == 2) | ⟦enrich⟧ _remote:p on user.name",
            "from a | completion message with {\"inference_id\": \"m\"} | ⟦enrich⟧ _remote:p on user.name",
            "from a | rerank \"x\" on message with {\"inference_id\": \"m\"} | ⟦enrich⟧ _remote:p on user.name",
            "from a | change_point bytes on @timestamp | ⟦enrich⟧ _remote:p on user.name",
            "from a | lookup join _coordinator:l on user.name | ⟦enrich⟧ _remote:p on user.name",
            "from a | sort bytes | limit 2 | mv_expand process.args | ⟦enrich⟧ _remote:p on user.name",
            "from a,b:a | stats c = count(*) by user.name | ⟦lookup join⟧ l on user.name",
            "from *:a | sort bytes | ⟦lookup join⟧ l on user.name",
            "from a,b:a | limit 2 | eval x = 1 | ⟦lookup join⟧ l on user.name",
            "from a,b:a | enrich _coordinator:p on user.name | ⟦lookup join⟧ l on user.name",
            "from a | limit 2 | ⟦lookup join⟧ l on user.name | enrich _remote:p on user.name",
            "from a | sort bytes | ⟦lookup join⟧ l on user.name | enrich _remote:p on user.name",
        ],
    );
    passes(&[
        "from a | limit 9 | enrich _remote:p on user.name | stats count(*) by user.name",
        "from a | sort bytes | limit 2 | enrich _remote:p on user.name",
        "from a | enrich _remote:p on user.name | enrich _coordinator:p on user.name | enrich _any:p on user.name",
        "from a | lookup join l on user.name | eval x = 1 | mv_expand process.args | enrich _remote:p on user.name",
        "from a,b:a | lookup join l on user.name | limit 2 | stats count(*)",
        "from a::data,-b:a | stats n = count(*) by user.name | lookup join l on user.name",
        "from a | limit 2 | lookup join l on user.name",
    ]);
}

#[test]
fn an_order_that_is_lost_needs_a_limit() {
    refused(
        FindingKind::Placement,
        &[
            "from a | ⟦sort⟧ bytes | mv_expand process.args | where process.args == \"x\"",
            "from a | ⟦sort⟧ bytes | mv_expand process.args | where process.args == \"x\" | limit 5",
            "from a | ⟦sort⟧ bytes | mv_expand process.args | inline stats n = count(*) by user.name",
            "from a | where user.name in (from b | ⟦sort⟧ user.name | keep user.name)",
            "from a | limit 5 | ⟦inline stats⟧ n = count(*) by user.name",
            "from a | fork (where bytes > 1) (where bytes < 1) | ⟦inline stats⟧ n = count(*) by user.name",
            "from a, (from b | where bytes > 1) | ⟦inline stats⟧ n = count(*) by user.name",
        ],
    );
    passes(&[
        "from a | sort bytes | limit 9 | mv_expand process.args | where process.args == \"x\"",
        "from a | sort bytes | mv_expand process.args | limit 9 | where process.args == \"x\"",
        "from a | sort bytes | mv_expand process.args | where process.args == \"x\" | sort user.name",
        "from a | sort bytes | mv_expand process.args | where process.args == \"x\" | stats count(*)",
        "from a | sort bytes | inline stats n = count(*) by user.name | where n > 2",
        "from a | where user.name in (from b | sort user.name | limit 9 | keep user.name)",
        "from a | where user.name in (from b | sort user.name | stats count(*) by user.name | keep user.name)",
        "from a | inline stats n = count(*) by user.name | limit 5",
    ]);
}

#[test]
fn null_is_no_weight_and_no_series() {
    refused(FindingKind::Function, &["from a | eval w = null | stats weighted_avg(bytes, ⟦w⟧)"]);
    refused(FindingKind::Function, &["from a | eval q = null, p = q | where match(message, ⟦p⟧)"]);
    refused(FindingKind::Type, &["from a | eval n = null | change_point ⟦n⟧ on @timestamp"]);
    // A vector may be null.
    passes(&[
        "from a | eval s = v_cosine(null, odd), t = v_dot_product(odd, null), w = null | eval w = 1 | stats weighted_avg(bytes, w)",
    ]);
}

#[test]
fn a_score_is_of_the_querys_own_searches() {
    refused(
        FindingKind::Placement,
        &[
            "from a metadata _score | stats max(_score) where ⟦match(message, \"x\")⟧",
            "from a metadata _score | stats s = sum(_score) where ⟦bytes > 1 and message : \"x\"⟧ by user.name",
        ],
    );
    refused(
        FindingKind::Function,
        &[
            "from a | stats count(*) by categorize(message, {\"similarity_threshold\": ⟦0⟧})",
            "from a | stats count(*) by categorize(message, {\"similarity_threshold\": ⟦101⟧})",
        ],
    );
    passes(&[
        "from a metadata _score | where match(message, \"x\") | stats max(_score) where bytes > 1",
        "from a metadata _score | stats max(bytes) where match(message, \"x\")",
        "from a | stats count(*) by categorize(message, {\"similarity_threshold\": 1})",
    ]);
}

#[test]
fn patterns_make_columns_of_one_kind() {
    refused(
        FindingKind::Pattern,
        &[
            "from a | dissect message ⟦\"%{}\"⟧",
            "from a | grok message \"%{NUMBER:n} ⟦%{WORD:n}⟧\"",
            "from a | grok message \"x ⟦(?P<⟧why>.+)\"",
        ],
    );
    passes(&["from a | grok message \"%{WORD:w} %{WORD:w} (?<why>.+)\" | dissect message \"%{} %{?x} %{y}\""]);
}

/// A function that nobody knows may be an aggregation.
#[test]
fn an_unknown_function_is_told_alone() {
    for text in [
        "from a | stats x = frobnicate(bytes), v = std_var(ratio) by user.name",
        "from a | stats frobnicate(max(bytes))",
    ] {
        assert_eq!(found(text), [(FindingKind::Function, "frobnicate".to_owned())], "{text}");
    }
}

#[test]
fn columns_that_are_joined_take_the_place_of_others() {
    passes(&[
        "row k = \"a\", type = 5 | lookup join l on k | where type == \"x\"",
        "row k = \"a\", env = 7, n = null | enrich p on k | where env == \"x\" | change_point n on k",
        "from a | lookup join l on user.name | where bytes == \"x\"",
    ]);
    refused(
        FindingKind::Type,
        &[
            "from a | lookup join l on bytes | where bytes == ⟦true⟧",
            "row k = \"a\", type = 5 | enrich p on k with team | where type == ⟦\"x\"⟧",
        ],
    );
}
