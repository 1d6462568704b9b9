//! The facts that a rule tests, as a table: field, operator, values, negated.

use crate::ir::{
    Cmp, ExprId, ExprKind, Function, Logic, Op, Operand, Pattern, Place, Pool, Rule, Shape, Subject, Value, WordTest,
};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::HashSet;

/// A test of a field.
#[derive(Debug, Clone, PartialEq)]
pub struct Indicator {
    pub field: String,
    pub op: IndicatorOp,
    /// Any of them passes the test. `{"field": name}` stands for another field's value.
    pub values: Vec<serde_json::Value>,
    /// Whether the test counts against the rule.
    pub negated: bool,
}

/// How a field is tested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum IndicatorOp {
    Eq,
    In,
    Contains,
    StartsWith,
    EndsWith,
    Like,
    Regex,
    Cidr,
    Gt,
    Gte,
    Lt,
    Lte,
    Exists,
    IsNull,
    IsMissing,
    IsEmpty,
    TypeIs,
    Word,
    Phrase,
    /// The field's text or value stands in the operand.
    ContainedIn,
}

impl IndicatorOp {
    /// The name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Eq => "eq",
            Self::In => "in",
            Self::Contains => "contains",
            Self::StartsWith => "starts_with",
            Self::EndsWith => "ends_with",
            Self::Like => "like",
            Self::Regex => "regex",
            Self::Cidr => "cidr",
            Self::Gt => "gt",
            Self::Gte => "gte",
            Self::Lt => "lt",
            Self::Lte => "lte",
            Self::Exists => "exists",
            Self::IsNull => "is_null",
            Self::IsMissing => "is_missing",
            Self::IsEmpty => "is_empty",
            Self::TypeIs => "type_is",
            Self::Word => "word",
            Self::Phrase => "phrase",
            Self::ContainedIn => "contained_in",
        }
    }
}

/// The rule's indicators, in the order of its condition, each once. Exclusions count as negated.
#[must_use]
pub fn indicators(rule: &Rule) -> Vec<Indicator> {
    let mut walk = Walk { pool: &rule.pool, seen: HashSet::new(), found: Vec::new() };
    for (root, negated) in roots(&rule.logic) {
        walk.run(root, negated);
    }
    for exclusion in &rule.exclusions {
        walk.run(exclusion.condition, true);
    }
    tidy(&walk.found)
}

/// The expressions that a logic starts from, and whether they count against it: an event that must be missing, or that ends
/// a sequence, does.
fn roots(logic: &Logic) -> Vec<(ExprId, bool)> {
    match logic {
        Logic::Piped(piped) => {
            let mut found = roots(&piped.source);
            found.extend(logic.roots().into_iter().skip(found.len()).map(|root| (root, false)));
            found
        }
        Logic::Sequence(sequence) => {
            let steps = sequence.steps.iter().map(|step| (step.filter, step.missing));
            steps.chain(sequence.until.iter().map(|step| (step.filter, true))).collect()
        }
        other => other.roots().into_iter().map(|root| (root, false)).collect(),
    }
}

/// Each indicator once; a mere type guard of a field that is tested anyway says nothing more.
fn tidy(found: &[Indicator]) -> Vec<Indicator> {
    let mut kept: Vec<Indicator> = Vec::new();
    for indicator in found {
        let guard = indicator.op == IndicatorOp::TypeIs
            && found.iter().any(|other| other.op != IndicatorOp::TypeIs && other.field == indicator.field);
        if !guard && !kept.contains(indicator) {
            kept.push(indicator.clone());
        }
    }
    kept
}

struct Walk<'a> {
    pool: &'a Pool,
    seen: HashSet<(ExprId, bool, Vec<String>)>,
    found: Vec<Indicator>,
}

/// A node that is still to be looked at: whether it stands under an odd number of negations, and the names of the
/// enclosing quantifiers' items, outermost first.
type Pending = (ExprId, bool, Vec<String>);

