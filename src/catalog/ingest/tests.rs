use super::check::agrees;
use super::*;
use crate::catalog::maps::Evidence;
use serde_json::json;
use std::path::Path;

pub(super) fn pairs(dataset: &str) -> Option<Vec<Pair>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../shared/fixtures/ingest/{dataset}.jsonl"));
    let Ok(text) = std::fs::read_to_string(&path) else {
        assert!(std::env::var_os("DETC_REQUIRE_SHARED").is_none(), "../shared is required");
        println!("skipped: no pairs of {dataset}");
        return None;
    };
    Some(read_pairs(&text).unwrap())
}

/// Rows agree with every pair, or say that they are not firm; `fixture` is claimed where and only where pairs show it.
fn evidence_is_what_the_pairs_show(dataset: &str) {
    let Some(pairs) = pairs(dataset) else { return };
    let mut wrong = Vec::new();
    for report in check(dataset, &pairs).unwrap() {
        let row = report.row;
        let name = format!("{} -> {:?}", row.raw, row.elastic);
        let shown = report.confirmed > 0 && report.differences.is_empty();
        if shown != (row.evidence == Evidence::Fixture) {
            wrong.push(format!("{name}: {:?}, confirmed {}, {:?}", row.evidence, report.confirmed, report.differences));
        } else if !report.differences.is_empty() && !row.ambiguous {
            wrong.push(format!("{name}: contradicted by {:?}", report.differences));
        }
    }
    assert!(wrong.is_empty(), "{dataset}:\n{}", wrong.join("\n"));
}

#[test]
fn okta_rows_agree_with_fourteen_real_pairs() {
    evidence_is_what_the_pairs_show("okta.system");
    assert!(pairs("okta.system").is_none_or(|pairs| pairs.len() == 14));
}

#[test]
fn cloudtrail_rows_agree_with_real_pairs() {
    evidence_is_what_the_pairs_show("aws.cloudtrail");
}

#[test]
fn github_rows_agree_with_real_pairs() {
    evidence_is_what_the_pairs_show("github.audit");
}

#[test]
fn forward_makes_nothing_that_the_real_document_contradicts() {
    let Some(pairs) = pairs("okta.system") else { return };
    // The newest version only: older ones lack fields.
    for pair in pairs.iter().filter(|pair| pair.package_version.is_none()) {
        let made = forward("okta.system", &pair.raw).unwrap();
        let mut leaves = Vec::new();
        collect(&made, String::new(), &mut leaves);
        assert!(leaves.len() > 40);
        for (path, value) in leaves {
            // The tests of the pipeline do not run in a data stream.
            if path.starts_with("data_stream.") || path == "event.dataset" || path == "event.module" {
                continue;
            }
            let found = at(&pair.indexed, &path);
            assert!(found.as_ref().is_some_and(|found| agrees(&value, found)), "{path}: {value} but {found:?}");
        }
    }
}

fn collect(value: &Value, path: String, out: &mut Vec<(String, Value)>) {
    match value {
        Value::Object(map) => {
            for (key, item) in map {
                collect(item, if path.is_empty() { key.clone() } else { format!("{path}.{key}") }, out);
            }
        }
        other => out.push((path, other.clone())),
    }
}

#[test]
fn outcomes_and_behaviours() {
    let made = |result: Value| forward("okta.system", &json!({"outcome": {"result": result}})).unwrap();
    for (result, outcome) in
        [("SUCCESS", "success"), ("ALLOW", "success"), ("DENY", "failure"), ("CHALLENGE", "unknown")]
    {
        assert_eq!(made(json!(result))["event"]["outcome"], outcome);
        assert_eq!(made(json!(result))["okta"]["outcome"]["result"], result);
    }
    assert_eq!(made(Value::Null)["event"]["outcome"], "unknown");
    assert!(made(json!(""))["okta"].is_null());
    let raw = json!({"debugContext": {"debugData": {"behaviors": "{New IP=POSITIVE, Velocity=NEGATIVE}"}}});
    let made = forward("okta.system", &raw).unwrap();
    let debug = &made["okta"]["debug_context"]["debug_data"];
    assert_eq!(debug["risk_behaviors"], json!(["New IP"]));
    assert_eq!(debug["flattened"]["behaviors"]["Velocity"], "NEGATIVE");
}

