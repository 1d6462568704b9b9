//! Regular expressions of the rule dialects on the `regex` crate: linear time, so look-around and back-references are refused
//! with the reason.

use super::ascii_case::both_cases;
use super::lucene;
use super::spelling::{Syntax, translate};
use super::wildcard::Wildcard;
use crate::ir::{Anchoring, Case, Regex, RegexDialect};
use foldhash::fast::RandomState;
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::{Arc, Weak};

/// A regular expression ready to run.
#[derive(Debug, Clone)]
pub struct Matcher(Arc<Test>);

thread_local! {
    /// The expressions in use: to compile one takes far longer than to find it, and both sides of a proof have the same ones.
    static IN_USE: RefCell<HashMap<Regex, Weak<Test>, RandomState>> = RefCell::default();
}

#[derive(Debug, Clone)]
pub(super) enum Test {
    Regex(regex::Regex),
    /// A wildcard pattern that was written as an expression, with its text: to prepare one takes a fraction of compiling the other.
    Pattern(Wildcard, Arc<str>),
    Not(Box<Test>),
    All(Vec<Test>),
    Any(Vec<Test>),
    Automaton(lucene::Automaton),
}

impl Matcher {
    /// Compiles the expression.
    ///
    /// # Errors
    /// With the construct that has no translation, or what the expression's syntax error is.
    pub fn new(regex: &Regex) -> Result<Self, String> {
        if let Some(test) = IN_USE.with_borrow(|known| known.get(regex)?.upgrade()) {
            return Ok(Self(test));
        }
        let test = Arc::new(Test::new(regex)?);
        IN_USE.with_borrow_mut(|known| {
            if known.len() == known.capacity() {
                known.retain(|_, test| test.strong_count() > 0);
            }
            known.insert(regex.clone(), Arc::downgrade(&test));
        });
        Ok(Self(test))
    }

    pub fn is_match(&self, text: &str) -> bool {
        self.0.holds(text)
    }

    /// The expression in the syntax of the `regex` crate, without its flags, where it is one.
    pub fn one(&self) -> Option<&str> {
        match &*self.0 {
            Test::Regex(regex) => Some(regex.as_str()),
            _ => None,
        }
    }

    /// The parts in the syntax of the `regex` crate, complements and automata left out: a text of one of them is likely one of the whole.
    pub fn parts(&self) -> Vec<&str> {
        let mut found = Vec::new();
        let mut stack = vec![&*self.0];
        while let Some(test) = stack.pop() {
            match test {
                Test::Regex(regex) => found.push(regex.as_str()),
                Test::Pattern(_, text) => found.push(text),
                Test::All(members) | Test::Any(members) => stack.extend(members),
                Test::Not(_) | Test::Automaton(_) => {}
            }
        }
        found
    }
}

impl Test {
    fn new(regex: &Regex) -> Result<Self, String> {
        match regex.dialect {
            RegexDialect::Lucene => {
                if let Some((pattern, case)) = regex.as_pattern().filter(|_| regex.dot_all) {
                    return Ok(Self::Pattern(Wildcard::new(&pattern, case), regex.pattern.clone()));
                }
                lucene::compile(&regex.pattern, !regex.case.is_sensitive(), &|body| build(body, regex))
            }
            RegexDialect::Sigma | RegexDialect::Python => {
                let syntax = if regex.dialect == RegexDialect::Python { Syntax::Python } else { Syntax::Sigma };
                Ok(Self::Regex(build(&translated(regex, syntax)?, regex)?))
            }
        }
    }

    fn holds(&self, text: &str) -> bool {
        match self {
            Self::Regex(regex) => regex.is_match(text),
            Self::Pattern(wildcard, _) => wildcard.matches(text),
            Self::Not(inner) => !inner.holds(text),
            Self::All(members) => members.iter().all(|member| member.holds(text)),
            Self::Any(members) => members.iter().any(|member| member.holds(text)),
            Self::Automaton(automaton) => automaton.is_match(text),
        }
    }
}

/// A Python expression with its groups.
///
/// # Errors
/// As [`Matcher::new`].
pub(super) fn groups(regex: &Regex) -> Result<regex::Regex, String> {
    build(&translated(regex, Syntax::Python)?, regex)
}

fn translated(regex: &Regex, syntax: Syntax) -> Result<String, String> {
    translate(&regex.pattern, syntax, regex.multi_line || regex.anchoring == Anchoring::Whole)
}

/// The pattern, already in the syntax of the `regex` crate, with its anchors and flags.
fn build(body: &str, regex: &Regex) -> Result<regex::Regex, String> {
    let text = match regex.anchoring {
        Anchoring::Search => body.to_owned(),
        Anchoring::Start => format!("\\A(?:{body})"),
        Anchoring::Whole => format!("\\A(?:{body})\\z"),
    };
    let text = if regex.case == Case::AsciiInsensitive { both_cases(&text) } else { text };
    finish(
        regex::RegexBuilder::new(&text)
            .case_insensitive(regex.case == Case::Insensitive)
            .multi_line(regex.multi_line)
            .dot_matches_new_line(regex.dot_all),
    )
}

/// A pattern that is searched for, in another syntax than a rule's tests have.
///
/// # Errors
/// As [`Matcher::new`].
pub(super) fn compile(pattern: &str, syntax: Syntax) -> Result<regex::Regex, String> {
    // Ruby's `^` and `$` stand at every line.
    let lines = syntax == Syntax::Ruby;
    finish(regex::RegexBuilder::new(&translate(pattern, syntax, lines)?).multi_line(lines))
}

