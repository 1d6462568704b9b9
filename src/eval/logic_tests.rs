//! Thresholds, correlations, new terms, indicators and pipelines.

use super::testing::{equals, events, lines, named, rule, run};
use super::{EndOfStream, NoteKind, Program};
use crate::ir::{
    Aggregate, AggregateStage, Aggregation, Bound, Cmp, Columns, Domain, EventModel, FieldPath, Group, Indicator,
    IndicatorEntry, Logic, Measure, Member, MemberSource, NewTerms, Opaque, Pipeline, Pool, Rule, RuleCondition,
    RuleRef, SortKey, SortOrder, Stage, Subject, Temporal, Threshold, ThresholdSource, Value, Window,
};
use serde_json::{Value as Json, json};
use std::time::Duration;

fn ms(time: u64) -> Duration {
    Duration::from_millis(time)
}

fn path(name: &str) -> FieldPath {
    FieldPath::dotted(name)
}

pub(super) fn single(tag: &str) -> Rule {
    let mut pool = Pool::default();
    let filter = equals(&mut pool, "tag", tag);
    named(rule(pool, Logic::Event(filter), EventModel::Elastic), tag)
}

fn refer(name: &str) -> RuleRef {
    RuleRef { reference: name.to_owned(), origin: None }
}

fn threshold(measure: Measure, op: Cmp, number: Value, group_by: &[&str], window: Window) -> Rule {
    let mut pool = Pool::default();
    let filter = equals(&mut pool, "tag", "a");
    let logic = Logic::Threshold(Threshold {
        aliases: Vec::new(),
        source: ThresholdSource::Filter(filter),
        group_by: group_by.iter().map(|name| path(name)).collect(),
        bounds: vec![Bound { measure, op, number }],
        window,
    });
    rule(pool, logic, EventModel::Elastic)
}

fn counted(window: Window, text: &str) -> Vec<Vec<usize>> {
    lines(&run(&[&threshold(Measure::Count, Cmp::GreaterOrEqual, 2.into(), &["k"], window)], text).alerts)
}

#[test]
fn sliding_windows() {
    let window = Window::Sliding(ms(10));
    assert_eq!(counted(window, "a,k=x@1 a,k=y@2 a,k=x@11"), [[1, 3]]);
    assert!(counted(window, "a,k=x@1 a,k=x@12").is_empty());
    assert_eq!(counted(window, "a,k=x@1 a,k=x@2 a,k=x@3 a,k=x@4"), [[1, 2], [3, 4]], "a burst is used up");
    assert!(counted(window, "a@1 a@2").is_empty(), "no group without the field");
    assert_eq!(counted(window, "a,k=x|y@1 a,k=y@2"), [[1, 2]]);
    let few = threshold(Measure::Count, Cmp::Less, 2.into(), &[], window);
    assert_eq!(lines(&run(&[&few], "a@1 a@2 a@50").alerts), [[3]], "looked at when the window is over, as a whole");
}

#[test]
fn other_windows() {
    let tumbling = Window::Tumbling { length: ms(10), offset: ms(0) };
    assert_eq!(counted(tumbling, "a,k=x@1 a,k=x@9 a,k=x@10"), [[1, 2]]);
    assert!(counted(tumbling, "a,k=x@9 a,k=x@10").is_empty());
    let first = Window::FromFirst(ms(10));
    assert_eq!(counted(first, "a,k=x@9 a,k=x@10 a,k=x@19 a,k=x@20"), [[1, 2, 3]]);
    assert_eq!(counted(Window::Unbounded, "a,k=x@1 a,k=x@99999"), [[1, 2]]);
    let scheduled = Window::Run { look_back: ms(20), interval: ms(10) };
    assert_eq!(counted(scheduled, "a,k=x@5 a,k=x@12"), [[1, 2]], "one alert, though two runs see both");
    assert!(counted(scheduled, "a,k=x@5 a,k=x@35").is_empty());
    let three = threshold(Measure::Count, Cmp::GreaterOrEqual, 3.into(), &["k"], scheduled);
    assert!(run(&[&three], "a,k=x@1 a,k=x@15 a,k=x@20").alerts.is_empty(), "a run at 20 looks at what is before 20");
    assert_eq!(lines(&run(&[&three], "a,k=x@1 a,k=x@15 a,k=x@19").alerts), [[1, 2, 3]]);
    let program = Program::compile(&threshold(Measure::Count, Cmp::GreaterOrEqual, 1.into(), &[], tumbling));
    assert!(program.run(events("a@1"), EndOfStream::Open).alerts.is_empty(), "the window may still fill");
}

