//! Lints: what is wrong with a rule, found without running it.
//!
//! A lint is one file, `lints/<family>/<name>.rs`, whose doc comment is its page, and one line in [`lints`]' registry. It hangs off one
//! of three taps ([`Tap`]): the syntax tree of a document, a rule with its IR, or all rules together. Nothing flows back.

mod baseline;
mod config;
mod context;
mod disjoint;
mod elastic;
mod fix;
mod letters;
mod lints;
mod marks;
mod meta;
mod outline;
mod run;
mod sigma;
mod suppress;

pub use baseline::{Baseline, BaselineError};
pub use config::{ConfigFile, Configured, FailOnSetting, LintSection, Settings, UnknownLint, WrongSection};
pub use context::{CorpusCx, DocumentCx, RuleCx};
pub use elastic::ElasticRule;
pub use fix::{Applied, apply_safe};
pub use marks::{BACKSLASH, CONTROL, QUESTION_MARK, STAR};
pub use meta::{Example, LintMeta, Stage, Tap};
pub use outline::{Outline, RuleOutline};
pub use run::{check_corpus, check_file};
pub use sigma::{Detection, WrittenCondition, WrittenTest};

/// Every lint, by family and name.
pub fn all() -> &'static [&'static LintMeta] {
    lints::REGISTRY
}

/// The lint with this name.
pub fn find(name: &str) -> Option<&'static LintMeta> {
    all().iter().copied().find(|meta| meta.name == name)
}

/// The families in use, sorted.
pub fn families() -> Vec<&'static str> {
    let mut found: Vec<_> = all().iter().map(|meta| meta.family).collect();
    found.sort_unstable();
    found.dedup();
    found
}
