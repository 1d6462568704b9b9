//! One form for regular expressions that match the same texts, as far as their syntax shows it: in any dialect, searched for or matched as
//! a whole, with groups or without.
//!
//! An expression becomes the set of its branches, each anchored at the start, at the end, at both or at none: `^a|b$` and the whole texts
//! `a.*|.*b` have the same ones. One branch of letters and `.*` is a pattern.

mod branch;
#[cfg(test)]
mod tests;

use crate::eval::Matcher;
use crate::ir::{Anchoring, Case, Pattern, Regex, RegexDialect};
use branch::{Anchors, Branch, anything};
use regex_syntax::ParserBuilder;
use regex_syntax::hir::print::Printer;
use regex_syntax::hir::{Class, ClassUnicode, ClassUnicodeRange, Hir, HirKind, Repetition};
use std::sync::LazyLock;

/// The letters that others than ASCII ones become in an expression that ignores case, those others, and what stands beside these.
const STRANGE: [(char, char, char, char); 2] = [('k', 'K', '\u{212a}', '\u{2129}'), ('s', 'S', '\u{17f}', '\u{180}')];

/// What an expression says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Said {
    Pattern(Pattern, Case),
    Regex(Regex),
}

/// What texts have to keep to for the form to say the same.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Rests {
    /// They have no letter that is an ASCII one in another case only: the long s, the Kelvin sign.
    pub(super) on_plain_case: bool,
    /// They have no letter, digit or blank beyond ASCII where a class asks for these.
    pub(super) on_ascii_classes: bool,
}

/// The plain form of an expression, and what that rests on. `one_line`: the texts have no line breaks. `None` when it cannot be read, or
/// is more than one expression.
pub(super) fn said(regex: &Regex, one_line: bool) -> Option<(Said, Rests)> {
    if let Some((pattern, case)) = regex.as_pattern() {
        return Some((Said::Pattern(pattern, case), Rests::default()));
    }
    let matcher = Matcher::new(regex).ok()?;
    let mut parser = ParserBuilder::new();
    let parser = parser
        .case_insensitive(regex.case == Case::Insensitive)
        .multi_line(regex.multi_line)
        .dot_matches_new_line(regex.dot_all);
    let hir = parser.build().parse(matcher.one()?).ok()?;
    let mut reader = Reader { one_line, rests: Rests::default() };
    let mut branches = Vec::new();
    Branch::split(reader.plain(&hir), Anchors::default(), &mut branches)?;
    if let [branch] = branches.as_slice()
        && let Some((pattern, case)) = branch.pattern()
    {
        return Some((Said::Pattern(pattern, case), reader.rests));
    }
    let mut texts: Vec<String> = branches.iter().map(Branch::text).collect();
    texts.sort_unstable();
    texts.dedup();
    Some((Said::Regex(of_texts(&texts)), reader.rests))
}

fn of_texts(texts: &[String]) -> Regex {
    let (dialect, anchoring, case) = (RegexDialect::Sigma, Anchoring::Search, Case::Sensitive);
    Regex { pattern: texts.join("|").into(), dialect, anchoring, case, multi_line: false, dot_all: true }
}

/// What Unicode takes for letters, digits and blanks.
static WORDS: LazyLock<ClassUnicode> = LazyLock::new(|| match regex_syntax::parse("[\\w\\s]").map(Hir::into_kind) {
    Ok(HirKind::Class(Class::Unicode(class))) => class,
    _ => ClassUnicode::empty(),
});

/// Whether a character is in `\w`, `\d` or `\s` as Unicode has them, and in none of them as ASCII has them.
pub(super) fn in_class_beyond_ascii(c: char) -> bool {
    !c.is_ascii() && has(&WORDS, c)
}

/// A digit of Arabic, which `\w` and `\d` have, and a blank, which `\s` has.
const OF_CLASSES: [char; 2] = ['\u{660}', '\u{2003}'];

/// Takes out of an expression what no text decides by.
struct Reader {
    one_line: bool,
    rests: Rests,
}

impl Reader {
    /// The expression without groups, each repetition a greedy one: whether it matches does not depend on them.
    fn plain(&mut self, hir: &Hir) -> Hir {
        match hir.kind() {
            HirKind::Capture(capture) => self.plain(&capture.sub),
            HirKind::Repetition(Repetition { min, max, sub, .. }) => match self.plain(sub) {
                sub if is_never(&sub) && *min == 0 => Hir::empty(),
                sub if is_never(&sub) => sub,
                sub => Hir::repetition(Repetition { min: *min, max: *max, greedy: true, sub: Box::new(sub) }),
            },
            HirKind::Concat(members) => {
                let members: Vec<Hir> = members.iter().map(|member| self.plain(member)).collect();
                if members.iter().any(is_never) { Hir::fail() } else { Hir::concat(members) }
            }
            HirKind::Alternation(members) => {
                let members = members.iter().map(|member| self.plain(member));
                let mut members: Vec<Hir> = members.filter(|member| !is_never(member)).collect();
                members.sort_by_cached_key(text);
                Hir::alternation(members)
            }
            HirKind::Literal(literal) if self.one_line && literal.0.contains(&b'\n') => Hir::fail(),
            HirKind::Class(Class::Unicode(class)) => Hir::class(Class::Unicode(self.class(class.clone()))),
            HirKind::Class(Class::Bytes(_)) | HirKind::Empty | HirKind::Literal(_) | HirKind::Look(_) => hir.clone(),
        }
    }

    fn class(&mut self, mut class: ClassUnicode) -> ClassUnicode {
        self.without_strange(&mut class);
        self.in_ascii(&mut class);
        if self.one_line {
            let line_break = range('\n', '\n');
            class.difference(&line_break);
            let mut rest = anything();
            rest.difference(&line_break);
            if class == rest {
                return anything();
            }
        }
        class
    }

    /// A letter in both cases without what is one of the two in other scripts.
    fn without_strange(&mut self, class: &mut ClassUnicode) {
        for (lower, upper, strange, beside) in STRANGE {
            if [lower, upper, strange].into_iter().all(|c| has(class, c)) && !has(class, beside) {
                class.difference(&range(strange, strange));
                self.rests.on_plain_case = true;
            }
        }
    }

    /// `\w`, `\d` and `\s` as other engines have them: of ASCII. Their complements have all else.
    fn in_ascii(&mut self, class: &mut ClassUnicode) {
        let beyond = range('\u{80}', char::MAX);
        let mut own = class.clone();
        own.intersect(&beyond);
        let mut others = beyond.clone();
        others.difference(&own);
        let is_of_words = |part: &ClassUnicode| {
            let mut rest = part.clone();
            rest.difference(&WORDS);
            rest.ranges().is_empty() && OF_CLASSES.iter().any(|c| has(part, *c))
        };
        if is_of_words(&own) {
            class.difference(&beyond);
        } else if is_of_words(&others) {
            class.union(&beyond);
        } else {
            return;
        }
        self.rests.on_ascii_classes = true;
    }
}

/// An expression as it is written.
fn text(hir: &Hir) -> String {
    let mut text = String::new();
    // A text takes whatever is written to it.
    _ = Printer::new().print(hir, &mut text);
    text
}

/// Whether no text matches.
fn is_never(hir: &Hir) -> bool {
    matches!(hir.kind(), HirKind::Class(class) if class.is_empty())
}

fn has(class: &ClassUnicode, c: char) -> bool {
    class.iter().any(|range| range.start() <= c && c <= range.end())
}

fn range(first: char, last: char) -> ClassUnicode {
    ClassUnicode::new([ClassUnicodeRange::new(first, last)])
}
