//! A value under its modifiers (Sigma Modifiers 2.1.0).

use super::key::{Key, Wildcards};
use super::typed::{Pieces, Regex, Test, Text, has_placeholder};
use crate::ir::{self, Cmp, DatePart, Place};
use crate::lang::sigma::modifiers::{Class, FieldSpec, Modifier, ValueType};
use crate::lang::sigma::transform;
use crate::lang::sigma::value::{self as lang, Piece};
use crate::syntax::{Node, NodeKind};
use ipnet::IpNet;
use smallvec::SmallVec;
use std::sync::Arc;

/// `windash` gives five values per dash; five dashes are more than any published rule has.
const MAX_PERMUTATIONS: usize = 3125;

/// What the value tests under the modifiers of its key.
pub(super) fn test_of(key: &Key, value: &Node) -> Test {
    if let Some(message) = wrong_type(key, value) {
        return Test::Wrong(message);
    }
    match &value.kind {
        NodeKind::Null => Test::Null,
        NodeKind::Bool(wanted) if key.spec.has(Modifier::Exists) => Test::Exists(*wanted),
        NodeKind::Bool(value) => Test::Bool(*value),
        NodeKind::Int(number) => number_test(ir::Value::Int(*number), key),
        NodeKind::Float(number) => number_test(ir::Value::float(*number), key),
        NodeKind::Str(scalar) => text_test(&scalar.text, key),
        NodeKind::DateTime(text) => text_test(&text.as_str().into(), key),
        NodeKind::Seq(_) | NodeKind::Map(_) => {
            Test::Wrong(format!("a field is compared with plain values, not with {}", value.describe()))
        }
    }
}

/// What is said of a value whose type one of the modifiers does not take.
fn wrong_type(key: &Key, value: &Node) -> Option<String> {
    let found = match &value.kind {
        NodeKind::Null => ValueType::Null,
        NodeKind::Bool(_) => ValueType::Boolean,
        NodeKind::Int(_) | NodeKind::Float(_) => ValueType::Number,
        NodeKind::Str(_) | NodeKind::DateTime(_) => ValueType::String,
        NodeKind::Seq(_) | NodeKind::Map(_) => return None,
    };
    let modifier = key.refuses(found)?;
    Some(format!("`{}` does not take {}", modifier.name(), value.describe()))
}

/// Numbers stay numbers, under a modifier for strings they are strings.
fn number_test(number: ir::Value, key: &Key) -> Test {
    let spec = &key.spec;
    let op = spec.modifiers.iter().find_map(|modifier| comparison(modifier.value));
    let part = spec.modifiers.iter().find_map(|modifier| date_part(modifier.value));
    let plain = |modifier: Modifier| matches!(modifier, Modifier::All | Modifier::Neq | Modifier::Cased);
    if op.is_some()
        || part.is_some()
        || spec.field.is_some() && spec.modifiers.iter().all(|modifier| plain(modifier.value))
    {
        return Test::Number { number, part, op };
    }
    text_test(&number.to_string().into(), key)
}

/// The part of the date that the value is compared with (Sigma Modifiers 2.1.0, "Time Modifiers").
fn date_part(modifier: Modifier) -> Option<DatePart> {
    match modifier {
        Modifier::Minute => Some(DatePart::Minute),
        Modifier::Hour => Some(DatePart::Hour),
        Modifier::Day => Some(DatePart::Day),
        Modifier::Week => Some(DatePart::Week),
        Modifier::Month => Some(DatePart::Month),
        Modifier::Year => Some(DatePart::Year),
        _ => None,
    }
}

fn comparison(modifier: Modifier) -> Option<Cmp> {
    match modifier {
        Modifier::Lt => Some(Cmp::Less),
        Modifier::Lte => Some(Cmp::LessOrEqual),
        Modifier::Gt => Some(Cmp::Greater),
        Modifier::Gte => Some(Cmp::GreaterOrEqual),
        _ => None,
    }
}

