//! Patterns in ES|QL that are none.

use crate::lint::meta::{Stage, Tap, declare_lint};

declare_lint! {
    /// ## What it checks
    /// Patterns of `grok` with names, types or brackets that do not exist, keys that `dissect` does not take, escapes that `like` does not have, and
    /// groups (`(?i)`) that Lucene's regular expressions in `rlike` do not have.
    ///
    /// ## Why it matters
    /// Elasticsearch refuses the query, or matches the text literally and never fires.
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
    /// name = "A flag that Lucene does not have"
    /// risk_score = 21
    /// rule_id = "4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1c24"
    /// severity = "low"
    /// type = "esql"
    /// query = '''
    /// from logs-okta.system-* metadata _id, _version, _index
    /// | where event.action rlike ⟦"(?i)user\\..*"⟧
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
    /// name = "A flag that Lucene does not have"
    /// risk_score = 21
    /// rule_id = "4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1c24"
    /// severity = "low"
    /// type = "esql"
    /// query = '''
    /// from logs-okta.system-* metadata _id, _version, _index
    /// | where to_lower(event.action) rlike "user\\..*"
    /// | keep *
    /// '''
    /// ```
    ///
    /// ## Fix
    /// Write a name that grok has, or `(?<name>regex)`; for letter case compare `TO_LOWER(column)`.
    ///
    /// ## References
    /// ES|QL reference, "GROK", "DISSECT", "LIKE" and "RLIKE"; Lucene's regular expression syntax.
    pub(in crate::lint) META = {
        name: "esql-pattern", family: "esql", level: Error, stage: Stage::Stable("0.1.0"), tap: Tap::BuiltIn,
    }
}
