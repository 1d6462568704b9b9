//! Analysed text in EQL.

use crate::lint::RuleCx;
use crate::lint::meta::{Stage, Tap, declare_lint};
use crate::source::{Level, Location};
use std::collections::HashSet;

declare_lint! {
    /// ## What it checks
    /// Fields of EQL queries that are analysed text (`text`, `match_only_text`) in the rule's data.
    ///
    /// ## Why it matters
    /// EQL compares whole values, which an analysed field does not keep: Elasticsearch refuses the query, or searches the keyword beside it
    /// where there is one.
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
    /// language = "eql"
    /// license = "Apache-2.0"
    /// name = "A rule that shows the lint"
    /// risk_score = 21
    /// rule_id = "4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a2c29"
    /// severity = "low"
    /// type = "eql"
    /// query = '''
    /// any where ⟦user.full_name.text⟧ == "Example"
    /// '''
    /// ```
    ///
    /// Better:
    /// ```toml good
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
    /// language = "eql"
    /// license = "Apache-2.0"
    /// name = "A rule that shows the lint"
    /// risk_score = 21
    /// rule_id = "4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a2c2a"
    /// severity = "low"
    /// type = "eql"
    /// query = '''
    /// any where user.full_name == "Example"
    /// '''
    /// ```
    ///
    /// ## Fix
    /// Test the keyword: `process.command_line` and not `process.command_line.text`. For words write the rule in KQL.
    ///
    /// ## References
    /// EQL syntax reference, "Limitations": text fields; elastic/detection-rules, L14.
    pub(in crate::lint) META = {
        name: "eql-text-field", family: "field", level: Error, stage: Stage::Stable("0.1.0"), tap: Tap::Rule(check),
    }
}

fn check(cx: &mut RuleCx<'_>) {
    if cx.rule().language != Some("eql") || !cx.is_held_against_schema() {
        return;
    }
    let analysed = cx.uses().filter(|(_, info)| info.is_some_and(|info| info.ty.is_analysed()));
    let found: Vec<(Location, String)> = analysed.map(|(found, _)| (found.at, found.field.name())).collect();
    let mut told = HashSet::new();
    for (at, name) in found.into_iter().filter(|(_, name)| told.insert(name.clone())) {
        let mut finding = cx.diagnostic(at, format!("`{name}` is analysed text, which EQL cannot compare"));
        if let Some((keyword, _)) = name.rsplit_once(".text") {
            finding = finding.help(format!("test `{keyword}`"));
        } else {
            // A keyword beside it may be in the mapping and not in the table.
            finding.level = Level::Warning;
        }
        cx.report(finding);
    }
}
