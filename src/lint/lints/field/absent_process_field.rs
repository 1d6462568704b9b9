//! What Elastic Defend does not say of a process.

use crate::catalog::fields::defend_lacks;
use crate::lint::RuleCx;
use crate::lint::meta::{Stage, Tap, declare_lint};

declare_lint! {
    /// ## What it checks
    /// Fields of the process in EQL about Elastic Defend's file, network, registry and library events that these events never have, although
    /// ECS has the field.
    ///
    /// ## Why it matters
    /// The test never holds, and the rule never fires on this data.
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
    /// description = "Shows what the lint finds."
    /// from = "now-9m"
    /// index = ["logs-endpoint.events.*"]
    /// language = "eql"
    /// license = "Apache-2.0"
    /// name = "A rule that shows the lint"
    /// risk_score = 21
    /// rule_id = "4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a2c65"
    /// severity = "low"
    /// type = "eql"
    /// query = '''
    /// file where ⟦process.parent.command_line⟧ : "*example*"
    /// '''
    /// ```
    ///
    /// Better:
    /// ```toml good
    /// [metadata]
    /// creation_date = "2026/01/05"
    /// integration = ["endpoint"]
    /// maturity = "production"
    /// updated_date = "2026/01/05"
    ///
    /// [rule]
    /// author = ["Example"]
    /// description = "Shows what the lint finds."
    /// from = "now-9m"
    /// index = ["logs-endpoint.events.*"]
    /// language = "eql"
    /// license = "Apache-2.0"
    /// name = "A rule that shows the lint"
    /// risk_score = 21
    /// rule_id = "4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a2c66"
    /// severity = "low"
    /// type = "eql"
    /// query = '''
    /// file where process.executable : "*example*"
    /// '''
    /// ```
    ///
    /// ## Fix
    /// Test the field in a `process where ..`, joined by a sequence, or a field that the events have.
    ///
    /// ## References
    /// Field lists of the endpoint package; elastic/detection-rules, TestEQLEventFieldUsage.
    pub(in crate::lint) META = {
        name: "absent-process-field", family: "field", level: Warning, stage: Stage::Stable("0.1.0"), tap: Tap::Rule(check),
    }
}

fn check(cx: &mut RuleCx<'_>) {
    if cx.rule().language != Some("eql") || !cx.is_held_against_schema() {
        return;
    }
    let scopes = &cx.rule().data_source.scopes;
    for found in &cx.rule().uses {
        let Some(datasets) = found.scope.and_then(|scope| scopes.get(scope)) else { continue };
        let name = found.field.name();
        if datasets.iter().all(|dataset| defend_lacks(dataset, &name)) {
            let message = format!("`{name}` is never in {}", datasets.join(", "));
            let finding = cx.diagnostic(found.at, message);
            cx.report(finding.help("test it in a `process where ..`"));
        }
    }
}
