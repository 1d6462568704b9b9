//! The conditions of a step: on the rule, on detection items, on names of fields.

use super::attribute::AttributeTest;
use super::params::{Params, json};
use super::run::Run;
use super::step::{kind, referred};
use super::strings::{constant, plain, same};
use super::{Failure, Target, pattern};
use crate::frontend::sigma::reader::{Reader, span_of};
use crate::frontend::sigma::typed::{Detection, Item, Part, Test};
use crate::ir::DataSource;
use crate::lang::sigma::value::Piece;
use crate::source::Spanned;
use crate::syntax::Node;
use regex::Regex;
use serde_json::Value as Json;
use std::cmp::Ordering;
use std::sync::Arc;

#[derive(Debug)]
pub(super) enum RuleCondition {
    LogSource { category: Option<String>, product: Option<String>, service: Option<String> },
    ContainsField(String),
    ContainsItem { field: String, value: Test },
    Applied(Arc<str>),
    State(StateTest),
    IsRule,
    IsCorrelation,
    Attribute(AttributeTest),
    Tag(String),
}

#[derive(Debug)]
pub(super) enum ItemCondition {
    /// All values, or any of them.
    Values {
        all: bool,
        test: ValueTest,
    },
    Applied(Arc<str>),
    State(StateTest),
}

#[derive(Debug)]
pub(super) enum ValueTest {
    Matches { regex: Regex, negated: bool },
    Equals(Test),
    HasWildcard,
    IsNull,
}

#[derive(Debug)]
pub(super) enum FieldCondition {
    Named { names: Vec<String>, excluded: bool },
    Matching { patterns: Vec<Regex>, excluded: bool },
    Applied(Arc<str>),
    State(StateTest),
}

/// A comparison with what an earlier step remembered.
#[derive(Debug)]
pub(super) struct StateTest {
    key: String,
    op: Op,
    value: Json,
}

/// How values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Op {
    Equal,
    NotEqual,
    GreaterOrEqual,
    Greater,
    LessOrEqual,
    Less,
}

pub(super) const OPS: &[(&str, Op)] = &[
    ("eq", Op::Equal),
    ("ne", Op::NotEqual),
    ("gte", Op::GreaterOrEqual),
    ("gt", Op::Greater),
    ("lte", Op::LessOrEqual),
    ("lt", Op::Less),
];

impl Op {
    pub(super) fn of(self, order: Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::NotEqual => order.is_ne(),
            Self::GreaterOrEqual => order.is_ge(),
            Self::Greater => order.is_gt(),
            Self::LessOrEqual => order.is_le(),
            Self::Less => order.is_lt(),
        }
    }
}

type Read<C> = fn(&mut Params<'_>, &mut Reader<'_>) -> Option<C>;

const RULE: &[(&str, Read<RuleCondition>)] = &[
    ("logsource", |params, reader| {
        let mut part = |name| params.text(name, reader);
        let (category, product, service) = (part("category"), part("product"), part("service"));
        if category.is_none() && product.is_none() && service.is_none() {
            reader.syntax(params.at, "a log source has a `category`, a `product` or a `service`");
            return None;
        }
        Some(RuleCondition::LogSource { category, product, service })
    }),
    ("contains_detection_item", |params, reader| {
        let field = params.need_text("field", reader)?;
        let value = constant(params.need("value", reader)?, reader)?;
        Some(RuleCondition::ContainsItem { field, value })
    }),
    ("contains_field", |params, reader| params.need_text("field", reader).map(RuleCondition::ContainsField)),
    ("processing_item_applied", |params, reader| applied(params, reader).map(RuleCondition::Applied)),
    ("processing_state", |params, reader| StateTest::read(params, reader).map(RuleCondition::State)),
    ("is_sigma_rule", |_, _| Some(RuleCondition::IsRule)),
    ("is_sigma_correlation_rule", |_, _| Some(RuleCondition::IsCorrelation)),
    ("rule_attribute", |params, reader| AttributeTest::read(params, reader).map(RuleCondition::Attribute)),
    ("tag", |params, reader| params.need_text("tag", reader).map(RuleCondition::Tag)),
];

