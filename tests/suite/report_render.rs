//! What findings look like in every form, and that every JSON output fits its schema.

use detc::report::{Finding, Findings, concise, github, human, json, junit, markdown, sarif, schema};
use detc::source::{Applicability, Diagnostic, Edit, Level, Location, SourceFile, SourceId, Span, Unit};

const TOML: &str =
    "[rule]\nname = \"Übung\"\nquery = '''\nany where event.category == \"x\" and\n  user.nmae == \"a\"\n'''\n";
const YAML: &str = "AnalysisType: rule\r\nFilename: rule.py\r\nRuleID: Own.Rule\r\n";
const PYTHON: &str = "def rule(event):\n    return event.get(\"evenType\") == \"ünter\"\n";

fn span(text: &str, token: &str) -> Span {
    let at = text.find(token).unwrap();
    Span::new(at, at + token.len())
}

struct Sample {
    unit: Unit,
    diagnostic: Diagnostic,
}

fn samples() -> Vec<Sample> {
    let field = Location::main(span(TOML, "user.nmae"));
    let in_query = Diagnostic::new("unknown-field", Level::Warning, field, "`user.nmae` is no field of ecs")
        .help("did you mean `user.name`?")
        .label("here")
        .related(Location::main(span(TOML, "\"Übung\"")), "in this rule")
        .fix(Applicability::Safe, vec![Edit { span: field.span, replacement: "user.name".to_owned() }]);
    let mut panther = Unit::new(SourceFile::new("rules/a,b:c.yml", YAML));
    let python = panther.add(SourceFile::new("rules/rule.py", PYTHON));
    let mut in_python = Diagnostic::new(
        "unknown-field",
        Level::Error,
        Location::new(python, span(PYTHON, "\"evenType\"")),
        "`evenType` is no field of Okta.SystemLog: 100%",
    )
    .related(Location::new(SourceId::MAIN, span(YAML, "rule.py")), "the rule names the file");
    in_python.rule_id = Some("Own.Rule".to_owned());
    let unread = Diagnostic::syntax(Location::default(), "the file is not UTF-8 (first bad byte at offset 3)");
    vec![
        Sample { unit: Unit::new(SourceFile::new("rules/ö.toml", TOML)), diagnostic: in_query },
        Sample { unit: panther, diagnostic: in_python },
        Sample { unit: Unit::new(SourceFile::new("rules/bin.yml", "")), diagnostic: unread },
    ]
}

fn findings(samples: &[Sample]) -> Findings<'_> {
    let findings = samples.iter().map(|sample| Finding { unit: &sample.unit, diagnostic: &sample.diagnostic });
    Findings { files: 3, rules: 2, findings: findings.collect() }
}

fn snapshot(name: &str, text: &str) {
    insta::with_settings!({ snapshot_path => "../../snapshots", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(name, text);
    });
}

#[test]
fn the_caret_stands_under_the_token_in_queries_and_companions() {
    let samples = samples();
    snapshot("report_human", &human::render(&findings(&samples), human::Style { color: false, width: 100 }));
}

#[test]
fn machine_forms() {
    let samples = samples();
    let findings = findings(&samples);
    snapshot("report_concise", &concise::render(&findings));
    snapshot("report_github", &github::render(&findings));
    snapshot("report_junit", &junit::render(&findings));
    snapshot("report_markdown", &markdown::render(&findings));
    snapshot("report_json", &json::render(&json::LintReport::of(&findings)));
}

#[test]
fn sarif_has_what_the_standard_asks_for() {
    let samples = samples();
    let log = serde_json::to_value(sarif::Log::of(&findings(&samples))).unwrap();
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    assert_eq!(run["columnKind"], "unicodeCodePoints");
    let rules: Vec<&str> =
        run["tool"]["driver"]["rules"].as_array().unwrap().iter().map(|rule| rule["id"].as_str().unwrap()).collect();
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 3);
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index], result["ruleId"]);
        assert!(["none", "note", "warning", "error"].contains(&result["level"].as_str().unwrap()));
        assert!(result["message"]["text"].is_string());
        assert!(result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].is_string());
    }
    let region = &results[0]["locations"][0]["physicalLocation"]["region"];
    assert_eq!((region["startLine"].as_u64(), region["startColumn"].as_u64()), (Some(5), Some(3)));
    assert_eq!((region["endLine"].as_u64(), region["endColumn"].as_u64()), (Some(5), Some(12)));
    let fix = &results[0]["fixes"][0]["artifactChanges"][0]["replacements"][0];
    assert_eq!(fix["insertedContent"]["text"], "user.name");
    // A file without text has a place but no region.
    assert!(results[2]["locations"][0]["physicalLocation"].get("region").is_none());
}

#[test]
fn the_json_report_fits_its_schema() {
    let samples = samples();
    let report = serde_json::to_value(json::LintReport::of(&findings(&samples))).unwrap();
    valid("lint", &report);
    assert_eq!(report["diagnostics"][2]["span"], serde_json::Value::Null);
}

/// Holds a value against one of our schemas.
pub(crate) fn valid(name: &str, value: &serde_json::Value) {
    let schema = serde_json::to_value(schema::schema(name).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator.iter_errors(value).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{name}: {errors:?}");
}

#[test]
fn every_schema_is_one() {
    for name in schema::NAMES {
        let schema = serde_json::to_value(schema::schema(name).unwrap()).unwrap();
        assert!(jsonschema::meta::is_valid(&schema), "{name}");
    }
}
