//! Fields that the ingest makes from several others, or from a part of another one: what a test of them says of these.

use crate::map_losses::{converted, elastic, rule, sigma, told};
use detc::backend::{Status, Target};
use detc::fidelity::MaxLoss;
use detc::proof::{Verdict, prove_conversion};

fn to_sigma(index: &str, language: &str, query: &str) -> (Status, Vec<&'static str>, String) {
    let conversion = converted("a.toml", &elastic(index, language, query), Target::Sigma, MaxLoss::Any);
    let (status, codes, text) = told(&conversion);
    (status, codes, text.to_owned())
}

/// The integration: failure where there is an error code or message; of a console login what it says of itself, in lower case.
#[test]
fn the_outcome_of_an_api_call_is_whether_it_has_an_error() {
    let trail =
        |query: &str| to_sigma("logs-aws.cloudtrail-*", "kuery", &format!("event.dataset: aws.cloudtrail and {query}"));
    let (status, codes, text) = trail("event.action: CreateUser and event.outcome: success");
    assert_eq!((status, codes), (Status::Metadata, vec![]), "{text}");
    assert!(text.contains("errorCode: null") && text.contains("errorMessage: null"), "{text}");
    assert!(!text.contains("ConsoleLogin") && !text.contains("errorCode: ''"), "{text}");

    let (status, _, text) = trail("event.action: (CreateUser or ConsoleLogin) and event.outcome: failure");
    assert_eq!(status, Status::Metadata, "{text}");
    assert!(text.contains("responseElements.ConsoleLogin|cased: Failure"), "{text}");

    let (_, _, text) =
        trail("aws.cloudtrail.error_code: AccessDenied and event.action: CreateUser and event.outcome: failure");
    assert!(!text.contains("errorMessage"), "an error is told: {text}");
    let (status, _, _) = trail("event.action: CreateUser and event.outcome: unknown");
    assert_eq!(status, Status::Refused, "there is no such outcome");
}

/// The integration: by the status, or by the grant where there is one only. How many there are is not asked for.
#[test]
fn the_outcome_of_a_request_is_its_status_or_its_only_grant() {
    let audit = |query: &str| to_sigma("logs-gcp.audit-*", "kuery", &format!("event.dataset: gcp.audit and {query}"));
    let (status, codes, text) = audit("event.action: x.insert and event.outcome: success");
    assert_eq!((status, codes), (Status::Widened, vec!["L103"]), "{text}");
    assert!(text.contains("protoPayload.status.code: 0"), "{text}");
    assert!(text.contains("protoPayload.authorizationInfo.granted: true"), "{text}");
    let (status, _, text) = audit("event.action: x.insert and not event.outcome: success");
    assert_eq!(status, Status::Widened, "{text}");
    assert!(!text.contains("granted"), "what is not certain stays out of an exclusion: {text}");
}

/// The integration: of the result Success and Failure, else of the properties, and everything in lower case.
#[test]
fn the_outcome_of_an_activity_is_its_result() {
    let query = "event.dataset: azure.activitylogs and event.action: X and event.outcome: (Success or success)";
    let (status, codes, text) = to_sigma("logs-azure.activitylogs-*", "kuery", query);
    assert_eq!((status, codes), (Status::Metadata, vec![]), "{text}");
    assert!(text.contains("resultType: Success") && text.contains("properties.result|cased: success"), "{text}");
}

#[test]
fn an_address_that_is_there_is_more_than_a_text_that_is_there() {
    let query = "event.dataset: aws.cloudtrail and event.action: CreateUser and source.ip: *";
    let (status, codes, text) = to_sigma("logs-aws.cloudtrail-*", "kuery", query);
    assert_eq!((status, codes), (Status::Widened, vec!["L103"]), "{text}");
    let query = "event.dataset: aws.cloudtrail and event.action: CreateUser and source.ip: 192.0.2.0/24";
    assert_eq!(to_sigma("logs-aws.cloudtrail-*", "kuery", query).0, Status::Metadata);
}

