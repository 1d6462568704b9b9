//! SigmaHQ's published rules through the Sigma front-end.

use crate::shared::{corpus, files, texts};
use detc::eval::Matcher;
use detc::frontend::{Context, Loaded, load};
use detc::ir::{ExprKind, Logic, Op, Rule, holes};
use detc::source::{Level, SourceFile, read};
use std::collections::BTreeMap;
use std::path::Path;

/// The folders of active rules.
pub(crate) const ACTIVE: [&str; 5] =
    ["rules", "rules-compliance", "rules-emerging-threats", "rules-placeholder", "rules-threat-hunting"];

/// Every file below a folder of the corpus, loaded.
pub(crate) fn load_folder(folder: &Path) -> Vec<Loaded> {
    texts(folder, &["yml"])
        .into_iter()
        .map(|(path, text)| load(SourceFile::new(path.display().to_string(), text), &Context::default()))
        .collect()
}

/// Why a rule is not understood as a whole or in parts, by short names.
fn reasons(rule: &Rule) -> Vec<String> {
    if let Logic::Opaque(opaque) = &rule.logic {
        return vec![opaque.code.to_string()];
    }
    holes(&rule.pool, &rule.logic.roots()).iter().map(|hole| hole.reason.to_string()).collect()
}

fn count_reasons(loaded: &[Loaded]) -> (usize, BTreeMap<String, usize>) {
    let mut counts = BTreeMap::new();
    let rules: Vec<&Rule> = loaded.iter().flat_map(|file| &file.items).map(|item| &item.rule).collect();
    for rule in &rules {
        let mut found = reasons(rule);
        found.sort_unstable();
        found.dedup();
        for reason in found {
            *counts.entry(reason).or_insert(0) += 1;
        }
    }
    (rules.len(), counts)
}

#[test]
fn every_active_rule_is_understood() {
    let Some(root) = corpus("sigma") else { return };
    let mut all = Vec::new();
    for folder in ACTIVE.map(|folder| root.join(folder)) {
        all.extend(load_folder(&folder));
    }
    let (rules, reasons) = count_reasons(&all);
    println!("{} files, {rules} rules, not understood: {reasons:?}", all.len());
    let mut findings: BTreeMap<String, usize> = BTreeMap::new();
    for found in all.iter().flat_map(|file| &file.diagnostics) {
        *findings.entry(format!("{}: {}", found.lint, found.message)).or_default() += 1;
    }
    println!("findings: {findings:#?}");
    assert!(rules >= 3780 && all.len() >= 3780, "{rules} rules in {} files", all.len());
    assert!(reasons.keys().all(|reason| reason.contains("placeholder")), "{reasons:?}");
    let errors = all.iter().flat_map(|file| &file.diagnostics).filter(|found| found.level == Level::Error);
    assert_eq!(errors.count(), 0);
}

#[test]
fn retired_rules_say_why_they_are_not_understood() {
    let Some(root) = corpus("sigma") else { return };
    for folder in ["deprecated", "unsupported"] {
        let loaded = load_folder(&root.join(folder));
        let (rules, reasons) = count_reasons(&loaded);
        println!("{folder}: {} files, {rules} rules, not understood: {reasons:?}", loaded.len());
        assert!(loaded.iter().all(|file| !file.items.is_empty()));
        for file in &loaded {
            let unread =
                file.items.iter().filter(|item| matches!(&item.rule.logic, Logic::Opaque(why) if why.code == "syntax"));
            for item in unread {
                println!("    {}: {}", file.unit.main().path, item.rule.opaque_reason().unwrap_or_default());
                assert!(file.diagnostics.iter().any(|found| found.level == Level::Error), "{}", file.unit.main().path);
            }
        }
    }
}

/// The evaluator takes every regular expression of the active rules; those it cannot take are listed.
#[test]
fn published_regular_expressions_can_be_evaluated() {
    let Some(root) = corpus("sigma") else { return };
    let (mut count, mut refused) = (0, Vec::new());
    for file in ACTIVE.iter().flat_map(|folder| load_folder(&root.join(folder))) {
        for rule in file.items.iter().map(|item| &item.rule) {
            for id in rule.pool.ids() {
                let ExprKind::Test(_, Op::Regex { regex, .. }) = rule.pool.kind(id) else { continue };
                count += 1;
                if let Err(error) = Matcher::new(regex) {
                    refused.push(format!("{}: {}: {error}", file.unit.main().path, regex.pattern));
                }
            }
        }
    }
    println!("{count} regular expressions, not taken: {}", refused.len());
    refused.iter().for_each(|line| println!("    {line}"));
    assert!(count > 150 && refused.len() * 20 < count, "{} of {count}", refused.len());
}

/// Broken files of the corpus' shape: every rule cut off at some places must neither panic nor vanish.
#[test]
fn cut_off_rules_are_read() {
    let Some(root) = corpus("sigma/rules") else { return };
    for path in files(&root, &["yml"]).iter().step_by(97) {
        let text = read(path).unwrap().text;
        for cut in (0..text.len()).step_by(211).filter(|cut| text.is_char_boundary(*cut)) {
            let _ = load(SourceFile::new("cut.yml", &text[..cut]), &Context::default());
        }
    }
}
