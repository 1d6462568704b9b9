//! Sigma rules, correlations and filters (Sigma specification 2.1.0) to the IR.
//!
//! Strings compare without regard to case, regular expressions search, a field test holds when any of the field's values passes,
//! and a missing field fails every test, so that its negation holds (reference: Sigma Rules Specification, "Detection").

mod aggregation;
mod collection;
mod condition;
mod correlation;
mod detection;
mod item;
mod key;
mod lower;
mod meta;
mod pipeline;
mod reader;
mod rule;
mod selection;
#[cfg(test)]
mod tests;
mod typed;
mod value;

pub use pipeline::{Pipeline, Pipelines, Processed, load_pipeline};

use super::{Context, Item};
use crate::source::{Diagnostic, Unit};
use crate::syntax::Document;
use reader::Reader;

/// Reads the documents of a Sigma file: rules, correlations and filters, with global documents merged into what follows.
pub(super) fn load(unit: &mut Unit, documents: &[Document], context: &Context<'_>) -> (Vec<Item>, Vec<Diagnostic>) {
    let mut reader = Reader::new(&unit.main().text);
    let parts = collection::collect(documents, &mut reader);
    let mut items: Vec<Item> = Vec::with_capacity(parts.len());
    for part in &parts {
        let around = rule::Surroundings { pipelines: context.pipelines, earlier: &items };
        let item = rule::read(part, &around, &mut reader);
        items.push(item);
    }
    (items, reader.into_diagnostics())
}
