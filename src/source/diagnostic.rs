//! What is said about a place in a source file: one type for front-ends, lints and back-ends, rendered by `report`.

use super::{Location, Span};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    Note,
    Warning,
    Error,
}

impl Level {
    /// The name in reports and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// Whether a fix can be applied without looking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Applicability {
    /// Keeps the rule's meaning, or restores the one that was clearly intended.
    Safe,
    /// Changes the meaning; a person has to agree.
    Unsafe,
}

/// Replaces the bytes at `span` of the main file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    pub span: Span,
    pub replacement: String,
}

/// Non-overlapping edits that remove the finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    pub applicability: Applicability,
    pub edits: Vec<Edit>,
}

/// A second place that explains the first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    pub location: Location,
    pub text: String,
}

/// A finding. It cannot exist without its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Diagnostic {
    /// The lint's name (`syntax` for what cannot be read at all).
    pub lint: &'static str,
    pub level: Level,
    /// What is wrong, one sentence without a full stop.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    pub location: Location,
    /// What stands under the caret.
    pub label: Option<String>,
    pub related: Vec<Label>,
    pub rule_id: Option<String>,
    pub fix: Option<Fix>,
}

impl Diagnostic {
    #[must_use]
    pub fn new(lint: &'static str, level: Level, location: Location, message: impl Into<String>) -> Self {
        Self {
            lint,
            level,
            message: message.into(),
            help: None,
            location,
            label: None,
            related: Vec::new(),
            rule_id: None,
            fix: None,
        }
    }

    /// What cannot be read: the lint `syntax`.
    #[must_use]
    pub fn syntax(location: Location, message: impl Into<String>) -> Self {
        Self::new("syntax", Level::Error, location, message)
    }

    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    #[must_use]
    pub fn related(mut self, location: Location, text: impl Into<String>) -> Self {
        self.related.push(Label { location, text: text.into() });
        self
    }

    #[must_use]
    pub fn fix(mut self, applicability: Applicability, edits: Vec<Edit>) -> Self {
        self.fix = Some(Fix { applicability, edits });
        self
    }
}

/// A parser's complaint about its own text, in that text's offsets. It becomes a [`Diagnostic`] when the
/// text's place in a file is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub span: Span,
    pub message: String,
    pub help: Option<String>,
}

impl Problem {
    #[must_use]
    pub fn new(span: Span, message: impl Into<String>) -> Self {
        Self { span, message: message.into(), help: None }
    }

    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The complaint as a finding at `location`.
    #[must_use]
    pub fn into_diagnostic(self, location: Location) -> Diagnostic {
        let mut diagnostic = Diagnostic::syntax(location, self.message);
        diagnostic.help = self.help;
        diagnostic
    }
}
