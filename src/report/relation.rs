//! What `detc prove` and `detc diff` print.

use super::markdown::{cell, code};
use super::{VERSION, json, proof};
use crate::ir::Rule;
use crate::proof::{Change, Counterexample, MetaChange, Proof, Relation, Verdict, metadata_changes};
use schemars::JsonSchema;
use serde::Serialize;
use std::fmt::Write;

/// Whether two rules are equal.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "detc equality")]
pub struct ProveReport {
    pub version: u32,
    /// The first rule; `source` in the counter-example.
    pub left: String,
    /// The second rule; `target` in the counter-example.
    pub right: String,
    pub proof: Proof,
}

impl ProveReport {
    #[must_use]
    pub fn new(left: &str, right: &str, proof: Proof) -> Self {
        Self { version: VERSION, left: left.to_owned(), right: right.to_owned(), proof }
    }

    /// Whether no difference was found, and it was looked for.
    #[must_use]
    pub fn is_equal(&self) -> bool {
        matches!(self.proof.verdict, Verdict::Proved | Verdict::Tested)
    }

    #[must_use]
    pub fn json(&self) -> String {
        json::render(self)
    }

    #[must_use]
    pub fn human(&self) -> String {
        let asked = super::plural(self.proof.witnesses, "event");
        let mut out = match self.proof.verdict {
            Verdict::Proved => "equal: proved for every event\n".to_owned(),
            Verdict::Tested => format!("equal: no difference on {asked}\n"),
            Verdict::Differs => "not equal\n".to_owned(),
            Verdict::NotRun => "not known\n".to_owned(),
        };
        if let Some(reason) = &self.proof.reason {
            let _ = writeln!(out, "    {reason}");
        }
        if let Some(example) = &self.proof.counterexample {
            example_lines(&mut out, example, &self.left, &self.right);
        }
        out
    }
}

fn example_lines(out: &mut String, example: &Counterexample, left: &str, right: &str) {
    for (name, seen) in [(left, &example.source), (right, &example.target)] {
        let _ = writeln!(out, "    {name} {}", proof::seen(seen));
    }
}

/// What changed between two versions of rules.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "detc difference")]
pub struct DiffReport {
    pub version: u32,
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
    pub fn both(old: (&str, &Rule), new: (&str, &Rule), change: Result<Change, String>) -> Self {
        let (relation, witnesses, gained, lost, reason) = match change {
            Ok(change) => (change.relation, change.witnesses, change.gained, change.lost, change.reason),
            Err(reason) => (Relation::NotRun, 0, None, None, Some(reason)),
        };
        Self {
            relation: match relation {
                Relation::Equal => RelationName::Equal,
                Relation::Wider => RelationName::Wider,
                Relation::Narrower => RelationName::Narrower,
                Relation::Incomparable => RelationName::Incomparable,
                Relation::NotRun => RelationName::NotRun,
            },
            witnesses: u64::try_from(witnesses).unwrap_or(u64::MAX),
            gained,
            lost,
            reason,
            metadata: metadata_changes(old.1, new.1).into_iter().map(Into::into).collect(),
            old: Some(old.0.to_owned()),
            ..Self::one(RelationName::Added, new.0, new.1)
        }
    }

    /// A rule that only one side has.
    #[must_use]
    pub fn one(relation: RelationName, path: &str, rule: &Rule) -> Self {
        let path = Some(path.to_owned());
        let (old, new) = if relation == RelationName::Removed { (path, None) } else { (None, path) };
        Self {
            id: rule.meta.id.as_ref().map(|id| id.value.clone()),
            title: rule.meta.title.clone(),
            old,
            new,
            relation,
            witnesses: 0,
            gained: None,
            lost: None,
            reason: None,
            metadata: Vec::new(),
        }
    }

    fn is_same(&self) -> bool {
        self.relation == RelationName::Equal && self.metadata.is_empty()
    }
}

impl DiffReport {
    #[must_use]
    pub fn new(rules: Vec<ChangedRule>) -> Self {
        Self { version: VERSION, rules }
    }

    /// Whether the alerts of every rule are the same, as far as that was seen.
    #[must_use]
    pub fn is_equal(&self) -> bool {
        self.rules.iter().all(|rule| rule.relation == RelationName::Equal)
    }

    /// `3 rules: 2 equal, 1 wider`
    fn summary_line(&self) -> String {
        const ALL: [RelationName; 7] = [
            RelationName::Equal,
            RelationName::Wider,
            RelationName::Narrower,
            RelationName::Incomparable,
            RelationName::NotRun,
            RelationName::Added,
            RelationName::Removed,
        ];
        let count = |relation| self.rules.iter().filter(|rule| rule.relation == relation).count();
        let parts = ALL.into_iter().map(|relation| (count(relation), relation.name())).filter(|(count, _)| *count > 0);
        let parts: Vec<String> = parts.map(|(count, name)| format!("{count} {name}")).collect();
        format!("{}: {}", super::plural(self.rules.len(), "rule"), parts.join(", "))
    }

    #[must_use]
    pub fn json(&self) -> String {
        json::render(self)
    }

    /// For a terminal: every rule that changed, then the counts.
    #[must_use]
    pub fn human(&self) -> String {
        let mut out = String::new();
        for rule in self.rules.iter().filter(|rule| !rule.is_same()) {
            let path = rule.new.as_deref().or(rule.old.as_deref()).unwrap_or_default();
            let _ = writeln!(out, "{path}: {} {}", rule.relation.name(), rule.title);
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
        }
        let _ = writeln!(out, "{}", self.summary_line());
        out
    }

    /// For a comment on a pull request.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut out = String::from("| Rule | Alerts | Gained | Lost | Metadata |\n| --- | --- | --- | --- | --- |\n");
        for rule in self.rules.iter().filter(|rule| !rule.is_same()) {
            let example = |example: &Option<Counterexample>, of_new: bool| {
                let seen = example.as_ref().map(|example| if of_new { &example.target } else { &example.source });
                let events: Vec<String> =
                    seen.into_iter().flat_map(|seen| &seen.events).map(|event| code(&event.to_string())).collect();
                events.join("<br>")
            };
            let metadata: Vec<String> = rule.metadata.iter().map(|statement| cell(&statement.line())).collect();
            let _ = writeln!(
                out,
                "| {} | {} | {} | {} | {} |",
                cell(&rule.title),
                rule.relation.name(),
                example(&rule.gained, true),
                example(&rule.lost, false),
                metadata.join("<br>")
            );
        }
        let _ = writeln!(out, "\n{}", self.summary_line());
        out
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
