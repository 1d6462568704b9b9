//! What the pairs in `tests/fixtures/pipelines` do not show: the differences from pySigma that `docs/pipelines.md` lists, and the
//! forms of Python.

use super::{Pipelines, format, load_pipeline, pattern, python};
use crate::frontend::{Context, Loaded, load};
use crate::ir::{Logic, display_expr};
use crate::source::{Companions, NoCompanions, SourceFile};
use serde_json::json;

fn pipelines(text: &str, files: &dyn Companions) -> Pipelines {
    let (pipeline, diagnostics) = load_pipeline(&SourceFile::new("p.yml", text), files);
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    Pipelines::new(vec![pipeline.unwrap()])
}

/// What is wrong with a pipeline of one transformation.
fn problem(step: &str) -> String {
    let text = format!("transformations:\n  - {step}\n");
    let (pipeline, diagnostics) = load_pipeline(&SourceFile::new("p.yml", text), &NoCompanions);
    assert!(pipeline.is_none());
    diagnostics.into_iter().map(|diagnostic| diagnostic.message).collect::<Vec<_>>().join("; ")
}

fn through(pipelines: &Pipelines, item: &str) -> Loaded {
    let text = format!(
        "title: T\ntags: [attack.t1059, cve.2021-44228]\nlogsource: {{product: windows}}\ndetection:\n  s: {{{item}}}\n  condition: s\n"
    );
    let context = Context { pipelines: Some(pipelines), ..Context::beside(&NoCompanions) };
    load(SourceFile::new("r.yml", text), &context)
}

/// The condition of a rule with one item after a pipeline of one transformation, or the reason why there is none.
fn after(step: &str, item: &str) -> String {
    let text = format!("vars: {{two: [a, b]}}\ntransformations:\n  - {step}\n");
    let loaded = through(&pipelines(&text, &NoCompanions), item);
    let rule = &loaded.items[0].rule;
    match &rule.logic {
        Logic::Event(condition) => display_expr(&rule.pool, *condition),
        Logic::Opaque(opaque) => format!("refused: {}", opaque.reason),
        _ => "another kind".to_owned(),
    }
}

/// The modifier `neq` negates the test, also when the test becomes several.
#[test]
fn negations_stay() {
    let hashes = "{type: hashes_fields, valid_hash_algos: [MD5, SHA1]}";
    let values = "[MD5=0cc175b9c0f1b6a831c399e269772661, SHA1=86f7e437faa5a7fce15d1ddcb9eaeaea377667b8]";
    let split = after(hashes, &format!("Hashes|neq: {values}"));
    let plain = after(hashes, &format!("Hashes: {values}"));
    assert_eq!(split, format!("not ({plain})"));
    let extract = "{type: extract_fields, regex: '(?P<a>\\w)-(?P<b>\\w)'}";
    let plain = after(extract, "f: x-y");
    assert_eq!(after(extract, "f|neq: x-y"), format!("not ({plain})"));
}

/// A case-sensitive value stays one, whatever takes its place.
#[test]
fn cased_values_stay_cased() {
    let same = |step: &str, value: &str| {
        assert_eq!(after(step, "f|cased: Ab"), after("{type: set_state, key: k, val: 1}", value), "{step}");
    };
    same("{type: map_string, mapping: {Ab: Cd}}", "f|cased: Cd");
    same("{type: replace_string, regex: b, replacement: x}", "f|cased: Ax");
}

/// A wildcard in the place of a placeholder is any text, also in a regular expression.
#[test]
fn wildcards_in_expressions_are_any_text() {
    let filled = after("{type: wildcard_placeholders}", "f|re|expand: 'a%x%b'");
    assert_eq!(filled, after("{type: set_state, key: k, val: 1}", "f|re: 'a.*b'"));
}

#[test]
fn a_template_needs_its_part_of_the_log_source() {
    let step = "{type: add_condition, template: true, conditions: {a: '$product-$service'}}";
    assert_eq!(
        after(step, "f: x"),
        "refused: the pipeline's condition needs the log source's `service`, which is not there"
    );
}

/// Steps in a step see the variables, the state and the ids around it.
#[test]
fn nested_steps_see_what_is_around_them() {
    let step = "{type: nest, items: [{type: value_placeholders}]}";
    assert_eq!(after(step, "f|expand: '%two%'"), after("{type: value_placeholders}", "f|expand: '%two%'"));
}

