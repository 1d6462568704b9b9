//! The keys of Elastic's rule, hunt and exception files, with what each takes (detection-rules' schema; reference: elastic.md
//! section 2).

mod form;
mod tables;

pub(super) use form::Form;
pub(super) use tables::{EXCEPTIONS, HUNT, TOP};

/// What a key takes.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    Text,
    /// One of these strings.
    OneOf(&'static [&'static str]),
    /// A string of a form.
    Form(Form),
    Texts,
    /// A list of strings with one at least.
    SomeTexts,
    /// A list of these strings.
    AnyOf(&'static [&'static str]),
    TextOrTexts,
    /// An integer, both bounds allowed.
    Integer(i64, i64),
    Boolean,
    Table(&'static [Key]),
    Tables(&'static [Key]),
    /// Lists of tables in a list.
    ListsOfTables(&'static [Key]),
    /// A table with keys of the author's own.
    OpenTable,
    OpenTables,
    /// Kibana's own structures.
    Any,
}

/// A known key.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    /// Whether the IR has a term for it. The others are kept word for word.
    pub(super) shared: bool,
    /// Whether the table cannot be without it. What the tables at the top need depends on the type of the rule (`required-key`).
    pub(super) needed: bool,
}

impl Kind {
    /// What is expected, for a message.
    pub(super) fn describe(self) -> String {
        match self {
            Self::Text => "a string".to_owned(),
            Self::OneOf(names) => or(names),
            Self::Form(form) => form.describe().to_owned(),
            Self::Texts => "a list of strings".to_owned(),
            Self::SomeTexts => "a list of one string or more".to_owned(),
            Self::AnyOf(names) => format!("a list of {}", or(names)),
            Self::TextOrTexts => "a string or a list of strings".to_owned(),
            Self::Integer(i64::MIN, i64::MAX) => "an integer".to_owned(),
            Self::Integer(least, i64::MAX) => format!("an integer from {least}"),
            Self::Integer(least, most) => format!("an integer from {least} to {most}"),
            Self::Boolean => "a boolean".to_owned(),
            Self::Table(_) | Self::OpenTable => "a table".to_owned(),
            Self::ListsOfTables(_) => "a list of lists of tables".to_owned(),
            Self::Tables(_) | Self::OpenTables => "a list of tables".to_owned(),
            Self::Any => "a value".to_owned(),
        }
    }
}

/// `` `a`, `b` or `c` ``
fn or(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        None => "nothing".to_owned(),
    }
}
