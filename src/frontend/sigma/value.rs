//! A value under its modifiers as tests of one value of a field (Sigma Modifiers 2.1.0).

use crate::ir::{
    Anchoring, Case, Cmp, Coercion, DatePart, Domain, FieldPath, Op, Operand, Pattern, Piece, Place, Regex,
    RegexDialect, Subject, Value,
};
use crate::lang::sigma::modifiers::{Class, FieldSpec, Modifier, ValueType};
use crate::lang::sigma::{transform, value as lang};
use crate::syntax::{Node, NodeKind};
use ipnet::IpNet;
use std::sync::Arc;

/// `windash` gives five values per dash; five dashes are more than any published rule has.
const MAX_PERMUTATIONS: usize = 3125;

/// What a value tests.
pub(super) enum Tests {
    /// Any of these.
    AnyOf(Vec<Op>),
    /// `null`: the field has no value.
    NoValue,
    /// `exists`: the field is there, whatever its value.
    Exists(bool),
}

/// Why a value has no tests.
pub(super) enum ValueError {
    /// The rule is wrong.
    WrongType(String),
    /// The rule may be right, but its meaning is not represented.
    NotRepresented(String),
}

use ValueError::{NotRepresented, WrongType};

/// The tests of a value under the modifiers of its key.
pub(super) fn tests_of(spec: &FieldSpec, value: &Node) -> Result<Tests, ValueError> {
    check_type(spec, value)?;
    let any_of = |op: Op| Ok(Tests::AnyOf(vec![op]));
    match &value.kind {
        NodeKind::Null => Ok(Tests::NoValue),
        NodeKind::Bool(wanted) if spec.has(Modifier::Exists) => Ok(Tests::Exists(*wanted)),
        NodeKind::Bool(value) => any_of(equal(Value::Bool(*value), spec)),
        NodeKind::Int(number) => Ok(Tests::AnyOf(number_tests(Value::Int(*number), spec)?)),
        NodeKind::Float(number) => Ok(Tests::AnyOf(number_tests(Value::float(*number), spec)?)),
        NodeKind::Str(scalar) => Ok(Tests::AnyOf(text_tests(&scalar.text, spec)?)),
        NodeKind::DateTime(text) => Ok(Tests::AnyOf(text_tests(text, spec)?)),
        NodeKind::Seq(_) | NodeKind::Map(_) => {
            Err(WrongType(format!("a field is compared with plain values, not with {}", value.describe())))
        }
    }
}

/// Whether every modifier takes values of this type.
fn check_type(spec: &FieldSpec, value: &Node) -> Result<(), ValueError> {
    let found = match &value.kind {
        NodeKind::Null => ValueType::Null,
        NodeKind::Bool(_) => ValueType::Boolean,
        NodeKind::Int(_) | NodeKind::Float(_) => ValueType::Number,
        NodeKind::Str(_) | NodeKind::DateTime(_) => ValueType::String,
        NodeKind::Seq(_) | NodeKind::Map(_) => return Ok(()),
    };
    match spec.modifiers.iter().find(|modifier| !modifier.value.spec().values.contains(&found)) {
        Some(modifier) => Err(WrongType(format!("`{}` does not take {}", modifier.value.name(), value.describe()))),
        None => Ok(()),
    }
}

fn case(spec: &FieldSpec) -> Case {
    if spec.has(Modifier::Cased) { Case::Sensitive } else { Case::Insensitive }
}

fn equal(value: Value, spec: &FieldSpec) -> Op {
    Op::Equal { to: value.into(), case: case(spec), coercion: Coercion::Text }
}

/// Numbers compare by their text, so that `4625` is found as a number and as a string; under a comparison as numbers, and under
/// a modifier for strings they are strings.
fn number_tests(number: Value, spec: &FieldSpec) -> Result<Vec<Op>, ValueError> {
    let comparison = spec.modifiers.iter().find_map(|modifier| comparison(modifier.value));
    if let Some(op) = comparison {
        return Ok(vec![Op::Compare { op, domain: Domain::Number, coercion: Coercion::Number, to: number.into() }]);
    }
    if date_part(spec).is_some() {
        return Ok(vec![Op::Equal { to: number.into(), case: Case::Sensitive, coercion: Coercion::Number }]);
    }
    let plain = |modifier: Modifier| matches!(modifier, Modifier::All | Modifier::Neq | Modifier::Cased);
    if spec.field.is_some() && spec.modifiers.iter().all(|modifier| plain(modifier.value)) {
        return Ok(vec![equal(number, spec)]);
    }
    text_tests(&number.to_string(), spec)
}

