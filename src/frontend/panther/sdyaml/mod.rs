//! Match expressions: Simple Detections and inline filters (reference: panther.md section 3).
//!
//! What a condition says about a value that is missing, null or of another type is not published for Simple Detections; they are read
//! as Panther's runtime of inline filters does it. There an exception is no match, so each expression is an [`Outcome`].

mod condition;
mod key;
mod test;
#[cfg(test)]
mod tests;

use crate::ir::{
    Case, Cmp, Exclusion, ExprId, ExprKind, FieldUse, Logic, Op, Outcome, OutputField, Pool, Rule, Subject, TypeSet,
    UseKind,
};
use crate::source::{Diagnostic, Level, Location, Span, Unit, nearest_or_longer};
use crate::syntax::Node;
use condition::{Condition, Quantity};
use key::Key;
use std::sync::Arc;

/// How deep expressions nest.
const MAX_DEPTH: usize = 32;
/// `OnlyOne` of more than this is not spelled out.
const MAX_ONE_OF: usize = 64;

const DEFINITELY: Outcome = Outcome { holds: ExprId::TRUE, fails: ExprId::FALSE };

/// Reads the `Detection` of a simple detection into the rule.
pub(super) fn read(rule: &mut Rule, detection: &Node, root: &Node, unit: &Unit, diagnostics: &mut Vec<Diagnostic>) {
    let mut reader = Reader { pool: &mut rule.pool, uses: &mut rule.uses, unit, diagnostics, in_element: false };
    let outcome = match detection.as_seq() {
        Some(items) => reader.all(items, 0),
        None => reader.hole(detection, "a detection that is no list of match expressions"),
    };
    rule.logic = Logic::Event(outcome.holds);
    rule.assumptions.push("missing and null values meet a condition as in inline filters".to_owned());
    output_fields(rule, root);
    group_by(rule, root);
}

/// Reads `InlineFilters`: each takes out the events that it does not hold for.
pub(super) fn read_filters(rule: &mut Rule, filters: &Node, unit: &Unit, diagnostics: &mut Vec<Diagnostic>) {
    let single = std::slice::from_ref(filters);
    let listed = if filters.is_null() { &[] } else { filters.as_seq().unwrap_or(single) };
    for filter in listed {
        let mut reader = Reader { pool: &mut rule.pool, uses: &mut rule.uses, unit, diagnostics, in_element: false };
        let passes = reader.expression(filter, 0);
        let condition = reader.pool.not(passes.holds, Some(Location::main(filter.span)));
        if condition == ExprId::FALSE {
            continue;
        }
        let name = format!("inline filter {}", rule.exclusions.len() + 1);
        rule.exclusions.push(Exclusion { name, condition, origin: Location::main(filter.span), file: None });
        let words = "an inline filter's keys are looked up without regard to case";
        if !rule.assumptions.iter().any(|known| known == words) {
            rule.assumptions.push(words.to_owned());
        }
    }
}

/// `AlertContext` names the fields of an alert.
fn output_fields(rule: &mut Rule, root: &Node) {
    for item in root.get("AlertContext").and_then(Node::as_seq).unwrap_or_default() {
        let Some(field) = item.get("KeyName").and_then(Node::as_str) else { continue };
        let source = item.get("KeyValue").and_then(|value| Key::read(value).ok()).and_then(|key| key.name());
        let source = source.filter(|source| source != field);
        rule.meta.output_fields.push(OutputField { source, ..OutputField::named(field) });
    }
}

/// `GroupBy` stands in the place of `dedup()`.
fn group_by(rule: &mut Rule, root: &Node) {
    for item in root.get("GroupBy").and_then(Node::as_seq).unwrap_or_default() {
        rule.meta.dedup.fields.extend(Key::read(item).ok().and_then(|key| key.name()));
    }
}

