//! One document as a rule of the IR.

use super::reader::Reader;
use super::{correlation, detection, meta};
use crate::ir::{DataSource, Dialect, EventModel, Logic, Meta, Opaque, Pool, Rule};
use crate::source::{Location, Span};
use crate::syntax::{Entry, Node};

/// Reads a rule, a correlation or a filter. What is wrong with it is reported; the rule is there in any case.
pub(super) fn read(root: &Node, span: Span, reader: &mut Reader<'_>) -> Rule {
    let mut rule = Rule {
        dialect: Dialect::Sigma,
        kind: "rule",
        meta: Meta::default(),
        data_source: DataSource::default(),
        event_model: EventModel::Sigma,
        pool: Pool::default(),
        logic: Logic::Opaque(opaque("syntax", "", "the rule has no condition", span)),
        language: None,
        exclusions: Vec::new(),
        tests: Vec::new(),
        extras: Vec::new(),
        uses: Vec::new(),
        assumptions: Vec::new(),
        origin: Location::main(span),
    };
    let before = reader.count();
    meta::read(root, &mut rule, reader);
    if let Some(entry) = root.entry("correlation") {
        rule.kind = "correlation";
        rule.logic = correlation::read(entry, &mut rule, reader);
    } else if let Some(entry) = root.entry("filter") {
        rule.kind = "filter";
        rule.logic = detected(entry, &mut rule, reader);
    } else if let Some(entry) = root.entry("detection") {
        rule.logic = detected(entry, &mut rule, reader);
    } else {
        let place = root.as_map().and_then(|entries| entries.first()).map_or(root.span, |entry| entry.key.span);
        reader.syntax(place, "the rule has no `detection`, `correlation` or `filter`");
    }
    if rule.pool.is_exceeded() {
        let reason = "the condition has more parts than the limit";
        rule.logic = Logic::Opaque(opaque("budget", "", reason, span));
        rule.uses.clear();
    }
    reader.name_rule_since(before, rule.meta.id.as_ref().map(|id| id.value.as_str()));
    rule
}

fn detected(entry: &Entry, rule: &mut Rule, reader: &mut Reader<'_>) -> Logic {
    match detection::read(entry, rule, reader) {
        Ok(detection) => detection::lower(&detection, rule, reader),
        Err(why) => Logic::Opaque(why),
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
