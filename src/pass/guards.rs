//! Presence guards next to the tests that imply them.
//!
//! Lifted code says `f is there and f is text and f == "x"`; the equality alone says all of it.

use crate::ir::{Coercion, ExprId, ExprKind, Op, Operand, Pool, Subject, TypeSet, Value};
use crate::source::Location;
use foldhash::fast::RandomState;
use std::collections::HashMap;

/// The conjunction without guards that another member implies; false when two members contradict each other.
pub(super) fn conjunction(pool: &mut Pool, members: Vec<ExprId>, origin: Option<Location>) -> ExprId {
    let whole = pool.and(members, origin);
    let ExprKind::And(members) = pool.kind(whole).clone() else { return whole };
    if has_complements(pool, &members) || members.iter().any(|id| is_missing_too(pool, *id, &members)) {
        return ExprId::FALSE;
    }
    let merged = merge_present(pool, &members, origin);
    let facts: Vec<(ExprId, Subject, Fact)> =
        merged.iter().filter_map(|id| fact(pool, *id).map(|(subject, fact)| (*id, subject, fact))).collect();
    let kept: Vec<ExprId> = merged
        .iter()
        .copied()
        .filter(|id| !facts.iter().any(|(from, subject, fact)| from != id && implied_by(pool, *id, subject, *fact)))
        .collect();
    if kept == members { whole } else { pool.and(kept, origin) }
}

/// The disjunction with `missing or null` merged, and members dropped that imply another one.
pub(super) fn disjunction(pool: &mut Pool, members: Vec<ExprId>, origin: Option<Location>) -> ExprId {
    let whole = pool.or(members, origin);
    let ExprKind::Or(members) = pool.kind(whole).clone() else { return whole };
    if has_complements(pool, &members) {
        return ExprId::TRUE;
    }
    let absorbed = absorb(pool, &members);
    let is_whole = absorbed.is_none();
    let members = absorbed.unwrap_or(members);
    let tests = |op: &Op| members.iter().any(|id| matches!(pool.kind(*id), ExprKind::Test(_, known) if known == op));
    if !tests(&Op::IsMissing) || !tests(&Op::IsNull) {
        return if is_whole { whole } else { pool.or(members, origin) };
    }
    let negated: Vec<ExprId> = members.iter().map(|id| pool.not(*id, origin)).collect();
    let merged = merge_present(pool, &negated, origin);
    if merged == negated {
        return pool.or(members, origin);
    }
    let back: Vec<ExprId> = merged.into_iter().map(|id| pool.not(id, origin)).collect();
    pool.or(back, origin)
}

/// Whether [`conjunction`] surely gives the conjunction of these members as it is: a look at each of them says so.
pub(super) fn conjunction_stays(pool: &Pool, members: &[ExprId]) -> bool {
    let stays = |id: &ExprId| match pool.kind(*id) {
        ExprKind::True | ExprKind::False | ExprKind::And(_) | ExprKind::Test(..) => false,
        ExprKind::Not(inner) => !matches!(pool.kind(*inner), ExprKind::Test(..)) && !is_among(members, *inner),
        _ => true,
    };
    members.len() > 1 && is_ascending(members) && members.iter().all(stays)
}

/// As [`conjunction_stays`], of [`disjunction`].
pub(super) fn disjunction_stays(pool: &Pool, members: &[ExprId]) -> bool {
    let (mut has_not, mut has_and) = (false, false);
    let is_above = |part: &ExprId| match pool.kind(*part) {
        ExprKind::Not(inner) => is_among(members, *inner),
        _ => false,
    };
    let mut stays = |id: &ExprId| match pool.kind(*id) {
        ExprKind::True | ExprKind::False | ExprKind::Or(_) | ExprKind::Test(..) => false,
        ExprKind::Not(_) => {
            has_not = true;
            !is_above(id)
        }
        ExprKind::And(parts) => {
            has_and = true;
            !parts.iter().any(|part| is_among(members, *part) || is_above(part))
        }
        _ => true,
    };
    members.len() > 1 && is_ascending(members) && members.iter().all(&mut stays) && !(has_not && has_and)
}

/// Whether members stand in the order in which they were made, as most do: none stands there twice then.
fn is_ascending(members: &[ExprId]) -> bool {
    members.is_sorted_by(|left, right| left < right)
}

fn is_among(ascending: &[ExprId], id: ExprId) -> bool {
    ascending.binary_search(&id).is_ok()
}

/// The members that are complements, by what they are complements of, each with its place. Lists of hundreds of values are usual,
/// so members are looked up and not compared with each other.
fn complements(pool: &Pool, members: &[ExprId]) -> HashMap<ExprId, usize, RandomState> {
    let inner = |(at, id): (usize, &ExprId)| match pool.kind(*id) {
        ExprKind::Not(inner) => Some((*inner, at)),
        _ => None,
    };
    members.iter().enumerate().filter_map(inner).collect()
}

