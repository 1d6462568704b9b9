//! Hunting files of elastic/detection-rules: an item for each query, and what is checked of them.

use crate::frontend_elastic::rule;
use detc::frontend::{Context, load};
use detc::lint::{Settings, check_file};
use detc::source::SourceFile;

#[test]
fn a_hunt_gives_an_item_for_each_query_in_its_language() {
    let text = "[hunt]\nauthor = \"x\"\ndescription = \"x\"\nintegration = [\"endpoint\"]\nname = \"x\"\n\
                uuid = \"3c1b7a1e-5a54-4d7a-9a51-000000000005\"\nlicense = \"x\"\nlanguage = [\"ES|QL\", \"EQL\", \"SQL\"]\n\
                mitre = [\"T1059\", \"AML.T0051\"]\nquery = [\"from logs-* | where user.name == 'x' | keep user.name\", \n\
                \"process where true\", \"SELECT * FROM users\"]\n";
    let (loaded, problems) = rule(&text.replace('\'', "\\\""));
    assert!(problems.is_empty(), "{problems:?}");
    let found: Vec<(&str, &str)> = loaded.items.iter().map(|item| (item.rule.kind, item.rule.logic.name())).collect();
    assert_eq!(found, [("hunt", "event"), ("hunt", "event"), ("hunt", "opaque")]);
    assert_eq!(
        loaded.items[2].rule.opaque_reason().unwrap(),
        "osquery's SQL asks a host for its state, not the events"
    );
    assert_eq!(loaded.items[0].rule.meta.attack.len(), 1);
    assert_eq!(loaded.items[0].rule.extras[0].text, "\"AML.T0051\"");
}

const HUNT: &str = r#"[hunt]
author = "Elastic"
description = "What it looks for."
integration = ["endpoint"]
uuid = "3c1b7a1e-5a54-4d7a-9a51-000000000005"
name = "A hunt"
language = ["ES|QL", "EQL", "KQL"]
license = "Elastic License v2"
mitre = ["T1059"]
query = [
'''
from logs-endpoint.events.process-*
| where host.os.type == "linux"
| keep process.name
''',
'''
process where process.pid == 4 and process.name == "a"
''',
]
"#;

/// The lints that find fault, with the text that each points at.
fn found(text: &str) -> Vec<(&'static str, String)> {
    let loaded = load(SourceFile::new("hunt.toml", text), &Context::default());
    let findings = check_file(&loaded, &Settings::defaults());
    findings.iter().map(|found| (found.lint, loaded.unit.slice(found.location).to_owned())).collect()
}

#[test]
fn each_mistake_of_a_hunt_is_found_at_its_place() {
    assert_eq!(found(HUNT), []);
    let start = HUNT.find("query = ").unwrap();
    let kql = HUNT[..start].replace("\"ES|QL\", \"EQL\", ", "") + "query = [\"process.pid: 4 and process.name: a\"]\n";
    assert_eq!(found(&kql), []);
    for (text, old, new, lint, caret) in [
        (HUNT, "license", "licence", "unknown-key", "licence"),
        (HUNT, "-000000000005", "-5", "wrong-type", "\"3c1b7a1e-5a54-4d7a-9a51-5\""),
        (HUNT, "\"EQL\", ", "\"EQL\", \"SPL\", ", "wrong-type", "\"SPL\""),
        (HUNT, "[\"T1059\"]", "\"T1059\"", "wrong-type", "\"T1059\""),
        (HUNT, "T1059", "T1059.999", "attack-unknown-id", "\"T1059.999\""),
        (HUNT, "| keep process.name\n", "", "esql-missing-metadata", "from"),
        (HUNT, "== \"linux\"", "== 4", "esql-type", "4"),
        (HUNT, "keep process.name", "keep process.nme", "esql-unknown-column", "process.nme"),
        (HUNT, "keep process.name", "kepp process.name", "syntax", "kepp"),
        (HUNT, "process.pid == 4", "process.pid", "eql-type", "process.pid"),
        (HUNT, "process.pid == 4", "process.pidd == 4", "unknown-field", "process.pidd"),
        (HUNT, "process.pid == 4", "process.pid = 4", "syntax", "="),
        (HUNT, "process.pid == 4", "event.outcome == \"Success\"", "value-domain", "\"Success\""),
        (&kql, "process.pid: 4", "process.pid: abc", "wrong-value-type", "abc"),
        (&kql, "process.pid: 4", "process.pidd: 4", "unknown-field", "process.pidd"),
    ] {
        let told = found(&text.replacen(old, new, 1));
        let is_there = told.iter().any(|(name, place)| *name == lint && place == caret);
        assert!(is_there, "{new}: {told:?}");
    }
    // What is missing is said once, whatever the number of queries.
    let bare = found("[hunt]\nname = \"A hunt\"\nmitre = []\nlanguage = [\"KQL\"]\nquery = [\"a:b\", \"c:d\"]\n");
    assert_eq!(bare.iter().filter(|(lint, _)| *lint == "syntax").count(), 1, "{bare:?}");
    // The convention is that of Elastic's repository alone.
    let other = HUNT.replace("author = \"Elastic\"", "author = \"Example\"").replace("| keep process.name\n", "");
    assert_eq!(found(&other), []);
}
