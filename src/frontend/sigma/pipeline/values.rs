//! Transformations of values, one by one. What an encoding made of a value is changed too.

use super::Failure;
use super::params::Params;
use super::pattern::Replacement;
use super::placeholders::{Filler, fill_regex, fill_text};
use super::run::{Outcome, Run, mark};
use super::step::{Source, Step};
use super::strings::{self, constant, map_literals, number_test, plain, replace_plain};
use crate::frontend::sigma::reader::{Reader, span_of};
use crate::frontend::sigma::typed::{Item, Regex as TypedRegex, Test, Text, Value, has_placeholder};
use crate::frontend::sigma::value::finished;
use crate::ir::{self, UseKind};
use crate::lang::sigma::value::{Piece, escape};
use regex::Regex;
use std::collections::HashMap;

/// What becomes of a value.
#[derive(Debug)]
pub(super) enum Change {
    Placeholders(Filler),
    Replace { regex: Regex, replacement: Replacement, skip_special: bool, interpret_special: bool },
    Map(HashMap<String, Vec<String>>),
    Regex(RegexCase),
    Set(Test),
    ToText,
    ToNumber,
    Case(CaseOf),
}

/// How a string becomes a regular expression.
#[derive(Debug, Clone, Copy)]
pub(super) enum RegexCase {
    Plain,
    Flag,
    Brackets,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum CaseOf {
    Lower,
    Upper,
    Snake,
}

impl Change {
    pub(super) fn query(params: &mut Params<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        Filler::query(params, reader).map(Self::Placeholders)
    }

    pub(super) fn file(params: &mut Params<'_>, source: &Source<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        Filler::file(params, source, reader).map(Self::Placeholders)
    }

    pub(super) fn replace(params: &mut Params<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let skip_special = params.flag("skip_special", false, reader);
        let interpret_special = params.flag("interpret_special", false, reader);
        let node = params.need("replacement", reader)?;
        let written = reader.string("replacement", node)?.value;
        let regex = params.need_regex("regex", reader)?;
        match Replacement::parse(&written, &regex) {
            Ok(replacement) => Some(Self::Replace { regex, replacement, skip_special, interpret_special }),
            Err(error) => {
                reader.syntax(span_of(node), format!("the replacement cannot be used: {error}"));
                None
            }
        }
    }

    pub(super) fn map(params: &mut Params<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let entries = params.need_map("mapping", reader)?;
        let row = |entry: &crate::syntax::Entry| {
            Some((entry.key.text.clone(), super::params::one_or_more(&entry.key.text, &entry.value, reader)?))
        };
        Some(Self::Map(entries.iter().filter_map(row).collect()))
    }

    pub(super) fn regex(params: &mut Params<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        const METHODS: &[(&str, RegexCase)] = &[
            ("plain", RegexCase::Plain),
            ("ignore_case_flag", RegexCase::Flag),
            ("ignore_case_brackets", RegexCase::Brackets),
        ];
        params.choice("method", METHODS, Some(RegexCase::Brackets), reader).map(Self::Regex)
    }

    pub(super) fn set(params: &mut Params<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let node = params.need("value", reader)?;
        let value = constant(node, reader)?;
        let Some(as_text) =
            params.choice("force_type", &[("str", Some(true)), ("num", Some(false))], Some(None), reader)?
        else {
            return Some(Self::Set(value));
        };
        let written = match &value {
            Test::Text(text) => plain(&text.pieces.list()),
            Test::Number { number, .. } => number.to_string(),
            _ => {
                reader.wrong_type(span_of(node), "`force_type` is for strings and numbers");
                return None;
            }
        };
        if as_text {
            return Some(Self::Set(if matches!(value, Test::Text(_)) {
                value
            } else {
                Test::Text(strings::text(&written))
            }));
        }
        let number = strings::number(&written);
        if number.is_none() {
            reader.wrong_type(span_of(node), format!("`{written}` is not a number"));
        }
        number.map(|number| Self::Set(number_test(number)))
    }

