//! What the typed check lets pass: every construct as the reference describes it. What it finds is in `tests/fixtures/esql_mistakes.toml`.

use super::super::{Absence, Fields, FindingKind, Type, Types, check, parse};

/// A small index.
pub(super) struct Sample;

impl Fields for Sample {
    fn types(&self, name: &str) -> Option<Types> {
        Some(match name {
            "@timestamp" | "event.start" => Types::DATE,
            "host.name" | "user.name" | "event.action" | "process.args" => Types::KEYWORD,
            "message" => Type::Text.into(),
            "source.ip" | "destination.ip" => Type::Ip.into(),
            "source.port" | "bytes" => Types::WHOLE,
            "ratio" => Type::Double.into(),
            "blocked" => Types::BOOLEAN,
            "client.geo.location" => Type::GeoPoint.into(),
            "nested" => Type::Unsupported.into(),
            "odd" => Types::ANY,
            _ => return None,
        })
    }

    fn absence(&self) -> Absence {
        Absence::Evidence
    }

    fn near(&self, _: &str) -> Vec<String> {
        Vec::new()
    }
}

/// An index without a table.
struct Open;

impl Fields for Open {
    fn types(&self, _: &str) -> Option<Types> {
        None
    }

    fn absence(&self) -> Absence {
        Absence::Nothing
    }

    fn near(&self, _: &str) -> Vec<String> {
        Vec::new()
    }
}

fn findings(text: &str, fields: &dyn Fields) -> Vec<(FindingKind, String)> {
    let parsed = parse(text);
    assert_eq!(parsed.problems, [], "{text}");
    let checked = check(&parsed.query.unwrap(), text, fields);
    checked.findings.into_iter().map(|finding| (finding.kind, finding.problem.message)).collect()
}

