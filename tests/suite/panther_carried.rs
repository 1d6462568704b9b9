//! Panther's own test events, through what their rules become in KQL and EQL: set DETC_PANTHER_ANALYSIS to a checkout of
//! panther-analysis, and DETC_PYTHON to an interpreter with PyPI `eql` to ask it as well. DETC_VERBOSE lists what a loss explains.

use detc::backend::{Conversion, Options, Status, Target, convert};
use detc::fidelity::{Effect, MaxLoss};
use detc::frontend::{Context, Language, QueryOptions, apply_queries, load, load_query};
use detc::ir::{Expectation, Rule, fields_of};
use detc::proof::{CarriedTest, carried_tests};
use detc::source::{Disk, discover, read};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// The log types that the field maps know the way of, by the start of their names.
const FAMILIES: [&str; 6] = ["Okta.", "AWS.CloudTrail", "GitHub.", "GCP.", "Azure.", "Microsoft365."];

fn rules(root: &str) -> Vec<Rule> {
    let files = discover(&[format!("{root}/rules")], &["yml", "yaml"]).files;
    let mut loaded: Vec<_> = files.iter().map(|path| load(read(path).unwrap(), &Context::beside(&Disk))).collect();
    apply_queries(&mut loaded);
    let all = loaded.into_iter().flat_map(|loaded| loaded.items).map(|item| item.rule);
    let of_families = |rule: &Rule| {
        let mut types = rule.data_source.log_types.iter();
        rule.is_rule() && types.any(|name| FAMILIES.iter().any(|family| name.value.starts_with(family)))
    };
    all.filter(of_families).collect()
}

/// What the tests of the rules came to, in one target.
#[derive(Default)]
struct Tally {
    rules: usize,
    refused: usize,
    tests: usize,
    /// Tests with the rule's own verdict.
    same: usize,
    /// Tests with another verdict, by the codes of the losses that explain it.
    explained: BTreeMap<String, usize>,
    /// Tests that could not be put to the emitted rule, by the reason.
    open: BTreeMap<String, usize>,
    /// Refused rules' tests, by the codes that refused them.
    of_refused: BTreeMap<String, usize>,
    wrong: Vec<String>,
}

fn codes(outcome: &Conversion) -> String {
    let mut codes: Vec<&str> =
        outcome.losses.iter().filter(|loss| loss.effect != Effect::Metadata).map(|loss| loss.code.id).collect();
    codes.sort_unstable();
    codes.dedup();
    codes.join(" ")
}

/// Whether the stated losses say that the emitted rule may answer so where the source does not.
fn is_explained(status: Status, fires: bool) -> bool {
    match status {
        Status::Widened => fires,
        Status::Narrowed => !fires,
        Status::Unknown => true,
        _ => false,
    }
}

impl Tally {
    fn add(&mut self, rule: &Rule, target: Target, judge: &mut Option<Judge>) {
        self.rules += 1;
        let options = Options { max_loss: MaxLoss::Any, ..Options::default() };
        let outcome = convert(rule, target, &options);
        let name = rule.meta.id.as_ref().map_or("?", |id| &id.value);
        if outcome.outputs.is_empty() {
            self.refused += 1;
            assert!(!codes(&outcome).is_empty(), "{name} is refused for no stated reason");
            *self.of_refused.entry(codes(&outcome)).or_default() += rule.tests.len();
            return;
        }
        let carried = match carried_tests(rule, &[], target, &outcome) {
            Ok(carried) => carried,
            Err(reason) => {
                self.open(name, &format!("{reason} [{}]", codes(&outcome)), rule.tests.len());
                return;
            }
        };
        for one in &carried {
            self.test(name, one, &outcome);
            if let (Some(judge), Ok(fires)) = (&mut *judge, &one.fires) {
                judge.ask(name, &outcome.outputs[0].text, &one.events, *fires);
            }
        }
    }

    fn test(&mut self, name: &str, one: &CarriedTest<'_>, outcome: &Conversion) {
        let Expectation::Fires(expected) = one.test.expect else { return };
        self.tests += 1;
        match &one.fires {
            Ok(fires) if *fires == expected => self.same += 1,
            Ok(fires) if is_explained(outcome.status, *fires) => {
                let why = codes(outcome);
                if std::env::var_os("DETC_VERBOSE").is_some() {
                    println!("{name}: `{}`: {expected} became {fires}: {why}", one.test.name);
                }
                *self.explained.entry(why).or_default() += 1;
            }
            Ok(fires) => {
                let text = &outcome.outputs[0].text;
                let event = json!(one.events).to_string();
                self.wrong.push(format!("{name}: `{}`: {expected} became {fires}\n{text}\n{event}", one.test.name));
            }
            Err(reason) => self.open(name, &format!("{reason} [{}]", codes(outcome)), 1),
        }
    }

