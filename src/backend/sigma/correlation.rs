//! Sequences, thresholds and groups of rules as Sigma correlations (Sigma Correlation Rules Specification 2.1.0).

use super::yaml::Yaml;
use super::{detection, meta};
use crate::fidelity::{Effect, Loss, LossCode, code};
use crate::ir::{
    Aliases, Bound, Cmp, ExprId, FieldPath, JoinKey, Logic, Measure, MemberSource, Rule, RuleCondition, Step, Temporal,
    Threshold, ThresholdSource, Value, Window,
};
use crate::source::Location;
use std::time::Duration;

type Document = Vec<(String, Yaml)>;
type Result<T> = std::result::Result<T, Box<Loss>>;

/// The time span where the source states none: Sigma requires one.
const DEFAULT_SPAN: Duration = Duration::from_hours(24 * 30);

/// The rules that a correlation needs, and the correlation.
pub(super) fn documents(rule: &Rule, losses: &mut Vec<Loss>) -> Result<Vec<Document>> {
    if let Some(exclusion) = rule.exclusions.first() {
        let message = format!("a correlation has no place for the exclusion `{}`", exclusion.name);
        return Err(Box::new(Loss::new(&code::EXCLUSION, Effect::Unknown, message, Some(exclusion.origin))));
    }
    match &rule.logic {
        Logic::Sequence(sequence) => {
            if let Some(until) = &sequence.until {
                let message = "Sigma has no `until`: the correlation also fires where that event ended the sequence";
                losses.push(Loss::new(&code::SEQUENCE_OPTION, Effect::Widened, message, until.origin));
            }
            let shape = Shape { steps: &sequence.steps, by: &sequence.by, span: sequence.max_span, ordered: true };
            steps(rule, &shape, losses)
        }
        Logic::Sample(sample) => {
            let shape = Shape { steps: &sample.steps, by: &sample.by, span: None, ordered: false };
            steps(rule, &shape, losses)
        }
        Logic::Threshold(threshold) => threshold_documents(rule, threshold, losses),
        Logic::Temporal(temporal) => temporal_documents(rule, temporal, losses),
        _ => Err(refusal(&code::LOGIC, "this logic is not a correlation", Some(rule.origin)).into()),
    }
}

fn refusal(code: &'static LossCode, message: impl Into<String>, origin: Option<Location>) -> Loss {
    Loss::new(code, Effect::Unknown, message, origin)
}

fn correlation(rule: &Rule, mut body: Vec<(String, Yaml)>, losses: &mut Vec<Loss>) -> Document {
    body.extend(rule.meta.generate.map(|value| ("generate".to_owned(), Yaml::Bool(value))));
    let of_rules = Rule { kind: "correlation", ..rule.clone() };
    meta::document(&of_rules, vec![("correlation".to_owned(), Yaml::Map(body))], losses)
}

/// One of the rules that the correlation is about.
fn part(rule: &Rule, filter: ExprId, name: &str, title: &str, losses: &mut Vec<Loss>) -> Result<Document> {
    let body = detection::detection(rule, filter, losses)?;
    Ok(meta::part(rule, name, title, ("detection".to_owned(), Yaml::Map(body))))
}

/// A name made of the title, by which the correlation refers to its rules.
fn slug(rule: &Rule) -> String {
    let title = meta::plain_title(rule).to_lowercase();
    let words: Vec<&str> = title.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let name = words.join("_");
    let name: String = name.chars().take(60).collect();
    let name = name.trim_end_matches('_');
    // A name that a condition could take for one of its words, or that begins with a digit, is not one.
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
        format!("rule_{name}")
    } else {
        name.to_owned()
    }
}

struct Shape<'a> {
    steps: &'a [Step],
    by: &'a [JoinKey],
    span: Option<Duration>,
    ordered: bool,
}

