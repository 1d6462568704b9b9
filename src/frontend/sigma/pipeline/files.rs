//! `file_placeholders`: values from a file beside the pipeline.

use super::params::Params;
use super::step::Source;
use crate::frontend::sigma::reader::{Reader, span_of};
use crate::source::Span;
use crate::syntax::NodeKind;
use regex::Regex;
use serde_json::Value as Json;

#[derive(Clone, Copy)]
enum Format {
    Plain,
    Csv,
    Json,
    Yaml,
}

const FORMATS: &[(&str, Format)] =
    &[("plaintext", Format::Plain), ("csv", Format::Csv), ("json", Format::Json), ("yaml", Format::Yaml)];

/// A column of a table.
enum Column {
    Named(String),
    Numbered(usize),
}

/// Reads the parameters and the file. Its path is relative to the pipeline's folder.
pub(super) fn values(params: &mut Params<'_>, source: &Source<'_>, reader: &mut Reader<'_>) -> Option<Vec<String>> {
    let format = params.choice("format", FORMATS, Some(Format::Plain), reader);
    let filter = match params.get("filter") {
        Some(node) if !node.is_null() => Some(params.need_regex("filter", reader)?),
        _ => None,
    };
    let column = column(params, reader);
    let has_header = params.flag("csv_has_header", true, reader);
    let expression = params.text("jq_expression", reader);
    let node = params.need("path", reader)?;
    let path = reader.string("path", node)?.value;
    let at = span_of(node);
    let Some(file) = source.files.companion(source.path, &path) else {
        reader.syntax(at, format!("`{path}` cannot be read; it is looked for beside the pipeline"));
        return None;
    };
    let found = match format? {
        Format::Plain => {
            Ok(file.text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect())
        }
        Format::Csv => csv(&file.text, column, has_header),
        Format::Json => {
            let parsed: Result<Json, String> = serde_json::from_str(&file.text).map_err(|error| error.to_string());
            parsed.and_then(|json| select(&json, expression.as_deref()))
        }
        Format::Yaml => {
            let parsed: Result<Json, String> = serde_yaml::from_str(&file.text).map_err(|error| error.to_string());
            parsed.and_then(|json| select(&json, expression.as_deref()))
        }
    };
    finish(found, filter.as_ref(), &path, at, reader)
}

fn finish(
    found: Result<Vec<String>, String>,
    filter: Option<&Regex>,
    path: &str,
    at: Span,
    reader: &mut Reader<'_>,
) -> Option<Vec<String>> {
    let mut values = match found {
        Ok(values) => values,
        Err(error) => {
            reader.syntax(at, format!("`{path}`: {error}"));
            return None;
        }
    };
    values.retain(|value| filter.is_none_or(|filter| filter.is_match(value)));
    if values.is_empty() {
        reader.syntax(at, format!("`{path}` gives no value, so the placeholder would stand for nothing"));
        return None;
    }
    Some(values)
}

fn column(params: &mut Params<'_>, reader: &mut Reader<'_>) -> Option<Column> {
    let node = params.get("csv_column")?;
    match &node.kind {
        NodeKind::Str(scalar) => Some(Column::Named(scalar.text.to_string())),
        NodeKind::Int(number) if usize::try_from(*number).is_ok() => {
            usize::try_from(*number).ok().map(Column::Numbered)
        }
        _ => {
            reader.wrong_type(span_of(node), "`csv_column` takes the name of a column or its number, from 0");
            None
        }
    }
}

fn csv(text: &str, column: Option<Column>, has_header: bool) -> Result<Vec<String>, String> {
    let mut rows = rows(text).into_iter();
    let column = column.ok_or("`csv_column` is missing")?;
    let header = if has_header { rows.next().unwrap_or_default() } else { Vec::new() };
    let index = match column {
        Column::Numbered(index) => index,
        Column::Named(name) if !has_header => return Err(format!("without a header there is no column `{name}`")),
        Column::Named(name) => header
            .iter()
            .position(|known| *known == name)
            .ok_or_else(|| format!("there is no column `{name}`, there are {}", header.join(", ")))?,
    };
    Ok(rows.filter_map(|mut row| (index < row.len()).then(|| row.swap_remove(index))).collect())
}

