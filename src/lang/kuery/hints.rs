//! What to say about a query that Kibana refuses, or accepts and reads in another way than it was meant.

use super::lex::{Kind, Token, is_space};
use crate::source::{Problem, Span};

/// The token before `at`.
fn before(tokens: &[Token], at: usize) -> Option<&Token> {
    at.checked_sub(1).and_then(|at| tokens.get(at))
}

fn span_at(text: &str, tokens: &[Token], at: usize) -> Span {
    tokens.get(at).map_or_else(|| Span::at(text.len()), |token| token.span)
}

fn written<'a>(text: &'a str, token: &Token) -> &'a str {
    text.get(token.span.range()).unwrap_or_default()
}

/// The unquoted literal `token` as it is written.
fn bare<'a>(text: &'a str, token: Option<&Token>) -> Option<&'a str> {
    let token = token?;
    matches!(&token.kind, Kind::Literal(value) if !value.quoted).then(|| written(text, token))
}

/// A query is expected at `at`, and there is none.
pub(super) fn no_operand(text: &str, tokens: &[Token], at: usize) -> Problem {
    let span = span_at(text, tokens, at);
    let token = tokens.get(at).map_or(&Kind::End, |token| &token.kind);
    let previous = before(tokens, at);
    match (token, previous.map(|token| &token.kind)) {
        (Kind::Not, Some(Kind::Not)) => Problem::new(span, "KQL has no double `not`").help("write `not (not ...)`"),
        (Kind::Colon | Kind::Range(_), _) => Problem::new(span, "a field name is missing before the operator"),
        (Kind::RightParen, Some(Kind::LeftParen)) | (Kind::RightBrace, Some(Kind::LeftBrace)) => {
            Problem::new(span, "there is nothing between the brackets")
        }
        (Kind::RightParen | Kind::RightBrace, None) => closes_nothing(span),
        (Kind::LeftBrace, _) => Problem::new(span, "a `{` only follows a nested field: `path:{ query }`"),
        (_, Some(Kind::And | Kind::Or | Kind::Not)) => {
            let word = previous.map_or("", |token| written(text, token));
            let place = previous.map_or(span, |token| token.span);
            Problem::new(place, format!("nothing follows `{word}`"))
                .help("put the word in quotes if it is a value, or add `field: value` after it")
        }
        (Kind::End, _) => {
            Problem::new(previous.map_or(span, |token| token.span), "the query ends where a value is expected")
        }
        _ => Problem::new(span, "expected a field, a value or `(`"),
    }
}

fn closes_nothing(span: Span) -> Problem {
    Problem::new(span, "this bracket closes nothing")
}

/// A value or a list is expected at `at`, after a colon or inside a list.
pub(super) fn no_value(text: &str, tokens: &[Token], at: usize) -> Problem {
    let span = span_at(text, tokens, at);
    let previous = before(tokens, at);
    let token = tokens.get(at).map_or(&Kind::End, |token| &token.kind);
    let after_colon = matches!(previous.map(|token| &token.kind), Some(Kind::Colon));
    match token {
        Kind::Range(op) if after_colon => {
            let field = bare(text, at.checked_sub(2).and_then(|at| tokens.get(at))).unwrap_or("field");
            Problem::new(span, format!("`:` and `{}` do not go together in KQL", op.symbol()))
                .help(format!("write `{field} {} value`", op.symbol()))
        }
        Kind::Not if after_colon => Problem::new(span, "`not` after `:` needs parentheses")
            .help("write `field: (not value)` or `not field: value`"),
        Kind::Colon if after_colon => Problem::new(span, "a second `:`").help("`::` is written `\\:\\:` in a value"),
        _ if after_colon => {
            let place = previous.map_or(span, |token| token.span);
            Problem::new(place, "a value is missing after `:`").help(NO_VALUE)
        }
        _ => no_operand(text, tokens, at),
    }
}

