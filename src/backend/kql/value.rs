//! Constants and patterns as KQL values.

use crate::ir::{Op, Operand, Pattern, Piece, Value, WordTest};
use crate::lang::kuery::{self, Piece as ValuePiece};

/// The value that stands for a test after `field:`; `None` for tests of another form.
pub(super) fn of(op: &Op) -> Option<kuery::Value> {
    match op {
        Op::Equal { to, .. } => of_operand(to),
        Op::Matches { pattern, .. } => Some(self::pattern(pattern)),
        Op::InCidr(network) => Some(kuery::Value::quoted(network.to_string())),
        Op::Words { test, .. } => match test {
            WordTest::Is(word) => Some(kuery::Value::unquoted(word)),
            WordTest::Phrase(text) => Some(kuery::Value::quoted(text.to_string())),
            WordTest::Matches(pattern) => Some(self::pattern(pattern)),
            WordTest::Regex(_) => None,
        },
        _ => None,
    }
}

/// A constant. Unquoted `true`, `false` and numbers are typed; texts that read otherwise are quoted.
pub(super) fn of_operand(operand: &Operand) -> Option<kuery::Value> {
    let Operand::Value(value) = operand else { return None };
    Some(match value {
        Value::Str(text) => kuery::Value::plain(text),
        Value::Bool(flag) => kuery::Value::unquoted(&flag.to_string()),
        Value::Int(number) => kuery::Value::unquoted(&number.to_string()),
        Value::Float(number) => kuery::Value::unquoted(&number.0.to_string()),
        Value::Null | Value::List(_) | Value::Object(_) => return None,
    })
}

/// Whether the pattern begins or ends with white space: without quotes Kibana trims it away, and within them `*` is no wildcard.
pub(super) fn is_trimmed(op: &Op) -> bool {
    let (Op::Matches { pattern, .. } | Op::Words { test: WordTest::Matches(pattern), .. }) = op else { return false };
    let is_outer = |piece: Option<&Piece>, end: fn(&str) -> Option<char>| match piece {
        Some(Piece::Literal(text)) => end(text).is_some_and(char::is_whitespace),
        _ => false,
    };
    is_outer(pattern.pieces().first(), |text| text.chars().next())
        || is_outer(pattern.pieces().last(), |text| text.chars().next_back())
}

/// A name or a value with `*` where the pattern has wildcards.
pub(super) fn pattern(pattern: &Pattern) -> kuery::Value {
    let pieces = pattern.pieces().iter().map(|piece| match piece {
        Piece::Literal(text) => ValuePiece::Literal(text.to_string()),
        Piece::Any | Piece::One => ValuePiece::Star,
    });
    kuery::Value::wildcard(pieces.collect())
}
