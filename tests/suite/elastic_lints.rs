//! The lints on Elastic rules: what decides which tables a field is looked up in, and what is left to find in the published rules.

use crate::shared::{corpus, texts};
use detc::frontend::{Context, load};
use detc::lint::{LintSection, Settings, check_file};
use detc::source::{Diagnostic, Level, SourceFile};
use std::collections::BTreeMap;

/// A rule around a query.
fn rule(language: &str, index: &str, query: &str) -> String {
    let kind = if matches!(language, "eql" | "esql") { language } else { "query" };
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
        ("lucene", "data_stream.dataset:aws.cloudtrail AND aws.s3access.bucket:a", &warned),
        ("lucene", "+data_stream.dataset:(aws.cloudtrail OR \"aws.s3access\") +aws.s3access.bucket:a", &fine),
        ("lucene", "+data_stream.dataset:\"aws.cloudtrail\" +aws.s3access.bucket:a", &warned),
        ("lucene", "data_stream.dataset:aws.cloudtrail OR aws.s3access.bucket:a", &fine),
        ("lucene", "NOT data_stream.dataset:aws.cloudtrail AND aws.s3access.bucket:a", &fine),
        ("lucene", "event.action:a OR (event.dataset:aws.cloudtrail AND aws.s3access.bucket:a)", &warned),
        ("lucene", "data_stream.dataset:aws.s3* AND aws.s3access.bucket:a", &fine),
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

/// What `where` says of the datasets holds for the columns of all commands after it.
#[test]
fn a_pipeline_has_the_columns_of_its_datasets() {
    let aws = installed("aws", "2.21.0");
    let unknown = |conditions: &str| {
        let query = format!(
            "from logs-aws* metadata _id, _version, _index\n{conditions}\n| where aws.s3access.bucket == \"a\"\n\
             | keep _id, _version, _index, aws.s3access.bucket"
        );
        let findings = found(&rule("esql", "[]", &query).replace("index = []\n", ""), &aws);
        findings.iter().filter(|found| found.lint == "esql-unknown-column").count()
    };
    assert_eq!(unknown("| where data_stream.dataset == \"aws.cloudtrail\""), 1);
    assert_eq!(unknown("| where event.dataset in (\"aws.cloudtrail\") | sort @timestamp | limit 10"), 1);
    for fine in [
        "",
        "| where data_stream.dataset == \"aws.s3access\"",
        "| where data_stream.dataset in (\"aws.cloudtrail\", \"aws.s3access\")",
        "| where data_stream.dataset like \"aws.s3*\"",
        "| where data_stream.dataset == \"aws.cloudtrail\" or event.action == \"a\"",
        "| where data_stream.dataset != \"aws.cloudtrail\"",
        "| eval data_stream.dataset = \"aws.cloudtrail\" | where data_stream.dataset == \"aws.cloudtrail\"",
    ] {
        assert_eq!(unknown(fine), 0, "{fine}");
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

/// What another dialect writes, and what a value is not, is an error that tells what to write. Endgame's constructs are in `eql_errors`.
#[test]
fn constructs_of_other_dialects_are_errors_that_name_the_fix() {
    let regexes = [
        ("\\d", "write `[0-9]`"),
        ("\\D", "write `[^0-9]`"),
        ("\\w", "write `[A-Za-z0-9_]`"),
        ("\\W", "write `[^A-Za-z0-9_]`"),
        ("\\s", "write a blank"),
        ("\\S", "write `[^ ]`"),
        ("[\\d.]", "write `[0-9]`"),
        ("\\b", "write what stands beside the word"),
        ("^adm", "leave it out"),
        ("adm$", "leave it out"),
        ("(?i)adm", "write classes"),
        ("(?:adm)", "write `(`"),
        ("(?=adm)", "test the other condition on its own"),
        ("(?<!adm)", "test the other condition on its own"),
    ];
    let mut cases = Vec::new();
    for (regex, fix) in regexes {
        cases.push(("eql", format!("any where user.name regex \"\"\"{regex}\"\"\""), "lucene-regex", fix));
        cases.push(("eql", format!("any where user.name regex~ (\"a\", \"\"\"{regex}\"\"\")"), "lucene-regex", fix));
        cases.push(("lucene", format!("user.name:/{regex}/"), "lucene-regex", fix));
    }
    let star = "write `like`";
    for test in ["== \"adm*\"", "!= \"*adm\"", "in (\"a\", \"b*c\")", "not in (\"adm*\")", "in~ (\"adm*\")"] {
        cases.push(("eql", format!("any where user.name {test}"), "wildcard-in-equality", star));
    }
    for (language, query, fix) in [
        ("kuery", "event.outcome: Success", "write `success`"),
        ("kuery", "event.outcome: sucess", "did you mean `success`?"),
        ("kuery", "event.type: process_started", "it can be `access`"),
        ("eql", "any where event.outcome == \"Failure\"", "write `failure`"),
        ("eql", "any where event.category in (\"procss\")", "did you mean `process`?"),
        ("eql", "any where event.kind == \"Alert\"", "write `alert`"),
        ("lucene", "event.outcome:Success", "write `success`"),
        (
            "esql",
            "from logs-aws* metadata _id, _version, _index | where event.outcome == \"Success\" | keep *",
            "write `success`",
        ),
    ] {
        cases.push((language, query.to_owned(), "value-domain", fix));
    }
    let mut wrong = Vec::new();
    for (language, query, lint, fix) in &cases {
        let findings = found(&rule(language, "[\"logs-aws*\"]", query), &LintSection::default());
        let told = findings.iter().filter(|found| found.lint == *lint && found.level == Level::Error);
        if !told.filter_map(|found| found.help.as_deref()).any(|help| help.contains(fix)) {
            wrong.push(format!("{query}: {findings:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Elasticsearch 8.5 brought the classes to every kind of field.
#[test]
fn classes_are_no_error_on_a_stack_that_has_them() {
    let text = rule("eql", "[\"logs-aws*\"]", "any where user.name regex \"\"\"adm\\d\"\"\"");
    let level = |text: &str, stack: Option<&str>| {
        let section = LintSection { stack: stack.map(str::to_owned), ..LintSection::default() };
        found(text, &section).into_iter().find(|found| found.lint == "lucene-regex").map(|found| found.level)
    };
    assert_eq!(level(&text, None), Some(Level::Error));
    assert_eq!(level(&text, Some("8.4")), Some(Level::Error));
    assert_eq!(level(&text, Some("8.19")), Some(Level::Warning));
    let newer = text.replace("maturity", "min_stack_version = \"9.3.0\"\nmaturity");
    assert_eq!(level(&newer, None), Some(Level::Warning));
}

/// A value of a custom index need not follow ECS.
#[test]
fn lists_of_ecs_do_not_bind_what_has_no_table() {
    let findings = found(&rule("kuery", "[\"my-logs-*\"]", "event.outcome: passed"), &LintSection::default());
    let levels: Vec<Level> = findings.iter().filter(|found| found.lint == "value-domain").map(|f| f.level).collect();
    assert_eq!(levels, [Level::Note]);
}

/// Lints whose findings in the published rules are listed here. Each list has been read.
const READ: [&str; 26] = [
    "lucene-regex",
    "wildcard-in-equality",
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
/// - stars in equalities: each is a path, a name or an option with a wildcard in `in` or `==`, which Elasticsearch compares as it is written.
/// - `\s`, `\w`: not in Elasticsearch's documentation of the language, and letters on older stacks; the three rules name no stack.
/// - `?`: a lazy quantifier, which means nothing where whole values are matched.
/// - the two fields are not in the tables, which are behind their packages.
#[test]
fn what_is_left_to_find_in_the_published_rules() {
    let Some(folder) = corpus("elastic") else { return };
    let settings = Settings::defaults();
    let mut counted: BTreeMap<(String, Level, String), usize> = BTreeMap::new();
    for (path, text) in texts(&folder, &["toml"]) {
        let loaded = load(SourceFile::new(path.display().to_string(), text), &Context::default());
        for found in check_file(&loaded, &settings).into_iter().filter(|found| READ.contains(&found.lint)) {
            // Paths are written here without their first slash.
            let about = loaded.unit.slice(found.location).trim_matches(['"', '/']).to_owned();
            *counted.entry((found.lint.to_owned(), found.level, about)).or_default() += 1;
        }
    }
    let told = counted.iter().map(|((lint, level, about), count)| (lint.as_str(), *level, about.as_str(), *count));
    let told: Vec<_> = told.collect();
    let expected = [
        ("dataset-outside-index", Level::Warning, "data_stream.dataset", 1),
        ("eql-text-field", Level::Warning, "kubernetes.audit.user.groups", 1),
        ("lucene-regex", Level::Warning, "?", 1),
        ("lucene-regex", Level::Error, "\\s", 2),
        ("lucene-regex", Level::Error, "\\w", 2),
        ("unknown-field", Level::Note, "azure.activitylogs.resource.id", 1),
        ("unknown-field", Level::Note, "google_workspace.admin.setting.metadata.rule.type", 1),
        ("value-domain", Level::Note, "Success", 46),
        ("value-domain", Level::Note, "network_traffic", 16),
        ("value-domain", Level::Warning, "dns", 1),
        ("value-domain", Level::Warning, "network_traffic", 2),
        ("value-domain", Level::Warning, "process_started", 40),
        ("wildcard-in-equality", Level::Error, "*-SNAPSHOT.jar", 1),
        ("wildcard-in-equality", Level::Error, "*.digicert.com", 1),
        ("wildcard-in-equality", Level::Error, "--ofile*", 1),
        ("wildcard-in-equality", Level::Error, "--output*", 1),
        ("wildcard-in-equality", Level::Error, "-o*", 1),
        ("wildcard-in-equality", Level::Error, "./lib/pipeline-job-executor*SNAPSHOT.jar", 1),
        ("wildcard-in-equality", Level::Error, "./lib/worker-launcher-agent*SNAPSHOT.jar", 1),
        ("wildcard-in-equality", Level::Error, "application/HES/READER/*.jar", 1),
        ("wildcard-in-equality", Level::Error, "cc1*", 1),
        ("wildcard-in-equality", Level::Error, "dev/fd/*", 6),
        ("wildcard-in-equality", Level::Error, "opt/SolarWinds/Agent/*", 1),
        ("wildcard-in-equality", Level::Error, "opt/vuso*", 1),
        ("wildcard-in-equality", Level::Error, "platform-python*", 2),
        ("wildcard-in-equality", Level::Error, "python*", 1),
        ("wildcard-in-equality", Level::Error, "root/.ssh/*", 1),
        ("wildcard-in-equality", Level::Error, "text:*", 1),
        ("wildcard-in-equality", Level::Error, "uid=*", 1),
        (
            "wildcard-in-equality",
            Level::Error,
            "var/lib/jenkins/workspace/MP-QA/tc_certified_copy*/tc_certified_copy_web_ui_test/target/surefire/surefirebooter*.jar",
            1,
        ),
    ];
    assert_eq!(told, expected);
}
