//! Match expressions as a tree, and conditions as match expressions.

use crate::fidelity::{Effect, Loss, LossCode, Polarity, code};
use crate::ir::{Cmp, ExprId, ExprKind, FieldPath, Op, Pool, Subject};
use crate::source::Location;
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeSet;

/// How deep match expressions nest before nobody reads them.
const MAX_DEPTH: usize = 20;
/// Shared conditions are written out each time they are used, so the text has a limit.
const MAX_NODES: usize = 10_000;

/// What a match expression looks at; empty is the element of a list.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Key(Vec<String>);

impl Key {
    pub(super) fn of(field: &FieldPath) -> Self {
        Self(field.segments().iter().map(ToString::to_string).collect())
    }

    /// The element itself.
    pub(super) fn element() -> Self {
        Self(Vec::new())
    }

    /// `Key`, `KeyPath`, or `DeepKey` where a name is not plain.
    pub(super) fn to_json(&self) -> Map<String, Json> {
        let is_plain = |name: &String| {
            let letters = name.chars().all(|c| c.is_ascii_alphanumeric() || "_-@:".contains(c));
            letters && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        };
        let mut map = Map::new();
        match self.0.as_slice() {
            [] => {}
            [only] => drop(map.insert("Key".to_owned(), only.as_str().into())),
            several if several.iter().all(is_plain) => {
                map.insert("KeyPath".to_owned(), several.join(".").into());
            }
            several => drop(map.insert("DeepKey".to_owned(), json!(several))),
        }
        map
    }
}

/// A match expression.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Match {
    /// `All`, `Any`, `None`
    Combined(&'static str, Vec<Match>),
    /// A key and a condition, with `Value` or `Values` where the condition has some.
    Test {
        key: Key,
        condition: &'static str,
        values: Values,
    },
    /// Two keys compared.
    Keys(&'static str, Key, Key),
    /// A condition on the elements of a list.
    Elements {
        key: Key,
        condition: &'static str,
        expressions: Vec<Match>,
    },
    Always(bool),
}

/// What stands beside a condition.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Values {
    Nothing,
    One(Json),
    Many(Vec<Json>),
}

impl Match {
    pub(super) fn all(mut members: Vec<Self>) -> Self {
        if members.len() == 1 { members.remove(0) } else { Self::Combined("All", members) }
    }

    /// Alternatives: equalities of one key with values of one type are one list.
    pub(super) fn any(members: Vec<Self>) -> Self {
        let mut joined: Vec<Self> = Vec::new();
        for member in members {
            let merged = joined.iter_mut().any(|known| known.take_in(&member));
            if !merged {
                joined.push(member);
            }
        }
        Self::join_null_and_empty(&mut joined);
        if joined.len() == 1 { joined.remove(0) } else { Self::Combined("Any", joined) }
    }

    /// A key that is null, or has an empty value: one condition.
    fn join_null_and_empty(members: &mut Vec<Self>) {
        let plain = |key: &Key, condition| Self::Test { key: key.clone(), condition, values: Values::Nothing };
        let nulls = members.iter().filter_map(|member| match member {
            Self::Test { key, condition: "IsNull", .. } => Some(key.clone()),
            _ => None,
        });
        for key in nulls.collect::<Vec<_>>() {
            let empty = Self::Combined("All", vec![plain(&key, "IsNotNull"), plain(&key, "IsNullOrEmpty")]);
            if members.contains(&empty) {
                members.retain(|member| *member != empty && *member != plain(&key, "IsNull"));
                members.push(plain(&key, "IsNullOrEmpty"));
            }
        }
    }

    /// Whether another alternative could be taken into this one's list.
    fn take_in(&mut self, other: &Self) -> bool {
        let (
            Self::Test { key, condition, values },
            Self::Test { key: other_key, condition: other_condition, values: other_values },
        ) = (self, other)
        else {
            return false;
        };
        let list = match (&*condition, *other_condition) {
            (&("Equals" | "IsIn"), "Equals" | "IsIn") => "IsIn",
            (&"Contains", "Contains") => "Contains",
            _ => return false,
        };
        let listed = |values: &Values| match values {
            Values::Nothing => Vec::new(),
            Values::One(value) => vec![value.clone()],
            Values::Many(values) => values.clone(),
        };
        let all = [listed(values), listed(other_values)].concat();
        if key != other_key || !all.iter().all(Json::is_string) {
            return false;
        }
        *condition = list;
        *values = Values::Many(all);
        true
    }

