//! Lucene query strings, as Kibana's Lucene mode and its detection rules take them: single events, any-of, wildcards and expressions on
//! keywords, and no case folding but by classes of letters.
//!
//! The tree says its own precedence: what is joined stands in a group of one kind, so Lucene's rules for mixtures of `AND` and `OR` never
//! come to it. A negation stands under `AND` or in a group of its own; Elasticsearch makes the complement of a group that only
//! prohibits (`Queries.fixNegativeQueryIfNeeded`).

mod value;

use super::source_world::{SourceWorld, World};
use super::{
    Absence, Capabilities, CaseSupport, Emitted, PipeSupport, RegexSupport, SequenceSupport, Support, ValueModel,
    WildcardSupport,
};
use crate::catalog::fields::{FieldType, Schema};
use crate::fidelity::{Effect, Loss, LossCode, Polarity, code};
use crate::ir::{Anchoring, ExprId, ExprKind, Logic, Op, Piece, Pool, RegexDialect, Rule, Subject};
use crate::lang::at::At;
use crate::lang::lucene::{self, Clause, Conjunction, Node, Prefix, Query, Text};
use crate::source::Location;
use std::rc::Rc;

/// What a query string can express.
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
    functions: Support::No,
    date_parts: Support::No,
    words: Support::Yes,
    date_math: Support::Yes,
    keyword_search: Support::Yes,
    sequence: SequenceSupport::None,
    pipes: PipeSupport::None,
    threshold: Support::No,
};

/// The rule as a bare query.
pub(super) fn emit(rule: &Rule) -> Result<Emitted, Vec<Loss>> {
    let Logic::Event(filter) = rule.logic else {
        let message = match &rule.logic {
            Logic::Sequence(_) | Logic::Sample(_) => {
                "a query string tests one event at a time: write EQL for a sequence (`--to eql`)"
            }
            Logic::Threshold(_) => "a query string does not count: write an Elastic threshold rule (`--to elastic`)",
            _ => "a query string tests one event at a time",
        };
        return Err(vec![Loss::new(&code::LOGIC, Effect::Unknown, message, Some(rule.origin))]);
    };
    let (text, losses) = query(rule, filter)?;
    Ok(Emitted::bare_query(rule, ".lucene", text, losses))
}

/// The text of a rule's filter with its exclusions, and what it loses.
///
/// # Errors
/// The parts that a query string has no form for.
pub(super) fn query(rule: &Rule, filter: ExprId) -> Result<(String, Vec<Loss>), Vec<Loss>> {
    let schema = SourceWorld::schema(World::Elastic, &rule.data_source);
    let mut writer = Writer { pool: &rule.pool, schema, losses: Vec::new(), refused: Vec::new() };
    let mut parts = vec![writer.expr(filter, Polarity::Positive)];
    for exclusion in &rule.exclusions {
        let condition = writer.expr(exclusion.condition, Polarity::Negative);
        parts.push(not(condition));
    }
    if writer.refused.is_empty() { Ok((lucene::print(&all(parts)), writer.losses)) } else { Err(writer.refused) }
}

fn query_of(node: Node) -> Query {
    Query { node, at: At::default() }
}

fn clause(conjunction: Option<Conjunction>, prefix: Option<Prefix>, query: Query) -> Clause {
    Clause { conjunction, prefix, query }
}

/// `*:*`
fn everything() -> Query {
    let star = Query { node: Node::Term(Text::field("*")), at: At::default() };
    query_of(Node::Field { field: Text::field("*"), query: Box::new(star) })
}

fn not(query: Query) -> Query {
    query_of(Node::Group(vec![clause(None, Some(Prefix::Not), query)]))
}

/// What a group of one negation negates.
fn negated(query: Query) -> Result<Query, Query> {
    match query.node {
        Node::Group(mut clauses) if clauses.len() == 1 && clauses[0].prefix == Some(Prefix::Not) => {
            Ok(clauses.remove(0).query)
        }
        node => Err(Query { node, at: query.at }),
    }
}

/// Every part, without what is always true.
fn all(parts: Vec<Query>) -> Query {
    let mut clauses = Vec::new();
    for part in parts.into_iter().filter(|part| *part != everything()) {
        let conjunction = (!clauses.is_empty()).then_some(Conjunction::And);
        clauses.push(match negated(part) {
            Ok(inner) => clause(conjunction, Some(Prefix::Not), inner),
            Err(part) => clause(conjunction, None, part),
        });
    }
    match clauses.len() {
        0 => everything(),
        1 if clauses[0].prefix.is_none() => clauses.remove(0).query,
        _ => query_of(Node::Group(clauses)),
    }
}

/// Any of the parts; a negation keeps its parentheses.
fn any(mut parts: Vec<Query>) -> Query {
    match parts.len() {
        0 => not(everything()),
        1 => parts.remove(0),
        _ => {
            let conjunction = |index: usize| (index > 0).then_some(Conjunction::Or);
            let clauses = parts.into_iter().enumerate().map(|(at, part)| clause(conjunction(at), None, part));
            query_of(Node::Group(clauses.collect()))
        }
    }
}

struct Writer<'r> {
    pool: &'r Pool,
    schema: Rc<Schema>,
    losses: Vec<Loss>,
    refused: Vec<Loss>,
}

/// A test of one field, or of all of them.
struct Tested {
    field: Option<Text>,
    value: Query,
}

impl Tested {
    fn query(self) -> Query {
        match self.field {
            Some(field) => query_of(Node::Field { field, query: Box::new(self.value) }),
            None => self.value,
        }
    }
}

