//! The examples in the lints' pages are run.

use detc::frontend::{Context, load};
use detc::lint::{self, Example, LintMeta, Outline, Settings};
use detc::source::{Companions, Diagnostic, SourceFile};

/// The one Python file that an example has beside it.
struct Beside(Option<String>);

impl Companions for Beside {
    fn companion(&self, _main: &str, relative: &str) -> Option<SourceFile> {
        self.0.as_ref().filter(|_| relative == "example.py").map(|text| SourceFile::new(relative, text.clone()))
    }
}

fn findings(example: &Example) -> Vec<Diagnostic> {
    let extension = if example.language == "toml" { "toml" } else { "yml" };
    let file = SourceFile::new(format!("example.{extension}"), example.text.clone());
    let beside = Beside(example.beside.as_ref().map(|(text, _)| text.clone()));
    let loaded = load(file, &Context::beside(&beside));
    let settings = Settings::defaults();
    let mut found = lint::check_file(&loaded, &settings);
    let outline = Outline::new(loaded);
    found.extend(lint::check_corpus(&[&outline], &settings).into_iter().map(|(_, found)| found));
    found
}

fn check(meta: &LintMeta, example: &Example) -> Result<(), String> {
    let found = findings(example);
    let mut places: Vec<_> =
        found.iter().map(|found| (found.lint, found.location.source.0, found.location.span.range())).collect();
    places.sort_by_key(|(_, file, range)| (*file, range.start));
    let beside = example.beside.iter().flat_map(|(_, marks)| marks).map(|mark| (1, mark));
    let marks = example.marks.iter().map(|mark| (0, mark)).chain(beside);
    let expected: Vec<_> = marks.map(|(file, mark)| (meta.name, file, mark.clone())).collect();
    let expected = if example.bad { expected } else { Vec::new() };
    if places == expected {
        return Ok(());
    }
    let told: Vec<String> =
        found.iter().map(|found| format!("{} {:?} {}", found.lint, found.location.span, found.message)).collect();
    Err(format!("{} ({}): expected {expected:?}, found {told:#?}", meta.name, if example.bad { "bad" } else { "good" }))
}

#[test]
fn bad_examples_fire_exactly_their_lint_and_good_ones_nothing() {
    let failures: Vec<String> = lint::all()
        .iter()
        .flat_map(|meta| meta.examples().into_iter().map(move |example| (meta, example)))
        .filter_map(|(meta, example)| check(meta, &example).err())
        .collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// A name that no registry knows could be neither selected nor explained.
#[test]
fn the_names_that_front_ends_report_are_registered() {
    let pattern = regex::Regex::new(r#"Diagnostic::new\(\s*"([a-z-]+)""#).unwrap();
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut count = 0;
    for (path, text) in crate::shared::texts(&root, &["rs"]) {
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for found in pattern.captures_iter(code) {
            count += 1;
            assert!(lint::find(&found[1]).is_some(), "{} in {} is not registered", &found[1], path.display());
        }
    }
    assert!(count > 5);
}

/// `docs/validators.md` says which lint stands for which of pySigma's validators.
#[test]
fn the_page_of_validators_names_lints_that_exist() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/validators.md")).unwrap();
    let mut validators = std::collections::BTreeSet::new();
    for row in page.lines().filter(|line| line.starts_with("| `")) {
        let columns: Vec<&str> = row.split('|').collect();
        validators.extend(columns[1].split('`').skip(1).step_by(2).map(str::to_owned));
        let names = columns[2].split('`').skip(1).step_by(2).filter(|name| name.contains('-') || *name == "syntax");
        names.for_each(|name| assert!(lint::find(name).is_some(), "{name} is no lint"));
    }
    // 31 of pySigma, 49 of SigmaHQ's package.
    assert_eq!(validators.len(), 80);
}
