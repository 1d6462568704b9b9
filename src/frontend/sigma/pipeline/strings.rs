//! Strings of a rule between their pieces and pySigma's plain form, in which patterns and replacements work.

use super::pattern::Replacement;
use crate::frontend::sigma::reader::{Reader, span_of};
use crate::frontend::sigma::typed::{Test, Text, has_placeholder};
use crate::ir::Value;
use crate::lang::sigma::value::{self as lang, Piece};
use crate::syntax::{Node, NodeKind};
use regex::Regex;

/// The plain form: wildcards as they are written, plain stars and question marks after a backslash, all else as it is.
pub(super) fn plain(pieces: &[Piece]) -> String {
    pieces.iter().map(plain_piece).collect()
}

fn plain_piece(piece: &Piece) -> String {
    match piece {
        Piece::Literal(text) => text.replace('*', "\\*").replace('?', "\\?"),
        Piece::Any => "*".to_owned(),
        Piece::One => "?".to_owned(),
        Piece::Placeholder(name) => format!("%{name}%"),
    }
}

/// The pieces of a string as a rule would have it.
pub(super) fn pieces(text: &str) -> Vec<Piece> {
    lang::parse(text).into_iter().map(|piece| piece.value).collect()
}

/// A string of a pipeline as the value of a rule.
pub(super) fn text(text: &str) -> Text {
    Text { pieces: pieces(text).into(), placed: true, pending: Box::default() }
}

/// A plain value of a pipeline as the value of a rule.
pub(super) fn constant(node: &Node, reader: &mut Reader<'_>) -> Option<Test> {
    match &node.kind {
        NodeKind::Null => Some(Test::Null),
        NodeKind::Bool(value) => Some(Test::Bool(*value)),
        NodeKind::Int(number) => Some(number_test(Value::Int(*number))),
        NodeKind::Float(number) => Some(number_test(Value::float(*number))),
        NodeKind::Str(scalar) => Some(Test::Text(text(&scalar.text))),
        NodeKind::DateTime(date) => Some(Test::Text(text(date))),
        NodeKind::Seq(_) | NodeKind::Map(_) => {
            reader.wrong_type(span_of(node), format!("`value` takes a plain value, this is {}", node.describe()));
            None
        }
    }
}

/// A number; one without a fraction is an integer.
pub(super) fn number_test(number: Value) -> Test {
    Test::Number { number, part: None, op: None }
}

/// The number that a text stands for.
pub(super) fn number(text: &str) -> Option<Value> {
    let text = text.trim();
    let whole = text.parse::<i64>().ok().map(Value::Int);
    whole.or_else(|| text.parse::<f64>().ok().filter(|number| number.is_finite()).map(Value::float))
}

/// Whether two values are the same, whatever their place.
pub(super) fn same(a: &Test, b: &Test) -> bool {
    match (a, b) {
        (Test::AnyOf(tests), b) => tests.iter().any(|test| same(test, b)),
        (Test::Text(a), Test::Text(b)) => a.pieces == b.pieces,
        (Test::Number { number: a, part: None, op: None }, Test::Number { number: b, .. }) => {
            a == b || as_float(a).zip(as_float(b)).is_some_and(|(a, b)| a.total_cmp(&b).is_eq())
        }
        (Test::Bool(a), Test::Bool(b)) => a == b,
        _ => false,
    }
}

#[allow(clippy::cast_precision_loss, reason = "numbers of rules are compared as Python compares them")]
fn as_float(value: &Value) -> Option<f64> {
    match value {
        Value::Int(number) => Some(*number as f64),
        Value::Float(number) => Some(number.0),
        _ => None,
    }
}

/// `_` before every capital letter but the first, and small letters.
pub(super) fn snake_case(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        if at > 0 && c.is_ascii_uppercase() {
            out.push('_');
        }
        out.extend(c.to_lowercase());
    }
    out
}

/// Each literal piece changed by a function.
pub(super) fn map_literals(pieces: &[Piece], change: impl Fn(&str) -> String) -> Vec<Piece> {
    let mapped = pieces.iter().map(|piece| match piece {
        Piece::Literal(text) => Piece::Literal(change(text).into()),
        other => other.clone(),
    });
    merged(mapped)
}

/// Neighbouring literals as one, and none that is empty.
pub(super) fn merged(pieces: impl IntoIterator<Item = Piece>) -> Vec<Piece> {
    let mut out: Vec<Piece> = Vec::new();
    let mut literal = String::new();
    let end = |literal: &mut String, out: &mut Vec<Piece>| {
        if !literal.is_empty() {
            out.push(Piece::Literal(std::mem::take(literal).into()));
        }
    };
    for piece in pieces {
        match piece {
            Piece::Literal(text) => literal.push_str(&text),
            special => {
                end(&mut literal, &mut out);
                out.push(special);
            }
        }
    }
    end(&mut literal, &mut out);
    out
}

/// A replacement in the plain form. What it puts in is read again, with wildcards and, where the string had some, placeholders; what
/// it leaves stays as it was.
pub(super) fn replace_plain(old: &[Piece], regex: &Regex, replacement: &Replacement) -> Vec<Piece> {
    let units = units(old);
    let text: String = units.iter().map(|unit| unit.text.as_str()).collect();
    let mut pending = String::new();
    let mut out: Vec<Piece> = Vec::new();
    let placeholders = has_placeholder(old);
    let mut at = 0;
    let keep = |from: usize, to: usize, pending: &mut String, out: &mut Vec<Piece>| {
        for unit in units.iter().filter(|unit| unit.start < to && unit.end() > from) {
            if unit.start >= from && unit.end() <= to {
                flush(pending, placeholders, out);
                out.push(unit.piece.clone());
            } else {
                let part = unit.start.max(from) - unit.start..unit.end().min(to) - unit.start;
                pending.push_str(unit.text.get(part).unwrap_or_default());
            }
        }
    };
    for found in regex.captures_iter(&text) {
        let Some(whole) = found.get(0) else { continue };
        keep(at, whole.start(), &mut pending, &mut out);
        pending.push_str(&replacement.expand(&found));
        at = whole.end();
    }
    keep(at, text.len(), &mut pending, &mut out);
    flush(&mut pending, placeholders, &mut out);
    merged(out)
}

/// A character or a special piece with its plain form.
struct Unit {
    start: usize,
    text: String,
    piece: Piece,
}

impl Unit {
    fn end(&self) -> usize {
        self.start + self.text.len()
    }
}

fn units(pieces: &[Piece]) -> Vec<Unit> {
    let mut units = Vec::new();
    let mut start = 0;
    let mut add = |piece: Piece| {
        let text = plain_piece(&piece);
        let end = start + text.len();
        units.push(Unit { start, text, piece });
        start = end;
    };
    for piece in pieces {
        match piece {
            Piece::Literal(text) => text.chars().for_each(|c| add(Piece::Literal(c.to_string().into()))),
            special => add(special.clone()),
        }
    }
    units
}

/// Reads text that a replacement put in: a backslash is plain unless it stands before a wildcard.
fn flush(pending: &mut String, placeholders: bool, out: &mut Vec<Piece>) {
    let text = std::mem::take(pending);
    let mut escaped = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        if c == '\\' && !rest.peek().is_some_and(|next| matches!(next, '*' | '?')) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    let read = if placeholders { lang::parse_expanding(&escaped) } else { lang::parse(&escaped) };
    out.extend(read.into_iter().map(|piece| piece.value));
}
