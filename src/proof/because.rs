//! Which part of a condition decides about an event.

use crate::eval::{Conditions, Event, Verdict};
use crate::ir::{ExprId, ExprKind, Logic, Rule, display_expr};
use serde_json::Value as Json;

/// Longer texts are cut.
const MAX_CHARS: usize = 400;

/// The smallest part of a rule's condition that alone makes it say what it says about the event: the test of an `and` that fails, the
/// one of an `or` that holds. `None` for rules of several events, and where it is the whole condition.
pub(super) fn because(rule: &Rule, event: &Json) -> Option<String> {
    let Logic::Event(filter) = rule.logic else { return None };
    let mut roots = vec![filter];
    roots.extend(rule.exclusions.iter().map(|exclusion| exclusion.condition));
    let conditions = Conditions::new(&rule.pool, &roots, rule.event_model);
    let event = Event::new(event, rule.event_model);
    let holds = |id: ExprId| conditions.verdict(id, &event) == Verdict::True;
    let excluded = rule.exclusions.iter().find(|exclusion| holds(exclusion.condition));
    let root = excluded.filter(|_| holds(filter)).map_or(filter, |exclusion| exclusion.condition);
    let mut at = root;
    loop {
        let next = match rule.pool.kind(at) {
            ExprKind::Not(inner) => Some(*inner),
            ExprKind::And(members) if !holds(at) => members.iter().find(|member| !holds(**member)).copied(),
            ExprKind::Or(members) if holds(at) => members.iter().find(|member| holds(**member)).copied(),
            _ => None,
        };
        match next {
            Some(next) => at = next,
            None => break,
        }
    }
    (at != root).then(|| cut(&display_expr(&rule.pool, at), holds(at)))
}

fn cut(text: &str, holds: bool) -> String {
    let says = if holds { "holds" } else { "does not hold" };
    match text.char_indices().nth(MAX_CHARS) {
        Some((at, _)) => format!("`{}..` {says}", &text[..at]),
        None => format!("`{text}` {says}"),
    }
}
