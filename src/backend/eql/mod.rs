//! EQL as Elasticsearch has it: events, sequences with missing events, samples.

mod condition;
mod fold;
mod term;

use super::source_world::{SourceWorld, World};
use super::{
    Absence, Capabilities, CaseSupport, Emitted, PipeSupport, RegexSupport, SequenceSupport, Support, ValueModel,
    WildcardSupport,
};
use crate::catalog::fields::Schema;
use crate::fidelity::{Effect, Loss, LossCode, code};
use crate::ir::{
    Anchoring, ExprId, ExprKind, FieldPath, JoinKey, Logic, Op, Operand, Pipe, Pool, RegexDialect, Rule, Sample,
    Sequence, Step, Subject, Value,
};
use crate::lang::eql;
use crate::source::Location;
use condition::Conditions;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::time::Duration;

/// What EQL can express.
pub(super) const CAPABILITIES: Capabilities = Capabilities {
    values: ValueModel::AnyOf,
    absence: Absence::ExistsOnly,
    case: CaseSupport::Both,
    wildcard: WildcardSupport::StarAndOne,
    regex: RegexSupport::Dialect(RegexDialect::Lucene, &[Anchoring::Whole]),
    cidr: Support::Yes,
    ordering: Support::Yes,
    field_comparison: Support::No,
    same_element: Support::No,
    functions: Support::Yes,
    date_parts: Support::No,
    words: Support::No,
    date_math: Support::Yes,
    keyword_search: Support::No,
    sequence: SequenceSupport::Full,
    pipes: PipeSupport::HeadAndTail,
    threshold: Support::No,
};

/// The field that a category before `where` is a value of.
const CATEGORY: &str = "event.category";

/// The key of a rule's extras that names the fields which may be absent from the mapping.
const OPTIONAL_FIELDS: &str = "eql.optional_fields";

/// The rule as a bare query.
pub(super) fn emit(rule: &Rule) -> Result<Emitted, Vec<Loss>> {
    let (text, losses) = query(rule)?;
    Ok(Emitted::bare_query(rule, ".eql", text, losses))
}

/// The query of a rule, without a line break at its end, and what it loses.
///
/// # Errors
/// The parts that EQL has no form for.
pub(super) fn query(rule: &Rule) -> Result<(String, Vec<Loss>), Vec<Loss>> {
    let optional = rule.extras.iter().filter(|extra| extra.key == OPTIONAL_FIELDS);
    let mut writer = Writer {
        pool: &rule.pool,
        optional: optional.flat_map(|extra| extra.text.split(',')).collect(),
        schema: SourceWorld::schema(World::Elastic, &rule.data_source),
        losses: Vec::new(),
        refused: Vec::new(),
    };
    let query = writer.logic(rule);
    match query {
        Some(query) if writer.refused.is_empty() => Ok((eql::print_pretty(&query), writer.losses)),
        _ => Err(writer.refused),
    }
}

/// Builds the tree and gathers what is lost and what has no form.
struct Writer<'r> {
    pool: &'r Pool,
    optional: BTreeSet<&'r str>,
    /// The fields' types decide which operators there are.
    schema: Rc<Schema>,
    losses: Vec<Loss>,
    refused: Vec<Loss>,
}