    pub(super) fn convert(params: &mut Params<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let to_text = params.choice("target_type", &[("str", true), ("num", false)], None, reader)?;
        Some(if to_text { Self::ToText } else { Self::ToNumber })
    }

    pub(super) fn case(params: &mut Params<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        const METHODS: &[(&str, CaseOf)] =
            &[("lower", CaseOf::Lower), ("upper", CaseOf::Upper), ("snake_case", CaseOf::Snake)];
        params.choice("method", METHODS, Some(CaseOf::Lower), reader).map(Self::Case)
    }

    pub(super) fn apply(&self, step: &Step, item: &mut Item, run: &Run<'_>) -> Result<Outcome, Failure> {
        if !step.fits_item(item, run) {
            return Ok(Outcome::Kept);
        }
        let mut values = Vec::with_capacity(item.values.len());
        let mut changed = false;
        for value in &item.values {
            match self.test(&value.test, run).map_err(|failure| failure.at(value.at))? {
                None => values.push(value.clone()),
                Some(tests) => {
                    changed = true;
                    // One written value stands for any of what it becomes, also where all written values have to match.
                    let tests = if item.all && tests.len() > 1 { vec![Test::AnyOf(tests)] } else { tests };
                    values.extend(tests.into_iter().map(|test| {
                        let written = (written(&test).unwrap_or_else(|| value.written.0.clone()), value.written.1);
                        Value { test, at: value.at, written }
                    }));
                }
            }
        }
        if !changed {
            return Ok(Outcome::Kept);
        }
        item.values = values;
        item.kind = use_kind(&item.values).unwrap_or(item.kind);
        mark(item, step.id.as_ref());
        Ok(Outcome::Changed)
    }

    /// The tests that take the place of one; none when it stays.
    fn test(&self, test: &Test, run: &Run<'_>) -> Result<Option<Vec<Test>>, Failure> {
        if let (Self::Set(value), _) = (self, test) {
            return Ok(Some(vec![value.clone()]));
        }
        if let Test::AnyOf(tests) = test {
            let mut changed = false;
            let mut all = Vec::new();
            for test in tests {
                match self.test(test, run)? {
                    Some(tests) => {
                        changed = true;
                        all.extend(tests);
                    }
                    None => all.push(test.clone()),
                }
            }
            return Ok(changed.then(|| vec![Test::AnyOf(all)]));
        }
        match (self, test) {
            (Self::Placeholders(filler), Test::Text(text)) => fill_text(filler, text, run),
            (Self::Placeholders(filler), Test::Regex(regex)) => fill_regex(filler, regex, run),
            (Self::Replace { .. }, Test::Number { number, part: None, op: None }) => {
                Ok(Some(vec![self.replaced(&strings::text(&number.to_string()))]))
            }
            (Self::Replace { .. }, Test::Text(text)) => Ok(Some(vec![self.replaced(text)])),
            (Self::Map(map), Test::Text(text)) => {
                let tests = map.get(&plain(&text.pieces.list()));
                Ok(tests.map(|tests| tests.iter().map(|new| with_pieces(text, strings::pieces(new))).collect()))
            }
            (Self::Regex(case), Test::Text(text)) => as_regex(text, *case),
            (Self::ToText, Test::Number { number, part: None, op: None }) => {
                Ok(Some(vec![Test::Text(strings::text(&number.to_string()))]))
            }
            (Self::ToNumber, Test::Text(text)) => {
                let text = plain(&text.pieces.list());
                match strings::number(&text) {
                    Some(number) => Ok(Some(vec![number_test(number)])),
                    None => Err(Failure::new(format!("the pipeline wants `{text}` as a number, which it is not"))),
                }
            }
            (Self::Case(case), Test::Text(text)) => {
                let change = |text: &str| match case {
                    CaseOf::Lower => text.to_lowercase(),
                    CaseOf::Upper => text.to_uppercase(),
                    CaseOf::Snake => strings::snake_case(text),
                };
                Ok(Some(vec![with_pieces(text, map_literals(&text.pieces.list(), change))]))
            }
            _ => Ok(None),
        }
    }

