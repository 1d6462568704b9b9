//! What a KQL value means on a field of a type (Kibana's `functions/is.ts` and `range.ts`; reference: elastic.md section 8).

use super::kuery::pattern;
use crate::catalog::fields::FieldType;
use crate::ir::{Case, Cmp, Coercion, Domain, Op, Operand, Shape, UseKind, Value};
use crate::lang::kuery::{Constant, RangeOp, Value as Written};

/// The tests that a value stands for.
pub(super) struct Test {
    pub(super) ops: Vec<Op>,
    pub(super) kind: UseKind,
    pub(super) value: Value,
    /// What is taken for granted of the field, in words that follow its name.
    pub(super) assumption: Option<&'static str>,
    /// Why the meaning is not represented.
    pub(super) hole: Option<&'static str>,
}

impl Test {
    fn any(ops: Vec<Op>, kind: UseKind, value: Value) -> Self {
        Self { ops, kind, value, assumption: None, hole: None }
    }

    fn hole(kind: UseKind, value: Value, reason: &'static str) -> Self {
        Self { ops: Vec::new(), kind, value, assumption: None, hole: Some(reason) }
    }
}

/// `field: value`. A lone `*` is the caller's.
pub(super) fn test(ty: FieldType, value: &Written) -> Test {
    let Some(text) = value.text() else { return wildcard(ty, value) };
    match ty {
        FieldType::Text | FieldType::MatchOnlyText => analysed(text, value.quoted),
        FieldType::Integer | FieldType::Float => match number(text) {
            Some(number) => Test::any(vec![equal(number.clone(), Coercion::Number)], UseKind::Equal, number),
            None => keyword(value, text),
        },
        FieldType::Boolean => match text {
            "true" | "false" => {
                let value = Value::Bool(text == "true");
                Test::any(vec![equal(value.clone(), Coercion::Text)], UseKind::Equal, value)
            }
            _ => keyword(value, text),
        },
        FieldType::Ip => address(value, text),
        FieldType::Date => date(text),
        _ => keyword(value, text),
    }
}

fn equal(value: Value, coercion: Coercion) -> Op {
    Op::Equal { to: Operand::Value(value), case: Case::Sensitive, coercion }
}

/// The exact text, case-sensitively. Unquoted `true` and `false` are typed.
fn keyword(written: &Written, text: &str) -> Test {
    let value = match written.constant() {
        Some(Constant::True) => Value::Bool(true),
        Some(Constant::False) => Value::Bool(false),
        Some(Constant::Null) | None => Value::str(text),
    };
    Test::any(vec![equal(value.clone(), Coercion::Text)], UseKind::Equal, value)
}

/// `match` (any of the words) or, quoted, `match_phrase`.
fn analysed(text: &str, quoted: bool) -> Test {
    let value = Value::str(text);
    if quoted {
        return Test::any(vec![Op::Phrase(text.into())], UseKind::Equal, value);
    }
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let ops: Vec<Op> = words.map(|word| Op::Token(word.to_lowercase().into())).collect();
    if ops.is_empty() {
        return Test::hole(UseKind::Equal, value, "a value without a word on an analysed field");
    }
    Test::any(ops, UseKind::Equal, value)
}

fn address(written: &Written, text: &str) -> Test {
    if text.contains('/')
        && let Ok(network) = text.parse()
    {
        return Test::any(vec![Op::InCidr(network)], UseKind::Cidr, Value::str(text));
    }
    keyword(written, text)
}

/// The instants of the day, hour or other unit that the text names; here the instant itself.
fn date(text: &str) -> Test {
    let value = Value::str(text);
    if text.starts_with("now") {
        return Test::hole(UseKind::Equal, value, "a date relative to now");
    }
    Test::any(vec![compare(Cmp::Equal, Domain::Date, value.clone())], UseKind::Equal, value)
}

fn wildcard(ty: FieldType, value: &Written) -> Test {
    let pattern = pattern(&value.parts);
    let shown = Value::str(pattern.to_string());
    if !ty.is_analysed() {
        let op = Op::Matches { pattern, case: Case::Sensitive, coercion: Coercion::Text };
        let mut test = Test::any(vec![op], UseKind::Pattern, shown);
        if ty.is_number() || matches!(ty, FieldType::Ip | FieldType::Date | FieldType::Boolean) {
            test.assumption = Some("matches a wildcard by its text");
        }
        return test;
    }
    // On analysed text the pattern meets each word, in lower case. `*part*` of one word is then the same as a part of the
    // whole text.
    match pattern.shape() {
        Shape::Contains(text) if text.chars().all(char::is_alphanumeric) => {
            let op = Op::Matches { pattern, case: Case::Insensitive, coercion: Coercion::Text };
            Test::any(vec![op], UseKind::Pattern, shown)
        }
        _ => Test::hole(UseKind::Pattern, shown, "a wildcard on an analysed field meets its words, not its text"),
    }
}

/// `field op value`.
pub(super) fn range(ty: FieldType, op: RangeOp, value: &Written) -> Test {
    let op = match op {
        RangeOp::Less => Cmp::Less,
        RangeOp::LessOrEqual => Cmp::LessOrEqual,
        RangeOp::Greater => Cmp::Greater,
        RangeOp::GreaterOrEqual => Cmp::GreaterOrEqual,
    };
    let Some(text) = value.text() else {
        return Test::hole(UseKind::Compare, Value::str(pattern(&value.parts).to_string()), "a range to a wildcard");
    };
    let number = number(text);
    let (domain, constant) = match (ty, number) {
        (FieldType::Ip, _) => (Domain::Ip, Value::str(text)),
        (FieldType::Version, _) => (Domain::Version, Value::str(text)),
        (FieldType::Date, _) if text.starts_with("now") => {
            return Test::hole(UseKind::Compare, Value::str(text), "a date relative to now");
        }
        (FieldType::Date, _) => (Domain::Date, Value::str(text)),
        (FieldType::Integer | FieldType::Float | FieldType::Unknown, Some(number)) => (Domain::Number, number),
        _ => (Domain::String, Value::str(text)),
    };
    let mut test = Test::any(vec![compare(op, domain, constant.clone())], UseKind::Compare, constant);
    if ty == FieldType::Unknown && domain == Domain::Number {
        test.assumption = Some("is ordered as a number: it is compared with one");
    }
    test
}

fn compare(op: Cmp, domain: Domain, to: Value) -> Op {
    let coercion = if domain == Domain::Number { Coercion::Number } else { Coercion::Text };
    Op::Compare { op, domain, coercion, to: Operand::Value(to) }
}

fn number(text: &str) -> Option<Value> {
    let text = text.trim();
    if let Ok(number) = text.parse::<i64>() {
        return Some(Value::Int(number));
    }
    text.parse::<f64>().ok().filter(|number| number.is_finite()).map(Value::float)
}
