//! Places in trees that compare by what they say.

use crate::source::Span;

/// The place of a node. Two places always compare equal, so `==` on trees compares what they say and not where.
#[derive(Debug, Clone, Copy, Default)]
pub struct At(pub Span);

impl PartialEq for At {
    fn eq(&self, _other: &Self) -> bool {
        true
    }
}

impl Eq for At {}

impl From<Span> for At {
    fn from(span: Span) -> Self {
        Self(span)
    }
}
