//! A step: a transformation and when it is applied.

use super::conditions::{FieldCondition, ItemCondition, RuleCondition};
use super::fields::Renaming;
use super::items::Replacement;
use super::linking::{Conditions, Keys};
use super::output::Post;
use super::params::{Params, unknown};
use super::placeholders::Filler;
use super::run::Run;
use super::values::Change;
use super::whole::RuleChange;
use super::{Failure, Target};
use crate::frontend::sigma::reader::{Reader, span_of};
use crate::frontend::sigma::typed::{Item, Test};
use crate::source::Companions;
use crate::syntax::{Node, NodeKind};
use std::sync::Arc;

/// One entry of `transformations`.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) id: Option<Arc<str>>,
    pub(super) transformation: Transformation,
    pub(super) rule: Conditions<RuleCondition>,
    item: Conditions<ItemCondition>,
    field: Conditions<FieldCondition>,
}

/// What is changed, by what it changes.
#[derive(Debug)]
pub(super) enum Transformation {
    /// Names of fields, wherever they stand.
    Fields(Renaming),
    /// Values, one by one.
    Values(Change),
    /// Detection items as a whole.
    Items(Replacement),
    /// The rule around them.
    Rule(RuleChange),
    /// Other steps.
    Nest(Vec<Step>),
}

/// What reading a step needs.
pub(super) struct Source<'s> {
    /// The path of the pipeline, beside which its files lie.
    pub(super) path: &'s str,
    pub(super) files: &'s dyn Companions,
}

type Read = fn(&mut Params<'_>, &Source<'_>, &mut Reader<'_>) -> Option<Transformation>;

/// Every transformation and how its parameters are read.
const TRANSFORMATIONS: &[(&str, Read)] = &[
    ("field_name_mapping", |params, _, reader| Renaming::mapping(params, reader).map(Transformation::Fields)),
    ("field_name_prefix_mapping", |params, _, reader| Renaming::prefixes(params, reader).map(Transformation::Fields)),
    ("field_name_transform", |params, _, reader| Renaming::function(params, reader).map(Transformation::Fields)),
    ("field_name_prefix", |params, _, reader| Renaming::prefix(params, reader).map(Transformation::Fields)),
    ("field_name_suffix", |params, _, reader| Renaming::suffix(params, reader).map(Transformation::Fields)),
    ("drop_detection_item", |_, _, _| Some(Transformation::Items(Replacement::Drop))),
    ("hashes_fields", |params, _, reader| Replacement::hashes(params, reader).map(Transformation::Items)),
    ("extract_fields", |params, _, reader| Replacement::extract(params, reader).map(Transformation::Items)),
    ("detection_item_failure", |params, _, reader| Replacement::failure(params, reader).map(Transformation::Items)),
    ("wildcard_placeholders", |params, _, reader| {
        Some(Transformation::Values(Change::Placeholders(Filler::wildcards(params, reader))))
    }),
    ("value_placeholders", |params, _, reader| {
        Some(Transformation::Values(Change::Placeholders(Filler::variables(params, reader))))
    }),
    ("query_expression_placeholders", |params, _, reader| Change::query(params, reader).map(Transformation::Values)),
    ("file_placeholders", |params, source, reader| Change::file(params, source, reader).map(Transformation::Values)),
    ("http_placeholders", |params, _, reader| {
        refused(
            params,
            "fetches from the network, and detc never does: save the list and use `file_placeholders`",
            reader,
        )
    }),
    ("command_placeholders", |params, _, reader| {
        refused(params, "runs a command, and a rule set must not: save its output and use `file_placeholders`", reader)
    }),
    ("replace_string", |params, _, reader| Change::replace(params, reader).map(Transformation::Values)),
    ("map_string", |params, _, reader| Change::map(params, reader).map(Transformation::Values)),
    ("regex", |params, _, reader| Change::regex(params, reader).map(Transformation::Values)),
    ("set_value", |params, _, reader| Change::set(params, reader).map(Transformation::Values)),
    ("convert_type", |params, _, reader| Change::convert(params, reader).map(Transformation::Values)),
    ("case", |params, _, reader| Change::case(params, reader).map(Transformation::Values)),
    ("add_condition", |params, _, reader| RuleChange::condition(params, reader).map(Transformation::Rule)),
    ("change_logsource", |params, _, reader| RuleChange::log_source(params, reader).map(Transformation::Rule)),
    ("add_field", |params, _, reader| RuleChange::add_fields(params, reader).map(Transformation::Rule)),
    ("remove_field", |params, _, reader| RuleChange::remove_fields(params, reader).map(Transformation::Rule)),
    ("set_field", |params, _, reader| RuleChange::set_fields(params, reader).map(Transformation::Rule)),
    ("set_state", |params, _, reader| RuleChange::state(params, reader).map(Transformation::Rule)),
    ("set_custom_attribute", |params, _, reader| RuleChange::attribute(params, reader).map(Transformation::Rule)),
    ("rule_failure", |params, _, reader| RuleChange::failure(params, reader).map(Transformation::Rule)),
    ("strict_field_mapping_failure", |_, _, _| Some(Transformation::Rule(RuleChange::RequireMapping))),
    ("nest", nest),
];

const RULE: Keys = Keys {
    conditions: "rule_conditions",
    link: "rule_cond_op",
    not: "rule_cond_not",
    expression: ["rule_cond_expr", "rule_cond_expression"],
};
const ITEM: Keys = Keys {
    conditions: "detection_item_conditions",
    link: "detection_item_cond_op",
    not: "detection_item_cond_not",
    expression: ["detection_item_cond_expr", "detection_item_cond_expression"],
};
const FIELD: Keys = Keys {
    conditions: "field_name_conditions",
    link: "field_name_cond_op",
    not: "field_name_cond_not",
    expression: ["field_name_cond_expr", "field_name_cond_expression"],
};

fn refused(params: &mut Params<'_>, why: &str, reader: &mut Reader<'_>) -> Option<Transformation> {
    reader.syntax(params.at, format!("this transformation {why}"));
    None
}

fn nest(params: &mut Params<'_>, source: &Source<'_>, reader: &mut Reader<'_>) -> Option<Transformation> {
    let node = params.need("items", reader)?;
    Some(Transformation::Nest(steps("items", node, source, reader)))
}

/// A list of steps.
pub(super) fn steps(name: &str, node: &Node, source: &Source<'_>, reader: &mut Reader<'_>) -> Vec<Step> {
    match &node.kind {
        NodeKind::Null => Vec::new(),
        NodeKind::Seq(items) => items.iter().filter_map(|item| step(item, source, reader)).collect(),
        _ => {
            reader.wrong_type(span_of(node), format!("`{name}` takes a list, this is {}", node.describe()));
            Vec::new()
        }
    }
}

fn step(node: &Node, source: &Source<'_>, reader: &mut Reader<'_>) -> Option<Step> {
    let mut params = Params::of(node, "a transformation", reader)?;
    let read = kind(&mut params, TRANSFORMATIONS, "a transformation", reader)?;
    let id = params.text("id", reader).filter(|id| !id.is_empty()).map(Arc::from);
    let rule = Conditions::read(RULE, &mut params, reader, RuleCondition::read);
    let item = Conditions::read(ITEM, &mut params, reader, ItemCondition::read);
    let field = Conditions::read(FIELD, &mut params, reader, FieldCondition::read);
    let before = reader.count();
    let transformation = (read.1)(&mut params, source, reader);
    if transformation.is_some() || reader.count() == before {
        params.finish(&format!("`{}`", read.0), reader);
    }
    Some(Step { id, transformation: transformation?, rule, item, field })
}

/// The row of a table that `type` names.
pub(super) fn kind<'t, T>(
    params: &mut Params<'_>,
    table: &'t [(&'static str, T)],
    what: &str,
    reader: &mut Reader<'_>,
) -> Option<&'t (&'static str, T)> {
    let node = params.need("type", reader)?;
    let name = reader.string("type", node)?.value;
    let found = table.iter().find(|(known, _)| *known == name);
    if found.is_none() {
        let names: Vec<&str> = table.iter().map(|(name, _)| *name).collect();
        unknown(&name, span_of(node), &format!("`{name}` is not the type of {what}"), &names, reader);
    }
    found
}

