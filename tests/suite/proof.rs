//! Proof of conversions: witnesses, verdicts, counter-examples. What is expected is worked out by hand.

use detc::backend::{Conversion, Options, TARGETS, Target, convert};
use detc::fidelity::MaxLoss;
use detc::frontend::{Context, load};
use detc::ir::Rule;
use detc::proof::{Proof, Relation, Shape, Verdict, change, prove_conversion, prove_equal, samples};
use detc::source::{NoCompanions, SourceFile};
use serde_json::{Value as Json, json};
use std::path::Path;

fn rules(name: &str, text: &str) -> Vec<Rule> {
    let loaded = load(SourceFile::new(name, text.to_owned()), &Context::beside(&NoCompanions));
    assert!(loaded.diagnostics.is_empty(), "{:?}", loaded.diagnostics);
    loaded.items.into_iter().map(|item| item.rule).collect()
}

/// An Okta rule of Sigma with this detection.
fn okta(detection: &str) -> Rule {
    let text = format!("title: T\nlogsource:\n    product: okta\n    service: okta\ndetection:\n{detection}");
    rules("a.yml", &text).remove(0)
}

/// A rule of Elastic over Okta's log, in EQL.
fn eql(query: &str) -> Rule {
    let text = format!(
        "[metadata]\nmaturity = \"production\"\n[rule]\nname = \"T\"\nrule_id = \"0a6b0d70-9f1f-4f0a-8c2b-5d1f7c8b9a01\"\ndescription = \"d\"\nseverity = \"low\"\nrisk_score = 21\ntype = \"eql\"\nlanguage = \"eql\"\nindex = [\"logs-okta*\"]\nquery = '''\n{query}\n'''\n"
    );
    let loaded = load(SourceFile::new("a.toml", text), &Context::beside(&NoCompanions));
    loaded.items.into_iter().next().unwrap().rule
}

fn fires(rule: &Rule, event: &Json) -> Option<bool> {
    let found = samples(&[rule], Shape::Rule).unwrap();
    found.iter().find(|sample| sample.events == [event.clone()]).map(|sample| sample.fires)
}

#[test]
fn samples_touch_the_edges_of_every_test() {
    let rule = okta(
        "    a:\n        eventType|startswith: 'user.session'\n        client.ipAddress|cidr: 192.0.2.0/25\n    b:\n        severity: 7\n    condition: a and not b\n",
    );
    let event = |kind: Json, address: &str| json!({"eventType": kind, "client": {"ipAddress": address}});
    for (address, inside) in
        [("192.0.2.0", true), ("192.0.2.127", true), ("192.0.1.255", false), ("192.0.2.128", false)]
    {
        assert_eq!(fires(&rule, &event(json!("user.session"), address)), Some(inside), "{address}");
    }
    // Sigma's strings ignore case; what stands before a prefix does not.
    for (kind, holds) in [
        (json!("USER.SESSION"), true),
        (json!("user.sessionzq"), true),
        (json!("zquser.session"), false),
        (json!("user.sessio"), false),
        (json!(""), false),
        (json!(null), false),
    ] {
        assert_eq!(fires(&rule, &event(kind.clone(), "192.0.2.0")), Some(holds), "{kind}");
    }
    assert_eq!(fires(&rule, &json!({"client": {"ipAddress": "192.0.2.0"}})), Some(false));
}

#[test]
fn samples_of_a_rule_come_in_the_shape_that_is_asked_for() {
    let rule = okta("    a:\n        eventType: user.session.start\n    condition: a\n");
    let event = |shape| samples(&[&rule], shape).unwrap().into_iter().find(|sample| sample.fires).unwrap().events;
    assert_eq!(event(Shape::Vendor), [json!({"eventType": "user.session.start"})]);
    assert_eq!(event(Shape::Elastic)[0]["okta"]["event_type"], "user.session.start");
    let elastic = eql("any where okta.event_type == \"user.session.start\"");
    let found = samples(&[&elastic], Shape::Vendor).unwrap();
    assert_eq!(
        found.into_iter().find(|sample| sample.fires).unwrap().events,
        [json!({"eventType": "user.session.start"})]
    );
}