const ITEM: &[(&str, Read<ItemCondition>)] = &[
    ("match_string", |params, reader| {
        let all = quantifier(params, reader)?;
        let negated = params.flag("negate", false, reader);
        let regex = params.need_regex("pattern", reader)?;
        Some(ItemCondition::Values { all, test: ValueTest::Matches { regex, negated } })
    }),
    ("match_value", |params, reader| {
        let all = quantifier(params, reader)?;
        let value = constant(params.need("value", reader)?, reader)?;
        Some(ItemCondition::Values { all, test: ValueTest::Equals(value) })
    }),
    ("contains_wildcard", |params, reader| {
        Some(ItemCondition::Values { all: quantifier(params, reader)?, test: ValueTest::HasWildcard })
    }),
    ("is_null", |params, reader| {
        Some(ItemCondition::Values { all: quantifier(params, reader)?, test: ValueTest::IsNull })
    }),
    ("processing_item_applied", |params, reader| applied(params, reader).map(ItemCondition::Applied)),
    ("processing_state", |params, reader| StateTest::read(params, reader).map(ItemCondition::State)),
];

const FIELD: &[(&str, Read<FieldCondition>)] = &[
    ("include_fields", |params, reader| named(params, false, reader)),
    ("exclude_fields", |params, reader| named(params, true, reader)),
    ("processing_item_applied", |params, reader| applied(params, reader).map(FieldCondition::Applied)),
    ("processing_state", |params, reader| StateTest::read(params, reader).map(FieldCondition::State)),
];

fn read<C>(node: &Node, table: &[(&'static str, Read<C>)], reader: &mut Reader<'_>) -> Option<C> {
    let mut params = Params::of(node, "a condition", reader)?;
    let row = kind(&mut params, table, "a condition of this kind", reader)?;
    let before = reader.count();
    let condition = (row.1)(&mut params, reader);
    if condition.is_some() || reader.count() == before {
        params.finish(&format!("`{}`", row.0), reader);
    }
    condition
}

fn quantifier(params: &mut Params<'_>, reader: &mut Reader<'_>) -> Option<bool> {
    params.choice("cond", &[("any", false), ("all", true)], None, reader)
}

fn applied(params: &mut Params<'_>, reader: &mut Reader<'_>) -> Option<Arc<str>> {
    params.need_text("processing_item_id", reader).map(Arc::from)
}

fn named(params: &mut Params<'_>, excluded: bool, reader: &mut Reader<'_>) -> Option<FieldCondition> {
    let regexes = params.choice("mode", &[("plain", false), ("re", true)], Some(false), reader)?;
    if !regexes {
        return Some(FieldCondition::Named { names: params.need_texts("fields", reader)?, excluded });
    }
    let node = params.need("fields", reader)?;
    let texts = reader.strings("fields", node);
    let patterns: Option<Vec<Regex>> =
        texts.iter().map(|text| pattern::compile(&text.value, text.span, reader)).collect();
    Some(FieldCondition::Matching { patterns: patterns?, excluded })
}

impl StateTest {
    fn read(params: &mut Params<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let key = params.need_text("key", reader)?;
        let op = params.choice("op", OPS, Some(Op::Equal), reader)?;
        let node = params.need("val", reader)?;
        if node.as_map().is_some() || node.as_seq().is_some() {
            reader.wrong_type(span_of(node), format!("`val` takes a plain value, this is {}", node.describe()));
        }
        Some(Self { key, op, value: json(node) })
    }

    /// A key that no step has set fails every comparison, and so do an order of different types.
    fn holds(&self, run: &Run<'_>) -> bool {
        let Some(state) = run.state.get(&self.key) else { return false };
        match self.op {
            Op::Equal => equal(state, &self.value),
            Op::NotEqual => !equal(state, &self.value),
            op => order(state, &self.value).is_some_and(|order| op.of(order)),
        }
    }
}

fn equal(a: &Json, b: &Json) -> bool {
    a == b || a.as_f64().zip(b.as_f64()).is_some_and(|(a, b)| a.total_cmp(&b).is_eq())
}

fn order(a: &Json, b: &Json) -> Option<Ordering> {
    match (a, b) {
        (Json::String(a), Json::String(b)) => Some(a.cmp(b)),
        _ => a.as_f64()?.partial_cmp(&b.as_f64()?),
    }
}

impl RuleCondition {
    pub(super) fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        read(node, RULE, reader)
    }

    pub(super) fn holds(&self, target: &Target<'_, '_>, run: &Run<'_>) -> Result<bool, Failure> {
        Ok(match self {
            Self::LogSource { category, product, service } => {
                let fits = |source: &DataSource| {
                    fits(category.as_deref(), source.category.as_ref())
                        && fits(product.as_deref(), source.product.as_ref())
                        && fits(service.as_deref(), source.service.as_ref())
                };
                if target.rule.kind == "correlation" {
                    let rules = target.rule.logic.references();
                    target.sources(&rules).any(fits)
                } else {
                    fits(&target.rule.data_source)
                }
            }
            Self::ContainsField(field) => any_item(target.detection.as_deref(), &|item| is_of(item, field)),
            Self::ContainsItem { field, value } => any_item(target.detection.as_deref(), &|item| {
                is_of(item, field) && item.values.iter().any(|own| same(&own.test, value))
            }),
            Self::Applied(id) => run.applied.contains(id),
            Self::State(state) => state.holds(run),
            Self::IsRule => target.rule.kind != "correlation",
            Self::IsCorrelation => target.rule.kind == "correlation",
            Self::Attribute(attribute) => attribute.holds(target, run)?,
            Self::Tag(tag) => target.tags().any(|own| own == tag),
        })
    }
}

fn is_of(item: &Item, field: &str) -> bool {
    item.field.as_ref().is_some_and(|own| own.value.name() == field)
}

fn fits(wanted: Option<&str>, own: Option<&Spanned<String>>) -> bool {
    wanted.is_none_or(|wanted| own.is_some_and(|own| own.value == wanted))
}

fn any_item(detection: Option<&Detection<'_>>, test: &dyn Fn(&Item) -> bool) -> bool {
    fn any(part: &Part, test: &dyn Fn(&Item) -> bool) -> bool {
        match part {
            Part::All(parts, _) | Part::Any(parts, _) => parts.iter().any(|part| any(part, test)),
            Part::Not(part) => any(part, test),
            Part::Item(item) => test(item),
            Part::Never | Part::Hole(..) => false,
        }
    }
    detection.is_some_and(|detection| detection.selections.iter().any(|selection| any(&selection.part, test)))
}

impl ItemCondition {
    pub(super) fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        read(node, ITEM, reader)
    }

    /// Whether it holds. No values at all are all of them.
    pub(super) fn holds(&self, item: &Item, run: &Run<'_>) -> bool {
        match self {
            Self::Values { all: true, test } => item.values.iter().all(|value| test.holds(&value.test)),
            Self::Values { all: false, test } => item.values.iter().any(|value| test.holds(&value.test)),
            Self::Applied(id) => item.applied.contains(id),
            Self::State(state) => state.holds(run),
        }
    }
}