impl Writer<'_> {
    fn refuse(&mut self, code: &'static LossCode, message: impl Into<String>, origin: Option<Location>) -> Query {
        self.refused.push(Loss::new(code, Effect::Unknown, message, origin));
        everything()
    }

    fn lose(&mut self, code: &'static LossCode, effect: Effect, message: &str, origin: Option<Location>) {
        self.losses.push(Loss::new(code, effect, message, origin));
    }

    fn expr(&mut self, id: ExprId, polarity: Polarity) -> Query {
        let origin = self.pool.origin(id);
        match self.pool.kind(id).clone() {
            ExprKind::True => everything(),
            ExprKind::False => not(everything()),
            ExprKind::And(members) => all(members.into_iter().map(|member| self.expr(member, polarity)).collect()),
            ExprKind::Or(members) => self.or(&members, polarity),
            ExprKind::Not(inner) => not(self.expr(inner, polarity.flip())),
            ExprKind::ForSome(items, body) => match self.tested(&items, body, polarity, origin) {
                Some(tested) => tested.query(),
                None => self.refuse(&code::LOGIC, "a query string has no form for this test", origin),
            },
            ExprKind::OpaqueTest { text, reason } => {
                self.refuse(&code::OPAQUE, format!("`{text}` is not understood: {reason}"), origin)
            }
            _ => self.refuse(&code::LOGIC, "a query string has no computed values and no loops", origin),
        }
    }

    /// Values of one field stand in one group behind it.
    fn or(&mut self, members: &[ExprId], polarity: Polarity) -> Query {
        let mut groups: Vec<(Option<Text>, Vec<Query>)> = Vec::new();
        for id in members {
            let origin = self.pool.origin(*id);
            let tested = match self.pool.kind(*id).clone() {
                ExprKind::ForSome(items, body) => self.tested(&items, body, polarity, origin),
                _ => None,
            };
            let (field, value) = match tested {
                Some(Tested { field, value }) => (field, value),
                None => (None, self.expr(*id, polarity)),
            };
            let group = groups.iter_mut().find(|(known, _)| known.is_some() && *known == field);
            match group {
                Some((_, values)) => values.push(value),
                None => groups.push((field, vec![value])),
            }
        }
        any(groups.into_iter().map(|(field, values)| Tested { field, value: any(values) }.query()).collect())
    }

    /// The field and the value of an any-of; `None` when there is no form for it.
    fn tested(
        &mut self,
        items: &Subject,
        body: ExprId,
        polarity: Polarity,
        origin: Option<Location>,
    ) -> Option<Tested> {
        let (field, ty) = match items {
            Subject::Elements(inner) => match &**inner {
                Subject::Field(field) if body == ExprId::TRUE => return Some(exists(&field.name())),
                Subject::Field(field) => {
                    let name = field.name();
                    let ty = self.schema.lookup(&name).map_or(FieldType::Unknown, |info| info.ty);
                    (Some(value::name(&name)?), ty)
                }
                _ => return None,
            },
            Subject::AnyField(pattern) if pattern.pieces() == [Piece::Any] => (None, FieldType::Unknown),
            Subject::AnyField(pattern) => (Some(value::names(pattern)?), FieldType::Unknown),
            _ => return None,
        };
        if body == ExprId::TRUE {
            return Some(Tested { field, value: query_of(Node::Term(Text::field("*"))) });
        }
        let value = self.value(body, ty, polarity, origin)?;
        Some(Tested { field, value })
    }

    fn value(&mut self, body: ExprId, ty: FieldType, polarity: Polarity, origin: Option<Location>) -> Option<Query> {
        match self.pool.kind(body).clone() {
            ExprKind::Test(Subject::Element(0), op) => {
                self.by_type(&op, ty, polarity, origin);
                value::of(&op, ty).or_else(|| self.in_exact_case(&op, ty, polarity, origin))
            }
            ExprKind::Or(members) => {
                let members: Option<Vec<Query>> =
                    members.into_iter().map(|member| self.value(member, ty, polarity, origin)).collect();
                members.map(any)
            }
            _ => None,
        }
    }

    /// A text of so many letters that the expression with both cases of each is longer than Elasticsearch allows.
    fn in_exact_case(&mut self, op: &Op, ty: FieldType, polarity: Polarity, origin: Option<Location>) -> Option<Query> {
        let written = value::of(&value::in_exact_case(op)?, ty)?;
        let message =
            "the source ignores case, and an expression with both cases of each letter is too long here or has no form";
        self.lose(&code::CASE, polarity.apply(Effect::Narrowed), message, origin);
        Some(written)
    }

    /// Fields that are not searched by their whole text.
    fn by_type(&mut self, op: &Op, ty: FieldType, polarity: Polarity, origin: Option<Location>) {
        let whole_text = matches!(op, Op::Equal { .. } | Op::Matches { .. } | Op::Regex { .. });
        let (effect, message) = match op {
            Op::Equal { .. } if ty.is_analysed() => {
                (Effect::Widened, "the field is analysed text: its words are found in a row, anywhere and in any case")
            }
            _ if ty.is_analysed() && whole_text && !value::is_part_of_a_word(op) => {
                (Effect::Unknown, "the field is analysed text: a pattern meets each of its words")
            }
            Op::Matches { .. } | Op::Regex { .. } if !value::has_patterns(ty) => {
                (Effect::Unknown, "Elasticsearch refuses patterns on a field that holds no text")
            }
            _ => return,
        };
        self.lose(&code::TYPE, polarity.apply(effect), message, origin);
    }
}

/// `_exists_:field`
fn exists(name: &str) -> Tested {
    let value =
        if name.starts_with(['<', '>']) { value::phrase(name) } else { query_of(Node::Term(Text::plain(name))) };
    Tested { field: Some(Text::plain("_exists_")), value }
}
