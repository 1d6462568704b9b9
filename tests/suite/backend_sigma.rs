//! Rules written as Sigma: their form, and that they read back as the same rule.

use detc::backend::{Conversion, Options, Status, Target, convert};
use detc::fidelity::{Effect, MaxLoss};
use detc::frontend::{Context, Loaded, load};
use detc::ir::{
    Bound, Case, Cmp, Coercion, FieldPath, JoinKey, Logic, Measure, Op, Opaque, Rule, Sequence, Step, Subject,
    Threshold, ThresholdSource, Window, equal,
};
use detc::source::SourceFile;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

fn read(text: &str) -> Loaded {
    load(SourceFile::new("rule.yml", text), &Context::default())
}

fn anything_goes() -> Options {
    Options { max_loss: MaxLoss::Any, ..Options::default() }
}

fn to_sigma(rule: &Rule) -> Conversion {
    convert(rule, Target::Sigma, &anything_goes())
}

const HEAD: &str = "title: Test\nlogsource:\n    product: windows\n    category: process_creation\n";

/// The detection that is written for a detection.
fn rewritten(detection: &str) -> String {
    let loaded = read(&format!("{HEAD}detection:\n{detection}"));
    assert_eq!(loaded.diagnostics, vec![]);
    let rule = &loaded.items[0].rule;
    let conversion = to_sigma(rule);
    assert_eq!(conversion.losses, vec![]);
    let text = conversion.outputs[0].text.clone();
    let again = read(&text);
    assert_eq!(again.diagnostics, vec![], "{text}");
    assert!(equal(rule, &again.items[0].rule), "{text}");
    text.split_once("detection:\n").unwrap().1.to_owned()
}

fn same(detection: &str) {
    assert_eq!(rewritten(detection), detection);
}

#[test]
fn people_would_write_it_so() {
    same(
        "    selection:\n        Image|endswith: '\\curl.exe'\n        CommandLine|contains|all:\n            - ' -o '\n            - http\n    condition: selection\n",
    );
    same(
        "    selection_img:\n        - Image|endswith: '\\a.exe'\n        - OriginalFileName: a.exe\n    selection_cli:\n        - CommandLine|contains: x\n        - User: z\n    filter_main_parent:\n        ParentImage|startswith: 'C:\\Program Files\\'\n        User: SYSTEM\n    condition: all of selection_* and not filter_main_parent\n",
    );
    same(
        "    selection:\n        EventID:\n            - 4625\n            - '4625'\n    filter_main_user:\n        User: a\n    filter_main_host:\n        Host: b\n    condition: selection and not 1 of filter_main_*\n",
    );
    same("    keywords:\n        - evil\n        - 'a*b'\n    condition: keywords\n");
    same("    keywords:\n        '|all':\n            - a\n            - b\n    condition: keywords\n");
    same("    selection:\n        CommandLine|contains|windash: ' -f '\n    condition: selection\n");
    same(
        "    selection:\n        CommandLine|contains|windash|all:\n            - ' -f '\n            - ' -x '\n    condition: selection\n",
    );
    same(
        "    selection:\n        a|re|i: '^x\\d+$'\n        b|cidr: '10.0.0.0/8'\n        c|gte: 5\n        d|fieldref: e\n        f: null\n        g: ''\n        h|exists: true\n        i|cased: Ab\n        j: true\n        k: 'a*b?'\n        l: '*'\n        m: 'a\\*b'\n    condition: selection\n",
    );
    same(
        "    selection:\n        a: x\n    filter_main_b:\n        b: null\n    condition: selection and not filter_main_b\n",
    );
}

#[test]
fn other_spellings_become_the_canonical_one() {
    let found = rewritten("    a:\n        f: '*x'\n    b:\n        f: 'z*'\n    condition: a or b\n");
    assert_eq!(found, "    selection:\n        - f|endswith: x\n        - f|startswith: z\n    condition: selection\n");
    let found = rewritten("    a:\n        f|contains: x\n    b:\n        f|contains: z\n    condition: a and b\n");
    assert_eq!(
        found,
        "    selection:\n        f|contains|all:\n            - x\n            - z\n    condition: selection\n"
    );
    let nested = rewritten(
        "    a:\n        a: x\n    b:\n        b: x\n    c:\n        c: x\n    condition: a and (b or not c)\n",
    );
    assert!(nested.contains("condition: "), "{nested}");
}

