//! Conditions: a hash-consed graph of two-valued expressions.
//!
//! **Two values.** An [`Expr`](ExprKind) is true or false on every event, never unknown. A dialect with a third outcome (null in
//! ES|QL and SQL, an exception in Panther's Python) is lowered to two expressions, an [`Outcome`]: what makes the condition
//! definitely true and what makes it definitely false. Neither is the third outcome; on multi-values both can hold.
//! DESIGN section 4 has the table of dialects.
//!
//! **Presence is explicit.** A test on a field that is missing is false, except [`Op::IsMissing`] (and an [`Op::Equal`] to
//! null never holds for a missing field: that is what [`Op::IsNull`] is for a present one).

use super::{Analyzer, Case, FieldPath, Function, Pattern, Regex, Template, TypeSet, Value, WordTest};
use ipnet::IpNet;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A node of a [`Pool`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct ExprId(pub(super) u32);

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
    /// The event's process is related to one of an event before it. Known only while events are gone through in the order of time.
    Lineage(Lineage),
    /// A hole: a part of the condition that is kept as text, with the reason. Evaluation reports it, never guesses.
    OpaqueTest {
        text: Arc<str>,
        reason: Arc<str>,
    },
}

/// A relation between processes (Endgame's EQL: `child of`, `descendant of`, `event of`).
///
/// A process whose event satisfied `of` is a source. Its child is a process whose `created` event names it as the parent; a
/// descendant is a child of a source or of a descendant. A process is forgotten with the first event of any process (`created`, `ended`
/// or another for which `process_event` holds) after the one for which `ended` holds, and all are after a `reset`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Lineage {
    pub relation: Relation,
    /// The identity of an event's process, and that of its parent.
    pub process: FieldPath,
    pub parent: FieldPath,
    pub of: ExprId,
    pub process_event: ExprId,
    pub created: ExprId,
    pub ended: ExprId,
    pub reset: ExprId,
}

impl Lineage {
    /// The conditions in it.
    pub fn conditions(&self) -> [ExprId; 5] {
        [self.of, self.process_event, self.created, self.ended, self.reset]
    }

    /// The same relation with other conditions.
    #[must_use]
    pub fn map_conditions(&self, map: impl Fn(ExprId) -> ExprId) -> Self {
        Self {
            of: map(self.of),
            process_event: map(self.process_event),
            created: map(self.created),
            ended: map(self.ended),
            reset: map(self.reset),
            ..self.clone()
        }
    }
}

/// How a process is related to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    Child,
    Descendant,
    /// It is the same process.
    Same,
}

impl Relation {
    /// As Endgame writes it before `of`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Child => "child",
            Self::Descendant => "descendant",
            Self::Same => "event",
        }
    }
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
    /// Goes through the items in order with a state: `start` before the first, then each time `next`, in which the item is
    /// [`Subject::Element`] 0 and the state so far [`Subject::Element`] 1. Gives the last state; missing where `next` is. Python's
    /// loops that keep names from round to round.
    Fold {
        items: Arc<Subject>,
        start: Arc<Subject>,
        next: Arc<Subject>,
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

    /// The comparison that holds when this one does not.
    #[must_use]
    pub fn negated(self) -> Self {
        match self {
            Self::Equal => Self::NotEqual,
            Self::NotEqual => Self::Equal,
            Self::Less => Self::GreaterOrEqual,
            Self::LessOrEqual => Self::Greater,
            Self::Greater => Self::LessOrEqual,
            Self::GreaterOrEqual => Self::Less,
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
    /// Instants: ISO 8601 text (UTC without an offset), epoch milliseconds as numbers or digits. A constant text can stand for a
    /// stretch of time or depend on the clock ([`DateConstant`](super::DateConstant)): a date equals it when it lies inside, and is
    /// less or greater when it lies before or after it.
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
    /// The whole text fits the pattern once the placeholders have values. Without them it is a hole.
    Template {
        template: Template,
        case: Case,
    },
    /// What a piece of a query in the target's own language says of the value (`query_expression_placeholders` of a pipeline); in it
    /// `{field}` and `{id}` stand for the field and for `id`. Only that language knows what it means, so it is a hole to run.
    Query {
        expression: Arc<str>,
        id: Arc<str>,
    },
    /// The text fits the expression. Non-strings count only under [`Coercion::Text`]. One that cannot be run is a hole.
    Regex {
        regex: Regex,
        coercion: Coercion,
    },
    /// An IP address inside the network. What does not parse as an address is not in it.
    InCidr(#[schemars(with = "String")] IpNet),
    /// A test of the words of an analysed text (Elasticsearch's `text` fields).
    Words {
        analyzer: Analyzer,
        test: WordTest,
    },
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

impl Op {
    /// The other term that it holds its subject against, if that is no constant.
    pub fn other_term(&self) -> Option<&Arc<Subject>> {
        match self {
            Self::Equal { to: Operand::Subject(term), .. }
            | Self::Compare { to: Operand::Subject(term), .. }
            | Self::ContainedIn { container: Operand::Subject(term), .. }
            | Self::HasText { text: Operand::Subject(term), .. } => Some(term),
            _ => None,
        }
    }
}

/// Where a text stands in another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    Start,
    End,
    Anywhere,
}
