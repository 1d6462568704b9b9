//! Scheduled queries: SQL that filters, counts per group, or joins what must or must not be there (reference: panther.md section 10).
//!
//! A condition on a null is neither true nor false, as SQL has it. Anything else than the shapes named here stays text, with the
//! reason at its place.

mod anti;
mod condition;
mod group;
mod relation;
mod term;
#[cfg(test)]
mod tests;
mod window;

use crate::ir::{Logic, Opaque, OutputField, Pool, Rule, Window};
use crate::lang::sql::{self, Parsed, ast};
use crate::source::{Location, Span, Spanned};
use crate::syntax::Scalar;
use relation::Relation;
use std::time::Duration;

/// The window of a query that does not state one.
const NO_WINDOW: Window = Window::Unbounded;

/// Why a query stays text, and where in the decoded text.
#[derive(Debug)]
struct Refusal {
    reason: String,
    span: Span,
}

type Result<T> = std::result::Result<T, Refusal>;

/// The state of reading one query.
struct Reader<'r> {
    pool: &'r mut Pool,
    parsed: &'r Parsed,
    scalar: &'r Scalar,
    assumptions: Vec<String>,
}

/// Reads the query of an item into its logic. What is not understood leaves the whole query as text.
pub(super) fn read(rule: &mut Rule, scalar: &Scalar) {
    let refusal = match understood(rule, scalar) {
        Ok(()) => return,
        Err(refusal) => refusal,
    };
    let place = Location::main(scalar.map.to_source(refusal.span));
    rule.logic = Logic::Opaque(Opaque {
        language: "sql".to_owned(),
        text: scalar.text.to_string(),
        reason: refusal.reason,
        code: "sql".into(),
        origin: Some(place),
    });
}

fn understood(rule: &mut Rule, scalar: &Scalar) -> Result<()> {
    let text = &*scalar.text;
    if let Some(at) = text.find("{{").or_else(|| text.find("{%")) {
        return Err(Refusal { reason: "a template makes the query".to_owned(), span: Span::new(at, at + 2) });
    }
    let parsed = sql::parse(text).map_err(|problem| Refusal { reason: problem.message, span: problem.span })?;
    let interval = rule.meta.schedule.interval;
    let mut pool = Pool::default();
    let mut reader = Reader { pool: &mut pool, parsed: &parsed, scalar, assumptions: Vec::new() };
    let read = reader.query(&parsed.query, interval)?;
    let assumptions = reader.assumptions;
    rule.pool = pool;
    rule.logic = read.logic;
    rule.assumptions.extend(assumptions);
    rule.meta.schedule.look_back = read.look_back;
    rule.meta.output_fields = read.outputs;
    rule.data_source.log_types =
        read.log_types.into_iter().map(|name| Spanned::new(name, scalar.map.whole())).collect();
    Ok(())
}

/// What a query says.
struct Read {
    logic: Logic,
    look_back: Option<Duration>,
    log_types: Vec<String>,
    outputs: Vec<OutputField>,
}

impl Reader<'_> {
    fn refuse<T>(&self, part: &impl ast::Spanned, reason: impl Into<String>) -> Result<T> {
        Err(Refusal { reason: reason.into(), span: self.parsed.span(part) })
    }

    fn place(&self, part: &impl ast::Spanned) -> Location {
        Location::main(self.scalar.map.to_source(self.parsed.span(part)))
    }

    fn assume(&mut self, words: impl Into<String>) {
        let words = words.into();
        if !self.assumptions.contains(&words) {
            self.assumptions.push(words);
        }
    }

    fn query(&mut self, query: &ast::Query, interval: Option<Duration>) -> Result<Read> {
        let relations = self.common_tables(query)?;
        let select = self.select_of(query)?;
        if query.limit_clause.is_some() || query.fetch.is_some() {
            self.assume("the query's limit on its rows is never reached");
        }
        if let Some(read) = self.joined(select, &relations, interval)? {
            return Ok(read);
        }
        if group::is_grouped(select) {
            return self.grouped(select, &relations, interval);
        }
        let relation = self.relation(select, &relations)?;
        let outputs = relation.outputs();
        Ok(Read {
            logic: Logic::Event(relation.filter),
            look_back: relation.look_back,
            log_types: relation.log_types,
            outputs,
        })
    }

    /// `WITH name AS (..)`, each a plain selection of events.
    fn common_tables(&mut self, query: &ast::Query) -> Result<Vec<(String, Relation)>> {
        let mut known: Vec<(String, Relation)> = Vec::new();
        for table in query.with.iter().flat_map(|with| &with.cte_tables) {
            let select = self.select_of(&table.query)?;
            if group::is_grouped(select) || table.query.with.is_some() {
                return self.refuse(&*table.query, "a common table that counts");
            }
            let relation = self.relation(select, &known)?;
            known.push((table.alias.name.value.to_lowercase(), relation));
        }
        Ok(known)
    }

    /// The one `SELECT` of a query without what changes its meaning.
    fn select_of<'q>(&self, query: &'q ast::Query) -> Result<&'q ast::Select> {
        let ast::SetExpr::Select(select) = &*query.body else {
            return self.refuse(query, "a union or another combination of queries");
        };
        if select.qualify.is_some() || !select.named_window.is_empty() {
            return self.refuse(&**select, "window functions");
        }
        if !select.lateral_views.is_empty() || !select.connect_by.is_empty() || select.top.is_some() {
            return self.refuse(&**select, "a form of `SELECT` that is not understood");
        }
        Ok(select)
    }
}
