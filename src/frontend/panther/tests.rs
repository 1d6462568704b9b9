use crate::eval::{TestStatus, run_test};
use crate::frontend::{Context, Loaded, load};
use crate::ir::{Expectation, Logic, Severity, display_expr, holes};
use crate::source::{Companions, Disk, SourceFile, SourceId, read};
use std::path::Path;

/// One Python file, whatever it is asked for.
struct Beside(&'static str);

impl Companions for Beside {
    fn companion(&self, _main: &str, relative: &str) -> Option<SourceFile> {
        (relative == "r.py").then(|| SourceFile::new("r.py", self.0))
    }
}

fn loaded(yaml: &str, python: &'static str) -> Loaded {
    load(SourceFile::new("r.yml", yaml), &Context::beside(&Beside(python)))
}

const HEAD: &str =
    "AnalysisType: rule\nFilename: r.py\nRuleID: A.B\nEnabled: true\nLogTypes: [Okta.SystemLog]\nSeverity: High\n";

fn rule(more: &str, python: &'static str) -> Loaded {
    loaded(&format!("{HEAD}{more}"), python)
}

#[test]
fn metadata_is_read() {
    let more = "DisplayName: Title\nCreateAlert: false\nThreshold: 5\nDedupPeriodMinutes: 15\nSummaryAttributes: [a]\nStatus: Experimental\nOutputIds: [x]\n";
    let loaded = rule(more, "def rule(event):\n    return event.get('a') == 1\n");
    let rule = &loaded.items[0].rule;
    assert!(loaded.diagnostics.is_empty(), "{:?}", loaded.diagnostics);
    assert_eq!((rule.kind, rule.meta.title.as_str(), rule.meta.building_block), ("rule", "Title", true));
    assert_eq!((rule.meta.severity, rule.meta.alert_threshold), (Some(Severity::High), Some(5)));
    assert_eq!(rule.meta.dedup.period.map(|period| period.as_secs()), Some(900));
    assert_eq!(rule.data_source.log_types[0].value, "Okta.SystemLog");
    assert_eq!(rule.extras.iter().map(|extra| extra.key.as_str()).collect::<Vec<_>>(), ["OutputIds"]);
    let Logic::Event(condition) = rule.logic else { panic!("{:?}", rule.logic) };
    assert_eq!(display_expr(&rule.pool, condition), "a == 1");
    assert_eq!(loaded.unit.file(SourceId(1)).path, "r.py");
}

#[test]
fn attack_ids_have_exact_places() {
    let more = "Reports:\n  MITRE ATT&CK:\n    - TA0001:T1199 # Trusted Relationship\n    - \"TA0005:T1078.004\"\n    - TA003\n";
    let loaded = rule(more, "def rule(event):\n    return True\n");
    let attack = &loaded.items[0].rule.meta.attack;
    let text = |span| loaded.unit.main().slice(span);
    let techniques: Vec<&str> = attack.iter().filter_map(|r| r.technique.as_ref()).map(|t| text(t.span)).collect();
    let tactics: Vec<&str> = attack.iter().filter_map(|r| r.tactic.as_ref()).map(|t| text(t.span)).collect();
    assert_eq!(techniques, ["T1199", "T1078.004"]);
    assert_eq!(tactics, ["TA0001", "TA0005", "TA003"]);
    assert_eq!(loaded.diagnostics.iter().map(|d| d.lint).collect::<Vec<_>>(), ["attack-format"]);
}

#[test]
fn unknown_keys_and_wrong_types_are_reported() {
    let loaded = rule("Treshold: 5\nTags: x\nDedupPeriodMinutes: soon\n", "def rule(event):\n    return True\n");
    let found: Vec<(&str, &str)> = loaded.diagnostics.iter().map(|d| (d.lint, loaded.unit.slice(d.location))).collect();
    assert_eq!(found, [("unknown-key", "Treshold"), ("schema", "x"), ("schema", "soon")]);
    assert_eq!(loaded.diagnostics[0].help.as_deref(), Some("did you mean `Threshold`?"));
    assert!(loaded.diagnostics.iter().all(|d| d.rule_id.as_deref() == Some("A.B")));
}

#[test]
fn a_missing_file_and_a_syntax_error_leave_the_rule_opaque() {
    let missing = load(SourceFile::new("r.yml", HEAD), &Context::default());
    assert_eq!(missing.diagnostics[0].lint, "missing-file");
    assert_eq!(missing.unit.slice(missing.diagnostics[0].location), "r.py");
    assert!(matches!(missing.items[0].rule.logic, Logic::Opaque(_)));
    let broken = rule("", "def rule(event):\n    return event.get('a') = 1\n");
    let diagnostic = &broken.diagnostics[0];
    assert_eq!((diagnostic.lint, diagnostic.location.source), ("syntax", SourceId(1)));
    assert_eq!(broken.unit.file(SourceId(1)).line_column(diagnostic.location.span.start).0, 2);
    assert!(matches!(&broken.items[0].rule.logic, Logic::Opaque(opaque) if opaque.code == "python-syntax"));
    let none = rule("", "def other(event):\n    return True\n");
    assert_eq!(none.items[0].rule.opaque_reason().as_deref(), Some("the file defines no function `rule`"));
}

#[test]
fn tests_become_events() {
    let more = "Tests:\n  - Name: map\n    ExpectedResult: true\n    Log: {a: 1, off: off}\n  - Name: text\n    ExpectedResult: false\n    Log: '{\"a\": 2}'\n  - Name: mocked\n    ExpectedResult: true\n    Log: {a: 1}\n    Mocks: [{objectName: x, returnValue: y}]\n  - Name: broken\n    ExpectedResult: true\n    Log: nothing\n";
    let loaded = rule(more, "def rule(event):\n    return event.get('a') == 1\n");
    let rule = &loaded.items[0].rule;
    let statuses: Vec<TestStatus> = rule.tests.iter().map(|test| run_test(rule, test, &[]).status).collect();
    assert_eq!(statuses, [TestStatus::Passed, TestStatus::Passed, TestStatus::Skipped, TestStatus::Skipped]);
    assert_eq!(rule.tests[0].events[0]["off"], "off");
    assert_eq!(rule.tests[1].expect, Expectation::Fires(false));
    assert_eq!(loaded.diagnostics.len(), 1);
}

#[test]
fn every_kind_is_an_item() {
    for (kind, key) in [
        ("datamodel", "DataModelID"),
        ("global", "GlobalID"),
        ("lookup_table", "LookupName"),
        ("pack", "PackID"),
        ("scheduled_query", "QueryName"),
        ("saved_query", "QueryName"),
        ("correlation_rule", "RuleID"),
    ] {
        let loaded = loaded(&format!("AnalysisType: {kind}\n{key}: X\nDescription: d\n"), "");
        let rule = &loaded.items[0].rule;
        assert_eq!((rule.kind, rule.meta.id.as_ref().map(|id| id.value.as_str())), (kind, Some("X")));
        assert!(matches!(rule.logic, Logic::Opaque(_)), "{kind}");
        assert_eq!(rule.opaque_parts(), 1);
    }
    let query = loaded("AnalysisType: saved_query\nQueryName: X\nQuery: SELECT 1\n", "");
    assert!(
        matches!(&query.items[0].rule.logic, Logic::Opaque(opaque) if opaque.language == "sql" && opaque.text == "SELECT 1")
    );
}

/// Python runs a test with mocks on a module as it was loaded, whatever the tests before it did to it.
#[test]
fn each_test_with_mocks_starts_from_the_module_as_it_is() {
    let python = "SEEN = []\ndef limit():\n    return 5\ndef rule(event):\n    global SEEN\n    SEEN = [event.get('a')]\n    \
        return event.get('a') > limit() and len(SEEN) == 1\n";
    let case = |name: &str, expected: bool, a: u8, mock: &str| {
        format!("  - {{Name: {name}, ExpectedResult: {expected}, Log: {{a: {a}}}{mock}}}\n")
    };
    let mock = |value: u8| format!(", Mocks: [{{objectName: limit, returnValue: {value}}}]");
    let tests = [
        case("above", true, 6, ""),
        case("below", false, 5, ""),
        case("above one", true, 2, &mock(1)),
        case("below seven", false, 7, &mock(7)),
        case("below one", false, 1, &mock(1)),
    ];
    let loaded = rule(&format!("Tests:\n{}", tests.concat()), python);
    let rule = &loaded.items[0].rule;
    let statuses: Vec<_> = rule.tests.iter().map(|test| run_test(rule, test, &[]).status).collect();
    assert_eq!(statuses, [TestStatus::Passed; 5]);
    let instead = |place: usize| rule.tests[place].instead.as_ref().unwrap();
    assert!(std::sync::Arc::ptr_eq(instead(2), instead(4)), "the same mocks are lifted once");
    assert!(!std::sync::Arc::ptr_eq(instead(2), instead(3)));
    assert!(rule.tests[0].instead.is_none());
}

#[test]
fn mocks_of_what_does_not_decide_change_no_condition() {
    let python = "def place(event):\n    return event.get('b')\ndef rule(event):\n    return event.get('a') == 1\n\
        def title(event):\n    return place(event)\n";
    let loaded = rule(
        "Tests:\n  - {Name: x, ExpectedResult: true, Log: {a: 1}, Mocks: [{objectName: place, returnValue: y}]}\n",
        python,
    );
    let test = &loaded.items[0].rule.tests[0];
    assert_eq!((test.mocks.len(), test.mocks[0].name.as_str(), test.instead.is_none()), (1, "place", true));
}

#[test]
fn other_functions_and_inline_filters_are_kept() {
    let python = "def rule(event):\n    return True\ndef title(event):\n    return 'x'\n";
    let loaded = rule("InlineFilters:\n  - All: []\n", python);
    let rule_item = &loaded.items[0].rule;
    assert!(matches!(rule_item.logic, Logic::Event(_)));
    let title = rule_item.extras.iter().find(|extra| extra.key == "python.title").unwrap();
    assert_eq!(title.text, "def title(event):\n    return 'x'");
    let filtered = rule("InlineFilters:\n  - All: [{KeyPath: a, Condition: Exists}]\n", python);
    let filtered = &filtered.items[0].rule;
    assert!(matches!(filtered.logic, Logic::Event(_)));
    assert_eq!(display_expr(&filtered.pool, filtered.exclusions[0].condition), "a is missing");
}

#[test]
fn our_own_rules_are_lifted_whole_and_pass_their_tests() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules/panther");
    let found = crate::source::discover(&[root.display().to_string()], &["yml"]);
    assert!(found.files.len() >= 9);
    for path in found.files {
        let loaded = load(read(&path).unwrap(), &Context::beside(&Disk));
        assert!(loaded.diagnostics.is_empty(), "{}: {:?}", path.display(), loaded.diagnostics);
        for item in &loaded.items {
            let rule = &item.rule;
            if rule.kind.ends_with("query") {
                continue;
            }
            let holes = holes(&rule.pool, &rule.logic.roots());
            assert!(holes.is_empty() && rule.opaque_parts() == 0, "{}: {holes:?}", path.display());
            for test in &rule.tests {
                let outcome = run_test(rule, test, &[]);
                assert_eq!(outcome.status, TestStatus::Passed, "{}: {} {outcome:?}", path.display(), test.name);
            }
        }
    }
}

