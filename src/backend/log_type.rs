//! A rule in the vendor's names, in those of its Panther log types, and back.

use super::source_world::{SourceWorld, World, push_new};
use crate::catalog::fields::Schema;
use crate::catalog::maps::{FieldMap, Mapping};
use crate::fidelity::{Assumption, Effect, Loss, code};
use crate::ir::{Case, Coercion, ExprId, FieldPath, FieldUse, Logic, Op, Rule, fields_of};
use crate::pass::{Direction, map_fields, simplify};
use crate::source::Spanned;
use serde_json::Value as Json;

/// A rule of a log type with names of its own in the vendor's names.
pub(super) fn leave(rule: Rule, world: &SourceWorld, assumes: &mut Vec<Assumption>, losses: &mut Vec<Loss>) -> Rule {
    match world.log_type {
        Some(map) => mapped(rule, Direction::ToRaw, map, assumes, losses),
        None => rule,
    }
}

/// A rule in the vendor's or Sigma's names as one of its log types: in their names, with what tells the log source's events from others.
pub(super) fn enter(
    mut rule: Rule,
    world: &SourceWorld,
    assumes: &mut Vec<Assumption>,
    losses: &mut Vec<Loss>,
) -> Rule {
    if rule.names_every_field() {
        return rule;
    }
    if let Some(map) = world.log_type {
        rule.data_source.log_types.clear();
        push_new(&mut rule.data_source.log_types, &map.dataset);
        losses.extend(fields_of_other_events(&rule, world, map));
        rule = mapped(rule, Direction::ToElastic, map, assumes, losses);
        losses.extend(unknown_fields(&rule, map));
        if let Some(way) = world.way_to_log_type() {
            carry_tests(&mut rule, |event| way.forward(&way.spelled(event)));
        }
    } else {
        let spellings = world.map.and_then(FieldMap::spellings).filter(|map| spells_otherwise(&rule, map));
        losses.extend(keep_log_types_with_fields(&mut rule, world, spellings));
        if let Some(map) = spellings {
            rule = mapped(rule, Direction::ToElastic, map, assumes, losses);
            if let Some(way) = world.way_within() {
                carry_tests(&mut rule, |event| way.spelled(event));
            }
        }
    }
    add_source_conditions(&mut rule, world);
    rule
}

/// The events of the rule's tests as the log type has them. Those of an Elastic rule are documents, which Panther never sees, and what was
/// made for the target is in its names.
fn carry_tests(rule: &mut Rule, event: impl Fn(&Json) -> Json) {
    if World::of_rule(rule) == World::Elastic {
        return;
    }
    let tests = rule.tests.iter_mut().filter(|test| !test.raw);
    tests.flat_map(|test| &mut test.events).for_each(|own| *own = event(own));
}

fn mapped(
    rule: Rule,
    direction: Direction,
    map: &'static FieldMap,
    assumes: &mut Vec<Assumption>,
    losses: &mut Vec<Loss>,
) -> Rule {
    let mapped = map_fields(rule, direction, map, &[]);
    losses.extend(mapped.losses);
    assumes.extend(mapped.assumptions);
    simplify(mapped.rule)
}

/// Whether the rule names a field by another spelling than the log type's.
fn spells_otherwise(rule: &Rule, map: &FieldMap) -> bool {
    let fields = fields_of(&rule.pool, &rule.logic.roots());
    fields.iter().any(|(field, _)| map.raw_row(&field.name()).is_some())
}

/// Fields that no event of the log source has, though others of the log type may: a test of them never holds.
fn fields_of_other_events(rule: &Rule, world: &SourceWorld, map: &FieldMap) -> Vec<Loss> {
    let Some(id) = map.event_id() else { return Vec::new() };
    let ids: Vec<&str> = world.implied_in_log_type().swap_remove(id).unwrap_or_default();
    let is_absent = |field: &FieldPath| map.is_never_in(&ids, &field.name());
    absent(rule, is_absent, |field| format!("`{field}` is no data of event {}", ids.join(", ")))
}

