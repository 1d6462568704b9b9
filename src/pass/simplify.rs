//! The same condition with less in it: what a lifted program says in many words becomes the test that a person would write.
//!
//! Every step keeps the verdict on every event. Steps work bottom-up, each node once.

use super::guards;
use crate::ir::{
    Case, Changes, Cmp, Coercion, ExprId, ExprKind, Function, Op, Operand, Pattern, Piece, Pool, Rule, Shape, Subject,
    TypeSet, Value,
};
use crate::source::Location;
use std::sync::Arc;

/// How many branches a test on a conditional term may unfold into.
const MAX_UNFOLDED_IFS: usize = 8;

/// The rule with simplified conditions.
#[must_use]
pub fn simplify(mut rule: Rule) -> Rule {
    let pool = &mut rule.pool;
    // Most conditions are as simple as they can be when they are written.
    if pool.nodes().all(|kind| stays(pool, kind)) {
        return rule;
    }
    let mut changes = Changes::new(pool, stays, simplify_node);
    rule.logic = rule.logic.map_roots(|id| changes.apply(id, pool));
    for exclusion in &mut rule.exclusions {
        exclusion.condition = changes.apply(exclusion.condition, pool);
    }
    rule
}

/// Whether a node is as simple as it can be, if its children are.
fn stays(pool: &Pool, kind: &ExprKind) -> bool {
    match kind {
        ExprKind::Test(subject, op) => is_simple(subject, op),
        ExprKind::ForSome(_, body) => *body != ExprId::FALSE,
        ExprKind::Not(inner) => !matches!(pool.kind(*inner), ExprKind::True | ExprKind::False | ExprKind::Not(_)),
        ExprKind::And(members) => guards::conjunction_stays(pool, members),
        ExprKind::Or(members) => guards::disjunction_stays(pool, members),
        ExprKind::FirstSome { .. } => false,
        ExprKind::True
        | ExprKind::False
        | ExprKind::ForAll(..)
        | ExprKind::Count { .. }
        | ExprKind::Lineage(_)
        | ExprKind::OpaqueTest { .. } => true,
    }
}

/// Whether there is no other way to say a test of a field or of an item.
fn is_simple(subject: &Subject, op: &Op) -> bool {
    matches!(subject, Subject::Field(_) | Subject::Element(_))
        && match op {
            Op::ContainedIn { container: Operand::Value(Value::List(_)), .. }
            | Op::HasText { text: Operand::Value(Value::Str(_)), .. } => false,
            Op::Matches { pattern, .. } => !matches!(pattern.shape(), Shape::Exact(_)),
            _ => true,
        }
}

pub(super) fn simplify_node(pool: &mut Pool, kind: ExprKind, origin: Option<Location>) -> ExprId {
    match kind {
        ExprKind::Test(subject, op) => simplify_test(pool, subject, op, origin),
        ExprKind::And(members) => guards::conjunction(pool, members, origin),
        ExprKind::Or(members) => guards::disjunction(pool, members, origin),
        ExprKind::FirstSome { items, holds, raises } if raises == ExprId::FALSE => pool.for_some(items, holds, origin),
        other => pool.rebuild(other, origin),
    }
}

fn simplify_test(pool: &mut Pool, subject: Subject, op: Op, origin: Option<Location>) -> ExprId {
    if is_simple(&subject, &op) {
        return pool.test(subject, op, origin);
    }
    if let Some(split) = unfold_if(pool, &subject, &op, origin) {
        return split;
    }
    if let Subject::Call(function, arguments) = &subject
        && let Some(id) = test_of_call(pool, *function, arguments, &op, origin)
    {
        return id;
    }
    if let (Subject::Constant(Value::Str(text)), Op::ContainedIn { container: Operand::Subject(container), case }) =
        (&subject, &op)
        && is_text(container)
    {
        let op = Op::Matches { pattern: Pattern::contains(text.clone()), case: *case, coercion: Coercion::None };
        return simplify_test(pool, (**container).clone(), op, origin);
    }
    if let Subject::Constant(value) = &subject
        && let Some(verdict) = constant_test(value, &op)
    {
        return if verdict { ExprId::TRUE } else { ExprId::FALSE };
    }
    match op {
        // `f in ("a", "b")` of constants is what every language writes as equalities.
        Op::ContainedIn { container: Operand::Value(Value::List(items)), case } => {
            let members: Vec<ExprId> = items
                .iter()
                .map(|item| {
                    let op = Op::Equal { to: Operand::Value(item.clone()), case, coercion: Coercion::Python };
                    simplify_test(pool, subject.clone(), op, origin)
                })
                .collect();
            pool.or(members, origin)
        }
        Op::HasText { place, text: Operand::Value(Value::Str(text)), case } => {
            let pattern = pattern_at(place, &text);
            pool.test(subject, Op::Matches { pattern, case, coercion: Coercion::None }, origin)
        }
        Op::Matches { pattern, case, coercion } => match pattern.shape() {
            Shape::Exact(text) => pool.test(subject, Op::Equal { to: text.into(), case, coercion }, origin),
            _ => pool.test(subject, Op::Matches { pattern, case, coercion }, origin),
        },
        op => pool.test(subject, op, origin),
    }
}

