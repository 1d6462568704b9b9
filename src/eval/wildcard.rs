//! Wildcard patterns against texts.

use super::value::fold;
use crate::ir::{Case, Pattern, Piece};

/// A pattern prepared for matching: letters folded once.
#[derive(Debug, Clone)]
pub(super) struct Wildcard {
    tokens: Vec<Token>,
    case: Case,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Token {
    Letter(char),
    One,
    Any,
}

impl Wildcard {
    pub(super) fn new(pattern: &Pattern, case: Case) -> Self {
        let mut tokens = Vec::new();
        for piece in pattern.pieces() {
            match piece {
                Piece::Literal(text) => tokens.extend(text.chars().map(|c| Token::Letter(fold(c, case)))),
                Piece::Any => tokens.push(Token::Any),
                Piece::One => tokens.push(Token::One),
            }
        }
        Self { tokens, case }
    }

    /// Whether the whole text fits. Only the last `*` is ever retried, which is enough for wildcards, so the time is at most
    /// pattern times text.
    pub(super) fn matches(&self, text: &str) -> bool {
        let (mut token, mut rest) = (0, text.chars());
        // The token after the last `*`, and the text that it was last tried with.
        let mut retry = None;
        while let Some(c) = rest.clone().next() {
            match self.tokens.get(token) {
                Some(Token::Any) => {
                    token += 1;
                    retry = Some((token, rest.clone()));
                    continue;
                }
                Some(Token::One) => token += 1,
                Some(Token::Letter(letter)) if *letter == fold(c, self.case) => token += 1,
                _ => match &mut retry {
                    Some((after, from)) => {
                        from.next();
                        (token, rest) = (*after, from.clone());
                        continue;
                    }
                    None => return false,
                },
            }
            rest.next();
        }
        self.tokens[token..].iter().all(|token| *token == Token::Any)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_speak_of_the_whole_text() {
        let general = Pattern::new([
            Piece::Literal("a".into()),
            Piece::Any,
            Piece::Literal("b".into()),
            Piece::One,
            Piece::Any,
            Piece::Literal("c".into()),
        ]);
        let general = Wildcard::new(&general, Case::Insensitive);
        assert!(general.matches("AxxbbYcc"));
        assert!(!general.matches("abc"));
        assert!(!general.matches("axxbyd"));
        let exact = Wildcard::new(&Pattern::new([]), Case::Sensitive);
        assert!(exact.matches("") && !exact.matches("x"));
        let any = Wildcard::new(&Pattern::new([Piece::Any]), Case::Sensitive);
        assert!(any.matches("") && any.matches("x\ny"));
        let one = Wildcard::new(&Pattern::new([Piece::One]), Case::Sensitive);
        assert!(one.matches("ü") && !one.matches("") && !one.matches("xx"));
    }

    #[test]
    fn case_decides_about_letters() {
        assert!(!Wildcard::new(&Pattern::prefix("Ab"), Case::Sensitive).matches("abc"));
        assert!(Wildcard::new(&Pattern::suffix("É.exe"), Case::Insensitive).matches("x\\é.EXE"));
        assert!(!Wildcard::new(&Pattern::suffix("É.exe"), Case::AsciiInsensitive).matches("x\\é.EXE"));
    }

    #[test]
    fn many_stars_take_no_exponential_time() {
        let pieces =
            (0..200).flat_map(|_| [Piece::Any, Piece::Literal("a".into())]).chain([Piece::Literal("b".into())]);
        assert!(!Wildcard::new(&Pattern::new(pieces), Case::Sensitive).matches(&"a".repeat(5000)));
    }
}
