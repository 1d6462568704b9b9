//! What becomes of Sigma rules in Panther.

use crate::shared::{corpus, texts};
use detc::backend::{Conversion, Options, Status, Target, convert};
use detc::frontend::{Context, load};
use detc::source::SourceFile;
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

/// Sigma log sources whose field map vouches for a Panther log type: all their active rules.
const MAPPED: [(&str, &str); 13] = [
    ("aws", "cloudtrail"),
    ("azure", "activitylogs"),
    ("azure", "auditlogs"),
    ("gcp", "gcp.audit"),
    ("gcp", "google_workspace.admin"),
    ("github", "audit"),
    ("kubernetes", "audit"),
    ("m365", "audit"),
    ("m365", "exchange"),
    ("m365", "threat_detection"),
    ("m365", "threat_management"),
    ("okta", "okta"),
    ("onelogin", "onelogin.events"),
];

#[test]
fn at_least_nine_of_ten_rules_with_a_log_type_are_exact() {
    let Some(folder) = corpus("sigma") else { return };
    let mut counts: BTreeMap<Status, usize> = BTreeMap::new();
    for part in ["rules", "rules-compliance", "rules-emerging-threats", "rules-placeholder", "rules-threat-hunting"] {
        for (path, text) in texts(&folder.join(part), &["yml"]) {
            let loaded = load(SourceFile::new(path.display().to_string(), text), &Context::default());
            for item in &loaded.items {
                let source = &item.rule.data_source;
                let name = |part: &Option<detc::source::Spanned<String>>| {
                    part.as_ref().map_or("", |part| &part.value).to_owned()
                };
                let key = (name(&source.product), name(&source.service));
                if MAPPED.contains(&(key.0.as_str(), key.1.as_str())) {
                    let found = convert(&item.rule, Target::Panther, &Options::default());
                    *counts.entry(found.status).or_default() += 1;
                }
            }
        }
    }
    let all: usize = counts.values().sum();
    let exact = counts.get(&Status::Exact).copied().unwrap_or_default();
    println!("{exact} of {all} exact: {counts:?}");
    assert!(exact * 10 >= all * 9, "{counts:?}");
}
