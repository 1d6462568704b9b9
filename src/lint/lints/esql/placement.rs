//! Parts of ES|QL where they cannot stand.

use crate::lint::meta::{Stage, Tap, declare_lint};

declare_lint! {
    /// ## What it checks
    /// Aggregations outside `stats`, columns in `stats` that are neither groups nor aggregated, groupings outside `by`, and full-text searches (`match`,
    /// `kql`, `qstr`, `field : value`) that the index can no longer answer: outside `where`, after `stats` or `limit`, on computed columns.
    ///
    /// Commands in an order that Elasticsearch cannot plan: a remote `enrich` or a `lookup join` of remote indices after `stats` and other commands that run
    /// in one place, `inline stats` after `limit` or `fork`, a `sort` whose order is lost in `mv_expand` or in a query behind `in`.
    ///
    /// ## Why it matters
    /// Elasticsearch refuses the whole query, so the rule never runs.
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
    /// name = "A column among aggregations"
    /// risk_score = 21
    /// rule_id = "4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1c23"
    /// severity = "low"
    /// type = "esql"
    /// query = '''
    /// from logs-okta.system-*
    /// | stats Esql.actions = count(*), Esql.address = ⟦source.ip⟧ by okta.actor.id
    /// | keep okta.actor.id, Esql.*
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
    /// name = "A column among aggregations"
    /// risk_score = 21
    /// rule_id = "4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1c23"
    /// severity = "low"
    /// type = "esql"
    /// query = '''
    /// from logs-okta.system-*
    /// | stats Esql.actions = count(*), Esql.address = values(source.ip) by okta.actor.id
    /// | keep okta.actor.id, Esql.*
    /// '''
    /// ```
    ///
    /// ## Fix
    /// Aggregate the column (`VALUES`, `MAX`, ..) or group by it; move a search to a `where` right after `from`.
    ///
    /// ## References
    /// ES|QL reference, "STATS", "Search functions" and their limitations.
    pub(in crate::lint) META = {
        name: "esql-placement", family: "esql", level: Error, stage: Stage::Stable("0.1.0"), tap: Tap::BuiltIn,
    }
}
