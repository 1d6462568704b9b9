//! Panther rules: a Python module that never raises, and its YAML.

mod atom;
mod attack;
mod call;
pub(super) mod correlation;
mod descent;
mod meta;
mod module;
mod names;
mod regex;
pub(super) mod sdyaml;
mod test;
mod writer;
mod yaml;

#[cfg(test)]
mod tests;

use super::{
    Absence, Capabilities, CaseSupport, Emitted, Output, PipeSupport, RegexSupport, SequenceSupport, Support,
    ValueModel, WildcardSupport,
};
use crate::fidelity::{Effect, Loss, code};
use crate::ir::{
    Anchoring, Bound, Cmp, ExprId, FieldPath, Logic, Measure, RegexDialect, Rule, Threshold, ThresholdSource, Value,
    Window,
};
use std::time::Duration;

/// What a Panther rule can say.
pub(super) const CAPABILITIES: Capabilities = Capabilities {
    values: ValueModel::Whole,
    absence: Absence::Full,
    case: CaseSupport::Both,
    wildcard: WildcardSupport::StarAndOne,
    regex: RegexSupport::Dialect(RegexDialect::Python, &[Anchoring::Search, Anchoring::Start, Anchoring::Whole]),
    cidr: Support::Yes,
    ordering: Support::Yes,
    field_comparison: Support::Yes,
    same_element: Support::Yes,
    functions: Support::Yes,
    date_parts: Support::No,
    words: Support::No,
    date_math: Support::No,
    keyword_search: Support::Yes,
    sequence: SequenceSupport::None,
    pipes: PipeSupport::None,
    threshold: Support::Yes,
};

/// Panther groups alerts for an hour when the rule does not say how long.
const DEFAULT_PERIOD: Duration = Duration::from_hours(1);
/// Panther's shortest dedup period.
const MIN_PERIOD_MINUTES: u64 = 5;

/// How many events of a group make an alert.
pub(super) struct Counting<'a> {
    group_by: &'a [FieldPath],
    number: u64,
    minutes: u64,
}

/// The rule's module and YAML.
///
/// The YAML names its module after the rule's title ([`module_name`]); [`set_module_name`] gives it another.
///
/// # Errors
/// The construct that a Panther rule has no form for.
pub fn emit(rule: &Rule) -> Result<Emitted, Vec<Loss>> {
    let mut losses = Vec::new();
    let (condition, counting) = logic(rule, &mut losses).map_err(|loss| vec![*loss])?;
    let dedup = dedup_fields(rule);
    let group_by = counting.as_ref().map_or(dedup.as_slice(), |counting| counting.group_by);
    let module = module::write(rule, condition, group_by).map_err(|loss| vec![*loss])?;
    let yaml = meta::write(rule, &meta::Detection::Module(&module), counting.as_ref(), &mut losses);
    let outputs = vec![Output::new(".py", module.text), Output::new(".yml", yaml)];
    Ok(Emitted { outputs, losses, assumes: Vec::new() })
}

/// The fields that alerts of a Panther rule are merged by. Others name them in their own terms.
fn dedup_fields(rule: &Rule) -> Vec<FieldPath> {
    let own = rule.dialect == crate::ir::Dialect::Panther;
    rule.meta.dedup.fields.iter().filter(|_| own).map(|name| FieldPath::dotted(name)).collect()
}

/// The name, without extension, that a rule's YAML gives to its module.
pub fn module_name(rule: &Rule) -> String {
    names::module_name(&rule.meta.title)
}

/// The YAML with the name under which its module is written, without extension.
pub fn set_module_name(yaml: &str, name: &str) -> String {
    set_key(yaml, "Filename", &format!("{name}.py"))
}

/// The YAML with another value for a key that stands before the name, in a line of its own.
fn set_key(yaml: &str, key: &str, value: &str) -> String {
    let line = |line: &str| match line.strip_prefix(key) {
        Some(rest) if rest.starts_with(": ") => format!("{key}: {}\n", yaml::scalar(value)),
        _ => line.to_owned(),
    };
    let (head, tail) = match yaml.find("\nDisplayName: ") {
        Some(at) => yaml.split_at(at + 1),
        None => (yaml, ""),
    };
    head.split_inclusive('\n').map(line).collect::<String>() + tail
}

/// What a rule of one event says, and how many of them it takes. A rule needs a log type.
fn logic<'a>(rule: &'a Rule, losses: &mut Vec<Loss>) -> Result<(ExprId, Option<Counting<'a>>), Box<Loss>> {
    if rule.data_source.log_types.is_empty() {
        let message = "Panther has no log type that is known to hold these events".to_owned();
        return Err(Box::new(Loss::new(&code::LOG_SOURCE_UNMAPPED, Effect::Unknown, message, Some(rule.origin))));
    }
    match &rule.logic {
        Logic::Event(condition) => Ok((*condition, None)),
        Logic::Threshold(threshold) => {
            let (condition, counting) = counting(rule, threshold, losses)?;
            Ok((condition, Some(counting)))
        }
        other => Err(no_form(rule, &format!("{} logic", other.name()))),
    }
}

#[expect(clippy::unnecessary_box_returns, reason = "what `Result`s of this module hold")]
fn no_form(rule: &Rule, what: &str) -> Box<Loss> {
    let message = format!("{what} has no form in a Panther rule");
    Box::new(Loss::new(&code::LOGIC, Effect::Unknown, message, Some(rule.origin)))
}

fn counting<'a>(
    rule: &Rule,
    threshold: &'a Threshold,
    losses: &mut Vec<Loss>,
) -> Result<(ExprId, Counting<'a>), Box<Loss>> {
    let ThresholdSource::Filter(condition) = threshold.source else {
        return Err(no_form(rule, "a threshold over the alerts of other rules"));
    };
    let [Bound { measure: Measure::Count, op, number: Value::Int(number) }] = threshold.bounds.as_slice() else {
        return Err(no_form(rule, "a threshold that does more than count events"));
    };
    let number = match op {
        Cmp::GreaterOrEqual => u64::try_from(*number).ok(),
        Cmp::Greater => u64::try_from(number.saturating_add(1)).ok(),
        _ => None,
    };
    let Some(number) = number else { return Err(no_form(rule, "a threshold that is no minimum of events")) };
    let period = match threshold.window {
        Window::FromFirst(length) | Window::Sliding(length) | Window::Tumbling { length, .. } => length,
        Window::Run { look_back, .. } => look_back,
        Window::Unbounded => rule.meta.schedule.look_back.unwrap_or(DEFAULT_PERIOD),
    };
    let minutes = period.as_secs().div_ceil(60).max(MIN_PERIOD_MINUTES);
    if !matches!(threshold.window, Window::FromFirst(_)) || minutes * 60 != period.as_secs() {
        let message = format!(
            "Panther counts the events of a dedup string for {minutes} minutes from the first one; events without the fields of the group are a group of their own"
        );
        losses.push(Loss::new(&code::THRESHOLD, Effect::Unknown, message, Some(rule.origin)));
    }
    Ok((condition, Counting { group_by: &threshold.group_by, number, minutes }))
}
