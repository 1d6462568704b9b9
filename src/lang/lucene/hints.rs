//! What to say about a query string that Lucene refuses, or accepts and reads in another way than it was meant.

use super::ast::{Clause, Conjunction, Node, Prefix, Query, Text};
use super::lex::{Token, is_space};
use crate::source::{Problem, Span};

/// The token does not belong where it stands.
pub(super) fn unexpected(token: &Token, span: Span, written: &str, before: Option<&(Token, Span)>) -> Problem {
    let after_colon = matches!(before, Some((Token::Colon, _)));
    match (token, before) {
        (Token::End, Some((Token::And | Token::Or | Token::Not | Token::Plus | Token::Minus, place))) => {
            Problem::new(*place, "nothing follows this operator")
                .help("a word that is meant literally stands in quotes")
        }
        (Token::End | Token::RightParen, Some((Token::Colon, place))) => {
            Problem::new(*place, "a value is missing after `:`").help("`field:*` tests that the field exists")
        }
        (Token::End, _) => Problem::new(span, "the query ends where a value is expected"),
        (Token::RightParen, Some((Token::LeftParen, _))) => Problem::new(span, "there is nothing between the brackets"),
        (Token::RightParen | Token::Close(_), _) => Problem::new(span, format!("this `{written}` closes nothing"))
            .help("a plain bracket is written with a backslash before it"),
        (Token::Colon, Some((Token::Wildcard(_), place))) => {
            Problem::new(*place, "a wildcard in a field's name has a backslash before it in Lucene")
                .help("write `\\*` for `*` in the name")
        }
        (Token::Colon, _) => {
            Problem::new(span, "a second `:`").help("a colon in a value is written `\\:` or in quotes")
        }
        (Token::Minus | Token::Plus | Token::Not, _) if after_colon => {
            Problem::new(span, format!("`{written}` cannot stand between a field and its value"))
                .help("put it before the field, or the value in quotes")
        }
        (Token::And | Token::Or, None | Some((Token::LeftParen, _))) => {
            Problem::new(span, format!("nothing stands before `{written}`"))
        }
        _ => Problem::new(span, format!("`{written}` cannot stand here"))
            .help("a special character is written with a backslash before it, or in quotes"),
    }
}

/// Constructs that are legal and hardly mean what they say.
pub(super) fn suspicious(text: &str, query: &Query) -> Vec<Problem> {
    let mut hints = Hints { text, found: Vec::new() };
    hints.query(query, false);
    hints.found
}

struct Hints<'a> {
    text: &'a str,
    found: Vec<Problem>,
}

impl Hints<'_> {
    fn warn(&mut self, span: Span, message: impl Into<String>, help: impl Into<String>) {
        self.found.push(Problem::new(span, message).help(help));
    }

    fn query(&mut self, query: &Query, fielded: bool) {
        match &query.node {
            Node::Group(clauses) => self.group(clauses, fielded),
            Node::Field { query, .. } => self.query(query, true),
            Node::Boost { query, .. } => self.query(query, fielded),
            Node::Term(text) => self.words(text),
            _ => {}
        }
    }

    fn group(&mut self, clauses: &[Clause], fielded: bool) {
        for (at, clause) in clauses.iter().enumerate() {
            let before = at.checked_sub(1).and_then(|before| clauses.get(before));
            if let Some(before) = before {
                if clause.conjunction == Some(Conjunction::Or) {
                    self.or(&clauses[..at], before, clause);
                } else if clause.conjunction.is_none() && !fielded {
                    self.without_field(before, clause);
                }
            }
            self.query(&clause.query, fielded);
        }
    }

    /// Mixtures that Lucene reads without precedence.
    fn or(&mut self, earlier: &[Clause], before: &Clause, clause: &Clause) {
        let negated = |clause: &Clause| matches!(clause.prefix, Some(Prefix::Not | Prefix::Prohibited));
        let gap = Span::new(before.query.span().end as usize, clause.query.span().start as usize);
        let written = self.text.get(gap.range()).unwrap_or_default();
        let lead = written.len() - written.trim_start_matches(|c| is_space(c) || c == ')').len();
        let start = gap.start as usize + lead;
        let operator = Span::new(start, start + 2);
        if negated(clause) || negated(before) {
            let help = "put the negation in parentheses: `a OR (NOT b)`";
            self.warn(operator, "in Lucene `a OR NOT b` is `a` without `b`", help);
        } else if earlier.iter().any(|clause| clause.conjunction == Some(Conjunction::And)) {
            let message = "Lucene has no precedence: beside an `AND` this `OR` is optional";
            self.warn(operator, message, "put the parts in parentheses");
        }
    }

    /// `field: two words`, as KQL has it.
    fn without_field(&mut self, before: &Clause, clause: &Clause) {
        let valued = |query: &Query| matches!(query.node, Node::Term(_) | Node::Compare { .. });
        let Node::Field { query, .. } = &before.query.node else { return };
        let word = match &clause.query.node {
            Node::Term(text) => text.literal().unwrap_or_default(),
            _ => return,
        };
        // An operator in lower case is told as such.
        if valued(query) && clause.prefix.is_none() && !matches!(word, "and" | "or" | "not") {
            let message = "a blank ends the value in Lucene: this word is searched in all fields";
            self.warn(clause.query.span(), message, "put a value of several words in quotes");
        }
    }

    /// Operators of KQL and lower-case ones, which are words here.
    fn words(&mut self, text: &Text) {
        if text.literal().is_none() {
            return;
        }
        let span = text.at.0;
        let written = self.text.get(span.range()).unwrap_or_default();
        let mut at = span.start as usize;
        for piece in written.split_inclusive(is_space) {
            let word = piece.trim_end_matches(is_space);
            let place = Span::new(at, at + word.len());
            at += piece.len();
            match word {
                "and" | "or" | "not" => {
                    let message = format!("`{word}` in lower case is a word to search for");
                    self.warn(place, message, format!("write `{}` for the operator", word.to_uppercase()));
                }
                ">" | ">=" | "<" | "<=" => {
                    let message = format!("`{word}` is a word here: in Lucene it stands between `:` and the value");
                    self.warn(place, message, format!("write `field:{word}value`"));
                }
                "=" | "==" | "!=" | "=~" => {
                    self.warn(place, format!("`{word}` is a word to search for in Lucene"), "write `field:value`");
                }
                "-" | "+" | "!" => {
                    let message = format!("`{word}` with white space behind it is a word to search for");
                    self.warn(place, message, "write it without white space, or in quotes");
                }
                _ => {}
            }
        }
    }
}
