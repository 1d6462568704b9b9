//! `ipaddress`: addresses and networks.

use super::Lifter;
use super::call::Site;
use super::raise::Error;
use super::value::{Atom, Sym, Truth};
use crate::ir::{Function, Op, Subject, Value};
use crate::source::Location;
use ipnet::IpNet;

impl Lifter<'_> {
    /// `ip_address(x)`: version 4 or 6, or either.
    pub(super) fn ip_address(&mut self, value: &Sym, version: Option<i64>, site: Site<'_>) -> Sym {
        self.map(value, |lifter, atom| {
            let (subject, at) = match atom {
                Atom::Term(subject, at) => (subject.clone(), *at),
                Atom::Const(value, at) => (Subject::Constant(value.clone()), *at),
                Atom::Seq(..) | Atom::Dict(_) => return lifter.raises(Error::Address),
                Atom::Opaque(hole) => return lifter.unknown(site, hole.reason.clone()),
                _ => return lifter.unknown(site, "the address of this value"),
            };
            let known = Subject::Call(Function::IpVersion, [subject.clone()].into());
            let valid = if let Some(version) = version {
                lifter.equal_to(&known, Value::Int(version), at)
            } else {
                let missing = lifter.pool.test(known, Op::IsMissing, at);
                lifter.negation(missing)
            };
            lifter.note_raise(valid, Error::Address);
            Sym::when(valid, Atom::Address(subject, at))
        })
    }

    /// `ip_network(x)`
    pub(super) fn ip_network(&mut self, value: &Sym, site: Site<'_>) -> Sym {
        self.map(value, |lifter, atom| match atom {
            Atom::Const(Value::Str(text), _) => match network(text) {
                Some(network) => Sym::atom(Atom::Network(network)),
                None => lifter.raises(Error::Value),
            },
            Atom::Term(subject, at) => {
                let private = Subject::Call(Function::NetPrivate, [subject.clone()].into());
                let missing = lifter.pool.test(private, Op::IsMissing, *at);
                let valid = lifter.negation(missing);
                lifter.note_raise(valid, Error::Value);
                Sym::when(valid, Atom::NetworkOf(subject.clone(), *at))
            }
            Atom::Opaque(hole) => lifter.unknown(site, hole.reason.clone()),
            _ => lifter.unknown(site, "the network of this value"),
        })
    }

    /// An attribute of an address or a network.
    pub(super) fn address_attribute(&mut self, owner: &Atom, name: &str) -> Option<Sym> {
        let (function, subject, at) = match (owner, name) {
            (Atom::Address(subject, at), "is_private") => (Function::IpPrivate, subject, *at),
            (Atom::Address(subject, at), "is_global") => (Function::IpGlobal, subject, *at),
            (Atom::Address(subject, at), "is_loopback") => (Function::IpLoopback, subject, *at),
            (Atom::Address(subject, at), "version") => (Function::IpVersion, subject, *at),
            (Atom::NetworkOf(subject, at), "is_global") => (Function::NetGlobal, subject, *at),
            (Atom::NetworkOf(subject, at), "is_private") => (Function::NetPrivate, subject, *at),
            (Atom::NetworkOf(subject, at), "version") => (Function::NetVersion, subject, *at),
            (Atom::Network(network), "version" | "is_global" | "is_private") => {
                let text = Subject::Constant(Value::str(network.to_string()));
                return self.address_attribute(&Atom::NetworkOf(text, None), name);
            }
            (Atom::NetworkOf(..) | Atom::Network(_), "network_address") => {
                return Some(Sym::atom(Atom::Method(Box::new(owner.clone()), name.into())));
            }
            // Its first address has the version of the network.
            (Atom::Method(network, attribute), "version") if &**attribute == "network_address" => {
                return self.address_attribute(&network.clone(), name);
            }
            _ => return None,
        };
        let term = Subject::Call(function, [subject.clone()].into());
        if name == "version" {
            return Some(Sym::atom(Atom::Term(term, at)));
        }
        let test = self.equal_to(&term, Value::Bool(true), at);
        let truth = self.truth(crate::ir::ExprId::TRUE, test);
        Some(Sym::bool(truth))
    }

    /// `network.subnet_of(other)`; another version raises.
    pub(super) fn subnet_of(&mut self, subject: &Subject, at: Option<Location>, network: IpNet) -> Sym {
        let other = Subject::Constant(Value::str(network.to_string()));
        let within = Subject::Call(Function::NetWithin, [subject.clone(), other].into());
        let missing = self.pool.test(within.clone(), Op::IsMissing, at);
        let ok = self.negation(missing);
        self.note_raise(ok, Error::Type);
        let test = self.equal_to(&within, Value::Bool(true), at);
        let truth = self.truth(ok, test);
        Sym::bool(truth)
    }

    /// `address in network`; another version is in no network.
    pub(super) fn in_network(&mut self, subject: &Subject, at: Option<Location>, network: &IpNet) -> Truth {
        let version = if matches!(network, IpNet::V4(_)) { 4 } else { 6 };
        let known = Subject::Call(Function::IpVersion, [subject.clone()].into());
        let same = self.equal_to(&known, Value::Int(version), at);
        let inside = self.pool.test(subject.clone(), Op::InCidr(*network), at);
        let test = self.pool.and([same, inside], at);
        self.truth(crate::ir::ExprId::TRUE, test)
    }
}

fn network(text: &str) -> Option<IpNet> {
    let network: IpNet = match text.parse() {
        Ok(network) => network,
        Err(_) => IpNet::from(text.parse::<std::net::IpAddr>().ok()?),
    };
    (network.network() == network.addr()).then_some(network)
}
