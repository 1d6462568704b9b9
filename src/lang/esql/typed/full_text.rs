//! Full-text searches: `match`, `kql`, `qstr`, `field : value`. They are answered by the index, so they stand where its documents
//! still are (Elasticsearch's `FullTextFunction`).

use super::{Checker, FindingKind, Place};
use crate::lang::esql::ast::{Call, Expr, ExprKind, Literal, Name};
use crate::lang::esql::functions;
use crate::lang::esql::types::Types;
use crate::source::Span;

impl<'q> Checker<'q> {
    /// `field : value`.
    pub(super) fn searched(&mut self, field: &'q Name, value: &'q Expr) -> Types {
        self.search_placed(":", field.at.0);
        let types = self.column(field);
        let own = self.value(value);
        let name = field.text();
        if !self.columns.is_field(&name) {
            let message = format!("`:` searches fields of the index; `{name}` is a column of the query");
            self.find(FindingKind::Placement, field.at.0, message, format!("compare it: `{name} == ..`"));
        } else if let Some(Err(misfit)) = functions::find("match").map(|function| function.result(&[types, own])) {
            let message = format!("`{name}` is {types} and cannot be searched for `{}`", self.written(value.span()));
            let span = if misfit.argument == 0 { field.at.0 } else { value.span() };
            self.find(FindingKind::Type, span, message, format!("what fits is {}", misfit.expected));
        }
        Types::BOOLEAN
    }

    /// Whether a search may stand here.
    pub(super) fn search_placed(&mut self, name: &str, at: Span) {
        let shown = name.to_ascii_uppercase();
        if !matches!(self.place, Place::Where | Place::MeasureFilter) && !self.scores() {
            let message = format!("`{shown}` searches the index: it stands in `where`, or in `stats .. where`");
            return self.find(FindingKind::Placement, at, message, "move it to a `where` right after `from`");
        }
        if self.value_depth > 0 && self.place == Place::Where {
            let message = format!("`{shown}` can only be joined by `and`, `or` and `not`");
            return self.find(FindingKind::Placement, at, message, "make it a condition of its own");
        }
        let whole = matches!(name, "kql" | "qstr");
        let bad = self.before.iter().map(|earlier| self.keyword(earlier)).find(|keyword| {
            let ends = matches!(keyword.as_str(), "limit" | "stats");
            ends || (whole && !matches!(keyword.as_str(), "from" | "where" | "sort"))
        });
        if let Some(keyword) = bad.filter(|_| self.place == Place::Where) {
            let message = format!("`{shown}` cannot stand after `{keyword}`");
            let help = if whole {
                "only `where` and `sort` may come before it: move it to a `where` right after `from`"
            } else {
                "move it to a `where` before the `limit` or `stats`"
            };
            self.find(FindingKind::Placement, at, message, help);
        }
    }

    /// The fields that a search names are those of the index, or these with a cast.
    pub(super) fn search_fields(&mut self, call: &Call, function: &str) {
        let fields = match function {
            "knn" | "match" | "match_phrase" | "term" => call.args.get(..1),
            "multi_match" => call.args.get(1..),
            _ => None,
        };
        for arg in fields.unwrap_or_default() {
            let written = self.written(arg.span());
            let help = match &without_cast(arg).kind {
                ExprKind::Literal(Literal::Null | Literal::Param(_)) => continue,
                ExprKind::Column(name) if self.columns.is_field(&name.text()) => continue,
                ExprKind::Column(_) => format!("compare it: `{written} == ..`, `{written} like ..`"),
                _ => "name a field; what is computed is compared: `.. == ..`, `.. like ..`".to_owned(),
            };
            let message =
                format!("`{}` searches fields of the index; `{written}` is none", function.to_ascii_uppercase());
            self.find(FindingKind::Placement, arg.span(), message, help);
        }
    }

    /// Inside `score(..)`, which is for `eval`.
    fn scores(&self) -> bool {
        self.place == Place::Eval && self.scored > 0
    }
}

fn without_cast(expr: &Expr) -> &Expr {
    match &expr.kind {
        ExprKind::Cast { subject, .. } => without_cast(subject),
        _ => expr,
    }
}
