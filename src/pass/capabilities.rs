//! What a target can express, as data: the lowering reads it, and `detc targets` prints it.

use crate::ir::{Anchoring, RegexDialect};

/// Yes or no, with a name in tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Support {
    Yes,
    No,
}

/// What a test of a field speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueModel {
    /// Any of the field's values (Elasticsearch, Sigma).
    AnyOf,
    /// The whole value, and any-of by iterating (Python).
    Whole,
    /// The one value; a test of several is null (ES|QL).
    Single,
}

/// Which kinds of absence are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absence {
    /// Only whether the field has a value: missing, null and `[]` are one.
    ExistsOnly,
    /// Missing, null and empty are three things.
    Full,
}

/// Which case modes string tests have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CaseSupport {
    SensitiveOnly,
    Both,
}

/// Which wildcards patterns have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WildcardSupport {
    /// `*`
    Star,
    /// `*` and `?`
    StarAndOne,
}

/// Which regular expressions there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegexSupport {
    None,
    Dialect(RegexDialect, &'static [Anchoring]),
}

/// Sequences of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SequenceSupport {
    None,
    /// With missing steps, runs and until.
    Full,
}

/// Pipes that choose among the results.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PipeSupport {
    None,
    HeadAndTail,
    All,
}

/// A back-end's capabilities.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capabilities {
    pub values: ValueModel,
    pub absence: Absence,
    pub case: CaseSupport,
    pub wildcard: WildcardSupport,
    pub regex: RegexSupport,
    pub cidr: Support,
    /// Greater and less.
    pub ordering: Support,
    /// A field compared with another.
    pub field_comparison: Support,
    /// Conditions that hold of one and the same item of an array.
    pub same_element: Support,
    /// Functions of terms (`length`, `substring`, ...).
    pub functions: Support,
    /// The hour, the day and other parts of a date.
    pub date_parts: Support,
    /// Tests of the words of analysed text.
    pub words: Support,
    /// Dates relative to now and dates that leave parts out.
    pub date_math: Support,
    /// A word anywhere in the event.
    pub keyword_search: Support,
    pub sequence: SequenceSupport,
    pub pipes: PipeSupport,
    /// Counting per group.
    pub threshold: Support,
}

impl Capabilities {
    /// The table's rows: what, and how far it is supported.
    pub fn rows(&self) -> Vec<(&'static str, String)> {
        let yes = |support: Support| if support == Support::Yes { "yes" } else { "no" }.to_owned();
        vec![
            ("field test", self.values.text().to_owned()),
            ("missing, null, empty", self.absence.text().to_owned()),
            ("case", self.case.text().to_owned()),
            ("wildcards", self.wildcard.text().to_owned()),
            ("regular expressions", self.regex.text()),
            ("CIDR", yes(self.cidr)),
            ("ordering", yes(self.ordering)),
            ("field against field", yes(self.field_comparison)),
            ("same array element", yes(self.same_element)),
            ("functions", yes(self.functions)),
            ("parts of dates", yes(self.date_parts)),
            ("words of analysed text", yes(self.words)),
            ("dates relative to now", yes(self.date_math)),
            ("keyword search", yes(self.keyword_search)),
            ("sequences", self.sequence.text().to_owned()),
            ("pipes", self.pipes.text().to_owned()),
            ("thresholds", yes(self.threshold)),
        ]
    }
}

impl ValueModel {
    fn text(self) -> &'static str {
        match self {
            Self::AnyOf => "any value of the field",
            Self::Whole => "the whole value, any-of by iteration",
            Self::Single => "one value; null of several",
        }
    }
}

impl Absence {
    fn text(self) -> &'static str {
        match self {
            Self::ExistsOnly => "one thing",
            Self::Full => "told apart",
        }
    }
}

impl CaseSupport {
    fn text(self) -> &'static str {
        match self {
            Self::SensitiveOnly => "sensitive only",
            Self::Both => "both",
        }
    }
}

impl WildcardSupport {
    fn text(self) -> &'static str {
        match self {
            Self::Star => "*",
            Self::StarAndOne => "* and ?",
        }
    }
}

impl RegexSupport {
    fn text(self) -> String {
        match self {
            Self::None => "no".to_owned(),
            Self::Dialect(dialect, anchorings) => format!("{dialect:?}, {anchorings:?}"),
        }
    }
}

impl SequenceSupport {
    fn text(self) -> &'static str {
        match self {
            Self::None => "no",
            Self::Full => "with missing events",
        }
    }
}

impl PipeSupport {
    fn text(self) -> &'static str {
        match self {
            Self::None => "no",
            Self::HeadAndTail => "head, tail",
            Self::All => "all",
        }
    }
}
