//! The rule's type, its query, and the tables that go with the type.

use super::super::{QueryLanguage, eql, kql, lucene};
use super::toml;
use crate::fidelity::{Effect, Loss, code};
use crate::ir::{
    Bound, Cmp, Dialect, ExprId, FieldPath, Logic, Measure, NewTerms, Rule, Threshold, ThresholdSource, Value, Window,
};
use std::time::Duration;

/// Kibana's schedule for rules that do not say.
const KIBANA_LOOK_BACK: Duration = Duration::from_mins(6);
const KIBANA_INTERVAL: Duration = Duration::from_mins(5);

/// What the logic of a rule becomes.
pub(super) struct Body {
    /// `rule.type`
    pub(super) kind: &'static str,
    /// `rule.language`
    pub(super) language: &'static str,
    pub(super) query: String,
    /// The tables after the query.
    pub(super) tables: String,
    /// What the logic asks of the schedule.
    pub(super) look_back: Option<Duration>,
    pub(super) interval: Option<Duration>,
    pub(super) losses: Vec<Loss>,
}

/// The body of a rule with its query in `language`.
pub(super) fn body(rule: &Rule, language: QueryLanguage) -> Result<Body, Vec<Loss>> {
    match (&rule.logic, language) {
        (Logic::Threshold(found), QueryLanguage::Kuery) => threshold(rule, found),
        (Logic::NewTerms(found), QueryLanguage::Kuery) => new_terms(rule, found),
        (Logic::Event(filter), QueryLanguage::Kuery) => kuery(rule, *filter, "query"),
        (Logic::Event(filter), QueryLanguage::Lucene) => {
            let (query, losses) = lucene::query(rule, *filter)?;
            let tables = String::new();
            Ok(Body { kind: "query", language: "lucene", query, tables, look_back: None, interval: None, losses })
        }
        (Logic::Event(_) | Logic::Sequence(_) | Logic::Sample(_) | Logic::Piped(_), QueryLanguage::Eql) => {
            let (query, losses) = eql::query(rule)?;
            let tables = String::new();
            Ok(Body { kind: "eql", language: "eql", query, tables, look_back: None, interval: None, losses })
        }
        (logic, language) => {
            let language = match language {
                QueryLanguage::Eql => "EQL",
                QueryLanguage::Kuery => "KQL",
                QueryLanguage::Lucene => "Lucene",
            };
            Err(refusal(rule, format!("an Elastic rule in {language} has no form for {} logic", logic.name())))
        }
    }
}

fn refusal(rule: &Rule, message: String) -> Vec<Loss> {
    vec![Loss::new(&code::LOGIC, Effect::Unknown, message, Some(rule.origin))]
}

fn kuery(rule: &Rule, filter: ExprId, kind: &'static str) -> Result<Body, Vec<Loss>> {
    let (query, losses) = kql::query(rule, filter)?;
    Ok(Body { kind, language: "kuery", query, tables: String::new(), look_back: None, interval: None, losses })
}

fn new_terms(rule: &Rule, found: &NewTerms) -> Result<Body, Vec<Loss>> {
    let mut body = kuery(rule, found.filter, "new_terms")?;
    let start = toml::basic(&format!("now-{}", super::length(found.history)));
    body.tables = format!(
        "\n[rule.new_terms]\nfield = \"new_terms_fields\"\nvalue = {}\n\n\
         [[rule.new_terms.history_window_start]]\nfield = \"history_window_start\"\nvalue = {start}\n",
        toml::list(&names(&found.fields))
    );
    Ok(body)
}

fn names(fields: &[FieldPath]) -> Vec<String> {
    fields.iter().map(FieldPath::name).collect()
}

fn threshold(rule: &Rule, found: &Threshold) -> Result<Body, Vec<Loss>> {
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
    let mut body = kuery(rule, filter, "threshold")?;
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
    let length = match window {
        Window::Run { look_back, interval } => {
            let default = rule.dialect == Dialect::Elastic;
            body.look_back = Some(look_back).filter(|length| !default || *length != KIBANA_LOOK_BACK);
            body.interval = Some(interval).filter(|length| !default || *length != KIBANA_INTERVAL);
            return;
        }
        Window::Sliding(length) | Window::FromFirst(length) | Window::Tumbling { length, .. } => length,
        Window::Unbounded => {
            let message = "the source counts over all time: the rule counts over its look-back";
            body.losses.push(Loss::new(&code::WINDOW, Effect::Narrowed, message, Some(rule.origin)));
            return;
        }
    };
    body.look_back = Some(length);
    let message =
        "a run every 5 minutes counts the stretch before it: other stretches of that length are not looked at";
    body.losses.push(Loss::new(&code::WINDOW, Effect::Unknown, message, Some(rule.origin)));
}
