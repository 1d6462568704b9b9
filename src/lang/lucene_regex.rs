//! What other dialects write in a regular expression and Lucene's (`org.apache.lucene.util.automaton.RegExp`) does not have. EQL's
//! `regex`, ES|QL's `RLIKE` and query strings all take Lucene's.

mod syntax;

use std::ops::Range;
pub use syntax::problem;

/// A part of an expression that hardly means what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suspect {
    /// Bytes of the expression.
    pub at: Range<usize>,
    pub kind: Kind,
    pub message: String,
    pub help: String,
}

/// What a suspect is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Lucene cannot read it: the search fails.
    Broken,
    /// Lucene reads it as something else than other dialects do.
    Foreign,
    /// A class that Lucene has since Elasticsearch 8.
    SinceEight,
    /// The `?` of a lazy quantifier: a whole value is matched lazily and greedily alike.
    Lazy,
}

/// The suspects of an expression, from left to right.
#[must_use]
pub fn suspects(pattern: &str) -> Vec<Suspect> {
    let mut found = Vec::new();
    let mut add = |at: Range<usize>, message: String, help: &str| {
        let kind = match pattern.get(at.clone()) {
            Some("\\d" | "\\D" | "\\w" | "\\W" | "\\s" | "\\S") => Kind::SinceEight,
            Some("?") => Kind::Lazy,
            _ => Kind::Foreign,
        };
        found.push(Suspect { at, kind, message, help: help.to_owned() });
    };
    let mut in_class = false;
    let mut quoted = false;
    let mut chars = pattern.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let next = chars.peek().map(|(_, next)| *next);
        match c {
            '"' if !in_class => quoted = !quoted,
            _ if quoted => {}
            '\\' => {
                chars.next();
                if let Some((message, help)) = next.and_then(escape) {
                    add(at..at + 2, message, help);
                }
            }
            '[' if !in_class => {
                in_class = true;
                // A bracket or a caret right behind it belongs to the class.
                chars.next_if(|(_, next)| *next == '^');
            }
            ']' => in_class = false,
            _ if in_class => {}
            '^' if at == 0 => {
                add(0..1, "`^` is a plain character in Lucene".to_owned(), "leave it out: the whole value is matched");
            }
            '$' if next.is_none() => {
                add(
                    at..at + 1,
                    "`$` is a plain character in Lucene".to_owned(),
                    "leave it out: the whole value is matched",
                );
            }
            '(' if next == Some('?') => {
                let (len, message, help) = group(&pattern[at..]);
                add(at..at + len, message.to_owned(), help);
            }
            '?' if at > 0 && pattern[..at].ends_with(['*', '+', '}']) && !pattern[..at - 1].ends_with('\\') => {
                let message = "Lucene has no lazy quantifiers: this makes the repetition optional".to_owned();
                add(at..at + 1, message, "leave the `?` out");
            }
            _ => {}
        }
    }
    found
}

/// A letter with a backslash is itself in Lucene, save for the classes that Lucene 9 brought (LUCENE-9336).
fn escape(c: char) -> Option<(String, &'static str)> {
    let help = match c {
        'd' => "write `[0-9]`",
        'D' => "write `[^0-9]`",
        'w' => "write `[A-Za-z0-9_]`",
        'W' => "write `[^A-Za-z0-9_]`",
        's' => "write a blank, or a class with the white space that is meant",
        'S' => "write `[^ ]`, with the white space that is meant",
        'b' | 'B' => "Lucene has no word boundaries: write what stands beside the word",
        'A' | 'z' | 'Z' => "leave it out: the whole value is matched",
        _ => return None,
    };
    let message = match c {
        'd' | 'D' | 'w' | 'W' | 's' | 'S' => {
            format!("`\\{c}` is the letter `{c}` before Elasticsearch 8, and a class from then on")
        }
        _ => format!("`\\{c}` is the letter `{c}` in Lucene"),
    };
    Some((message, help))
}

/// `(?...`: the `?` has nothing to repeat.
fn group(text: &str) -> (usize, &'static str, &'static str) {
    if text.starts_with("(?=") || text.starts_with("(?!") {
        return (3, "Lucene has no look-ahead", "test the other condition on its own");
    }
    if text.starts_with("(?<=") || text.starts_with("(?<!") {
        return (4, "Lucene has no look-behind", "test the other condition on its own");
    }
    if text.starts_with("(?i") {
        return (3, "Lucene has no flags", "write classes: `[aA]`");
    }
    (2, "Lucene has no groups that start with `(?`", "write `(`")
}

#[cfg(test)]
mod tests {
    use super::suspects;

    #[test]
    fn other_dialects_are_told() {
        let places = |pattern: &str| -> Vec<String> {
            suspects(pattern).into_iter().map(|suspect| pattern[suspect.at].to_owned()).collect()
        };
        assert_eq!(places(r"^\d+\.\w*$"), ["^", r"\d", r"\w", "$"]);
        assert_eq!(places(r"(?i)a.*?b(?=c)(?:d)(?<!e)"), ["(?i", "?", "(?=", "(?", "(?<!"]);
        assert_eq!(places(r"\bfoo\b[\s]"), [r"\b", r"\b", r"\s"]);
        for fine in [r"[^a$]\\d", r"a\*?", r#""\d^""#, "a|b?c", r"C:\\x", r"[a^]x$y", "é+"] {
            assert_eq!(places(fine), Vec::<String>::new(), "{fine}");
        }
    }
}