/// A value is expected at `at`, after a range operator.
pub(super) fn no_range_value(text: &str, tokens: &[Token], at: usize) -> Problem {
    let span = span_at(text, tokens, at);
    let place = before(tokens, at).map_or(span, |token| token.span);
    match tokens.get(at).map(|token| &token.kind) {
        Some(Kind::LeftParen) => {
            Problem::new(span, "a range operator takes one value, not a list").help("write `field > a or field > b`")
        }
        Some(Kind::Range(_)) if written(text, &tokens[at]).starts_with('>') => {
            Problem::new(place.to(span), "`<>` is not KQL").help("write `not field: value`")
        }
        _ => Problem::new(place, "a value is missing after the range operator").help("write `field > value`"),
    }
}

/// What people mean who leave the value out.
const NO_VALUE: &str = "`field: *` tests that the field exists, `field: \"\"` that it is empty";

/// The token at `at` follows a complete expression and does not belong there.
pub(super) fn unexpected(text: &str, tokens: &[Token], at: usize) -> Problem {
    let Some(token) = tokens.get(at) else {
        return Problem::new(Span::at(text.len()), "unexpected end");
    };
    let previous = before(tokens, at);
    keyword_for_value(text, tokens, at)
        .or_else(|| other_language(text, previous, token))
        .or_else(|| keyword_without_space(text, previous, token))
        .or_else(|| misspelt(text, previous, token))
        .unwrap_or_else(|| plain_unexpected(text, previous, token))
}

fn plain_unexpected(text: &str, previous: Option<&Token>, token: &Token) -> Problem {
    let touching = previous.is_some_and(|previous| previous.span.end == token.span.start);
    match &token.kind {
        Kind::RightParen | Kind::RightBrace => closes_nothing(token.span),
        Kind::Not if touching && bare(text, previous).is_some() => {
            Problem::new(token.span, "Kibana takes the `not ` at the end of this word for the keyword")
                .help("put the value in quotes")
        }
        Kind::Not => Problem::new(token.span, "`and` or `or` is missing before `not`"),
        Kind::Colon | Kind::Range(_) => Problem::new(token.span, "a second operator after a complete expression")
            .help("`and` or `or` may be missing before the field; inside a value the character needs quotes or a `\\`"),
        Kind::Literal(_) => Problem::new(token.span, "`and` or `or` is missing before this value")
            .help("a value of several quoted and unquoted parts needs one pair of quotes around it all"),
        _ => Problem::new(token.span, format!("unexpected `{}`", written(text, token)))
            .help("`and` or `or` may be missing here, with a space on both sides"),
    }
}

/// `a: and b: c`: the value is missing, and the grammar takes what follows for it.
fn keyword_for_value(text: &str, tokens: &[Token], at: usize) -> Option<Problem> {
    let colon = at.checked_sub(2).and_then(|at| tokens.get(at)).filter(|token| token.kind == Kind::Colon)?;
    let operand = bare(text, before(tokens, at))?;
    let (_, word) = words(Span::default(), operand).next()?;
    is_keyword(word).then(|| Problem::new(colon.span, "a value is missing after `:`").help(NO_VALUE))
}

/// Operators of Lucene, EQL and others.
fn other_language(text: &str, previous: Option<&Token>, token: &Token) -> Option<Problem> {
    if let Some(this) = bare(text, Some(token)) {
        if this.starts_with(',') {
            let span = Span::new(token.span.start as usize, token.span.start as usize + 1);
            return Some(Problem::new(span, "a comma does not separate values in KQL").help("write `field: (a or b)`"));
        }
        if let Some(operator) = ["&&", "||"].iter().find(|operator| this.starts_with(**operator)) {
            return Some(word_for(token.span, operator));
        }
    }
    let operand = bare(text, previous)?;
    let place = previous?.span;
    let (operator, help) = [
        ("==", "write `field: value`"),
        ("!=", "write `not field: value`"),
        ("=~", "write `field: value`; whether case counts depends on the field's mapping"),
        ("~", "KQL has no regular expressions; wildcards are written `field: a*b`"),
        ("&&", "write `and`"),
        ("||", "write `or`"),
        ("=", "write `field: value`"),
    ]
    .into_iter()
    .find(|(operator, _)| operand.ends_with(operator))?;
    let end = place.end as usize;
    Some(Problem::new(Span::new(end - operator.len(), end), format!("`{operator}` is not KQL")).help(help))
}

