//! String literals in the spelling that black leaves alone.

use std::fmt::Write;

/// A literal in double quotes, or in single quotes where that saves escapes.
pub(super) fn quoted(text: &str) -> String {
    let quote = preferred_quote(text);
    let mut out = String::with_capacity(text.len() + 2);
    out.push(quote);
    for c in text.chars() {
        push_escaped(c, quote, &mut out);
    }
    out.push(quote);
    out
}

fn preferred_quote(text: &str) -> char {
    let count = |quote| text.chars().filter(|c| *c == quote).count();
    if count('"') > count('\'') { '\'' } else { '"' }
}

fn push_escaped(c: char, quote: char, out: &mut String) {
    match c {
        '\\' => out.push_str("\\\\"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        c if c == quote => {
            out.push('\\');
            out.push(c);
        }
        c if c.is_ascii_graphic() || c == ' ' || (!c.is_ascii() && c.is_alphanumeric()) => out.push(c),
        c => push_code(c, out),
    }
}

fn push_code(c: char, out: &mut String) {
    let code = u32::from(c);
    let _ = match code {
        0..=0xff => write!(out, "\\x{code:02x}"),
        0x100..=0xffff => write!(out, "\\u{code:04x}"),
        _ => write!(out, "\\U{code:08x}"),
    };
}

/// A raw literal where the text has backslashes and can be written raw.
pub(super) fn raw(text: &str) -> String {
    let plain = text.chars().all(|c| c.is_ascii_graphic() || c == ' ');
    let trailing = text.chars().rev().take_while(|c| *c == '\\').count();
    if !text.contains('\\') || !plain || trailing % 2 == 1 {
        return quoted(text);
    }
    match (text.contains('"'), text.contains('\'')) {
        (false, _) => format!("r\"{text}\""),
        (true, false) => format!("r'{text}'"),
        (true, true) => quoted(text),
    }
}

/// The text in pieces whose literals are at most `width` characters wide, for adjacent literals on lines of their own.
pub(super) fn pieces(text: &str, width: usize) -> Vec<String> {
    // The widest escape has ten characters; a piece ends before a backslash run, never inside one.
    let mut pieces = vec![String::new()];
    let mut used = 0;
    let mut previous = ' ';
    for c in text.chars() {
        let mut escaped = String::new();
        push_escaped(c, '"', &mut escaped);
        if used + escaped.chars().count() + 4 > width && previous != '\\' {
            pieces.push(String::new());
            used = 0;
        }
        used += escaped.chars().count();
        if let Some(last) = pieces.last_mut() {
            last.push(c);
        }
        previous = c;
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_and_escapes() {
        assert_eq!(quoted("a\"b"), "'a\"b'");
        assert_eq!(quoted("it's \"x\""), "'it\\'s \"x\"'");
        assert_eq!(quoted("a\\b\n\u{200b}é"), "\"a\\\\b\\n\\u200bé\"");
        assert_eq!(raw("\\d+"), "r\"\\d+\"");
        assert_eq!(raw("a\\"), "\"a\\\\\"");
        assert_eq!(raw("\\w\"'"), "\"\\\\w\\\"'\"");
        assert_eq!(raw("abc"), "\"abc\"");
    }

    #[test]
    fn pieces_concatenate_to_the_text() {
        let text = "ab\\cd".repeat(60);
        let parts = pieces(&text, 40);
        assert!(parts.len() > 5);
        assert_eq!(parts.concat(), text);
        assert!(parts.iter().all(|part| quoted(part).len() <= 44));
    }
}
