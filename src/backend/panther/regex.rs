//! Regular expressions and wildcard patterns as Python's `re` reads them.

use crate::ir::{Anchoring, Case, Pattern, Piece, Regex};
use crate::lang::python::Code as Expr;

/// A pattern, the function of `re` that matches as the source does, and its flags.
#[derive(Debug)]
pub(super) struct PythonRegex {
    pub(super) function: &'static str,
    pub(super) pattern: String,
    pub(super) flags: Vec<&'static str>,
    /// Whether an empty text can match.
    pub(super) may_be_empty: bool,
}

impl PythonRegex {
    /// A wildcard pattern: `*` and `?` stand for line breaks too.
    pub(super) fn of_wildcards(pattern: &Pattern, case: Case) -> Self {
        let mut text = String::new();
        for piece in pattern.pieces() {
            match piece {
                Piece::Literal(literal) => literal.chars().for_each(|c| push_literal(c, &mut text)),
                Piece::Any => text.push_str(".*"),
                Piece::One => text.push('.'),
            }
        }
        let mut flags = vec!["DOTALL"];
        if !case.is_sensitive() {
            flags.push("IGNORECASE");
        }
        // Without it `k` matches the Kelvin sign and `s` the long s.
        if !case.is_sensitive() && (case == Case::AsciiInsensitive || pattern.is_ascii()) {
            flags.push("ASCII");
        }
        Self { function: "fullmatch", pattern: text, flags, may_be_empty: false }
    }

    /// A regular expression of the Python dialect, checked to be one that `re` compiles.
    ///
    /// # Errors
    /// The construct that Python does not have.
    pub(super) fn of_regex(regex: &Regex) -> Result<Self, String> {
        let mut scanner =
            Scanner { chars: regex.pattern.chars().collect(), at: 0, out: String::new(), quantified: true };
        scanner.run()?;
        let mut flags = Vec::new();
        if !regex.case.is_sensitive() {
            flags.push("IGNORECASE");
        }
        if regex.case == Case::AsciiInsensitive && !regex.has_class_escape() {
            flags.push("ASCII");
        }
        if regex.multi_line {
            flags.push("MULTILINE");
        }
        if regex.dot_all {
            flags.push("DOTALL");
        }
        let may_be_empty = regex_syntax::parse(&scanner.out)
            .map_or(true, |hir| hir.properties().minimum_len().is_none_or(|length| length == 0));
        let function = match regex.anchoring {
            Anchoring::Search => "search",
            Anchoring::Start => "match",
            Anchoring::Whole => "fullmatch",
        };
        Ok(Self { function, pattern: scanner.out, flags, may_be_empty })
    }

    /// `re.search(pattern, text, flags) is not None`
    pub(super) fn test(&self, pattern: Expr, text: Expr) -> Expr {
        let mut arguments = vec![pattern, text];
        let flag = |name: &&'static str| Expr::Attribute(Box::new(Expr::name("re")), name);
        match self.flags.as_slice() {
            [] => {}
            [only] => arguments.push(flag(only)),
            several => arguments.push(Expr::Flags(several.iter().map(flag).collect())),
        }
        let found = Expr::name("re").method(self.function, arguments);
        found.compare(crate::lang::python::CompareOp::IsNot, Expr::None)
    }
}

fn push_literal(c: char, out: &mut String) {
    if ".^$*+?{}[]\\|()".contains(c) {
        out.push('\\');
    }
    out.push(c);
}

/// Goes through a pattern, spells what PCRE writes in another way, and names what Python does not have.
struct Scanner {
    chars: Vec<char>,
    at: usize,
    out: String,
    /// The last thing cannot take a quantifier: nothing is there, or it has one.
    quantified: bool,
}

impl Scanner {
    fn run(&mut self) -> Result<(), String> {
        let mut open = 0_usize;
        while let Some(c) = self.peek(0) {
            match c {
                '\\' => self.escape(false)?,
                '[' => self.class()?,
                '(' => {
                    open += 1;
                    self.group()?;
                }
                ')' => {
                    open = open.checked_sub(1).ok_or("a bracket is closed that is not open")?;
                    self.take(1, false);
                }
                '*' | '+' | '?' => self.quantifier(1)?,
                '{' => self.brace()?,
                '|' | '^' => self.take(1, true),
                _ => self.take(1, false),
            }
        }
        if open > 0 { Err("a bracket is not closed".to_owned()) } else { Ok(()) }
    }

    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    fn take(&mut self, count: usize, quantified: bool) {
        let end = (self.at + count).min(self.chars.len());
        self.out.extend(&self.chars[self.at..end]);
        self.at = end;
        self.quantified = quantified;
    }