#[test]
fn arrays_keep_their_elements_together() {
    let raw = json!({"target": [{"type": "AppInstance", "displayName": "x"}, {"type": "User", "id": "u1", "displayName": ""}]});
    let made = forward("okta.system", &raw).unwrap();
    assert_eq!(
        made["okta"]["target"],
        json!([{"display_name": "x", "type": "AppInstance"}, {"id": "u1", "type": "User"}])
    );
    assert_eq!(made["user"]["target"]["id"], "u1");
    assert!(made["user"]["target"]["full_name"].is_null());
}

#[test]
fn hostile_events_are_only_events() {
    let mut deep = json!(1);
    // serde_json reads nothing deeper than 128.
    for _ in 0..127 {
        deep = json!({ "requestParameters": deep });
    }
    for raw in [json!(null), json!([]), json!("x"), json!({"target": "x", "actor": [1]}), json!({"target": [1, []]})] {
        for map in FieldMap::all() {
            assert!(forward_with(map, &raw).is_object() || raw.is_null() || map.drops_empty);
        }
    }
    assert!(forward("aws.cloudtrail", &deep).is_some());
    assert!(forward("no.such", &json!({})).is_none());
}

/// A log source's own way: what tells its events from others, and the spellings of one fact.
#[test]
fn documents_have_what_the_log_source_implies() {
    let registry = FieldMap::for_sigma("windows", "registry_set", "").unwrap();
    let source = crate::catalog::logsource::for_sigma("windows", "registry_set", "");
    let way = Way::new(registry, source.first().copied());
    let document = way.forward(&json!({"Details": ["a", "b"], "CommandLine": null}));
    assert_eq!(document["registry"]["data"]["strings"], json!(["a", "b"]));
    assert_eq!(document["event"]["category"], "registry");
    assert!(way.is_of_source(&document));
    assert!(!way.is_of_source(&json!({"event": {"category": "file"}, "host": {"os": {"type": "windows"}}})));

    let sign_ins = FieldMap::for_sigma("azure", "", "signinlogs").unwrap();
    let way = Way::new(sign_ins, None);
    let all = json!({"ResultType": "50057", "resultType": "50057", "Status": "Failure"});
    assert_eq!(way.spelled(&json!({"resultType": "50057"})), all);
    assert_eq!(way.spelled(&json!({"ResultType": "50057"})), all);
    // Code 0 is success, and any other one may be a failure's.
    let success = json!({"ResultType": "0", "resultType": "0", "Status": "Success"});
    assert_eq!(way.spelled(&json!({"resultType": "0"})), success);
    assert_eq!(way.spelled(&json!({"Status": "success"}))["resultType"], "0");
    assert_eq!(way.spelled(&json!({"Status": "Failure"})), json!({"Status": "Failure"}));
    assert!(way.is_consistent(&all) && way.is_consistent(&success));
    assert!(!way.is_consistent(&json!({"resultType": "50057", "Status": "Success"})));
    assert!(way.models("azure.signinlogs.result_type") && way.models("no.row"));
    let m365 = Way::new(FieldMap::for_dataset("o365.audit").unwrap(), None);
    assert!(m365.models("event.action") && !m365.models("o365.audit.Any"));
    // A table says it, and nothing else.
    assert!(m365.models("event.outcome") && m365.is_hearsay("event.outcome"));
    assert_eq!(m365.forward(&json!({"ResultStatus": "Failed"}))["event"]["outcome"], "failure");
}

