//! Conditions: a hash-consed graph of two-valued expressions.
//!
//! **Two values.** An [`Expr`](ExprKind) is true or false on every event, never unknown. A dialect with a third outcome (null in
//! ES|QL and SQL, an exception in Panther's Python) is lowered to two expressions, an [`Outcome`]: what makes the condition
//! definitely true and what makes it definitely false. Neither is the third outcome; on multi-values both can hold.
//! DESIGN section 4 has the table of dialects.
//!
//! **Presence is explicit.** A test on a field that is missing is false, except [`Op::IsMissing`] (and an [`Op::Equal`] to
//! null never holds for a missing field: that is what [`Op::IsNull`] is for a present one).

use super::{Case, FieldPath, Pattern, Regex, Value};
use crate::source::Location;
use indexmap::IndexMap;
use ipnet::IpNet;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A node of a [`Pool`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct ExprId(u32);

impl ExprId {
    pub const TRUE: Self = Self(0);
    pub const FALSE: Self = Self(1);

    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// When a condition is definitely true and when it is definitely false. Two-valued dialects have `fails == not holds`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    pub holds: ExprId,
    pub fails: ExprId,
}

/// An expression. Children are nodes of the same pool.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExprKind {
    True,
    False,
    /// All hold. Two or more members, no nested `And`, order as written.
    And(Vec<ExprId>),
    /// At least one holds. Two or more members, no nested `Or`, order as written.
    Or(Vec<ExprId>),
    Not(ExprId),
    /// The subject's one value passes the test.
    Test(Subject, Op),
    /// At least one item of the collection satisfies the body; false on an empty collection. The item is
    /// [`Subject::Element`] 0 inside the body; enclosing quantifiers' items are 1, 2, ...
    ForSome(Subject, ExprId),
    /// Every item satisfies the body; true on an empty collection.
    ForAll(Subject, ExprId),
    /// Ordered: goes through the items until one `holds` or `raises`; true when that one `holds` (also when it does both).
    /// Python's `any` and loops with an early return: what raises first ends the rule.
    FirstSome {
        items: Subject,
        holds: ExprId,
        raises: ExprId,
    },
    /// The number of items that satisfy the body compares so with `number`.
    Count {
        items: Subject,
        body: ExprId,
        op: Cmp,
        number: u64,
    },
    /// A hole: a part of the condition that is kept as text, with the reason. Evaluation reports it, never guesses.
    OpaqueTest {
        text: Arc<str>,
        reason: Arc<str>,
    },
}

/// A term: what a test looks at.
///
/// Where a collection is wanted, any other term is the collection of its one value, empty when it is missing. Where one value is
/// wanted, a collection is the array of its items.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// The whole value of a field: an array is one value, as Python sees it. Several values (`a.b` over an array of objects) are one
    /// array; in an Elasticsearch document a field without any value but null is missing.
    Field(FieldPath),
    /// A collection: the values of every leaf field whose dotted name matches the pattern (`*` for keyword searches). Arrays
    /// count item by item, nulls not at all. Names compare with case in Elasticsearch documents only.
    AnyField(Pattern),
    /// A collection: the values of the subject, arrays flattened at every level and through arrays of objects; a scalar is the
    /// scalar alone; missing and null give nothing. Any-of, the meaning of a field test in Sigma, KQL and EQL.
    Elements(Arc<Subject>),
    /// A collection: the items of an array in order, as they are. What is not an array has no items.
    Items(Arc<Subject>),
    /// The item bound by the n-th enclosing quantifier, 0 the innermost.
    Element(u8),
    /// A path below another subject, by the rule's event model.
    Member(Arc<Subject>, FieldPath),
    Constant(Value),
    /// A function's result; missing when it has none ([`Function`] says when).
    Call(Function, Arc<[Subject]>),
    /// The first term when the expression holds, else the second.
    If(ExprId, Arc<Subject>, Arc<Subject>),
    /// A collection: goes through the items in order, ends before the first for which `stop` holds, and gives the `value` (null
    /// where it is missing) of each other one for which `keep` holds. In the three parts the item is [`Subject::Element`] 0.
    /// Python's comprehensions, and loops that append.
    Collect {
        items: Arc<Subject>,
        stop: ExprId,
        keep: ExprId,
        value: Arc<Subject>,
    },
    /// A term that is kept as text, with the reason.
    Opaque {
        text: Arc<str>,
        reason: Arc<str>,
    },
}

