//! Texts that Elasticsearch's EQL grammar reads, and the rule behind the grammar that refuses each: its grammar's own tests only parse
//! them. What stands close to them and passes every rule is below. The queries are our own, over the fields of Elastic Defend and ECS.

use crate::marked;
use detc::frontend::{Language, QueryOptions, load_query};
use detc::source::Level;

/// The rule that decides, and queries with marks around what it refuses.
const REFUSED: &[(&str, &[&str])] = &[
    (
        "`:` compares strings with strings (the type check of `InsensitiveBinaryComparison`)",
        &[
            "process where ⟦process.pid⟧ : \"4\"",
            "process where process.pid : ⟦4⟧",
            "process where process.name : ⟦4⟧ or process.name == \"x\"",
            "process where process.thread.id + 1 : ⟦5⟧",
            "process where 1 + 2 : ⟦3⟧ + 4",
            "any where length(process.name) : ⟦3⟧",
            "any where ⟦@timestamp⟧ : \"2026-01-01\"",
            "any where ⟦source.ip⟧ : \"192.0.2.1\"",
            "any where process.name : ⟦null⟧",
            "any where startsWith(process.name, \"a\") : ⟦true⟧",
            "sequence [any where process.pid : ⟦4⟧] [any where true]",
            "sequence [any where true] [any where true] until [any where process.pid : ⟦2⟧]",
            "any where indexOf(process.name, \"x\") : ⟦0⟧ | head 3",
        ],
    ),
    (
        "a condition is boolean (the verifier's check of filters)",
        &[
            "file where ⟦process.pid⟧",
            "file where not ⟦process.pid⟧",
            "file where ⟦1 + (-2)⟧",
            "file where ⟦3 * -length(file.path)⟧",
            "file where ⟦indexOf(file.name, \"x\", 2)⟧",
            "file where indexOf(file.name, \"x\") == 0 and ⟦indexOf(file.name, \"y\")⟧",
            "file where ⟦file.path⟧ or true",
            "sequence [file where ⟦1⟧] by user.id [file where true] by user.id",
            "sequence by host.id [file where true] [file where true] until [file where ⟦1⟧]",
        ],
    ),
    (
        "two fields are not compared (the translator's check of comparisons)",
        &[
            "process where process.pid != ⟦process.parent.pid⟧",
            "process where process.pid <= ⟦process.parent.pid⟧",
            "process where not not process.pid == ⟦process.parent.pid⟧",
            "process where length(process.name) == ⟦length(process.parent.name)⟧",
            "process where process.pid + 1 == ⟦process.parent.pid * 2⟧",
            "process where add(1, 2) == process.pid or modulo(7, process.pid) == ⟦process.pid⟧",
            "process where process.name == ⟦concat(?user.name, ?host.name)⟧",
            "process where process.name in (\"SYSTEM\", ⟦process.parent.name⟧)",
            "sample by host.id [any where process.pid == ⟦?process.parent.pid⟧] [any where true]",
        ],
    ),
    (
        "functions take so many arguments of such types (each function's type check)",
        &[
            "process where ⟦between(process.name, \"a\", \"b\", false, true)⟧ == \"x\"",
            "process where number(⟦5⟧) == process.pid",
            "process where number(⟦process.pid⟧) == 5",
            "process where number(process.name, ⟦1.0⟧) == 5",
            "process where between(process.name, ⟦1⟧, \"b\") == \"x\"",
            "process where between(process.name, \"a\", \"b\", ⟦\"true\"⟧) == \"x\"",
            "process where stringContains(process.name, ⟦1⟧)",
            "process where cidrMatch(⟦process.name⟧, \"10.0.0.0/8\")",
            "process where cidrMatch(source.ip, ⟦12345⟧)",
            "process where ⟦string~⟧(process.pid) == \"4\"",
        ],
    ),
    (
        "a list has one type (the type check of `In`)",
        &["process where process.pid in (1, ⟦\"x\"⟧)", "process where process.name not in (\"a\", ⟦5⟧)"],
    ),
    (
        "each term has as many keys as the first, and keys are fields (the plan builder's count)",
        &[
            "sequence by host.id [any where true] by ?`?k` ⟦[any where true]⟧",
            "sequence by host.id [any where true] [any where true] by ⟦`?k`⟧",
            "sequence [any where true] by user.id, host.id [any where true] by ⟦user.id⟧",
            "sample by ?a, b [any where true] by ?c ⟦[any where true]⟧",
            "sequence [any where true] by ⟦string(process.pid)⟧ [any where true] by process.name",
        ],
    ),
    (
        "joins, relations between processes and indexes of arrays are not planned (the plan builder)",
        &[
            "⟦join⟧ by host.id [process where true] [file where true]",
            "file where ⟦child of⟧ [process where true]",
            "file where true and ⟦descendant of⟧ [process where process.pid == 1]",
            "registry where ⟦registry.data.strings[1]⟧ == \"EN\"",
            "registry where ⟦a[0].b[1]⟧ == \"EN\"",
        ],
    ),
    (
        "pipes are `head` and `tail` with a whole number, and samples have none (the plan builder)",
        &[
            "any where true | ⟦count⟧",
            "any where true | ⟦unique_count⟧ process.name",
            "any where true | ⟦sort⟧ process.name | head 3",
            "any where true | head ⟦1.5⟧",
            "any where true | tail ⟦process.pid⟧",
            "any where true | head ⟦2 - 3⟧",
            "any where true | head ⟦length(\"ab\")⟧",
            "any where true | tail ⟦1 / 0⟧",
            "sample by host.id [any where true] [any where true] ⟦| head 1⟧",
        ],
    ),
    (
        "spans of time are whole, positive and have a unit (the plan builder)",
        &[
            "sequence with maxspan=⟦2.5⟧m [any where true] [any where true]",
            "sequence with maxspan=⟦30⟧ [any where true] [any where true]",
            "sequence with maxspan=30⟦w⟧ [any where true] [any where true]",
            "sequence with maxspan=⟦0s⟧ [any where true] [any where true]",
            "sequence with maxspan=1s ⟦by host.id⟧ [any where true] [any where true]",
            "sequence [any where true] [any where true] with ⟦repeat⟧=3",
        ],
    ),
];