/// The vendor's keys may hold dots, in an event and in what is put into one.
#[test]
fn keys_may_hold_dots() {
    let kubernetes = Way::new(FieldMap::for_dataset("kubernetes.audit_logs").unwrap(), None);
    let raw = json!({"annotations": {"authorization.k8s.io/decision": "forbid"}});
    let document = kubernetes.forward(&raw);
    assert_eq!(document["kubernetes"]["audit"]["annotations"]["authorization_k8s_io/decision"], "forbid");
    assert_eq!(kubernetes.spelled(&raw), raw);
    let mut out = json!({});
    place(&mut out, "annotations.authorization\\.k8s\\.io/decision", json!("forbid"));
    assert_eq!(out, raw);
    let row = kubernetes.map().raw_row("annotations.authorization.k8s.io/decision").unwrap();
    assert_eq!(row.raw_keys(), ["annotations", "authorization.k8s.io/decision"]);
}

#[test]
fn a_field_of_the_documents_has_its_origin() {
    let map = FieldMap::for_sigma("windows", "process_creation", "").unwrap();
    let source = crate::catalog::logsource::for_sigma("windows", "process_creation", "");
    let way = Way::new(map, source.first().copied());
    assert!(matches!(way.origin("process.name"), Origin::Row(row) if row.raw == "Image"));
    // Every document has the same, or none has it.
    assert!(matches!(way.origin("host.os.type"), Origin::Fixed) && matches!(way.origin("no.row"), Origin::Fixed));
    let okta = Way::new(FieldMap::for_dataset("okta.system").unwrap(), None);
    assert!(matches!(okta.origin("okta.target.display_name"), Origin::Row(row) if row.raw == "target[].displayName"));
    // Gathered from several fields; a part of an object.
    assert!(matches!(okta.origin("related.ip"), Origin::Unclear));
    assert!(matches!(okta.origin("okta.debug_context.debug_data.flattened.x"), Origin::Unclear));
    let sign_ins = Way::new(FieldMap::for_sigma("azure", "", "signinlogs").unwrap(), None);
    assert_eq!(sign_ins.spelling("ResultType"), "resultType");
    assert_eq!(sign_ins.spelling("other"), "other");
}

/// What a draft finds in Okta's pairs is what the map has, which people wrote from the integration's own description.
#[test]
fn a_draft_finds_the_fields_that_the_map_has() {
    let Some(pairs) = pairs("okta.system") else { return };
    let pairs: Vec<Pair> = pairs.into_iter().filter(|pair| pair.package_version.is_none()).collect();
    let drafted = FieldMap::parse(&draft("okta.system", &pairs)).unwrap();
    let (mut same, mut wrong) = (0, Vec::new());
    for row in FieldMap::for_dataset("okta.system").unwrap().rows() {
        let found = drafted.rows().find(|drafted| drafted.raw == row.raw && !row.derived);
        let Some(found) = found else { continue };
        let meets = row.targets().any(|field| found.targets().any(|found| found == field));
        if meets || row.dropped && found.dropped {
            same += 1;
        } else if found.evidence == Evidence::Fixture {
            wrong.push(format!("{} -> {:?}", row.raw, found.elastic));
        }
    }
    // Its value does stand there: the addresses of the request have the same postal code.
    wrong.retain(|row| !row.starts_with("client.geographicalContext.postalCode ->"));
    assert!(same >= 44 && wrong.is_empty(), "{same} rows alike, wrong: {wrong:#?}");
    // A list of objects is found as such.
    assert!(
        drafted.rows().any(
            |row| row.raw == "target[].displayName" && row.elastic.as_deref() == Some("okta.target[].display_name")
        )
    );
}

