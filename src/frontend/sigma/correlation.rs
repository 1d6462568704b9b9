//! Correlations (Sigma Correlation Rules Specification 2.1.0).

use super::reader::{Reader, content_span, span_of};
use super::rule::opaque;
use crate::ir::{
    Aliases, Bound, Cmp, FieldPath, Logic, Measure, MemberSource, Opaque, Rule, RuleCondition, RuleRef, Temporal,
    Threshold, ThresholdSource, Value, Window,
};
use crate::lang::sigma::condition::{self as lang, Expr, Node as Part};
use crate::source::{Diagnostic, Location, Span, nearest};
use crate::syntax::{Entry, Node, NodeKind};
use std::time::Duration;

const KEYS: &[&str] = &["type", "rules", "group-by", "timespan", "condition", "aliases", "generate"];
const TYPES: &[&str] = &[
    "event_count",
    "value_count",
    "value_sum",
    "value_avg",
    "value_percentile",
    "value_median",
    "temporal",
    "temporal_ordered",
];

/// What is read before the type decides what it means.
struct Parts<'n> {
    node: &'n Node,
    /// The key `correlation`, for what is missing below it.
    at: Span,
    kind: String,
    rules: Vec<RuleRef>,
    group_by: Vec<String>,
    window: Duration,
}

/// Reads the map under `correlation`.
pub(super) fn read(entry: &Entry, rule: &mut Rule, reader: &mut Reader<'_>) -> Logic {
    let before = reader.count();
    let logic = parts(entry, rule, reader).and_then(|parts| {
        if parts.kind.starts_with("temporal") { temporal(&parts, reader) } else { threshold(&parts, reader) }
    });
    logic.unwrap_or_else(|| {
        let reported = reader.count() > before;
        let reason =
            if reported { "the correlation has errors" } else { "this form of correlation is not represented" };
        Logic::Opaque(Opaque {
            text: reader.slice(entry.value.span).to_owned(),
            ..opaque("correlation", "", reason, entry.key.span)
        })
    })
}

fn parts<'n>(entry: &'n Entry, rule: &mut Rule, reader: &mut Reader<'_>) -> Option<Parts<'n>> {
    let node = &entry.value;
    let Some(entries) = node.as_map() else {
        reader.wrong_type(span_of(node), format!("`correlation` takes a map, this is {}", node.describe()));
        return None;
    };
    for inner in entries {
        let name = inner.key.text.as_str();
        if !KEYS.contains(&name) {
            reader.unknown_key(&inner.key, KEYS, "a correlation");
            rule.extras.push(reader.extra(format!("correlation.{name}"), inner));
        } else if name == "generate" {
            rule.meta.generate = reader.truth(name, &inner.value);
        }
    }
    let kind = required(entry, "type", reader).and_then(|value| correlation_type(value, reader));
    let rules = node.get("rules").map(|value| references(value, reader)).unwrap_or_default();
    let window = required(entry, "timespan", reader).and_then(|value| timespan("timespan", value, reader));
    let group_by = node.get("group-by").map(|value| names("group-by", value, reader)).unwrap_or_default();
    let (kind, window) = (kind?, window?);
    if rules.is_empty() {
        reader.syntax(entry.key.span, "the correlation names no rules");
        return None;
    }
    Some(Parts { node, at: entry.key.span, kind, rules, group_by, window })
}

fn required<'n>(entry: &'n Entry, key: &str, reader: &mut Reader<'_>) -> Option<&'n Node> {
    let found = entry.value.get(key);
    if found.is_none() {
        reader.syntax(entry.key.span, format!("the correlation has no `{key}`"));
    }
    found
}

fn correlation_type(value: &Node, reader: &mut Reader<'_>) -> Option<String> {
    let text = reader.string("type", value)?.value;
    if TYPES.contains(&text.as_str()) {
        return Some(text);
    }
    let message = format!("`{text}` is not a type of correlation");
    let mut diagnostic = Diagnostic::syntax(Location::main(content_span(value)), message);
    diagnostic.help = nearest(&text, TYPES.iter().copied()).map(|name| format!("did you mean `{name}`?"));
    reader.report(diagnostic);
    None
}

/// One name or a list of them: the schema allows both.
fn names(key: &str, value: &Node, reader: &mut Reader<'_>) -> Vec<String> {
    spanned(key, value, reader).into_iter().map(|name| name.value).collect()
}

fn spanned(key: &str, value: &Node, reader: &mut Reader<'_>) -> Vec<crate::source::Spanned<String>> {
    match &value.kind {
        NodeKind::Str(_) => reader.string(key, value).into_iter().collect(),
        _ => reader.strings(key, value),
    }
}

fn references(value: &Node, reader: &mut Reader<'_>) -> Vec<RuleRef> {
    let reference = |name: crate::source::Spanned<String>| RuleRef {
        reference: name.value,
        origin: Some(Location::main(name.span)),
    };
    spanned("rules", value, reader).into_iter().map(reference).collect()
}