fn place(spec: &FieldSpec) -> Option<Place> {
    spec.modifiers.iter().find_map(|modifier| match modifier.value {
        Modifier::StartsWith => Some(Place::Start),
        Modifier::EndsWith => Some(Place::End),
        Modifier::Contains => Some(Place::Anywhere),
        _ => None,
    })
}

fn text_test(text: &Arc<str>, key: &Key) -> Test {
    match key.wildcards {
        Some(around) if lang::is_plain(text, key.expands) => Test::Text(plain_text(text, around)),
        _ => special_test(text, &key.spec),
    }
}

/// A text in which nothing is special, between the wildcards of its place.
fn plain_text(text: &Arc<str>, Wildcards { before, after }: Wildcards) -> Text {
    let pieces = Pieces::Around { before, plain: Arc::clone(text), after };
    Text { pieces, placed: before || after, pending: Box::default() }
}

/// A text with wildcards or placeholders, or under modifiers that make something else of it.
fn special_test(text: &Arc<str>, spec: &FieldSpec) -> Test {
    if spec.has(Modifier::FieldRef) {
        return Test::Field(text.to_string(), place(spec));
    }
    if spec.has(Modifier::Cidr) {
        return network(text);
    }
    if spec.has(Modifier::Re) {
        return Test::Regex(regex(text, spec));
    }
    let works = |modifier: &Modifier| matches!(modifier.spec().class, Class::Utf16 | Class::Base64 | Class::Place);
    let pending: SmallVec<[Modifier; 4]> = spec.modifiers.iter().map(|modifier| modifier.value).filter(works).collect();
    if !spec.has(Modifier::Windash) {
        return finished(pieces(text, spec), &pending);
    }
    match transform::windash(text, MAX_PERMUTATIONS) {
        Ok(written) => any_of(written.into_iter().map(|text| finished(pieces(&text.into(), spec), &pending))),
        Err(error) => Test::Hole(error.to_string()),
    }
}

/// One test of several, flat; a wrong one is what is said of all.
pub(super) fn any_of(tests: impl IntoIterator<Item = Test>) -> Test {
    let mut flat = Vec::new();
    for test in tests {
        match test {
            wrong @ (Test::Wrong(_) | Test::Hole(_)) => return wrong,
            Test::AnyOf(inner) => flat.extend(inner),
            test => flat.push(test),
        }
    }
    if flat.len() == 1 { flat.remove(0) } else { Test::AnyOf(flat) }
}

/// A network, or a single address as the network of itself.
fn network(text: &str) -> Test {
    let net = text.parse::<IpNet>().or_else(|_| text.parse::<std::net::IpAddr>().map(IpNet::from));
    match net {
        Ok(net) => Test::Network(net.trunc()),
        Err(_) => Test::Wrong(format!("`{text}` is not a network, for instance `192.168.0.0/16`")),
    }
}

/// A regular expression is a search (the specification leaves it open, published rules are written for it). The modifiers of
/// place tie it to an end of the value.
fn regex(text: &Arc<str>, spec: &FieldSpec) -> Regex {
    let multi_line = spec.has(Modifier::MultiLine);
    let (start, end) = if multi_line { ("\\A", "\\z") } else { ("^", "$") };
    let pattern: Arc<str> = match place(spec) {
        Some(Place::Start) => format!("{start}(?:{text})").into(),
        Some(Place::End) => format!("(?:{text}){end}").into(),
        Some(Place::Anywhere) | None => Arc::clone(text),
    };
    Regex {
        pieces: if spec.has(Modifier::Expand) {
            lang::parse_placeholders(&pattern)
        } else {
            vec![Piece::Literal(pattern)]
        },
        ignore_case: spec.has(Modifier::IgnoreCase),
        multi_line,
        dot_all: spec.has(Modifier::SingleLine),
    }
}

fn pieces(text: &Arc<str>, spec: &FieldSpec) -> Vec<Piece> {
    let expands = spec.has(Modifier::Expand);
    if lang::is_plain(text, expands) {
        return vec![Piece::Literal(Arc::clone(text))];
    }
    let parsed = if expands { lang::parse_expanding(text) } else { lang::parse(text) };
    parsed.into_iter().map(|piece| piece.value).collect()
}

