//! Mappings to several versions of ATT&CK.

use crate::catalog::attack::{AttackVersion, technique};
use crate::lint::RuleCx;
use crate::lint::meta::{Stage, Tap, declare_lint};
use crate::source::Location;
use crate::syntax::Node;

declare_lint! {
    /// ## What it checks
    /// Entries of `threat_mappings` with the framework and version of another one, entries whose parts are of another framework than the
    /// entry, and techniques that the entry's own version of ATT&CK does not have or has given up.
    ///
    /// ## Why it matters
    /// The release takes the one entry that fits a stack: of two it takes either, and what is mixed or gone is shown to nobody.
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
    /// risk_score = 21
    /// rule_id = "4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a2c25"
    /// severity = "low"
    /// type = "query"
    /// query = 'event.outcome:failure'
    ///
    /// [[rule.threat_mappings]]
    /// framework = "MITRE ATT&CK"
    /// version = "18.1"
    ///
    /// [[rule.threat_mappings.threat]]
    /// framework = ⟦"MITRE ATLAS"⟧
    ///
    /// [rule.threat_mappings.threat.tactic]
    /// id = "TA0006"
    /// name = "Credential Access"
    /// reference = "https://attack.mitre.org/tactics/TA0006/"
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
    /// risk_score = 21
    /// rule_id = "4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a2c26"
    /// severity = "low"
    /// type = "query"
    /// query = 'event.outcome:failure'
    ///
    /// [[rule.threat_mappings]]
    /// framework = "MITRE ATT&CK"
    /// version = "18.1"
    ///
    /// [[rule.threat_mappings.threat]]
    /// framework = "MITRE ATT&CK"
    ///
    /// [rule.threat_mappings.threat.tactic]
    /// id = "TA0006"
    /// name = "Credential Access"
    /// reference = "https://attack.mitre.org/tactics/TA0006/"
    /// ```
    ///
    /// ## Fix
    /// Keep one entry for each framework and version, with ids of this version.
    ///
    /// ## References
    /// elastic/detection-rules, L11 and TestThreatMappings: `versioned_threat_mappings`.
    pub(in crate::lint) META = {
        name: "attack-versioned-mapping", family: "attack", level: Error, stage: Stage::Stable("0.1.0"), tap: Tap::Rule(check),
    }
}

fn check(cx: &mut RuleCx<'_>) {
    let Some(rule) = cx.elastic() else { return };
    let mut found: Vec<(Location, String)> = Vec::new();
    let mut seen = Vec::new();
    for mapping in rule.items("threat_mappings") {
        let key = (text(mapping, "framework"), text(mapping, "version"));
        if seen.contains(&key) {
            found.push((at(mapping, "version"), "there is an entry for this framework and version already".to_owned()));
        }
        seen.push(key);
        for threat in list(mapping, "threat") {
            if text(threat, "framework") != key.0 {
                let message = "this is of another framework than the entry around it".to_owned();
                found.push((at(threat, "framework"), message));
            } else if let Some(version) = key.1.and_then(AttackVersion::parse) {
                found.extend(list(threat, "technique").iter().flat_map(|one| gone(one, version)));
            }
        }
    }
    for (at, message) in found {
        let finding = cx.diagnostic(at, message);
        cx.report(finding);
    }
}

/// Techniques and sub-techniques that the version does not have as they are written.
fn gone(node: &Node, version: AttackVersion) -> Vec<(Location, String)> {
    let nodes = std::iter::once(node).chain(list(node, "subtechnique"));
    let told = |node: &Node| {
        let id = text(node, "id")?;
        let known = technique(version, id);
        let fine = known.is_some_and(|known| !known.revoked && !known.deprecated);
        (!fine).then(|| (at(node, "id"), format!("ATT&CK {} has no {id} in use", version.number())))
    };
    nodes.filter_map(told).collect()
}

fn text<'n>(node: &'n Node, key: &str) -> Option<&'n str> {
    node.get(key).and_then(Node::as_str)
}

fn list<'n>(node: &'n Node, key: &str) -> &'n [Node] {
    node.get(key).and_then(Node::as_seq).unwrap_or_default()
}

fn at(node: &Node, key: &str) -> Location {
    Location::main(node.get(key).unwrap_or(node).span)
}
