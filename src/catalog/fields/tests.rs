use super::*;
use std::rc::Rc;

fn info(schema: &Schema, field: &str) -> (FieldType, Cardinality) {
    let found = schema.lookup(field).unwrap_or_else(|| panic!("{field} is not known"));
    (found.ty, found.cardinality)
}

#[test]
fn ecs_has_its_published_fields() {
    assert_eq!(ECS.rows().count(), 2_734);
    let schema = Schema::ecs();
    assert_eq!(info(&schema, "process.name"), (FieldType::Keyword, Cardinality::Single));
    assert_eq!(info(&schema, "process.args"), (FieldType::Keyword, Cardinality::Many));
    assert_eq!(info(&schema, "event.category"), (FieldType::Keyword, Cardinality::Many));
    assert_eq!(info(&schema, "process.command_line"), (FieldType::Wildcard, Cardinality::Single));
    assert_eq!(info(&schema, "process.command_line.text").0, FieldType::MatchOnlyText);
    assert_eq!(info(&schema, "source.ip").0, FieldType::Ip);
    assert_eq!(schema.lookup("process.nme"), None);
    assert_eq!(schema.absence(), Absence::Evidence);
}

#[test]
fn okta_fields_come_from_the_integration() {
    for schema in [
        Schema::elastic(&["logs-okta*"], &[], &[]),
        Schema::elastic(&["*:logs-okta.system-*"], &[], &[]),
        Schema::elastic(&[], &["okta"], &[]),
        Schema::elastic(&[], &[], &["okta.system"]),
    ] {
        assert!(!schema.is_open());
        assert_eq!(info(&schema, "okta.client.ip"), (FieldType::Ip, Cardinality::Single));
        assert_eq!(info(&schema, "okta.target.type").1, Cardinality::Many);
        assert_eq!(info(&schema, "okta.request.ip_chain.ip").0, FieldType::Flattened);
        assert_eq!(schema.lookup("okta.actor.alternateId"), None);
        assert_eq!(schema.near("okta.actor.alternateId", 1), ["okta.actor.alternate_id"]);
        assert_eq!(schema.lookup("aws.cloudtrail.user_identity.arn"), None);
    }
}

#[test]
fn dynamic_objects_allow_any_subfield() {
    let cloudtrail = Schema::elastic(&["logs-aws.cloudtrail-*"], &[], &[]);
    let found = cloudtrail.lookup("aws.cloudtrail.flattened.request_parameters.anything.below").unwrap();
    assert_eq!((found.ty, found.dynamic), (FieldType::Flattened, true));
    // One pattern's list calls it boolean; below a flattened field everything is a keyword.
    let listed = "aws.cloudtrail.flattened.request_parameters.withDecryption";
    assert_eq!(cloudtrail.lookup(listed).unwrap().ty, FieldType::Flattened);
    let o365 = Schema::elastic(&[], &["o365"], &[]);
    assert!(o365.lookup("o365.audit.Parameters.SomethingNew").is_some_and(|found| found.dynamic));
    assert!(Schema::ecs().lookup("labels.team").is_some_and(|found| found.dynamic));
}

#[test]
fn caseless_fields_are_only_in_elastic_defend() {
    let field = "process.executable.caseless";
    assert!(Schema::elastic(&["logs-endpoint.events.process-*"], &[], &[]).lookup(field).is_some());
    assert_eq!(Schema::elastic(&["winlogbeat-*", "logs-windows.*"], &[], &[]).lookup(field), None);
}

#[test]
fn beats_and_patterns_add_fields() {
    assert!(Schema::elastic(&["auditbeat-*"], &[], &[]).lookup("auditd.data.a0").is_some());
    assert!(Schema::elastic(&["winlogbeat-*"], &[], &[]).lookup("winlog.event_id").is_some());
    assert_eq!(Schema::ecs().lookup("auditd.data.a0"), None);
}

#[test]
fn unknown_data_leave_the_schema_open() {
    assert!(Schema::elastic(&["logs-corelight.*"], &[], &[]).is_open());
    assert!(Schema::elastic(&["logs-okta*", "my-index-*"], &[], &[]).is_open());
    assert!(Schema::elastic(&[], &["no_such_package"], &[]).is_open());
    assert_eq!(Schema::elastic(&[], &["crowdstrike"], &[]).absence(), Absence::Hint);
    assert!(Schema::panther(&["Custom.Log"]).is_open());
    assert!(Schema::panther(&[]).is_open());
    assert!(Schema::sigma("my_product", "", "x").is_open());
}

