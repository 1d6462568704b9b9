//! The rule's type, its query, and the tables that go with the type.

use super::super::{QueryLanguage, eql, esql, kql, lucene};
use super::toml;
use crate::fidelity::{Effect, Loss, code};
use crate::ir::{
    Bound, Cmp, Dialect, ExprId, FieldPath, Indicator, IndicatorEntry, Logic, Measure, NewTerms, Rule, Threshold,
    ThresholdSource, Value, Window,
};
use std::fmt::Write;
use std::time::Duration;

/// Kibana's schedule for rules that do not say.
const KIBANA_LOOK_BACK: Duration = Duration::from_mins(6);
const KIBANA_INTERVAL: Duration = Duration::from_mins(5);

/// What the logic of a rule becomes.
pub(super) struct Body {
    /// `rule.type`
    pub(super) kind: &'static str,
    /// `rule.language`; an anomaly job has none.
    pub(super) language: Option<&'static str>,
    pub(super) query: Option<String>,
    /// Further keys of `[rule]`.
    pub(super) keys: Vec<(&'static str, String)>,
    /// The tables after the query.
    pub(super) tables: String,
    /// What the logic asks of the schedule.
    pub(super) look_back: Option<Duration>,
    pub(super) interval: Option<Duration>,
    pub(super) losses: Vec<Loss>,
}

/// The body of a rule whose logic is no query in the file and stands in keys of its own, which are among the rule's extras.
pub(super) fn without_query(rule: &Rule) -> Option<Body> {
    let Logic::Opaque(opaque) = &rule.logic else { return None };
    match (&*opaque.code, &*opaque.language) {
        _ if rule.dialect != Dialect::Elastic => None,
        ("machine_learning", _) => Some(Body::without_query("machine_learning", None)),
        ("saved-query", "lucene") => Some(Body::without_query("saved_query", Some("lucene"))),
        ("saved-query", _) => Some(Body::without_query("saved_query", Some("kuery"))),
        _ => None,
    }
}

/// The body of a rule with its query in `language`; without one, of a rule that has no query.
pub(super) fn body(rule: &Rule, language: Option<QueryLanguage>) -> Result<Body, Vec<Loss>> {
    use QueryLanguage::{Eql, Esql, Kuery, Lucene};
    let Some(language) = language else {
        return without_query(rule).ok_or_else(|| refusal(rule, format!("{} logic needs a query", rule.logic.name())));
    };
    match (&rule.logic, language) {
        (Logic::Indicator(found), Kuery | Lucene) => threat_match(rule, found, language),
        (Logic::Threshold(found), Kuery | Lucene) => threshold(rule, found, language),
        (Logic::NewTerms(found), Kuery | Lucene) => new_terms(rule, found, language),
        (Logic::Event(filter), Kuery | Lucene) => filtered(rule, *filter, language, "query"),
        (Logic::Event(_) | Logic::Sequence(_) | Logic::Sample(_) | Logic::Piped(_), Eql) => {
            Ok(Body::new("eql", language, eql::query(rule)?))
        }
        (Logic::Threshold(found), Esql) => {
            let mut body = Body::new("esql", language, esql::query(rule)?);
            schedule(rule, found.window, &mut body);
            if matches!(found.window, Window::Unbounded) {
                body.losses.push(over_all_time(rule));
            }
            Ok(body)
        }
        (Logic::Event(_) | Logic::Pipeline(_), Esql) => Ok(Body::new("esql", language, esql::query(rule)?)),
        (logic, language) => {
            let message = format!("an Elastic rule in {} has no form for {} logic", language.name(), logic.name());
            Err(refusal(rule, message))
        }
    }
}

/// The type that a rule of this logic has in a language; of no use where there is none.
pub(super) fn kind(logic: &Logic, language: QueryLanguage) -> &'static str {
    match (logic, language) {
        (_, QueryLanguage::Eql) => "eql",
        (_, QueryLanguage::Esql) => "esql",
        (Logic::Threshold(_), _) => "threshold",
        (Logic::NewTerms(_), _) => "new_terms",
        (Logic::Indicator(_), _) => "threat_match",
        _ => "query",
    }
}

impl Body {
    fn new(kind: &'static str, language: QueryLanguage, (query, losses): (String, Vec<Loss>)) -> Self {
        Self { query: Some(query), losses, ..Self::without_query(kind, Some(language.key())) }
    }

    fn without_query(kind: &'static str, language: Option<&'static str>) -> Self {
        Self {
            kind,
            language,
            query: None,
            keys: Vec::new(),
            tables: String::new(),
            look_back: None,
            interval: None,
            losses: Vec::new(),
        }
    }
}

fn refusal(rule: &Rule, message: String) -> Vec<Loss> {
    vec![Loss::new(&code::LOGIC, Effect::Unknown, message, Some(rule.origin))]
}

fn filtered(rule: &Rule, filter: ExprId, language: QueryLanguage, kind: &'static str) -> Result<Body, Vec<Loss>> {
    let query = match language {
        QueryLanguage::Lucene => lucene::query(rule, filter)?,
        _ => kql::query(rule, filter)?,
    };
    Ok(Body::new(kind, language, query))
}

