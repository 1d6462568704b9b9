//! The conditions of a logic, and the logic with others in their places.

use super::{ExprId, Logic, MemberSource, Pipe, Piped, RuleRef, Step, Threshold, ThresholdSource};

impl Logic {
    /// The expressions it starts from.
    pub fn roots(&self) -> Vec<ExprId> {
        match self {
            Self::Event(filter) => vec![*filter],
            Self::Sequence(sequence) => sequence.steps.iter().chain(&sequence.until).map(|step| step.filter).collect(),
            Self::Sample(sample) => sample.steps.iter().chain(&sample.until).map(|step| step.filter).collect(),
            Self::Threshold(threshold) => match threshold.source {
                ThresholdSource::Filter(filter) => vec![filter],
                ThresholdSource::Rules(_) => Vec::new(),
            },
            Self::NewTerms(terms) => vec![terms.filter],
            Self::Indicator(indicator) => vec![indicator.filter, indicator.threat_filter],
            Self::Group(group) => group.members.iter().filter_map(|member| member.source.filter()).collect(),
            Self::Temporal(temporal) => temporal.members.iter().filter_map(MemberSource::filter).collect(),
            Self::Pipeline(pipeline) => pipeline.conditions(),
            Self::Piped(piped) => {
                let mut roots = piped.source.roots();
                roots.extend(piped.pipes.iter().flat_map(Pipe::roots));
                roots
            }
            Self::Opaque(_) => Vec::new(),
        }
    }

    /// For each root whether events that satisfy it speak against a result: missing steps, `until`, absent members. In the order of
    /// [`Self::roots`].
    pub fn roots_against(&self) -> Vec<bool> {
        let of_steps = |steps: &[Step], until: Option<&Step>| -> Vec<bool> {
            steps.iter().map(|step| step.missing).chain(until.map(|_| true)).collect()
        };
        match self {
            Self::Sequence(sequence) => of_steps(&sequence.steps, sequence.until.as_ref()),
            Self::Sample(sample) => of_steps(&sample.steps, sample.until.as_ref()),
            Self::Group(group) => {
                let filters = group.members.iter().filter(|member| member.source.filter().is_some());
                filters.map(|member| member.absent).collect()
            }
            Self::Piped(piped) => {
                let mut against = piped.source.roots_against();
                against.resize(self.roots().len(), false);
                against
            }
            _ => vec![false; self.roots().len()],
        }
    }

    /// The rules that it builds on, in order.
    pub fn references(&self) -> Vec<&RuleRef> {
        match self {
            Self::Temporal(temporal) => temporal.members.iter().filter_map(MemberSource::rule).collect(),
            Self::Group(group) => group.members.iter().filter_map(|member| member.source.rule()).collect(),
            Self::Threshold(Threshold { source: ThresholdSource::Rules(rules), .. }) => rules.iter().collect(),
            Self::Piped(piped) => piped.source.references(),
            _ => Vec::new(),
        }
    }

    /// The same logic with each root expression replaced, in the order of [`Self::roots`].
    #[must_use]
    pub fn map_roots(&self, mut map: impl FnMut(ExprId) -> ExprId) -> Self {
        let mut logic = self.clone();
        logic.replace_roots(&mut map);
        logic
    }

    /// The same logic with each condition replaced that says which events take part. Pipes stay as they are.
    #[must_use]
    pub fn map_filters(&self, map: impl FnMut(ExprId) -> ExprId) -> Self {
        match self {
            Self::Piped(piped) => {
                let source = Box::new(piped.source.map_filters(map));
                Self::Piped(Piped { source, pipes: piped.pipes.clone() })
            }
            other => other.map_roots(map),
        }
    }

    fn replace_roots(&mut self, map: &mut impl FnMut(ExprId) -> ExprId) {
        match self {
            Self::Event(filter) => *filter = map(*filter),
            Self::Sequence(sequence) => {
                for step in sequence.steps.iter_mut().chain(&mut sequence.until) {
                    step.filter = map(step.filter);
                }
            }
            Self::Sample(sample) => {
                for step in sample.steps.iter_mut().chain(&mut sample.until) {
                    step.filter = map(step.filter);
                }
            }
            Self::Threshold(threshold) => {
                if let ThresholdSource::Filter(filter) = &mut threshold.source {
                    *filter = map(*filter);
                }
            }
            Self::NewTerms(terms) => terms.filter = map(terms.filter),
            Self::Indicator(indicator) => {
                indicator.filter = map(indicator.filter);
                indicator.threat_filter = map(indicator.threat_filter);
            }
            Self::Group(group) => {
                for member in &mut group.members {
                    if let MemberSource::Filter(filter) = &mut member.source {
                        *filter = map(*filter);
                    }
                }
            }
            Self::Temporal(temporal) => {
                for member in &mut temporal.members {
                    if let MemberSource::Filter(filter) = member {
                        *filter = map(*filter);
                    }
                }
            }
            Self::Pipeline(pipeline) => pipeline.map_conditions(map),
            Self::Piped(piped) => {
                piped.source.replace_roots(map);
                piped.pipes.iter_mut().for_each(|pipe| pipe.map_roots(map));
            }
            Self::Opaque(_) => {}
        }
    }
}
