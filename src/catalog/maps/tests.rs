use super::*;

fn okta() -> &'static FieldMap {
    FieldMap::for_dataset("okta.system").unwrap()
}

fn exact(mapping: &Mapping) -> String {
    match mapping {
        Mapping::Exact { field, .. } => field.clone(),
        other => format!("{other:?}"),
    }
}

#[test]
fn every_embedded_map_can_be_read() {
    for map in EMBEDDED.iter().chain(LOG_TYPES) {
        if let Err(wrong) = FieldMap::parse(map.text) {
            panic!("{}: {wrong:?}", map.path);
        }
    }
    // The user's word is for maps of the user's own.
    assert!(FieldMap::all().flat_map(FieldMap::rows).all(|row| row.evidence != Evidence::Declared));
    assert_eq!(FieldMap::all().count(), EMBEDDED.len());
    assert_eq!(FieldMap::log_types().len(), LOG_TYPES.len());
}

#[test]
fn rows_are_not_stated_twice() {
    for map in FieldMap::all() {
        let mut seen = std::collections::BTreeSet::new();
        for row in map.rows() {
            assert!(seen.insert((&row.raw, &row.elastic)), "{}: {}", map.dataset, row.raw);
            let primaries = map.rows().filter(|other| other.raw == row.raw && !other.derived).count();
            assert!(primaries <= 1, "{}: {} goes two ways", map.dataset, row.raw);
        }
    }
}

#[test]
fn okta_fields_go_both_ways() {
    for (raw, elastic) in [
        ("eventType", "okta.event_type"),
        ("actor.alternateId", "okta.actor.alternate_id"),
        ("client.ipAddress", "okta.client.ip"),
        ("client.geographicalContext.country", "client.geo.country_name"),
        ("target.displayName", "okta.target.display_name"),
        ("securityContext.asNumber", "okta.security_context.as.number"),
        ("debugContext.debugData.dtHash", "okta.debug_context.debug_data.dt_hash"),
        ("authenticationContext.externalSessionId", "okta.authentication_context.external_session_id"),
    ] {
        assert_eq!(exact(&okta().to_elastic(raw)), elastic);
    }
    for (elastic, raw) in [
        ("event.action", "eventType"),
        ("source.ip", "client.ipAddress"),
        ("okta.outcome.reason", "outcome.reason"),
        ("okta.debug_context.debug_data.flattened", "debugContext.debugData"),
        ("okta.debug_context.debug_data.flattened.privilegeGranted", "debugContext.debugData.privilegeGranted"),
    ] {
        assert_eq!(exact(&okta().to_raw(elastic)), raw);
    }
    assert_eq!(exact(&okta().to_elastic("target[0].id")), "okta.target.id");
    assert_eq!(exact(&okta().to_elastic("eventtype")), "okta.event_type");
}

#[test]
fn what_cannot_be_renamed_says_so() {
    assert!(matches!(okta().to_elastic("authenticationContext.rootSessionId"), Mapping::Dropped { .. }));
    assert!(matches!(okta().to_elastic("target.detailEntry.policyType"), Mapping::Dropped { .. }));
    assert!(matches!(okta().to_elastic("debugContext.debugData.behaviors"), Mapping::Value { .. }));
    assert!(matches!(okta().to_raw("user.name"), Mapping::Ambiguous { .. }));
    assert!(matches!(okta().to_raw("related.user"), Mapping::Ambiguous { .. }));
    assert!(matches!(okta().to_raw("source.geo.country_iso_code"), Mapping::Enriched));
    assert!(matches!(okta().to_raw("event.dataset"), Mapping::Constant { ref values } if values == &["okta.system"]));
    assert!(matches!(okta().to_raw("process.name"), Mapping::Unmapped));
    assert!(matches!(okta().to_elastic("noSuchField"), Mapping::Unmapped));
    assert!(matches!(okta().to_elastic(""), Mapping::Unmapped));
}

#[test]
fn objects_go_where_their_fields_go() {
    assert_eq!(exact(&okta().to_elastic("target")), "okta.target");
    assert_eq!(exact(&okta().to_elastic("actor")), "okta.actor");
    assert_eq!(exact(&okta().to_elastic("request.ipChain")), "okta.request.ip_chain");
    assert_eq!(exact(&okta().to_raw("okta.target")), "target");
    assert!(matches!(okta().to_elastic("client"), Mapping::Ambiguous { .. }));
    let lower = "debugcontext.debugData.threatDetections";
    assert_eq!(exact(&okta().to_elastic(lower)), "okta.debug_context.debug_data.flattened.threatDetections");
    let latitude = okta().to_elastic("client.geographicalContext.geolocation.lat");
    assert!(matches!(latitude, Mapping::Ambiguous { .. }));
    assert!(matches!(okta().to_elastic("targe"), Mapping::Unmapped));
}