impl Walk<'_> {
    fn run(&mut self, root: ExprId, negated: bool) {
        let mut stack: Vec<Pending> = vec![(root, negated, Vec::new())];
        while let Some(pending) = stack.pop() {
            if self.seen.insert(pending.clone()) {
                let mut next = self.step(pending);
                next.reverse();
                stack.append(&mut next);
            }
        }
    }

    /// Takes a node's own indicators and gives the nodes below it.
    fn step(&mut self, (id, negated, items): Pending) -> Vec<Pending> {
        match self.pool.kind(id) {
            ExprKind::And(members) => members.iter().map(|member| (*member, negated, items.clone())).collect(),
            ExprKind::Or(members) => self.alternatives(members, negated, &items),
            ExprKind::Not(inner) => vec![(*inner, !negated, items)],
            ExprKind::ForSome(subject, body) | ExprKind::ForAll(subject, body) if *body == ExprId::TRUE => {
                self.push(name_of(subject, &items), IndicatorOp::Exists, Vec::new(), negated);
                Vec::new()
            }
            ExprKind::ForSome(subject, body)
            | ExprKind::ForAll(subject, body)
            | ExprKind::Count { items: subject, body, .. } => {
                vec![(*body, negated, with_item(subject, &items))]
            }
            ExprKind::FirstSome { items: subject, holds, .. } => vec![(*holds, negated, with_item(subject, &items))],
            ExprKind::Test(subject, op) => {
                self.test(subject, op, negated, &items);
                Vec::new()
            }
            ExprKind::Lineage(lineage) => vec![(lineage.of, negated, items)],
            ExprKind::True | ExprKind::False | ExprKind::OpaqueTest { .. } => Vec::new(),
        }
    }

    fn test(&mut self, subject: &Subject, op: &Op, negated: bool, items: &[String]) {
        let (name, op, values) = reading(subject, op, items);
        // `not Present` is what `is None` means.
        match (op, negated) {
            (IndicatorOp::Exists, true) if matches!(subject, Subject::Field(_)) => {
                self.push(name, IndicatorOp::IsNull, values, false);
            }
            _ => self.push(name, op, values, negated),
        }
    }

    fn push(&mut self, name: Option<String>, op: IndicatorOp, values: Vec<serde_json::Value>, negated: bool) {
        if let Some(field) = name {
            self.found.push(Indicator { field, op, values, negated });
        }
    }

    /// Members of a disjunction that test one field in one way are one indicator with several values; null or missing
    /// together is `is_null`.
    fn alternatives(&mut self, members: &[ExprId], negated: bool, items: &[String]) -> Vec<Pending> {
        let mut groups: Vec<Indicator> = Vec::new();
        let mut rest = Vec::new();
        for member in members {
            let Some((field, op, values)) = self.leaf(*member, items) else {
                rest.push((*member, negated, items.to_vec()));
                continue;
            };
            let op = if op == IndicatorOp::IsMissing { IndicatorOp::IsNull } else { op };
            match groups.iter_mut().find(|group| group.field == field && same_kind(group.op, op)) {
                Some(group) => join(group, op, values),
                None => groups.push(Indicator { field, op, values, negated }),
            }
        }
        self.found.extend(groups);
        rest
    }

    /// The one test that a node is, looking through any-of.
    fn leaf(&self, id: ExprId, items: &[String]) -> Option<(String, IndicatorOp, Vec<serde_json::Value>)> {
        match self.pool.kind(id) {
            ExprKind::Test(subject, op) => {
                let (name, op, values) = reading(subject, op, items);
                Some((name?, op, values))
            }
            ExprKind::ForSome(subject, body) => match self.pool.kind(*body) {
                ExprKind::Test(Subject::Element(0), op) => {
                    let items = with_item(subject, items);
                    let (name, op, values) = reading(&Subject::Element(0), op, &items);
                    Some((name?, op, values))
                }
                _ => None,
            },
            ExprKind::Not(inner) => match self.pool.kind(*inner) {
                ExprKind::Test(subject @ Subject::Field(_), Op::Present) => {
                    Some((name_of(subject, items)?, IndicatorOp::IsNull, Vec::new()))
                }
                _ => None,
            },
            _ => None,
        }
    }
}

fn same_kind(left: IndicatorOp, right: IndicatorOp) -> bool {
    let plain = |op| if op == IndicatorOp::In { IndicatorOp::Eq } else { op };
    plain(left) == plain(right)
}

fn join(group: &mut Indicator, op: IndicatorOp, values: Vec<serde_json::Value>) {
    for value in values {
        if !group.values.contains(&value) {
            group.values.push(value);
        }
    }
    if matches!(op, IndicatorOp::Eq | IndicatorOp::In) && group.values.len() > 1 {
        group.op = IndicatorOp::In;
    }
}

fn with_item(subject: &Subject, items: &[String]) -> Vec<String> {
    let mut items = items.to_vec();
    let name = name_of(subject, &items).unwrap_or_default();
    items.push(name);
    items
}

/// The name of what a term looks at; `None` for a constant or a hole. Case functions and conversions keep the field's name.
fn name_of(subject: &Subject, items: &[String]) -> Option<String> {
    match subject {
        Subject::Field(field) => Some(field.to_string()),
        Subject::AnyField(pattern) => Some(pattern.to_string()),
        Subject::Elements(inner) | Subject::Items(inner) => name_of(inner, items),
        Subject::Element(up) => {
            let index = items.len().checked_sub(usize::from(*up) + 1)?;
            items.get(index).filter(|name| !name.is_empty()).cloned()
        }
        Subject::Member(inner, path) => Some(format!("{}.{path}", name_of(inner, items)?)),
        Subject::Call(Function::Lower | Function::Upper | Function::ToText | Function::Strip, arguments) => {
            name_of(arguments.first()?, items)
        }
        Subject::Call(function, arguments) => {
            let names: Vec<String> = arguments.iter().filter_map(|argument| name_of(argument, items)).collect();
            (!names.is_empty()).then(|| format!("{}({})", function.name(), names.join(", ")))
        }
        Subject::If(_, then, otherwise) => name_of(then, items).or_else(|| name_of(otherwise, items)),
        Subject::Collect { items: source, .. } | Subject::Fold { items: source, .. } => name_of(source, items),
        Subject::Constant(_) | Subject::Opaque { .. } => None,
    }
}

