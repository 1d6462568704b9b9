//! Conditions as match expressions.

use super::super::descent::Descent;
use super::tree::{Key, Match, Values};
use crate::fidelity::{Assumption, Effect, Loss, LossCode, Polarity, Values as Taken, code};
use crate::ir::{Cmp, ExprId, ExprKind, FieldPath, Op, Pool, Subject, TypeSet};
use serde_json::Value as Json;
use std::collections::BTreeSet;

/// How deep match expressions nest before nobody reads them.
const MAX_DEPTH: usize = 20;
const MAX_NODES: usize = 10_000;

pub(super) type Built = Result<Match, Box<Loss>>;

/// Conditions on their way to match expressions.
pub(super) struct Builder<'a> {
    pub(super) pool: &'a Pool,
    pub(super) losses: Vec<Loss>,
    pub(super) assumes: BTreeSet<Assumption>,
    /// How many lists enclose the condition at hand.
    lists: usize,
    /// How many alternatives and negations do: without any, an event for which the condition does not hold does not fire.
    branches: usize,
    descent: Descent,
    polarity: Polarity,
}

impl<'a> Builder<'a> {
    pub(super) fn new(pool: &'a Pool) -> Self {
        Self {
            pool,
            losses: Vec::new(),
            assumes: BTreeSet::new(),
            lists: 0,
            branches: 0,
            descent: Descent::new(MAX_DEPTH, MAX_NODES),
            polarity: Polarity::Positive,
        }
    }

    /// The condition as a list of match expressions that all hold.
    pub(super) fn conjuncts(&mut self, id: ExprId) -> Result<Vec<Match>, Box<Loss>> {
        match self.pool.kind(id) {
            ExprKind::And(members) => {
                let members = self.without_guards(members);
                let members = members.into_iter().map(|member| self.expr(member)).collect::<Result<_, _>>()?;
                Ok(Match::without_neutral(members, true))
            }
            _ => Ok(vec![self.expr(id)?]),
        }
    }

    /// The opposite of a condition.
    pub(super) fn none(&mut self, id: ExprId) -> Built {
        self.polarity = self.polarity.flip();
        self.branches += 1;
        let inner = self.expr(id);
        self.branches -= 1;
        self.polarity = self.polarity.flip();
        Ok(inner?.negated())
    }

    pub(super) fn expr(&mut self, id: ExprId) -> Built {
        let Some(outer) = self.descent.enter(self.pool, id) else {
            return Err(self.no_form("a condition of this size or depth"));
        };
        let built = self.kind(id);
        self.descent.leave(outer);
        built
    }

    fn kind(&mut self, id: ExprId) -> Built {
        match self.pool.kind(id) {
            ExprKind::True => Ok(Match::Always(true)),
            ExprKind::False => Ok(Match::Always(false)),
            ExprKind::And(_) => Ok(Match::all(self.conjuncts(id)?)),
            ExprKind::Or(members) => {
                self.branches += 1;
                let members = members.iter().map(|member| self.expr(*member)).collect::<Result<_, _>>();
                self.branches -= 1;
                Ok(self.any(members?))
            }
            ExprKind::Not(inner) => self.none(*inner),
            ExprKind::Test(subject, op) => self.test(subject, op),
            ExprKind::ForSome(items, body) => self.for_some(items, *body),
            ExprKind::ForAll(items, body) => self.elements(items, *body, "AllElements"),
            ExprKind::FirstSome { items, holds, .. } => {
                let message = "an error on an item ends the source rule; the target looks at all items";
                self.lose(&code::ERROR_SEMANTICS, Effect::Widened, message);
                self.for_some(items, *holds)
            }
            ExprKind::Count { items, body, op: Cmp::Equal, number: 1 } => self.elements(items, *body, "OnlyOneElement"),
            ExprKind::Count { .. } => Err(self.no_form("a number of items")),
            ExprKind::Lineage(_) => Err(self.no_form("a relation between processes")),
            ExprKind::OpaqueTest { text, reason } => {
                let message = format!("`{text}` is not understood: {reason}");
                Err(Box::new(Loss::new(&code::OPAQUE, Effect::Unknown, message, self.descent.origin)))
            }
        }
    }

    /// The members of a conjunction without presence tests that another test of the same value implies.
    fn without_guards(&self, members: &[ExprId]) -> Vec<ExprId> {
        let test = |id: ExprId| match self.pool.kind(id) {
            ExprKind::Test(subject, op) => Some((subject, op)),
            _ => None,
        };
        let is_guard = |op: &Op| matches!(op, Op::Present | Op::TypeIs(_));
        let implied = |subject: &Subject| {
            let asks = |op: &Op| !is_guard(op) && !matches!(op, Op::IsMissing | Op::IsNull);
            members.iter().filter_map(|id| test(*id)).any(|(other, op)| other == subject && asks(op))
        };
        let kept = |id: &ExprId| test(*id).is_none_or(|(subject, op)| !is_guard(op) || !implied(subject));
        members.iter().copied().filter(kept).collect()
    }

    /// Any value of a field that may hold one or several.
    fn for_some(&mut self, items: &Subject, body: ExprId) -> Built {
        if let (Subject::Elements(inner), Some(tests)) = (items, self.equalities(body)) {
            let key = self.key(inner)?;
            return Ok(Match::Test { key, condition: "IsIn", values: Values::Many(tests) });
        }
        self.elements(items, body, "AnyElement")
    }