fn word_for(place: Span, operator: &str) -> Problem {
    let start = place.start as usize;
    let word = if operator == "&&" { "and" } else { "or" };
    Problem::new(Span::new(start, start + 2), format!("`{operator}` is not KQL")).help(format!("write `{word}`"))
}

/// `NOT(a)`, `a: b and(c: d)`, `"a"and b`.
fn keyword_without_space(text: &str, previous: Option<&Token>, token: &Token) -> Option<Problem> {
    if let (Kind::LeftParen | Kind::Literal(_), Some(operand)) = (&token.kind, bare(text, previous)) {
        let word = operand.rsplit(is_space).next().unwrap_or(operand);
        if is_keyword(word) {
            let end = previous?.span.end as usize;
            let span = Span::new(end - word.len(), end);
            let problem = Problem::new(span, format!("`{word}` is a keyword only with a space after it"));
            return Some(problem.help(format!("write `{word} (..)`")));
        }
    }
    let word = bare(text, Some(token))?.split(is_space).next()?;
    let span = Span::new(token.span.start as usize, token.span.start as usize + word.len());
    let problem = || {
        let message = format!("`{word}` is a keyword only with a space before it and after it");
        Problem::new(span, message).help(format!("write `a {word} b`"))
    };
    is_keyword(word).then(problem)
}

/// `a: b adn c: d`: the words around the place, one of which may be a keyword with a slip in it.
fn misspelt(text: &str, previous: Option<&Token>, token: &Token) -> Option<Problem> {
    [previous, Some(token)].into_iter().flatten().find_map(|token| {
        let operand = bare(text, Some(token))?;
        words(token.span, operand).find_map(|(span, word)| {
            let keyword = near_keyword(word)?;
            let message = format!("`{word}` is not a keyword, so it is part of a value");
            Some(Problem::new(span, message).help(format!("did you mean `{keyword}`?")))
        })
    })
}

/// The words of an operand with their places.
fn words(place: Span, operand: &str) -> impl DoubleEndedIterator<Item = (Span, &str)> {
    let start = place.start as usize;
    let end = start + operand.len();
    let pieces: Vec<(Span, &str)> = operand
        .split_inclusive(is_space)
        .scan(start, |at, piece| {
            let word = piece.trim_end_matches(is_space);
            let span = Span::new(*at, (*at + word.len()).min(end));
            *at += piece.len();
            Some((span, word))
        })
        .filter(|(_, word)| !word.is_empty())
        .collect();
    pieces.into_iter()
}

fn is_keyword(word: &str) -> bool {
    ["and", "or", "not"].iter().any(|known| known.eq_ignore_ascii_case(word))
}

fn near_keyword(word: &str) -> Option<&'static str> {
    let lower = word.to_lowercase();
    if matches!(lower.as_str(), "ro" | "orr" | "oor") {
        return Some("or");
    }
    let near = |keyword: &&&str| lower.len() >= 2 && strsim::damerau_levenshtein(&lower, keyword) == 1;
    ["and", "not"].iter().find(near).copied()
}

/// Values that are legal and look like another language.
pub(super) fn suspicious(text: &str, tokens: &[Token]) -> Vec<Problem> {
    let mut found = Vec::new();
    // For each open parenthesis, whether it holds values of a field.
    let mut lists: Vec<bool> = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        match token.kind {
            Kind::LeftParen => {
                let of_field = before(tokens, at).is_some_and(|token| token.kind == Kind::Colon);
                lists.push(of_field || lists.last() == Some(&true));
            }
            Kind::RightParen => drop(lists.pop()),
            _ => {}
        }
        found.extend(quoted_star(token));
        let Some(operand) = bare(text, Some(token)) else { continue };
        let is_field = tokens.get(at + 1).is_some_and(|next| next.kind == Kind::Colon);
        if is_field && operand == "_exists_" {
            let problem = Problem::new(token.span, "`_exists_` is the name of a field in KQL");
            found.push(problem.help("write `field: *`"));
        }
        let after = |kind: Kind| before(tokens, at).is_some_and(|token| token.kind == kind);
        let in_list = after(Kind::LeftParen) && at > 1 && tokens[at - 2].kind == Kind::Colon;
        let warning = if after(Kind::Colon) { lucene_value(token.span, operand) } else { None }
            .or_else(|| operator_word(token.span, operand))
            .or_else(|| edge_keyword(token.span, operand))
            .or_else(|| in_list.then(|| comma_list(token.span, operand)).flatten())
            .or_else(|| {
                if after(Kind::Colon) || lists.last() == Some(&true) { None } else { equation(token.span, operand) }
            });
        found.extend(warning);
    }
    found
}