#[test]
fn outcomes_are_many_to_one() {
    let Mapping::Value { field, transform: Transform::Values(table), .. } = okta().to_raw("event.outcome") else {
        panic!("event.outcome is a change of values")
    };
    assert_eq!(field, "outcome.result");
    assert_eq!(table.preimage("success").unwrap(), ["SUCCESS", "ALLOW"]);
    assert_eq!(table.preimage("failure").unwrap(), ["FAILURE", "DENY"]);
    assert_eq!(table.preimage("unknown"), None);
    assert_eq!(table.image("allow"), Some("success".into()));
}

#[test]
fn event_type_means_what_its_log_source_says() {
    let cloudtrail = FieldMap::for_sigma("aws", "", "cloudtrail").unwrap();
    assert_eq!(exact(&cloudtrail.to_elastic("eventType")), "aws.cloudtrail.event_type");
    assert_eq!(FieldMap::for_sigma("okta", "", "okta").unwrap().dataset, "okta.system");
    assert_eq!(FieldMap::for_panther("GitHub.Audit").unwrap().dataset, "github.audit");
    let windows = FieldMap::for_sigma("windows", "process_creation", "").unwrap();
    assert_eq!(exact(&windows.to_elastic("CommandLine")), "process.command_line");
    let Mapping::Value { field, transform: Transform::BaseName(_), .. } = windows.to_raw("process.name") else {
        panic!("process.name is the end of Image")
    };
    assert_eq!(field, "Image");
    assert_eq!(
        exact(&cloudtrail.to_elastic("requestParameters.policyArn")),
        "aws.cloudtrail.flattened.request_parameters.policyArn"
    );
}

#[test]
fn what_is_wrong_with_a_map_is_told_at_its_place_with_what_to_do() {
    let head = "dataset='a'\n";
    for (rows, at, said) in [
        ("rows=[{raw='x'}]", "'x'", "name the field in `elastic`"),
        ("rows=[{raw='x',elastic='y',dropped=true}]", "true", "take out `dropped` or `elastic`"),
        ("rows=[{raw='x',copies=['y'],dropped=true}]", "true", "take out `dropped`"),
        ("rows=[{raw='x',dropped=true},{raw='x',elastic='y',derived=true}]", "true", "take out one of the rows"),
        ("rows=[{raw='x',elastic='y',transform='intger'}]", "'intger'", "did you mean `integer`?"),
        ("rows=[{raw='x',elastic='y',transform='no_such_thing'}]", "'no_such_thing'", "write a table of the file"),
        ("rows=[{raw='x',elastic='y',type='keywrod'}]", "'keywrod'", "did you mean `keyword`?"),
        ("rows=[{raw='x',elastic='y',raw_type='sting'}]", "'sting'", "did you mean `string`?"),
        ("rows=[{raw='x',elastic='y',evidence='sources'}]", "'sources'", "did you mean `source`?"),
        ("rows=[{raw='x',elastc='y'}]", "elastc", "did you mean `elastic`?"),
        ("rows=[{raw='x',elastic='y'}", "", "docs/maps.md"),
        ("rows=[{raw=1,elastic='y'}]", "1", "docs/maps.md"),
        ("rows=[{raw='x',elastic='y'},{raw='z'}]", "'z'", "name the field in `elastic`"),
    ] {
        let text = format!("{head}{rows}");
        let wrong = FieldMap::parse(&text).unwrap_err();
        assert_eq!(wrong.len(), 1, "{rows}: {wrong:?}");
        assert!(wrong[0].help.as_deref().unwrap_or_default().contains(said), "{rows}: {wrong:?}");
        assert_eq!(&text[wrong[0].location.span.range()], at, "{rows}");
    }
}

/// A row cannot send a value to a field that Elastic's own tables do not have, or have with another type.
#[test]
fn targets_exist_with_the_stated_types() {
    use crate::catalog::fields::Schema;
    let mut wrong = Vec::new();
    // Fields of the documents that a package's own table leaves out.
    let beats = Schema::elastic(&["filebeat-*"], &[], &[]);
    for map in FieldMap::all() {
        let own = format!("logs-{}-*", map.dataset);
        let schema = Schema::elastic(&[&own, "logs-windows.*", "winlogbeat-*"], &[&map.package], &[&map.dataset]);
        for row in map.rows() {
            let Some(elastic) = row.elastic.as_ref().filter(|_| row.raw != "*") else { continue };
            let field = plain(elastic).trim_end_matches(".*").to_owned();
            match schema.lookup(&field).or_else(|| beats.lookup(&field)) {
                None => wrong.push(format!("{}: {field} is not known", map.dataset)),
                Some(found) if found.ty != row.elastic_type() => {
                    wrong.push(format!("{}: {field} is {:?}, not {}", map.dataset, found.ty, row.elastic_type));
                }
                Some(_) => {}
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
