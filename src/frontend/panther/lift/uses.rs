//! Where the code names fields and the values they are tested against.

use super::Lifter;
use super::value::Atom;
use crate::ir::{Case, ExprId, ExprKind, FieldPath, FieldUse, Subject, UseKind, Value, children};
use crate::source::Location;
use std::collections::HashSet;

impl Lifter<'_> {
    /// Remembers that `test` looks at the field that a term is made from.
    pub(super) fn note_use(
        &mut self,
        test: ExprId,
        subject: &Subject,
        at: Option<Location>,
        kind: UseKind,
        values: Vec<(Value, Location)>,
    ) {
        if let (Some(field), Some(at)) = (field_of(subject), at) {
            let (field, case) = (field.clone(), Case::Sensitive);
            let new = FieldUse { field, at, kind, values, negated: false, case, scope: None };
            if !self.uses.iter().any(|(known, old)| *known == test && *old == new) {
                self.uses.push((test, new));
            }
        }
    }

    /// The uses in the order of writing, each with the polarity of its test below `root`.
    pub(super) fn finish_uses(&mut self, root: ExprId) -> Vec<FieldUse> {
        let mut seen = HashSet::new();
        let mut stack = vec![(root, false)];
        while let Some((id, negated)) = stack.pop() {
            if !seen.insert((id, negated)) {
                continue;
            }
            let kind = self.pool.kind(id);
            let below = negated ^ matches!(kind, ExprKind::Not(_));
            stack.extend(children(kind).into_iter().map(|child| (child, below)));
        }
        let mut uses: Vec<FieldUse> = std::mem::take(&mut self.uses)
            .into_iter()
            .map(|(test, mut used)| {
                used.negated = seen.contains(&(test, true)) && !seen.contains(&(test, false));
                used
            })
            .collect();
        uses.sort_by_key(|used| used.at);
        uses.dedup();
        uses
    }
}

fn field_of(subject: &Subject) -> Option<&FieldPath> {
    match subject {
        Subject::Field(field) => Some(field),
        Subject::Call(_, arguments) => arguments.iter().find_map(field_of),
        Subject::Items(inner) | Subject::Elements(inner) => field_of(inner),
        _ => None,
    }
}

/// A constant with its token, for a use.
pub(super) fn token(atom: &Atom) -> Vec<(Value, Location)> {
    match atom {
        Atom::Const(value, Some(at)) => vec![(value.clone(), *at)],
        Atom::Seq(_, items) => items.iter().flat_map(|item| &item.alts).flat_map(|alt| token(&alt.atom)).collect(),
        _ => Vec::new(),
    }
}
