//! What a lint is: its name, its page and its check.

use super::{CorpusCx, DocumentCx, RuleCx};
use crate::source::Level;

/// Where a lint looks.
#[derive(Debug, Clone, Copy)]
pub enum Tap {
    /// Said by a front-end or by the framework itself, not by a check of its own.
    BuiltIn,
    /// Each document's syntax tree.
    Document(fn(&mut DocumentCx<'_>)),
    /// Each rule: metadata, uses of fields, IR.
    Rule(fn(&mut RuleCx<'_>)),
    /// All rules of a run together.
    Corpus(fn(&mut CorpusCx<'_>)),
}

/// How far a lint's life has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// On by default since this version.
    Stable(&'static str),
    /// Only on when it is selected by name.
    Preview(&'static str),
}

/// A lint.
#[derive(Debug)]
pub struct LintMeta {
    pub name: &'static str,
    pub family: &'static str,
    pub default_level: Level,
    pub stage: Stage,
    /// The page as written: Markdown, examples with `⟦` and `⟧` around what the lint marks.
    pub page: &'static str,
    pub tap: Tap,
}

/// A fenced block of a lint's page that is run as a test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// `yaml`, `toml`, ...
    pub language: String,
    /// Whether the lint must fire on it.
    pub bad: bool,
    /// Without the marks.
    pub text: String,
    /// The marked ranges of `text`, in bytes.
    pub marks: Vec<std::ops::Range<usize>>,
    /// The rule's Python file with its marked ranges, for a Panther rule in code.
    pub beside: Option<(String, Vec<std::ops::Range<usize>>)>,
}

const OPEN: char = '⟦';
const CLOSE: char = '⟧';

impl LintMeta {
    /// The level unless a configuration says otherwise.
    pub fn level(&self) -> Level {
        self.default_level
    }

    /// The first sentence of "What it checks".
    pub fn summary(&self) -> String {
        let body = self.page.split_once("## What it checks").map_or(self.page, |(_, rest)| rest);
        let first = body.trim_start().split("\n\n").next().unwrap_or_default();
        let line = first.split('\n').map(str::trim).collect::<Vec<_>>().join(" ");
        line.split_once(". ").map_or(line.clone(), |(sentence, _)| format!("{sentence}."))
    }

    /// The page for people: each marked range has carets on the line below.
    pub fn page_text(&self) -> String {
        let mut out = String::new();
        for line in self.page.lines() {
            let line = line.strip_prefix(' ').unwrap_or(line);
            let (plain, carets) = unmark(line);
            out.push_str(plain.trim_end());
            out.push('\n');
            if let Some(carets) = carets {
                out.push_str(&carets);
                out.push('\n');
            }
        }
        out.trim().to_owned() + "\n"
    }

    /// The examples of the page: fences whose info string ends in `bad` or `good`; one that ends in `beside` is the Python file of the
    /// example before it.
    pub fn examples(&self) -> Vec<Example> {
        let mut found: Vec<Example> = Vec::new();
        let mut open: Option<(String, String, String)> = None;
        for line in self.page.lines() {
            let line = line.strip_prefix(' ').unwrap_or(line);
            match (&mut open, line.trim_start().strip_prefix("```")) {
                (None, Some(info)) => {
                    let (language, verdict) = info.split_once(' ').unwrap_or((info, ""));
                    if matches!(verdict, "bad" | "good" | "beside") {
                        open = Some((language.to_owned(), verdict.to_owned(), String::new()));
                    }
                }
                (Some(_), Some(_)) => {
                    let Some((language, verdict, marked)) = open.take() else { continue };
                    let (text, marks) = unmark_text(&marked);
                    match found.last_mut() {
                        Some(Example { beside, .. }) if verdict == "beside" => *beside = Some((text, marks)),
                        _ => found.push(Example { language, bad: verdict == "bad", text, marks, beside: None }),
                    }
                }
                (Some((_, _, text)), None) => {
                    text.push_str(line);
                    text.push('\n');
                }
                (None, None) => {}
            }
        }
        found
    }
}

/// The text without marks, and the marked ranges.
fn unmark_text(marked: &str) -> (String, Vec<std::ops::Range<usize>>) {
    let mut text = String::with_capacity(marked.len());
    let mut marks: Vec<std::ops::Range<usize>> = Vec::new();
    for c in marked.chars() {
        match c {
            OPEN => marks.push(text.len()..text.len()),
            CLOSE => marks.iter_mut().last().into_iter().for_each(|mark| mark.end = text.len()),
            _ => text.push(c),
        }
    }
    (text, marks)
}

/// The line without marks, and the line of carets below it if there were marks.
fn unmark(line: &str) -> (String, Option<String>) {
    if !line.contains(OPEN) {
        return (line.to_owned(), None);
    }
    let (mut plain, mut carets, mut inside) = (String::new(), String::new(), false);
    for c in line.chars() {
        match c {
            OPEN => inside = true,
            CLOSE => inside = false,
            _ => {
                plain.push(c);
                carets.push(if inside { '^' } else { ' ' });
            }
        }
    }
    (plain, Some(carets.trim_end().to_owned()))
}

/// Declares a lint: the doc comment is its page.
macro_rules! declare_lint {
    (
        $(#[doc = $doc:literal])+
        $vis:vis $konst:ident = {
            name: $name:literal, family: $family:literal, level: $level:ident, stage: $stage:expr, tap: $tap:expr $(,)?
        }
    ) => {
        $(#[doc = $doc])+
        $vis static $konst: $crate::lint::LintMeta = $crate::lint::LintMeta {
            name: $name,
            family: $family,
            default_level: $crate::source::Level::$level,
            stage: $stage,
            page: concat!($($doc, "\n"),+),
            tap: $tap,
        };
    };
}
pub(super) use declare_lint;

#[cfg(test)]
mod tests {
    use super::*;

    const META: LintMeta = LintMeta {
        name: "x",
        family: "y",
        default_level: Level::Warning,
        stage: Stage::Stable("0.1.0"),
        page: " ## What it checks\n That a thing\n is right. And more.\n\n ```yaml bad\n a: ⟦ü⟧\n ```\n ```yaml good\n a: b\n ```\n",
        tap: Tap::BuiltIn,
    };

    #[test]
    fn marks_become_ranges_and_carets() {
        let examples = META.examples();
        assert_eq!(examples.len(), 2);
        assert_eq!((examples[0].text.as_str(), examples[0].marks.len()), ("a: ü\n", 1));
        assert_eq!(examples[0].marks[0], 3..5);
        assert!(examples[0].bad && !examples[1].bad);
        assert!(META.page_text().contains("a: ü\n   ^\n"));
        assert_eq!(META.summary(), "That a thing is right.");
    }
}