/// `"*part*"`: what is quoted has no wildcards.
fn quoted_star(token: &Token) -> Option<Problem> {
    let Kind::Literal(value) = &token.kind else { return None };
    let text = value.text().filter(|text| value.quoted && text.len() > 1)?;
    (text.starts_with('*') || text.ends_with('*')).then(|| {
        Problem::new(token.span, "in quotes `*` is a plain character, not a wildcard")
            .help("leave the quotes out, and write `\\` before special characters")
    })
}

fn lucene_value(span: Span, operand: &str) -> Option<Problem> {
    if operand == "null" {
        let problem = Problem::new(span, "Kibana searches for null here, which Elasticsearch refuses");
        return Some(problem.help("a field without a value is `not field: *`; the text is `\"null\"`"));
    }
    if let Some((word, number)) = operand.rsplit_once(['~', '^'])
        && !word.is_empty()
        && number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
    {
        let operator = Span::new(span.start as usize + word.len(), span.start as usize + operand.len());
        let problem = Problem::new(operator, "Lucene's `~` and `^` are plain text in KQL");
        return Some(problem.help("leave it out: KQL has no fuzzy search and no boosts"));
    }
    if operand.starts_with('[') && operand.ends_with(']') && operand.contains(" TO ") {
        return Some(
            Problem::new(span, "a Lucene range is plain text in KQL").help("write `field >= a and field <= b`"),
        );
    }
    let inner = operand.strip_prefix('/')?.strip_suffix('/')?;
    let pattern = inner.contains(".*") || inner.contains(|c| "[]|+?^$".contains(c));
    pattern.then(|| {
        Problem::new(span, "a Lucene regular expression is plain text in KQL")
            .help("KQL has no regular expressions; use wildcards (`a*b`) or a Lucene query")
    })
}

fn operator_word(place: Span, operand: &str) -> Option<Problem> {
    let (span, word) =
        words(place, operand).find(|(_, word)| matches!(*word, "==" | "!=" | "&&" | "||" | "=" | "=~"))?;
    let problem = Problem::new(span, format!("`{word}` is plain text in KQL"));
    Some(problem.help("KQL has `field: value`, `not`, `and`, `or`, `<`, `<=`, `>`, `>=`"))
}

/// `field='value'` without a field: a text to search for.
fn equation(span: Span, operand: &str) -> Option<Problem> {
    let (name, value) = operand.split_once('=')?;
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '_' | '@'))
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'@' | b'.' | b'-'));
    let start = span.start as usize + name.len();
    (is_name && !value.is_empty()).then(|| {
        Problem::new(Span::new(start, start + 1), "`=` is plain text in KQL")
            .help("write `field: value`; a text with `=` in it stands in quotes")
    })
}

fn edge_keyword(place: Span, operand: &str) -> Option<Problem> {
    let mut edges = [words(place, operand).next(), words(place, operand).next_back()].into_iter().flatten();
    let (span, word) = edges.find(|(_, word)| word.len() < operand.len() && is_keyword(word))?;
    let message = format!("`{word}` has no operand on one side, so it is part of a value");
    Some(Problem::new(span, message).help("put the value in quotes if that is meant"))
}

fn comma_list(span: Span, operand: &str) -> Option<Problem> {
    operand.contains(", ").then(|| {
        Problem::new(span, "a comma does not separate values in KQL: this is one value").help("write `field: (a or b)`")
    })
}
