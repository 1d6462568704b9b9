//! Constructs of Elasticsearch's own suites (`*.csv-spec`: dissect, conditional, where-like, inlinestats, subquery, lookup-join-expression,
//! kql-function, dedup) in queries of our own. Values are those that the suites expect of the same construct.

use crate::esql_rows::{plain, rows};
use detc::frontend::{Language, QueryOptions, load_query};
use detc::source::Level;
use serde_json::json;

#[test]
fn rows_have_the_values_of_the_suites() {
    for (query, expected) in [
        ("ROW a = \"foo bar\" | DISSECT a \"%{b} %{c}\"", json!({"b": "foo", "c": "bar"})),
        ("ROW a = \"foo bar\" | DISSECT a \"%{b} %{c} baz\"", json!({"b": null, "c": null})),
        ("ROW n = \"Jo1 Doe\" | DISSECT n \"%{n} %{?}\"", json!({"n": "Jo1"})),
        (
            "ROW a = \"2001-02-03T04:05:06Z - it - 192.0.2.1;\" | DISSECT a \"%{Y}-%{M}-%{D}T%{h}:%{m}:%{s}Z - %{msg} - %{ip};\"",
            json!({"Y": "2001", "ip": "192.0.2.1", "s": "06"}),
        ),
        ("ROW a = \"x 1 y 2 z\" | DISSECT a \"%{+b} %{c} %{+b} %{d} %{+b}\"", json!({"b": "xyz", "c": "1", "d": "2"})),
        ("ROW a = \"x 1 y 2 z\" | DISSECT a \"%{+b/3} %{c} %{+b/2} %{d} %{+b/1}\"", json!({"b": "zyx"})),
        (
            "ROW a = \"x 1 y 2 z\" | DISSECT a \"%{+b} %{c} %{+b} %{d} %{+b}\" APPEND_SEPARATOR=\",\"",
            json!({"b": "x,y,z"}),
        ),
        ("ROW a = \"x y z\" | DISSECT a \"%{b} %{?c} %{d}\"", json!({"b": "x", "d": "z"})),
        ("ROW a = \"x      y\" | DISSECT a \"%{b->} %{c}\"", json!({"b": "x", "c": "y"})),
        ("ROW f = \"a\", l = \"b\" | DISSECT concat(f, \" \", l) \"%{p} %{q}\"", json!({"p": "a", "q": "b"})),
        ("ROW a = to_string(null) | DISSECT a \"%{b} %{c}\"", json!({"b": null, "c": null})),
        ("ROW a = \"b c d\" | DISSECT a \"%{b} %{} %{d}\"", json!({"b": "b", "d": "d"})),
        ("ROW a = \"x b c d\" | DISSECT a \"%{} %{b} %{} %{d}\"", json!({"b": "b", "d": "d"})),
        ("ROW a = \"b c d x\" | DISSECT a \"%{b} %{} %{d} %{}\"", json!({"b": "b", "d": "d"})),
        ("ROW a = [\"S P\", \"x\", \"T L\"] | DISSECT a \"%{b} %{c}\"", json!({"b": ["S", "T"], "c": ["P", "L"]})),
        ("ROW n = 2 | EVAL t = case(n <= 1, \"one\", n <= 2, \"two\", \"many\")", json!({"t": "two"})),
        ("ROW n = 5 | EVAL t = case(n == 1, true)", json!({"t": null})),
        ("ROW n = to_integer(null) | EVAL t = case(n > 1, 2, 3)", json!({"t": 3})),
        ("ROW n = 1 | EVAL t = case(n == 1, 1 + null, 10)", json!({"t": null})),
        ("ROW a = [false, true] | EVAL t = CASE(a, \"x\", \"y\")", json!({"t": "y"})),
        ("ROW t = CASE([true, true], \"a\", \"b\")", json!({"t": "b"})),
        ("ROW a = [true, false] | EVAL t = CASE(MV_SLICE(a, 0), \"a\", \"b\")", json!({"t": "a"})),
        ("ROW a = [\"true\", \"false\"] | EVAL t = CASE(MV_SLICE(a::BOOLEAN, 0), \"a\", \"b\")", json!({"t": "a"})),
        ("ROW t = CASE([true], \"a\", \"b\"), u = CASE([false], \"a\", \"b\")", json!({"t": "a", "u": "b"})),
        ("ROW a = 5, b = [1, 2] | EVAL s = a + b | WHERE s IS NULL", json!({"s": null})),
        ("ROW a = 5, b = [5, 2] | EVAL s = a == b | WHERE s IS NULL", json!({"s": null})),
        ("ROW g = \"M\" | EVAL t = case(g == \"F\", 1.5, g == \"M\", 2, null)", json!({"t": 2.0})),
    ] {
        let found = rows(query, &[]);
        assert_eq!(found.len(), 1, "{query}");
        for (column, value) in expected.as_object().unwrap() {
            assert_eq!(plain(&found[0][column]), plain(value), "{query}: {column}");
        }
    }
}