/// Comparison operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Cmp {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Cmp {
    /// Whether `left op right`, given how they are ordered.
    pub fn holds(self, ordering: std::cmp::Ordering) -> bool {
        match self {
            Self::Equal => ordering.is_eq(),
            Self::NotEqual => ordering.is_ne(),
            Self::Less => ordering.is_lt(),
            Self::LessOrEqual => ordering.is_le(),
            Self::Greater => ordering.is_gt(),
            Self::GreaterOrEqual => ordering.is_ge(),
        }
    }

    pub fn symbol(self) -> &'static str {
        match self {
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }
}

/// In what order two values compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Domain {
    /// By Unicode code points.
    String,
    Number,
    Ip,
    /// Instants: ISO 8601 text (UTC without an offset), epoch milliseconds as numbers or digits.
    Date,
    /// Dotted version numbers: numbers before words, a pre-release (`-rc1`) before its release.
    Version,
}

/// What is done to an event's value before it meets the constant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Coercion {
    /// Nothing: another type is not equal and not ordered. Numbers are one type: `1` equals `1.0`.
    None,
    /// Scalars compare by their text: Sigma's strings, Elasticsearch's keyword fields (`4625` and `"4625"`, `true` and `"true"`).
    Text,
    /// Text that is a number (on either side) counts as that number: Elasticsearch's numeric fields, Sigma's numbers. Texts that are
    /// the same are equal.
    Number,
    /// Python: `1 == True == 1.0`.
    Python,
}

/// JSON types as a set of bits, for [`Op::TypeIs`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize, JsonSchema)]
pub struct TypeSet(u8);

impl TypeSet {
    pub const NULL: Self = Self(1);
    pub const BOOL: Self = Self(1 << 1);
    /// A number without a fraction as it is written.
    pub const INT: Self = Self(1 << 2);
    pub const FLOAT: Self = Self(1 << 3);
    pub const STRING: Self = Self(1 << 4);
    pub const ARRAY: Self = Self(1 << 5);
    pub const OBJECT: Self = Self(1 << 6);

    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// The names of the types in it, in the order of their bits.
    pub fn names(self) -> Vec<&'static str> {
        ["null", "bool", "int", "float", "string", "array", "object"]
            .into_iter()
            .enumerate()
            .filter(|(bit, _)| self.0 & (1 << bit) != 0)
            .map(|(_, name)| name)
            .collect()
    }
}

/// The other side of an equality or comparison.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Operand {
    Value(Value),
    /// Another subject; the test is false when it is missing.
    Subject(Arc<Subject>),
}

impl<T: Into<Value>> From<T> for Operand {
    fn from(value: T) -> Self {
        Self::Value(value.into())
    }
}

/// A test of one value. Every test but [`Op::IsMissing`] is false when the value is missing.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Op {
    /// The path leads nowhere.
    IsMissing,
    /// A value is there and it is null.
    IsNull,
    /// A value is there and it is `""`, `[]` or `{}`.
    IsEmpty,
    /// Neither missing nor null.
    Present,
    TypeIs(TypeSet),
    /// Strings compare with `case`; lists and objects as wholes, item by item.
    Equal {
        to: Operand,
        case: Case,
        coercion: Coercion,
    },
    /// False when a side is not of the domain after the coercion.
    Compare {
        op: Cmp,
        domain: Domain,
        coercion: Coercion,
        to: Operand,
    },
    /// The whole text fits the pattern. Non-strings count only under [`Coercion::Text`].
    Matches {
        pattern: Pattern,
        case: Case,
        coercion: Coercion,
    },
    /// The text fits the expression. Non-strings count only under [`Coercion::Text`]. One that cannot be run is a hole.
    Regex {
        regex: Regex,
        coercion: Coercion,
    },
    /// An IP address inside the network. What does not parse as an address is not in it.
    InCidr(#[schemars(with = "String")] IpNet),
    /// One of the words of an analysed text is this one (Elasticsearch `match` on `text`): lower-cased words of letters and digits.
    Token(Arc<str>),
    /// The words stand next to each other in this order (`match_phrase` on `text`).
    Phrase(Arc<str>),
    /// Python's `x in y`: the text of the subject occurs in the operand's text (`x in "abc"`), or the subject equals an item of the
    /// operand's list (as [`Coercion::Python`] compares), or it is a key of the operand's object (found as the rule's event model
    /// finds keys). The operand is a subject, a text or a list.
    ContainedIn {
        container: Operand,
        case: Case,
    },
    /// The subject's text has the operand's text in it at the place (a field in a field).
    HasText {
        place: Place,
        text: Operand,
        case: Case,
    },
}

