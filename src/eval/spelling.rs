//! The spelling of other regular expressions in that of the `regex` crate. What it does not have is refused with the reason.

/// Whose spelling a pattern has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Syntax {
    /// PCRE's.
    Sigma,
    Python,
    /// Java's `java.util.regex`: ES|QL's `replace`.
    Java,
    /// Ruby's Oniguruma: grok.
    Ruby,
}

/// Rewrites what the `regex` crate spells differently, and names what it does not have.
pub(super) fn translate(pattern: &str, syntax: Syntax, plain_dollar: bool) -> Result<String, String> {
    let mut scanner = Scanner { chars: pattern.chars().collect(), at: 0, out: String::new(), syntax, plain_dollar };
    while scanner.at < scanner.chars.len() {
        scanner.step()?;
    }
    Ok(scanner.out)
}

const POSSESSIVE: &str = "possessive quantifiers have no translation";

struct Scanner {
    chars: Vec<char>,
    at: usize,
    out: String,
    syntax: Syntax,
    /// Whether `$` means what the `regex` crate means by it.
    plain_dollar: bool,
}

impl Scanner {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    fn take(&mut self, count: usize) {
        let end = (self.at + count).min(self.chars.len());
        self.out.extend(&self.chars[self.at..end]);
        self.at = end;
    }

    fn replace(&mut self, count: usize, with: &str) {
        self.out.push_str(with);
        self.at += count;
    }

    fn step(&mut self) -> Result<(), String> {
        match self.peek(0) {
            Some('\\') => self.escape(false)?,
            Some('[') => self.class()?,
            Some('(') if self.peek(1) == Some('?') => self.group()?,
            Some('*' | '+' | '?') if self.peek(1) == Some('+') => return Err(POSSESSIVE.to_owned()),
            Some('$') => self.dollar(),
            Some('{') => self.brace()?,
            Some('}') => self.replace(1, "\\}"),
            _ => self.take(1),
        }
        Ok(())
    }

    /// Without the multi-line flag `$` also stands before a final line break.
    fn dollar(&mut self) {
        if self.plain_dollar {
            self.take(1);
        } else {
            self.replace(1, "(?:\\n?\\z)");
        }
    }

    /// A repetition, or a brace that is meant literally.
    fn brace(&mut self) -> Result<(), String> {
        let rest = &self.chars[self.at + 1..];
        let end = rest.iter().position(|c| *c == '}');
        let body: String = end.map(|end| rest[..end].iter().collect()).unwrap_or_default();
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let python = self.syntax == Syntax::Python;
        let (low, high) = body.split_once(',').unwrap_or((&body, "0"));
        match end {
            Some(end) if digits(low) && (high.is_empty() || digits(high)) => self.take(end + 2),
            Some(end) if python && low.is_empty() && digits(high) && body.contains(',') => {
                self.replace(end + 2, &format!("{{0,{high}}}"));
            }
            _ => {
                self.replace(1, "\\{");
                return Ok(());
            }
        }
        if self.peek(0) == Some('+') { Err(POSSESSIVE.to_owned()) } else { Ok(()) }
    }

    fn group(&mut self) -> Result<(), String> {
        let rest: String = self.chars[self.at + 2..].iter().take(3).collect();
        let refused = |what: &str| Err(format!("{what} has no translation"));
        match rest.as_bytes() {
            [b'=' | b'!', ..] => refused("look-ahead `(?=`, `(?!`"),
            [b'<', b'=' | b'!', ..] => refused("look-behind `(?<=`, `(?<!`"),
            [b'>', ..] => refused("an atomic group `(?>`"),
            [b'(', ..] => refused("a conditional group `(?(`"),
            [b'P', b'=' | b'>', ..] => refused("a back-reference or a call of a group"),
            [b'#', ..] => {
                let end = self.chars[self.at..].iter().position(|c| *c == ')');
                self.at = end.map_or(self.chars.len(), |end| self.at + end + 1);
                Ok(())
            }
            _ => {
                self.take(2);
                if self.syntax == Syntax::Ruby {
                    self.ruby_flags();
                }
                Ok(())
            }
        }
    }