/// The text after its encodings and with the wildcards of its place, when it has no placeholder that has to be filled first.
/// Several when an encoding gives several.
pub(super) fn finished(pieces: Vec<Piece>, pending: &[Modifier]) -> Test {
    let of_place = |is_place: bool| {
        let same = move |modifier: &Modifier| (modifier.spec().class == Class::Place) == is_place;
        pending.iter().copied().filter(same)
    };
    let placed = of_place(true).next().is_some();
    let placed_test = |mut pieces: Vec<Piece>| {
        of_place(true).for_each(|modifier| put(modifier, &mut pieces));
        Test::Text(Text { pieces: pieces.into(), placed, pending: Box::default() })
    };
    let encodings: Vec<Modifier> = of_place(false).collect();
    if encodings.is_empty() {
        return placed_test(pieces);
    }
    if has_placeholder(&pieces) {
        return Test::Text(Text {
            pieces: pieces.into(),
            placed,
            pending: encodings.into_iter().chain(of_place(true)).collect(),
        });
    }
    match encoded(&pieces, &encodings) {
        Ok(texts) => any_of(texts.into_iter().map(placed_test)),
        Err(message) => Test::Wrong(message),
    }
}

/// Adds the wildcards of a place, where there are none.
fn put(modifier: Modifier, pieces: &mut Vec<Piece>) {
    let (before, after) = match modifier {
        Modifier::StartsWith => (false, true),
        Modifier::EndsWith => (true, false),
        _ => (true, true),
    };
    if before && pieces.first() != Some(&Piece::Any) {
        pieces.insert(0, Piece::Any);
    }
    if after && pieces.last() != Some(&Piece::Any) {
        pieces.push(Piece::Any);
    }
}

/// The pieces as a part of the field, wherever it stands.
pub(super) fn anywhere(mut pieces: Vec<Piece>) -> Vec<Piece> {
    put(Modifier::Contains, &mut pieces);
    pieces
}

/// A text on its way through the encodings: UTF-16 gives bytes, Base64 takes them.
enum Encoded {
    Text(String),
    Bytes(Vec<u8>),
}

impl Encoded {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Bytes(bytes) => bytes,
        }
    }

    /// Bytes that no Base64 follows stand for the characters with their numbers.
    fn into_text(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Bytes(bytes) => bytes.into_iter().map(char::from).collect(),
        }
    }
}

/// The value after its encodings; `base64offset` gives three.
fn encoded(pieces: &[Piece], encodings: &[Modifier]) -> Result<Vec<Vec<Piece>>, String> {
    let plain = match pieces {
        [] => String::new(),
        [Piece::Literal(text)] => text.to_string(),
        _ => return Err("a value with wildcards cannot be encoded".to_owned()),
    };
    let mut values = vec![Encoded::Text(plain)];
    for modifier in encodings {
        values = values.iter().flat_map(|value| encode(*modifier, value)).collect();
    }
    let texts: Vec<String> = values.into_iter().map(Encoded::into_text).collect();
    if texts.iter().any(String::is_empty) {
        return Err("the value is too short: its encoding says nothing".to_owned());
    }
    Ok(texts.into_iter().map(|text| vec![Piece::Literal(text.into())]).collect())
}

fn encode(modifier: Modifier, value: &Encoded) -> Vec<Encoded> {
    let text = || String::from_utf8_lossy(value.bytes()).into_owned();
    match modifier {
        Modifier::Utf16Le | Modifier::Wide => vec![Encoded::Bytes(transform::utf16le(&text()))],
        Modifier::Utf16Be => vec![Encoded::Bytes(transform::utf16be(&text()))],
        Modifier::Utf16 => vec![Encoded::Bytes(transform::utf16(&text()))],
        Modifier::Base64Offset => transform::base64_offsets(value.bytes()).into_iter().map(Encoded::Text).collect(),
        _ => vec![Encoded::Text(transform::base64(value.bytes()))],
    }
}
