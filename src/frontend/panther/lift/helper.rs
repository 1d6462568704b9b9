//! The helpers that emitted modules carry: what has loops in it is known by its name and text ([`crate::lang::python::helpers`]).

use super::Lifter;
use super::call::Arguments;
use super::value::{Atom, SeqKind, Sym};
use crate::ir::{ExprId, Op, Subject, Value};
use crate::lang::python::ast::StmtFunctionDef;
use crate::lang::python::helpers::helper;
use ipnet::IpNet;
use std::sync::Arc;

impl Lifter<'_> {
    /// What a helper gives for these arguments. `None` where the function is none, or runs as any other.
    pub(super) fn call_of_helper(
        &mut self,
        module: usize,
        function: &StmtFunctionDef,
        arguments: &Arguments,
    ) -> Option<Sym> {
        let known = helper(&function.name)?;
        let source = self.unit.file(self.modules.get(module)?.source);
        let range = function.range.start().to_usize()..function.range.end().to_usize();
        if source.text.get(range)? != known.text {
            return None;
        }
        match (known.name, arguments.positional.as_slice()) {
            ("values", [value]) => {
                let value = value.clone();
                Some(self.map(&value, |_, atom| values_of(atom)))
            }
            ("leaves", [event]) => matches!(event.single(), Some(Atom::Event)).then(|| Sym::atom(Atom::Leaves)),
            ("in_network", [value, network]) => {
                let network: IpNet = network.as_const()?.as_str()?.parse().ok()?;
                // IPv4 inside IPv6 counts as IPv4, so that it is in no network of IPv6.
                let mapped = std::net::Ipv4Addr::UNSPECIFIED.to_ipv6_mapped();
                if matches!(network, IpNet::V6(v6) if v6.contains(&mapped) || v6.network().to_ipv4_mapped().is_some()) {
                    return None;
                }
                let Some(Atom::Term(subject, at)) = value.single() else { return None };
                let test = self.pool.test(subject.clone(), Op::InCidr(network), *at);
                let truth = self.truth(ExprId::TRUE, test);
                Some(self.after(value.ok, Sym::bool(truth)))
            }
            _ => None,
        }
    }
}

/// The values of a field one by one.
fn values_of(value: &Atom) -> Sym {
    let items = |items: Vec<Sym>| Sym::atom(Atom::Seq(SeqKind::List, items.into()));
    match value {
        Atom::Term(subject, at) => Sym::atom(Atom::Term(Subject::Elements(Arc::new(subject.clone())), *at)),
        Atom::Const(Value::Null, _) => items(Vec::new()),
        other => items(vec![Sym::atom(other.clone())]),
    }
}