/// A test as field, operator and values. A constant inside a field (`"x" in event["list"]`) is a test of that field.
fn reading(subject: &Subject, op: &Op, items: &[String]) -> (Option<String>, IndicatorOp, Vec<serde_json::Value>) {
    if let (Subject::Constant(value), Op::ContainedIn { container: Operand::Subject(container), .. }) = (subject, op) {
        return (name_of(container, items), IndicatorOp::Contains, vec![value.to_json()]);
    }
    let (word, values) = word(op, items);
    (name_of(subject, items), word, values)
}

fn word(op: &Op, items: &[String]) -> (IndicatorOp, Vec<serde_json::Value>) {
    let one = |operand: &Operand| vec![operand_json(operand, items)];
    match op {
        Op::IsMissing => (IndicatorOp::IsMissing, Vec::new()),
        Op::IsNull => (IndicatorOp::IsNull, Vec::new()),
        Op::IsEmpty => (IndicatorOp::IsEmpty, Vec::new()),
        Op::Present => (IndicatorOp::Exists, Vec::new()),
        Op::TypeIs(types) => (IndicatorOp::TypeIs, types.names().into_iter().map(Into::into).collect()),
        Op::Equal { to, .. } => (IndicatorOp::Eq, one(to)),
        Op::Compare { op, to, .. } => (compare_word(*op), one(to)),
        Op::Matches { pattern, .. } => pattern_word(pattern),
        Op::Query { expression, .. } => (IndicatorOp::In, vec![expression.as_ref().into()]),
        Op::Template { template, .. } => (IndicatorOp::Like, vec![template.to_string().into()]),
        Op::Regex { regex, .. } => (IndicatorOp::Regex, vec![regex.pattern.as_ref().into()]),
        Op::InCidr(net) => (IndicatorOp::Cidr, vec![net.to_string().into()]),
        Op::Words { test, .. } => match test {
            WordTest::Is(text) => (IndicatorOp::Word, vec![text.as_ref().into()]),
            WordTest::Phrase(text) => (IndicatorOp::Phrase, vec![text.as_ref().into()]),
            WordTest::Matches(pattern) => pattern_word(pattern),
            WordTest::Regex(regex) => (IndicatorOp::Regex, vec![regex.pattern.as_ref().into()]),
        },
        Op::ContainedIn { container: Operand::Value(Value::List(list)), .. } => {
            (IndicatorOp::In, list.iter().map(Value::to_json).collect())
        }
        Op::ContainedIn { container, .. } => (IndicatorOp::ContainedIn, one(container)),
        Op::HasText { place, text, .. } => {
            let word = match place {
                Place::Start => IndicatorOp::StartsWith,
                Place::End => IndicatorOp::EndsWith,
                Place::Anywhere => IndicatorOp::Contains,
            };
            (word, one(text))
        }
    }
}

fn operand_json(operand: &Operand, items: &[String]) -> serde_json::Value {
    match operand {
        Operand::Value(value) => value.to_json(),
        Operand::Subject(subject) => match subject.as_ref() {
            Subject::Constant(value) => value.to_json(),
            other => serde_json::json!({ "field": name_of(other, items) }),
        },
    }
}

fn compare_word(op: Cmp) -> IndicatorOp {
    match op {
        // A comparison for inequality is rare (numbers as text); its negation stands in the condition.
        Cmp::Equal | Cmp::NotEqual => IndicatorOp::Eq,
        Cmp::Less => IndicatorOp::Lt,
        Cmp::LessOrEqual => IndicatorOp::Lte,
        Cmp::Greater => IndicatorOp::Gt,
        Cmp::GreaterOrEqual => IndicatorOp::Gte,
    }
}

fn pattern_word(pattern: &Pattern) -> (IndicatorOp, Vec<serde_json::Value>) {
    match pattern.shape() {
        Shape::Exact(text) => (IndicatorOp::Eq, vec![text.into()]),
        Shape::Prefix(text) => (IndicatorOp::StartsWith, vec![text.into()]),
        Shape::Suffix(text) => (IndicatorOp::EndsWith, vec![text.into()]),
        Shape::Contains(text) => (IndicatorOp::Contains, vec![text.into()]),
        Shape::Anything => (IndicatorOp::Exists, Vec::new()),
        Shape::General => (IndicatorOp::Like, vec![pattern.to_string().into()]),
    }
}

#[cfg(test)]
mod tests;