#[test]
fn measures() {
    let check = |measure, number: Value, text: &str| {
        let window = Window::Unbounded;
        let at_least = threshold(measure, Cmp::Equal, number, &[], window);
        !run(&[&at_least], text).alerts.is_empty()
    };
    let n = || path("n");
    let text = "a,n=1@1 a,n=2@2 a,n=2@3 a,n=7@4 a@5 a,n=x@6";
    assert!(check(Measure::Count, 6.into(), text));
    assert!(check(Measure::Distinct(vec![n()]), 4.into(), text), "1, 2, 7 and x");
    assert!(check(Measure::Sum(n()), 12.into(), text));
    assert!(check(Measure::Average(n()), 3.into(), text));
    assert!(check(Measure::Median(n()), 2.into(), text));
    assert!(check(Measure::Percentile(n(), 100), 7.into(), text));
    assert!(check(Measure::Percentile(n(), 75), Value::float(3.25), text));
    assert!(check(Measure::Min(n()), 1.into(), text) && check(Measure::Max(n()), 7.into(), text));
    assert!(!check(Measure::Sum(n()), 0.into(), "a@1"), "no value, no sum");
    assert!(check(
        Measure::Distinct(vec![path("k"), n()]),
        3.into(),
        "a,k=1,n=1@1 a,k=1,n=2@2 a,k=2,n=1@3 a,k=1,n=1@4"
    ));
}

pub(super) fn temporal(ordered: bool, condition: RuleCondition, group_by: &[&str]) -> Rule {
    let logic = Logic::Temporal(Temporal {
        members: vec![MemberSource::Rule(refer("a")), MemberSource::Rule(refer("b"))],
        ordered,
        condition,
        group_by: group_by.iter().map(ToString::to_string).collect(),
        aliases: vec![("who".to_owned(), vec![("a".to_owned(), path("k")), ("b".to_owned(), path("j"))])],
        window: ms(10),
    });
    rule(Pool::default(), logic, EventModel::Sigma)
}

pub(super) fn both() -> RuleCondition {
    RuleCondition::And(vec![RuleCondition::Fired(0), RuleCondition::Fired(1)])
}

fn correlated(correlation: &Rule, text: &str) -> Vec<Vec<usize>> {
    let run = run(&[correlation, &single("a"), &single("b")], text);
    lines(&run.alerts.into_iter().filter(|alert| alert.rule == 0).collect::<Vec<_>>())
}

#[test]
fn temporal_correlations() {
    let any = temporal(false, both(), &[]);
    assert_eq!(correlated(&any, "b@1 a@11"), [[1, 2]]);
    assert!(correlated(&any, "b@1 a@12").is_empty());
    assert_eq!(correlated(&any, "a@1 a@2 b@11 b@12"), [[1, 2, 3]]);
    let ordered = temporal(true, both(), &[]);
    assert!(correlated(&ordered, "b@1 a@2").is_empty());
    assert_eq!(correlated(&ordered, "b@1 a@2 b@3"), [[1, 2, 3]]);
    let aliased = temporal(false, both(), &["who"]);
    assert_eq!(correlated(&aliased, "a,k=x@1 b,j=y@2 b,k=x@3 b,j=x@4"), [[1, 4]]);
    let not = RuleCondition::And(vec![RuleCondition::Fired(0), RuleCondition::Not(Box::new(RuleCondition::Fired(1)))]);
    assert!(correlated(&temporal(false, not.clone(), &[]), "a@1 b@5").is_empty());
    assert_eq!(correlated(&temporal(false, not, &[]), "a@1 b@50"), [[1]]);
}

#[test]
fn correlations_need_their_rules() {
    let alone = temporal(false, both(), &[]);
    let outcome = run(&[&alone], "a@1 b@2");
    assert!(outcome.alerts.is_empty() && outcome.notes[0].kind == NoteKind::NotRun);
    let mut circular = temporal(false, both(), &[]);
    if let Logic::Temporal(temporal) = &mut circular.logic {
        temporal.members = vec![MemberSource::Rule(refer("self")), MemberSource::Rule(refer("self"))];
    }
    let outcome = run(&[&named(circular, "self")], "a@1");
    assert_eq!(outcome.notes[0].message, "the rule refers to itself");
}