/// A sequence within 10 seconds: with its last event at the end of the span it fires, a millisecond later it does not.
#[test]
fn streams_touch_the_edges_of_the_span() {
    let rule = eql(
        "sequence by okta.actor.id with maxspan=10s\n[any where okta.event_type == \"a.b\"]\n[any where okta.event_type == \"c.d\"]",
    );
    let found = samples(&[&rule], Shape::Rule).unwrap();
    let says = |about: &str| found.iter().find(|sample| sample.about == about).map(|sample| sample.fires);
    for (about, fires) in [
        ("all events in order", true),
        ("all events in the reverse order", false),
        ("without event 1", false),
        ("event 2 of another group", false),
        ("the last event at the end of the span", true),
        ("the last event a millisecond before the end of the span", true),
        ("the last event a millisecond after the end of the span", false),
        ("two groups at the same time", true),
    ] {
        assert_eq!(says(about), Some(fires), "{about}");
    }
}

fn converted(rule: &Rule, target: Target) -> Conversion {
    let conversion = convert(rule, target, &Options { max_loss: MaxLoss::Any, ..Options::default() });
    assert!(!conversion.outputs.is_empty(), "{:?}", conversion.losses);
    conversion
}

/// The proof of a conversion in whose text one thing was replaced by another.
fn with_mistake(rule: &Rule, target: Target, right: &str, wrong: &str) -> Proof {
    let mut conversion = converted(rule, target);
    let text = &mut conversion.outputs[0].text;
    assert!(text.contains(right), "no `{right}` in\n{text}");
    *text = text.replacen(right, wrong, 1);
    prove_conversion(rule, &[], target, &conversion).unwrap()
}

#[test]
fn mistakes_in_emitted_queries_are_found() {
    let rule = okta(
        "    a:\n        eventType: [user.session.start, user.mfa.factor.deactivate]\n        displayMessage|contains: Admin\n        client.ipAddress|cidr: 192.0.2.0/25\n    b:\n        actor.displayName|endswith: svc\n    condition: a and not b\n",
    );
    let right = prove_conversion(&rule, &[], Target::Eql, &converted(&rule, Target::Eql)).unwrap();
    assert!(right.verdict >= Verdict::Tested, "{right:?}");
    for (right, wrong) in [
        ("\"*Admin*\"", "\"Admin*\""),
        ("\"*Admin*\"", "\"*Admin\""),
        ("192.0.2.0/25", "192.0.2.0/24"),
        ("192.0.2.0/25", "192.0.2.0/26"),
        ("  not okta", "  okta"),
        ("and\n  not okta", "or\n  not okta"),
        ("\"*svc\"", "\"svc\""),
        ("\"*svc\"", "\"*svc*\""),
        ("user.session.start", "user.session.end"),
        ("okta.display_message", "okta.actor.display_name"),
    ] {
        let proof = with_mistake(&rule, Target::Eql, right, wrong);
        assert_eq!(proof.verdict, Verdict::Differs, "`{right}` for `{wrong}`");
        let example = proof.counterexample.unwrap();
        assert_ne!(example.source.fires, example.target.fires, "{example:?}");
    }
}

#[test]
fn mistakes_in_case_are_found() {
    let rule = okta("    a:\n        displayMessage|contains: admin\n    condition: a\n");
    let proof = with_mistake(&rule, Target::Eql, " : ", " like ");
    assert_eq!(proof.verdict, Verdict::Differs);
    // The smallest event: one field, in a case that only the source takes.
    let example = proof.counterexample.unwrap();
    assert_eq!(example.source.events.len(), 1);
    assert_eq!(example.source.events[0].as_object().unwrap().len(), 1, "{example:?}");
    assert!(example.source.fires && !example.target.fires);
}

#[test]
fn mistakes_in_windows_are_found() {
    let rule = eql(
        "sequence by okta.actor.id with maxspan=10s\n[any where okta.event_type == \"a.b\"]\n[any where okta.event_type == \"c.d\"]",
    );
    let right = prove_conversion(&rule, &[], Target::Eql, &converted(&rule, Target::Eql)).unwrap();
    assert_eq!(right.verdict, Verdict::Proved, "{right:?}");
    for (right, wrong) in [("10s", "11s"), ("10s", "9s"), ("by okta.actor.id", "by okta.actor.type"), ("a.b", "c.d")] {
        assert_eq!(with_mistake(&rule, Target::Eql, right, wrong).verdict, Verdict::Differs, "{right} -> {wrong}");
    }
}

