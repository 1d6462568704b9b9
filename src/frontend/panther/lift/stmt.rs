//! Statements: where control goes, and with which values.

use super::Lifter;
use super::cases::Cases;
use super::iterate::KEEPS_STATE;
use super::loops::Loop;
use super::module::{Env, Names};
use super::names;
use super::value::{Alt, Atom, Sym, Truth};
use crate::ir::{Coercion, ExprId, Op, Operand, Value};
use crate::lang::python::ast::{Expr, Operator, Stmt, StmtAssign, StmtFor, StmtReturn};
use std::sync::Arc;

/// Where a block's control goes, each condition relative to its entry. Where `ok` does not hold, it raises.
#[derive(Debug, Clone)]
pub(super) struct Flow {
    pub(super) ok: ExprId,
    /// Past its end.
    pub(super) falls: ExprId,
    /// To the next round of the loop.
    pub(super) continues: ExprId,
    /// Out of the loop.
    pub(super) breaks: ExprId,
    /// Out of the function with True or False.
    pub(super) truth: ExprId,
    pub(super) falsity: ExprId,
    /// Out of the function with something else.
    pub(super) others: Vec<Alt>,
}

impl Flow {
    pub(super) fn falls(ok: ExprId) -> Self {
        Self { falls: ok, ..Self::stops(ok) }
    }

    /// Whether nothing of the function runs after it.
    pub(super) fn is_over(&self) -> bool {
        [self.falls, self.continues, self.breaks].iter().all(|id| *id == ExprId::FALSE)
    }

    /// Goes nowhere; for filling in.
    pub(super) fn stops(ok: ExprId) -> Self {
        let no = ExprId::FALSE;
        Self { ok, falls: no, continues: no, breaks: no, truth: no, falsity: no, others: Vec::new() }
    }
}

