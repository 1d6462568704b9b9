//! Types of ES|QL that do not fit.

use crate::lint::meta::{Stage, Tap, declare_lint};

declare_lint! {
    /// ## What it checks
    /// Operands, arguments, conditions and casts of a type that the operator or function does not take, and constants that cannot be read as the type
    /// of the column beside them: a network compared with an address, date math as a date.
    ///
    /// ## Why it matters
    /// Elasticsearch refuses the whole query, so the rule never runs. A text compared with a boolean is read as false.
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
    /// name = "A network that is no address"
    /// risk_score = 21
    /// rule_id = "4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1c21"
    /// severity = "low"
    /// type = "esql"
    /// query = '''
    /// from logs-okta.system-* metadata _id, _version, _index
    /// | where source.ip == ⟦"10.0.0.0/8"⟧
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
    /// name = "A network that is no address"
    /// risk_score = 21
    /// rule_id = "4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1c21"
    /// severity = "low"
    /// type = "esql"
    /// query = '''
    /// from logs-okta.system-* metadata _id, _version, _index
    /// | where cidr_match(source.ip, "10.0.0.0/8")
    /// | keep *
    /// '''
    /// ```
    ///
    /// ## Fix
    /// Write a constant of the column's type, or convert: `::`, `TO_STRING(..)`, `TO_LONG(..)`, `TO_IP(..)`.
    ///
    /// ## References
    /// ES|QL reference, "Implicit casting", "Operators" and the types of each function.
    pub(in crate::lint) META = {
        name: "esql-type", family: "esql", level: Error, stage: Stage::Stable("0.1.0"), tap: Tap::BuiltIn,
    }
}
