//! The lints on Elastic rules: what decides which tables a field is looked up in, and what is left to find in the published rules.

use crate::shared::{corpus, texts};
use detc::frontend::{Context, load};
use detc::lint::{LintSection, Settings, check_file};
use detc::source::{Diagnostic, Level, SourceFile};
use std::collections::BTreeMap;

/// A rule around a query.
fn rule(language: &str, index: &str, query: &str) -> String {
    let kind = if language == "eql" { "eql" } else { "query" };
    format!(
        "[metadata]\ncreation_date = \"2026/01/05\"\nintegration = [\"aws\"]\nmaturity = \"production\"\n\
         updated_date = \"2026/01/05\"\n\n[rule]\nauthor = [\"Example\"]\ndescription = \"d\"\nfrom = \"now-9m\"\n\
         index = {index}\nlanguage = \"{language}\"\nlicense = \"Apache-2.0\"\nname = \"A rule\"\nrisk_score = 21\n\
         rule_id = \"4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1c06\"\nseverity = \"low\"\n\
         timestamp_override = \"event.ingested\"\ntype = \"{kind}\"\nquery = '''\n{query}\n'''\n"
    )
}

fn found(text: &str, section: &LintSection) -> Vec<Diagnostic> {
    let loaded = load(SourceFile::new("rule.toml", text), &Context::default());
    check_file(&loaded, &Settings::new(section).unwrap())
}

/// The fields that `unknown-field` names, with its level.
fn unknown(text: &str, section: &LintSection) -> Vec<(String, Level)> {
    let named = |found: Diagnostic| (found.lint == "unknown-field").then_some((found.message, found.level));
    let name = |(message, level): (String, Level)| (message.split('`').nth(1).unwrap_or_default().to_owned(), level);
    found(text, section).into_iter().filter_map(named).map(name).collect()
}

fn installed(package: &str, version: &str) -> LintSection {
    LintSection { integrations: [(package.to_owned(), version.to_owned())].into(), ..LintSection::default() }
}

/// As elastic/detection-rules checks each subquery of a sequence against the integrations of its own datasets.
#[test]
fn each_part_of_a_query_is_held_against_its_own_datasets() {
    let aws = installed("aws", "2.21.0");
    let other = "aws.s3access.bucket";
    let warned = vec![(other.to_owned(), Level::Warning)];
    let fine: Vec<(String, Level)> = Vec::new();
    let index = "[\"logs-aws*\"]";
    for (language, query, expected) in [
        ("kuery", "data_stream.dataset: aws.cloudtrail and aws.s3access.bucket: a", &warned),
        ("kuery", "data_stream.dataset: aws.s3access and aws.s3access.bucket: a", &fine),
        ("kuery", "data_stream.dataset: (aws.cloudtrail or aws.s3access) and aws.s3access.bucket: a", &fine),
        ("kuery", "data_stream.dataset: aws.cloudtrail or aws.s3access.bucket: a", &fine),
        ("kuery", "not data_stream.dataset: aws.cloudtrail and aws.s3access.bucket: a", &fine),
        ("kuery", "event.action: a or (event.dataset: aws.cloudtrail and aws.s3access.bucket: a)", &warned),
        ("kuery", "data_stream.dataset: aws.s3* and aws.s3access.bucket: a", &fine),
        ("eql", "any where data_stream.dataset == \"aws.cloudtrail\" and aws.s3access.bucket == \"a\"", &warned),
        ("eql", "any where data_stream.dataset like \"aws.s3*\" and aws.s3access.bucket == \"a\"", &fine),
        ("eql", "any where data_stream.dataset == \"aws.cloudtrail\" and ?aws.s3access.bucket == \"a\"", &fine),
        (
            "eql",
            "sequence by user.name [any where event.dataset == \"aws.s3access\" and aws.s3access.bucket == \"a\"] \
             [any where event.dataset == \"aws.cloudtrail\" and event.action == \"b\"]",
            &fine,
        ),
        (
            "eql",
            "sequence by user.name [any where event.dataset == \"aws.s3access\" and event.action == \"a\"] \
             [any where event.dataset == \"aws.cloudtrail\" and aws.s3access.bucket == \"b\"]",
            &warned,
        ),
    ] {
        assert_eq!(&unknown(&rule(language, index, query), &aws), expected, "{query}");
    }
}

