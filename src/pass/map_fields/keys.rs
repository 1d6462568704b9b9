//! The fields that stand outside conditions: join keys, group keys, measures.

use super::Mapper;
use crate::fidelity::{Effect, Polarity, code};
use crate::ir::{FieldPath, Group, JoinKey, Logic, Measure, MemberSource, Subject, ThresholdSource};
use crate::source::Location;

impl Mapper<'_> {
    /// Join keys, group keys and measures.
    pub(super) fn logic_fields(&mut self, mut logic: Logic) -> Logic {
        match &mut logic {
            Logic::Sequence(sequence) => {
                let steps = sequence.steps.iter_mut().chain(&mut sequence.until).flat_map(|step| &mut step.by);
                for key in sequence.by.iter_mut().chain(steps) {
                    self.key(key);
                }
            }
            Logic::Sample(sample) => {
                let steps = sample.steps.iter_mut().chain(&mut sample.until).flat_map(|step| &mut step.by);
                for key in sample.by.iter_mut().chain(steps) {
                    self.key(key);
                }
            }
            Logic::Threshold(threshold) => {
                if matches!(threshold.source, ThresholdSource::Filter(_)) {
                    for field in &mut threshold.group_by {
                        self.one_field_only(field, None);
                        *field = self.field(field, Polarity::Positive, None);
                    }
                    for bound in &mut threshold.bounds {
                        self.measure(&mut bound.measure);
                    }
                }
            }
            Logic::NewTerms(terms) => {
                for field in &mut terms.fields {
                    *field = self.field(field, Polarity::Positive, None);
                }
            }
            Logic::Group(group) => self.group(group),
            Logic::Piped(piped) => *piped.source = self.logic_fields((*piped.source).clone()),
            _ => {}
        }
        logic
    }

    /// What a group's filters are matched by. The alerts of other rules speak of fields that are not known here.
    fn group(&mut self, group: &mut Group) {
        let members = &group.members;
        let is_filter =
            |member: usize| members.get(member).is_some_and(|member| matches!(member.source, MemberSource::Filter(_)));
        for (member, field) in group.criteria.iter_mut().flatten() {
            if is_filter(*member) {
                *field = self.field(field, Polarity::Positive, None);
            }
        }
        for transition in &mut group.transitions {
            if let Some((from, to)) = transition.fields.as_mut().filter(|_| is_filter(transition.from)) {
                *from = self.field(from, Polarity::Positive, None);
                *to = self.field(to, Polarity::Positive, None);
            }
        }
    }

    fn key(&mut self, key: &mut JoinKey) {
        if let Some(field) = key.field() {
            self.one_field_only(&field.clone(), key.origin);
            key.term = Subject::Field(self.field(field, Polarity::Positive, key.origin));
        }
    }

    /// A key cannot be one field in some documents and another one in others.
    fn one_field_only(&mut self, field: &FieldPath, origin: Option<Location>) {
        let others: Vec<String> = self.known(field).also.iter().map(FieldPath::name).collect();
        if !others.is_empty() {
            let message =
                format!("the key `{field}` is in another field in some of the datasets ({})", others.join(", "));
            self.lose(&code::FIELD_AMBIGUOUS, Effect::Unknown, Polarity::Positive, origin, message);
        }
    }

    fn measure(&mut self, measure: &mut Measure) {
        for field in measure.fields_mut() {
            *field = self.field(field, Polarity::Positive, None);
        }
    }
}
