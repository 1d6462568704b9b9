//! Sequences and samples: keys, spans of time, terms in square brackets, runs.

use super::ast::{At, Expr, Int, Join, MaxSpan, Sample, Sequence, Term, TimeUnit};
use super::check;
use super::cursor::Parser;
use super::lex::Token;
use crate::source::Span;

impl Parser<'_> {
    pub(super) fn sequence(&mut self, start: Span) -> Option<Sequence> {
        let mut by = self.join_keys();
        let maxspan = if self.keyword_ahead("with") { self.maxspan() } else { None };
        if self.is_word("by") {
            let span = self.span();
            let late = self.join_keys();
            self.problem(
                self.since(span),
                "the sequence's keys come too late",
                "write `by ..` before `with maxspan=..`",
            );
            by = if late.as_ref().is_some_and(|late| !late.is_empty()) { late } else { by };
        }
        let terms = self.terms();
        let until = if self.keyword("until") { Some(self.term()) } else { None };
        if matches!(self.peek(), Token::Symbol("[" | "![")) {
            self.surplus("a pipe or the end of the query (`until` comes last)");
            return None;
        }
        let until = match until {
            Some(None) => return None,
            Some(Some(term)) => Some(term),
            None => None,
        };
        let sequence =
            Sequence { by: by?, maxspan, terms: terms?, until, pipes: Vec::new(), at: At(self.since(start)) };
        if !self.lost {
            self.report(check::sequence(&sequence, self.dialect));
        }
        Some(sequence)
    }

    fn keyword_ahead(&self, word: &str) -> bool {
        matches!(self.peek(), Token::Word(found) if found.eq_ignore_ascii_case(word))
    }

    pub(super) fn sample(&mut self, start: Span) -> Option<Sample> {
        let by = self.join_keys();
        if self.is_word("with") {
            let span = self.span();
            self.skip_to(|token| matches!(token, Token::Symbol("[" | "![")));
            let help = "a sample has no order and no time limit; use a sequence, or leave it out";
            self.problem(self.since(span), "a sample takes no maxspan", help);
            self.lost = true;
        }
        let terms = self.terms();
        if self.is_word("until") {
            let span = self.advance();
            self.problem(span, "a sample takes no `until`", "use a sequence, or leave it out");
            self.term();
            return None;
        }
        let sample = Sample { by: by?, terms: terms?, at: At(self.since(start)) };
        if !self.lost {
            self.report(check::sample(&sample, self.dialect));
        }
        Some(sample)
    }

    /// Endgame's `join`.
    pub(super) fn join(&mut self, start: Span) -> Option<Join> {
        let by = self.join_keys();
        let terms = self.terms();
        let until = if self.keyword("until") { Some(self.term()?) } else { None };
        let join = Join { by: by?, terms: terms?, until, pipes: Vec::new(), at: At(self.since(start)) };
        if !self.lost {
            self.report(check::join(&join));
        }
        Some(join)
    }

    /// `by key, key`, or nothing. `None` when a key cannot be read.
    fn join_keys(&mut self) -> Option<Vec<Expr>> {
        let mut keys = Vec::new();
        if !self.keyword("by") {
            return Some(keys);
        }
        loop {
            let Some(key) = self.expression() else {
                self.skip_to(|token| matches!(token, Token::Symbol("[" | "![" | "|") | Token::Word("with" | "until")));
                return None;
            };
            keys.push(key);
            if !self.symbol(",") {
                return Some(keys);
            }
        }
    }

    /// `with maxspan=1h`.
    fn maxspan(&mut self) -> Option<MaxSpan> {
        self.keyword("with");
        let found = self.maxspan_value();
        if found.is_none() {
            self.lost = true;
            self.skip_to(|token| matches!(token, Token::Symbol("[" | "![" | "|") | Token::Word("by")));
        }
        found
    }

    fn maxspan_value(&mut self) -> Option<MaxSpan> {
        if !self.keyword("maxspan") {
            self.unexpected("`maxspan`");
            return None;
        }
        self.option_equals()?;
        let start = self.span();
        let &Token::Int(value) = self.peek() else {
            let help = "write a whole number with a unit: `maxspan=90s`";
            match self.peek() {
                Token::Float(_) => self.problem(start, "a maxspan has no fraction", help),
                _ => self.unexpected("a time span such as `5m`"),
            }
            return None;
        };
        self.advance();
        let unit = self.time_unit(start)?;
        let span = self.since(start);
        if value <= 0 {
            self.problem(
                span,
                "a maxspan is longer than nothing",
                "write a positive number, or leave `with maxspan` out",
            );
        }
        Some(MaxSpan { value: value.unsigned_abs(), unit, at: At(span) })
    }

    fn time_unit(&mut self, number: Span) -> Option<TimeUnit> {
        let span = self.span();
        let Token::Word(word) = *self.peek() else {
            let help = format!("write one of ms, s, m, h, d after it; did you mean `{}s`?", self.slice(number));
            self.problem(number, "this time span has no unit", help);
            return None;
        };
        self.advance();
        let unit = TimeUnit::ALL.into_iter().find(|unit| unit.text() == word);
        if unit.is_none() {
            self.problem(span, format!("`{word}` is not a unit of time"), "the units are ms, s, m, h and d");
        }
        unit
    }

    /// The `=` of `maxspan=` and `runs=`.
    fn option_equals(&mut self) -> Option<()> {
        if self.symbol("==") {
            return Some(());
        }
        self.expect("=", None)
    }

    fn terms(&mut self) -> Option<Vec<Term>> {
        let mut terms = Vec::new();
        let mut broken = false;
        while matches!(self.peek(), Token::Symbol("[" | "![")) {
            match self.term() {
                Some(term) => terms.push(term),
                None => broken = true,
            }
        }
        if terms.is_empty() && !broken {
            self.unexpected("an event query in square brackets");
            return None;
        }
        (!broken).then_some(terms)
    }

    fn term(&mut self) -> Option<Term> {
        let start = self.span();
        let missing = self.is_symbol("![");
        if missing {
            self.only_elasticsearch(start, "a sequence of Endgame's has no missing events");
        }
        if !missing && !self.is_symbol("[") {
            self.unexpected("an event query in square brackets");
            return None;
        }
        self.advance();
        let filter = self.event_filter();
        if filter.is_none() {
            self.skip_to(|_| false);
            while self.symbol(")") {
                self.skip_to(|_| false);
            }
        }
        self.expect("]", Some(start));
        let mut fork = self.endgame_suffix();
        let by = self.join_keys();
        let runs = self.runs();
        fork |= self.endgame_suffix();
        Some(Term { missing, filter: filter?, by: by?, fork, runs, at: At(self.since(start)) })
    }

    /// `fork` and `as name`, which Endgame has after a bracket. Whether the term forks.
    fn endgame_suffix(&mut self) -> bool {
        let span = self.span();
        match self.peek() {
            Token::Word("fork") => {
                self.advance();
                let mut fork = true;
                if self.symbol("=") || self.symbol("==") {
                    fork = !self.is_word("false");
                    self.advance();
                }
                if self.is_endgame() {
                    return fork;
                }
                self.problem(self.since(span), "`fork` belongs to Endgame's dialect", "leave it out");
            }
            Token::Word("as") => {
                self.advance();
                self.advance();
                self.problem(
                    self.since(span),
                    "a term takes no alias",
                    "aliases belong to other dialects of EQL; leave it out",
                );
            }
            _ => return false,
        }
        self.lost = true;
        false
    }

    /// `with runs=n`, or nothing.
    fn runs(&mut self) -> Option<Int> {
        if !self.is_word("with") {
            return None;
        }
        self.advance();
        let found = self.runs_value();
        if found.is_none() {
            self.lost = true;
            self.skip_to(|token| matches!(token, Token::Symbol("[" | "![" | "|") | Token::Word("until")));
        }
        found
    }

    fn runs_value(&mut self) -> Option<Int> {
        if self.is_word("maxspan") {
            let help = "write `sequence with maxspan=..` before the first bracket";
            self.problem(self.span(), "a maxspan belongs to the whole sequence", help);
            return None;
        }
        if !self.keyword("runs") {
            self.unexpected("`runs`");
            return None;
        }
        self.option_equals()?;
        let span = self.span();
        let &Token::Int(value) = self.peek() else {
            self.unexpected("a whole number of runs");
            return None;
        };
        self.advance();
        if !(1..=100).contains(&value) {
            self.problem(span, format!("a term cannot run {value} times"), "`runs` is a number from 1 to 100");
        }
        Some(Int { value: value.unsigned_abs(), at: At(span) })
    }
}
