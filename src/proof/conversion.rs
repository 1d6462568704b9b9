//! `convert --prove`: the source rule against the emitted text.

use super::Proof;
use super::compare::{self, Claim, Comparison};
use super::ground::Ground;
use super::reread::reread;
use super::sides::{Path, Side};
use crate::backend::{Conversion, SourceWorld, Status, Target, World};
use crate::ir::{Logic, Rule, Window};

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
    let again = emitted(rule, target, conversion)?;
    let from = World::of_rule(rule);
    let to = World::of_target(target).unwrap_or(from);
    let way = world.way();
    let path = match (from, to) {
        _ if from == to || rule.names_every_field() => Path::Same,
        (World::Raw, _) => Path::TargetBehind(way.as_ref().ok_or(NO_MAP)?),
        (World::Elastic, _) => Path::SourceBehind(way.as_ref().ok_or(NO_MAP)?),
    };
    let travels = !matches!(path, Path::Same);
    let mut rules = siblings.to_vec();
    rules.push(rule);
    let again: Vec<&Rule> = again.iter().collect();
    let emitted = *again.last().ok_or("the emitted text holds no rule")?;
    let source = Side::new(rules, Ground::new(from, &world, &rule.data_source, travels)).ok_or(NO_RULE)?;
    let ground = Ground::new(to, &world, &emitted.data_source, travels);
    let target = Side::new(again, ground).ok_or(NO_RULE)?;
    let behind = match path {
        Path::Same => None,
        Path::TargetBehind(way) => Some((way, &target)),
        Path::SourceBehind(way) => Some((way, &source)),
    };
    if let Some(field) = behind.and_then(|(way, side)| side.fields().find(|field| !way.models(&field.name()))) {
        return Err(format!("how the ingest makes `{field}` is not modelled"));
    }
    let comparison = Comparison { source: &source, target: &target, path, assumes: &conversion.assumes };
    Ok(look(&comparison))
}

/// The rules of the emitted text, read again; the last is the one that stands for the source.
pub(super) fn emitted(rule: &Rule, target: Target, conversion: &Conversion) -> Result<Vec<Rule>, String> {
    let world = SourceWorld::of(rule);
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

const NO_MAP: &str = "the way from the source's events to the target's is not known";
const NO_RULE: &str = "there is no rule";
