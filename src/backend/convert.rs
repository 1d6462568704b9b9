//! A rule to a target: simplify, map the fields, lower, emit, and decide whether the losses are allowed.

use super::source_world::{self, SourceWorld, World};
use super::{Capabilities, Conversion, Emitted, Options, QueryLanguage, Status, Target};
use crate::catalog::fields::Schema;
use crate::fidelity::{Effect, Loss, code, total_effect};
use crate::ir::{EventModel, ExprId, Logic, Rule};
use crate::pass::{Direction, Terms, lower, map_fields, simplify};

/// Converts a rule.
pub fn convert(rule: &Rule, target: Target, options: &Options) -> Conversion {
    let mut attempts = attempts(rule, target, options).into_iter().map(|form| attempt(rule, form, options));
    let Some(first) = attempts.next() else {
        let message = format!("{} rules have no form in this target", rule.logic.name());
        return refused(vec![Loss::new(&code::LOGIC, Effect::Unknown, message, Some(rule.origin))], Vec::new());
    };
    attempts.fold(first, |best, other| if other.status < best.status { other } else { best })
}

/// The forms that a target has for a rule, the preferred one first.
fn attempts(rule: &Rule, target: Target, options: &Options) -> Vec<Form> {
    if target != Target::Elastic {
        return vec![Form::Plain(target)];
    }
    if let Some(language) = options.language {
        return vec![Form::Elastic(language)];
    }
    match rule.logic.source() {
        // KQL has no pipes.
        Logic::Event(_) if !rule.logic.pipes().is_empty() => {
            vec![Form::Elastic(QueryLanguage::Eql), Form::Elastic(QueryLanguage::Kuery)]
        }
        Logic::Threshold(_) | Logic::NewTerms(_) => vec![Form::Elastic(QueryLanguage::Kuery)],
        Logic::Event(_) => vec![Form::Elastic(QueryLanguage::Kuery), Form::Elastic(QueryLanguage::Eql)],
        _ => vec![Form::Elastic(QueryLanguage::Eql)],
    }
}

#[derive(Clone, Copy)]
enum Form {
    Plain(Target),
    Elastic(QueryLanguage),
}

impl Form {
    fn target(self) -> Target {
        match self {
            Self::Plain(target) => target,
            Self::Elastic(_) => Target::Elastic,
        }
    }

    /// An Elastic rule can say what its query's language can.
    fn capabilities(self) -> &'static Capabilities {
        match self {
            Self::Elastic(QueryLanguage::Eql) => return &super::eql::CAPABILITIES,
            Self::Elastic(QueryLanguage::Kuery) => return &super::kql::CAPABILITIES,
            Self::Elastic(QueryLanguage::Lucene) => return &super::lucene::CAPABILITIES,
            Self::Plain(_) => {}
        }
        self.target().info().map_or(&super::native::CAPABILITIES, |info| info.capabilities)
    }

    fn emit(self, rule: &Rule) -> Result<Emitted, Vec<Loss>> {
        match self {
            Self::Plain(Target::Eql) => super::eql::emit(rule),
            Self::Plain(Target::Kql) => super::kql::emit(rule),
            Self::Plain(Target::Lucene) => super::lucene::emit(rule),
            Self::Plain(Target::Esql) => super::esql::emit(rule),
            Self::Plain(Target::Panther) => super::panther::emit(rule),
            Self::Plain(Target::PantherSimple) => super::panther::sdyaml::emit(rule),
            Self::Plain(Target::PantherCorrelation) => super::panther::correlation::emit(rule),
            Self::Plain(Target::Sigma) => super::sigma::emit(rule),
            Self::Elastic(language) => super::elastic::emit(rule, language),
            Self::Plain(Target::Elastic | Target::Native) => super::native::emit(rule),
        }
    }
}

