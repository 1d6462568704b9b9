//! The detection itself: the Python file beside the item, lifted.

use super::keys::Kind;
use super::lift::{self, Entry};
use crate::frontend::Context;
use crate::ir::{Logic, NativeExtra, Opaque, Rule};
use crate::lang::python;
use crate::source::{Diagnostic, Level, Location, SourceId, Span, Unit};
use crate::syntax::Node;

/// Reads the detection of an item that has one.
pub(super) fn read(
    rule: &mut Rule,
    root: &Node,
    kind: Kind,
    unit: &mut Unit,
    context: &Context<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    match kind {
        Kind::Rule | Kind::ScheduledRule | Kind::Policy => {}
        Kind::CorrelationRule => return keep_correlation(rule, root, unit),
        _ => return,
    }
    if let Some(entry) = root.entry("Detection") {
        let at = Location::main(entry.value.span);
        let reason = "a simple detection (YAML match expressions) is kept as text";
        rule.logic = Logic::Opaque(opaque("panther_sdyaml", unit.slice(at), reason, "sdyaml", at));
    } else if let Some(entry) = root.entry("BaseDetection") {
        let at = Location::main(entry.value.span);
        let reason = "a rule derived from another one is kept as text";
        rule.logic = Logic::Opaque(opaque("python", unit.slice(at), reason, "derived", at));
    } else {
        read_python(rule, root, kind, unit, context, diagnostics);
    }
    keep_inline_filters(rule, root);
}

fn opaque(language: &str, text: &str, reason: impl Into<String>, code: &'static str, at: Location) -> Opaque {
    Opaque {
        language: language.to_owned(),
        text: text.to_owned(),
        reason: reason.into(),
        code: code.into(),
        origin: Some(at),
    }
}

fn keep_correlation(rule: &mut Rule, root: &Node, unit: &Unit) {
    if let (Logic::Opaque(opaque), Some(entry)) = (&mut rule.logic, root.entry("Detection")) {
        let at = Location::main(entry.value.span);
        unit.slice(at).clone_into(&mut opaque.text);
        opaque.origin = Some(at);
    }
}

/// Inline filters take events out before the rule sees them. An empty one takes none; others are not read yet, so the whole
/// logic is kept as text with them.
fn keep_inline_filters(rule: &mut Rule, root: &Node) {
    let Some(entry) = root.entry("InlineFilters") else { return };
    let no_op = |filter: &Node| {
        filter.as_map().is_some_and(|keys| keys.iter().all(|key| key.value.as_seq().is_some_and(<[Node]>::is_empty)))
    };
    if entry.value.is_null() || entry.value.as_seq().is_some_and(|filters| filters.iter().all(no_op)) {
        return;
    }
    let at = Location::main(entry.value.span);
    let text = match &rule.logic {
        Logic::Opaque(known) => known.text.clone(),
        _ => String::new(),
    };
    rule.logic = Logic::Opaque(opaque("python", &text, "inline filters are not understood", "inline-filters", at));
}

fn read_python(
    rule: &mut Rule,
    root: &Node,
    kind: Kind,
    unit: &mut Unit,
    context: &Context<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let Some((name, at)) = file_name(root, diagnostics) else { return };
    let main = unit.main().path.clone();
    let Some(file) = context.companions.companion(&main, &name) else {
        let message = format!("the file `{name}` is not there or cannot be read");
        diagnostics.push(Diagnostic::new("missing-file", Level::Error, at, message.clone()));
        rule.logic = Logic::Opaque(opaque("python", "", message, "missing-file", at));
        return;
    };
    let source = unit.add(file);
    let text = unit.file(source).text.clone();
    let whole = Location::new(source, Span::new(0, text.len()));
    let tree = match python::parse(&text) {
        Ok(tree) => tree,
        Err(problem) => {
            let place = Location::new(source, problem.span);
            let reason = problem.message.clone();
            diagnostics.push(problem.into_diagnostic(place));
            rule.logic = Logic::Opaque(opaque("python", &text, reason, "python-syntax", place));
            return;
        }
    };
    other_functions(rule, &tree, source, &text);
    let entry = if kind == Kind::Policy { Entry::Policy } else { Entry::Rule };
    rule.meta.output_fields.extend(lift::output_fields(unit, source, tree.clone(), context.companions));
    let mut log_types: Vec<String> = rule.data_source.log_types.iter().map(|log_type| log_type.value.clone()).collect();
    // Panther chooses the data model by the event, also in tests.
    let named = rule.tests.iter().flat_map(|test| &test.events).filter_map(|event| event.get("p_log_type")?.as_str());
    log_types.extend(named.map(str::to_owned));
    match lift::lift(unit, source, tree, context.companions, entry, &log_types) {
        Ok(lifted) => {
            rule.assumptions.extend(lifted.assumptions);
            rule.pool = lifted.pool;
            rule.logic = Logic::Event(lifted.condition);
            rule.uses = lifted.uses;
        }
        Err((reason, span)) => {
            let place = Location::new(source, span);
            diagnostics.push(Diagnostic::new("not-lifted", Level::Warning, place, reason.clone()));
            rule.logic = Logic::Opaque(opaque("python", &text, reason, "python", whole));
        }
    }
    if kind == Kind::Policy {
        rule.assumptions.push("a resource's keys are looked up without regard to case, as an event's are".to_owned());
    }
}

fn file_name(root: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<(String, Location)> {
    let Some(entry) = root.entry("Filename") else {
        let message = "the item names no Python file (`Filename`) and has no `Detection`";
        diagnostics.push(Diagnostic::new("schema", Level::Error, Location::main(root.span), message));
        return None;
    };
    let at = Location::main(entry.value.span);
    let Some(name) = entry.value.as_str() else {
        let message = format!("`Filename` is a string, not {}", entry.value.describe());
        diagnostics.push(Diagnostic::new("schema", Level::Error, at, message));
        return None;
    };
    // Panther's files stand beside their items; a path that leads elsewhere is not followed.
    if name.contains(['/', '\\']) {
        let message = format!("`{name}` is a path; the file stands beside the item");
        diagnostics.push(Diagnostic::new("schema", Level::Error, at, message));
        return None;
    }
    Some((name.to_owned(), at))
}

/// `title`, `dedup`, `severity` and the like do not decide whether there is an alert: they are kept word for word.
fn other_functions(rule: &mut Rule, tree: &python::ast::ModModule, source: SourceId, text: &str) {
    const OTHERS: [&str; 10] = [
        "title",
        "dedup",
        "severity",
        "alert_context",
        "description",
        "reference",
        "runbook",
        "destinations",
        "unique",
        "summary",
    ];
    for function in python::functions(tree).filter(|function| OTHERS.contains(&function.name.as_str())) {
        let origin = Location::new(source, python::span_of(function));
        let text = text.get(origin.span.range()).unwrap_or_default().to_owned();
        rule.extras.push(NativeExtra { key: format!("python.{}", function.name), text, origin });
    }
}