    /// Ruby's `m` lets the dot stand for a line break, which is `s` elsewhere.
    fn ruby_flags(&mut self) {
        while let Some(c) = self.peek(0).filter(|c| matches!(c, 'i' | 'm' | 'x' | '-')) {
            if c == 'm' { self.replace(1, "s") } else { self.take(1) }
        }
    }

    /// The letters, digits and blanks of ASCII, which Java means.
    fn ascii_class(&mut self, letter: char, in_class: bool) {
        let members = match letter.to_ascii_lowercase() {
            'd' => "0-9",
            'w' => "0-9A-Za-z_",
            _ => " \\t\\n\\x0b\\f\\r",
        };
        match (letter.is_ascii_lowercase(), in_class) {
            (true, true) => self.replace(2, members),
            (true, false) => self.replace(2, &format!("[{members}]")),
            (false, _) => self.replace(2, &format!("[^{members}]")),
        }
    }

    fn escape(&mut self, in_class: bool) -> Result<(), String> {
        match self.peek(1) {
            None => return Err("the regular expression ends in a lone backslash".to_owned()),
            Some('1'..='9' | 'k' | 'g') if !in_class => return Err("back-references have no translation".to_owned()),
            Some(c @ ('d' | 'D' | 'w' | 'W' | 's' | 'S')) if self.syntax == Syntax::Java => {
                self.ascii_class(c, in_class);
            }
            Some('b') if in_class => self.replace(2, "\\x08"),
            Some('0') => self.replace(2, "\\x00"),
            Some('e') => self.replace(2, "\\x1b"),
            Some('h') => self.replace(2, if in_class { " \\t" } else { "[ \\t]" }),
            Some('Z') if self.syntax == Syntax::Python => self.replace(2, "\\z"),
            Some('Z') => self.replace(2, "(?:\\n?\\z)"),
            Some(c @ ('<' | '>')) => self.replace(2, &c.to_string()),
            Some(c) if !c.is_ascii() || c.is_ascii_control() || c == ' ' => {
                self.replace(2, &regex::escape(&c.to_string()));
            }
            Some(_) => self.take(2),
        }
        Ok(())
    }

    /// A character class: what would be a nested class or a set operator of the `regex` crate is a letter here.
    fn class(&mut self) -> Result<(), String> {
        self.take(1);
        if self.peek(0) == Some('^') {
            self.take(1);
        }
        if self.peek(0) == Some(']') {
            self.replace(1, "\\]");
        }
        loop {
            match self.peek(0) {
                None => return Err("a character class is not closed".to_owned()),
                Some(']') => {
                    self.take(1);
                    return Ok(());
                }
                Some('\\') => self.escape(true)?,
                Some('[') if self.peek(1) == Some(':') && matches!(self.syntax, Syntax::Sigma | Syntax::Ruby) => {
                    self.posix();
                }
                // Classes in classes and their intersections are Java's, Ruby's and the `regex` crate's.
                Some('[' | '&') if matches!(self.syntax, Syntax::Java | Syntax::Ruby) => self.take(1),
                Some('[') => self.replace(1, "\\["),
                Some(c @ ('&' | '~')) => self.replace(1, &format!("\\{c}")),
                Some('-') if self.peek(1) == Some('-') => self.replace(2, "-\\-"),
                Some(_) => self.take(1),
            }
        }
    }

    /// `[:alpha:]`
    fn posix(&mut self) {
        let rest = &self.chars[self.at + 2..];
        match rest.windows(2).position(|pair| pair == [':', ']']) {
            Some(end) => self.take(end + 4),
            None => self.replace(1, "\\["),
        }
    }
}
