//! What a conversion loses: stable codes, the direction of each loss, and how they add up.
//!
//! A narrowed detection is a blind spot, so the direction matters most. Under `not` it flips.

mod assumption;
mod codes;

pub use assumption::{Assumption, Values, is_number_or_truth};
pub use codes::{CODES, LossCode, code};

use crate::source::Location;
use schemars::JsonSchema;
use serde::Serialize;
use std::hash::{Hash, Hasher};

/// What a loss does to the set of alerts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// No change of verdicts: only what the rule says about itself.
    Metadata,
    /// More alerts: the target fires wherever the source does.
    Widened,
    /// Missed alerts: the source fires wherever the target does.
    Narrowed,
    /// Neither is known.
    Unknown,
}

impl Effect {
    /// The effect on the whole of a loss in a part that stands under `not`.
    #[must_use]
    pub fn under_not(self) -> Self {
        match self {
            Self::Widened => Self::Narrowed,
            Self::Narrowed => Self::Widened,
            other => other,
        }
    }

    /// Both together. Widened and narrowed at once is unknown.
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        match (self, other) {
            (Self::Metadata, effect) | (effect, Self::Metadata) => effect,
            (left, right) if left == right => left,
            _ => Self::Unknown,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Metadata => "metadata",
            Self::Widened => "widened",
            Self::Narrowed => "narrowed",
            Self::Unknown => "unknown",
        }
    }
}

/// Whether the place that is looked at counts for the rule or against it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Polarity {
    Positive,
    Negative,
}

impl Polarity {
    /// The polarity of a condition that speaks against a result, or for it.
    #[must_use]
    pub fn of(is_against: bool) -> Self {
        if is_against { Self::Negative } else { Self::Positive }
    }

    #[must_use]
    pub fn flip(self) -> Self {
        match self {
            Self::Positive => Self::Negative,
            Self::Negative => Self::Positive,
        }
    }

    /// The effect on the rule of an effect at this place.
    #[must_use]
    pub fn apply(self, effect: Effect) -> Effect {
        match self {
            Self::Positive => effect,
            Self::Negative => effect.under_not(),
        }
    }
}

/// One thing that the target does not keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loss {
    pub code: &'static LossCode,
    /// The effect on the rule, polarity applied.
    pub effect: Effect,
    /// What is lost, in words: the construct, what the target has instead, and for which events it matters.
    pub message: String,
    pub origin: Option<Location>,
}

impl Hash for Loss {
    /// By what differs between the losses of a rule: the codes are few, and their pages long.
    fn hash<H: Hasher>(&self, state: &mut H) {
        (&self.message, self.origin).hash(state);
    }
}

impl Loss {
    pub fn new(code: &'static LossCode, effect: Effect, message: impl Into<String>, origin: Option<Location>) -> Self {
        Self { code, effect, message: message.into(), origin }
    }
}

/// The effect of all losses together; `None` when there are none.
pub fn total_effect(losses: &[Loss]) -> Option<Effect> {
    losses.iter().map(|loss| loss.effect).reduce(Effect::join)
}

/// How much a conversion may lose (`--max-loss`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum MaxLoss {
    None,
    Metadata,
    #[default]
    Widened,
    Any,
}

impl MaxLoss {
    /// Whether a conversion with this total effect may be written.
    pub fn allows(self, effect: Option<Effect>) -> bool {
        match effect {
            None => true,
            Some(Effect::Metadata) => self >= Self::Metadata,
            Some(Effect::Widened) => self >= Self::Widened,
            Some(Effect::Narrowed | Effect::Unknown) => self == Self::Any,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn not_swaps_the_direction_and_a_mixture_is_unknown() {
        assert_eq!(Polarity::Negative.apply(Effect::Widened), Effect::Narrowed);
        assert_eq!(Effect::Widened.join(Effect::Narrowed), Effect::Unknown);
        assert_eq!(Effect::Metadata.join(Effect::Narrowed), Effect::Narrowed);
    }

    #[test]
    fn narrowed_and_unknown_pass_only_with_any() {
        assert!(MaxLoss::default().allows(Some(Effect::Widened)));
        assert!(!MaxLoss::Widened.allows(Some(Effect::Narrowed)));
        assert!(!MaxLoss::Widened.allows(Some(Effect::Unknown)));
        assert!(MaxLoss::Any.allows(Some(Effect::Unknown)));
        assert!(!MaxLoss::None.allows(Some(Effect::Metadata)));
    }
}
