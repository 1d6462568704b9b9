//! What the Sigma specification 2.1.0 says, case by case: a rule, events, and the verdict that the specification gives.
//!
//! The tables are blocks of lines. `# CHAPTER, "SECTION"` names what the following blocks rest on. A block is a detection (a whole
//! one, a condition over [`SELECTIONS`], or one field) or a correlation over the rules `a`, `b` and `c`, and then its cases:
//!
//! - `> fires EVENT...` and `> quiet EVENT...`: JSON values; what is not an object is the value of the field `f`. In the table of
//!   conditions it is a text of the names of the selections that hold.
//! - `> 2 a@0 u=1; b@5 u=1`: the number of alerts on events of these rules at these seconds with these fields.
//! - `> error TEXT`: the rule has an error that says so. `> hole TEXT`: it is read, but for an event with a field `f` a part is left
//!   open for this reason.

mod conversions;

use crate::sigma_round_trip::{Trip, round_trip};
use detc::eval::{EndOfStream, Program, Verdict};
use detc::frontend::{Context, Loaded, load};
use detc::ir::Rule;
use detc::source::{Level, SourceFile};
use serde_json::{Value as Json, json};

/// The selections of the table of conditions: each holds when the event's list `f` has its name.
const SELECTIONS: [&str; 8] = ["a", "b", "c", "sel_x", "sel_y", "_hidden", "notable", "android_x"];

struct Block {
    section: String,
    rule: String,
    cases: Vec<String>,
}

fn blocks(table: &str) -> Vec<Block> {
    let mut section = String::new();
    let mut blocks = Vec::new();
    for part in table.split("\n\n") {
        let mut block = Block { section: section.clone(), rule: String::new(), cases: Vec::new() };
        for line in part.lines() {
            if let Some(name) = line.strip_prefix("# ") {
                name.clone_into(&mut section);
                block.section.clone_from(&section);
            } else if let Some(case) = line.strip_prefix("> ") {
                block.cases.push(case.to_owned());
            } else {
                block.rule += line;
                block.rule.push('\n');
            }
        }
        assert!(!block.rule.is_empty() && !block.cases.is_empty() && !block.section.is_empty(), "{part}");
        blocks.push(block);
    }
    blocks
}

fn indented(text: &str, width: usize) -> String {
    text.lines().map(|line| format!("{:width$}{line}\n", "")).collect()
}

/// The rule of a block of fields or of a whole detection.
fn detection(text: &str) -> String {
    let head = "title: t\nlogsource:\n    product: p\n";
    if text.starts_with("detection:") {
        return format!("{head}{text}");
    }
    format!("{head}detection:\n    s:\n{}    condition: s\n", indented(text, 8))
}

fn condition(text: &str) -> String {
    let selections: String = SELECTIONS.map(|name| format!("    {name}:\n        f: {name}\n")).concat();
    if text.starts_with("detection:") {
        return detection(text);
    }
    format!("title: t\nlogsource:\n    product: p\ndetection:\n{selections}{}", indented(text, 4))
}

fn read(text: &str) -> Loaded {
    load(SourceFile::new("rule.yml", text), &Context::default())
}

fn errors(loaded: &Loaded) -> Vec<String> {
    let errors = loaded.diagnostics.iter().filter(|found| found.level == Level::Error);
    errors.map(|found| found.message.clone()).collect()
}

