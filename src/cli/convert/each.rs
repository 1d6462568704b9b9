//! Rule by rule: the conversion, the pipelines' part in it, the proof.

use super::super::fault::fault;
use super::super::{input, pipelines};
use super::examples::examples;
use super::names;
use crate::backend::{self, Conversion, Options, Status, Target};
use crate::fidelity::code::PIPELINE_OUTPUT;
use crate::fidelity::{Effect, Loss};
use crate::frontend::{Item, Loaded};
use crate::ir::{Rule, RuleTest};
use crate::proof::{self, Proof};
use crate::source::{Diagnostic, Disk, ReadOnce};
use input::Inputs;
use rayon::prelude::*;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

/// A rule of the input with what became of it.
pub(super) struct Converted<'a> {
    pub(super) loaded: &'a Loaded,
    pub(super) item: &'a Item,
    /// What its outputs are called before their extension.
    pub(super) base: String,
    pub(super) outcome: Conversion,
    pub(super) proof: Option<Proof>,
    /// What went wrong besides the losses: a fault of the program, an output that another rule would write too.
    pub(super) complaint: Option<Diagnostic>,
    /// The files of the outputs.
    pub(super) names: Vec<PathBuf>,
}

impl Converted<'_> {
    pub(super) fn is_fault(&self) -> bool {
        self.complaint.as_ref().is_some_and(|complaint| complaint.lint == "internal-error")
    }
}

pub(super) fn convert_all<'a>(
    inputs: &'a Inputs,
    target: Target,
    options: &Options,
    prove: bool,
) -> Vec<Converted<'a>> {
    let beside = ReadOnce::new(&Disk);
    let all: Vec<&Rule> = inputs.files.iter().flat_map(|loaded| &loaded.items).map(|item| &item.rule).collect();
    inputs
        .files
        .par_iter()
        .flat_map_iter(|loaded| {
            loaded.items.iter().zip(names::bases(loaded, target)).map(move |(item, base)| (loaded, item, base))
        })
        .filter(|(loaded, item, _)| item.rule.is_rule() || input::broken(loaded, item).is_some())
        .map(|(loaded, item, base)| {
            let attempt = AssertUnwindSafe(|| {
                if input::broken(loaded, item).is_some() {
                    return (unread(), None);
                }
                let outcome = convert_one(loaded, item, target, options, &beside);
                let proof = prove.then(|| prove_one(item, &all, target, &outcome)).flatten();
                (outcome, proof)
            });
            let ((mut outcome, proof), complaint) = match catch_unwind(attempt) {
                Ok(outcome) => (outcome, None),
                Err(payload) => ((unread(), None), Some(fault(payload.as_ref()))),
            };
            backend::name_outputs(target, &base, &mut outcome.outputs);
            Converted { loaded, item, base, outcome, proof, complaint, names: Vec::new() }
        })
        .collect()
}

/// A rule with its tests and what the pipelines do with its query.
fn convert_one(loaded: &Loaded, item: &Item, target: Target, options: &Options, beside: &ReadOnce<'_>) -> Conversion {
    let processed = item.processed.as_deref();
    let unwritten = processed.filter(|_| !target.writes_query()).map(|_| {
        let message = "the pipeline changes the text of queries, and this target writes whole rules";
        Loss::new(&PIPELINE_OUTPUT, Effect::Unknown, message, Some(item.rule.origin))
    });
    let options = Options { losses: unwritten.into_iter().collect(), ..options.clone() };
    let mut tests = super::super::test::carried(loaded, &item.rule, beside);
    let convert = |tests: &[RuleTest]| match tests {
        [] => backend::convert(&item.rule, target, &options),
        tests => backend::convert(&with_tests(&item.rule, tests), target, &options),
    };
    let mut outcome = convert(&tests);
    if target == Target::Panther {
        let known: Vec<RuleTest> = item.rule.tests.iter().chain(&tests).cloned().collect();
        let made = examples(&item.rule, &known, target, &outcome);
        if !made.is_empty() {
            tests.extend(made);
            outcome = convert(&tests);
        }
    }
    if let Some(processed) = processed.filter(|_| target.writes_query()) {
        pipelines::postprocess(processed, &item.rule, &mut outcome);
    }
    outcome
}

fn prove_one(item: &Item, all: &[&Rule], target: Target, outcome: &Conversion) -> Option<Proof> {
    let siblings = super::super::test::others(&item.rule, all);
    proof::prove_conversion(&item.rule, &siblings, target, outcome)
}

fn with_tests(rule: &Rule, tests: &[RuleTest]) -> Rule {
    let mut rule = rule.clone();
    rule.tests.extend_from_slice(tests);
    rule
}

/// A rule with a syntax error: the error itself is told as a finding.
pub(super) fn unread() -> Conversion {
    Conversion { status: Status::Failed, losses: Vec::new(), assumes: Vec::new(), choice: None, outputs: Vec::new() }
}
