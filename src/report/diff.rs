//! What `detc diff` prints.

use super::alert::Alert;
use super::markdown::{cell, code};
use super::relation::example_lines;
use super::{VERSION, json, plural};
use crate::ir::Rule;
use crate::proof::{Change, Counterexample, MetaChange, Relation, metadata_changes};
use schemars::JsonSchema;
use serde::Serialize;
use std::fmt::Write;

/// What changed between two versions of rules.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "detc difference")]
pub struct DiffReport {
    pub version: u32,
    /// The commit of the old version; null where both are on the disk.
    pub base: Option<String>,
    /// With `base` the rules that the branch touched, else all.
    pub rules: Vec<ChangedRule>,
}

/// One rule before and after.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ChangedRule {
    pub id: Option<String>,
    pub title: String,
    /// The file of the old and of the new version; null for a rule that only one side has.
    pub old: Option<String>,
    pub new: Option<String>,
    /// Whether the rule stands in another file than before.
    pub moved: bool,
    pub relation: RelationName,
    /// The events that were asked about.
    pub witnesses: u64,
    /// Events that only the new version fires on (it is the target).
    pub gained: Option<Counterexample>,
    /// Events that only the old version fires on.
    pub lost: Option<Counterexample>,
    /// Why it was not looked at; or what the events leave open.
    pub reason: Option<String>,
    pub metadata: Vec<ChangedStatement>,
    /// What becomes of the alerts on the events of `--events`; null without them.
    pub alerts: Option<AlertChange>,
}

/// Alerts of both versions on the same events.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AlertChange {
    pub before: u64,
    pub after: u64,
    /// Those that only the new version gives, and those that only the old one does. Alerts with the same events, group and time are the same.
    pub gained: Vec<Alert>,
    pub lost: Vec<Alert>,
    /// What could not be decided on these events.
    pub notes: Vec<String>,
}

/// A version of a rule and its file.
#[derive(Debug, Clone, Copy)]
pub struct Side<'a> {
    pub path: &'a str,
    pub rule: &'a Rule,
}

/// The names of [`Relation`] in the contract, and the two of rules that only one side has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RelationName {
    Equal,
    Wider,
    Narrower,
    Incomparable,
    NotRun,
    Added,
    Removed,
}

impl RelationName {
    const ALL: [Self; 7] =
        [Self::Equal, Self::Wider, Self::Narrower, Self::Incomparable, Self::NotRun, Self::Added, Self::Removed];

    fn name(self) -> &'static str {
        match self {
            Self::Equal => "equal",
            Self::Wider => "wider",
            Self::Narrower => "narrower",
            Self::Incomparable => "incomparable",
            Self::NotRun => "not known",
            Self::Added => "added",
            Self::Removed => "removed",
        }
    }
}

impl From<Relation> for RelationName {
    fn from(relation: Relation) -> Self {
        match relation {
            Relation::Equal => Self::Equal,
            Relation::Wider => Self::Wider,
            Relation::Narrower => Self::Narrower,
            Relation::Incomparable => Self::Incomparable,
            Relation::NotRun => Self::NotRun,
        }
    }
}

/// A statement of the metadata that changed.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ChangedStatement {
    pub what: String,
    pub old: Option<String>,
    pub new: Option<String>,
}

impl From<MetaChange> for ChangedStatement {
    fn from(change: MetaChange) -> Self {
        Self { what: change.what.to_owned(), old: change.old, new: change.new }
    }
}

impl ChangedRule {
    /// A rule that both sides have.
    #[must_use]
    pub fn both(old: Side<'_>, new: Side<'_>, moved: bool, change: Result<Change, String>) -> Self {
        let (relation, witnesses, gained, lost, reason) = match change {
            Ok(change) => (change.relation, change.witnesses, change.gained, change.lost, change.reason),
            Err(reason) => (Relation::NotRun, 0, None, None, Some(reason)),
        };
        Self {
            relation: relation.into(),
            witnesses: u64::try_from(witnesses).unwrap_or(u64::MAX),
            gained,
            lost,
            reason,
            metadata: metadata_changes(old.rule, new.rule).into_iter().map(Into::into).collect(),
            old: Some(old.path.to_owned()),
            moved,
            ..Self::one(RelationName::Added, new)
        }
    }

