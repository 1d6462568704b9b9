//! Lucene's regular expressions: literals, wildcards, and both cases of each letter.

use crate::ir::{Case, Pattern, Piece};

/// `index.max_regex_length`, in characters: longer expressions fail (Elasticsearch reference, "Index modules").
pub(super) const MAX_REGEX: usize = 1_000;

/// The other case of a letter that has one, as `case` folds letters.
fn other_case(c: char, case: Case) -> Option<char> {
    let single = |mut chars: Box<dyn Iterator<Item = char>>| match (chars.next(), chars.next()) {
        (Some(only), None) if only != c && only.is_ascii() == c.is_ascii() => Some(only),
        _ => None,
    };
    match case {
        Case::Sensitive => None,
        Case::AsciiInsensitive if !c.is_ascii() => None,
        _ => single(Box::new(c.to_lowercase())).or_else(|| single(Box::new(c.to_uppercase()))),
    }
}

/// Whether a text has a letter with another case.
pub(super) fn has_case(text: &str, case: Case) -> bool {
    text.chars().any(|c| other_case(c, case).is_some())
}

/// The expression that matches this text.
pub(super) fn literal(text: &str, case: Case) -> String {
    let mut out = String::new();
    text.chars().for_each(|c| push(c, case, &mut out));
    out
}

/// The expression that matches what the pattern matches.
pub(super) fn wildcard(pattern: &Pattern, case: Case) -> String {
    let mut out = String::new();
    for piece in pattern.pieces() {
        match piece {
            Piece::Literal(text) => text.chars().for_each(|c| push(c, case, &mut out)),
            Piece::Any => out.push_str(".*"),
            Piece::One => out.push('.'),
        }
    }
    out
}

fn push(c: char, case: Case, out: &mut String) {
    if let Some(other) = other_case(c, case) {
        let (lower, upper) = if c.is_lowercase() { (c, other) } else { (other, c) };
        out.extend(['[', lower, upper, ']']);
        return;
    }
    if ".?+*|{}[]()\"\\#@&<>~^$-".contains(c) {
        out.push('\\');
    }
    out.push(c);
}

/// The expression with both cases of each ASCII letter; `None` where a class has a range that only partly covers the letters.
pub(super) fn insensitive(pattern: &str) -> Option<String> {
    let mut out = String::new();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next()? {
                c if is_class(c) => out.extend(['\\', c]),
                c => push(c, Case::AsciiInsensitive, &mut out),
            },
            '"' => chars.by_ref().take_while(|c| *c != '"').for_each(|c| push(c, Case::AsciiInsensitive, &mut out)),
            '[' => class(&mut chars, &mut out)?,
            _ if c.is_ascii_alphabetic() => push(c, Case::AsciiInsensitive, &mut out),
            _ => out.push(c),
        }
    }
    Some(out)
}

/// The letters of the classes that Lucene knows by name (`RegExp`, since version 8.6), as they stand after a backslash.
fn is_class(c: char) -> bool {
    matches!(c, 'd' | 'D' | 's' | 'S' | 'w' | 'W')
}

/// A class up to its bracket, with both cases.
fn class(chars: &mut std::str::Chars<'_>, out: &mut String) -> Option<()> {
    out.push('[');
    let mut members: Vec<(char, bool)> = Vec::new();
    loop {
        match chars.next()? {
            ']' if !members.is_empty() => break,
            '\\' => members.push((chars.next()?, true)),
            c => members.push((c, false)),
        }
    }
    let mut rest = members.as_slice();
    if let [('^', false), after @ ..] = rest {
        out.push('^');
        rest = after;
    }
    while let Some(((low, escaped), after)) = rest.split_first() {
        if *escaped && is_class(*low) {
            out.extend(['\\', *low]);
            rest = after;
        } else if let [('-', false), (high, _), after @ ..] = after {
            range(*low, *high, out)?;
            rest = after;
        } else {
            member(*low, out);
            out.extend(other_case(*low, Case::AsciiInsensitive));
            rest = after;
        }
    }
    out.push(']');
    Some(())
}

fn range(low: char, high: char, out: &mut String) -> Option<()> {
    let mut put = |low: char, high: char| {
        member(low, out);
        out.push('-');
        member(high, out);
    };
    put(low, high);
    if low.is_ascii_lowercase() && high.is_ascii_lowercase() {
        put(low.to_ascii_uppercase(), high.to_ascii_uppercase());
    } else if low.is_ascii_uppercase() && high.is_ascii_uppercase() {
        put(low.to_ascii_lowercase(), high.to_ascii_lowercase());
    } else if (low..=high).any(|c| c.is_ascii_alphabetic()) && !(low <= 'A' && high >= 'z') {
        return None;
    }
    Some(())
}

fn member(c: char, out: &mut String) {
    if matches!(c, '\\' | ']' | '[' | '^' | '-') {
        out.push('\\');
    }
    out.push(c);
}

/// The expression as it stands between slashes: a slash has a backslash before it, and one that ends with a backslash would take the
/// closing slash with it.
pub(super) fn between_slashes(pattern: &str) -> String {
    let mut out = String::new();
    let mut chars = pattern.chars();
    let mut ends_with_backslash = false;
    while let Some(c) = chars.next() {
        ends_with_backslash = false;
        match c {
            '\\' => {
                out.push('\\');
                let next = chars.next();
                ends_with_backslash = next == Some('\\');
                out.extend(next);
            }
            '/' => out.push_str("\\/"),
            _ => out.push(c),
        }
    }
    if ends_with_backslash {
        out.truncate(out.len() - 2);
        out.push_str("[\\\\]");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_become_classes() {
        assert_eq!(literal("cmd.exe", Case::AsciiInsensitive), r"[cC][mM][dD]\.[eE][xX][eE]");
        assert_eq!(literal("Äß1", Case::Insensitive), "[äÄ]ß1");
        assert_eq!(literal("Ä", Case::AsciiInsensitive), "Ä");
        // The Kelvin sign is no `k`.
        assert_eq!(literal("\u{212a}", Case::Insensitive), "\u{212a}");
        assert_eq!(wildcard(&Pattern::contains(r"\a"), Case::Sensitive), r".*\\a.*");
    }

    #[test]
    fn expressions_get_both_cases() {
        assert_eq!(insensitive(r#"a\.b"c.""#).as_deref(), Some(r"[aA]\.[bB][cC]\."));
        assert_eq!(insensitive("[a-c0-9_X]+").as_deref(), Some("[a-cA-C0-9_Xx]+"));
        assert_eq!(insensitive("[^a]").as_deref(), Some("[^aA]"));
        assert_eq!(insensitive(r"[\]a-]").as_deref(), Some(r"[\]aA\-]"));
        assert_eq!(insensitive("[M-b]"), None);
        assert_eq!(insensitive("[!-~]").as_deref(), Some("[!-~]"));
        assert_eq!(insensitive("[a"), None);
    }

    #[test]
    fn slashes_are_escaped_and_backslashes_do_not_end_an_expression() {
        assert_eq!(between_slashes(r"a/b\/c\\"), r"a\/b\/c[\\]");
        assert_eq!(between_slashes(r"\\/"), r"\\\/");
    }
}