/// What the suites run on a cluster is neither refused nor of the wrong type.
#[test]
fn what_the_suites_run_is_accepted() {
    for query in [
        "from my-a | where f like \"Eb*\" or f like \"*zu*\" and l like \"*eha\" | keep n, f, l",
        "from my-a | eval x = concat(f, \"--\") | where x like \"Hi*\" | keep n",
        "from my-a | where concat(f, \"--\") like \"Hi*\" | keep n",
        "from my-a | where f like (\"\") | keep n",
        "from my-a | where f like (\"A*\", \"B?\") | where f not like (\"C*\") | keep n",
        "from my-a | where not f like (\"A*\", \"B*\") | keep n",
        "from my-a | where to_upper(f) rlike (\"GE.*\", \"WE.*\") | keep n",
        "from my-a | where f rlike (\"\") | keep n",
        "from my-h metadata _index | inline stats c = count(*) by g | sort c | limit 1 | keep c",
        "from my-a | keep n, l | inline stats m = max(l) | where m == l | sort n asc | limit 5",
        "from my-a | keep n, s | inline stats a = round(avg(s)) where s < 5, b = round(avg(s)) where s >= 5 and s < 6 | sort n",
        "from my-a | inline stats m = max(w) by substring(l, 0, 1) | where m == w | sort l asc",
        "from my-a | inline stats min(l), max(l) by g | keep *",
        "from my-a, (from my-b) | where (n >= 1 and n < 4) or n is null | sort n, ip | keep n, ip",
        "from (from my-a) | keep n",
        "from (from my-a), (from my-b) | keep n",
        "from my-a, (from my-a) | stats cnt = count()",
        "from (from my-a | stats cnt = count()), (from my-a | stats cnt = count(*)) | stats s = sum(cnt)",
        "from my-a, (from my-b metadata _index | eval x = ip::keyword ) metadata _index | eval _index = mv_last(split(_index, \":\")) | keep _index, x",
        "from my-a, (from my-b metadata _index, _index_mode) metadata _index, _index_mode | stats count=count(*) by n, _index, _index_mode",
        "from my-a, (from my-b | eval ip = ip::keyword | lookup join my_lookup on ip) | keep n, env",
        "from my-a, (from my-b | enrich pol on l with name) | eval n = n::long | keep n, name",
        "from my-a | lookup join lang on l == code | keep n, code, name",
        "from my-a | lookup join lang on l != code | keep n, code",
        "from my-a | lookup join lang on l > code and e == name | keep n",
        "from my-a | rename a as b, c as d | lookup join lk on b == x and d == y | keep b",
        "from my-a | where kql(\"author: x\") | keep n",
        "from my-a | where kql(concat(\"t:R*\", \" AND a:*T\")) | keep n",
        "from my-a | where kql(\"t: R\") and r > 4.6 | keep n",
        "from my-a | where kql(\"t: r\") | where kql(\"y > 1 AND y < 5\") | keep n",
        "from my-a | where (kql(\"j: (A B) OR j:(C D)\")) and g == \"F\" | keep n",
        "from my-a | keep g | dedup | sort g nulls last",
        "set unmapped_fields=\"nullify\"; from my-a | keep n",
        "from my-a | eval g = case(g == \"F\", 1 + null, 10) | keep g",
        "from my-a | eval g = case(g == \"F\", 1.0, g == \"M\", 2, null) | keep g",
        "from my-a | fork (keep n, _x) (stats cnt = count(*)) | keep _fork, cnt",
    ] {
        let (_, diagnostics) = load_query(Language::Esql, query, &QueryOptions::default());
        let wrong: Vec<_> = diagnostics.iter().filter(|found| found.level > Level::Note).collect();
        assert!(wrong.is_empty(), "{query}: {wrong:?}");
    }
}

/// A command that no documentation has yet is kept, and told.
#[test]
fn commands_to_come_are_kept_as_they_are() {
    for query in ["from my-a | fillnull \"none\" on g | keep g", "from my-a | fillnull default on * | keep g"] {
        let (item, diagnostics) = load_query(Language::Esql, query, &QueryOptions::default());
        assert!(item.rule.is_rule(), "{query}");
        assert!(diagnostics.iter().any(|found| found.message.contains("`fillnull` is not known")), "{diagnostics:?}");
        assert!(diagnostics.iter().all(|found| found.level < Level::Error), "{diagnostics:?}");
    }
}
