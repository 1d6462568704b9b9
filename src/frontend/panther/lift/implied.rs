//! What one test says about another value: a text test says that its field is a text and that the parents are objects.

use super::marks::Marks;
use super::value::{static_type, truthy};
use crate::ir::{Coercion, Domain, ExprId, ExprKind, FieldPath, Function, Op, Operand, Pool, Subject, TypeSet, Value};
use foldhash::fast::RandomState;
use std::collections::HashMap;

/// How deep junctions are looked into.
const MAX_DEPTH: usize = 4;

/// Which conditions are true wherever others are, as far as it was asked. A pool only grows, so it stays true.
#[derive(Default)]
pub(super) struct Implied {
    /// Of pairs with a junction: others are found out sooner than looked up.
    known: HashMap<(ExprId, ExprId), bool, RandomState>,
}

impl Implied {
    /// Whether `guard`, which [`is_guard`], is true wherever `test` is.
    pub(super) fn implies(&mut self, all: (&Pool, &Marks), test: ExprId, guard: ExprId) -> bool {
        let is_junction = |id| matches!(all.0.kind(id), ExprKind::And(_) | ExprKind::Or(_));
        if !is_junction(test) && !is_junction(guard) {
            return implies_to(all, test, guard, MAX_DEPTH);
        }
        *self.known.entry((test, guard)).or_insert_with(|| implies_to(all, test, guard, MAX_DEPTH))
    }
}

/// Whether a condition guards presence or a type: only these are ever seen as implied.
pub(super) fn is_guard(pool: &Pool, guard: ExprId) -> bool {
    is_guard_to(pool, guard, MAX_DEPTH)
}

fn is_guard_to(pool: &Pool, guard: ExprId, depth: usize) -> bool {
    match pool.kind(guard) {
        ExprKind::Test(_, Op::Present | Op::TypeIs(_)) => true,
        ExprKind::Test(_, Op::IsMissing | Op::IsNull | Op::IsEmpty | Op::Equal { .. }) => depth < MAX_DEPTH,
        ExprKind::Not(inner) => matches!(
            pool.kind(*inner),
            ExprKind::Test(
                _,
                Op::IsMissing | Op::IsNull | Op::IsEmpty | Op::TypeIs(_) | Op::Present | Op::Equal { .. }
            )
        ),
        ExprKind::Or(members) | ExprKind::And(members) if depth > 0 && members.len() <= 8 => {
            members.iter().any(|member| is_guard_to(pool, *member, depth - 1))
        }
        _ => false,
    }
}

fn implies_to((pool, marks): (&Pool, &Marks), test: ExprId, guard: ExprId, depth: usize) -> bool {
    if test == guard || depth == 0 {
        return test == guard;
    }
    let each = |test, guard| marks.may_imply(test, guard) && implies_to((pool, marks), test, guard, depth - 1);
    match (pool.kind(guard), pool.kind(test)) {
        (ExprKind::Or(parts), _) => parts.iter().any(|part| each(test, *part)),
        (ExprKind::And(parts), _) => parts.iter().all(|part| each(test, *part)),
        (_, ExprKind::Or(parts)) => parts.iter().all(|part| each(*part, guard)),
        (_, ExprKind::And(parts)) => parts.iter().any(|part| each(*part, guard)),
        _ => one_implies(pool, test, guard),
    }
}

/// Whether what is no junction implies what is none.
fn one_implies(pool: &Pool, test: ExprId, guard: ExprId) -> bool {
    facts(pool, test).any(|fact| fact_implies(pool, &fact, guard))
}

/// What a true test says of a subject.
pub(super) struct Fact<'a> {
    pub(super) subject: &'a Subject,
    /// The types that it can have.
    types: TypeSet,
    /// It is a constant that counts as true, or a text or container that has something in it.
    filled: bool,
}

const ANY: TypeSet =
    TypeSet::BOOL.or(TypeSet::INT).or(TypeSet::FLOAT).or(TypeSet::STRING).or(TypeSet::ARRAY).or(TypeSet::OBJECT);
