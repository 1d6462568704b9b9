//! A rule to a target: simplify, map the fields, lower, emit, and decide whether the losses are allowed.

use super::elastic::moved_in_place;
use super::forms::{Form, choice, forms};
use super::source_world::{self, SourceWorld, World};
use super::{Conversion, Emitted, Options, Status, Target, facts, log_type};
use crate::catalog::attack::AttackVersion;
use crate::catalog::fields::Schema;
use crate::catalog::maps::{FieldMap, Mapping};
use crate::fidelity::{Assumption, Effect, Loss, code, total_effect};
use crate::ir::{Dialect, EventModel, ExprId, FieldPath, Logic, Rule};
use crate::pass::{Direction, Lowered, Terms, lower, map_fields, migrate_attack, ordered, simplify};
use foldhash::fast::RandomState;
use indexmap::IndexSet;
use std::cell::OnceCell;
use std::rc::Rc;

/// Converts a rule: the form that loses least, and of several the one that is liked best.
pub fn convert(rule: &Rule, target: Target, options: &Options) -> Conversion {
    let Some((moved, told)) = in_attack_version(rule, target, options) else {
        return convert_as_written(rule, target, options);
    };
    let options = Options { losses: options.losses.iter().cloned().chain(told).collect(), ..options.clone() };
    convert_as_written(&moved, target, &options)
}

fn convert_as_written(rule: &Rule, target: Target, options: &Options) -> Conversion {
    let candidates = forms(rule, target, options);
    let mut tried: Vec<Conversion> = Vec::new();
    let prepared = OnceCell::new();
    for candidate in &candidates {
        tried.push(attempt(rule, candidate.form, options, &prepared));
        // What only text about the rule is lost to, is lost in the other forms as well.
        if tried.last().is_some_and(|tried| tried.status <= Status::Metadata) {
            break;
        }
    }
    let Some(best) = (0..tried.len()).min_by_key(|at| tried[*at].status) else {
        let message = format!("{} rules have no form in this target", rule.logic.name());
        return refused(vec![Loss::new(&code::LOGIC, Effect::Unknown, message, Some(rule.origin))], Vec::new());
    };
    let choice = choice(&candidates, &tried, best).filter(|_| tried[best].status != Status::Refused);
    Conversion { choice, ..tried.swap_remove(best) }
}

/// One form, from the source rule to its texts. The first that needs it prepares the rule for all.
fn attempt(
    rule: &Rule,
    form: Form,
    options: &Options,
    prepared: &OnceCell<Result<Prepared, Conversion>>,
) -> Conversion {
    if rule.kind == "filter" && !matches!(form.target(), Target::Sigma | Target::Native) {
        let message = "a filter is not a rule of its own: convert it together with the rules that it is for".to_owned();
        return refused(vec![Loss::new(&code::LOGIC, Effect::Unknown, message, Some(rule.origin))], Vec::new());
    }
    if let Form::Own(_) | Form::WithoutQuery(_) = form {
        return finish(form.emit(rule, options), Vec::new(), Vec::new(), options);
    }
    if let Logic::Opaque(opaque) = &rule.logic {
        if opaque.code == code::PIPELINE_FAILURE.name {
            let loss = Loss::new(&code::PIPELINE_FAILURE, Effect::Unknown, opaque.reason.clone(), opaque.origin);
            return refused(vec![loss], Vec::new());
        }
        let message = format!("the logic is kept as {} text: {}", opaque.language, opaque.reason);
        return refused(vec![Loss::new(&code::OPAQUE, Effect::Unknown, message, opaque.origin)], Vec::new());
    }
    let Some(target) = World::of_target(form.target()) else {
        return finish(form.emit(rule, options), Vec::new(), stated(rule), options);
    };
    match prepared.get_or_init(|| Prepared::new(rule, form.target(), target)) {
        Ok(prepared) => prepared.attempt(form, options),
        Err(refusal) => refusal.clone(),
    }
}

/// A rule in the target's world: what all its forms start from.
struct Prepared {
    rule: Rule,
    /// The source's world and the target's.
    worlds: (World, World),
    source: SourceWorld,
    schema: Rc<Schema>,
    losses: Vec<Loss>,
    assumes: Vec<Assumption>,
}

