//! Terms: what a test looks at.

use super::event::{Event, below, elements, whole};
use super::expr::{Evaluation, Found, Hole, Known, MAX_NESTING, Prepared, Verdict};
use super::{esql, function};
use crate::ir::{EsqlFunction, EventModel, ExprId, Function, Subject};
use serde_json::Value as Json;
use std::borrow::Cow;

/// Terms inside each other beyond this depth are not evaluated.
const MAX_TERM_DEPTH: usize = 64;

impl<'e> Evaluation<'e> {
    /// A collection's items. Any other term is a collection of its one value, empty when it is missing.
    pub(super) fn items(&mut self, id: ExprId, subject: &'e Subject) -> Result<Vec<Cow<'e, Json>>, Hole> {
        if let (Subject::AnyField(_), Some(all)) = (subject, self.conditions.prepared.get(&id))
            && let Some(names) = all.iter().find_map(|prepared| match prepared {
                Prepared::Names(names) => Some(names),
                _ => None,
            })
        {
            return Ok(self.event.leaves(names).into_iter().map(Cow::Borrowed).collect());
        }
        self.collection(subject, 0)
    }

    fn collection(&mut self, subject: &'e Subject, depth: usize) -> Result<Vec<Cow<'e, Json>>, Hole> {
        if depth > MAX_TERM_DEPTH {
            return Err(too_deep());
        }
        match subject {
            Subject::AnyField(pattern) => {
                let names = Event::name_pattern(pattern, self.event.model());
                Ok(self.event.leaves(&names).into_iter().map(Cow::Borrowed).collect())
            }
            Subject::Elements(inner) => {
                if let Subject::Field(path) = &**inner {
                    return Ok(self.event.elements(path).into_iter().map(Cow::Borrowed).collect());
                }
                let values = self.collection(inner, depth + 1)?;
                Ok(values.into_iter().flat_map(flat).collect())
            }
            Subject::Items(inner) => {
                let model = self.event.model();
                Ok(self.one(inner, depth + 1)?.map(|value| array_items(value, model)).unwrap_or_default())
            }
            Subject::Collect { items, stop, keep, value } => self.collect(items, (*stop, *keep), value, depth + 1),
            other => Ok(self.one(other, depth)?.into_iter().collect()),
        }
    }

    fn collect(
        &mut self,
        items: &'e Subject,
        (stop, keep): (ExprId, ExprId),
        value: &'e Subject,
        depth: usize,
    ) -> Result<Vec<Cow<'e, Json>>, Hole> {
        let mut found = Vec::new();
        for item in self.collection(items, depth)? {
            self.bound.push((item, Known::default()));
            let result = self.collect_item(stop, keep, value, depth);
            self.bound.pop();
            match result? {
                Collected::Stop => break,
                Collected::Skip => {}
                Collected::Keep(value) => found.push(value),
            }
        }
        Ok(found)
    }

    fn collect_item(
        &mut self,
        stop: ExprId,
        keep: ExprId,
        value: &'e Subject,
        depth: usize,
    ) -> Result<Collected<'e>, Hole> {
        if self.nested(stop)? {
            return Ok(Collected::Stop);
        }
        if !self.nested(keep)? {
            return Ok(Collected::Skip);
        }
        Ok(Collected::Keep(self.one(value, depth)?.unwrap_or(Cow::Owned(Json::Null))))
    }

