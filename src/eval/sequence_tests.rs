//! Sequences and samples, with the conformance cases for missing events.

use super::testing::{equals, events, key, lines, rule, run, sequence};
use super::{EndOfStream, NoteKind, Program};
use crate::ir::{EventModel, JoinKey, Logic, Pool, Rule, Sample, Step};
use serde_json::Value as Json;

fn found(rule: &Rule, text: &str) -> Vec<Vec<usize>> {
    lines(&run(&[rule], text).alerts)
}

#[test]
fn order_and_span() {
    let two = sequence("a b", &[], Some(10), None);
    assert_eq!(found(&two, "a@1 b@2"), [[1, 2]]);
    assert_eq!(found(&two, "b@1 a@2"), Vec::<Vec<usize>>::new());
    assert_eq!(found(&two, "a@0 b@10"), [[1, 2]], "the span is inclusive");
    assert!(found(&two, "a@0 b@11").is_empty());
    assert_eq!(found(&sequence("a b", &[], None, None), "a@0 b@999999"), [[1, 2]]);
}

#[test]
fn time_decides_before_the_order_of_the_input() {
    let two = sequence("a b", &[], Some(10), None);
    assert_eq!(found(&two, "b@2 a@1"), [[2, 1]]);
    assert_eq!(found(&two, "a@1 b@1"), [[1, 2]], "one time: the order of the input");
    assert!(found(&two, "b@1 a@1").is_empty());
}

#[test]
fn a_newer_candidate_replaces_an_older_one() {
    assert_eq!(found(&sequence("a b", &[], None, None), "a@1 a@2 b@3"), [[2, 3]]);
    assert_eq!(found(&sequence("a b", &[], None, None), "a@1 b@2 b@3"), [[1, 2]], "an event serves once");
    let three = sequence("a b c", &[], None, None);
    assert_eq!(found(&three, "a@1 b@2 a@3 c@4"), [[1, 2, 4]]);
    assert_eq!(found(&three, "a@1 b@2 a@3 b@4 c@5"), [[3, 4, 5]]);
}

#[test]
fn one_event_can_end_one_sequence_and_begin_another_but_not_follow_itself() {
    let same = sequence("a a", &[], None, None);
    assert_eq!(found(&same, "a@1 a@2 a@3"), [[1, 2], [2, 3]]);
    assert!(found(&same, "a@1").is_empty());
}

#[test]
fn runs_are_copies_of_a_step() {
    assert_eq!(found(&sequence("a*3 b", &[], None, None), "a@1 a@2 a@3 b@4"), [[1, 2, 3, 4]]);
    assert!(found(&sequence("a*3 b", &[], None, None), "a@1 a@2 b@4").is_empty());
}

#[test]
fn join_keys() {
    let by = sequence("a b", &["k"], None, None);
    assert_eq!(found(&by, "a,k=x@1 a,k=y@2 b,k=x@3 b,k=y@4"), [[1, 3], [2, 4]]);
    assert!(found(&by, "a@1 b@2").is_empty(), "an event without the key takes no part");
    assert!(found(&by, "a,k=x@1 b@2").is_empty());
    assert_eq!(found(&by, "a,k=x|y@1 b,k=y@2"), [[1, 2]], "several values: each joins");
    assert_eq!(found(&by, "a,k=x|y@1 b,k=y|x@2"), [[1, 2], [1, 2]]);
    let group = &run(&[&by], "a,k=x@1 b,k=x@2").alerts[0].group;
    assert_eq!(*group, [("k".to_owned(), Json::from("x"))]);
}

#[test]
fn optional_keys_join_null_with_null() {
    let mut by = sequence("a b", &["k"], None, None);
    if let Logic::Sequence(sequence) = &mut by.logic {
        sequence.by[0].optional = true;
    }
    assert_eq!(found(&by, "a@1 b@2"), [[1, 2]]);
    assert!(found(&by, "a,k=x@1 b@2").is_empty());
}

#[test]
fn steps_have_keys_of_their_own() {
    let mut by = sequence("a b", &["k"], None, None);
    if let Logic::Sequence(sequence) = &mut by.logic {
        sequence.steps[0].by = vec![key("child")];
        sequence.steps[1].by = vec![key("parent")];
    }
    assert_eq!(found(&by, "a,k=x,child=7@1 b,k=x,parent=8@2 b,k=x,parent=7@3"), [[1, 3]]);
}

#[test]
fn until_ends_the_partial_sequences_of_its_key() {
    let until = sequence("a b", &["k"], None, Some("stop"));
    assert!(found(&until, "a,k=x@1 stop,k=x@2 b,k=x@3").is_empty());
    assert_eq!(found(&until, "a,k=x@1 stop,k=y@2 b,k=x@3"), [[1, 3]]);
    assert_eq!(found(&until, "stop,k=x@1 a,k=x@2 b,k=x@3"), [[2, 3]]);
    assert_eq!(found(&sequence("a b", &[], None, Some("b")), "a@1 b@2"), [[1, 2]], "the last event itself counts");
}

