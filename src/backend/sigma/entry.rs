//! One test of a field as an entry of a search identifier: `field|modifiers: value`.

use super::yaml::Yaml;
use crate::fidelity::{Effect, Loss, LossCode, Polarity, code};
use crate::ir::{
    Case, Cmp, Domain, FieldPath, Op, Operand, Pattern, Piece, Place, Regex, Subject, Template, TemplatePiece, Value,
};
use crate::lang::sigma::value as lang;
use crate::source::Location;

/// A field and its modifiers. No field is the whole event.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) field: Option<String>,
    pub(super) modifiers: Vec<&'static str>,
}

/// A key with values of which one has to match, or with `all` each.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    pub(super) key: Key,
    pub(super) values: Vec<Yaml>,
    pub(super) all: bool,
}

impl Key {
    /// As it is written, with `all` at its end where it is wanted.
    pub(super) fn text(&self, all: bool) -> String {
        let mut text = self.field.clone().unwrap_or_default();
        for modifier in self.modifiers.iter().copied().chain(all.then_some("all")) {
            text.push('|');
            text.push_str(modifier);
        }
        text
    }
}

impl Entry {
    pub(super) fn new(field: Option<String>, modifiers: Vec<&'static str>, value: Yaml) -> Self {
        Self { key: Key { field, modifiers }, values: vec![value], all: false }
    }

    /// Whether every value has to match.
    pub(super) fn is_conjunction(&self) -> bool {
        self.all || self.values.len() == 1
    }

    /// Whether it can be put into a list with others: `null` stands alone (Sigma Rules Specification, "Special Field Values"), and
    /// `exists` takes one value.
    pub(super) fn is_listable(&self) -> bool {
        !self.values.contains(&Yaml::Null) && !self.key.modifiers.contains(&"exists")
    }

    /// Whether the modifier `all` may follow its modifiers.
    pub(super) fn takes_all(&self) -> bool {
        const NUMERIC: [&str; 10] = ["gt", "gte", "lt", "lte", "minute", "hour", "day", "week", "month", "year"];
        self.is_listable() && !self.key.modifiers.iter().any(|name| NUMERIC.contains(name))
    }

    pub(super) fn value(&self) -> Yaml {
        match self.values.as_slice() {
            [only] => only.clone(),
            values => Yaml::List(values.to_vec()),
        }
    }
}

/// Where a test stands, and where its losses go.
pub(super) struct Site<'a> {
    pub(super) polarity: Polarity,
    pub(super) origin: Option<Location>,
    pub(super) losses: &'a mut Vec<Loss>,
}

impl Site<'_> {
    pub(super) fn lose(&mut self, code: &'static LossCode, effect: Effect, message: String) {
        let loss = Loss::new(code, self.polarity.apply(effect), message, self.origin);
        if !self.losses.contains(&loss) {
            self.losses.push(loss);
        }
    }

    pub(super) fn refuse<T>(&self, message: impl Into<String>) -> Result<T, Box<Loss>> {
        Err(Box::new(Loss::new(&code::LOGIC, Effect::Unknown, message, self.origin)))
    }
}

/// A field's name as a key can hold it.
pub(super) fn field_name(field: &FieldPath, site: &Site<'_>) -> Result<String, Box<Loss>> {
    let name = field.name();
    if name.is_empty() || name.contains('|') {
        return site.refuse(format!("`{name}` cannot be the name of a field in Sigma"));
    }
    Ok(name)
}

/// The entry for a test of any value of the field, or of the event when there is none.
pub(super) fn entry(field: Option<String>, op: &Op, site: &mut Site<'_>) -> Result<Entry, Box<Loss>> {
    match op {
        Op::Equal { to: Operand::Value(Value::Str(text)), case, .. } => {
            pattern_entry(field, &Pattern::exact(text.clone()), *case, site)
        }
        Op::Matches { pattern, case, .. } => pattern_entry(field, pattern, *case, site),
        Op::Equal { to: Operand::Value(value), .. } => match constant(value) {
            Some(value) if field.is_some() => Ok(Entry::new(field, vec![], value)),
            _ => site.refuse(format!("Sigma compares with plain values only, not with {value}")),
        },
        Op::Equal { to: Operand::Subject(other), case, .. } => reference(field, None, other, *case, site),
        Op::HasText { place, text: Operand::Subject(other), case } => {
            reference(field, Some(*place), other, *case, site)
        }
        Op::HasText { place, text: Operand::Value(Value::Str(text)), case } => {
            let pattern = match place {
                Place::Start => Pattern::prefix(text.clone()),
                Place::End => Pattern::suffix(text.clone()),
                Place::Anywhere => Pattern::contains(text.clone()),
            };
            pattern_entry(field, &pattern, *case, site)
        }
        Op::Query { expression, .. } => site.refuse(format!(
            "`{expression}` of the pipeline is in the words of a query language, which Sigma cannot hold"
        )),
        Op::Template { template, case } => template_entry(field, template, *case, site),
        Op::Regex { regex, .. } => regex_entry(field, regex, site),
        Op::InCidr(net) => Ok(Entry::new(field, vec!["cidr"], Yaml::Str(net.to_string()))),
        Op::Compare { op, domain: Domain::Number, to: Operand::Value(to), .. } => compare(field, *op, to, site),
        _ => site.refuse("this test has no form in Sigma"),
    }
}

/// A constant that is not a string.
fn constant(value: &Value) -> Option<Yaml> {
    match value {
        Value::Bool(value) => Some(Yaml::Bool(*value)),
        Value::Int(number) => Some(Yaml::Int(*number)),
        Value::Float(number) if number.is_finite() => Some(Yaml::Float(number.0)),
        _ => None,
    }
}

