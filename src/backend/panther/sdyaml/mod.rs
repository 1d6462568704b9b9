//! Panther Simple Detections: conditions as match expressions in YAML (reference: panther.md section 3).
//!
//! A match expression that meets a value of another type than it asks for ends the rule. So the types that conditions ask for are
//! stated as assumptions.

mod build;
mod test;
#[cfg(test)]
mod tests;
mod tree;

use super::super::{Capabilities, Emitted, Output, RegexSupport, Support};
use super::meta::{self, Detection};
use crate::fidelity::Loss;
use crate::ir::{FieldPath, Rule};
use build::Builder;
use serde_json::Value as Json;
use tree::Key;

/// What match expressions can say.
pub(in crate::backend) const CAPABILITIES: Capabilities = Capabilities {
    regex: RegexSupport::None,
    functions: Support::No,
    keyword_search: Support::No,
    ..super::CAPABILITIES
};

/// The rule's YAML.
///
/// # Errors
/// The construct that no match expression has a form for.
pub(in crate::backend) fn emit(rule: &Rule) -> Result<Emitted, Vec<Loss>> {
    let mut losses = Vec::new();
    let (condition, counting) = super::logic(rule, &mut losses).map_err(|loss| vec![*loss])?;
    let mut builder = Builder::new(&rule.pool);
    let mut expressions = builder.conjuncts(condition).map_err(|loss| vec![*loss])?;
    for exclusion in &rule.exclusions {
        expressions.push(builder.none(exclusion.condition).map_err(|loss| vec![*loss])?);
    }
    let dedup = super::dedup_fields(rule);
    let group_by = counting.as_ref().map_or(dedup.as_slice(), |counting| counting.group_by);
    let group_by: Json = group_by.iter().map(of_field).collect();
    let expressions: Json = expressions.iter().map(tree::Match::to_json).collect();
    losses.append(&mut builder.losses);
    let assumes = builder.assumes.into_iter().collect();
    let detection = Detection::Simple { expressions: &expressions, group_by: &group_by };
    let text = meta::write(rule, &detection, counting.as_ref(), &mut losses);
    Ok(Emitted { outputs: vec![Output::new(".yml", text)], losses, assumes })
}

fn of_field(field: &FieldPath) -> Json {
    Json::Object(Key::of(field).to_json())
}