#[test]
fn the_support_reset_has_its_five_indicators_and_output_fields() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules/panther/okta/okta_support_credential_reset.yml");
    let loaded = load(read(&path).unwrap(), &Context::beside(&Disk));
    let rule = &loaded.items[0].rule;
    let Logic::Event(condition) = rule.logic else { panic!("{:?}", rule.logic) };
    assert_eq!(
        display_expr(&rule.pool, condition),
        "eventType in (\"user.account.reset_password\", \"user.mfa.factor.update\", \"system.mfa.factor.deactivate\", \
         \"user.mfa.attempt_bypass\") and actor.alternateId == \"system@okta.com\" and transaction.id == \"unknown\" \
         and not client.userAgent.rawUserAgent is present and not client.geographicalContext.country is present"
    );
    let fields: Vec<(&str, Option<&str>)> =
        rule.meta.output_fields.iter().map(|f| (f.field.as_str(), f.source.as_deref())).collect();
    assert!(fields.contains(&("event_type", Some("eventtype"))));
    assert!(fields.contains(&("ips", Some("p_any_ip_addresses"))));
    assert_eq!(rule.tests.len(), 2);
}

/// A rule's file with a helper beside it.
struct WithHelper(&'static str);

impl Companions for WithHelper {
    fn companion(&self, _main: &str, relative: &str) -> Option<SourceFile> {
        let helper = "N = 0\ndef kind(event):\n    return event.get('kind') or event.get('type')\n\
            def once(event):\n    global N\n    if N:\n        return False\n    N = 1\n    return True\n";
        match relative {
            "r.py" => Some(SourceFile::new("r.py", self.0)),
            "./h.py" => Some(SourceFile::new("h.py", helper)),
            _ => None,
        }
    }
}

#[test]
fn a_helper_gives_the_same_each_time_unless_its_module_changes() {
    let condition = |python| {
        let loaded = load(SourceFile::new("r.yml", HEAD), &Context::beside(&WithHelper(python)));
        let rule = &loaded.items[0].rule;
        let Logic::Event(condition) = rule.logic else { panic!("{:?}", rule.logic) };
        display_expr(&rule.pool, condition)
    };
    let once = condition("from h import kind\ndef rule(event):\n    return kind(event) == 'x'\n");
    let twice = "from h import kind\ndef rule(event):\n    if kind(event) != 'x':\n        return False\n    \
        return kind(event) == 'x'\n";
    assert_eq!(condition(twice), once);
    let first = condition("from h import once\ndef rule(event):\n    return once(event)\n");
    assert_eq!(first, "true");
    let second = condition("from h import once\ndef rule(event):\n    return once(event) and once(event)\n");
    assert!(second.contains("a global that a function changes"), "{second}");
}

#[test]
fn reports_are_kept_but_for_the_attack_references_that_have_a_term() {
    let keys = |more: &str| {
        let loaded = rule(more, "def rule(event):\n    return True\n");
        loaded.items[0].rule.extras.iter().map(|extra| (extra.key.clone(), extra.text.clone())).collect::<Vec<_>>()
    };
    assert!(keys("Reports:\n  MITRE ATT&CK: [TA0001:T1199]\n").is_empty());
    let more = "Reports:\n  MITRE ATT&CK: [TA0001:T1199]\n  CIS: [1.2]\n";
    assert_eq!(keys(more), [("Reports.CIS".to_owned(), "[1.2]".to_owned())]);
    let unread = "Reports:\n  MITRE ATT&CK: [TA0001:T1199, [T1]]\n";
    assert_eq!(keys(unread)[0].0, "Reports.MITRE ATT&CK");
    assert_eq!(keys("Reports: later\n"), [("Reports".to_owned(), "later".to_owned())]);
}
