//! Sequences as Panther correlation rules: the emitted correlation and its signals, read again and run, against the source.

use super::conversions::{explained, fires, reread};
use detc::backend::{Conversion, Options, Status, Target, convert};
use detc::fidelity::{Effect, MaxLoss};
use detc::ir::{
    Case, Coercion, DataSource, Dialect, EventModel, FieldPath, JoinKey, Logic, Meta, Op, Pool, Rule, Sequence, Step,
    Subject,
};
use detc::source::{Span, Spanned};
use serde_json::{Value as Json, json};
use std::time::Duration;

/// A sequence of events by the value of `eventType`, joined by a field; a name with `!` before it is missing.
fn sequence(steps: &[&str], key: &str, minutes: u64) -> Rule {
    let mut pool = Pool::default();
    let field = |name: &str| Subject::Field(FieldPath::dotted(name));
    let steps = steps
        .iter()
        .map(|name| {
            let to = name.trim_start_matches('!').into();
            let op = Op::Equal { to, case: Case::Sensitive, coercion: Coercion::Text };
            let filter = pool.test(field("eventType"), op, None);
            Step { filter, by: Vec::new(), runs: 1, fork: false, missing: name.starts_with('!'), origin: None }
        })
        .collect();
    let key = JoinKey { term: field(key), optional: false, case: Case::Sensitive, origin: None };
    let max_span = Some(Duration::from_secs(minutes * 60));
    let logic = Logic::Sequence(Sequence { by: vec![key], max_span, steps, until: None });
    Rule {
        meta: Meta { title: "Two Steps".to_owned(), ..Meta::default() },
        data_source: DataSource {
            log_types: vec![Spanned { value: "Okta.SystemLog".to_owned(), span: Span::default() }],
            ..DataSource::default()
        },
        ..Rule::new(Dialect::Sigma, EventModel::Panther, pool, logic)
    }
}

/// `a@3` is an event of type a, three minutes after midday.
fn events(text: &str) -> Vec<Json> {
    text.split_whitespace()
        .map(|event| {
            let (name, minute) = event.split_once('@').unwrap();
            let minute: u32 = minute.parse().unwrap();
            let time = format!("2026-08-20T{:02}:{:02}:00Z", 12 + minute / 60, minute % 60);
            json!({"eventType": name, "p_event_time": time, "actor": {"id": "u1"}})
        })
        .collect()
}

fn converted(rule: &Rule) -> Conversion {
    convert(rule, Target::PantherCorrelation, &Options { max_loss: MaxLoss::Any, ..Options::default() })
}

/// The verdicts of the emitted correlation; each is explained by the conversion's status.
fn verdicts(rule: &Rule, streams: &[&str]) -> Vec<bool> {
    let conversion = converted(rule);
    let again = reread(Target::PantherCorrelation, &conversion, rule);
    let again: Vec<&Rule> = again.iter().collect();
    streams
        .iter()
        .map(|stream| {
            let events = events(stream);
            let (source, target) = (fires(&[rule], &events).unwrap(), fires(&again, &events).unwrap());
            assert!(explained(conversion.status, source, target), "{stream}: {source}, {target}");
            target
        })
        .collect()
}

#[test]
fn two_steps_keep_their_order_and_window() {
    let rule = sequence(&["a", "b"], "actor.id", 5);
    assert_eq!(verdicts(&rule, &["a@1 b@6", "a@1 b@7", "b@1 a@2", "a@1"]), [true, false, false, false]);
    let conversion = converted(&rule);
    assert_eq!(conversion.status, Status::Widened);
    let names: Vec<String> =
        conversion.outputs.iter().map(|output| format!("{}{}", output.suffix, output.extension)).collect();
    assert_eq!(names, [".yml", "_signal_1.py", "_signal_1.yml", "_signal_2.py", "_signal_2.yml"]);
    // The look-back holds the window and the time between two runs.
    let yaml = &conversion.outputs[0].text;
    assert!(yaml.contains("LookbackWindowMinutes: 20\n    Schedule:\n      RateMinutes: 15\n"), "{yaml}");
    let signal = &conversion.outputs[2].text;
    assert!(signal.contains("CreateAlert: false\n") && signal.contains("Severity: Info\n"), "{signal}");
}

#[test]
fn what_must_not_follow_or_precede_is_absent() {
    let after = sequence(&["a", "!b"], "actor.id", 5);
    assert_eq!(verdicts(&after, &["a@1", "a@1 b@6", "a@1 b@7", "b@0 a@1"]), [true, false, true, true]);
    let before = sequence(&["!b", "a"], "actor.id", 5);
    assert_eq!(verdicts(&before, &["a@9", "b@4 a@9", "b@3 a@9", "a@9 b@10"]), [true, false, true, true]);
}

#[test]
fn an_event_missing_on_both_sides_is_a_group_with_absence() {
    let rule = sequence(&["!b", "a", "!b"], "actor.id", 60);
    let conversion = converted(&rule);
    let has = |effect: Effect, name: &str| {
        conversion.losses.iter().any(|loss| loss.effect == effect && loss.code.name == name)
    };
    // Elasticsearch wants the event on both sides within one span to let the sequence go; a group, on one.
    assert!(has(Effect::Narrowed, "absence"), "{:?}", conversion.losses);
    let yaml = &conversion.outputs[0].text;
    assert!(yaml.contains("  - Group:\n") && yaml.contains("Absence: true\n"), "{yaml}");
    assert_eq!(verdicts(&rule, &["a@90", "b@80 a@90", "a@90 b@100", "b@80 a@90 b@100"]), [true, false, false, false]);
}

#[test]
fn keys_that_lie_in_lists_are_refused() {
    let conversion = converted(&sequence(&["a", "b"], "target.id", 5));
    assert_eq!(conversion.status, Status::Refused);
    assert_eq!(
        conversion.losses.last().unwrap().message,
        "`target.id` lies in the list `target`, and Panther matches by fields outside of lists"
    );
}