    /// What holds where this does not; its own negated condition where there is one.
    pub(super) fn negated(self) -> Self {
        const OPPOSITES: [(&str, &str); 12] = [
            ("Equals", "DoesNotEqual"),
            ("IEquals", "IDoesNotEqual"),
            ("StartsWith", "DoesNotStartWith"),
            ("IStartsWith", "IDoesNotStartWith"),
            ("EndsWith", "DoesNotEndWith"),
            ("IEndsWith", "IDoesNotEndWith"),
            ("Contains", "DoesNotContain"),
            ("IContains", "IDoesNotContain"),
            ("IsIn", "IsNotIn"),
            ("Exists", "DoesNotExist"),
            ("IsNull", "IsNotNull"),
            ("IsNullOrEmpty", "IsNotNullOrEmpty"),
        ];
        let opposite = |name: &str| {
            let found = OPPOSITES.iter().find(|(one, other)| *one == name || *other == name);
            found.map(|(one, other)| if *one == name { *other } else { *one })
        };
        match self {
            Self::Always(value) => Self::Always(!value),
            Self::Combined("None", members) => Self::any(members),
            Self::Combined("Any", members) => Self::Combined("None", members),
            // `DoesNotContain` with a list is not attested.
            Self::Test { key, condition, values } if !matches!((condition, &values), ("Contains", Values::Many(_))) => {
                match opposite(condition) {
                    Some(condition) => Self::Test { key, condition, values },
                    None => Self::Combined("None", vec![Self::Test { key, condition, values }]),
                }
            }
            other => Self::Combined("None", vec![other]),
        }
    }

    pub(super) fn to_json(&self) -> Json {
        let list = |members: &[Self]| members.iter().map(Self::to_json).collect::<Json>();
        match self {
            Self::Combined(name, members) => json!({ *name: list(members) }),
            Self::Always(value) => json!({"Condition": if *value { "AlwaysTrue" } else { "AlwaysFalse" }}),
            Self::Keys(condition, left, right) => {
                json!({"Condition": condition, "Values": [left.to_json(), right.to_json()]})
            }
            Self::Test { key, condition, values } => {
                let mut map = key.to_json();
                map.insert("Condition".to_owned(), (*condition).into());
                match values {
                    Values::Nothing => {}
                    Values::One(value) => drop(map.insert("Value".to_owned(), value.clone())),
                    Values::Many(values) => drop(map.insert("Values".to_owned(), json!(values))),
                }
                Json::Object(map)
            }
            Self::Elements { key, condition, expressions } => {
                let mut map = key.to_json();
                map.insert("Condition".to_owned(), (*condition).into());
                map.insert("Expressions".to_owned(), list(expressions));
                Json::Object(map)
            }
        }
    }
}

pub(super) type Built = Result<Match, Box<Loss>>;

/// Conditions on their way to match expressions.
pub(super) struct Builder<'a> {
    pub(super) pool: &'a Pool,
    pub(super) losses: Vec<Loss>,
    pub(super) assumes: BTreeSet<String>,
    /// How many lists enclose the condition at hand.
    lists: usize,
    nodes: usize,
    depth: usize,
    polarity: Polarity,
    origin: Option<Location>,
}

impl<'a> Builder<'a> {
    pub(super) fn new(pool: &'a Pool) -> Self {
        Self {
            pool,
            losses: Vec::new(),
            assumes: BTreeSet::new(),
            lists: 0,
            nodes: 0,
            depth: 0,
            polarity: Polarity::Positive,
            origin: None,
        }
    }

    /// The condition as a list of match expressions that all hold.
    pub(super) fn conjuncts(&mut self, id: ExprId) -> Result<Vec<Match>, Box<Loss>> {
        match self.pool.kind(id) {
            ExprKind::And(members) => {
                let members = self.without_guards(members);
                members.into_iter().map(|member| self.expr(member)).collect()
            }
            _ => Ok(vec![self.expr(id)?]),
        }
    }

    /// The opposite of a condition.
    pub(super) fn none(&mut self, id: ExprId) -> Built {
        self.polarity = self.polarity.flip();
        let inner = self.expr(id);
        self.polarity = self.polarity.flip();
        Ok(inner?.negated())
    }

    pub(super) fn expr(&mut self, id: ExprId) -> Built {
        self.nodes += 1;
        self.depth += 1;
        if self.depth > MAX_DEPTH || self.nodes > MAX_NODES {
            return Err(self.no_form("a condition of this size or depth"));
        }
        let outer = self.origin;
        self.origin = self.pool.origin(id).or(outer);
        let built = self.kind(id);
        self.origin = outer;
        self.depth -= 1;
        built
    }

    fn kind(&mut self, id: ExprId) -> Built {
        match self.pool.kind(id) {
            ExprKind::True => Ok(Match::Always(true)),
            ExprKind::False => Ok(Match::Always(false)),
            ExprKind::And(_) => Ok(Match::all(self.conjuncts(id)?)),
            ExprKind::Or(members) => {
                let members = members.iter().map(|member| self.expr(*member)).collect::<Result<_, _>>()?;
                Ok(Match::any(members))
            }
            ExprKind::Not(inner) => self.none(*inner),
            ExprKind::Test(subject, op) => self.test(subject, op),
            ExprKind::ForSome(items, body) => self.for_some(items, *body),
            ExprKind::ForAll(items, body) => self.elements(items, *body, "AllElements"),
            ExprKind::FirstSome { items, holds, .. } => {
                let message = "an error on an item ends the source rule; the target looks at all items";
                self.lose(&code::ERROR_SEMANTICS, Effect::Widened, message);
                self.for_some(items, *holds)
            }
            ExprKind::Count { items, body, op: Cmp::Equal, number: 1 } => self.elements(items, *body, "OnlyOneElement"),
            ExprKind::Count { .. } => Err(self.no_form("a number of items")),
            ExprKind::Lineage(_) => Err(self.no_form("a relation between processes")),
            ExprKind::OpaqueTest { text, reason } => {
                let message = format!("`{text}` is not understood: {reason}");
                Err(Box::new(Loss::new(&code::OPAQUE, Effect::Unknown, message, self.origin)))
            }
        }
    }

