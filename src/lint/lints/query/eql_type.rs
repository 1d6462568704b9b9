//! Types of EQL that do not fit.

use crate::lint::meta::{Stage, Tap, declare_lint};

declare_lint! {
    /// ## What it checks
    /// Conditions of EQL that are not true or false, arguments of functions and operands of `:`, `like`, `regex` and arithmetic that are of another
    /// type, lists of mixed types, keys of a sequence that can never be equal, and fields that EQL cannot read: nested ones and places.
    ///
    /// ## Why it matters
    /// Elasticsearch refuses the whole query, so the rule never runs.
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
    /// language = "eql"
    /// license = "Apache-2.0"
    /// name = "A number as a condition"
    /// risk_score = 21
    /// rule_id = "6f4f3c5a-1a0e-4f31-8a52-7d8a1f4f0b14"
    /// severity = "low"
    /// timestamp_override = "event.ingested"
    /// type = "eql"
    /// query = '''
    /// process where ⟦length(process.name)⟧
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
    /// description = "Shows the lint."
    /// from = "now-9m"
    /// index = ["logs-endpoint.events.process-*"]
    /// language = "eql"
    /// license = "Apache-2.0"
    /// name = "A number as a condition"
    /// risk_score = 21
    /// rule_id = "6f4f3c5a-1a0e-4f31-8a52-7d8a1f4f0b14"
    /// severity = "low"
    /// timestamp_override = "event.ingested"
    /// type = "eql"
    /// query = '''
    /// process where length(process.name) > 64
    /// '''
    /// ```
    ///
    /// ## Fix
    /// Compare what is no condition with a value. `string(..)` and `number(..)` convert. Nested fields can be tested in KQL.
    ///
    /// ## References
    /// EQL syntax reference, "Limitations"; the verifier's tests of Elasticsearch's EQL plug-in. Where the tables are old, or the index has none,
    /// it is a warning.
    pub(in crate::lint) META = {
        name: "eql-type", family: "query", level: Error, stage: Stage::Stable("0.1.0"), tap: Tap::BuiltIn,
    }
}