#[test]
fn right_queries_pass() {
    let queries = [
        // Comparisons, with what constants turn into.
        "from a | where source.ip == \"192.0.2.1\" and \"::1\" != destination.ip",
        "from a | where @timestamp > \"2026-01-31\" and @timestamp <= now() - 1 day",
        "from a | where blocked == \"true\" or blocked == false or not blocked",
        "from a | where source.ip in (\"192.0.2.1\", destination.ip) and source.port in (1, 2.5, ratio)",
        "from a | where message == user.name and user.name >= \"a\" and message like \"a*\"",
        "from a | where user.name like (\"a*\", ?p) and user.name not rlike (\"a.*\", \"[(?]b\", \"\\\\(?c\")",
        "from a | where odd == 1 and odd == \"x\" and odd and odd > now()",
        "from a | where odd is null and user.name == ?user",
        // Arithmetic and casts.
        "from a | eval x = bytes * 2 / ratio - -source.port % 3, y = @timestamp + 1 hour - 2 days, z = @timestamp + (1 day + 2 days)",
        "from a | eval x = \"2026-01-01\" + 3 days | where x < @timestamp",
        "from a | eval a = user.name::ip, b = source.ip::string, c = bytes::double, d = @timestamp + \"1 day\"::date_period, e = 1::bool",
        // Functions.
        "from a | eval h = date_trunc(1 hour, @timestamp), d = date_trunc(\"1 day\", @timestamp)",
        "from a | eval s = date_diff(\"seconds\", event.start, @timestamp), p = date_extract(\"hour_of_day\", @timestamp)",
        "from a | eval r = round(ratio, 2), l = left(user.name, 3), s = substring(user.name, bytes, 2)",
        "from a | eval c = case(blocked, \"a\", bytes > 5, user.name, message), d = case(blocked, 1, null), e = case(blocked, 1)",
        "from a | eval c = coalesce(ratio, bytes, 0), d = coalesce(null, user.name, \"x\"), g = greatest(bytes, 1)",
        "from a | where cidr_match(source.ip, \"10.0.0.0/8\", \"fc00::/7\") and cidr_match(\"10.0.0.1\", user.name)",
        "from a | eval n = mv_count(process.args), f = mv_first(process.args), s = mv_slice(process.args, 0, -1)",
        "from a | eval m = mv_concat(process.args, \",\"), x = mv_append(process.args, message)",
        "from a | eval p = st_distance(client.geo.location, to_geopoint(\"POINT(1 2)\"))",
        "from a | eval i = to_ip(user.name), j = to_string(bytes), k = to_integer(user.name), h = hash(\"md5\", message)",
        // Aggregations.
        "from a | stats count(*), c = count(), d = count_distinct(user.name), m = max(bytes) - min(bytes) by host.name",
        "from a | stats c = count(*) where bytes > 5, s = sum(bytes) where blocked by h = bucket(@timestamp, 1 hour)",
        "from a | stats c = count(*) by date_trunc(1 hour, @timestamp), host.name | where c > 5 | sort c desc, host.name",
        "from a | stats x = to_lower(host.name), y = count(*) + 1, z = concat(g, \"x\") by host.name, g = to_upper(user.name)",
        "from a | stats b = bucket(bytes, 10) + 1, c = count(*) by bucket(bytes, 10)",
        "from a | stats count(*) by host.name | where `count(*)` > 5 | keep `count(*)`",
        "from a | stats f = first(user.name, @timestamp), l = last(bytes, @timestamp), t = top(user.name, 3, \"desc\")",
        "from a | stats v = values(user.name), p = percentile(bytes, 95), a = avg(ratio) by source.ip",
        "from a | inline stats n = count(*) by host.name | where n > bytes and user.name is not null | keep user.name, n",
        "ts a | stats r = sum(rate(bytes)) by host.name, t = tbucket(1 hour)",
        // Columns.
        "from a metadata _id, _version, _index | keep _*, host.*, bytes | where _version > 1 and host.name is not null",
        "from a | drop host.*, bytes | rename user.name as u, v = source.port | where u == \"x\" and v > 1",
        "from a | rename user.name as u | eval user.name = u | where user.name == \"x\"",
        "from a | rename user.name as u, u as v, host.name as user.name | where v == user.name",
        "from a | eval bytes = to_string(bytes) | where bytes == \"5\"",
        "from a | keep nested, user.name | drop nested | sort user.name",
        "from a | grok message \"%{IP:client.ip} %{INT:n:int} (?<rest>.*)\" | where n > 5 and rest == client.ip",
        "from a | grok message \"%{SYSLOGBASE} %{DATA:d}\" | where process.name == \"x\"",
        "from a | dissect message \"%{a}->%{+b/1} %{?c} %{}\" append_separator = \",\" | where a == b",
        "from a | mv_expand process.args | where process.args == \"-c\"",
        "from a | enrich p on user.name with team, boss = manager | where team == \"x\" and boss == team",
        "from a | enrich p | where anything > 5",
        "from a | lookup join l on host.name | where owner == \"x\"",
        "from a | fork (where bytes > 1 | eval k = 1::long) (stats k = count(*) by host.name) | where _fork == \"fork1\" and k > 1",
        "from a | stats n = count(*) by t = bucket(@timestamp, 1 hour) | change_point n on t | where type == \"spike\"",
        "from a | change_point bytes as kind, p | where p < 0.05 and kind == \"dip\"",
        "from a | completion summary = message with { \"inference_id\" : \"m\" } | where summary like \"*bad*\"",
        "from a | sample 0.5 | where user.name == \"x\"",
        "from a metadata _score | rerank \"x\" on message, t = left(message, 9) | where _score > 0.5",
        "from a | rerank s = ?q on message with {\"inference_id\": \"m\"} | sort s desc | keep s",
        "from a metadata _id, _index, _score | fork (where bytes > 1 | limit 9) (where blocked | limit 9) | fuse | sort _score",
        "from a metadata _id | fork (limit 9) (limit 8) | eval s = ratio * 2 | fuse linear score by s key by _id, user.name \
         with {\"normalizer\": \"minmax\", \"weights\": {\"fork1\": 0.7}} | where s > 1 and bytes > 1",
        "from a | uri_parts u = message | where u.domain == \"x\" and u.port > 80 | registered_domain d = u.domain | keep d.*",
        "from a | user_agent ua = message | where ua.os.full like \"Win*\" | keep ua.device.name",
        "from a | user_agent ua = message with {\"properties\": [\"device\"], \"extract_device_type\": true} | keep ua.device.type",
        "from a | ip_location g = source.ip | where g.country_iso_code == \"NL\" | eval d = st_x(g.location)",
        "from a | ip_location g = message with {\"database_file\": \"x.mmdb\"} | where g.anything == 5",
        "from a | mmr [0.1, 0.2]::dense_vector on odd limit 5 with {\"lambda\": 0.5}",
        "set unmapped_fields = \"nullify\"; set time_zone = \"Europe/Oslo\"; from a | where nowhere == 1",
        "set approximation = {\"rows\": 10000}; set column_metadata = true; from a | stats count(*)",
        // Queries inside a query.
        "from (from a | keep user.name | eval n = 1), (row user.name = \"x\", n = 2) | where n > 1 and user.name like \"a*\"",
        "from a, (from b | stats n = count(*) by host.name) | where n > 1 and bytes > 2",
        "from a | where user.name in (from b | where blocked | keep message) and source.port not in (row p = 1 | keep p)",
        "from a | where (user.name, bytes) in (from b | stats n = count(*) by host.name | keep host.name, n)",
        "row a = 1, b = [\"x\", \"y\"], c = null | mv_expand b | where b == \"x\" and a > 0 and c == 1",
        // Searches.
        "from a | where kql(\"user.name: x*\") and match(message, \"failed\") or message : \"login\" and not qstr(\"a:b\")",
        "from a | where bytes > 5 | sort bytes | where kql(\"user.name: x\") | stats c = count(*) where match(message, \"x\")",
        "from a metadata _score | where match(message, \"x\", { \"operator\" : \"AND\" }) | eval s = score(match(message, \"y\"))",
    ];
    for query in queries {
        assert_eq!(findings(query, &Sample), [], "{query}");
    }
}

