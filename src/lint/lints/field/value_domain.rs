//! Values that a field cannot have.

use crate::catalog::logsource;
use crate::catalog::maps::FieldMap;
use crate::catalog::values::{Domain, Writer, domain, writer};
use crate::ir::{Dialect, FieldUse, Rule, UseKind, Value};
use crate::lint::RuleCx;
use crate::lint::meta::{Stage, Tap, declare_lint};
use crate::source::{Applicability, Diagnostic, Edit, Level, Location, SourceId};
use std::cell::LazyCell;

declare_lint! {
    /// ## What it checks
    /// Values that stand outside the field's known values: outside a closed list (an ECS field with expected values), several known values
    /// glued into one, values close to a known one, and values in another letter case where it counts. Where the list is open, a value that
    /// is merely unknown is a note. ECS's lists bind where the data have a table; what a package or a beat wrote in older versions
    /// (`event.category: network_traffic`) is told with the version. Deprecated rules are left alone.
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
    /// ```toml bad
    /// [metadata]
    /// creation_date = "2026/01/05"
    /// integration = ["azure"]
    /// maturity = "production"
    /// updated_date = "2026/01/05"
    ///
    /// [rule]
    /// author = ["Example"]
    /// description = "Shows what the lint finds."
    /// from = "now-9m"
    /// index = ["logs-azure.activitylogs-*"]
    /// language = "kuery"
    /// license = "Apache-2.0"
    /// name = "A value in another letter case"
    /// risk_score = 21
    /// rule_id = "4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1c16"
    /// severity = "low"
    /// timestamp_override = "event.ingested"
    /// type = "query"
    /// query = 'event.outcome:⟦Success⟧'
    /// ```
    ///
    /// ## Fix
    /// Write the known value. `--fix` splits glued values where they are an item of a YAML list.
    ///
    /// ## References
    /// ECS 9.5 expected values; Okta's event types; the enumerations that the integrations' sources state; the tables of values of field maps,
    /// your own too (`docs/maps.md`).
    pub(in crate::lint) META = {
        name: "value-domain", family: "field", level: Error, stage: Stage::Stable("0.1.0"), tap: Tap::Rule(check),
    }
}

fn check(cx: &mut RuleCx<'_>) {
    let rule = cx.rule();
    if rule.uses.is_empty() || !cx.is_held_against_schema() {
        return;
    }
    let dataset = LazyCell::new(|| dataset(rule));
    for found in rule.uses.iter().filter(|found| found.kind == UseKind::Equal) {
        let Some(mut known) = domain_of(rule, *dataset, found) else { continue };
        // Who follows ECS is known of what has a table only.
        known.closed &= !known.by_ecs || rule.dialect == Dialect::Sigma || !cx.schema_at(found).is_open();
        for (value, at) in &found.values {
            if let Some(text) = value.as_str().filter(|text| !known.contains(text) && !text.is_empty()) {
                outside(cx, found, &known, (text, *at));
            }
        }
    }
}

/// The one dataset that the rule reads, if it is one.
fn dataset(rule: &Rule) -> Option<&str> {
    let source = &rule.data_source;
    let mut names: Vec<&str> = match rule.dialect {
        Dialect::Sigma => {
            let [product, category, service] = source.sigma_parts();
            logsource::for_sigma(product, category, service).into_iter().map(|row| row.dataset).collect()
        }
        Dialect::Panther => {
            let types = source.log_types.iter().flat_map(|name| logsource::for_panther(&name.value));
            types.map(|row| row.dataset).collect()
        }
        _ if !source.datasets.is_empty() => source.datasets.iter().map(String::as_str).collect(),
        _ => {
            let rows = source.indices.iter().flat_map(|index| logsource::for_index(&index.value));
            rows.map(|row| row.dataset).collect()
        }
    };
    names.sort_unstable();
    names.dedup();
    names.retain(|name| !name.is_empty());
    if names.len() == 1 { names.pop() } else { None }
}

/// Sigma's field names are the vendor's in another letter case (`eventtype`).
fn domain_of(rule: &Rule, dataset: Option<&str>, found: &FieldUse) -> Option<Domain> {
    let name = found.field.name_ref();
    let map = dataset.and_then(FieldMap::for_dataset);
    // The tables of a map say more of its own events than ECS does of all.
    let of_map = |name: &str| map.and_then(|map| map.domain(name));
    let known = |name: &str| match domain(dataset, name) {
        Some(known) if !known.by_ecs => Some(known),
        by_ecs => of_map(name).or(by_ecs),
    };
    if let Some(known) = known(&name) {
        return Some(known);
    }
    if rule.dialect != Dialect::Sigma {
        return None;
    }
    known(&map?.raw_spelling(&name)?)
}