/// Where a text stands in another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    Start,
    End,
    Anywhere,
}

/// Functions of terms. Missing arguments, and arguments of another type than the one named, give a missing result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Function {
    /// Text in lower case (full Unicode).
    Lower,
    /// Text in upper case (full Unicode).
    Upper,
    /// Characters of a text, items of an array, entries of an object.
    Length,
    /// The text of any scalar as JSON writes it; in a Panther event as Python does (`True`, `None`).
    ToText,
    /// The number of a number or of a text in base 10 (second argument: another base).
    ToNumber,
    /// All arguments' texts ([`Self::ToText`]) in a row.
    Concat,
    /// Text, start, optional end: characters, negative from the end, positions outside are the ends; EQL and Python agree.
    Substring,
    /// Text, part, optional start: the first place of the part, missing when there is none.
    IndexOf,
    /// Text, left, right: what stands between the first left and the first right after it; missing without them.
    Between,
    /// Text, separator (none: runs of white space): an array.
    Split,
    /// Text, optional characters: without them on both ends.
    Strip,
    /// Text, old, new: every occurrence replaced.
    Replace,
    /// Array, object or text, and an index or a key: an item, a value, a character; negative indexes count from the end.
    Index,
    /// The keys of an object: an array.
    Keys,
    /// The values of an object: an array.
    Values,
    /// Parsed JSON text.
    ParseJson,
    /// Object, keys: the value under exactly these keys, case included, one object below the other. Lists are not entered.
    Key,
    /// Panther's `deep_walk`: object, default, which (`all`, `first`, `last`), keys. Walks objects by exact keys and lists item by
    /// item; what it finds, each once, a single value bare; missing where Python raises (reference: panther.md section 6).
    DeepWalk,
    /// Python's `int(x)`: of a number towards zero, of a boolean, of a text in base 10; missing where it raises.
    ToInt,
    /// Python's `float(x)`.
    ToFloat,
    /// 4 or 6 for what Python's `ip_address` takes: the text of an address or a whole number; missing where it raises.
    IpVersion,
    /// Python's `str()` of a list or an object: of the event's when the second argument is true, which shows its wrapper.
    Repr,
    /// Whether a network is public, by Python's `is_global`; missing where `ip_network` raises.
    NetGlobal,
    /// Whether such an address is private, by Python's `is_private`.
    IpPrivate,
    /// Whether such an address is public, by Python's `is_global`.
    IpGlobal,
    /// Whether such an address is a loopback address.
    IpLoopback,
    /// A network (`10.0.0.0/8`; an address is a network of one) of which first and last address are private; missing where
    /// Python's `ip_network` raises, as for host bits that are set.
    NetPrivate,
    /// Of two numbers: the quotient as a real number, as Python's `/`. By zero: missing.
    Quotient,
    /// All arguments as an array, a missing one as null.
    List,
    /// Lists one after the other: an array; missing when an argument is no array.
    Chain,
    /// An array's items without those that equal an earlier one, as Python compares.
    Distinct,
    /// An array of pairs as an object: the last value of a key counts. Keys have to be texts.
    ToObject,
    /// Array, separator: the items, which have to be texts, with the separator between them.
    Join,
    /// The pairs of an object: an array of arrays of key and value.
    Pairs,
    /// Text, optional characters: without them at its start.
    StripStart,
    /// Text, optional characters: without them at its end.
    StripEnd,
    /// Text, separator, number: an array of at most number + 1 parts, split from the left.
    SplitLimit,
    /// Text, separator, number: as [`Self::SplitLimit`], split from the right.
    SplitLast,
    /// Array or text, start, optional end: items or characters, positions as for [`Self::Substring`].
    Slice,
    /// What a Python loop goes through: an array's items, an object's keys, a text's characters, as an array.
    Iterate,
    Add,
    Subtract,
    Multiply,
    /// Of two integers: an integer, rounded towards zero (Elasticsearch EQL). By zero: missing.
    Divide,
    /// The remainder, with the sign of the first argument. By zero: missing.
    Modulo,
    /// A part of a date as a number. ISO 8601 text gives the part that it shows, whatever its offset (Sigma Modifiers 2.1.0,
    /// "Time Modifiers": no conversion of time zones); epoch milliseconds, as a number or digits, give the part in UTC.
    DatePart(DatePart),
}

