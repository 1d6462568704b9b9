//! The documents that the project came from, as rules of our own with their facts: each goes through the whole compiler.

use detc::backend::{Conversion, Options, Status, Target, convert};
use detc::eval::{EndOfStream, Program};
use detc::fidelity::{Effect, MaxLoss};
use detc::frontend::{Context, Loaded, load};
use detc::ir::{Logic, Rule};
use detc::lint::{Settings, check_file};
use detc::source::{Disk, Level, read};
use serde_json::Value as Json;
use std::path::{Path, PathBuf};

fn path(relative: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(relative)
}

fn loaded(relative: &str) -> Loaded {
    let loaded = load(read(&path(relative)).unwrap(), &Context::beside(&Disk));
    assert!(loaded.diagnostics.is_empty(), "{relative}: {:?}", loaded.diagnostics);
    loaded
}

fn rule(relative: &str) -> Rule {
    let mut items = loaded(relative).items;
    assert_eq!(items.len(), 1, "{relative}");
    items.remove(0).rule
}

fn converted(relative: &str, target: Target) -> Conversion {
    convert(&rule(relative), target, &Options::default())
}

fn text(conversion: &Conversion) -> &str {
    &conversion.outputs.first().unwrap_or_else(|| panic!("refused: {:?}", conversion.losses)).text
}

/// Each lint that fired, with the text under its caret.
fn findings(relative: &str) -> Vec<(&'static str, String, String)> {
    let loaded = loaded(relative);
    check_file(&loaded, &Settings::defaults())
        .into_iter()
        .map(|found| (found.lint, loaded.unit.slice(found.location).to_owned(), found.message))
        .collect()
}

fn alerts(rule: &Rule, events: &str) -> usize {
    let text = std::fs::read_to_string(path(events)).unwrap();
    let events = text.lines().enumerate().map(|(at, line)| (at + 1, serde_json::from_str::<Json>(line).unwrap()));
    Program::compile(rule).run(events, EndOfStream::Complete).alerts.len()
}

const DEACTIVATION: &str = "tests/fixtures/seeds/000_mfa_deactivation.toml";

#[test]
fn seed_000_loads_with_all_that_it_says() {
    let rule = rule(DEACTIVATION);
    let tactics: Vec<_> = rule
        .meta
        .attack
        .iter()
        .filter_map(|reference| {
            Some((reference.tactic.as_ref()?.value.clone(), reference.technique.as_ref()?.value.clone()))
        })
        .collect();
    assert!(tactics.contains(&("TA0003".to_owned(), "T1556.006".to_owned())), "{tactics:?}");
    assert!(tactics.contains(&("TA0005".to_owned(), "T1556.006".to_owned())), "{tactics:?}");
    let Logic::Sequence(sequence) = &rule.logic else { panic!("a sequence, not {}", rule.logic.name()) };
    assert_eq!(sequence.max_span, Some(std::time::Duration::from_hours(12)));
    assert_eq!(sequence.steps.iter().map(|step| step.missing).collect::<Vec<_>>(), [false, true]);
    assert_eq!(rule.opaque_parts(), 0);
    assert_eq!(rule.meta.schedule.look_back, Some(std::time::Duration::from_hours(12)));
}

#[test]
fn seed_000_lint_names_the_look_back_and_the_renamed_tactic() {
    let found = findings(DEACTIVATION);
    let look_back = found.iter().find(|(lint, ..)| *lint == "missing-event-look-back").expect("the look-back lint");
    assert!(look_back.1.starts_with("![any where"), "{}", look_back.1);
    assert!(
        found.iter().any(|(_, at, message)| at == "\"Defense Evasion\"" && message.contains("Stealth")),
        "{found:?}"
    );
}

#[test]
fn seed_000_to_eql_is_the_same_query_and_elsewhere_refused_by_name() {
    let eql = converted(DEACTIVATION, Target::Eql);
    for part in ["sequence by okta.target.id with maxspan=12h", "![any where", "User reset SECURITY_QUESTION factor"] {
        assert!(text(&eql).contains(part), "{}", text(&eql));
    }
    let panther = converted(DEACTIVATION, Target::Panther);
    assert_eq!(panther.status, Status::Refused);
    assert!(panther.losses.iter().any(|loss| loss.message.contains("sequence")), "{:?}", panther.losses);
    let sigma = converted(DEACTIVATION, Target::Sigma);
    assert_eq!(sigma.status, Status::Refused);
    let absence = sigma.losses.iter().find(|loss| loss.code.id == "L302").expect("the absence");
    assert!(absence.message.contains("ordered"), "{}", absence.message);
    let all = Options { max_loss: MaxLoss::Any, ..Options::default() };
    let offered = convert(&rule(DEACTIVATION), Target::Sigma, &all);
    assert_eq!(offered.status, Status::Unknown);
    assert!(text(&offered).contains("type: temporal"), "{}", text(&offered));
}

#[test]
fn seed_000_alerts_when_no_activation_follows() {
    let rule = rule(DEACTIVATION);
    let streams = [
        ("deactivated_alone", 1),
        ("activated_in_time", 0),
        ("security_question", 0),
        // Elasticsearch negates by complement: a missing reason is not the excluded one.
        ("reason_missing", 1),
    ];
    for (stream, expected) in streams {
        let file = format!("tests/fixtures/seeds/000_{stream}.jsonl");
        assert_eq!(alerts(&rule, &file), expected, "{stream}");
    }
}

