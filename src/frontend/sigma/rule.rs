//! One document as a rule of the IR.

use super::collection::Part;
use super::pipeline::{self, Pipelines, Target};
use super::reader::Reader;
use super::typed::Detection;
use super::{correlation, detection, meta};
use crate::frontend::Item;
use crate::ir::{Dialect, EventModel, ExprId, Logic, Opaque, Pool, Rule};
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
    let root = part.root.as_ref();
    let mut item = Item { rule: empty(part.span), document: part.document, processed: None, decided: None };
    let before = reader.count();
    meta::read(root, &mut item.rule, reader);
    Reading { item: &mut item, root, around }.logic(reader);
    let rule = &mut item.rule;
    if rule.pool.is_exceeded() {
        let reason = "the condition has more parts than the limit";
        rule.logic = Logic::Opaque(opaque("budget", "", reason, part.span));
        rule.uses.clear();
    }
    reader.name_rule_since(before, rule.meta.id.as_ref().map(|id| id.value.as_str()));
    item
}

/// A rule of which nothing is known yet. It never fires until its logic is read.
fn empty(span: Span) -> Rule {
    let mut rule = Rule::new(Dialect::Sigma, EventModel::Sigma, Pool::default(), Logic::Event(ExprId::FALSE));
    rule.origin = Location::main(span);
    rule
}

/// A rule between its text and its meaning.
struct Reading<'r> {
    item: &'r mut Item,
    root: &'r Node,
    around: &'r Surroundings<'r>,
}

impl<'r> Reading<'r> {
    fn logic(&mut self, reader: &mut Reader<'_>) {
        let root = self.root;
        if let Some(entry) = root.entry("correlation") {
            self.item.rule.kind = "correlation";
            self.item.rule.logic = correlation::read(entry, &mut self.item.rule, reader);
            self.send(None);
        } else if let Some(entry) = root.entry("filter") {
            self.item.rule.kind = "filter";
            self.detection(entry, reader);
        } else if let Some(entry) = root.entry("detection") {
            self.detection(entry, reader);
        } else {
            let place = root.as_map().and_then(|entries| entries.first()).map_or(root.span, |entry| entry.key.span);
            reader.syntax(place, "the rule has no `detection`, `correlation` or `filter`");
            let why = opaque("syntax", "", "the rule has no condition", self.item.rule.origin.span);
            self.item.rule.logic = Logic::Opaque(why);
        }
    }

    fn detection(&mut self, entry: &'r Entry, reader: &mut Reader<'_>) {
        match detection::read(entry, &mut self.item.rule, reader) {
            Ok(mut detection) => {
                if self.send(Some(&mut detection)) {
                    self.item.rule.logic = detection::lower(&detection, &mut self.item.rule, reader);
                    self.refuse_pipe(entry);
                }
            }
            Err(why) => self.item.rule.logic = Logic::Opaque(why),
        }
    }

    /// An old aggregation names fields that the pipelines have not seen.
    fn refuse_pipe(&mut self, entry: &Entry) {
        if self.around.pipelines.is_some() && matches!(self.item.rule.logic, Logic::Threshold(_) | Logic::Temporal(_)) {
            let reason = "pipelines do not reach what stands after the `|` of a condition: write a correlation instead";
            self.item.rule.logic = Logic::Opaque(opaque("pipeline-failure", "", reason, entry.key.span));
        }
    }

    /// Sends the rule through the pipelines. Whether it came out; if not, its logic says why.
    fn send(&mut self, detection: Option<&mut Detection<'r>>) -> bool {
        let Some(pipelines) = self.around.pipelines else { return true };
        let target = Target { rule: &mut self.item.rule, root: self.root, detection, earlier: self.around.earlier };
        match pipeline::run(pipelines, target) {
            Ok(processed) => {
                self.item.processed = processed;
                true
            }
            Err(failure) => {
                let span = failure.at.unwrap_or(self.item.rule.origin.span);
                self.item.rule.logic = Logic::Opaque(opaque("pipeline-failure", "", &failure.message, span));
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
