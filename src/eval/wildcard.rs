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

    /// Whether the whole text fits.
    pub(super) fn matches(&self, text: &str) -> bool {
        if text.is_ascii() {
            let is_sensitive = self.case.is_sensitive();
            let folded = |byte: u8| char::from(if is_sensitive { byte } else { byte.to_ascii_lowercase() });
            return self.fits(|at| text.as_bytes().get(at).map(|byte| (folded(*byte), at + 1)));
        }
        self.fits(|at| text[at..].chars().next().map(|c| (fold(c, self.case), at + c.len_utf8())))
    }

    /// `letter` gives the folded letter at a place and the place behind it. Only the last `*` is ever retried, which is enough for
    /// wildcards, so the time is at most pattern times text.
    fn fits(&self, letter: impl Fn(usize) -> Option<(char, usize)>) -> bool {
        let (mut token, mut at) = (0, 0);
        // The token after the last `*`, and the place that it was last tried at.
        let mut retry: Option<(usize, usize)> = None;
        while let Some((c, next)) = letter(at) {
            match self.tokens.get(token) {
                Some(Token::Any) => {
                    token += 1;
                    retry = Some((token, at));
                    continue;
                }
                Some(Token::One) => token += 1,
                Some(Token::Letter(wanted)) if *wanted == c => token += 1,
                // Whatever is left fits the last `*`.
                None if retry.is_some_and(|(after, _)| after == token) => return true,
                _ => {
                    let Some((after, from)) = &mut retry else { return false };
                    let wanted = match self.tokens.get(*after) {
                        Some(Token::Letter(letter)) => Some(*letter),
                        _ => None,
                    };
                    // Where the next letter does not stand, the rest need not be tried.
                    loop {
                        let Some((_, behind)) = letter(*from) else { return false };
                        *from = behind;
                        match (letter(behind), wanted) {
                            (Some((c, _)), Some(wanted)) if c != wanted => {}
                            (None, Some(_)) => return false,
                            _ => break,
                        }
                    }
                    (token, at) = (*after, *from);
                    continue;
                }
            }
            at = next;
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

    /// A text of ASCII characters is matched as bytes: with another character behind it, the same is said in another way.
    #[test]
    fn bytes_and_characters_say_the_same() {
        let parts = [Piece::Literal("a".into()), Piece::Literal("B".into()), Piece::One, Piece::Any];
        let texts: Vec<String> = (0..3_usize.pow(5))
            .map(|number| (0..5).map(|at| ['a', 'b', 'c'][number / 3_usize.pow(at) % 3]).collect())
            .collect();
        for number in 0..4_usize.pow(4) {
            let pieces: Vec<Piece> = (0..4).map(|at| parts[number / 4_usize.pow(at) % 4].clone()).collect();
            let longer = Pattern::new(pieces.iter().cloned().chain([Piece::Literal("é".into())]));
            let pattern = Pattern::new(pieces);
            for case in [Case::Sensitive, Case::AsciiInsensitive, Case::Insensitive] {
                let (pattern, longer) = (Wildcard::new(&pattern, case), Wildcard::new(&longer, case));
                for length in [0, 1, 2, 5] {
                    for text in texts.iter().map(|text| &text[..length]) {
                        assert_eq!(pattern.matches(text), longer.matches(&format!("{text}é")), "{pattern:?} {text}");
                    }
                }
            }
        }
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
