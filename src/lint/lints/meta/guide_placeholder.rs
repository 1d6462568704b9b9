//! Queries and searches in an investigation guide.

use crate::lint::RuleCx;
use crate::lint::meta::{Stage, Tap, declare_lint};
use std::collections::HashSet;

declare_lint! {
    /// ## What it checks
    /// Elastic rules whose `note` has another number of places for osquery queries (`${osquery_0}`) or searches (`${investigate_0}`) than the
    /// file has entries in `[transform]`, and notes that hold the rendered form (`!{osquery`, `!{investigate`) beside the file's own.
    ///
    /// ## Why it matters
    /// A place without an entry is shown as it is written; an entry without a place is not shown at all.
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
    /// name = "A rule that shows the lint"
    /// note = ⟦"Look at the services: ${osquery_0} and ${osquery_1}"⟧
    /// risk_score = 21
    /// rule_id = "4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a2c0b"
    /// severity = "low"
    /// type = "query"
    /// query = 'event.outcome:failure'
    ///
    /// [transform]
    /// [[transform.osquery]]
    /// label = "Services"
    /// query = "select name from services"
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
    /// description = "Shows what the lint finds."
    /// from = "now-9m"
    /// index = ["logs-okta.system-*"]
    /// language = "kuery"
    /// license = "Apache-2.0"
    /// name = "A rule that shows the lint"
    /// note = "Look at the services: ${osquery_0}"
    /// risk_score = 21
    /// rule_id = "4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a2c0c"
    /// severity = "low"
    /// type = "query"
    /// query = 'event.outcome:failure'
    ///
    /// [transform]
    /// [[transform.osquery]]
    /// label = "Services"
    /// query = "select name from services"
    /// ```
    ///
    /// ## Fix
    /// Add the place or the entry; move a rendered query into `[[transform.osquery]]` or `[[transform.investigate]]`.
    ///
    /// ## References
    /// elastic/detection-rules, TestNoteMarkdownPlugins.
    pub(in crate::lint) META = {
        name: "guide-placeholder", family: "meta", level: Warning, stage: Stage::Stable("0.1.0"), tap: Tap::Rule(check),
    }
}

const PLUGINS: [&str; 2] = ["osquery", "investigate"];

fn check(cx: &mut RuleCx<'_>) {
    let Some(rule) = cx.elastic() else { return };
    let note = rule.text("note").unwrap_or_default();
    for plugin in PLUGINS {
        let (places, entries) = (places(note, plugin), rule.transform(plugin).len());
        if places != entries {
            let message = format!(
                "the note has {places} place{} for `{plugin}`, and the file has {entries}",
                if places == 1 { "" } else { "s" }
            );
            let finding = cx.diagnostic(rule.at("note"), message);
            cx.report(
                finding.help(format!("write `${{{plugin}_0}}` and so on, one for each `[[transform.{plugin}]]`")),
            );
        }
        if note.contains(&format!("!{{{plugin}")) && cx.elastic_own().is_some() {
            let finding = cx.diagnostic(rule.at("note"), format!("the note holds a `{plugin}` in its rendered form"));
            cx.report(finding.help(format!("move it into `[[transform.{plugin}]]`")));
        }
    }
}

/// How many different places there are: `${osquery_0}`, also without the braces.
fn places(note: &str, plugin: &str) -> usize {
    let mut found = HashSet::new();
    for (at, _) in note.match_indices('$') {
        let rest = note.get(at + 1..).unwrap_or_default();
        let name = rest.strip_prefix('{').unwrap_or(rest);
        let Some(number) = name.strip_prefix(plugin).and_then(|rest| rest.strip_prefix('_')) else { continue };
        let digits = number.bytes().take_while(u8::is_ascii_digit).count();
        if digits > 0 {
            found.insert(number.get(..digits).unwrap_or_default());
        }
    }
    found.len()
}
