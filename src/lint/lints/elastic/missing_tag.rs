//! Tags that follow from what a rule of elastic/detection-rules is.

use crate::ir::Rule;
use crate::lint::meta::{Stage, Tap, declare_lint};
use crate::lint::{ElasticRule, RuleCx};
use std::collections::BTreeSet;

declare_lint! {
    /// ## What it checks
    /// Rules of elastic/detection-rules without a tag that follows from the rest of the rule: the data source and domain of an index pattern,
    /// `Rule Type: BBR` of a building block, the first tactic, the system of the folder, machine learning, an investigation guide,
    /// `COMPLETION` in ES|QL.
    ///
    /// ## Why it matters
    /// Kibana filters its rules by tags: a rule without them is not found.
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
    /// index = ["logs-okta*"]
    /// language = "kuery"
    /// license = "Elastic License v2"
    /// name = "A rule that shows the lint"
    /// risk_score = 21
    /// rule_id = "4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a2c17"
    /// severity = "low"
    /// tags = ⟦["Use Case: Threat Detection"]⟧
    /// timestamp_override = "event.ingested"
    /// type = "query"
    /// query = 'event.outcome:failure'
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
    /// index = ["logs-okta*"]
    /// language = "kuery"
    /// license = "Elastic License v2"
    /// name = "A rule that shows the lint"
    /// risk_score = 21
    /// rule_id = "4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a2c18"
    /// severity = "low"
    /// tags = ["Data Source: Okta"]
    /// timestamp_override = "event.ingested"
    /// type = "query"
    /// query = 'event.outcome:failure'
    /// ```
    ///
    /// ## Fix
    /// Add the tags.
    ///
    /// ## References
    /// elastic/detection-rules, TestRuleTags: `required_tags`, `bbr_tags`, `primary_tactic_as_tag`, `os_tags`, `ml_rule_type_tags`,
    /// `investigation_guide_tag`, `llm_completion_tag`.
    pub(in crate::lint) META = {
        name: "elastic-missing-tag", family: "elastic", level: Warning, stage: Stage::Stable("0.1.0"), tap: Tap::Rule(check),
    }
}

/// Index patterns with the tags that they ask for.
const BY_INDEX: [(&str, &[&str]); 25] = [
    ("logs-endpoint.events.*", &["Domain: Endpoint", "Data Source: Elastic Defend"]),
    ("endgame-*", &["Data Source: Elastic Endgame"]),
    ("logs-aws*", &["Data Source: AWS", "Data Source: Amazon Web Services", "Domain: Cloud"]),
    ("logs-azure*", &["Data Source: Azure", "Domain: Cloud"]),
    ("logs-o365*", &["Data Source: Microsoft 365", "Domain: Cloud"]),
    ("logs-okta*", &["Data Source: Okta"]),
    ("logs-gcp*", &["Data Source: Google Cloud Platform", "Data Source: GCP", "Domain: Cloud"]),
    ("logs-google_workspace*", &["Data Source: Google Workspace", "Domain: Cloud"]),
    ("logs-cloud_defend.alerts-*", &["Data Source: Elastic Defend for Containers", "Domain: Container"]),
    ("logs-cloud_defend*", &["Data Source: Elastic Defend for Containers", "Domain: Container"]),
    ("logs-kubernetes.*", &["Data Source: Kubernetes"]),
    ("apm-*-transaction*", &["Data Source: APM"]),
    ("traces-apm*", &["Data Source: APM"]),
    (".alerts-security.*", &["Rule Type: Higher-Order Rule"]),
    ("logs-cyberarkpas.audit*", &["Data Source: CyberArk PAS"]),
    ("logs-endpoint.alerts-*", &["Data Source: Elastic Defend"]),
    ("logs-windows.sysmon_operational-*", &["Data Source: Sysmon"]),
    ("logs-windows.powershell*", &["Data Source: PowerShell Logs"]),
    ("logs-system.security*", &["Data Source: Windows Security Event Logs"]),
    ("logs-system.forwarded*", &["Data Source: Windows Security Event Logs"]),
    ("logs-system.system*", &["Data Source: Windows System Event Logs"]),
    ("logs-sentinel_one_cloud_funnel.*", &["Data Source: SentinelOne"]),
    ("logs-fim.event-*", &["Data Source: File Integrity Monitoring"]),
    ("logs-m365_defender.event-*", &["Data Source: Microsoft Defender XDR"]),
    ("logs-crowdstrike.fdr*", &["Data Source: Crowdstrike"]),
];

fn check(cx: &mut RuleCx<'_>) {
    let Some(rule) = cx.elastic_own() else { return };
    let mut wanted: Vec<String> = by_index(&rule).map(str::to_owned).collect();
    wanted.extend(by_kind(&rule, cx.rule()).map(str::to_owned));
    wanted.extend(tactic(&rule, cx.rule()));
    wanted.retain(|tag| !rule.has_tag(tag));
    wanted.dedup();
    if wanted.is_empty() {
        return;
    }
    let told: Vec<String> = wanted.iter().map(|tag| format!("`{tag}`")).collect();
    let finding = cx.diagnostic(rule.at("tags"), format!("the rule has no tag {}", told.join(", ")));
    cx.report(finding);
}

fn by_index(rule: &ElasticRule<'_>) -> impl Iterator<Item = &'static str> {
    let rows = |index: &str| BY_INDEX.iter().find(|(pattern, _)| *pattern == index);
    let tags: BTreeSet<&str> =
        rule.indices().filter_map(|(index, _)| rows(index)).flat_map(|(_, tags)| *tags).copied().collect();
    tags.into_iter()
}

fn by_kind<'a>(rule: &ElasticRule<'a>, meaning: &Rule) -> impl Iterator<Item = &'static str> + use<'a> {
    let note = rule.text("note").unwrap_or_default();
    let query = rule.text("query").unwrap_or_default().to_lowercase();
    let completes = query.split('|').any(|command| command.trim_start().starts_with("completion"));
    let is_ml = rule.kind() == "machine_learning";
    let folder = rule.folder();
    [
        ("Rule Type: BBR", meaning.meta.building_block),
        ("Rule Type: Machine Learning", is_ml),
        ("Rule Type: ML", is_ml),
        ("Resources: Investigation Guide", note.contains("Investigating")),
        ("Resources: LLM", completes),
        ("OS: Linux", folder == "linux"),
        ("OS: macOS", folder == "macos"),
        ("OS: Windows", folder == "windows"),
    ]
    .into_iter()
    .filter(|(_, wanted)| *wanted)
    .map(|(tag, _)| tag)
}

fn tactic(rule: &ElasticRule<'_>, meaning: &Rule) -> Option<String> {
    if rule.kind() == "machine_learning" || rule.has_tag("Continuous Monitoring") {
        return None;
    }
    let tactic = meaning.meta.attack.first()?.tactic_name.as_ref()?;
    Some(format!("Tactic: {}", tactic.value))
}
