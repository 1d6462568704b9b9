//! Comparisons with null in ES|QL.

use crate::lint::meta::{Stage, Tap, declare_lint};

declare_lint! {
    /// ## What it checks
    /// Comparisons (`==`, `!=`, `<`, ..) with the constant `null` in ES|QL.
    ///
    /// ## Why it matters
    /// A comparison with null is null, which neither holds nor fails: the row is dropped whatever the column has.
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
    /// name = "A comparison with null"
    /// risk_score = 21
    /// rule_id = "4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1c26"
    /// severity = "low"
    /// type = "esql"
    /// query = '''
    /// from logs-okta.system-* metadata _id, _version, _index
    /// | where ⟦source.ip == null⟧
    /// | keep *
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
    /// name = "A comparison with null"
    /// risk_score = 21
    /// rule_id = "4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1c26"
    /// severity = "low"
    /// type = "esql"
    /// query = '''
    /// from logs-okta.system-* metadata _id, _version, _index
    /// | where source.ip is null
    /// | keep *
    /// '''
    /// ```
    ///
    /// ## Fix
    /// Write `is null` or `is not null`.
    ///
    /// ## References
    /// ES|QL reference, "NULL values".
    pub(in crate::lint) META = {
        name: "esql-null-comparison", family: "esql", level: Warning, stage: Stage::Stable("0.1.0"), tap: Tap::BuiltIn,
    }
}