#[test]
fn a_limit_to_datasets_leaves_the_others_of_the_package_out() {
    let data = ElasticData { indices: &["logs-aws*", "filebeat-*"], integrations: &["aws"], ..ElasticData::default() };
    let within = |datasets: &[&str]| {
        let datasets: Vec<String> = datasets.iter().map(ToString::to_string).collect();
        Schema::of_elastic(&ElasticData { within: Some(&datasets), ..data })
    };
    assert!(Schema::of_elastic(&data).lookup("aws.s3access.bucket").is_some());
    let cloudtrail = within(&["aws.cloudtrail"]);
    assert!(cloudtrail.lookup("aws.cloudtrail.user_identity.arn").is_some() && !cloudtrail.is_open());
    assert_eq!(
        Schema::of_elastic(&ElasticData {
            indices: &["logs-aws*"],
            within: Some(&["aws.cloudtrail".to_owned()]),
            ..data
        })
        .lookup("aws.s3access.bucket"),
        None
    );
    assert!(within(&["aws.s3*"]).lookup("aws.s3access.bucket").is_some());
    assert!(within(&["my.dataset"]).is_open());
}

#[test]
fn the_age_of_a_table_decides_what_absence_means() {
    let data = ElasticData { indices: &["logs-okta*"], ..ElasticData::default() };
    let newest = Schema::of_elastic(&data);
    assert_eq!(newest.absence(), Absence::Hint);
    assert!(newest.told_age(Ages::newest(), "okta.new_field").is_some_and(|told| told.contains("okta is of 2.11.0")));
    assert_eq!(newest.slip("okta.actor.alternat_id").as_deref(), Some("okta.actor.alternate_id"));
    assert_eq!(newest.slip("okta.authentication_context.root_session_id"), None);
    let integrations = [("okta".to_owned(), "2.11.0".to_owned())].into();
    let ages = Ages::new(crate::catalog::versions::Installed { stack: None, integrations });
    let installed = Schema::of_elastic(&ElasticData { ages: &ages, ..data });
    assert_eq!(installed.absence(), Absence::Evidence);
    assert_eq!(installed.told_age(&ages, "okta.new_field"), None);
}

#[test]
fn a_category_is_one_dataset_of_elastic_defend() {
    let defend = Schema::elastic(&["logs-endpoint.events.*"], &["endpoint"], &[]);
    assert_eq!(defend.of_category("file"), Some("endpoint.events.file"));
    assert_eq!(defend.of_category("process"), None);
    assert_eq!(Schema::elastic(&["logs-endpoint.events.*", "winlogbeat-*"], &[], &[]).of_category("file"), None);
    assert_eq!(Schema::ecs().of_category("file"), None);
}

#[test]
fn panther_fields_are_the_raw_ones() {
    let okta = Schema::panther(&["Okta.SystemLog"]);
    assert_eq!(okta.absence(), Absence::Hint);
    assert_eq!(info(&okta, "eventType"), (FieldType::Keyword, Cardinality::Single));
    assert_eq!(info(&okta, "target"), (FieldType::Object, Cardinality::Many));
    assert_eq!(info(&okta, "target[].displayName"), (FieldType::Keyword, Cardinality::Many));
    assert_eq!(info(&okta, "target.displayName"), (FieldType::Keyword, Cardinality::Many));
    assert_eq!(info(&okta, "target[0].id").1, Cardinality::Many);
    assert_eq!(info(&okta, "securityContext.isProxy").0, FieldType::Boolean);
    assert!(okta.lookup("debugContext.debugData.privilegeGranted").is_some_and(|found| found.dynamic));
    assert_eq!(info(&okta, "p_any_ip_addresses").1, Cardinality::Many);
    assert_eq!(okta.lookup("actor.alternateID"), None);
    assert_eq!(okta.near("actor.alternateID", 1), ["actor.alternateId"]);
}

#[test]
fn data_models_say_what_udm_reads() {
    assert_eq!(udm("Okta.SystemLog", "source_ip"), Some(UdmTarget::Path("$.client.ipAddress")));
    assert_eq!(udm("Okta.SystemLog", "event_type"), Some(UdmTarget::Method("get_event_type")));
    assert_eq!(udm("Okta.SystemLog", "no_such"), None);
}

#[test]
fn sigma_fields_follow_the_log_source() {
    let process = Schema::sigma("windows", "process_creation", "");
    assert_eq!(process.absence(), Absence::Evidence);
    assert!(process.lookup("CommandLine").is_some() && process.lookup("Channel").is_some());
    assert_eq!(process.lookup("TargetObject"), None);
    assert_eq!(process.near("Commandline", 1), ["CommandLine"]);
    let okta = Schema::sigma("okta", "", "okta");
    assert_eq!(okta.absence(), Absence::Hint);
    assert_eq!(info(&okta, "target.displayName").1, Cardinality::Many);
}

