//! Tests for emitted Panther rules whose source has none: an event that fires the rule, and a near miss.

use crate::backend::{Conversion, Target};
use crate::ir::{Dialect, Expectation, Logic, Rule, RuleTest};
use crate::proof::{Sample, emitted_samples};

/// One firing and one other event for what the rule's own tests do not show, made from the emitted rule: its tests say what it does,
/// whatever the conversion cost.
pub(super) fn examples(rule: &Rule, tests: &[RuleTest], target: Target, conversion: &Conversion) -> Vec<RuleTest> {
    if conversion.outputs.is_empty() || rule.dialect == Dialect::Panther || !matches!(rule.logic, Logic::Event(_)) {
        return Vec::new();
    }
    let missing: Vec<bool> =
        [true, false].into_iter().filter(|fires| !tests.iter().any(|test| shows(rule, test, *fires))).collect();
    if missing.is_empty() {
        return Vec::new();
    }
    let found = emitted_samples(rule, target, conversion).unwrap_or_default();
    let of = |fires: bool| found.iter().find(|sample| sample.fires == fires && sample.events.len() == 1);
    missing.into_iter().filter_map(of).map(example).collect()
}

/// Panther's tests have one event, and Elastic's documents are not the vendor's events.
fn shows(rule: &Rule, test: &RuleTest, fires: bool) -> bool {
    let said = match test.expect {
        Expectation::Fires(said) => said,
        Expectation::Count(count) | Expectation::AtLeast(count) => count > 0,
    };
    rule.dialect != Dialect::Elastic && test.events.len() == 1 && said == fires
}

fn example(sample: &Sample) -> RuleTest {
    let what = if sample.fires { "Fires" } else { "Does not fire" };
    let name = format!("{what}: {}", sample.about);
    RuleTest { raw: true, ..RuleTest::new(name, Expectation::Fires(sample.fires), sample.events.clone()) }
}
