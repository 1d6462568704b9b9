//! Names of the columns that ES|QL rules make.

use crate::lint::meta::{Stage, Tap, declare_lint};

declare_lint! {
    /// ## What it checks
    /// Columns of a rule's result that the query makes itself and that begin neither with `Esql.` nor with `Esql_priv.`.
    ///
    /// ## Why it matters
    /// The alert gets the column as a field. A name that a data source has, too, mixes two meanings and two types; the prefix keeps them apart, and
    /// `Esql_priv.` says that the values may be private.
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
    /// name = "A column of the rule's own"
    /// risk_score = 21
    /// rule_id = "4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1c28"
    /// severity = "low"
    /// type = "esql"
    /// query = '''
    /// from logs-okta.system-*
    /// | stats ⟦failures⟧ = count(*) by okta.actor.id
    /// | where failures > 5
    /// | keep okta.actor.id, failures
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
    /// name = "A column of the rule's own"
    /// risk_score = 21
    /// rule_id = "4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1c28"
    /// severity = "low"
    /// type = "esql"
    /// query = '''
    /// from logs-okta.system-*
    /// | stats Esql.failures = count(*) by okta.actor.id
    /// | where Esql.failures > 5
    /// | keep okta.actor.id, Esql.failures
    /// '''
    /// ```
    ///
    /// ## Fix
    /// Put `Esql.` before the name, or keep it out of the result.
    ///
    /// ## References
    /// elastic/detection-rules, conventions of ES|QL rules.
    pub(in crate::lint) META = {
        name: "esql-column-prefix", family: "esql", level: Note, stage: Stage::Stable("0.1.0"), tap: Tap::BuiltIn,
    }
}
