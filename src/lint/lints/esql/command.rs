//! Parts of ES|QL commands that do not exist or stand twice.

use crate::lint::meta::{Stage, Tap, declare_lint};

declare_lint! {
    /// ## What it checks
    /// Parts of commands: metadata fields that do not exist, fields that stand twice in a list, options that a command does not have, `fork` with too few
    /// or too many branches, parameters (`?name`) in rules.
    ///
    /// ## Why it matters
    /// Elasticsearch refuses the query, or the part has no effect.
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
    /// name = "Metadata that does not exist"
    /// risk_score = 21
    /// rule_id = "4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1c25"
    /// severity = "low"
    /// type = "esql"
    /// query = '''
    /// from logs-okta.system-* metadata _id, _version, _index, ⟦_scre⟧
    /// | where event.outcome == "failure"
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
    /// name = "Metadata that does not exist"
    /// risk_score = 21
    /// rule_id = "4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1c25"
    /// severity = "low"
    /// type = "esql"
    /// query = '''
    /// from logs-okta.system-* metadata _id, _version, _index, _score
    /// | where event.outcome == "failure"
    /// | keep *
    /// '''
    /// ```
    ///
    /// ## Fix
    /// The message names what the command takes.
    ///
    /// ## References
    /// ES|QL reference, the commands and "Metadata fields".
    pub(in crate::lint) META = {
        name: "esql-command", family: "esql", level: Error, stage: Stage::Stable("0.1.0"), tap: Tap::BuiltIn,
    }
}
