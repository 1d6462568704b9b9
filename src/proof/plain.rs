//! One form for operators that mean the same.

use super::plain_regex::{Rests, Said, said};
use crate::ir::{Case, Coercion, ExprId, ExprKind, Op, Operand, Pattern, Piece, Pool, Shape, Subject, Value, has_case};
use crate::source::Location;

/// One form for tests that mean the same.
pub(super) fn plain(pool: &mut Pool, kind: ExprKind, _: Option<Location>) -> ExprId {
    match kind {
        ExprKind::Test(subject, op) => pool.test(subject, plain_op(op), None),
        // Some item passes one of the tests: one of the tests is passed by some item.
        ExprKind::ForSome(items, body) => match pool.kind(body).clone() {
            ExprKind::Or(members) => {
                let each: Vec<ExprId> = members.iter().map(|member| some(pool, &items, *member)).collect();
                pool.or(each, None)
            }
            _ => some(pool, &items, body),
        },
        other => pool.rebuild(other, None),
    }
}

fn some(pool: &mut Pool, items: &Subject, body: ExprId) -> ExprId {
    pool.for_some(items.clone(), body, None)
}

/// The plain form of an operator.
pub(super) fn plain_op(op: Op) -> Op {
    match op {
        Op::Matches { pattern, case, coercion } => match pattern.shape() {
            // A text that is a number can equal another one under the other coercions.
            Shape::Exact(text) if matches!(coercion, Coercion::None | Coercion::Text) => {
                let case = plain_case(case, &[text]);
                Op::Equal { to: Operand::Value(Value::str(folded(text, case))), case, coercion }
            }
            _ => {
                let literals: Vec<&str> = pattern.literals().collect();
                let case = plain_case(case, &literals);
                let pieces = pattern.pieces().iter().map(|piece| match piece {
                    Piece::Literal(text) => Piece::Literal(folded(text, case).into()),
                    other => other.clone(),
                });
                Op::Matches { pattern: Pattern::new(pieces), case, coercion }
            }
        },
        Op::Equal { to: Operand::Value(value), case, coercion } => {
            let value = match (value, coercion) {
                // Under this coercion scalars compare by their texts.
                (Value::Int(number), Coercion::Text) => Value::str(number.to_string()),
                (Value::Bool(truth), Coercion::Text) => Value::str(truth.to_string()),
                (value, _) => value,
            };
            let case = value.as_str().map_or(Case::Sensitive, |text| plain_case(case, &[text]));
            let value = value.as_str().map_or(value.clone(), |text| Value::str(folded(text, case)));
            Op::Equal { to: Operand::Value(value), case, coercion }
        }
        Op::Regex { regex, coercion } => match said(&regex, false) {
            Some((form, rests)) if rests == Rests::default() => of_form(form, coercion),
            _ => Op::Regex { regex, coercion },
        },
        other => other,
    }
}

/// The test of what an expression says.
pub(super) fn of_form(said: Said, coercion: Coercion) -> Op {
    match said {
        Said::Pattern(pattern, case) => plain_op(Op::Matches { pattern, case, coercion }),
        Said::Regex(regex) => Op::Regex { regex, coercion },
    }
}

/// The text as it compares: without case, ASCII letters are the same in both.
fn folded(text: &str, case: Case) -> String {
    if case.is_sensitive() { text.to_owned() } else { text.to_ascii_lowercase() }
}

/// Texts without letters have no case, and for ASCII letters both ways to ignore it are the same.
fn plain_case(case: Case, texts: &[&str]) -> Case {
    let mut letters = texts.iter().flat_map(|text| text.chars()).filter(|c| has_case(*c)).peekable();
    match case {
        Case::Sensitive => case,
        _ if letters.peek().is_none() => Case::Sensitive,
        _ if letters.all(|letter| letter.is_ascii()) => Case::Insensitive,
        _ => case,
    }
}

/// Whether strange capitals can change what a test of lower-cased text says: U+212A becomes `k`, U+0130 an `i` with a dot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Letters {
    Plain,
    WithStrangeCapitals,
}

/// The test of a text that says what this one says of the text in lower case.
pub(super) fn test_of_lower_case(op: Op) -> Option<(Op, Letters)> {
    let lower = |c: char| if c.is_ascii() { !c.is_ascii_uppercase() } else { !has_case(c) };
    test_of_one_case(op, lower, &['k', 'i'])
}

/// The test of a text that says what this one says of the text in upper case. Of one strange letter alone upper case makes several:
/// U+00DF becomes `SS`.
pub(super) fn test_of_upper_case(op: Op) -> Option<(Op, Letters)> {
    let upper = |c: char| if c.is_ascii() { !c.is_ascii_lowercase() } else { !has_case(c) };
    let letters: Vec<char> = ('A'..='Z').collect();
    test_of_one_case(op, upper, &letters)
}

/// `is_of_case`: whether a letter can stand in a text of the case. `strange`: the ASCII letters that others become in it.
fn test_of_one_case(op: Op, is_of_case: impl Fn(char) -> bool, strange: &[char]) -> Option<(Op, Letters)> {
    let op = plain_op(op);
    let literals: Vec<&str> = match &op {
        Op::Equal { to: Operand::Value(Value::Str(text)), .. } => vec![text],
        Op::Matches { pattern, .. } => pattern.literals().collect(),
        Op::Present | Op::IsMissing | Op::IsNull | Op::IsEmpty | Op::TypeIs(_) => return Some((op, Letters::Plain)),
        _ => return None,
    };
    if !literals.iter().all(|text| text.chars().all(&is_of_case)) {
        return None;
    }
    let strange = literals.iter().any(|text| text.contains(strange));
    let letters = if strange { Letters::WithStrangeCapitals } else { Letters::Plain };
    let op = match op {
        Op::Equal { to, coercion, .. } => Op::Equal { to, case: Case::AsciiInsensitive, coercion },
        Op::Matches { pattern, coercion, .. } => Op::Matches { pattern, case: Case::AsciiInsensitive, coercion },
        other => other,
    };
    Some((plain_op(op), letters))
}