#[test]
fn an_index_without_a_table_may_have_any_field() {
    let queries = [
        "from a | where x == 1 and x == \"y\" | keep x, z* | where zz > 1 | eval w = x".to_owned(),
        "from a | drop b* | rename c as d | stats n = count(*) by d | where d == n".to_owned(),
    ];
    for query in queries {
        assert_eq!(findings(&query, &Open), [], "{query}");
    }
    let lost = findings("from a | stats n = count(*) by b | where c == 1", &Open);
    assert_eq!(
        lost,
        [(FindingKind::UnknownColumn, "the column `c` is gone: `stats` leaves its own columns only".to_owned())]
    );
}

#[test]
fn a_column_is_told_once() {
    let found = findings("from a | where x == 1 and x == 2 | keep x | stats n = count(*) by x | sort x", &Sample);
    assert_eq!(found, [(FindingKind::UnknownColumn, "there is no column `x` here".to_owned())]);
}

#[test]
fn columns_of_the_querys_own_are_listed() {
    let text = "from a | eval b = 1, bytes = 2 | rename user.name as u | stats n = count(*) by b, u, host.name, bytes";
    let checked = check(&parse(text).query.unwrap(), text, &Sample);
    let names: Vec<&str> = checked.made.iter().map(|made| made.name.as_str()).collect();
    assert_eq!(names, ["b", "n", "u"]);
}

#[test]
fn patterns_of_grok_are_read_in_pieces() {
    use super::super::{GrokPiece, grok_pieces};
    let named = |name: &str, column: Option<(&str, Type)>| GrokPiece::Named {
        name: name.to_owned(),
        column: column.map(|(column, ty)| (column.to_owned(), ty)),
    };
    let regex = |text: &str| GrokPiece::Regex(text.to_owned());
    let pieces = grok_pieces("a %{IP}-%{INT:[n][m]:int}(?<rest>.*)(?<=x)\\(?<y>%{WORD:w:text");
    let expected = [
        regex("a "),
        named("IP", None),
        regex("-"),
        named("INT", Some(("n.m", Type::Integer))),
        GrokPiece::Group("rest".to_owned()),
        regex(".*)(?<=x)\\(?<y>"),
        regex("%{WORD:w:text"),
    ];
    assert_eq!(pieces, expected);
    // A word that is no type leaves a keyword, and a reference behind a backslash is one.
    assert_eq!(grok_pieces("\\%{WORD:w:text}"), [regex("\\"), named("WORD", Some(("w", Type::Keyword)))]);
}

#[test]
fn patterns_of_dissect_are_read_in_keys() {
    use super::super::dissect_pattern;
    let pattern = dissect_pattern("<%{a}>%{+b/2->} %{?c},%{}").unwrap();
    assert_eq!(pattern.start, "<");
    let keys: Vec<(&str, bool, Option<u32>, bool, &str)> = pattern
        .keys
        .iter()
        .map(|key| (key.name.as_str(), key.append, key.order, key.padded, key.delimiter.as_str()))
        .collect();
    assert_eq!(
        keys,
        [
            ("a", false, None, false, ">"),
            ("b", true, Some(2), true, " "),
            ("", false, None, false, ","),
            ("", false, None, false, "")
        ]
    );
    for wrong in ["no key", "%{a", "%{*a} %{&a}", "%{+a/x}"] {
        assert_eq!(dissect_pattern(wrong), None, "{wrong}");
    }
}