impl Lifter<'_> {
    pub(super) fn block(&mut self, statements: &[Stmt], env: &mut Env) -> Flow {
        let mut flow = Flow::falls(ExprId::TRUE);
        for statement in statements {
            if flow.falls == ExprId::FALSE {
                break;
            }
            flow = self.next_statement(flow, statement, env);
        }
        flow
    }

    /// A statement that is reached where control still falls through: where a round of a loop was left before it, it changes no
    /// name.
    pub(super) fn next_statement(&mut self, flow: Flow, statement: &Stmt, env: &mut Env) -> Flow {
        let left = flow.continues != ExprId::FALSE || flow.breaks != ExprId::FALSE;
        let before = left.then(|| env.locals.clone());
        let next = self.under(flow.falls, |lifter| lifter.statement(statement, env));
        if let Some(before) = before {
            self.keep_names(flow.falls, &before, env);
        }
        self.then(flow, next)
    }

    /// Names have their new values where the condition holds, else the values before.
    pub(super) fn keep_names(&mut self, when: ExprId, before: &Names, env: &mut Env) {
        let not = self.negation(when);
        let truth = Truth { ok: ExprId::TRUE, holds: when, fails: not };
        let mut names: Vec<Arc<str>> = env.locals.keys().cloned().collect();
        names.sort_unstable();
        for name in names {
            let (new, old) = (env.locals[&name].clone(), before.get(&name));
            if old != Some(&new) {
                let old = old.cloned().unwrap_or_else(Sym::raises);
                let merged = self.choose(truth, new, old);
                env.locals.insert(name, merged);
            }
        }
    }

    /// One piece of control after the other.
    pub(super) fn then(&mut self, first: Flow, next: Flow) -> Flow {
        let reached = self.implication(first.falls, next.ok);
        let mut others = first.others;
        if !next.others.is_empty() {
            let mut cases = Cases::from(others);
            for alt in next.others {
                let when = self.both(first.falls, alt.when);
                self.add_alt(&mut cases, Alt { when, atom: alt.atom });
            }
            others = cases.into_alts();
        }
        let mut join = |known, new| {
            let new = self.both(first.falls, new);
            self.either(known, new)
        };
        Flow {
            continues: join(first.continues, next.continues),
            breaks: join(first.breaks, next.breaks),
            truth: join(first.truth, next.truth),
            falsity: join(first.falsity, next.falsity),
            falls: join(ExprId::FALSE, next.falls),
            ok: self.both(first.ok, reached),
            others,
        }
    }

    pub(super) fn statement(&mut self, statement: &Stmt, env: &mut Env) -> Flow {
        let done = self.nested(|lifter| lifter.statement_inner(statement, env));
        done.unwrap_or_else(|| self.unknown_statement(statement, env, "too much code"))
    }

    fn statement_inner(&mut self, statement: &Stmt, env: &mut Env) -> Flow {
        match statement {
            Stmt::Return(back) => self.return_statement(back, env),
            Stmt::If(branch) => self.if_statement(branch, env),
            Stmt::For(run) => self.for_statement(run, statement, env),
            Stmt::Assign(assign) => self.assign(assign, env),
            Stmt::AnnAssign(assign) => match &assign.value {
                Some(value) => {
                    let value = self.expr(value, env);
                    self.bind(&assign.target, value, env)
                }
                None => Flow::falls(ExprId::TRUE),
            },
            Stmt::AugAssign(assign) if assign.op == Operator::Add && assign.target.is_name_expr() => {
                let left = self.expr(&assign.target, env);
                let right = self.expr(&assign.value, env);
                if left.single() == Some(&Atom::Before) && matches!(right.as_const(), Some(Value::Int(_))) {
                    let grown = Sym::atom(Atom::Grown(std::rc::Rc::new(right)));
                    return self.bind(&assign.target, grown, env);
                }
                let sum = self.add(&left, &right, &assign.value, env);
                self.bind(&assign.target, sum, env)
            }
            Stmt::Expr(expr) if is_mutation(&expr.value, env) => match self.mutate(&expr.value, env) {
                Some(flow) => flow,
                None => self.unknown_statement(statement, env, "a container that is changed"),
            },
            Stmt::Expr(expr) => {
                if let Some(flow) = self.state_write(&expr.value, env) {
                    return flow;
                }
                let value = self.expr(&expr.value, env);
                match value.alts.iter().find_map(|alt| match &alt.atom {
                    Atom::Opaque(hole) => Some(hole.clone()),
                    _ => None,
                }) {
                    Some(hole) => self.unknown_statement(statement, env, hole.reason.clone()),
                    None => Flow::falls(value.ok),
                }
            }
            Stmt::Try(attempt) => self.try_statement(attempt, statement, env),
            Stmt::Raise(_) => {
                self.note_raise(ExprId::FALSE, super::raise::Error::Other);
                Flow::falls(ExprId::FALSE)
            }
            Stmt::Continue(_) => Flow { continues: ExprId::TRUE, ..Flow::stops(ExprId::TRUE) },
            Stmt::Break(_) => Flow { breaks: ExprId::TRUE, ..Flow::stops(ExprId::TRUE) },
            Stmt::Global(global) => {
                env.declared.extend(global.names.iter().map(|name| Arc::from(name.as_str())));
                Flow::falls(ExprId::TRUE)
            }
            Stmt::Pass(_) | Stmt::Import(_) | Stmt::ImportFrom(_) => Flow::falls(ExprId::TRUE),
            other => self.unknown_statement(other, env, names::statement_name(other)),
        }
    }

    fn return_statement(&mut self, back: &StmtReturn, env: &mut Env) -> Flow {
        let value = match &back.value {
            Some(value) => self.expr(value, env),
            None => Sym::none(),
        };
        let mut flow = Flow::stops(value.ok);
        for alt in value.alts {
            match alt.atom {
                Atom::Const(Value::Bool(true), _) => flow.truth = self.either(flow.truth, alt.when),
                Atom::Const(Value::Bool(false), _) => flow.falsity = self.either(flow.falsity, alt.when),
                _ => flow.others.push(alt),
            }
        }
        flow
    }

    fn assign(&mut self, assign: &StmtAssign, env: &mut Env) -> Flow {
        let value = self.expr(&assign.value, env);
        let mut flow = Flow::falls(value.ok);
        for target in &assign.targets {
            let next = self.bind(target, value.clone(), env);
            flow = self.then(flow, next);
        }
        flow
    }

    /// Binds a target. The value is evaluated here, so using the name later never raises for it.
    pub(super) fn bind(&mut self, target: &Expr, value: Sym, env: &mut Env) -> Flow {
        match target {
            Expr::Name(name) => {
                let ok = value.ok;
                env.locals.insert(name.id.as_str().into(), value.evaluated());
                Flow::falls(ok)
            }
            Expr::Tuple(tuple) => self.unpack(&tuple.elts, target, &value, env),
            Expr::List(list) => self.unpack(&list.elts, target, &value, env),
            _ => {
                if let Some(flow) = self.set_field(target, &value, env) {
                    return flow;
                }
                if let Expr::Subscript(subscript) = target
                    && let Some(flow) = self.set_key(subscript, &value, env)
                {
                    return flow;
                }
                let hole = self.hole(env.module, target, "a change of a container or attribute");
                for name in names::names_in(target) {
                    self.forget(name, &hole, env);
                }
                self.opaque_flow(&hole)
            }
        }
    }

    /// A name whose value is not known any more, in other functions neither if it is the module's.
    fn forget(&mut self, name: Arc<str>, hole: &Sym, env: &mut Env) {
        if !env.locals.contains_key(&name) || env.declared.contains(&name) {
            self.forget_global(env.module, &name, hole);
        }
        env.locals.insert(name, hole.clone());
    }

    /// A statement that is a hole: it may raise, so whether control gets past it is not known either.
    pub(super) fn opaque_flow(&mut self, hole: &Sym) -> Flow {
        let Some(Atom::Opaque(hole)) = hole.single() else { return Flow::falls(hole.ok) };
        let test = self.opaque_test(&hole.text, &hole.reason, hole.at);
        Flow::falls(test)
    }

    pub(super) fn unknown_statement(&mut self, statement: &Stmt, env: &mut Env, reason: impl Into<Arc<str>>) -> Flow {
        let hole = self.hole(env.module, statement, reason);
        for name in names::assigned_in(statement) {
            self.forget(name, &hole, env);
        }
        if names::may_return(statement) {
            let mut flow = Flow::stops(ExprId::TRUE);
            flow.others = hole.alts;
            return flow;
        }
        self.opaque_flow(&hole)
    }

    fn for_statement(&mut self, run: &StmtFor, statement: &Stmt, env: &mut Env) -> Flow {
        let items = self.expr(&run.iter, env);
        if !run.orelse.is_empty() {
            return self.unknown_statement(statement, env, "for with else");
        }
        let reached = Flow::falls(items.ok);
        let next = self.loop_over(&mut Loop::new(run), &items, env);
        if let Some(next) = next {
            self.then(reached, next)
        } else {
            let reason = self.loop_reason.take().unwrap_or_else(|| KEEPS_STATE.into());
            self.unknown_statement(statement, env, reason)
        }
    }

    /// What the entry function's end means: only a real True or False is a verdict.
    pub(super) fn verdict(&mut self, flow: &Flow) -> Truth {
        let (mut holds, mut fails) = (flow.truth, flow.falsity);
        for alt in &flow.others {
            match &alt.atom {
                Atom::Term(subject, at) => {
                    for (value, verdict) in [(true, &mut holds), (false, &mut fails)] {
                        let to = Operand::Value(Value::Bool(value));
                        let op = Op::Equal { to, case: crate::ir::Case::Sensitive, coercion: Coercion::None };
                        let test = self.pool.test(subject.clone(), op, *at);
                        let when = self.both(alt.when, test);
                        *verdict = self.either(*verdict, when);
                    }
                }
                Atom::Opaque(hole) => {
                    let test = self.opaque_test(&hole.text, &hole.reason, hole.at);
                    let not = self.negation(test);
                    let (first, second) = (self.both(alt.when, test), self.both(alt.when, not));
                    holds = self.either(holds, first);
                    fails = self.either(fails, second);
                }
                _ => {}
            }
        }
        Truth { ok: flow.ok, holds, fails }
    }
}

/// Whether an expression statement is a call that changes a local container (`names.append(x)`).
fn is_mutation(expr: &Expr, env: &Env) -> bool {
    let Expr::Call(call) = expr else { return false };
    let Expr::Attribute(attribute) = &*call.func else { return false };
    let Expr::Name(name) = &*attribute.value else { return false };
    matches!(
        attribute.attr.as_str(),
        "append"
            | "add"
            | "update"
            | "extend"
            | "pop"
            | "remove"
            | "insert"
            | "sort"
            | "reverse"
            | "discard"
            | "clear"
            | "setdefault"
    ) && matches!(
        env.locals.get(name.id.as_str()).and_then(Sym::single),
        None | Some(Atom::Seq(..) | Atom::Dict(_) | Atom::Opaque(_) | Atom::Term(..) | Atom::Before | Atom::Grown(_))
    )
}