fn steps(rule: &Rule, shape: &Shape<'_>, losses: &mut Vec<Loss>) -> Result<Vec<Document>> {
    refuse_endgame(shape)?;
    let absent = shape.steps.iter().find(|step| step.missing);
    note_step_losses(shape, losses);
    let base = slug(rule);
    let names: Vec<String> = (1..=shape.steps.len()).map(|number| format!("{base}_{number}")).collect();
    let mut documents = Vec::new();
    for (index, (step, name)) in shape.steps.iter().zip(&names).enumerate() {
        let title = format!("{} - Step {}", meta::plain_title(rule), index + 1);
        documents.push(part(rule, step.filter, name, &title, losses)?);
    }
    if let Some(step) = absent {
        let message = "Sigma has no *ordered* absence: an event that must not occur before, between or after others. \
             The nearest form is an extended `temporal` condition (`a and not b`), which is unordered; it is written \
             only when every loss is allowed (`--max-loss any`)";
        losses.push(Loss::new(&code::ABSENCE, Effect::Unknown, message, step.origin));
    }
    let kind = if shape.ordered && absent.is_none() { "temporal_ordered" } else { "temporal" };
    let mut body = vec![("type".to_owned(), Yaml::Prose(kind.to_owned())), ("rules".to_owned(), texts(&names))];
    body.extend(keys(shape, &names));
    let span = shape.span.unwrap_or(DEFAULT_SPAN);
    body.push(("timespan".to_owned(), timespan(span, losses)));
    if absent.is_some() {
        let parts = shape.steps.iter().zip(&names);
        let parts: Vec<String> =
            parts.map(|(step, name)| if step.missing { format!("not {name}") } else { name.clone() }).collect();
        body.push(("condition".to_owned(), Yaml::Prose(parts.join(" and "))));
    }
    documents.push(correlation(rule, body, losses));
    Ok(documents)
}

fn note_step_losses(shape: &Shape<'_>, losses: &mut Vec<Loss>) {
    if shape.span.is_none() {
        let message = "Sigma requires a time span where the source states none: 30 days are written";
        losses.push(Loss::new(&code::WINDOW, Effect::Narrowed, message, None));
    }
    for step in shape.steps.iter().filter(|step| step.runs > 1) {
        let message = format!("Sigma has no `with runs`: one event counts for the {} in a row", step.runs);
        let effect = if step.missing { Effect::Narrowed } else { Effect::Widened };
        losses.push(Loss::new(&code::SEQUENCE_OPTION, effect, message, step.origin));
    }
    let all_keys = shape.by.iter().chain(shape.steps.iter().flat_map(|step| &step.by));
    for key in all_keys.filter(|key| key.optional) {
        let name = key.field().map(FieldPath::name).unwrap_or_default();
        let message = format!("events without `{name}` join in the source; Sigma groups by fields that are there");
        losses.push(Loss::new(&code::SEQUENCE_OPTION, Effect::Narrowed, message, key.origin));
    }
}

/// What only Endgame's sequences and joins have.
fn refuse_endgame(shape: &Shape<'_>) -> Result<()> {
    let computed =
        shape.by.iter().chain(shape.steps.iter().flat_map(|step| &step.by)).find(|key| key.field().is_none());
    if let Some(key) = computed {
        let message = "Sigma groups by fields, not by what is computed from them";
        return Err(Box::new(Loss::new(&code::SEQUENCE_OPTION, Effect::Unknown, message, key.origin)));
    }
    match shape.steps.iter().find(|step| step.fork) {
        Some(step) => {
            let message = "Sigma has no `fork`";
            Err(Box::new(Loss::new(&code::SEQUENCE_OPTION, Effect::Unknown, message, step.origin)))
        }
        None => Ok(()),
    }
}

fn texts<S: AsRef<str>>(names: &[S]) -> Yaml {
    Yaml::List(names.iter().map(|name| Yaml::Prose(name.as_ref().to_owned())).collect())
}

/// `group-by`, and `aliases` where the steps name a shared key differently.
fn keys(shape: &Shape<'_>, names: &[String]) -> Vec<(String, Yaml)> {
    let mut group_by: Vec<String> = shape.by.iter().filter_map(JoinKey::field).map(FieldPath::name).collect();
    let mut aliases = Vec::new();
    let own = shape.steps.iter().map(|step| step.by.len()).min().unwrap_or(0);
    for at in 0..own {
        let fields: Vec<String> =
            shape.steps.iter().filter_map(|step| step.by[at].field()).map(FieldPath::name).collect();
        if fields.windows(2).all(|pair| pair[0] == pair[1]) {
            group_by.push(fields[0].clone());
            continue;
        }
        let alias = format!("key_{}", at + 1);
        let pairs = names.iter().cloned().zip(fields.into_iter().map(Yaml::Prose)).collect();
        aliases.push((alias.clone(), Yaml::Map(pairs)));
        group_by.push(alias);
    }
    let mut entries = vec![self::group_by(&group_by)];
    if !aliases.is_empty() {
        entries.push(("aliases".to_owned(), Yaml::Map(aliases)));
    }
    entries
}

/// The specification's JSON Schema wants it in every correlation: an empty list puts all events into one group.
fn group_by(names: &[String]) -> (String, Yaml) {
    ("group-by".to_owned(), texts(names))
}

