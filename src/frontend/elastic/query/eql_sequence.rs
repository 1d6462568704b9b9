//! EQL queries as rule logic: single events, sequences with missing events, samples (reference: elastic.md sections 6 and 7).

use super::{Lowering, eql};
use crate::ir::{FieldPath, JoinKey, Logic, Sample, Sequence, Step, UseKind};
use crate::lang::eql::{Field, Query, Term};
use std::time::Duration;

/// The logic of a query.
pub(super) fn lower(query: &Query, lowering: &mut Lowering<'_>) -> Logic {
    if !query.pipes().is_empty() {
        let reason = "the pipes `head` and `tail` choose among the results, which no term of the rule model says";
        return lowering.query.opaque("eql", "eql-pipe", reason);
    }
    lowering.parts.assumptions.insert("Elasticsearch 7.16 or later: `not` is the complement".to_owned());
    match query {
        Query::Event(event) => Logic::Event(eql::filter(&event.filter, lowering)),
        Query::Sequence(sequence) => Logic::Sequence(Sequence {
            by: keys(&sequence.by, lowering),
            max_span: sequence.maxspan.map(|span| Duration::from_millis(span.millis())),
            steps: sequence.terms.iter().map(|term| step(term, lowering)).collect(),
            until: sequence.until.as_ref().map(|term| step(term, lowering)),
        }),
        Query::Sample(sample) => Logic::Sample(Sample {
            by: keys(&sample.by, lowering),
            steps: sample.terms.iter().map(|term| step(term, lowering)).collect(),
        }),
    }
}

fn step(term: &Term, lowering: &mut Lowering<'_>) -> Step {
    lowering.negated = term.missing;
    let filter = eql::filter(&term.filter, lowering);
    lowering.negated = false;
    Step {
        filter,
        by: keys(&term.by, lowering),
        runs: u32::try_from(term.count()).unwrap_or(u32::MAX),
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
    JoinKey { field: path, optional: field.optional, origin: Some(lowering.at(field.at.0)) }
}
