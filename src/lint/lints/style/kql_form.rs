//! KQL that says in two tests what fits into one.

use crate::lang::kuery::{Node as Kuery, Query, Value, parse};
use crate::lint::RuleCx;
use crate::lint::meta::{Stage, Tap, declare_lint};
use crate::source::{Location, Span};
use crate::syntax::Node;
use std::collections::HashSet;

declare_lint! {
    /// ## What it checks
    /// KQL with several tests of one field side by side under the same `and` or `or`, with parentheses that change nothing, and with `not
    /// not`.
    ///
    /// ## Why it matters
    /// `event.action: (a or b)` is read at one glance, and Kibana makes of it what it makes of the longer form. The rules of
    /// elastic/detection-rules have to be in this form.
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
    /// rule_id = "4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a2c27"
    /// severity = "low"
    /// type = "query"
    /// query = '''
    /// user.name:a or ⟦user.name⟧:b
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
    /// description = "Shows what the lint finds."
    /// from = "now-9m"
    /// index = ["logs-okta.system-*"]
    /// language = "kuery"
    /// license = "Apache-2.0"
    /// name = "A rule that shows the lint"
    /// risk_score = 21
    /// rule_id = "4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a2c28"
    /// severity = "low"
    /// type = "query"
    /// query = '''
    /// user.name:(a or b) and not user.domain:(c or d) and (event.outcome:failure or user.id:e)
    /// '''
    /// ```
    ///
    /// ## Fix
    /// Write the values as one list: `field: (a or b)`, `field: (a and b)`, `not field: (a or b)`.
    ///
    /// ## References
    /// elastic/detection-rules: `all_rule_queries_optimized`; rules over PowerShell scripts are left alone there, as here.
    pub(in crate::lint) META = {
        name: "kql-form", family: "style", level: Note, stage: Stage::Stable("0.1.0"), tap: Tap::Rule(check),
    }
}

fn check(cx: &mut RuleCx<'_>) {
    let Some(rule) = cx.elastic().filter(|_| cx.rule().language == Some("kuery")) else { return };
    let Some(scalar) = rule.get("query").and_then(Node::as_scalar) else { return };
    // Each part of a script is a search of its own, which people keep apart.
    if scalar.text.contains("powershell.file.script_block_text") {
        return;
    }
    let Some(query) = parse(&scalar.text).query else { return };
    let mut found = Vec::new();
    walk(&query, &mut found);
    for (span, message) in found {
        let finding = cx.diagnostic(Location::main(scalar.map.to_source(span)), message);
        cx.report(finding);
    }
}

/// The depth is bounded by the parser.
fn walk(query: &Query, found: &mut Vec<(Span, String)>) {
    match &query.node {
        Kuery::And(parts) => {
            repeated(parts, found);
            nested(parts, |part| matches!(part.node, Kuery::And(_)), found);
            parts.iter().for_each(|part| walk(part, found));
        }
        Kuery::Or(parts) => {
            repeated(parts, found);
            nested(parts, |part| matches!(part.node, Kuery::Or(_)), found);
            parts.iter().for_each(|part| walk(part, found));
        }
        Kuery::Not(part) => {
            if matches!(part.node, Kuery::Not(_)) {
                found.push((query.span, "`not not` says nothing".to_owned()));
            }
            walk(part, found);
        }
        Kuery::Nested { query, .. } => walk(query, found),
        _ => {}
    }
}

/// Fields that stand in several tests side by side. Both kinds go into one list: `not a: b and a: c` is `a: (c and not b)`.
fn repeated(parts: &[Query], found: &mut Vec<(Span, String)>) {
    let mut seen: HashSet<String> = HashSet::new();
    for field in parts.iter().filter_map(field) {
        let Some(name) = field.text() else { continue };
        if !seen.insert(name.to_owned()) {
            let message = format!("`{name}` is tested beside this already: write the values as one list");
            found.push((field.span, message));
        }
    }
}

fn field(query: &Query) -> Option<&Value> {
    match &query.node {
        Kuery::Field { field, .. } => Some(field),
        Kuery::Not(inner) => match &inner.node {
            Kuery::Field { field, .. } => Some(field),
            _ => None,
        },
        _ => None,
    }
}

fn nested(parts: &[Query], same: impl Fn(&Query) -> bool, found: &mut Vec<(Span, String)>) {
    let inner = parts.iter().find(|part| same(part));
    found.extend(inner.map(|part| (part.span, "the parentheses around this change nothing".to_owned())));
}