/// Whether one member is the complement of another.
fn has_complements(pool: &Pool, members: &[ExprId]) -> bool {
    let complements = complements(pool, members);
    !complements.is_empty() && members.iter().any(|id| complements.contains_key(id))
}

/// `a or (a and b)` is `a`; `a or (not a and b)` is `a or b`. `None` where no member is a conjunction.
fn absorb(pool: &mut Pool, members: &[ExprId]) -> Option<Vec<ExprId>> {
    if !members.iter().any(|id| matches!(pool.kind(*id), ExprKind::And(_))) {
        return None;
    }
    let places: HashMap<ExprId, usize, RandomState> = members.iter().enumerate().map(|(at, id)| (*id, at)).collect();
    let complements = complements(pool, members);
    let mut kept = Vec::new();
    for (index, id) in members.iter().enumerate() {
        let ExprKind::And(inner) = pool.kind(*id) else {
            kept.push(*id);
            continue;
        };
        let elsewhere = |found: Option<&usize>| found.is_some_and(|at| *at != index);
        if inner.iter().any(|part| elsewhere(places.get(part))) {
            continue;
        }
        let is_complement = |part: &ExprId| match pool.kind(*part) {
            ExprKind::Not(inner) => elsewhere(places.get(inner)),
            _ => elsewhere(complements.get(part)),
        };
        let rest: Vec<ExprId> = inner.iter().copied().filter(|part| !is_complement(part)).collect();
        let origin = pool.origin(*id);
        kept.push(pool.and(rest, origin));
    }
    Some(kept)
}

/// What a true expression says about the one value of a subject.
#[derive(Clone, Copy, PartialEq)]
enum Fact {
    /// Neither missing nor null.
    Present,
    /// Exactly this type.
    Type(TypeSet),
}

fn fact(pool: &Pool, id: ExprId) -> Option<(Subject, Fact)> {
    let ExprKind::Test(subject, op) = pool.kind(id) else { return None };
    let fact = match op {
        Op::Equal { to: Operand::Value(value), coercion, .. } => match (value, coercion) {
            (Value::Null, _) => return None,
            (Value::Str(_), Coercion::None | Coercion::Python) => Fact::Type(TypeSet::STRING),
            _ => Fact::Present,
        },
        Op::InCidr(_) | Op::Compare { .. } => Fact::Present,
        Op::Matches { coercion: Coercion::None, .. }
        | Op::Regex { coercion: Coercion::None, .. }
        | Op::HasText { .. } => Fact::Type(TypeSet::STRING),
        Op::TypeIs(types) if !types.has(TypeSet::NULL) => match types.names().as_slice() {
            [_] => Fact::Type(*types),
            _ => Fact::Present,
        },
        _ => return None,
    };
    Some((subject.clone(), fact))
}

/// Whether an expression is true whenever `fact` holds of `subject`.
fn implied_by(pool: &Pool, id: ExprId, subject: &Subject, fact: Fact) -> bool {
    match pool.kind(id) {
        ExprKind::Test(other, Op::Present) => other == subject,
        ExprKind::Test(other, Op::TypeIs(types)) => match fact {
            Fact::Type(known) => other == subject && types.has(known),
            Fact::Present => false,
        },
        ExprKind::Not(inner) => match pool.kind(*inner) {
            ExprKind::Test(other, Op::IsMissing | Op::IsNull) => other == subject,
            _ => false,
        },
        ExprKind::Or(members) => members.iter().any(|member| implied_by(pool, *member, subject, fact)),
        _ => false,
    }
}

/// `not missing and not null` is `present`; members that `present` implies go.
fn merge_present(pool: &mut Pool, members: &[ExprId], origin: Option<Location>) -> Vec<ExprId> {
    let mut seen: HashMap<Subject, (Option<ExprId>, Option<ExprId>)> = HashMap::new();
    for id in members {
        if let ExprKind::Not(inner) = pool.kind(*id) {
            match pool.kind(*inner) {
                ExprKind::Test(subject, Op::IsMissing) => seen.entry(subject.clone()).or_default().0 = Some(*id),
                ExprKind::Test(subject, Op::IsNull) => seen.entry(subject.clone()).or_default().1 = Some(*id),
                _ => {}
            }
        }
    }
    let mut merged = members.to_vec();
    for (subject, pair) in seen {
        if let (Some(missing), Some(null)) = pair {
            let present = pool.test(subject, Op::Present, origin);
            merged.iter_mut().filter(|id| **id == missing).for_each(|id| *id = present);
            merged.retain(|id| *id != null);
        }
    }
    merged
}

/// Whether a member asks for a value that another one asks to be missing.
fn is_missing_too(pool: &Pool, id: ExprId, members: &[ExprId]) -> bool {
    let Some((subject, _)) = fact(pool, id) else { return false };
    members.iter().any(
        |other| matches!(pool.kind(*other), ExprKind::Test(tested, Op::IsMissing | Op::IsNull) if *tested == subject),
    )
}

