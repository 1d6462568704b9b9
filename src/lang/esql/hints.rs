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
            None => {
                let problem = Problem::new(span, format!("expected {expected} before `{symbol}`"));
                problem.help(instead(symbol, expected))
            }
        },
        Token::Word(word) => unexpected_word(parser, word, expected),
        _ if after_value(parser) => surplus(parser, written, expected),
        _ => not_this(span, written, expected),
    }
}

fn not_this(span: Span, written: &str, expected: &str) -> Problem {
    let help = if is_end(expected) { NEXT.to_owned() } else { format!("put {expected} here") };
    Problem::new(span, format!("expected {expected}, not `{written}`")).help(help)
}

/// What can be done where a command is whole.
const NEXT: &str = "take this away, or begin another command with `|`";

fn is_end(expected: &str) -> bool {
    expected.contains("the end of the query")
}

/// What to write where a symbol has no place.
fn instead(symbol: &str, expected: &str) -> String {
    match symbol {
        "{" => "options in braces are the last argument of a function that has options".to_owned(),
        ":" => "a search is written `column : \"text\"`, with a column alone before the `:`".to_owned(),
        "*" => "a pattern of columns stands in `keep` and `drop` only; name the column".to_owned(),
        _ if is_end(expected) => NEXT.to_owned(),
        ")" | "]" => format!("put {expected} before the `{symbol}`, or take the `{symbol}` away"),
        _ => format!("put {expected} here, and leave `{symbol}` and what belongs to it out"),
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
    match parser.text.get(last.range()) {
        Some(word) if !word.is_empty() => problem.help(format!("write {expected} after `{word}`")),
        _ => problem.help(format!("begin with {expected}")),
    }
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
        return surplus(parser, word, expected);
    }
    if super::cursor::is_reserved(word) {
        let problem = Problem::new(span, format!("expected {expected}, not `{word}`"));
        return problem.help(format!("`{word}` is a keyword; a column of that name goes in backticks"));
    }
    not_this(span, word, expected)
}

/// Something behind a whole value or name: what would join the two depends on the command.
fn surplus(parser: &Parser<'_>, written: &str, expected: &str) -> Problem {
    let span = parser.span();
    match command(parser).to_ascii_lowercase().as_str() {
        "where" | "eval" | "stats" | "inlinestats" | "inline" | "row" => {
            Problem::new(span, format!("`and` or `or` is missing before `{written}`"))
                .help("or a comma, between items of a list; or `|`, between commands")
        }
        "from" | "ts" | "keep" | "drop" | "rename" | "sort" => {
            Problem::new(span, format!("`,` or `|` is missing before `{written}`"))
                .help("items of a list stand between commas, commands are joined by `|`")
        }
        _ => not_this(span, written, expected),
    }
}

/// The word that begins the command around the cursor.
fn command<'a>(parser: &'a Parser<'_>) -> &'a str {
    let before = parser.tokens.get(..parser.at).unwrap_or_default();
    let start = before.iter().rposition(|(token, _)| matches!(token, Token::Symbol("|" | ";"))).map_or(0, |at| at + 1);
    match before.get(start) {
        Some((Token::Word(word), _)) => word,
        _ => "",
    }
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

/// A value where a command stands.
pub(super) fn no_command(name: &str, span: Span) -> Problem {
    Problem::new(span, format!("`{name}` is no command"))
        .help("a condition stands behind `where`, a new column behind `eval name = ..`")
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