/// The span in the largest unit that holds it exactly; parts of a second are rounded up.
fn timespan(span: Duration, losses: &mut Vec<Loss>) -> Yaml {
    let mut seconds = span.as_secs();
    if span.subsec_nanos() > 0 {
        seconds += 1;
        let message = "Sigma counts time in whole seconds; the span is rounded up";
        losses.push(Loss::new(&code::WINDOW, Effect::Widened, message, None));
    }
    let units = [(24 * 60 * 60, "d"), (60 * 60, "h"), (60, "m")];
    let fitting = units.into_iter().find(|(length, _)| seconds > 0 && seconds.is_multiple_of(*length));
    let (length, unit) = fitting.unwrap_or((1, "s"));
    Yaml::Prose(format!("{}{unit}", seconds / length))
}

fn threshold_documents(rule: &Rule, threshold: &Threshold, losses: &mut Vec<Loss>) -> Result<Vec<Document>> {
    let mut documents = Vec::new();
    let rules = match &threshold.source {
        ThresholdSource::Rules(rules) => rules.iter().map(|rule| rule.reference.clone()).collect(),
        ThresholdSource::Filter(filter) => {
            let name = format!("{}_events", slug(rule));
            let title = format!("{} - Events", meta::plain_title(rule));
            documents.push(part(rule, *filter, &name, &title, losses)?);
            vec![name]
        }
    };
    let (kind, mut condition) = measure(rule, &threshold.bounds)?;
    for bound in &threshold.bounds {
        condition.push((operator(bound.op).to_owned(), number(rule, &bound.number)?));
    }
    let mut body = vec![("type".to_owned(), Yaml::Prose(kind.to_owned())), ("rules".to_owned(), texts(&rules))];
    let fields: Vec<String> = threshold.group_by.iter().map(FieldPath::name).collect();
    body.push(group_by(&fields));
    let span = window(rule, threshold.window, losses);
    body.push(("timespan".to_owned(), timespan(span, losses)));
    body.extend(aliases(&threshold.aliases));
    body.push(("condition".to_owned(), Yaml::Map(condition)));
    documents.push(correlation(rule, body, losses));
    Ok(documents)
}

/// The type of the correlation, and what its condition computes. A correlation has one measure, with a range at most.
fn measure(rule: &Rule, bounds: &[Bound]) -> Result<(&'static str, Vec<(String, Yaml)>)> {
    let refuse = |message: &str| Err(refusal(&code::THRESHOLD, message, Some(rule.origin)).into());
    let Some(first) = bounds.first() else { return refuse("the threshold compares with nothing") };
    if bounds.iter().any(|bound| bound.measure != first.measure) {
        return refuse("a Sigma correlation has one measure; this threshold combines several");
    }
    for (index, bound) in bounds.iter().enumerate() {
        if bounds[..index].iter().any(|other| other.op == bound.op) {
            return refuse("a Sigma correlation compares once with each operator");
        }
    }
    let field = |field: &FieldPath| vec![("field".to_owned(), Yaml::Prose(field.name()))];
    Ok(match &first.measure {
        Measure::Count => ("event_count", Vec::new()),
        Measure::Distinct(fields) => match fields.as_slice() {
            [only] => ("value_count", field(only)),
            several => {
                let names: Vec<String> = several.iter().map(FieldPath::name).collect();
                ("value_count", vec![("field".to_owned(), texts(&names))])
            }
        },
        Measure::Sum(of) => ("value_sum", field(of)),
        Measure::Average(of) => ("value_avg", field(of)),
        Measure::Median(of) => ("value_median", field(of)),
        Measure::Percentile(of, percentile) => {
            let mut entries = field(of);
            entries.push(("percentile".to_owned(), Yaml::Int(i64::from(*percentile))));
            ("value_percentile", entries)
        }
        Measure::Min(_) | Measure::Max(_) => return refuse("Sigma has no correlation over a least or greatest value"),
    })
}

fn operator(op: Cmp) -> &'static str {
    match op {
        Cmp::Equal => "eq",
        Cmp::NotEqual => "neq",
        Cmp::Less => "lt",
        Cmp::LessOrEqual => "lte",
        Cmp::Greater => "gt",
        Cmp::GreaterOrEqual => "gte",
    }
}

