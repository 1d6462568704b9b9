//! What the grammar leaves open: which functions there are and how many arguments they take.

use super::ast::{Call, Command, CommandKind, Expr, ExprKind, Field, Query};
use super::functions::{self, Function};
use super::hints;
use crate::source::Problem;

/// Adds what is wrong with the calls of a query. Functions that are not documented and near no documented one may be newer.
pub(super) fn check(query: &Query, problems: &mut Vec<Problem>, warnings: &mut Vec<Problem>) {
    for command in &query.commands {
        visit_command(command, &mut |expr| {
            if let ExprKind::Call(call) = &expr.kind {
                match functions::find(&call.name) {
                    Some(function) => problems.extend(arity(call, function, expr)),
                    None => unknown(call, problems, warnings),
                }
            }
        });
    }
}

fn unknown(call: &Call, problems: &mut Vec<Problem>, warnings: &mut Vec<Problem>) {
    let message = format!("ES|QL has no function `{}`", call.name);
    let names: Vec<&str> = functions::FUNCTIONS.iter().map(|function| function.name).collect();
    match hints::near(&call.name, &names) {
        Some(name) => {
            problems.push(Problem::new(call.name_at.0, message).help(format!("did you mean `{name}`?")));
        }
        None => warnings.push(
            Problem::new(call.name_at.0, format!("the function `{}` is not known here", call.name))
                .help("the documentation of Elasticsearch 9.x has no function of that name"),
        ),
    }
}

fn arity(call: &Call, function: &Function, expr: &Expr) -> Option<Problem> {
    let count = call.args.len() + usize::from(call.star);
    if count >= function.min_args && function.max_args.is_none_or(|most| count <= most) {
        return None;
    }
    let span = if count < function.min_args {
        call.name_at.0
    } else {
        call.args.get(function.max_args.unwrap_or_default()).map_or(expr.span(), Expr::span)
    };
    let message = format!("`{}` takes {}, not {count}", call.name, function.arity());
    Some(Problem::new(span, message).help(function.doc))
}

/// Shows every expression of a command, outer ones first.
pub(super) fn visit_command(command: &Command, see: &mut dyn FnMut(&Expr)) {
    match &command.kind {
        CommandKind::Where(expr) => visit(expr, see),
        CommandKind::Row(fields) | CommandKind::Eval(fields) => visit_fields(fields, see),
        CommandKind::Stats { measures, by, .. } => {
            for measure in measures {
                visit(&measure.field.expr, see);
                measure.filter.iter().for_each(|filter| visit(filter, see));
            }
            visit_fields(by, see);
        }
        CommandKind::Sort(keys) => keys.iter().for_each(|key| visit(&key.expr, see)),
        CommandKind::Limit { by, .. } => by.iter().for_each(|expr| visit(expr, see)),
        CommandKind::Grok { input, .. } | CommandKind::Dissect { input, .. } => visit(input, see),
        CommandKind::LookupJoin { on, .. } => on.iter().for_each(|expr| visit(expr, see)),
        CommandKind::Completion { prompt, .. } => visit(prompt, see),
        CommandKind::Fork(branches) => {
            for command in branches.iter().flatten() {
                visit_command(command, see);
            }
        }
        _ => {}
    }
}

fn visit_fields(fields: &[Field], see: &mut dyn FnMut(&Expr)) {
    fields.iter().for_each(|field| visit(&field.expr, see));
}

fn visit(expr: &Expr, see: &mut dyn FnMut(&Expr)) {
    let mut open = vec![expr];
    while let Some(expr) = open.pop() {
        see(expr);
        open.extend(expr.parts().into_iter().rev());
    }
}
