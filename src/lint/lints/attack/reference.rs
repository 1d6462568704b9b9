//! Links of tactics and techniques.

use crate::lint::RuleCx;
use crate::lint::meta::{Stage, Tap, declare_lint};
use crate::source::Location;
use crate::syntax::Node;

declare_lint! {
    /// ## What it checks
    /// Elastic rules whose link of a tactic, technique or sub-technique is not the page of its id, sub-techniques under another technique
    /// than theirs, and tactics that stand twice.
    ///
    /// ## Why it matters
    /// Kibana shows the link beside the name: it leads to another technique than the alert says. A tactic that stands twice is shown twice.
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
    /// rule_id = "4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a2c23"
    /// severity = "low"
    /// type = "query"
    /// query = 'event.outcome:failure'
    ///
    /// [[rule.threat]]
    /// framework = "MITRE ATT&CK"
    ///
    /// [[rule.threat.technique]]
    /// id = "T1110"
    /// name = "Brute Force"
    /// reference = ⟦"https://attack.mitre.org/techniques/T1111/"⟧
    ///
    /// [rule.threat.tactic]
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
    /// rule_id = "4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a2c24"
    /// severity = "low"
    /// type = "query"
    /// query = 'event.outcome:failure'
    ///
    /// [[rule.threat]]
    /// framework = "MITRE ATT&CK"
    ///
    /// [[rule.threat.technique]]
    /// id = "T1110"
    /// name = "Brute Force"
    /// reference = "https://attack.mitre.org/techniques/T1110/"
    ///
    /// [rule.threat.tactic]
    /// id = "TA0006"
    /// name = "Credential Access"
    /// reference = "https://attack.mitre.org/tactics/TA0006/"
    /// ```
    ///
    /// ## Fix
    /// Write the page of the id, with a slash at its end, and put a sub-technique under its technique.
    ///
    /// ## References
    /// elastic/detection-rules, TestThreatMappings: `tactic_to_technique_correlations`, `duplicated_tactics`.
    pub(in crate::lint) META = {
        name: "attack-reference", family: "attack", level: Warning, stage: Stage::Stable("0.1.0"), tap: Tap::Rule(check),
    }
}

fn check(cx: &mut RuleCx<'_>) {
    let Some(rule) = cx.elastic() else { return };
    let mut found = Vec::new();
    let mut seen: Vec<&str> = Vec::new();
    for threat in rule.items("threat") {
        if let Some(tactic) = threat.get("tactic") {
            found.extend(link(tactic, "tactics"));
            let id = text(tactic, "id").unwrap_or_default();
            if seen.contains(&id) {
                found.push((span(tactic, "id"), format!("the tactic {id} stands there already")));
            }
            seen.push(id);
        }
        for technique in list(threat, "technique") {
            found.extend(link(technique, "techniques"));
            for sub in list(technique, "subtechnique") {
                found.extend(link(sub, "techniques"));
                found.extend(parent(sub, technique));
            }
        }
    }
    for (at, message) in found {
        let finding = cx.diagnostic(at, message);
        cx.report(finding);
    }
}

/// The page of an id, which Elastic's ATLAS ids write with a dot and ATT&CK's with a slash.
fn link(node: &Node, kind: &str) -> Option<(Location, String)> {
    let (id, reference) = (text(node, "id")?, text(node, "reference")?);
    let page = match id.strip_prefix("AML.") {
        Some(_) => format!("https://atlas.mitre.org/{kind}/{id}"),
        None => format!("https://attack.mitre.org/{kind}/{}", id.replace('.', "/")),
    };
    let same = reference.trim_end_matches('/') == page;
    (!same).then(|| (span(node, "reference"), format!("the page of {id} is `{page}/`")))
}

fn parent(sub: &Node, technique: &Node) -> Option<(Location, String)> {
    let (sub_id, id) = (text(sub, "id")?, text(technique, "id")?);
    let under = sub_id.strip_prefix(id).is_some_and(|rest| rest.starts_with('.'));
    (!under).then(|| (span(sub, "id"), format!("{sub_id} is no sub-technique of {id}")))
}

fn text<'n>(node: &'n Node, key: &str) -> Option<&'n str> {
    node.get(key).and_then(Node::as_str)
}

fn list<'n>(node: &'n Node, key: &str) -> &'n [Node] {
    node.get(key).and_then(Node::as_seq).unwrap_or_default()
}

fn span(node: &Node, key: &str) -> Location {
    Location::main(node.get(key).unwrap_or(node).span)
}
