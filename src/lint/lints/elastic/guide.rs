//! Investigation guides of elastic/detection-rules.

use crate::lint::RuleCx;
use crate::lint::meta::{Stage, Tap, declare_lint};

declare_lint! {
    /// ## What it checks
    /// Rules of elastic/detection-rules of severity high or critical without `## Triage and analysis` in their `note`; guides whose title
    /// `### Investigating ..` does not name the rule; a heading `Setup` that is not of the second level or has other words, stands in both
    /// `note` and `setup`, or is called configuration.
    ///
    /// ## Why it matters
    /// Kibana shows the guide beside the alert, and takes the setup out of the note by its heading.
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
    /// risk_score = 73
    /// rule_id = "4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a2c0d"
    /// severity = ⟦"high"⟧
    /// tags = ["Data Source: Okta"]
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
    /// index = ["logs-okta.system-*"]
    /// language = "kuery"
    /// license = "Elastic License v2"
    /// name = "A rule that shows the lint"
    /// note = """
    /// ## Triage and analysis
    ///
    /// Look at the user first.
    /// """
    /// risk_score = 73
    /// rule_id = "4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a2c0e"
    /// severity = "high"
    /// tags = ["Data Source: Okta"]
    /// timestamp_override = "event.ingested"
    /// type = "query"
    /// query = 'event.outcome:failure'
    /// ```
    ///
    /// ## Fix
    /// Write the headings as the message says.
    ///
    /// ## References
    /// elastic/detection-rules, TestInvestigationGuide and the load-time check of `note`.
    pub(in crate::lint) META = {
        name: "elastic-guide", family: "elastic", level: Warning, stage: Stage::Stable("0.1.0"), tap: Tap::Rule(check),
    }
}

fn check(cx: &mut RuleCx<'_>) {
    let Some(rule) = cx.elastic_own() else { return };
    let note = rule.text("note").unwrap_or_default();
    let is_grave = matches!(rule.text("severity"), Some("high" | "critical"));
    if is_grave && !cx.rule().meta.building_block && !note.to_lowercase().contains("## triage and analysis") {
        let finding = cx.diagnostic(rule.at("severity"), "a rule of this severity needs an investigation guide");
        cx.report(finding.help("begin it with `## Triage and analysis` in `note`"));
    }
    if let Some(message) = title(note, &cx.rule().meta.title) {
        let finding = cx.diagnostic(rule.at("note"), message);
        cx.report(finding);
    }
    for message in setup(note, rule.get("setup").is_some()) {
        let finding = cx.diagnostic(rule.at("note"), message);
        cx.report(finding);
    }
}

/// What is wrong with the guide's title, letter case aside.
fn title(note: &str, name: &str) -> Option<String> {
    let titles: Vec<&str> = note.split("### Investigating").skip(1).map(str::trim_start).collect();
    let names = |title: &&str| title.get(..name.len()).is_some_and(|head| head.eq_ignore_ascii_case(name));
    let wrong = !titles.is_empty() && !titles.iter().any(names);
    wrong.then(|| format!("the guide's title does not name the rule: `### Investigating {name}`"))
}

/// What is wrong with the headings about the setup.
fn setup(note: &str, has_setup: bool) -> Vec<&'static str> {
    let mut found = Vec::new();
    let headings = note.lines().filter(|line| line.starts_with('#'));
    for heading in headings {
        let text = heading.trim_start_matches('#').trim();
        let level = heading.len() - heading.trim_start_matches('#').len();
        let is_setup = text.eq_ignore_ascii_case("setup");
        if is_setup && (level != 2 || text != "Setup") {
            found.push("the heading of the setup is `## Setup`");
        }
        if level == 2 && text.to_lowercase().starts_with("config") {
            found.push("a section about the configuration is called `## Setup`");
        }
        if is_setup && has_setup {
            found.push("the setup stands in `setup` already");
        }
    }
    found
}
