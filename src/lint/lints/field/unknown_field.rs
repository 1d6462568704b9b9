//! Fields that the data do not have.

use crate::catalog::fields::{Absence, Schema};
use crate::frontend::OPTIONAL_FIELDS;
use crate::ir::FieldUse;
use crate::lint::RuleCx;
use crate::lint::meta::{Stage, Tap, declare_lint};
use crate::source::{Diagnostic, Level};
use std::collections::HashSet;

declare_lint! {
    /// ## What it checks
    /// Fields that the rule's data do not have: ECS and the integrations of its indices, the log types' fields in Panther, the log source's
    /// in Sigma. Where a query limits its events to some datasets (`data_stream.dataset`, a step of a sequence, a part of an `or`), only
    /// these count there. Where the tables are older than what is installed (`--stack`, `--integration`), or were gathered from examples,
    /// the finding is a note; where part of the data has no table there is none. Deprecated rules are left alone, and so are Panther's shared
    /// helpers and data models: rules of other log types need what this one does not have.
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
    /// A test that a field is not there holds of every event when the path is wrong, and no test of the rule's own shows it:
    /// ```yaml bad
    /// AnalysisType: rule
    /// Filename: example.py
    /// RuleID: Okta.Reset.BySystem
    /// Enabled: true
    /// LogTypes: [Okta.SystemLog]
    /// Severity: High
    /// ```
    /// ```python beside
    /// def rule(event):
    ///     if event.get("eventType") != "user.account.reset_password":
    ///         return False
    ///     return event.deep_get(⟦"userAgent", "rawUserAgent"⟧) is None and ⟦event.deep_walk("target", "kind")⟧ == "User"
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
    // In ES|QL a name is a column, which the query may make itself: `esql-unknown-column` follows them.
    if cx.rule().language == Some("esql") || !cx.is_held_against_schema() {
        return;
    }
    let mut told = HashSet::new();
    for (found, _) in cx.uses().filter(|(_, info)| info.is_none()) {
        let schema = cx.schema_at(found);
        let name = found.field.name();
        // A wildcard in a field's name is a choice of fields, not a name. `?field` of EQL may be absent by its author's word.
        if schema.is_open()
            || name.contains('*')
            || !cx.is_own(found.at)
            || is_optional(cx, &name)
            || !told.insert(name.clone())
        {
            continue;
        }
        let finding = judged(cx, found, schema, &name);
        cx.report(finding);
    }
}

/// A field that an old table does not have may have come since, unless it is a known one misspelt.
fn judged(cx: &RuleCx<'_>, found: &FieldUse, schema: &Schema, name: &str) -> Diagnostic {
    let message = format!("`{name}` is no field of {}", tables(&schema.tables()));
    let near = schema.near(name, 3);
    let meant = (!near.is_empty()).then(|| format!("did you mean {}?", quoted(&near)));
    let mut finding = cx.diagnostic(found.at, message);
    let mut help: Vec<String> = meant.into_iter().collect();
    if schema.absence() == Absence::Hint && schema.slip(name).is_none() {
        finding.level = Level::Note;
        help.extend(schema.told_age(cx.ages(), name));
    }
    if help.is_empty() { finding } else { finding.help(help.join("; ")) }
}

fn is_optional(cx: &RuleCx<'_>, name: &str) -> bool {
    let optional = cx.rule().extras.iter().filter(|extra| extra.key == OPTIONAL_FIELDS);
    optional.flat_map(|extra| extra.text.split(',')).any(|known| known == name)
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
