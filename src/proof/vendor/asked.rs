//! What a test says of an event of the vendor's, as its side sees that.

use super::{Seen, Source};
use crate::catalog::ingest::Way;
use crate::eval::{Event, Verdict};
use crate::ir::{EventModel, ExprId};
use serde_json::{Value as Json, json};
use std::rc::Rc;

impl Seen<'_> {
    /// What the test says of an event that has this value in the field.
    pub(super) fn with(&self, leaf: ExprId, source: &Source, value: &Json) -> Option<bool> {
        let mut event = json!({});
        let placed = self.view.ground.place(&mut event, &source.field, value, EventModel::Sigma);
        placed.and_then(|()| self.says(leaf, &event))
    }

    /// The event as this side sees it.
    fn document(&self, way: &Way, event: &Json) -> Rc<Json> {
        if let Some(known) = self.documents.borrow().get(event) {
            return known.clone();
        }
        let spelled = way.spelled(event);
        let document = Rc::new(match self.view.sensor {
            _ if !self.view.behind => spelled,
            Some(sensor) => way.by_sensor(&spelled, sensor),
            None => way.forward(&spelled),
        });
        self.documents.borrow_mut().insert(event.clone(), document.clone());
        document
    }

    pub(super) fn says(&self, leaf: ExprId, event: &Json) -> Option<bool> {
        let document = self.view.way.map(|way| self.document(way, event));
        self.says_of_document(leaf, document.as_deref().unwrap_or(event))
    }

    /// What the test says of what this side sees.
    pub(super) fn says_of_document(&self, leaf: ExprId, document: &Json) -> Option<bool> {
        match self.conditions.verdict(leaf, &Event::new(document, self.model)) {
            Verdict::True => Some(true),
            Verdict::False => Some(false),
            Verdict::NotKnown(_) => None,
        }
    }
}