/// The part of the date that the value is compared with (Sigma Modifiers 2.1.0, "Time Modifiers").
pub(super) fn date_part(spec: &FieldSpec) -> Option<DatePart> {
    spec.modifiers.iter().find_map(|modifier| match modifier.value {
        Modifier::Minute => Some(DatePart::Minute),
        Modifier::Hour => Some(DatePart::Hour),
        Modifier::Day => Some(DatePart::Day),
        Modifier::Week => Some(DatePart::Week),
        Modifier::Month => Some(DatePart::Month),
        Modifier::Year => Some(DatePart::Year),
        _ => None,
    })
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

fn text_tests(text: &str, spec: &FieldSpec) -> Result<Vec<Op>, ValueError> {
    if spec.has(Modifier::FieldRef) {
        return Ok(vec![reference(text, spec)]);
    }
    if spec.has(Modifier::Cidr) {
        return network(text).map(|net| vec![Op::InCidr(net)]);
    }
    if spec.has(Modifier::Re) {
        return Ok(vec![regex(text, spec)?]);
    }
    let written = if spec.has(Modifier::Windash) {
        transform::windash(text, MAX_PERMUTATIONS).map_err(|error| NotRepresented(error.to_string()))?
    } else {
        vec![text.to_owned()]
    };
    let mut ops = Vec::new();
    for text in written {
        for pieces in encoded(pieces(&text, spec)?, spec)? {
            ops.push(pattern_op(placed(pieces, spec), spec));
        }
    }
    Ok(ops)
}

/// `fieldref`: the value of another field, or with `startswith` and its kin its text as a part of this one.
fn reference(name: &str, spec: &FieldSpec) -> Op {
    let other = Operand::Subject(Arc::new(Subject::Field(FieldPath::dotted(name))));
    let place = spec.modifiers.iter().find_map(|modifier| match modifier.value {
        Modifier::StartsWith => Some(Place::Start),
        Modifier::EndsWith => Some(Place::End),
        Modifier::Contains => Some(Place::Anywhere),
        _ => None,
    });
    match place {
        Some(place) => Op::HasText { place, text: other, case: case(spec) },
        None => Op::Equal { to: other, case: case(spec), coercion: Coercion::Text },
    }
}

/// A network, or a single address as the network of itself.
fn network(text: &str) -> Result<IpNet, ValueError> {
    let net = text.parse::<IpNet>().or_else(|_| text.parse::<std::net::IpAddr>().map(IpNet::from));
    net.map(|net| net.trunc())
        .map_err(|_| WrongType(format!("`{text}` is not a network, for instance `192.168.0.0/16`")))
}

/// A regular expression is a search (the specification leaves it open, published rules are written for it). The modifiers of
/// place tie it to an end of the value.
fn regex(text: &str, spec: &FieldSpec) -> Result<Op, ValueError> {
    if spec.has(Modifier::Expand) && has_placeholder(&lang::parse_expanding(text)) {
        return Err(placeholder_error());
    }
    let multi_line = spec.has(Modifier::MultiLine);
    let (start, end) = if multi_line { ("\\A", "\\z") } else { ("^", "$") };
    let pattern = if spec.has(Modifier::StartsWith) {
        format!("{start}(?:{text})")
    } else if spec.has(Modifier::EndsWith) {
        format!("(?:{text}){end}")
    } else {
        text.to_owned()
    };
    let regex = Regex {
        pattern: pattern.into(),
        dialect: RegexDialect::Sigma,
        anchoring: Anchoring::Search,
        case: if spec.has(Modifier::IgnoreCase) { Case::Insensitive } else { Case::Sensitive },
        multi_line,
        dot_all: spec.has(Modifier::SingleLine),
    };
    Ok(Op::Regex { regex, coercion: Coercion::Text })
}

fn has_placeholder(pieces: &[crate::source::Spanned<lang::Piece>]) -> bool {
    pieces.iter().any(|piece| matches!(piece.value, lang::Piece::Placeholder(_)))
}

fn placeholder_error() -> ValueError {
    NotRepresented("the value has a placeholder, which stands for values that the rule does not have".to_owned())
}

fn pieces(text: &str, spec: &FieldSpec) -> Result<Vec<Piece>, ValueError> {
    let read = if spec.has(Modifier::Expand) { lang::parse_expanding(text) } else { lang::parse(text) };
    let piece = |piece: lang::Piece| match piece {
        lang::Piece::Literal(text) => Ok(Piece::Literal(text.into())),
        lang::Piece::Any => Ok(Piece::Any),
        lang::Piece::One => Ok(Piece::One),
        lang::Piece::Placeholder(_) => Err(placeholder_error()),
    };
    read.into_iter().map(|spanned| piece(spanned.value)).collect()
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
fn encoded(pieces: Vec<Piece>, spec: &FieldSpec) -> Result<Vec<Vec<Piece>>, ValueError> {
    let is_encoding = |modifier: Modifier| matches!(modifier.spec().class, Class::Utf16 | Class::Base64);
    let chain: Vec<Modifier> = spec.modifiers.iter().map(|m| m.value).filter(|m| is_encoding(*m)).collect();
    if chain.is_empty() {
        return Ok(vec![pieces]);
    }
    let plain = match pieces.as_slice() {
        [] => String::new(),
        [Piece::Literal(text)] => text.to_string(),
        _ => return Err(WrongType("a value with wildcards cannot be encoded".to_owned())),
    };
    let mut values = vec![Encoded::Text(plain)];
    for modifier in chain {
        values = values.iter().flat_map(|value| encode(modifier, value)).collect();
    }
    let texts: Vec<String> = values.into_iter().map(Encoded::into_text).collect();
    if texts.iter().any(String::is_empty) {
        return Err(WrongType("the value is too short: its encoding says nothing".to_owned()));
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

/// The pattern with the wildcards of its place. A keyword may stand anywhere in a value.
fn placed(mut pieces: Vec<Piece>, spec: &FieldSpec) -> Pattern {
    let starts = spec.has(Modifier::StartsWith);
    let ends = spec.has(Modifier::EndsWith);
    let anywhere = spec.has(Modifier::Contains) || (spec.field.is_none() && !starts && !ends);
    if anywhere || ends {
        pieces.insert(0, Piece::Any);
    }
    if anywhere || starts {
        pieces.push(Piece::Any);
    }
    Pattern::new(pieces)
}

fn pattern_op(pattern: Pattern, spec: &FieldSpec) -> Op {
    match pattern.shape() {
        crate::ir::Shape::Exact(text) => equal(Value::str(text), spec),
        _ => Op::Matches { pattern, case: case(spec), coercion: Coercion::Text },
    }
}
