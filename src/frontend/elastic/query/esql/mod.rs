//! ES|QL queries to the IR's logic.
//!
//! Rows that only pass filters are events; a count per group with a bound is a threshold; the rest is a pipeline of typed stages. In an
//! event rule a column that is only shown in the alert decides nothing and is left out, which the rule says.

mod aggregate;
mod columns;
mod compare;
mod condition;
mod events;
mod extract;
mod function;
mod live;
mod rows;
mod search;
mod term;
mod threshold;

use super::{Lowering, datasets};
use crate::ir::{Logic, Threshold, ThresholdSource, Window};
use crate::lang::esql::{Command, CommandKind, ExprKind, FromItem, Literal, MapValue, Query, Setting};
use std::borrow::Cow;

/// The logic of a query.
pub(super) fn lower(query: &Query, lowering: &mut Lowering<'_>) -> Logic {
    let commands = inlined(&query.commands);
    if let Some(reason) = foreign_rows(&commands).or_else(|| query.settings.iter().find_map(changes_dates)) {
        return lowering.query.opaque("esql", "esql-command", reason);
    }
    lowering.parts.assumptions.extend(query.settings.iter().filter_map(estimates));
    lowering.enter(datasets::limit_of_esql(query));
    if let Some(filter) = events::filter(&commands, lowering) {
        return Logic::Event(filter);
    }
    if let Some((group_by, bounds, before)) = threshold::read(&commands, lowering)
        && let Some(filter) = events::filter(before, lowering)
    {
        let source = ThresholdSource::Filter(filter);
        return Logic::Threshold(Threshold {
            source,
            group_by,
            aliases: Vec::new(),
            bounds,
            window: Window::Unbounded,
        });
    }
    Logic::Pipeline(rows::pipeline(&commands, lowering))
}

/// The commands, with those of a query that is all that `from` reads in its place: its rows are those that the others go on with.
fn inlined(commands: &[Command]) -> Cow<'_, [Command]> {
    let mut commands = Cow::Borrowed(commands);
    while let Some(inner) = only_subquery(&commands) {
        let rest = commands.iter().skip(1);
        commands = Cow::Owned(inner.iter().chain(rest).cloned().collect());
    }
    commands
}

fn only_subquery(commands: &[Command]) -> Option<&[Command]> {
    match &commands.first()?.kind {
        CommandKind::From { items, metadata, .. } if metadata.is_empty() => match items.as_slice() {
            [FromItem::Subquery(inner)] => Some(inner),
            _ => None,
        },
        _ => None,
    }
}

/// Why the rows that a query begins with are not the events.
fn foreign_rows(commands: &[Command]) -> Option<String> {
    match &commands.first()?.kind {
        CommandKind::From { time_series: true, .. } => {
            Some("the rows of `ts` are time series, which the rule model has not".to_owned())
        }
        CommandKind::From { items, .. } if items.iter().any(|item| item.subquery().is_some()) => Some(
            "the rows of several queries in `from` are told apart by their index, which the rule model has not"
                .to_owned(),
        ),
        CommandKind::Other { name, .. } => Some(format!("`{name}` has no rows in the rule model")),
        _ => None,
    }
}

/// A setting by which days and hours are not those of UTC.
fn changes_dates(setting: &Setting) -> Option<String> {
    let zone = text(setting, "time_zone")?;
    let utc = ["utc", "z", "gmt", "+00:00"].iter().any(|name| name.eq_ignore_ascii_case(zone));
    (!utc).then(|| format!("dates are those of the time zone \"{zone}\""))
}

/// What a setting leaves to chance.
fn estimates(setting: &Setting) -> Option<String> {
    let off = matches!(&setting.value, MapValue::Constant(value) if matches!(value.kind, ExprKind::Literal(Literal::Bool(false) | Literal::Null)));
    let estimated = setting.name.text().eq_ignore_ascii_case("approximation") && !off;
    estimated.then(|| "what `set approximation` lets Elasticsearch estimate is computed exactly".to_owned())
}

/// The text that a setting of this name has.
fn text<'s>(setting: &'s Setting, name: &str) -> Option<&'s str> {
    let value = setting.value.constant().filter(|_| setting.name.text().eq_ignore_ascii_case(name))?;
    match &value.kind {
        ExprKind::Literal(Literal::String(text)) => Some(&text.value),
        _ => None,
    }
}
