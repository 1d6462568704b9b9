//! One document as a rule of the IR.

use super::collection::Part;
use super::pipeline::{self, Pipelines, Processed, Target};
use super::reader::Reader;
use super::typed::Detection;
use super::{correlation, detection, meta};
use crate::frontend::Item;
use crate::ir::{Dialect, EventModel, Logic, Opaque, Pool, Rule};
use crate::source::{Location, Span};
use crate::syntax::{Entry, Node};

/// What the rules of a file share.
pub(super) struct Surroundings<'s> {
    pub(super) pipelines: Option<&'s Pipelines>,
    /// The rules that stand before this one.
    pub(super) earlier: &'s [Item],
}

/// Reads a rule, a correlation or a filter, and sends it through the pipelines. What is wrong with it is reported; the rule is there
/// in any case.
pub(super) fn read(part: &Part<'_>, around: &Surroundings<'_>, reader: &mut Reader<'_>) -> Item {
    let (root, span) = (part.root.as_ref(), part.span);
    let mut rule = empty(span);
    let before = reader.count();
    meta::read(root, &mut rule, reader);
    let mut reading = Reading { rule, root, around, processed: None };
    if let Some(entry) = root.entry("correlation") {
        reading.rule.kind = "correlation";
        reading.rule.logic = correlation::read(entry, &mut reading.rule, reader);
        reading.send(None);
    } else if let Some(entry) = root.entry("filter") {
        reading.rule.kind = "filter";
        reading.detection(entry, reader);
    } else if let Some(entry) = root.entry("detection") {
        reading.detection(entry, reader);
    } else {
        let place = root.as_map().and_then(|entries| entries.first()).map_or(root.span, |entry| entry.key.span);
        reader.syntax(place, "the rule has no `detection`, `correlation` or `filter`");
    }
    let mut rule = reading.rule;
    if rule.pool.is_exceeded() {
        let reason = "the condition has more parts than the limit";
        rule.logic = Logic::Opaque(opaque("budget", "", reason, span));
        rule.uses.clear();
    }
    reader.name_rule_since(before, rule.meta.id.as_ref().map(|id| id.value.as_str()));
    Item { rule, document: part.document, processed: reading.processed, decided: None }
}

/// A rule of which nothing is known yet.
fn empty(span: Span) -> Rule {
    Rule {
        origin: Location::main(span),
        ..Rule::new(
            Dialect::Sigma,
            EventModel::Sigma,
            Pool::default(),
            Logic::Opaque(opaque("syntax", "", "the rule has no condition", span)),
        )
    }
}

/// A rule between its text and its meaning.
struct Reading<'r> {
    rule: Rule,
    root: &'r Node,
    around: &'r Surroundings<'r>,
    processed: Option<Box<Processed>>,
}

impl<'r> Reading<'r> {
    fn detection(&mut self, entry: &'r Entry, reader: &mut Reader<'_>) {
        match detection::read(entry, &mut self.rule, reader) {
            Ok(mut detection) => {
                if self.send(Some(&mut detection)) {
                    self.rule.logic = detection::lower(&detection, &mut self.rule, reader);
                    self.refuse_pipe(entry);
                }
            }
            Err(why) => self.rule.logic = Logic::Opaque(why),
        }
    }

    /// An old aggregation names fields that the pipelines have not seen.
    fn refuse_pipe(&mut self, entry: &Entry) {
        if self.around.pipelines.is_some() && matches!(self.rule.logic, Logic::Threshold(_) | Logic::Temporal(_)) {
            let reason = "pipelines do not reach what stands after the `|` of a condition: write a correlation instead";
            self.rule.logic = Logic::Opaque(opaque("pipeline-failure", "", reason, entry.key.span));
        }
    }

    /// Sends the rule through the pipelines. Whether it came out; if not, its logic says why.
    fn send(&mut self, detection: Option<&mut Detection<'r>>) -> bool {
        let Some(pipelines) = self.around.pipelines else { return true };
        let target = Target { rule: &mut self.rule, root: self.root, detection, earlier: self.around.earlier };
        match pipeline::run(pipelines, target) {
            Ok(processed) => {
                self.processed = processed;
                true
            }
            Err(failure) => {
                let span = failure.at.unwrap_or(self.rule.origin.span);
                self.rule.logic = Logic::Opaque(opaque("pipeline-failure", "", &failure.message, span));
                false
            }
        }
    }
}

/// Logic that is kept as text.
pub(super) fn opaque(code: &'static str, text: &str, reason: &str, span: Span) -> Opaque {
    Opaque {
        language: "sigma".to_owned(),
        text: text.to_owned(),
        reason: reason.to_owned(),
        code: code.into(),
        origin: Some(Location::main(span)),
    }
}
