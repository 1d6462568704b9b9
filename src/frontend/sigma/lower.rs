//! Search identifiers in the IR: a field test holds when any value of the field passes, strings compare without regard to case unless
//! they are `cased`, regular expressions search (Sigma Rules Specification 2.1.0, "Detection").

use super::typed::{Item, Part, Pieces, Regex, Test, Text, Value, has_placeholder};
use super::value::anywhere;
use crate::ir::{
    self, Anchoring, Case, Coercion, DatePart, Domain, ExprId, ExprKind, FieldPath, FieldUse, Function, Op, Operand,
    Pattern, Pool, RegexDialect, Shape, Subject, Template, TemplatePiece,
};
use crate::lang::sigma::value::Piece;
use crate::source::{Location, Span};
use smallvec::SmallVec;
use std::sync::Arc;

/// Most items have few values, and most search identifiers few items.
type Members = SmallVec<[ExprId; 16]>;

/// The lowering of one search identifier.
pub(super) struct Lowering<'l> {
    pub(super) pool: &'l mut Pool,
    /// The file: holes keep their text.
    pub(super) text: &'l str,
    /// The fields that are tested, in the order of writing.
    pub(super) uses: Vec<FieldUse>,
}

/// A keyword, or what is asked of a field's values.
struct Site<'a> {
    field: Option<&'a FieldPath>,
    /// The values of the field; of a keyword, those of the event.
    values: &'a Subject,
    case: Case,
    whole: Span,
    origin: Option<Location>,
}

impl Lowering<'_> {
    /// The condition of a part; none when nothing is left in it.
    pub(super) fn part(&mut self, part: &Part) -> Option<ExprId> {
        match part {
            Part::All(parts, span) => {
                let members: Members = parts.iter().filter_map(|part| self.part(part)).collect();
                (!members.is_empty()).then(|| self.pool.and(members, Some(Location::main(*span))))
            }
            Part::Any(parts, span) => {
                let members: Members = parts.iter().filter_map(|part| self.part(part)).collect();
                (!members.is_empty()).then(|| self.pool.or(members, Some(Location::main(*span))))
            }
            Part::Not(inner) => {
                let before = self.uses.len();
                let inner = self.part(inner)?;
                self.uses.iter_mut().skip(before).for_each(|used| used.negated = !used.negated);
                Some(self.pool.not(inner, None))
            }
            Part::Item(item) => Some(self.item(item)),
            Part::Never => Some(ExprId::FALSE),
            Part::Hole(span, reason) => Some(self.hole(*span, reason)),
        }
    }

    /// The tests against each value, linked by `or`, or by `and` under the modifier `all`.
    fn item(&mut self, item: &Item) -> ExprId {
        if let Some(field) = &item.field {
            let values = item.values.iter().map(|value| (value.written.0.clone(), Location::main(value.written.1)));
            self.uses.push(FieldUse {
                field: field.value.path().clone(),
                at: Location::main(field.span),
                kind: item.kind,
                values: values.collect(),
                negated: item.negated,
                case: item.case,
                scope: None,
            });
        }
        let of_event: Subject;
        let (field, values) = if let Some(field) = &item.field {
            (Some(field.value.path()), field.value.values())
        } else {
            of_event = Subject::AnyField(Pattern::new([ir::Piece::Any]));
            (None, &of_event)
        };
        let site = |value: &Value| Site {
            field,
            values,
            case: item.case,
            whole: item.at,
            origin: Some(Location::main(value.at)),
        };
        let members: Members = item.values.iter().map(|value| self.test(&value.test, &site(value))).collect();
        let origin = Some(Location::main(item.at));
        let linked = if item.all { self.pool.and(members, origin) } else { self.pool.or(members, origin) };
        if item.negated { self.pool.not(linked, origin) } else { linked }
    }

    fn test(&mut self, test: &Test, site: &Site<'_>) -> ExprId {
        match test {
            Test::AnyOf(tests) => {
                let members: Members = tests.iter().map(|test| self.test(test, site)).collect();
                self.pool.or(members, site.origin)
            }
            Test::Text(text) => match text_op(text, site) {
                Some(op) => self.any_of(site, None, op),
                None => match template(text, site.field) {
                    Some(template) => self.any_of(site, None, Op::Template { template, case: site.case }),
                    None => self.hole(site.whole, ENCODED_PLACEHOLDER),
                },
            },
            Test::Regex(regex) if has_placeholder(&regex.pieces) => self.hole(site.whole, PLACEHOLDER),
            Test::Regex(regex) => self.any_of(site, None, regex_op(regex)),
            Test::Number { number, part, op } => self.any_of(site, *part, number_op(number, *part, *op, site.case)),
            Test::Bool(value) => self.any_of(site, None, equal(ir::Value::Bool(*value), site.case)),
            Test::Network(net) => self.any_of(site, None, Op::InCidr(*net)),
            Test::Field(name, place) => {
                let other = Operand::Subject(Arc::new(Subject::Field(FieldPath::dotted(name))));
                let op = match place {
                    Some(place) => Op::HasText { place: *place, text: other, case: site.case },
                    None => Op::Equal { to: other, case: site.case, coercion: Coercion::Text },
                };
                self.any_of(site, None, op)
            }
            Test::Null | Test::Exists(_) => self.presence(test, site),
            Test::Query { expression, id } => {
                let op = Op::Query { expression: expression.as_str().into(), id: id.as_str().into() };
                self.any_of(site, None, op)
            }
            Test::Wrong(reason) | Test::Hole(reason) => self.hole(site.whole, reason),
        }
    }

    fn presence(&mut self, test: &Test, site: &Site<'_>) -> ExprId {
        let Some(field) = site.field.cloned() else {
            return self.hole(site.whole, "a test of presence has no meaning without a field");
        };
        if *test == Test::Null {
            let there = self.pool.exists(field, site.origin);
            return self.pool.not(there, site.origin);
        }
        let missing = self.pool.test(Subject::Field(field), Op::IsMissing, site.origin);
        if *test == Test::Exists(true) { self.pool.not(missing, site.origin) } else { missing }
    }

    /// The test of any of the values, or of a part of the date that it is.
    fn any_of(&mut self, site: &Site<'_>, part: Option<DatePart>, op: Op) -> ExprId {
        let value = match part {
            Some(part) => Subject::Call(Function::DatePart(part), [Subject::Element(0)].into()),
            None => Subject::Element(0),
        };
        let body = self.pool.test(value, op, site.origin);
        self.pool.for_some(site.values.clone(), body, site.origin)
    }

    /// A part that is kept as text.
    fn hole(&mut self, span: Span, reason: &str) -> ExprId {
        let text = self.text.get(span.range()).unwrap_or_default();
        let kind = ExprKind::OpaqueTest { text: text.into(), reason: reason.into() };
        self.pool.add(kind, Some(Location::main(span)))
    }
}

