//! Values for a test: those that pass it, and those that come close.

pub(super) use crate::catalog::ingest::FILLER;

use super::edges::edges;
use super::text::{Examples, fill, swap_case};
use crate::ir::{Cmp, DateConstant, Domain, Op, Operand, Pattern, Piece, Place, TypeSet, Value, WordTest};
use ipnet::IpNet;
use jiff::Timestamp;
use serde_json::{Value as Json, json};
use std::net::IpAddr;

/// Values that pass the test, the plainest first. The list is a guess: whoever uses it asks the evaluator.
pub(super) fn passing(op: &Op, examples: &Examples) -> Vec<Json> {
    match op {
        Op::IsNull => vec![Json::Null],
        Op::IsEmpty => vec![json!(""), json!([]), json!({})],
        Op::Present => vec![json!(FILLER), json!(1), json!({"k": FILLER}), json!([FILLER])],
        Op::TypeIs(types) => of_types(*types),
        Op::Compare { op, domain, to: Operand::Value(value), .. } => around(value, *domain, *op),
        Op::Matches { pattern, .. } => texts([fill(pattern, ""), fill(pattern, FILLER)]),
        Op::Regex { regex, .. } => texts(examples.of(regex).iter().cloned()),
        Op::InCidr(network) => texts([network.addr().to_string(), last_of(network).to_string()]),
        Op::Words { test, .. } => of_words(test, examples),
        Op::ContainedIn { container: Operand::Value(Value::List(items)), .. } => {
            items.iter().map(Value::to_json).collect()
        }
        Op::ContainedIn { container: Operand::Value(Value::Object(entries)), .. } => {
            texts(entries.iter().map(|(key, _)| key.to_string()))
        }
        Op::Equal { to: Operand::Value(value), .. } | Op::ContainedIn { container: Operand::Value(value), .. } => {
            vec![value.to_json()]
        }
        Op::HasText { place, text: Operand::Value(Value::Str(text)), .. } => texts(placed(*place, text)),
        Op::IsMissing
        | Op::Query { .. }
        | Op::Template { .. }
        | Op::Equal { .. }
        | Op::Compare { .. }
        | Op::ContainedIn { .. }
        | Op::HasText { .. } => Vec::new(),
    }
}

/// All values that pass, those that just miss the test, and those that pass it where another reading of it would not: another case, one character more or less, one
/// step outside a bound, another type.
pub(super) fn near(op: &Op, examples: &Examples) -> Vec<Json> {
    let mut found = match op {
        Op::Matches { pattern, .. } => texts(near_pattern(pattern)),
        Op::Regex { regex, .. } => {
            let around = examples.of(regex).iter().take(2).flat_map(|text| near_text(text)).collect::<Vec<_>>();
            texts(around.into_iter().chain(edges(regex)))
        }
        Op::InCidr(network) => near_network(network),
        Op::Words { test, .. } => {
            let words = of_words(test, examples);
            words.iter().filter_map(Json::as_str).flat_map(|text| texts(near_text(text))).collect()
        }
        Op::HasText { place, text: Operand::Value(Value::Str(text)), .. } => {
            let mut found = near_text(text);
            found.extend(placed(*place, &swap_case(text)));
            texts(found)
        }
        _ => passing(op, examples).iter().flat_map(near_value).collect(),
    };
    found.extend(passing(op, examples));
    found
}

fn texts(found: impl IntoIterator<Item = String>) -> Vec<Json> {
    found.into_iter().map(Json::from).collect()
}

fn of_types(types: TypeSet) -> Vec<Json> {
    let all = [
        (TypeSet::STRING, json!(FILLER)),
        (TypeSet::INT, json!(1)),
        (TypeSet::FLOAT, json!(1.5)),
        (TypeSet::BOOL, json!(true)),
        (TypeSet::NULL, Json::Null),
        (TypeSet::ARRAY, json!([FILLER])),
        (TypeSet::OBJECT, json!({"k": FILLER})),
    ];
    all.into_iter().filter(|(ty, _)| types.has(*ty)).map(|(_, value)| value).collect()
}

