//! `a, b = value`

use super::Lifter;
use super::module::Env;
use super::raise::Error;
use super::stmt::Flow;
use super::value::{Atom, SeqKind, Sym, Truth, static_type};
use crate::ir::{ExprId, Function, Subject, TypeSet, Value};
use crate::lang::python::ast::Expr;

impl Lifter<'_> {
    /// Binds targets to the parts of a value: each case on its own.
    pub(super) fn unpack(&mut self, targets: &[Expr], whole: &Expr, value: &Sym, env: &mut Env) -> Flow {
        if value.alts.is_empty() {
            return Flow::falls(ExprId::FALSE);
        }
        let mut ok = value.ok;
        let mut parts: Option<Vec<Sym>> = None;
        for alt in &value.alts {
            let Some((fits, here)) = self.under(alt.when, |lifter| lifter.parts(&alt.atom, targets.len())) else {
                let reason = match &alt.atom {
                    Atom::Opaque(hole) => hole.reason.clone(),
                    _ => "a value that is taken apart".into(),
                };
                let hole = self.hole(env.module, whole, reason);
                for target in targets {
                    self.bind(target, hole.clone(), env);
                }
                return self.opaque_flow(&hole);
            };
            let reached = self.implication(alt.when, fits);
            ok = self.both(ok, reached);
            parts = Some(match parts {
                None => here,
                Some(known) => {
                    let not = self.negation(alt.when);
                    let truth = Truth { ok: ExprId::TRUE, holds: alt.when, fails: not };
                    here.into_iter().zip(known).map(|(new, old)| self.choose(truth, new, old)).collect()
                }
            });
        }
        for (target, part) in targets.iter().zip(parts.unwrap_or_default()) {
            self.bind(target, part.evaluated(), env);
        }
        Flow::falls(ok)
    }

    /// The parts of one case, and the condition that there are so many. `None` for what is not understood.
    fn parts(&mut self, atom: &Atom, count: usize) -> Option<(ExprId, Vec<Sym>)> {
        let nothing = || (0..count).map(|_| Sym::none()).collect();
        match atom {
            Atom::Seq(SeqKind::List | SeqKind::Tuple, items) if items.len() == count => {
                Some((ExprId::TRUE, items.to_vec()))
            }
            Atom::Seq(SeqKind::List | SeqKind::Tuple, _) => {
                self.note_raise(ExprId::FALSE, Error::Value);
                Some((ExprId::FALSE, nothing()))
            }
            Atom::Const(value, _) if value.as_str().is_none() => {
                self.note_raise(ExprId::FALSE, Error::Type);
                Some((ExprId::FALSE, nothing()))
            }
            // A pair of an object's entries, or of two lists.
            Atom::Term(subject @ Subject::Element(_), at) if count == 2 && self.is_pair(subject) => {
                Some((ExprId::TRUE, indexed(subject, count, *at)))
            }
            Atom::Term(subject, at) => {
                let at = *at;
                let types = TypeSet::ARRAY.or(TypeSet::OBJECT).or(TypeSet::STRING);
                let guard = self.need(subject, types, at, Error::Type);
                let list = if static_type(subject) == Some(TypeSet::ARRAY) {
                    subject.clone()
                } else {
                    Subject::Call(Function::Iterate, [subject.clone()].into())
                };
                let length = Subject::Call(Function::Length, [list.clone()].into());
                let fits = self.equal_to(&length, Value::Int(i64::try_from(count).unwrap_or(i64::MAX)), at);
                self.note_raise(fits, Error::Value);
                Some((self.both(guard, fits), indexed(&list, count, at)))
            }
            _ => None,
        }
    }
}

fn indexed(list: &Subject, count: usize, at: Option<crate::source::Location>) -> Vec<Sym> {
    let part = |index: i64| Subject::Call(Function::Index, [list.clone(), Subject::Constant(Value::Int(index))].into());
    (0..i64::try_from(count).unwrap_or(i64::MAX)).map(|index| Sym::atom(Atom::Term(part(index), at))).collect()
}