    /// Tests without a verdict need a loss as well.
    fn open(&mut self, name: &str, reason: &str, tests: usize) {
        *self.open.entry(reason.to_owned()).or_default() += tests;
        if reason.ends_with("[]") {
            self.wrong.push(format!("{name}: {reason}"));
        }
    }

    fn told(&self, target: &str) {
        let Self { rules, refused, tests, same, .. } = self;
        let sum = |map: &BTreeMap<String, usize>| map.values().sum::<usize>();
        println!(
            "{target}: {rules} rules, {refused} refused with {} tests; {tests} tests carried: {same} as expected, {} explained by a \
             loss, {} wrong; {} not decided",
            sum(&self.of_refused),
            sum(&self.explained),
            self.wrong.len(),
            sum(&self.open)
        );
        for (what, map) in [("explained", &self.explained), ("not decided", &self.open), ("refused", &self.of_refused)]
        {
            map.iter().for_each(|(reason, count)| println!("    {what}: {count:4} {reason}"));
        }
        self.wrong.iter().for_each(|wrong| println!("WRONG {wrong}"));
    }
}

/// PyPI `eql`, which is asked where it means what Elasticsearch does.
struct Judge {
    child: Child,
    jobs: ChildStdin,
    answers: BufReader<ChildStdout>,
    asked: usize,
    passed_over: usize,
    no_verdict: BTreeMap<String, usize>,
    differences: Vec<String>,
}

impl Drop for Judge {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Judge {
    fn start() -> Option<Self> {
        let Ok(python) = std::env::var("DETC_PYTHON") else {
            println!("DETC_PYTHON is not set: PyPI eql is not asked");
            return None;
        };
        let oracle = Path::new(env!("CARGO_MANIFEST_DIR")).join(".ci/oracles/eql_verdicts.py");
        let mut child = Command::new(python).arg(oracle).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (jobs, answers) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        let (no_verdict, differences) = Default::default();
        Some(Self { child, jobs, answers, asked: 0, passed_over: 0, no_verdict, differences })
    }

    fn ask(&mut self, name: &str, query: &str, events: &[Json], fires: bool) {
        let [event] = events else { return };
        if !is_common(query, event) {
            self.passed_over += 1;
            return;
        }
        writeln!(self.jobs, "{}", json!({"query": query, "event": event})).unwrap();
        let mut answer = String::new();
        self.answers.read_line(&mut answer).unwrap();
        let answer: Json = serde_json::from_str(&answer).unwrap();
        match answer["fires"].as_bool() {
            None => *self.no_verdict.entry(answer["failure"].to_string()).or_default() += 1,
            Some(theirs) => {
                self.asked += 1;
                if theirs != fires {
                    self.differences.push(format!("{name}: PyPI eql says {theirs}, we {fires}\n{query}\n{event}"));
                }
            }
        }
    }
}

/// Whether the library means by the query what Elasticsearch means: every field that it names is there once, as a scalar. The library
/// has null as a third outcome under `not`, and looks into no list.
fn is_common(query: &str, event: &Json) -> bool {
    let (item, _) = load_query(Language::Eql, query, &QueryOptions::default());
    let fields = fields_of(&item.rule.pool, &item.rule.logic.roots());
    fields.iter().all(|(field, _)| {
        let found = field.segments().iter().try_fold(event, |at, key| at.get(key.as_ref()));
        found.is_some_and(|value| value.is_string() || value.is_number() || value.is_boolean())
    })
}

#[test]
fn test_events_of_panthers_rules_keep_their_verdict_in_kql_and_eql() {
    let Ok(root) = std::env::var("DETC_PANTHER_ANALYSIS") else {
        println!("skipped: DETC_PANTHER_ANALYSIS is not set");
        return;
    };
    let rules = rules(&root);
    let mut judge = Judge::start();
    let mut wrong = 0;
    for (target, name) in [(Target::Kql, "kql"), (Target::Eql, "eql")] {
        let mut tally = Tally::default();
        let mut none = None;
        let judge = if target == Target::Eql { &mut judge } else { &mut none };
        rules.iter().for_each(|rule| tally.add(rule, target, judge));
        tally.told(name);
        wrong += tally.wrong.len();
        assert!(tally.same > 0);
    }
    if let Some(judge) = judge {
        println!(
            "PyPI eql: {} asked, {} passed over, no verdict {:?}",
            judge.asked, judge.passed_over, judge.no_verdict
        );
        judge.differences.iter().for_each(|difference| println!("DIFF {difference}"));
        assert!(judge.asked > 0 && judge.differences.is_empty());
    }
    assert_eq!(wrong, 0);
}
