//! EQL queries as rule logic: single events, sequences with missing events, samples, pipes (reference: elastic.md sections 6 and 7).

mod condition;
mod outcome;
mod scripted;
mod terms;

pub(super) use scripted::network;

use super::Lowering;
use crate::ir::{Case, FieldPath, JoinKey, Logic, Pipe, Piped, Sample, Sequence, Step, Subject, UseKind};
use crate::lang::eql::{self, Field, PipeKind, Query, Term};
use std::time::Duration;

/// The logic of a query.
pub(super) fn lower(query: &Query, lowering: &mut Lowering<'_>) -> Logic {
    lowering.parts.assumptions.insert("Elasticsearch 7.16 or later: `not` is the complement".to_owned());
    let source = match query {
        Query::Event(event) => Logic::Event(condition::filter(&event.filter, lowering)),
        Query::Sequence(sequence) => Logic::Sequence(Sequence {
            by: keys(&sequence.by, lowering),
            max_span: sequence.maxspan.map(|span| Duration::from_millis(span.millis())),
            steps: sequence.terms.iter().map(|term| step(term, lowering)).collect(),
            until: sequence.until.as_ref().map(|term| step(term, lowering)),
        }),
        Query::Sample(sample) => Logic::Sample(Sample {
            by: keys(&sample.by, lowering),
            steps: sample.terms.iter().map(|term| step(term, lowering)).collect(),
            until: None,
        }),
    };
    match query.pipes() {
        [] => source,
        pipes => Logic::Piped(Piped { source: Box::new(source), pipes: pipes.iter().map(pipe).collect() }),
    }
}

fn pipe(pipe: &eql::Pipe) -> Pipe {
    match pipe.kind {
        PipeKind::Head => Pipe::Head(pipe.count.value),
        PipeKind::Tail => Pipe::Tail(pipe.count.value),
    }
}

fn step(term: &Term, lowering: &mut Lowering<'_>) -> Step {
    lowering.negated = term.missing;
    let filter = condition::filter(&term.filter, lowering);
    lowering.negated = false;
    Step {
        filter,
        by: keys(&term.by, lowering),
        runs: u32::try_from(term.count()).unwrap_or(u32::MAX),
        fork: false,
        missing: term.missing,
        origin: Some(lowering.at(term.at.0)),
    }
}

fn keys(fields: &[Field], lowering: &mut Lowering<'_>) -> Vec<JoinKey> {
    fields.iter().map(|field| key(field, lowering)).collect()
}

fn key(field: &Field, lowering: &mut Lowering<'_>) -> JoinKey {
    let path = FieldPath::dotted(&field.name());
    lowering.used(&path, field.at.0, UseKind::Other, Vec::new());
    let origin = Some(lowering.at(field.at.0));
    JoinKey { term: Subject::Field(path), optional: field.optional, case: Case::Sensitive, origin }
}