/// The parts of a date that Sigma names (Sigma Modifiers 2.1.0, "Time Modifiers").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DatePart {
    /// 0 to 59.
    Minute,
    /// 0 to 23.
    Hour,
    /// Of the month, 1 to 31.
    Day,
    /// Of the year as ISO 8601 counts them, 1 to 53: week 1 has the year's first Thursday.
    Week,
    /// 1 to 12.
    Month,
    Year,
}

impl DatePart {
    /// As Sigma names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Year => "year",
        }
    }
}

/// A rule's expressions, each there once. Nodes 0 and 1 are true and false.
#[derive(Debug, Clone)]
pub struct Pool {
    nodes: IndexMap<ExprKind, Option<Location>>,
    budget: usize,
    exceeded: bool,
}

/// Enough for the largest rules seen (a few thousand) with room to spare.
pub const DEFAULT_BUDGET: usize = 200_000;

impl Default for Pool {
    fn default() -> Self {
        Self::with_budget(DEFAULT_BUDGET)
    }
}

impl Pool {
    /// A pool that refuses to grow beyond `budget` nodes.
    pub fn with_budget(budget: usize) -> Self {
        let mut nodes = IndexMap::new();
        nodes.insert(ExprKind::True, None);
        nodes.insert(ExprKind::False, None);
        Self { nodes, budget, exceeded: false }
    }

    /// The nodes in order, children before parents: what a native program holds.
    pub fn nodes(&self) -> impl Iterator<Item = &ExprKind> {
        self.nodes.keys()
    }

    /// A pool of nodes in this order.
    ///
    /// # Errors
    /// When the first two are not true and false, a node stands twice, or one names a node that does not come before it.
    pub fn from_nodes(nodes: Vec<ExprKind>) -> Result<Self, String> {
        if !matches!(nodes.as_slice(), [ExprKind::True, ExprKind::False, ..]) {
            return Err("the first two expressions have to be true and false".to_owned());
        }
        let mut pool = Self::with_budget(nodes.len());
        for (index, kind) in nodes.into_iter().enumerate() {
            if super::children(&kind).iter().any(|child| child.index() >= index) {
                return Err(format!("expression {index} names one that does not come before it"));
            }
            if pool.add(kind, None).index() != index {
                return Err(format!("expression {index} stands twice"));
            }
        }
        Ok(pool)
    }

    /// Whether a node was refused. The rule's logic is then not to be trusted: its front-end makes it opaque.
    pub fn is_exceeded(&self) -> bool {
        self.exceeded
    }

    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    pub fn is_empty(&self) -> bool {
        false
    }

    /// The node of an id of this pool.
    pub fn kind(&self, id: ExprId) -> &ExprKind {
        self.nodes.get_index(id.index()).map_or(&ExprKind::False, |(kind, _)| kind)
    }

    /// Where the expression was first written.
    pub fn origin(&self, id: ExprId) -> Option<Location> {
        self.nodes.get_index(id.index()).and_then(|(_, origin)| *origin)
    }

    /// The node, made if it is not there yet. The first origin stays.
    pub fn add(&mut self, kind: ExprKind, origin: Option<Location>) -> ExprId {
        if let Some((index, _, known)) = self.nodes.get_full_mut(&kind) {
            if known.is_none() {
                *known = origin;
            }
            return ExprId(u32::try_from(index).unwrap_or(0));
        }
        if self.nodes.len() >= self.budget {
            self.exceeded = true;
            return ExprId::FALSE;
        }
        let (index, _) = self.nodes.insert_full(kind, origin);
        ExprId(u32::try_from(index).unwrap_or(0))
    }

    pub fn test(&mut self, subject: Subject, op: Op, origin: Option<Location>) -> ExprId {
        self.add(ExprKind::Test(subject, op), origin)
    }

    /// The conjunction: flattened, without `true`, `false` if a member is.
    pub fn and(&mut self, members: impl IntoIterator<Item = ExprId>, origin: Option<Location>) -> ExprId {
        self.junction(members, origin, ExprId::TRUE, ExprId::FALSE)
    }

