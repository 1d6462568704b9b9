//! Claims that hold for every event, not only for the witnesses: both conditions as functions of the same tests.
//!
//! This is sound and not complete: tests that are written in two ways beyond what [`plain`] brings together count as different ones,
//! and the claim then stays with what the witnesses say.

use super::compare::{Claim, Comparison};
use super::diagram::{Diagram, Node};
use super::sides::Path;
use crate::eval::Route;
use crate::ir::{
    Case, Coercion, ExprId, ExprKind, Logic, Op, Operand, Pattern, Piece, Pool, Rewriter, Rule, Shape, Subject, Value,
};

/// Whether the claim holds for every event. Only for rules that see the same event in the same way.
pub(super) fn holds(comparison: &Comparison<'_>, claim: Claim) -> bool {
    let (source, target) = (comparison.source.rule, comparison.target.rule);
    matches!(comparison.path, Path::Same)
        && source.event_model == target.event_model
        && Route::of(source) == Route::of(target)
        && decided(source, target, claim).unwrap_or(false)
}

fn decided(source: &Rule, target: &Rule, claim: Claim) -> Option<bool> {
    let mut pool = Pool::default();
    let left = condition(source, &mut pool)?;
    let right = condition(target, &mut pool)?;
    if pool.is_exceeded() {
        return None;
    }
    let mut diagram = Diagram::default();
    let (left, right) = (diagram.of(&pool, left)?, diagram.of(&pool, right)?);
    Some(match claim {
        Claim::Equal => left == right,
        Claim::Wider => diagram.without(left, right)? == Node::FALSE,
        Claim::Narrower => diagram.without(right, left)? == Node::FALSE,
    })
}

/// When an event fires the rule, its tests in their plain form. `None` for rules over several events, and where a part of the
/// condition is not known.
fn condition(rule: &Rule, into: &mut Pool) -> Option<ExprId> {
    let Logic::Event(filter) = rule.logic else { return None };
    if rule.opaque_parts() > 0 || rule.pool.is_exceeded() || rule.pool.nodes().any(is_hole) {
        return None;
    }
    let mut rewriter = Rewriter::new(&rule.pool, plain);
    let mut members = vec![rewriter.rewrite(filter, into)];
    for exclusion in &rule.exclusions {
        let excluded = rewriter.rewrite(exclusion.condition, into);
        members.push(into.not(excluded, None));
    }
    Some(into.and(members, None))
}

fn is_hole(kind: &ExprKind) -> bool {
    matches!(
        kind,
        ExprKind::Lineage(_) | ExprKind::OpaqueTest { .. } | ExprKind::Test(_, Op::Template { .. } | Op::Query { .. })
    )
}

/// One form for tests that mean the same.
fn plain(pool: &mut Pool, kind: ExprKind, _: Option<crate::source::Location>) -> ExprId {
    match kind {
        ExprKind::Test(subject, op) => pool.test(subject, plain_op(op), None),
        // Some item passes one of the tests: one of the tests is passed by some item.
        ExprKind::ForSome(items, body) => match pool.kind(body).clone() {
            ExprKind::Or(members) => {
                let each: Vec<ExprId> = members.iter().map(|member| some(pool, &items, *member)).collect();
                pool.or(each, None)
            }
            _ => some(pool, &items, body),
        },
        other => pool.rebuild(other, None),
    }
}

fn some(pool: &mut Pool, items: &Subject, body: ExprId) -> ExprId {
    pool.for_some(items.clone(), body, None)
}

fn plain_op(op: Op) -> Op {
    match op {
        Op::Matches { pattern, case, coercion } => match pattern.shape() {
            // A text that is a number can equal another one under the other coercions.
            Shape::Exact(text) if matches!(coercion, Coercion::None | Coercion::Text) => {
                let case = plain_case(case, &[text]);
                Op::Equal { to: Operand::Value(Value::str(folded(text, case))), case, coercion }
            }
            _ => {
                let literals: Vec<&str> = pattern.literals().collect();
                let case = plain_case(case, &literals);
                let pieces = pattern.pieces().iter().map(|piece| match piece {
                    Piece::Literal(text) => Piece::Literal(folded(text, case).into()),
                    other => other.clone(),
                });
                Op::Matches { pattern: Pattern::new(pieces), case, coercion }
            }
        },
        Op::Equal { to: Operand::Value(value), case, coercion } => {
            let value = match (value, coercion) {
                // Under this coercion scalars compare by their texts.
                (Value::Int(number), Coercion::Text) => Value::str(number.to_string()),
                (Value::Bool(truth), Coercion::Text) => Value::str(truth.to_string()),
                (value, _) => value,
            };
            let case = value.as_str().map_or(case, |text| plain_case(case, &[text]));
            let value = value.as_str().map_or(value.clone(), |text| Value::str(folded(text, case)));
            Op::Equal { to: Operand::Value(value), case, coercion }
        }
        other => other,
    }
}

/// The text as it compares: without case, ASCII letters are the same in both.
fn folded(text: &str, case: Case) -> String {
    if case.is_sensitive() { text.to_owned() } else { text.to_ascii_lowercase() }
}

/// Texts without letters have no case, and for ASCII letters both ways to ignore it are the same.
fn plain_case(case: Case, texts: &[&str]) -> Case {
    let has_letters = texts.iter().any(|text| text.chars().any(char::is_alphabetic));
    match case {
        Case::Sensitive => case,
        _ if !has_letters && texts.iter().all(|text| text.is_ascii()) => Case::Sensitive,
        _ if texts.iter().all(|text| text.is_ascii()) => Case::Insensitive,
        _ => case,
    }
}
