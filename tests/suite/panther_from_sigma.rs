//! What becomes of Sigma rules in Panther.

use crate::shared::{corpus, texts};
use detc::backend::{Conversion, Options, Status, Target, convert};
use detc::catalog::logsource::for_sigma;
use detc::frontend::{Context, load};
use detc::ir::{Expectation, RuleTest};
use detc::source::SourceFile;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

fn converted(text: &str) -> Conversion {
    let loaded = load(SourceFile::new("rule.yml", text), &Context::default());
    convert(&loaded.items[0].rule, Target::Panther, &Options::default())
}

fn rule(source: &str, test: &str, rest: &str) -> String {
    format!(
        "title: Example\nid: 929a690e-bef0-4204-a928-ef5e620d6fcc\nlogsource:\n    {source}\ndetection:\n    selection:\n        {test}\n    condition: selection\n{rest}"
    )
}

#[test]
fn fields_that_the_log_types_do_not_have_refuse_a_rule() {
    let onelogin = "product: onelogin\n    service: onelogin.events";
    assert_eq!(converted(&rule(onelogin, "event_type_id: 11", "")).status, Status::Exact);
    // No map, and a map that vouches for the log types.
    for source in [onelogin, "product: m365\n    service: exchange"] {
        let refused = converted(&rule(source, "nothing_like_it: 11", ""));
        assert_eq!(refused.status, Status::Refused);
        let codes: Vec<&str> = refused.losses.iter().map(|loss| loss.code.id).collect();
        assert_eq!(codes, ["L101"]);
    }
}

#[test]
fn related_rules_stay_in_the_description() {
    let related = "related:\n    - id: 3f2a7f5e-1111-4204-a928-ef5e620d6fcc\n      type: similar\n";
    let found = converted(&rule("product: okta\n    service: okta", "eventtype: user.lifecycle.create", related));
    assert_eq!(found.status, Status::Exact);
    let yaml = &found.outputs[1].text;
    assert!(
        yaml.contains("  detc.related: - id: 3f2a7f5e-1111-4204-a928-ef5e620d6fcc\n  detc.related: type: similar\n")
    );
}

fn codes(found: &Conversion) -> Vec<&str> {
    found.losses.iter().map(|loss| loss.code.id).collect()
}