    /// A rule that is word for word what it was.
    #[must_use]
    pub fn same(old: Side<'_>, new: Side<'_>, moved: bool) -> Self {
        let old = Some(old.path.to_owned());
        Self { old, moved, ..Self::one(RelationName::Equal, new) }
    }

    /// A rule that only one side has.
    #[must_use]
    pub fn one(relation: RelationName, side: Side<'_>) -> Self {
        let path = Some(side.path.to_owned());
        let (old, new) = if relation == RelationName::Removed { (path, None) } else { (None, path) };
        Self {
            id: side.rule.meta.id.as_ref().map(|id| id.value.clone()),
            title: side.rule.meta.title.clone(),
            old,
            new,
            moved: false,
            relation,
            witnesses: 0,
            gained: None,
            lost: None,
            reason: None,
            metadata: Vec::new(),
            alerts: None,
        }
    }

    /// A rule whose other version cannot be read. `relation` is what it would be if there were none.
    #[must_use]
    pub fn unread(relation: RelationName, side: Side<'_>, fault: &str) -> Self {
        let version = if relation == RelationName::Removed { "new" } else { "old" };
        let reason = Some(format!("the {version} version cannot be read: {fault}"));
        let path = Some(side.path.to_owned());
        Self { relation: RelationName::NotRun, old: path.clone(), new: path, reason, ..Self::one(relation, side) }
    }

    /// Whether there is nothing to tell.
    #[must_use]
    pub fn is_same(&self) -> bool {
        self.relation == RelationName::Equal && self.metadata.is_empty() && !self.moved && !self.has_other_alerts()
    }

    fn has_other_alerts(&self) -> bool {
        self.alerts.as_ref().is_some_and(|alerts| !alerts.gained.is_empty() || !alerts.lost.is_empty())
    }

    fn path(&self) -> &str {
        self.new.as_deref().or(self.old.as_deref()).unwrap_or_default()
    }

    /// Where the rule stood before, if that was elsewhere.
    fn moved_from(&self) -> Option<&str> {
        self.old.as_deref().filter(|_| self.moved)
    }
}

impl DiffReport {
    #[must_use]
    pub fn new(base: Option<String>, rules: Vec<ChangedRule>) -> Self {
        Self { version: VERSION, base, rules }
    }

    /// Whether the alerts of every rule are the same, as far as that was seen.
    #[must_use]
    pub fn is_equal(&self) -> bool {
        self.rules.iter().all(|rule| rule.relation == RelationName::Equal && !rule.has_other_alerts())
    }

    /// `3 rules: 2 equal, 1 wider`
    fn summary_line(&self) -> String {
        if self.rules.is_empty() {
            return "no rule changed".to_owned();
        }
        let count = |relation| self.rules.iter().filter(|rule| rule.relation == relation).count();
        let parts = RelationName::ALL.into_iter().map(|relation| (count(relation), relation.name()));
        let parts: Vec<String> =
            parts.filter(|(count, _)| *count > 0).map(|(count, name)| format!("{count} {name}")).collect();
        format!("{}: {}", plural(self.rules.len(), "rule"), parts.join(", "))
    }

    fn told(&self) -> impl Iterator<Item = &ChangedRule> {
        self.rules.iter().filter(|rule| !rule.is_same())
    }

    #[must_use]
    pub fn json(&self) -> String {
        json::render(self)
    }

    /// For a terminal: every rule that changed, then the counts.
    #[must_use]
    pub fn human(&self) -> String {
        let mut out = String::new();
        for rule in self.told() {
            let _ = writeln!(out, "{}: {} {}", rule.path(), rule.relation.name(), rule.title);
            if let Some(old) = rule.moved_from() {
                let _ = writeln!(out, "    moved from {old}");
            }
            if let Some(reason) = &rule.reason {
                let _ = writeln!(out, "    {reason}");
            }
            for (what, example) in [("gained", &rule.gained), ("lost", &rule.lost)] {
                if let Some(example) = example {
                    let _ = writeln!(out, "    {what}:");
                    example_lines(&mut out, example, "  the old rule", "  the new rule");
                }
            }
            for statement in &rule.metadata {
                let _ = writeln!(out, "    {}", statement.line());
            }
            if let Some(alerts) = &rule.alerts {
                alerts.lines(&mut out);
            }
        }
        let _ = writeln!(out, "{}", self.summary_line());
        out
    }

