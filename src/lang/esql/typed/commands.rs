//! What each command reads, and which columns it adds.

use super::columns::Columns;
use super::ranking::MODEL;
use super::{Checker, FindingKind, Place};
use crate::lang::esql::ast::{Command, CommandKind, Expr, ExprKind, Field, FromItem, Literal, Name, Str};
use crate::lang::esql::dissect::dissect;
use crate::lang::esql::grok::{self, Extraction};
use crate::lang::esql::hints;
use crate::lang::esql::types::{Type, Types};
use crate::source::{Problem, Span};

/// The fields of `metadata` and their types (ES|QL reference, "metadata fields").
const METADATA: [(&str, Type); 9] = [
    ("_id", Type::Keyword),
    ("_ignored", Type::Keyword),
    ("_index", Type::Keyword),
    ("_index_mode", Type::Keyword),
    ("_score", Type::Double),
    ("_source", Type::Source),
    ("_tier", Type::Keyword),
    ("_tsid", Type::Keyword),
    ("_version", Type::Long),
];

/// Whether a field is there only for those who ask for it after `metadata`.
pub fn is_metadata(name: &str) -> bool {
    METADATA.iter().any(|(known, _)| *known == name)
}

impl<'q> Checker<'q> {
    pub(super) fn command(&mut self, command: &'q Command) {
        self.order(command);
        match &command.kind {
            CommandKind::From { time_series, items, metadata } => self.from(command, *time_series, items, metadata),
            CommandKind::Row(fields) => self.row(fields),
            CommandKind::Where(condition) => self.at(Place::Where, |checker| checker.condition(condition)),
            CommandKind::Eval(fields) => fields.iter().for_each(|field| self.eval(field)),
            CommandKind::Stats { inline, measures, by } => self.stats(command, *inline, measures, by),
            CommandKind::Keep(names) => self.keep(command, names),
            CommandKind::Drop(names) => self.drop(command, names),
            CommandKind::Rename(renamings) => self.rename(command, renamings),
            CommandKind::Sort(keys) => {
                for key in keys {
                    let types = self.types(&key.expr);
                    self.sortable(key.expr.span(), types);
                }
            }
            CommandKind::Limit { count, by } => std::iter::once(count).chain(by).for_each(|expr| {
                self.types(expr);
            }),
            CommandKind::Grok { input, patterns } => self.grok(input, patterns),
            CommandKind::Dissect { input, pattern, options } => self.dissect(input, pattern, options),
            CommandKind::MvExpand(name) => {
                self.column(name);
            }
            CommandKind::Enrich { .. } | CommandKind::LookupJoin { .. } => self.joined(command),
            CommandKind::Fork(branches) => self.fork(command, branches),
            CommandKind::ChangePoint { value, on, output, by } => {
                by.iter().for_each(|expr| {
                    self.types(expr);
                });
                self.change_point(value, on.as_ref(), output.as_ref());
            }
            _ => self.ranked(command),
        }
        self.before.push(command);
    }

    /// Commands that score rows, ask a model or take texts apart, and those without a tree.
    fn ranked(&mut self, command: &'q Command) {
        match &command.kind {
            CommandKind::Completion { target, prompt, with } => {
                self.completion(command, target.as_ref(), prompt);
                self.model(command, with.as_ref());
            }
            CommandKind::Rerank { target, text, on, with } => {
                self.rerank(command, target.as_ref(), text, on);
                self.options(with.as_ref(), &[MODEL], "rerank");
                self.model_name(with.as_ref());
            }
            CommandKind::Fuse(fuse) => self.fuse(command, fuse),
            CommandKind::Sample(share) => self.sample(share),
            CommandKind::Parts { parts, prefix, input, with } => self.parts(*parts, prefix, input, with.as_ref()),
            CommandKind::Mmr { vector, on, count, with } => self.mmr(vector.as_ref(), on, count, with.as_ref()),
            CommandKind::Other { name, .. } => self.other(name),
            _ => {}
        }
    }

    /// Does something at another place of the query than the one around it.
    pub(super) fn at<T>(&mut self, place: Place, act: impl FnOnce(&mut Self) -> T) -> T {
        let around = std::mem::replace(&mut self.place, place);
        let done = act(self);
        self.place = around;
        done
    }

    fn from(&mut self, command: &'q Command, time_series: bool, items: &'q [FromItem], metadata: &[Name]) {
        self.sources(command, items);
        self.time_series = time_series;
        let mut seen: Vec<String> = Vec::new();
        for name in metadata {
            let text = name.text();
            match METADATA.iter().find(|(known, _)| *known == text) {
                _ if seen.contains(&text) => {
                    let message = format!("`{text}` stands twice after `metadata`");
                    self.find(FindingKind::Command, name.at.0, message, "name each field once");
                }
                Some((_, ty)) => self.columns.set(text.clone(), (*ty).into(), None),
                None => self.unknown_metadata(name, &text),
            }
            seen.push(text);
        }
    }