/// The parts that postprocessing shares with steps: the id and the conditions on the rule.
pub(super) fn shared(
    params: &mut Params<'_>,
    reader: &mut Reader<'_>,
) -> (Option<Arc<str>>, Conditions<RuleCondition>) {
    let id = params.text("id", reader).filter(|id| !id.is_empty()).map(Arc::from);
    (id, Conditions::read(RULE, params, reader, RuleCondition::read))
}

impl Step {
    /// Whether its conditions on items and fields hold for the item. A name that only a value refers to counts.
    pub(super) fn fits_item(&self, item: &Item, run: &Run<'_>) -> bool {
        self.item.hold(|condition| condition.holds(item, run))
            && self.field.hold(|condition| condition.holds_for_item(item, run))
    }

    /// Whether its conditions on fields hold for the name; none is a search of the whole event.
    pub(super) fn fits_field(&self, field: Option<&str>, item: Option<&Item>, run: &Run<'_>) -> bool {
        self.field.hold(|condition| condition.holds(field, item, run))
    }
}

/// Whether the conditions hold for the rule.
pub(super) fn fits_rule(
    conditions: &Conditions<RuleCondition>,
    target: &Target<'_, '_>,
    run: &Run<'_>,
) -> Result<bool, Failure> {
    conditions.try_hold(|condition| condition.holds(target, run))
}

/// The postprocessors that apply to the rule, nested ones in their place. The rule does not change any more, so this is known before
/// there is a query.
pub(super) fn chosen(
    post: &[Arc<Post>],
    target: &Target<'_, '_>,
    run: &mut Run<'_>,
) -> Result<Vec<Arc<Post>>, Failure> {
    let mut chosen = Vec::new();
    for one in post {
        if !fits_rule(&one.rule, target, run)? {
            continue;
        }
        run.applied.extend(one.id.clone());
        match one.nested() {
            Some(inner) => chosen.extend(self::chosen(inner, target, run)?),
            None => chosen.push(Arc::clone(one)),
        }
    }
    Ok(chosen)
}

/// The fields that a test refers to.
pub(super) fn referred(test: &Test) -> Vec<&str> {
    match test {
        Test::Field(name, _) => vec![name],
        Test::AnyOf(tests) => tests.iter().flat_map(referred).collect(),
        _ => Vec::new(),
    }
}
