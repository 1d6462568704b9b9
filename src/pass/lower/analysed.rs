//! Tests of whole texts on fields of which the index keeps the words only.

use super::Lowering;
use crate::catalog::fields::is_script;
use crate::fidelity::{Effect, Polarity, code};
use crate::ir::{Analyzer, ExprId, FieldPath, Op, Operand, Pattern, Piece, Pool, Shape, Subject, Value, WordTest};
use crate::pass::capabilities::{Support, ValueModel};
use crate::source::Location;
use std::sync::Arc;

/// The test as tests of words, where the field is analysed text and the target asks the index; `None` elsewhere.
///
/// A text that occurs in the field has its inner words there as words, its first one at the end of a word and its last one at the
/// beginning of one: the test of these holds of more texts. In an exclusion the test is left out, for the same reason.
pub(super) fn lower(
    lowering: &mut Lowering<'_>,
    field: &FieldPath,
    op: &Op,
    polarity: Polarity,
    origin: Option<Location>,
) -> Option<ExprId> {
    let capabilities = lowering.terms.capabilities;
    if !lowering.terms.crossed
        || capabilities.values != ValueModel::AnyOf
        || !(lowering.terms.facts)(field).ty.is_analysed()
    {
        return None;
    }
    let Some((text, starts, ends)) = text_of(op) else {
        return matches!(op, Op::Regex { .. } | Op::Matches { .. }).then(|| refuse(lowering, field, origin));
    };
    if capabilities.words == Support::No {
        return Some(refuse(lowering, field, origin));
    }
    if polarity == Polarity::Negative {
        let message = format!("`{field}` is analysed text: the exclusion that looks for a part of it is left out");
        lowering.lose(&code::TYPE, Effect::Narrowed, polarity, origin, message);
        return Some(ExprId::FALSE);
    }
    let analyzer = if is_script(&field.name()) { Analyzer::Script } else { Analyzer::Standard };
    let words = analyzer.words(text);
    if words.is_empty() {
        return Some(refuse(lowering, field, origin));
    }
    let last = words.len() - 1;
    let one_word = last == 0 && words.first().is_some_and(|word| word.eq_ignore_ascii_case(text)) && !starts && !ends;
    if !one_word {
        let message = format!("`{field}` is analysed text: its words are looked for, wherever they stand");
        lowering.lose(&code::TYPE, Effect::Widened, polarity, origin, message);
    }
    let pool = &mut lowering.into;
    let tests: Vec<ExprId> = words
        .iter()
        .enumerate()
        .map(|(at, word)| word_test(pool, field, analyzer, word, (at == 0 && !starts, at == last && !ends), origin))
        .collect();
    Some(pool.and(tests, origin))
}

fn refuse(lowering: &mut Lowering<'_>, field: &FieldPath, origin: Option<Location>) -> ExprId {
    let message = format!("`{field}` is analysed text, of which the index keeps the words only");
    lowering.refuse(&code::TYPE, origin, message)
}

/// The text that a test looks for, and whether the value must start or end with it.
fn text_of(op: &Op) -> Option<(&str, bool, bool)> {
    match op {
        Op::Equal { to: Operand::Value(Value::Str(text)), .. } => Some((text, true, true)),
        Op::Matches { pattern, .. } => match pattern.shape() {
            Shape::Contains(text) => Some((text, false, false)),
            Shape::Prefix(text) => Some((text, true, false)),
            Shape::Suffix(text) => Some((text, false, true)),
            Shape::Exact(text) => Some((text, true, true)),
            Shape::Anything | Shape::General => None,
        },
        _ => None,
    }
}

fn word_test(
    pool: &mut Pool,
    field: &FieldPath,
    analyzer: Analyzer,
    word: &str,
    (open_start, open_end): (bool, bool),
    origin: Option<Location>,
) -> ExprId {
    let any = |open: bool| open.then_some(Piece::Any);
    let test = if open_start || open_end {
        let literal = Piece::Literal(word.into());
        WordTest::Matches(Pattern::new(any(open_start).into_iter().chain([literal]).chain(any(open_end))))
    } else {
        WordTest::Is(word.into())
    };
    let body = pool.test(Subject::Element(0), Op::Words { analyzer, test }, origin);
    pool.for_some(Subject::Elements(Arc::new(Subject::Field(field.clone()))), body, origin)
}

#[cfg(test)]
mod tests;
