//! The stable codes of losses: a number and a name each, never reused.

/// A kind of loss.
#[derive(Debug, PartialEq, Eq)]
pub struct LossCode {
    /// `L101`
    pub id: &'static str,
    /// `field-unmapped`
    pub name: &'static str,
    /// What it means and what to do about it: the page of `detc explain`.
    pub page: &'static str,
    /// Whether the rule could never fire with it: refused under every `--max-loss`, only `--allow CODE` lets it pass.
    pub dead: bool,
}

impl LossCode {
    /// The page for people.
    #[must_use]
    pub fn page_text(&self) -> String {
        self.page.lines().flat_map(|line| [line.strip_prefix(' ').unwrap_or(line), "\n"]).collect()
    }

    /// The first line of the page.
    #[must_use]
    pub fn summary(&self) -> String {
        self.page_text().lines().next().unwrap_or_default().to_owned()
    }
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $konst:ident = $id:literal $name:literal $(dead $dead:literal)?;)+) => {
        $($(#[doc = $doc])+ pub static $konst: LossCode = LossCode {
            id: $id,
            name: $name,
            page: concat!($($doc, "\n"),+),
            dead: false $(|| $dead)?,
        };)+
        /// All codes, by number.
        pub static CODES: &[&LossCode] = &[$(&$konst),+];
    };
}

/// The codes as constants, for the passes and back-ends that report them.
pub mod code {
    use super::LossCode;

    codes! {
        /// The field has no counterpart in the target's data.
        ///
        /// A query on a field that does not exist is an error in EQL and silently never fires in Lucene and KQL, so the rule is refused.
        /// Map the field, or allow the code to pass it through under its own name.
        FIELD_UNMAPPED = "L101" "field-unmapped" dead true;
        /// The target field is fed from several source fields, so a test on it says less or more than the source's.
        FIELD_AMBIGUOUS = "L102" "field-ambiguous";
        /// The ingest rewrites the field's values and several source values become one.
        ///
        /// Okta's `SUCCESS` and `ALLOW` both become `event.outcome: success`; the way back cannot tell them apart.
        VALUE_REWRITTEN = "L103" "value-rewritten";
        /// The target's ingest removes the field: no event ever has it.
        FIELD_DROPPED = "L104" "field-dropped-at-ingest" dead true;
        /// The rule can never fire: its condition is false on every event.
        NEVER_FIRES = "L105" "never-fires" dead true;
        /// The log source has no counterpart in the target.
        LOG_SOURCE_UNMAPPED = "L106" "log-source-unmapped" dead true;
        /// The target's log source has fewer events than the rule reads.
        ///
        /// A rule that does not ask for one kind of event (`event.type`) reads all of them; a log source of the target may be one kind.
        LOG_SOURCE_NARROWER = "L107" "log-source-narrower";
        /// The test is left out: the sensor or the ingest makes the field from what the target's events do not say.
        ///
        /// Elastic's integrations add the category and type of an event, places and networks of addresses, and Elastic Defend adds
        /// signatures and ages of files. Without the test the rule fires more often. Where only the category or type of the event was asked
        /// for, which follow from the action, the loss is `widened`. Anything else may have been what the rule is about: the loss is
        /// `unknown`, so that the rule is refused unless `--max-loss any` lets it pass.
        ENRICHED = "L108" "enriched";
        /// Missing, null and empty are told apart in the source and not in the target.
        ///
        /// Elasticsearch knows no difference between a missing field, null and `[]`, and some ingests drop `""` too.
        NULL_SEMANTICS = "L201" "null-semantics";
        /// The target cannot compare in the source's case mode.
        CASE = "L202" "case";
        /// The regular expression has no equal in the target's dialect.
        REGEX_DIALECT = "L203" "regex-dialect";
        /// The condition speaks of one element of an array; the target tests each field over all elements.
        ARRAY_SAME_ELEMENT = "L204" "array-same-element";
        /// The wildcard pattern has no equal in the target.
        WILDCARD = "L205" "wildcard";
        /// The target's field has another type, so values that are equal in one are not in the other.
        TYPE = "L206" "type";
        /// The source sees a list as one value, the target each of its items; which of them matters is not known for this field.
        CARDINALITY = "L207" "cardinality";
        /// One side raises an error and does not fire on events where the other goes on.
        ERROR_SEMANTICS = "L208" "error-semantics";
        /// A sequence becomes a correlation of other rules' alerts on a schedule.
        SEQUENCE_TO_CORRELATION = "L301" "sequence-to-correlation";
        /// The target has no form for an event that must not follow.
        ABSENCE = "L302" "absence";
        /// The target cannot state the window, or cuts time in another way.
        WINDOW = "L303" "window";
        /// A threshold over a group is counted in another way.
        THRESHOLD = "L304" "threshold";
        /// `until` or `with runs` has no form in the target.
        SEQUENCE_OPTION = "L305" "sequence-option";
        /// The target has no form for this kind of logic.
        LOGIC = "L306" "logic";
        /// A pipe over the results has no form in the target.
        PIPE = "L307" "pipe";
        /// The stack that was asked for (`--stack`) is older than what the rule needs.
        ///
        /// A key or a type of rule came with a later version, or the rule says so itself (`min_stack_version`).
        STACK = "L308" "stack-too-old";
        /// Alert texts or severities that are computed by code.
        DYNAMIC_METADATA = "L401" "dynamic-metadata";
        /// Tactics and techniques were written apart; a pair was chosen among those of ATT&CK.
        TACTIC_PAIRING = "L403" "tactic-pairing-guessed";
        /// The target has no place for a metadata field.
        METADATA = "L404" "metadata-dropped";
        /// The target has no schedule.
        SCHEDULE = "L405" "schedule-dropped";
        /// The rule's tests are not carried over.
        TESTS = "L406" "tests-dropped";
        /// ATT&CK ids or names were written as what they became in the target's version.
        ATTACK_MOVED = "L407" "attack-moved";
        /// The rule keeps the licence it was published under.
        LICENCE = "L501" "licence-carried";
        /// A part of the source is kept as text and its meaning is not known.
        OPAQUE = "L601" "opaque" dead true;
        /// An exclusion of the source has no form in the target.
        EXCLUSION = "L602" "exclusion";
        /// A processing pipeline says that the rule cannot be converted, or one of its steps cannot be applied to the rule.
        ///
        /// `rule_failure` and its kin carry a message of the pipeline's author. Change the pipeline, or leave the rule out.
        PIPELINE_FAILURE = "L603" "pipeline-failure" dead true;
        /// The pipeline changes the text of queries, and the target writes whole rules.
        ///
        /// Postprocessing and finalizers are applied to `eql` and `kql`. Take them out of the pipeline for other targets, or allow the
        /// code to go without them.
        PIPELINE_OUTPUT = "L604" "pipeline-output";
    }
}

pub use code::CODES;

#[cfg(test)]
mod tests {
    use super::CODES;

    #[test]
    fn codes_are_sorted_and_unique() {
        assert!(CODES.windows(2).all(|pair| pair[0].id < pair[1].id));
        let mut names: Vec<_> = CODES.iter().map(|code| code.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), CODES.len());
    }

    #[test]
    fn a_rule_that_cannot_fire_is_marked() {
        assert!(
            CODES
                .iter()
                .filter(|code| code.dead)
                .all(|code| ["L101", "L104", "L105", "L106", "L601", "L603"].contains(&code.id))
        );
    }
}
