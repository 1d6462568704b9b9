//! Tests of one value against constants, in the form in which several of one field become a list.

use crate::ir::{Case, Coercion, Op, Operand, Pattern, Shape, Value, has_case_beyond_ascii};
use crate::lang::python::Code as Expr;
use ipnet::IpNet;

/// How a test looks at a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum View {
    /// As it is.
    Plain,
    /// As text; other types are an empty text.
    Text,
    LowerText,
    /// As JSON text: numbers and booleans too.
    JsonText,
    LowerJsonText,
    /// As a number, texts that are numbers too.
    Number,
}

/// What a test asks of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Relation {
    Equal,
    Prefix,
    Suffix,
    Contains,
    Network,
}

/// A test that can stand in a list with others of the same view and relation.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Atom {
    pub(super) view: View,
    pub(super) relation: Relation,
    /// One, save for an IPv6 network that holds IPv4 addresses too.
    pub(super) constants: Vec<Expr>,
}

impl Atom {
    /// The test as an atom, if it is one.
    pub(super) fn of(op: &Op) -> Option<Self> {
        if folds_more_than_ascii(op) {
            return None;
        }
        match op {
            Op::Equal { to: Operand::Value(value), case, coercion } => equal(value, *case, *coercion),
            Op::Matches { pattern, case, coercion } => matches(pattern, *case, *coercion),
            Op::InCidr(network) => Some(Self {
                view: View::Plain,
                relation: Relation::Network,
                constants: networks(network).iter().map(|text| Expr::str(text)).collect(),
            }),
            _ => None,
        }
    }

    fn one(view: View, relation: Relation, constant: Expr) -> Self {
        Self { view, relation, constants: vec![constant] }
    }
}

/// Whether Python's `lower` makes more letters the same than the test does: `É` is no `é` for Elasticsearch.
fn folds_more_than_ascii(op: &Op) -> bool {
    match op {
        Op::Equal { to: Operand::Value(Value::Str(text)), case: Case::AsciiInsensitive, .. } => {
            has_case_beyond_ascii(text)
        }
        Op::Matches { pattern, case: Case::AsciiInsensitive, .. } => pattern.literals().any(has_case_beyond_ascii),
        _ => false,
    }
}

fn equal(value: &Value, case: Case, coercion: Coercion) -> Option<Atom> {
    match (value, coercion) {
        (Value::Str(text), Coercion::Number) if parse_number(text).is_some() => {
            Some(Atom::one(View::Number, Relation::Equal, parse_number(text)?))
        }
        (Value::Str(text), _) => Some(equal_text(text, case, coercion)),
        (Value::Int(_) | Value::Float(_) | Value::Bool(_), Coercion::Text) => {
            Some(equal_text(&value.to_json().to_string(), case, coercion))
        }
        (Value::Int(number), Coercion::Number) => Some(Atom::one(View::Number, Relation::Equal, Expr::Int(*number))),
        (Value::Float(number), Coercion::Number) => {
            Some(Atom::one(View::Number, Relation::Equal, Expr::Float(number.0)))
        }
        // `True == 1`, so for these two numbers the type counts.
        (Value::Int(0 | 1), Coercion::None) => None,
        (Value::Int(number), _) => Some(Atom::one(View::Plain, Relation::Equal, Expr::Int(*number))),
        (Value::Float(_), Coercion::None) if *value == Value::float(0.0) || *value == Value::float(1.0) => None,
        (Value::Float(number), _) => Some(Atom::one(View::Plain, Relation::Equal, Expr::Float(number.0))),
        (Value::Bool(value), Coercion::Python) => {
            Some(Atom::one(View::Plain, Relation::Equal, Expr::Int((*value).into())))
        }
        _ => None,
    }
}

fn equal_text(text: &str, case: Case, coercion: Coercion) -> Atom {
    let json = coercion == Coercion::Text && is_scalar_text(text, case);
    let (view, text) = match (json, has_case(text, case)) {
        (true, true) => (View::LowerJsonText, text.to_lowercase()),
        (true, false) => (View::JsonText, text.to_owned()),
        (false, true) => (View::LowerText, text.to_lowercase()),
        (false, false) => (View::Plain, text.to_owned()),
    };
    Atom::one(view, Relation::Equal, Expr::Str(text))
}

fn matches(pattern: &Pattern, case: Case, coercion: Coercion) -> Option<Atom> {
    let (relation, text) = match pattern.shape() {
        Shape::Exact(text) => return Some(equal_text(text, case, coercion)),
        Shape::Prefix(text) => (Relation::Prefix, text),
        Shape::Suffix(text) => (Relation::Suffix, text),
        Shape::Contains(text) => (Relation::Contains, text),
        Shape::Anything | Shape::General => return None,
    };
    let json = coercion == Coercion::Text && fits_scalar(pattern, case);
    let (view, text) = match (json, has_case(text, case)) {
        (true, true) => (View::LowerJsonText, text.to_lowercase()),
        (true, false) => (View::JsonText, text.to_owned()),
        (false, true) => (View::LowerText, text.to_lowercase()),
        (false, false) => (View::Text, text.to_owned()),
    };
    Some(Atom::one(view, relation, Expr::Str(text)))
}

/// Whether ignoring case makes a difference for this text.
fn has_case(text: &str, case: Case) -> bool {
    !case.is_sensitive() && text.chars().any(|c| c.is_lowercase() || c.is_uppercase())
}