/// The rows of comma-separated values (RFC 4180); empty lines are none.
fn rows(text: &str) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    let mut row: Vec<String> = Vec::new();
    let mut cell = String::new();
    let mut quoted = false;
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '"' if quoted && rest.peek() == Some(&'"') => {
                rest.next();
                cell.push('"');
            }
            '"' if quoted || cell.is_empty() => quoted = !quoted,
            ',' if !quoted => row.push(std::mem::take(&mut cell)),
            '\r' if !quoted && rest.peek() == Some(&'\n') => {}
            '\n' if !quoted => end_row(&mut row, &mut cell, &mut rows),
            c => cell.push(c),
        }
    }
    end_row(&mut row, &mut cell, &mut rows);
    rows
}

fn end_row(row: &mut Vec<String>, cell: &mut String, rows: &mut Vec<Vec<String>>) {
    if row.is_empty() && cell.is_empty() {
        return;
    }
    row.push(std::mem::take(cell));
    rows.push(std::mem::take(row));
}

/// The plain values at a path: keys, `[]` for every item, `[0]` for one. That is the part of jq that selects.
fn select(json: &Json, expression: Option<&str>) -> Result<Vec<String>, String> {
    let expression = expression.ok_or("`jq_expression` is missing")?;
    let mut found = vec![json];
    let mut rest = expression.trim();
    if rest == "." {
        rest = "";
    }
    while !rest.is_empty() {
        let (step, after) = path_step(rest).ok_or_else(|| {
            format!("`{expression}` is more than a path of keys, `[]` and `[0]`, and nothing else of jq is understood")
        })?;
        found = found.into_iter().flat_map(|json| step.of(json)).collect();
        rest = after;
    }
    let text = |json: &Json| match json {
        Json::Null => Ok(None),
        Json::String(text) => Ok(Some(text.clone())),
        // pySigma's tools print Python's words for truth values.
        Json::Bool(value) => Ok(Some(if *value { "True" } else { "False" }.to_owned())),
        Json::Number(number) => Ok(Some(number.to_string())),
        Json::Array(_) | Json::Object(_) => {
            Err(format!("`{expression}` gives lists or maps; name their plain values, for instance with `[]`"))
        }
    };
    found.into_iter().filter_map(|json| text(json).transpose()).collect()
}

enum PathStep<'e> {
    Key(&'e str),
    Index(usize),
    Each,
}

fn path_step(rest: &str) -> Option<(PathStep<'_>, &str)> {
    let bracket = rest.strip_prefix(".[").or_else(|| rest.strip_prefix('['));
    if let Some(inner) = bracket {
        let (index, after) = inner.split_once(']')?;
        if index.is_empty() {
            return Some((PathStep::Each, after));
        }
        if let Some(key) = index.strip_prefix('"').and_then(|key| key.strip_suffix('"')) {
            return Some((PathStep::Key(key), after));
        }
        return Some((PathStep::Index(index.parse().ok()?), after));
    }
    let name = rest.strip_prefix('.')?;
    let end = name.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(name.len());
    (end > 0).then(|| (PathStep::Key(&name[..end]), &name[end..]))
}

impl PathStep<'_> {
    fn of<'j>(&self, json: &'j Json) -> Vec<&'j Json> {
        match (self, json) {
            (Self::Key(key), Json::Object(map)) => vec![map.get(*key).unwrap_or(&Json::Null)],
            (Self::Index(index), Json::Array(items)) => vec![items.get(*index).unwrap_or(&Json::Null)],
            (Self::Each, Json::Array(items)) => items.iter().collect(),
            (Self::Each, Json::Object(map)) => map.values().collect(),
            _ => vec![&Json::Null],
        }
    }
}
