//! Which names a statement touches, and what constructs are called in reasons.

use crate::lang::python::ast::statement_visitor::{StatementVisitor, walk_stmt};
use crate::lang::python::ast::visitor::{Visitor, walk_expr};
use crate::lang::python::ast::{Expr, Stmt};
use std::sync::Arc;

/// The names in an expression.
pub(super) fn names_in(expr: &Expr) -> Vec<Arc<str>> {
    let mut names = Names(Vec::new());
    names.visit_expr(expr);
    names.0
}

struct Names(Vec<Arc<str>>);

impl Visitor<'_> for Names {
    fn visit_expr(&mut self, expr: &Expr) {
        if let Expr::Name(name) = expr {
            self.0.push(name.id.as_str().into());
        }
        walk_expr(self, expr);
    }
}

/// The names that a statement may bind or whose containers it may change.
pub(super) fn assigned_in(statement: &Stmt) -> Vec<Arc<str>> {
    let mut found = Assigned(Vec::new());
    found.visit_stmt(statement);
    found.0.sort_unstable();
    found.0.dedup();
    found.0
}

struct Assigned(Vec<Arc<str>>);

impl StatementVisitor<'_> for Assigned {
    fn visit_stmt(&mut self, statement: &Stmt) {
        match statement {
            Stmt::Assign(assign) => assign.targets.iter().for_each(|target| self.0.extend(names_in(target))),
            Stmt::AnnAssign(assign) => self.0.extend(names_in(&assign.target)),
            Stmt::AugAssign(assign) => self.0.extend(names_in(&assign.target)),
            Stmt::For(run) => self.0.extend(names_in(&run.target)),
            Stmt::With(with) => {
                let targets = with.items.iter().filter_map(|item| item.optional_vars.as_deref());
                targets.for_each(|target| self.0.extend(names_in(target)));
            }
            Stmt::Expr(expr) => self.0.extend(receiver(&expr.value)),
            Stmt::FunctionDef(def) => self.0.push(def.name.as_str().into()),
            Stmt::ClassDef(def) => self.0.push(def.name.as_str().into()),
            Stmt::Delete(delete) => delete.targets.iter().for_each(|target| self.0.extend(names_in(target))),
            _ => {}
        }
        walk_stmt(self, statement);
    }
}

/// The name whose method is called.
fn receiver(expr: &Expr) -> Option<Arc<str>> {
    let Expr::Call(call) = expr else { return None };
    let Expr::Attribute(attribute) = &*call.func else { return None };
    match &*attribute.value {
        Expr::Name(name) => Some(name.id.as_str().into()),
        _ => None,
    }
}

/// Whether control may leave the statement other than at its end (an exception aside).
pub(super) fn may_return(statement: &Stmt) -> bool {
    let mut found = Leaves(false);
    found.visit_stmt(statement);
    found.0
}

struct Leaves(bool);

impl StatementVisitor<'_> for Leaves {
    fn visit_stmt(&mut self, statement: &Stmt) {
        match statement {
            Stmt::Return(_) | Stmt::Break(_) | Stmt::Continue(_) => self.0 = true,
            // A return in a nested function is not this function's.
            Stmt::FunctionDef(_) | Stmt::ClassDef(_) => {}
            other => walk_stmt(self, other),
        }
    }
}

/// Whether a `break` leaves the loop of this body.
pub(super) fn has_break(body: &[Stmt]) -> bool {
    let mut found = Breaks(false);
    body.iter().for_each(|statement| found.visit_stmt(statement));
    found.0
}

struct Breaks(bool);

impl StatementVisitor<'_> for Breaks {
    fn visit_stmt(&mut self, statement: &Stmt) {
        match statement {
            Stmt::Break(_) => self.0 = true,
            Stmt::For(_) | Stmt::While(_) | Stmt::FunctionDef(_) | Stmt::ClassDef(_) => {}
            other => walk_stmt(self, other),
        }
    }
}

/// Whether every change of the name in the body is followed by a `break` in the same block: only the last round makes it.
pub(super) fn changed_before_break_only(body: &[Stmt], name: &str) -> bool {
    let ends = matches!(body.last(), Some(Stmt::Break(_)));
    body.iter().all(|statement| match statement {
        Stmt::If(branch) => {
            let clauses = branch.elif_else_clauses.iter().map(|clause| &clause.body);
            std::iter::once(&branch.body).chain(clauses).all(|body| changed_before_break_only(body, name))
        }
        Stmt::Assign(_) | Stmt::AnnAssign(_) if ends => true,
        other => !assigned_in(other).iter().any(|assigned| &**assigned == name),
    })
}

/// What a statement is called.
pub(super) fn statement_name(statement: &Stmt) -> &'static str {
    match statement {
        Stmt::While(_) => "while",
        Stmt::Try(_) => "try",
        Stmt::With(_) => "with",
        Stmt::Match(_) => "match",
        Stmt::Assert(_) => "assert",
        Stmt::Delete(_) => "del",
        Stmt::AugAssign(_) => "an augmented assignment",
        Stmt::FunctionDef(_) => "a nested function",
        Stmt::ClassDef(_) => "a nested class",
        _ => "this statement",
    }
}

/// What an expression is called.
pub(super) fn expression_name(expr: &Expr) -> &'static str {
    match expr {
        Expr::Lambda(_) => "lambda",
        Expr::ListComp(_) => "a list comprehension",
        Expr::SetComp(_) => "a set comprehension",
        Expr::DictComp(_) => "a dictionary comprehension",
        Expr::Generator(_) => "a generator",
        Expr::Await(_) | Expr::Yield(_) | Expr::YieldFrom(_) => "a coroutine",
        Expr::Starred(_) => "a starred expression",
        Expr::BytesLiteral(_) => "bytes",
        Expr::Slice(_) => "a slice",
        _ => "this expression",
    }
}