#[test]
fn windows_events_are_told_apart_and_named_as_panther_names_them() {
    let process = rule("product: windows\n    category: process_creation", "Image|endswith: '\\whoami.exe'", "");
    let found = converted(&process);
    assert_eq!(found.status, Status::Exact);
    let module = &found.outputs[0].text;
    assert!(module.contains(r#"event.get("EventID") != "1""#), "{module}");
    assert!(module.contains(r#"event.get("ProviderName") != "Microsoft-Windows-Sysmon""#), "{module}");
    assert!(module.contains(r#"event.deep_get("ExtraEventData", "Image")"#), "{module}");
    assert!(found.outputs[1].text.contains("LogTypes:\n  - Windows.EventLogs\n"));
    // Ids and other numbers are texts; the source of an event is the log's channel.
    let logon = rule("product: windows\n    service: security", "EventID: 4624\n        LogonType: 3", "");
    let module = &converted(&logon).outputs[0].text;
    for part in
        [r#"event.get("Channel") != "Security""#, r#"event.get("EventID")) != "4624""#, r#""LogonType")) == "3""#]
    {
        assert!(module.contains(part), "{module}");
    }
}

#[test]
fn fields_that_no_event_of_the_log_source_has_refuse_a_rule() {
    // Sysmon's event 3 names the process and not how it was started.
    let connection = "product: windows\n    category: network_connection";
    assert_eq!(converted(&rule(connection, "Image: x", "")).status, Status::Exact);
    let refused = converted(&rule(connection, "CommandLine: x", ""));
    assert_eq!((refused.status, codes(&refused)), (Status::Refused, vec!["L101"]));
    // No event of the security log is known to lack a field.
    assert_eq!(converted(&rule("product: windows\n    service: security", "Anything: x", "")).status, Status::Exact);
    // Where data without names are, is not known.
    let unnamed = converted(&rule("product: windows\n    service: application", "Data|contains: x", ""));
    assert_eq!((unnamed.status, codes(&unnamed)), (Status::Refused, vec!["L102"]));
}

#[test]
fn other_spellings_of_a_field_become_the_log_types_own() {
    for (source, test, read) in [
        ("product: gcp\n    service: gcp.audit", "gcp.audit.method_name: x", r#""protoPayload", "methodName""#),
        ("product: azure\n    service: activitylogs", "properties.message: x", r#"event.get("operationName")"#),
        ("product: azure\n    service: signinlogs", "ResultType: x", r#"event.get("resultType")"#),
        ("product: gcp\n    service: google_workspace.admin", "eventName: x", r#"event.get("name")"#),
        ("product: zeek\n    service: dns", "id.orig_h: x", r#"event.get("id_orig_h")"#),
    ] {
        let found = converted(&rule(source, test, ""));
        assert_eq!(found.status, Status::Exact, "{source}: {:?}", found.losses);
        assert!(found.outputs[0].text.contains(read), "{source}: {}", found.outputs[0].text);
    }
    // A spelling of what the log type has nowhere.
    let refused = converted(&rule("product: azure\n    service: activitylogs", "ResourceProviderValue: x", ""));
    assert_eq!((refused.status, codes(&refused)), (Status::Refused, vec!["L101"]));
}

/// The events of a rule's tests go where its fields go.
#[test]
fn tests_have_the_log_types_names() {
    for (source, test, event, wanted) in [
        (
            "product: windows\n    category: process_creation",
            "Image: x",
            json!({"Image": "x", "ProcessId": 4}),
            json!({
                "EventID": "1",
                "ProviderName": "Microsoft-Windows-Sysmon",
                "ExtraEventData": {"Image": "x", "ProcessId": "4"}
            }),
        ),
        (
            "product: gcp\n    service: gcp.audit",
            "gcp.audit.method_name: x",
            json!({"gcp": {"audit": {"method_name": "x"}}}),
            json!({"protoPayload": {"methodName": "x"}}),
        ),
    ] {
        let mut loaded = load(SourceFile::new("rule.yml", rule(source, test, "")), &Context::default());
        let rule = &mut loaded.items[0].rule;
        rule.tests = vec![RuleTest::new("Fires", Expectation::Fires(true), vec![event])];
        let yaml = convert(rule, Target::Panther, &Options::default()).outputs[1].text.clone();
        let yaml: Json = serde_yaml::from_str(&yaml).unwrap();
        let log = &yaml["Tests"][0]["Log"];
        for (key, value) in wanted.as_object().unwrap() {
            assert_eq!(&log[key], value, "{source}: {log}");
        }
    }
}

fn name(part: Option<&detc::source::Spanned<String>>) -> &str {
    part.map_or("", |part| &part.value)
}

/// Every rule of SigmaHQ's active folders whose log source the table names a Panther log type for.
#[test]
fn at_least_nine_of_ten_rules_with_a_log_type_are_exact() {
    let Some(folder) = corpus("sigma") else { return };
    let mut counts: BTreeMap<(bool, Status), usize> = BTreeMap::new();
    for part in ["rules", "rules-compliance", "rules-emerging-threats", "rules-placeholder", "rules-threat-hunting"] {
        for (path, text) in texts(&folder.join(part), &["yml"]) {
            let loaded = load(SourceFile::new(path.display().to_string(), text), &Context::default());
            for item in &loaded.items {
                let source = &item.rule.data_source;
                let product = name(source.product.as_ref());
                let rows = for_sigma(product, name(source.category.as_ref()), name(source.service.as_ref()));
                if rows.iter().any(|row| !row.panther().is_empty()) {
                    let found = convert(&item.rule, Target::Panther, &Options::default());
                    *counts.entry((product == "windows", found.status)).or_default() += 1;
                }
            }
        }
    }
    let of = |wanted: &dyn Fn(&(bool, Status)) -> bool| -> usize {
        counts.iter().filter(|(key, _)| wanted(key)).map(|(_, count)| count).sum()
    };
    let (exact, metadata) = (of(&|key| key.1 == Status::Exact), of(&|key| key.1 == Status::Metadata));
    let all = of(&|_| true);
    println!("{exact} of {all} exact, {metadata} more but for metadata; (windows, status): {counts:?}");
    assert!(exact * 10 >= all * 9, "{exact} of {all}: {counts:?}");
    // Windows' many rules hide nothing: of the others some speak of what their log type does not have.
    let (exact, others) = (of(&|key| *key == (false, Status::Exact)), of(&|key| !key.0));
    assert!(exact * 10 >= others * 8, "{exact} of {others}: {counts:?}");
}
