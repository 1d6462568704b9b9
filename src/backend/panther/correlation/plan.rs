//! Any logic of several events as the group or the sequence of a Panther correlation rule.

use crate::backend::source_world::{SourceWorld, World};
use crate::catalog::fields::Cardinality;
use crate::fidelity::{Effect, Loss, LossCode, code};
use crate::ir::{
    Dialect, FieldPath, Group, JoinKey, Logic, Member, MemberSource, Rule, RuleCondition, Sample, Sequence, Step,
    Temporal, Transition,
};
use crate::source::Location;
use std::time::Duration;

/// The window where the source states none: Panther requires one.
const DEFAULT_WINDOW: Duration = Duration::from_hours(24);
/// How often the correlation is looked at where the source does not say.
const DEFAULT_RATE: Duration = Duration::from_mins(15);
/// Panther's shortest rate.
const MIN_RATE: Duration = Duration::from_mins(2);

type Result<T> = std::result::Result<T, Box<Loss>>;

/// The group that stands for the rule's logic.
pub(super) fn group(rule: &Rule, losses: &mut Vec<Loss>) -> Result<Group> {
    let mut plan = Plan { rule, losses };
    match &rule.logic {
        Logic::Group(group) => plan.group(group),
        Logic::Sequence(sequence) => plan.sequence(sequence),
        Logic::Sample(sample) => plan.sample(sample),
        Logic::Temporal(temporal) => plan.temporal(temporal),
        other => {
            let message = format!("{} logic is no correlation: write it as a rule (`--to panther`)", other.name());
            Err(refusal(&code::LOGIC, message, Some(rule.origin)))
        }
    }
}

#[expect(clippy::unnecessary_box_returns, reason = "what `Result`s of this module hold")]
fn refusal(code: &'static LossCode, message: impl Into<String>, origin: Option<Location>) -> Box<Loss> {
    Box::new(Loss::new(code, Effect::Unknown, message, origin))
}

struct Plan<'r> {
    rule: &'r Rule,
    losses: &'r mut Vec<Loss>,
}