fn compare(field: Option<String>, op: Cmp, to: &Value, site: &Site<'_>) -> Result<Entry, Box<Loss>> {
    let Some(number @ (Yaml::Int(_) | Yaml::Float(_))) = constant(to) else {
        return site.refuse(format!("Sigma orders numbers only, not {to}"));
    };
    let modifiers = match op {
        Cmp::Less => vec!["lt"],
        Cmp::LessOrEqual => vec!["lte"],
        Cmp::Greater => vec!["gt"],
        Cmp::GreaterOrEqual => vec!["gte"],
        Cmp::Equal => vec![],
        Cmp::NotEqual => return site.refuse("Sigma has no test for some value that differs"),
    };
    Ok(Entry::new(field, modifiers, number))
}

fn reference(
    field: Option<String>,
    place: Option<Place>,
    other: &Subject,
    case: Case,
    site: &Site<'_>,
) -> Result<Entry, Box<Loss>> {
    let Subject::Field(other) = other else {
        return site.refuse("a field is compared with a computed value, which Sigma cannot do");
    };
    let mut modifiers = vec!["fieldref"];
    modifiers.extend(place.map(|place| match place {
        Place::Start => "startswith",
        Place::End => "endswith",
        Place::Anywhere => "contains",
    }));
    if case.is_sensitive() {
        modifiers.insert(0, "cased");
    }
    Ok(Entry::new(field, modifiers, Yaml::Str(field_name(other, site)?)))
}

fn regex_entry(field: Option<String>, regex: &Regex, site: &Site<'_>) -> Result<Entry, Box<Loss>> {
    if regex.dialect != crate::ir::RegexDialect::Sigma || regex.anchoring != crate::ir::Anchoring::Search {
        return site.refuse(format!("/{}/ is not a search in Sigma's dialect", regex.pattern));
    }
    let flags = [(!regex.case.is_sensitive(), "i"), (regex.multi_line, "m"), (regex.dot_all, "s")];
    let flags = flags.into_iter().filter(|(set, _)| *set).map(|(_, flag)| flag);
    Ok(Entry::new(field, std::iter::once("re").chain(flags).collect(), Yaml::Str(regex.pattern.to_string())))
}

/// The pattern with the modifiers that say most of it, wildcards for the rest.
fn pattern_entry(
    field: Option<String>,
    pattern: &Pattern,
    case: Case,
    site: &mut Site<'_>,
) -> Result<Entry, Box<Loss>> {
    let pieces = pattern.pieces();
    // One wildcard alone: any value, and for the whole event any event with a value.
    if pieces == [Piece::Any] {
        let text = if field.is_some() { "*" } else { "" };
        return Ok(Entry::new(field, Vec::new(), Yaml::Str(text.to_owned())));
    }
    let (inner, place) = placed(pieces, &Piece::Any);
    let mut modifiers = place_modifiers(place, field.is_none(), site)?;
    if case.is_sensitive() && pattern.literals().any(|text| text.chars().any(char::is_alphabetic)) {
        modifiers.push("cased");
    }
    if case == Case::AsciiInsensitive && !pattern.is_ascii() {
        let message = format!("Sigma ignores the case of all letters in `{pattern}`, the source of ASCII letters only");
        site.lose(&code::CASE, Effect::Widened, message);
    }
    let written: Vec<lang::Piece> = inner.iter().map(written).collect();
    Ok(Entry::new(field, modifiers, Yaml::Str(lang::escape(&written))))
}

/// A pattern with placeholders, under `expand`.
fn template_entry(field: Option<String>, template: &Template, case: Case, site: &Site<'_>) -> Result<Entry, Box<Loss>> {
    let (inner, place) = placed(template.pieces(), &TemplatePiece::Fixed(Piece::Any));
    let mut modifiers = place_modifiers(place, field.is_none(), site)?;
    modifiers.push("expand");
    if case.is_sensitive() {
        modifiers.insert(0, "cased");
    }
    let pieces: Vec<lang::Piece> = inner
        .iter()
        .map(|piece| match piece {
            TemplatePiece::Fixed(piece) => written(piece),
            TemplatePiece::Placeholder(name) => lang::Piece::Placeholder(name.clone()),
        })
        .collect();
    match lang::escape_expanding(&pieces) {
        Some(text) => Ok(Entry::new(field, modifiers, Yaml::Str(text))),
        None => site.refuse(format!("`{template}` has a backslash before a placeholder, which Sigma cannot write")),
    }
}

/// What stands between the open ends, and the modifier that opens them.
fn placed<'p, P: PartialEq>(pieces: &'p [P], any: &P) -> (&'p [P], Option<&'static str>) {
    match pieces {
        [first, inner @ .., last] if first == any && last == any => (inner, Some("contains")),
        [first, inner @ ..] if first == any => (inner, Some("endswith")),
        [inner @ .., last] if last == any => (inner, Some("startswith")),
        whole => (whole, None),
    }
}

/// A keyword stands anywhere in a value without being told.
fn place_modifiers(
    place: Option<&'static str>,
    keyword: bool,
    site: &Site<'_>,
) -> Result<Vec<&'static str>, Box<Loss>> {
    match place {
        Some("contains") if keyword => Ok(Vec::new()),
        None if keyword => site.refuse("Sigma's keyword search cannot ask for a whole value"),
        place => Ok(place.into_iter().collect()),
    }
}

fn written(piece: &Piece) -> lang::Piece {
    match piece {
        Piece::Literal(text) => lang::Piece::Literal(text.clone()),
        Piece::Any => lang::Piece::Any,
        Piece::One => lang::Piece::One,
    }
}
