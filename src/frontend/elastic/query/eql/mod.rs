//! EQL queries as rule logic: single events, sequences with missing events, samples, pipes (reference: elastic.md sections 6 and 7).

mod condition;
mod endgame;
mod lineage;
mod outcome;
mod scripted;
mod terms;

pub(super) use scripted::network;

use super::Lowering;
use crate::ir::{
    Case, ExprId, FieldPath, JoinKey, Logic, Pipe, PipeKeys, Piped, Sample, Sequence, Step, Subject, UseKind,
};
use crate::lang::eql::{self, Dialect, EventFilter, Expr, FieldPart, PipeKind, Query, Term};
use std::time::Duration;
use terms::Terms;

/// Whose rules a query is read by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::frontend) enum Rules {
    Elasticsearch,
    /// How its engine compares texts: it ignores case unless it is told otherwise.
    Endgame(Case),
}

impl Rules {
    pub(in crate::frontend) fn dialect(self) -> Dialect {
        match self {
            Self::Elasticsearch => Dialect::Elasticsearch,
            Self::Endgame(_) => Dialect::Endgame,
        }
    }
}

/// The logic of a query.
pub(super) fn lower(query: &Query, rules: Rules, lowering: &mut Lowering<'_>) -> Logic {
    let assumption = match rules {
        Rules::Elasticsearch => "Elasticsearch 7.16 or later: `not` is the complement",
        Rules::Endgame(_) => "Endgame's engine: a test of a missing value is neither true nor false",
    };
    lowering.parts.assumptions.insert(assumption.to_owned());
    let mut reader = Reader { rules, lowering };
    let source = match query {
        Query::Event(event) => Logic::Event(reader.filter(&event.filter)),
        Query::Sequence(sequence) => Logic::Sequence(Sequence {
            by: reader.keys(&sequence.by),
            max_span: sequence.maxspan.map(|span| Duration::from_millis(span.millis())),
            steps: sequence.terms.iter().map(|term| reader.step(term)).collect(),
            until: sequence.until.as_ref().map(|term| reader.step(term)),
        }),
        Query::Sample(sample) => Logic::Sample(Sample {
            by: reader.keys(&sample.by),
            steps: sample.terms.iter().map(|term| reader.step(term)).collect(),
            until: None,
        }),
        Query::Join(join) => Logic::Sample(Sample {
            by: reader.keys(&join.by),
            steps: join.terms.iter().map(|term| reader.step(term)).collect(),
            until: join.until.as_ref().map(|term| reader.step(term)),
        }),
    };
    match query.pipes() {
        [] => source,
        pipes => {
            let pipes = pipes.iter().map(|pipe| reader.pipe(pipe)).collect();
            Logic::Piped(Piped { source: Box::new(source), pipes })
        }
    }
}

struct Reader<'l, 'a> {
    rules: Rules,
    lowering: &'l mut Lowering<'a>,
}

impl<'a> Reader<'_, 'a> {
    fn filter(&mut self, filter: &EventFilter) -> ExprId {
        match self.rules {
            Rules::Elasticsearch => condition::filter(filter, self.lowering),
            Rules::Endgame(case) => endgame::filter(filter, case, self.lowering),
        }
    }

    fn terms(&mut self) -> Terms<'_, 'a> {
        Terms { lowering: &mut *self.lowering, bound: Vec::new(), rules: self.rules }
    }

    fn case(&self) -> Case {
        match self.rules {
            Rules::Elasticsearch => Case::Sensitive,
            Rules::Endgame(case) => case,
        }
    }

    fn pipe(&mut self, pipe: &eql::Pipe) -> Pipe {
        let case = self.case();
        let mut keys =
            |keys: &[Expr]| PipeKeys { terms: keys.iter().map(|key| self.terms().term(key)).collect(), case };
        match &pipe.kind {
            PipeKind::Head(count) => Pipe::Head(count.value),
            PipeKind::Tail(count) => Pipe::Tail(count.value),
            PipeKind::Filter(condition) => Pipe::Filter(self.terms().outcome(condition).holds),
            PipeKind::Unique(terms) => Pipe::Unique(keys(terms)),
            PipeKind::Sort(terms) => Pipe::Sort(keys(terms)),
            PipeKind::Count(terms) => Pipe::Count(keys(terms)),
            PipeKind::UniqueCount(terms) => Pipe::UniqueCount(keys(terms)),
        }
    }

    fn step(&mut self, term: &Term) -> Step {
        self.lowering.negated = term.missing;
        let filter = self.filter(&term.filter);
        self.lowering.negated = false;
        let outer = self.lowering.scope;
        condition::enter(&term.filter, self.lowering);
        let by = self.keys(&term.by);
        self.lowering.scope = outer;
        Step {
            filter,
            by,
            runs: u32::try_from(term.count()).unwrap_or(u32::MAX),
            fork: term.fork,
            missing: term.missing,
            origin: Some(self.lowering.at(term.at.0)),
        }
    }

    fn keys(&mut self, keys: &[Expr]) -> Vec<JoinKey> {
        keys.iter().map(|key| self.key(key)).collect()
    }

    /// In Endgame's sequences a missing value joins with a missing one.
    fn key(&mut self, key: &Expr) -> JoinKey {
        let origin = Some(self.lowering.at(key.span()));
        let optional = self.rules.dialect() == Dialect::Endgame || key.as_field().is_some_and(|field| field.optional);
        let term = match key.as_field() {
            Some(field) if field.parts.iter().all(|part| matches!(part, FieldPart::Name(_))) => {
                let path = FieldPath::dotted(&field.name());
                self.lowering.used(&path, field.at.0, UseKind::Other, Vec::new());
                Subject::Field(path)
            }
            _ => self.terms().term(key),
        };
        JoinKey { term, optional, case: self.case(), origin }
    }
}
