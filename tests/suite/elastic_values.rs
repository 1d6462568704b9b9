//! What values mean on fields of each type, in KQL and in Lucene query strings, on events.
//!
//! Expected values: Kibana's `kuery/functions` (`is.ts`, `range.ts`, `nested.ts`) for the Elasticsearch query that KQL becomes, and the
//! Elasticsearch reference ("Query string query", "Match query", "Range query", "Date math", the field data types) for what it finds.

use detc::eval::{Program, Verdict};
use detc::frontend::{Language, QueryOptions, load_query};
use serde_json::{Value as Json, json};

fn fires(language: Language, query: &str, event: &Json) -> bool {
    let options = QueryOptions { indices: &["logs-windows.*"], ..QueryOptions::default() };
    let (item, problems) = load_query(language, query, &options);
    let unread: Vec<_> = problems.iter().filter(|found| found.level == detc::source::Level::Error).collect();
    assert!(unread.is_empty(), "{query}: {unread:?}");
    assert_eq!(item.rule.opaque_parts(), 0, "{query}: {:?}", item.rule.opaque_reason());
    Program::compile(&item.rule).verdict(0, event) == Some(Verdict::True)
}

/// An event, the queries that find it, and those that do not.
struct Case {
    event: Json,
    found: &'static [&'static str],
    not_found: &'static [&'static str],
}

fn check(language: Language, cases: &[Case]) {
    for case in cases {
        case.found
            .iter()
            .for_each(|query| assert!(fires(language, query, &case.event), "{query} misses {}", case.event));
        case.not_found
            .iter()
            .for_each(|query| assert!(!fires(language, query, &case.event), "{query} finds {}", case.event));
    }
}

#[test]
fn kql_on_keywords_is_exact() {
    check(
        Language::Kql,
        &[
            Case {
                event: json!({"user": {"name": "Foo Bar"}, "event": {"code": 4625}}),
                // `term`, `wildcard` and `exists`.
                found: &[
                    "user.name: Foo Bar",
                    "user.name: \"Foo Bar\"",
                    "user.name: Foo*",
                    "user.name: *o B*",
                    "user.name: *",
                    "user.na*: Foo Bar",
                    "event.code: 4625",
                    "user.name: (x or Foo Bar)",
                    "user.name: (not x)",
                    "user.name: (Foo* and not x)",
                    "not user.id: *",
                    "not user.id: x",
                    "user.name >= Foo and user.name < Fop",
                    "Foo Bar",
                    "Foo*",
                    "",
                    "*",
                    "*:*",
                ],
                not_found: &[
                    "user.name: Foo",
                    "user.name: foo bar",
                    "user.name: \"Foo*\"",
                    "user.name: foo*",
                    "user.id: *",
                    "user.name < Foo",
                    "user.name: (Foo and Bar)",
                    "user.name: (not Foo Bar)",
                ],
            },
            Case {
                event: json!({"process": {"args": ["a", "true"]}}),
                found: &[
                    "process.args: a and process.args: true",
                    "process.args: (a and true)",
                    "process.args: \"true\"",
                ],
                not_found: &["not process.args: a", "process.args: b"],
            },
        ],
    );
}

/// `match` takes any word, `match_phrase` the words in a row; wildcards meet single words, in lower case.
#[test]
fn kql_on_text_speaks_of_words() {
    check(
        Language::Kql,
        &[Case {
            event: json!({"message": "The Quick brown-fox runs cmd.exe"}),
            found: &[
                "message: quick",
                "message: slow quick",
                "message: \"QUICK brown fox\"",
                "message: qui*",
                "message: *OW*",
                "message: cmd.exe",
                "message: c?d or message: cmd*",
                // A query string: any of the terms `slow*` and `fox`.
                "message: slow* fox",
            ],
            not_found: &[
                "message: cmd",
                "message: \"brown quick\"",
                "message: \"qui\"",
                "message: brown-f*",
                "message: \"*ow*\"",
                "message: \"--\"",
                "message: slow* foxes",
            ],
        }],
    );
}

/// The Windows integration analyses scripts with a pattern of its own: a hyphen is part of a word.
#[test]
fn kql_on_scripts_keeps_cmdlets_whole() {
    check(
        Language::Kql,
        &[Case {
            event: json!({"powershell": {"file": {"script_block_text": "Invoke-Item [IO.Path]"}}}),
            found: &[
                "powershell.file.script_block_text: \"invoke-item\"",
                "powershell.file.script_block_text: \"IO.Path\"",
                "powershell.file.script_block_text: invoke-i*",
            ],
            not_found: &["powershell.file.script_block_text: \"Invoke\"", "powershell.file.script_block_text: item"],
        }],
    );
}

