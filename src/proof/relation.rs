//! `detc prove A B` and `detc diff OLD NEW`: two rules of any formats, side by side.

use super::compare::{Claim, Comparison, far_enough};
use super::ground::Ground;
use super::path::{Names, Path};
use super::sides::{Side, fields_named};
use super::witness::{Extent, Witnesses};
use super::{Counterexample, Proof, Verdict};
use crate::backend::{SourceWorld, World};
use crate::catalog::ingest::Way;
use crate::ir::{FieldPath, Rule};

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
        let witnesses = &Witnesses::of(comparison, Extent::Full);
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
    sources: [SourceWorld; 2],
    names: [Names; 2],
    /// The ways of the vendor's events to both, where they speak of different fields.
    ways: [Option<Way>; 2],
}

impl<'a> Pair<'a> {
    fn of(left: &'a [&'a Rule], right: &'a [&'a Rule]) -> Result<Self, String> {
        let (Some(first), Some(second)) = (left.last(), right.last()) else {
            return Err("there is no rule".to_owned());
        };
        let sources = [SourceWorld::of(first), SourceWorld::of(second)];
        let names = [Names::of(first), Names::of(second)];
        if names[0] == names[1] {
            return Ok(Self { left, right, sources, names, ways: [None, None] });
        }
        // A rule in the vendor's names says best which log source it is.
        let telling = usize::from(names[0] == Names::Elastic);
        let way = |names: Names| names.way(&sources[telling]).or_else(|_| names.way(&sources[1 - telling]));
        let no_way = |_| "the rules speak of different fields, and no field map knows the way between them".to_owned();
        let ways = [way(names[0]).map_err(no_way)?, way(names[1]).map_err(no_way)?];
        Ok(Self { left, right, sources, names, ways })
    }

    fn with<T>(&self, look: impl FnOnce(&Comparison<'_>) -> T) -> Result<T, String> {
        let path = Path { vendor: None, source: self.ways[0].as_ref(), target: self.ways[1].as_ref() };
        let in_log_type = self.sources.each_ref().map(SourceWorld::in_log_type);
        let last = [self.left.last(), self.right.last()].into_iter().flatten().zip(self.names);
        let of_documents = last.filter(|(_, names)| *names == Names::Elastic);
        let asked: Vec<FieldPath> = of_documents.flat_map(|(rule, _)| fields_named(rule)).collect();
        let ground = |rules: &'a [&'a Rule], number: usize, names: Names| {
            let rule = rules.last()?;
            let own = names == Names::LogType && !path.is_same();
            let source = if own { &in_log_type[number] } else { &self.sources[number] };
            let world = if names == Names::Elastic { World::Elastic } else { World::Raw };
            Some(Ground::new(world, source, &rule.data_source, !path.is_same()).asked_for(&asked))
        };
        let side = |rules: &'a [&'a Rule], number: usize| {
            Side::new(rules.to_vec(), ground(rules, number, self.names[number])?)
        };
        let begins = ground(self.left, 0, Names::Vendor);
        let (Some(source), Some(target), Some(begins)) = (side(self.left, 0), side(self.right, 1), begins) else {
            return Err("there is no rule".to_owned());
        };
        Ok(look(&Comparison::new(&source, &target, path, &begins, &[])))
    }
}