fn number(rule: &Rule, value: &Value) -> Result<Yaml> {
    match value {
        Value::Int(number) => Ok(Yaml::Int(*number)),
        Value::Float(number) if number.is_finite() => Ok(Yaml::Float(number.0)),
        _ => {
            Err(refusal(&code::THRESHOLD, format!("{value} is not a number to compare with"), Some(rule.origin)).into())
        }
    }
}

/// Sigma's time span is any stretch of its length, so it sees groups that a fixed cut of time would divide.
fn window(rule: &Rule, window: Window, losses: &mut Vec<Loss>) -> Duration {
    let (span, loss) = match window {
        Window::Sliding(span) => return span,
        Window::Tumbling { length, .. } => (length, (Effect::Widened, "the source cuts time into fixed stretches")),
        Window::FromFirst(span) => {
            (span, (Effect::Widened, "the source's stretch begins with the first event of a group"))
        }
        Window::Run { look_back, .. } => (look_back, (Effect::Widened, "the source looks back from each run")),
        Window::Unbounded => (DEFAULT_SPAN, (Effect::Narrowed, "the source states no span, so 30 days are written")),
    };
    let message = format!("Sigma's time span slides: {}", loss.1);
    losses.push(Loss::new(&code::WINDOW, loss.0, message, Some(rule.origin)));
    span
}

fn temporal_documents(rule: &Rule, temporal: &Temporal, losses: &mut Vec<Loss>) -> Result<Vec<Document>> {
    let base = slug(rule);
    let mut documents = Vec::new();
    let mut names = Vec::new();
    for (index, member) in temporal.members.iter().enumerate() {
        names.push(match member {
            MemberSource::Rule(rule) => rule.reference.clone(),
            MemberSource::Filter(filter) => {
                let name = format!("{base}_{}", index + 1);
                let title = format!("{} - Part {}", meta::plain_title(rule), index + 1);
                documents.push(part(rule, *filter, &name, &title, losses)?);
                name
            }
        });
    }
    documents.push(correlation(rule, temporal_body(temporal, &names, losses)?, losses));
    Ok(documents)
}

fn temporal_body(temporal: &Temporal, names: &[String], losses: &mut Vec<Loss>) -> Result<Vec<(String, Yaml)>> {
    let kind = if temporal.ordered { "temporal_ordered" } else { "temporal" };
    let rules: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut body = vec![("type".to_owned(), Yaml::Prose(kind.to_owned())), ("rules".to_owned(), texts(&rules))];
    body.push(group_by(&temporal.group_by));
    body.push(("timespan".to_owned(), timespan(temporal.window, losses)));
    body.extend(aliases(&temporal.aliases));
    if !is_all(&temporal.condition, rules.len()) {
        body.push(("condition".to_owned(), Yaml::Prose(condition(&temporal.condition, &rules, false)?)));
    }
    Ok(body)
}

fn aliases(aliases: &Aliases) -> Option<(String, Yaml)> {
    let alias = |(name, fields): &(String, Vec<(String, FieldPath)>)| {
        let fields = fields.iter().map(|(rule, field)| (rule.clone(), Yaml::Prose(field.name()))).collect();
        (name.clone(), Yaml::Map(fields))
    };
    (!aliases.is_empty()).then(|| ("aliases".to_owned(), Yaml::Map(aliases.iter().map(alias).collect())))
}

/// All rules fired: what a correlation without a condition means.
fn is_all(condition: &RuleCondition, count: usize) -> bool {
    let fired = |part: &RuleCondition, index: usize| *part == RuleCondition::Fired(index);
    match condition {
        RuleCondition::And(parts) => {
            parts.len() == count && parts.iter().enumerate().all(|(index, part)| fired(part, index))
        }
        other => count == 1 && fired(other, 0),
    }
}

fn condition(part: &RuleCondition, rules: &[&str], inner: bool) -> Result<String> {
    let joined = |parts: &[RuleCondition], word: &str| -> Result<String> {
        let texts = parts.iter().map(|part| condition(part, rules, true)).collect::<Result<Vec<_>>>()?;
        let text = texts.join(word);
        Ok(if inner && parts.len() > 1 { format!("({text})") } else { text })
    };
    match part {
        RuleCondition::Fired(index) => match rules.get(*index) {
            Some(name) => Ok((*name).to_owned()),
            None => {
                Err(refusal(&code::LOGIC, "the condition names a rule that the correlation does not have", None).into())
            }
        },
        RuleCondition::Not(inner) => Ok(format!("not {}", condition(inner, rules, true)?)),
        RuleCondition::And(parts) => joined(parts, " and "),
        RuleCondition::Or(parts) => joined(parts, " or "),
    }
}