fn values(text: &str) -> Vec<Json> {
    let stream = serde_json::Deserializer::from_str(text).into_iter::<Json>();
    stream.collect::<Result<_, _>>().unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn event(value: Json) -> Json {
    if value.is_object() { value } else { json!({ "f": value }) }
}

fn names(value: &Json) -> Json {
    match value.as_str() {
        Some(names) => json!({ "f": names.split_whitespace().collect::<Vec<_>>() }),
        None => value.clone(),
    }
}

/// What a table's cases found: how many there are, and those that differ.
#[derive(Default)]
struct Tally {
    cases: usize,
    wrong: Vec<String>,
}

impl Tally {
    fn note(&mut self, holds: bool, block: &Block, case: &str, found: &str) {
        self.cases += 1;
        if !holds {
            self.wrong.push(format!("[{}]\n{}> {case}\n  found: {found}", block.section, block.rule));
        }
    }

    /// The cases on whether and how the rule is read. Gives whether it was one.
    fn reading(&mut self, block: &Block, case: &str, loaded: &Loaded) -> bool {
        if let Some(text) = case.strip_prefix("error") {
            let found = errors(loaded);
            let holds = found.iter().any(|message| message.contains(text.trim()));
            self.note(holds, block, case, &format!("{found:?}"));
            return true;
        }
        if let Some(text) = case.strip_prefix("hole") {
            let reason = left_open(&loaded.items[0].rule);
            let holds = reason.contains(text.trim()) && !reason.is_empty();
            self.note(holds, block, case, &reason);
            return true;
        }
        false
    }

    fn finish(self, at_least: usize) {
        println!("{} cases", self.cases);
        assert!(self.wrong.is_empty(), "{} of {}:\n{}", self.wrong.len(), self.cases, self.wrong.join("\n\n"));
        assert!(self.cases >= at_least, "{} cases", self.cases);
    }
}

/// Why a rule, or its verdict on an event, is left open.
fn left_open(rule: &Rule) -> String {
    let verdict = || match Program::compile(rule).verdict(0, &json!({"f": "x"})) {
        Some(Verdict::NotKnown(hole)) => Some(hole.reason.to_string()),
        _ => None,
    };
    rule.opaque_reason().or_else(verdict).unwrap_or_default()
}

/// Every rule that a table's block makes: written as Sigma and read again it is the same rule.
fn round_trips(table: &str, rule_of: impl Fn(&str) -> String) -> usize {
    let (mut trips, mut wrong) = (0, Vec::new());
    for block in blocks(table) {
        let loaded = read(&rule_of(&block.rule));
        let rules: Vec<&Rule> = loaded.items.iter().map(|item| &item.rule).collect();
        let (Some((last, others)), true) = (rules.split_last(), errors(&loaded).is_empty()) else { continue };
        match round_trip(last, others) {
            Ok(trip) => trips += usize::from(trip == Trip::Equal),
            Err(what) => wrong.push(format!("[{}]\n{}{what}", block.section, block.rule)),
        }
    }
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n\n"));
    trips
}

#[test]
fn every_construct_reads_back_as_it_is() {
    let trips = [
        round_trips(include_str!("modifiers.txt"), detection),
        round_trips(include_str!("values.txt"), detection),
        round_trips(include_str!("conditions.txt"), condition),
        round_trips(include_str!("correlations.txt"), correlation),
    ];
    println!("{trips:?}");
    assert!(trips.iter().sum::<usize>() > 250, "{trips:?}");
}

fn run_events(table: &str, rule_of: impl Fn(&str) -> String, event_of: impl Fn(Json) -> Json, at_least: usize) {
    let mut tally = Tally::default();
    for block in blocks(table) {
        let loaded = read(&rule_of(&block.rule));
        for case in &block.cases {
            if tally.reading(&block, case, &loaded) {
                continue;
            }
            let (word, events) = case.split_once(' ').unwrap();
            let wanted = match word {
                "fires" => Verdict::True,
                "quiet" => Verdict::False,
                other => panic!("{other}"),
            };
            let found = errors(&loaded);
            if !found.is_empty() {
                tally.note(false, &block, case, &format!("{found:?}"));
                continue;
            }
            let program = Program::compile(&loaded.items[0].rule);
            for value in values(events) {
                let shown = format!("{word} {value}");
                let verdict = program.verdict(0, &event_of(value));
                tally.note(verdict.as_ref() == Some(&wanted), &block, &shown, &format!("{verdict:?}"));
            }
        }
    }
    tally.finish(at_least);
}

#[test]
fn modifiers() {
    run_events(include_str!("modifiers.txt"), detection, event, 400);
}

#[test]
fn values_and_selections() {
    run_events(include_str!("values.txt"), detection, event, 200);
}

#[test]
fn conditions() {
    run_events(include_str!("conditions.txt"), condition, |value| names(&value), 100);
}

/// The rules that correlations refer to: `a` fires on events with `k: a`.
fn base_rules() -> String {
    ["a", "b", "c"]
        .map(|name| {
            format!(
                "title: {name}\nname: {name}\nid: 0{name}0{name}0{name}0{name}-0000-4000-8000-00000000000{name}\nlogsource:\n    product: p\ndetection:\n    s:\n        k: {name}\n    condition: s\n---\n"
            )
        })
        .concat()
}

fn correlation(text: &str) -> String {
    let whole = if text.contains("correlation:") || text.contains("detection:") {
        text.to_owned()
    } else {
        format!("title: t\ncorrelation:\n{}", indented(text, 4))
    };
    base_rules() + &whole
}

/// `a@5 u=1`: an event of rule `a` at second 5.
fn timed(text: &str) -> Json {
    let mut words = text.split_whitespace();
    let (name, second) = words.next().unwrap().split_once('@').unwrap();
    let second: i64 = second.parse().unwrap();
    let mut event = json!({"k": name, "@timestamp": 1_700_000_000_000_i64 + second * 1000});
    for word in words {
        let (key, value) = word.split_once('=').unwrap();
        event[key] = serde_json::from_str(value).unwrap_or_else(|_| json!(value));
    }
    event
}

#[test]
fn correlations() {
    let mut tally = Tally::default();
    for block in blocks(include_str!("correlations.txt")) {
        let loaded = read(&correlation(&block.rule));
        let rules: Vec<&Rule> = loaded.items.iter().map(|item| &item.rule).collect();
        for case in &block.cases {
            if tally.reading(&block, case, &loaded) {
                continue;
            }
            let (count, events) = case.split_once(' ').unwrap();
            let events = events.split("; ").map(timed).enumerate();
            let run = Program::compile_all(&rules).run(events, EndOfStream::Complete);
            let alerts = run.alerts.iter().filter(|alert| alert.rule == rules.len() - 1).count();
            let holds = errors(&loaded).is_empty() && run.notes.is_empty() && alerts.to_string() == count;
            tally.note(holds, &block, case, &format!("{alerts} alerts, {:?}, {:?}", run.notes, errors(&loaded)));
        }
    }
    tally.finish(100);
}

/// Correlations, "Generate": the rules that a correlation refers to alert by themselves only where it says so.
#[test]
fn referred_rules_alert_when_the_correlation_generates() {
    for (generate, expected) in [("", [0, 1]), ("generate: false\n", [0, 1]), ("generate: true\n", [2, 1])] {
        let text = format!("type: event_count\nrules: [a]\ntimespan: 10s\ncondition: {{gte: 2}}\n{generate}");
        let loaded = read(&correlation(&text));
        assert_eq!(errors(&loaded), Vec::<String>::new());
        let rules: Vec<&Rule> = loaded.items.iter().map(|item| &item.rule).collect();
        let events = ["a@0", "a@1"].map(timed).into_iter().enumerate();
        let run = Program::compile_all(&rules).run(events, EndOfStream::Complete);
        let of = |rule: usize| run.alerts.iter().filter(|alert| alert.rule == rule).count();
        assert_eq!([of(0), of(3)], expected, "{generate}");
    }
    let loaded = read(&correlation("type: event_count\nrules: [a]\ntimespan: 10s\ncondition: {gte: 2}\ngenerate: 1\n"));
    assert_eq!(errors(&loaded), ["`generate` takes true or false, this is an integer"]);
}
