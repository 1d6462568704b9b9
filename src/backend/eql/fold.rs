//! Tests of one kind on one field, which EQL writes as one list.

use crate::ir::{Case, ExprId, ExprKind, FieldPath, Op, Operand, Pool, Subject, Value};

/// What may stand in one list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    /// `==`, `in`
    Exact,
    /// `:`, `in~`
    Insensitive,
    /// `like`
    Like,
    /// `regex`, `regex~`
    Regex(Case),
    /// `cidrMatch`
    Cidr,
}

/// Members of a disjunction.
pub(super) enum Group<'p> {
    Tests { field: &'p FieldPath, family: Family, tests: Vec<&'p Op> },
    Other(ExprId),
}

/// The members in order of first appearance, tests of one kind on one field together.
pub(super) fn groups<'p>(pool: &'p Pool, members: &[ExprId]) -> Vec<Group<'p>> {
    let mut groups: Vec<Group<'p>> = Vec::new();
    for id in members {
        let Some((of, kind, test)) = field_test(pool, *id) else {
            groups.push(Group::Other(*id));
            continue;
        };
        let known = groups.iter_mut().find_map(|group| match group {
            Group::Tests { field, family, tests } if *field == of && *family == kind => Some(tests),
            _ => None,
        });
        match known {
            Some(tests) => tests.push(test),
            None => groups.push(Group::Tests { field: of, family: kind, tests: vec![test] }),
        }
    }
    groups
}

/// The field, kind and test of an any-of that a list has room for.
pub(super) fn field_test(pool: &Pool, id: ExprId) -> Option<(&FieldPath, Family, &Op)> {
    let ExprKind::ForSome(Subject::Elements(inner), body) = pool.kind(id) else { return None };
    let (Subject::Field(field), ExprKind::Test(Subject::Element(0), op)) = (&**inner, pool.kind(*body)) else {
        return None;
    };
    Some((field, family(op)?, op))
}

fn family(op: &Op) -> Option<Family> {
    Some(match op {
        Op::Equal { to: Operand::Value(Value::Null), .. } => return None,
        Op::Equal { to: Operand::Value(Value::Str(_)), case, .. } if !case.is_sensitive() => Family::Insensitive,
        Op::Equal { to: Operand::Value(_), .. } => Family::Exact,
        Op::Matches { case, .. } if case.is_sensitive() => Family::Like,
        Op::Matches { .. } => Family::Insensitive,
        // The two insensitive modes are written alike.
        Op::Regex { regex, .. } if regex.case.is_sensitive() => Family::Regex(Case::Sensitive),
        Op::Regex { .. } => Family::Regex(Case::AsciiInsensitive),
        Op::InCidr(_) => Family::Cidr,
        _ => return None,
    })
}

/// The constant of an equality.
pub(super) fn equal_to(op: &Op) -> Option<&Value> {
    match op {
        Op::Equal { to: Operand::Value(value), .. } => Some(value),
        _ => None,
    }
}

/// The text of an equality with a text.
pub(super) fn equal_text(op: &Op) -> Option<&str> {
    equal_to(op).and_then(Value::as_str)
}
