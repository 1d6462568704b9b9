//! The typed check of ES|QL with the field tables at hand, and what a detection rule in ES|QL has to keep to besides.

use super::{Purpose, QueryText};
use crate::catalog::fields::{Absence, Ages, FieldType, Schema};
use crate::lang::esql::{
    self, Certainty, Checked, Command, CommandKind, Finding, FindingKind, Name, Query, Type, Types,
};
use crate::source::{Diagnostic, Level, Span};
use std::cell::RefCell;
use std::collections::HashMap;

/// What the check finds in a query. A rule has to say which documents its alerts are of.
pub(super) fn check(
    tree: &Query,
    (schema, ages): (&Schema, &Ages),
    query: QueryText<'_>,
    purpose: Purpose,
) -> Vec<Diagnostic> {
    let fields = IndexFields { schema, known: RefCell::default() };
    let checked = esql::check(tree, query.text, &fields);
    let said = checked.findings.iter().map(|finding| diagnostic(finding, (schema, ages), query));
    let mut diagnostics: Vec<Diagnostic> = said.collect();
    match purpose {
        Purpose::Rule => {
            diagnostics.extend(params(&checked, query));
            diagnostics.extend(metadata(tree, query));
            diagnostics.extend(prefixes(&checked, schema, query));
        }
        Purpose::ElasticHunt => diagnostics.extend(hunt(tree, query)),
        Purpose::Search => {}
    }
    diagnostics
}

/// The fields of a schema as ES|QL sees them.
struct IndexFields<'s> {
    schema: &'s Schema,
    known: RefCell<HashMap<String, Option<Types>>>,
}

impl esql::Fields for IndexFields<'_> {
    fn types(&self, name: &str) -> Option<Types> {
        if let Some(known) = self.known.borrow().get(name) {
            return *known;
        }
        let types = self.schema.lookup(name).map(|info| types_of(info.ty, info.dynamic));
        self.known.borrow_mut().insert(name.to_owned(), types);
        types
    }

    fn absence(&self) -> esql::Absence {
        match self.schema.absence() {
            Absence::Nothing => esql::Absence::Nothing,
            Absence::Hint => esql::Absence::Hint,
            Absence::Evidence => esql::Absence::Evidence,
        }
    }

    fn near(&self, name: &str) -> Vec<String> {
        self.schema.near(name, 3)
    }
}

/// How ES|QL reads a field ("supported types" of the ES|QL reference). The tables do not tell the widths of whole numbers apart.
fn types_of(ty: FieldType, dynamic: bool) -> Types {
    match ty {
        FieldType::Keyword | FieldType::ConstantKeyword | FieldType::Wildcard => Types::KEYWORD,
        FieldType::Text | FieldType::MatchOnlyText => Type::Text.into(),
        FieldType::Integer => Types::WHOLE,
        FieldType::Float => Type::Double.into(),
        FieldType::Boolean => Types::BOOLEAN,
        FieldType::Ip => Type::Ip.into(),
        FieldType::Date => Types::DATE,
        FieldType::GeoPoint => Type::GeoPoint.into(),
        FieldType::Version => Type::Version.into(),
        FieldType::Nested => Type::Unsupported.into(),
        // Before 9.4 it is not supported at all, and a mapping may differ from the table.
        FieldType::Flattened if !dynamic => Types::of(&[Type::Flattened, Type::Unsupported, Type::Keyword]),
        FieldType::Flattened | FieldType::Object | FieldType::Alias | FieldType::Unknown => Types::ANY,
    }
}

/// The lint of a finding, and its level when it is sure.
fn lint_of(kind: FindingKind) -> (&'static str, Level) {
    match kind {
        FindingKind::UnknownColumn => ("esql-unknown-column", Level::Error),
        FindingKind::Type => ("esql-type", Level::Error),
        FindingKind::Function => ("esql-function", Level::Error),
        FindingKind::Placement => ("esql-placement", Level::Error),
        FindingKind::Pattern => ("esql-pattern", Level::Error),
        FindingKind::Command => ("esql-command", Level::Error),
        FindingKind::Repetition => ("esql-command", Level::Warning),
        FindingKind::NullComparison => ("esql-null-comparison", Level::Warning),
    }
}

fn diagnostic(finding: &Finding, (schema, ages): (&Schema, &Ages), query: QueryText<'_>) -> Diagnostic {
    let (lint, level) = lint_of(finding.kind);
    let name = query.text.get(finding.problem.span.range()).unwrap_or_default();
    let level = match finding.certainty {
        // Types, too, are those of the tables: of old ones, or of ECS where the index has none.
        Certainty::Sure if finding.kind == FindingKind::Type && !schema.has_sure_types() => Level::Warning,
        Certainty::Sure => level,
        Certainty::Tables => Level::Warning,
        Certainty::OldTables if schema.slip(name).is_some() => Level::Warning,
        Certainty::OldTables => Level::Note,
    };
    let problem = &finding.problem;
    let mut diagnostic = Diagnostic::new(lint, level, query.at(problem.span), problem.message.clone());
    diagnostic.help.clone_from(&problem.help);
    if level == Level::Note && finding.certainty == Certainty::OldTables {
        diagnostic.help = told_age(diagnostic.help.take(), schema, ages, name);
    }
    match &finding.related {
        Some((span, text)) => diagnostic.related(query.at(*span), text.clone()),
        None => diagnostic,
    }
}