fn okta(rule: &mut Rule, event: &str) -> detc::ir::ExprId {
    let op = Op::Equal { to: event.into(), case: Case::Insensitive, coercion: Coercion::Text };
    rule.pool.any_of(FieldPath::dotted("eventType"), op, None)
}

/// A Sigma rule with other logic in it.
fn with_logic(make: impl FnOnce(&mut Rule) -> Logic) -> Rule {
    let head =
        "title: MFA Off\nid: 0b0e3a4c-8b64-4a8e-9f5c-0d9a1d0b7a11\nlogsource:\n    product: okta\n    service: okta\n";
    let loaded = read(&format!("{head}detection:\n    s:\n        eventType: x\n    condition: s\nlevel: high\n"));
    let mut rule = loaded.items.into_iter().next().unwrap().rule;
    rule.logic = make(&mut rule);
    rule
}

fn step(filter: detc::ir::ExprId, missing: bool) -> Step {
    Step { filter, by: vec![], runs: 1, fork: false, missing, origin: None }
}

fn sequence(rule: &mut Rule, missing: bool, max_span: Option<Duration>) -> Logic {
    let first = okta(rule, "user.mfa.factor.deactivate");
    let second = okta(rule, "user.mfa.factor.activate");
    let by = vec![JoinKey {
        term: Subject::Field(FieldPath::dotted("actor.id")),
        optional: false,
        case: Case::Sensitive,
        origin: None,
    }];
    Logic::Sequence(Sequence { by, max_span, steps: vec![step(first, false), step(second, missing)], until: None })
}

#[test]
fn sequences_are_ordered_correlations() {
    let rule = with_logic(|rule| sequence(rule, false, Some(Duration::from_hours(12))));
    let conversion = to_sigma(&rule);
    assert_eq!((conversion.status, conversion.losses.len()), (Status::Exact, 0));
    let text = &conversion.outputs[0].text;
    let expected = "correlation:\n    type: temporal_ordered\n    rules:\n        - mfa_off_1\n        - mfa_off_2\n    group-by:\n        - actor.id\n    timespan: 12h\nlevel: high\n";
    assert!(text.ends_with(expected), "{text}");
    let again = read(text);
    assert_eq!((again.items.len(), again.diagnostics.len()), (3, 0), "{text}");
    assert!(matches!(&again.items[2].rule.logic, Logic::Temporal(temporal) if temporal.ordered));
    let unbounded = to_sigma(&with_logic(|rule| sequence(rule, false, None)));
    assert_eq!((unbounded.status, unbounded.losses[0].code.id), (Status::Narrowed, "L303"));
}

/// Issue 2: refused, with the unordered form on offer.
#[test]
fn ordered_absence_is_refused_with_an_offer() {
    let rule = with_logic(|rule| sequence(rule, true, Some(Duration::from_hours(12))));
    let refused = convert(&rule, Target::Sigma, &Options::default());
    assert_eq!(refused.status, Status::Refused);
    let loss = &refused.losses[0];
    assert_eq!((loss.code.id, loss.effect), ("L302", Effect::Unknown));
    assert!(loss.message.contains("no *ordered* absence") && loss.message.contains("temporal"), "{}", loss.message);
    let text = &to_sigma(&rule).outputs[0].text;
    assert!(text.contains("type: temporal\n") && text.contains("condition: mfa_off_1 and not mfa_off_2\n"), "{text}");
    assert!(matches!(&read(text).items[2].rule.logic, Logic::Temporal(temporal) if !temporal.ordered));
}

