//! Texts that pass several tests at once.

use super::text::{Examples, fill};
use super::values::FILLER;
use crate::ir::{Op, Operand, Pattern, Piece, Place, Value, WordTest};

/// The parts that a text has to have.
#[derive(Default)]
pub(super) struct Composed {
    start: String,
    middle: Vec<String>,
    end: String,
}

impl Composed {
    pub(super) fn add(&mut self, op: &Op, examples: &Examples) {
        match op {
            Op::Matches { pattern, .. } => self.add_pattern(pattern),
            Op::HasText { place: Place::Start, text: Operand::Value(Value::Str(text)), .. } => self.at_start(text),
            Op::HasText { place: Place::End, text: Operand::Value(Value::Str(text)), .. } => self.at_end(text),
            Op::HasText { text: Operand::Value(Value::Str(text)), .. } => self.middle.push(text.to_string()),
            Op::Regex { regex, .. } => self.middle.extend(examples.of(regex).first().cloned()),
            Op::Words { test: WordTest::Is(text) | WordTest::Phrase(text), .. } => {
                self.middle.push(format!(" {text} "));
            }
            Op::Words { test: WordTest::Matches(pattern), .. } => {
                self.middle.push(format!(" {} ", fill(pattern, "")));
            }
            _ => {}
        }
    }

    fn add_pattern(&mut self, pattern: &Pattern) {
        let pieces = pattern.pieces();
        let (first, last) = (pieces.first(), pieces.last());
        let mut middle: Vec<&str> = Vec::new();
        for (index, piece) in pieces.iter().enumerate() {
            match piece {
                Piece::Literal(text) if index == 0 && matches!(first, Some(Piece::Literal(_))) => self.at_start(text),
                Piece::Literal(text) if index + 1 == pieces.len() && matches!(last, Some(Piece::Literal(_))) => {
                    self.at_end(text);
                }
                Piece::Literal(text) => middle.push(text),
                Piece::One => middle.push("q"),
                Piece::Any => {}
            }
        }
        if !middle.is_empty() {
            self.middle.push(middle.concat());
        }
    }

    /// The longest of several starts that go together.
    fn at_start(&mut self, text: &str) {
        if text.len() > self.start.len() {
            text.clone_into(&mut self.start);
        }
    }

    fn at_end(&mut self, text: &str) {
        if text.len() > self.end.len() {
            text.clone_into(&mut self.end);
        }
    }

    /// Texts with all the parts.
    pub(super) fn texts(&self) -> Vec<String> {
        let middle = self.middle();
        let join = |separator: &str, around: &str| {
            format!("{}{around}{}{around}{}", self.start, middle.join(separator), self.end)
        };
        let backwards: Vec<&str> = middle.iter().rev().copied().collect();
        let backwards = format!("{} {} {}", self.start, backwards.join(" "), self.end);
        let glued = format!("{FILLER} ");
        vec![join(" ", ""), join(" ", " "), join("", ""), backwards, join(&glued, ""), join(" ", FILLER)]
    }

    /// Texts with all the parts and another one, which stands as far at the front and as far at the end as it can.
    pub(super) fn texts_around(&self, other: &str) -> [String; 2] {
        let (start, middle, end) = (&self.start, self.middle().join(" "), &self.end);
        [format!("{start}{other} {middle}{end}"), format!("{start}{middle} {other}{end}")]
    }

    fn middle(&self) -> Vec<&str> {
        // A part that stands in another one need not come again.
        let all = [self.start.as_str(), self.end.as_str()];
        let mut middle: Vec<&str> = Vec::new();
        for part in &self.middle {
            if !all.iter().chain(&middle).any(|other| other.contains(part.as_str())) {
                middle.push(part);
            }
        }
        middle
    }
}