/// A loss with a direction claims only that direction.
#[test]
fn a_stated_loss_changes_the_claim() {
    let rule = okta(
        "    a:\n        eventType: user.session.start\n        displayMessage|contains: Admin\n    condition: a\n",
    );
    let mut conversion = converted(&rule, Target::Eql);
    conversion.outputs[0].text = "any where okta.event_type : \"user.session.start\"".to_owned();
    conversion.status = detc::backend::Status::Widened;
    let proof = prove_conversion(&rule, &[], Target::Eql, &conversion).unwrap();
    assert_eq!(proof.verdict, Verdict::Proved, "{proof:?}");
    for status in [detc::backend::Status::Exact, detc::backend::Status::Narrowed] {
        conversion.status = status;
        let proof = prove_conversion(&rule, &[], Target::Eql, &conversion).unwrap();
        assert_eq!(proof.verdict, Verdict::Differs);
        let example = proof.counterexample.unwrap();
        assert_eq!(example.source.events, [json!({"eventType": "user.session.start"})]);
        assert!(!example.source.fires && example.target.fires);
    }
    conversion.status = detc::backend::Status::Unknown;
    assert_eq!(prove_conversion(&rule, &[], Target::Eql, &conversion).unwrap().verdict, Verdict::NotRun);
    conversion.status = detc::backend::Status::Refused;
    assert!(prove_conversion(&rule, &[], Target::Eql, &conversion).is_none());
}

#[test]
fn rules_of_two_formats_are_compared() {
    let sigma = okta("    a:\n        eventType: user.session.start\n    condition: a\n");
    let same = eql("any where okta.event_type : \"user.session.start\"");
    let other = eql("any where okta.event_type : \"user.session.start\" and okta.actor.type : \"User\"");
    let case = eql("any where okta.event_type == \"user.session.start\"");
    assert!(prove_equal(&[&sigma], &[&same]).unwrap().verdict >= Verdict::Tested);
    assert_eq!(prove_equal(&[&sigma], &[&other]).unwrap().verdict, Verdict::Differs);
    assert_eq!(prove_equal(&[&same], &[&case]).unwrap().verdict, Verdict::Differs);
}

/// What is the same function of the same tests holds for every event, also where one test implies another.
#[test]
fn equal_functions_of_the_same_tests_are_proved() {
    let verdict = |left: &str, right: &str| {
        let [left, right] = [left, right].map(|query| eql(&format!("any where {query}")));
        prove_equal(&[&left], &[&right]).unwrap().verdict
    };
    let (a, b, c) = ("okta.event_type == \"a\"", "okta.actor.id : \"B\"", "okta.actor.type like~ \"c*\"");
    for (left, right) in [
        (format!("not ({a} or {b})"), format!("not {b} and not {a}")),
        (format!("{a} and ({b} or {c})"), format!("{a} and {c} or {a} and {b}")),
        (b.to_owned(), "okta.actor.id like~ \"b\"".to_owned()),
    ] {
        assert_eq!(verdict(&left, &right), Verdict::Proved, "{left} = {right}");
    }
    let implied = format!("{c} and okta.actor.type like~ \"cd*\"");
    assert_eq!(verdict(&implied, "okta.actor.type like~ \"cd*\""), Verdict::Proved);
    assert_eq!(verdict(a, b), Verdict::Differs);
    let rule = eql(&format!("any where {a} and not {b}"));
    let proof = prove_conversion(&rule, &[], Target::Eql, &converted(&rule, Target::Eql)).unwrap();
    assert_eq!(proof.verdict, Verdict::Proved, "{proof:?}");
}

/// A rule over started processes with this detection.
fn process(detection: &str) -> Rule {
    let text =
        format!("title: T\nlogsource:\n    product: windows\n    category: process_creation\ndetection:\n{detection}");
    rules("a.yml", &text).remove(0)
}

/// What the ingest copies or takes from a path, followed back to the vendor's field. What looks alike and is not the same is never
/// proved: a name with something before it, a path that ends in a separator and so has no name.
#[test]
fn conversions_to_other_fields_are_proved_where_they_hold() {
    let rule = process(
        "    a:\n        Image|endswith: '\\\\certutil.exe'\n        CommandLine|contains: ' \u{2013}urlcache '\n    b:\n        ParentImage|endswith: '\\\\setup.exe'\n    condition: a and not b\n",
    );
    let proof = prove_conversion(&rule, &[], Target::Eql, &converted(&rule, Target::Eql)).unwrap();
    assert_eq!(proof.verdict, Verdict::Proved, "{proof:?}");
    let name = "process.name : \"certutil.exe\"";
    for wrong in [
        "process.name : \"*certutil.exe\"",
        "process.executable : \"*certutil.exe\"",
        "process.name == \"certutil.exe\"",
        "process.name : (\"certutil.exe\", \"certutil\")",
    ] {
        assert_eq!(with_mistake(&rule, Target::Eql, name, wrong).verdict, Verdict::Differs, "{wrong}");
    }
    let proof = with_mistake(&rule, Target::Eql, name, "process.name != null and process.name : \"certutil.exe\"");
    assert_eq!(proof.verdict, Verdict::Proved, "a name is there when it equals something");

    let named = process(
        "    a:\n        Image|contains: '\\'\n    b:\n        Image|endswith: '\\\\a.exe'\n    condition: a and not b\n",
    );
    let mut conversion = converted(&named, Target::Eql);
    let text =
        |query: &str| format!("process where host.os.type == \"windows\" and event.type == \"start\" and {query}");
    conversion.outputs[0].text = text("process.executable : \"*\\\\*\" and not process.name : \"a.exe\"");
    assert_eq!(prove_conversion(&named, &[], Target::Eql, &conversion).unwrap().verdict, Verdict::Proved);
    conversion.outputs[0].text = text("process.name != null and not process.name : \"a.exe\"");
    assert!(prove_conversion(&named, &[], Target::Eql, &conversion).unwrap().verdict < Verdict::Proved);
}