const ENCODED_PLACEHOLDER: &str = "a value with a placeholder cannot be encoded before the placeholder has a value";
const PLACEHOLDER: &str = "the value has a placeholder, which stands for values that the rule does not have";

fn equal(value: ir::Value, case: Case) -> Op {
    Op::Equal { to: value.into(), case, coercion: Coercion::Text }
}

/// Numbers compare by their text, so that `4625` is found as a number and as a string; under a comparison as numbers.
fn number_op(number: &ir::Value, part: Option<DatePart>, op: Option<ir::Cmp>, case: Case) -> Op {
    let to = number.clone();
    match op {
        Some(op) => Op::Compare { op, domain: Domain::Number, coercion: Coercion::Number, to: to.into() },
        None if part.is_some() => Op::Equal { to: to.into(), case: Case::Sensitive, coercion: Coercion::Number },
        None => equal(to, case),
    }
}

/// The test of a text without placeholders. A keyword may stand anywhere in a value, unless a modifier says where.
fn text_op(text: &Text, site: &Site<'_>) -> Option<Op> {
    let keyword = site.field.is_none() && !text.placed;
    let pattern = match &text.pieces {
        Pieces::Around { before, plain, after } => match (*before || keyword, *after || keyword) {
            (false, false) => return Some(equal(ir::Value::Str(Arc::clone(plain)), site.case)),
            (true, true) => Pattern::contains(Arc::clone(plain)),
            (false, true) => Pattern::prefix(Arc::clone(plain)),
            (true, false) => Pattern::suffix(Arc::clone(plain)),
        },
        Pieces::Other(pieces) if has_placeholder(pieces) => return None,
        Pieces::Other(pieces) if keyword => Pattern::new(anywhere(pieces.clone()).iter().filter_map(piece)),
        Pieces::Other(pieces) => Pattern::new(pieces.iter().filter_map(piece)),
    };
    Some(match pattern.shape() {
        Shape::Exact(text) => equal(ir::Value::str(text), site.case),
        _ => Op::Matches { pattern, case: site.case, coercion: Coercion::Text },
    })
}

/// A text whose placeholders have no values yet; `None` when an encoding waits for them.
fn template(text: &Text, field: Option<&FieldPath>) -> Option<Template> {
    if !text.pending.is_empty() {
        return None;
    }
    let keyword = field.is_none() && !text.placed;
    let pieces = text.pieces.list().into_owned();
    let pieces = if keyword { anywhere(pieces) } else { pieces };
    Some(Template::new(pieces.iter().filter_map(|own| match own {
        Piece::Placeholder(name) => Some(TemplatePiece::Placeholder(Arc::clone(name))),
        other => piece(other).map(TemplatePiece::Fixed),
    })))
}

fn piece(piece: &Piece) -> Option<ir::Piece> {
    match piece {
        Piece::Literal(text) => Some(ir::Piece::Literal(Arc::clone(text))),
        Piece::Any => Some(ir::Piece::Any),
        Piece::One => Some(ir::Piece::One),
        Piece::Placeholder(_) => None,
    }
}

fn regex_op(regex: &Regex) -> Op {
    let regex = ir::Regex {
        pattern: regex.pattern(),
        dialect: RegexDialect::Sigma,
        anchoring: Anchoring::Search,
        case: if regex.ignore_case { Case::Insensitive } else { Case::Sensitive },
        multi_line: regex.multi_line,
        dot_all: regex.dot_all,
    };
    Op::Regex { regex, coercion: Coercion::Text }
}