/// Whether a term is a text wherever it has a value, so that what is in it is a part of that text.
fn is_text(subject: &Subject) -> bool {
    matches!(subject, Subject::Call(Function::Lower | Function::Upper | Function::CaseFold, _))
}

fn pattern_at(place: crate::ir::Place, text: &str) -> Pattern {
    match place {
        crate::ir::Place::Start => Pattern::prefix(text),
        crate::ir::Place::End => Pattern::suffix(text),
        crate::ir::Place::Anywhere => Pattern::contains(text),
    }
}

/// A test on `a if c else b` is `(c and test on a) or (not c and test on b)`.
fn unfold_if(pool: &mut Pool, subject: &Subject, op: &Op, origin: Option<Location>) -> Option<ExprId> {
    let (condition, then, otherwise) = first_if(subject)?;
    if count_ifs(subject) > MAX_UNFOLDED_IFS {
        return None;
    }
    let when_true = simplify_test(pool, then, op.clone(), origin);
    let when_false = simplify_test(pool, otherwise, op.clone(), origin);
    let not = pool.not(condition, origin);
    let first = guards::conjunction(pool, vec![condition, when_true], origin);
    let second = guards::conjunction(pool, vec![not, when_false], origin);
    Some(guards::disjunction(pool, vec![first, second], origin))
}

/// The condition of the outermost `if` of a term, and the term with either branch in its place.
fn first_if(subject: &Subject) -> Option<(ExprId, Subject, Subject)> {
    let wrap = |inner: &Arc<Subject>, make: &dyn Fn(Arc<Subject>) -> Subject| {
        first_if(inner).map(|(condition, then, otherwise)| (condition, make(Arc::new(then)), make(Arc::new(otherwise))))
    };
    match subject {
        Subject::If(condition, then, otherwise) => Some((*condition, (**then).clone(), (**otherwise).clone())),
        Subject::Member(inner, path) => wrap(inner, &|term| Subject::Member(term, path.clone())),
        Subject::Call(function, arguments) => {
            let (index, (condition, then, otherwise)) =
                arguments.iter().enumerate().find_map(|(index, argument)| Some((index, first_if(argument)?)))?;
            let with = |branch: Subject| {
                let mut arguments = arguments.to_vec();
                arguments[index] = branch;
                Subject::Call(*function, arguments.into())
            };
            Some((condition, with(then), with(otherwise)))
        }
        _ => None,
    }
}

fn count_ifs(subject: &Subject) -> usize {
    match subject {
        Subject::If(_, then, otherwise) => 1 + count_ifs(then) + count_ifs(otherwise),
        Subject::Member(inner, _) | Subject::Elements(inner) | Subject::Items(inner) => count_ifs(inner),
        Subject::Call(_, arguments) => arguments.iter().map(count_ifs).sum(),
        _ => 0,
    }
}

/// `lower(f) == "x"` ignores case; `lower(f) == "X"` never holds.
fn test_of_call(
    pool: &mut Pool,
    function: Function,
    arguments: &[Subject],
    op: &Op,
    origin: Option<Location>,
) -> Option<ExprId> {
    let (Function::Lower | Function::Upper, [argument]) = (function, arguments) else { return None };
    let folded = |text: &str| if function == Function::Lower { text.to_lowercase() } else { text.to_uppercase() };
    let insensitive = match op {
        Op::Equal { to: Operand::Value(Value::Str(text)), coercion: Coercion::None | Coercion::Python, .. } => {
            if folded(text) != **text {
                return Some(ExprId::FALSE);
            }
            Op::Equal {
                to: Operand::Value(Value::Str(text.clone())),
                case: Case::Insensitive,
                coercion: Coercion::None,
            }
        }
        Op::Equal { to: Operand::Value(_), coercion: Coercion::None | Coercion::Python, .. } => {
            return Some(ExprId::FALSE);
        }
        Op::Matches { pattern, coercion: Coercion::None, .. } => folded_pattern(pattern, folded)?,
        Op::HasText { place, text: Operand::Value(Value::Str(text)), .. } => {
            folded_pattern(&pattern_at(*place, text), folded)?
        }
        Op::ContainedIn { container: Operand::Value(Value::List(items)), case } => {
            let members: Vec<ExprId> = items
                .iter()
                .map(|item| {
                    let op = Op::Equal { to: Operand::Value(item.clone()), case: *case, coercion: Coercion::Python };
                    simplify_test(pool, Subject::Call(function, arguments.into()), op, origin)
                })
                .collect();
            return Some(pool.or(members, origin));
        }
        _ => return None,
    };
    Some(simplify_test(pool, argument.clone(), insensitive, origin))
}

