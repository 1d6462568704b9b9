//! Placeholders: what takes their place.

use super::params::Params;
use super::run::Run;
use super::step::Source;
use super::strings::{self, plain};
use super::values::with_pieces;
use super::{Failure, files};
use crate::frontend::sigma::reader::Reader;
use crate::frontend::sigma::typed::{Regex, Test, Text};
use crate::lang::sigma::value::Piece;
use serde_json::Value as Json;
use std::collections::HashMap;

/// More strings than this from one value are a mistake.
const MAX_VALUES: usize = 3125;

/// A transformation of placeholders.
#[derive(Debug)]
pub(super) struct Filler {
    include: Option<Vec<String>>,
    exclude: Option<Vec<String>>,
    with: With,
}

#[derive(Debug)]
enum With {
    Wildcard,
    Variables,
    Values(Vec<String>),
    Query { expression: String, ids: HashMap<String, String> },
}

impl Filler {
    fn read(params: &mut Params<'_>, with: With, reader: &mut Reader<'_>) -> Self {
        let (include, exclude) = (params.texts("include", reader), params.texts("exclude", reader));
        if include.is_some() && exclude.is_some() {
            reader.syntax(params.at, "`include` and `exclude` exclude each other");
        }
        Self { include, exclude, with }
    }

    pub(super) fn wildcards(params: &mut Params<'_>, reader: &mut Reader<'_>) -> Self {
        Self::read(params, With::Wildcard, reader)
    }

    pub(super) fn variables(params: &mut Params<'_>, reader: &mut Reader<'_>) -> Self {
        Self::read(params, With::Variables, reader)
    }

    pub(super) fn file(params: &mut Params<'_>, source: &Source<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let values = files::values(params, source, reader)?;
        Some(Self::read(params, With::Values(values), reader))
    }

    pub(super) fn query(params: &mut Params<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let expression = params.text("expression", reader).unwrap_or_default();
        let ids = match params.get("mapping") {
            Some(_) => params
                .need_map("mapping", reader)?
                .iter()
                .filter_map(|entry| Some((entry.key.text.clone(), reader.string(&entry.key.text, &entry.value)?.value)))
                .collect(),
            None => HashMap::new(),
        };
        Some(Self::read(params, With::Query { expression, ids }, reader))
    }

    fn handles(&self, name: &str) -> bool {
        let has = |names: &Vec<String>| names.iter().any(|known| known == name);
        self.include.as_ref().is_none_or(has) && !self.exclude.as_ref().is_some_and(has)
    }

    fn handles_any(&self, pieces: &[Piece]) -> bool {
        pieces.iter().any(|piece| matches!(piece, Piece::Placeholder(name) if self.handles(name)))
    }

    /// The texts for a placeholder.
    fn texts(&self, name: &str, run: &Run<'_>) -> Result<Vec<String>, Failure> {
        match &self.with {
            With::Wildcard | With::Query { .. } => Ok(vec!["*".to_owned()]),
            With::Values(values) => Ok(values.clone()),
            With::Variables => variable(name, run),
        }
    }
}

fn variable(name: &str, run: &Run<'_>) -> Result<Vec<String>, Failure> {
    let Some(found) = run.pipelines.vars.get(name) else {
        let known: Vec<&str> = run.pipelines.vars.keys().map(String::as_str).collect();
        let known = if known.is_empty() { "no variable at all".to_owned() } else { known.join(", ") };
        return Err(Failure::new(format!(
            "the pipelines have no variable `{name}` for the placeholder, they have {known}"
        )));
    };
    let text = |value: &Json| match value {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let texts: Option<Vec<String>> = match found {
        Json::Array(items) => items.iter().map(text).collect(),
        value => text(value).map(|text| vec![text]),
    };
    texts
        .filter(|texts| !texts.is_empty())
        .ok_or_else(|| Failure::new(format!("the variable `{name}` is not made of strings and numbers")))
}

/// The strings that a string with placeholders becomes.
pub(super) fn fill_text(filler: &Filler, text: &Text, run: &Run<'_>) -> Result<Option<Vec<Test>>, Failure> {
    if !filler.handles_any(&text.pieces.list()) {
        return Ok(None);
    }
    if let With::Query { expression, ids } = &filler.with {
        return query(expression, ids, text).map(Some);
    }
    let filled = fill(filler, &text.pieces.list(), run, strings::pieces)?;
    Ok(Some(filled.into_iter().map(|pieces| with_pieces(text, strings::merged(pieces))).collect()))
}

/// The expressions that one with placeholders becomes: values stand in it as they are, a wildcard is any text.
pub(super) fn fill_regex(filler: &Filler, regex: &Regex, run: &Run<'_>) -> Result<Option<Vec<Test>>, Failure> {
    if !filler.handles_any(&regex.pieces) || matches!(filler.with, With::Query { .. }) {
        return Ok(None);
    }
    let is_wildcard = matches!(filler.with, With::Wildcard);
    let literal = |text: &str| vec![Piece::Literal(if is_wildcard { ".*" } else { text }.into())];
    let filled = fill(filler, &regex.pieces, run, literal)?;
    let test = |pieces| Test::Regex(Regex { pieces: strings::merged(pieces), ..regex.clone() });
    Ok(Some(filled.into_iter().map(test).collect()))
}

/// Every combination of values for the placeholders.
fn fill(
    filler: &Filler,
    pieces: &[Piece],
    run: &Run<'_>,
    read: impl Fn(&str) -> Vec<Piece>,
) -> Result<Vec<Vec<Piece>>, Failure> {
    let mut filled: Vec<Vec<Piece>> = vec![Vec::new()];
    for piece in pieces {
        match piece {
            Piece::Placeholder(name) if filler.handles(name) => {
                let texts: Vec<Vec<Piece>> = filler.texts(name, run)?.iter().map(|text| read(text)).collect();
                if filled.len().saturating_mul(texts.len()) > MAX_VALUES {
                    return Err(Failure::new(format!("the placeholders give more than {MAX_VALUES} values")));
                }
                filled =
                    filled.iter().flat_map(|head| texts.iter().map(|text| [head.as_slice(), text].concat())).collect();
            }
            other => filled.iter_mut().for_each(|head| head.push(other.clone())),
        }
    }
    Ok(filled)
}

/// A placeholder as a piece of the target's query.
fn query(expression: &str, ids: &HashMap<String, String>, text: &Text) -> Result<Vec<Test>, Failure> {
    let pieces = text.pieces.list();
    let [Piece::Placeholder(name)] = &*pieces else {
        let message = format!(
            "`{}` is more than a placeholder, and a query expression takes its place as a whole",
            plain(&pieces)
        );
        return Err(Failure::new(message));
    };
    let id = ids.get(&**name).map_or(&**name, String::as_str);
    Ok(vec![Test::Query { expression: expression.to_owned(), id: id.to_owned() }])
}
