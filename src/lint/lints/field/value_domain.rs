//! Values that a field cannot have.

use crate::catalog::logsource;
use crate::catalog::maps::FieldMap;
use crate::catalog::values::{Domain, domain};
use crate::ir::{Dialect, FieldUse, Rule, UseKind, Value};
use crate::lint::RuleCx;
use crate::lint::meta::{Stage, Tap, declare_lint};
use crate::source::{Applicability, Diagnostic, Edit, Level, Location, SourceId};

declare_lint! {
    /// ## What it checks
    /// Values that stand outside the field's known values: outside a closed list (an ECS field with expected values), several known values
    /// glued into one, and values close to a known one. Where the list is open, a value that is merely unknown is a note.
    ///
    /// ## Why it matters
    /// The test never matches, so the rule never fires, or fires for a part of what it names. Pages that lose their layout glue values
    /// together: `deactivateoruser.mfa` was two event types and the word between them.
    ///
    /// ## Example
    /// ```yaml bad
    /// title: Two Event Types in One
    /// id: 4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1c11
    /// status: test
    /// description: Shows what the lint finds.
    /// author: Example
    /// date: 2026-01-05
    /// logsource:
    ///     product: okta
    ///     service: okta
    /// detection:
    ///     selection:
    ///         eventtype:
    ///             - user.mfa.factor.deactivate
    ///             - ⟦user.mfa.factor.deactivateoruser.mfa.factor.reset_all⟧
    ///     condition: selection
    /// level: low
    /// ```
    ///
    /// ## Fix
    /// Write the known value. `--fix` splits glued values where they are an item of a YAML list.
    ///
    /// ## References
    /// ECS 9.5 expected values; Okta's event types; the enumerations that the integrations' sources state.
    pub(in crate::lint) META = {
        name: "value-domain", family: "field", level: Error, stage: Stage::Stable("0.1.0"), tap: Tap::Rule(check),
    }
}

fn check(cx: &mut RuleCx<'_>) {
    let rule = cx.rule();
    if rule.uses.is_empty() {
        return;
    }
    let dataset = dataset(rule);
    for found in rule.uses.iter().filter(|found| found.kind == UseKind::Equal) {
        let Some(known) = domain_of(rule, dataset.as_deref(), found) else { continue };
        for (value, at) in &found.values {
            if let Some(text) = value.as_str().filter(|text| !known.contains(text) && !text.is_empty()) {
                outside(cx, found, &known, (text, *at));
            }
        }
    }
}

/// The one dataset that the rule reads, if it is one.
fn dataset(rule: &Rule) -> Option<String> {
    let source = &rule.data_source;
    let part = |part: &Option<crate::source::Spanned<String>>| part.as_ref().map_or(String::new(), |p| p.value.clone());
    let mut names: Vec<String> = match rule.dialect {
        Dialect::Sigma => {
            let rows = logsource::for_sigma(&part(&source.product), &part(&source.category), &part(&source.service));
            rows.into_iter().map(|row| row.dataset.to_owned()).collect()
        }
        Dialect::Panther => {
            let types = source.log_types.iter().flat_map(|name| logsource::for_panther(&name.value));
            types.map(|row| row.dataset.to_owned()).collect()
        }
        _ if !source.datasets.is_empty() => source.datasets.clone(),
        _ => {
            let rows = source.indices.iter().flat_map(|index| logsource::for_index(&index.value));
            rows.map(|row| row.dataset.to_owned()).collect()
        }
    };
    names.sort_unstable();
    names.dedup();
    names.retain(|name| !name.is_empty());
    if names.len() == 1 { names.pop() } else { None }
}

/// Sigma's field names are the vendor's in another letter case (`eventtype`).
fn domain_of(rule: &Rule, dataset: Option<&str>, found: &FieldUse) -> Option<Domain> {
    let name = found.field.name();
    if let Some(known) = domain(dataset, &name) {
        return Some(known);
    }
    if rule.dialect != Dialect::Sigma {
        return None;
    }
    let map = FieldMap::for_dataset(dataset?)?;
    let raw = map.rows().map(|row| row.raw_plain()).find(|raw| raw.eq_ignore_ascii_case(&name))?;
    domain(dataset, &raw)
}

fn outside(cx: &mut RuleCx<'_>, found: &FieldUse, known: &Domain, (text, at): (&str, Location)) {
    let name = found.field.name();
    let told = Value::str(text);
    if let Some(other) = known.other_case(text) {
        // Sigma compares without case; in EQL it depends on the operator.
        if cx.rule().dialect != Dialect::Sigma {
            let message = format!("`{name}` holds `{other}`, in this letter case, not {told}");
            let mut finding = cx.diagnostic(at, message);
            finding.level = Level::Note;
            cx.report(finding);
        }
        return;
    }
    if let Some(parts) = known.glued(text) {
        let list = parts.iter().map(|part| format!("`{part}`")).collect::<Vec<_>>().join(" and ");
        let message = format!("{told} is no value of `{name}`: it is {list} run together");
        let finding = cx.diagnostic(at, message).help("write them as a list of values");
        let finding = split(cx, finding, &parts, text, at);
        return cx.report(finding);
    }
    let near = known.near(text, 3);
    let message = if known.closed {
        format!("`{name}` never has the value {told}")
    } else {
        format!("{told} is not among the known values of `{name}`")
    };
    let mut finding = cx.diagnostic(at, message);
    if near.is_empty() {
        if known.closed {
            finding = finding.help(choices(known));
            // Beside values that do occur it is dead weight, alone it is a dead rule.
            if found.values.iter().any(|(value, _)| value.as_str().is_some_and(|text| known.contains(text))) {
                finding.level = Level::Warning;
            }
        } else {
            finding.level = Level::Note;
        }
    } else {
        let near: Vec<String> = near.iter().map(|value| format!("`{value}`")).collect();
        finding = finding.help(format!("did you mean {}?", near.join(" or ")));
        if !known.closed {
            finding.level = Level::Warning;
        }
    }
    cx.report(finding);
}

fn choices(known: &Domain) -> String {
    let shown: Vec<String> = known.values.iter().take(8).map(|value| format!("`{value}`")).collect();
    let more = known.values.len().saturating_sub(8);
    if more > 0 {
        format!("it can be {} and {more} others", shown.join(", "))
    } else {
        format!("it can be {}", shown.join(", "))
    }
}

/// The fix for an item of a YAML block list: one item per value, in the item's own quotes.
fn split(cx: &RuleCx<'_>, finding: Diagnostic, parts: &[&str], text: &str, at: Location) -> Diagnostic {
    let file = cx.unit().main();
    let written = file.slice(at.span);
    let quotes = ["", "'", "\""].into_iter().find(|quote| written == format!("{quote}{text}{quote}"));
    let before = file.text.get(..at.span.start as usize).unwrap_or_default();
    let line_start = before.rfind('\n').map_or(0, |found| found + 1);
    let lead = &before[line_start..];
    let (Some(quote), true) = (quotes, is_list_item(lead) && at.source == SourceId::MAIN) else { return finding };
    let separator = format!("{}{lead}", if before.contains("\r\n") { "\r\n" } else { "\n" });
    let items: Vec<String> = parts.iter().map(|part| format!("{quote}{part}{quote}")).collect();
    finding.fix(Applicability::Safe, vec![Edit { span: at.span, replacement: items.join(&separator) }])
}

fn is_list_item(lead: &str) -> bool {
    lead.trim_start().strip_prefix('-').is_some_and(|rest| !rest.is_empty() && rest.chars().all(|c| c == ' '))
}
