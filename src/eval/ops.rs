//! Tests of one value.

use super::event::below;
use super::expr::{Evaluation, Hole, Prepared, Verdict};
use super::value::{self, text_under};
use super::{python, time};
use crate::ir::{Analyzer, Case, Coercion, Domain, ExprId, Op, Operand, Place, Subject, TypeSet, Value, WordTest};
use ipnet::IpNet;
use jiff::Timestamp;
use serde_json::Value as Json;
use std::borrow::Cow;
use std::cmp::Ordering;
use std::net::IpAddr;
use std::sync::Arc;

impl<'e> Evaluation<'e> {
    pub(super) fn test(&mut self, id: ExprId, subject: &'e Subject, op: &'e Op) -> Result<Verdict, Hole> {
        let Some(value) = self.one(subject, 0)? else {
            return Ok(matches!(op, Op::IsMissing).into());
        };
        self.passes(id, &value, op)
    }

    /// Whether a value that is there passes a test.
    pub(super) fn passes(&mut self, id: ExprId, value: &Json, op: &'e Op) -> Result<Verdict, Hole> {
        let prepared = self.conditions.prepared.get(&id).and_then(|all| all.first());
        let holds = match op {
            Op::IsMissing => false,
            Op::IsNull => value.is_null(),
            Op::IsEmpty => is_empty(value),
            Op::Present => !value.is_null(),
            Op::TypeIs(types) => types.has(TypeSet::of_json(value)),
            Op::Equal { to, case, coercion } => {
                self.operand(to, prepared)?.is_some_and(|other| value::equal(value, &other, *case, *coercion))
            }
            Op::Compare { op, domain: Domain::Date, to: Operand::Value(Value::Str(_)), .. } => {
                self.date_order(value, prepared).is_some_and(|ordering| op.holds(ordering))
            }
            Op::Compare { op, domain, coercion, to } => self
                .operand(to, prepared)?
                .and_then(|other| value::compare(value, &other, *domain, *coercion))
                .is_some_and(|ordering| op.holds(ordering)),
            Op::Matches { coercion, .. } => matches_pattern(value, *coercion, prepared),
            Op::Query { expression, .. } => {
                return Err(Hole::new("only the target's own language knows what this means", expression.clone()));
            }
            Op::Template { template, .. } => {
                let reason = "the value has a placeholder, which stands for values that the rule does not have";
                return Err(Hole::new(reason, template.to_string()));
            }
            Op::Regex { regex, coercion } => return matches_regex(value, *coercion, prepared, &regex.pattern),
            Op::InCidr(network) => in_network(value, network),
            Op::Words { analyzer, test } => return words_pass(value, *analyzer, test, prepared),
            Op::ContainedIn { container, case } => {
                self.operand(container, prepared)?.is_some_and(|container| self.contained(value, &container, *case))
            }
            Op::HasText { place, text, case } => {
                self.operand(text, prepared)?.is_some_and(|text| has_text(value, &text, *place, *case))
            }
        };
        Ok(holds.into())
    }

    /// How a date stands to a constant, in whole milliseconds.
    fn date_order(&self, value: &Json, prepared: Option<&Prepared>) -> Option<Ordering> {
        let Some(Prepared::Date(Some(constant))) = prepared else { return None };
        let at = time::instant(value)?.as_millisecond();
        // Without a clock only a constant that needs none has bounds.
        let now = self.event.now().or_else(|| (!constant.is_relative()).then_some(Timestamp::UNIX_EPOCH))?;
        let (first, last) = constant.bounds(now)?;
        Some(if at < first.as_millisecond() {
            Ordering::Less
        } else if at > last.as_millisecond() {
            Ordering::Greater
        } else {
            Ordering::Equal
        })
    }