/// The bound with a step on either side, those that pass first.
fn around(value: &Value, domain: Domain, op: Cmp) -> Vec<Json> {
    let (below, at, above) = match (domain, value) {
        (Domain::Date, Value::Str(text)) => return around_date(text),
        (Domain::Date, Value::Int(millis)) => {
            (json!(millis.saturating_sub(1)), json!(millis), json!(millis.saturating_add(1)))
        }
        (Domain::Number, _) => match numeric(value) {
            Some(number) => (step(&number, -1), number.clone(), step(&number, 1)),
            None => return vec![value.to_json()],
        },
        (Domain::Ip, Value::Str(text)) => match text.parse::<IpAddr>() {
            Ok(address) => (neighbour(address, -1), json!(text.as_ref()), neighbour(address, 1)),
            Err(_) => return vec![value.to_json()],
        },
        (_, Value::Str(text)) => (json!(shorter(text)), json!(text.as_ref()), json!(format!("{text}0"))),
        _ => return vec![value.to_json()],
    };
    match op {
        Cmp::Less | Cmp::NotEqual => vec![below, at, above],
        Cmp::Greater => vec![above, at, below],
        Cmp::LessOrEqual => vec![at, below, above],
        Cmp::GreaterOrEqual | Cmp::Equal => vec![at, above, below],
    }
}

fn numeric(value: &Value) -> Option<Json> {
    match value {
        Value::Int(number) => Some(json!(number)),
        Value::Float(number) => Some(json!(number.0)),
        Value::Str(text) => {
            text.parse::<i64>().map(Json::from).ok().or_else(|| text.parse::<f64>().map(Json::from).ok())
        }
        _ => None,
    }
}

fn step(number: &Json, by: i32) -> Json {
    match number.as_i64() {
        Some(whole) => json!(whole.saturating_add(by.into())),
        None => json!(number.as_f64().unwrap_or_default() + f64::from(by)),
    }
}

fn neighbour(address: IpAddr, by: i32) -> Json {
    let moved = match address {
        IpAddr::V4(four) => IpAddr::V4(four.to_bits().wrapping_add_signed(by).into()),
        IpAddr::V6(six) => IpAddr::V6(six.to_bits().wrapping_add_signed(by.into()).into()),
    };
    json!(moved.to_string())
}

fn around_date(text: &str) -> Vec<Json> {
    let bounds = DateConstant::parse(text).and_then(|constant| constant.bounds(super::NOW));
    let Some((first, last)) = bounds else { return vec![json!(text)] };
    let moved = |at: Timestamp, by: i64| {
        let moved = Timestamp::from_millisecond(at.as_millisecond().saturating_add(by)).ok();
        moved.map(|at| json!(at.to_string()))
    };
    [moved(first, -1), moved(first, 0), moved(last, 0), moved(last, 1)].into_iter().flatten().collect()
}

fn last_of(network: &IpNet) -> IpAddr {
    match network {
        IpNet::V4(network) => network.broadcast().into(),
        IpNet::V6(network) => network.broadcast().into(),
    }
}

fn near_network(network: &IpNet) -> Vec<Json> {
    let other_family = match network {
        IpNet::V4(_) => "2001:db8::1".to_owned(),
        IpNet::V6(_) => "192.0.2.1".to_owned(),
    };
    let first = network.addr();
    let mapped = match first {
        IpAddr::V4(four) => four.to_ipv6_mapped().to_string(),
        IpAddr::V6(_) => FILLER.to_owned(),
    };
    vec![
        neighbour(first, -1),
        neighbour(last_of(network), 1),
        json!(other_family),
        json!(mapped),
        json!(format!("{first}/32")),
    ]
}

fn of_words(test: &WordTest, examples: &Examples) -> Vec<Json> {
    match test {
        WordTest::Is(text) | WordTest::Phrase(text) => texts([text.to_string(), format!("{FILLER} {text} {FILLER}")]),
        WordTest::Matches(pattern) => texts([fill(pattern, ""), fill(pattern, FILLER)]),
        WordTest::Regex(regex) => texts(examples.of(regex).iter().cloned()),
    }
}

fn placed(place: Place, text: &str) -> Vec<String> {
    match place {
        Place::Start => vec![text.to_owned(), format!("{text}{FILLER}")],
        Place::End => vec![text.to_owned(), format!("{FILLER}{text}")],
        Place::Anywhere => vec![text.to_owned(), format!("{FILLER}{text}{FILLER}")],
    }
}

fn shorter(text: &str) -> String {
    let mut text = text.to_owned();
    text.pop();
    text
}