/// An event of a step is also the end: Elasticsearch counts an end at or after the sequence's last event, and before the next one.
#[test]
fn an_event_that_is_also_the_end_completes_a_sequence_and_continues_none() {
    assert!(found(&sequence("a b", &[], None, Some("a")), "a@1 b@2").is_empty());
    assert!(found(&sequence("a b c", &[], None, Some("b")), "a@1 b@2 c@3").is_empty());
    let last = sequence("a b c", &["k"], None, Some("c"));
    assert_eq!(found(&last, "a,k=x@1 b,k=x@2 a,k=x@3 c,k=x@4 b,k=x@5 c,k=x@6"), [[1, 2, 4]]);
}

/// What becomes of candidates that are left over, come again or overlap: a step continues the newest sequence that ended at the step
/// before it, that one is used up, and those that it overtook are gone.
#[test]
fn candidates_come_again_are_left_over_and_overlap() {
    let cases: &[(&str, &str, &[&[usize]])] = &[
        ("a b", "a@1 b@2 a@3", &[&[1, 2]]),
        ("a b", "b@1 a@2 b@3", &[&[2, 3]]),
        ("a b", "a@1 b@3 a@5 b@7", &[&[1, 2], &[3, 4]]),
        ("a b", "a@1 b@2 b@3 b@4", &[&[1, 2]]),
        ("a b", "a@1 a@2 b@3 a@4 a@5 a@6 b@7 a@8", &[&[2, 3], &[6, 7]]),
        ("a b", "b@1 b@2 a@3 b@4 a@5 a@6", &[&[3, 4]]),
        ("a b", "a@1 a@2 b@3 a@4 b@5 b@6 a@7", &[&[2, 3], &[4, 5]]),
        ("a b c", "a@1 b@2 c@3 a@4 b@5 c@6", &[&[1, 2, 3], &[4, 5, 6]]),
        ("a b c", "a@1 b@2 c@3 b@4 c@5", &[&[1, 2, 3]]),
        ("a b c", "c@1 b@2 c@3 a@4 b@5 a@6 c@7", &[&[4, 5, 7]]),
        ("a b c", "a@1 c@2 b@3 a@4 b@5 c@6", &[&[4, 5, 6]]),
        ("a b c", "a@1 c@2 b@3 a@4 b@5 a@6 b@7 b@8 c@9", &[&[6, 7, 9]]),
        ("a b c", "c@1 b@2 a@3 c@4 a@5 c@6 b@7 a@8 c@9", &[&[5, 7, 9]]),
        ("a b c", "a@1 b@2 a@3 c@4 b@5 c@6", &[&[1, 2, 4], &[3, 5, 6]]),
        ("a b c", "a@1 b@2 a@3 b@4 a@5 b@6 c@7 c@8 c@9", &[&[5, 6, 7]]),
        ("a b c d", "a@1 b@2 c@3 d@4 a@5 b@6 c@7 d@8", &[&[1, 2, 3, 4], &[5, 6, 7, 8]]),
        ("a b c d", "a@1 b@2 c@3 a@4 b@5 c@6 d@7", &[&[4, 5, 6, 7]]),
        ("a b c d", "a@1 b@2 c@3 a@4 b@5 d@6 c@7 d@8", &[&[1, 2, 3, 6], &[4, 5, 7, 8]]),
    ];
    for (steps, events, expected) in cases {
        assert_eq!(found(&sequence(steps, &[], None, None), events), *expected, "{steps}: {events}");
        // With a step that must be missing and never happens, nothing changes.
        let between = steps.replacen(' ', " !m ", 1);
        assert_eq!(found(&sequence(&between, &[], Some(100), None), events), *expected, "{between}: {events}");
    }
    let by = sequence("a b c", &["k"], None, None);
    let events = "a,k=x@1 a,k=x@2 b,k=y@3 b,k=x@4 b,k=x@5 a,k=y@6 a,k=x@7 b,k=y@8 c,k=x@9 c,k=y@10 c,k=y@11";
    assert_eq!(found(&by, events), [[2, 4, 9], [6, 8, 10]]);
}

/// The span is counted from the first event, and a candidate that came too late for it is used up all the same.
#[test]
fn a_sequence_that_takes_too_long_is_used_up() {
    let two = sequence("a b", &[], Some(10), None);
    assert_eq!(found(&two, "a@0 b@11 a@12 b@22"), [[3, 4]]);
    let three = sequence("a b c", &[], Some(10), None);
    assert_eq!(found(&three, "a@0 b@5 a@6 b@7 c@12"), [[3, 4, 5]]);
    assert!(found(&three, "a@0 b@5 c@11 c@12").is_empty());
    assert_eq!(found(&three, "a@0 b@9 c@10"), [[1, 2, 3]]);
    let runs = sequence("a*2 b", &[], Some(10), None);
    assert_eq!(found(&runs, "a@0 a@8 a@12 b@18"), [[2, 3, 4]], "the runs slide");
}

