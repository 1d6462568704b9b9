//! Fields that the data do not have.

use crate::catalog::fields::Absence;
use crate::lint::RuleCx;
use crate::lint::meta::{Stage, Tap, declare_lint};
use crate::source::Level;
use std::collections::HashSet;

declare_lint! {
    /// ## What it checks
    /// Fields that the rule's data do not have: ECS and the integrations of its indices, the log types' fields in Panther, the log source's
    /// in Sigma. Where the tables are old or were gathered from examples the finding is a note; where part of the data has no table there
    /// is none.
    ///
    /// ## Why it matters
    /// A test on a field that does not exist never fires in KQL and Lucene, and is an error in EQL and ES|QL.
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
    /// name = "A field that is misspelt"
    /// risk_score = 21
    /// rule_id = "4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1c06"
    /// severity = "low"
    /// type = "query"
    /// query = '⟦okta.actor.alternat_id⟧:"someone@example.com"'
    /// ```
    ///
    /// ## Fix
    /// Write the field's name as the data have it; the message names the nearest ones.
    ///
    /// ## References
    /// ECS 9.5 and the field tables of the integrations; Panther's log schemas; Sigma's taxonomy.
    pub(in crate::lint) META = {
        name: "unknown-field", family: "field", level: Warning, stage: Stage::Stable("0.1.0"), tap: Tap::Rule(check),
    }
}

fn check(cx: &mut RuleCx<'_>) {
    let schema = cx.schema();
    // In ES|QL a name is a column, which the query may make itself: `esql-unknown-column` follows them.
    if schema.is_open() || cx.rule().language == Some("esql") {
        return;
    }
    let mut told = HashSet::new();
    for (found, _) in cx.uses().filter(|(_, info)| info.is_none()) {
        let name = found.field.name();
        // A wildcard in a field's name is a choice of fields, not a name.
        if name.contains('*') || !told.insert(name.clone()) {
            continue;
        }
        let message = format!("`{name}` is no field of {}", tables(&schema.tables()));
        let mut finding = cx.diagnostic(found.at, message);
        let near = schema.near(&name, 3);
        if !near.is_empty() {
            finding = finding.help(format!("did you mean {}?", quoted(&near)));
        }
        if schema.absence() == Absence::Hint {
            finding.level = Level::Note;
        }
        cx.report(finding);
    }
}

fn quoted(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(" or ")
}

/// Many tables are told by their number.
fn tables(names: &[String]) -> String {
    match names {
        [] => "the data".to_owned(),
        [one] => one.clone(),
        [first, rest @ ..] if rest.len() <= 2 => format!("{first}, {}", rest.join(", ")),
        [first, rest @ ..] => format!("{first} and {} other tables", rest.len()),
    }
}
