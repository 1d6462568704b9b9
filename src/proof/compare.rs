//! What two rules say about the witnesses, held against what is claimed.

use super::because::because;
use super::ground::Ground;
use super::path::{Path, Travelled};
use super::shrink::shrink;
use super::sides::{Answer, Side};
use super::witness::{Extent, Witness, Witnesses};
use super::{Counterexample, Proof, Seen, Verdict, proved};
use crate::fidelity::Assumption;
use crate::ir::{EventModel, FieldPath};
use serde_json::Value as Json;

/// What is claimed about the target's alerts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Claim {
    Equal,
    /// The target fires wherever the source does.
    Wider,
    /// The source fires wherever the target does.
    Narrower,
}

impl Claim {
    fn holds(self, source: bool, target: bool) -> bool {
        match self {
            Self::Equal => source == target,
            Self::Wider => target || !source,
            Self::Narrower => source || !target,
        }
    }
}

/// Two rules side by side.
pub(super) struct Comparison<'a> {
    pub(super) source: &'a Side<'a>,
    pub(super) target: &'a Side<'a>,
    pub(super) path: Path<'a>,
    /// The world in which the events begin.
    pub(super) begins: &'a Ground<'a>,
    /// What the target's events keep to.
    pub(super) assumes: &'a [Assumption],
    /// The vendor's fields of both rules, where neither side sees the vendor's events.
    unseen: Vec<FieldPath>,
}

/// How the asking went.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) asked: usize,
    /// Witnesses that the source fires on, and those that the target fires on.
    pub(super) source_fired: usize,
    pub(super) target_fired: usize,
    /// Why a side could not tell, the first time.
    pub(super) open: Option<String>,
}

impl<'a> Comparison<'a> {
    /// `vendor` is where the events begin, should neither side see them there.
    pub(super) fn new(
        source: &'a Side<'a>,
        target: &'a Side<'a>,
        path: Path<'a>,
        vendor: &'a Ground<'a>,
        assumes: &'a [Assumption],
    ) -> Self {
        let (begins, unseen) = match (path.source, path.target) {
            (None, _) => (&source.ground, Vec::new()),
            (_, None) => (&target.ground, Vec::new()),
            (Some(there), Some(here)) => {
                let fields = [(source, there), (target, here)].map(|(side, way)| side.vendor_fields(way));
                (vendor, fields.concat())
            }
        };
        Self { source, target, path, begins, assumes, unseen }
    }

    /// How the rule reads events that sees them where they begin.
    pub(super) fn model(&self) -> EventModel {
        match (self.path.source, self.path.target) {
            (None, _) => self.source.model(),
            (_, None) => self.target.model(),
            _ => EventModel::Sigma,
        }
    }

    /// Whether each side fires. `None` for events that are not of the claim's domain.
    fn answers(&self, events: &[Json]) -> Option<(Answer, Answer)> {
        let raw = self.path.spelled(events)?;
        if !raw.iter().all(|event| self.begins.admits_event(&self.unseen, event, self.model())) {
            return None;
        }
        let Travelled { mut there, mut here } = self.path.forward(raw)?;
        there
            .retain(|documents| self.source.admits(documents, &[]) && self.source.keeps_texts(documents, self.assumes));
        if there.is_empty() || !self.target.admits(&here, self.assumes) {
            return None;
        }
        self.target.index(&mut here);
        if self.path.is_same() {
            // One document is indexed once: by what either rule's indices say of its fields.
            self.source.index(&mut here);
            there.iter_mut().for_each(|documents| self.target.index(documents));
        }
        Some((self.source.says_of_any(there), self.target.says(&here)))
    }

