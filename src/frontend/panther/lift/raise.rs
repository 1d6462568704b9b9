//! Exceptions: where they can be raised, of which class, and who catches them.

use super::Lifter;
use super::module::Env;
use super::names;
use super::stmt::Flow;
use super::value::{Atom, Sym, Truth};
use crate::ir::{ExprId, Op, Subject, TypeSet};
use crate::lang::python::ast::{ExceptHandler, ExceptHandlerExceptHandler, Expr, Stmt, StmtTry};
use crate::source::Location;

/// The classes that the lifted operations raise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Error {
    Type,
    Attribute,
    Key,
    Index,
    Value,
    Json,
    Address,
    ZeroDivision,
    /// `next` of an iterator without items.
    StopIteration,
    /// A number looked up in an event's object: AttributeError, or KeyError in an empty one.
    KeyOrAttribute,
    /// One of several, or not told apart.
    Other,
}

impl Error {
    /// Whether a handler for the class catches it; `None` when that is not known.
    fn is_caught_by(self, handler: &str) -> Option<bool> {
        let own: &[&str] = match self {
            Self::Type => &["TypeError"],
            Self::Attribute => &["AttributeError"],
            Self::Key => &["KeyError", "LookupError"],
            Self::Index => &["IndexError", "LookupError"],
            Self::Value => &["ValueError"],
            Self::Json => &["JSONDecodeError", "ValueError"],
            Self::Address => &["AddressValueError", "ValueError"],
            Self::ZeroDivision => &["ZeroDivisionError", "ArithmeticError"],
            Self::StopIteration => &["StopIteration"],
            Self::KeyOrAttribute if matches!(handler, "KeyError" | "AttributeError" | "LookupError") => return None,
            Self::KeyOrAttribute => &[],
            Self::Other if matches!(handler, "Exception" | "BaseException") => return Some(true),
            Self::Other => return None,
        };
        Some(matches!(handler, "Exception" | "BaseException") || own.contains(&handler))
    }
}

/// A place that raises where it is reached and the guard does not hold.
#[derive(Debug, Clone, Copy)]
pub(super) struct Raise {
    reached: ExprId,
    guard: ExprId,
    error: Error,
    /// How many quantifiers were open: a condition on an item says nothing outside of its loop.
    binders: u8,
}

/// What is remembered while the body of a `try` is lifted.
#[derive(Default)]
pub(super) struct Watch {
    depth: usize,
    raises: Vec<Raise>,
    path: Vec<ExprId>,
}

