//! What to say about a query that Elasticsearch refuses.

use super::cursor::Parser;
use super::lex::Token;
use super::parse::COMMANDS;
use crate::source::{Problem, Span};

/// The units of spans of time, and their short forms (ES|QL reference, "time spans").
const TIME_UNITS: [&str; 30] = [
    "millisecond",
    "milliseconds",
    "ms",
    "second",
    "seconds",
    "sec",
    "s",
    "minute",
    "minutes",
    "min",
    "m",
    "hour",
    "hours",
    "h",
    "day",
    "days",
    "d",
    "week",
    "weeks",
    "w",
    "month",
    "months",
    "mo",
    "quarter",
    "quarters",
    "q",
    "year",
    "years",
    "yr",
    "y",
];

pub(super) fn is_time_unit(word: &str) -> bool {
    TIME_UNITS.iter().any(|unit| unit.eq_ignore_ascii_case(word))
}

/// Whether a unit is a day or longer: such spans are periods of the calendar, the others are durations.
pub(super) fn is_long_unit(word: &str) -> bool {
    let long = TIME_UNITS.iter().skip_while(|unit| **unit != "day");
    long.into_iter().any(|unit| unit.eq_ignore_ascii_case(word))
}

/// What to write instead of another language's operator.
fn other_operator(symbol: &str) -> Option<&'static str> {
    Some(match symbol {
        "=" => "a comparison is written `==`; `=` names a column in `eval`, `stats` and `row`",
        "=~" => "write `TO_LOWER(column) == \"value\"`, or `column : \"value\"` for a search",
        "~" => "write `column rlike \"pattern\"`",
        "<>" => "write `!=`",
        "&&" => "write `and`",
        "||" => "write `or`",
        "!" => "write `not`",
        ";" => "a query ends without a semicolon",
        _ => return None,
    })
}

/// The token at the cursor is not what may stand there.
pub(super) fn unexpected(parser: &Parser<'_>, expected: &str) -> Problem {
    let span = parser.span();
    let written = parser.text.get(span.range()).unwrap_or_default();
    match parser.peek() {
        Token::End => ended(parser, expected),
        Token::Symbol(symbol) => match other_operator(symbol) {
            Some(help) => Problem::new(span, format!("`{symbol}` cannot stand here")).help(help),
            None if *symbol == "|" => ended(parser, expected),
            None => Problem::new(span, format!("expected {expected} before `{symbol}`")),
        },
        Token::Word(word) => unexpected_word(parser, word, expected),
        _ if after_value(parser) => missing_operator(span, written),
        _ => Problem::new(span, format!("expected {expected}, not `{written}`")),
    }
}

/// The command ends too early: the caret stands under its last word.
fn ended(parser: &Parser<'_>, expected: &str) -> Problem {
    let last = parser.previous();
    let what = if *parser.peek() == Token::End { "the query" } else { "the command" };
    let problem = Problem::new(last, format!("{what} ends where {expected} is expected"));
    if parser.text.get(last.range()) == Some("|") {
        return problem.help("remove the `|` or write a command after it");
    }
    problem
}

fn unexpected_word(parser: &Parser<'_>, word: &str, expected: &str) -> Problem {
    let span = parser.span();
    if after_value(parser) {
        if let Some(keyword) = near(word, &["and", "or", "not", "in", "is", "like", "rlike", "by", "where"]) {
            let problem = Problem::new(span, format!("`{word}` cannot stand here"));
            return problem.help(format!("did you mean `{keyword}`?"));
        }
        if matches!(parser.tokens.get(parser.at.wrapping_sub(1)), Some((Token::Integer(_), _))) {
            return Problem::new(span, format!("`{word}` is no unit of time"))
                .help("write `15 minutes`, `1 hour`, `7 days`, ...");
        }
        if COMMANDS.contains(&word.to_ascii_lowercase().as_str()) {
            return Problem::new(span, format!("`|` is missing before `{word}`")).help("commands are joined by `|`");
        }
        return missing_operator(span, word);
    }
    let problem = Problem::new(span, format!("expected {expected}, not `{word}`"));
    if super::cursor::is_reserved(word) {
        return problem.help(format!("`{word}` is a keyword; a column of that name goes in backticks"));
    }
    problem
}

fn missing_operator(span: Span, written: &str) -> Problem {
    Problem::new(span, format!("`and` or `or` is missing before `{written}`"))
        .help("or a comma, between items of a list; or `|`, between commands")
}

/// Whether the token before the cursor ends a value.
fn after_value(parser: &Parser<'_>) -> bool {
    let before = parser.at.checked_sub(1).and_then(|at| parser.tokens.get(at)).map(|(token, _)| token);
    match before {
        Some(Token::Word(word)) => {
            let lower = word.to_ascii_lowercase();
            !COMMANDS.contains(&lower.as_str()) && (!super::cursor::is_reserved(word) || lower == "null")
        }
        Some(Token::Symbol(symbol)) => matches!(*symbol, ")" | "]"),
        Some(Token::End) | None => false,
        Some(_) => true,
    }
}

/// The query starts with something else than a source.
pub(super) fn no_source(parser: &Parser<'_>, word: &str) -> Problem {
    let problem = Problem::new(parser.span(), "a query starts with `from`, `row` or another source");
    if let Some(command) = near(word, &["from", "row", "show"]) {
        return problem.help(format!("did you mean `{command}`?"));
    }
    problem.help("write `from logs-* | ..`")
}

/// A known command with a slip in it.
pub(super) fn misspelt_command(name: &str, span: Span) -> Option<Problem> {
    if name == "metadata" {
        let problem = Problem::new(span, "`metadata` is a part of `from`");
        return Some(problem.help("write `from index metadata _id, _version, _index`"));
    }
    let foreign = match name {
        "filter" | "search" => "where",
        "select" | "project" | "fields" | "table" => "keep",
        "extend" => "eval",
        "summarize" | "summarise" | "aggregate" => "stats",
        "head" | "take" | "top" => "limit",
        "order" => "sort",
        "join" => "lookup join",
        _ => near(name, &COMMANDS)?,
    };
    Some(Problem::new(span, format!("ES|QL has no command `{name}`")).help(format!("did you mean `{foreign}`?")))
}

/// A command that is in no list: newer than this reader.
pub(super) fn unknown_command(name: &str, span: Span) -> Problem {
    Problem::new(span, format!("the command `{name}` is not known here"))
        .help("it is kept as it is; Elasticsearch 9.x documents no command of that name")
}

/// The candidate in lower case that a word with a slip in it was meant to be.
pub(super) fn near<'c>(word: &str, candidates: &[&'c str]) -> Option<&'c str> {
    near_name(&word.to_ascii_lowercase(), candidates)
}

/// As [`near`], where letter case counts.
pub(super) fn near_name<'c>(word: &str, candidates: &[&'c str]) -> Option<&'c str> {
    candidates
        .iter()
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), *candidate))
        .filter(|(distance, candidate)| *distance <= candidate.len() / 3 && *distance <= 2 && *distance > 0)
        .min()
        .map(|(_, candidate)| candidate)
}