    fn replaced(&self, text: &Text) -> Test {
        let Self::Replace { regex, replacement, skip_special, interpret_special } = self else {
            return Test::Text(text.clone());
        };
        let old = text.pieces.list();
        let pieces = if !skip_special {
            replace_plain(&old, regex, replacement)
        } else if *interpret_special {
            strings::merged(old.iter().flat_map(|piece| match piece {
                Piece::Literal(text) => strings::pieces(&replacement.replace_all(regex, text)),
                other => vec![other.clone()],
            }))
        } else {
            map_literals(&old, |text| replacement.replace_all(regex, text))
        };
        with_pieces(text, pieces)
    }
}

/// The text with other pieces, and encoded if that had to wait.
pub(super) fn with_pieces(text: &Text, pieces: Vec<Piece>) -> Test {
    if text.pending.is_empty() {
        return Test::Text(Text { pieces: pieces.into(), placed: text.placed, pending: Box::default() });
    }
    finished(pieces, &text.pending)
}

/// A string as a regular expression that matches the same: the expression is a search, so it is tied to the ends that the string has.
fn as_regex(text: &Text, case: RegexCase) -> Result<Option<Vec<Test>>, Failure> {
    let pieces = text.pieces.list();
    if pieces.is_empty() {
        return Ok(None);
    }
    if has_placeholder(&pieces) {
        let name = plain(&pieces);
        return Err(Failure::new(format!(
            "`{name}` has a placeholder, which has to be filled before it is an expression"
        )));
    }
    let inner = pieces.strip_prefix(&[Piece::Any]);
    let (start, pieces) = inner.map_or(("^", &*pieces), |inner| ("", inner));
    let inner = pieces.strip_suffix(&[Piece::Any]);
    let (end, pieces) = inner.map_or(("$", pieces), |inner| ("", inner));
    let body: String = pieces.iter().map(|piece| regex_piece(piece, case)).collect();
    Ok(Some(vec![Test::Regex(TypedRegex {
        pieces: vec![Piece::Literal(format!("{start}{body}{end}").into())],
        ignore_case: matches!(case, RegexCase::Flag),
        multi_line: false,
        dot_all: pieces.iter().any(|piece| matches!(piece, Piece::Any | Piece::One)),
    })]))
}

fn regex_piece(piece: &Piece, case: RegexCase) -> String {
    match piece {
        Piece::Any => ".*".to_owned(),
        Piece::One => ".".to_owned(),
        Piece::Literal(text) if matches!(case, RegexCase::Brackets) => text.chars().map(bracket).collect(),
        Piece::Literal(text) => regex::escape(text),
        Piece::Placeholder(name) => name.to_string(),
    }
}

/// A letter in both its cases.
fn bracket(c: char) -> String {
    if c.is_alphabetic() {
        let (lower, upper) = (c.to_lowercase().to_string(), c.to_uppercase().to_string());
        return format!("[{lower}{upper}]");
    }
    regex::escape(&c.to_string())
}

/// The value as a rule would have it, if one could.
fn written(test: &Test) -> Option<ir::Value> {
    match test {
        Test::Text(text) => Some(ir::Value::str(escape(&*text.pieces.list()))),
        Test::Regex(regex) => Some(ir::Value::str(regex.pattern())),
        Test::Number { number, .. } => Some(number.clone()),
        Test::Bool(value) => Some(ir::Value::Bool(*value)),
        Test::Null => Some(ir::Value::Null),
        _ => None,
    }
}

/// What the changed values do with their field, if all of them do the same.
fn use_kind(values: &[Value]) -> Option<UseKind> {
    let kind = |value: &Value| match &value.test {
        Test::Text(text) if text.pieces.list().iter().any(|piece| !matches!(piece, Piece::Literal(_))) => {
            Some(UseKind::Pattern)
        }
        Test::Text(_) | Test::Bool(_) | Test::Number { part: None, op: None, .. } => Some(UseKind::Equal),
        Test::Regex(_) => Some(UseKind::Regex),
        Test::Null => Some(UseKind::Exists),
        _ => None,
    };
    let first = kind(values.first()?)?;
    values.iter().all(|value| kind(value) == Some(first)).then_some(first)
}
