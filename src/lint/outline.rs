//! What stays of a file once its own lints are done.

use super::suppress::{self, Suppressions};
use crate::frontend::Loaded;
use crate::ir::{Dialect, Meta};
use crate::source::{Diagnostic, Unit};

/// What the lints over all files, and the reports, need of a file. Its syntax trees and conditions are gone: of thousands of
/// files only those at work are in memory.
#[derive(Debug)]
pub struct Outline {
    pub unit: Unit,
    pub rules: Vec<RuleOutline>,
    suppressions: Suppressions,
}

/// What a rule says about itself.
#[derive(Debug)]
pub struct RuleOutline {
    pub dialect: Dialect,
    pub meta: Meta,
}

impl Outline {
    #[must_use]
    pub fn new(loaded: Loaded) -> Self {
        let (suppressions, _) = suppress::read(&loaded);
        let rules = loaded.items.into_iter();
        let rules = rules.map(|item| RuleOutline { dialect: item.rule.dialect, meta: item.rule.meta }).collect();
        Self { unit: loaded.unit, rules, suppressions }
    }

    /// Whether a comment of the file silences the finding.
    pub(super) fn suppresses(&self, diagnostic: &Diagnostic) -> bool {
        self.suppressions.cover(&self.unit, diagnostic)
    }
}