#[test]
fn a_category_of_elastic_defend_is_a_dataset() {
    let section = installed("endpoint", "9.6.0");
    let text = |index: &str, category: &str| rule("eql", index, &format!("{category} where dns.Ext.options == \"x\""));
    let named = |index: &str, category: &str| unknown(&text(index, category), &section).len();
    assert_eq!(named("[\"logs-endpoint.events.*\"]", "network"), 0);
    assert_eq!(named("[\"logs-endpoint.events.*\"]", "file"), 1);
    assert_eq!(named("[\"logs-endpoint.events.*\"]", "any"), 0);
    assert_eq!(named("[\"logs-endpoint.events.*\", \"logs-windows.*\"]", "file"), 0);
}

#[test]
fn the_age_of_a_table_limits_the_verdict() {
    let text = rule("kuery", "[\"logs-aws.cloudtrail-*\"]", "aws.cloudtrail.brand_new: a");
    let note = [("aws.cloudtrail.brand_new".to_owned(), Level::Note)];
    assert_eq!(unknown(&text, &LintSection::default()), note);
    assert_eq!(unknown(&text, &installed("aws", "2.22.0")), note);
    let warning = [("aws.cloudtrail.brand_new".to_owned(), Level::Warning)];
    assert_eq!(unknown(&text, &installed("aws", "2.21.0")), warning);
    let stack = LintSection { stack: Some("8.12".to_owned()), ..LintSection::default() };
    assert_eq!(unknown(&text, &stack), warning);
    let help = found(&text, &LintSection::default()).into_iter().find_map(|found| found.help);
    assert!(help.is_some_and(|help| help.contains("the table of aws is of 2.21.0")));
}

#[test]
fn deprecated_rules_are_not_held_against_the_fields_of_today() {
    let text = rule("kuery", "[\"winlogbeat-*\"]", "process.nme: a and event.outcome: Success");
    assert_eq!(unknown(&text, &LintSection::default()), [("process.nme".to_owned(), Level::Warning)]);
    for (old, new) in [
        ("maturity = \"production\"", "maturity = \"deprecated\""),
        ("maturity = \"production\"", "maturity = \"production\"\nquery_schema_validation = false"),
    ] {
        let findings = found(&text.replace(old, new), &LintSection::default());
        assert!(findings.iter().all(|found| !matches!(found.lint, "unknown-field" | "value-domain")), "{findings:?}");
    }
}

/// What the letter case of a value means follows the operator.
#[test]
fn values_in_another_letter_case_are_dead_where_case_counts() {
    let level = |language: &str, query: &str| {
        let findings = found(&rule(language, "[\"logs-azure.activitylogs-*\"]", query), &LintSection::default());
        findings.into_iter().find(|found| found.lint == "value-domain").map(|found| found.level)
    };
    assert_eq!(level("kuery", "event.outcome: Success"), Some(Level::Error));
    assert_eq!(level("kuery", "event.outcome: (Success or success)"), Some(Level::Note));
    assert_eq!(level("eql", "any where event.outcome == \"Success\""), Some(Level::Error));
    assert_eq!(level("eql", "any where event.outcome : \"Success\""), None);
    assert_eq!(level("eql", "any where event.outcome in~ (\"Success\", \"x\")"), Some(Level::Error));
    assert_eq!(level("kuery", "event.outcome: success"), None);
    assert_eq!(level("kuery", "event.outcome: passed"), Some(Level::Error));
    assert_eq!(level("kuery", "event.outcome: (passed or success)"), Some(Level::Warning));
}

