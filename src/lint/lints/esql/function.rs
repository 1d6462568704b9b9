//! Functions of ES|QL that do not exist, or with the wrong arguments.

use crate::lint::meta::{Stage, Tap, declare_lint};

declare_lint! {
    /// ## What it checks
    /// Functions that ES|QL does not have, with too many or too few arguments, with options that they do not take, or with words that they do not know
    /// (the unit of `date_diff`, the order of `mv_sort`).
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
    /// name = "A function of another language"
    /// risk_score = 21
    /// rule_id = "4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1c22"
    /// severity = "low"
    /// type = "esql"
    /// query = '''
    /// from logs-okta.system-* metadata _id, _version, _index
    /// | where ⟦lower⟧(event.action) == "user.session.start"
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
    /// name = "A function of another language"
    /// risk_score = 21
    /// rule_id = "4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1c22"
    /// severity = "low"
    /// type = "esql"
    /// query = '''
    /// from logs-okta.system-* metadata _id, _version, _index
    /// | where to_lower(event.action) == "user.session.start"
    /// | keep *
    /// '''
    /// ```
    ///
    /// ## Fix
    /// The message names the function that was meant, or how many arguments it takes.
    ///
    /// ## References
    /// ES|QL reference, "Functions".
    pub(in crate::lint) META = {
        name: "esql-function", family: "esql", level: Error, stage: Stage::Stable("0.1.0"), tap: Tap::BuiltIn,
    }
}