/// The pattern without regard to case, if its literals are folded already; otherwise it can never match a folded text, which is
/// left to the evaluator.
fn folded_pattern(pattern: &Pattern, folded: impl Fn(&str) -> String) -> Option<Op> {
    let same = pattern.pieces().iter().all(|piece| match piece {
        Piece::Literal(text) => folded(text) == **text,
        Piece::Any | Piece::One => true,
    });
    same.then(|| Op::Matches { pattern: pattern.clone(), case: Case::Insensitive, coercion: Coercion::None })
}

/// The verdict of a test on a constant, where it needs no more than comparing two constants of the same type.
pub(super) fn constant_test(value: &Value, op: &Op) -> Option<bool> {
    match op {
        Op::IsMissing => Some(false),
        Op::Present => Some(*value != Value::Null),
        Op::IsNull => Some(*value == Value::Null),
        Op::IsEmpty => Some(match value {
            Value::Str(text) => text.is_empty(),
            Value::List(items) => items.is_empty(),
            Value::Object(entries) => entries.is_empty(),
            _ => false,
        }),
        Op::TypeIs(types) => Some(types.has(TypeSet::of(value))),
        Op::Equal { to: Operand::Value(to), case, coercion } => match (value, to) {
            (Value::Str(left), Value::Str(right)) => text_equal(left, right, *case),
            _ if matches!(coercion, Coercion::None | Coercion::Python) => constant_equal(value, to),
            _ => None,
        },
        Op::Compare { op, to: Operand::Value(Value::Int(to)), .. } => match value {
            Value::Int(left) => Some(op.holds(left.cmp(to))),
            _ => None,
        },
        Op::Matches { pattern, case, coercion } => match value {
            Value::Str(text) => text_matches(text, pattern, *case),
            _ if *coercion == Coercion::None => Some(false),
            _ => None,
        },
        _ => None,
    }
}

/// Two texts in a case mode; unknown here where folding needs more than ASCII.
fn text_equal(left: &str, right: &str, case: Case) -> Option<bool> {
    match case {
        Case::Sensitive => Some(left == right),
        _ if left.is_ascii() && right.is_ascii() => Some(left.eq_ignore_ascii_case(right)),
        _ => None,
    }
}

/// Whether a text fits a pattern; unknown here where that needs more than a look at one end.
pub(super) fn text_matches(text: &str, pattern: &Pattern, case: Case) -> Option<bool> {
    let fold = |text: &str| match case {
        Case::Sensitive => Some(text.to_owned()),
        _ => text.is_ascii().then(|| text.to_ascii_lowercase()),
    };
    let text = fold(text)?;
    match pattern.shape() {
        Shape::Exact(part) => Some(text == fold(part)?),
        Shape::Prefix(part) => Some(text.starts_with(&fold(part)?)),
        Shape::Suffix(part) => Some(text.ends_with(&fold(part)?)),
        Shape::Contains(part) => Some(text.contains(&fold(part)?)),
        Shape::Anything => Some(true),
        Shape::General => None,
    }
}

/// Whether constants of one type are equal, or of types that never are.
fn constant_equal(left: &Value, right: &Value) -> Option<bool> {
    use Value::{Bool, Float, Int, Null, Str};
    match (left, right) {
        (Str(left), Str(right)) => Some(left == right),
        (Int(left), Int(right)) => Some(Cmp::Equal.holds(left.cmp(right))),
        (Bool(left), Bool(right)) => Some(left == right),
        (Null, Null) => Some(true),
        (Str(_) | Null, Bool(_) | Int(_) | Float(_) | Str(_) | Null) | (Bool(_) | Int(_) | Float(_), Str(_) | Null) => {
            Some(false)
        }
        _ => None,
    }
}