impl Lifter<'_> {
    /// Lifts a part that is reached only where the condition holds.
    pub(super) fn under<T>(&mut self, reached: ExprId, part: impl FnOnce(&mut Self) -> T) -> T {
        if self.watch.depth == 0 || reached == ExprId::TRUE {
            return part(self);
        }
        self.watch.path.push(reached);
        let result = part(self);
        self.watch.path.pop();
        result
    }

    pub(super) fn is_watching(&self) -> bool {
        self.watch.depth > 0
    }

    /// Remembers what an operation raises where the guard does not hold.
    pub(super) fn note_raise(&mut self, guard: ExprId, error: Error) {
        if self.watch.depth > 0 && guard != ExprId::TRUE {
            let reached = self.watch.path.clone();
            let reached = self.all(reached);
            self.watch.raises.push(Raise { reached, guard, error, binders: self.binders });
        }
    }

    /// How many places are remembered that raise.
    pub(super) fn noted_raises(&self) -> usize {
        self.watch.raises.len()
    }

    /// Takes back what was remembered since.
    pub(super) fn forget_raises(&mut self, since: usize) {
        self.watch.raises.truncate(since);
    }

    pub(super) fn raises(&mut self, error: Error) -> Sym {
        self.note_raise(ExprId::FALSE, error);
        Sym::raises()
    }

    pub(super) fn truth_raises(&mut self, error: Error) -> Truth {
        self.note_raise(ExprId::FALSE, error);
        Truth::RAISES
    }

    /// The condition that a value has one of the types, else the error is raised.
    pub(super) fn need(&mut self, subject: &Subject, types: TypeSet, at: Option<Location>, error: Error) -> ExprId {
        let guard = self.is_type(subject, types, at);
        self.note_raise(guard, error);
        guard
    }

    /// A computed term that is missing where Python raises.
    pub(super) fn computed(&mut self, subject: Subject, at: Option<Location>, error: Error) -> Sym {
        let missing = self.pool.test(subject.clone(), Op::IsMissing, at);
        let there = self.negation(missing);
        self.note_raise(there, error);
        Sym::when(there, Atom::Term(subject, at))
    }

    pub(super) fn try_statement(&mut self, attempt: &StmtTry, statement: &Stmt, env: &mut Env) -> Flow {
        let before = env.clone();
        let first = self.watch.raises.len();
        self.watch.depth += 1;
        let body = self.block(&attempt.body, env);
        self.watch.depth -= 1;
        let raises = self.watch.raises.split_off(first);
        let Some((handled, rest)) = self.handlers(attempt, &raises, body.ok) else {
            *env = before;
            return self.unknown_statement(statement, env, "a try whose exceptions are not told apart");
        };
        if self.watch.depth > 0 {
            self.watch.raises.extend(rest);
        }
        let body_ok = body.ok;
        let mut flow = body;
        if !attempt.orelse.is_empty() {
            let next = self.block(&attempt.orelse, env);
            flow = self.then(flow, next);
        }
        let mut done = body_ok;
        for (handler, caught) in handled {
            let mut other = self.env_of_handler(attempt, handler, &before);
            let next = self.under(caught, |lifter| lifter.block(&handler.body, &mut other));
            let ok = self.either(done, caught);
            let truth = Truth { ok, holds: done, fails: caught };
            self.merge_env(truth, (&flow, env), (&next, other));
            flow = self.choose_flow(truth, flow, next);
            done = ok;
        }
        if !attempt.finalbody.is_empty() {
            let next = self.block(&attempt.finalbody, env);
            flow = self.then(flow, next);
        }
        flow
    }

    /// The handlers that are reached, each with its condition, and what none of them catches.
    #[allow(clippy::type_complexity)]
    fn handlers<'t>(
        &mut self,
        attempt: &'t StmtTry,
        raises: &[Raise],
        ok: ExprId,
    ) -> Option<(Vec<(&'t ExceptHandlerExceptHandler, ExprId)>, Vec<Raise>)> {
        if ok != ExprId::TRUE && raises.is_empty() || !attempt.finalbody.is_empty() {
            return None;
        }
        let handlers: Vec<_> = attempt.handlers.iter().map(|ExceptHandler::ExceptHandler(handler)| handler).collect();
        let mut by: Vec<Option<usize>> = Vec::new();
        for raise in raises {
            let mut place = None;
            for (index, handler) in handlers.iter().enumerate() {
                if catches(handler, raise.error)? {
                    place = Some(index);
                    break;
                }
            }
            by.push(place);
        }
        let rest = raises.iter().zip(&by).filter(|(_, by)| by.is_none()).map(|(raise, _)| *raise).collect();
        if let Some(Some(only)) = by.first()
            && by.iter().all(|by| *by == Some(*only))
        {
            let caught = self.negation(ok);
            return Some((vec![(handlers[*only], caught)], rest));
        }
        if by.iter().all(Option::is_none) {
            return Some((Vec::new(), rest));
        }
        if raises.iter().any(|raise| raise.binders > self.binders) {
            return None;
        }
        let mut caught = vec![ExprId::FALSE; handlers.len()];
        let mut alive = ExprId::TRUE;
        for (raise, by) in raises.iter().zip(&by) {
            let failed = self.negation(raise.guard);
            let failed = self.all([alive, raise.reached, failed]);
            if let Some(index) = by {
                caught[*index] = self.either(caught[*index], failed);
            }
            let passed = self.implication(raise.reached, raise.guard);
            alive = self.both(alive, passed);
        }
        let reached = handlers.into_iter().zip(caught).filter(|(_, caught)| *caught != ExprId::FALSE);
        Some((reached.collect(), rest))
    }

    /// The names as a handler sees them: what the body may have bound before it raised is not known.
    fn env_of_handler(&mut self, attempt: &StmtTry, handler: &ExceptHandlerExceptHandler, before: &Env) -> Env {
        let mut env = before.clone();
        let mut names = Vec::new();
        for (index, statement) in attempt.body.iter().enumerate() {
            let last = index + 1 == attempt.body.len();
            if !last || !matches!(statement, Stmt::Assign(_) | Stmt::AnnAssign(_) | Stmt::Expr(_) | Stmt::Return(_)) {
                names.extend(names::assigned_in(statement));
            }
        }
        names.extend(handler.name.as_ref().map(|name| name.as_str().into()));
        for name in names {
            let hole = self.hole(env.module, handler, "a name that a try may have bound");
            env.locals.insert(name, hole);
        }
        env
    }
}

/// Whether the handler catches the error; `None` when that is not known.
fn catches(handler: &ExceptHandlerExceptHandler, error: Error) -> Option<bool> {
    let Some(classes) = &handler.type_ else { return Some(true) };
    let classes = match &**classes {
        Expr::Tuple(tuple) => tuple.elts.iter().collect(),
        other => vec![other],
    };
    let mut found = Some(false);
    for class in classes {
        let name = match class {
            Expr::Name(name) => name.id.as_str(),
            Expr::Attribute(attribute) => attribute.attr.as_str(),
            _ => return None,
        };
        match error.is_caught_by(name) {
            Some(true) => return Some(true),
            Some(false) => {}
            None => found = None,
        }
    }
    found
}