    fn unknown_metadata(&mut self, name: &Name, text: &str) {
        let names: Vec<&str> = METADATA.iter().map(|(name, _)| *name).collect();
        let help = match hints::near_name(text, &names) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("the metadata fields are {}", names.join(", ")),
        };
        self.find(FindingKind::Command, name.at.0, format!("there is no metadata field `{text}`"), help);
        self.columns.set(text.to_owned(), Types::ANY, None);
    }

    fn row(&mut self, fields: &'q [Field]) {
        self.columns = Columns::none();
        fields.iter().for_each(|field| self.eval(field));
    }

    fn eval(&mut self, field: &'q Field) {
        let types = self.at(Place::Eval, |checker| checker.types(&field.expr));
        if !types.is_empty() && types.is_within(Types::SPAN) {
            let message = format!("`{}` is a span of time, which no column can hold", self.written(field.expr.span()));
            self.find(
                FindingKind::Type,
                field.expr.span(),
                message,
                "write it where it is used: `@timestamp + 1 hour`",
            );
        }
        let name = self.column_name(field.name.as_ref(), &field.expr);
        let at = field.name.as_ref().map_or(field.expr.span(), |name| name.at.0);
        let null = self.is_null(&field.expr);
        self.make(name.clone(), types, at);
        if null {
            self.columns.set_null(&name);
        }
    }

    /// What `where` and its like take.
    pub(super) fn condition(&mut self, condition: &'q Expr) {
        let types = self.types(condition);
        if types.intersects(Types::BOOLEAN) {
            return;
        }
        let written = self.written(condition.span());
        let message = format!("a condition is boolean; `{written}` is {types}");
        let help = if types.is_within(Types::STRING) {
            format!("compare it: `{written} == \"..\"`, or `{written} is not null`")
        } else {
            format!("compare it: `{written} > 0`, or `{written} is not null`")
        };
        self.find(FindingKind::Type, condition.span(), message, help);
    }

    fn sortable(&mut self, at: Span, types: Types) {
        let unsortable = Types::parse("geo|range|_source|dense_vector|an unsupported type") | Types::COUNTER;
        if types.is_within(unsortable) {
            let message = format!("`{}` is {types}, which has no order", self.written(at));
            self.find(FindingKind::Type, at, message, "sort by a number, a string, a date or an address");
        }
    }

    fn grok(&mut self, input: &'q Expr, patterns: &[Str]) {
        self.extracted(input, "grok");
        for pattern in patterns {
            self.extract(grok::grok(pattern));
        }
    }

    fn dissect(&mut self, input: &'q Expr, pattern: &Str, options: &[(Name, Expr)]) {
        self.extracted(input, "dissect");
        for (name, value) in options {
            if !name.text().eq_ignore_ascii_case("append_separator") {
                let message = format!("`dissect` has no option `{}`", name.text());
                self.find(FindingKind::Command, name.at.0, message, "its only option is `append_separator`");
            } else if !matches!(value.kind, ExprKind::Literal(Literal::String(_) | Literal::Param(_))) {
                let message = "the separator is a text";
                self.find(
                    FindingKind::Command,
                    value.span(),
                    message,
                    "write it in quotes: `append_separator = \",\"`",
                );
            }
        }
        self.extract(dissect(pattern));
    }

    fn extracted(&mut self, input: &'q Expr, keyword: &str) {
        let types = self.types(input);
        if !types.intersects(Types::STRING) {
            let written = self.written(input.span());
            let message = format!("`{keyword}` reads a string; `{written}` is {types}");
            let help = format!("convert it first: `eval text = TO_STRING({written})`");
            self.find(FindingKind::Type, input.span(), message, help);
        }
    }

    fn extract(&mut self, found: Extraction) {
        found.problems.into_iter().for_each(|problem| self.report(FindingKind::Pattern, problem));
        for (name, ty, at) in found.columns {
            self.make(name, ty.into(), at);
        }
        if found.more {
            self.columns.open();
        }
    }

    fn change_point(&mut self, value: &Name, on: Option<&Name>, output: Option<&(Name, Name)>) {
        let types = self.column(value);
        let null = self.columns.is_null(&value.text());
        if null || !types.intersects(Types::NUMBER) {
            let found = if null { "null".to_owned() } else { types.to_string() };
            let message = format!("`change_point` looks at numbers; `{}` is {found}", value.text());
            self.find(FindingKind::Type, value.at.0, message, "aggregate first: `stats n = count(*) by ..`");
        }
        let key = on.map_or_else(|| "@timestamp".to_owned(), Name::text);
        let key_at = on.unwrap_or(value).at.0;
        match on {
            Some(on) => {
                let types = self.column(on);
                self.sortable(key_at, types);
            }
            None if self.columns.types(&key, self.fields).is_none() => {
                let message = format!("`change_point` goes by `{key}`, and there is no such column here");
                self.find(
                    FindingKind::UnknownColumn,
                    key_at,
                    message,
                    "say what orders the rows: `change_point value on column`",
                );
            }
            None => {}
        }
        let (kind, p_value) = match output {
            Some((kind, p_value)) => ((kind.text(), kind.at.0), (p_value.text(), p_value.at.0)),
            None => (("type".to_owned(), value.at.0), ("pvalue".to_owned(), value.at.0)),
        };
        self.make(kind.0, Types::KEYWORD, kind.1);
        self.make(p_value.0, Type::Double.into(), p_value.1);
    }

    fn completion(&mut self, command: &Command, target: Option<&Name>, prompt: &'q Expr) {
        let types = self.types(prompt);
        if !types.intersects(Types::STRING) {
            let written = self.written(prompt.span());
            let message = format!("the prompt is a string; `{written}` is {types}");
            self.find(FindingKind::Type, prompt.span(), message, format!("convert it: `TO_STRING({written})`"));
        }
        match target {
            Some(name) => self.make(name.text(), Types::KEYWORD, name.at.0),
            None => self.make("completion".to_owned(), Types::KEYWORD, command.name_at.0),
        }
    }

    /// A command without a tree: it may add any column.
    fn other(&mut self, name: &str) {
        if matches!(name, "show" | "explain" | "promql") {
            self.columns = Columns::none();
        }
        if name != "dedup" {
            self.columns.open();
        }
    }

    /// A problem of a command's own parts.
    pub(super) fn misuse(&mut self, command: &Command, message: impl Into<String>, help: impl Into<String>) {
        self.report(FindingKind::Command, Problem::new(command.name_at.0, message).help(help));
    }
}