#[cfg(test)]
mod tests {
    use super::super::simplify::{simplify, simplify_node};
    use super::{conjunction, conjunction_stays, disjunction, disjunction_stays};
    use crate::ir::{
        Case, Coercion, Dialect, EventModel, ExprId, ExprKind, FieldPath, Function, Logic, Op, Pool, Rewriter, Rule,
        Subject, TypeSet, display_expr,
    };
    use std::sync::Arc;

    fn field() -> Subject {
        Subject::Field(FieldPath::dotted("a"))
    }

    fn equal(text: &str) -> Op {
        Op::Equal { to: text.into(), case: Case::Sensitive, coercion: Coercion::Python }
    }

    /// Simplified within its pool, which comes to the same as in a new one.
    fn simplified(pool: &Pool, id: ExprId) -> String {
        let mut out = Pool::default();
        let copied = Rewriter::new(pool, simplify_node).rewrite(id, &mut out);
        let rule = simplify(Rule::new(Dialect::Panther, EventModel::Panther, pool.clone(), Logic::Event(id)));
        let Logic::Event(changed) = rule.logic else { panic!("another logic: {:?}", rule.logic) };
        assert_eq!(display_expr(&rule.pool, changed), display_expr(&out, copied));
        display_expr(&out, copied)
    }

    #[test]
    fn a_default_and_a_lower_cased_comparison_become_one_test() {
        // event.get("a", "").lower() == "x"
        let mut pool = Pool::default();
        let missing = pool.test(field(), Op::IsMissing, None);
        let term = Subject::If(missing, Arc::new(Subject::Constant("".into())), Arc::new(field()));
        let text = pool.test(field(), Op::TypeIs(TypeSet::STRING), None);
        let guard = pool.or([missing, text], None);
        let test = pool.test(Subject::Call(Function::Lower, [term].into()), equal("x"), None);
        let all = pool.and([guard, test], None);
        assert_eq!(simplified(&pool, all), r#"a ==~ "x""#);
    }

    #[test]
    fn what_stays_is_given_back_as_it_is() {
        let mut pool = Pool::default();
        let [a, b] = ["a", "b"].map(|name| pool.exists(FieldPath::dotted(name), None));
        let [missing, null] = [Op::IsMissing, Op::IsNull].map(|op| pool.test(field(), op, None));
        let mut parts = vec![ExprId::TRUE, ExprId::FALSE, a, b, missing, null];
        parts.extend([a, b, missing, null].map(|id| pool.not(id, None)));
        for [left, right] in [[2, 3], [6, 3], [2, 7], [4, 8]].map(|pair| pair.map(|at: usize| parts[at])) {
            parts.extend([pool.and([left, right], None), pool.or([left, right], None)]);
        }
        let mut stayed = 0;
        let count = parts.len();
        for at in 0..count * count * count {
            let members = vec![parts[at % count], parts[at / count % count], parts[at / count / count]];
            let both = pool.add(ExprKind::And(members.clone()), None);
            let either = pool.add(ExprKind::Or(members.clone()), None);
            if conjunction_stays(&pool, &members) {
                assert_eq!(conjunction(&mut pool, members.clone(), None), both, "{members:?}");
                stayed += 1;
            }
            if disjunction_stays(&pool, &members) {
                assert_eq!(disjunction(&mut pool, members.clone(), None), either, "{members:?}");
                stayed += 1;
            }
        }
        assert!(stayed > 20, "{stayed}");
    }

    #[test]
    fn missing_or_null_is_not_present() {
        let mut pool = Pool::default();
        let missing = pool.test(field(), Op::IsMissing, None);
        let null = pool.test(field(), Op::IsNull, None);
        let either = pool.or([missing, null], None);
        assert_eq!(simplified(&pool, either), "not a is present");
    }

    #[test]
    fn contradictions_are_false_and_excluded_middles_true() {
        let mut pool = Pool::default();
        let test = pool.test(field(), equal("x"), None);
        let missing = pool.test(field(), Op::IsMissing, None);
        let both = pool.add(ExprKind::And(vec![test, missing]), None);
        assert_eq!(simplified(&pool, both), "false");
        let not = pool.not(test, None);
        let either = pool.add(ExprKind::Or(vec![test, not]), None);
        assert_eq!(simplified(&pool, either), "true");
    }

    #[test]
    fn a_single_type_test_stays() {
        let mut pool = Pool::default();
        let text = pool.test(field(), Op::TypeIs(TypeSet::STRING), None);
        let other = pool.test(Subject::Field(FieldPath::dotted("b")), equal("x"), None);
        let all = pool.and([text, other], None);
        assert_eq!(simplified(&pool, all), r#"a is of type string and b == "x""#);
    }
}
