//! KQL, Kibana's query language: single events, any-of, no case folding on keywords.

mod value;

use super::source_world::{SourceWorld, World};
use super::{
    Absence, Capabilities, CaseSupport, Emitted, PipeSupport, RegexSupport, SequenceSupport, Support, ValueModel,
    WildcardSupport, query_piece,
};
use crate::catalog::fields::{FieldType, Schema};
use crate::fidelity::{Effect, Loss, LossCode, Polarity, code};
use crate::ir::{Cmp, ExprId, ExprKind, FieldPath, Logic, Op, Operand, Piece, Pool, Rule, Shape, Subject};
use crate::lang::kuery::{self, Node, Query, RangeOp, Values, ValuesNode};
use crate::source::{Location, Span, Spanned};
use std::rc::Rc;

/// What KQL can express.
pub(super) const CAPABILITIES: Capabilities = Capabilities {
    values: ValueModel::AnyOf,
    absence: Absence::ExistsOnly,
    case: CaseSupport::SensitiveOnly,
    wildcard: WildcardSupport::Star,
    regex: RegexSupport::None,
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
                "KQL tests one event at a time: write EQL for a sequence (`--to eql`)"
            }
            Logic::Threshold(_) => "KQL does not count: write an Elastic threshold rule (`--to elastic`)",
            _ => "KQL tests one event at a time",
        };
        return Err(vec![Loss::new(&code::LOGIC, Effect::Unknown, message, Some(rule.origin))]);
    };
    let (text, losses) = query(rule, filter)?;
    Ok(Emitted::bare_query(rule, ".kql", text, losses))
}

/// The text of a rule's filter with its exclusions, and what it loses.
///
/// # Errors
/// The parts that KQL has no form for.
pub(super) fn query(rule: &Rule, filter: ExprId) -> Result<(String, Vec<Loss>), Vec<Loss>> {
    let mut writer = Writer {
        pool: &rule.pool,
        schema: SourceWorld::schema(World::Elastic, &rule.data_source),
        losses: Vec::new(),
        refused: Vec::new(),
    };
    let mut parts = vec![writer.expr(filter, Polarity::Positive)];
    for exclusion in &rule.exclusions {
        let condition = writer.expr(exclusion.condition, Polarity::Negative);
        parts.push(query_of(Node::Not(Box::new(condition))));
    }
    if !writer.refused.is_empty() {
        return Err(writer.refused);
    }
    Ok((kuery::print(&conjunction(parts)), writer.losses))
}

struct Writer<'r> {
    pool: &'r Pool,
    schema: Rc<Schema>,
    losses: Vec<Loss>,
    refused: Vec<Loss>,
}

fn query_of(node: Node) -> Query {
    Query { node, span: Span::default() }
}

/// The conjunction without what is always true.
fn conjunction(parts: Vec<Query>) -> Query {
    let parts: Vec<Query> = parts.into_iter().filter(|part| part.node != Node::All).collect();
    if parts.is_empty() { query_of(Node::All) } else { Query::all(parts) }
}

fn values_of(node: ValuesNode) -> Values {
    Values { node, span: Span::default() }
}