/// One form, from the source rule to its texts.
fn attempt(rule: &Rule, form: Form, options: &Options) -> Conversion {
    if rule.kind == "filter" && !matches!(form.target(), Target::Sigma | Target::Native) {
        let message = "a filter is not a rule of its own: convert it together with the rules that it is for".to_owned();
        return refused(vec![Loss::new(&code::LOGIC, Effect::Unknown, message, Some(rule.origin))], Vec::new());
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
        return finish(form.emit(rule), Vec::new(), rule.assumptions.clone(), options);
    };
    let world = SourceWorld::of(rule);
    let mut losses = Vec::new();
    let mut assumes = rule.assumptions.clone();
    let mut mapped = simplify(rule.clone());
    let from = World::of_rule(rule);
    if from != target {
        match cross(&mapped, target, &world, &mut losses, &mut assumes) {
            Ok(rule) => mapped = rule,
            Err(loss) => return refused(vec![loss], assumes),
        }
    }
    source_world::translate(&mut mapped, target, &world);
    mapped.event_model = event_model(form.target());
    if never_fires(&mapped) {
        let message = "the condition contradicts itself: no event satisfies it".to_owned();
        losses.push(Loss::new(&code::NEVER_FIRES, Effect::Unknown, message, Some(rule.origin)));
    }
    let schema = SourceWorld::schema(target, &mapped.data_source);
    let lowered = lower_for(&mapped, form, (from, target), &world, &schema);
    losses.extend(lowered.losses);
    assumes.extend(lowered.assumptions);
    if !lowered.fatal.is_empty() {
        losses.extend(lowered.fatal);
        return refused(losses, assumes);
    }
    finish(form.emit(&simplify(lowered.rule)), losses, assumes, options)
}

/// The rule in the other world's fields, with what the log source implies there.
fn cross(
    rule: &Rule,
    target: World,
    world: &SourceWorld,
    losses: &mut Vec<Loss>,
    assumes: &mut Vec<String>,
) -> Result<Rule, Loss> {
    if rule.names_every_field() {
        assumes.push("every field has the name that the pipelines give it, so no field map is used".to_owned());
        return Ok(rule.clone());
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
    let mapped = map_fields(rule, direction, map);
    losses.extend(mapped.losses);
    assumes.extend(mapped.assumptions);
    let mut rule = simplify(mapped.rule);
    if target == World::Elastic {
        source_world::add_source_conditions(&mut rule, world);
    }
    Ok(rule)
}

fn lower_for(
    rule: &Rule,
    form: Form,
    (from, target): (World, World),
    world: &SourceWorld,
    schema: &Schema,
) -> crate::pass::Lowered {
    lower(
        rule,
        &Terms {
            capabilities: form.capabilities(),
            facts: &|field| world.facts(target, schema, field),
            domain: &|field, text| world.domain(field, text),
            empties: world.empties(from, target),
        },
    )
}

fn event_model(target: Target) -> EventModel {
    match target {
        Target::Panther | Target::PantherSimple | Target::PantherCorrelation => EventModel::Panther,
        Target::Sigma => EventModel::Sigma,
        Target::Eql | Target::Kql | Target::Lucene | Target::Esql | Target::Elastic | Target::Native => {
            EventModel::Elastic
        }
    }
}

fn never_fires(rule: &Rule) -> bool {
    match rule.logic.source() {
        Logic::Event(filter) => *filter == ExprId::FALSE,
        Logic::Sequence(sequence) => sequence.steps.iter().any(|step| !step.missing && step.filter == ExprId::FALSE),
        _ => false,
    }
}

fn refused(losses: Vec<Loss>, assumes: Vec<String>) -> Conversion {
    Conversion { status: Status::Refused, losses, assumes, outputs: Vec::new() }
}

/// Adds the back-end's losses and lets the conversion through, or not.
fn finish(
    emitted: Result<Emitted, Vec<Loss>>,
    mut losses: Vec<Loss>,
    mut assumes: Vec<String>,
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
    let counted: Vec<Loss> = losses.iter().filter(|loss| !is_allowed(loss, options)).cloned().collect();
    if counted.iter().any(|loss| loss.code.dead) || !options.max_loss.allows(total_effect(&counted)) {
        return refused(losses, assumes);
    }
    Conversion { status: Status::of(total_effect(&losses)), losses, assumes, outputs: emitted.outputs }
}

fn is_allowed(loss: &Loss, options: &Options) -> bool {
    options.allow.iter().any(|code| code.eq_ignore_ascii_case(loss.code.id) || code == loss.code.name)
}
