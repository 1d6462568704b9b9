//! Panther correlation rules, with the signal rules whose matches they correlate (reference: panther.md section 4).
//!
//! Whatever has steps or members becomes a [`Group`] first; each of its filters becomes a signal: a rule that raises no alert of
//! its own. The correlation names the signals by their ids.

mod plan;
mod yaml;

use super::super::{Capabilities, Emitted, Output, SequenceSupport, Support};
use super::meta;
use crate::fidelity::{Effect, Loss, code};
use crate::ir::{ExprId, Group, Logic, MemberSource, Meta, Rule, Severity};

/// What a correlation of signals can say: conditions as in rules, and their order.
pub(in crate::backend) const CAPABILITIES: Capabilities =
    Capabilities { sequence: SequenceSupport::Full, threshold: Support::No, ..super::CAPABILITIES };

/// The correlation's YAML, then the module and YAML of each signal.
///
/// # Errors
/// The construct that a correlation rule has no form for.
pub(in crate::backend) fn emit(rule: &Rule) -> Result<Emitted, Vec<Loss>> {
    let mut losses = Vec::new();
    if let Some(exclusion) = rule.exclusions.first() {
        let message = format!("a correlation has no place for the exclusion `{}`", exclusion.name);
        return Err(vec![Loss::new(&code::EXCLUSION, Effect::Unknown, message, Some(exclusion.origin))]);
    }
    let group = plan::group(rule, &mut losses).map_err(|loss| vec![*loss])?;
    let mut signals = Signals { rule, filters: Vec::new(), outputs: Vec::new() };
    let ids = signals.of(&group)?;
    let text = yaml::write(rule, &group, &ids, &mut losses);
    let mut outputs = vec![Output::new(".yml", text)];
    outputs.append(&mut signals.outputs);
    Ok(Emitted { outputs, losses, assumes: Vec::new() })
}

/// The signal rules of a correlation.
struct Signals<'r> {
    rule: &'r Rule,
    /// The filters that have a signal, in order.
    filters: Vec<ExprId>,
    outputs: Vec<Output>,
}

impl Signals<'_> {
    /// The rule ids of a group's members, in order. Members with the same filter share a signal.
    fn of(&mut self, group: &Group) -> Result<Vec<String>, Vec<Loss>> {
        let mut ids = Vec::new();
        for member in &group.members {
            ids.push(match &member.source {
                MemberSource::Rule(rule) => rule.reference.clone(),
                MemberSource::Filter(filter) => self.signal(*filter)?,
            });
        }
        Ok(ids)
    }

    fn signal(&mut self, filter: ExprId) -> Result<String, Vec<Loss>> {
        let known = self.filters.iter().position(|known| *known == filter);
        let number = known.unwrap_or(self.filters.len()) + 1;
        let id = format!("{}.Signal{number}", meta::rule_id(self.rule));
        if known.is_some() {
            return Ok(id);
        }
        self.filters.push(filter);
        let signal = signal_rule(self.rule, filter, number);
        let mut emitted = super::emit(&signal)?;
        // What the signal's own YAML leaves out stands in the correlation's.
        for mut output in emitted.outputs.drain(..) {
            output.suffix = format!("_signal_{number}");
            if output.extension == ".yml" {
                output.text = super::set_key(&output.text, "RuleID", &id);
            }
            self.outputs.push(output);
        }
        Ok(id)
    }
}

/// A rule that only marks the events of a filter.
fn signal_rule(rule: &Rule, filter: ExprId, number: usize) -> Rule {
    let title = format!("{} - Signal {number}", rule.meta.title);
    let meta = Meta {
        title,
        severity: Some(Severity::Informational),
        enabled: rule.meta.enabled,
        building_block: true,
        ..Meta::default()
    };
    let mut signal =
        Rule { meta, logic: Logic::Event(filter), tests: Vec::new(), file: None, module: None, ..rule.clone() };
    signal.extras.clear();
    signal
}
