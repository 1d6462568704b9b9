//! The data of registry values: Sysmon writes a number as `DWORD (0x0000000a)` or `QWORD (0x00000000-0x0000000a)`, of which the ingest
//! makes `10`, and any other text as it is. Which of the three a text is, the claim looks at first: then each test is one of texts.

use super::{Change, Source};
use crate::catalog::maps::Transform;
use crate::ir::{Case, Coercion, Op, Pattern, Piece};
use serde_json::json;

/// What Sysmon writes of bytes.
pub(super) const BYTES: &str = "Binary Data";

/// How Sysmon writes a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Number {
    Dword,
    Qword,
}

impl Number {
    pub(super) const ALL: [Self; 2] = [Self::Dword, Self::Qword];

    /// How all of its texts begin.
    const fn head(self) -> &'static str {
        match self {
            Self::Dword => "DWORD (",
            Self::Qword => "QWORD (",
        }
    }

    /// The test of a text that it is one of these.
    pub(super) fn test(self) -> Op {
        let pieces = [Piece::Literal(self.head().into()), Piece::Any];
        Op::Matches { pattern: Pattern::new(pieces), case: Case::Sensitive, coercion: Coercion::None }
    }

    /// One of its texts.
    pub(super) const fn example(self) -> &'static str {
        match self {
            Self::Dword => "DWORD (0x00000000)",
            Self::Qword => "QWORD (0x00000000-0x00000000)",
        }
    }

    /// The text of which the ingest makes this one, if there is one.
    pub(super) fn written(self, decimal: &str) -> Option<String> {
        let number = decimal.parse::<u64>().ok().filter(|number| number.to_string() == decimal)?;
        let (high, low) = (number >> 32, number & u64::from(u32::MAX));
        match self {
            Self::Dword => (high == 0).then(|| format!("DWORD (0x{low:08x})")),
            Self::Qword => Some(format!("QWORD (0x{high:08x}-0x{low:08x})")),
        }
    }

    /// Whether the letters of a pattern rule out that one of its texts fits.
    pub(super) fn rules_out(self, pattern: &Pattern) -> bool {
        let is_part = |c: char| self.head().to_lowercase().contains(c) || "0x-)".contains(c) || c.is_ascii_hexdigit();
        !pattern.literals().flat_map(str::chars).all(|c| is_part(c.to_ascii_lowercase()))
    }
}

/// The one way in which Sysmon writes a text that is a number or says that there are bytes; `None` for other texts.
pub(super) fn spelled(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    match lower.split_at_checked(5) {
        Some((head @ ("dword" | "qword"), rest)) => Some(format!("{}{rest}", head.to_ascii_uppercase())),
        _ => text.eq_ignore_ascii_case(BYTES).then(|| BYTES.to_owned()),
    }
}

/// Whether there is such a text.
pub(super) fn is_written(text: &str) -> bool {
    Transform::RegistryData.is_notation(&json!(text))
}

impl Source {
    /// The same of the texts of one kind alone.
    pub(super) fn of_numbers(&self, number: Number) -> Self {
        let change = match self.change {
            Change::RegistryData => Change::RegistryNumber(number),
            _ => Change::RegistryText(number),
        };
        Self { field: self.field.clone(), change, ..*self }
    }

    /// The same of other texts, which the ingest leaves as they are.
    pub(super) fn of_other_texts(&self) -> Self {
        Self { field: self.field.clone(), change: Change::Same, ..*self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_with_all_their_digits() {
        assert_eq!(Number::Dword.written("10").as_deref(), Some("DWORD (0x0000000a)"));
        assert_eq!(Number::Dword.written("4294967296"), None);
        assert_eq!(Number::Qword.written("4294967296").as_deref(), Some("QWORD (0x00000001-0x00000000)"));
        assert_eq!(Number::Dword.written("010"), None);
        for number in Number::ALL {
            assert!(is_written(number.example()));
            assert!(number.rules_out(&Pattern::contains("cmd")) && !number.rules_out(&Pattern::contains("0X0")));
        }
        assert_eq!(spelled("dword (0X0000000A)").as_deref(), Some("DWORD (0x0000000a)"));
        assert!(spelled("word").is_none() && spelled("BINARY data").as_deref() == Some("Binary Data"));
    }
}
