//! From tokens to a query: the commands. A broken command is skipped up to its pipe, so the commands after it report
//! their problems too; the query as a whole is then absent.

use super::ast::{At, Command, CommandKind, EnrichField, Field, Measure, Name, Order, Query, Renaming, Source, With};
use super::cursor::{Parser, Read};
use super::expr::column;
use super::hints;
use super::lex::{Token, lex};
use crate::source::{Problem, Span};

/// What [`parse`] found.
#[derive(Debug, Clone, PartialEq)]
pub struct Parsed {
    /// Present when every part could be read.
    pub query: Option<Query>,
    /// In the order of the text. Empty means that Elasticsearch's parser takes the query.
    pub problems: Vec<Problem>,
    /// What a newer Elasticsearch may know: commands that are in no list here.
    pub warnings: Vec<Problem>,
}

/// Reads a query. Takes time linear in its length, and never fails otherwise than by problems.
#[must_use]
pub fn parse(text: &str) -> Parsed {
    let lexed = lex(text);
    let mut parser = Parser::new(text, lexed.tokens, lexed.problems);
    let commands = parser.query();
    let at = At(Span::new(0, text.len()));
    let query = commands.map(|commands| Query { commands, at });
    let (mut problems, warnings) = (parser.problems, parser.warnings);
    problems.sort_by_key(|problem| (problem.span.start, problem.span.end));
    Parsed { query, problems, warnings }
}

/// Commands that Elasticsearch has and that are kept as text.
const OTHER: &[&str] = &[
    "show",
    "explain",
    "rerank",
    "sample",
    "fuse",
    "insist",
    "promql",
    "uri_parts",
    "registered_domain",
    "user_agent",
    "mmr",
    "ip_location",
    "metrics_info",
    "ts_info",
    "ts_collapse",
    "dedup",
    "highlight",
];

/// The commands with a tree, and those kept as text.
pub(super) const COMMANDS: &[&str] = &[
    "from",
    "ts",
    "row",
    "where",
    "eval",
    "stats",
    "inline stats",
    "inlinestats",
    "keep",
    "drop",
    "rename",
    "sort",
    "limit",
    "grok",
    "dissect",
    "mv_expand",
    "enrich",
    "lookup join",
    "fork",
    "change_point",
    "completion",
    "show",
    "explain",
    "rerank",
    "sample",
    "fuse",
    "insist",
    "promql",
    "uri_parts",
    "registered_domain",
    "user_agent",
    "mmr",
    "ip_location",
    "metrics_info",
    "ts_info",
    "ts_collapse",
    "dedup",
    "highlight",
];