    /// For a comment on a pull request: the counts, then a table of the rules that changed.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut out = match &self.base {
            Some(base) => format!("**{}** since `{}`\n", self.summary_line(), base.get(..12).unwrap_or(base)),
            None => format!("**{}**\n", self.summary_line()),
        };
        let rows: Vec<String> = self.told().map(ChangedRule::row).collect();
        if rows.is_empty() {
            return out;
        }
        out.push_str("\n| Rule | Alerts | Gained | Lost | Metadata |\n| --- | --- | --- | --- | --- |\n");
        let mut left = rows.len();
        for row in &rows {
            if out.len() + row.len() > MAX_COMMENT {
                break;
            }
            out.push_str(row);
            left -= 1;
        }
        if left > 0 {
            let _ = writeln!(out, "\n{} more did not fit.", plural(left, "rule"));
        }
        out
    }
}

/// GitHub takes comments of 65,536 characters; the rest is for the line about what did not fit.
const MAX_COMMENT: usize = 65_000;

/// Alerts of a kind that people are shown.
const SHOWN: usize = 3;

impl AlertChange {
    /// `3 before, 5 after: 2 gained, 0 lost`
    fn summary(&self) -> String {
        let Self { before, after, gained, lost, .. } = self;
        format!("{before} before, {after} after: {} gained, {} lost", gained.len(), lost.len())
    }

    fn lines(&self, out: &mut String) {
        let _ = writeln!(out, "    alerts on the events: {}", self.summary());
        for (what, alerts) in [("gained", &self.gained), ("lost", &self.lost)] {
            for alert in alerts.iter().take(SHOWN) {
                let events: Vec<String> =
                    alert.events.iter().map(|event| format!("line {}: {}", event.line, event.event)).collect();
                let _ = writeln!(out, "      {what}: {}", events.join("; "));
            }
            if alerts.len() > SHOWN {
                let _ = writeln!(out, "      {what}: {} more", alerts.len() - SHOWN);
            }
        }
        self.notes.iter().for_each(|note| {
            let _ = writeln!(out, "      {note}");
        });
    }
}

impl ChangedRule {
    /// A row of the table.
    fn row(&self) -> String {
        let example = |example: &Option<Counterexample>, of_new: bool| {
            let seen = example.as_ref().map(|example| if of_new { &example.target } else { &example.source });
            let events: Vec<String> =
                seen.into_iter().flat_map(|seen| &seen.events).map(|event| code(&event.to_string())).collect();
            events.join("<br>")
        };
        let mut rule = format!("{}<br>{}", cell(&self.title), code(self.path()));
        if let Some(old) = self.moved_from() {
            let _ = write!(rule, "<br>moved from {}", code(old));
        }
        let mut alerts = self.relation.name().to_owned();
        if let Some(reason) = self.reason.as_ref().filter(|_| self.relation == RelationName::NotRun) {
            let _ = write!(alerts, ": {}", cell(reason));
        }
        if let Some(on_events) = &self.alerts {
            let _ = write!(alerts, "<br>on the events {}", on_events.summary());
            on_events.notes.iter().for_each(|note| {
                let _ = write!(alerts, "<br>{}", cell(note));
            });
        }
        let metadata: Vec<String> = self.metadata.iter().map(|statement| cell(&statement.line())).collect();
        let (gained, lost) = (example(&self.gained, true), example(&self.lost, false));
        format!("| {rule} | {alerts} | {gained} | {lost} | {} |\n", metadata.join("<br>"))
    }
}

/// Longer statements are cut where people read them.
const MAX_CHARS: usize = 60;

impl ChangedStatement {
    fn line(&self) -> String {
        let shown = |value: &Option<String>| match value {
            None => "none".to_owned(),
            Some(text) => match text.char_indices().nth(MAX_CHARS) {
                Some((at, _)) => format!("{}..", &text[..at]).replace('\n', " "),
                None => text.replace('\n', " "),
            },
        };
        format!("{}: {} -> {}", self.what, shown(&self.old), shown(&self.new))
    }
}