/// Match expressions on the way into a pool.
struct Reader<'a> {
    pool: &'a mut Pool,
    uses: &'a mut Vec<FieldUse>,
    unit: &'a Unit,
    diagnostics: &'a mut Vec<Diagnostic>,
    /// Keys are below the element of the list comprehension at hand.
    in_element: bool,
}

impl Reader<'_> {
    fn error(&mut self, span: Span, message: impl Into<String>, near: Option<&str>) {
        let mut error = Diagnostic::new("schema", Level::Error, Location::main(span), message);
        error.help = near.map(|near| format!("did you mean `{near}`?"));
        self.diagnostics.push(error);
    }

    /// A part that is kept as text.
    fn hole(&mut self, node: &Node, reason: &str) -> Outcome {
        let at = Location::main(node.span);
        let text = self.unit.slice(at).split_whitespace().collect::<Vec<_>>().join(" ");
        let hole = self.pool.add(ExprKind::OpaqueTest { text: text.into(), reason: reason.into() }, Some(at));
        let fails = self.pool.not(hole, Some(at));
        Outcome { holds: hole, fails }
    }

    /// What is wrong is reported, and a hole.
    fn refuse(&mut self, node: &Node, reason: &str) -> Outcome {
        self.error(node.span, reason, None);
        self.hole(node, reason)
    }

    fn all(&mut self, items: &[Node], depth: usize) -> Outcome {
        let members: Vec<Outcome> = items.iter().map(|item| self.expression(item, depth)).collect();
        self.pool.outcome_and(&members, None)
    }

    fn expression(&mut self, node: &Node, depth: usize) -> Outcome {
        if depth > MAX_DEPTH {
            return self.hole(node, "match expressions nest too deep");
        }
        let Some(entries) = node.as_map() else {
            let message = format!("a match expression is a map, not {}", node.describe());
            return self.refuse(node, &message);
        };
        let combinator =
            entries.iter().find(|entry| ["All", "Any", "OnlyOne", "None"].contains(&entry.key.text.as_str()));
        match combinator {
            Some(entry) if entries.len() == 1 => {
                let name = &entry.key.text;
                if let Some(items) = entry.value.as_seq() {
                    return self.combine(name, items, node, depth + 1);
                }
                self.refuse(node, &format!("`{name}` has a list of match expressions"))
            }
            Some(_) => self.refuse(node, "a combinator stands alone in its match expression"),
            None => self.single(node, depth),
        }
    }

    fn combine(&mut self, name: &str, items: &[Node], node: &Node, depth: usize) -> Outcome {
        if name == "All" {
            return self.all(items, depth);
        }
        let members: Vec<Outcome> = items.iter().map(|item| self.expression(item, depth)).collect();
        match name {
            "Any" => self.pool.outcome_or(&members, None),
            "None" => Pool::outcome_not(self.pool.outcome_or(&members, None)),
            _ if members.len() > MAX_ONE_OF => self.hole(node, "one of too many match expressions"),
            _ => self.only_one(&members),
        }
    }

    fn only_one(&mut self, members: &[Outcome]) -> Outcome {
        let one: Vec<Outcome> = (0..members.len())
            .map(|place| {
                let others = members.iter().enumerate();
                let parts: Vec<Outcome> =
                    others.map(|(at, member)| if at == place { *member } else { Pool::outcome_not(*member) }).collect();
                self.pool.outcome_and(&parts, None)
            })
            .collect();
        self.pool.outcome_or(&one, None)
    }

    /// A key, or two, with a condition.
    fn single(&mut self, node: &Node, depth: usize) -> Outcome {
        let Some(name) = node.get("Condition") else {
            return self.refuse(node, "a match expression has a `Condition` or a combinator");
        };
        self.check_keys(node);
        let condition = match Condition::from_name(name.as_str().unwrap_or_default()) {
            Ok(condition) => condition,
            Err(near) => {
                self.error(name.span, "no such condition", near);
                return self.hole(node, "a condition that is not known");
            }
        };
        if let Some(better) = Condition::better_spelling(name.as_str().unwrap_or_default()) {
            let at = Location::main(name.span);
            let warning =
                Diagnostic::new("schema", Level::Warning, at, "a spelling that Panther's own tools do not share");
            self.diagnostics.push(warning.help(format!("write `{better}`")));
        }
        match condition {
            Condition::Always(value) => {
                if value {
                    DEFINITELY
                } else {
                    Pool::outcome_not(DEFINITELY)
                }
            }
            Condition::Elements(quantity) => self.elements(node, quantity, depth),
            Condition::Test(test) => self.tested(node, test),
        }
    }

    /// Unknown keys, with the nearest known one.
    fn check_keys(&mut self, node: &Node) {
        const KNOWN: [&str; 8] =
            ["Key", "KeyPath", "DeepKey", "Enrichment", "Condition", "Value", "Values", "Expressions"];
        for entry in node.as_map().unwrap_or_default() {
            let key = entry.key.text.as_str();
            if !KNOWN.contains(&key) {
                let near = nearest_or_longer(key, KNOWN);
                let message = format!("a match expression has no key `{key}`");
                let mut warning =
                    Diagnostic::new("unknown-key", Level::Warning, Location::main(entry.key.span), message);
                warning.help = near.map(|near| format!("did you mean `{near}`?"));
                self.diagnostics.push(warning);
            }
        }
    }

    /// `AnyElement` and its kin: what is no list has no elements to speak of, which is an exception.
    fn elements(&mut self, node: &Node, quantity: Quantity, depth: usize) -> Outcome {
        let key = match Key::read(node) {
            Ok(key) => key,
            Err(reason) => return self.refuse(node, reason),
        };
        let Some(expressions) = node.get("Expressions").and_then(Node::as_seq) else {
            return self.refuse(node, "a condition on elements has `Expressions`");
        };
        let list = self.subject(&key);
        let outside = std::mem::replace(&mut self.in_element, true);
        let body = self.all(expressions, depth + 1);
        self.in_element = outside;
        self.quantified(&list, quantity, body, Location::main(node.span))
    }

    fn quantified(&mut self, list: &Subject, quantity: Quantity, body: Outcome, at: Location) -> Outcome {
        let at = Some(at);
        let is_list = self.pool.test(list.clone(), Op::TypeIs(TypeSet::ARRAY), at);
        let items = Subject::Items(Arc::new(list.clone()));
        let sure = self.pool.or([body.holds, body.fails], at);
        let all_sure = self.pool.add(ExprKind::ForAll(items.clone(), sure), at);
        let given = |pool: &mut Pool, holds| pool.and([is_list, all_sure, holds], at);
        let some = self.pool.for_some(items.clone(), body.holds, at);
        let every = self.pool.add(ExprKind::ForAll(items.clone(), body.holds), at);
        let kind = ExprKind::Count { items, body: body.holds, op: Cmp::Equal, number: 1 };
        let one = self.pool.add(kind, at);
        let wanted = match quantity {
            Quantity::Any | Quantity::None => some,
            Quantity::All => every,
            Quantity::One => one,
        };
        let not_wanted = self.pool.not(wanted, at);
        let outcome = Outcome { holds: given(self.pool, wanted), fails: given(self.pool, not_wanted) };
        if quantity == Quantity::None { Pool::outcome_not(outcome) } else { outcome }
    }

    /// What a key names, in the event or in the element at hand.
    fn subject(&mut self, key: &Key) -> Subject {
        let subject = key.subject(self.in_element);
        if let (Subject::Field(field), Some(at)) = (&subject, key.at) {
            self.uses.push(FieldUse {
                field: field.clone(),
                at: Location::main(at),
                kind: UseKind::Other,
                values: Vec::new(),
                negated: false,
                case: Case::Sensitive,
                scope: None,
            });
        }
        subject
    }
}
