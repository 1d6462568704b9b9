//! What conditions speak of, as sets of bits. Most conditions have nothing to do with each other, and that is seen sooner in the sets
//! than in the conditions.

use super::implied::{facts, guarded};
use crate::ir::{ExprId, ExprKind, Pool, Subject};
use foldhash::fast::FixedState;
use std::hash::{BuildHasher, Hash};

/// Some of 128 marks. Different things can have the same one.
pub(super) type Set = u128;

/// A condition can follow from another one only where what it needs has a mark in common with what the other one says.
#[derive(Clone, Copy, Default)]
pub(super) struct Mark {
    pub(super) says: Set,
    pub(super) needs: Set,
    /// Conditions that negate each other, as far as their form shows it, have the same form.
    pub(super) form: u64,
}

/// The marks of the conditions of a pool, by their numbers.
#[derive(Default)]
pub(super) struct Marks(Vec<Mark>);

impl Marks {
    /// Marks the conditions that are new in the pool.
    pub(super) fn update(&mut self, pool: &Pool) {
        // Members come before the junction that they are in.
        while let Some(next) = pool.id_at(self.0.len()) {
            let mark = self.new_mark(pool, next);
            self.0.push(mark);
        }
    }

    /// Whether `guard` may follow from `test`.
    pub(super) fn may_imply(&self, test: ExprId, guard: ExprId) -> bool {
        self.of(test).says & self.of(guard).needs != 0
    }

    pub(super) fn of(&self, id: ExprId) -> Mark {
        self.0.get(id.index()).copied().unwrap_or_default()
    }

    fn new_mark(&self, pool: &Pool, id: ExprId) -> Mark {
        let own = of_hash(hash(&id));
        let form = self.form(pool, id);
        match pool.kind(id) {
            ExprKind::And(members) => {
                let members = members.iter().map(|member| self.of(*member));
                let says = members.clone().fold(own, |says, member| says | member.says);
                // All of it has to follow, so each member alone has to.
                let narrowest = members.map(|member| member.needs).min_by_key(|needs| needs.count_ones());
                Mark { says, needs: own | narrowest.unwrap_or_default(), form }
            }
            ExprKind::Or(members) => {
                let members = members.iter().map(|member| self.of(*member));
                // What follows from it follows from each member.
                let says = members.clone().fold(Set::MAX, |says, member| says & member.says);
                Mark { says: own | says, needs: members.fold(own, |needs, member| needs | member.needs), form }
            }
            _ => {
                let needs = guarded(pool, id).map_or(own, |subject| of_hash(hashes(subject, &mut |_| {})));
                let says = facts(pool, id).fold(needs, |says, fact| says | marks_above(fact.subject));
                Mark { says, needs, form }
            }
        }
    }

    fn form(&self, pool: &Pool, id: ExprId) -> u64 {
        match pool.kind(id) {
            ExprKind::True | ExprKind::False => 0,
            ExprKind::Not(inner) => self.of(*inner).form,
            ExprKind::And(members) | ExprKind::Or(members) => {
                members.iter().fold(0, |form, member| hash(&(form, self.of(*member).form)))
            }
            _ => id.index() as u64,
        }
    }
}

fn hash(what: &impl Hash) -> u64 {
    FixedState::default().hash_one(what)
}

fn of_hash(hash: u64) -> Set {
    1 << (hash % u64::from(Set::BITS))
}

/// The marks of a term and of all that it is a part of.
fn marks_above(subject: &Subject) -> Set {
    let mut marks = 0;
    let own = hashes(subject, &mut |hash| marks |= of_hash(hash));
    marks | of_hash(own)
}

/// The hash of a term; visits those of all that it is a part of.
fn hashes(subject: &Subject, visit: &mut impl FnMut(u64)) -> u64 {
    let (whole, path) = match subject {
        Subject::Field(path) => (0, path),
        Subject::Member(owner, path) => (hashes(owner, visit), path),
        other => return hash(other),
    };
    path.segments().iter().fold(whole, |above, key| {
        visit(above);
        hash(&(above, key))
    })
}

#[cfg(test)]
mod tests {
    use super::super::implied::Implied;
    use super::*;
    use crate::ir::{Case, Coercion, FieldPath, Function, Op, Operand, TypeSet, Value};

    /// Conditions of all forms that say something of others, over a few terms.
    fn conditions(pool: &mut Pool) -> Vec<ExprId> {
        let field = |name: &str| Subject::Field(FieldPath::dotted(name));
        let lower = Subject::Call(Function::Lower, [field("a.b.c")].into());
        let member = Subject::Member(lower.clone().into(), FieldPath::dotted("x"));
        let equal =
            |value: Value| Op::Equal { to: Operand::Value(value), case: Case::Sensitive, coercion: Coercion::Python };
        let within = Op::ContainedIn { container: Operand::Subject(field("a.b").into()), case: Case::Sensitive };
        let ops = [Op::Present, Op::IsMissing, Op::IsNull, Op::IsEmpty, Op::TypeIs(TypeSet::STRING), within];
        let ops: Vec<Op> = ops.into_iter().chain([equal(Value::str("x")), equal(Value::Int(0))]).collect();
        let mut all = Vec::new();
        for subject in [field("a"), field("a.b"), field("a.b.c"), field("z"), lower, member] {
            all.extend(ops.iter().map(|op| pool.test(subject.clone(), op.clone(), None)));
            all.push(pool.for_some(Subject::Items(subject.into()), ExprId::TRUE, None));
        }
        let negated: Vec<ExprId> = all.iter().map(|id| pool.not(*id, None)).collect();
        all.extend(negated);
        for step in [1, 7] {
            let pairs: Vec<[ExprId; 2]> = (0..60).map(|at| [all[at], all[at * step % 80 + step]]).collect();
            all.extend(pairs.iter().map(|pair| pool.and(*pair, None)));
            all.extend(pairs.iter().map(|pair| pool.or(*pair, None)));
        }
        all
    }

    #[test]
    fn what_follows_has_a_mark_in_common() {
        let mut pool = Pool::default();
        let all = conditions(&mut pool);
        let mut marks = Marks::default();
        marks.update(&pool);
        let mark = Mark { says: Set::MAX, needs: Set::MAX, form: 0 };
        let blind = Marks(vec![mark; pool.len()]);
        let mut known = Implied::default();
        let mut follows = 0;
        for (test, guard) in all.iter().flat_map(|test| all.iter().map(move |guard| (*test, *guard))) {
            let implied = known.implies((&pool, &blind), test, guard);
            assert!(!implied || marks.may_imply(test, guard), "{:?} {:?}", pool.kind(test), pool.kind(guard));
            assert_eq!(implied, Implied::default().implies((&pool, &marks), test, guard));
            follows += usize::from(implied && test != guard);
        }
        assert!(follows > 500, "{follows}");
    }
}
