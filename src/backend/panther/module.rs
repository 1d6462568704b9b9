//! The `.py` file: constants, helpers, `rule`, and `dedup` where alerts are grouped by fields.

use super::writer::{Writer, event_field};
use crate::fidelity::Loss;
use crate::ir::{ExprId, ExprKind, FieldPath, Pool, Rule};
use crate::lang::python::{Code as Expr, CompareOp, Function, LINE_LENGTH, Module, Statement, print, width};

/// `return` and the indentation of a function's body.
const RETURN_WIDTH: usize = 11;
/// How many tests leave the function early, so that it stays readable (pylint counts six returns as many).
const MAX_EARLY: usize = 3;

/// The module of a rule whose events satisfy `condition` and no exclusion.
pub(super) fn write(rule: &Rule, condition: ExprId, group_by: &[FieldPath]) -> Result<String, Box<Loss>> {
    let mut writer = Writer::new(&rule.pool);
    let mut conjuncts = conjuncts(&mut writer, &rule.pool, condition)?;
    for exclusion in &rule.exclusions {
        conjuncts.push(writer.expr(exclusion.condition)?.negated());
    }
    let body = body(conjuncts);
    let uses_event = !matches!(body.as_slice(), [Statement::Return(Expr::Bool(_))]);
    let mut functions = vec![Function { name: "rule", uses_event, body }];
    if !group_by.is_empty() {
        functions.push(dedup(group_by));
    }
    Ok(print(&Module { imports: writer.imports, constants: writer.constants, helpers: writer.helpers, functions }))
}

fn conjuncts(writer: &mut Writer<'_>, pool: &Pool, condition: ExprId) -> Result<Vec<Expr>, Box<Loss>> {
    match pool.kind(condition) {
        ExprKind::And(members) => writer.conjuncts(members),
        _ => Ok(vec![writer.expr(condition)?]),
    }
}

/// The most selective tests first, each with an early return; then one return of the rest.
fn body(conjuncts: Vec<Expr>) -> Vec<Statement> {
    let all = Expr::all(conjuncts);
    let Expr::And(mut rest) = all else { return last(all) };
    rest.sort_by_key(selectivity);
    let mut body = Vec::new();
    while body.len() < MAX_EARLY && rest.len() > 1 && (selectivity(&rest[0]) == 0 || two_too_long(&rest)) {
        body.push(Statement::IfReturn(rest.remove(0).negated(), Expr::Bool(false)));
    }
    body.extend(last(Expr::all(rest)));
    body
}

/// Two operands that do not fit on a line read better as two statements.
fn two_too_long(operands: &[Expr]) -> bool {
    operands.len() == 2 && RETURN_WIDTH + width(&Expr::And(operands.to_vec())) > LINE_LENGTH
}

fn last(expr: Expr) -> Vec<Statement> {
    match expr {
        Expr::Or(mut operands)
            if operands.len() == 2 && RETURN_WIDTH + width(&Expr::Or(operands.clone())) > LINE_LENGTH =>
        {
            let otherwise = operands.remove(1);
            vec![Statement::IfReturn(operands.remove(0), Expr::Bool(true)), Statement::Return(otherwise)]
        }
        other => vec![Statement::Return(other)],
    }
}

/// 0 for equality of a field with constants, 1 for other positive tests, 2 for negative ones.
fn selectivity(expr: &Expr) -> u8 {
    match expr {
        Expr::Compare(left, CompareOp::Equal | CompareOp::In, right) => {
            let field = matches!(&**left, Expr::Call(..));
            u8::from(!field || matches!(&**right, Expr::Call(..)))
        }
        Expr::Not(_) | Expr::Compare(_, CompareOp::NotEqual | CompareOp::NotIn | CompareOp::Is, _) => 2,
        _ => 1,
    }
}

/// Alerts of one group are one alert.
fn dedup(group_by: &[FieldPath]) -> Function {
    let text = |field: &FieldPath| Expr::call("str", [event_field(field)]);
    let value = match group_by {
        [only] => text(only),
        several => Expr::str("|").method("join", [Expr::List(several.iter().map(text).collect())]),
    };
    Function { name: "dedup", uses_event: true, body: vec![Statement::Return(value)] }
}
