//! A rule's own tests, carried over to what a conversion wrote: their events travel as the maps say.

use super::conversion::side_by_side;
use super::path::Travelled;
use super::sides::Answer;
use crate::backend::{Conversion, Target};
use crate::ir::{Rule, RuleTest};
use serde_json::Value as Json;

/// A test of the source rule, put to the emitted one.
#[derive(Debug, Clone)]
pub struct CarriedTest<'a> {
    pub test: &'a RuleTest,
    /// Its events as the emitted rule reads them.
    pub events: Vec<Json>,
    /// Whether the emitted rule fires on them, or why that is not known.
    pub fires: Result<bool, String>,
}

/// The tests of a rule on its emitted text, read again. Tests that replace parts of the rule, and those without events, say nothing about
/// it and are left out.
///
/// # Errors
/// When the text cannot be read, or no field map knows the way of the events.
pub fn carried_tests<'a>(
    rule: &'a Rule,
    siblings: &[&Rule],
    target: Target,
    conversion: &Conversion,
) -> Result<Vec<CarriedTest<'a>>, String> {
    side_by_side(rule, siblings, target, conversion, |comparison| {
        let asked =
            rule.tests.iter().filter(|test| test.instead.is_none() && test.skip.is_none() && !test.events.is_empty());
        let carried = asked.map(|test| {
            let Some(Travelled { mut here, .. }) = comparison.path.travelled(&test.events) else {
                let fires = Err("the events are not of the log source".to_owned());
                return CarriedTest { test, events: Vec::new(), fires };
            };
            comparison.target.index(&mut here);
            let fires = match comparison.target.says(&here) {
                Answer::Fires(fires) => Ok(fires),
                Answer::Open(reason) => Err(reason),
            };
            CarriedTest { test, events: here, fires }
        });
        carried.collect()
    })
}
