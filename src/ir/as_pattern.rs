//! Regular expressions that are patterns.

use super::{Anchoring, Case, Pattern, Piece, Regex, RegexDialect};

impl Regex {
    /// The pattern that says the same as an expression of Lucene's: what it is made of are letters, each in both cases or each in one,
    /// `.*` and `.`.
    pub fn as_pattern(&self) -> Option<(Pattern, Case)> {
        let plain = self.dialect == RegexDialect::Lucene && self.anchoring == Anchoring::Whole;
        if !plain || !self.case.is_sensitive() {
            return None;
        }
        let mut pieces: Vec<Piece> = Vec::new();
        let (mut both, mut one) = (false, false);
        let mut rest = self.pattern.chars().peekable();
        while let Some(c) = rest.next() {
            let literal = match c {
                '.' => {
                    let any = rest.next_if_eq(&'*').is_some();
                    pieces.push(if any { Piece::Any } else { Piece::One });
                    continue;
                }
                '[' => {
                    let (low, high, end) = (rest.next()?, rest.next()?, rest.next()?);
                    let is_pair = low.is_ascii_alphabetic() && low != high && low.eq_ignore_ascii_case(&high);
                    if !is_pair || end != ']' {
                        return None;
                    }
                    both = true;
                    low.to_ascii_lowercase()
                }
                '\\' => rest.next().filter(|c| !c.is_alphanumeric())?,
                '*' | '+' | '?' | '(' | ')' | '|' | ']' | '{' | '}' | '~' | '&' | '<' | '>' | '@' | '#' | '"' | '^'
                | '$' => {
                    return None;
                }
                letter => {
                    one |= letter.is_alphabetic();
                    letter
                }
            };
            if rest.peek().is_some_and(|next| matches!(next, '*' | '+' | '?' | '{')) {
                return None;
            }
            pieces.push(Piece::Literal(literal.to_string().into()));
        }
        Some((Pattern::new(pieces), Case::of_letters(both, one)?))
    }
}

impl Case {
    /// The case mode of a pattern in which some letters stand in both cases, or some in one; `None` for a mixture.
    pub fn of_letters(both: bool, one: bool) -> Option<Self> {
        match (both, one) {
            (true, true) => None,
            (true, false) => Some(Self::AsciiInsensitive),
            _ => Some(Self::Sensitive),
        }
    }
}