/// Everything but a keyword gets a query string of a wildcard value, in which white space ends a term.
#[test]
fn kql_wildcards_on_other_types_are_cut_at_white_space() {
    check(
        Language::Kql,
        &[Case {
            event: json!({"process": {"command_line": "x -enc y", "executable": "x -enc y"}}),
            found: &["process.command_line: z* x*", "process.command_line: * -enc *", "process.executable: * -enc *"],
            not_found: &[
                "process.command_line: x*enc",
                "process.executable: z* x*",
                "process.command_line: x* \\AND z*",
            ],
        }],
    );
}

#[test]
fn kql_on_numbers_addresses_and_booleans() {
    check(
        Language::Kql,
        &[
            Case {
                event: json!({"source": {"port": 80, "ip": ["10.1.2.3", "2001:db8::1"]}}),
                found: &[
                    "source.port: 80",
                    "source.port: \"80.0\"",
                    "source.port > 79 and source.port <= 80",
                    "source.ip: 10.0.0.0/8",
                    "source.ip: \"10.0.0.0/8\"",
                    "source.ip: \"2001:0db8:0:0::1\"",
                    "source.ip: \"2001:db8::/32\"",
                    "source.ip >= 10.1.2.0 and source.ip < 10.1.3.0",
                ],
                not_found: &["source.port: 8", "source.port > 80", "source.ip: 192.168.0.0/16"],
            },
            Case {
                event: json!({"process": {"code_signature": {"trusted": true}}}),
                found: &["process.code_signature.trusted: true", "process.code_signature.trusted: \"true\""],
                not_found: &["process.code_signature.trusted: false", "not process.code_signature.trusted: *"],
            },
        ],
    );
}

/// Missing parts of a date and roundings: `>=` and `<` speak of the first instant, `>` and `<=` of the last.
#[test]
fn kql_on_dates_rounds_as_elasticsearch() {
    check(
        Language::Kql,
        &[
            Case {
                event: json!({"@timestamp": "2024-01-05T10:20:30.400Z", "event": {"created": "2024-01-05T10:20:00Z"}}),
                found: &[
                    "@timestamp: 2024-01-05",
                    "@timestamp: \"2024-01-05T10:20:30.400Z\"",
                    "@timestamp: \"2024-01-05T10:20:30\"",
                    "@timestamp >= 2024-01-05 and @timestamp <= 2024-01-05",
                    "@timestamp > 2024-01-04",
                    "@timestamp < \"2024-01-05T10:21\"",
                    "@timestamp: 1704450030400",
                    "@timestamp >= \"2024-01-05T11:20+01:00\"",
                    // Without a clock `now` is the time of the event.
                    "@timestamp >= now/d and @timestamp <= now and event.created < now and event.created > now-1m",
                    "event.created: now/h",
                ],
                not_found: &[
                    "@timestamp > 2024-01-05",
                    "@timestamp < 2024-01-05",
                    "@timestamp: 2024-01",
                    "@timestamp: \"2024-01-05T10:20:31\"",
                    "event.created: now",
                    "event.created < now-1d",
                ],
            },
            Case {
                event: json!({"@timestamp": "2024-01-01T12:00:00Z"}),
                // A missing day is the first one, and a missing hour the last one (Elasticsearch reference, "Range query").
                found: &["@timestamp: 2024", "@timestamp <= 2024-01", "@timestamp >= \"2023-12-31||/M\""],
                not_found: &["@timestamp > 2024", "@timestamp: 2023"],
            },
        ],
    );
}

/// One object of the nested field satisfies the whole query, and paths inside start at the object.
#[test]
fn kql_nested_fields_keep_their_objects_apart() {
    check(
        Language::Kql,
        &[Case {
            event: json!({"a": [{"x": "1", "y": "2", "b": [{"c": "7", "d": "8"}]}, {"x": "3", "y": "4"}]}),
            found: &[
                "a: { x: 1 and y: 2 }",
                "a: { x: 1 or y: 9 }",
                "a: { not x: 1 }",
                "a: { b: { c: 7 and d: 8 } }",
                "a.b: { c: 7 }",
            ],
            not_found: &[
                "a: { x: 1 and y: 4 }",
                "not a: { x: 1 }",
                "a: { b: { c: 7 and d: 9 } }",
                "a: { y: 2 and z: * }",
            ],
        }],
    );
}

