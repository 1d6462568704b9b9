//! Match expressions as a tree.

use crate::ir::FieldPath;
use serde_json::{Map, Value as Json, json};

/// What a match expression looks at; empty is the element of a list.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Key(Vec<String>);

impl Key {
    pub(super) fn of(field: &FieldPath) -> Self {
        Self(field.segments().iter().map(ToString::to_string).collect())
    }

    pub(super) fn field(&self) -> FieldPath {
        FieldPath::keys(&self.0)
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
    pub(super) fn all(members: Vec<Self>) -> Self {
        let mut members = Self::without_neutral(members, true);
        if members.len() == 1 { members.remove(0) } else { Self::Combined("All", members) }
    }

    /// Alternatives: equalities of one key with values of one type are one list.
    pub(super) fn any(members: Vec<Self>) -> Self {
        let mut joined: Vec<Self> = Vec::new();
        for member in Self::without_neutral(members, false) {
            let merged = joined.iter_mut().any(|known| known.take_in(&member));
            if !merged {
                joined.push(member);
            }
        }
        Self::join_null_and_empty(&mut joined);
        if joined.len() == 1 { joined.remove(0) } else { Self::Combined("Any", joined) }
    }

    /// The members that say something beside the others, for a combination that `neutral` leaves as it is; never none.
    pub(super) fn without_neutral(mut members: Vec<Self>, neutral: bool) -> Vec<Self> {
        if members.contains(&Self::Always(!neutral)) {
            return vec![Self::Always(!neutral)];
        }
        members.retain(|member| *member != Self::Always(neutral));
        if members.is_empty() { vec![Self::Always(neutral)] } else { members }
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