    /// The texts that an item has to equal, with case: `IsIn` takes a value and a list alike.
    fn equalities(&self, body: ExprId) -> Option<Vec<Json>> {
        let members = match self.pool.kind(body) {
            ExprKind::Or(members) => members.as_slice(),
            _ => &[body],
        };
        members
            .iter()
            .map(|id| match self.pool.kind(*id) {
                ExprKind::Test(Subject::Element(0), op) => super::test::exact_text(op).map(Json::from),
                _ => None,
            })
            .collect()
    }

    fn elements(&mut self, items: &Subject, body: ExprId, condition: &'static str) -> Built {
        let (Subject::Elements(inner) | Subject::Items(inner)) = items else {
            return Err(self.no_form("a search over all fields or a computed list"));
        };
        let key = self.key(inner)?;
        self.assume(inner, Taken::List);
        if body == ExprId::TRUE {
            return Ok(Match::Test { key, condition: "IsNotNullOrEmpty", values: Values::Nothing });
        }
        // Where the condition has to hold, an event without the list does not fire in the source either.
        if self.branches > 0 || self.lists > 0 || condition == "AllElements" {
            let message = format!("an event without the list `{}` ends the rule", key.field());
            self.lose_whole(&code::ERROR_SEMANTICS, Effect::Narrowed, message);
        }
        self.lists += 1;
        let expressions = self.conjuncts(body);
        self.lists -= 1;
        Ok(Match::Elements { key, condition, expressions: expressions? })
    }

    /// What a term is called; it has to lie in the event, or in the element of the innermost list.
    pub(super) fn key(&mut self, subject: &Subject) -> Result<Key, Box<Loss>> {
        match subject {
            Subject::Field(path) if self.lists == 0 && !path.segments().is_empty() => Ok(Key::of(path)),
            Subject::Element(0) => Ok(Key::element()),
            Subject::Member(inner, path) if **inner == Subject::Element(0) => Ok(Key::of(path)),
            Subject::Field(_) | Subject::Element(_) | Subject::Member(..) => {
                Err(self.no_form("a value from outside the list whose items are tested"))
            }
            Subject::Opaque { text, reason } => {
                let message = format!("`{text}` is not understood: {reason}");
                Err(Box::new(Loss::new(&code::OPAQUE, Effect::Unknown, message, self.descent.origin)))
            }
            _ => Err(self.no_form("a computed value")),
        }
    }

    /// Alternatives. A list of values is met by an item of a list as well, so a key that was compared as one value holds one.
    pub(super) fn any(&mut self, members: Vec<Match>) -> Match {
        let single = |member: &Match| match member {
            Match::Test { key, condition: "Equals" | "Contains", values: Values::One(_) } => Some(key.clone()),
            _ => None,
        };
        let compared: Vec<Key> = members.iter().filter_map(single).collect();
        let joined = Match::any(members);
        let of = match &joined {
            Match::Combined(_, members) => members.as_slice(),
            only => std::slice::from_ref(only),
        };
        for member in of {
            if let Match::Test { key, values: Values::Many(_), .. } = member
                && compared.contains(key)
            {
                self.take(&key.field(), Taken::Scalar);
            }
        }
        joined
    }

    /// Whether another test of the same rule takes the subject for one value.
    pub(super) fn is_compared(&self, subject: &Subject) -> bool {
        self.pool.nodes().any(|node| {
            let ExprKind::Test(other, op) = node else { return false };
            let asks_of_presence = matches!(op, Op::Present | Op::TypeIs(_) | Op::IsMissing | Op::IsNull | Op::IsEmpty);
            other == subject && !asks_of_presence
        })
    }

    /// States what a field has to hold so that its condition does not end the rule.
    pub(super) fn assume(&mut self, subject: &Subject, values: Taken) {
        if let Subject::Field(path) | Subject::Member(_, path) = subject {
            if matches!(values, Taken::Types(types) if !types.has(TypeSet::ARRAY)) {
                self.take(path, Taken::Scalar);
            }
            self.take(path, values);
        }
    }

    /// An assumption is held against the events' own fields; of an item's member it is in words.
    fn take(&mut self, field: &FieldPath, values: Taken) {
        let assumption = Assumption::Field(field.clone(), values);
        let is_of_event = self.lists == 0;
        self.assumes.insert(if is_of_event { assumption } else { Assumption::Words(assumption.to_string()) });
    }

    pub(super) fn lose(&mut self, code: &'static LossCode, effect: Effect, message: impl Into<String>) {
        self.lose_whole(code, self.polarity.apply(effect), message);
    }

    /// What the rule as a whole loses, wherever the condition at hand stands.
    fn lose_whole(&mut self, code: &'static LossCode, effect: Effect, message: impl Into<String>) {
        let loss = Loss::new(code, effect, message, self.descent.origin);
        if !self.losses.contains(&loss) {
            self.losses.push(loss);
        }
    }

    /// A construct without a form in match expressions.
    #[expect(clippy::unnecessary_box_returns, reason = "what `Result`s of this module hold")]
    pub(super) fn no_form(&self, what: &str) -> Box<Loss> {
        let message = format!("{what} has no form in a Simple Detection");
        Box::new(Loss::new(&code::LOGIC, Effect::Unknown, message, self.descent.origin))
    }
}
