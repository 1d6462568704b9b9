//! The names of conditions.

use crate::source::nearest_or_longer;

/// What a match expression asks of its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Condition {
    Always(bool),
    Elements(Quantity),
    Test(Test),
}

/// How many elements of a list satisfy the inner expressions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quantity {
    Any,
    All,
    None,
    One,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Test {
    pub(super) base: Base,
    /// Without regard to case.
    pub(super) folds: bool,
    pub(super) negated: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Base {
    Equals,
    StartsWith,
    EndsWith,
    Contains,
    Has,
    In,
    Exists,
    Null,
    NullOrEmpty,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    Ip,
    Ip4,
    Ip6,
    IpPublic,
    IpPrivate,
    InCidr,
}

const fn test(base: Base, folds: bool, negated: bool) -> Condition {
    Condition::Test(Test { base, folds, negated })
}

/// Every name that the documentation or Panther's own tools attest, with the regular variants of the texts' conditions.
const NAMES: [(&str, Condition); 49] = [
    ("AlwaysTrue", Condition::Always(true)),
    ("AlwaysFalse", Condition::Always(false)),
    ("AnyElement", Condition::Elements(Quantity::Any)),
    ("AllElements", Condition::Elements(Quantity::All)),
    ("NoElement", Condition::Elements(Quantity::None)),
    ("OnlyOneElement", Condition::Elements(Quantity::One)),
    ("Equals", test(Base::Equals, false, false)),
    ("DoesNotEqual", test(Base::Equals, false, true)),
    ("IEquals", test(Base::Equals, true, false)),
    ("IDoesNotEqual", test(Base::Equals, true, true)),
    ("StartsWith", test(Base::StartsWith, false, false)),
    ("DoesNotStartWith", test(Base::StartsWith, false, true)),
    ("IStartsWith", test(Base::StartsWith, true, false)),
    ("IDoesNotStartWith", test(Base::StartsWith, true, true)),
    ("EndsWith", test(Base::EndsWith, false, false)),
    ("DoesNotEndWith", test(Base::EndsWith, false, true)),
    ("IEndsWith", test(Base::EndsWith, true, false)),
    ("IDoesNotEndWith", test(Base::EndsWith, true, true)),
    ("Contains", test(Base::Contains, false, false)),
    ("DoesNotContain", test(Base::Contains, false, true)),
    ("IContains", test(Base::Contains, true, false)),
    ("IDoesNotContain", test(Base::Contains, true, true)),
    ("Has", test(Base::Has, false, false)),
    ("DoesNotHave", test(Base::Has, false, true)),
    ("IsIn", test(Base::In, false, false)),
    ("IsNotIn", test(Base::In, false, true)),
    ("Exists", test(Base::Exists, false, false)),
    ("DoesNotExist", test(Base::Exists, false, true)),
    ("IsNull", test(Base::Null, false, false)),
    ("IsNotNull", test(Base::Null, false, true)),
    ("IsNullOrEmpty", test(Base::NullOrEmpty, false, false)),
    ("IsNotNullOrEmpty", test(Base::NullOrEmpty, false, true)),
    ("IsGreaterThan", test(Base::Greater, false, false)),
    ("IsGreaterThanOrEquals", test(Base::GreaterOrEqual, false, false)),
    ("IsGreaterThanOrEqual", test(Base::GreaterOrEqual, false, false)),
    ("IsGreaterThanOrEqualTo", test(Base::GreaterOrEqual, false, false)),
    ("IsLessThan", test(Base::Less, false, false)),
    ("IsLessThanOrEquals", test(Base::LessOrEqual, false, false)),
    ("IsLessThanOrEqual", test(Base::LessOrEqual, false, false)),
    ("IsLessThanOrEqualTo", test(Base::LessOrEqual, false, false)),
    ("IsIPAddress", test(Base::Ip, false, false)),
    ("IsNotIPAddress", test(Base::Ip, false, true)),
    ("IsIPv4Address", test(Base::Ip4, false, false)),
    ("IsNotIPv4Address", test(Base::Ip4, false, true)),
    ("IsIPv6Address", test(Base::Ip6, false, false)),
    ("IsNotIPv6Address", test(Base::Ip6, false, true)),
    ("IsIPAddressPublic", test(Base::IpPublic, false, false)),
    ("IsIPAddressPrivate", test(Base::IpPrivate, false, false)),
    ("IsIPAddressInCIDR", test(Base::InCidr, false, false)),
];

impl Condition {
    /// # Errors
    /// With the nearest name, when there is no such condition.
    pub(super) fn from_name(name: &str) -> Result<Self, Option<&'static str>> {
        let found = NAMES.iter().find(|(known, _)| *known == name).map(|(_, condition)| *condition);
        found.ok_or_else(|| nearest_or_longer(name, NAMES.iter().map(|(known, _)| *known)))
    }

    /// Panther's own documents disagree on the end of these names.
    pub(super) fn better_spelling(name: &str) -> Option<String> {
        let stem = name.strip_suffix("OrEqual").or_else(|| name.strip_suffix("OrEqualTo"))?;
        Some(format!("{stem}OrEquals"))
    }
}
