//! What the stack is too old for.

use crate::catalog::features::{self, Construct};
use crate::catalog::versions::Version;
use crate::ir::{Logic, Rule};
use crate::lint::meta::{Stage, Tap, declare_lint};
use crate::lint::{ElasticRule, RuleCx};
use crate::source::Location;

declare_lint! {
    /// ## What it checks
    /// Keys and constructs of Elastic rules that came with a later version of the stack than the rule is for: its `min_stack_version`, or
    /// `--stack` (`stack` in `detc.toml`) where that is newer. Without either, rules are for the newest stack.
    ///
    /// ## Why it matters
    /// Kibana refuses the key, or Elasticsearch the query.
    ///
    /// ## Example
    /// ```toml bad
    /// [metadata]
    /// creation_date = "2026/01/05"
    /// integration = ["okta"]
    /// maturity = "production"
    /// min_stack_version = "8.7.0"
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
    /// rule_id = "4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a2c69"
    /// severity = "low"
    /// type = "query"
    /// query = 'event.outcome:failure'
    ///
    /// [rule.⟦alert_suppression⟧]
    /// group_by = ["user.id"]
    /// ```
    ///
    /// Better:
    /// ```toml good
    /// [metadata]
    /// creation_date = "2026/01/05"
    /// integration = ["okta"]
    /// maturity = "production"
    /// min_stack_version = "8.8.0"
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
    /// rule_id = "4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a2c6a"
    /// severity = "low"
    /// type = "query"
    /// query = 'event.outcome:failure'
    ///
    /// [rule.alert_suppression]
    /// group_by = ["user.id"]
    /// ```
    ///
    /// ## Fix
    /// Raise `min_stack_version`, or do without.
    ///
    /// ## References
    /// elastic/detection-rules: `min_compat` of the rule's fields, the EQL features by version; `detc` lists them in its catalogue.
    pub(in crate::lint) META = {
        name: "newer-stack", family: "logic", level: Error, stage: Stage::Stable("0.1.0"), tap: Tap::Rule(check),
    }
}

fn check(cx: &mut RuleCx<'_>) {
    let Some(rule) = cx.elastic() else { return };
    let stack = cx.stack();
    if stack >= Version::NEWEST_STACK {
        return;
    }
    let is_sequence = matches!(cx.rule().logic.source(), Logic::Sequence(_));
    let mut found: Vec<(Location, Version, String)> = Vec::new();
    for entry in rule.entries() {
        let key = entry.key.text.as_str();
        let since = features::since_with_logic(rule.kind(), key, is_sequence);
        let what = if key == "type" { format!("the type `{}`", rule.kind()) } else { format!("`{key}`") };
        found.extend(since.map(|since| (Location::main(entry.key.span), since, what)));
    }
    found.extend(parts(&rule, cx.rule()));
    for (at, since, what) in found.into_iter().filter(|(_, since, _)| *since > stack) {
        let message = format!("{what} came with {since}, and the rule is for {stack}");
        let finding = cx.diagnostic(at, message);
        cx.report(finding.help(format!("write `min_stack_version = \"{since}\"`, or do without")));
    }
}

/// Constructs below the keys.
fn parts(rule: &ElasticRule<'_>, meaning: &Rule) -> Vec<(Location, Version, String)> {
    let mut found = Vec::new();
    let mut add = |key: &str, construct: Construct| {
        found.push((rule.at(key), construct.since, construct.name.to_owned()));
    };
    match meaning.logic.source() {
        Logic::Sample(_) => add("query", features::EQL_SAMPLE),
        Logic::Sequence(sequence) if sequence.steps.iter().any(|step| step.missing) => {
            add("query", features::EQL_MISSING_EVENTS);
        }
        Logic::NewTerms(terms) if terms.fields.len() > 1 => {
            add("new_terms", features::SEVERAL_NEW_TERMS);
        }
        Logic::Indicator(indicator) if indicator.mapping.iter().flatten().any(|entry| entry.negated) => {
            add("threat_mapping", features::NEGATED_MAPPING);
        }
        _ => {}
    }
    found
}
