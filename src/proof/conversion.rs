//! `convert --prove`: the source rule against the emitted text.

use super::Proof;
use super::compare::{self, Claim, Comparison};
use super::ground::Ground;
use super::path::{Names, Path};
use super::reread::reread;
use super::sides::{Side, fields_named};
use crate::backend::{Conversion, SourceWorld, Status, Target, World};
use crate::fidelity::Assumption;
use crate::ir::{Dialect, FieldPath, Logic, Rule, Window};

/// Holds the emitted text of a conversion against its source. `siblings` are the rules that it may refer to. `None` for a
/// conversion that was refused or could not be read: there is nothing to prove.
#[must_use]
pub fn prove_conversion(rule: &Rule, siblings: &[&Rule], target: Target, conversion: &Conversion) -> Option<Proof> {
    let claim = match conversion.status {
        Status::Refused | Status::Failed => return None,
        Status::Exact | Status::Metadata => Claim::Equal,
        Status::Widened => Claim::Wider,
        Status::Narrowed => Claim::Narrower,
        Status::Unknown => {
            return Some(Proof::not_run("the losses have no direction, so the conversion claims nothing", conversion));
        }
    };
    let look = |comparison: &Comparison<'_>| compare::compare(comparison, claim);
    Some(match side_by_side(rule, siblings, target, conversion, look) {
        Ok(proof) => proof,
        Err(reason) => Proof::not_run(reason, conversion),
    })
}

/// Looks at the source and the emitted text, read again, side by side.
///
/// # Errors
/// When the text cannot be read, or the events of both sides cannot be brought together.
pub(super) fn side_by_side<T>(
    rule: &Rule,
    siblings: &[&Rule],
    target: Target,
    conversion: &Conversion,
    look: impl FnOnce(&Comparison<'_>) -> T,
) -> Result<T, String> {
    let world = SourceWorld::of(rule);
    let again = emitted_in(&world, rule, target, conversion)?;
    // The evaluator's own configuration refers to the other rules by their names, as the source does.
    let others = if target == Target::Native { siblings } else { &[] };
    let again: Vec<&Rule> = others.iter().copied().chain(&again).collect();
    let emitted = *again.last().ok_or("the emitted text holds no rule")?;
    let from = Names::of(rule);
    // The evaluator's own configuration has the source's names.
    let to = if World::of_target(target).is_none() { from } else { Names::of(emitted) };
    let travels = from != to && !rule.names_every_field();
    let [source_way, target_way] = if travels { [from.way(&world)?, to.way(&world)?] } else { [None, None] };
    // A Panther rule and what becomes of it see each event in the log type's spelling, with what tells it from others of the log type.
    let in_log_type = |names: Names, rule: &Rule| names == Names::Vendor && rule.dialect == Dialect::Panther;
    let within = rule.dialect != emitted.dialect && (in_log_type(from, rule) || in_log_type(to, emitted));
    let vendor = (within && !rule.names_every_field()).then(|| world.way_within()).flatten();
    let path = Path { vendor: vendor.as_ref(), source: source_way.as_ref(), target: target_way.as_ref() };
    let mut rules = siblings.to_vec();
    rules.push(rule);
    let in_log_type = world.in_log_type();
    let of_documents = [(from, rule), (to, emitted)].into_iter().filter(|(names, _)| *names == Names::Elastic);
    let asked: Vec<FieldPath> = of_documents.flat_map(|(_, rule)| fields_named(rule)).collect();
    let ground = |names: Names, rule: &Rule| {
        let world = if names == Names::LogType && travels { &in_log_type } else { &world };
        let of_elastic = if names == Names::Elastic { World::Elastic } else { World::Raw };
        Ground::new(of_elastic, world, &rule.data_source, travels).asked_for(&asked)
    };
    let source = Side::new(rules, ground(from, rule)).ok_or(NO_RULE)?;
    let target = Side::new(again.clone(), ground(to, emitted)).ok_or(NO_RULE)?;
    for (way, side) in [(path.source, &source), (path.target, &target)] {
        let models = |field: &&FieldPath| way.is_none_or(|way| way.models(&field.name()));
        if let Some(field) = side.fields().find(|field| !models(field)) {
            return Err(format!("how the ingest makes `{field}` is not modelled"));
        }
    }
    let sides = [(path.source, &source), (path.target, &target)];
    let told = sides.into_iter().filter_map(|(way, side)| Some((way?, side)));
    let told = told.flat_map(|(way, side)| side.fields().filter(|field| way.is_hearsay(&field.name())));
    let told = told
        .map(|field| Assumption::from(format!("the ingest makes `{field}` as the map's row says, and no otherwise")));
    let assumes: Vec<Assumption> = conversion.assumes.iter().cloned().chain(told).collect();
    let begins = Ground::new(World::Raw, &world, &rule.data_source, travels).asked_for(&asked);
    let comparison = Comparison::new(&source, &target, path, &begins, &assumes);
    Ok(look(&comparison))
}

/// The rules of the emitted text, read again; the last is the one that stands for the source.
pub(super) fn emitted(rule: &Rule, target: Target, conversion: &Conversion) -> Result<Vec<Rule>, String> {
    emitted_in(&SourceWorld::of(rule), rule, target, conversion)
}

fn emitted_in(world: &SourceWorld, rule: &Rule, target: Target, conversion: &Conversion) -> Result<Vec<Rule>, String> {
    let mut again = reread(target, &conversion.outputs, &world.indices(&rule.data_source))?;
    if let Some(last) = again.last_mut() {
        on_schedule_of(rule, last);
    }
    Ok(again)
}

/// A bare query has no schedule: it is run on the source's.
fn on_schedule_of(rule: &Rule, emitted: &mut Rule) {
    if let (Logic::Threshold(source), Logic::Threshold(target)) = (&rule.logic, &mut emitted.logic)
        && let (Window::Run { .. }, Window::Unbounded) = (source.window, target.window)
    {
        target.window = source.window;
    }
}

const NO_RULE: &str = "there is no rule";
