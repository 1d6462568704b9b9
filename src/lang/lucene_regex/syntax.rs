//! What Lucene refuses to read as a regular expression (`org.apache.lucene.util.automaton.RegExp` with all optional operators).
//!
//! An operator that has nothing before it is a letter, and so is `)` right behind `|`.

use super::{Kind, Suspect};
use std::ops::Range;

/// Deeper nesting is refused by Elasticsearch's limits as well.
const MAX_DEPTH: usize = 100;

/// The first mistake of an expression, if Lucene cannot read it.
#[must_use]
pub fn problem(pattern: &str) -> Option<Suspect> {
    let mut reader = Reader { text: pattern, at: 0 };
    if pattern.is_empty() {
        return None;
    }
    match reader.union(0) {
        Err(suspect) => Some(suspect),
        Ok(()) if reader.at < pattern.len() => {
            let end = reader.at + reader.peek().map_or(0, char::len_utf8);
            Some(broken(reader.at..end, "`)` closes no group", "a literal parenthesis is written `\\)`"))
        }
        Ok(()) => None,
    }
}

fn broken(at: Range<usize>, message: impl Into<String>, help: impl Into<String>) -> Suspect {
    Suspect { at, kind: Kind::Broken, message: message.into(), help: help.into() }
}

struct Reader<'a> {
    text: &'a str,
    /// In bytes.
    at: usize,
}