impl ValueTest {
    /// Whether the value passes; of what an encoding makes of a value, one has to.
    fn holds(&self, value: &Test) -> bool {
        if let Test::AnyOf(tests) = value {
            return tests.iter().any(|test| self.holds(test));
        }
        match (self, value) {
            (Self::Matches { regex, negated }, Test::Text(text)) => {
                pattern::match_start(regex, &plain(&text.pieces.list())).is_some() != *negated
            }
            (Self::Matches { negated, .. }, _) => *negated,
            (Self::Equals(wanted), value) => same(value, wanted),
            (Self::HasWildcard, Test::Text(text)) => {
                text.pieces.list().iter().any(|piece| matches!(piece, Piece::Any | Piece::One))
            }
            (Self::HasWildcard, _) => false,
            (Self::IsNull, value) => *value == Test::Null,
        }
    }
}

impl FieldCondition {
    pub(super) fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        read(node, FIELD, reader)
    }

    /// Whether it holds for the item's field or for one that a value of it refers to.
    pub(super) fn holds_for_item(&self, item: &Item, run: &Run<'_>) -> bool {
        let own = item.field.as_ref().map(|field| field.value.name());
        self.holds(own, Some(item), run)
            || item
                .values
                .iter()
                .flat_map(|value| referred(&value.test))
                .any(|name| self.holds(Some(name), Some(item), run))
    }

    /// Whether it holds for a name, which stands in the item if there is one.
    pub(super) fn holds(&self, field: Option<&str>, item: Option<&Item>, run: &Run<'_>) -> bool {
        match self {
            Self::Named { names, excluded } => {
                field.is_some_and(|field| names.iter().any(|name| name == field)) != *excluded
            }
            Self::Matching { patterns, excluded } => {
                let matches = |field| patterns.iter().any(|regex| pattern::match_start(regex, field).is_some());
                field.is_some_and(matches) != *excluded
            }
            Self::Applied(id) => {
                item.is_some_and(|item| item.applied.contains(id))
                    || field.and_then(|field| run.field_ids.get(field)).is_some_and(|ids| ids.contains(id))
            }
            Self::State(state) => state.holds(run),
        }
    }
}
