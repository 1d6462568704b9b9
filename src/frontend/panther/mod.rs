//! Panther: one YAML item per document, with a Python file beside it (reference: panther.md section 2).
//!
//! Rules and policies are lifted to conditions; what is no detection (queries, data models, packs, ..) is an item of its own
//! kind with opaque logic, so that nothing in a repository goes unseen.

mod attack;
mod correlation;
mod detection;
mod fields;
mod keys;
mod lift;
mod meta;
mod rule_tests;
mod schema;
mod sdyaml;
mod sql;
#[cfg(test)]
mod tests;

use super::{Context, Item};
use crate::ir::{Dialect, EventModel, ExprId, Logic, NativeExtra, Opaque, Pool, Rule};
use crate::source::{Diagnostic, Location, Unit};
use crate::syntax::{Document, Node};
use fields::Fields;
use keys::Kind;

/// Reads every document of a Panther file. The Python files that the items name become files of the unit.
pub(super) fn load(unit: &mut Unit, documents: &[Document], context: &Context<'_>) -> (Vec<Item>, Vec<Diagnostic>) {
    let mut items = Vec::new();
    let mut diagnostics = Vec::new();
    for (index, document) in documents.iter().enumerate() {
        if document.root.as_map().is_some() {
            let (rule, decided) = read_item(unit, document, context, &mut diagnostics);
            items.push(Item { decided, ..Item::new(rule, index) });
        } else if !document.root.is_null() {
            let message = format!("a Panther item is a map, not {}", document.root.describe());
            diagnostics.push(Diagnostic::syntax(Location::main(document.root.span), message));
        }
    }
    (items, diagnostics)
}

/// The item, and where its code gives a verdict.
fn read_item(
    unit: &mut Unit,
    document: &Document,
    context: &Context<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> (Rule, Option<ExprId>) {
    let root = &document.root;
    let kind = kind_of(root, diagnostics);
    let first = diagnostics.len();
    schema::check(root, kind, diagnostics);
    let mut fields = Fields::new(root, kind, diagnostics);
    let event_model = match kind {
        Kind::ScheduledRule => EventModel::Columns,
        Kind::Policy => EventModel::PantherResource,
        _ => EventModel::Panther,
    };
    let unread = Logic::Opaque(not_a_detection(kind, root));
    let mut rule = Rule {
        kind: kind.name(),
        origin: Location::main(document.span),
        ..Rule::new(Dialect::Panther, event_model, Pool::default(), unread)
    };
    meta::read(&mut rule, &mut fields);
    rule_tests::read(&mut rule, &mut fields);
    extras(&mut rule, root, kind, unit);
    let mut reading = detection::Reading { root, kind, unit, context, diagnostics };
    let decided = reading.read(&mut rule);
    let id = rule.meta.id.as_ref().map(|id| id.value.clone());
    for diagnostic in &mut diagnostics[first..] {
        diagnostic.rule_id.clone_from(&id);
    }
    (rule, decided)
}

/// The AnalysisType; a file without one is a rule, as in Panther's own tools' older files.
fn kind_of(root: &Node, diagnostics: &mut Vec<Diagnostic>) -> Kind {
    let Some(entry) = root.entry("AnalysisType") else {
        let message = "the item has no AnalysisType";
        diagnostics.push(Diagnostic::syntax(Location::main(root.span), message));
        return if root.get("PolicyID").is_some() { Kind::Policy } else { Kind::Rule };
    };
    if let Some(kind) = entry.value.as_str().and_then(Kind::from_name) {
        return kind;
    }
    let names: Vec<&str> = Kind::ALL.iter().map(|kind| kind.name()).collect();
    let diagnostic = Diagnostic::syntax(Location::main(entry.value.span), "no such AnalysisType")
        .help(format!("one of {}", names.join(", ")));
    diagnostics.push(diagnostic);
    Kind::Rule
}

/// What stands for the logic of an item until, or unless, it is read.
fn not_a_detection(kind: Kind, root: &Node) -> Opaque {
    let opaque = |language: &str, text: String, reason: String, code: &'static str| Opaque {
        language: language.to_owned(),
        text,
        reason,
        code: code.into(),
        origin: Some(Location::main(root.span)),
    };
    match kind {
        Kind::ScheduledQuery | Kind::SavedQuery => {
            let entry = keys::QUERY_KEYS.iter().find_map(|key| root.entry(key));
            let text = entry.and_then(|entry| entry.value.as_str()).unwrap_or_default().to_owned();
            let mut query = opaque("sql", text, "SQL is kept as text".to_owned(), "sql");
            query.origin = entry.map(|entry| Location::main(entry.value.span)).or(query.origin);
            query
        }
        Kind::CorrelationRule => {
            opaque("panther_correlation", String::new(), "the correlation could not be read".to_owned(), "correlation")
        }
        Kind::Rule | Kind::ScheduledRule | Kind::Policy => {
            opaque("python", String::new(), "the detection could not be read".to_owned(), "python")
        }
        other => opaque(
            other.name(),
            String::new(),
            format!("a {} is not a detection", other.name().replace('_', " ")),
            "not-a-detection",
        ),
    }
}

/// Every key that the shared terms do not hold, word for word.
fn extras(rule: &mut Rule, root: &Node, kind: Kind, unit: &Unit) {
    let mut keep = |key: String, value: &Node| {
        let origin = Location::main(value.span);
        rule.extras.push(NativeExtra { key, text: unit.slice(origin).to_owned(), origin });
    };
    for entry in root.as_map().unwrap_or_default() {
        match entry.value.as_map() {
            _ if keys::is_modelled(kind, &entry.key.text) => {}
            Some(reports) if entry.key.text == attack::REPORTS => {
                for report in reports.iter().filter(|report| !attack::is_read(report)) {
                    keep(format!("{}.{}", attack::REPORTS, report.key.text), &report.value);
                }
            }
            _ => keep(entry.key.text.clone(), &entry.value),
        }
    }
}
