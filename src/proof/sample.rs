//! `detc synth`: events that fire a rule, and near misses that do not.

use super::conversion::emitted;
use super::ground::Ground;
use super::path::{Names, Path, Travelled};
use super::sides::{Answer, Side, fields_named};
use super::witness::{Extent, Witnesses};
use crate::backend::{Conversion, SourceWorld, Target, World};
use crate::ir::Rule;
use crate::pass::simplify;
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;

/// Whose events are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Shape {
    /// Those that the rule itself reads.
    #[default]
    Rule,
    /// The vendor's.
    Vendor,
    /// The documents that the ingest makes.
    Elastic,
}

/// Sample events and what the rule says about them.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// One event, or the stream that a rule over several needs.
    pub events: Vec<Json>,
    pub fires: bool,
    /// What the events are there for.
    pub about: String,
}

/// A few samples of what a conversion wrote, in the events that it reads: where there are such, some that fire and some that do not.
///
/// # Errors
/// When the text cannot be read again.
pub fn emitted_samples(rule: &Rule, target: Target, conversion: &Conversion) -> Result<Vec<Sample>, String> {
    let again: Vec<Rule> = emitted(rule, target, conversion)?.into_iter().map(simplify).collect();
    let rules: Vec<&Rule> = again.iter().collect();
    // Of the first two tests an event with nothing in it tells less than a near miss of those behind them.
    let is_close = |sample: &Sample| sample.events != [json!({})];
    let pair = made(&rules, Shape::Rule, Extent::Pair)?;
    if shows_both(pair.iter().filter(|sample| is_close(sample))) {
        return Ok(pair);
    }
    let few = made(&rules, Shape::Rule, Extent::Few)?;
    if shows_both(&few) { Ok(few) } else { made(&rules, Shape::Rule, Extent::Full) }
}

/// Whether there is one that fires and one that does not.
fn shows_both<'a>(samples: impl IntoIterator<Item = &'a Sample>) -> bool {
    samples.into_iter().map(|sample| sample.fires).collect::<BTreeSet<bool>>().len() == 2
}

/// Samples of the last of the rules, which may refer to the others: those that fire first. The same rule gives the same
/// samples.
///
/// # Errors
/// When the events of that shape cannot be made: no field map knows the way.
pub fn samples(rules: &[&Rule], shape: Shape) -> Result<Vec<Sample>, String> {
    made(rules, shape, Extent::Full)
}

fn made(rules: &[&Rule], shape: Shape, extent: Extent) -> Result<Vec<Sample>, String> {
    let Some((rule, siblings)) = rules.split_last() else { return Ok(Vec::new()) };
    let source = SourceWorld::of(rule);
    let own = Names::of(rule);
    let wanted = match shape {
        Shape::Rule => own,
        Shape::Vendor => Names::Vendor,
        Shape::Elastic => Names::Elastic,
    };
    let way = |names: Names| names.way(&source).map_err(|_| "no field map is known for this log source".to_owned());
    let travels = own != wanted;
    let [into_own, into_wanted] = if travels { [way(own)?, way(wanted)?] } else { [None, None] };
    let in_log_type = source.in_log_type();
    let asked = if own == Names::Elastic { fields_named(rule) } else { Vec::new() };
    let side = |rules: Vec<_>, names: Names| {
        let source = if names == Names::LogType { &in_log_type } else { &source };
        let world = if names == Names::Elastic { World::Elastic } else { World::Raw };
        Side::new(rules, Ground::new(world, source, &rule.data_source, travels).asked_for(&asked))
    };
    let asked = side(rules.to_vec(), own);
    let mapped = into_own.as_ref().zip(asked.as_ref()).map(|(way, asked)| asked.in_vendor_names(way, asked.model()));
    let path = Path { source: into_own.as_ref(), ..Path::default() };
    let mut all = siblings.to_vec();
    all.push(mapped.as_ref().unwrap_or(rule));
    let maker = side(all, if mapped.is_some() { Names::Vendor } else { own });
    let (Some(maker), Some(asked)) = (maker, asked) else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for witness in Witnesses::made_by(&maker, extent).all {
        let Some(Travelled { there, .. }) = path.travelled(&witness.events) else { continue };
        if !maker.admits(&witness.events, &[]) {
            continue;
        }
        let Answer::Fires(fires) = asked.says_of_any(there) else { continue };
        let events = match &into_wanted {
            Some(way) => witness.events.iter().map(|event| way.forward(event)).collect(),
            None => witness.events,
        };
        let sample = Sample { events, fires, about: witness.about };
        if !found.contains(&sample) {
            found.push(sample);
        }
    }
    found.sort_by_key(|sample| !sample.fires);
    Ok(found)
}