#[test]
fn thresholds_are_counting_correlations() {
    let rule = with_logic(|rule| {
        let filter = okta(rule, "user.session.start");
        let bounds = vec![Bound {
            measure: Measure::Distinct(vec![FieldPath::dotted("client.ipAddress")]),
            op: Cmp::GreaterOrEqual,
            number: 5.into(),
        }];
        let group_by = vec![FieldPath::dotted("actor.id")];
        let window = Window::Sliding(Duration::from_mins(90));
        Logic::Threshold(Threshold {
            aliases: Vec::new(),
            source: ThresholdSource::Filter(filter),
            group_by,
            bounds,
            window,
        })
    });
    let conversion = to_sigma(&rule);
    assert_eq!(conversion.status, Status::Exact, "{:?}", conversion.losses);
    let text = &conversion.outputs[0].text;
    let expected = "    type: value_count\n    rules:\n        - mfa_off_events\n    group-by:\n        - actor.id\n    timespan: 90m\n    condition:\n        field: client.ipAddress\n        gte: 5\n";
    assert!(text.contains(expected), "{text}");
}

#[test]
fn correlations_read_back_as_they_are() {
    for body in [
        "    type: event_count\n    rules:\n        - a\n    group-by:\n        - u\n    timespan: 15m\n    condition:\n        gt: 10\n        lte: 20\n",
        "    type: value_percentile\n    rules:\n        - a\n    group-by: []\n    timespan: 1d\n    condition:\n        field: f\n        percentile: 90\n        gt: 1.5\n",
        "    type: temporal\n    rules:\n        - a\n        - b\n        - c\n    group-by: []\n    timespan: 45s\n    aliases:\n        u:\n            a: x\n            b: z\n    condition: a and not (b or c)\n",
    ] {
        let loaded = read(&format!("title: Test\ncorrelation:\n{body}level: high\n"));
        assert_eq!(loaded.diagnostics, vec![]);
        let conversion = to_sigma(&loaded.items[0].rule);
        let text = &conversion.outputs[0].text;
        assert_eq!(*text, format!("title: Test\ncorrelation:\n{body}level: high\n"));
    }
}

#[test]
fn metadata_is_kept_or_named() {
    let text = "title: Test\nid: 0b0e3a4c-8b64-4a8e-9f5c-0d9a1d0b7a11\nrelated:\n    - id: 0b0e3a4c-8b64-4a8e-9f5c-0d9a1d0b7a12\n      type: similar\nstatus: test\ndescription: |\n    One.\n\n    Two: three.\nreferences:\n    - https://example.org/a#b\nauthor: A, B\ndate: 2024-01-31\nmodified: 2024-02-01\ntags:\n    - attack.stealth\n    - attack.t1027\n    - cve.2021-44228\nlogsource:\n    product: windows\n    service: security\n    definition: 'Note: audit on'\ndetection:\n    selection:\n        EventID: 1102\n    condition: selection\nfields:\n    - User\nfalsepositives:\n    - Unlikely\nlevel: high\n";
    let loaded = read(text);
    assert_eq!(loaded.diagnostics, vec![]);
    let mut rule = loaded.items[0].rule.clone();
    let conversion = to_sigma(&rule);
    assert_eq!(conversion.losses, vec![]);
    assert_eq!(conversion.outputs[0].text, text);

    rule.meta.note = Some("guide".to_owned());
    rule.meta.schedule.interval = Some(Duration::from_mins(5));
    rule.meta.id.as_mut().unwrap().value = "Okta.Support.Reset".to_owned();
    rule.meta.attack[0].tactic_name.as_mut().unwrap().value = "Defense Evasion".to_owned();
    rule.meta.tags[0].value = "Domain: Identity".to_owned();
    let conversion = to_sigma(&rule);
    let codes: Vec<_> = conversion.losses.iter().map(|loss| loss.code.id).collect();
    assert_eq!(codes, ["L404", "L404", "L405"]);
    assert_eq!(conversion.status, Status::Metadata);
    let text = &conversion.outputs[0].text;
    assert!(text.contains("    Original rule id: Okta.Support.Reset\n"), "{text}");
    let again = read(text);
    assert_eq!(again.items[0].rule.meta.id.as_ref().unwrap().value.len(), 36);
    assert_eq!(*text, to_sigma(&rule).outputs[0].text);
}

