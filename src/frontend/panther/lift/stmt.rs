//! Statements: where control goes, and with which values.

use super::Lifter;
use super::module::Env;
use super::names;
use super::value::{Alt, Atom, SeqKind, Sym, Truth};
use crate::ir::{Coercion, ExprId, Function, Op, Operand, Subject, Value};
use crate::lang::python::ast::{ElifElseClause, Expr, Operator, Stmt, StmtAssign, StmtFor, StmtIf, StmtReturn};
use std::collections::HashMap;
use std::sync::Arc;

/// Longer `if` chains are not lifted.
const MAX_CLAUSES: usize = 400;

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
    fn is_over(&self) -> bool {
        [self.falls, self.continues, self.breaks].iter().all(|id| *id == ExprId::FALSE)
    }

    /// Goes nowhere; for filling in.
    fn stops(ok: ExprId) -> Self {
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
    fn next_statement(&mut self, flow: Flow, statement: &Stmt, env: &mut Env) -> Flow {
        let left = flow.continues != ExprId::FALSE || flow.breaks != ExprId::FALSE;
        let before = left.then(|| env.locals.clone());
        let next = self.under(flow.falls, |lifter| lifter.statement(statement, env));
        if let Some(before) = before {
            self.keep_names(flow.falls, &before, env);
        }
        self.then(flow, next)
    }

    /// Names have their new values where the condition holds, else the values before.
    pub(super) fn keep_names(&mut self, when: ExprId, before: &HashMap<Arc<str>, Sym>, env: &mut Env) {
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
        for alt in next.others {
            let when = self.both(first.falls, alt.when);
            self.add_alt(&mut others, Alt { when, atom: alt.atom });
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

    fn if_statement(&mut self, branch: &StmtIf, env: &mut Env) -> Flow {
        if branch.elif_else_clauses.len() > MAX_CLAUSES {
            return self.unknown_statement(&Stmt::If(branch.clone()), env, "a chain of too many branches");
        }
        self.branches(&branch.test, &branch.body, &branch.elif_else_clauses, env)
    }

    fn branches(&mut self, test: &Expr, body: &[Stmt], rest: &[ElifElseClause], env: &mut Env) -> Flow {
        let truth = self.condition(test, env);
        let mut other_env = env.clone();
        // A branch that is never taken is not looked at: it would only leave holes.
        let never = |condition: ExprId| condition == ExprId::FALSE && truth.ok == ExprId::TRUE;
        let then = if never(truth.holds) {
            Flow::stops(ExprId::TRUE)
        } else {
            self.under(truth.holds, |lifter| lifter.block(body, env))
        };
        let otherwise = match rest.split_first() {
            _ if never(truth.fails) => Flow::stops(ExprId::TRUE),
            None => Flow::falls(ExprId::TRUE),
            Some((clause, rest)) => match &clause.test {
                Some(test) => {
                    self.under(truth.fails, |lifter| lifter.branches(test, &clause.body, rest, &mut other_env))
                }
                None => self.under(truth.fails, |lifter| lifter.block(&clause.body, &mut other_env)),
            },
        };
        self.merge_env(truth, (&then, env), (&otherwise, other_env));
        self.choose_flow(truth, then, otherwise)
    }

    pub(super) fn choose_flow(&mut self, truth: Truth, then: Flow, otherwise: Flow) -> Flow {
        let first = self.implication(truth.holds, then.ok);
        let second = self.implication(truth.fails, otherwise.ok);
        let ok = self.all([truth.ok, first, second]);
        let mut others = Vec::new();
        for (branch, alts) in [(truth.holds, then.others), (truth.fails, otherwise.others)] {
            for alt in alts {
                let when = self.both(branch, alt.when);
                self.add_alt(&mut others, Alt { when, atom: alt.atom });
            }
        }
        Flow {
            ok,
            falls: self.select(truth, then.falls, otherwise.falls),
            continues: self.select(truth, then.continues, otherwise.continues),
            breaks: self.select(truth, then.breaks, otherwise.breaks),
            truth: self.select(truth, then.truth, otherwise.truth),
            falsity: self.select(truth, then.falsity, otherwise.falsity),
            others,
        }
    }

    fn select(&mut self, truth: Truth, then: ExprId, otherwise: ExprId) -> ExprId {
        if then == otherwise {
            return self.both(truth.ok, then);
        }
        let first = self.both(truth.holds, then);
        let second = self.both(truth.fails, otherwise);
        self.either(first, second)
    }

    /// After a branch each name has the value of the way that was gone.
    pub(super) fn merge_env(&mut self, truth: Truth, then: (&Flow, &mut Env), otherwise: (&Flow, Env)) {
        let ((then, env), (other, other_env)) = (then, otherwise);
        if other.is_over() {
            return;
        }
        if then.is_over() {
            *env = other_env;
            return;
        }
        let mut names: Vec<Arc<str>> = env.locals.keys().chain(other_env.locals.keys()).cloned().collect();
        names.sort_unstable();
        names.dedup();
        for name in names {
            let (first, second) = (env.locals.get(&name), other_env.locals.get(&name));
            if first != second {
                let global = self.modules[env.module].globals.get(&name).filter(|_| env.declared.contains(&name));
                let unbound = global.cloned().unwrap_or_else(Sym::raises);
                let (first, second) = (first.cloned().unwrap_or(unbound.clone()), second.cloned().unwrap_or(unbound));
                let merged = self.choose(truth, first, second);
                env.locals.insert(name, merged);
            }
        }
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

    fn unpack(&mut self, targets: &[Expr], whole: &Expr, value: &Sym, env: &mut Env) -> Flow {
        match value.alts.as_slice() {
            [Alt { atom: Atom::Seq(kind, items), .. }] if *kind != SeqKind::Set => {
                if items.len() != targets.len() {
                    self.note_raise(ExprId::FALSE, super::raise::Error::Value);
                    return Flow::falls(ExprId::FALSE);
                }
                let items = items.clone();
                for (target, item) in targets.iter().zip(items.iter()) {
                    self.bind(target, item.clone(), env);
                }
                Flow::falls(value.ok)
            }
            [] => Flow::falls(ExprId::FALSE),
            // The parts of a text.
            [Alt { atom: Atom::Term(subject, at), .. }]
                if super::value::static_type(subject) == Some(crate::ir::TypeSet::ARRAY)
                    && value.ok == ExprId::TRUE =>
            {
                let (subject, at) = (subject.clone(), *at);
                let length = Subject::Call(Function::Length, [subject.clone()].into());
                let count = i64::try_from(targets.len()).unwrap_or(i64::MAX);
                let fits = self.equal_to(&length, Value::Int(count), at);
                self.note_raise(fits, super::raise::Error::Value);
                for (index, target) in (0..count).zip(targets) {
                    let part = [subject.clone(), Subject::Constant(Value::Int(index))];
                    self.bind(target, Sym::atom(Atom::Term(Subject::Call(Function::Index, part.into()), at)), env);
                }
                Flow::falls(fits)
            }
            // The pairs of an object.
            [Alt { atom: Atom::Term(subject @ Subject::Element(_), at), .. }]
                if targets.len() == 2 && value.ok == ExprId::TRUE && self.is_pair(subject) =>
            {
                let part = |index| {
                    Subject::Call(Function::Index, [subject.clone(), Subject::Constant(Value::Int(index))].into())
                };
                let (subject_at, parts) = (*at, [part(0), part(1)]);
                for (target, part) in targets.iter().zip(parts) {
                    self.bind(target, Sym::atom(Atom::Term(part, subject_at)), env);
                }
                Flow::falls(ExprId::TRUE)
            }
            _ => {
                let hole = self.hole(env.module, whole, "a value that is taken apart");
                for target in targets {
                    self.bind(target, hole.clone(), env);
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
    fn opaque_flow(&mut self, hole: &Sym) -> Flow {
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
        let next = self.loop_over(run, &items, env);
        match next {
            Some(next) => self.then(reached, next),
            None => {
                let reason = self.loop_reason.take().unwrap_or_else(|| "a loop that keeps state".into());
                self.unknown_statement(statement, env, reason)
            }
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