#[test]
fn a_network_is_asked_of_the_address_made_of_a_text() {
    let rule = sigma(
        "product: windows\n  service: security",
        "sel:\n    EventID: 4624\n    IpAddress|cidr: 192.0.2.0/24\n  condition: sel",
    );
    let conversion = converted("a.yml", &rule, Target::Eql, MaxLoss::Widened);
    let (status, codes, text) = told(&conversion);
    assert_eq!((status, codes), (Status::Metadata, vec![]));
    assert!(text.contains("cidrMatch(source.ip, \"192.0.2.0/24\")"), "{text}");
}

/// Elastic Defend's kinds of file events are categories of Sigma's taxonomy on every system.
#[test]
fn file_events_of_other_systems_than_windows() {
    for (system, said, category) in [
        ("macos", "event.action == \"rename\"", "file_rename"),
        ("macos", "event.action == \"open\"", "file_access"),
        ("macos", "event.action == \"modification\"", "file_change"),
        ("linux", "event.type == \"deletion\"", "file_delete"),
    ] {
        let query = format!("file where host.os.type == \"{system}\" and {said} and file.path : \"/etc/x\"");
        let (_, codes, text) = to_sigma("logs-endpoint.events.file-*", "eql", &query);
        assert!(text.contains(&format!("category: {category}")) && text.contains("TargetFilename"), "{text}");
        assert_eq!(codes, if category == "file_change" { vec!["L108"] } else { vec![] }, "{said}");
    }
}

/// The integration takes the lines of a payload apart: each part becomes a field, what names and separates them does not.
#[test]
fn a_text_within_a_part_of_a_payload_is_found() {
    let looked_for = |text: &str| {
        let rule = sigma(
            "product: windows\n  category: ps_module",
            &format!("sel:\n    Payload|contains: '{text}'\n  condition: sel"),
        );
        let conversion = converted("a.yml", &rule, Target::Eql, MaxLoss::Any);
        told(&conversion).1.contains(&"L103")
    };
    assert!(!looked_for("Invoke-Example") && !looked_for("Contents=function"));
    for text in ["a; b", "Invoke-Example): ", "lue", "lue=y", "the name=y"] {
        assert!(looked_for(text), "{text}");
    }
}

#[test]
fn a_folder_is_the_head_of_a_path() {
    let query = "event.category: process and host.os.type: windows and powershell.file.script_block_text: x and file.directory: ";
    let of = |directory: &str| to_sigma("logs-windows.powershell*", "kuery", &format!("{query}{directory}")).2;
    let text = of("\"C:\\\\ExampleDir\"");
    assert!(text.contains(r"Path|startswith") && text.contains("not"), "{text}");
    let text = of("C\\:\\\\ExampleDir\\\\*");
    assert!(text.contains(r"C:\ExampleDir\\*\'"), "{text}");
}

/// What an unmodelled row says of a field binds the events of a proof only where a rule asks for what the row makes.
#[test]
fn a_table_of_some_values_binds_who_asks_for_it() {
    let proof = |name: &str, text: &str, target| {
        let rule = rule(name, text);
        prove_conversion(&rule, &[], target, &converted(name, text, target, MaxLoss::Any)).unwrap()
    };
    let source = "product: windows\n  category: process_creation";
    let by_name = sigma(source, "sel:\n    User|contains: AUTHORI\n  condition: sel");
    assert!(proof("a.yml", &by_name, Target::Eql).verdict >= Verdict::Tested);
    let query = "process where host.os.type == \"windows\" and event.type == \"start\" and user.id == \"S-1-5-18\"";
    let by_id = proof("a.toml", &elastic("logs-endpoint.events.process-*", "eql", query), Target::Sigma);
    assert!(by_id.verdict >= Verdict::Tested, "{by_id:?}");
    assert!(by_id.assumes.iter().any(|assumed| assumed.contains("`user.id` as the map's row says")), "{by_id:?}");
}