const ITERABLE: TypeSet = TypeSet::ARRAY.or(TypeSet::OBJECT).or(TypeSet::STRING);
const NUMBER: TypeSet = TypeSet::BOOL.or(TypeSet::INT).or(TypeSet::FLOAT);

/// What follows from a condition that is no junction, each fact from the one before.
pub(super) fn facts(pool: &Pool, test: ExprId) -> impl Iterator<Item = Fact<'_>> {
    std::iter::successors(first_fact(pool, test), next_fact)
}

fn first_fact(pool: &Pool, test: ExprId) -> Option<Fact<'_>> {
    match pool.kind(test) {
        ExprKind::Test(_, Op::ContainedIn { container: Operand::Subject(container), .. }) => {
            Some(Fact { subject: container, types: ITERABLE, filled: false })
        }
        ExprKind::Test(subject, op) => facts_of(op).map(|(types, filled)| Fact { subject, types, filled }),
        ExprKind::ForSome(items, _) | ExprKind::FirstSome { items, .. } => {
            Some(Fact { subject: items, types: TypeSet::ARRAY, filled: false })
        }
        _ => None,
    }
}

fn next_fact<'a>(fact: &Fact<'a>) -> Option<Fact<'a>> {
    let fact = match fact.subject {
        Subject::Call(Function::Iterate | Function::Length, arguments) => {
            Fact { subject: arguments.first()?, types: ITERABLE, filled: false }
        }
        Subject::Call(function, arguments) if is_text_function(*function) => {
            Fact { subject: arguments.first()?, types: TypeSet::STRING, filled: fact.filled }
        }
        Subject::Call(Function::Index, arguments) => match arguments.first()? {
            inner @ Subject::Call(Function::Split, _) => Fact { subject: inner, types: TypeSet::ARRAY, filled: false },
            _ => return None,
        },
        Subject::Items(inner) => Fact { subject: inner, types: fact.types, filled: false },
        Subject::Member(inner, _) => Fact { subject: inner, types: TypeSet::OBJECT, filled: true },
        _ => return None,
    };
    Some(fact)
}

fn is_text_function(function: Function) -> bool {
    matches!(
        function,
        Function::Lower | Function::Upper | Function::Strip | Function::Split | Function::Replace | Function::Substring
    )
}

fn facts_of(op: &Op) -> Option<(TypeSet, bool)> {
    match op {
        Op::Present => Some((ANY, false)),
        Op::TypeIs(types) => Some((*types, false)),
        Op::Equal { to: Operand::Value(Value::Null), .. } => None,
        Op::Equal { to: Operand::Value(value), coercion, .. } => {
            let types = match (value, coercion) {
                (_, Coercion::Text | Coercion::Number) => return None,
                (Value::Bool(_) | Value::Int(_) | Value::Float(_), Coercion::Python) => NUMBER,
                _ => TypeSet::of(value),
            };
            Some((types, truthy(value)))
        }
        Op::Compare { domain: Domain::Number, .. } => Some((NUMBER, false)),
        Op::Compare { domain: Domain::String, coercion: Coercion::None | Coercion::Python, .. } => {
            Some((TypeSet::STRING, false))
        }
        Op::Matches { coercion: Coercion::None, pattern, .. } => {
            Some((TypeSet::STRING, pattern.literals().next().is_some()))
        }
        Op::Regex { coercion: Coercion::None, .. }
        | Op::HasText { .. }
        | Op::ContainedIn { container: Operand::Value(Value::Str(_)), .. } => Some((TypeSet::STRING, false)),
        _ => None,
    }
}

/// Of what a condition has to be known so that it follows from facts. `None` where it never does.
pub(super) fn guarded(pool: &Pool, guard: ExprId) -> Option<&Subject> {
    match pool.kind(guard) {
        ExprKind::Test(subject, Op::Present | Op::TypeIs(_)) => Some(subject),
        ExprKind::Not(inner) => match pool.kind(*inner) {
            ExprKind::Test(subject, Op::IsMissing | Op::IsNull | Op::IsEmpty | Op::TypeIs(_)) => Some(subject),
            ExprKind::Test(subject, Op::Equal { to: Operand::Value(value), .. }) if !truthy(value) => Some(subject),
            _ => None,
        },
        _ => None,
    }
}

