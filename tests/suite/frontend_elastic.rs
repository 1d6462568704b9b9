//! The Elastic front-end over the published rules.

use crate::shared::{corpus, texts};
use detc::frontend::{Context, load};
use detc::ir::Logic;
use detc::source::SourceFile;
use std::collections::BTreeMap;

#[test]
fn every_published_rule_loads_and_all_eql_and_kql_is_understood() {
    let Some(folder) = corpus("elastic") else { return };
    let files = texts(&folder, &["toml"]);
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    let mut diagnostics: Vec<String> = Vec::new();
    let mut holes: BTreeMap<String, usize> = BTreeMap::new();
    let mut items = 0;
    for (path, text) in &files {
        let loaded = load(SourceFile::new(path.display().to_string(), text.as_str()), &Context::default());
        diagnostics.extend(loaded.diagnostics.iter().map(|found| {
            let line = loaded.unit.main().line_column(found.location.span.start).0;
            format!("{}:{line}: {}: {}", loaded.unit.main().file_name(), found.lint, found.message)
        }));
        for item in &loaded.items {
            items += 1;
            let rule = &item.rule;
            let kind = match &rule.logic {
                Logic::Opaque(opaque) => format!("opaque ({})", opaque.code),
                logic => logic.name().to_owned(),
            };
            *kinds.entry(kind).or_default() += 1;
            if !matches!(rule.logic, Logic::Opaque(_)) && rule.opaque_parts() > 0 {
                *holes.entry(rule.opaque_reason().unwrap_or_default()).or_default() += 1;
            }
        }
    }
    println!("{} files, {items} rules", files.len());
    kinds.iter().for_each(|(kind, count)| println!("{count:6} {kind}"));
    holes.iter().for_each(|(reason, count)| println!("{count:6} with a hole: {reason}"));
    diagnostics.iter().for_each(|line| println!("{line}"));
    assert_eq!((files.len(), items), (2_192, 2_192));
    assert!(diagnostics.is_empty(), "{} complaints about published rules", diagnostics.len());
    let expected = [
        ("event", 1_368),
        ("indicator", 9),
        ("new_terms", 245),
        ("opaque (eql-pipe)", 2),
        ("opaque (esql)", 212),
        ("opaque (lucene)", 1),
        ("opaque (machine_learning)", 106),
        ("sample", 3),
        ("sequence", 215),
        ("threshold", 31),
    ];
    let found: Vec<(&str, usize)> = kinds.iter().map(|(kind, count)| (kind.as_str(), *count)).collect();
    assert_eq!(found, expected);
    assert_eq!(holes.values().sum::<usize>(), 11);
}

fn rule(text: &str) -> (detc::frontend::Loaded, Vec<String>) {
    let loaded = load(SourceFile::new("rule.toml", text), &Context::default());
    let shown = loaded
        .diagnostics
        .iter()
        .map(|found| format!("{} at `{}`", found.lint, loaded.unit.slice(found.location)))
        .collect();
    (loaded, shown)
}

fn condition(query: &str, rest: &str) -> String {
    let text = format!("[metadata]\nintegration = [\"okta\"]\n[rule]\nname = \"x\"\nquery = '''\n{query}\n'''\n{rest}");
    let (loaded, problems) = rule(&text);
    assert!(problems.is_empty(), "{problems:?}");
    let rule = &loaded.items[0].rule;
    let shown: Vec<String> = rule.logic.roots().iter().map(|root| detc::ir::display_expr(&rule.pool, *root)).collect();
    shown.join(" | ")
}

const EQL: &str = "type = \"eql\"\nlanguage = \"eql\"\n";
const KQL: &str = "type = \"query\"\nlanguage = \"kuery\"\n";