    /// The one value of a term; a collection is the array of its items.
    pub(super) fn one(&mut self, subject: &'e Subject, depth: usize) -> Result<Option<Cow<'e, Json>>, Hole> {
        if depth > MAX_TERM_DEPTH {
            return Err(too_deep());
        }
        match subject {
            Subject::Field(path) => Ok(self.event.value(path)),
            Subject::AnyField(_) | Subject::Elements(_) | Subject::Items(_) | Subject::Collect { .. } => {
                let items = self.collection(subject, depth + 1)?;
                Ok(Some(Cow::Owned(items.into_iter().map(Cow::into_owned).collect())))
            }
            Subject::Element(up) => {
                let level = self.bound.len().checked_sub(usize::from(*up) + 1);
                Ok(level.and_then(|level| self.bound.get(level)).map(|(item, _)| item.clone()))
            }
            Subject::Member(inner, path) => {
                let model = self.event.model();
                Ok(self.one(inner, depth + 1)?.and_then(|value| match value {
                    Cow::Borrowed(value) => whole(below(value, path, model), model),
                    Cow::Owned(value) => {
                        whole(below(&value, path, model), model).map(|found| Cow::Owned(found.into_owned()))
                    }
                }))
            }
            Subject::Constant(value) => Ok(Some(Cow::Owned(value.to_json()))),
            Subject::Call(called, arguments) => {
                let values: Vec<_> =
                    arguments.iter().map(|argument| self.one(argument, depth + 1)).collect::<Result<_, _>>()?;
                let values: Vec<Option<&Json>> = values.iter().map(Option::as_deref).collect();
                match called {
                    Function::Esql(EsqlFunction::Document) => Ok(Some(Cow::Borrowed(self.event.json()))),
                    Function::Esql(EsqlFunction::Now) => Ok(self.event.now().map(esql::date).map(Cow::Owned)),
                    Function::Esql(function) => esql::call(*function, &values, &self.conditions.patterns)
                        .map(|value| value.map(Cow::Owned))
                        .map_err(|reason| Hole::new(reason, function.name())),
                    _ => {
                        let patterns = &self.conditions.patterns;
                        Ok(function::call(*called, &values, self.event.model(), patterns).map(Cow::Owned))
                    }
                }
            }
            Subject::If(condition, then, otherwise) => {
                let chosen = if self.nested(*condition)? { then } else { otherwise };
                self.one(chosen, depth + 1)
            }
            Subject::Fold { items, start, next } => self.fold(items, start, next, depth + 1),
            Subject::Opaque { text, reason } => Err(Hole::new(reason.clone(), text.clone())),
        }
    }

    fn fold(
        &mut self,
        items: &'e Subject,
        start: &'e Subject,
        next: &'e Subject,
        depth: usize,
    ) -> Result<Option<Cow<'e, Json>>, Hole> {
        let Some(mut state) = self.one(start, depth)? else { return Ok(None) };
        for item in self.collection(items, depth)? {
            self.bound.push((state, Known::default()));
            self.bound.push((item, Known::default()));
            let result = self.one(next, depth);
            self.bound.truncate(self.bound.len() - 2);
            match result? {
                Some(new) => state = new,
                None => return Ok(None),
            }
        }
        Ok(Some(state))
    }

    /// A condition inside a term.
    fn nested(&mut self, condition: ExprId) -> Result<bool, Hole> {
        if self.nesting >= MAX_NESTING {
            return Err(too_deep());
        }
        self.nesting += 1;
        let verdict = self.verdict(condition);
        self.nesting -= 1;
        match verdict {
            Verdict::True => Ok(true),
            Verdict::False => Ok(false),
            Verdict::NotKnown(hole) => Err(hole),
        }
    }
}

/// What becomes of one item of a collection.
enum Collected<'e> {
    Stop,
    Skip,
    Keep(Cow<'e, Json>),
}

fn too_deep() -> Hole {
    Hole::new("terms are nested too deeply to be evaluated", "")
}

fn flat(value: Cow<'_, Json>) -> Vec<Cow<'_, Json>> {
    match value {
        Cow::Borrowed(value) => {
            let mut found = Found::new();
            elements(value, &mut found);
            found.into_iter().map(Cow::Borrowed).collect()
        }
        Cow::Owned(value) => {
            let mut found = Found::new();
            elements(&value, &mut found);
            found.into_iter().cloned().map(Cow::Owned).collect()
        }
    }
}

/// The items of an array. In an Elasticsearch document a single value and an array of it are the same.
fn array_items(value: Cow<'_, Json>, model: EventModel) -> Vec<Cow<'_, Json>> {
    match value {
        Cow::Borrowed(Json::Array(items)) => items.iter().map(Cow::Borrowed).collect(),
        Cow::Owned(Json::Array(items)) => items.into_iter().map(Cow::Owned).collect(),
        single if model == EventModel::Elastic => vec![single],
        _ => Vec::new(),
    }
}
