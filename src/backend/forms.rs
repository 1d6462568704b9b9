//! The forms that a target has for a rule: one for most targets, and for Elastic's rules a query in each of its languages.

use super::{Capabilities, Conversion, Emitted, Options, QueryLanguage, Status, Target, elastic};
use crate::catalog::versions::Version;
use crate::fidelity::Loss;
use crate::ir::{Logic, Rule};

/// What a rule is written as.
#[derive(Clone, Copy)]
pub(super) enum Form {
    Plain(Target),
    /// The rule's own file.
    Own(Target),
    Elastic(Target, QueryLanguage),
    /// An Elastic rule without a query of its own.
    WithoutQuery(Target),
}

/// A form with its place among those that are liked, and why forms that are liked less come before it.
pub(super) struct Candidate {
    pub(super) form: Form,
    rank: usize,
    put_back: Option<String>,
}

impl From<Form> for Candidate {
    fn from(form: Form) -> Self {
        Self { form, rank: 0, put_back: None }
    }
}

/// The forms that a target has for a rule, the preferred one first.
pub(super) fn forms(rule: &Rule, target: Target, options: &Options) -> Vec<Candidate> {
    match target {
        Target::Elastic | Target::ElasticNdjson => elastic_forms(rule, target, options),
        _ => vec![Form::Plain(target).into()],
    }
}

/// The rule's own file, if it has one in the language that is asked for; then a query in each language that its type can have.
fn elastic_forms(rule: &Rule, target: Target, options: &Options) -> Vec<Candidate> {
    let mut found: Vec<Candidate> = Vec::new();
    let own_language = || options.language.is_none_or(|language| elastic::own_language(rule) == Some(language));
    if rule.file.is_some() && own_language() {
        found.push(Form::Own(target).into());
    }
    if elastic::has_no_query(rule) && options.language.is_none() {
        found.push(Form::WithoutQuery(target).into());
        return found;
    }
    let languages = match &options.language {
        Some(language) => std::slice::from_ref(language),
        None => languages(rule),
    };
    let stack = options.installed.stack();
    let mut queries: Vec<Candidate> = languages
        .iter()
        .zip(1..)
        .map(|(language, rank)| Candidate {
            form: Form::Elastic(target, *language),
            rank,
            put_back: elastic::keeps_alerts_apart(rule, *language, stack).then(|| apart(stack)),
        })
        .collect();
    queries.sort_by_key(|candidate| candidate.put_back.is_some());
    found.extend(queries);
    found
}

fn apart(stack: Version) -> String {
    format!("{stack} does not merge its alerts")
}

/// The languages that can say this kind of logic, the plainest first.
fn languages(rule: &Rule) -> &'static [QueryLanguage] {
    use QueryLanguage::{Eql, Esql, Kuery, Lucene};
    match rule.logic.source() {
        // Of these, EQL alone has pipes.
        Logic::Event(_) if !rule.logic.pipes().is_empty() => &[Eql, Kuery],
        Logic::Event(_) => &[Kuery, Eql, Lucene, Esql],
        Logic::Threshold(_) => &[Kuery, Lucene, Esql],
        Logic::NewTerms(_) | Logic::Indicator(_) => &[Kuery, Lucene],
        Logic::Pipeline(_) => &[Esql],
        _ => &[Eql],
    }
}

impl Form {
    pub(super) fn target(self) -> Target {
        match self {
            Self::Plain(target) | Self::Own(target) | Self::Elastic(target, _) | Self::WithoutQuery(target) => target,
        }
    }

    /// An Elastic rule can say what its query's language can.
    pub(super) fn capabilities(self) -> &'static Capabilities {
        match self {
            Self::Elastic(_, QueryLanguage::Eql) => &super::eql::CAPABILITIES,
            Self::Elastic(_, QueryLanguage::Esql) => &super::esql::CAPABILITIES,
            Self::Elastic(_, QueryLanguage::Kuery) => &super::kql::CAPABILITIES,
            Self::Elastic(_, QueryLanguage::Lucene) => &super::lucene::CAPABILITIES,
            Self::Plain(target) | Self::Own(target) | Self::WithoutQuery(target) => {
                target.info().map_or(&super::native::CAPABILITIES, |info| info.capabilities)
            }
        }
    }

    pub(super) fn emit(self, rule: &Rule, options: &Options) -> Result<Emitted, Vec<Loss>> {
        match self {
            Self::Plain(Target::Eql) => super::eql::emit(rule),
            Self::Plain(Target::Kql) => super::kql::emit(rule),
            Self::Plain(Target::Lucene) => super::lucene::emit(rule),
            Self::Plain(Target::Esql) => super::esql::emit(rule),
            Self::Plain(Target::Panther) => super::panther::emit(rule),
            Self::Plain(Target::PantherSimple) => super::panther::sdyaml::emit(rule),
            Self::Plain(Target::PantherCorrelation) => super::panther::correlation::emit(rule),
            Self::Plain(Target::Sigma) => super::sigma::emit(rule),
            Self::Own(target) => elastic::emit_own(rule, target, &options.installed),
            Self::Elastic(target, language) => elastic::emit(rule, target, Some(language), &options.installed),
            Self::WithoutQuery(target) => elastic::emit(rule, target, None, &options.installed),
            Self::Plain(Target::Elastic | Target::ElasticNdjson | Target::Native) => super::native::emit(rule),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Elastic(_, language) => language.name(),
            Self::Own(_) => "the rule's own form",
            Self::WithoutQuery(_) => "a rule without a query",
            Self::Plain(target) => target.info().map_or("", |info| info.name),
        }
    }
}

/// Why a rule is not written in the form that is liked best: what each form before it would have lost, and what those after it are put
/// back for. `None` when it is.
pub(super) fn choice(candidates: &[Candidate], tried: &[Conversion], chosen: usize) -> Option<String> {
    let name = candidates.get(chosen)?.form.name();
    let before = candidates.iter().zip(tried).take(chosen).map(|(candidate, tried)| {
        let worst = tried.losses.iter().max_by_key(|loss| (loss.code.dead, loss.effect));
        let what = worst.map_or(String::new(), |loss| format!(" ({}: {})", loss.code.id, loss.message));
        let outcome = if tried.status == Status::Refused { "refused" } else { tried.status.name() };
        format!("{} would be {outcome}{what}", candidate.form.name())
    });
    let put_back = candidates.iter().skip(chosen + 1).filter_map(|candidate| {
        let reason = candidate.put_back.as_ref().filter(|_| candidate.rank < candidates[chosen].rank)?;
        Some(format!("{}: {reason}", candidate.form.name()))
    });
    let reasons: Vec<String> = before.chain(put_back).collect();
    (!reasons.is_empty()).then(|| format!("written in {name}; {}", reasons.join("; ")))
}
