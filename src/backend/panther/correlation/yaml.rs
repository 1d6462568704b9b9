//! The YAML of a correlation rule.

use super::super::meta;
use super::super::yaml::Yaml;
use super::plan::minutes;
use crate::fidelity::{Loss, code};
use crate::ir::{Group, Member, Rule, Transition};
use serde_json::{Map, Value as Json, json};

/// Minutes after which a run of the correlation is given up.
const TIMEOUT: u64 = 5;
/// How often the correlation is looked at where nothing says it.
const DEFAULT_RATE: u64 = 15;

/// The whole item; `ids` are the rule ids of the members.
pub(super) fn write(rule: &Rule, group: &Group, ids: &[String], losses: &mut Vec<Loss>) -> String {
    let mut yaml = Yaml::default();
    meta::correlation_head(rule, &mut yaml, losses);
    yaml.json(0, "Detection", &json!([detection(group, ids)]));
    if !rule.tests.is_empty() {
        let message = format!("{} tests have no form as matches of the signals", rule.tests.len());
        meta::lose(losses, &code::TESTS, rule, message);
    }
    meta::lost_keys(rule, None, losses);
    yaml.text
}

fn detection(group: &Group, ids: &[String]) -> Json {
    let elements: Vec<Json> = group.members.iter().zip(ids).map(|(member, id)| element(member, id)).collect();
    let kind = if group.transitions.is_empty() { "Group" } else { "Sequence" };
    let mut part = Map::new();
    part.insert(kind.to_owned(), elements.into());
    if !group.transitions.is_empty() {
        let transitions: Vec<Json> = group.transitions.iter().map(|one| transition(group, one)).collect();
        part.insert("Transitions".to_owned(), transitions.into());
    }
    if !group.criteria.is_empty() {
        let criteria = group.criteria.iter().enumerate().map(|(index, fields)| {
            let matches: Vec<Json> = fields
                .iter()
                .map(|(member, field)| json!({"GroupID": name(group, *member), "Match": field.name()}))
                .collect();
            (format!("match_{}", index + 1), Json::from(matches))
        });
        part.insert("MatchCriteria".to_owned(), Json::Object(criteria.collect()));
    }
    let look_back = minutes(group.look_back).max(1);
    let rate = group.interval.map_or(DEFAULT_RATE, minutes);
    part.insert("LookbackWindowMinutes".to_owned(), look_back.into());
    part.insert("Schedule".to_owned(), json!({"RateMinutes": rate, "TimeoutMinutes": TIMEOUT.min(rate)}));
    Json::Object(part)
}

fn name(group: &Group, member: usize) -> &str {
    group.members.get(member).map_or("", |member| &member.id)
}

fn element(member: &Member, id: &str) -> Json {
    let mut element = Map::new();
    element.insert("ID".to_owned(), member.id.as_str().into());
    element.insert("RuleID".to_owned(), id.into());
    if member.absent {
        element.insert("Absence".to_owned(), true.into());
    }
    if member.min_count > 1 {
        element.insert("MinMatchCount".to_owned(), member.min_count.into());
    }
    if let Some(most) = member.max_count {
        element.insert("MaxMatchCount".to_owned(), most.into());
    }
    Json::Object(element)
}

fn transition(group: &Group, transition: &Transition) -> Json {
    let (from, to) = (name(group, transition.from), name(group, transition.to));
    let absent = |member: usize| group.members.get(member).is_some_and(|member| member.absent);
    let id = match (absent(transition.from), absent(transition.to)) {
        (true, _) => format!("{} NOT PRECEDED BY {}", to.to_uppercase(), from.to_uppercase()),
        (_, true) => format!("{} NOT FOLLOWED BY {}", from.to_uppercase(), to.to_uppercase()),
        _ => format!("{} FOLLOWED BY {}", from.to_uppercase(), to.to_uppercase()),
    };
    let mut one = json!({"ID": id, "From": from, "To": to, "WithinTimeFrameMinutes": minutes(transition.within)});
    if let (Some((left, right)), Some(map)) = (&transition.fields, one.as_object_mut()) {
        let fields = if left == right {
            json!([{"On": left.name()}])
        } else {
            json!([{"From": left.name(), "To": right.name()}])
        };
        map.insert("Match".to_owned(), fields);
    }
    one
}
