//! What a condition comes to when the values of some fields are known.

use super::simplify::constant_test;
use crate::ir::{ExprId, ExprKind, FieldPath, Pool, Subject, Value};

/// Levels of a quantifier's body that are looked into.
const MAX_DEPTH: usize = 16;

/// Whether the condition holds on every event, or on none, whose fields have one of the values that `known` gives; `None` when
/// it depends on the values of other fields, or on which of several values it is.
pub fn decide(pool: &Pool, root: ExprId, known: &dyn Fn(&FieldPath) -> Vec<String>) -> Option<bool> {
    let mut verdicts: Vec<Option<bool>> = Vec::with_capacity(pool.len());
    // Children come before parents.
    for id in pool.ids() {
        let of = |id: &ExprId| verdicts.get(id.index()).copied().flatten();
        let verdict = match pool.kind(id) {
            ExprKind::True => Some(true),
            ExprKind::False => Some(false),
            ExprKind::And(members) => all(members.iter().map(of)),
            ExprKind::Or(members) => all(members.iter().map(|id| of(id).map(|v| !v))).map(|v| !v),
            ExprKind::Not(inner) => of(inner).map(|v| !v),
            ExprKind::Test(Subject::Field(field), op) => {
                among(known(field).iter().map(|value| constant_test(&Value::str(value.as_str()), op)))
            }
            ExprKind::ForSome(Subject::Elements(items), body) => match &**items {
                Subject::Field(field) => among(known(field).iter().map(|value| holds(pool, *body, value, MAX_DEPTH))),
                _ => None,
            },
            _ => None,
        };
        verdicts.push(verdict);
        if id == root {
            return verdict;
        }
    }
    None
}

/// Conjunction: false when one is.
fn all(mut members: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    members
        .try_fold(Some(true), |so_far, member| match (so_far, member) {
            (_, Some(false)) => Err(()),
            (Some(true), Some(true)) => Ok(Some(true)),
            _ => Ok(None),
        })
        .unwrap_or(Some(false))
}

/// The verdict that all values share. Which of several values an event has is not known.
fn among(mut verdicts: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let first = verdicts.next()??;
    verdicts.all(|verdict| verdict == Some(first)).then_some(first)
}

/// Whether the body of a quantifier holds of a text; `None` where it depends on more.
pub(super) fn holds_of(pool: &Pool, body: ExprId, text: &str) -> Option<bool> {
    holds(pool, body, text, MAX_DEPTH)
}

/// The body of a quantifier over one value.
fn holds(pool: &Pool, body: ExprId, value: &str, depth: usize) -> Option<bool> {
    let depth = depth.checked_sub(1)?;
    match pool.kind(body) {
        ExprKind::True => Some(true),
        ExprKind::False => Some(false),
        ExprKind::And(members) => all(members.iter().map(|id| holds(pool, *id, value, depth))),
        ExprKind::Or(members) => all(members.iter().map(|id| holds(pool, *id, value, depth).map(|v| !v))).map(|v| !v),
        ExprKind::Not(inner) => holds(pool, *inner, value, depth).map(|v| !v),
        ExprKind::Test(Subject::Element(0), op) => constant_test(&Value::str(value), op),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::{Case, Coercion, Op};

    fn equal(pool: &mut Pool, field: &str, text: &str) -> ExprId {
        let op = Op::Equal { to: text.into(), case: Case::Sensitive, coercion: Coercion::Text };
        pool.any_of(FieldPath::dotted(field), op, None)
    }

    #[test]
    fn a_known_field_decides_what_depends_on_it_alone() {
        let mut pool = Pool::default();
        let windows = equal(&mut pool, "host.os.type", "windows");
        let start = equal(&mut pool, "event.type", "start");
        let name = equal(&mut pool, "process.name", "x.exe");
        let not_start = pool.not(start, None);
        let both = pool.and([windows, start, name], None);
        let either = pool.or([start, name], None);
        let known = |field: &FieldPath| match field.name().as_str() {
            "host.os.type" => vec!["windows".to_owned()],
            "event.type" => vec!["start".to_owned(), "end".to_owned()],
            _ => Vec::new(),
        };
        assert_eq!(decide(&pool, windows, &known), Some(true));
        assert_eq!(decide(&pool, start, &known), None, "one of several values");
        assert_eq!(decide(&pool, not_start, &known), None);
        assert_eq!(decide(&pool, both, &known), None, "the name is not known");
        let linux =
            |field: &FieldPath| if field.name() == "host.os.type" { vec!["linux".to_owned()] } else { Vec::new() };
        assert_eq!(decide(&pool, both, &linux), Some(false));
        assert_eq!(decide(&pool, either, &linux), None);
    }
}