fn new_terms(rule: &Rule, found: &NewTerms, language: QueryLanguage) -> Result<Body, Vec<Loss>> {
    let mut body = filtered(rule, found.filter, language, "new_terms")?;
    let start = toml::basic(&format!("now-{}", super::length(found.history)));
    body.tables = format!(
        "\n[rule.new_terms]\nfield = \"new_terms_fields\"\nvalue = {}\n\n\
         [[rule.new_terms.history_window_start]]\nfield = \"history_window_start\"\nvalue = {start}\n",
        toml::list(&names(&found.fields))
    );
    Ok(body)
}

/// Both queries are in one language. Which indices hold the indicators is among the extras of Elastic's rules.
fn threat_match(rule: &Rule, found: &Indicator, language: QueryLanguage) -> Result<Body, Vec<Loss>> {
    let mut body = filtered(rule, found.filter, language, "threat_match")?;
    // What is taken out of the events says nothing of the indicators.
    let indicators = Rule { exclusions: Vec::new(), ..rule.clone() };
    let threat = filtered(&indicators, found.threat_filter, language, "threat_match")?;
    body.keys.push(("threat_language", toml::basic(language.key())));
    body.keys.push(("threat_query", toml::query(threat.query.as_deref().unwrap_or_default())));
    body.losses.extend(threat.losses);
    for group in &found.mapping {
        body.tables.push_str("\n[[rule.threat_mapping]]\n");
        group.iter().for_each(|entry| mapping_entry(entry, &mut body.tables));
    }
    Ok(body)
}

fn mapping_entry(entry: &IndicatorEntry, out: &mut String) {
    let (field, value) = (toml::basic(&entry.field.name()), toml::basic(&entry.indicator_field.name()));
    // Writing to a string cannot fail.
    let _infallible =
        write!(out, "\n[[rule.threat_mapping.entries]]\nfield = {field}\ntype = \"mapping\"\nvalue = {value}\n");
    if entry.negated {
        out.push_str("negate = true\n");
    }
}

fn names(fields: &[FieldPath]) -> Vec<String> {
    fields.iter().map(FieldPath::name).collect()
}

fn threshold(rule: &Rule, found: &Threshold, language: QueryLanguage) -> Result<Body, Vec<Loss>> {
    let ThresholdSource::Filter(filter) = found.source else {
        return Err(refusal(rule, "an Elastic threshold rule counts events, not the alerts of other rules".to_owned()));
    };
    let mut count = None;
    let mut distinct = Vec::new();
    for bound in &found.bounds {
        match at_least(bound) {
            Some((Measure::Count, number)) => count = Some(number),
            Some((Measure::Distinct(fields), number)) if fields.len() == 1 => distinct.push((fields[0].name(), number)),
            _ => {
                let message = "an Elastic threshold rule asks for at least so many events or values, nothing else";
                return Err(vec![Loss::new(&code::THRESHOLD, Effect::Unknown, message, Some(rule.origin))]);
            }
        }
    }
    let mut body = filtered(rule, filter, language, "threshold")?;
    window(rule, found.window, &mut body);
    body.tables = format!(
        "\n[rule.threshold]\nfield = {}\nvalue = {}\n",
        toml::list(&names(&found.group_by)),
        count.unwrap_or(1)
    );
    for (field, number) in distinct {
        let field = toml::basic(&field);
        let table = format!("\n[[rule.threshold.cardinality]]\nfield = {field}\nvalue = {number}\n");
        body.tables.push_str(&table);
    }
    Ok(body)
}

/// The measure and the least number of a bound, when it is one of that kind.
fn at_least(bound: &Bound) -> Option<(&Measure, i64)> {
    match (bound.op, &bound.number) {
        (Cmp::GreaterOrEqual, Value::Int(number)) => Some((&bound.measure, *number)),
        (Cmp::Greater, Value::Int(number)) => Some((&bound.measure, number.checked_add(1)?)),
        _ => None,
    }
}

/// A rule looks at the stretch before each run.
fn window(rule: &Rule, window: Window, body: &mut Body) {
    schedule(rule, window, body);
    let loss = match window {
        Window::Run { .. } => return,
        Window::Unbounded => over_all_time(rule),
        Window::Sliding(_) | Window::FromFirst(_) | Window::Tumbling { .. } => {
            let message =
                "a run every 5 minutes counts the stretch before it: other stretches of that length are not looked at";
            Loss::new(&code::WINDOW, Effect::Unknown, message, Some(rule.origin))
        }
    };
    body.losses.push(loss);
}

fn over_all_time(rule: &Rule) -> Loss {
    let message = "the source counts over all time: the rule counts over its look-back";
    Loss::new(&code::WINDOW, Effect::Narrowed, message, Some(rule.origin))
}

/// What a window asks of the schedule.
fn schedule(rule: &Rule, window: Window, body: &mut Body) {
    match window {
        Window::Run { look_back, interval } => {
            let default = rule.dialect == Dialect::Elastic;
            body.look_back = Some(look_back).filter(|length| !default || *length != KIBANA_LOOK_BACK);
            body.interval = Some(interval).filter(|length| !default || *length != KIBANA_INTERVAL);
        }
        Window::Sliding(length) | Window::FromFirst(length) | Window::Tumbling { length, .. } => {
            body.look_back = Some(length);
        }
        Window::Unbounded => {}
    }
}