    fn replace(&mut self, count: usize, with: &str) {
        self.out.push_str(with);
        self.at += count;
        self.quantified = false;
    }

    /// A quantifier with its `?` (lazy) or `+` (possessive).
    fn quantifier(&mut self, length: usize) -> Result<(), String> {
        if self.quantified {
            return Err("a quantifier has nothing to repeat".to_owned());
        }
        let suffix = usize::from(matches!(self.peek(length), Some('?' | '+')));
        self.take(length + suffix, true);
        Ok(())
    }

    fn brace(&mut self) -> Result<(), String> {
        let rest: String = self.chars[self.at + 1..].iter().take_while(|c| **c != '}').collect();
        let closed = self.chars.get(self.at + 1 + rest.chars().count()) == Some(&'}');
        let (low, high) = rest.split_once(',').unwrap_or((&rest, "0"));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()) && text.len() <= 6;
        if !closed || !digits(low) || !digits(high) || (low.is_empty() && high.is_empty()) || rest == "," {
            self.replace(1, "\\{");
            return Ok(());
        }
        if let (Ok(low), Ok(high)) = (low.parse::<u32>(), high.parse::<u32>())
            && rest.contains(',')
            && low > high
        {
            return Err(format!("`{{{rest}}}` counts backwards"));
        }
        self.quantifier(rest.chars().count() + 2)
    }

    fn group(&mut self) -> Result<(), String> {
        if self.peek(1) != Some('?') {
            self.take(1, true);
            return Ok(());
        }
        let rest: String = self.chars[self.at + 2..].iter().take(2).collect();
        match rest.as_bytes() {
            [b'<', b'=' | b'!', ..] => self.look_behind()?,
            [b'<', ..] => {
                self.replace(2, "(?P");
                self.quantified = true;
            }
            [b':' | b'=' | b'!' | b'>' | b'P' | b'#', ..] => self.take(3, true),
            _ => self.flags()?,
        }
        Ok(())
    }

    /// Python wants a look-behind of fixed width.
    fn look_behind(&mut self) -> Result<(), String> {
        let body: String = self.chars[self.at + 4..].iter().take_while(|c| **c != ')').collect();
        if body.contains(['*', '+', '?', '{', '|', '(', '\\']) {
            return Err("a look-behind of varying width has no form in Python".to_owned());
        }
        self.take(4, true);
        Ok(())
    }

    /// `(?i)` stands at the very start; `(?i:...)` anywhere.
    fn flags(&mut self) -> Result<(), String> {
        let flags: String =
            self.chars[self.at + 2..].iter().take_while(|c| c.is_ascii_alphabetic() || **c == '-').collect();
        let end = self.peek(2 + flags.len());
        let known = !flags.is_empty() && flags.chars().all(|c| "imsx".contains(c));
        match end {
            Some(':') if known => self.take(3 + flags.len(), true),
            Some(')') if known && self.at == 0 => {
                self.take(2 + flags.len(), true);
            }
            _ => return Err(format!("`(?{flags}` has no form in Python here")),
        }
        Ok(())
    }

    fn escape(&mut self, in_class: bool) -> Result<(), String> {
        let Some(c) = self.peek(1) else {
            return Err("the regular expression ends in a lone backslash".to_owned());
        };
        match c {
            'z' => self.replace(2, "\\Z"),
            'h' => self.replace(2, if in_class { " \\t" } else { "[ \\t]" }),
            'e' => self.replace(2, "\\x1b"),
            'x' if !(2..4).all(|ahead| self.peek(ahead).is_some_and(|c| c.is_ascii_hexdigit())) => {
                return Err("`\\x` without two hexadecimal digits has no form in Python".to_owned());
            }
            'u' if !(2..6).all(|ahead| self.peek(ahead).is_some_and(|c| c.is_ascii_hexdigit())) => {
                return Err("`\\u` without four hexadecimal digits has no form in Python".to_owned());
            }
            'b' | 'B' | 'A' | 'Z' if in_class && c != 'b' => {
                return Err(format!("`\\{c}` inside a class has no form in Python"));
            }
            c if c.is_ascii_alphabetic() && !"dDwWsSbBAZnrtfvaxu".contains(c) => {
                return Err(format!("`\\{c}` has no form in Python"));
            }
            c => self.take(2, matches!(c, 'b' | 'B' | 'A' | 'Z') && !in_class),
        }
        Ok(())
    }

    fn class(&mut self) -> Result<(), String> {
        self.take(1, false);
        if self.peek(0) == Some('^') {
            self.take(1, false);
        }
        let mut first = true;
        loop {
            match self.peek(0) {
                None => return Err("a character class is not closed".to_owned()),
                Some(']') if !first => {
                    self.take(1, false);
                    return Ok(());
                }
                Some('\\') => self.escape(true)?,
                Some('[') if self.peek(1) == Some(':') => self.posix()?,
                Some('[') => self.replace(1, "\\["),
                Some(_) => self.take(1, false),
            }
            first = false;
        }
    }

    /// `[:alpha:]`
    fn posix(&mut self) -> Result<(), String> {
        let name: String = self.chars[self.at + 2..].iter().take_while(|c| c.is_ascii_alphabetic()).collect();
        let set = match name.as_str() {
            "alpha" => "a-zA-Z",
            "digit" => "0-9",
            "alnum" => "a-zA-Z0-9",
            "upper" => "A-Z",
            "lower" => "a-z",
            "space" => "\\s",
            "xdigit" => "0-9a-fA-F",
            "word" => "\\w",
            _ => return Err(format!("`[:{name}:]` has no form in Python")),
        };
        self.replace(name.len() + 4, set);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::RegexDialect;

    fn python(pattern: &str) -> Result<String, String> {
        let regex = Regex {
            pattern: pattern.into(),
            dialect: RegexDialect::Python,
            anchoring: Anchoring::Search,
            case: Case::Sensitive,
            multi_line: false,
            dot_all: false,
        };
        PythonRegex::of_regex(&regex).map(|regex| regex.pattern)
    }

    #[test]
    fn what_python_reads_stays() {
        for pattern in
            ["a.*?b", "^(?i:x)$", "(?i)abc", "[^]x]+", "\\d{2,3}?", "(?P<n>a)(?!b)", "a++", "\\.exe$", "x{1,}"]
        {
            assert_eq!(python(pattern).as_deref(), Ok(pattern));
        }
    }

    #[test]
    fn what_pcre_spells_differently() {
        for (pattern, expected) in [
            ("a\\z", "a\\Z"),
            ("\\h+", "[ \\t]+"),
            ("[[:digit:]x]", "[0-9x]"),
            ("(?<n>a)", "(?P<n>a)"),
            ("a{x", "a\\{x"),
            ("[[]", "[\\[]"),
        ] {
            assert_eq!(python(pattern).as_deref(), Ok(expected), "{pattern}");
        }
    }

    #[test]
    fn what_python_does_not_have_is_named() {
        for (pattern, word) in [
            ("\\p{L}", "\\p"),
            ("a**", "nothing to repeat"),
            ("*a", "nothing to repeat"),
            ("(?<=a*)b", "look-behind"),
            ("a(?i)b", "(?i"),
            ("(a", "not closed"),
            ("a)", "not open"),
            ("[a", "not closed"),
            ("a\\", "backslash"),
            ("x{3,2}", "backwards"),
        ] {
            let error = python(pattern).unwrap_err();
            assert!(error.contains(word), "{pattern}: {error}");
        }
    }

    #[test]
    fn wildcards_match_the_whole_text() {
        let pattern = Pattern::new([Piece::Literal("a.b".into()), Piece::Any, Piece::Literal("c".into()), Piece::One]);
        let regex = PythonRegex::of_wildcards(&pattern, Case::Insensitive);
        assert_eq!((regex.pattern.as_str(), regex.flags), ("a\\.b.*c.", vec!["DOTALL", "IGNORECASE", "ASCII"]));
    }
}
