//! The two dialects, and what Endgame's EQL has and Elasticsearch's has not, with the remedy for each.

use crate::source::{Problem, Span};

/// Whose EQL a text is read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Dialect {
    /// Elasticsearch's of today. What only Endgame has is explained.
    #[default]
    Elasticsearch,
    /// The older one of Endgame, as PyPI `eql` has it: `=`, `'..'`, `join`, all pipes, relations between processes, methods, arrays.
    Endgame,
}

/// A statement that begins with `word`.
pub(super) fn statement(word: &str, span: Span) -> Option<Problem> {
    let (message, help) = match word {
        "join" => (
            "`join` is not supported by Elasticsearch",
            "use `sample by ..` for events in any order, or `sequence by ..`",
        ),
        "macro" => ("macros belong to Endgame's dialect", "write the macro's body where it is used"),
        "const" => ("constants belong to Endgame's dialect", "write the constant's value where it is used"),
        _ => return None,
    };
    Some(Problem::new(span, message).help(help))
}

/// A pipe other than `head` and `tail`.
pub(super) fn pipe(name: &str, span: Span) -> Problem {
    let help = match name {
        "filter" => "move the condition into the query, after `where`",
        "sort" => "results come in the order of their time; sort them where they are shown",
        "unique" | "count" | "unique_count" => {
            "group in an ES|QL query (`STATS ... BY`) or a threshold rule; EQL's own pipes are head and tail"
        }
        _ => "the pipes are `head` and `tail`",
    };
    let message = match name {
        "filter" | "sort" | "unique" | "count" | "unique_count" => {
            format!("the pipe `{name}` is not supported by Elasticsearch")
        }
        _ => format!("there is no pipe `{name}`"),
    };
    Problem::new(span, message).help(help)
}

/// What replaces a function that only Endgame has.
pub(super) fn function(name: &str) -> Option<&'static str> {
    Some(match name.to_ascii_lowercase().as_str() {
        "wildcard" => "write `field like~ (\"..\", \"..\")`, or `field : (\"..\", \"..\")`",
        "match" | "matchlite" => "write `field regex~ (\"..\", \"..\")`, with Lucene's regular expressions",
        "arraycontains" => "write `field == \"..\"`; a test of a field with several values holds if any of them passes",
        "arraysearch" | "arraycount" => {
            "a test of a field with several values holds if any of them passes; they cannot be searched with variables or counted"
        }
        "safe" => "leave it out; a missing field is null here, and no error",
        _ => return None,
    })
}

/// `child of [..]` and its kin. `word` stands before `of`.
pub(super) fn relationship(word: &str, span: Span) -> Problem {
    let help = match word {
        "child" | "descendant" => {
            "use a sequence joined by `process.entity_id` and `process.parent.entity_id`, or test `process.parent.*` fields"
        }
        "event" => "use a sequence joined by `process.entity_id`",
        _ => "use a sequence that joins the two events by a field",
    };
    Problem::new(span, format!("`{word} of` is not supported by Elasticsearch")).help(help)
}