/// `15m`: a number and one of `s`, `m`, `h` and `d`. Weeks are what other tools add; months and years have no fixed length.
pub(super) fn timespan(key: &str, value: &Node, reader: &mut Reader<'_>) -> Option<Duration> {
    let text = reader.string(key, value)?.value;
    let parsed = text.char_indices().last().and_then(|(at, unit)| {
        let number: u64 = text[..at].parse().ok()?;
        let seconds = match unit {
            's' => 1,
            'm' => 60,
            'h' => 60 * 60,
            'd' => 24 * 60 * 60,
            'w' => 7 * 24 * 60 * 60,
            _ => return None,
        };
        number.checked_mul(seconds).map(Duration::from_secs)
    });
    if parsed.is_none() {
        let message = format!("`{text}` is not a time span");
        let diagnostic = Diagnostic::syntax(Location::main(content_span(value)), message);
        reader.report(diagnostic.help("write a number and `s`, `m`, `h` or `d`, for instance `15m`"));
    }
    parsed
}

fn threshold(parts: &Parts<'_>, reader: &mut Reader<'_>) -> Option<Logic> {
    let aliases = match parts.node.get("aliases") {
        Some(node) => aliases(node, &parts.rules, reader)?,
        None => Vec::new(),
    };
    let Some(condition) = parts.node.get("condition") else {
        reader.syntax(parts.at, format!("a correlation of type `{}` has no `condition`", parts.kind));
        return None;
    };
    let Some(entries) = condition.as_map() else {
        reader.wrong_type(span_of(condition), format!("`condition` takes a map, this is {}", condition.describe()));
        return None;
    };
    let measure = measure(parts, condition, reader)?;
    let mut bounds = Vec::new();
    for entry in entries {
        if matches!(entry.key.text.as_str(), "field" | "percentile") {
            continue;
        }
        bounds.push(Bound { measure: measure.clone(), op: operator(entry, reader)?, number: number(entry, reader)? });
    }
    if bounds.is_empty() {
        reader.syntax(condition.span, "the condition compares with nothing: `gt`, `gte`, `lt`, `lte`, `eq` or `neq`");
        return None;
    }
    Some(Logic::Threshold(Threshold {
        source: ThresholdSource::Rules(parts.rules.clone()),
        group_by: parts.group_by.iter().map(|name| FieldPath::dotted(name)).collect(),
        aliases,
        bounds,
        window: Window::Sliding(parts.window),
    }))
}

fn measure(parts: &Parts<'_>, condition: &Node, reader: &mut Reader<'_>) -> Option<Measure> {
    if parts.kind == "event_count" {
        return Some(Measure::Count);
    }
    let Some(field) = condition.get("field") else {
        reader.syntax(condition.span, format!("`{}` needs the `field` that it computes", parts.kind));
        return None;
    };
    let fields: Vec<FieldPath> = names("field", field, reader).iter().map(|name| FieldPath::dotted(name)).collect();
    if parts.kind == "value_count" {
        return Some(Measure::Distinct(fields));
    }
    let [field] = fields.as_slice() else {
        reader.syntax(condition.span, format!("`{}` takes one field", parts.kind));
        return None;
    };
    let field = field.clone();
    match parts.kind.as_str() {
        "value_sum" => Some(Measure::Sum(field)),
        "value_avg" => Some(Measure::Average(field)),
        "value_median" => Some(Measure::Median(field)),
        _ => {
            let percentile = condition.get("percentile").and_then(Node::as_int).and_then(|n| u8::try_from(n).ok());
            let found = percentile.filter(|percentile| *percentile <= 100);
            if found.is_none() {
                reader.syntax(condition.span, "`value_percentile` needs a `percentile` from 0 to 100");
            }
            found.map(|percentile| Measure::Percentile(field, percentile))
        }
    }
}

fn operator(entry: &Entry, reader: &mut Reader<'_>) -> Option<Cmp> {
    let found = match entry.key.text.as_str() {
        "eq" => Cmp::Equal,
        "neq" => Cmp::NotEqual,
        "lt" => Cmp::Less,
        "lte" => Cmp::LessOrEqual,
        "gt" => Cmp::Greater,
        "gte" => Cmp::GreaterOrEqual,
        other => {
            let message = format!("`{other}` is not an operator of a correlation's condition");
            let diagnostic = Diagnostic::syntax(Location::main(entry.key.span), message);
            reader.report(diagnostic.help("it has `gt`, `gte`, `lt`, `lte`, `eq` and `neq`"));
            return None;
        }
    };
    Some(found)
}

fn number(entry: &Entry, reader: &mut Reader<'_>) -> Option<Value> {
    match &entry.value.kind {
        NodeKind::Int(number) => Some(Value::Int(*number)),
        NodeKind::Float(number) => Some(Value::float(*number)),
        _ => {
            let message = format!("`{}` takes a number, this is {}", entry.key.text, entry.value.describe());
            reader.wrong_type(span_of(&entry.value), message);
            None
        }
    }
}