impl Writer<'_> {
    fn refuse(&mut self, code: &'static LossCode, message: impl Into<String>, origin: Option<Location>) {
        self.refused.push(Loss::new(code, Effect::Unknown, message, origin));
    }

    fn logic(&mut self, rule: &Rule) -> Option<eql::Query> {
        let pipes = self.pipes(rule);
        match rule.logic.source() {
            Logic::Event(filter) => Some(eql::Query::Event(eql::EventQuery {
                filter: self.event(rule, *filter),
                pipes,
                at: eql::At::default(),
            })),
            logic if !rule.exclusions.is_empty() => {
                let message =
                    format!("EQL has no exclusions beside a {}: it would have to stand in each step", logic.name());
                self.refuse(&code::EXCLUSION, message, Some(rule.exclusions[0].origin));
                None
            }
            Logic::Sequence(sequence) => {
                let sequence = self.sequence(sequence, rule.origin);
                Some(eql::Query::Sequence(eql::Sequence { pipes, ..sequence }))
            }
            Logic::Sample(_) if !pipes.is_empty() => {
                self.refuse(&code::PIPE, "EQL has no pipes after a sample", Some(rule.origin));
                None
            }
            Logic::Sample(sample) => Some(eql::Query::Sample(self.sample(sample))),
            Logic::Threshold(_) => {
                let message = "EQL does not count events per group: write an Elastic threshold rule (`--to elastic`)";
                self.refuse(&code::THRESHOLD, message, Some(rule.origin));
                None
            }
            other => {
                let message = format!("EQL has no form for {} logic", other.name());
                self.refuse(&code::LOGIC, message, Some(rule.origin));
                None
            }
        }
    }

    /// The pipes `head` and `tail`, which are all that the lowering leaves.
    fn pipes(&mut self, rule: &Rule) -> Vec<eql::Pipe> {
        let mut found = Vec::new();
        for pipe in rule.logic.pipes() {
            let count = |value| eql::Int { value, at: eql::At::default() };
            let kind = match pipe {
                Pipe::Head(value) => eql::PipeKind::Head(count(*value)),
                Pipe::Tail(value) => eql::PipeKind::Tail(count(*value)),
                other => {
                    self.refuse(&code::PIPE, format!("EQL has no pipe `{}`", other.name()), Some(rule.origin));
                    continue;
                }
            };
            found.push(eql::Pipe { kind, at: eql::At::default() });
        }
        found
    }

    /// The filter without the excluded events: an event fires when no exclusion holds.
    fn event(&mut self, rule: &Rule, filter: ExprId) -> eql::EventFilter {
        let mut found = self.filter(filter);
        let excluded: Vec<eql::Expr> = rule
            .exclusions
            .iter()
            .map(|exclusion| {
                let condition = Conditions::new(self).expr(exclusion.condition);
                condition::plain(eql::ExprKind::Not(Box::new(condition)))
            })
            .collect();
        if !excluded.is_empty() {
            let base = std::mem::replace(&mut found.condition, condition::boolean(true));
            found.condition = condition::all(std::iter::once(base).chain(excluded).collect());
        }
        found
    }

    /// `category where condition`: the category is a conjunct that names one value of the category field.
    fn filter(&mut self, filter: ExprId) -> eql::EventFilter {
        let members = match self.pool.kind(filter) {
            ExprKind::And(members) => members.clone(),
            _ => vec![filter],
        };
        let categories: Vec<(ExprId, String)> =
            members.iter().filter_map(|id| category(self.pool, *id).map(|name| (*id, name))).collect();
        let (kind, rest) = match categories.as_slice() {
            [(id, name)] => {
                let rest: Vec<ExprId> = members.iter().copied().filter(|member| member != id).collect();
                (eql::CategoryKind::Name(name.clone()), rest)
            }
            _ => (eql::CategoryKind::Any, members),
        };
        let conditions: Vec<eql::Expr> = rest.into_iter().map(|id| Conditions::new(self).expr(id)).collect();
        eql::EventFilter {
            category: eql::Category { kind, at: eql::At::default() },
            condition: condition::all(conditions),
            at: eql::At::default(),
        }
    }

    fn sequence(&mut self, sequence: &Sequence, origin: Location) -> eql::Sequence {
        let maxspan = sequence.max_span.map(|span| self.max_span(span, origin));
        eql::Sequence {
            by: self.keys(&sequence.by),
            maxspan,
            terms: sequence.steps.iter().map(|step| self.step(step)).collect(),
            until: sequence.until.as_ref().map(|step| self.step(step)),
            pipes: Vec::new(),
            at: eql::At::default(),
        }
    }

    fn sample(&mut self, sample: &Sample) -> eql::Sample {
        if let Some(until) = &sample.until {
            self.refuse(&code::SEQUENCE_OPTION, "a sample of EQL has no `until`", until.origin);
        }
        eql::Sample {
            by: self.keys(&sample.by),
            terms: sample.steps.iter().map(|step| self.step(step)).collect(),
            at: eql::At::default(),
        }
    }

    fn step(&mut self, step: &Step) -> eql::Term {
        if step.fork {
            self.refuse(&code::SEQUENCE_OPTION, "EQL has no `fork`", step.origin);
        }
        eql::Term {
            missing: step.missing,
            filter: self.filter(step.filter),
            by: self.keys(&step.by),
            fork: false,
            runs: (step.runs > 1).then(|| eql::Int { value: step.runs.into(), at: eql::At::default() }),
            at: eql::At::default(),
        }
    }

    fn keys(&mut self, keys: &[JoinKey]) -> Vec<eql::Expr> {
        keys.iter().filter_map(|key| self.key(key)).collect()
    }

    fn key(&mut self, key: &JoinKey) -> Option<eql::Expr> {
        let Some(field) = key.field() else {
            self.refuse(&code::SEQUENCE_OPTION, "EQL joins by fields, not by what is computed from them", key.origin);
            return None;
        };
        if !key.case.is_sensitive() {
            let message = format!("EQL joins by the exact value of `{field}`; the source ignores its case");
            self.losses.push(Loss::new(&code::CASE, Effect::Narrowed, message, key.origin));
        }
        Some(condition::field(eql::Field { optional: key.optional, ..self.field(field) }))
    }

    /// The largest unit that gives the length without a rest.
    fn max_span(&mut self, span: Duration, origin: Location) -> eql::MaxSpan {
        let Ok(millis) = u64::try_from(span.as_millis()) else {
            self.refuse(&code::WINDOW, "the span is longer than EQL can write", Some(origin));
            return eql::MaxSpan { value: 0, unit: eql::TimeUnit::Days, at: eql::At::default() };
        };
        let fitting = eql::TimeUnit::ALL.into_iter().rev().find(|unit| millis > 0 && millis % unit.millis() == 0);
        let unit = fitting.unwrap_or(eql::TimeUnit::Milliseconds);
        eql::MaxSpan { value: millis / unit.millis(), unit, at: eql::At::default() }
    }

    fn field(&self, path: &FieldPath) -> eql::Field {
        let mut parts = Vec::with_capacity(path.segments().len());
        for key in path.segments() {
            parts.extend(key.split('.').map(|part| eql::FieldPart::Name(part.to_owned())));
        }
        let optional = !self.optional.is_empty() && self.optional.contains(&*path.name_ref());
        eql::Field { optional, parts, at: eql::At::default() }
    }
}

/// The value when an expression is an equality with one value of the category field.
fn category(pool: &Pool, id: ExprId) -> Option<String> {
    let ExprKind::ForSome(Subject::Elements(inner), body) = pool.kind(id) else { return None };
    let (Subject::Field(field), ExprKind::Test(Subject::Element(0), op)) = (&**inner, pool.kind(*body)) else {
        return None;
    };
    match op {
        Op::Equal { to: Operand::Value(Value::Str(text)), case, .. }
            if field.name() == CATEGORY && case.is_sensitive() && !text.is_empty() && **text != *"any" =>
        {
            Some(text.to_string())
        }
        _ => None,
    }
}
