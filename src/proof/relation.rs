//! `detc prove A B` and `detc diff OLD NEW`: two rules of any formats, side by side.

use super::compare::{Claim, Comparison, far_enough};
use super::ground::Ground;
use super::sides::{Path, Side};
use super::witness::{Extent, Witnesses};
use super::{Counterexample, Proof, Verdict};
use crate::backend::{SourceWorld, World};
use crate::catalog::ingest::Way;
use crate::ir::Rule;

/// How the alerts of a new rule stand to those of an old one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// No event was found that tells them apart.
    Equal,
    /// The new rule fires wherever the old one does, and on other events too.
    Wider,
    /// The old rule fires wherever the new one does, and on other events too.
    Narrower,
    /// Each fires on events that the other one does not fire on.
    Incomparable,
    /// It could not be looked at.
    NotRun,
}

/// What a change does.
#[derive(Debug, Clone)]
pub struct Change {
    pub relation: Relation,
    /// For [`Relation::Equal`]: how far that goes.
    pub verdict: Verdict,
    pub witnesses: usize,
    /// Events that only the new rule fires on (it is the target), and that only the old one does.
    pub gained: Option<Counterexample>,
    pub lost: Option<Counterexample>,
    pub reason: Option<String>,
}

/// Whether the last rules of both lists say the same; each may refer to the others of its list. They may be of different formats and
/// speak of different fields, as long as a field map knows the way.
///
/// # Errors
/// When their events cannot be brought together.
pub fn prove_equal(left: &[&Rule], right: &[&Rule]) -> Result<Proof, String> {
    let pair = Pair::of(left, right)?;
    pair.with(|comparison| super::compare::compare(comparison, Claim::Equal))
}

/// How the alerts of a new rule stand to those of an old one, as [`prove_equal`] looks at them.
///
/// # Errors
/// As [`prove_equal`].
pub fn change(old: &[&Rule], new: &[&Rule]) -> Result<Change, String> {
    let pair = Pair::of(old, new)?;
    pair.with(|comparison| {
        let witnesses = &Witnesses::of(comparison.source, comparison.target, comparison.path, Extent::Full);
        let (mut gained, mut lost) = (None, None);
        let tally = comparison.ask(witnesses, |witness, old, new| {
            match (old, new) {
                (false, true) => gained = gained.or(Some(witness)),
                (true, false) => lost = lost.or(Some(witness)),
                _ => {}
            }
            gained.is_some() && lost.is_some()
        });
        let (verdict, reason) = far_enough(&tally, witnesses);
        let relation = match (gained, lost) {
            (Some(_), Some(_)) => Relation::Incomparable,
            (Some(_), None) => Relation::Wider,
            (None, Some(_)) => Relation::Narrower,
            (None, None) if verdict == Verdict::NotRun => Relation::NotRun,
            (None, None) => Relation::Equal,
        };
        let verdict = if gained.or(lost).is_some() { Verdict::Differs } else { verdict };
        Change {
            relation,
            verdict,
            witnesses: tally.asked,
            gained: gained.map(|witness| comparison.counterexample(witness, Claim::Narrower)),
            lost: lost.map(|witness| comparison.counterexample(witness, Claim::Wider)),
            reason,
        }
    })
}

/// Two rules with the worlds of their fields.
struct Pair<'a> {
    left: &'a [&'a Rule],
    right: &'a [&'a Rule],
    /// The log source that knows the way between the worlds, where there are two.
    sources: [SourceWorld; 2],
    worlds: [World; 2],
    way: Option<Way>,
}

impl<'a> Pair<'a> {
    fn of(left: &'a [&'a Rule], right: &'a [&'a Rule]) -> Result<Self, String> {
        let (Some(first), Some(second)) = (left.last(), right.last()) else {
            return Err("there is no rule".to_owned());
        };
        let sources = [SourceWorld::of(first), SourceWorld::of(second)];
        let worlds = [World::of_rule(first), World::of_rule(second)];
        let raw = usize::from(worlds[0] == World::Elastic);
        let way = sources[raw].way().or_else(|| sources[1 - raw].way());
        if worlds[0] != worlds[1] && way.is_none() {
            return Err("the rules speak of different fields, and no field map knows the way between them".to_owned());
        }
        Ok(Self { left, right, sources, worlds, way })
    }

    fn with<T>(&self, look: impl FnOnce(&Comparison<'_>) -> T) -> Result<T, String> {
        let path = match (&self.way, self.worlds) {
            (Some(way), [World::Raw, World::Elastic]) => Path::TargetBehind(way),
            (Some(way), [World::Elastic, World::Raw]) => Path::SourceBehind(way),
            _ => Path::Same,
        };
        let travels = !matches!(path, Path::Same);
        let side = |rules: &'a [&'a Rule], number: usize| {
            let rule = rules.last()?;
            let ground = Ground::new(self.worlds[number], &self.sources[number], &rule.data_source, travels);
            Side::new(rules.to_vec(), ground)
        };
        let (Some(source), Some(target)) = (side(self.left, 0), side(self.right, 1)) else {
            return Err("there is no rule".to_owned());
        };
        let comparison = Comparison { source: &source, target: &target, path, assumes: &[] };
        Ok(look(&comparison))
    }
}
