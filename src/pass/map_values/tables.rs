//! Values that become others by a table or a rule of the ingest.

use super::{Builder, text_equal};
use crate::catalog::maps::ValueTable;
use crate::ir::{Case, Coercion, ExprId, Op, Operand, Pattern, Value};
use crate::pass::simplify::text_matches;

impl Builder<'_> {
    /// `event.outcome: success` is `outcome.result in (SUCCESS, ALLOW)`; what everything else becomes is the complement. `None`
    /// for a value that the table does not know and does not keep. `drops_empty`: an empty value is none.
    pub(super) fn preimage(&mut self, table: &ValueTable, indexed: &str, drops_empty: bool) -> Option<ExprId> {
        let case = if table.any_case { Case::Insensitive } else { Case::Sensitive };
        if let Some(raws) = table.preimage(indexed) {
            let mut members: Vec<ExprId> = raws.iter().map(|raw| self.equal(raw, case)).collect();
            if table.keeps_others && !table.is_rewritten(indexed) {
                members.push(self.equal(indexed, case));
            }
            if table.partial && members.is_empty() {
                return None;
            }
            return Some(self.pool.or(members, self.origin));
        }
        let others: Vec<String> =
            table.map.iter().filter(|(_, value)| value.as_str() != Some(indexed)).map(|(raw, _)| raw.clone()).collect();
        let others: Vec<ExprId> = others.iter().map(|raw| self.equal(raw, case)).collect();
        let another = self.pool.or(others, self.origin);
        let none = self.pool.not(another, self.origin);
        let of_missing = table.missing.as_deref() == Some(indexed);
        if of_missing && !table.partial && table.other.as_deref() != Some(indexed) {
            let raws: Vec<&String> =
                table.map.iter().filter(|(_, value)| value.as_str() == Some(indexed)).map(|(raw, _)| raw).collect();
            let mut members: Vec<ExprId> = raws.into_iter().map(|raw| self.equal(raw, case)).collect();
            let there = self.test(Op::Present);
            members.push(self.pool.not(there, self.origin));
            return Some(self.pool.or(members, self.origin));
        }
        if of_missing {
            return Some(none);
        }
        let mut members = vec![none, self.test(Op::Present)];
        if drops_empty {
            let empty = self.equal("", Case::Sensitive);
            members.push(self.pool.not(empty, self.origin));
        }
        Some(self.pool.and(members, self.origin))
    }

    /// Only a value whose image no other value shares can be said exactly.
    pub(super) fn image(&mut self, table: &ValueTable, op: &Op) -> Option<ExprId> {
        if let Op::Matches { pattern, case, .. } = op {
            return self.image_of_pattern(table, op, pattern, *case);
        }
        let Some(raw) = text_equal(op) else { return self.presence(op).filter(|_| table.keeps_others) };
        if table.keeps_others && !table.is_rewritten(&raw) {
            return Some(self.test(op.clone()));
        }
        let image = table.image(&raw)?;
        let image = image.as_str()?;
        let same = |known: &&str| *known == raw || table.any_case && known.eq_ignore_ascii_case(&raw);
        let only = table.preimage(image).is_some_and(|raws| raws.len() == 1 && raws.iter().all(same));
        only.then(|| self.equal(image, Case::Sensitive))
    }

    /// What holds of every value that the test holds of, and of others that become the same. `None` where the table does not give all.
    pub(super) fn wider_image(&mut self, table: &ValueTable, op: &Op) -> Option<ExprId> {
        if let Some(raw) = text_equal(op) {
            let image = table.image(&raw)?;
            return Some(self.equal(image.as_str()?, Case::Sensitive));
        }
        let Op::Matches { pattern, case, .. } = op else { return None };
        if table.partial || table.other.is_some() {
            return None;
        }
        let mut members: Vec<ExprId> = if table.keeps_others { vec![self.test(op.clone())] } else { Vec::new() };
        for (raw, image) in &table.map {
            if text_matches(raw, pattern, *case)? {
                members.push(self.equal(image.as_str()?, Case::Sensitive));
            }
        }
        Some(self.pool.or(members, self.origin))
    }

    /// A pattern speaks of the values that stay as they are, and of the rewritten ones that fit it.
    fn image_of_pattern(&mut self, table: &ValueTable, op: &Op, pattern: &Pattern, case: Case) -> Option<ExprId> {
        if !table.keeps_others {
            return None;
        }
        let mut members = vec![self.test(op.clone())];
        for (raw, image) in &table.map {
            let image = image.as_str()?;
            let fits = |text: &str| text_matches(text, pattern, case);
            match (fits(raw)?, fits(image)?) {
                (true, _) => members.push(self.equal(image, Case::Sensitive)),
                // The pattern would find the image of a value that it does not fit.
                (false, true) => return None,
                (false, false) => {}
            }
        }
        Some(self.pool.or(members, self.origin))
    }

    /// Only `No` is false, and every other value true: a test for `No` can be said, one for another value cannot. The vendor writes it in no
    /// other letter case.
    pub(super) fn is_no(&mut self, op: &Op) -> Option<ExprId> {
        match op {
            Op::Equal { to: Operand::Value(Value::Str(text)), .. } if text.eq_ignore_ascii_case("No") => {
                let no = Operand::Value(Value::Bool(false));
                Some(self.test(Op::Equal { to: no, case: Case::Sensitive, coercion: Coercion::None }))
            }
            _ => self.presence(op),
        }
    }

    /// Presence is the same on both sides of a change that gives every value one.
    pub(super) fn presence(&mut self, op: &Op) -> Option<ExprId> {
        matches!(op, Op::Present | Op::IsMissing | Op::IsNull).then(|| self.test(op.clone()))
    }

    /// `false` was `No`; `true` was anything else.
    pub(super) fn not_no(&mut self, op: &Op) -> Option<ExprId> {
        let Op::Equal { to: Operand::Value(value), .. } = op else { return self.presence(op) };
        let said = match value {
            Value::Bool(said) => *said,
            Value::Str(text) => text.parse().ok()?,
            _ => return None,
        };
        let no = self.equal("No", Case::Sensitive);
        if !said {
            return Some(no);
        }
        let there = self.test(Op::Present);
        let other = self.pool.not(no, self.origin);
        Some(self.pool.and([there, other], self.origin))
    }
}