fn near_text(text: &str) -> Vec<String> {
    let mut found = vec![
        swap_case(text),
        format!("{text}{FILLER}"),
        format!("{FILLER}{text}"),
        format!("{FILLER} {text} {FILLER}"),
        shorter(text),
        text.chars().skip(1).collect(),
        format!("{text}\n"),
    ];
    // Another name at the end of a path.
    if let Some((path, name)) = text.rfind(['\\', '/']).and_then(|at| text.split_at_checked(at + 1)) {
        found.push(format!("{path}{FILLER}{name}"));
    }
    found
}

fn near_value(value: &Json) -> Vec<Json> {
    match value {
        Json::String(text) => {
            let mut found = texts(near_text(text));
            if let Ok(number) = text.parse::<i64>() {
                found.push(json!(number));
            }
            found
        }
        Json::Number(_) => vec![step(value, -1), step(value, 1), json!(value.to_string())],
        Json::Bool(truth) => vec![json!(!truth), json!(truth.to_string()), json!(i32::from(*truth))],
        Json::Array(items) => {
            let fewer: Json = items.iter().skip(1).cloned().collect();
            let more: Json = items.iter().cloned().chain([json!(FILLER)]).collect();
            vec![fewer, more, Json::Array(items.iter().rev().cloned().collect())]
        }
        Json::Null => vec![json!("null")],
        Json::Object(_) => Vec::new(),
    }
}

/// The edges of a pattern: each `*` empty and filled, each `?` with no character and with two, the ends cut and continued.
fn near_pattern(pattern: &Pattern) -> Vec<String> {
    let plain = fill(pattern, "");
    let mut found = near_text(&plain);
    found.push(swap_case(&fill(pattern, FILLER)));
    if pattern.pieces().contains(&Piece::One) {
        for one in ["", "qq"] {
            let pieces = pattern.pieces().iter().map(|piece| match piece {
                Piece::Literal(text) => text.to_string(),
                Piece::Any => String::new(),
                Piece::One => one.to_owned(),
            });
            found.push(pieces.collect());
        }
    }
    if pattern.literals().count() > 1 {
        let reversed: Vec<&str> = pattern.literals().collect::<Vec<_>>().into_iter().rev().collect();
        found.push(reversed.join(FILLER));
        found.push(fill(pattern, "\n"));
    }
    // A wildcard that was taken for a character.
    found.push(fill(pattern, "*"));
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::{Case, Coercion};

    #[test]
    fn bounds_come_with_a_step_on_either_side() {
        let compare = |op, domain, value: Value| Op::Compare { op, domain, coercion: Coercion::None, to: value.into() };
        assert_eq!(
            passing(&compare(Cmp::Greater, Domain::Number, 5.into()), &Examples::default()),
            [json!(6), json!(5), json!(4)]
        );
        assert_eq!(
            passing(&compare(Cmp::Less, Domain::Ip, "10.0.1.0".into()), &Examples::default()),
            [json!("10.0.0.255"), json!("10.0.1.0"), json!("10.0.1.1")]
        );
        assert_eq!(
            passing(&compare(Cmp::GreaterOrEqual, Domain::Date, "2024-01-05".into()), &Examples::default()),
            [
                json!("2024-01-04T23:59:59.999Z"),
                json!("2024-01-05T00:00:00Z"),
                json!("2024-01-05T23:59:59.999Z"),
                json!("2024-01-06T00:00:00Z")
            ]
        );
    }

    #[test]
    fn networks_have_their_first_and_last_address_and_those_beside_them() {
        let op = Op::InCidr("192.0.2.0/25".parse().unwrap());
        assert_eq!(passing(&op, &Examples::default()), [json!("192.0.2.0"), json!("192.0.2.127")]);
        let near = near(&op, &Examples::default());
        assert!(near.contains(&json!("192.0.1.255")) && near.contains(&json!("192.0.2.128")));
    }

    #[test]
    fn patterns_have_edges() {
        let op = Op::Matches {
            pattern: Pattern::new([Piece::Literal("a".into()), Piece::One, Piece::Literal("b".into()), Piece::Any]),
            case: Case::Sensitive,
            coercion: Coercion::None,
        };
        assert_eq!(passing(&op, &Examples::default()), [json!("aqb"), json!("aqbzq")]);
        let near = near(&op, &Examples::default());
        for edge in ["AQB", "ab", "aqqb", "aq", "qb", "zqaqb", "aqb*"] {
            assert!(near.contains(&json!(edge)), "{edge}: {near:?}");
        }
    }
}
