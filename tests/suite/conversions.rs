//! Every bundled rule to every target, and back: the emitted text, read again and run on the rule's own test events, gives the verdict
//! that the report promises.

use detc::backend::{Conversion, Options, Output, SourceWorld, Status, TARGETS, Target, convert, name_outputs};
use detc::catalog::ingest;
use detc::eval::{EndOfStream, Program, parse_tests};
use detc::fidelity::MaxLoss;
use detc::frontend::{Context, Item, Language, Loaded, QueryOptions, load, load_query};
use detc::ir::{Dialect, Rule};
use detc::source::{Companions, Level, SourceFile, discover, read};
use serde_json::Value as Json;
use std::collections::BTreeSet;
use std::path::Path;

/// Companions from the texts of a conversion.
struct InMemory<'a>(&'a [Output]);

impl Companions for InMemory<'_> {
    fn companion(&self, _main: &str, relative: &str) -> Option<SourceFile> {
        let named = |output: &&Output| relative.ends_with(&format!("{}{}", output.suffix, output.extension));
        let output = self.0.iter().filter(named).max_by_key(|output| output.suffix.len())?;
        Some(SourceFile::new(relative, output.text.clone()))
    }
}

struct Bundled {
    path: String,
    item: Item,
    /// Name and events of each test.
    tests: Vec<(String, Vec<Json>)>,
}

fn loaded(path: &Path) -> Loaded {
    load(read(path).unwrap(), &Context::beside(&detc::source::Disk))
}

fn bundled() -> Vec<Bundled> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    let found = discover(&[root.display().to_string()], &["toml", "yml"]);
    let mut rules = Vec::new();
    for path in found.files {
        let beside = path.with_extension("tests.yaml");
        for item in loaded(&path).items {
            let mut tests: Vec<_> =
                item.rule.tests.iter().map(|test| (test.name.clone(), test.events.clone())).collect();
            if let Ok(text) = std::fs::read_to_string(&beside) {
                tests.extend(
                    parse_tests(&text).unwrap().into_iter().map(|listed| (listed.test.name, listed.test.events)),
                );
            }
            rules.push(Bundled { path: path.display().to_string(), item, tests });
        }
    }
    rules
}

/// The emitted texts, read again. All rules of the text; the last is the one that stands for the source.
pub(crate) fn reread(target: Target, conversion: &Conversion, source: &Rule) -> Vec<Rule> {
    let rules = |loaded: Loaded| {
        assert!(loaded.diagnostics.is_empty(), "{:?}\n{}", loaded.diagnostics, conversion.outputs[0].text);
        loaded.items.into_iter().map(|item| item.rule).collect()
    };
    let main = &conversion.outputs[0].text;
    match target {
        Target::Eql => query(Language::Eql, main, source),
        Target::Kql => query(Language::Kql, main, source),
        Target::Lucene => query(Language::Lucene, main, source),
        Target::Esql => query(Language::Esql, main, source),
        Target::Native => detc::backend::native::parse(main).unwrap(),
        Target::ElasticNdjson => vec![crate::backend_kibana::imported(main)],
        Target::PantherCorrelation => {
            let mut outputs = conversion.outputs.clone();
            name_outputs(target, "emitted", &mut outputs);
            let companions = InMemory(&outputs);
            // The signals first, the correlation last.
            let items = outputs.iter().rev().filter(|output| output.extension == ".yml");
            let file = |output: &Output| {
                SourceFile::new(format!("emitted{}{}", output.suffix, output.extension), output.text.clone())
            };
            items.flat_map(|output| rules(load(file(output), &Context::beside(&companions)))).collect()
        }
        Target::Elastic | Target::Sigma | Target::Panther | Target::PantherSimple => {
            let main = conversion.outputs.iter().find(|output| output.extension != ".py").unwrap();
            let companions = InMemory(&conversion.outputs);
            let file = SourceFile::new(format!("emitted{}", main.extension), main.text.clone());
            rules(load(file, &Context::beside(&companions)))
        }
    }
}

/// A bare query, read with the source's own index patterns when it has them: they decide the fields' types.
fn query(language: Language, text: &str, source: &Rule) -> Vec<Rule> {
    let indices: Vec<&str> = source.data_source.indices.iter().map(|index| index.value.as_str()).collect();
    let (item, problems) = load_query(language, text, &QueryOptions { indices: &indices, ..QueryOptions::default() });
    // Fields that no table of the indices has are only noted.
    assert!(problems.iter().all(|problem| problem.level < Level::Warning), "{problems:?}\n{text}");
    vec![item.rule]
}

