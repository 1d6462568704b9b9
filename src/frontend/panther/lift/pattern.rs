//! `re` and `fnmatch`.

use super::Lifter;
use super::call::{Arguments, Site};
use super::raise::Error;
use super::uses::token;
use super::value::{Alt, Atom, Sym, Truth};
use crate::ir::{Anchoring, Case, Coercion, Op, Pattern, Piece, Regex, RegexDialect, Subject, TypeSet, UseKind, Value};
use crate::source::Location;
use std::rc::Rc;

const IGNORE_CASE: i64 = 2;
const MULTI_LINE: i64 = 8;
const DOT_ALL: i64 = 16;
const UNICODE: i64 = 32;
const ASCII: i64 = 256;

impl Lifter<'_> {
    pub(super) fn pattern_function(&mut self, name: &str, arguments: &Arguments, site: Site<'_>) -> Option<Sym> {
        match name {
            "re.compile" => {
                let regex = compiled(arguments, 1, Anchoring::Search)?;
                Some(Sym::atom(Atom::Regex(Rc::new(regex))))
            }
            "re.search" | "re.match" | "re.fullmatch" => {
                let anchoring = anchoring(name.strip_prefix("re.")?)?;
                let text = arguments.get(1, "string")?.clone();
                match arguments.get(0, "pattern")?.single() {
                    Some(Atom::Regex(regex)) => {
                        let regex = Regex { anchoring, ..(**regex).clone() };
                        Some(self.match_regex(&regex, &text, None, site))
                    }
                    pattern => {
                        let pattern = pattern.cloned();
                        let regex = compiled(arguments, 2, anchoring)?;
                        Some(self.match_regex(&regex, &text, pattern.as_ref(), site))
                    }
                }
            }
            "re.findall" | "re.sub" => {
                let replaces = name == "re.sub";
                let text = arguments.get(if replaces { 2 } else { 1 }, "string")?.clone();
                let regex = match arguments.get(0, "pattern")?.single() {
                    Some(Atom::Regex(regex)) => (**regex).clone(),
                    _ => compiled(arguments, if replaces { 4 } else { 2 }, Anchoring::Search)?,
                };
                let new = match (replaces, arguments.get(1, "repl")) {
                    (true, Some(new)) => Some(Self::term_of(new).filter(|new| match new {
                        Subject::Constant(Value::Str(text)) => !text.contains('\\'),
                        other => super::value::static_type(other) == Some(TypeSet::STRING),
                    })?),
                    _ => None,
                };
                Some(self.map(&text, |lifter, text| lifter.regex_on_text(&regex, new.as_ref(), text, site)))
            }
            "fnmatch.fnmatch" | "fnmatch.fnmatchcase" => {
                let text = arguments.get(0, "name")?.clone();
                let glob = arguments.get(1, "pat")?.clone();
                Some(self.map(&glob, |lifter, glob| {
                    lifter.map(&text, |lifter, text| {
                        let truth = lifter.glob(text, glob);
                        truth.map_or_else(|| lifter.unknown(site, "this use of fnmatch"), Sym::bool)
                    })
                }))
            }
            _ => None,
        }
    }

    /// A method of a compiled expression.
    pub(super) fn regex_method(
        &mut self,
        regex: &Regex,
        name: &str,
        arguments: &Arguments,
        site: Site<'_>,
    ) -> Option<Sym> {
        let anchoring = anchoring(name)?;
        let [text] = arguments.exactly()?;
        let (regex, text) = (Regex { anchoring, ..regex.clone() }, text.clone());
        Some(self.match_regex(&regex, &text, None, site))
    }

    /// A match object where it matches, else None.
    fn match_regex(&mut self, regex: &Regex, text: &Sym, pattern: Option<&Atom>, site: Site<'_>) -> Sym {
        self.map(text, |lifter, text| match term(text) {
            Some((subject, at)) => {
                let truth = lifter.regex_truth(&subject, at, regex, pattern);
                let found = Atom::Match(subject.clone(), Rc::new(regex.clone()));
                let alts = [(truth.holds, found), (truth.fails, Atom::Const(Value::Null, None))];
                Sym { ok: truth.ok, alts: alts.into_iter().map(|(when, atom)| Alt { when, atom }).collect() }
            }
            None => match text {
                Atom::Opaque(hole) => lifter.unknown(site, hole.reason.clone()),
                _ => lifter.raises(Error::Type),
            },
        })
    }

    fn regex_truth(&mut self, subject: &Subject, at: Option<Location>, regex: &Regex, pattern: Option<&Atom>) -> Truth {
        let guard = self.need(subject, TypeSet::STRING, at, Error::Type);
        let op = Op::Regex { regex: regex.clone(), coercion: Coercion::None };
        let test = self.pool.test(subject.clone(), op, at);
        self.note_use(test, subject, at, UseKind::Regex, pattern.map(token).unwrap_or_default());
        self.truth(guard, test)
    }

    fn glob(&mut self, text: &Atom, glob: &Atom) -> Option<Truth> {
        let Atom::Const(Value::Str(pattern), _) = glob else { return None };
        match term(text) {
            Some((subject, at)) => Some(match wildcard(pattern) {
                Some(wildcard) => self.pattern_truth(&subject, at, wildcard, glob),
                None => self.regex_truth(&subject, at, &class_glob(pattern), Some(glob)),
            }),
            None if matches!(text, Atom::Opaque(_)) => None,
            None => Some(self.truth_raises(Error::Type)),
        }
    }
}