/// A mapping that asks whether an earlier step has treated the name.
#[test]
fn names_of_items_remember_the_steps() {
    let text = "transformations:\n  - {id: one, type: field_name_mapping, mapping: {f: g}}\n  - {type: field_name_suffix, suffix: .x, field_name_conditions: [{type: processing_item_applied, processing_item_id: one}]}\n";
    let loaded = through(&pipelines(text, &NoCompanions), "f: 1, h: 2");
    let rule = &loaded.items[0].rule;
    let names: Vec<String> = rule.uses.iter().map(|used| used.field.name()).collect();
    assert_eq!(names, ["g.x", "h"]);
    // The caret stays under the name that the rule has.
    assert_eq!(loaded.unit.slice(rule.uses[0].at), "f");
}

#[test]
fn tags_are_texts() {
    let step = |op: &str, value: &str| {
        format!(
            "{{type: rule_failure, message: found, rule_conditions: [{{type: rule_attribute, attribute: tags, op: {op}, value: {value}}}]}}"
        )
    };
    assert_eq!(after(&step("in", "cve.2021-44228"), "f: x"), "refused: found");
    assert_ne!(after(&step("not_in", "cve.2021-44228"), "f: x"), "refused: found");
}

/// What cannot be compared is an error of the pipeline, told with the attribute.
#[test]
fn attributes_of_the_wrong_kind_refuse_the_rule() {
    let step = |attribute: &str, op: &str, value: &str| {
        format!(
            "{{type: rule_failure, message: found, rule_conditions: [{{type: rule_attribute, attribute: {attribute}, op: {op}, value: {value}}}]}}"
        )
    };
    assert!(after(&step("title", "gt", "T"), "f: x").contains("only equal or not"));
    assert!(after(&step("logsource", "eq", "T"), "f: x").contains("is a map"));
    assert!(after(&step("title", "in", "T"), "f: x").contains("is no list"));
    assert_ne!(after(&step("level", "eq", "high"), "f: x"), "refused: found");
}

