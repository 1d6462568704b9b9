//! What stays of a file once its own lints are done.

use super::suppress::{self, Suppressions};
use crate::frontend::{Format, Item, Loaded};
use crate::ir::{Dialect, RuleRef, fingerprint};
use crate::source::{Diagnostic, Location, Spanned, Unit};
use crate::syntax::Node;

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
    pub id: Option<Spanned<String>>,
    /// Sigma's `name`.
    pub name: Option<String>,
    pub title: String,
    /// The rules that it builds on.
    pub references: Vec<RuleRef>,
    /// The ids under a Sigma rule's `related`.
    pub related: Vec<Spanned<String>>,
    /// Where its title is written, for a Sigma rule.
    pub title_at: Option<Location>,
    /// What is equal for rules over the same events with the same condition; for Sigma rules over single events.
    pub fingerprint: Option<u64>,
}

impl Outline {
    #[must_use]
    pub fn new(loaded: Loaded) -> Self {
        let (suppressions, _) = suppress::read(&loaded);
        let roots: Vec<_> = loaded.items.iter().map(|item| root(&loaded, item)).map(of_root).collect();
        // A vector of its own: collected in place, the outlines would keep the room of the rules.
        let mut rules = Vec::with_capacity(loaded.items.len());
        let items = loaded.items.into_iter().zip(roots);
        rules.extend(items.map(|(item, (title_at, related))| outline(item, title_at, related)));
        Self { unit: loaded.unit, rules, suppressions }
    }

    /// Whether a comment of the file silences the finding.
    pub(super) fn suppresses(&self, diagnostic: &Diagnostic) -> bool {
        self.suppressions.cover(&self.unit, diagnostic)
    }
}

fn outline(item: Item, title_at: Option<Location>, related: Vec<Spanned<String>>) -> RuleOutline {
    let rule = item.rule;
    RuleOutline {
        dialect: rule.dialect,
        references: rule.logic.references().into_iter().cloned().collect(),
        related,
        title_at,
        fingerprint: title_at.and_then(|_| fingerprint(&rule)),
        id: rule.meta.id,
        name: rule.meta.name,
        title: rule.meta.title,
    }
}

/// The document of a Sigma rule.
fn root<'a>(loaded: &'a Loaded, item: &Item) -> Option<&'a Node> {
    let document = loaded.documents.get(item.document).filter(|_| loaded.format == Format::Sigma)?;
    Some(&document.root)
}

/// What only the document says: the place of the title, and the related ids.
fn of_root(root: Option<&Node>) -> (Option<Location>, Vec<Spanned<String>>) {
    let title = root.and_then(|root| root.get("title")).map(|title| Location::main(title.span));
    let related = root.and_then(|root| root.get("related")).and_then(Node::as_seq).unwrap_or_default();
    let ids = related.iter().filter_map(|one| one.get("id"));
    (title, ids.filter_map(|id| Some(Spanned::new(id.as_str()?.to_owned(), id.span))).collect())
}