type Read = Result<(), Suspect>;

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.text.get(self.at..).and_then(|rest| rest.chars().next())
    }

    fn eat(&mut self, c: char) -> bool {
        let found = self.peek() == Some(c);
        self.at += if found { c.len_utf8() } else { 0 };
        found
    }

    fn next(&mut self) -> Result<char, Suspect> {
        let Some(c) = self.peek() else {
            let last = self.text.char_indices().next_back().map_or(0, |(at, _)| at);
            let message = "the expression ends where a part of it is expected";
            return Err(broken(
                last..self.text.len(),
                message,
                "a literal operator is written with a backslash before it",
            ));
        };
        self.at += c.len_utf8();
        Ok(c)
    }

    fn union(&mut self, depth: usize) -> Read {
        if depth > MAX_DEPTH {
            let end = self.text.len();
            return Err(broken(self.at.min(end)..end, "the expression is nested too deeply", "take groups apart"));
        }
        loop {
            self.concat(depth)?;
            if !self.eat('|') && !self.eat('&') {
                return Ok(());
            }
        }
    }

    fn concat(&mut self, depth: usize) -> Read {
        loop {
            self.repeat(depth)?;
            if matches!(self.peek(), None | Some(')' | '|' | '&')) {
                return Ok(());
            }
        }
    }

    fn repeat(&mut self, depth: usize) -> Read {
        while self.eat('~') {}
        if self.peek() == Some('[') {
            self.class()?;
        } else {
            self.simple(depth)?;
        }
        loop {
            match self.peek() {
                Some('?' | '*' | '+') => self.at += 1,
                Some('{') => self.braces()?,
                _ => return Ok(()),
            }
        }
    }

    /// `{n}`, `{n,}` and `{n,m}`.
    fn braces(&mut self) -> Read {
        let start = self.at;
        self.at += 1;
        let low = self.digits();
        let high = if self.eat(',') { self.digits() } else { low };
        if low.is_none() || !self.eat('}') {
            let help = "a repetition is written `{2}` or `{2,5}`; a literal brace is written `\\{`";
            return Err(broken(start..start + 1, "`{` begins no repetition", help));
        }
        if low > high && high.is_some() {
            let message = "a repetition goes from the smaller number to the larger";
            return Err(broken(start..self.at, message, "change the numbers' order"));
        }
        Ok(())
    }

    fn digits(&mut self) -> Option<u64> {
        let start = self.at;
        while self.peek().is_some_and(|c| c.is_ascii_digit()) {
            self.at += 1;
        }
        self.text.get(start..self.at)?.parse().ok()
    }

    fn class(&mut self) -> Read {
        let start = self.at;
        let open = |_| broken(start..start + 1, "`[` is never closed", "a literal bracket is written `\\[`");
        self.at += 1;
        self.eat('^');
        loop {
            let from = self.at;
            let low = self.letter().map_err(open)?;
            let rest = self.text.get(self.at..).unwrap_or_default();
            if rest.starts_with('-') && !rest.starts_with("-]") {
                self.at += 1;
                let high = self.letter().map_err(open)?;
                if low > high {
                    let message = format!("the range from `{low}` to `{high}` is out of order");
                    return Err(broken(from..self.at, message, "a range goes from the lower to the higher character"));
                }
            }
            if self.eat(']') {
                return Ok(());
            }
        }
    }

    fn letter(&mut self) -> Result<char, Suspect> {
        match self.next()? {
            '\\' => self.next(),
            c => Ok(c),
        }
    }

    fn simple(&mut self, depth: usize) -> Read {
        let start = self.at;
        match self.next()? {
            '(' if self.eat(')') => {}
            '(' => {
                self.union(depth + 1)?;
                if !self.eat(')') {
                    return Err(broken(start..start + 1, "`(` is never closed", "a literal bracket is written `\\(`"));
                }
            }
            '"' => self.until('"', start)?,
            '<' => {
                self.until('>', start)?;
                let inside = self.text.get(start + 1..self.at - 1).unwrap_or_default();
                let bounds = inside.split_once('-').map(|(low, high)| (low.parse::<u32>(), high.parse::<u32>()));
                if !matches!(bounds, Some((Ok(_), Ok(_)))) {
                    let help = "an interval of numbers is written `<1-100>`; a literal bracket is written `\\<`";
                    return Err(broken(start..self.at, format!("`<{inside}>` is no interval"), help));
                }
            }
            '\\' => {
                self.next()?;
            }
            _ => {}
        }
        Ok(())
    }

    /// Goes behind the next `end`.
    fn until(&mut self, end: char, start: usize) -> Read {
        let c = self.text.get(start..start + 1).unwrap_or_default();
        let Some(found) = self.text.get(self.at..).and_then(|rest| rest.find(end)) else {
            let message = format!("`{c}` is never closed");
            return Err(broken(start..start + 1, message, format!("a literal one is written `\\{c}`")));
        };
        self.at += found + 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::problem;

    #[test]
    fn what_lucene_cannot_read_is_told_at_its_place() {
        for (pattern, place) in [
            ("a[b", "["),
            ("[]", "["),
            ("[^]", "["),
            ("(a", "("),
            ("a)", ")"),
            ("(a|)", "("),
            ("a{", "{"),
            ("a{x}", "{"),
            ("a{,3}", "{"),
            ("a{5,2}", "{5,2}"),
            ("[b-a]", "b-a"),
            ("a|", "|"),
            ("a\\", "\\"),
            ("say \"hi", "\""),
            ("a<b", "<"),
            ("a<b>", "<b>"),
            ("é(", "("),
        ] {
            let found = problem(pattern).unwrap_or_else(|| panic!("{pattern} is read"));
            assert_eq!(&pattern[found.at], place, "{pattern}");
        }
        assert!(problem(&"(".repeat(100_000)).is_some());
    }

    #[test]
    fn what_lucene_reads_passes() {
        for pattern in [
            "",
            "a",
            "*a",
            "+",
            "?",
            "|a",
            "a**",
            "a{2}{3}",
            "a{2,}",
            "<1-5>",
            "()",
            "(a|b)&~c",
            "[]a]",
            "[^]a]",
            "[a-]",
            "[\\]]",
            "\"(\"",
            "a\\)",
            "@#.",
            "[a-z0-9_\\-.]+",
            "é[à-ü]",
            "(?i)a",
            "~(a)",
            "(|a)",
        ] {
            assert_eq!(problem(pattern), None, "{pattern}");
        }
    }
}
