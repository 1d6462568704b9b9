//! Where the code names fields and the values they are tested against.

use super::Lifter;
use super::value::Atom;
use crate::ir::{Case, ExprId, ExprKind, FieldPath, FieldUse, Function, Subject, UseKind, Value, for_each_child};
use crate::source::Location;

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
            if self.is_fallback(&field, at) {
                return;
            }
            let case = Case::Sensitive;
            let new = FieldUse { field, at, kind, values, negated: false, case, scope: None };
            if !self.uses.iter().any(|(known, old)| *known == test && *old == new) {
                self.uses.push((test, new));
            }
        }
    }

    /// The uses in the order of writing, each with the polarity of its test below `root`.
    pub(super) fn finish_uses(&mut self, root: ExprId) -> Vec<FieldUse> {
        // Below an even and below an odd number of negations.
        let mut seen = vec![[false; 2]; self.pool.len()];
        let mut stack = vec![(root, false)];
        while let Some((id, negated)) = stack.pop() {
            if std::mem::replace(&mut seen[id.index()][usize::from(negated)], true) {
                continue;
            }
            let kind = self.pool.kind(id);
            let below = negated ^ matches!(kind, ExprKind::Not(_));
            for_each_child(kind, &mut |child| stack.push((child, below)));
        }
        let mut uses: Vec<FieldUse> = std::mem::take(&mut self.uses)
            .into_iter()
            .map(|(test, mut used)| {
                used.negated = seen[test.index()] == [false, true];
                used
            })
            .collect();
        uses.sort_by_key(|used| used.at);
        uses.dedup();
        uses
    }
}

/// The field that a term is made from; none for the event as a whole.
fn field_of(subject: &Subject) -> Option<FieldPath> {
    match subject {
        Subject::Field(field) => (!field.segments().is_empty()).then(|| field.clone()),
        Subject::Call(Function::DeepWalk, arguments) => walked(arguments),
        Subject::Call(_, arguments) => arguments.iter().find_map(field_of),
        Subject::Items(inner) | Subject::Elements(inner) => field_of(inner),
        _ => None,
    }
}

/// The path that a walk goes, lists entered: the object's own, then its keys.
fn walked(arguments: &[Subject]) -> Option<FieldPath> {
    let [object, _, _, keys @ ..] = arguments else { return None };
    let own = match object {
        Subject::Field(field) => field.clone(),
        other => field_of(other)?,
    };
    let keys = keys.iter().map_while(|key| match key {
        Subject::Constant(Value::Str(key)) => Some(key),
        _ => None,
    });
    let path = own.join(&FieldPath::keys(&keys.collect::<Vec<_>>()));
    (!path.segments().is_empty()).then_some(path)
}

/// A constant with its token, for a use.
pub(super) fn token(atom: &Atom) -> Vec<(Value, Location)> {
    match atom {
        Atom::Const(value, Some(at)) => vec![(value.clone(), *at)],
        Atom::Seq(_, items) => items.iter().flat_map(|item| &item.alts).flat_map(|alt| token(&alt.atom)).collect(),
        _ => Vec::new(),
    }
}
