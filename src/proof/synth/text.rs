//! Example texts of patterns and regular expressions.

use crate::eval::Matcher;
use crate::ir::{Pattern, Piece, Regex};
use foldhash::fast::RandomState;
use regex_syntax::hir::{Class, Hir, HirKind};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

/// Examples of one expression that are kept.
const MAX_EXAMPLES: usize = 12;
/// Classes of so few characters are taken one by one: alternatives of one character are a class too.
const FEW: usize = 4;
/// Longer texts are not made: a repetition can ask for any length.
pub(super) const MAX_LENGTH: usize = 2_000;

/// The pattern with `any` for each `*` and `q` for each `?`.
pub(super) fn fill(pattern: &Pattern, any: &str) -> String {
    let mut text = String::new();
    for piece in pattern.pieces() {
        match piece {
            Piece::Literal(literal) => text.push_str(literal),
            Piece::Any => text.push_str(any),
            Piece::One => text.push('q'),
        }
    }
    text
}

/// The text with its letters in the other case.
pub(super) fn swap_case(text: &str) -> String {
    let swap = |c: char| {
        if c.is_lowercase() { c.to_uppercase().collect::<String>() } else { c.to_lowercase().collect() }
    };
    text.chars().map(swap).collect()
}

/// Example texts of regular expressions: each is taken apart once.
#[derive(Default)]
pub(super) struct Examples(RefCell<HashMap<Regex, Rc<[String]>, RandomState>>);

impl Examples {
    /// Texts that fit the expression, the plainest first; none when it cannot be read. Anchors and what stands around a match
    /// are not looked at.
    pub(super) fn of(&self, regex: &Regex) -> Rc<[String]> {
        if let Some(known) = self.0.borrow().get(regex) {
            return known.clone();
        }
        let found: Rc<[String]> = of_regex(regex).into();
        self.0.borrow_mut().insert(regex.clone(), found.clone());
        found
    }
}

fn of_regex(regex: &Regex) -> Vec<String> {
    let mut found = Vec::new();
    hirs_of(regex).iter().for_each(|hir| push_all(&mut found, examples(hir)));
    found
}

/// The expressions that it is made of; none when it cannot be read.
pub(super) fn hirs_of(regex: &Regex) -> Vec<Hir> {
    let Ok(matcher) = Matcher::new(regex) else { return Vec::new() };
    matcher.parts().into_iter().filter_map(|part| regex_syntax::parse(part).ok()).collect()
}

fn push_all(found: &mut Vec<String>, more: Vec<String>) {
    for text in more {
        if found.len() < MAX_EXAMPLES && text.len() <= MAX_LENGTH && !found.contains(&text) {
            found.push(text);
        }
    }
}

/// The depth is bounded by the parser's own limit on nesting.
fn examples(hir: &Hir) -> Vec<String> {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => vec![String::new()],
        HirKind::Literal(literal) => vec![String::from_utf8_lossy(&literal.0).into_owned()],
        HirKind::Class(class) => of_class(class),
        HirKind::Capture(capture) => examples(&capture.sub),
        HirKind::Repetition(repetition) => repeated(&examples(&repetition.sub), repetition.min, repetition.max),
        HirKind::Alternation(members) => {
            let mut found = Vec::new();
            members.iter().for_each(|member| push_all(&mut found, examples(member).into_iter().take(2).collect()));
            found
        }
        HirKind::Concat(members) => joined(&members.iter().map(examples).collect::<Vec<_>>()),
    }
}

fn of_class(class: &Class) -> Vec<String> {
    if let Class::Unicode(class) = class
        && class.ranges().iter().map(regex_syntax::hir::ClassUnicodeRange::len).sum::<usize>() <= FEW
    {
        return class.ranges().iter().flat_map(|range| range.start()..=range.end()).map(String::from).collect();
    }
    example_of_class(class).into_iter().collect()
}

/// The plainest character of a class; `None` when it has none.
pub(super) fn example_of_class(class: &Class) -> Option<String> {
    const PLAIN: [char; 9] = ['a', 'x', 'A', '0', '1', ' ', '-', '.', '_'];
    let Class::Unicode(class) = class else { return Some("a".to_owned()) };
    let holds = |c: &char| class.ranges().iter().any(|range| range.start() <= *c && *c <= range.end());
    let first = || class.ranges().first().map(regex_syntax::hir::ClassUnicodeRange::start);
    PLAIN.into_iter().find(holds).or_else(first).map(String::from)
}

fn repeated(one: &[String], min: u32, max: Option<u32>) -> Vec<String> {
    let times = |count: u32| {
        let text = one.first()?;
        let count = usize::try_from(count).ok()?;
        (text.len().saturating_mul(count) <= MAX_LENGTH).then(|| text.repeat(count))
    };
    let more = (max != Some(min)).then(|| times(min.saturating_add(1))).flatten();
    let mut found: Vec<String> = times(min).into_iter().collect();
    push_all(&mut found, more.into_iter().collect());
    if min <= 1 && max != Some(0) {
        push_all(&mut found, one.to_vec());
    }
    found
}

/// One example of each part in a row, then the same with another example of one part.
fn joined(parts: &[Vec<String>]) -> Vec<String> {
    let with = |changed: usize, example: &str| {
        let texts = parts.iter().enumerate();
        let text: String = texts
            .map(|(index, part)| if index == changed { example } else { part.first().map_or("", String::as_str) })
            .collect();
        text
    };
    if parts.iter().any(Vec::is_empty) {
        return Vec::new();
    }
    let mut found = vec![with(parts.len(), "")];
    for (index, part) in parts.iter().enumerate() {
        push_all(&mut found, part.iter().skip(1).map(|example| with(index, example)).collect());
    }
    found.retain(|text| text.len() <= MAX_LENGTH);
    found
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::ir::{Anchoring, Case, RegexDialect};

    pub(in super::super) fn regex(pattern: &str, dialect: RegexDialect) -> Regex {
        Regex {
            pattern: pattern.into(),
            dialect,
            anchoring: Anchoring::Search,
            case: Case::Sensitive,
            multi_line: false,
            dot_all: false,
        }
    }

    #[test]
    fn every_branch_of_an_expression_has_an_example_that_fits() {
        for pattern in [r"^(cmd|powershell)\.exe$", r"\d{4}-[A-F]+x?", r"(?i)net1?\s+user", "a|b|c"] {
            let regex = regex(pattern, RegexDialect::Sigma);
            let matcher = Matcher::new(&regex).unwrap();
            let found = of_regex(&regex);
            assert!(!found.is_empty() && found.iter().all(|text| matcher.is_match(text)), "{pattern}: {found:?}");
        }
        assert_eq!(of_regex(&regex("a|b|c", RegexDialect::Lucene)), ["a", "b", "c"]);
        assert_eq!(of_regex(&regex("x{3}", RegexDialect::Python)), ["xxx"]);
        assert!(of_regex(&regex("x{900000}", RegexDialect::Python)).is_empty());
    }

    #[test]
    fn patterns_are_filled() {
        let pattern = Pattern::new([Piece::Any, Piece::Literal("a".into()), Piece::One]);
        assert_eq!(fill(&pattern, "zz"), "zzaq");
        assert_eq!(swap_case("aB\u{e4}1"), "Ab\u{c4}1");
    }
}