/// Fields of the rule, in the log type's names, that are not in its schema.
fn unknown_fields(rule: &Rule, map: &FieldMap) -> Vec<Loss> {
    let schema = Schema::panther(&[&map.dataset]);
    let is_unknown = |field: &FieldPath| !rule.named_fields.contains(field) && schema.lookup(&field.name()).is_none();
    absent(rule, is_unknown, |field| format!("`{field}` is no known field of {}", map.dataset))
}

/// One loss for each tested field that is not there, at its first use.
fn absent(rule: &Rule, is_absent: impl Fn(&FieldPath) -> bool, message: impl Fn(&FieldPath) -> String) -> Vec<Loss> {
    let fields = fields_of(&rule.pool, &rule.logic.roots()).into_iter().map(|(field, _)| field);
    let loss = |field: FieldPath| {
        let at = rule.uses.iter().find(|used| used.field == field).map_or(rule.origin, |used| used.at);
        Loss::new(&code::FIELD_UNMAPPED, Effect::Unknown, message(&field), Some(at))
    };
    fields.filter(is_absent).map(loss).collect()
}

/// Leaves those of a rule's log types that have every field that it tests, and tells which fields are the matter where none has. A map
/// vouches for the fields of its own log types; any other one is in the log type's schema, or a rule on it may never fire.
fn keep_log_types_with_fields(rule: &mut Rule, world: &SourceWorld, spellings: Option<&FieldMap>) -> Vec<Loss> {
    // What a rule of Elastic's tests has gone through the map already, field by field.
    if World::of_rule(rule) == World::Elastic {
        return Vec::new();
    }
    let vouched = world.map.filter(|map| !map.panther.is_empty());
    let has = |log_type: &Spanned<String>, used: &FieldUse| {
        let name = match spellings.map(|map| map.to_elastic(&used.field.name())) {
            Some(Mapping::Exact { field, .. }) => field,
            _ => used.field.name(),
        };
        vouched.and_then(|map| map.raw_row(&name)).is_some_and(|row| !row.alias)
            || Schema::panther(&[&log_type.value]).lookup(&name).is_some()
    };
    let log_types = &mut rule.data_source.log_types;
    if log_types.is_empty() || rule.uses.is_empty() {
        return Vec::new();
    }
    let whole = |log_type: &Spanned<String>| rule.uses.iter().all(|used| has(log_type, used));
    if log_types.iter().any(whole) {
        log_types.retain(whole);
        return Vec::new();
    }
    let nowhere = |used: &&FieldUse| !log_types.iter().any(|log_type| has(log_type, used));
    let absent: Vec<&FieldUse> = rule.uses.iter().filter(nowhere).collect();
    // Each is somewhere, and no log type has them together.
    let told = if absent.is_empty() { rule.uses.iter().collect() } else { absent };
    let named = log_types.iter().map(|log_type| log_type.value.as_str()).collect::<Vec<_>>().join(", ");
    let loss = |used: &FieldUse| {
        let message = format!("`{}` is no known field of {named}", used.field.name());
        Loss::new(&code::FIELD_UNMAPPED, Effect::Unknown, message, Some(used.at))
    };
    let mut losses: Vec<Loss> = told.into_iter().map(loss).collect();
    losses.dedup();
    losses
}

fn add_source_conditions(rule: &mut Rule, world: &SourceWorld) {
    let pool = &mut rule.pool;
    let mut conditions = Vec::new();
    for (field, values) in world.implied_in_log_type() {
        let tests: Vec<ExprId> = values
            .into_iter()
            .map(|value| {
                let op = Op::Equal { to: value.into(), case: Case::Sensitive, coercion: Coercion::None };
                pool.any_of(FieldPath::dotted(field), op, None)
            })
            .collect();
        conditions.push(pool.or(tests, None));
    }
    if matches!(rule.logic, Logic::Opaque(_)) || conditions.is_empty() {
        return;
    }
    rule.logic = rule.logic.map_filters(|root| pool.and(conditions.iter().copied().chain([root]), None));
}
