//! `if`: its branches beside each other, and what they leave in names.

use super::Lifter;
use super::cases::Cases;
use super::module::Env;
use super::stmt::Flow;
use super::value::{Alt, Sym, Truth};
use crate::ir::ExprId;
use crate::lang::python::ast::{ElifElseClause, Expr, Stmt, StmtIf};
use std::sync::Arc;

/// Longer `if` chains are not lifted.
const MAX_CLAUSES: usize = 400;

impl Lifter<'_> {
    pub(super) fn if_statement(&mut self, branch: &StmtIf, env: &mut Env) -> Flow {
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
        let mut others = Cases::default();
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
            others: others.into_alts(),
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
                self.note_global(env.module, &name);
                let global = self.modules[env.module].globals.get(&name).filter(|_| env.declared.contains(&name));
                let unbound = global.cloned().unwrap_or_else(Sym::raises);
                let (first, second) = (first.cloned().unwrap_or(unbound.clone()), second.cloned().unwrap_or(unbound));
                let merged = self.choose(truth, first, second);
                env.locals.insert(name, merged);
            }
        }
    }
}
