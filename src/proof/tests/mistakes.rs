//! The proof put to the proof: single mistakes in what is emitted for the bundled rules, each of which has to be found.

use super::bundled;
use super::kinds::{Kind, Mistake, mistakes};
use crate::backend::{Conversion, Options, Output, SourceWorld, Status, TARGETS, Target, convert};
use crate::eval::{EndOfStream, Program};
use crate::ir::{Rule, fields_of};
use crate::proof::conversion::emitted;
use crate::proof::{Proof, Verdict, prove_conversion, prove_equal};
use rayon::prelude::*;
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

const SEED: u64 = 500;
const MISTAKES: usize = 500;
const MUTATED: [&str; 7] = ["eql", "kql", "esql", "lucene", "panther", "sigma", "native"];

/// A conversion that loses nothing of the logic, with the text that mistakes are made in.
struct Case {
    name: String,
    target_name: &'static str,
    rule: Rule,
    target: Target,
    conversion: Conversion,
    /// Which of the outputs holds the condition.
    output: usize,
}

/// A conversion with a mistake.
struct Mutant<'a> {
    case: &'a Case,
    mistake: Mistake,
}

impl Case {
    fn mistakes(&self) -> Vec<Mistake> {
        let read = emitted(&self.rule, self.target, &self.conversion).unwrap();
        let rule = read.last().unwrap();
        let roots: Vec<_> = read.iter().flat_map(|rule| rule.logic.roots()).collect();
        let fields = match read.as_slice() {
            [_] => fields_of(&rule.pool, &roots).into_iter().map(|(field, _)| field.name()).collect(),
            _ => Vec::new(),
        };
        let mut seen = BTreeSet::new();
        let text = &self.conversion.outputs[self.output].text;
        let made = mistakes(self.target, text, &fields);
        made.into_iter().filter(|made| made.text != *text && seen.insert(made.text.clone())).collect()
    }
}

impl Mutant<'_> {
    fn outputs(&self) -> Conversion {
        let mut conversion = self.case.conversion.clone();
        conversion.outputs[self.case.output].text.clone_from(&self.mistake.text);
        conversion
    }

    fn proof(&self) -> Proof {
        prove_conversion(&self.case.rule, &[], self.case.target, &self.outputs()).unwrap()
    }

    fn name(&self) -> String {
        format!("{} {:?}: {}", self.case.name, self.mistake.kind, self.mistake.about)
    }

    /// Whether the text means the same with the mistake, as functions of the same tests.
    fn is_equivalent(&self) -> bool {
        let [right, wrong] = [&self.case.conversion, &self.outputs()]
            .map(|conversion| emitted(&self.case.rule, self.case.target, conversion).unwrap());
        let [right, wrong] = [&right, &wrong].map(|rules| rules.iter().collect::<Vec<_>>());
        prove_equal(&right, &wrong).is_ok_and(|proof| proof.verdict == Verdict::Proved)
    }

    /// Whether both sides say of the counter-example what it says, by the evaluator's own word.
    fn is_confirmed(&self, proof: &Proof) -> bool {
        let Some(example) = &proof.counterexample else { return false };
        let read = emitted(&self.case.rule, self.case.target, &self.outputs()).unwrap();
        let source = fires(&[&self.case.rule], &example.source.events);
        let target = fires(&read.iter().collect::<Vec<_>>(), &example.target.events);
        source != target && source == example.source.fires && target == example.target.fires
    }
}

fn fires(rules: &[&Rule], events: &[Json]) -> bool {
    let run = Program::compile_all(rules).run(events.iter().cloned().enumerate(), EndOfStream::Complete);
    run.alerts.iter().any(|alert| alert.rule + 1 == rules.len())
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (file, rule) in bundled() {
        for info in TARGETS.iter().filter(|info| MUTATED.contains(&info.name)) {
            let target = info.target;
            let conversion = convert(&rule, target, &Options::default());
            if !matches!(conversion.status, Status::Exact | Status::Metadata) {
                continue;
            }
            let name = format!("{file} -> {}", info.name);
            // What is not understood cannot be told from what has a mistake.
            if prove_conversion(&rule, &[], target, &conversion).is_none_or(|proof| proof.verdict == Verdict::NotRun) {
                println!("not run: {name}");
                continue;
            }
            let is_code = |output: &Output| output.extension == ".py";
            let output = conversion.outputs.iter().position(is_code).unwrap_or_default();
            cases.push(Case { name, target_name: info.name, rule: rule.clone(), target, conversion, output });
        }
    }
    cases
}

/// SplitMix64 (G. L. Steele, D. Lea, C. H. Flood, 2014).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