/// The help, with how old the tables are.
fn told_age(help: Option<String>, schema: &Schema, ages: &Ages, name: &str) -> Option<String> {
    let parts: Vec<String> = help.into_iter().chain(schema.told_age(ages, name)).collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// Nobody gives a rule the values of its parameters.
fn params(checked: &Checked, query: QueryText<'_>) -> Vec<Diagnostic> {
    let said = |span: &Span| {
        let message = "a rule has no parameters: nothing gives this one a value";
        Diagnostic::new("esql-command", Level::Error, query.at(*span), message).help("write the value itself")
    };
    checked.params.iter().map(said).collect()
}

/// The fields by which Kibana tells one alert from another.
const IDENTITY: [&str; 3] = ["_id", "_version", "_index"];

/// A rule that does not aggregate has to name its documents, or every run repeats the alerts of the one before
/// (Kibana, "Create an ES|QL rule"; checked by elastic/detection-rules, too).
fn metadata(query: &Query, text: QueryText<'_>) -> Vec<Diagnostic> {
    let Some(first) = query.commands.first() else { return Vec::new() };
    let CommandKind::From { .. } = &first.kind else { return Vec::new() };
    // A query inside `from` names its own documents.
    let sources = query.with_subqueries().into_iter().filter_map(|command| match &command.kind {
        CommandKind::From { metadata, .. } => Some(metadata),
        _ => None,
    });
    let metadata: Vec<Name> = sources.flatten().cloned().collect();
    let aggregates =
        query.commands.iter().any(|command| matches!(command.kind, CommandKind::Stats { inline: false, .. }));
    let keep = query.commands.iter().rev().find_map(|command| match &command.kind {
        CommandKind::Keep(names) => Some((command, names)),
        _ => None,
    });
    let mut found = Vec::new();
    if !aggregates {
        let missing = lacking(&metadata);
        if !missing.is_empty() {
            let message = format!("a rule that does not aggregate needs {} after `metadata`", listed(&missing));
            let help =
                format!("write `from .. metadata {}`: without it every run repeats its alerts", IDENTITY.join(", "));
            found.push(missing_metadata(first.name_at.0, Level::Warning, message, help, text));
        }
    }
    match keep {
        None => found.extend(without_keep(query, aggregates, text)),
        Some((command, names)) if !aggregates => {
            let missing = lacking(names);
            if !missing.is_empty() {
                let message = format!("`keep` takes {} away, by which Kibana tells alerts apart", listed(&missing));
                let help = format!("add {} to the `keep`, or `*`", listed(&missing));
                found.push(missing_metadata(command.name_at.0, Level::Warning, message, help, text));
            }
        }
        Some(_) => {}
    }
    found
}

/// A hunt groups what it finds, or says which columns it shows (`hunting/definitions.py` of elastic/detection-rules).
fn hunt(query: &Query, text: QueryText<'_>) -> Option<Diagnostic> {
    let first = query.commands.first()?;
    let says = |command: &Command| match &command.kind {
        CommandKind::Keep(_) => true,
        CommandKind::Stats { by, .. } => !by.is_empty(),
        _ => false,
    };
    let is_from = matches!(first.kind, CommandKind::From { .. });
    (is_from && !query.commands.iter().any(says)).then(|| {
        let message = "this hunt has neither `stats .. by` nor `keep`: what it finds has every column".to_owned();
        let help = "end with `keep` and the columns that a person looks at".to_owned();
        missing_metadata(first.name_at.0, Level::Warning, message, help, text)
    })
}

fn missing_metadata(span: Span, level: Level, message: String, help: String, query: QueryText<'_>) -> Diagnostic {
    Diagnostic::new("esql-missing-metadata", level, query.at(span), message).help(help)
}

fn without_keep(query: &Query, aggregates: bool, text: QueryText<'_>) -> Option<Diagnostic> {
    let last = query.commands.last().map(Command::span)?;
    let level = if aggregates { Level::Note } else { Level::Warning };
    let message = "this rule has no `keep`: its alerts carry every column".to_owned();
    let help = "end with `keep` and the columns that the alert shows".to_owned();
    Some(missing_metadata(last, level, message, help, text))
}

/// The identity fields that none of the names or patterns means.
fn lacking(names: &[Name]) -> Vec<&'static str> {
    let means = |field: &str| names.iter().any(|name| name.text() == field || (name.is_pattern() && name.fits(field)));
    IDENTITY.into_iter().filter(|field| !means(field)).collect()
}

fn listed(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}

/// Columns that a query makes begin with `Esql.`, or `Esql_priv.` where they show private data, so that no field of an alert changes its
/// type from rule to rule (elastic/detection-rules, philosophy of ES|QL rules).
fn prefixes(checked: &Checked, schema: &Schema, query: QueryText<'_>) -> Vec<Diagnostic> {
    let bare = |name: &str| !name.starts_with("Esql.") && !name.starts_with("Esql_priv.");
    let made = checked.made.iter().filter(|made| bare(&made.name) && !schema.is_open());
    made.map(|made| {
        let message = format!("the alert gets a column `{}` of the query's own", made.name);
        let diagnostic = Diagnostic::new("esql-column-prefix", Level::Note, query.at(made.at), message);
        diagnostic.help(format!("name it `Esql.{}`, so that it meets no field of the alert", made.name))
    })
    .collect()
}
