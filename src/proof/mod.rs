//! Proof of conversions: whether two rules say the same of every event.
//!
//! Witnesses are made from the rules ([`synth`]) in the world in which events begin, and travel forward through the modelled ingest
//! where a side sees what comes out of it; never back. The source and the emitted text, read again, are asked about each. A verdict
//! never rests on what the conversion did on its way.

mod because;
mod carried;
mod compare;
mod conversion;
mod diagram;
mod ground;
mod implied;
mod imported;
mod metadata;
mod path;
mod plain;
mod plain_regex;
mod proved;
mod relation;
mod reread;
mod sample;
mod shrink;
mod sides;
mod synth;
#[cfg(test)]
mod tests;
mod vendor;
mod witness;

pub use carried::{CarriedTest, carried_tests};
pub use conversion::prove_conversion;
pub use metadata::{MetaChange, metadata_changes};
pub use relation::{Change, Relation, change, prove_equal};
pub use sample::{Sample, Shape, emitted_samples, samples};

use crate::backend::Conversion;
use crate::fidelity::Assumption;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value as Json;

/// How far a claim about two rules goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// There is an event for which the claim does not hold.
    Differs,
    /// It was not looked at, or no event was found that fires the rule or none that does not.
    NotRun,
    /// It holds for every witness: some fire, some do not, and each test was flipped where it can be.
    Tested,
    /// It holds for every event that keeps to the assumptions.
    Proved,
}

impl Verdict {
    /// The name for people; reports in JSON write `not-run`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Proved => "proved",
            Self::Tested => "tested",
            Self::Differs => "differs",
            Self::NotRun => "not run",
        }
    }
}

/// What came of a proof.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Proof {
    pub verdict: Verdict,
    /// The events, or streams of events, that both sides were asked about: a few where the claim is shown without them.
    pub witnesses: usize,
    pub counterexample: Option<Counterexample>,
    /// Why it was not run; or what the witnesses leave open.
    pub reason: Option<String>,
    /// What the claim rests on.
    pub assumes: Vec<String>,
}

/// Events that show a difference that no loss explains, with the fewest fields.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Counterexample {
    /// What the event was made for.
    pub found_by: String,
    pub source: Seen,
    pub target: Seen,
}

/// The events of a counter-example in one side's world.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Seen {
    pub events: Vec<Json>,
    pub fires: bool,
    /// The part of the condition that decides, when a part does.
    pub because: Option<String>,
}

impl Proof {
    fn new(assumes: &[Assumption]) -> Self {
        let assumes = assumes.iter().map(ToString::to_string).collect();
        Self { verdict: Verdict::NotRun, witnesses: 0, counterexample: None, reason: None, assumes }
    }

    fn not_run(reason: impl Into<String>, conversion: &Conversion) -> Self {
        Self { reason: Some(reason.into()), ..Self::new(&conversion.assumes) }
    }
}