impl Plan<'_> {
    fn lose(&mut self, code: &'static LossCode, effect: Effect, message: impl Into<String>, at: Option<Location>) {
        self.losses.push(Loss::new(code, effect, message, at.or(Some(self.rule.origin))));
    }

    fn rate(&self) -> Duration {
        self.rule.meta.schedule.interval.unwrap_or(DEFAULT_RATE).max(MIN_RATE)
    }

    /// A group as it is. Members that each run sees through windows of their own get the longest one.
    fn group(&mut self, group: &Group) -> Result<Group> {
        let foreign = group.members.iter().any(|member| member.source.rule().is_some());
        if foreign && self.rule.dialect != Dialect::Panther {
            return Err(self.foreign_rules());
        }
        let mut group = group.clone();
        let windows: Vec<(String, Duration)> =
            group.members.iter().filter_map(|member| Some((member.id.clone(), member.look_back?))).collect();
        if !windows.is_empty() {
            let named: Vec<String> =
                windows.iter().map(|(id, window)| format!("{} minutes for `{id}`", minutes(*window))).collect();
            let message = format!(
                "each run of the source looks back {}; the correlation has one window of {} minutes, and an element with \
                 `Absence` must not occur in it at all, before or after",
                named.join(" and "),
                minutes(group.look_back)
            );
            self.lose(&code::WINDOW, Effect::Narrowed, message, None);
        }
        group.members.iter_mut().for_each(|member| member.look_back = None);
        Ok(group)
    }

    #[expect(clippy::unnecessary_box_returns, reason = "what `Result`s of this module hold")]
    fn foreign_rules(&self) -> Box<Loss> {
        let message = "the correlation is over the alerts of other rules, whose Panther ids are not known here";
        refusal(&code::LOGIC, message, Some(self.rule.origin))
    }

    fn sequence(&mut self, sequence: &Sequence) -> Result<Group> {
        self.options(sequence)?;
        let keys = self.keys(&sequence.by, &sequence.steps)?;
        let within = self.window(sequence.max_span);
        let members = members(&sequence.steps);
        let message = "the order is that of the signals' matches: an event that is two of the steps counts for both, each pair of \
             steps may be fulfilled by other events, and an alert comes with the next run";
        self.lose(&code::SEQUENCE_TO_CORRELATION, Effect::Widened, message, None);
        if let Some(group) = self.surrounded(sequence, &members, &keys, within) {
            return Ok(group);
        }
        let transitions = self.transitions(&sequence.steps, &keys, within);
        let interval = self.rate();
        Ok(Group { members, criteria: Vec::new(), transitions, look_back: within + interval, interval: Some(interval) })
    }

    /// What a correlation has no word for.
    fn options(&mut self, sequence: &Sequence) -> Result<()> {
        if let Some(until) = &sequence.until {
            let message = "Panther has no `until`: the correlation also fires where that event ended the sequence";
            self.lose(&code::SEQUENCE_OPTION, Effect::Widened, message, until.origin);
        }
        for step in &sequence.steps {
            if step.fork {
                return Err(refusal(&code::SEQUENCE_OPTION, "Panther has no `fork`", step.origin));
            }
            if step.runs > 1 {
                let message = "matches are counted within the window, whether or not they follow each other";
                self.lose(&code::SEQUENCE_OPTION, Effect::Widened, message, step.origin);
            }
        }
        Ok(())
    }

    /// `![a] [b] ![a]`: no such event on either side is what a group says with `Absence`.
    fn surrounded(
        &mut self,
        sequence: &Sequence,
        members: &[Member],
        keys: &[Option<FieldPath>],
        within: Duration,
    ) -> Option<Group> {
        let [first, middle, last] = sequence.steps.as_slice() else { return None };
        if !first.missing || middle.missing || !last.missing || first.filter != last.filter {
            return None;
        }
        let message = "Elasticsearch lets the sequence go only when the event occurs both before and after, within one span; the \
             correlation, when it occurs before or after";
        self.lose(&code::ABSENCE, Effect::Narrowed, message, last.origin);
        let criterion = [(0, &keys[0]), (1, &keys[1])].map(|(member, key)| Some((member, key.clone()?)));
        let criteria = criterion.into_iter().collect::<Option<Vec<_>>>().into_iter().collect();
        let interval = self.rate();
        Some(Group {
            members: members[..2].to_vec(),
            criteria,
            transitions: Vec::new(),
            look_back: within + interval,
            interval: Some(interval),
        })
    }

    /// Each step after the one before it; a missing one after, or else before, the nearest that is not.
    fn transitions(&mut self, steps: &[Step], keys: &[Option<FieldPath>], within: Duration) -> Vec<Transition> {
        let mut found = Vec::new();
        let mut before: Option<usize> = None;
        for (index, step) in steps.iter().enumerate() {
            let next = steps.iter().skip(index + 1).position(|step| !step.missing).map(|place| index + 1 + place);
            let (from, to) = match (step.missing, before, next) {
                (_, Some(before), _) => (before, index),
                (true, None, Some(next)) => (index, next),
                _ => (index, index),
            };
            if step.missing && before.is_some() && next.is_some() {
                let message = "the event must not follow the step before it within the window at all, also not after the next step";
                self.lose(&code::ABSENCE, Effect::Narrowed, message, step.origin);
            }
            if from != to {
                let fields = keys[from].clone().zip(keys[to].clone());
                found.push(Transition { from, to, fields, within });
            }
            if !step.missing {
                before = Some(index);
            }
        }
        found
    }

    /// The field that each step is joined by: Panther joins by one.
    fn keys(&mut self, by: &[JoinKey], steps: &[Step]) -> Result<Vec<Option<FieldPath>>> {
        let count = by.len() + steps.first().map_or(0, |step| step.by.len());
        if count > 1 {
            let message = "Panther joins matches by one field; the others of the key are not compared";
            self.lose(&code::SEQUENCE_TO_CORRELATION, Effect::Widened, message, by.first().and_then(|key| key.origin));
        }
        let mut found = Vec::new();
        for step in steps {
            let Some(key) = by.first().or_else(|| step.by.first()) else {
                found.push(None);
                continue;
            };
            let Some(field) = key.field() else {
                let message = "Panther joins by fields, not by what is computed from them";
                return Err(refusal(&code::SEQUENCE_OPTION, message, key.origin));
            };
            if key.optional {
                let message = format!("events without `{field}` are never joined");
                self.lose(&code::NULL_SEMANTICS, Effect::Narrowed, message, key.origin);
            }
            if !key.case.is_sensitive() {
                let message = format!("Panther joins by the exact value of `{field}`; the source ignores its case");
                self.lose(&code::CASE, Effect::Narrowed, message, key.origin);
            }
            self.check_outside_lists(field, key.origin)?;
            found.push(Some(field.clone()));
        }
        Ok(found)
    }

    /// Matches are compared by fields of the event, and a path does not lead through a list.
    fn check_outside_lists(&self, field: &FieldPath, origin: Option<Location>) -> Result<()> {
        let world = SourceWorld::of(self.rule);
        let schema = SourceWorld::schema(World::Raw, &self.rule.data_source);
        let segments = field.segments().len();
        let list = (1..segments)
            .map(|end| field.split_at(end).0)
            .find(|above| world.facts(World::Raw, &schema, above).cardinality == Cardinality::Many);
        match list {
            None => Ok(()),
            Some(list) => {
                let message =
                    format!("`{field}` lies in the list `{list}`, and Panther matches by fields outside of lists");
                Err(refusal(&code::SEQUENCE_TO_CORRELATION, message, origin))
            }
        }
    }

    /// The window in whole minutes.
    fn window(&mut self, span: Option<Duration>) -> Duration {
        let Some(span) = span else {
            let message = "Panther requires a window where the source states none: 24 hours are written";
            self.lose(&code::WINDOW, Effect::Narrowed, message, None);
            return DEFAULT_WINDOW;
        };
        let whole = Duration::from_secs(minutes(span) * 60);
        if whole != span {
            let message = format!("Panther's windows are whole minutes: {} are written", minutes(span));
            self.lose(&code::WINDOW, Effect::Widened, message, None);
        }
        whole
    }

    /// Unordered steps: the window is that of the whole group.
    fn sample(&mut self, sample: &Sample) -> Result<Group> {
        if let Some(until) = &sample.until {
            return Err(refusal(&code::SEQUENCE_OPTION, "a group of Panther has no `until`", until.origin));
        }
        let keys = self.keys(&sample.by, &sample.steps)?;
        let within = self.window(None);
        let fields: Option<Vec<(usize, FieldPath)>> =
            keys.into_iter().enumerate().map(|(index, key)| Some((index, key?))).collect();
        Ok(self.together(members(&sample.steps), fields.into_iter().collect(), within))
    }

    /// A group that every run sees whole: events at the edges of runs are not torn apart.
    fn together(&mut self, members: Vec<Member>, criteria: Vec<Vec<(usize, FieldPath)>>, within: Duration) -> Group {
        let interval = self.rate();
        let look_back = within + interval;
        let message = format!(
            "each run looks {} minutes back, so that no {} minutes are torn apart between two runs",
            minutes(look_back),
            minutes(within)
        );
        self.lose(&code::WINDOW, Effect::Widened, message, None);
        Group { members, criteria, transitions: Vec::new(), look_back, interval: Some(interval) }
    }

    fn temporal(&mut self, temporal: &Temporal) -> Result<Group> {
        if temporal.members.iter().any(|member| member.rule().is_some()) {
            return Err(self.foreign_rules());
        }
        let absent = absent_members(&temporal.condition, temporal.members.len())
            .ok_or_else(|| refusal(&code::LOGIC, "Panther correlates all members, not any of them", None))?;
        let members: Vec<Member> = temporal
            .members
            .iter()
            .enumerate()
            .map(|(index, source)| member(index, source.clone(), absent[index], 1))
            .collect();
        if temporal.group_by.len() > 1 {
            let message = "the fields of the group are matched each on its own, not together";
            self.lose(&code::SEQUENCE_TO_CORRELATION, Effect::Widened, message, None);
        }
        let within = self.window(Some(temporal.window));
        let fields: Vec<FieldPath> = temporal.group_by.iter().map(|name| FieldPath::dotted(name)).collect();
        for field in &fields {
            self.check_outside_lists(field, None)?;
        }
        let fields = fields.into_iter();
        if !temporal.ordered || absent.contains(&true) {
            let criteria =
                fields.map(|field| (0..members.len()).map(|index| (index, field.clone())).collect()).collect();
            return Ok(self.together(members, criteria, within));
        }
        let key = fields.into_iter().next();
        let interval = self.rate();
        let transitions = (1..members.len())
            .map(|to| Transition { from: to - 1, to, fields: key.clone().zip(key.clone()), within })
            .collect();
        Ok(Group { members, criteria: Vec::new(), transitions, look_back: within + interval, interval: Some(interval) })
    }
}

