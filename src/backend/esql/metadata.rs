//! The metadata fields that a written query names: `from` has to ask for them.

use crate::lang::esql::{self, Command, CommandKind, Expr, ExprKind, Field, Name};

/// Those of all commands, in the order of the text, each once.
pub(super) fn named(commands: &[Command]) -> Vec<String> {
    let mut found = Vec::new();
    commands.iter().for_each(|command| of_command(command, &mut found));
    found
}

fn of_command(command: &Command, found: &mut Vec<String>) {
    match &command.kind {
        CommandKind::Where(expr)
        | CommandKind::Grok { input: expr, .. }
        | CommandKind::Dissect { input: expr, .. }
        | CommandKind::Completion { prompt: expr, .. } => of_expr(expr, found),
        CommandKind::Eval(fields) => of_fields(fields, found),
        CommandKind::Stats { measures, by, .. } => {
            for measure in measures {
                of_expr(&measure.field.expr, found);
                measure.filter.iter().for_each(|filter| of_expr(filter, found));
            }
            of_fields(by, found);
        }
        CommandKind::Keep(names) | CommandKind::Drop(names) => names.iter().for_each(|name| of_name(name, found)),
        CommandKind::Rename(renamings) => renamings.iter().for_each(|renaming| of_name(&renaming.old, found)),
        CommandKind::Sort(keys) => keys.iter().for_each(|key| of_expr(&key.expr, found)),
        CommandKind::Limit { by, .. } | CommandKind::LookupJoin { on: by, .. } => {
            by.iter().for_each(|expr| of_expr(expr, found));
        }
        CommandKind::MvExpand(name) | CommandKind::Enrich { on: Some(name), .. } => of_name(name, found),
        CommandKind::ChangePoint { value, on, by, .. } => {
            std::iter::once(value).chain(on).for_each(|name| of_name(name, found));
            by.iter().for_each(|expr| of_expr(expr, found));
        }
        CommandKind::Fork(branches) => branches.iter().flatten().for_each(|command| of_command(command, found)),
        _ => {}
    }
}

fn of_fields(fields: &[Field], found: &mut Vec<String>) {
    fields.iter().for_each(|field| of_expr(&field.expr, found));
}

fn of_expr(expr: &Expr, found: &mut Vec<String>) {
    if let ExprKind::Column(name) = &expr.kind {
        of_name(name, found);
    }
    expr.parts().into_iter().for_each(|part| of_expr(part, found));
}

fn of_name(name: &Name, found: &mut Vec<String>) {
    let text = name.text();
    if esql::is_metadata(&text) && !found.contains(&text) {
        found.push(text);
    }
}