/// The text that is matched: of the event, or a constant (a default).
fn term(atom: &Atom) -> Option<(Subject, Option<Location>)> {
    match atom {
        Atom::Term(subject, at) => Some((subject.clone(), *at)),
        Atom::Const(value @ Value::Str(_), at) => Some((Subject::Constant(value.clone()), *at)),
        _ => None,
    }
}

fn anchoring(name: &str) -> Option<Anchoring> {
    match name {
        "search" => Some(Anchoring::Search),
        "match" => Some(Anchoring::Start),
        "fullmatch" => Some(Anchoring::Whole),
        _ => None,
    }
}

/// The expression of a constant pattern and flags; `None` for what the IR has no term for (verbose, ASCII classes).
fn compiled(arguments: &Arguments, flags_at: usize, anchoring: Anchoring) -> Option<Regex> {
    let pattern = arguments.get(0, "pattern")?.as_str()?;
    let flags = match arguments.get(flags_at, "flags") {
        None => 0,
        Some(flags) => match flags.as_const()? {
            Value::Int(flags) => *flags,
            _ => return None,
        },
    };
    if flags & !(IGNORE_CASE | MULTI_LINE | DOT_ALL | UNICODE | ASCII) != 0 {
        return None;
    }
    let is_ascii = flags & ASCII != 0;
    let case = match (flags & IGNORE_CASE != 0, is_ascii) {
        (false, _) => Case::Sensitive,
        (true, false) => Case::Insensitive,
        (true, true) => Case::AsciiInsensitive,
    };
    let (multi_line, dot_all) = (flags & MULTI_LINE != 0, flags & DOT_ALL != 0);
    let regex = Regex { pattern: pattern.into(), dialect: RegexDialect::Python, anchoring, case, multi_line, dot_all };
    (!is_ascii || !regex.has_class_escape()).then_some(regex)
}

/// A glob of `*` and `?` only.
fn wildcard(glob: &str) -> Option<Pattern> {
    let piece = |c: char| match c {
        '*' => Some(Piece::Any),
        '?' => Some(Piece::One),
        '[' => None,
        other => Some(Piece::Literal(other.to_string().into())),
    };
    glob.chars().map(piece).collect::<Option<Vec<_>>>().map(Pattern::new)
}

/// A glob with classes.
fn class_glob(glob: &str) -> Regex {
    Regex {
        pattern: glob_regex(glob).into(),
        dialect: RegexDialect::Python,
        anchoring: Anchoring::Whole,
        case: Case::Sensitive,
        multi_line: false,
        dot_all: true,
    }
}

/// The regular expression that Python's `fnmatch.translate` stands for.
fn glob_regex(glob: &str) -> String {
    let mut out = String::new();
    let mut rest = glob;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        match c {
            '*' => out.push_str(".*"),
            '?' => out.push('.'),
            '[' => match class_end(rest) {
                Some(end) => {
                    let inner = &rest[..end];
                    rest = &rest[end + 1..];
                    let escaped = inner.replace('\\', "\\\\").replace('[', "\\[").replace("&&", "&\\&");
                    let negated = escaped.strip_prefix('!').map(|inner| format!("^{inner}"));
                    let literal_caret = escaped.strip_prefix('^').map(|inner| format!("\\^{inner}"));
                    out.push('[');
                    out.push_str(&negated.or(literal_caret).unwrap_or(escaped));
                    out.push(']');
                }
                None => out.push_str("\\["),
            },
            other => out.push_str(&regex::escape(&other.to_string())),
        }
    }
    out
}

/// Where a class that was opened ends: a `]` that comes first belongs to it.
fn class_end(rest: &str) -> Option<usize> {
    let skip = usize::from(rest.starts_with('!'));
    let skip = skip + usize::from(rest[skip..].starts_with(']'));
    rest[skip..].find(']').map(|at| at + skip)
}
