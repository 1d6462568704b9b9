//! Keys that only Elastic's rules have: an Elastic rule keeps them, from other formats there are none to keep.

use super::super::metadata as metadata_losses;
use crate::fidelity::{Effect, Loss, code};
use crate::ir::{Dialect, Rule};
use std::collections::BTreeMap;

/// Puts back what stood in `[metadata]` and `[rule]`; tells what has no place.
pub(super) fn write(
    rule: &Rule,
    metadata: &mut BTreeMap<String, String>,
    table: &mut BTreeMap<String, String>,
) -> Vec<Loss> {
    let mut dropped = Vec::new();
    for extra in rule.extras.iter().filter(|extra| !extra.key.starts_with("eql.")) {
        let home = match extra.key.split_once('.') {
            _ if rule.dialect != Dialect::Elastic || extra.key.contains('[') => None,
            Some(("metadata", key)) => Some((&mut *metadata, key)),
            Some(("rule", key)) => Some((&mut *table, key)),
            _ => None,
        };
        match home {
            Some((home, key)) => {
                home.entry(key.to_owned()).or_insert_with(|| extra.text.clone());
            }
            None if extra.key.starts_with("rule.exceptions_list") => {}
            None => dropped.push(extra),
        }
    }
    let mut losses: Vec<Loss> = metadata_losses::exceptions(rule).into_iter().collect();
    if let Some(first) = dropped.first() {
        let mut names: Vec<&str> =
            dropped.iter().map(|extra| extra.key.split('[').next().unwrap_or_default()).collect();
        names.dedup();
        let message = format!("the rule file has no place here for: {}", names.join(", "));
        losses.push(Loss::new(&code::METADATA, Effect::Metadata, message, Some(first.origin)));
    }
    losses
}