impl Prepared {
    /// # Errors
    /// The refusal of a rule that cannot get there.
    fn new(rule: &Rule, target: Target, world: World) -> Result<Self, Conversion> {
        let source = SourceWorld::of(rule);
        let mut losses = Vec::new();
        let mut assumes = stated(rule);
        let (is_panther, to_panther) =
            (rule.dialect == Dialect::Panther, target.rule_dialect() == Some(Dialect::Panther));
        // Which log type a rule is for is found out by where it names its fields.
        let copy = if is_panther || to_panther { rule.clone() } else { rule.with_pool(rule.pool.clone()) };
        let mut mapped = simplify(copy);
        if world == World::Elastic
            && let Some((sequence, changed)) = ordered(&mapped)
        {
            mapped = sequence;
            losses.extend(changed);
        }
        let from = World::of_rule(rule);
        if is_panther && !to_panther {
            mapped = log_type::leave(mapped, &source, &mut assumes, &mut losses);
        }
        if (from != world || is_panther && !to_panther) && !mapped.names_every_field() {
            losses.extend(narrower_log_source(&mapped, &source));
            assumes.extend(source.because.clone().map(Assumption::Words));
        }
        if from != world {
            mapped = match cross(mapped, world, &source, &mut losses, &mut assumes) {
                Ok(rule) => rule,
                Err(loss) => {
                    losses.push(loss);
                    return Err(refused(losses, assumes));
                }
            };
        }
        source_world::translate(&mut mapped, world, &source);
        if to_panther && !is_panther {
            mapped = log_type::enter(mapped, &source, &mut assumes, &mut losses);
        }
        mapped.event_model = event_model(target);
        if never_fires(&mapped) {
            let message = "the condition contradicts itself: no event satisfies it".to_owned();
            losses.push(Loss::new(&code::NEVER_FIRES, Effect::Unknown, message, Some(rule.origin)));
        }
        let schema = SourceWorld::schema(world, &mapped.data_source);
        Ok(Self { rule: mapped, worlds: (from, world), source, schema, losses, assumes })
    }

    /// One form, lowered and written.
    fn attempt(&self, form: Form, options: &Options) -> Conversion {
        let lowered = self.lower(form);
        let mut losses = self.losses.clone();
        losses.extend(lowered.losses);
        let mut assumes = self.assumes.clone();
        assumes.extend(lowered.assumptions);
        if !lowered.fatal.is_empty() {
            losses.extend(lowered.fatal);
            return refused(losses, assumes);
        }
        finish(form.emit(&simplify(lowered.rule), options), losses, assumes, options)
    }

    fn lower(&self, form: Form) -> Lowered {
        let (from, target) = self.worlds;
        let known = facts::known(target, self.source.map, &self.schema);
        let facts = |field: &FieldPath| known.get(field, || self.source.facts(target, &self.schema, field));
        lower(
            &self.rule,
            &Terms {
                capabilities: form.capabilities(),
                facts: &facts,
                domain: &|field, text| self.source.domain(field, text),
                empties: self.source.empties(from, target),
                assumes: &self.assumes,
                crossed: from != target,
            },
        )
    }
}

/// What the front-end took for granted.
fn stated(rule: &Rule) -> Vec<Assumption> {
    rule.assumptions.iter().cloned().map(Assumption::Words).collect()
}

/// The version of ATT&CK that the published rules of Elastic and Panther use; SigmaHQ's use the newest.
const PUBLISHED: AttackVersion = AttackVersion::V18_1;

/// The rule with its ATT&CK references in the version that is asked for or that the target's own rules use, and what changed; none where
/// they stay as they are.
fn in_attack_version(rule: &Rule, target: Target, options: &Options) -> Option<(Rule, Vec<Loss>)> {
    let own = target.rule_dialect()?;
    if rule.meta.attack.is_empty() || (rule.dialect == own && options.attack.is_none()) {
        return None;
    }
    let version = options.attack.unwrap_or(if own == Dialect::Sigma { AttackVersion::LATEST } else { PUBLISHED });
    let mut migrated = migrate_attack(&rule.meta.attack, version);
    let mut moved = rule.clone();
    if own == Dialect::Panther {
        // Its free tags keep the source's words.
        moved.meta.tags.append(&mut migrated.former);
        migrated.losses.clear();
    }
    moved.meta.attack = migrated.references;
    moved.meta.attack_version = Some(version.number());
    // What else is written of the rule has its old references.
    moved.file = (own == Dialect::Elastic).then(|| moved_in_place(rule, &moved)).flatten().map(Into::into);
    Some((moved, migrated.losses))
}

/// That the rule reads more events than those of the log source that it is written for.
fn narrower_log_source(rule: &Rule, source: &SourceWorld) -> Option<Loss> {
    let message = format!("the rule reads events with other values of {} too", source.unasked.join(", "));
    let loss = Loss::new(&code::LOG_SOURCE_NARROWER, Effect::Narrowed, message, Some(rule.origin));
    (!source.unasked.is_empty()).then_some(loss)
}

