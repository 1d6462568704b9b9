//! The detection itself: the Python file beside the item, lifted.

use super::correlation;
use super::keys::{Kind, QUERY_KEYS};
use super::lift::{self, Entry, Lifting};
use super::sdyaml;
use super::sql;
use crate::frontend::Context;
use crate::ir::{EventModel, ExprId, Logic, Mock, NativeExtra, Opaque, Rule, RuleTest};
use crate::lang::python;
use crate::source::{Diagnostic, Level, Location, SourceId, Span, Unit};
use crate::syntax::Node;
use std::sync::Arc;

/// An item whose detection is read.
pub(super) struct Reading<'a> {
    pub(super) root: &'a Node,
    pub(super) kind: Kind,
    pub(super) unit: &'a mut Unit,
    pub(super) context: &'a Context<'a>,
    pub(super) diagnostics: &'a mut Vec<Diagnostic>,
}

impl Reading<'_> {
    /// Reads the detection of an item that has one; for one in code, where that gives a verdict.
    pub(super) fn read(&mut self, rule: &mut Rule) -> Option<ExprId> {
        let root = self.root;
        match self.kind {
            Kind::Rule | Kind::ScheduledRule | Kind::Policy => return self.read_detection(rule),
            Kind::CorrelationRule => correlation::read(rule, root, self.unit, self.diagnostics),
            Kind::ScheduledQuery | Kind::SavedQuery => {
                let query = QUERY_KEYS.iter().find_map(|key| root.get(key)).and_then(Node::as_scalar);
                query.into_iter().for_each(|query| sql::read(rule, query));
            }
            _ => {}
        }
        None
    }

    fn read_detection(&mut self, rule: &mut Rule) -> Option<ExprId> {
        let root = self.root;
        let mut decided = None;
        if let Some(entry) = root.entry("Detection") {
            sdyaml::read(rule, &entry.value, root, self.unit, self.diagnostics);
        } else if let Some(entry) = root.entry("BaseDetection") {
            let at = Location::main(entry.value.span);
            let reason = "a rule derived from another one is kept as text";
            rule.logic = Logic::Opaque(opaque("python", self.unit.slice(at), reason, "derived", at));
        } else {
            decided = self.read_python(rule);
        }
        if let Some(filters) = root.get("InlineFilters") {
            sdyaml::read_filters(rule, filters, self.unit, self.diagnostics);
        }
        decided
    }

    fn read_python(&mut self, rule: &mut Rule) -> Option<ExprId> {
        let (name, at) = file_name(self.root, self.diagnostics)?;
        let main = self.unit.main().path.clone();
        let Some(file) = self.context.companions.companion(&main, &name) else {
            let message = format!("the file `{name}` is not there or cannot be read");
            self.diagnostics.push(Diagnostic::new("missing-file", Level::Error, at, message.clone()));
            rule.logic = Logic::Opaque(opaque("python", "", message, "missing-file", at));
            return None;
        };
        let source = self.unit.add(file);
        let text = self.unit.file(source).text.clone();
        let tree = match python::parse(&text) {
            Ok(tree) => Arc::new(tree),
            Err(problem) => {
                let place = Location::new(source, problem.span);
                let reason = problem.message.clone();
                self.diagnostics.push(problem.into_diagnostic(place));
                rule.logic = Logic::Opaque(opaque("python", &text, reason, "python-syntax", place));
                return None;
            }
        };
        other_functions(rule, &tree, source, &text);
        rule.module = (rule.event_model == EventModel::Panther).then(|| text.clone());
        if !self.context.verdicts_only {
            let fields = lift::output_fields(self.unit, source, &tree, self.context.companions);
            rule.meta.output_fields.extend(fields);
        }
        self.lift(rule, source, &tree)
    }

    fn lift(&mut self, rule: &mut Rule, source: SourceId, tree: &Arc<python::ast::ModModule>) -> Option<ExprId> {
        let entry = if self.kind == Kind::Policy { Entry::Policy } else { Entry::Rule };
        let mut log_types: Vec<String> =
            rule.data_source.log_types.iter().map(|log_type| log_type.value.clone()).collect();
        // Panther chooses the data model by the event, also in tests.
        let named =
            rule.tests.iter().flat_map(|test| &test.events).filter_map(|event| event.get("p_log_type")?.as_str());
        log_types.extend(named.map(str::to_owned));
        let mut mocked: Vec<Arc<str>> =
            rule.tests.iter().flat_map(|test| &test.mocks).map(|mock| mock.name.as_str().into()).collect();
        mocked.sort_unstable();
        mocked.dedup();
        let program =
            lift::Program { source, tree, companions: self.context.companions, entry, log_types: &log_types, mocked };
        let mut lifting = program.start(self.unit);
        let lifted = lifting.lift();
        substitute(&mut lifting, &mut rule.tests);
        match lifted {
            Ok(lifted) => {
                rule.assumptions.extend(lifted.assumptions);
                rule.extras.extend(lifted.writes.into_iter().map(|origin| NativeExtra {
                    key: "python.state".to_owned(),
                    text: self.unit.slice(origin).to_owned(),
                    origin,
                }));
                rule.pool = lifted.pool;
                rule.logic = Logic::Event(lifted.condition);
                rule.uses = lifted.uses;
                Some(lifted.decided)
            }
            Err((reason, span)) => {
                let place = Location::new(source, span);
                self.diagnostics.push(Diagnostic::new("not-lifted", Level::Warning, place, reason.clone()));
                let text = self.unit.file(source).text.clone();
                let whole = Location::new(source, Span::new(0, text.len()));
                rule.logic = Logic::Opaque(opaque("python", &text, reason, "python", whole));
                None
            }
        }
    }
}

/// What the tests with mocks run: tests with the same mocks run the same.
fn substitute(lifting: &mut Lifting<'_>, tests: &mut [RuleTest]) {
    let mut known: Vec<(Vec<Mock>, Result<_, String>)> = Vec::new();
    for test in tests.iter_mut().filter(|test| !test.mocks.is_empty()) {
        let found = known.iter().find(|(mocks, _)| *mocks == test.mocks).map(|(_, lifted)| lifted.clone());
        let lifted = found.unwrap_or_else(|| {
            let lifted = lifting.lift_with(&test.mocks).map_err(|(reason, _)| reason);
            let lifted = lifted.map(|instead| instead.map(Arc::new));
            known.push((test.mocks.clone(), lifted.clone()));
            lifted
        });
        match lifted {
            Ok(instead) => test.instead = instead,
            Err(reason) => test.skip = test.skip.take().or(Some(reason)),
        }
    }
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
