//! What Elasticsearch refuses of EQL, as people see it: each complaint with its caret and its remedy.

use detc::frontend::{Language, QueryOptions, load_query};
use detc::report::{Finding, Findings, human};
use detc::source::{Level, SourceFile, Unit};
use std::fmt::Write;

/// A query of each kind, by what it is about.
const REFUSED: &[(&str, &[&str])] = &[
    (
        "Endgame's operators and strings",
        &[
            "process where process.name = \"cmd.exe\"",
            "process where process.name == 'cmd.exe'",
            "process where process.args == ?\"C:\\temp\"",
            "process where process.args == ?'C:\\temp'",
            "process where a == 1 && b == 2",
            "process where a == 1 || b == 2",
            "process where !startsWith(a, \"x\")",
            "process where $pid == 4",
        ],
    ),
    (
        "Endgame's functions",
        &[
            "process where wildcard(process.name, \"*.exe\")",
            "process where match(process.name, \"c.*\")",
            "process where matchLite(process.name, \"c.*\")",
            "process where arrayContains(process.args, \"-k\")",
            "process where arraySearch(process.args, a, a == \"-k\")",
            "process where arrayCount(process.args, a, a == \"-k\") > 1",
            "process where safe(divide(a, b)) == 1",
            "process where process.name:length() > 3",
            "process where process.args[0] == \"-k\"",
            "process where IS_SYSTEM(user.id)",
        ],
    ),
    (
        "Endgame's statements",
        &[
            "join by host.id [process where true] [file where true]",
            "macro A(x) x == 1",
            "const LIMIT = 5",
            "process where child of [process where true]",
            "process where descendant of [process where true]",
            "file where event of [process where true]",
            "sequence [process where true] [file where true] fork=true [network where true]",
            "sequence [process where true] as p [file where true]",
            "sequence [process where true] by pid * 2 [file where true] by pid * 2",
            "sequence by string(pid) [process where true] [file where true]",
        ],
    ),
    (
        "Endgame's pipes",
        &[
            "process where true | unique process.name",
            "process where true | count",
            "process where true | unique_count process.name",
            "process where true | filter pid > 4",
            "process where true | sort pid",
            "process where true | first 3",
        ],
    ),
    (
        "pipes",
        &[
            "process where true | head",
            "process where true | tail 0",
            "process where true | head 2.5",
            "process where true | head -1",
            "sample by host.id [process where true] [file where true] | head 1",
        ],
    ),
    (
        "comparisons",
        &[
            "process where process.name == process.parent.name",
            "process where length(a) == length(b)",
            "process where process.name in (\"a\", process.parent.name)",
            "process where 1 < pid < 9",
            "process where process.name : process.parent.name",
            "process where pid : 4",
            "process where process.name not like \"c*\"",
            "process where pid in ()",
        ],
    ),
    (
        "functions",
        &[
            "process where startWith(process.name, \"c\")",
            "process where length(a, b) > 1",
            "process where between(a, \"x\") == \"y\"",
            "process where cidrMatch(source.ip)",
            "process where cidrMatch(source.ip, \"10.0.0/8\")",
            "process where cidrMatch(source.ip, source.nat.ip)",
            "process where substring(a, \"1\") == \"x\"",
            "process where length~(a) > 1",
        ],
    ),
    (
        "sequences",
        &[
            "sequence [process where true]",
            "sequence [process where true] ![file where true]",
            "sequence with maxspan=5 [a where true] [b where true]",
            "sequence with maxspan=0.5s [a where true] [b where true]",
            "sequence with maxspan=5x [a where true] [b where true]",
            "sequence with maxspan=1h by host.id [a where true] [b where true]",
            "sequence [a where true] by x [b where true] by x, y",
            "sequence [a where true] with runs=0 [b where true]",
            "sequence with maxspan=1h [a where true] [b where true] until ![c where true]",
            "sample [a where true] [b where true]",
        ],
    ),
    (
        "words",
        &[
            "where pid == 4",
            "process pid == 4",
            "any WHERE true",
            "process where a AND b",
            "process where event.any == 1",
            "process where a.1b == 1",
            "process where a == \"\\d\"",
            "process where a == \"open",
            "process where (a == 1",
        ],
    ),
];

fn rendered(query: &str) -> String {
    let (item, diagnostics) = load_query(Language::Eql, query, &QueryOptions::default());
    assert!(!diagnostics.is_empty(), "{query} is accepted");
    for diagnostic in &diagnostics {
        assert!(diagnostic.help.is_some() && diagnostic.level == Level::Error, "{query}: {diagnostic:?}");
    }
    let unit = Unit::new(SourceFile::new("query.eql", query));
    let findings = diagnostics.iter().map(|diagnostic| Finding { unit: &unit, diagnostic }).collect();
    let findings = Findings { files: 1, rules: usize::from(item.rule.is_rule()), findings };
    let text = human::render(&findings, human::Style { color: false, width: 100 });
    // The last lines count the findings.
    text.rsplit_once("\n\n").map_or(text.clone(), |(text, _)| text.to_owned())
}

#[test]
fn each_complaint_stands_at_its_token_and_names_the_remedy() {
    let mut text = String::new();
    for (about, queries) in REFUSED {
        writeln!(text, "# {about}\n").unwrap();
        queries.iter().for_each(|query| writeln!(text, "{}\n", rendered(query).trim_end()).unwrap());
    }
    let count: usize = REFUSED.iter().map(|(_, queries)| queries.len()).sum();
    assert!(count >= 54, "{count}");
    insta::with_settings!({ snapshot_path => "../../snapshots", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("eql_errors", text);
    });
}