/// What is written as in another dialect, or in no dialect at all, is told with what to write.
#[test]
fn findings_in_queries_name_the_fix() {
    for (language, query, lint, fix) in [
        ("eql", "any where user.name regex \"\"\"adm\\d\"\"\"", "lucene-regex", "write `[0-9]`"),
        ("lucene", "user.name:/adm\\d/", "syntax", "write `[0-9]`"),
        ("eql", "any where user.name == \"adm*\"", "wildcard-in-equality", "write `like`"),
        ("kuery", "event.outcome: Success", "value-domain", "write `success`"),
        ("kuery", "event.outcome: sucess", "value-domain", "did you mean `success`?"),
    ] {
        let findings = found(&rule(language, "[\"logs-aws*\"]", query), &LintSection::default());
        let told = findings.iter().find(|found| found.lint == lint).and_then(|found| found.help.as_deref());
        assert!(told.is_some_and(|help| help.contains(fix)), "{query}: {findings:?}");
    }
}

/// A value of a custom index need not follow ECS.
#[test]
fn lists_of_ecs_do_not_bind_what_has_no_table() {
    let findings = found(&rule("kuery", "[\"my-logs-*\"]", "event.outcome: passed"), &LintSection::default());
    let levels: Vec<Level> = findings.iter().filter(|found| found.lint == "value-domain").map(|f| f.level).collect();
    assert_eq!(levels, [Level::Note]);
}

/// Lints whose findings in the published rules are listed here. Each list has been read.
const READ: [&str; 24] = [
    "value-domain",
    "unknown-field",
    "wrong-value-type",
    "eql-text-field",
    "dataset-outside-index",
    "index-choice",
    "maxspan-schedule",
    "rule-type-limit",
    "indicator-mapping",
    "attack-reference",
    "attack-versioned-mapping",
    "severity-score",
    "timeline",
    "guide-placeholder",
    "date-order",
    "elastic-late-events",
    "elastic-building-block",
    "elastic-guide",
    "elastic-upkeep",
    "elastic-deprecation",
    "elastic-file-place",
    "elastic-tag",
    "elastic-missing-tag",
    "elastic-integration",
];

/// The published rules pass the checks of their own repository, so these find next to nothing. What they do find, by lint, level and what it
/// is about, with the number of findings:
///
/// - `process_started`, `dns`: nobody writes these values into the indices that the rules read; each stands beside one that is written.
/// - `network_traffic`: Beats wrote it before 8.0 and 8.3 (elastic/beats#20556, #31674); in two rules it stands alone.
/// - `Success`: the Azure integration writes it in lower case, which each of the rules asks for as well.
/// - `suricata_corelight`: the rule's indices are those of Suricata, and Corelight's are not among them.
/// - `kubernetes.audit.user.groups`: text in the integration's table; Elasticsearch refuses text fields in EQL.
/// - the two fields are not in the tables, which are behind their packages.
#[test]
fn what_is_left_to_find_in_the_published_rules() {
    let Some(folder) = corpus("elastic") else { return };
    let settings = Settings::defaults();
    let mut counted: BTreeMap<(String, Level, String), usize> = BTreeMap::new();
    for (path, text) in texts(&folder, &["toml"]) {
        let loaded = load(SourceFile::new(path.display().to_string(), text), &Context::default());
        for found in check_file(&loaded, &settings).into_iter().filter(|found| READ.contains(&found.lint)) {
            let about = loaded.unit.slice(found.location).trim_matches('"').to_owned();
            *counted.entry((found.lint.to_owned(), found.level, about)).or_default() += 1;
        }
    }
    let told = counted.iter().map(|((lint, level, about), count)| (lint.as_str(), *level, about.as_str(), *count));
    let told: Vec<_> = told.collect();
    let expected = [
        ("dataset-outside-index", Level::Warning, "data_stream.dataset", 1),
        ("eql-text-field", Level::Warning, "kubernetes.audit.user.groups", 1),
        ("unknown-field", Level::Note, "azure.activitylogs.resource.id", 1),
        ("unknown-field", Level::Note, "google_workspace.admin.setting.metadata.rule.type", 1),
        ("value-domain", Level::Note, "Success", 46),
        ("value-domain", Level::Note, "network_traffic", 16),
        ("value-domain", Level::Warning, "dns", 1),
        ("value-domain", Level::Warning, "network_traffic", 2),
        ("value-domain", Level::Warning, "process_started", 40),
    ];
    assert_eq!(told, expected);
}