#[test]
fn missing_inside() {
    let inside = sequence("a !m b", &[], Some(10), None);
    assert_eq!(found(&inside, "a@1 b@2"), [[1, 2]]);
    assert!(found(&inside, "a@1 m@2 b@3").is_empty());
    assert_eq!(found(&inside, "m@0 a@1 b@2 m@3"), [[2, 3]]);
    assert_eq!(found(&inside, "a@1 m@2 a@3 b@4"), [[3, 4]]);
}

#[test]
fn missing_before() {
    let before = sequence("!m a", &[], Some(10), None);
    assert_eq!(found(&before, "a@1"), [[1]]);
    assert!(found(&before, "m@0 a@10").is_empty());
    assert_eq!(found(&before, "m@0 a@11"), [[2]]);
    assert_eq!(found(&before, "a@1 m@2"), [[1]]);
    let two = sequence("!m a b", &[], Some(10), None);
    assert_eq!(found(&two, "m@0 a@5 b@11"), [[2, 3]], "the span reaches back from the last event");
    assert!(found(&two, "m@1 a@5 b@11").is_empty());
}

#[test]
fn missing_after_waits_until_the_span_has_passed() {
    let after = sequence("a !m", &[], Some(10), None);
    assert_eq!(found(&after, "a@1"), [[1]]);
    assert!(found(&after, "a@1 m@11").is_empty());
    assert_eq!(found(&after, "a@1 m@12"), [[1]]);
    let alerts = run(&[&after], "a@1").alerts;
    assert_eq!(alerts[0].time.map(jiff::Timestamp::as_millisecond), Some(11));
    let program = Program::compile(&after);
    let open = |text: &str| lines(&program.run(events(text), EndOfStream::Open).alerts);
    assert!(open("a@1").is_empty() && open("a@1 x@11").is_empty());
    assert_eq!(open("a@1 x@12"), [[1]]);
    let at = EndOfStream::At(jiff::Timestamp::from_millisecond(12).unwrap());
    assert_eq!(lines(&program.run(events("a@1"), at).alerts), [[1]]);
}

#[test]
fn missing_after_has_keys() {
    let after = sequence("a !m", &["k"], Some(10), None);
    assert_eq!(found(&after, "a,k=x@1 a,k=y@2 m,k=x@3"), [[2]]);
    assert_eq!(found(&after, "a,k=x@1 a,k=x@2"), [[1], [2]], "each waits for itself");
}

#[test]
fn what_cannot_be_run_says_so() {
    for (text, span) in [("a !m", None), ("!m", Some(10)), ("a*5000 b", None)] {
        let run = run(&[&sequence(text, &[], span, None)], "a@1");
        assert!(run.alerts.is_empty() && run.notes[0].kind == NoteKind::NotRun, "{text}");
    }
}

#[test]
fn exclusions_take_events_out_of_every_step() {
    let mut two = sequence("a !m b", &[], Some(100), None);
    let condition = equals(&mut two.pool, "k", "no");
    two.exclusions.push(crate::ir::Exclusion {
        file: None,
        name: "x".to_owned(),
        condition,
        origin: crate::source::Location::default(),
    });
    assert_eq!(found(&two, "a@1 a,k=no@2 m,k=no@3 b@4"), [[1, 4]]);
}

fn sample(tags: &[&str], optional: bool) -> Rule {
    let mut pool = Pool::default();
    let steps = tags
        .iter()
        .map(|tag| Step {
            filter: equals(&mut pool, "tag", tag),
            by: Vec::new(),
            runs: 1,
            fork: false,
            missing: false,
            origin: None,
        })
        .collect();
    let by = vec![JoinKey { optional, ..key("k") }];
    rule(pool, Logic::Sample(Sample { by, steps, until: None }), EventModel::Elastic)
}

#[test]
fn samples_have_no_order() {
    assert_eq!(found(&sample(&["a", "b"], false), "b,k=x@1 a,k=y@2 a,k=x@999"), [[3, 1]]);
    assert!(found(&sample(&["a", "b"], false), "b@1 a@2").is_empty());
    assert_eq!(found(&sample(&["a", "b"], true), "b@1 a@2"), [[2, 1]]);
    assert!(found(&sample(&["a", "a"], false), "a,k=x@1").is_empty(), "an event serves one step");
    assert_eq!(found(&sample(&["a", "a"], false), "a,k=x@1 a,k=x@2"), [[1, 2]]);
}
