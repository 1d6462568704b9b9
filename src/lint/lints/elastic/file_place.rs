//! Names and places of the files of elastic/detection-rules.

use crate::lint::RuleCx;
use crate::lint::meta::{Stage, Tap, declare_lint};
use crate::source::Location;

declare_lint! {
    /// ## What it checks
    /// Files of elastic/detection-rules with other characters than lower-case letters, digits and `_` in their names, or that do not begin
    /// with the rule's first tactic (machine learning aside); rules in the folders `windows`, `macos` and `linux` whose KQL or EQL does not
    /// test `host.os.type`.
    ///
    /// ## Why it matters
    /// People find a rule by its file's name. An index holds the events of all systems, and a rule of one system has to say so.
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
    /// author = ["Elastic"]
    /// description = "Shows what the lint finds."
    /// from = "now-9m"
    /// index = ["logs-okta.system-*"]
    /// language = "kuery"
    /// license = "Elastic License v2"
    /// name = "A rule that shows the lint"
    /// risk_score = 21
    /// rule_id = "4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a2c13"
    /// severity = "low"
    /// tags = ["Data Source: Okta", "Tactic: Impact"]
    /// timestamp_override = "event.ingested"
    /// type = "query"
    /// query = 'event.outcome:failure'
    ///
    /// [[rule.threat]]
    /// framework = "MITRE ATT&CK"
    ///
    /// [rule.threat.tactic]
    /// id = "TA0040"
    /// name = ⟦"Impact"⟧
    /// reference = "https://attack.mitre.org/tactics/TA0040/"
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
    /// author = ["Elastic"]
    /// description = "Shows what the lint finds."
    /// from = "now-9m"
    /// index = ["logs-okta.system-*"]
    /// language = "kuery"
    /// license = "Elastic License v2"
    /// name = "A rule that shows the lint"
    /// risk_score = 21
    /// rule_id = "4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a2c14"
    /// severity = "low"
    /// tags = ["Data Source: Okta"]
    /// timestamp_override = "event.ingested"
    /// type = "query"
    /// query = 'event.outcome:failure'
    /// ```
    ///
    /// ## Fix
    /// Rename the file, or put the tactic first that it is named after. Add `host.os.type == "windows"` and the like.
    ///
    /// ## References
    /// elastic/detection-rules: `file_names`, `rule_file_name_tactic`, TestEndpointQuery.
    pub(in crate::lint) META = {
        name: "elastic-file-place", family: "elastic", level: Warning, stage: Stage::Stable("0.1.0"), tap: Tap::Rule(check),
    }
}

fn check(cx: &mut RuleCx<'_>) {
    let Some(rule) = cx.elastic_own() else { return };
    let name = cx.unit().main().file_name();
    if name.starts_with('<') {
        return;
    }
    let stem = name.strip_suffix(".toml").unwrap_or(name);
    if !stem.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_') {
        let message = format!("`{name}` has other characters than lower-case letters, digits and `_`");
        let finding = cx.diagnostic(rule.at("name"), message);
        cx.report(finding);
    }
    let tactic = cx.rule().meta.attack.first().and_then(|first| first.tactic_name.as_ref());
    if let Some(tactic) = tactic.filter(|_| rule.kind() != "machine_learning") {
        let prefix = tactic.value.to_lowercase().replace(' ', "_");
        if !name.starts_with(&prefix) {
            let finding =
                cx.diagnostic(Location::main(tactic.span), format!("`{name}` does not begin with `{prefix}`"));
            cx.report(finding.help("rename the file, or put the tactic first that it is named after"));
        }
    }
    let of_system = matches!(rule.folder(), "windows" | "macos" | "linux");
    let by_query = matches!(rule.text("language"), Some("eql" | "kuery"));
    if of_system && by_query && !cx.rule().uses.iter().any(|found| found.field.name() == "host.os.type") {
        let finding = cx.diagnostic(rule.at("query"), format!("a rule for {} tests `host.os.type`", rule.folder()));
        cx.report(finding);
    }
}
