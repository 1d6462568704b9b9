//! Processing pipelines: every pair of a pipeline and a rule in `tests/fixtures/pipelines`.
//!
//! The snapshot holds what comes out. That it is what pySigma makes of the same files, save for the differences that are listed there,
//! is the business of `.ci/oracles/pysigma_pipelines.py`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const FOLDER: &str = "tests/fixtures/pipelines";

fn detc(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_detc")).args(args).env_remove("NO_COLOR").output().unwrap()
}

/// The names of the pairs.
fn names() -> Vec<String> {
    let files = std::fs::read_dir(FOLDER).unwrap().map(|entry| entry.unwrap().path());
    let name = |path: PathBuf| path.file_name()?.to_str()?.strip_suffix(".rule.yml").map(str::to_owned);
    let names: BTreeSet<String> = files.filter_map(name).collect();
    names.into_iter().collect()
}

fn convert(name: &str, target: &str) -> Output {
    let rule = format!("{FOLDER}/{name}.rule.yml");
    let pipeline = format!("{FOLDER}/{name}.yml");
    detc(&["convert", &rule, "--to", target, "--pipeline", &pipeline])
}

#[test]
fn pipelines_give_what_pysigma_gives() {
    let mut shown = String::new();
    for name in names() {
        assert!(Path::new(&format!("{FOLDER}/{name}.yml")).exists(), "{name} has no pipeline");
        let done = convert(&name, if name.starts_with("output_") { "eql" } else { "sigma" });
        assert!(done.status.code().is_some_and(|code| code < 2), "{name}: {}", String::from_utf8_lossy(&done.stderr));
        let report = String::from_utf8_lossy(&done.stderr).into_owned();
        let losses = report.lines().filter(|line| done.status.code() == Some(1) && line.starts_with("    "));
        let refused: String = losses.map(|line| format!("{line}\n")).collect();
        assert_eq!(done.status.code() == Some(1), !refused.is_empty(), "{name}: {report}");
        shown += &["=== ", &name, "\n", &String::from_utf8_lossy(&done.stdout), &refused].concat();
    }
    insta::with_settings!({ snapshot_path => "../../snapshots", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("pipelines", shown);
    });
}

/// Each transformation, condition, postprocessor and finalizer of pySigma 2.0 has a file that uses it, but for the two that are
/// refused.
#[test]
fn every_step_of_the_format_has_a_file() {
    let texts: String =
        names().iter().map(|name| std::fs::read_to_string(format!("{FOLDER}/{name}.yml")).unwrap()).collect();
    let used: BTreeSet<&str> =
        texts.lines().filter_map(|line| line.trim_start_matches([' ', '-']).strip_prefix("type: ")).collect();
    let format = "field_name_mapping field_name_prefix_mapping field_name_transform drop_detection_item hashes_fields extract_fields
        field_name_suffix field_name_prefix wildcard_placeholders value_placeholders query_expression_placeholders file_placeholders
        add_condition change_logsource add_field remove_field set_field replace_string map_string set_state regex set_value
        convert_type rule_failure detection_item_failure strict_field_mapping_failure set_custom_attribute nest case
        logsource contains_detection_item contains_field processing_item_applied processing_state is_sigma_rule
        is_sigma_correlation_rule rule_attribute tag match_string match_value contains_wildcard is_null include_fields exclude_fields
        embed simple_template template json replace concat yaml nested";
    let missing: Vec<&str> = format.split_whitespace().filter(|name| !used.contains(name)).collect();
    assert!(missing.is_empty(), "no file uses {missing:?}");
}

/// The pipelines of a folder are one, the lowest priority first, whatever the order of the arguments.
#[test]
fn several_pipelines_are_sorted_by_priority() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write(
        "a.yml",
        "priority: 20\nvars: {v: late}\ntransformations:\n  - {type: field_name_suffix, suffix: .a}\n  - {type: value_placeholders}\n",
    );
    write(
        "b.yml",
        "priority: 10\nvars: {v: early, w: x}\ntransformations:\n  - {type: field_name_suffix, suffix: .b}\n",
    );
    write("c.yml", "priority: 20\ntransformations:\n  - {type: field_name_suffix, suffix: .c}\n");
    let rule = folder.path().join("rule");
    std::fs::create_dir(&rule).unwrap();
    let rule = rule.join("r.txt");
    let text = "title: T\nlogsource: {product: okta}\ndetection:\n  s: {f|expand: '%v%-%w%'}\n  condition: s\n";
    std::fs::write(&rule, text).unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let rule = rule.display().to_string();
    let several =
        detc(&["convert", &rule, "--to", "sigma", "-p", &path("c.yml"), "-p", &path("a.yml"), "-p", &path("b.yml")]);
    let of_folder = detc(&["convert", &rule, "--to", "sigma", "-p", &folder.path().display().to_string()]);
    let text = String::from_utf8_lossy(&several.stdout);
    assert!(text.contains("f.b.a.c: late-x"), "{text}{}", String::from_utf8_lossy(&several.stderr));
    assert_eq!(several.stdout, of_folder.stdout);
}

/// Names that a pipeline gives are the target's: no map changes them, and no condition on the data set is added.
#[test]
fn named_fields_are_the_targets() {
    let done = convert("output_embed", "eql");
    let text = String::from_utf8_lossy(&done.stdout);
    assert_eq!(text, "( any where event.action : \"user.account.lock\" ) and true\n");
}