impl Writer<'_> {
    fn refuse(&mut self, code: &'static LossCode, message: impl Into<String>, origin: Option<Location>) -> Query {
        self.refused.push(Loss::new(code, Effect::Unknown, message, origin));
        query_of(Node::All)
    }

    fn expr(&mut self, id: ExprId, polarity: Polarity) -> Query {
        let origin = self.pool.origin(id);
        match self.pool.kind(id).clone() {
            ExprKind::True => query_of(Node::All),
            ExprKind::False => query_of(Node::Not(Box::new(query_of(Node::All)))),
            ExprKind::And(members) => {
                conjunction(members.into_iter().map(|member| self.expr(member, polarity)).collect())
            }
            ExprKind::Or(members) => self.or(&members, polarity),
            ExprKind::Not(inner) => query_of(Node::Not(Box::new(self.expr(inner, polarity.flip())))),
            ExprKind::ForSome(items, body) if is_piece(self.pool, body) => self.piece(&items, body, origin),
            ExprKind::ForSome(items, body) => match self.tested(&items, body, polarity, origin) {
                Some((field, value)) => Group::Values(field, vec![value]).query(),
                None => self.collection(&items, body, origin),
            },
            ExprKind::OpaqueTest { text, reason } => {
                self.refuse(&code::OPAQUE, format!("`{text}` is not understood: {reason}"), origin)
            }
            ExprKind::Lineage(_) => self.refuse(&code::LOGIC, "KQL has no relations between processes", origin),
            ExprKind::Test(..) | ExprKind::ForAll(..) | ExprKind::FirstSome { .. } | ExprKind::Count { .. } => {
                self.refuse(&code::LOGIC, "KQL has no computed values and no loops", origin)
            }
        }
    }

    /// A pipeline's piece of a query, which has to be KQL.
    fn piece(&mut self, items: &Subject, body: ExprId, origin: Option<Location>) -> Query {
        let ExprKind::Test(_, Op::Query { expression, id }) = self.pool.kind(body).clone() else {
            return query_of(Node::All);
        };
        let name = match items {
            Subject::Elements(inner) => match &**inner {
                Subject::Field(field) => Some(field.name()),
                _ => None,
            },
            _ => None,
        };
        let parsed = query_piece(&expression, name.as_deref(), &id).and_then(|text| {
            let parsed = kuery::parse(&text);
            parsed.query.ok_or_else(|| parsed.problems.first().map_or_else(String::new, |why| why.message.clone()))
        });
        parsed.unwrap_or_else(|why| {
            let message = format!("`{expression}` of the pipeline is not KQL: {why}");
            self.refuse(&code::PIPELINE_FAILURE, message, origin)
        })
    }

    /// Values of one field stand in one list.
    fn or(&mut self, members: &[ExprId], polarity: Polarity) -> Query {
        let mut groups: Vec<Group> = Vec::new();
        for id in members {
            let origin = self.pool.origin(*id);
            let tested = match self.pool.kind(*id).clone() {
                ExprKind::ForSome(items, body) => self.tested(&items, body, polarity, origin),
                _ => None,
            };
            let Some((field, value)) = tested else {
                groups.push(Group::Other(self.expr(*id, polarity)));
                continue;
            };
            let known = groups.iter_mut().find_map(|group| match group {
                Group::Values(known, values) if *known == field => Some(values),
                _ => None,
            });
            match known {
                Some(values) => values.push(value),
                None => groups.push(Group::Values(field, vec![value])),
            }
        }
        Query::any(groups.into_iter().map(Group::query).collect())
    }

    /// The field and the value of an any-of that `field: value` says; `None` when it has another form, or none.
    fn tested(
        &mut self,
        items: &Subject,
        body: ExprId,
        polarity: Polarity,
        origin: Option<Location>,
    ) -> Option<(kuery::Value, kuery::Value)> {
        let (name, ty) = match items {
            Subject::Elements(inner) => match &**inner {
                Subject::Field(field) => (kuery::Value::unquoted(&field.name()), self.field_type(field)),
                _ => return None,
            },
            Subject::AnyField(pattern) if pattern.pieces() != [Piece::Any] => {
                (value::pattern(pattern), FieldType::Unknown)
            }
            _ => return None,
        };
        if body == ExprId::TRUE {
            return Some((name, kuery::Value::wildcard(vec![kuery::Piece::Star])));
        }
        let ExprKind::Test(Subject::Element(0), op) = self.pool.kind(body).clone() else { return None };
        let value = value::of(&op)?;
        if value::is_trimmed(&op) {
            self.refuse(&code::LOGIC, "a pattern in KQL neither begins nor ends with white space", origin);
        }
        if ty.is_analysed() && matches!(op, Op::Equal { .. } | Op::Matches { .. }) {
            self.on_analysed(&op, polarity, origin);
        } else if !matches!(ty, FieldType::Keyword | FieldType::Unknown) {
            self.on_query_string(&op, polarity, origin);
        }
        Some((name, value))
    }

    fn field_type(&self, field: &FieldPath) -> FieldType {
        self.schema.lookup(&field.name()).map_or(FieldType::Unknown, |info| info.ty)
    }

    /// The whole text is asked for, and the field is searched by its words.
    fn on_analysed(&mut self, op: &Op, polarity: Polarity, origin: Option<Location>) {
        // `*part*` meets a word's part just as the whole text's.
        if let Op::Matches { pattern, case, .. } = op
            && let Shape::Contains(part) = pattern.shape()
            && part.chars().all(char::is_alphanumeric)
            && !case.is_sensitive()
        {
            return;
        }
        let (effect, message) = match op {
            Op::Equal { .. } => {
                (Effect::Widened, "the field is analysed text: KQL finds the words in a row, anywhere and in any case")
            }
            _ => (Effect::Unknown, "the field is analysed text: a wildcard in KQL meets each of its words"),
        };
        self.losses.push(Loss::new(&code::TYPE, polarity.apply(effect), message, origin));
    }

    /// On all fields but keywords Kibana makes a query string of a wildcard value, and white space ends a term there.
    fn on_query_string(&mut self, op: &Op, polarity: Polarity, origin: Option<Location>) {
        let Op::Matches { pattern, .. } = op else { return };
        if pattern.literals().any(|text| text.contains(char::is_whitespace)) {
            let message = "the field is no keyword: Kibana cuts a wildcard value in KQL at white space and takes any of its parts";
            self.losses.push(Loss::new(&code::WILDCARD, polarity.apply(Effect::Unknown), message, origin));
        }
    }

    /// Ranges, searches in all fields, and nested fields.
    fn collection(&mut self, items: &Subject, body: ExprId, origin: Option<Location>) -> Query {
        match (items, self.pool.kind(body).clone()) {
            (Subject::Elements(inner), ExprKind::Test(Subject::Element(0), Op::Compare { op, to, .. })) => {
                let Subject::Field(field) = &**inner else {
                    return self.refuse(&code::LOGIC, "KQL has no nested ranges here", origin);
                };
                self.range(field, op, &to, origin)
            }
            (Subject::AnyField(_), ExprKind::Test(Subject::Element(0), op)) => match value::of(&op) {
                Some(value) => query_of(Node::Free(value)),
                None => self.refuse(&code::LOGIC, "KQL has no form for this search over all fields", origin),
            },
            (Subject::AnyField(_), ExprKind::Or(members)) => {
                let members = members.into_iter().map(|member| self.collection(items, member, origin));
                Query::any(members.collect())
            }
            _ => self.refuse(&code::LOGIC, "KQL has no form for this test", origin),
        }
    }

    fn range(&mut self, field: &FieldPath, op: Cmp, to: &Operand, origin: Option<Location>) -> Query {
        let name = kuery::Value::unquoted(&field.name());
        let (Operand::Value(constant), Some(value)) = (to, value::of_operand(to)) else {
            return self.refuse(&code::LOGIC, format!("KQL does not compare `{field}` with a computed value"), origin);
        };
        let op = match op {
            Cmp::Less => RangeOp::Less,
            Cmp::LessOrEqual => RangeOp::LessOrEqual,
            Cmp::Greater => RangeOp::Greater,
            Cmp::GreaterOrEqual => RangeOp::GreaterOrEqual,
            Cmp::Equal => return Group::Values(name, vec![value]).query(),
            Cmp::NotEqual => {
                let message = format!("KQL cannot ask for a value of `{field}` other than {constant}");
                return self.refuse(&code::LOGIC, message, origin);
            }
        };
        query_of(Node::Range { field: name, op: Spanned::new(op, Span::default()), value })
    }
}

/// Members of a disjunction.
enum Group {
    Values(kuery::Value, Vec<kuery::Value>),
    Other(Query),
}

impl Group {
    fn query(self) -> Query {
        match self {
            Self::Other(query) => query,
            Self::Values(field, values) => {
                let mut list: Vec<Values> = values.into_iter().map(|value| values_of(ValuesNode::One(value))).collect();
                let values = if list.len() == 1 { list.remove(0) } else { values_of(ValuesNode::Or(list)) };
                query_of(Node::Field { field, colon: Span::default(), values })
            }
        }
    }
}

/// Whether the body is a piece of a query that a pipeline gave.
fn is_piece(pool: &Pool, body: ExprId) -> bool {
    matches!(pool.kind(body), ExprKind::Test(Subject::Element(0), Op::Query { .. }))
}
