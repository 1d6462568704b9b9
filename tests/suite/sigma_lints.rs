//! The Sigma lints on the published rules: what they find has been read, and what their safe fixes change has the same meaning.

use crate::frontend_sigma::{ACTIVE, load_folder};
use crate::shared::corpus;
use detc::frontend::{Context, Loaded, load};
use detc::ir::{Rule, equal, resolved};
use detc::lint::{Outline, Settings, apply_safe, check_corpus, check_file};
use detc::source::{Diagnostic, SourceFile};

/// Lints that the catalogue's tables decide have tests of their own.
const FAMILIES: [&str; 4] = ["value", "logic", "style", "meta"];

fn findings(loaded: &Loaded) -> Vec<Diagnostic> {
    let in_family = |found: &Diagnostic| {
        detc::lint::find(found.lint).is_some_and(|meta| FAMILIES.contains(&meta.family) || meta.family == "source")
    };
    check_file(loaded, &Settings::defaults()).into_iter().filter(in_family).collect()
}

fn line(root: &std::path::Path, loaded: &Loaded, found: &Diagnostic) -> String {
    let file = loaded.unit.main();
    let path = file.path.strip_prefix(&root.display().to_string()).unwrap_or(&file.path);
    let (line, _) = file.line_column(found.location.span.start);
    format!("{} {}:{line}", found.lint, path.trim_start_matches('/'))
}

/// The findings in active rules that only all files together show. Active rules name retired ones as related.
fn over_all(root: &std::path::Path) -> Vec<String> {
    let outlines = |folders: &[&str]| -> Vec<Outline> {
        folders.iter().flat_map(|folder| load_folder(&root.join(folder))).map(Outline::new).collect()
    };
    let (active, retired) = (outlines(&ACTIVE), outlines(&["deprecated", "unsupported"]));
    let all: Vec<&Outline> = active.iter().chain(&retired).collect();
    let found = check_corpus(&all, &Settings::defaults());
    let found = found.iter().filter(|(file, _)| *file < active.len());
    found.map(|(file, found)| format!("{} {}", found.lint, all[*file].unit.main().file_name())).collect()
}

/// SigmaHQ runs pySigma's validators on these rules, so little is left to find: each finding has been read and holds.
#[test]
fn findings_in_active_rules_are_few() {
    let Some(root) = corpus("sigma") else { return };
    let mut lines = Vec::new();
    for loaded in ACTIVE.iter().flat_map(|folder| load_folder(&root.join(folder))) {
        lines.extend(findings(&loaded).iter().map(|found| line(&root, &loaded, found)));
    }
    lines.extend(over_all(&root));
    lines.sort();
    insta::with_settings!({ snapshot_path => "../../snapshots", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("sigma_lint_findings", lines.join("\n"));
    });
}

/// The rules of a file, each with what it refers to in its place.
fn rules(loaded: &Loaded) -> Vec<Rule> {
    let all: Vec<&Rule> = loaded.items.iter().map(|item| &item.rule).collect();
    all.iter().map(|rule| resolved(rule, &all)).collect()
}

#[test]
fn safe_fixes_keep_the_meaning() {
    let Some(root) = corpus("sigma") else { return };
    let (mut fixed, mut correlations, mut different) = (0, 0, Vec::new());
    for folder in ACTIVE.into_iter().chain(["deprecated", "unsupported"]) {
        for loaded in load_folder(&root.join(folder)) {
            let file = loaded.unit.main();
            let applied = apply_safe(&file.text, &findings(&loaded));
            if applied.fixed == 0 {
                continue;
            }
            fixed += applied.fixed;
            let again = load(SourceFile::new(file.path.clone(), applied.text.clone()), &Context::default());
            let (before, after) = (rules(&loaded), rules(&again));
            // An old aggregation becomes a rule and a correlation: the correlation is what the rule was.
            let last = after.last().filter(|_| after.len() == before.len() + 1);
            correlations += usize::from(last.is_some());
            let same = match last {
                Some(last) => before.len() == 1 && equal(&before[0], last),
                None => {
                    before.len() == after.len() && before.iter().zip(&after).all(|(left, right)| equal(left, right))
                }
            };
            let comments =
                |loaded: &Loaded| loaded.documents.iter().map(|document| document.comments.len()).sum::<usize>();
            if !same || again.diagnostics.len() != loaded.diagnostics.len() || comments(&loaded) != comments(&again) {
                different.push(format!("{}: {:?}\n{}", file.path, again.diagnostics, applied.text));
            }
        }
    }
    println!("{fixed} fixes, {correlations} correlations");
    assert!(different.is_empty(), "{}:\n{}", different.len(), different[..different.len().min(3)].join("\n"));
    assert!(fixed > 80 && correlations >= 30, "{fixed} fixes, {correlations} correlations");
}