#[test]
fn a_draft_says_what_it_does_not_know() {
    let pair = |raw: Value, indexed: Value| Pair { dataset: None, package_version: None, raw, indexed };
    let pairs = [
        pair(
            json!({"a.b": 1, "n": "7", "tags": [], "s": "x"}),
            json!({"acme": {"b": 1, "n": 7, "t": []}, "event": {"kind": "event"}, "other": "y"}),
        ),
        pair(json!({"a.b": 2, "n": "8", "gone": "z"}), json!({"acme": {"b": 2, "n": 8}, "event": {"kind": "event"}})),
    ];
    let text = draft("acme.log", &pairs);
    let map = FieldMap::parse(&text).unwrap();
    let row = |raw: &str| map.rows().find(|row| row.raw == raw).unwrap();
    assert_eq!(row("a.b").elastic.as_deref(), Some("acme.b"));
    assert_eq!((row("n").transform.as_deref(), row("n").elastic_type.as_str()), (Some("integer"), "long"));
    assert!(row("s").dropped && row("gone").dropped && map.rows().all(|row| row.raw != "tags"));
    assert_eq!(map.constants("event.kind"), ["event"]);
    assert!(text.contains("\n# other\n"), "{text}");
    for hostile in [json!(null), json!([1, [2]]), json!({"": {"": 1}}), json!({"a\"]\n": "x"})] {
        let text = draft("x.y", &[pair(hostile.clone(), hostile)]);
        FieldMap::parse(&text).unwrap_or_else(|wrong| panic!("{wrong:?}: {text}"));
    }
}

#[test]
fn pairs_are_read_from_lines_and_arrays() {
    let pair = r#"{"raw": {"a": 1}, "indexed": {"b": 1}, "dataset": "x.y"}"#;
    assert_eq!(read_pairs(&format!("{pair}\n{pair}\n")).unwrap().len(), 2);
    assert_eq!(read_pairs(&format!("[{pair}]")).unwrap()[0].dataset.as_deref(), Some("x.y"));
    let wrong = read_pairs(&format!("{pair}\n{{\"raw\": 1}}")).unwrap_err();
    assert_eq!(wrong.to_string(), "pair 2 has no `raw` and `indexed`");
    assert!(read_pairs("{").is_err());
}

/// The integration turns the list of targets into an object with the keys 0, 1, ..
#[test]
fn items_of_a_list_become_fields_of_their_own() {
    let target = |kind: &str, new: &[&str]| {
        let modified: Vec<Value> = new.iter().map(|value| json!({"newValue": value})).collect();
        json!({"type": kind, "modifiedProperties": modified})
    };
    let raw = json!({"properties": {"targetResources": [target("User", &[]), target("Role", &["a", "b"])]}});
    let document = forward("azure.auditlogs", &raw).unwrap();
    let targets = json!({
        "0": {"type": "User"},
        "1": {"type": "Role", "modified_properties": {"0": {"new_value": "a"}, "1": {"new_value": "b"}}},
    });
    assert_eq!(document["azure"]["auditlogs"]["properties"]["target_resources"], targets);
    let types = at(&document, "azure.auditlogs.properties.target_resources.*.type");
    assert_eq!(types, Some(json!(["User", "Role"])));
}

/// An event with a text where the vendor's has objects is none of the vendor's; the reason of a result is in the column of the result.
#[test]
fn events_of_another_shape_are_not_taken_for_the_vendors() {
    let way = Way::new(FieldMap::for_dataset("azure.auditlogs").unwrap(), None);
    assert!(!way.is_consistent(&json!({"properties": {"targetResources": "Admins"}})));
    assert!(!way.is_consistent(&json!({"properties": {"targetResources": ["Admins"]}})));
    assert!(way.is_consistent(&json!({"properties": {"targetResources": [{"type": "User"}]}})));
    for (status, agrees) in [(json!("SUCCESS"), false), (json!("Done"), false), (json!(["success", "Done"]), true)] {
        let properties = json!({"result": "success", "resultReason": "Done"});
        assert_eq!(way.is_consistent(&json!({"Status": status, "properties": properties})), agrees, "{status}");
    }
    assert!(way.is_consistent(&json!({"Status": "SUCCESS", "properties": {"result": "success"}})));
}
