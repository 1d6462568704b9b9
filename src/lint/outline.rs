//! What stays of a file once its own lints are done.

use super::suppress::{self, Suppressions};
use crate::frontend::{Format, Item, Loaded};
use crate::ir::{Dialect, Meta, RuleRef, fingerprint};
use crate::source::{Diagnostic, Location, Unit};

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
    /// The rules that it builds on.
    pub references: Vec<RuleRef>,
    /// Where its title is written, for a Sigma rule.
    pub title_at: Option<Location>,
    /// What is equal for rules over the same events with the same condition; for Sigma rules over single events.
    pub fingerprint: Option<u64>,
}

impl Outline {
    #[must_use]
    pub fn new(loaded: Loaded) -> Self {
        let (suppressions, _) = suppress::read(&loaded);
        let titles: Vec<Option<Location>> = loaded.items.iter().map(|item| title_at(&loaded, item)).collect();
        let rules = loaded.items.into_iter().zip(titles);
        let rules = rules.map(|(item, title_at)| outline(item, title_at)).collect();
        Self { unit: loaded.unit, rules, suppressions }
    }

    /// Whether a comment of the file silences the finding.
    pub(super) fn suppresses(&self, diagnostic: &Diagnostic) -> bool {
        self.suppressions.cover(&self.unit, diagnostic)
    }
}

fn outline(item: Item, title_at: Option<Location>) -> RuleOutline {
    let rule = item.rule;
    RuleOutline {
        dialect: rule.dialect,
        references: rule.logic.references().into_iter().cloned().collect(),
        title_at,
        fingerprint: title_at.and_then(|_| fingerprint(&rule)),
        meta: rule.meta,
    }
}

fn title_at(loaded: &Loaded, item: &Item) -> Option<Location> {
    let document = loaded.documents.get(item.document).filter(|_| loaded.format == Format::Sigma)?;
    document.root.get("title").map(|title| Location::main(title.span))
}
