//! Sigma filters on the rules that they name: verdicts, and conversions that keep them.

use detc::backend::{Options, Status, TARGETS, Target, convert};
use detc::eval::{EndOfStream, Program, Verdict};
use detc::fidelity::MaxLoss;
use detc::frontend::{Context, Language, Loaded, QueryOptions, apply_filters, load, load_query};
use detc::ir::Rule;
use detc::source::{SourceFile, SourceId};
use serde_json::{Value as Json, json};

const RULE: &str = "title: Rule\nid: 11111111-1111-4111-8111-111111111111\nname: the_rule\nlogsource:\n    product: okta\n    service: okta\ndetection:\n    selection:\n        eventType: user.session.start\n    condition: selection\n";

fn filter(rules: &str, body: &str) -> String {
    format!("title: Known accounts\nlogsource:\n    product: okta\nfilter:\n    rules:{rules}\n{body}")
}

const NOT_ADMINS: &str = "    admins:\n        actor.alternateId|startswith: adm_\n    condition: not admins\n";

/// The files with their filters applied.
fn read(texts: &[&str]) -> Vec<Loaded> {
    let file = |(at, text): (usize, &&str)| load(SourceFile::new(format!("{at}.yml"), *text), &Context::default());
    let mut files: Vec<Loaded> = texts.iter().enumerate().map(file).collect();
    for loaded in &files {
        assert_eq!(loaded.diagnostics, vec![]);
    }
    apply_filters(&mut files);
    files
}

fn filtered(filter: &str) -> Rule {
    read(&[RULE, filter])[0].items[0].rule.clone()
}

fn fires(rule: &Rule, event: &Json) -> bool {
    Program::compile(rule).verdict(0, event) == Some(Verdict::True)
}

fn admin() -> Json {
    json!({"eventType": "user.session.start", "actor": {"alternateId": "ADM_1"}})
}

fn other() -> Json {
    json!({"eventType": "user.session.start", "actor": {"alternateId": "bob"}})
}

/// Sigma Filters Specification, "Relative rules" and "Log source".
#[test]
fn filters_are_for_the_rules_that_they_name() {
    for (rules, applies) in [
        ("\n        - 11111111-1111-4111-8111-111111111111", true),
        (" 11111111-1111-4111-8111-111111111111", true),
        ("\n        - other\n        - the_rule", true),
        (" any", true),
        (" all", true),
        (" []", true),
        (" [Rule]", false),
        (" [22222222-2222-4222-8222-222222222222]", false),
    ] {
        let rule = filtered(&filter(rules, NOT_ADMINS));
        assert_eq!(rule.exclusions.len(), usize::from(applies), "{rules}");
        assert_eq!((fires(&rule, &admin()), fires(&rule, &other())), (!applies, true), "{rules}");
        assert!(fires(&rule, &json!({"eventType": "user.session.start"})), "{rules}");
    }
}

#[test]
fn filters_keep_to_their_log_source() {
    let for_source = |source: &str| {
        let text = filter(" any", NOT_ADMINS).replace("    product: okta\n", source);
        filtered(&text).exclusions.len()
    };
    assert_eq!(for_source("    product: okta\n    service: okta\n"), 1);
    assert_eq!(for_source("    service: okta\n"), 1);
    assert_eq!(for_source("    product: windows\n"), 0);
    assert_eq!(for_source("    product: okta\n    category: authentication\n"), 0);
}

#[test]
fn exclusions_have_their_filters_name_and_place() {
    let text = filter(" any", NOT_ADMINS);
    let apart = read(&[RULE, &text]);
    let (unit, rule) = (&apart[0].unit, &apart[0].items[0].rule);
    let exclusion = &rule.exclusions[0];
    assert_eq!(exclusion.name, "Known accounts");
    assert_eq!(
        (unit.file(exclusion.origin.source).path.as_str(), exclusion.origin.source == SourceId::MAIN),
        ("1.yml", false)
    );
    let together = read(&[&format!("{RULE}---\n{text}")]);
    let exclusion = &together[0].items[0].rule.exclusions[0];
    assert_eq!(exclusion.origin.source, SourceId::MAIN);
    assert!(together[0].unit.slice(exclusion.origin).contains("title: Known accounts"));
}

#[test]
fn several_filters_all_count_and_their_names_do_not_clash() {
    let first = filter(" any", "    selection:\n        actor.alternateId: a\n    condition: not selection\n");
    let second = first.replace("alternateId: a", "alternateId: b").replace("Known accounts", "More accounts");
    let files = read(&[RULE, &first, &second]);
    let rule = &files[0].items[0].rule;
    let with = |id: &str| json!({"eventType": "user.session.start", "actor": {"alternateId": id}});
    assert_eq!(["a", "b", "c"].map(|id| fires(rule, &with(id))), [false, false, true]);
}