#[test]
fn what_has_no_form_is_refused() {
    let rule = with_logic(|_| {
        Logic::Opaque(Opaque {
            language: "sql".to_owned(),
            text: String::new(),
            reason: "not lifted".to_owned(),
            code: "sql".into(),
            origin: None,
        })
    });
    assert_eq!(to_sigma(&rule).status, Status::Refused);
    let always = with_logic(|_| Logic::Event(detc::ir::ExprId::TRUE));
    assert_eq!(to_sigma(&always).status, Status::Refused);
}

/// Issue 2, seed 002, and our own rules of the other dialects: what converts within the default limit reads back without errors.
#[test]
fn rules_of_other_dialects_become_readable_sigma() {
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    let mut statuses: BTreeMap<&'static str, usize> = BTreeMap::new();
    for (folder, extension) in [("elastic", "toml"), ("panther", "yml")] {
        for path in crate::shared::files(&rules.join(folder), &[extension]) {
            let file = detc::source::read(&path).unwrap();
            let loaded = load(file, &Context::beside(&detc::source::Disk));
            for item in &loaded.items {
                let conversion = convert(&item.rule, Target::Sigma, &Options::default());
                *statuses.entry(conversion.status.name()).or_default() += 1;
                println!("{}: {}", path.display(), conversion.status.name());
                for loss in &conversion.losses {
                    println!("    {} {}: {}", loss.code.id, loss.effect.name(), loss.message);
                }
                let Some(output) = conversion.outputs.first() else { continue };
                println!("{}", output.text);
                let again = read(&output.text);
                assert_eq!(again.diagnostics, vec![], "{}", output.text);
            }
        }
    }
    println!("{statuses:?}");
    let written: usize = ["exact", "metadata", "widened"].iter().filter_map(|name| statuses.get(name)).sum();
    assert!(written >= 7, "{statuses:?}");
}

/// Python's truth of a value, as Panther rules ask for it: missing, null and empty are one. `null` or `''` says so exactly.
#[test]
fn pythons_false_values_are_null_or_empty() {
    let truth = |negated: bool| {
        let mut rule =
            read(&format!("{HEAD}detection:\n    s:\n        a: x\n    condition: s\n")).items.remove(0).rule;
        let Logic::Event(filter) = rule.logic else { panic!("not an event rule") };
        let field = || detc::ir::Subject::Field(FieldPath::dotted("f"));
        let (present, empty) = (rule.pool.test(field(), Op::Present, None), rule.pool.test(field(), Op::IsEmpty, None));
        let no_value = {
            let absent = rule.pool.not(present, None);
            rule.pool.or([absent, empty], None)
        };
        let wanted = if negated { no_value } else { rule.pool.not(no_value, None) };
        rule.logic = Logic::Event(rule.pool.and([filter, wanted], None));
        rule
    };
    let any = anything_goes();
    for (negated, fires) in [(true, [true, true, true, true, false]), (false, [false, false, false, false, true])] {
        let rule = truth(negated);
        let conversion = convert(&rule, Target::Sigma, &any);
        assert_eq!((conversion.status, conversion.losses.len()), (Status::Exact, 0), "{:?}", conversion.losses);
        let again = read(&conversion.outputs[0].text);
        let events = [
            serde_json::json!({"a": "x"}),
            serde_json::json!({"a": "x", "f": null}),
            serde_json::json!({"a": "x", "f": ""}),
            serde_json::json!({"a": "x", "f": []}),
            serde_json::json!({"a": "x", "f": "y"}),
        ];
        for rule in [&rule, &again.items[0].rule] {
            let program = detc::eval::Program::compile(rule);
            let found = events.each_ref().map(|event| program.verdict(0, event) == Some(detc::eval::Verdict::True));
            assert_eq!(found, fires, "{}", conversion.outputs[0].text);
        }
    }
}
