//! ES|QL that Elasticsearch's parser and analyser refuse, by the rule that refuses it, with marks around what the caret stands under;
//! what stands close to it and passes is below. The rules are those that its `StatementParserTests` and `LookupJoinParserTests` hold; the
//! queries are our own, over fields of Elastic Defend.

use crate::marked;
use detc::frontend::{Language, QueryOptions, load_query};
use detc::source::Level;

/// The rule that decides, and queries with marks around what it refuses.
const REFUSED: &[(&str, &[&str])] = &[
    (
        "options stand last in a call, once, with a key in quotes and a constant that is not null",
        &[
            r#"from logs-* | where match(message, "x", {"operator": "AND"}⟦,⟧ {"boost": 1.0})"#,
            r#"from logs-* | where match(message, "operator"⟦:⟧ "AND")"#,
            r#"from logs-* | where match(message, "x", {⟦1⟧: "AND"})"#,
            r#"from logs-* | eval r = round(process.pid, {"operator": ⟦null⟧})"#,
            r#"from logs-* | where match(message, "x", {"operator": ⟦null⟧})"#,
            r#"from logs-* | stats c = count(*) by categorize(message, {"output_format": "regex", ⟦"output_format"⟧: "tokens"})"#,
            r#"from logs-* | where match(message, "x", {⟦""⟧: 1})"#,
            r#"from logs-* | sort ⟦length⟧(message, {"a": 1})"#,
            r#"row x = ⟦{⟧"a": 1}"#,
            r#"from logs-* | where process.pid > ⟦{⟧"a": 1}"#,
            r#"from logs-* | stats c = count(*) by ⟦{⟧"a": 1}"#,
            r#"from logs-* | keep ⟦{⟧"a": 1}"#,
            r#"from logs-* | rename message as ⟦{⟧"a": 1}"#,
            r#"from logs-* | mv_expand ⟦{⟧"a": 1}"#,
            r#"from logs-* | enrich p on message with x = ⟦{⟧"a": 1}"#,
            r#"from logs-* | dissect ⟦{⟧"a": 1} "%{x}""#,
            r#"from logs-* | limit ⟦{⟧"a": 1}"#,
        ],
    ),
    (
        "a search is of a column, for a constant",
        &[
            "from logs-* | where message⟦:⟧",
            r#"from logs-* | where message: ⟦concat("a", "b")⟧"#,
            "from logs-* | where message: (⟦true or false⟧)",
            "from logs-* | where message: ⟦process.name⟧",
            "from logs-* | where message: ⟦2 + 3⟧",
            r#"from logs-* | where "message"⟦:⟧ "x""#,
            r#"from logs-* | where to_lower(message)⟦:⟧ "x""#,
        ],
    ),
    (
        "a cast names a type that values can have",
        &["row ⟦1::nosuch⟧", "row ⟦(1 + 2)::nosuch⟧", "row ⟦3::byte⟧", "row ⟦3::half_float⟧", r#"row ⟦"a"::nested⟧"#],
    ),
    (
        "an index has one name, without parts that do not exist",
        &[
            r#"from "rem:ote"⟦:index⟧"#,
            "from logs-* ⟦[⟧metadata _index] | stats count(*)",
            "from ⟦remote:logs::data⟧",
            r#"from ⟦"remote:logs::failures"⟧"#,
            "from ⟦logs-*::nosuch⟧",
            r#"from a, ⟦"b, c::data::failures"⟧"#,
            "from ⟦<logs-{now/d>⟧",
            r#"from ⟦"<logs-now/d}}-{x}>"⟧"#,
        ],
    ),
    (
        "a join names one index of the cluster's own and says what relates the two",
        &[
            "from logs-* | lookup join ⟦idx*⟧ on message",
            r#"from logs-* | lookup join ⟦"idx::data"⟧ on message"#,
            "from logs-* | lookup join ⟦remote:idx⟧ on message",
            "from logs-* | lookup join ⟦idx⟧",
            "from logs-* | lookup ⟦idx⟧ on message",
            "from logs-* | lookup join idx on ⟦1⟧",
            "from logs-* | lookup join idx on message, ⟦process.pid > 5⟧",
            "from logs-* | lookup join idx on process.name == proc, ⟦message⟧",
            "from logs-* | lookup join idx on process.name == proc and ⟦message⟧",
            "from logs-* | lookup join idx on process.name == proc and (⟦message⟧ or seen > 5)",
            "from logs-* | ⟦lookup join⟧ idx on length(message) == 3",
            r#"from logs-* | ⟦lookup join⟧ idx on seen > 5 and owner == "x""#,
            "from logs-* | ⟦lookup join⟧ idx on not seen > 5",
        ],
    ),
    (
        "a fork has 2 to 8 branches of commands and stands in none",
        &[
            "from logs-* | ⟦fork⟧ (where process.pid > 1)",
            "from logs-* | ⟦fork⟧ (limit 1)(limit 1)(limit 1)(limit 1)(limit 1)(limit 1)(limit 1)(limit 1)(limit 1)",
            "from logs-* | fork (⟦fork⟧ (limit 1) (limit 2)) (limit 3)",
            "from logs-* | fork (limit 1) (limit 2) | ⟦fork⟧ (limit 1) (limit 2)",
            "from logs-* | fork (⟦process⟧.pid + 1) (limit 2)",
            "from logs-* | fork (limit 2) (⟦n⟧ = 5)",
            "from logs-* | fork (⟦from⟧ x) (limit 2)",
            "from logs-* | fork (⟦)⟧ (limit 2)",
        ],
    ),
    (
        "lists stand in parentheses and everything that is opened is closed",
        &[
            "row a = 1 not ⟦in⟧",
            "row a = 1 | where a not in (⟦1⟧",
            "row a = 1 | where a not in ⟦[⟧1]",
            "row a = 1 | where a not in ⟦123⟧",
            "row a = ⟦)⟧",
            "row ⟦]⟧",
            "from logs-* | eval x = [1, 2]⟦]⟧",
        ],
    ),
    (
        "names in a list stand between commas",
        &[
            "row a = 1 | rename a as this ⟦is⟧ `not okay`",
            "row a = 1, b = 2 | keep a ⟦b⟧",
            "from logs-* | mv_expand message⟦,⟧ process.name",
            "from logs-* | mv_expand mess⟦*⟧",
            "from logs-* | enrich p on mess⟦*⟧",
            "from logs-* | enrich p on message with x = y⟦*⟧",
        ],
    ),
    (
        "letters outside ASCII need backticks",
        &[
            "from logs-* | where length(⟦é⟧) == 1",
            "from logs-* | stats count(⟦é⟧)",
            "from logs-* | where process.pid < ?⟦é⟧",
        ],
    ),
    (
        "a parameter has a name, a number or none",
        &["from logs-* | where process.pid < ?⟦@1⟧", "from logs-* | where process.pid < ??⟦?⟧"],
    ),
    (
        "a model is named by a text, and there is none that `completion` takes by itself",
        &[
            r#"from logs-* | completion ⟦with⟧ {"inference_id": "m"}"#,
            "from logs-* | completion message ⟦with⟧",
            "from logs-* | completion message ⟦as⟧ target",
            "from logs-* | ⟦completion⟧ message",
            r#"from logs-* | completion message with {"inference_id": "m", ⟦"temperature"⟧: 1}"#,
            r#"from logs-* | completion message with {"inference_id": ⟦1⟧}"#,
            r#"from logs-* | rerank "q" on message with {"inference_id": ⟦true⟧}"#,
            r#"from logs-* | rerank "q" on message with {⟦"model"⟧: "m"}"#,
            r"from logs-* | rerank ⟦on⟧ message",
            r#"from logs-* | rerank "q" ⟦with⟧ {"inference_id": "m"}"#,
        ],
    ),
    (
        "a share is a decimal between 0 and 1, a limit a whole number of 32 bits",
        &[
            "from logs-* | sample .1 ⟦2⟧",
            "from logs-* | sample ⟦1⟧",
            "from logs-* | ⟦sample⟧",
            "from logs-* | sample ⟦-0.1⟧",
            "from logs-* | limit ⟦2147483648⟧",
            "from logs-* | limit ⟦5 minutes⟧",
            "from logs-* | limit ⟦-⟧1",
        ],
    ),
    (
        "a pattern takes a column in one way",
        &[
            r#"from logs-* | grok message "%{WORD:x} ⟦%{WORD:x:int}⟧""#,
            r#"from logs-* | grok message "%{NUMBER:x:int} ⟦%{NUMBER:x:long}⟧""#,
        ],
    ),
    (
        "commands are those of Elasticsearch",
        &[
            "from logs-* | ⟦project⟧ message",
            "⟦show⟧ tables",
            "⟦show⟧ info please",
            "⟦explain⟧",
            "explain ⟦]⟧",
            "from logs-* | change_point process.pid as ⟦t⟧",
            "from logs-* | change_point ⟦42⟧",
        ],
    ),
];

/// What passes the rules, close to what does not.
const ACCEPTED: &[&str] = &[
    r#"from logs-* | where message : "v" and process.pid::string : "4" and match(process.pid::int, "4")"#,
    r#"from logs-* | where match(message, "x", {"operator": "AND", "boost": 1.5})"#,
    r#"from logs-* | lookup join "idx" on message, process.name"#,
    "from logs-* | rename process.name as n | lookup join idx on n == proc and seen > 5",
    "from logs-* | lookup join idx on not process.name == other and (a > 5 or b < 2)",
    r#"from logs-* | lookup join idx on process.pid >= low and (process.pid <= high and match(owner, "x"))"#,
    "from remote:logs | lookup join idx on message",
    r#"from logs-*::failures, "a::data, b", Logs, <logs-{now/d{yyyy.MM.dd}}>, "<logs-{now/d{yyyy.MM.dd|+02:00}}>""#,
    r#"from logs-* | fork (where message : "a" | limit 11) (sort process.name | limit 2) (dissect message "%{d} %{e}" | stats x = min(d))"#,
    "from logs-* | fork (limit 1)(limit 1)(limit 1)(limit 1)(limit 1)(limit 1)(limit 1)(limit 1)",
    r#"from logs-* metadata _id, _index, _score | fork (where message : "a") (where message : "b") | fuse"#,
    "from logs-* | stats count(`process.name`) | keep `count(``process.name``)`",
    "row a.`1m`.`4321` = 1 | where a.`1m`.`4321` == 1",
    "row a = \"1\" | enrich languages on a with ```name``* = language`",
    r#"from logs-* | rerank s = "q" on message, n = concat(process.name, "x") with {"inference_id": "m"} | rerank "q" on message"#,
    r#"from logs-* | completion t = concat(message, "?") with {"inference_id": "m", "task_settings": {"temperature": 0.5}}"#,
    "from logs-* | completion message with model",
    "from logs-* | sample .25 | limit 2147483647 | limit 0",
    r#"from logs-* | grok message "%{WORD:x} %{WORD:x} %{NUMBER:n:int}", "%{NUMBER:m}""#,
    "from logs-* | change_point process.pid on @timestamp as t, p",
    "show info",
    "from logs-* | stats avg(`limit`), max(`keep`), min(`from`) by eval",
    "from logs-* | brandnew x = 1, (y)",
];

/// The texts under the carets of the errors. Each has a remedy.
fn told(query: &str) -> Vec<String> {
    let (_, diagnostics) = load_query(Language::Esql, query, &QueryOptions::default());
    let errors = diagnostics.into_iter().filter(|said| said.level == Level::Error).inspect(|said| {
        assert!(said.help.is_some(), "{query}: no remedy: {said:?}");
    });
    errors.map(|said| query[said.location.span.range()].to_owned()).collect()
}

#[test]
fn what_elasticsearch_refuses_is_refused_by_its_rule() {
    marked::are_refused(REFUSED, told);
}

#[test]
fn what_passes_every_rule_is_not_told() {
    marked::pass(ACCEPTED, told);
}
