//! A rule on its own: the rules over single events that it refers to, put in their place.

use super::{Dialect, ExprId, Logic, MemberSource, Rewriter, Rule, RuleRef, Threshold, ThresholdSource};

/// The rule with every reference to a rule over single events replaced by that rule's condition, and so without aliases. References
/// to anything else (another correlation, a rule that is not among `others`, one with other fields under an alias) stay, all of them.
#[must_use]
pub fn resolved(rule: &Rule, others: &[&Rule]) -> Rule {
    let mut whole = rule.clone();
    let filters = |rule: &mut Rule, references: &[RuleRef]| -> Option<Vec<ExprId>> {
        references.iter().map(|reference| filter_of(reference, rule, others)).collect()
    };
    match rule.logic.clone() {
        Logic::Threshold(Threshold { source: ThresholdSource::Rules(rules), aliases, group_by, bounds, window })
            if aliases.is_empty() =>
        {
            if let Some(filters) = filters(&mut whole, &rules) {
                let source = ThresholdSource::Filter(whole.pool.or(filters, None));
                whole.logic = Logic::Threshold(Threshold { source, group_by, aliases, bounds, window });
            }
        }
        Logic::Temporal(mut temporal) if temporal.aliases.is_empty() => {
            for member in &mut temporal.members {
                if let MemberSource::Rule(reference) = member
                    && let Some(filter) = filter_of(reference, &mut whole, others)
                {
                    *member = MemberSource::Filter(filter);
                }
            }
            whole.logic = Logic::Temporal(temporal);
        }
        _ => {}
    }
    whole
}

/// The condition of the rule that is referred to, in the pool of the one that refers.
fn filter_of(reference: &RuleRef, rule: &mut Rule, others: &[&Rule]) -> Option<ExprId> {
    let is_named = |other: &&&Rule| {
        let id = other.meta.id.as_ref().is_some_and(|id| id.value == reference.reference);
        id || other.meta.name.as_ref() == Some(&reference.reference)
    };
    let other = others.iter().find(is_named)?;
    let Logic::Event(filter) = other.logic else { return None };
    if other.event_model != rule.event_model || other.dialect != Dialect::Sigma {
        return None;
    }
    let mut copy = Rewriter::new(&other.pool, super::Pool::rebuild);
    let mut members = vec![copy.rewrite(filter, &mut rule.pool)];
    for exclusion in &other.exclusions {
        let excluded = copy.rewrite(exclusion.condition, &mut rule.pool);
        members.push(rule.pool.not(excluded, None));
    }
    rule.named_fields.extend(other.named_fields.iter().cloned());
    Some(rule.pool.and(members, None))
}