impl Parser<'_> {
    fn query(&mut self) -> Option<Vec<Command>> {
        let mut commands = Vec::new();
        let mut whole = true;
        loop {
            if let Ok(command) = self.command(commands.is_empty() && whole) {
                commands.push(command);
                if !self.is_symbol("|") && *self.peek() != Token::End {
                    self.expected("`|` or the end of the query");
                    whole = false;
                    self.skip_command();
                }
            } else {
                whole = false;
                self.skip_command();
            }
            if !self.symbol("|") {
                return Some(commands).filter(|_| whole);
            }
        }
    }

    fn command(&mut self, first: bool) -> Read<Command> {
        let start = self.span();
        let Token::Word(word) = *self.peek() else { return Err(self.expected("a command")) };
        let name = word.to_ascii_lowercase();
        if first && !matches!(name.as_str(), "from" | "ts" | "row" | "show" | "explain" | "promql") {
            let problem = hints::no_source(self, word);
            return Err(self.report(problem));
        }
        if !first && matches!(name.as_str(), "from" | "ts" | "row") {
            let problem = Problem::new(start, format!("`{word}` can only come first"));
            return Err(self.report(problem.help("add columns with `eval`, other indices with `from a, b`")));
        }
        self.advance();
        let mut name_at = At(start);
        if matches!((name.as_str(), self.peek()), ("inline" | "lookup", Token::Word(_))) {
            name_at = At(start.to(self.span()));
        }
        let kind = self.body(&name, start)?;
        Ok(Command { kind, name_at, at: self.since(start) })
    }

    fn body(&mut self, name: &str, start: Span) -> Read<CommandKind> {
        Ok(match name {
            "from" | "ts" => self.from(name == "ts")?,
            "row" => CommandKind::Row(self.fields()?),
            "where" => CommandKind::Where(self.expression()?),
            "eval" => CommandKind::Eval(self.fields()?),
            "stats" | "inlinestats" => self.stats(name != "stats")?,
            "inline" => {
                self.need_word("stats")?;
                self.stats(true)?
            }
            "keep" => CommandKind::Keep(self.names()?),
            "drop" => CommandKind::Drop(self.names()?),
            "rename" => CommandKind::Rename(self.list(Self::renaming)?),
            "sort" => CommandKind::Sort(self.list(Self::order)?),
            "limit" => self.limit()?,
            "grok" => {
                let input = self.cast()?;
                CommandKind::Grok { input, patterns: self.list(|parser| parser.string("a pattern in quotes"))? }
            }
            "dissect" => self.dissect()?,
            "mv_expand" => CommandKind::MvExpand(self.name()?),
            "enrich" => self.enrich()?,
            "lookup" => self.lookup_join()?,
            "fork" => self.fork()?,
            "change_point" => self.change_point()?,
            "completion" => self.completion()?,
            _ => self.other(name, start)?,
        })
    }

    /// A command without a tree: its words are kept. A slip in a known name is an error, another name may be a newer command.
    fn other(&mut self, name: &str, start: Span) -> Read<CommandKind> {
        if !OTHER.contains(&name) {
            match hints::misspelt_command(name, start) {
                Some(problem) => return Err(self.report(problem)),
                None => self.warnings.push(hints::unknown_command(name, start)),
            }
        }
        let body = self.span();
        let mut depth = 0_usize;
        while !(*self.peek() == Token::End || (depth == 0 && self.at_command_end())) {
            match self.peek() {
                Token::Symbol("(") => depth += 1,
                Token::Symbol(")") => depth -= 1,
                _ => {}
            }
            self.advance();
        }
        let text = self.text.get(self.since(body).0.range()).unwrap_or_default().to_owned();
        Ok(CommandKind::Other { name: name.to_owned(), text })
    }

    fn from(&mut self, time_series: bool) -> Read<CommandKind> {
        let sources = self.list(|parser| parser.source("an index pattern"))?;
        let bracket = self.span();
        if self.is_symbol("[") && self.is_word_at(1, "metadata") {
            let problem = Problem::new(bracket, "`metadata` stands without brackets");
            return Err(self.report(problem.help("write `from index metadata _id, _version, _index`")));
        }
        let metadata = if self.word("metadata") { self.list(Self::name)? } else { Vec::new() };
        Ok(CommandKind::From { time_series, sources, metadata })
    }

    fn source(&mut self, expected: &str) -> Read<Source> {
        let (text, quoted) = match self.peek() {
            Token::Source(text) => ((*text).to_owned(), false),
            Token::String { value, .. } => (value.clone(), true),
            Token::Symbol("(") => {
                let problem = Problem::new(self.span(), "a query inside `from` is not read");
                return Err(self.report(problem.help("write the indices in one `from`, the conditions in `where`")));
            }
            _ => return Err(self.expected(expected)),
        };
        let at = At(self.advance());
        Ok(Source { text, quoted, at })
    }

    /// Columns in a list, where keywords are names, too.
    fn names(&mut self) -> Read<Vec<Name>> {
        self.only_names = true;
        let names = self.list(Self::name);
        self.only_names = false;
        names
    }

    fn fields(&mut self) -> Read<Vec<Field>> {
        self.list(Self::field)
    }

    fn field(&mut self) -> Read<Field> {
        let expr = self.expression()?;
        if !self.is_symbol("=") {
            return Ok(Field { name: None, expr });
        }
        let Some(name) = column(&expr).cloned() else { return Err(self.expected("`,` or the end of the command")) };
        self.advance();
        Ok(Field { name: Some(name), expr: self.expression()? })
    }

    fn stats(&mut self, inline: bool) -> Read<CommandKind> {
        if self.at_command_end() {
            let problem = Problem::new(self.previous(), "`stats` needs an aggregation or a group");
            return Err(self.report(problem.help("write `stats n = COUNT(*) by column`")));
        }
        let measures = if self.is_word("by") { Vec::new() } else { self.list(Self::measure)? };
        let by = if self.word("by") { self.fields()? } else { Vec::new() };
        Ok(CommandKind::Stats { inline, measures, by })
    }

    fn measure(&mut self) -> Read<Measure> {
        let field = self.field()?;
        let filter = if self.word("where") { Some(self.expression()?) } else { None };
        Ok(Measure { field, filter })
    }

    fn renaming(&mut self) -> Read<Renaming> {
        let first = self.name()?;
        if self.symbol("=") {
            return Ok(Renaming { old: self.name()?, new: first, assigned: true });
        }
        self.need_word("as")?;
        Ok(Renaming { old: first, new: self.name()?, assigned: false })
    }

    fn order(&mut self) -> Read<Order> {
        let expr = self.expression()?;
        let descending = if self.word("desc") { Some(true) } else { self.word("asc").then_some(false) };
        if self.is_word("descending") || self.is_word("ascending") {
            let problem = Problem::new(self.span(), "the order is written `asc` or `desc`");
            return Err(self.report(problem.help("write `sort column desc`")));
        }
        let mut nulls_first = None;
        if self.word("nulls") {
            nulls_first = Some(self.word("first"));
            if nulls_first == Some(false) {
                self.need_word("last")?;
            }
        }
        Ok(Order { expr, descending, nulls_first })
    }

    fn limit(&mut self) -> Read<CommandKind> {
        if !matches!(self.peek(), Token::Integer(_) | Token::Param(_)) {
            let problem = hints::unexpected(self, "a number of rows");
            return Err(self.report(problem.help("write `limit 100`: a whole number without a sign")));
        }
        let count = self.primary()?;
        let by = if self.word("by") { self.list(Self::expression)? } else { Vec::new() };
        Ok(CommandKind::Limit { count, by })
    }

    fn dissect(&mut self) -> Read<CommandKind> {
        let input = self.cast()?;
        let pattern = self.string("a pattern in quotes")?;
        let mut options = Vec::new();
        if matches!(self.peek(), Token::Word(_)) {
            options = self.list(|parser| {
                let name = parser.name()?;
                parser.need_symbol("=", "`=`")?;
                Ok((name, parser.primary()?))
            })?;
        }
        Ok(CommandKind::Dissect { input, pattern, options })
    }

    fn enrich(&mut self) -> Read<CommandKind> {
        let policy = self.source("an enrich policy")?;
        let on = if self.word("on") { Some(self.name()?) } else { None };
        let with = if self.word("with") { self.list(Self::enrich_field)? } else { Vec::new() };
        Ok(CommandKind::Enrich { policy, on, with })
    }

    fn enrich_field(&mut self) -> Read<EnrichField> {
        let first = self.name()?;
        if !self.symbol("=") {
            return Ok(EnrichField { new: None, field: first });
        }
        Ok(EnrichField { new: Some(first), field: self.name()? })
    }

    fn lookup_join(&mut self) -> Read<CommandKind> {
        self.need_word("join")?;
        let index = self.source("a lookup index")?;
        let alias = if self.word("as") { Some(self.name()?) } else { None };
        self.need_word("on")?;
        let on = self.list(Self::expression)?;
        Ok(CommandKind::LookupJoin { index, alias, on })
    }

    fn fork(&mut self) -> Read<CommandKind> {
        let mut branches = Vec::new();
        while self.is_symbol("(") {
            self.advance();
            branches.push(self.nested(Self::branch)?);
            self.need_symbol(")", "`|` or `)`")?;
        }
        if branches.is_empty() {
            return Err(self.expected("a branch in parentheses"));
        }
        Ok(CommandKind::Fork(branches))
    }

    fn branch(&mut self) -> Read<Vec<Command>> {
        let mut commands = vec![self.command(false)?];
        while self.symbol("|") {
            commands.push(self.command(false)?);
        }
        Ok(commands)
    }

    fn change_point(&mut self) -> Read<CommandKind> {
        let value = self.name()?;
        let on = if self.word("on") { Some(self.name()?) } else { None };
        let mut output = None;
        if self.word("as") {
            let kind = self.name()?;
            self.need_symbol(",", "`,` and the column of the p-value")?;
            output = Some((kind, self.name()?));
        }
        let by = if self.word("by") { self.list(Self::expression)? } else { Vec::new() };
        Ok(CommandKind::ChangePoint { value, on, output, by })
    }

    fn completion(&mut self) -> Read<CommandKind> {
        let mut prompt = self.cast()?;
        let mut target: Option<Name> = None;
        if self.is_symbol("=") {
            target = column(&prompt).cloned();
            if target.is_none() {
                return Err(self.expected("`with`"));
            }
            self.advance();
            prompt = self.cast()?;
        }
        let with = match (self.word("with"), self.is_symbol("{")) {
            (false, _) => None,
            (true, true) => Some(With::Map(self.map()?)),
            (true, false) => Some(With::Id(self.name()?)),
        };
        Ok(CommandKind::Completion { target, prompt, with })
    }
}