#[test]
fn eql_conditions_mean_what_elasticsearch_does() {
    let cases = [
        (r#"process where user.name == "Bob""#, r#"event.category == "process" and user.name == "Bob""#),
        (r#"any where user.name : "bob*""#, r#"user.name starts with~ "bob""#),
        (r#"any where user.name in~ ("a*", "b")"#, r#"user.name in~ ("a*", "b")"#),
        ("any where user.name != null and user.id == null", "user.name exists and not user.id exists"),
        (r#"any where user.name != "x""#, r#"not user.name == "x""#),
        ("any where 5 < source.port", "source.port > 5"),
        (r#"any where startsWith~(user.name, "A") == false"#, r#"not user.name starts with~ "A""#),
    ];
    for (query, expected) in cases {
        assert_eq!(condition(query, EQL), expected, "{query}");
    }
}

#[test]
fn kql_values_follow_the_type_of_the_field() {
    let cases = [
        ("event.action: foo bar", r#"event.action == "foo bar""#),
        ("source.ip: \"10.0.0.0/8\" and source.port > 1024", "source.ip in network 10.0.0.0/8 and source.port > 1024"),
        ("message: (quick fox)", r#"message has the word "quick" or message has the word "fox""#),
        (r#"message: "quick fox""#, r#"message has the phrase "quick fox""#),
        (r#"not event.outcome: "success" and user.name: *"#, r#"not event.outcome == "success" and user.name exists"#),
        (r#"user.name: "a*""#, r#"user.name == "a*""#),
    ];
    for (query, expected) in cases {
        assert_eq!(condition(query, KQL), expected, "{query}");
    }
}

#[test]
fn a_scripted_test_is_false_on_a_missing_field() {
    use detc::eval::{Program, Verdict};
    use detc::frontend::{Language, QueryOptions, load_query};
    use serde_json::json;
    let verdict = |query: &str, event: serde_json::Value| {
        let (item, problems) = load_query(Language::Eql, query, &QueryOptions::default());
        assert!(problems.is_empty(), "{problems:?}");
        Program::compile(&item.rule).verdict(0, &event) == Some(Verdict::True)
    };
    // elastic.md section 7: the complement is true of a missing field, save for a scripted `!=`.
    assert!(verdict(r#"any where user.name != "x""#, json!({})));
    assert!(verdict("any where not (source.port > 5)", json!({})));
    assert!(!verdict("any where length(user.name) != 3", json!({})));
    assert!(verdict("any where not (length(user.name) == 3)", json!({})));
    assert!(verdict("any where length(user.name) != 3", json!({"user": {"name": ["abc", "ab"]}})));
    let both = json!({"user.name": "a", "user.id": ["1", "2"]});
    assert!(verdict(r#"any where concat(user.name, "-", user.id) == "a-2""#, both));
}

#[test]
fn complaints_stand_at_their_tokens() {
    let text = "[metadata]\nmaturity = \"produktion\"\n[rule]\nnmae = \"x\"\nrisk_score = \"high\"\ntype = \"query\"\n\
                language = \"kuery\"\nquery = '''\nevent.action: a and\n  (user.name: b\n'''\n";
    let (loaded, problems) = rule(text);
    assert_eq!(problems[..3], ["unknown-key at `nmae`", "wrong-type at `\"high\"`", "wrong-type at `\"produktion\"`"]);
    assert_eq!(loaded.diagnostics[0].help.as_deref(), Some("did you mean `name`?"));
    assert_eq!(loaded.diagnostics[3].lint, "syntax");
    let at = loaded.unit.main().line_column(loaded.diagnostics[3].location.span.start);
    assert!((10..=11).contains(&at.0), "{at:?}");
    assert!(matches!(&loaded.items[0].rule.logic, Logic::Opaque(opaque) if opaque.code == "syntax"));
}

#[test]
fn a_sequence_with_a_missing_event_keeps_all_its_parts() {
    let text = r#"[metadata]
creation_date = "2024/01/02"
maturity = "production"
[rule]
name = "Factor removed and not enrolled again"
rule_id = "3c1b7a1e-5a54-4d7a-9a51-000000000001"
from = "now-12h"
interval = "6h"
severity = "low"
type = "eql"
language = "eql"
query = '''
sequence by okta.target.id with maxspan=12h
  [any where data_stream.dataset == "okta.system" and okta.event_type : "user.mfa.factor.de*"]
  ![any where data_stream.dataset == "okta.system" and okta.event_type == "user.mfa.factor.activate"]
'''
[[rule.threat]]
framework = "MITRE ATT&CK"
[[rule.threat.technique]]
id = "T1556"
name = "Modify Authentication Process"
reference = "https://attack.mitre.org/techniques/T1556/"
[[rule.threat.technique.subtechnique]]
id = "T1556.006"
name = "Multi-Factor Authentication"
reference = "https://attack.mitre.org/techniques/T1556/006/"
[rule.threat.tactic]
id = "TA0003"
name = "Persistence"
reference = "https://attack.mitre.org/tactics/TA0003/"
"#;
    let (loaded, problems) = rule(text);
    assert!(problems.is_empty(), "{problems:?}");
    let rule = &loaded.items[0].rule;
    let Logic::Sequence(sequence) = &rule.logic else { panic!("{:?}", rule.logic) };
    assert_eq!(sequence.by[0].field.name(), "okta.target.id");
    assert_eq!(sequence.max_span, Some(std::time::Duration::from_hours(12)));
    assert_eq!(sequence.steps.iter().map(|step| step.missing).collect::<Vec<_>>(), [false, true]);
    assert_eq!(rule.meta.created.as_deref(), Some("2024-01-02"));
    assert_eq!(rule.meta.schedule.interval, Some(std::time::Duration::from_hours(6)));
    assert_eq!(rule.data_source.datasets, ["okta.system"]);
    let techniques: Vec<&str> =
        rule.meta.attack.iter().filter_map(|found| found.technique.as_ref()).map(|id| &*id.value).collect();
    assert_eq!(techniques, ["T1556", "T1556.006"]);
    let used = rule.uses.iter().find(|used| used.kind == detc::ir::UseKind::Pattern).unwrap();
    assert_eq!(loaded.unit.slice(used.at), "okta.event_type");
    assert_eq!(loaded.unit.slice(used.values[0].1), "\"user.mfa.factor.de*\"");
    assert!(rule.uses.iter().any(|used| used.negated));
}
