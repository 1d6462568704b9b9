//! Seed 003: a scheduled rule over an anti-join, in the terms of the events that the query reads, and as what other targets make of it.

use super::conversions::{explained, reread};
use detc::backend::{Options, Status, Target, convert};
use detc::eval::{EndOfStream, Program, TestStatus, run_test};
use detc::fidelity::{Effect, MaxLoss};
use detc::frontend::{Context, Loaded, apply_queries, load};
use detc::ir::{Logic, Rule};
use detc::source::{Disk, read};
use serde_json::{Value as Json, json};
use std::path::Path;

fn seed(name: &str) -> Loaded {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/seeds").join(name);
    load(read(&path).unwrap(), &Context::beside(&Disk))
}

fn scheduled_rule() -> Rule {
    let mut files = [seed("003_okta_start_without_mfa.yml"), seed("003_okta_start_without_mfa_query.yml")];
    for loaded in &files {
        assert!(loaded.diagnostics.is_empty(), "{:?}", loaded.diagnostics);
    }
    apply_queries(&mut files);
    files[0].items[0].rule.clone()
}

/// A session start five minutes after midday, and MFA of the same session so many minutes before or after.
fn events(offsets: &[i64]) -> Vec<Json> {
    let at = |minute: i64| {
        let minute = 12 * 60 + 5 + minute;
        format!("2026-08-20T{:02}:{:02}:00Z", minute / 60, minute % 60)
    };
    let event = |name: &str, minute: i64| {
        json!({
            "eventType": name, "p_event_time": at(minute), "published": at(minute), "p_log_type": "Okta.SystemLog",
            "outcome": {"result": "SUCCESS"}, "actor": {"alternateId": "user@example.com"},
            "authenticationContext": {"externalSessionId": "102AbC"}
        })
    };
    let mut all = vec![event("user.session.start", 0)];
    all.extend(offsets.iter().map(|offset| event("user.authentication.auth_via_mfa", *offset)));
    all.sort_by_key(|event| event["p_event_time"].as_str().unwrap().to_owned());
    all
}

fn fires(rules: &[&Rule], events: &[Json]) -> bool {
    let run = Program::compile_all(rules).run(events.iter().cloned().enumerate(), EndOfStream::Complete);
    assert!(run.notes.is_empty(), "{:?}", run.notes);
    run.alerts.iter().any(|alert| alert.rule == rules.len() - 1)
}

#[test]
fn the_rule_alone_still_sees_rows() {
    let loaded = seed("003_okta_start_without_mfa.yml");
    let rule = &loaded.items[0].rule;
    assert!(rule.tests.iter().all(|test| run_test(rule, test, &[]).status == TestStatus::Passed));
}

/// Runs come every quarter of an hour; the start at 12:05 is seen at 12:15 and 12:30, with an hour of MFA events before each.
#[test]
fn mfa_near_the_start_decides() {
    let rule = scheduled_rule();
    let Logic::Group(group) = &rule.logic else { panic!("{:?}", rule.logic) };
    assert_eq!(group.members.iter().map(|member| member.absent).collect::<Vec<_>>(), [false, true]);
    let options = Options { max_loss: MaxLoss::Any, ..Options::default() };
    let native = convert(&rule, Target::Native, &options);
    let panther = convert(&rule, Target::PantherCorrelation, &options);
    assert_eq!((native.status, panther.status), (Status::Exact, Status::Narrowed));
    let native_rules = reread(Target::Native, &native, &rule);
    let panther_rules = reread(Target::PantherCorrelation, &panther, &rule);
    // The offsets of MFA; whether the query finds the start; whether the correlation does.
    let rows: [(&[i64], bool, bool); 12] = [
        (&[], true, true),
        (&[-29], false, false),
        (&[-31], false, false),
        // Seen by the first run, out of reach of the second.
        (&[-46], true, false),
        (&[-59], true, false),
        (&[-61], true, false),
        (&[5], false, false),
        // After the first run, which has alerted.
        (&[29], true, false),
        (&[31], true, false),
        (&[59], true, false),
        (&[61], true, false),
        (&[-31, 29], false, false),
    ];
    for (offsets, query, correlation) in rows {
        let events = events(offsets);
        assert_eq!(fires(&[&rule], &events), query, "the query, MFA at {offsets:?}");
        assert_eq!(fires(&native_rules.iter().collect::<Vec<_>>(), &events), query, "native, MFA at {offsets:?}");
        let found = fires(&panther_rules.iter().collect::<Vec<_>>(), &events);
        assert_eq!(found, correlation, "the correlation, MFA at {offsets:?}");
        assert!(explained(panther.status, query, found));
    }
}

#[test]
fn eql_surrounds_the_start_and_says_what_that_changes() {
    let rule = scheduled_rule();
    let eql = convert(&rule, Target::Eql, &Options::default());
    assert_eq!(eql.status, Status::Widened, "{:?}", eql.losses);
    let text = &eql.outputs[0].text;
    let missing = text.matches("![").count();
    assert!(missing == 2 && text.contains("maxspan=1h"), "{text}");
    let window = eql.losses.iter().find(|loss| loss.code.name == "window").unwrap();
    assert_eq!(window.effect, Effect::Widened);
    for part in ["30 minutes back for `a`", "60 minutes for `b`", "60 minutes to either side"] {
        assert!(window.message.contains(part), "{}", window.message);
    }
    let again = reread(Target::Eql, &eql, &rule);
    let rules: Vec<&Rule> = again.iter().collect();
    // Elasticsearch lets a sequence go only when the missing events on both sides come within one span.
    for (offsets, expected) in [(&[][..], true), (&[-29], true), (&[29], true), (&[-31, 29], false), (&[-31, 31], true)]
    {
        let raw = events(offsets);
        let indexed: Vec<Json> =
            raw.iter().map(|event| detc::catalog::ingest::forward("okta.system", event).unwrap()).collect();
        assert_eq!(fires(&rules, &indexed), expected, "MFA at {offsets:?}");
        assert!(explained(eql.status, fires(&[&rule], &raw), expected));
    }
}
