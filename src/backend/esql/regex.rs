//! Case in Lucene's regular expressions, which have no flag for it.

use crate::ir::{Pattern, Piece};

/// The expression that matches what the pattern matches.
pub(super) fn of_pattern(pattern: &Pattern) -> String {
    let mut out = String::new();
    for piece in pattern.pieces() {
        match piece {
            Piece::Any => out.push_str(".*"),
            Piece::One => out.push('.'),
            Piece::Literal(text) => {
                for c in text.chars() {
                    if ".?+*|{}[]()\"\\#@&<>~^$-".contains(c) {
                        out.push('\\');
                    }
                    out.push(c);
                }
            }
        }
    }
    out
}

/// The expression with each ASCII letter as a class of both its cases.
pub(super) fn both_cases(pattern: &str) -> String {
    let mut out = String::new();
    let mut chars = pattern.chars().peekable();
    let mut class = false;
    while let Some(c) = chars.next() {
        match c {
            '\\' => {
                out.push(c);
                out.extend(chars.next());
            }
            '[' if !class => {
                class = true;
                out.push(c);
            }
            ']' if class => {
                class = false;
                out.push(c);
            }
            _ if !c.is_ascii_alphabetic() => out.push(c),
            _ if !class => out.extend(['[', c.to_ascii_lowercase(), c.to_ascii_uppercase(), ']']),
            _ => {
                let mut rest = chars.clone();
                let end = rest.next().filter(|dash| *dash == '-').and_then(|_| rest.next());
                match end.filter(char::is_ascii_alphabetic) {
                    Some(end) => {
                        chars = rest;
                        out.extend([c.to_ascii_lowercase(), '-', end.to_ascii_lowercase()]);
                        out.extend([c.to_ascii_uppercase(), '-', end.to_ascii_uppercase()]);
                    }
                    None => out.extend([c.to_ascii_lowercase(), c.to_ascii_uppercase()]),
                }
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{both_cases, of_pattern};
    use crate::ir::{Pattern, Piece};

    #[test]
    fn patterns_are_expressions() {
        let pattern = Pattern::new([Piece::Any, Piece::Literal("a.\u{3c5}".into()), Piece::One]);
        assert_eq!(both_cases(&of_pattern(&pattern)), ".*[aA]\\.\u{3c5}.");
    }

    #[test]
    fn letters_become_classes() {
        assert_eq!(both_cases("a1.*B"), "[aA]1.*[bB]");
        assert_eq!(both_cases("[a-fX_]"), "[a-fA-FxX_]");
        assert_eq!(both_cases(r"\.exe"), r"\.[eE][xX][eE]");
    }
}
