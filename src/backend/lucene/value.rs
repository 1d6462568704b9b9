//! Constants, patterns and names in a query string.

use super::query_of;
use crate::backend::lucene_regex::{self, MAX_REGEX};
use crate::catalog::fields::FieldType;
use crate::ir::{Analyzer, Case, Cmp, Op, Operand, Pattern, Piece, Shape, Value, WordTest};
use crate::lang::at::At;
use crate::lang::lucene::{Bound, Node, Piece as Written, Query, RangeOp, Text};

/// A field's name; `None` for one with a star, which has no form.
pub(super) fn name(name: &str) -> Option<Text> {
    (!name.contains('*') && !name.is_empty()).then(|| Text::plain(name))
}

/// A pattern of names; Elasticsearch has no `?` in them.
pub(super) fn names(pattern: &Pattern) -> Option<Text> {
    let starred: Option<String> = pattern
        .pieces()
        .iter()
        .map(|piece| match piece {
            Piece::Literal(text) => Some(text.to_string()),
            Piece::Any => Some("*".to_owned()),
            Piece::One => None,
        })
        .collect();
    starred.map(|name| Text::field(&name))
}

/// Whether Elasticsearch takes wildcards and expressions on a type.
pub(super) fn has_patterns(ty: FieldType) -> bool {
    !ty.is_number() && !matches!(ty, FieldType::Ip | FieldType::Date | FieldType::Boolean | FieldType::GeoPoint)
}

/// `*part*` in a text is the same as in one of its words, whose letters have no case.
pub(super) fn is_part_of_a_word(op: &Op) -> bool {
    match op {
        Op::Matches { pattern, case, .. } => match pattern.shape() {
            Shape::Contains(part) => !case.is_sensitive() && part.bytes().all(|byte| byte.is_ascii_alphanumeric()),
            _ => false,
        },
        _ => false,
    }
}

/// The test in the case that it is written in.
pub(super) fn in_exact_case(op: &Op) -> Option<Op> {
    let case = Case::Sensitive;
    match op.clone() {
        Op::Equal { to, coercion, .. } => Some(Op::Equal { to, case, coercion }),
        Op::Matches { pattern, coercion, .. } => Some(Op::Matches { pattern, case, coercion }),
        Op::Regex { regex, coercion } if !regex.case.is_sensitive() => {
            Some(Op::Regex { regex: crate::ir::Regex { case, ..regex }, coercion })
        }
        _ => None,
    }
}

/// What stands behind `field:` for a test; `None` for tests without a form.
pub(super) fn of(op: &Op, ty: FieldType) -> Option<Query> {
    match op {
        Op::Equal { to: Operand::Value(Value::Str(text)), case, .. } => equal(text, *case, ty),
        Op::Equal { to: Operand::Value(value), .. } => scalar(value),
        Op::Matches { pattern, case, .. } => matches(pattern, *case, ty),
        Op::Regex { regex, .. } => {
            let pattern = if regex.case.is_sensitive() {
                regex.pattern.to_string()
            } else {
                lucene_regex::insensitive(&regex.pattern)?
            };
            expression(&pattern)
        }
        Op::InCidr(network) => Some(phrase(&network.to_string())),
        Op::Compare { op, to: Operand::Value(value), .. } => compare(*op, value),
        Op::Words { analyzer, test } => words(*analyzer, test),
        _ => None,
    }
}

pub(super) fn phrase(text: &str) -> Query {
    query_of(Node::Phrase { text: text.to_owned(), slop: None })
}

fn expression(pattern: &str) -> Option<Query> {
    let written = lucene_regex::between_slashes(pattern);
    (written.len() <= MAX_REGEX).then(|| query_of(Node::Regex(written)))
}

/// A word as it is, or the text in quotes: `<` and `>` in front cannot be escaped, and white space need not be.
fn text(text: &str) -> Query {
    let simple = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.');
    let word = !text.is_empty() && text.chars().all(simple) && !matches!(text, "AND" | "OR" | "NOT" | "TO");
    if word { query_of(Node::Term(Text::plain(text))) } else { phrase(text) }
}

fn equal(to: &str, case: Case, ty: FieldType) -> Option<Query> {
    if case.is_sensitive() || ty.is_analysed() || !has_patterns(ty) || !lucene_regex::has_case(to, case) {
        return Some(text(to));
    }
    expression(&lucene_regex::literal(to, case))
}

fn scalar(value: &Value) -> Option<Query> {
    match value {
        Value::Bool(_) | Value::Int(_) | Value::Float(_) => Some(query_of(Node::Term(Text::plain(&value.to_string())))),
        _ => None,
    }
}

fn matches(pattern: &Pattern, case: Case, ty: FieldType) -> Option<Query> {
    let has_case = pattern.literals().any(|text| lucene_regex::has_case(text, case));
    if case.is_sensitive() || ty.is_analysed() || !has_case {
        return Some(wildcard(pattern));
    }
    expression(&lucene_regex::wildcard(pattern, case))
}

fn wildcard(pattern: &Pattern) -> Query {
    if let Shape::Exact(exact) = pattern.shape() {
        return text(exact);
    }
    let pieces = pattern.pieces().iter().map(|piece| match piece {
        Piece::Literal(text) => Written::Literal(text.to_string()),
        Piece::Any => Written::Star,
        Piece::One => Written::Question,
    });
    query_of(Node::Term(Text { pieces: pieces.collect(), quoted: false, at: At::default() }))
}

/// Numbers and dates behind an operator, texts in a range: they may start with an operator themselves.
fn compare(op: Cmp, value: &Value) -> Option<Query> {
    let op = match op {
        Cmp::Less => RangeOp::Less,
        Cmp::LessOrEqual => RangeOp::LessOrEqual,
        Cmp::Greater => RangeOp::Greater,
        Cmp::GreaterOrEqual => RangeOp::GreaterOrEqual,
        Cmp::Equal => return value.as_str().map_or_else(|| scalar(value), |value| Some(text(value))),
        Cmp::NotEqual => return None,
    };
    let Some(end) = value.as_str() else {
        scalar(value)?;
        return Some(query_of(Node::Compare { op, value: Text::plain(&value.to_string()) }));
    };
    if end.is_empty() || end == "*" {
        return None;
    }
    let end = Text { quoted: true, ..Text::plain(end) };
    let open = Bound { value: Text::field("*"), inclusive: true };
    let inclusive = matches!(op, RangeOp::LessOrEqual | RangeOp::GreaterOrEqual);
    let end = Bound { value: end, inclusive };
    let below = matches!(op, RangeOp::Less | RangeOp::LessOrEqual);
    Some(query_of(if below { Node::Range { low: open, high: end } } else { Node::Range { low: end, high: open } }))
}

fn words(analyzer: Analyzer, test: &WordTest) -> Option<Query> {
    match test {
        WordTest::Is(word) => Some(text(word)),
        WordTest::Phrase(words) => Some(phrase(words)),
        WordTest::Regex(regex) if regex.case.is_sensitive() => expression(&regex.pattern),
        WordTest::Regex(_) => None,
        // A prefix would be cut into words; an expression is not.
        WordTest::Matches(pattern) => match pattern.shape() {
            Shape::Prefix(prefix) if analyzer.words(prefix) != [prefix.to_lowercase()] => {
                expression(&lucene_regex::wildcard(&Pattern::prefix(prefix.to_lowercase()), Case::Sensitive))
            }
            _ => Some(wildcard(pattern)),
        },
    }
}