/// Mistakes of every kind in every target, in turn: those that the front-end reads without a complaint.
fn chosen(cases: &[Case]) -> Vec<Mutant<'_>> {
    let mut rooms: BTreeMap<(&str, Kind), Vec<(u64, Mutant<'_>)>> = BTreeMap::new();
    let mut random = Random(SEED);
    for case in cases {
        for mistake in case.mistakes() {
            let room = rooms.entry((case.target_name, mistake.kind)).or_default();
            room.push((random.next(), Mutant { case, mistake }));
        }
    }
    let mut rooms: Vec<Vec<(u64, Mutant<'_>)>> = rooms.into_values().collect();
    for room in &mut rooms {
        room.sort_by_key(|(order, _)| *order);
    }
    let mut chosen = Vec::new();
    while chosen.len() < MISTAKES && rooms.iter().any(|room| !room.is_empty()) {
        for room in &mut rooms {
            while let Some((_, mutant)) = room.pop() {
                let read = emitted(&mutant.case.rule, mutant.case.target, &mutant.outputs());
                if read.is_ok_and(|rules| rules.iter().all(|rule| rule.opaque_parts() == 0)) {
                    chosen.push(mutant);
                    break;
                }
            }
        }
    }
    chosen.truncate(MISTAKES);
    chosen
}

/// Mistakes that change nothing, beyond what the diagrams show: the conversion, a part of what the mistake is, and why.
const EQUIVALENT: [(&str, &str, &str); 1] = [(
    "okta_super_group_joined -> panther",
    "t(\u{b6}        (\u{b6}            below(item, \"type\") == \"UserGroup\" \u{ab}and \u{bb} -> \u{ab}or \u{bb}",
    "the value of an item that the filter lets through: both tests hold, or it is no object and neither does",
)];

/// The part of the text that tells the log source's events from others is true of all of them.
fn is_of_log_source(mutant: &Mutant<'_>) -> bool {
    let implied = SourceWorld::of(&mutant.case.rule).implied();
    implied.iter().any(|(field, _)| mutant.mistake.about.contains(field))
}

/// A guard of the emitted rule that every event of the log source passes: which events these are is given, and cannot be shown.
fn is_guard_of_log_source(mutant: &Mutant<'_>) -> bool {
    let guards = SourceWorld::of(&mutant.case.rule).implied_in_log_type();
    let names =
        |field: &str, value: &str| mutant.mistake.about.contains(&format!("event.get(\"{field}\") != \"{value}\""));
    let is_named = guards.iter().any(|(field, values)| values.iter().any(|value| names(field, value)));
    mutant.mistake.kind == Kind::Guard && is_named
}

/// The case of a value that every document of the log source has as it is written.
fn is_case_of_log_source(mutant: &Mutant<'_>) -> bool {
    let implied = SourceWorld::of(&mutant.case.rule).implied();
    let is_in = |field: &str| {
        [format!("{field}\u{ab} == "), format!("\u{ab}{field} == ")]
            .iter()
            .any(|part| mutant.mistake.about.contains(part))
    };
    mutant.mistake.kind == Kind::Case && implied.iter().any(|(field, _)| is_in(field))
}

#[test]
fn single_mistakes_are_found() {
    let cases = cases();
    let chosen = chosen(&cases);
    assert_eq!(chosen.len(), MISTAKES);
    let judged: Vec<(&Mutant<'_>, Proof)> = chosen.par_iter().map(|mutant| (mutant, mutant.proof())).collect();
    let (mut found, mut missed) = (0, Vec::new());
    for (mutant, proof) in &judged {
        let is_known =
            |(case, part, _): &&(&str, &str, &str)| mutant.case.name == *case && mutant.mistake.about.contains(part);
        match proof.verdict {
            Verdict::Differs => {
                assert!(mutant.is_confirmed(proof), "{}: {:?}", mutant.name(), proof.counterexample);
                found += 1;
            }
            Verdict::Proved if is_of_log_source(mutant) => println!("of the log source: {}", mutant.name()),
            Verdict::Tested | Verdict::Proved if is_guard_of_log_source(mutant) => {
                println!("of the log source: {}", mutant.name());
            }
            _ if is_case_of_log_source(mutant) => println!("of the log source: {}", mutant.name()),
            _ if mutant.is_equivalent() => println!("the same function of the same tests: {}", mutant.name()),
            verdict => match EQUIVALENT.iter().find(is_known) {
                Some((_, _, why)) => println!("{why}: {}", mutant.name()),
                None => missed.push(format!("{verdict:?} {} {:?}", mutant.name(), proof.reason)),
            },
        }
    }
    println!("{found} of {} found", judged.len());
    assert!(missed.is_empty(), "{} of {}:\n{}", missed.len(), judged.len(), missed.join("\n"));
}
