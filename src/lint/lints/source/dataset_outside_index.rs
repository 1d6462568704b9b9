//! Datasets that the rule's indices do not hold.

use crate::catalog::glob;
use crate::ir::{FieldUse, UseKind};
use crate::lint::RuleCx;
use crate::lint::meta::{Stage, Tap, declare_lint};

declare_lint! {
    /// ## What it checks
    /// KQL and EQL rules whose query limits its events to datasets (`data_stream.dataset`) of which one lies in no index pattern of the rule.
    /// Beats indices hold datasets of other names, and rules with one of them are left alone.
    ///
    /// ## Why it matters
    /// The rule searches only its indices: what the test asks for is not there, and it never holds.
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
    /// name = "A rule that shows the lint"
    /// risk_score = 21
    /// rule_id = "4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a2c1b"
    /// severity = "low"
    /// type = "query"
    /// query = '⟦data_stream.dataset⟧:aws.cloudtrail and event.outcome:failure'
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
    /// language = "kuery"
    /// license = "Apache-2.0"
    /// name = "A rule that shows the lint"
    /// risk_score = 21
    /// rule_id = "4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a2c1c"
    /// severity = "low"
    /// type = "query"
    /// query = 'data_stream.dataset:okta.system and event.outcome:failure'
    /// ```
    ///
    /// ## Fix
    /// Add the index pattern of the dataset (`logs-okta.system-*`), or correct its name.
    ///
    /// ## References
    /// Elasticsearch reference, "Data stream naming scheme": `logs-DATASET-NAMESPACE`.
    pub(in crate::lint) META = {
        name: "dataset-outside-index", family: "source", level: Warning, stage: Stage::Stable("0.1.0"), tap: Tap::Rule(check),
    }
}

fn check(cx: &mut RuleCx<'_>) {
    let Some(rule) = cx.elastic() else { return };
    let indices: Vec<&str> = rule.indices().map(|(index, _)| local(index)).collect();
    // Beats, Endgame and indices of one's own are named otherwise.
    let by_scheme = |index: &&str| index.starts_with("logs-") || index.starts_with("metrics-");
    if indices.is_empty() || !indices.iter().all(by_scheme) || cx.rule().language == Some("esql") {
        return;
    }
    let uses = cx.rule().uses.iter();
    let named: Vec<&FieldUse> =
        uses.filter(|found| found.kind == UseKind::Equal && !found.negated && found.scope.is_some()).collect();
    for found in named.into_iter().filter(|found| found.field.name() == "data_stream.dataset") {
        let datasets = found.values.iter().filter_map(|(value, _)| value.as_str());
        let outside: Vec<&str> = datasets.filter(|dataset| !holds(&indices, dataset)).collect();
        if let Some(dataset) = outside.first() {
            let finding = cx.diagnostic(found.at, format!("no index of the rule holds `{dataset}`"));
            cx.report(finding.help(format!("add `logs-{dataset}-*` to `index`, or correct the name")));
        }
    }
}

/// Without the name of a cluster.
fn local(index: &str) -> &str {
    index.rsplit_once(':').map_or(index, |(_, local)| local)
}

fn holds(indices: &[&str], dataset: &str) -> bool {
    let streams = [format!("logs-{dataset}-default"), format!("metrics-{dataset}-default")];
    indices.iter().any(|index| streams.iter().any(|stream| glob(index, stream)))
}