#[test]
fn alerts_of_alerts() {
    let logic = Logic::Threshold(Threshold {
        aliases: Vec::new(),
        source: ThresholdSource::Rules(vec![refer("a")]),
        group_by: vec![],
        bounds: vec![Bound { measure: Measure::Count, op: Cmp::GreaterOrEqual, number: 2.into() }],
        window: Window::Sliding(ms(10)),
    });
    let counts = named(rule(Pool::default(), logic, EventModel::Elastic), "many");
    let mut chain = temporal(false, both(), &[]);
    if let Logic::Temporal(temporal) = &mut chain.logic {
        temporal.members[0] = MemberSource::Rule(refer("many"));
    }
    let run = run(&[&chain, &counts, &single("a"), &single("b")], "a@1 a@2 b@3");
    let found: Vec<_> = run.alerts.into_iter().filter(|alert| alert.rule == 0).collect();
    assert_eq!(lines(&found), [[1, 2, 3]]);
}

fn group(members: &[(&str, bool, u32)], criterion: bool) -> Rule {
    let logic = Logic::Group(Group {
        members: members
            .iter()
            .map(|(name, absent, min_count)| Member {
                id: (*name).to_owned(),
                source: MemberSource::Rule(refer(name)),
                absent: *absent,
                min_count: *min_count,
                max_count: None,
                look_back: None,
            })
            .collect(),
        criteria: if criterion { vec![(0..members.len()).map(|member| (member, path("k"))).collect()] } else { vec![] },
        transitions: Vec::new(),
        look_back: ms(10),
        interval: None,
    });
    rule(Pool::default(), logic, EventModel::Panther)
}

#[test]
fn panther_groups() {
    let pair = group(&[("a", false, 1), ("b", false, 1)], true);
    assert_eq!(correlated(&pair, "b,k=x@1 a,k=y@2 a,k=x@11"), [[1, 3]]);
    assert!(correlated(&pair, "b,k=x@1 a,k=x@12").is_empty());
    let twice = group(&[("a", false, 2), ("b", false, 1)], true);
    assert!(correlated(&twice, "a,k=x@1 b,k=x@2").is_empty());
    assert_eq!(correlated(&twice, "a,k=x@1 b,k=x@2 a,k=x@3"), [[1, 2, 3]]);
    let absent = group(&[("a", false, 1), ("b", true, 1)], true);
    assert_eq!(correlated(&absent, "a,k=x@1 b,k=y@2"), [[1]]);
    assert!(correlated(&absent, "a,k=x@1 b,k=x@999999").is_empty(), "no hit at all, before or after");
    let free = group(&[("a", false, 1), ("b", false, 2)], false);
    assert!(correlated(&free, "a@1 b@2").is_empty());
    assert_eq!(correlated(&free, "a@1 b@2 b@99999"), [[1, 2, 3]]);
}

#[test]
fn new_terms_are_new_within_their_history() {
    let mut pool = Pool::default();
    let filter = equals(&mut pool, "tag", "a");
    let logic = Logic::NewTerms(NewTerms { filter, fields: vec![path("k")], history: ms(10) });
    let rule = rule(pool, logic, EventModel::Elastic);
    let found = lines(&run(&[&rule], "a,k=x@1 a,k=x@11 a,k=y@12 b,k=z@13 a,k=z@14 a@15 a,k=x@30").alerts);
    assert_eq!(found, [[1], [3], [5], [7]]);
}