    /// The members of a conjunction without presence tests that another test of the same value implies.
    fn without_guards(&self, members: &[ExprId]) -> Vec<ExprId> {
        let test = |id: ExprId| match self.pool.kind(id) {
            ExprKind::Test(subject, op) => Some((subject, op)),
            _ => None,
        };
        let is_guard = |op: &Op| matches!(op, Op::Present | Op::TypeIs(_));
        let implied = |subject: &Subject| {
            let asks = |op: &Op| !is_guard(op) && !matches!(op, Op::IsMissing | Op::IsNull);
            members.iter().filter_map(|id| test(*id)).any(|(other, op)| other == subject && asks(op))
        };
        let kept = |id: &ExprId| test(*id).is_none_or(|(subject, op)| !is_guard(op) || !implied(subject));
        members.iter().copied().filter(kept).collect()
    }

    /// Any value of a field that may hold one or several.
    fn for_some(&mut self, items: &Subject, body: ExprId) -> Built {
        if let (Subject::Elements(inner), Some(tests)) = (items, self.equalities(body)) {
            let key = self.key(inner)?;
            return Ok(Match::Test { key, condition: "IsIn", values: Values::Many(tests) });
        }
        self.elements(items, body, "AnyElement")
    }

    /// The texts that an item has to equal, with case: `IsIn` takes a value and a list alike.
    fn equalities(&self, body: ExprId) -> Option<Vec<Json>> {
        let members = match self.pool.kind(body) {
            ExprKind::Or(members) => members.as_slice(),
            _ => &[body],
        };
        members
            .iter()
            .map(|id| match self.pool.kind(*id) {
                ExprKind::Test(Subject::Element(0), op) => super::test::exact_text(op).map(Json::from),
                _ => None,
            })
            .collect()
    }

    fn elements(&mut self, items: &Subject, body: ExprId, condition: &'static str) -> Built {
        let (Subject::Elements(inner) | Subject::Items(inner)) = items else {
            return Err(self.no_form("a search over all fields or a computed list"));
        };
        let key = self.key(inner)?;
        self.assume(inner, "a list");
        if body == ExprId::TRUE {
            return Ok(Match::Test { key, condition: "IsNotNullOrEmpty", values: Values::Nothing });
        }
        self.lists += 1;
        let expressions = self.conjuncts(body);
        self.lists -= 1;
        Ok(Match::Elements { key, condition, expressions: expressions? })
    }

    /// What a term is called; it has to lie in the event, or in the element of the innermost list.
    pub(super) fn key(&mut self, subject: &Subject) -> Result<Key, Box<Loss>> {
        match subject {
            Subject::Field(path) if self.lists == 0 && !path.segments().is_empty() => Ok(Key::of(path)),
            Subject::Element(0) => Ok(Key::element()),
            Subject::Member(inner, path) if **inner == Subject::Element(0) => Ok(Key::of(path)),
            Subject::Field(_) | Subject::Element(_) | Subject::Member(..) => {
                Err(self.no_form("a value from outside the list whose items are tested"))
            }
            Subject::Opaque { text, reason } => {
                let message = format!("`{text}` is not understood: {reason}");
                Err(Box::new(Loss::new(&code::OPAQUE, Effect::Unknown, message, self.origin)))
            }
            _ => Err(self.no_form("a computed value")),
        }
    }

    /// States what a field has to hold so that its condition does not end the rule.
    pub(super) fn assume(&mut self, subject: &Subject, what: &str) {
        let name = match subject {
            Subject::Field(path) | Subject::Member(_, path) => path.name(),
            _ => return,
        };
        self.assumes.insert(format!("`{name}` holds {what} where it is present"));
    }

    pub(super) fn lose(&mut self, code: &'static LossCode, effect: Effect, message: impl Into<String>) {
        let loss = Loss::new(code, self.polarity.apply(effect), message, self.origin);
        if !self.losses.contains(&loss) {
            self.losses.push(loss);
        }
    }

    /// A construct without a form in match expressions.
    #[expect(clippy::unnecessary_box_returns, reason = "what `Result`s of this module hold")]
    pub(super) fn no_form(&self, what: &str) -> Box<Loss> {
        let message = format!("{what} has no form in a Simple Detection");
        Box::new(Loss::new(&code::LOGIC, Effect::Unknown, message, self.origin))
    }
}
