//! From tokens to a query: the commands. A broken command is skipped up to its pipe, so the commands after it report
//! their problems too; the query as a whole is then absent.

use super::ast::{At, Command, CommandKind, Field, FromItem, Name, Parts, Query, Setting, Source};
use super::cursor::{Parser, Read};
use super::expr::column;
use super::hints;
use super::index_name;
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
    let settings = parser.settings();
    let commands = parser.query();
    let at = At(Span::new(0, text.len()));
    let query = settings.zip(commands).map(|(settings, commands)| Query { settings, commands, at });
    let (mut problems, warnings) = (parser.problems, parser.warnings);
    problems.sort_by_key(|problem| (problem.span.start, problem.span.end));
    Parsed { query, problems, warnings }
}

/// Commands that Elasticsearch has and that are kept as text: those in development, those that list what there is, and other languages.
const AS_TEXT: [&str; 5] = ["show", "explain", "insist", "promql", "highlight"];

/// Commands that are a word alone.
const ALONE: [&str; 4] = ["dedup", "metrics_info", "ts_info", "ts_collapse"];

/// The commands of this reader.
pub(super) const COMMANDS: [&str; 38] = [
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
    "rerank",
    "fuse",
    "sample",
    "mmr",
    "uri_parts",
    "registered_domain",
    "user_agent",
    "ip_location",
    "show",
    "explain",
    "insist",
    "promql",
    "highlight",
    "dedup",
    "metrics_info",
    "ts_info",
    "ts_collapse",
];

impl Parser<'_> {
    /// `SET name = value;` as often as it comes.
    fn settings(&mut self) -> Option<Vec<Setting>> {
        let mut settings = Vec::new();
        let mut whole = true;
        while self.is_word("set") {
            if let Ok(setting) = self.setting() {
                settings.push(setting);
            } else {
                whole = false;
                self.skip_setting();
            }
        }
        Some(settings).filter(|_| whole)
    }

    fn setting(&mut self) -> Read<Setting> {
        let start = self.span();
        self.advance();
        let name = self.name()?;
        self.need_symbol("=", "`=`")?;
        let value = self.map_value()?;
        let at = self.since(start);
        if !self.symbol(";") {
            let problem = Problem::new(at.0, "this setting does not end with `;`");
            return Err(self.report(problem.help("write `set name = value; from ..`")));
        }
        Ok(Setting { name, value, at })
    }

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
        if !first && matches!(name.as_str(), "from" | "ts" | "row" | "show" | "explain" | "promql") {
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
            "drop" => CommandKind::Drop(self.dropped()?),
            "rename" => CommandKind::Rename(self.named(Self::renaming)?),
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
            _ => self.newer(name, start)?,
        })
    }

    /// Commands of Elasticsearch 9.
    fn newer(&mut self, name: &str, start: Span) -> Read<CommandKind> {
        if let Some(parts) = Parts::ALL.into_iter().find(|parts| parts.keyword() == name) {
            return self.parts(parts);
        }
        Ok(match name {
            "completion" => self.completion()?,
            "rerank" => self.rerank()?,
            "fuse" => self.fuse()?,
            "sample" => CommandKind::Sample(self.constant("a probability: `sample 0.1`")?),
            "mmr" => self.mmr()?,
            _ => self.other(name, start)?,
        })
    }

    /// A command without a tree: its words are kept. A slip in a known name is an error, another name may be a newer command.
    fn other(&mut self, name: &str, start: Span) -> Read<CommandKind> {
        if ALONE.contains(&name) {
            if !self.at_command_end() {
                return Err(self.expected("`|` or the end of the query"));
            }
        } else if !AS_TEXT.contains(&name) {
            let told = hints::misspelt_command(name, start)
                .or_else(|| self.is_value().then(|| hints::no_command(name, start)));
            match told {
                Some(problem) => return Err(self.report(problem)),
                None => self.warnings.push(hints::unknown_command(name, start)),
            }
        } else if name == "show"
            && !(self.is_word("info") && matches!(self.peek_at(1), Token::Symbol("|") | Token::End))
        {
            let problem = Problem::new(start, "`show` shows one thing: `show info`");
            return Err(self.report(problem.help("a rule reads events: write `from logs-*`")));
        } else if name == "explain" && !self.is_symbol("(") && !self.is_symbol("[") {
            return Err(self.expected("a query in parentheses"));
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

    /// Whether the word before the cursor is the first of a value and no command: no command's arguments begin with these.
    fn is_value(&self) -> bool {
        const BEGINS: [&str; 5] = ["(", "[", "{", "-", "+"];
        !self.at_command_end() && matches!(self.peek(), Token::Symbol(symbol) if !BEGINS.contains(symbol))
    }

    fn from(&mut self, time_series: bool) -> Read<CommandKind> {
        let items = self.list(Self::item)?;
        self.index_names(&items);
        let bracket = self.span();
        if self.is_symbol("[") && self.is_word_at(1, "metadata") {
            let problem = Problem::new(bracket, "`metadata` stands without brackets");
            return Err(self.report(problem.help("write `from index metadata _id, _version, _index`")));
        }
        let metadata = if self.word("metadata") { self.list(Self::name)? } else { Vec::new() };
        Ok(CommandKind::From { time_series, items, metadata })
    }

    fn index_names(&mut self, items: &[FromItem]) {
        self.problems.extend(index_name::problems(items));
    }

    /// An index pattern, or a query in parentheses.
    fn item(&mut self) -> Read<FromItem> {
        if !self.is_symbol("(") {
            return Ok(FromItem::Index(self.source("an index pattern")?));
        }
        self.advance();
        let commands = self.nested(Self::subquery)?;
        self.need_symbol(")", "`|` or `)`")?;
        Ok(FromItem::Subquery(commands))
    }

    /// The commands of a query in parentheses.
    pub(super) fn subquery(&mut self) -> Read<Vec<Command>> {
        if ["show", "explain", "promql"].into_iter().any(|word| self.is_word(word)) {
            return Err(self.expected("`from`, `row` or `ts`"));
        }
        self.chain_of(true)
    }

    /// Commands joined by `|`, up to the parenthesis.
    pub(super) fn chain_of(&mut self, first: bool) -> Read<Vec<Command>> {
        let mut commands = vec![self.command(first)?];
        while self.symbol("|") {
            commands.push(self.command(false)?);
        }
        Ok(commands)
    }

    pub(super) fn source(&mut self, expected: &str) -> Read<Source> {
        let (text, quoted) = match self.peek() {
            Token::Source(text) => ((*text).to_owned(), false),
            Token::String { value, .. } => (value.clone(), true),
            _ => return Err(self.expected(expected)),
        };
        let at = At(self.advance());
        Ok(Source { text, quoted, at })
    }

    /// Columns in a list, where keywords are names, too.
    pub(super) fn names(&mut self) -> Read<Vec<Name>> {
        self.named(Self::name)
    }

    fn named<T>(&mut self, item: impl Fn(&mut Self) -> Read<T>) -> Read<Vec<T>> {
        self.only_names = true;
        let found = self.list(item);
        self.only_names = false;
        found
    }

    pub(super) fn fields(&mut self) -> Read<Vec<Field>> {
        self.list(Self::field)
    }

    pub(super) fn field(&mut self) -> Read<Field> {
        let expr = self.expression()?;
        if !self.is_symbol("=") {
            return Ok(Field { name: None, expr });
        }
        let Some(name) = column(&expr).cloned() else { return Err(self.expected("`,` or the end of the command")) };
        self.advance();
        Ok(Field { name: Some(name), expr: self.expression()? })
    }
}
