//! Sigma rules and correlations as YAML, in the form that a person would write (Sigma specification 2.1.0).

mod correlation;
mod detection;
mod entry;
mod meta;
mod tags;
mod tree;
mod windash;
mod yaml;

use super::{
    Absence, Capabilities, CaseSupport, Emitted, Output, PipeSupport, RegexSupport, SequenceSupport, Support,
    ValueModel, WildcardSupport,
};
use crate::fidelity::{Effect, Loss, code};
use crate::ir::{Anchoring, Logic, RegexDialect, Rule};
use yaml::Yaml;

/// What Sigma can say. Sequences become correlations, which have no ordered absence.
pub(super) const CAPABILITIES: Capabilities = Capabilities {
    values: ValueModel::AnyOf,
    absence: Absence::Full,
    case: CaseSupport::Both,
    wildcard: WildcardSupport::StarAndOne,
    regex: RegexSupport::Dialect(RegexDialect::Sigma, &[Anchoring::Search]),
    cidr: Support::Yes,
    ordering: Support::Yes,
    field_comparison: Support::Yes,
    same_element: Support::No,
    functions: Support::No,
    date_parts: Support::Yes,
    words: Support::No,
    date_math: Support::No,
    keyword_search: Support::Yes,
    sequence: SequenceSupport::Full,
    pipes: PipeSupport::None,
    threshold: Support::Yes,
};

/// The rule as one YAML text: a single document, or the rules of a correlation and the correlation.
pub(super) fn emit(rule: &Rule) -> Result<Emitted, Vec<Loss>> {
    let mut losses = Vec::new();
    let documents = documents(rule, &mut losses)?;
    let text = documents.iter().map(|document| yaml::document(document)).collect::<Vec<_>>().join("---\n");
    Ok(Emitted { outputs: vec![Output::new(".yml", text)], losses, assumes: Vec::new() })
}

type Document = Vec<(String, Yaml)>;

fn documents(rule: &Rule, losses: &mut Vec<Loss>) -> Result<Vec<Document>, Vec<Loss>> {
    match &rule.logic {
        Logic::Event(filter) => {
            let section = if rule.kind == "filter" { "filter" } else { "detection" };
            let mut body = detection::detection(rule, *filter, losses).map_err(|loss| vec![*loss])?;
            if let Some(rules) = meta::extra(rule, "filter.rules") {
                body.insert(0, ("rules".to_owned(), rules));
            }
            Ok(vec![meta::document(rule, vec![(section.to_owned(), Yaml::Map(body))], losses)])
        }
        Logic::Sequence(_) | Logic::Sample(_) | Logic::Threshold(_) | Logic::Temporal(_) => {
            correlation::documents(rule, losses).map_err(|loss| vec![*loss])
        }
        Logic::Opaque(opaque) => {
            let message = format!("the logic is kept as {} text: {}", opaque.language, opaque.reason);
            Err(vec![Loss::new(&code::OPAQUE, Effect::Unknown, message, opaque.origin)])
        }
        Logic::NewTerms(_) | Logic::Indicator(_) | Logic::Group(_) | Logic::Pipeline(_) | Logic::Piped(_) => {
            let message = format!(
                "Sigma has no form for {} rules; convert to a target that has one, or write the condition as a plain rule",
                rule.logic.name()
            );
            Err(vec![Loss::new(&code::LOGIC, Effect::Unknown, message, Some(rule.origin))])
        }
    }
}
