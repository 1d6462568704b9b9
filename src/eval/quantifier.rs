//! Quantifiers: conditions over the items of a collection.

use super::expr::{Evaluation, Found, Hole, Known, MAX_NESTING, Verdict};
use crate::ir::{Cmp, ExprId, ExprKind, FieldPath, Subject};
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
            return Ok(self.until(found.into_iter().map(Cow::Borrowed), body, end));
        }
        self.items(id, items).map(|items| self.until(items, body, end))
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

    /// Goes through the items until one gives `end`; if none does, the opposite.
    fn until(&mut self, items: impl IntoIterator<Item = Cow<'e, Json>>, body: ExprId, end: &Verdict) -> Verdict {
        let mut hole = None;
        for item in items {
            match self.with_item(item, body) {
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
