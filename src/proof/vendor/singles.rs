//! The values of a field that a proof looks at one by one.

use super::super::ground::ScalarKind;
use super::super::plain::plain_op;
use super::registry::{BYTES, Number};
use super::{Change, Source, equal};
use crate::ir::{Case, Coercion, Op, Operand, Pattern, Value};
use serde_json::{Value as Json, json};

/// A text that stands in no table.
pub(super) const OTHER: &str = "\u{1}";

/// The values that are looked at one by one, each with its test, beside that there is none.
pub(super) fn singles(source: &Source) -> Vec<(Op, Json)> {
    let truths = || [true, false].map(|truth| (equal(Value::Bool(truth)), json!(truth)));
    let empty = || (equal(Value::str("")), json!(""));
    let mut found = vec![(Op::IsNull, Json::Null)];
    match (source.scalar.kind, source.change) {
        (ScalarKind::Boolean, _) => found.extend(truths().into_iter().take(1)),
        (ScalarKind::Text, Change::Table(table)) => {
            found.push(empty());
            let case = if table.any_case { Case::Insensitive } else { Case::Sensitive };
            found.extend(table.map.keys().map(|key| {
                let op = Op::Equal { to: Value::str(key.as_str()).into(), case, coercion: Coercion::None };
                (text_pattern(op), json!(key))
            }));
        }
        (ScalarKind::Text, Change::RegistryType) => {
            found.push(empty());
            found.extend(Number::ALL.map(|number| (number.test(), json!(number.example()))));
            found.push((text_pattern(equal(Value::str(BYTES))), json!(BYTES)));
        }
        (ScalarKind::Text, _) => found.push(empty()),
        (ScalarKind::Any, _) => {
            found.extend(truths());
            found.push(empty());
            // One after the other: the list is empty, or else the object.
            found.push((equal(Value::List(Vec::new().into())), json!([])));
            found.push((Op::IsEmpty, json!({})));
        }
        _ => {}
    }
    found
}

/// The test for a text in the form that all tests of texts have here.
fn text_pattern(op: Op) -> Op {
    match plain_op(op) {
        Op::Equal { to: Operand::Value(Value::Str(text)), case, .. } => {
            Op::Matches { pattern: Pattern::exact(text), case, coercion: Coercion::None }
        }
        op => op,
    }
}