/// `None` when a part that is not understood leaves it open.
pub(crate) fn fires(rules: &[&Rule], events: &[Json]) -> Option<bool> {
    let numbered = events.iter().cloned().enumerate();
    let run = Program::compile_all(rules).run(numbered, EndOfStream::Complete);
    run.notes.is_empty().then(|| run.alerts.iter().any(|alert| alert.rule == rules.len() - 1))
}

/// The events in the target's world, or `None` when the way there is not modelled (it is never inverted).
pub(crate) fn travelled(rule: &Rule, target: Target, events: &[Json]) -> Option<Vec<Json>> {
    let raw = [Target::Panther, Target::PantherSimple, Target::PantherCorrelation, Target::Sigma];
    let to_elastic = !raw.contains(&target);
    match (rule.dialect == Dialect::Elastic, to_elastic) {
        _ if target == Target::Native => Some(events.to_vec()),
        (false, false) if target != Target::Sigma && rule.dialect == Dialect::Sigma => {
            let world = SourceWorld::of(rule);
            let Some(way) = world.way_to_log_type() else { return Some(events.to_vec()) };
            Some(events.iter().map(|event| way.forward(&way.spelled(event))).collect())
        }
        (true, true) | (false, false) => Some(events.to_vec()),
        (false, true) => {
            let dataset = dataset_of(rule)?;
            events.iter().map(|event| ingest::forward(dataset, event)).collect()
        }
        (true, false) => None,
    }
}

fn dataset_of(rule: &Rule) -> Option<&'static str> {
    let source = &rule.data_source;
    let service = source.service.as_ref().map_or("", |service| service.value.as_str());
    let log_type = source.log_types.first().map_or("", |log_type| log_type.value.as_str());
    match (service, log_type) {
        ("okta", _) | (_, "Okta.SystemLog") => Some("okta.system"),
        ("cloudtrail", _) | (_, "AWS.CloudTrail") => Some("aws.cloudtrail"),
        ("audit", _) | (_, "GitHub.Audit") => Some("github.audit"),
        _ => None,
    }
}

/// Whether a difference of verdicts is what the status allows.
pub(crate) fn explained(status: Status, source: bool, target: bool) -> bool {
    match status {
        Status::Exact | Status::Metadata => source == target,
        Status::Widened => target || !source,
        Status::Narrowed => source || !target,
        Status::Unknown | Status::Refused | Status::Failed => true,
    }
}

/// Test events that break what a conversion says it assumes: the rule's test, and the assumption.
const BREAKS_AN_ASSUMPTION: [(&str, &str, &str); 3] = [
    ("okta_api_token_created_outside_office", "event name in another case", "holds only its catalogued values"),
    // Okta sends `target` as a list; the modelled ingest takes it for one.
    ("okta_emergency_account_touched", "one target that is not in an array", "map row"),
    ("okta_emergency_account_touched", "one target that is not in an array", "is a list"),
];

fn breaks_an_assumption(path: &str, test: &str, conversion: &Conversion) -> bool {
    BREAKS_AN_ASSUMPTION.iter().any(|(rule, name, assumption)| {
        path.contains(rule)
            && *name == test
            && conversion.assumes.iter().any(|line| line.to_string().contains(assumption))
    })
}

#[test]
fn emitted_rules_give_the_verdicts_that_their_reports_promise() {
    let options = Options { max_loss: MaxLoss::Any, ..Options::default() };
    let mut compared = 0;
    let mut open = BTreeSet::new();
    let mut wrong = Vec::new();
    for bundled in bundled() {
        let rule = &bundled.item.rule;
        for info in TARGETS {
            let conversion = convert(rule, info.target, &options);
            if conversion.outputs.is_empty() {
                continue;
            }
            let again = reread(info.target, &conversion, rule);
            let again: Vec<&Rule> = again.iter().collect();
            for (name, events) in &bundled.tests {
                let Some(there) = travelled(rule, info.target, events) else { continue };
                let (Some(source), Some(target)) = (fires(&[rule], events), fires(&again, &there)) else {
                    open.insert(format!("{} -> {}", bundled.path, info.name));
                    continue;
                };
                compared += 1;
                if !explained(conversion.status, source, target)
                    && !breaks_an_assumption(&bundled.path, name, &conversion)
                {
                    wrong.push(format!(
                        "{} -> {} ({}): `{name}`: source {source}, target {target}\n{}",
                        bundled.path,
                        info.name,
                        conversion.status.name(),
                        conversion.outputs[0].text
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {compared} differ\n{}", wrong.len(), wrong.join("\n"));
    // What the lifter does not read yet of the Python that is written here is judged by CPython in CI.
    open.retain(|conversion: &String| !conversion.ends_with("-> panther"));
    assert!(open.is_empty(), "left open: {open:?}");
    assert!(compared > 500, "only {compared} verdicts were compared");
}
