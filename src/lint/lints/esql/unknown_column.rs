//! Columns of ES|QL that are not there.

use crate::lint::meta::{Stage, Tap, declare_lint};

declare_lint! {
    /// ## What it checks
    /// Columns of an ES|QL query that are not there: fields that no index of `from` has, and columns that `keep`, `drop`, `stats` or `rename` took away
    /// before. A column that the query itself lost is an error. What only the field tables say is a warning, by old tables a note; where an index has
    /// no table, every name may be a field and nothing is said.
    ///
    /// ## Why it matters
    /// Elasticsearch refuses the whole query ("Unknown column"), so the rule never runs.
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
    /// description = "Shows the lint."
    /// from = "now-9m"
    /// language = "esql"
    /// license = "Apache-2.0"
    /// name = "A column that is gone"
    /// risk_score = 21
    /// rule_id = "4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1c20"
    /// severity = "low"
    /// type = "esql"
    /// query = '''
    /// from logs-okta.system-*
    /// | stats Esql.failures = count(*) by okta.actor.id
    /// | where Esql.failures > 5 and ⟦event.outcome⟧ == "failure"
    /// | keep okta.actor.id, Esql.failures
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
    /// description = "Shows the lint."
    /// from = "now-9m"
    /// language = "esql"
    /// license = "Apache-2.0"
    /// name = "A column that is gone"
    /// risk_score = 21
    /// rule_id = "4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1c20"
    /// severity = "low"
    /// type = "esql"
    /// query = '''
    /// from logs-okta.system-*
    /// | where event.outcome == "failure"
    /// | stats Esql.failures = count(*) by okta.actor.id
    /// | where Esql.failures > 5
    /// | keep okta.actor.id, Esql.failures
    /// '''
    /// ```
    ///
    /// ## Fix
    /// Write the name as the data have it, use the column before it goes, or carry it along: `column = VALUES(column)` in `stats`.
    ///
    /// ## References
    /// ES|QL reference, the commands; the field tables of ECS, integrations, Beats and Elastic Defend.
    pub(in crate::lint) META = {
        name: "esql-unknown-column", family: "esql", level: Error, stage: Stage::Stable("0.1.0"), tap: Tap::BuiltIn,
    }
}