/// A rule that names others is the same rule wherever it names the same ones.
#[test]
fn rules_that_name_others_are_proved_in_the_native_form() {
    let event = |name: &str| {
        format!(
            "title: {name}\nname: {name}\nlogsource:\n    product: okta\n    service: okta\ndetection:\n    a:\n        eventType: {name}\n    condition: a\n---\n"
        )
    };
    let text = format!(
        "{}{}title: C\ncorrelation:\n    type: temporal\n    rules: [one, two]\n    group-by: [actor.id]\n    timespan: 5m\n",
        event("one"),
        event("two")
    );
    let all = rules("a.yml", &text);
    let (rule, others) = all.split_last().unwrap();
    let others: Vec<&Rule> = others.iter().collect();
    let conversion = converted(rule, Target::Native);
    let proof = prove_conversion(rule, &others, Target::Native, &conversion).unwrap();
    assert_eq!(proof.verdict, Verdict::Proved, "{proof:?}");
}

/// Okta's ingest drops empty texts: an empty one is no value there.
#[test]
fn empty_values_are_looked_at_where_the_ingest_drops_them() {
    let rule = okta("    a:\n        displayMessage: ''\n    b:\n        eventType: x\n    condition: not a and b\n");
    let mut conversion = converted(&okta("    b:\n        eventType: x\n    condition: b\n"), Target::Eql);
    assert!(prove_conversion(&rule, &[], Target::Eql, &conversion).unwrap().verdict < Verdict::Proved);
    let text = conversion.outputs[0].text.clone();
    conversion.outputs[0].text = format!("{text} and okta.display_message != null");
    let filled = okta("    a:\n        displayMessage|re: '.'\n    b:\n        eventType: x\n    condition: a and b\n");
    assert!(prove_conversion(&filled, &[], Target::Eql, &conversion).unwrap().verdict < Verdict::Proved);
}

/// Between literals: a longer ending implies the shorter one, two texts exclude each other.
#[test]
fn what_one_test_says_of_another_counts() {
    let verdict = |left: &str, right: &str| prove_equal(&[&okta(left)], &[&okta(right)]).unwrap().verdict;
    let rule = |items: &str, condition: &str| format!("{items}    condition: {condition}\n");
    let short = "    a:\n        displayMessage|endswith: x.exe\n    b:\n        displayMessage|endswith: yx.exe\n";
    assert_eq!(verdict(&rule(short, "a and b"), &rule(short, "b")), Verdict::Proved);
    assert_eq!(verdict(&rule(short, "a or b"), &rule(short, "a")), Verdict::Proved);
    assert_eq!(verdict(&rule(short, "a and b"), &rule(short, "a")), Verdict::Differs);
    let two =
        "    a:\n        displayMessage: one\n    b:\n        displayMessage: two\n    c:\n        eventType: x\n";
    assert_eq!(verdict(&rule(two, "c and not (a and b)"), &rule(two, "c")), Verdict::Proved);
    let cased = "    a:\n        displayMessage|cased: one\n    b:\n        displayMessage: One\n";
    assert_eq!(verdict(&rule(cased, "a and b"), &rule(cased, "a")), Verdict::Proved);
    assert_eq!(verdict(&rule(cased, "a and b"), &rule(cased, "b")), Verdict::Differs);
}