struct Files(&'static [(&'static str, &'static str)]);

impl Companions for Files {
    fn companion(&self, _main: &str, relative: &str) -> Option<SourceFile> {
        let (_, text) = self.0.iter().find(|(name, _)| *name == relative)?;
        Some(SourceFile::new(relative, *text))
    }
}

#[test]
fn files_hold_values_in_four_forms() {
    let files = Files(&[
        ("a.json", r#"{"users": [{"name": "anna"}, {"name": "ben"}, {}], "n": [1, true]}"#),
        ("a.yml", "hosts:\n  gate: [h1, h2]\n"),
        ("a.csv", "x,\"y, z\"\n1,\"a \"\"b\"\"\"\n2\n"),
        ("none.txt", "\n\n"),
    ]);
    let values = |parameters: &str| {
        let text = format!("transformations:\n  - {{type: file_placeholders, {parameters}}}\n");
        let (pipeline, diagnostics) = load_pipeline(&SourceFile::new("p.yml", text), &files);
        let Some(pipeline) = pipeline else { return diagnostics[0].message.clone() };
        let loaded = through(&Pipelines::new(vec![pipeline]), "f|expand: '%x%'");
        let values = &loaded.items[0].rule;
        let Logic::Event(condition) = &values.logic else { return "no condition".to_owned() };
        display_expr(&values.pool, *condition)
    };
    let listed = |list: &str| after("{type: set_state, key: k, val: 1}", &format!("f: {list}"));
    assert_eq!(values("path: a.json, format: json, jq_expression: '.users[].name'"), listed("[anna, ben]"));
    assert_eq!(values("path: a.json, format: json, jq_expression: '.n[]'"), listed("['1', 'True']"));
    assert_eq!(values("path: a.json, format: json, jq_expression: '.users[1].name'"), listed("ben"));
    assert_eq!(values("path: a.yml, format: yaml, jq_expression: '.hosts.gate[]'"), listed("[h1, h2]"));
    assert_eq!(values("path: a.csv, format: csv, csv_column: 'y, z'"), listed("'a \"b\"'"));
    assert_eq!(values("path: a.csv, format: csv, csv_column: 0, csv_has_header: false"), listed("[x, '1', '2']"));
    assert!(values("path: a.json, format: json, jq_expression: '.users'").contains("lists or maps"));
    assert!(values("path: a.json, format: json, jq_expression: '.n | length'").contains("more than a path"));
    assert!(values("path: a.csv, format: csv, csv_column: w").contains("there is no column `w`"));
    assert!(values("path: none.txt").contains("gives no value"));
    assert!(values("path: other.txt").contains("cannot be read"));
}

#[test]
fn wrong_parameters_are_named() {
    for (step, message) in [
        ("{type: case, method: camel}", "`camel` is not a value of `method`"),
        ("{type: case, metod: lower}", "`metod` is not a parameter of `case`"),
        ("{type: field_name_mapping, mapping: [a]}", "`mapping` takes a map, this is a list"),
        ("{type: field_name_mapping, mapping: {a: []}}", "`a` is mapped to nothing"),
        ("{type: replace_string, regex: '(a)', replacement: '\\2'}", "there is no group 2"),
        ("{type: extract_fields, regex: 'a'}", "has no named group"),
        ("{type: change_logsource}", "a log source has a `category`, a `product` or a `service`"),
        ("{type: value_placeholders, include: [a], exclude: [b]}", "`include` and `exclude` exclude each other"),
        ("{type: set_value, value: ten, force_type: num}", "`ten` is not a number"),
        ("{type: add_condition, conditions: {}}", "`conditions` has no condition"),
        ("nothing", "a transformation is a map, this is a string"),
    ] {
        let found = problem(step);
        assert!(found.contains(message), "{step}: {found}");
    }
}

/// A second document, an unknown key, and YAML that is none: errors, never a pipeline that does less than it says.
#[test]
fn a_broken_file_is_no_pipeline() {
    for text in
        ["", "a: 1\n", "transformations: {}\n", "name: x\n---\nname: y\n", "vars: [1]\n", "priority: high\n", "{"]
    {
        let (pipeline, diagnostics) = load_pipeline(&SourceFile::new("p.yml", text), &NoCompanions);
        assert!(pipeline.is_none() && !diagnostics.is_empty(), "{text}");
    }
}

/// `str.format` and `repr` (Python's library reference, "Format String Syntax").
#[test]
fn texts_are_those_of_python() {
    let value = json!({"a": {"b": [1, "x"]}, "n": null, "t": true, "q": "it's"});
    let filled = |template: &str| format::format(template, &[("v", &value)]);
    assert_eq!(filled("{v[a][b]} {v.a.b[1]} {v.n} {v.t} {{}}").unwrap(), "[1, 'x'] x None True {}");
    assert!(filled("{v.q!r}").unwrap_err().contains("conversion"));
    assert!(filled("{v.missing}").unwrap_err().contains("does not exist"));
    assert!(filled("{").is_err() && filled("}").is_err());
    assert_eq!(python::repr(&json!(["it's", "a\n\"b\""])), r#"["it's", 'a\n"b"']"#);
    assert_eq!(
        python::json(&json!({"ü": ["😀", 1.5], "e": []}), None),
        r#"{"\u00fc": ["\ud83d\ude00", 1.5], "e": []}"#
    );
    assert_eq!(python::json(&json!([1, {"a": 2}]), Some(1)), "[\n 1,\n {\n  \"a\": 2\n }\n]");
}

/// `re.sub` (Python's library reference, "Regular expression operations").
#[test]
fn replacements_are_those_of_python() {
    let regex = regex::Regex::new(r"(?P<a>\w)-(\w)?").unwrap();
    let replaced = |written: &str| {
        pattern::Replacement::parse(written, &regex).map(|replacement| replacement.replace_all(&regex, "x-y z-"))
    };
    assert_eq!(replaced(r"\2\g<a>\g<1>").unwrap(), "yxx zz");
    assert_eq!(replaced(r"\n\\\.").unwrap(), "\n\\\\. \n\\\\.");
    assert!(
        replaced(r"\3").is_err() && replaced(r"\g<b>").is_err() && replaced(r"\q").is_err() && replaced("\\").is_err()
    );
}

proptest::proptest! {
    /// Whatever a pipeline file holds, reading it and sending a rule through it comes to an end.
    #[test]
    fn any_pipeline_is_read(text in "[a-z_:\\[\\]{}'\"|&*%$#, \n-]{0,80}") {
        let (pipeline, _) = load_pipeline(&SourceFile::new("p.yml", text), &NoCompanions);
        if let Some(pipeline) = pipeline {
            through(&Pipelines::new(vec![pipeline]), "f: 1");
        }
    }

    /// The same for texts of a rule under steps that take them apart.
    #[test]
    fn any_value_goes_through(value in "[a-z\\\\*?%=|-]{1,12}") {
        for step in [
            "{type: replace_string, regex: '[a-m*]', replacement: '\\\\*%x%'}",
            "{type: regex}",
            "{type: hashes_fields, valid_hash_algos: [MD5], field_to_parse: [f]}",
            "{type: case, method: snake_case}",
            "{type: wildcard_placeholders}",
        ] {
            after(step, &format!("f|expand: '{value}'"));
        }
    }
}