fn outside(cx: &mut RuleCx<'_>, found: &FieldUse, known: &Domain, (text, at): (&str, Location)) {
    let finding = if let Some(other) = known.other_case(text) {
        in_other_case(cx, found, known, other, (text, at))
    } else if let Some(parts) = known.glued(text) {
        Some(glued(cx, found, &parts, (text, at)))
    } else if let Some(writer) = writer(cx.schema_at(found).packages(), &found.field.name(), text) {
        of_before(cx, found, known, writer, (text, at))
    } else {
        Some(no_value(cx, found, known, (text, at)))
    };
    if let Some(finding) = finding {
        cx.report(finding);
    }
}

/// Whether the rule tests the field for a known value as well: then the wrong one is dead weight, else the test is dead.
fn has_known_value(cx: &RuleCx<'_>, found: &FieldUse, known: &Domain) -> bool {
    let same = |other: &&FieldUse| {
        other.field == found.field && other.negated == found.negated && other.kind == UseKind::Equal
    };
    let values = cx.rule().uses.iter().filter(same).flat_map(|other| &other.values);
    values.into_iter().any(|(value, _)| value.as_str().is_some_and(|text| known.contains(text)))
}

/// Sigma compares without case, and so do some of EQL's operators. Panther's code may change the case before it compares.
fn in_other_case(
    cx: &RuleCx<'_>,
    found: &FieldUse,
    known: &Domain,
    other: &str,
    (text, at): (&str, Location),
) -> Option<Diagnostic> {
    if cx.rule().dialect == Dialect::Sigma || !found.case.is_sensitive() || known.any_case {
        return None;
    }
    let (name, told) = (found.field.name(), Value::str(text));
    let message = format!("`{name}` holds `{other}`, in this letter case, not {told}");
    let mut finding = cx.diagnostic(at, message).help(format!("write `{other}`"));
    if cx.rule().dialect == Dialect::Panther || !known.closed || has_known_value(cx, found, known) {
        finding.level = Level::Note;
    }
    Some(finding)
}

fn glued(cx: &RuleCx<'_>, found: &FieldUse, parts: &[&str], (text, at): (&str, Location)) -> Diagnostic {
    let (name, told) = (found.field.name(), Value::str(text));
    let list = parts.iter().map(|part| format!("`{part}`")).collect::<Vec<_>>().join(" and ");
    let message = format!("{told} is no value of `{name}`: it is {list} run together");
    let finding = cx.diagnostic(at, message).help("write them as a list of values");
    split(cx, finding, parts, text, at)
}

/// A value that ECS does not have and some package wrote all the same.
fn of_before(
    cx: &RuleCx<'_>,
    found: &FieldUse,
    known: &Domain,
    writer: Writer,
    (text, at): (&str, Location),
) -> Option<Diagnostic> {
    let (name, told, until) = (found.field.name(), Value::str(text), writer.until?);
    let message = format!("`{name}` has the value {told} only in data of {} before {until}", writer.name);
    let mut finding = cx.diagnostic(at, message).help(format!("see {}", writer.source));
    finding.level = if has_known_value(cx, found, known) { Level::Note } else { Level::Warning };
    Some(finding)
}

fn no_value(cx: &RuleCx<'_>, found: &FieldUse, known: &Domain, (text, at): (&str, Location)) -> Diagnostic {
    let (name, told) = (found.field.name(), Value::str(text));
    let near: Vec<String> = known.near(text, 3).iter().map(|value| format!("`{value}`")).collect();
    let message = if known.closed {
        format!("`{name}` never has the value {told}")
    } else {
        format!("{told} is not among the known values of `{name}`")
    };
    let finding = cx.diagnostic(at, message);
    let (level, help) = match (known.closed, near.is_empty()) {
        (true, true) if has_known_value(cx, found, known) => (Level::Warning, Some(choices(known))),
        (true, true) => (Level::Error, Some(choices(known))),
        (false, true) => (Level::Note, None),
        (closed, false) => {
            let level = if closed { Level::Error } else { Level::Warning };
            (level, Some(format!("did you mean {}?", near.join(" or "))))
        }
    };
    Diagnostic { level, help, ..finding }
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
