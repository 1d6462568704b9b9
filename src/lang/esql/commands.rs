//! From tokens to commands: what stands behind each keyword.

use super::ast::{
    CommandKind, EnrichField, Expr, ExprKind, Fuse, Literal, Map, Measure, Name, Order, Parts, Renaming, With,
};
use super::cursor::{Parser, Read};
use super::hints;
use super::index_name;
use super::lex::Token;
use crate::source::Problem;

impl Parser<'_> {
    pub(super) fn stats(&mut self, inline: bool) -> Read<CommandKind> {
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

    pub(super) fn dropped(&mut self) -> Read<Vec<Name>> {
        let names = self.names()?;
        if let Some(all) = names.iter().find(|name| name.text() == "*") {
            let problem = Problem::new(all.at.0, "`drop` cannot take every column away");
            return Err(self.report(problem.help("name the columns, or write `keep` with those that stay")));
        }
        Ok(names)
    }

    pub(super) fn renaming(&mut self) -> Read<Renaming> {
        let first = self.one_name()?;
        if self.symbol("=") {
            return Ok(Renaming { old: self.one_name()?, new: first, assigned: true });
        }
        self.need_word("as")?;
        Ok(Renaming { old: first, new: self.one_name()?, assigned: false })
    }

    /// A name that is no pattern.
    fn one_name(&mut self) -> Read<Name> {
        let name = self.name()?;
        if name.is_pattern() {
            let problem = Problem::new(name.at.0, "`rename` takes no patterns");
            return Err(self.report(problem.help("rename each column by its whole name")));
        }
        Ok(name)
    }

    pub(super) fn order(&mut self) -> Read<Order> {
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

    pub(super) fn limit(&mut self) -> Read<CommandKind> {
        if !matches!(self.peek(), Token::Integer(_) | Token::Param(_)) {
            let problem = hints::unexpected(self, "a number of rows");
            return Err(self.report(problem.help("write `limit 100`: a whole number without a sign")));
        }
        let count = self.primary()?;
        let fits = match &count.kind {
            ExprKind::Literal(Literal::Integer(count)) => i32::try_from(*count).is_ok(),
            kind => matches!(kind, ExprKind::Literal(Literal::Param(_))),
        };
        if !fits {
            let problem = Problem::new(count.span(), "`limit` takes a number of rows in 32 bits");
            return Err(self.report(problem.help(format!("write a whole number up to {}", i32::MAX))));
        }
        let by = if self.word("by") { self.list(Self::expression)? } else { Vec::new() };
        Ok(CommandKind::Limit { count, by })
    }

    pub(super) fn dissect(&mut self) -> Read<CommandKind> {
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

    pub(super) fn enrich(&mut self) -> Read<CommandKind> {
        let policy = self.source("an enrich policy")?;
        if !policy.quoted && policy.text.ends_with(':') {
            let problem = Problem::new(policy.at.0, "the policy is missing behind the `:`");
            return Err(self.report(problem.help("write `enrich _any:policy`, or the policy alone")));
        }
        if let Some((mode, _)) = policy.text.split_once(':').filter(|(mode, _)| !is_mode(mode)) {
            let problem = Problem::new(policy.at.0, format!("`enrich` has no mode `{mode}`"));
            return Err(self.report(problem.help("the modes are `_any`, `_coordinator` and `_remote`")));
        }
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

    pub(super) fn lookup_join(&mut self) -> Read<CommandKind> {
        self.need_word("join")?;
        let index = self.source("a lookup index")?;
        self.problems.extend(index_name::lookup_problem(&index));
        let alias = if self.word("as") { Some(self.name()?) } else { None };
        self.need_word("on")?;
        let on = self.list(Self::expression)?;
        Ok(CommandKind::LookupJoin { index, alias, on })
    }

    pub(super) fn fork(&mut self) -> Read<CommandKind> {
        let mut branches = Vec::new();
        while self.is_symbol("(") {
            self.advance();
            branches.push(self.nested(|parser| parser.chain_of(false))?);
            self.need_symbol(")", "`|` or `)`")?;
        }
        if branches.is_empty() {
            return Err(self.expected("a branch in parentheses"));
        }
        Ok(CommandKind::Fork(branches))
    }

    pub(super) fn change_point(&mut self) -> Read<CommandKind> {
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

    pub(super) fn completion(&mut self) -> Read<CommandKind> {
        let (target, prompt) = self.targeted(Self::cast)?;
        let with = match (self.word("with"), self.is_symbol("{")) {
            (false, _) => None,
            (true, true) => Some(With::Map(self.map()?)),
            (true, false) => Some(With::Id(self.name()?)),
        };
        Ok(CommandKind::Completion { target, prompt, with })
    }

    pub(super) fn rerank(&mut self) -> Read<CommandKind> {
        let (target, text) = self.targeted(|parser| parser.constant("the text of the search in quotes"))?;
        self.need_word("on")?;
        let on = self.fields()?;
        Ok(CommandKind::Rerank { target, text, on, with: self.with()? })
    }

    /// `column = value`, or the value alone.
    fn targeted(&mut self, value: impl Fn(&mut Self) -> Read<Expr>) -> Read<(Option<Name>, Expr)> {
        let start = self.at;
        if let Ok(name) = self.quietly(Self::name)
            && self.symbol("=")
        {
            return Ok((Some(name), value(self)?));
        }
        self.at = start;
        Ok((None, value(self)?))
    }

    /// `with {..}`, if it stands here.
    fn with(&mut self) -> Read<Option<Map>> {
        if self.word("with") { Ok(Some(self.map()?)) } else { Ok(None) }
    }

    pub(super) fn fuse(&mut self) -> Read<CommandKind> {
        let mut fuse = Fuse::default();
        let is_part = |parser: &Self| ["score", "key", "group"].iter().any(|word| parser.is_word(word));
        if !self.at_command_end() && !self.is_word("with") && !is_part(self) {
            fuse.method = Some(self.name()?);
        }
        while !self.at_command_end() {
            let again = Problem::new(self.span(), "this part of `fuse` stands twice");
            let twice = if self.word("score") {
                self.need_word("by")?;
                fuse.score.replace(self.name()?).is_some()
            } else if self.word("key") {
                self.need_word("by")?;
                !std::mem::replace(&mut fuse.key, self.list(Self::name)?).is_empty()
            } else if self.word("group") {
                self.need_word("by")?;
                fuse.group.replace(self.name()?).is_some()
            } else if self.is_word("with") {
                std::mem::replace(&mut fuse.with, self.with()?).is_some()
            } else {
                return Err(self.expected("`score by`, `key by`, `group by`, `with` or `|`"));
            };
            if twice {
                return Err(self.report(again.help("write each of `score by`, `key by`, `group by` and `with` once")));
            }
        }
        Ok(CommandKind::Fuse(Box::new(fuse)))
    }

    pub(super) fn parts(&mut self, parts: Parts) -> Read<CommandKind> {
        let prefix = self.name()?;
        self.need_symbol("=", "`=`")?;
        let input = self.cast()?;
        let takes_options = matches!(parts, Parts::UserAgent | Parts::IpLocation);
        let with = if takes_options { self.with()? } else { None };
        Ok(CommandKind::Parts { parts, prefix, input, with })
    }

    pub(super) fn mmr(&mut self) -> Read<CommandKind> {
        let vector = if self.is_word("on") { None } else { Some(self.cast()?) };
        self.need_word("on")?;
        let on = self.name()?;
        self.need_word("limit")?;
        let count = self.constant("a number of rows")?;
        Ok(CommandKind::Mmr { vector, on, count, with: self.with()? })
    }
}

/// Where an `enrich` runs.
fn is_mode(word: &str) -> bool {
    ["_any", "_coordinator", "_remote"].iter().any(|mode| mode.eq_ignore_ascii_case(word))
}