/// What passes the rules, close to what does not.
const ACCEPTED: &[&str] = &[
    "\"\"\"\"\".  ..  \"\"\"\"\" where process.name == \"svchost.exe\"",
    "sequence [\"!#$1\" where process.thread.id < 3] by user.id [\"\"\"!#@$%(*&\"\"\" where true] by host.id | tail 1",
    "process where process.name : (\"test*\", \"best\") and process.args : (\"x\")",
    "process where string(process.pid) : \"4\" and string(source.ip) : \"10.*\"",
    "process where startswith~(process.name, \"net\") and endswith(process.command_line, \".exe\")",
    "process where endsWith~(process.executable, \"x\") == true and endsWith~(process.executable, \"yx\") != true",
    "process where length(file.name) > 0 and process.code_signature.exists",
    "process where 12 == length(user.name) and 5 > length(data_stream.type)",
    "process where substring(process.command_line, 5) in~ (\"test*\", \"best\")",
    "process where substring(process.command_line, 5) like~ (\"net.e*\", \"net.e?e\")",
    "process where substring(process.command_line, 5) regex~ (\"a.*\", \"net\\\\.exe\")",
    "process where concat(process.name, \"::\", null, 1) : \"net.exe::1\" and concat(process.pid, source.ip) == \"x\"",
    "process where string(cidrMatch(source.ip, \"10.6.48.157/8\")) : \"true\"",
    "process where number(process.name, process.pid) != null and number(process.name, 16) == null",
    "process where process.pid == number(\"0x32\", 16) or process.pid == number(\"-32.5\")",
    "process where 82 / process.pid == 41 and modulo(42, process.pid) == 41 and process.pid - 2 == -2147483647",
    "process where concat(file.name, \".\", process.name) == \"x\" and add(process.pid, process.parent.pid) > 100",
    "process where null == (process.exit_code > -1)",
    "process where true == (process.name in (\"a\", \"b\")) and not (-1 < process.exit_code)",
    "file where startsWith(\"explorer.exe\", file.name) and stringContains(\"xyz\", file.name)",
    "file where true | tail 10 | head 7",
    "file where true | head 1 + 1 | tail (5 - 2) * 3 % 4",
    "any where ?`some?field` == null and `x?` and ?`y?`",
    "sequence by host.id [any where ?user.name == \"a\"] by ?user.id [any where true] by ?`?k`",
    "sequence by a, b [any where true] by c, d [any where true] by e, f until [any where true] by g, h",
    "sample by ?`?a`, b [any where true] by ?c [any where true] by d [any where true] by e",
];

/// The texts under the carets of the errors.
fn told(query: &str) -> Vec<String> {
    let options = QueryOptions { indices: &["logs-endpoint.events.*"], ..QueryOptions::default() };
    let (_, diagnostics) = load_query(Language::Eql, query, &options);
    let said = diagnostics.into_iter().inspect(|said| {
        assert!(matches!(said.lint, "syntax" | "eql-type") && said.level == Level::Error, "{query}: {said:?}");
        assert!(said.help.is_some(), "{query}: no remedy: {said:?}");
    });
    said.map(|said| query[said.location.span.range()].to_owned()).collect()
}

#[test]
fn what_only_the_grammar_takes_is_refused_by_the_rule_behind_it() {
    marked::are_refused(REFUSED, told);
}

#[test]
fn what_passes_every_rule_is_not_told() {
    marked::pass(ACCEPTED, told);
}
