//! Conditions on one value: when they hold and when they do not; neither is an exception.

use super::Reader;
use super::condition::{Base, Test};
use super::key::Key;
use crate::ir::{
    Case, Cmp, Coercion, Domain, ExprId, Function, Op, Operand, Outcome, Pattern, Place, Pool, Subject, TypeSet, Value,
};
use crate::source::Location;
use crate::syntax::{Node, NodeKind};
use std::sync::Arc;

/// What a value is compared with.
enum Right {
    Nothing,
    One(Value),
    Many(Vec<Value>),
    Other(Subject),
}

impl Reader<'_> {
    pub(super) fn tested(&mut self, node: &Node, test: Test) -> Outcome {
        let (left, right) = match self.sides(node) {
            Ok(sides) => sides,
            Err(reason) => return self.refuse(node, reason),
        };
        let at = Some(Location::main(node.span));
        let outcome = match self.outcome(test, &left, &right, at) {
            Ok(outcome) => outcome,
            Err(reason) => return self.refuse(node, reason),
        };
        if test.negated { Pool::outcome_not(outcome) } else { outcome }
    }

    fn sides(&mut self, node: &Node) -> Result<(Subject, Right), &'static str> {
        let has_key = ["Key", "KeyPath", "DeepKey", "Enrichment"].iter().any(|key| node.get(key).is_some());
        let values = node.get("Values").and_then(Node::as_seq);
        if !has_key && !self.in_element {
            let Some([first, second]) = values else {
                return Err("a match expression without a key compares two keys in `Values`");
            };
            let (first, second) = (Key::read(first)?, Key::read(second)?);
            return Ok((self.subject(&first), Right::Other(self.subject(&second))));
        }
        let key = if has_key { Key::read(node)? } else { Key::element() };
        let left = self.subject(&key);
        let right = match (node.get("Value"), values) {
            (Some(_), Some(_)) => return Err("a match expression has `Value` or `Values`"),
            (Some(value), None) => Right::One(constant(value).ok_or("a `Value` is a text, a number or a boolean")?),
            (None, Some(values)) => {
                let values = values.iter().map(constant).collect::<Option<Vec<_>>>();
                Right::Many(values.ok_or("`Values` are texts, numbers or booleans")?)
            }
            (None, None) => Right::Nothing,
        };
        Ok((left, right))
    }

    fn outcome(
        &mut self,
        test: Test,
        left: &Subject,
        right: &Right,
        at: Option<Location>,
    ) -> Result<Outcome, &'static str> {
        let case = if test.folds { Case::Insensitive } else { Case::Sensitive };
        let one = |this: &mut Self, holds: ExprId| Ok(this.pool.two_valued(holds));
        match (test.base, right) {
            (Base::Exists | Base::Null | Base::NullOrEmpty, Right::Nothing) => {
                let holds = self.presence(test.base, left, at);
                one(self, holds)
            }
            (Base::Ip | Base::Ip4 | Base::Ip6, Right::Nothing) => {
                let holds = self.is_address(test.base, left, at);
                one(self, holds)
            }
            (Base::IpPublic | Base::IpPrivate, Right::Nothing) => Ok(self.address_class(test.base, left, at)),
            (Base::Equals, Right::One(_) | Right::Other(_)) => {
                let to = operand(right).ok_or("this condition has a `Value`")?;
                let holds = self.pool.test(left.clone(), Op::Equal { to, case, coercion: Coercion::Python }, at);
                one(self, holds)
            }
            (Base::StartsWith | Base::EndsWith, Right::One(_) | Right::Other(_)) => {
                let place = if test.base == Base::StartsWith { Place::Start } else { Place::End };
                let holds = self.text_at(place, left, right, case, at)?;
                one(self, holds)
            }
            (Base::Contains, Right::One(value)) => Ok(self.contains(left, value, case, at)),
            (Base::Contains, Right::Many(values)) => {
                let members: Vec<Outcome> = values.iter().map(|value| self.contains(left, value, case, at)).collect();
                Ok(self.pool.outcome_or(&members, at))
            }
            (Base::Has, Right::One(value)) => {
                let holds = self.item_equals(left, value, case, at);
                one(self, holds)
            }
            (Base::In, Right::Many(values)) => {
                let holds = self.is_in(left, values, case, at);
                one(self, holds)
            }
            (
                Base::Greater | Base::GreaterOrEqual | Base::Less | Base::LessOrEqual,
                Right::One(_) | Right::Other(_),
            ) => self.ordered(test.base, left, right, at),
            (Base::InCidr, Right::One(_) | Right::Many(_)) => self.in_networks(left, right, at),
            (_, Right::Nothing) => Err("this condition has a `Value` or `Values`"),
            (Base::In, _) => Err("this condition has `Values`"),
            (_, Right::Many(_)) => Err("this condition has one `Value`"),
            _ => Err("this condition has no value"),
        }
    }

    /// A missing path is None: it is null, and it is empty.
    fn presence(&mut self, base: Base, left: &Subject, at: Option<Location>) -> ExprId {
        if base == Base::Exists {
            let missing = self.pool.test(left.clone(), Op::IsMissing, at);
            return self.pool.not(missing, at);
        }
        let there = self.pool.test(left.clone(), Op::Present, at);
        let null = self.pool.not(there, at);
        if base == Base::Null {
            return null;
        }
        let empty = self.pool.test(left.clone(), Op::IsEmpty, at);
        self.pool.or([null, empty], at)
    }

    fn is_address(&mut self, base: Base, left: &Subject, at: Option<Location>) -> ExprId {
        let text = self.pool.test(left.clone(), Op::TypeIs(TypeSet::STRING), at);
        let version = Subject::Call(Function::IpVersion, [left.clone()].into());
        let holds = match base {
            Base::Ip4 => self.pool.test(version, same(Value::Int(4)), at),
            Base::Ip6 => self.pool.test(version, same(Value::Int(6)), at),
            _ => self.pool.test(version, Op::Present, at),
        };
        self.pool.and([text, holds], at)
    }

    /// What is no address is an exception, a missing value false.
    fn address_class(&mut self, base: Base, left: &Subject, at: Option<Location>) -> Outcome {
        let function = if base == Base::IpPublic { Function::IpGlobal } else { Function::IpPrivate };
        let class = Subject::Call(function, [left.clone()].into());
        let holds = self.pool.test(class.clone(), same(Value::Bool(true)), at);
        let other = self.pool.test(class, same(Value::Bool(false)), at);
        let there = self.pool.test(left.clone(), Op::Present, at);
        let null = self.pool.not(there, at);
        Outcome { holds, fails: self.pool.or([other, null], at) }
    }

    fn text_at(
        &mut self,
        place: Place,
        left: &Subject,
        right: &Right,
        case: Case,
        at: Option<Location>,
    ) -> Result<ExprId, &'static str> {
        let op = match right {
            Right::One(Value::Str(text)) => {
                let pattern =
                    if place == Place::Start { Pattern::prefix(text.clone()) } else { Pattern::suffix(text.clone()) };
                Op::Matches { pattern, case, coercion: Coercion::None }
            }
            Right::Other(subject) => Op::HasText { place, text: Operand::Subject(Arc::new(subject.clone())), case },
            _ => return Err("this condition has a text as its `Value`"),
        };
        Ok(self.pool.test(left.clone(), op, at))
    }

    /// Part of a text; an item of a list, or a part of a text that is one; a key of an object. A missing value contains nothing, a
    /// number raises.
    fn contains(&mut self, left: &Subject, value: &Value, case: Case, at: Option<Location>) -> Outcome {
        let item = self.item_equals(left, value, case, at);
        let mut ways = vec![item];
        if let Value::Str(text) = value {
            let part = || Op::Matches { pattern: Pattern::contains(text.clone()), case, coercion: Coercion::None };
            ways.push(self.pool.test(left.clone(), part(), at));
            let body = self.pool.test(Subject::Element(0), part(), at);
            ways.push(self.pool.for_some(Subject::Items(Arc::new(left.clone())), body, at));
        }
        let keys = Subject::Call(Function::Keys, [left.clone()].into());
        ways.push(self.item_equals(&keys, value, case, at));
        let holds = self.pool.or(ways, at);
        let types = TypeSet::ARRAY.or(TypeSet::OBJECT).or(TypeSet::NULL);
        // `5 in "text"` raises as well.
        let types = if matches!(value, Value::Str(_)) { types.or(TypeSet::STRING) } else { types };
        let missing = self.pool.test(left.clone(), Op::IsMissing, at);
        let known = self.pool.test(left.clone(), Op::TypeIs(types), at);
        let able = self.pool.or([missing, known], at);
        let not = self.pool.not(holds, at);
        Outcome { holds, fails: self.pool.and([able, not], at) }
    }

    fn item_equals(&mut self, list: &Subject, value: &Value, case: Case, at: Option<Location>) -> ExprId {
        let op = Op::Equal { to: Operand::Value(value.clone()), case, coercion: Coercion::Python };
        let body = self.pool.test(Subject::Element(0), op, at);
        self.pool.for_some(Subject::Items(Arc::new(list.clone())), body, at)
    }

    /// The value is one of these, or a list that has one of them.
    fn is_in(&mut self, left: &Subject, values: &[Value], case: Case, at: Option<Location>) -> ExprId {
        let mut any = |subject: &Subject| {
            let op = |value: &Value| Op::Equal { to: value.clone().into(), case, coercion: Coercion::Python };
            let tests: Vec<ExprId> =
                values.iter().map(|value| self.pool.test(subject.clone(), op(value), at)).collect();
            self.pool.or(tests, at)
        };
        let (whole, body) = (any(left), any(&Subject::Element(0)));
        let item = self.pool.for_some(Subject::Items(Arc::new(left.clone())), body, at);
        self.pool.or([whole, item], at)
    }

    /// A missing value is not ordered; other types than the value's raise.
    fn ordered(
        &mut self,
        base: Base,
        left: &Subject,
        right: &Right,
        at: Option<Location>,
    ) -> Result<Outcome, &'static str> {
        let op = match base {
            Base::Greater => Cmp::Greater,
            Base::GreaterOrEqual => Cmp::GreaterOrEqual,
            Base::Less => Cmp::Less,
            _ => Cmp::LessOrEqual,
        };
        let numbers = TypeSet::INT.or(TypeSet::FLOAT).or(TypeSet::BOOL);
        let domains: &[(Domain, TypeSet)] = match right {
            Right::One(Value::Str(_)) => &[(Domain::String, TypeSet::STRING)],
            Right::One(_) => &[(Domain::Number, numbers)],
            _ => &[(Domain::Number, numbers), (Domain::String, TypeSet::STRING)],
        };
        let to = operand(right).ok_or("this condition has a `Value`")?;
        let (mut holds, mut able) = (Vec::new(), Vec::new());
        for (domain, types) in domains {
            let op = Op::Compare { op, domain: *domain, coercion: Coercion::Python, to: to.clone() };
            holds.push(self.pool.test(left.clone(), op, at));
            let mut both = vec![self.pool.test(left.clone(), Op::TypeIs(*types), at)];
            if let Right::Other(other) = right {
                both.push(self.pool.test(other.clone(), Op::TypeIs(*types), at));
            }
            able.push(self.pool.and(both, at));
        }
        for side in [Some(left), if let Right::Other(other) = right { Some(other) } else { None }].into_iter().flatten()
        {
            let there = self.pool.test(side.clone(), Op::Present, at);
            able.push(self.pool.not(there, at));
        }
        let holds = self.pool.or(holds, at);
        let (able, not) = (self.pool.or(able, at), self.pool.not(holds, at));
        Ok(Outcome { holds, fails: self.pool.and([able, not], at) })
    }

    /// What is no address is an exception, a missing value false.
    fn in_networks(&mut self, left: &Subject, right: &Right, at: Option<Location>) -> Result<Outcome, &'static str> {
        let values = match right {
            Right::One(value) => std::slice::from_ref(value),
            Right::Many(values) => values.as_slice(),
            _ => &[],
        };
        let mut tests = Vec::new();
        for value in values {
            let text = value.as_str().unwrap_or_default();
            let network =
                text.parse::<ipnet::IpNet>().ok().or_else(|| text.parse::<std::net::IpAddr>().ok().map(Into::into));
            let network = network.ok_or("the value of `IsIPAddressInCIDR` is a network")?;
            tests.push(self.pool.test(left.clone(), Op::InCidr(network.trunc()), at));
        }
        let holds = self.pool.or(tests, at);
        let address = self.is_address(Base::Ip, left, at);
        let there = self.pool.test(left.clone(), Op::Present, at);
        let null = self.pool.not(there, at);
        let (able, not) = (self.pool.or([address, null], at), self.pool.not(holds, at));
        Ok(Outcome { holds, fails: self.pool.and([able, not], at) })
    }
}

fn operand(right: &Right) -> Option<Operand> {
    match right {
        Right::One(value) => Some(Operand::Value(value.clone())),
        Right::Other(subject) => Some(Operand::Subject(Arc::new(subject.clone()))),
        Right::Nothing | Right::Many(_) => None,
    }
}

fn same(value: Value) -> Op {
    Op::Equal { to: Operand::Value(value), case: Case::Sensitive, coercion: Coercion::None }
}

fn constant(node: &Node) -> Option<Value> {
    match &node.kind {
        NodeKind::Bool(value) => Some(Value::Bool(*value)),
        NodeKind::Int(value) => Some(Value::Int(*value)),
        NodeKind::Float(value) => Some(Value::float(*value)),
        NodeKind::Str(scalar) => Some(Value::str(Arc::clone(&scalar.text))),
        NodeKind::DateTime(text) => Some(Value::str(text.as_str())),
        NodeKind::Null | NodeKind::Seq(_) | NodeKind::Map(_) => None,
    }
}