#[test]
fn a_change_is_wider_narrower_or_neither() {
    let rule = |list: &str| okta(&format!("    a:\n        eventType: [{list}]\n    condition: a\n"));
    let relation = |old: &str, new: &str| change(&[&rule(old)], &[&rule(new)]).unwrap().relation;
    assert_eq!(relation("a, b", "b, a"), Relation::Equal);
    assert_eq!(relation("a", "a, b"), Relation::Wider);
    assert_eq!(relation("a, b", "b"), Relation::Narrower);
    assert_eq!(relation("a, b", "b, c"), Relation::Incomparable);
    let change = change(&[&rule("a, b")], &[&rule("b, c")]).unwrap();
    assert_eq!(change.gained.unwrap().target.events, [json!({"eventType": "c"})]);
    assert_eq!(change.lost.unwrap().source.events, [json!({"eventType": "a"})]);
}

/// Every bundled rule in every target: no event is found that the losses do not explain.
#[test]
fn bundled_rules_hold() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    let found = detc::source::discover(&[root.display().to_string()], &["toml", "yml"]);
    let mut tested = 0;
    let mut not_run = 0;
    for path in found.files {
        let loaded = load(detc::source::read(&path).unwrap(), &Context::beside(&detc::source::Disk));
        for item in &loaded.items {
            for info in TARGETS {
                let conversion = convert(&item.rule, info.target, &Options::default());
                let Some(proof) = prove_conversion(&item.rule, &[], info.target, &conversion) else { continue };
                let place = format!("{} -> {}", path.display(), info.name);
                assert_ne!(proof.verdict, Verdict::Differs, "{place}: {:?}", proof.counterexample);
                tested += usize::from(proof.verdict >= Verdict::Tested);
                not_run += usize::from(proof.verdict == Verdict::NotRun);
            }
        }
    }
    assert!(tested > 200 && not_run * 50 < tested, "{tested} tested, {not_run} not run");
}

/// What Kibana imports is held against the source, its exceptions included.
#[test]
fn imported_lines_are_read_again() {
    let verdict = |rule: &Rule, conversion: &Conversion| {
        prove_conversion(rule, &[], Target::ElasticNdjson, conversion).unwrap().verdict
    };
    let rule = okta("    sel:\n        eventType: a\n    condition: sel\n");
    let mut conversion = convert(&rule, Target::ElasticNdjson, &Options::default());
    assert!(verdict(&rule, &conversion) >= Verdict::Tested);
    let text = &mut conversion.outputs[0].text;
    assert!(text.contains("okta.event_type"), "{text}");
    *text = text.replace("okta.event_type", "okta.display_message");
    assert_eq!(verdict(&rule, &conversion), Verdict::Differs);

    let id = "0a6b0d70-9f1f-4f0a-8c2b-5d1f7c8b9a01";
    let rule = format!(
        "[metadata]\nmaturity = \"production\"\n[rule]\nname = \"T\"\nrule_id = \"{id}\"\ndescription = \"d\"\n\
         severity = \"low\"\nrisk_score = 21\ntype = \"query\"\nlanguage = \"kuery\"\nindex = [\"logs-okta*\"]\n\
         author = [\"A\"]\nquery = 'event.action:a'\n\
         exceptions_list = [{{id = \"1\", list_id = \"known\", type = \"detection\", namespace_type = \"single\"}}]\n"
    );
    let exceptions = format!(
        "[metadata]\nlist_name = \"Known\"\nrule_ids = [\"{id}\"]\nrule_names = [\"T\"]\n[[exceptions]]\n[exceptions.container]\n\
         name = \"Known\"\ndescription = \"d\"\nlist_id = \"known\"\nnamespace_type = \"single\"\ntype = \"detection\"\n\
         [[exceptions.items]]\nname = \"one\"\ndescription = \"d\"\nlist_id = \"known\"\nitem_id = \"one\"\ntype = \"simple\"\n\
         [[exceptions.items.entries]]\nfield = \"user.name\"\ntype = \"match\"\noperator = \"included\"\nvalue = \"b\"\n"
    );
    let read = |text: String| load(SourceFile::new("a.toml", text), &Context::beside(&NoCompanions));
    let mut files = [read(rule), read(exceptions)];
    detc::frontend::apply_filters(&mut files);
    let rule = &files[0].items[0].rule;
    let mut conversion = convert(rule, Target::ElasticNdjson, &Options::default());
    let text = conversion.outputs[0].text.clone();
    assert_eq!(text.lines().count(), 3, "{text}");
    assert!(verdict(rule, &conversion) >= Verdict::Tested);
    // Without the item, the events that it takes out are alerts.
    let without = text.lines().filter(|line| !line.contains("entries")).map(|line| format!("{line}\n"));
    conversion.outputs[0].text = without.collect();
    assert_eq!(verdict(rule, &conversion), Verdict::Differs);
}
