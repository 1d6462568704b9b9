//! Values that a field of its type cannot have.

use crate::catalog::fields::FieldType;
use crate::ir::{DateConstant, Dialect, FieldUse, UseKind, Value};
use crate::lint::RuleCx;
use crate::lint::meta::{Stage, Tap, declare_lint};
use crate::source::Location;
use std::net::IpAddr;

declare_lint! {
    /// ## What it checks
    /// Constants that the field's type does not hold: text for a number, a boolean or an address, and in Elastic's rules for a date.
    ///
    /// ## Why it matters
    /// Elasticsearch refuses the query or never matches it; other products compare by text and never match either.
    ///
    /// ## Example
    /// ```toml bad
    /// [metadata]
    /// creation_date = "2026/01/05"
    /// integration = ["okta"]
    /// maturity = "production"
    /// updated_date = "2026/01/05"
    ///
    /// [rule]
    /// author = ["Example"]
    /// description = "Shows what the lint finds."
    /// from = "now-9m"
    /// index = ["logs-okta.system-*"]
    /// language = "kuery"
    /// license = "Apache-2.0"
    /// name = "Text for a number"
    /// risk_score = 21
    /// rule_id = "4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1c07"
    /// severity = "low"
    /// type = "query"
    /// query = 'source.port:⟦"https"⟧'
    /// ```
    ///
    /// ## Fix
    /// Write a value of the field's type, or test the field that holds the text.
    ///
    /// ## References
    /// Elasticsearch field data types; ECS 9.5.
    pub(in crate::lint) META = {
        name: "wrong-value-type", family: "field", level: Error, stage: Stage::Stable("0.1.0"), tap: Tap::Rule(check),
    }
}

fn check(cx: &mut RuleCx<'_>) {
    // ES|QL reads constants by rules of its own: `esql-type`.
    if cx.rule().language == Some("esql") || !cx.is_held_against_schema() {
        return;
    }
    // A bare field as a condition of EQL is a test at the field's own place: `eql-type`.
    let is_eql = cx.rule().language == Some("eql");
    let is_elastic = matches!(cx.rule().dialect, Dialect::Elastic | Dialect::Query);
    let is_bare = |found: &FieldUse, at: Location| is_eql && at == found.at;
    for (found, info) in cx.uses() {
        let Some(info) = info else { continue };
        if info.ty == FieldType::Date && !is_elastic {
            continue;
        }
        for (value, at) in found.values.iter().filter(|(_, at)| !is_bare(found, *at)) {
            if let Some(expected) = mismatch(info.ty, found, value) {
                let message = format!("`{}` is {expected}; {value} is none", found.field.name());
                let finding = cx.diagnostic(*at, message).help(format!("the type is stated by {}", info.table));
                cx.report(finding);
            }
        }
    }
}

/// What the type wants, if the value cannot be one. Text that a product reads as the type passes.
fn mismatch(ty: FieldType, found: &FieldUse, value: &Value) -> Option<&'static str> {
    if !matches!(found.kind, UseKind::Equal | UseKind::Compare) {
        return None;
    }
    match (ty, value) {
        (FieldType::Integer | FieldType::Float, Value::Str(text)) => {
            text.trim().parse::<f64>().is_err().then_some("a number")
        }
        (FieldType::Integer | FieldType::Float, Value::Bool(_)) => Some("a number"),
        (FieldType::Boolean, Value::Str(text)) => (!is_boolean(text)).then_some("a boolean"),
        (FieldType::Boolean, Value::Int(_) | Value::Float(_)) => Some("a boolean"),
        (FieldType::Ip, Value::Str(text)) => (!is_address(text)).then_some("an IP address"),
        (FieldType::Ip, Value::Bool(_) | Value::Int(_) | Value::Float(_)) => Some("an IP address"),
        (FieldType::Date, Value::Str(text)) => DateConstant::parse(text).is_none().then_some("a date"),
        _ => None,
    }
}

fn is_boolean(text: &str) -> bool {
    text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false") || text.is_empty()
}

fn is_address(text: &str) -> bool {
    let text = text.trim();
    text.parse::<IpAddr>().is_ok() || text.parse::<ipnet::IpNet>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_networks_pass_names_do_not() {
        assert!(is_address("10.0.0.0/8") && is_address("::1"));
        assert!(!is_address("localhost"));
    }
}