#[test]
fn seed_001_names_the_right_fields_in_each_world() {
    let wanted = [
        (Target::Kql, "okta.event_type:user.mfa.factor.reset_all"),
        (Target::Eql, "okta.event_type : \"user.mfa.factor.reset_all\""),
        (Target::Elastic, "data_stream.dataset"),
        (Target::Panther, "event.get(\"eventType\")"),
    ];
    for (target, part) in wanted {
        let conversion = converted("tests/fixtures/seeds/001_okta_factors_reset.yml", target);
        let texts: String = conversion.outputs.iter().map(|output| output.text.as_str()).collect();
        assert!(texts.contains(part), "{target:?}: {texts}\n{:?}", conversion.losses);
        assert!(matches!(conversion.status, Status::Exact | Status::Metadata), "{target:?}: {:?}", conversion.losses);
        let other = converted("tests/fixtures/seeds/001_okta_factor_deactivated.yml", target);
        assert!(!other.outputs.is_empty(), "{target:?}: {:?}", other.losses);
    }
}

#[test]
fn seed_001_event_names_that_ran_together_are_caught() {
    let found = findings("tests/fixtures/seeds/001_okta_names_glued.yml");
    let glued = found.iter().find(|(lint, ..)| *lint == "value-domain").expect("the value lint");
    assert_eq!(glued.1, "user.mfa.factor.deactivateoruser.mfa.factor.reset_all");
    assert!(glued.2.contains("run together"), "{}", glued.2);
}

#[test]
fn seed_002_goes_to_sigma_and_to_python_with_the_same_verdicts() {
    let source = "tests/fixtures/seeds/002_okta_factors_reset.toml";
    let sigma = converted(source, Target::Sigma);
    assert!(text(&sigma).contains("eventType|cased: user.mfa.factor.reset_all"), "{}", text(&sigma));
    let panther = converted(source, Target::Panther);
    assert!(
        text(&panther).contains("return event.get(\"eventType\") == \"user.mfa.factor.reset_all\""),
        "{}",
        text(&panther)
    );
    let file = detc::source::SourceFile::new("emitted.yml", text(&sigma));
    let again = load(file, &Context::default()).items.remove(0).rule;
    let raw = std::fs::read_to_string(path("tests/fixtures/seeds/001_okta_raw.jsonl")).unwrap();
    let source_rule = rule(source);
    let mut fired = 0;
    for line in raw.lines() {
        let event: Json = serde_json::from_str(line).unwrap();
        let indexed = detc::catalog::ingest::forward("okta.system", &event).unwrap();
        let of = |rule: &Rule, event: Json| {
            !Program::compile(rule).run([(1, event)], EndOfStream::Complete).alerts.is_empty()
        };
        let (there, here) = (of(&source_rule, indexed), of(&again, event));
        assert_eq!(there, here, "{line}");
        fired += usize::from(there);
    }
    assert!(fired > 0, "no event fires");
}

#[test]
fn seed_003_lifts_its_python_and_its_sql() {
    let scheduled = rule("tests/fixtures/seeds/003_legacy_session_without_mfa.yml");
    assert_eq!((scheduled.kind, scheduled.logic.name(), scheduled.opaque_parts()), ("scheduled_rule", "event", 0));
    let query = rule("tests/fixtures/seeds/003_legacy_session_without_mfa_query.yml");
    assert_eq!(query.opaque_parts(), 0);
    let Logic::Group(group) = &query.logic else { panic!("{:?}", query.logic) };
    assert_eq!(group.members.iter().map(|member| member.absent).collect::<Vec<_>>(), [false, true]);
}

const SUPPORT: &str = "rules/panther/okta/okta_support_credential_reset.yml";

#[test]
fn seed_004_passes_its_tests_and_shows_its_indicators_with_full_paths() {
    let rule = rule(SUPPORT);
    assert_eq!(rule.opaque_parts(), 0);
    for test in &rule.tests {
        let outcome = detc::eval::run_test(&rule, test, &[]);
        assert_eq!(outcome.status, detc::eval::TestStatus::Passed, "{}: {:?}", test.name, outcome.reason);
    }
    let shown: Vec<String> = detc::report::indicators(&rule)
        .iter()
        .map(|indicator| {
            let op = serde_json::to_value(indicator.op).unwrap();
            format!("{} {}", indicator.field, op.as_str().unwrap())
        })
        .collect();
    assert_eq!(
        shown,
        [
            "eventType in",
            "actor.alternateId eq",
            "transaction.id eq",
            "client.userAgent.rawUserAgent is_null",
            "client.geographicalContext.country is_null"
        ]
    );
    let event_type = rule.meta.output_fields.iter().find(|output| output.field == "event_type").expect("event_type");
    assert_eq!(event_type.source.as_deref(), Some("eventtype"));
}

#[test]
fn seed_004_loses_what_elasticsearch_cannot_tell_apart() {
    for target in [Target::Kql, Target::Eql] {
        let conversion = converted(SUPPORT, target);
        assert_eq!(conversion.status, Status::Widened);
        let nulls: Vec<_> = conversion.losses.iter().filter(|loss| loss.code.id == "L201").collect();
        assert_eq!(nulls.len(), 2);
        for loss in nulls {
            assert_eq!(loss.effect, Effect::Widened);
            assert!(loss.message.contains("null") && loss.message.contains("the ingest drops"), "{}", loss.message);
            let origin = loss.origin.expect("a place");
            let loaded = loaded(SUPPORT);
            let place = loaded.unit.slice(origin);
            assert!(place.starts_with("\"client\""), "{place}");
        }
    }
}

#[test]
fn the_seeds_have_no_findings_but_those_that_they_are_there_for() {
    for file in ["001_okta_factor_deactivated.yml", "001_okta_factors_reset.yml", "002_okta_factors_reset.toml"] {
        let loaded = loaded(&format!("tests/fixtures/seeds/{file}"));
        let found = check_file(&loaded, &Settings::defaults());
        assert!(found.iter().all(|found| found.level == Level::Note), "{file}: {found:?}");
    }
}