    /// Asks both sides about one witness after the other until `stop` says so.
    pub(super) fn ask<'w>(
        &self,
        witnesses: &'w Witnesses,
        mut stop: impl FnMut(&'w Witness, bool, bool) -> bool,
    ) -> Tally {
        let mut tally = Tally::default();
        for witness in &witnesses.all {
            match self.answers(&witness.events) {
                None => {}
                Some((Answer::Open(reason), _) | (_, Answer::Open(reason))) => {
                    tally.open.get_or_insert(reason);
                }
                Some((Answer::Fires(source), Answer::Fires(target))) => {
                    tally.asked += 1;
                    tally.source_fired += usize::from(source);
                    tally.target_fired += usize::from(target);
                    if stop(witness, source, target) {
                        break;
                    }
                }
            }
        }
        tally
    }

    /// Of the documents that the sensors make, those that fire the source, else the first.
    fn telling(&self, there: &[Vec<Json>]) -> Vec<Json> {
        let fires = |documents: &&Vec<Json>| self.source.says_of_any(vec![(*documents).clone()]) == Answer::Fires(true);
        there.iter().find(fires).or(there.first()).cloned().unwrap_or_default()
    }

    /// The witness made as small as it goes while the claim does not hold for it.
    pub(super) fn counterexample(&self, witness: &Witness, claim: Claim) -> Counterexample {
        let breaks = |events: &[Json]| match self.answers(events) {
            Some((Answer::Fires(source), Answer::Fires(target))) => !claim.holds(source, target),
            _ => false,
        };
        let events = shrink(witness.events.clone(), &breaks);
        let Travelled { there, here } = self.path.travelled(&events).unwrap_or_default();
        let seen = |side: &Side<'_>, mut events: Vec<Json>| {
            side.index(&mut events);
            let because = match events.as_slice() {
                [event] => because(side.rule, event),
                _ => None,
            };
            Seen { fires: side.says(&events) == Answer::Fires(true), because, events }
        };
        Counterexample {
            found_by: witness.about.clone(),
            source: seen(self.source, self.telling(&there)),
            target: seen(self.target, here),
        }
    }
}

/// The claim shown for every event, else held against witnesses all around both rules. Where it is shown, a few witnesses are asked
/// nevertheless: what they say comes first.
pub(super) fn compare(comparison: &Comparison<'_>, claim: Claim) -> Proof {
    let granted = proved::proved(comparison, claim);
    let extent = if granted.is_some() { Extent::Few } else { Extent::Full };
    let proof = held(comparison, claim, extent);
    match granted {
        Some(granted) if proof.verdict != Verdict::Differs => {
            let mut proof = Proof { verdict: Verdict::Proved, reason: None, ..proof };
            proof.assumes.extend(granted.words());
            proof
        }
        _ => proof,
    }
}

/// The claim held against witnesses.
pub(super) fn held(comparison: &Comparison<'_>, claim: Claim, extent: Extent) -> Proof {
    let witnesses = &Witnesses::of(comparison, extent);
    let mut proof = Proof::new(comparison.assumes);
    let mut broken = None;
    let tally = comparison.ask(witnesses, |witness, source, target| {
        let breaks = !claim.holds(source, target);
        if breaks {
            broken = Some(witness);
        }
        breaks
    });
    proof.witnesses = tally.asked;
    if let Some(witness) = broken {
        proof.verdict = Verdict::Differs;
        proof.counterexample = Some(comparison.counterexample(witness, claim));
        return proof;
    }
    (proof.verdict, proof.reason) = far_enough(&tally, witnesses);
    proof
}

/// Whether the witnesses without a difference make the claim tested.
pub(super) fn far_enough(tally: &Tally, witnesses: &Witnesses) -> (Verdict, Option<String>) {
    let silent = tally.asked - tally.source_fired;
    let missing = match (tally.source_fired, silent) {
        (0, _) => "no event was found that fires the rule",
        (_, 0) => "no event was found that does not fire the rule",
        _ if witnesses.not_flipped > 0 => {
            let (open, all) = (witnesses.not_flipped, witnesses.tests);
            return (Verdict::Tested, Some(format!("{open} of {all} tests decide alone in no event that was found")));
        }
        _ => return (Verdict::Tested, None),
    };
    (Verdict::NotRun, Some(tally.open.clone().unwrap_or_else(|| missing.to_owned())))
}