fn temporal(parts: &Parts<'_>, reader: &mut Reader<'_>) -> Option<Logic> {
    let count = parts.rules.len();
    let all = RuleCondition::And((0..count).map(RuleCondition::Fired).collect());
    let condition = match parts.node.get("condition") {
        None => all,
        Some(node) => match &node.kind {
            NodeKind::Str(_) => extended(node, &parts.rules, reader)?,
            NodeKind::Map(entries) if is_all(entries, count) => all,
            NodeKind::Map(_) => return None,
            _ => {
                reader.wrong_type(span_of(node), format!("`condition` takes a string, this is {}", node.describe()));
                return None;
            }
        },
    };
    let aliases = match parts.node.get("aliases") {
        Some(node) => aliases(node, &parts.rules, reader)?,
        None => Vec::new(),
    };
    Some(Logic::Temporal(Temporal {
        members: parts.rules.iter().cloned().map(MemberSource::Rule).collect(),
        ordered: parts.kind == "temporal_ordered",
        condition: match condition {
            RuleCondition::And(mut only) if only.len() == 1 => only.remove(0),
            condition => condition,
        },
        group_by: parts.group_by.clone(),
        aliases,
        window: parts.window,
    }))
}

/// Version 2.0's way to say how many of the rules have to fire; all of them is the default.
fn is_all(entries: &[Entry], count: usize) -> bool {
    let [entry] = entries else { return false };
    let Some(number) = entry.value.as_int().and_then(|number| usize::try_from(number).ok()) else { return false };
    match entry.key.text.as_str() {
        "gte" | "eq" => number == count,
        "gt" => number + 1 == count,
        _ => false,
    }
}

/// An extended condition: which of the rules fired, with `and`, `or` and `not`.
fn extended(node: &Node, rules: &[RuleRef], reader: &mut Reader<'_>) -> Option<RuleCondition> {
    let scalar = node.as_scalar()?;
    let parsed = lang::parse(&scalar.text);
    for problem in parsed.problems.iter().cloned() {
        let span = scalar.map.to_source(problem.span);
        reader.problem(problem, span);
    }
    let condition = parsed.condition.filter(|condition| condition.pipe.is_none())?;
    rule_condition(&condition.expr, rules, &|span| scalar.map.to_source(span), reader)
}

fn rule_condition(
    expr: &Expr,
    rules: &[RuleRef],
    place: &dyn Fn(Span) -> Span,
    reader: &mut Reader<'_>,
) -> Option<RuleCondition> {
    let mut all = |parts: &[Expr]| -> Option<Vec<RuleCondition>> {
        parts.iter().map(|part| rule_condition(part, rules, place, reader)).collect()
    };
    match &expr.node {
        Part::Or(parts) => all(parts).map(RuleCondition::Or),
        Part::And(parts) => all(parts).map(RuleCondition::And),
        Part::Not(part) => rule_condition(part, rules, place, reader).map(|part| RuleCondition::Not(Box::new(part))),
        Part::Of { quantifier, target } => {
            let chosen = rules.iter().enumerate().filter(|(_, rule)| target.value.selects(&rule.reference));
            let chosen: Vec<RuleCondition> = chosen.map(|(index, _)| RuleCondition::Fired(index)).collect();
            if chosen.is_empty() {
                reader.syntax(place(target.span), "no rule of the correlation matches this");
                return None;
            }
            Some(match quantifier.value {
                lang::Quantifier::All => RuleCondition::And(chosen),
                lang::Quantifier::One | lang::Quantifier::Any => RuleCondition::Or(chosen),
            })
        }
        Part::Identifier(name) => {
            let found = rules.iter().position(|rule| rule.reference == *name);
            if found.is_none() {
                unknown_rule(name, rules, place(expr.span), reader);
            }
            found.map(RuleCondition::Fired)
        }
    }
}

fn unknown_rule(name: &str, rules: &[RuleRef], at: Span, reader: &mut Reader<'_>) {
    let mut diagnostic = Diagnostic::syntax(Location::main(at), format!("the correlation has no rule `{name}`"));
    let names = rules.iter().map(|rule| rule.reference.as_str());
    diagnostic.help = nearest(name, names).map(|near| format!("did you mean `{near}`?"));
    reader.report(diagnostic);
}

/// The fields that a group-by name stands for in each rule. Rules are named as under `rules`.
fn aliases(node: &Node, rules: &[RuleRef], reader: &mut Reader<'_>) -> Option<Aliases> {
    let Some(entries) = node.as_map() else {
        reader.wrong_type(span_of(node), format!("`aliases` takes a map, this is {}", node.describe()));
        return None;
    };
    let mut found = Vec::new();
    for entry in entries {
        let Some(inner) = entry.value.as_map() else {
            let message = format!("an alias takes a map of rules and fields, this is {}", entry.value.describe());
            reader.wrong_type(span_of(&entry.value), message);
            return None;
        };
        for pair in inner {
            if !rules.iter().any(|rule| rule.reference == pair.key.text) {
                unknown_rule(&pair.key.text, rules, pair.key.span, reader);
                return None;
            }
        }
        let fields = inner.iter().filter_map(|pair| {
            let field = reader.string(&pair.key.text, &pair.value)?;
            Some((pair.key.text.clone(), FieldPath::dotted(&field.value)))
        });
        found.push((entry.key.text.clone(), fields.collect()));
    }
    Some(found)
}
