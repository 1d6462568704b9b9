//! Quantifiers: conditions over the items of a collection.

use super::expr::{Evaluation, Found, Hole, Known, MAX_NESTING, Verdict};
use crate::ir::{Cmp, ExprId, ExprKind, FieldPath, Op, Operand, Subject};
use serde_json::Value as Json;
use std::borrow::Cow;

impl<'e> Evaluation<'e> {
    pub(super) fn quantifier(&mut self, id: ExprId, kind: &'e ExprKind) -> Result<Verdict, Hole> {
        if self.nesting >= MAX_NESTING {
            return Err(Hole::new("quantifiers are nested too deeply to be evaluated", ""));
        }
        self.nesting += 1;
        let result = match kind {
            ExprKind::ForSome(items, body) => self.until_over(id, items, *body, &Verdict::True),
            ExprKind::ForAll(items, body) => self.until_over(id, items, *body, &Verdict::False),
            ExprKind::FirstSome { items, holds, raises } => {
                self.items(id, items).map(|items| self.first_some(items, *holds, *raises))
            }
            ExprKind::Count { items, body, op, number } => {
                self.items(id, items).map(|items| self.count(items, *body, *op, *number))
            }
            _ => Ok(Verdict::False),
        };
        self.nesting -= 1;
        result
    }

    fn with_item(&mut self, item: Cow<'e, Json>, body: ExprId) -> Verdict {
        self.bound.push((item, Known::default()));
        let verdict = self.verdict(body);
        self.bound.pop();
        verdict
    }

    fn until_over(&mut self, id: ExprId, items: &'e Subject, body: ExprId, end: &Verdict) -> Result<Verdict, Hole> {
        if let Subject::Elements(inner) = items
            && let Subject::Field(path) = &**inner
        {
            let found = self.values_of(id, path);
            return Ok(match self.own_test(body) {
                Some(op) => {
                    Self::until(found, end, |value| self.passes(body, value, op).unwrap_or_else(Verdict::NotKnown))
                }
                None => Self::until(found, end, |value| self.with_item(Cow::Borrowed(value), body)),
            });
        }
        let items = self.items(id, items)?;
        Ok(Self::until(items, end, |item| self.with_item(item, body)))
    }

    /// The test of an item against a constant, where a quantifier's body is no more than that.
    fn own_test(&self, body: ExprId) -> Option<&'e Op> {
        let ExprKind::Test(Subject::Element(0), op) = self.conditions.pool().kind(body) else { return None };
        match op {
            Op::Equal { to: Operand::Subject(_), .. }
            | Op::Compare { to: Operand::Subject(_), .. }
            | Op::ContainedIn { container: Operand::Subject(_), .. }
            | Op::HasText { text: Operand::Subject(_), .. } => None,
            op => Some(op),
        }
    }

    /// The values of a field that a quantifier goes over, looked up once for all that go over them.
    fn values_of(&mut self, id: ExprId, path: &FieldPath) -> Found<'e> {
        let Some(number) = self.conditions.shared.get(&id).copied() else { return self.event.elements(path) };
        if let Some(Some(known)) = self.looked_up.get(number) {
            return known.clone();
        }
        let found = self.event.elements(path);
        if self.looked_up.len() <= number {
            self.looked_up.resize(number + 1, None);
        }
        self.looked_up[number] = Some(found.clone());
        found
    }

    /// Goes through the items until what is said of one is `end`; if none is, the opposite.
    fn until<T>(items: impl IntoIterator<Item = T>, end: &Verdict, mut says: impl FnMut(T) -> Verdict) -> Verdict {
        let mut hole = None;
        for item in items {
            match says(item) {
                verdict if verdict == *end => return verdict,
                Verdict::NotKnown(found) => hole = hole.or(Some(found)),
                _ => {}
            }
        }
        hole.map_or_else(|| end.clone().not(), Verdict::NotKnown)
    }

    fn first_some(&mut self, items: Vec<Cow<'e, Json>>, holds: ExprId, raises: ExprId) -> Verdict {
        // Items before the deciding one that may hold, and that may end the search.
        let (mut may_hold, mut may_end) = (None, None);
        for item in items {
            self.bound.push((item, Known::default()));
            let (held, raised) = (self.verdict(holds), self.verdict(raises));
            self.bound.pop();
            match (held, raised) {
                (Verdict::True, _) => return may_end.map_or(Verdict::True, Verdict::NotKnown),
                (Verdict::False, Verdict::True) => break,
                (Verdict::False, Verdict::False) => {}
                (Verdict::False, Verdict::NotKnown(hole)) => may_end = may_end.or(Some(hole)),
                (Verdict::NotKnown(hole), Verdict::True) => {
                    may_hold = may_hold.or(Some(hole));
                    break;
                }
                (Verdict::NotKnown(hole), Verdict::False) => may_hold = may_hold.or(Some(hole)),
                (Verdict::NotKnown(hole), Verdict::NotKnown(other)) => {
                    may_hold = may_hold.or(Some(hole));
                    may_end = may_end.or(Some(other));
                }
            }
        }
        may_hold.map_or(Verdict::False, Verdict::NotKnown)
    }

    fn count(&mut self, items: Vec<Cow<'e, Json>>, body: ExprId, op: Cmp, number: u64) -> Verdict {
        let (mut sure, mut possible, mut hole) = (0_u64, 0_u64, None);
        for item in items {
            match self.with_item(item, body) {
                Verdict::True => (sure, possible) = (sure + 1, possible + 1),
                Verdict::False => {}
                Verdict::NotKnown(found) => {
                    possible += 1;
                    hole = hole.or(Some(found));
                }
            }
        }
        let holds = |count: u64| op.holds(count.cmp(&number));
        match hole {
            Some(hole) if (sure..=possible).any(|count| holds(count) != holds(sure)) => Verdict::NotKnown(hole),
            _ => holds(sure).into(),
        }
    }
}