/// SigmaHQ's list is empty for the cloud. Facts: names in Microsoft's, Google's, Kubernetes' and Zeek's own documentation of their logs.
#[test]
fn cloud_sources_have_the_vendors_names() {
    for (product, service, known, unknown, near) in [
        (
            "azure",
            "signinlogs",
            "properties.userPrincipalName",
            "properties.appDisplayNam",
            "properties.appDisplayName",
        ),
        ("azure", "auditlogs", "OperationName", "properties.activityDisplayNam", "properties.activityDisplayName"),
        ("gcp", "gcp.audit", "protoPayload.methodName", "protoPayload.methodNam", "protoPayload.methodName"),
        ("gcp", "google_workspace.admin", "events.name", "events.nme", "events.name"),
        ("m365", "audit", "Operation", "Operaton", "Operation"),
        ("kubernetes", "audit", "objectRef.resource", "objectRef.resorce", "objectRef.resource"),
        ("zeek", "dns", "qtype_name", "qtype_nme", "qtype_name"),
    ] {
        let schema = Schema::sigma(product, "", service);
        assert_eq!(schema.absence(), Absence::Hint, "{product} {service}");
        assert!(schema.lookup(known).is_some(), "{product} {service}: {known}");
        assert_eq!(schema.lookup(unknown), None, "{product} {service}: {unknown}");
        assert_eq!(schema.near(unknown, 1), [near], "{product} {service}");
    }
    assert!(Schema::sigma("azure", "", "signinlogs").lookup("AuthenticationRequirement").is_some());
    assert!(Schema::sigma("opencanary", "application", "").is_open());
}

#[test]
fn odd_names_are_unknown_not_errors() {
    let long = "a.".repeat(10_000);
    for schema in
        [Schema::elastic(&["*"], &[], &[]), Schema::panther(&["Okta.SystemLog"]), Schema::sigma("windows", "", "")]
    {
        for field in ["", ".", "a\tb", "\n", "*", "é.ü", &long] {
            assert_eq!(schema.lookup(field), None, "{field:.20}");
            schema.near(field, 3);
        }
    }
}

/// Every field that Elastic's own Okta rules name in their queries is known, and the map says where it comes from.
#[test]
fn fields_of_published_okta_rules_are_known() {
    let folder =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpora/elastic/rules/integrations/okta");
    if !folder.is_dir() {
        assert!(std::env::var_os("DETC_REQUIRE_SHARED").is_none(), "../shared is required");
        println!("skipped: no corpus");
        return;
    }
    let schema = Schema::elastic(&["filebeat-*", "logs-okta*"], &["okta"], &["okta.system"]);
    let map = crate::catalog::maps::FieldMap::for_dataset("okta.system").unwrap();
    let field = regex::Regex::new(r"\b(?:okta|client|source|user|event|user_agent)(?:\.[a-z_]+)+\b").unwrap();
    let (mut unknown, mut unmapped) = (std::collections::BTreeSet::new(), std::collections::BTreeSet::new());
    for entry in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        let rule: toml::Value = toml::from_str(&text).unwrap();
        let query = rule["rule"].get("query").and_then(toml::Value::as_str).unwrap_or("");
        // ES|QL makes columns of its own.
        if rule["rule"].get("language").and_then(toml::Value::as_str) == Some("esql") {
            continue;
        }
        for name in field.find_iter(query).map(|found| found.as_str()) {
            // Values look like fields: of event.action, of event.dataset, a scope, the head of a wildcard.
            let is_event_type = crate::catalog::values::domain(None, "okta.event_type").unwrap().contains(name);
            if is_event_type || ["okta.system", "okta.logs.read", "user.authentication"].contains(&name) {
                continue;
            }
            if schema.lookup(name).is_none() {
                unknown.insert(name.to_owned());
            }
            if matches!(map.to_raw(name), crate::catalog::maps::Mapping::Unmapped) {
                unmapped.insert(name.to_owned());
            }
        }
    }
    assert!(unknown.is_empty() && unmapped.is_empty(), "unknown {unknown:?}, unmapped {unmapped:?}");
}

#[test]
fn lists_of_alerts_have_many_values() {
    let alerts = Schema::elastic(&[".alerts-security.*"], &[], &[]);
    for field in ["kibana.alert.rule.tags", "kibana.alert.rule.threat.tactic.name", "kibana.alert.workflow_tags"] {
        assert_eq!(info(&alerts, field), (FieldType::Keyword, Cardinality::Many), "{field}");
    }
    assert_ne!(info(&alerts, "kibana.alert.rule.name").1, Cardinality::Many);
}

/// What is asked for by borrowed names is found under the owned ones.
#[test]
fn a_schema_is_made_once() {
    let within = ["okta.system".to_owned()];
    let data = || ElasticData { indices: &["logs-*"], within: Some(&within), ..ElasticData::default() };
    let ways: [fn() -> Rc<Schema>; 2] =
        [|| Schema::sigma("windows", "process_creation", ""), || Schema::panther(&["Okta.SystemLog"])];
    for make in ways {
        assert!(Rc::ptr_eq(&make(), &make()));
    }
    assert!(Rc::ptr_eq(&Schema::of_elastic(&data()), &Schema::of_elastic(&data())));
    assert!(!Rc::ptr_eq(&Schema::of_elastic(&data()), &Schema::elastic(&["logs-*"], &[], &[])));
}