/// Which members must not fire; `None` for a condition that asks for any of several.
fn absent_members(condition: &RuleCondition, count: usize) -> Option<Vec<bool>> {
    let mut found = vec![None; count];
    let parts = match condition {
        RuleCondition::And(parts) => parts.as_slice(),
        single => std::slice::from_ref(single),
    };
    for part in parts {
        let (index, absent) = match part {
            RuleCondition::Fired(index) => (*index, false),
            RuleCondition::Not(inner) => match **inner {
                RuleCondition::Fired(index) => (index, true),
                _ => return None,
            },
            _ => return None,
        };
        *found.get_mut(index)? = Some(absent);
    }
    found.into_iter().collect()
}

fn member(index: usize, source: MemberSource, absent: bool, runs: u32) -> Member {
    Member { id: format!("Step {}", index + 1), source, absent, min_count: runs, max_count: None, look_back: None }
}

fn members(steps: &[Step]) -> Vec<Member> {
    let of = |(index, step): (usize, &Step)| {
        member(index, MemberSource::Filter(step.filter), step.missing, step.runs.max(1))
    };
    steps.iter().enumerate().map(of).collect()
}

/// A length in minutes, rounded up.
pub(super) fn minutes(length: Duration) -> u64 {
    length.as_nanos().div_ceil(60_000_000_000).try_into().unwrap_or(u64::MAX)
}
