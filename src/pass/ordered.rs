//! Groups of events without an order as what a language of sequences has for them.

use crate::fidelity::{Effect, Loss, code};
use crate::ir::{Case, FieldPath, Group, JoinKey, Logic, Member, Rule, Sample, Sequence, Step, Subject};
use std::time::Duration;

/// A group over filters as a sequence or a sample, with what that changes; `None` for what is neither.
///
/// One member with an absent one becomes `![absent] [member] ![absent]`; members that all have to be there become a sample.
pub fn ordered(rule: &Rule) -> Option<(Rule, Vec<Loss>)> {
    let Logic::Group(group) = &rule.logic else { return None };
    let plain = group.members.iter().all(|member| member.source.filter().is_some() && member.max_count.is_none());
    if !plain || group.criteria.len() > 1 || !group.transitions.is_empty() {
        return None;
    }
    let (absent, present): (Vec<_>, Vec<_>) = group.members.iter().enumerate().partition(|(_, member)| member.absent);
    let (logic, loss) = match (present.as_slice(), absent.as_slice()) {
        ([present], [absent]) if present.1.min_count <= 1 => surrounded(rule, group, *present, *absent)?,
        (several, []) if several.len() > 1 => sample(rule, group)?,
        _ => return None,
    };
    Some((Rule { logic, ..rule.clone() }, vec![loss]))
}

/// Either side of the event alone would be narrower or wider still: the MFA of a session comes before its start, or after it.
fn surrounded(
    rule: &Rule,
    group: &Group,
    (at, present): (usize, &Member),
    (absent_at, absent): (usize, &Member),
) -> Option<(Logic, Loss)> {
    let span = group.look_back;
    let missing = || step(group, absent_at, true);
    let sequence = Sequence {
        by: Vec::new(),
        max_span: Some(span),
        steps: vec![missing()?, step(group, at, false)?, missing()?],
        until: None,
    };
    let window = |member: &Member| minutes(member.look_back.unwrap_or(span));
    let message = format!(
        "the source is unordered: each run looks {} minutes back for `{}` and {} minutes for `{}`. The sequence looks {} minutes to \
         either side of `{}`, and is only let go by one on both sides within that span",
        window(present),
        present.id,
        window(absent),
        absent.id,
        minutes(span),
        present.id
    );
    Some((Logic::Sequence(sequence), Loss::new(&code::WINDOW, Effect::Widened, message, Some(rule.origin))))
}

fn sample(rule: &Rule, group: &Group) -> Option<(Logic, Loss)> {
    if group.members.iter().any(|member| member.min_count > 1) {
        return None;
    }
    let steps = (0..group.members.len()).map(|at| step(group, at, false)).collect::<Option<Vec<_>>>()?;
    let message =
        format!("the source joins events within {} minutes, the target any distance apart", minutes(group.look_back));
    let sample = Sample { by: Vec::new(), steps, until: None };
    Some((Logic::Sample(sample), Loss::new(&code::WINDOW, Effect::Widened, message, Some(rule.origin))))
}

fn step(group: &Group, at: usize, missing: bool) -> Option<Step> {
    let filter = group.members.get(at)?.source.filter()?;
    let field = |criterion: &Vec<(usize, FieldPath)>| {
        criterion.iter().find(|(member, _)| *member == at).map(|(_, field)| field.clone())
    };
    let key = group.criteria.first().map(field);
    // A member that the criterion does not name has nothing to be joined by.
    let by = match key {
        None => Vec::new(),
        Some(field) => {
            vec![JoinKey { term: Subject::Field(field?), optional: false, case: Case::Sensitive, origin: None }]
        }
    };
    Some(Step { filter, by, runs: 1, fork: false, missing, origin: None })
}

fn minutes(length: Duration) -> u64 {
    length.as_secs().div_ceil(60)
}