#[test]
fn lucene_on_keywords() {
    check(
        Language::Lucene,
        &[Case {
            event: json!({"user": {"name": "Foo Bar", "id": "a&&b"}, "event": {"code": "4625"}}),
            found: &[
                "user.name:\"Foo Bar\"",
                "user.name:Foo\\ Bar",
                // Words in a row are one text, and the analyser of a keyword takes it whole.
                "user.name:(Foo Bar)",
                "user.name:Foo*",
                "user.name:F?o\\ *",
                "user.name:/F[o]+ .ar/",
                "_exists_:user.name",
                "user.name:*",
                "user.name:[Foo TO Fop}",
                "user.name:{* TO \"Foo Bar\"]",
                "user.name:>=Foo",
                "user.\\*:\"Foo Bar\"",
                "NOT user.email:x",
                "-_exists_:user.email",
                "user.name:\"Foo Bar\"~3",
                "event.code:4625 AND user.name:Foo*^2",
                "user.id:a&&b",
                "*:*",
                "*",
                "",
                "Foo*",
                "(NOT user.name:x) AND event.code:4625",
            ],
            not_found: &[
                "user.name:Foo",
                "user.name:(Foo OR Bar)",
                "user.name:foo*",
                "user.name:/foo.*/",
                "user.name:/oo/",
                "_exists_:user.email",
                "user.name:[Fop TO *]",
                "user.name:>Foo\\ Bar",
                "NOT user.name:\"Foo Bar\"",
                "user.name:\"Foo*\"",
                "user.email:*",
            ],
        }],
    );
}

/// Lucene's classic parser: an `AND` requires both its neighbours, and beside a required clause an optional one decides nothing.
#[test]
fn lucene_has_no_precedence() {
    let event = |a: &str, b: &str, c: &str| json!({"user": {"name": a, "id": b, "email": c}});
    let query = "user.name:1 OR user.id:1 AND user.email:1";
    for (a, b, c, expected) in
        [("1", "0", "0", false), ("0", "1", "1", true), ("1", "1", "0", false), ("1", "1", "1", true)]
    {
        assert_eq!(fires(Language::Lucene, query, &event(a, b, c)), expected, "{a} {b} {c}");
    }
    let query = "user.name:1 OR NOT user.id:1";
    for (a, b, expected) in [("1", "0", true), ("0", "0", false), ("1", "1", false)] {
        assert_eq!(fires(Language::Lucene, query, &event(a, b, "0")), expected, "{a} {b}");
    }
}

#[test]
fn lucene_on_other_types() {
    check(
        Language::Lucene,
        &[
            Case {
                event: json!({"message": "The Quick brown-fox", "source": {"ip": "10.1.2.3", "port": 80}}),
                found: &[
                    "message:quick",
                    "message:(slow quick)",
                    "message:\"quick brown fox\"",
                    "message:QUI*",
                    // A prefix is analysed: `slow` or a word that starts with `fo`.
                    "message:slow-fo*",
                    "message:/qu.*/",
                    "source.ip:10.0.0.0\\/8",
                    "source.ip:\"10.0.0.0/8\"",
                    "source.ip:[10.1.2.0 TO 10.1.2.255]",
                    "source.port:>=80 AND source.port:{79 TO 81}",
                    "source.port:(>79 AND <81)",
                    "source.port:80",
                ],
                not_found: &[
                    // What is indexed is lower case, and an expression is not analysed.
                    "message:/Qu.*/",
                    "message:/quick brown/",
                    "message:slow*",
                    "source.port:{80 TO *}",
                    "source.ip:\"192.168.0.0/16\"",
                ],
            },
            Case {
                event: json!({"@timestamp": "2024-01-05T10:20:30Z"}),
                found: &[
                    "@timestamp:[2024-01-05 TO 2024-01-05]",
                    "@timestamp:2024\\-01\\-05",
                    "@timestamp:>now-1d\\/d",
                ],
                not_found: &["@timestamp:{2024-01-05 TO *]", "@timestamp:<2024-01-05"],
            },
        ],
    );
}