fn same(left: &str, right: &str, case: Case) -> bool {
    if case.is_sensitive() { left == right } else { left.eq_ignore_ascii_case(right) }
}

/// Whether the text is that of a number or boolean, so that a value of those types can equal it.
fn is_scalar_text(text: &str, case: Case) -> bool {
    let number = text.starts_with(|c: char| c.is_ascii_digit() || c == '-') && text.chars().all(is_number_letter);
    number || ["true", "false"].iter().any(|word| same(text, word, case))
}

fn is_number_letter(c: char) -> bool {
    c.is_ascii_digit() || matches!(c, '+' | '-' | '.' | 'e' | 'E')
}

/// Whether a number's or a boolean's text can fit the pattern.
pub(super) fn fits_scalar(pattern: &Pattern, case: Case) -> bool {
    let in_word = |text: &str, word: &str| match case {
        Case::Sensitive => word.contains(text),
        _ => word.contains(&text.to_lowercase()),
    };
    pattern.literals().all(|text| text.chars().all(is_number_letter))
        || ["true", "false"].iter().any(|word| pattern.literals().all(|text| in_word(text, word)))
}

fn parse_number(text: &str) -> Option<Expr> {
    if !text.chars().all(is_number_letter) {
        return None;
    }
    text.parse().map(Expr::Int).ok().or_else(|| text.parse::<f64>().ok().filter(|n| n.is_finite()).map(Expr::Float))
}

/// The length of the prefix of IPv4 addresses that are written as IPv6.
const MAPPED_PREFIX: u8 = 96;

/// The networks in which `in_network` finds what is in this one: IPv4 addresses written as IPv6 count as IPv4 there.
fn networks(network: &IpNet) -> Vec<String> {
    let IpNet::V6(v6) = network else { return vec![network.trunc().to_string()] };
    let first = v6.network();
    if v6.prefix_len() < MAPPED_PREFIX {
        let mapped = std::net::Ipv4Addr::UNSPECIFIED.to_ipv6_mapped();
        let all_of_v4 = v6.contains(&mapped).then(|| "0.0.0.0/0".to_owned());
        return std::iter::once(network.trunc().to_string()).chain(all_of_v4).collect();
    }
    match first.to_ipv4_mapped() {
        Some(v4) => vec![format!("{v4}/{}", v6.prefix_len() - MAPPED_PREFIX)],
        None => vec![network.trunc().to_string()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str, case: Case, coercion: Coercion) -> (View, Expr) {
        let atom = Atom::of(&Op::Equal { to: text.into(), case, coercion }).unwrap();
        (atom.view, atom.constants[0].clone())
    }

    #[test]
    fn the_simplest_view_that_is_right() {
        assert_eq!(
            text("user.session.start", Case::Sensitive, Coercion::Text),
            (View::Plain, Expr::str("user.session.start"))
        );
        assert_eq!(text("4625", Case::Sensitive, Coercion::Text), (View::JsonText, Expr::str("4625")));
        assert_eq!(text("True", Case::Insensitive, Coercion::Text), (View::LowerJsonText, Expr::str("true")));
        assert_eq!(text("True", Case::Sensitive, Coercion::Text), (View::Plain, Expr::str("True")));
        assert_eq!(text("10.0.0.1", Case::Insensitive, Coercion::None), (View::Plain, Expr::str("10.0.0.1")));
        assert_eq!(text("Abc", Case::Insensitive, Coercion::None), (View::LowerText, Expr::str("abc")));
        assert_eq!(text("12", Case::Sensitive, Coercion::Number), (View::Number, Expr::Int(12)));
    }

    #[test]
    fn other_letters_than_ascii_are_left_to_expressions() {
        let op = |text: &str, case| Op::Equal { to: text.into(), case, coercion: Coercion::None };
        assert_eq!(Atom::of(&op("Éa", Case::AsciiInsensitive)), None);
        assert!(
            Atom::of(&op("Éa", Case::Insensitive)).is_some() && Atom::of(&op("a", Case::AsciiInsensitive)).is_some()
        );
    }

    #[test]
    fn numbers_that_booleans_equal_are_no_atoms() {
        let op = |coercion| Op::Equal { to: 1.into(), case: Case::Sensitive, coercion };
        assert_eq!(Atom::of(&op(Coercion::None)), None);
        assert!(Atom::of(&op(Coercion::Python)).is_some());
    }

    #[test]
    fn networks_that_hold_mapped_addresses() {
        let of = |text: &str| networks(&text.parse().unwrap());
        assert_eq!(of("10.1.2.3/8"), ["10.0.0.0/8"]);
        assert_eq!(of("::ffff:10.0.0.0/104"), ["10.0.0.0/8"]);
        assert_eq!(of("::/0"), ["::/0", "0.0.0.0/0"]);
        assert_eq!(of("2001:db8::/32"), ["2001:db8::/32"]);
    }

    #[test]
    fn patterns_that_a_number_can_fit() {
        assert!(fits_scalar(&Pattern::prefix("46"), Case::Sensitive));
        assert!(fits_scalar(&Pattern::contains("RU"), Case::Insensitive));
        assert!(!fits_scalar(&Pattern::contains("admin"), Case::Insensitive));
    }
}
