//! Tests of the words of analysed text.

use super::Lowering;
use super::op::{LoweredOp, lower, wildcards};
use crate::fidelity::{Effect, Polarity, code};
use crate::ir::{Analyzer, Case, Coercion, FieldPath, Op, Pattern, Piece, Shape, WordTest};
use crate::pass::capabilities::Support;
use crate::source::Location;
use smallvec::{SmallVec, smallvec};

/// A test of a text's words, or of the text where the target has no words and that is the same.
pub(super) fn words(
    lowering: &mut Lowering<'_>,
    field: &FieldPath,
    (analyzer, test): (Analyzer, &WordTest),
    polarity: Polarity,
    origin: Option<Location>,
) -> LoweredOp {
    if lowering.terms.capabilities.words == Support::No {
        if let Some(op) = part_of_text(test) {
            return lower(lowering, field, &op, polarity, origin);
        }
        return words_as_parts(lowering, field, (analyzer, test), polarity, origin);
    }
    let words = |test| Op::Words { analyzer, test };
    match test {
        WordTest::Matches(pattern) => {
            let pattern = wildcards(lowering, field, pattern, polarity, origin);
            LoweredOp::Ops(smallvec![words(WordTest::Matches(pattern))])
        }
        WordTest::Regex(regex) => {
            let op = Op::Regex { regex: regex.clone(), coercion: Coercion::Text };
            match lower(lowering, field, &op, polarity, origin) {
                LoweredOp::Ops(ops) => LoweredOp::Ops(
                    ops.into_iter()
                        .map(|op| match op {
                            Op::Regex { regex, .. } => words(WordTest::Regex(regex)),
                            other => other,
                        })
                        .collect(),
                ),
                LoweredOp::Refused => LoweredOp::Refused,
            }
        }
        WordTest::Is(_) | WordTest::Phrase(_) => LoweredOp::Ops(smallvec![words(test.clone())]),
    }
}

/// Words of a text as parts of it, for a target that has no words: a text with the words has them as parts, and so have other texts. In an
/// exclusion the test is left out, for the same reason.
fn words_as_parts(
    lowering: &mut Lowering<'_>,
    field: &FieldPath,
    (analyzer, test): (Analyzer, &WordTest),
    polarity: Polarity,
    origin: Option<Location>,
) -> LoweredOp {
    let literal = |word: String| Piece::Literal(word.into());
    let parts: Vec<Vec<Piece>> = match test {
        WordTest::Is(word) => vec![vec![literal(word.to_string())]],
        WordTest::Phrase(text) => analyzer.words(text).into_iter().map(|word| vec![literal(word)]).collect(),
        WordTest::Matches(pattern) => vec![pattern.pieces().to_vec()],
        WordTest::Regex(_) => Vec::new(),
    };
    // Within Elastic's world another language has words.
    if parts.is_empty() || !lowering.terms.crossed {
        let message = format!("`{field}` is analysed text, of which the target has no words: KQL and Lucene have");
        lowering.refuse(&code::TYPE, origin, message);
        return LoweredOp::Refused;
    }
    if polarity == Polarity::Negative {
        let message = format!("`{field}` is analysed text: the exclusion that looks for words of it is left out");
        lowering.lose(&code::TYPE, Effect::Narrowed, polarity, origin, message);
        return LoweredOp::Ops(SmallVec::new());
    }
    let message = format!("`{field}` is analysed text: its words are looked for as parts of it");
    lowering.lose(&code::TYPE, Effect::Widened, polarity, origin, message);
    let around = parts.into_iter().flat_map(|part| part.into_iter().chain([Piece::Any]));
    let pattern = Pattern::new([Piece::Any].into_iter().chain(around));
    let op = Op::Matches { pattern, case: Case::Insensitive, coercion: Coercion::Text };
    lower(lowering, field, &op, polarity, origin)
}

/// A part of a word is a part of the text, and no word ends inside a run of ASCII letters and digits.
fn part_of_text(test: &WordTest) -> Option<Op> {
    match test {
        WordTest::Matches(pattern) => match pattern.shape() {
            Shape::Contains(part) if part.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
                Some(Op::Matches { pattern: pattern.clone(), case: Case::Insensitive, coercion: Coercion::Text })
            }
            _ => None,
        },
        _ => None,
    }
}