/// The rule in the other world's fields, with what the log source implies there.
fn cross(
    rule: Rule,
    target: World,
    world: &SourceWorld,
    losses: &mut Vec<Loss>,
    assumes: &mut Vec<Assumption>,
) -> Result<Rule, Loss> {
    if rule.names_every_field() {
        assumes.push("every field has the name that the pipelines give it, so no field map is used".into());
        return Ok(rule);
    }
    if let Logic::Pipeline(_) = rule.logic {
        let message = "the columns of a pipeline cannot be translated to other fields".to_owned();
        return Err(Loss::new(&code::LOGIC, Effect::Unknown, message, Some(rule.origin)));
    }
    let Some(map) = world.map else {
        let message = "no field map is known for this log source, so its fields cannot be translated".to_owned();
        return Err(Loss::new(&code::LOG_SOURCE_UNMAPPED, Effect::Unknown, message, Some(rule.origin)));
    };
    let direction = if target == World::Elastic { Direction::ToElastic } else { Direction::ToRaw };
    let was_everything = matches_everything(&rule);
    let mapped = map_fields(rule, direction, map, &world.implied());
    losses.extend(mapped.losses);
    assumes.extend(mapped.assumptions);
    if direction == Direction::ToRaw && map.depends_on_sensor() {
        assumes.push(
            "sensors write the documents of an event in several ways: the source fires when it does on any".into(),
        );
    }
    let mut rule = simplify(mapped.rule);
    if matches_everything(&rule) && !was_everything {
        let message = "nothing is left of the condition: every event of the log source satisfies it".to_owned();
        return Err(Loss::new(&code::FIELD_UNMAPPED, Effect::Unknown, message, Some(rule.origin)));
    }
    losses.extend(name_fields(&mut rule, direction, map));
    if target == World::Elastic {
        source_world::add_source_conditions(&mut rule, world);
    }
    Ok(rule)
}

/// The fields that stand outside the conditions, in the other world: what alerts are merged by and what they show. What has no one
/// counterpart is left out.
fn name_fields(rule: &mut Rule, direction: Direction, map: &FieldMap) -> Option<Loss> {
    let named = rule.named_fields.clone();
    let there = |name: &str| {
        if named.contains(&FieldPath::dotted(name)) {
            return Some(name.to_owned());
        }
        let mapping = if direction == Direction::ToElastic { map.to_elastic(name) } else { map.to_raw(name) };
        match mapping {
            Mapping::Exact { field, .. } | Mapping::Value { field, .. } => Some(field),
            _ => None,
        }
    };
    let mut lost: Vec<String> = Vec::new();
    let merged: Option<Vec<String>> = rule.meta.dedup.fields.iter().map(|name| there(name)).collect();
    match merged {
        Some(fields) => rule.meta.dedup.fields = fields,
        // By fewer fields, alerts would be merged that are not in the source.
        None => lost.append(&mut rule.meta.dedup.fields),
    }
    rule.meta.output_fields.retain_mut(|output| {
        let counterpart = there(&output.field);
        let name = std::mem::take(&mut output.field);
        let is_there = counterpart.is_some();
        output.field = counterpart.unwrap_or_default();
        lost.extend((!is_there).then_some(name));
        is_there
    });
    (!lost.is_empty()).then(|| {
        let message = format!("fields to group alerts by or to show have no counterpart: {}", lost.join(", "));
        Loss::new(&code::METADATA, Effect::Metadata, message, Some(rule.origin))
    })
}

fn event_model(target: Target) -> EventModel {
    match target {
        Target::Panther | Target::PantherSimple | Target::PantherCorrelation => EventModel::Panther,
        Target::Sigma => EventModel::Sigma,
        _ => EventModel::Elastic,
    }
}

fn matches_everything(rule: &Rule) -> bool {
    matches!(rule.logic.source(), Logic::Event(filter) if *filter == ExprId::TRUE)
}

fn never_fires(rule: &Rule) -> bool {
    match rule.logic.source() {
        Logic::Event(filter) => *filter == ExprId::FALSE,
        Logic::Sequence(sequence) => sequence.steps.iter().any(|step| !step.missing && step.filter == ExprId::FALSE),
        _ => false,
    }
}

fn refused(losses: Vec<Loss>, assumes: Vec<Assumption>) -> Conversion {
    Conversion { status: Status::Refused, losses: once(losses), assumes, choice: None, outputs: Vec::new() }
}

/// Each loss once: a term of the source can be looked at for each of many values.
fn once(losses: Vec<Loss>) -> Vec<Loss> {
    let all: IndexSet<Loss, RandomState> = losses.into_iter().collect();
    all.into_iter().collect()
}

/// Adds the back-end's losses and lets the conversion through, or not.
fn finish(
    emitted: Result<Emitted, Vec<Loss>>,
    mut losses: Vec<Loss>,
    mut assumes: Vec<Assumption>,
    options: &Options,
) -> Conversion {
    let emitted = match emitted {
        Ok(emitted) => emitted,
        Err(fatal) => {
            losses.extend(fatal);
            return refused(losses, assumes);
        }
    };
    losses.extend(emitted.losses);
    assumes.extend(emitted.assumes);
    losses.extend(options.losses.iter().cloned());
    let losses = once(losses);
    let counted: Vec<Loss> = losses.iter().filter(|loss| !is_allowed(loss, options)).cloned().collect();
    if counted.iter().any(|loss| loss.code.dead) || !options.max_loss.allows(total_effect(&counted)) {
        return refused(losses, assumes);
    }
    let status = Status::of(total_effect(&losses));
    Conversion { status, losses, assumes, choice: None, outputs: emitted.outputs }
}

fn is_allowed(loss: &Loss, options: &Options) -> bool {
    options.allow.iter().any(|code| code.eq_ignore_ascii_case(loss.code.id) || code == loss.code.name)
}