/// A correlation is not filtered itself: the rules that it counts are.
#[test]
fn correlations_count_what_filters_leave() {
    let correlation = "title: Many\ncorrelation:\n    type: event_count\n    rules: [the_rule]\n    timespan: 1h\n    group-by: [eventType]\n    condition:\n        gte: 2\n";
    let files = read(&[RULE, correlation, &filter(" any", NOT_ADMINS)]);
    let rules: Vec<&Rule> = files[..2].iter().map(|loaded| &loaded.items[0].rule).collect();
    assert_eq!(rules[1].exclusions.len(), 0);
    let many = |events: Vec<Json>| {
        let run = Program::compile_all(&rules).run(events.into_iter().enumerate(), EndOfStream::Complete);
        run.alerts.iter().filter(|alert| alert.rule == 1).count()
    };
    let at = |mut event: Json, second: u32| {
        event["published"] = json!(format!("2024-01-01T00:00:{second:02}Z"));
        event
    };
    assert_eq!(many(vec![at(other(), 1), at(other(), 2)]), 1);
    assert_eq!(many(vec![at(other(), 1), at(admin(), 2)]), 0);
}

/// A filter that cannot be read must not let a rule pass as if it were not there.
#[test]
fn broken_filters_leave_a_hole() {
    let text = filter(" any", "    admins:\n        a: x\n    condition: not adminz\n");
    let mut files = [RULE, text.as_str()].map(|text| load(SourceFile::new("f.yml", text), &Context::default()));
    apply_filters(&mut files);
    let rule = &files[0].items[0].rule;
    assert_eq!(rule.opaque_parts(), 1);
    assert!(matches!(Program::compile(rule).verdict(0, &other()), Some(Verdict::NotKnown(_))));
    for target in [Target::Eql, Target::Kql, Target::Panther, Target::Sigma] {
        let conversion = convert(rule, target, &Options { max_loss: MaxLoss::Any, ..Options::default() });
        assert_eq!(conversion.status, Status::Refused, "{target:?}");
    }
}

/// Every target has the filter in its condition.
#[test]
fn conversions_hold_the_exclusion() {
    let rule = filtered(&filter(" any", NOT_ADMINS));
    let any = Options { max_loss: MaxLoss::Any, ..Options::default() };
    let text = |target: Target| {
        let conversion = convert(&rule, target, &any);
        conversion.outputs.iter().map(|output| output.text.clone()).collect::<String>()
    };
    for (target, expected) in [
        (Target::Eql, r#"not okta.actor.alternate_id : "adm_*""#),
        (Target::Kql, "not okta.actor.alternate_id:adm_*"),
        (Target::Elastic, "not okta.actor.alternate_id"),
        (Target::Panther, "adm_"),
        (Target::Sigma, "and not filter_main"),
        (Target::Native, "Known accounts"),
    ] {
        let text = text(target);
        assert!(text.contains(expected), "{target:?}: {text}");
    }
    let to_admin = json!({"event": {"action": "user.session.start"}, "okta": {"event_type": "user.session.start", "actor": {"alternate_id": "adm_x"}}, "data_stream": {"dataset": "okta.system"}});
    let mut to_other = to_admin.clone();
    to_other["okta"]["actor"]["alternate_id"] = json!("bob");
    for (target, language) in [(Target::Eql, Language::Eql), (Target::Kql, Language::Kql)] {
        let (item, problems) = load_query(language, &text(target), &QueryOptions::default());
        assert!(problems.is_empty(), "{problems:?}");
        assert_eq!((fires(&item.rule, &to_admin), fires(&item.rule, &to_other)), (false, true), "{}", text(target));
    }
    let again = load(SourceFile::new("s.yml", text(Target::Sigma)), &Context::default());
    assert_eq!([admin(), other()].map(|event| fires(&again.items[0].rule, &event)), [false, true]);
}

/// By itself a filter is no rule: nothing is to be alerted on.
#[test]
fn filters_alone_are_not_written_as_rules() {
    let files = read(&[&filter(" any", NOT_ADMINS)]);
    let rule = &files[0].items[0].rule;
    for target in [Target::Eql, Target::Kql, Target::Elastic, Target::Panther] {
        assert_eq!(convert(rule, target, &Options::default()).status, Status::Refused, "{target:?}");
    }
    assert_eq!(convert(rule, Target::Sigma, &Options::default()).status, Status::Exact);
}

/// A back-end that forgets exclusions would write rules that alert on what a filter leaves out.
#[test]
fn no_target_forgets_exclusions() {
    let any = Options { max_loss: MaxLoss::Any, ..Options::default() };
    let plain = read(&[RULE])[0].items[0].rule.clone();
    let mut rule = filtered(&filter(" any", NOT_ADMINS));
    rule.meta = plain.meta.clone();
    for info in TARGETS {
        let (with, without) = (convert(&rule, info.target, &any), convert(&plain, info.target, &any));
        let same = with.outputs == without.outputs;
        assert!(with.outputs.is_empty() || !same, "{} drops exclusions", info.name);
    }
}
