//! What a value means on a field of a type, for KQL (Kibana's `functions/is.ts` and `range.ts`) and query strings (Elasticsearch's
//! `QueryStringQueryParser`): both end in the same queries of the field's type (reference: elastic.md section 8).

use super::kuery::pattern;
use crate::catalog::fields::FieldType;
use crate::ir::{
    Analyzer, Case, Cmp, Coercion, Domain, FieldPath, Op, Operand, Pattern, Subject, UseKind, Value, WordTest,
};
use crate::lang::kuery::{Constant, RangeOp, Value as Written};
use crate::source::Span;

/// How a field is indexed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mapping {
    pub(super) ty: FieldType,
    /// Of analysed text.
    pub(super) analyzer: Analyzer,
}

impl Mapping {
    /// A field of which nothing is known counts as a keyword.
    pub(super) const UNKNOWN: Self = Self { ty: FieldType::Unknown, analyzer: Analyzer::Standard };
}

/// The field or fields that a test speaks of.
pub(super) struct Target {
    pub(super) collection: Subject,
    /// The field in the schema; a pattern of fields has none.
    pub(super) field: Option<FieldPath>,
    pub(super) mapping: Mapping,
    pub(super) span: Span,
}

/// The tests that a value stands for: any of them.
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
    pub(super) fn any(ops: Vec<Op>, kind: UseKind, value: Value) -> Self {
        Self { ops, kind, value, assumption: None, hole: None }
    }

    pub(super) fn hole(kind: UseKind, value: Value, reason: &'static str) -> Self {
        Self { ops: Vec::new(), kind, value, assumption: None, hole: Some(reason) }
    }
}

/// `field: value`. A lone `*`, and a wildcard that Kibana hands on as a query string, are the caller's.
pub(super) fn test(mapping: Mapping, value: &Written) -> Test {
    if value.constant() == Some(Constant::Null) {
        return Test::hole(UseKind::Equal, Value::Null, "Elasticsearch refuses a search for null");
    }
    let Some(text) = value.text() else { return wildcard(mapping, pattern(&value.parts)) };
    match mapping.ty {
        FieldType::Text | FieldType::MatchOnlyText => analysed(mapping.analyzer, text, value.quoted),
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

/// `match` (any of the words) or, quoted, `match_phrase`. A text without a word matches nothing.
fn analysed(analyzer: Analyzer, text: &str, quoted: bool) -> Test {
    let words = |test| Op::Words { analyzer, test };
    let ops = if quoted {
        vec![words(WordTest::Phrase(text.into()))]
    } else {
        analyzer.words(text).into_iter().map(|word| words(WordTest::Is(word.into()))).collect()
    };
    Test::any(ops, UseKind::Equal, Value::str(text))
}

/// A network in CIDR form, or an address; one of version 6 has several spellings.
fn address(written: &Written, text: &str) -> Test {
    if text.contains('/')
        && let Ok(network) = text.parse()
    {
        return Test::any(vec![Op::InCidr(network)], UseKind::Cidr, Value::str(text));
    }
    if text.parse::<std::net::Ipv6Addr>().is_ok() {
        let value = Value::str(text);
        return Test::any(vec![compare(Cmp::Equal, Domain::Ip, value.clone())], UseKind::Equal, value);
    }
    keyword(written, text)
}

/// A range from the date to itself: every instant of the second, hour or day that the text names.
fn date(text: &str) -> Test {
    let value = Value::str(text);
    Test::any(vec![compare(Cmp::Equal, Domain::Date, value.clone())], UseKind::Equal, value)
}

/// A pattern meets the whole value, or each word of analysed text.
pub(super) fn wildcard(mapping: Mapping, pattern: Pattern) -> Test {
    let shown = Value::str(pattern.to_string());
    if mapping.ty.is_analysed() {
        let op = Op::Words { analyzer: mapping.analyzer, test: WordTest::Matches(pattern) };
        return Test::any(vec![op], UseKind::Pattern, shown);
    }
    let op = Op::Matches { pattern, case: Case::Sensitive, coercion: Coercion::Text };
    let mut test = Test::any(vec![op], UseKind::Pattern, shown);
    if mapping.ty.is_number() || matches!(mapping.ty, FieldType::Ip | FieldType::Date | FieldType::Boolean) {
        test.assumption = Some("matches a wildcard by its text");
    }
    test
}

/// `field op value`.
pub(super) fn range(mapping: Mapping, op: RangeOp, text: &str) -> Test {
    let op = match op {
        RangeOp::Less => Cmp::Less,
        RangeOp::LessOrEqual => Cmp::LessOrEqual,
        RangeOp::Greater => Cmp::Greater,
        RangeOp::GreaterOrEqual => Cmp::GreaterOrEqual,
    };
    let number = number(text);
    let (domain, constant) = match (mapping.ty, number) {
        (FieldType::Text | FieldType::MatchOnlyText, _) => {
            let reason = "a range on an analysed field meets its words, not its text";
            return Test::hole(UseKind::Compare, Value::str(text), reason);
        }
        (FieldType::Ip, _) => (Domain::Ip, Value::str(text)),
        (FieldType::Version, _) => (Domain::Version, Value::str(text)),
        (FieldType::Date, _) => (Domain::Date, Value::str(text)),
        (FieldType::Integer | FieldType::Float | FieldType::Unknown, Some(number)) => (Domain::Number, number),
        _ => (Domain::String, Value::str(text)),
    };
    let mut test = Test::any(vec![compare(op, domain, constant.clone())], UseKind::Compare, constant);
    if mapping.ty == FieldType::Unknown && domain == Domain::Number {
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
