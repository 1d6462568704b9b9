//! Wildcard values in KQL that Kibana cuts at white space.

use crate::catalog::fields::FieldType;
use crate::ir::UseKind;
use crate::lint::RuleCx;
use crate::lint::meta::{Stage, Tap, declare_lint};

declare_lint! {
    /// ## What it checks
    /// Wildcard values with white space, in KQL, on fields that are no keywords (`wildcard`, `text`, ..).
    ///
    /// ## Why it matters
    /// On a keyword Kibana makes a `wildcard` query of such a value. On every other type it makes a query string, in which white space ends
    /// a term and any of the terms is enough: `process.command_line: *curl -k*` finds every command line that ends with `curl` or starts
    /// with `-k`, and none that has the two in the middle.
    ///
    /// ## Example
    /// ```toml bad
    /// [metadata]
    /// creation_date = "2026/01/05"
    /// integration = ["endpoint"]
    /// maturity = "production"
    /// updated_date = "2026/01/05"
    ///
    /// [rule]
    /// author = ["Example"]
    /// description = "Shows the lint."
    /// from = "now-9m"
    /// index = ["logs-endpoint.events.process-*"]
    /// language = "kuery"
    /// license = "Apache-2.0"
    /// name = "A value that falls apart"
    /// risk_score = 21
    /// rule_id = "4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1c31"
    /// severity = "low"
    /// type = "query"
    /// query = 'process.command_line: ⟦*curl -k*⟧'
    /// ```
    ///
    /// ## Fix
    /// Write the rule in EQL (`process.command_line : "*curl -k*"`), or join conditions that each have one word.
    ///
    /// ## References
    /// Kibana, `kbn-es-query`, `kuery/functions/is.ts`; Elasticsearch reference, "Query string query".
    pub(in crate::lint) META = {
        name: "kql-cut-wildcard", family: "field", level: Warning, stage: Stage::Stable("0.1.0"), tap: Tap::Rule(check),
    }
}

fn check(cx: &mut RuleCx<'_>) {
    if cx.rule().language != Some("kuery") {
        return;
    }
    let schema = cx.schema();
    for found in cx.rule().uses.iter().filter(|found| found.kind == UseKind::Pattern) {
        let name = found.field.name();
        let Some(info) = schema.lookup(&name) else { continue };
        if matches!(info.ty, FieldType::Keyword | FieldType::Unknown | FieldType::Alias) {
            continue;
        }
        for (value, at) in &found.values {
            if value.as_str().is_some_and(|text| text.contains(char::is_whitespace)) {
                let message =
                    format!("`{name}` is no keyword: Kibana cuts this value at white space, and any part is enough");
                let finding = cx.diagnostic(*at, message).help("write the rule in EQL, or conditions of one word each");
                cx.report(finding);
            }
        }
    }
}
