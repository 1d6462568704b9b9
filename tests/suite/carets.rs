//! Where the caret stands: rendered as people see it. Each text has characters of several bytes before the place.

use detc::frontend::{Context, load};
use detc::lint::{Settings, check_file};
use detc::report::{Finding, Findings, human};
use detc::source::{Disk, read};
use std::path::Path;

/// The findings of one lint in a file of `tests/cmd/carets.in`, without colours.
fn rendered(file: &str, lint: &str) -> String {
    let path = format!("tests/cmd/carets.in/{file}");
    let loaded = load(read(Path::new(&path)).unwrap(), &Context::beside(&Disk));
    let mut found = check_file(&loaded, &Settings::defaults());
    found.retain(|diagnostic| diagnostic.lint == lint);
    let findings = found.iter().map(|diagnostic| Finding { unit: &loaded.unit, diagnostic }).collect();
    let findings = Findings { files: 1, rules: loaded.items.len(), findings };
    human::render(&findings, human::Style { color: false, width: 100 })
}

fn snapshot(name: &str, file: &str, lint: &str) {
    insta::with_settings!({ snapshot_path => "../../snapshots", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(name, rendered(file, lint));
    });
}

#[test]
fn a_syntax_error_in_the_third_line_of_a_query() {
    snapshot("caret_query", "query.toml", "syntax");
}

#[test]
fn a_bad_modifier_in_the_second_document() {
    snapshot("caret_modifier", "modifier.yml", "syntax");
}

#[test]
fn a_wrong_field_in_a_python_body() {
    snapshot("caret_python", "field.yml", "unknown-field");
}

#[test]
fn a_glued_value_in_a_list() {
    snapshot("caret_value", "glued.yml", "value-domain");
}
