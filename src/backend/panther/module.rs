//! The `.py` file: constants, helpers, `rule`, `dedup` where alerts are grouped by fields, and the other functions that a Panther rule has.

use super::writer::{Writer, event_field};
use crate::fidelity::Loss;
use crate::ir::{ExprId, ExprKind, FieldPath, Pool, Rule};
use crate::lang::python::{
    Code as Expr, CompareOp, Function, Kept, LINE_LENGTH, Module, Parts, Statement, parse, print, width,
};
use std::collections::BTreeSet;

/// The function that decides.
const ENTRY: &str = "rule";

/// `return` and the indentation of a function's body.
const RETURN_WIDTH: usize = 11;
/// `if` and the colon.
const IF_WIDTH: usize = 4;
/// The indentation of a function's body, and of each block in it.
const FIRST_INDENT: usize = 4;
/// Blocks nest no deeper, so that they stay readable.
const MAX_INDENT: usize = 12;
/// How many tests leave the function early, so that it stays readable.
const MAX_EARLY: usize = 3;
/// How many returns a function has; pylint finds more of them too many.
const MAX_RETURNS: usize = 6;

/// A module, and what became of the other functions of the rule's own one.
#[derive(Default)]
pub(super) struct Written {
    pub(super) text: String,
    /// Functions taken over word for word.
    pub(super) kept: BTreeSet<String>,
    /// All names that are defined with them.
    pub(super) names: BTreeSet<String>,
    /// Functions that could not be, and why.
    pub(super) lost: Vec<(String, String)>,
}

/// The module of a rule whose events satisfy `condition` and no exclusion. Functions that do not decide (`title`, `alert_context`, ..) come
/// along from a Panther rule's own module, with what they need of it.
pub(super) fn write(rule: &Rule, condition: ExprId, group_by: &[FieldPath]) -> Result<Written, Box<Loss>> {
    let functions = other_functions(rule);
    let source = rule.module.as_deref().filter(|_| !functions.is_empty());
    let Some((text, tree)) = source.and_then(|text| Some((text, parse(text).ok()?))) else {
        let text = print(&made(rule, condition, group_by, &BTreeSet::new())?);
        return Ok(Written { text, ..Written::default() });
    };
    let parts = Parts::new(&tree, text);
    // Constants get names that leave what is taken over its own.
    let wanted = parts.keep(&functions, ENTRY, &Parts::default());
    let mut module = made(rule, condition, group_by, &wanted.names)?;
    let kept = keep(&parts, &functions, &print(&module));
    let written = |text| Written {
        text,
        kept: kept.functions.iter().map(|name| (*name).to_owned()).collect(),
        names: kept.names.iter().map(|name| (*name).to_owned()).collect(),
        lost: kept.lost.iter().map(|(name, reason)| ((*name).to_owned(), reason.clone())).collect(),
    };
    module.imports.extend(&kept.imports);
    module.kept.clone_from(&kept.statements);
    Ok(written(print(&module)))
}

/// The functions of a Panther rule that do not decide.
fn other_functions(rule: &Rule) -> Vec<&str> {
    let names = rule.extras.iter().filter_map(|extra| extra.key.strip_prefix("python."));
    // The writes of a rule that keeps state are listed in the same way.
    names.filter(|name| *name != "state").collect()
}

/// What can stand beside a module that is written.
fn keep<'m>(parts: &Parts<'m>, functions: &[&str], beside: &str) -> Kept<'m> {
    match parse(beside) {
        Ok(tree) => parts.keep(functions, ENTRY, &Parts::new(&tree, beside)),
        Err(_) => Kept::default(),
    }
}