fn finish(builder: &regex::RegexBuilder) -> Result<regex::Regex, String> {
    builder.build().map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => "the regular expression is too large".to_owned(),
        other => {
            let text = other.to_string();
            let reason = text.rsplit("error: ").next().unwrap_or_default().trim();
            format!("the regular expression cannot be read: {reason}")
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn regex(pattern: &str, dialect: RegexDialect, anchoring: Anchoring) -> Regex {
        Regex { pattern: pattern.into(), dialect, anchoring, case: Case::Sensitive, multi_line: false, dot_all: false }
    }

    fn sigma(pattern: &str, text: &str) -> bool {
        Matcher::new(&regex(pattern, RegexDialect::Sigma, Anchoring::Search)).unwrap().is_match(text)
    }

    fn python(pattern: &str, anchoring: Anchoring, text: &str) -> bool {
        Matcher::new(&regex(pattern, RegexDialect::Python, anchoring)).unwrap().is_match(text)
    }

    #[test]
    fn anchoring() {
        assert!(sigma("\\s-H\\s", "curl -H x"));
        assert!(python("b", Anchoring::Search, "abc"));
        assert!(!python("b", Anchoring::Start, "abc") && python("a|b", Anchoring::Start, "bc"));
        assert!(!python("a|ab", Anchoring::Whole, "abc") && python("a|ab", Anchoring::Whole, "ab"));
    }

    #[test]
    fn what_other_engines_read_differently() {
        assert!(sigma("[[]x", "[x"));
        assert!(sigma("^[]a]$", "]"));
        assert!(sigma("^[&&~]$", "&") && sigma("^[&&~]$", "~"));
        assert!(sigma("a{x", "a{x") && sigma("x}", "x}"));
        assert!(sigma("\\<a\\>", "<a>"));
        assert!(sigma("a$", "a\n") && !sigma("a$", "a\nb"));
        assert!(!python("a$", Anchoring::Whole, "a\n"));
        assert!(python("^a{,2}$", Anchoring::Search, "aa") && !python("^a{,2}$", Anchoring::Search, "aaa"));
        assert!(!python("a\\Z", Anchoring::Search, "a\n"));
        assert!(sigma("[[:digit:]]", "5") && !sigma("^[[:digit:]]$", ":"));
        assert!(sigma("a(?#note)b", "ab"));
        assert!(sigma("(?i)ABC", "abc"));
        assert!(sigma("[+--]", "-"));
        assert!(sigma("\\/\\\"\\-", "/\"-"));
    }

    /// Expressions that are patterns are not compiled, and say the same.
    #[test]
    fn patterns_in_lucenes_notation() {
        let lucene = |pattern: &str, text: &str| {
            let regex = Regex { dot_all: true, ..regex(pattern, RegexDialect::Lucene, Anchoring::Whole) };
            let test = Test::new(&regex).unwrap();
            let compiled = lucene::compile(pattern, false, &|body| build(body, &regex)).unwrap();
            assert_eq!(test.holds(text), compiled.holds(text), "{pattern} {text}");
            assert!(matches!(test, Test::Pattern(..)), "{pattern}");
            test.holds(text)
        };
        for text in ["C:\\Temp\\A.EXE", "c:\\temp\\\n.exe", "c:\\temp\\.ex", "xc:\\temp\\a.exe", ""] {
            let holds = lucene("[cC]:\\\\[tT][eE][mM][pP]\\\\.*\\.[eE][xX][eE]", text);
            assert_eq!(holds, text.to_lowercase().ends_with(".exe") && !text.starts_with('x'), "{text}");
        }
        assert!(lucene("a.b", "a\nb") && !lucene("a.b", "ab") && !lucene("a.b", "A1b"));
    }

    #[test]
    fn flags() {
        let mut regex = regex("^a.b$", RegexDialect::Sigma, Anchoring::Search);
        assert!(!Matcher::new(&regex).unwrap().is_match("x\nA\nB"));
        regex.case = Case::Insensitive;
        regex.multi_line = true;
        regex.dot_all = true;
        assert!(Matcher::new(&regex).unwrap().is_match("x\nA\nB"));
    }

    #[test]
    fn what_cannot_be_translated_is_named() {
        for (pattern, word) in [
            ("(?=a)", "look-ahead"),
            ("a(?!b)", "look-ahead"),
            ("(?<=a)b", "look-behind"),
            ("(?<!a)b", "look-behind"),
            ("(a)\\1", "back-reference"),
            ("(?P<n>a)(?P=n)", "back-reference"),
            ("(?>a)", "atomic"),
            ("a++", "possessive"),
            ("a{2}+", "possessive"),
            ("a\\", "backslash"),
            ("[a", "not closed"),
            ("(a", "cannot be read"),
        ] {
            let error = Matcher::new(&regex(pattern, RegexDialect::Sigma, Anchoring::Search)).unwrap_err();
            assert!(error.contains(word), "{pattern}: {error}");
        }
    }

    #[test]
    fn too_large_is_an_error() {
        let error =
            Matcher::new(&regex("(((a{1000}){1000}){1000})", RegexDialect::Sigma, Anchoring::Search)).unwrap_err();
        assert!(error.contains("too large"), "{error}");
    }
}