    /// The disjunction: flattened, without `false`, `true` if a member is.
    pub fn or(&mut self, members: impl IntoIterator<Item = ExprId>, origin: Option<Location>) -> ExprId {
        self.junction(members, origin, ExprId::FALSE, ExprId::TRUE)
    }

    fn junction(
        &mut self,
        members: impl IntoIterator<Item = ExprId>,
        origin: Option<Location>,
        unit: ExprId,
        zero: ExprId,
    ) -> ExprId {
        let conjunction = unit == ExprId::TRUE;
        let mut flat = Vec::new();
        for member in members {
            match self.kind(member) {
                ExprKind::And(inner) if conjunction => flat.extend_from_slice(inner),
                ExprKind::Or(inner) if !conjunction => flat.extend_from_slice(inner),
                _ if member == unit => {}
                _ if member == zero => return zero,
                _ => flat.push(member),
            }
        }
        let mut seen = std::collections::HashSet::new();
        flat.retain(|member| seen.insert(*member));
        match flat.as_slice() {
            [] => unit,
            [only] => *only,
            _ if conjunction => self.add(ExprKind::And(flat), origin),
            _ => self.add(ExprKind::Or(flat), origin),
        }
    }

    /// The complement; double negation disappears.
    pub fn not(&mut self, id: ExprId, origin: Option<Location>) -> ExprId {
        match self.kind(id) {
            ExprKind::Not(inner) => *inner,
            ExprKind::True => ExprId::FALSE,
            ExprKind::False => ExprId::TRUE,
            _ => self.add(ExprKind::Not(id), origin),
        }
    }

    /// The node through the constructors that keep junctions flat and negations single: what a rewrite hands back.
    pub fn rebuild(&mut self, kind: ExprKind, origin: Option<Location>) -> ExprId {
        match kind {
            ExprKind::And(members) => self.and(members, origin),
            ExprKind::Or(members) => self.or(members, origin),
            ExprKind::Not(inner) => self.not(inner, origin),
            ExprKind::ForSome(items, body) => self.for_some(items, body, origin),
            other => self.add(other, origin),
        }
    }

    /// At least one item of `items` satisfies `body`.
    pub fn for_some(&mut self, items: Subject, body: ExprId, origin: Option<Location>) -> ExprId {
        if body == ExprId::FALSE { body } else { self.add(ExprKind::ForSome(items, body), origin) }
    }

    /// Any value of the field passes the test: what `field: x` means in Sigma, KQL and EQL.
    pub fn any_of(&mut self, field: FieldPath, op: Op, origin: Option<Location>) -> ExprId {
        let body = self.test(Subject::Element(0), op, origin);
        self.for_some(Subject::Elements(Arc::new(Subject::Field(field))), body, origin)
    }

    /// The field has at least one value: `f: *` in KQL, `f != null` in EQL.
    pub fn exists(&mut self, field: FieldPath, origin: Option<Location>) -> ExprId {
        self.for_some(Subject::Elements(Arc::new(Subject::Field(field))), ExprId::TRUE, origin)
    }

    /// An [`Outcome`] of a two-valued dialect.
    pub fn two_valued(&mut self, holds: ExprId) -> Outcome {
        let origin = self.origin(holds);
        Outcome { holds, fails: self.not(holds, origin) }
    }

    pub fn outcome_not(outcome: Outcome) -> Outcome {
        Outcome { holds: outcome.fails, fails: outcome.holds }
    }

    /// Three-valued conjunction (Kleene): true when all are, false when one is.
    pub fn outcome_and(&mut self, members: &[Outcome], origin: Option<Location>) -> Outcome {
        let holds = self.and(members.iter().map(|member| member.holds), origin);
        let fails = self.or(members.iter().map(|member| member.fails), origin);
        Outcome { holds, fails }
    }

    /// Three-valued disjunction (Kleene).
    pub fn outcome_or(&mut self, members: &[Outcome], origin: Option<Location>) -> Outcome {
        let holds = self.or(members.iter().map(|member| member.holds), origin);
        let fails = self.and(members.iter().map(|member| member.fails), origin);
        Outcome { holds, fails }
    }

    /// Ids from `TRUE` on, children before parents: the order for passes that visit each node once.
    pub fn ids(&self) -> impl Iterator<Item = ExprId> + use<> {
        (0..u32::try_from(self.nodes.len()).unwrap_or(u32::MAX)).map(ExprId)
    }
}