/// The state `index` holds the index patterns, as in pySigma's back-ends for Elasticsearch: a text or a list, each pattern once,
/// instead of those of the log source.
#[test]
fn a_pipeline_names_the_index() {
    let folder = tempfile::tempdir().unwrap();
    let (rule, pipeline) = (folder.path().join("r.yml"), folder.path().join("p.yml"));
    std::fs::write(
        &rule,
        "title: T\nlogsource: {product: okta, service: okta}\ndetection:\n  s: {eventType: x}\n  condition: s\n",
    )
    .unwrap();
    let path = |path: &Path| path.display().to_string();
    for (state, sources) in [
        ("b-*", "FROM b-* "),
        ("[b-*, a-*, b-*]", "FROM a-*, b-* "),
        ("[a-*, ['*']]", "FROM * "),
        ("''", "FROM filebeat-*, logs-okta"),
    ] {
        let text = format!("transformations:\n  - {{type: set_state, key: index, val: {state}}}\n");
        std::fs::write(&pipeline, text).unwrap();
        let done = detc(&["convert", &path(&rule), "--to", "esql", "-p", &path(&pipeline)]);
        let text = String::from_utf8_lossy(&done.stdout);
        assert!(
            text.to_uppercase().contains(&sources.to_uppercase()),
            "{text}{}",
            String::from_utf8_lossy(&done.stderr)
        );
    }
    std::fs::write(&pipeline, "transformations:\n  - {type: set_state, key: index, val: [b-*, a-*]}\n").unwrap();
    let done = detc(&["convert", &path(&rule), "--to", "elastic", "-p", &path(&pipeline)]);
    let text = String::from_utf8_lossy(&done.stdout);
    assert!(text.contains("index = [\"a-*\", \"b-*\"]"), "{text}{}", String::from_utf8_lossy(&done.stderr));
}

/// Postprocessing changes the text of every target that is one query.
#[test]
fn postprocessing_is_for_every_query_language() {
    for target in ["eql", "kql", "lucene", "esql"] {
        let done = convert("output_embed", target);
        let text = String::from_utf8_lossy(&done.stdout);
        assert!(text.starts_with("( ") && text.ends_with(" ) and true\n"), "{target}: {text}");
    }
}

/// A name that EQL would read as a subtraction is quoted (the material's `reference/sigma.md`, section 11, item 9).
#[test]
fn names_are_quoted_for_the_target() {
    let folder = tempfile::tempdir().unwrap();
    let (rule, pipeline) = (folder.path().join("r.yml"), folder.path().join("p.yml"));
    std::fs::write(&pipeline, "transformations:\n  - {type: field_name_mapping, mapping: {uri: cs-uri-query}}\n")
        .unwrap();
    std::fs::write(&rule, "title: T\nlogsource: {category: webserver}\ndetection:\n  s: {uri: x}\n  condition: s\n")
        .unwrap();
    let path = |path: &Path| path.display().to_string();
    let done = detc(&["convert", &path(&rule), "--to", "eql", "-p", &path(&pipeline)]);
    let text = String::from_utf8_lossy(&done.stdout);
    assert_eq!(text, "any where `cs-uri-query` : \"x\"\n", "{}", String::from_utf8_lossy(&done.stderr));
}

/// What changes the text of a query is a loss where there is none.
#[test]
fn postprocessing_needs_a_query() {
    let done = convert("output_embed", "sigma");
    let told = String::from_utf8_lossy(&done.stderr);
    assert_eq!(done.status.code(), Some(1));
    assert!(told.contains("L604"), "{told}");
}

/// A rule of another format is not changed, and that is told.
#[test]
fn rules_of_other_formats_are_converted_as_written() {
    let pipeline = format!("{FOLDER}/field_name_prefix.yml");
    let rule = "rules/elastic/okta/okta_admin_console_refused.toml";
    let plain = detc(&["convert", rule, "--to", "kql"]);
    let through = detc(&["convert", rule, "--to", "kql", "-p", &pipeline]);
    assert_eq!(plain.stdout, through.stdout);
    let told = String::from_utf8_lossy(&through.stderr);
    assert!(told.contains("pipelines change Sigma rules only; 1 rule of other formats converted as written"), "{told}");
}

/// A pipeline that multiplies a rule without end is stopped.
#[test]
fn growth_has_a_limit() {
    let folder = tempfile::tempdir().unwrap();
    let pipeline = folder.path().join("p.yml");
    let step = "  - {type: field_name_mapping, mapping: {f: [f, f]}}\n";
    std::fs::write(&pipeline, format!("transformations:\n{}", step.repeat(2000))).unwrap();
    let rule = folder.path().join("r.yml");
    std::fs::write(&rule, "title: T\nlogsource: {product: okta}\ndetection:\n  s: {f: x}\n  condition: s\n").unwrap();
    let path = |path: &Path| path.display().to_string();
    let done = detc(&["convert", &path(&rule), "--to", "sigma", "-p", &path(&pipeline)]);
    let told = String::from_utf8_lossy(&done.stderr);
    assert!(told.contains("more parts of the rule than the limit"), "{told}");
}