    fn operand(&mut self, operand: &'e Operand, prepared: Option<&'e Prepared>) -> Result<Option<Cow<'e, Json>>, Hole> {
        match (operand, prepared) {
            (Operand::Value(_), Some(Prepared::Constant(value))) => Ok(Some(Cow::Borrowed(value))),
            (Operand::Value(value), _) => Ok(Some(Cow::Owned(Value::to_json(value)))),
            (Operand::Subject(subject), _) => self.one(subject, 0),
        }
    }

    /// Python's `in`: a part of a text, an item of a list, a key of an object.
    fn contained(&self, value: &Json, container: &Json, case: Case) -> bool {
        match container {
            Json::String(_) => has_text(container, value, Place::Anywhere, case),
            Json::Array(items) => items.iter().any(|item| value::equal(value, item, case, Coercion::Python)),
            Json::Object(map) => match value.as_str() {
                Some(key) => {
                    let path = crate::ir::FieldPath::keys(&[key]);
                    !below(container, &path, self.event.model()).is_empty()
                }
                None => python::keys::other(map, value).is_some(),
            },
            _ => false,
        }
    }
}

fn is_empty(value: &Json) -> bool {
    match value {
        Json::String(text) => text.is_empty(),
        Json::Array(items) => items.is_empty(),
        Json::Object(map) => map.is_empty(),
        _ => false,
    }
}

fn matches_pattern(value: &Json, coercion: Coercion, prepared: Option<&Prepared>) -> bool {
    match (prepared, text_under(value, coercion)) {
        (Some(Prepared::Wildcard(pattern)), Some(text)) => pattern.matches(&text),
        _ => false,
    }
}

fn matches_regex(
    value: &Json,
    coercion: Coercion,
    prepared: Option<&Prepared>,
    pattern: &Arc<str>,
) -> Result<Verdict, Hole> {
    match (prepared, text_under(value, coercion)) {
        (Some(Prepared::Regex(Ok(regex))), Some(text)) => Ok(regex.is_match(&text).into()),
        (Some(Prepared::Regex(Err(reason))), Some(_)) => Err(Hole::new(reason.as_str(), pattern.clone())),
        _ => Ok(Verdict::False),
    }
}

/// IPv4 addresses written as IPv6 count as IPv4, and networks as they are written.
fn in_network(value: &Json, network: &IpNet) -> bool {
    match (value::ip(value), network) {
        (Some(IpAddr::V4(address)), IpNet::V6(network)) => network.contains(&address.to_ipv6_mapped()),
        (Some(address), network) => network.contains(&address),
        (None, _) => false,
    }
}

fn words_pass(value: &Json, analyzer: Analyzer, test: &WordTest, prepared: Option<&Prepared>) -> Result<Verdict, Hole> {
    let Some(text) = value::scalar_text(value) else { return Ok(Verdict::False) };
    let words = analyzer.words(&text);
    let holds = match (test, prepared) {
        (_, Some(Prepared::Words(wanted))) => {
            !wanted.is_empty() && words.windows(wanted.len()).any(|window| window == *wanted)
        }
        (_, Some(Prepared::Wildcard(pattern))) => words.iter().any(|word| pattern.matches(word)),
        (_, Some(Prepared::Regex(Ok(regex)))) => words.iter().any(|word| regex.is_match(word)),
        (WordTest::Regex(regex), Some(Prepared::Regex(Err(reason)))) => {
            return Err(Hole::new(reason.as_str(), regex.pattern.clone()));
        }
        _ => false,
    };
    Ok(holds.into())
}

fn has_text(value: &Json, part: &Json, place: Place, case: Case) -> bool {
    let (Some(text), Some(part)) = (value.as_str(), part.as_str()) else { return false };
    if case.is_sensitive() {
        return match place {
            Place::Start => text.starts_with(part),
            Place::End => text.ends_with(part),
            Place::Anywhere => text.contains(part),
        };
    }
    let (text, part) = (value::fold_text(text, case), value::fold_text(part, case));
    has_text(&Json::from(text), &Json::from(part), place, Case::Sensitive)
}
