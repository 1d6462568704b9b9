//! Panther's scheduled rules and the queries whose rows they see, whatever files they stand in.

use super::{Format, Loaded};
use crate::ir::{
    EventModel, ExprId, ExprKind, FieldPath, Logic, Member, MemberSource, OutputField, Pool, Rewriter, Rule, Subject,
    Substitute, fields_of,
};
use std::collections::HashMap;
use std::sync::Arc;

/// Puts a scheduled rule in the terms of the events that its one query reads, where the query is among the files and understood. The
/// rule's tests are rows of the query's result, and are run against the rule as it is written.
pub fn apply_queries(files: &mut [Loaded]) {
    let queries: HashMap<String, Rule> = files
        .iter()
        .filter(|loaded| loaded.format == Format::Panther)
        .flat_map(|loaded| &loaded.items)
        .filter(|item| matches!(item.rule.kind, "scheduled_query") && !matches!(item.rule.logic, Logic::Opaque(_)))
        .filter_map(|item| Some((item.rule.meta.id.as_ref()?.value.clone(), item.rule.clone())))
        .collect();
    if queries.is_empty() {
        return;
    }
    for item in files.iter_mut().flat_map(|loaded| &mut loaded.items) {
        let rule = &mut item.rule;
        let query = match rule.data_source.queries.as_slice() {
            [only] if rule.kind == "scheduled_rule" => queries.get(&only.value),
            _ => None,
        };
        if let Some(query) = query
            && let Some(joined) = joined(rule, query)
        {
            *rule = joined;
        }
    }
}

/// The rule over events; `None` where it asks for a column that is no field of the event that a row stands for.
fn joined(rule: &Rule, query: &Rule) -> Option<Rule> {
    let Logic::Event(condition) = rule.logic else { return None };
    let mut pool = query.pool.clone();
    let columns = columns(rule, condition, &query.meta.output_fields)?;
    let rename = |path: &FieldPath| columns.iter().find(|(name, _)| name == path).map(|(_, field)| field.clone());
    let mut rewriter = Rewriter::new(&rule.pool, |pool: &mut Pool, kind, _| match kind {
        ExprKind::Test(Subject::Field(path), op) => {
            let field = rename(&path).unwrap_or(path);
            pool.test(Subject::Field(field), op, None)
        }
        kind => pool.rebuild(kind, None),
    });
    let restriction = rewriter.rewrite(condition, &mut pool);
    // A column inside another term was not renamed.
    if !fields_of(&pool, &[restriction]).iter().all(|(path, _)| columns.iter().any(|(_, field)| field == path)) {
        return None;
    }
    let logic = restricted(&query.logic, restriction, &mut pool)?;
    let mut joined = Rule { pool, logic, event_model: EventModel::Panther, module: None, ..rule.clone() };
    joined.data_source.log_types.clone_from(&query.data_source.log_types);
    joined.meta.schedule = query.meta.schedule.clone();
    joined.assumptions.extend(query.assumptions.iter().cloned());
    // A test's event is a row of the query's result: it is for the rule as it stands.
    let own = Arc::new(Substitute { pool: rule.pool.clone(), condition });
    for test in joined.tests.iter_mut().filter(|test| test.instead.is_none()) {
        test.instead = Some(Arc::clone(&own));
    }
    Some(joined)
}

/// The columns that a condition reads, with their fields.
fn columns(rule: &Rule, condition: ExprId, outputs: &[OutputField]) -> Option<Vec<(FieldPath, FieldPath)>> {
    let of = |path: FieldPath| {
        let name = path.name();
        let output = outputs.iter().find(|output| output.field.eq_ignore_ascii_case(&name))?;
        Some((path, FieldPath::dotted(output.source.as_deref().unwrap_or(&output.field))))
    };
    fields_of(&rule.pool, &[condition]).into_iter().map(|(path, _)| of(path)).collect()
}

/// The logic over the rows for which the condition holds: a row of a join is its first member's event.
fn restricted(logic: &Logic, condition: ExprId, pool: &mut Pool) -> Option<Logic> {
    if condition == ExprId::TRUE {
        return Some(logic.clone());
    }
    match logic {
        Logic::Event(_) => Some(logic.restricted(condition, pool)),
        Logic::Group(group) => {
            let mut group = group.clone();
            let Member { source: MemberSource::Filter(filter), .. } = group.members.first_mut()? else { return None };
            *filter = pool.and([*filter, condition], None);
            Some(Logic::Group(group))
        }
        _ => None,
    }
}