#[test]
fn indicators_match_on_shared_values() {
    let mut pool = Pool::default();
    let (filter, threat_filter) = (equals(&mut pool, "tag", "a"), equals(&mut pool, "tag", "ioc"));
    let entry = |negated| IndicatorEntry { field: path("k"), indicator_field: path("bad"), negated };
    let other = IndicatorEntry { field: path("j"), indicator_field: path("worse"), negated: false };
    let mapping = vec![vec![entry(false), other], vec![entry(true)]];
    let mut indicator = Indicator { filter, threat_filter, mapping };
    let text = "a,k=x,j=1@1 ioc,bad=x,worse=1@2 a,k=x,j=2@3 a,k=q@4 a@5";
    let make = |pool: &Pool, indicator: &Indicator| {
        rule(pool.clone(), Logic::Indicator(indicator.clone()), EventModel::Elastic)
    };
    assert_eq!(lines(&run(&[&make(&pool, &indicator)], text).alerts), [[1, 2], [4, 2]]);
    indicator.mapping.pop();
    assert_eq!(lines(&run(&[&make(&pool, &indicator)], text).alerts), [[1, 2]]);
}

fn pipeline(pool: Pool, stages: Vec<Stage>) -> Rule {
    rule(pool, Logic::Pipeline(Pipeline { stages }), EventModel::Elastic)
}

#[test]
fn pipelines() {
    let mut pool = Pool::default();
    let filter = equals(&mut pool, "tag", "a");
    let sort = |name: &str, order| SortKey { column: path(name), order, nulls_first: false, domain: Domain::String };
    let count = Aggregation {
        column: "n".into(),
        function: Aggregate::Count,
        args: Vec::new(),
        domain: Domain::String,
        filter: None,
    };
    let stages = vec![
        Stage::Filter(filter),
        Stage::Expand(path("k")),
        Stage::Compute(vec![("copy".into(), Subject::Field(path("k")))]),
        Stage::Rename(vec![("key".into(), path("copy"))]),
        Stage::Drop(vec![Columns::Name(path("k"))]),
        Stage::Aggregate(AggregateStage { aggregations: vec![count], by: vec![path("key")], inline: false }),
        Stage::Sort(vec![sort("n", SortOrder::Descending), sort("key", SortOrder::Ascending)]),
        Stage::Limit { count: 2, by: Vec::new() },
        Stage::Keep(vec![Columns::Name(path("n")), Columns::Name(path("key"))]),
    ];
    let alerts = run(&[&pipeline(pool, stages)], "a,k=z@1 a,k=x|y@2 a,k=y@3 b,k=y@4").alerts;
    let rows: Vec<Json> = alerts.iter().map(|alert| json!(alert.group)).collect();
    assert!(
        rows.contains(&json!([["n", 2], ["key", "y"]])) && rows.contains(&json!([["n", 1], ["key", "x"]])),
        "{rows:?}"
    );
    assert_eq!(rows.len(), 2);
    let of_y = alerts.iter().find(|alert| alert.group[0].1 == 2).unwrap();
    assert_eq!(lines(std::slice::from_ref(of_y)), [[2, 3]]);
}

#[test]
fn what_is_opaque_is_not_run_and_says_why() {
    let opaque = Opaque {
        language: "esql".to_owned(),
        text: "ENRICH x".to_owned(),
        reason: "enrich policies are not at hand".to_owned(),
        code: "esql".into(),
        origin: None,
    };
    for logic in [Logic::Opaque(opaque.clone()), Logic::Pipeline(Pipeline { stages: vec![Stage::Opaque(opaque)] })] {
        let rule = rule(Pool::default(), logic, EventModel::Elastic);
        let run = run(&[&rule], "a@1");
        assert!(run.alerts.is_empty());
        assert_eq!(
            (run.notes[0].kind, run.notes[0].message.as_str()),
            (NoteKind::NotRun, "enrich policies are not at hand")
        );
    }
}

#[test]
fn sigma_rules_skip_events_of_another_log_source() {
    let mut pool = Pool::default();
    let filter = equals(&mut pool, "Image", "a.exe");
    let mut sigma = rule(pool, Logic::Event(filter), EventModel::Sigma);
    sigma.dialect = crate::ir::Dialect::Sigma;
    sigma.data_source.category =
        Some(crate::source::Spanned::new("process_creation".to_owned(), crate::source::Span::default()));
    let event = |id: u64| {
        json!({"Event": {"System": {"Channel": "Microsoft-Windows-Sysmon/Operational", "EventID": id},
            "EventData": {"Image": "a.exe"}}})
    };
    let found = Program::compile(&sigma)
        .run([(1, event(1)), (2, event(3)), (3, json!({"Image": "a.exe"}))], EndOfStream::Complete);
    assert_eq!(lines(&found.alerts), [[1], [3]]);
}