fn fact_implies(pool: &Pool, fact: &Fact<'_>, guard: ExprId) -> bool {
    match pool.kind(guard) {
        ExprKind::Test(subject, Op::Present) => speaks_of(fact, subject, |fact| !fact.types.has(TypeSet::NULL)),
        ExprKind::Test(subject, Op::TypeIs(types)) => speaks_of(fact, subject, |fact| types.has(fact.types)),
        ExprKind::Not(inner) => match pool.kind(*inner) {
            ExprKind::Test(subject, Op::IsMissing) => speaks_of(fact, subject, |_| true),
            ExprKind::Test(subject, Op::IsNull) => speaks_of(fact, subject, |fact| !fact.types.has(TypeSet::NULL)),
            ExprKind::Test(subject, Op::IsEmpty) => {
                speaks_of(fact, subject, |fact| fact.filled || NUMBER.has(fact.types))
            }
            ExprKind::Test(subject, Op::TypeIs(types)) => {
                speaks_of(fact, subject, |fact| fact.types.names().iter().all(|name| !types.names().contains(name)))
            }
            ExprKind::Test(subject, Op::Equal { to: Operand::Value(value), .. }) if !truthy(value) => {
                let number = super::value::number(value).is_some();
                speaks_of(fact, subject, |fact| fact.filled || number && !fact.types.names().iter().any(is_number_name))
            }
            _ => false,
        },
        _ => false,
    }
}

fn is_number_name(name: &&str) -> bool {
    matches!(*name, "bool" | "int" | "float")
}

/// Whether the fact is about `subject`, or about a field below it: then `subject` is an object with something in it.
fn speaks_of(fact: &Fact<'_>, subject: &Subject, holds: impl Fn(&Fact<'_>) -> bool) -> bool {
    if fact.subject == subject {
        return holds(fact);
    }
    if is_parent(subject, fact.subject) {
        return holds(&Fact { subject, types: TypeSet::OBJECT, filled: true });
    }
    false
}

fn is_parent(parent: &Subject, child: &Subject) -> bool {
    match (parent, child) {
        (Subject::Field(parent), Subject::Field(child)) => is_prefix(parent, child),
        (Subject::Member(a, parent), Subject::Member(b, child)) => a == b && is_prefix(parent, child),
        (parent, Subject::Member(owner, _)) => parent == &**owner,
        _ => false,
    }
}

fn is_prefix(parent: &FieldPath, child: &FieldPath) -> bool {
    parent.segments().len() < child.segments().len() && child.strip_prefix(parent).is_some()
}

/// Whether the subject is missing wherever the condition holds: it or a parent is missing, or the parent is no object with
/// something in it.
pub(super) fn implies_missing(pool: &Pool, condition: ExprId, subject: &Subject) -> bool {
    missing_to(pool, condition, subject, MAX_DEPTH)
}

fn missing_to(pool: &Pool, condition: ExprId, subject: &Subject, depth: usize) -> bool {
    if depth == 0 || static_type(subject).is_some() {
        return false;
    }
    match pool.kind(condition) {
        ExprKind::Or(members) => members.iter().all(|part| missing_to(pool, *part, subject, depth - 1)),
        ExprKind::And(members) => members.iter().any(|part| missing_to(pool, *part, subject, depth - 1)),
        ExprKind::Test(tested, Op::IsMissing) => tested == subject || is_parent(tested, subject),
        ExprKind::Test(tested, Op::IsNull | Op::IsEmpty) => is_parent(tested, subject),
        ExprKind::Test(tested, Op::Equal { to: Operand::Value(value), .. }) => {
            !matches!(value, Value::Object(_)) && is_parent(tested, subject)
        }
        ExprKind::Not(inner) => match pool.kind(*inner) {
            ExprKind::Test(tested, Op::Present) => is_parent(tested, subject),
            _ => false,
        },
        _ => false,
    }
}