/// The module with nothing taken over; its constants have none of the names that are taken.
fn made<'m>(
    rule: &Rule,
    condition: ExprId,
    group_by: &[FieldPath],
    taken: &BTreeSet<&str>,
) -> Result<Module<'m>, Box<Loss>> {
    let mut writer = Writer::new(&rule.pool);
    writer.taken = taken.iter().map(|name| (*name).to_owned()).collect();
    let mut conjuncts = conjuncts(&mut writer, &rule.pool, condition)?;
    for exclusion in &rule.exclusions {
        conjuncts.push(writer.expr(exclusion.condition)?.negated());
    }
    let body = body(conjuncts);
    let uses_event = !matches!(body.as_slice(), [Statement::Return(Expr::Bool(_))]);
    let mut functions = vec![Function { name: ENTRY, uses_event, body }];
    if !group_by.is_empty() {
        functions.push(dedup(group_by));
    }
    let Writer { imports, constants, helpers, .. } = writer;
    Ok(Module { imports, constants, helpers, functions, kept: Vec::new() })
}

fn conjuncts(writer: &mut Writer<'_>, pool: &Pool, condition: ExprId) -> Result<Vec<Expr>, Box<Loss>> {
    match pool.kind(condition) {
        ExprKind::And(members) => writer.conjuncts(members),
        _ => Ok(vec![writer.expr(condition)?]),
    }
}

/// The most selective tests first, each with an early return, as many as leave few returns in all; then the rest.
fn body(conjuncts: Vec<Expr>) -> Vec<Statement> {
    let all = Expr::all(conjuncts);
    let Expr::And(mut rest) = all else { return last(all) };
    rest.sort_by_key(selectivity);
    let bodies = (0..=MAX_EARLY).rev().map(|early| with_early(rest.clone(), early));
    let short = bodies.into_iter().find(|body| returns(body) <= MAX_RETURNS);
    short.unwrap_or_else(|| vec![Statement::Return(Expr::And(rest))])
}

/// At most so many tests with an early return, then the rest.
fn with_early(mut rest: Vec<Expr>, early: usize) -> Vec<Statement> {
    let mut body = Vec::new();
    while body.len() < early && rest.len() > 1 && (selectivity(&rest[0]) == 0 || two_too_long(&rest, RETURN_WIDTH)) {
        body.extend(leave(rest.remove(0).negated(), false, FIRST_INDENT));
    }
    body.extend(last(Expr::all(rest)));
    body
}

fn returns(body: &[Statement]) -> usize {
    let of = |statement: &Statement| match statement {
        Statement::If(_, inner) => returns(inner),
        Statement::Return(_) => 1,
    };
    body.iter().map(of).sum()
}

/// Two operands that do not fit on a line read better as two statements.
fn two_too_long(operands: &[Expr], before: usize) -> bool {
    operands.len() == 2 && before + width(&Expr::And(operands.to_vec())) > LINE_LENGTH
}

/// `if test: return value`
fn leave(test: Expr, value: bool, indent: usize) -> Vec<Statement> {
    match test {
        Expr::And(mut operands) if indent < MAX_INDENT && two_too_long(&operands, indent + IF_WIDTH) => {
            let second = operands.remove(1);
            vec![Statement::If(operands.remove(0), leave(second, value, indent + FIRST_INDENT))]
        }
        Expr::Or(mut operands) if two_too_long(&operands, indent + IF_WIDTH) => {
            let second = operands.remove(1);
            [leave(operands.remove(0), value, indent), leave(second, value, indent)].concat()
        }
        test => vec![Statement::If(test, vec![Statement::Return(Expr::Bool(value))])],
    }
}

fn last(expr: Expr) -> Vec<Statement> {
    match expr {
        Expr::Or(mut operands) if two_too_long(&operands, RETURN_WIDTH) => {
            // Pylint wants few tests in an `if`.
            operands.sort_by_key(tests);
            let otherwise = operands.remove(1);
            let mut body = leave(operands.remove(0), true, FIRST_INDENT);
            body.extend(last(otherwise));
            body
        }
        Expr::And(mut operands) if two_too_long(&operands, RETURN_WIDTH) => {
            let rest = operands.remove(1);
            let mut body = leave(operands.remove(0).negated(), false, FIRST_INDENT);
            body.extend(last(rest));
            body
        }
        other => vec![Statement::Return(other)],
    }
}

/// How many tests a condition joins.
fn tests(expr: &Expr) -> usize {
    match expr {
        Expr::And(operands) | Expr::Or(operands) => operands.iter().map(tests).sum(),
        Expr::Not(inner) => tests(inner),
        _ => 1,
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
