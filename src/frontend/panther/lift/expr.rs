//! Expressions.

use super::module::Env;
use super::names::expression_name;
use super::raise::Error;
use super::value::{Atom, SeqKind, Sym, Truth};
use super::{Lifter, hole_reason};
use crate::ir::{ExprId, Function, Subject, Value};
use crate::lang::python::ast::{
    CmpOp, Expr, ExprAttribute, ExprBinOp, ExprCompare, ExprFString, ExprUnaryOp, FStringPart,
    InterpolatedStringElement, Number, Operator, UnaryOp,
};
use std::sync::Arc;

impl Lifter<'_> {
    pub(super) fn expr(&mut self, expr: &Expr, env: &mut Env) -> Sym {
        let value = self.nested(|lifter| lifter.expr_inner(expr, env));
        value.unwrap_or_else(|| self.hole(env.module, expr, "too much code"))
    }

    fn expr_inner(&mut self, expr: &Expr, env: &mut Env) -> Sym {
        match expr {
            Expr::NoneLiteral(_) | Expr::BooleanLiteral(_) | Expr::StringLiteral(_) | Expr::NumberLiteral(_) => {
                self.literal(expr, env.module)
            }
            Expr::FString(text) => self.f_string(text, expr, env),
            Expr::Name(name) => self.name(&name.id, expr, env),
            Expr::BoolOp(op) => self.bool_op(op, env),
            Expr::UnaryOp(op) => self.unary(op, expr, env),
            Expr::Compare(compare) => self.compare_chain(compare, env),
            Expr::BinOp(op) => self.binary(op, expr, env),
            Expr::If(choice) => {
                let truth = self.condition(&choice.test, env);
                let then = self.under(truth.holds, |lifter| lifter.expr(&choice.body, env));
                let otherwise = self.under(truth.fails, |lifter| lifter.expr(&choice.orelse, env));
                self.choose(truth, then, otherwise)
            }
            Expr::List(list) => self.sequence(SeqKind::List, &list.elts, expr, env),
            Expr::Tuple(tuple) => self.sequence(SeqKind::Tuple, &tuple.elts, expr, env),
            Expr::Set(set) => self.sequence(SeqKind::Set, &set.elts, expr, env),
            Expr::Dict(dict) => self.dict(dict, expr, env),
            Expr::Named(named) => {
                let value = self.expr(&named.value, env);
                self.bind(&named.target, value.clone(), env);
                value
            }
            Expr::Attribute(attribute) => self.attribute_of(attribute, expr, env),
            Expr::Call(call) => self.call(call, expr, env),
            Expr::Subscript(subscript) => self.subscript(subscript, expr, env),
            Expr::DictComp(comprehension) => self.dict_comprehension(comprehension, expr, env),
            Expr::ListComp(comprehension) => {
                self.comprehension(SeqKind::List, &comprehension.elt, &comprehension.generators, expr, env)
            }
            Expr::SetComp(comprehension) => {
                self.comprehension(SeqKind::Set, &comprehension.elt, &comprehension.generators, expr, env)
            }
            Expr::Generator(generator) => {
                self.comprehension(SeqKind::List, &generator.elt, &generator.generators, expr, env)
            }
            // Arguments are spread by the call.
            Expr::Starred(starred) => self.expr(&starred.value, env),
            other => self.hole(env.module, other, expression_name(other)),
        }
    }

    fn literal(&mut self, expr: &Expr, module: usize) -> Sym {
        let value = match expr {
            Expr::BooleanLiteral(literal) => Value::Bool(literal.value),
            Expr::StringLiteral(literal) => Value::str(literal.value.to_str()),
            Expr::NumberLiteral(literal) => match &literal.value {
                Number::Int(number) => match number.as_i64() {
                    Some(number) => Value::Int(number),
                    None => return self.hole(module, expr, "a number beyond 64 bits"),
                },
                Number::Float(number) => Value::float(*number),
                Number::Complex { .. } => return self.hole(module, expr, "a complex number"),
            },
            _ => Value::Null,
        };
        Sym::constant(value, Some(self.location(module, expr)))
    }

    fn binary(&mut self, op: &ExprBinOp, expr: &Expr, env: &mut Env) -> Sym {
        let left = self.expr(&op.left, env);
        let right = self.expr(&op.right, env);
        if op.op == Operator::Add {
            return self.add(&left, &right, expr, env);
        }
        if let Some(folded) = super::add::fold_binary(op.op, &left, &right) {
            return folded;
        }
        let module = env.module;
        self.map(&left, |lifter, a| {
            lifter.map(&right, |lifter, b| {
                let sets = matches!(op.op, Operator::BitAnd | Operator::Sub) && Self::is_set(a) && Self::is_set(b);
                if let Some(value) = lifter.time_arithmetic(op.op, a, b) {
                    return value;
                }
                let result = if sets {
                    lifter.set_operation(a, op.op == Operator::BitAnd, b)
                } else {
                    lifter.arithmetic(op.op, a, b)
                };
                result.unwrap_or_else(|| lifter.hole(module, expr, hole_reason(&[a, b], "arithmetic")))
            })
        })
    }

    fn attribute_of(&mut self, attribute: &ExprAttribute, expr: &Expr, env: &mut Env) -> Sym {
        let owner = self.expr(&attribute.value, env);
        let name: Arc<str> = attribute.attr.as_str().into();
        if matches!(owner.single(), Some(Atom::Building(..))) {
            let field = env.locals.get(&super::class::field_name(&name)).cloned();
            return field.unwrap_or_else(|| self.hole(env.module, expr, format!("the attribute {name}")));
        }
        self.map(&owner, |lifter, atom| lifter.attribute(atom, &name, expr, env.module))
    }

    fn unary(&mut self, op: &ExprUnaryOp, expr: &Expr, env: &mut Env) -> Sym {
        if op.op == UnaryOp::Not {
            let truth = self.condition(&op.operand, env);
            return Sym::bool(truth.negate());
        }
        let value = self.expr(&op.operand, env);
        let at = Some(self.location(env.module, expr));
        match (op.op, value.as_const()) {
            (UnaryOp::USub, Some(Value::Int(number))) => Sym::constant(Value::Int(number.wrapping_neg()), at),
            (UnaryOp::USub, Some(Value::Float(number))) => Sym::constant(Value::float(-number.0), at),
            _ => self.hole(env.module, expr, "arithmetic"),
        }
    }

    fn compare_chain(&mut self, compare: &ExprCompare, env: &mut Env) -> Sym {
        let mut left_expr: &Expr = &compare.left;
        let mut left = self.expr(left_expr, env);
        let mut all: Option<Truth> = None;
        for (op, right_expr) in compare.ops.iter().zip(&compare.comparators) {
            let right = self.expr(right_expr, env);
            let result = self.compare(*op, &left, &right, (left_expr, right_expr), env.module);
            let truth = self.truth_of(&result);
            all = Some(match all {
                Some(before) => self.truth_and(before, |_| truth),
                None if compare.ops.len() == 1 => return result,
                None => truth,
            });
            (left, left_expr) = (right, right_expr);
        }
        Sym::bool(all.unwrap_or(Truth::TRUE))
    }

    /// Evaluates in order; what comes back never raises where the condition holds.
    pub(super) fn strict<'e>(
        &mut self,
        exprs: impl IntoIterator<Item = &'e Expr>,
        env: &mut Env,
    ) -> (ExprId, Vec<Sym>) {
        let mut ok = ExprId::TRUE;
        let mut values = Vec::new();
        for expr in exprs {
            let value = self.expr(expr, env);
            ok = self.both(ok, value.ok);
            values.push(value.evaluated());
        }
        (ok, values)
    }

    /// A value that needs something else to be evaluated first.
    pub(super) fn after(&mut self, ok: ExprId, mut value: Sym) -> Sym {
        if ok == ExprId::TRUE {
            return value;
        }
        for alt in &mut value.alts {
            alt.when = self.both(ok, alt.when);
        }
        value.alts.retain(|alt| alt.when != ExprId::FALSE);
        value.ok = self.both(ok, value.ok);
        value
    }

    fn sequence(&mut self, kind: SeqKind, items: &[Expr], expr: &Expr, env: &mut Env) -> Sym {
        if items.iter().any(Expr::is_starred_expr) {
            return self.hole(env.module, expr, "a starred expression");
        }
        let (ok, values) = self.strict(items, env);
        Sym::when(ok, Atom::Seq(kind, values.into()))
    }

    fn dict(&mut self, dict: &crate::lang::python::ast::ExprDict, expr: &Expr, env: &mut Env) -> Sym {
        let mut entries: Vec<(Value, Sym)> = Vec::new();
        let mut ok = ExprId::TRUE;
        for item in &dict.items {
            if item.key.is_none() {
                let spread = self.expr(&item.value, env);
                ok = self.both(ok, spread.ok);
                let Some(Atom::Dict(more)) = spread.evaluated().single().cloned() else {
                    return self.hole(env.module, expr, "a dictionary with another one in it");
                };
                for (key, value) in more.iter() {
                    entries.retain(|(known, _)| !super::value::equal(known, key));
                    entries.push((key.clone(), value.clone()));
                }
                continue;
            }
            let key = item.key.as_ref().map(|key| self.expr(key, env));
            let Some(key) = key.as_ref().and_then(Sym::as_const).cloned() else {
                let computed = self.dict_term(dict, env);
                return computed.unwrap_or_else(|| self.hole(env.module, expr, "a dictionary with computed keys"));
            };
            let value = self.expr(&item.value, env);
            ok = self.both(ok, value.ok);
            let value = value.evaluated();
            entries.retain(|(known, _)| !super::value::equal(known, &key));
            entries.push((key, value));
        }
        Sym::when(ok, Atom::Dict(entries.into()))
    }

    /// A dictionary of which keys are computed.
    fn dict_term(&mut self, dict: &crate::lang::python::ast::ExprDict, env: &mut Env) -> Option<Sym> {
        let mut ok = ExprId::TRUE;
        let mut pairs = Vec::new();
        for item in &dict.items {
            let (key, value) = (self.expr(item.key.as_ref()?, env), self.expr(&item.value, env));
            ok = self.all([ok, key.ok, value.ok]);
            pairs.push(Self::entry_of(&key.evaluated(), &value.evaluated())?);
        }
        let object = Subject::Call(Function::ToObject, [Subject::Call(Function::List, pairs.into())].into());
        let value = self.computed(object, None, Error::Type);
        Some(self.after(ok, value))
    }

    fn name(&mut self, name: &str, expr: &Expr, env: &mut Env) -> Sym {
        if !env.locals.contains_key(name) {
            self.note_global(env.module, name);
        }
        let global = || self.modules[env.module].globals.get(name);
        let Some(found) = env.locals.get(name).or_else(global).cloned() else {
            if super::call::is_builtin(name) {
                return Sym::atom(Atom::Builtin(name.into()));
            }
            return self.hole(env.module, expr, format!("the name {name}, which is not defined here"));
        };
        match found.single() {
            Some(Atom::Imported(module, name)) => self.imported(&module.clone(), &name.clone()),
            _ => found,
        }
    }

    /// What an imported name stands for.
    pub(super) fn imported(&mut self, module: &Arc<str>, name: &Arc<str>) -> Sym {
        if let Some(builtin) = super::call::known_import(module, name) {
            return Sym::atom(Atom::Builtin(builtin));
        }
        let index = self.helper(module);
        index.into_iter().for_each(|index| self.note_global(index, name));
        let helper = index.and_then(|index| self.modules[index].globals.get(name).cloned());
        helper.unwrap_or_else(|| Sym::atom(Atom::Imported(module.clone(), name.clone())))
    }

    fn attribute(&mut self, owner: &Atom, name: &Arc<str>, expr: &Expr, module: usize) -> Sym {
        match owner {
            Atom::Module(owner) => match super::call::module_constant(owner, name) {
                Some(value) => Sym::constant(value, None),
                None => self.imported(owner, name),
            },
            Atom::Opaque(hole) => self.hole(module, expr, hole.reason.clone()),
            Atom::Const(Value::Null, _) => self.raises(Error::Attribute),
            Atom::Address(..) | Atom::NetworkOf(..) | Atom::Network(_) => match self.address_attribute(owner, name) {
                Some(value) => value,
                None if &**name == "subnet_of" => Sym::atom(Atom::Method(Box::new(owner.clone()), name.clone())),
                None => self.hole(module, expr, format!("the attribute {name}")),
            },
            Atom::Method(_, method) if &**method == "network_address" => match self.address_attribute(owner, name) {
                Some(value) => value,
                None => self.hole(module, expr, format!("the attribute {name}")),
            },
            Atom::Instance(instance) => {
                let instance = instance.clone();
                self.instance_attribute(&instance, name, super::call::Site { expr, module })
            }
            Atom::Url(subject, at) if &**name == "query" => {
                let query = Subject::Call(Function::UrlQuery, [subject.clone()].into());
                Sym::atom(Atom::Term(query, *at))
            }
            Atom::Builtin(owner) if &**owner == "str" && matches!(&**name, "casefold" | "startswith" | "endswith") => {
                Sym::atom(Atom::Builtin(format!("str.{name}").into()))
            }
            other => Sym::atom(Atom::Method(Box::new(other.clone()), name.clone())),
        }
    }

    fn f_string(&mut self, text: &ExprFString, expr: &Expr, env: &mut Env) -> Sym {
        let mut parts: Vec<Sym> = Vec::new();
        for part in &text.value {
            match part {
                FStringPart::Literal(literal) => parts.push(Sym::atom(Atom::text(&*literal.value))),
                FStringPart::FString(inner) => {
                    for element in &inner.elements {
                        match element {
                            InterpolatedStringElement::Literal(literal) => {
                                parts.push(Sym::atom(Atom::text(&*literal.value)));
                            }
                            InterpolatedStringElement::Interpolation(hole)
                                if hole.format_spec.is_none() && hole.debug_text.is_none() =>
                            {
                                let value = self.expr(&hole.expression, env);
                                parts.push(self.text_of(&value, &hole.expression, env.module));
                            }
                            InterpolatedStringElement::Interpolation(_) => {
                                return self.hole(env.module, expr, "a format specification");
                            }
                        }
                    }
                }
            }
        }
        parts.into_iter().fold(Sym::atom(Atom::text("")), |all, part| self.add(&all, &part, expr, env))
    }

    pub(super) fn compare(&mut self, op: CmpOp, left: &Sym, right: &Sym, exprs: (&Expr, &Expr), module: usize) -> Sym {
        // What is computed is the positive test; its negation is what reads well.
        let (positive, negated) = match op {
            CmpOp::NotEq => (CmpOp::Eq, true),
            CmpOp::NotIn => (CmpOp::In, true),
            CmpOp::IsNot => (CmpOp::Is, true),
            other => (other, false),
        };
        let result = self.map(left, |lifter, a| {
            lifter.map(right, |lifter, b| lifter.compare_atoms((positive, negated), a, b, exprs, module))
        });
        let Some(mut truth) = self.as_bool(&result) else { return result };
        if negated {
            truth = truth.negate();
        }
        if truth.ok == ExprId::TRUE && (left.alts.len() > 1 || right.alts.len() > 1) {
            truth.fails = self.negation(truth.holds);
        }
        Sym::bool(if negated { truth.negate() } else { truth })
    }
}
