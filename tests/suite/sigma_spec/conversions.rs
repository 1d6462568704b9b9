//! What existing converters get wrong (the material's `reference/sigma.md`, sections 1, 3, 11 and 12): the same constructs in rules of
//! our own, to every target and back. The verdict stays, or a loss that is named explains the difference.

use crate::conversions::{explained, fires, reread, travelled};
use detc::backend::{Conversion, Options, Status, Target, convert};
use detc::fidelity::MaxLoss;
use detc::frontend::{Context, load};
use detc::ir::Rule;
use detc::source::SourceFile;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

const TARGETS: [Target; 5] = [Target::Eql, Target::Kql, Target::Elastic, Target::Panther, Target::Sigma];

/// The construct, the detection (one field, or a whole one), and field values of events: `path = JSON`, more with `; `.
const CONSTRUCTS: &[(&str, &str, &[&str])] = &[
    (
        "case does not count",
        "displayMessage: User Login",
        &[r#"displayMessage = "User Login""#, r#"displayMessage = "USER login""#, r#"displayMessage = "x""#, ""],
    ),
    (
        "case counts",
        "displayMessage|cased: User Login",
        &[r#"displayMessage = "User Login""#, r#"displayMessage = "USER login""#],
    ),
    (
        "negated list",
        "s: {outcome.result: FAILURE}\nf: {actor.type: [User, Admin]}\ncondition: s and not f",
        &[
            r#"outcome.result = "FAILURE""#,
            r#"outcome.result = "FAILURE"; actor.type = "user""#,
            r#"outcome.result = "FAILURE"; actor.type = "App""#,
            r#"actor.type = "App""#,
        ],
    ),
    (
        "negated number",
        "s: {outcome.result: FAILURE}\nf: {securityContext.asNumber: 4688}\ncondition: s and not f",
        &[
            r#"outcome.result = "FAILURE"; securityContext.asNumber = 4688"#,
            r#"outcome.result = "FAILURE"; securityContext.asNumber = 1"#,
            r#"outcome.result = "FAILURE""#,
        ],
    ),
    (
        "negated null",
        "s: {outcome.result: FAILURE}\nf: {client.zone: null}\ncondition: s and not f",
        &[
            r#"outcome.result = "FAILURE"; client.zone = "z""#,
            r#"outcome.result = "FAILURE"; client.zone = null"#,
            r#"outcome.result = "FAILURE""#,
        ],
    ),
    (
        "missing field under not",
        "s: {outcome.result: FAILURE}\nf: {client.zone: x}\ncondition: s and not f",
        &[
            r#"outcome.result = "FAILURE"; client.zone = "X""#,
            r#"outcome.result = "FAILURE"; client.zone = "y""#,
            r#"outcome.result = "FAILURE""#,
        ],
    ),
    (
        "regex is a search",
        r"displayMessage|re: '\s-H\s'",
        &[r#"displayMessage = "curl  -H x""#, r#"displayMessage = "curl -h x""#, r#"displayMessage = "-H""#, ""],
    ),
    (
        "regex with anchors",
        "displayMessage|re: '(^0oa.*|foo$)'",
        &[
            r#"displayMessage = "0oa1""#,
            r#"displayMessage = "x0oa1""#,
            r#"displayMessage = "x foo""#,
            r#"displayMessage = "foo x""#,
        ],
    ),
    (
        "regex with flags",
        "displayMessage|re|i: '^foo.*bar$'",
        &[r#"displayMessage = "FOO x Bar""#, r#"displayMessage = "xfoobar""#],
    ),
    (
        "regex with quotes and slashes",
        r#"displayMessage|re: '/opt/\d+"x'"#,
        &[r#"displayMessage = "a /opt/12\"x b""#, r#"displayMessage = "/opt/\"x""#, r#"displayMessage = "/OPT/12\"x""#],
    ),
    (
        "escaped wildcard",
        r"displayMessage: 'a\*b'",
        &[r#"displayMessage = "a*b""#, r#"displayMessage = "axb""#, r#"displayMessage = "a\\*b""#],
    ),
    (
        "escaped backslash before a wildcard",
        r"displayMessage: 'a\\*b'",
        &[r#"displayMessage = "a\\xxb""#, r#"displayMessage = "axxb""#, r#"displayMessage = "a*b""#],
    ),
    (
        "one character",
        "displayMessage: 'prog?.exe'",
        &[r#"displayMessage = "progA.exe""#, r#"displayMessage = "prog?.exe""#, r#"displayMessage = "prog.exe""#],
    ),
    (
        "wildcard among metacharacters",
        r"displayMessage: 'a.b*c(d)\e*f'",
        &[
            r#"displayMessage = "a.bxc(d)\\exf""#,
            r#"displayMessage = "aXbxc(d)\\exf""#,
            r#"displayMessage = "a.bxcd\\exf""#,
        ],
    ),
    (
        "number and string",
        "securityContext.asNumber: '4625'",
        &["securityContext.asNumber = 4625", "securityContext.asNumber = 4626"],
    ),
    (
        "list of numbers",
        "securityContext.asNumber: [1, 2]",
        &["securityContext.asNumber = 1", "securityContext.asNumber = 3"],
    ),
    (
        "mixed list",
        "displayMessage: [x, 5]",
        &[r#"displayMessage = "X""#, r#"displayMessage = "5""#, r#"displayMessage = "6""#],
    ),
    (
        "boolean as string",
        "securityContext.isProxy: 'true'",
        &["securityContext.isProxy = true", "securityContext.isProxy = false", ""],
    ),
    (
        "keywords",
        "keywords: [mimikatz, sekurlsa]\ncondition: keywords",
        &[r#"displayMessage = "a MIMIKATZ b""#, r#"displayMessage = "none""#],
    ),
    (
        "keywords with a backslash",
        r#"keywords: ['a\b"c']
condition: keywords"#,
        &[r#"displayMessage = "xa\\b\"cx""#, r#"displayMessage = "none""#],
    ),
    (
        "all on plain values",
        "displayMessage|all: ['*y*', '*z*']",
        &[r#"displayMessage = "y z""#, r#"displayMessage = "y""#, r#"displayMessage = "z""#],
    ),
    ("contains all", "displayMessage|contains|all: [y, z]", &[r#"displayMessage = "Y z""#, r#"displayMessage = "y""#]),
    ("contains nothing", "displayMessage|contains: ''", &[r#"displayMessage = "y""#, ""]),
    (
        "base64offset of bytes",
        "displayMessage|base64offset|contains: 'http://é'",
        &[
            r#"displayMessage = "R0VUIGh0dHA6Ly/DqXTDqQ==""#,
            r#"displayMessage = "YUdFVCBodHRwOi8vw6l0w6k=""#,
            r#"displayMessage = "YWJHRVQgaHR0cDovL8OpdMOp""#,
            r#"displayMessage = "aHR0cDovL2V4YW1wbGU=""#,
        ],
    ),
    (
        "utf16 in base64",
        "displayMessage|utf16|base64: cmd",
        &[r#"displayMessage = "//5jAG0AZAA=""#, r#"displayMessage = "77u/YwBtAGQA""#],
    ),
    (
        "dashes",
        "displayMessage|windash|contains: ' –enc'",
        &[
            r#"displayMessage = "p -enc""#,
            r#"displayMessage = "p /enc""#,
            r#"displayMessage = "p ―enc""#,
            r#"displayMessage = "p enc""#,
        ],
    ),
    (
        "network",
        "client.ipAddress|cidr: 10.0.0.0/8",
        &[r#"client.ipAddress = "10.1.2.3""#, r#"client.ipAddress = "11.1.2.3""#, ""],
    ),
    (
        "negated network",
        "s: {outcome.result: FAILURE}\nf: {client.ipAddress|cidr: 10.0.0.0/8}\ncondition: s and not f",
        &[
            r#"outcome.result = "FAILURE"; client.ipAddress = "10.1.2.3""#,
            r#"outcome.result = "FAILURE"; client.ipAddress = "11.1.2.3""#,
            r#"outcome.result = "FAILURE""#,
        ],
    ),
    ("null", "client.zone: null", &[r#"client.zone = "z""#, "client.zone = null", ""]),
    ("empty string", "client.zone: ''", &[r#"client.zone = "z""#, r#"client.zone = """#, ""]),
    ("exists", "client.zone|exists: true", &[r#"client.zone = "z""#, "client.zone = null", ""]),
    (
        "comparison",
        "securityContext.asNumber|gte: 5",
        &["securityContext.asNumber = 5", "securityContext.asNumber = 4", ""],
    ),
    (
        "field against field",
        "displayMessage|fieldref: client.zone",
        &[
            r#"displayMessage = "x"; client.zone = "x""#,
            r#"displayMessage = "x"; client.zone = "y""#,
            r#"displayMessage = "x""#,
        ],
    ),
    (
        "part of a date",
        "published|hour|gte: 22",
        &[r#"published = "2024-01-01T22:00:00.000Z""#, r#"published = "2024-01-01T21:59:59.000Z""#],
    ),
    ("placeholder", "displayMessage|expand: '%admins%'", &[r#"displayMessage = "%admins%""#]),
    ("percent signs", "displayMessage: '%admins%'", &[r#"displayMessage = "%admins%""#, r#"displayMessage = "x""#]),
    ("quotes", r#"displayMessage: 'it''s "x"'"#, &[r#"displayMessage = "it's \"x\"""#, r#"displayMessage = "its x""#]),
    (
        "names like operators",
        "notable: {displayMessage: x}\nable: {displayMessage: y}\ncondition: notable or not able and notable",
        &[r#"displayMessage = "x""#, r#"displayMessage = "y""#, ""],
    ),
    (
        "list of conditions",
        "a: {displayMessage: x}\nb: {displayMessage: y}\ncondition: [a, b]",
        &[r#"displayMessage = "x""#, r#"displayMessage = "y""#, r#"displayMessage = "z""#],
    ),
    ("the field is there", "client.zone|exists: true", &[r#"client.zone = "z""#, r#"client.zone = """#, ""]),
    ("empty string", "client.zone: ''", &[r#"client.zone = """#, r#"client.zone = "z""#, "client.zone = null", ""]),
    ("any text at all", "displayMessage|contains: ''", &[r#"displayMessage = "x""#, ""]),
    (
        "special characters",
        "displayMessage: 'a:b (c) {d} <e> and or'",
        &[r#"displayMessage = "a:b (c) {d} <e> and or""#, r#"displayMessage = "a""#],
    ),
];

fn rule(detection: &str) -> Rule {
    let body = if detection.contains("condition:") {
        detection.to_owned()
    } else {
        format!("s:\n    {detection}\ncondition: s")
    };
    let body: String = body.lines().map(|line| format!("    {line}\n")).collect();
    let text = format!("title: t\nlogsource:\n    product: okta\n    service: okta\ndetection:\n{body}");
    let mut loaded = load(SourceFile::new("rule.yml", text.as_str()), &Context::default());
    assert_eq!(loaded.diagnostics, vec![], "{text}");
    loaded.items.remove(0).rule
}

/// An Okta event with these values at their paths.
fn event(values: &str) -> Json {
    let mut event = json!({"eventType": "user.session.start", "published": "2024-01-01T00:00:00.000Z", "uuid": "u"});
    for pair in values.split("; ").filter(|pair| !pair.is_empty()) {
        let (path, value) = pair.split_once(" = ").unwrap();
        let place = path.split('.').fold(&mut event, |place, key| &mut place[key]);
        *place = serde_json::from_str(value).unwrap_or_else(|error| panic!("{pair}: {error}"));
    }
    event
}

#[test]
fn constructs_keep_their_verdict_or_name_their_loss() {
    let options = Options { max_loss: MaxLoss::Any, ..Options::default() };
    let (mut compared, mut wrong) = (BTreeMap::<&str, usize>::new(), Vec::new());
    let mut statuses = Vec::new();
    for (name, detection, events) in CONSTRUCTS {
        let rule = rule(detection);
        let events: Vec<Json> = events.iter().map(|values| event(values)).collect();
        for target in TARGETS {
            let conversion = convert(&rule, target, &options);
            statuses.push(format!("{name} -> {target:?}: {}", conversion.status.name()));
            if conversion.outputs.is_empty() {
                let named = conversion.status == Status::Refused && !conversion.losses.is_empty();
                assert!(named, "{name} -> {target:?}: {conversion:?}");
                continue;
            }
            let again = reread(target, &conversion, &rule);
            let again: Vec<&Rule> = again.iter().collect();
            for event in &events {
                let one = std::slice::from_ref(event);
                let Some(there) = travelled(&rule, target, one) else { continue };
                let (Some(source), Some(found)) = (fires(&[&rule], one), fires(&again, &there)) else {
                    statuses.push(format!("    open: {name} -> {target:?}"));
                    continue;
                };
                *compared.entry(target.info().unwrap().name).or_default() += 1;
                if !explained(conversion.status, source, found) {
                    wrong.push(format!(
                        "{name} -> {target:?} ({}): {event}: {source}, then {found}\n{}",
                        conversion.status.name(),
                        texts(&conversion)
                    ));
                }
            }
        }
    }
    println!("{}\n{compared:?}", statuses.join("\n"));
    assert!(wrong.is_empty(), "{} differ\n{}", wrong.len(), wrong.join("\n"));
    for target in ["eql", "kql", "elastic", "panther", "sigma"] {
        assert!(compared[target] > 60, "{compared:?}");
    }
}

fn texts(conversion: &Conversion) -> String {
    conversion.outputs.iter().map(|output| output.text.as_str()).collect()
}

/// A placeholder stands for values that the rule does not have: no target may take it for text (Sigma Rules Specification,
/// "Placeholders": "must reject the rule"). Sigma keeps it as what it is.
#[test]
fn placeholders_are_refused() {
    for written in ["displayMessage|expand: '%admins%'", "displayMessage|contains|expand: 'a%admins%\\*'"] {
        let rule = rule(written);
        for target in TARGETS {
            let conversion = convert(&rule, target, &Options { max_loss: MaxLoss::Any, ..Options::default() });
            if target == Target::Sigma {
                assert!(texts(&conversion).contains(written), "{}", texts(&conversion));
            } else {
                assert_eq!(conversion.status, Status::Refused, "{target:?}");
            }
        }
    }
}

fn with_head(head: &str) -> Rule {
    let text = format!(
        "{head}logsource:\n    product: okta\n    service: okta\ndetection:\n    s:\n        displayMessage: x\n    condition: s\n"
    );
    load(SourceFile::new("rule.yml", text), &Context::default()).items.remove(0).rule
}

/// Tactics of ATT&CK 19, and a status without a description, stopped other converters.
#[test]
fn metadata_stops_no_conversion() {
    for head in [
        "title: t\ntags:\n    - attack.defense-impairment\n    - attack.stealth\n    - attack.t1556.006\n",
        "title: t\nstatus: test\n",
        "title: t\ntags:\n    - attack.persistence\n",
        "title: t\ntags:\n    - attack.g0032\n    - attack.s0002\n",
    ] {
        let rule = with_head(head);
        for target in TARGETS {
            let conversion = convert(&rule, target, &Options { max_loss: MaxLoss::Any, ..Options::default() });
            assert!(!conversion.outputs.is_empty(), "{head} -> {target:?}: {:?}", conversion.losses);
        }
    }
}

/// Groups and software are no techniques.
#[test]
fn groups_are_not_written_as_techniques() {
    let rule = with_head("title: t\ntags:\n    - attack.g0032\n    - attack.s0002\n    - attack.t1078\n");
    for target in [Target::Panther, Target::Elastic] {
        let conversion = convert(&rule, target, &Options { max_loss: MaxLoss::Any, ..Options::default() });
        let text = texts(&conversion);
        let mapped = text.contains("TA0005:G0032") || text.contains("id = \"G0032\"") || text.contains(":S0002");
        assert!(!mapped && text.contains("T1078"), "{text}");
    }
}

/// An unmapped field is refused, not passed through (`-p ecs_windows` on an Okta rule queried a field that does not exist), and no
/// mapped item is dropped (other converters lose `ParentCommandLine`).
#[test]
fn nothing_is_unmapped_in_silence() {
    let unmapped = convert(&rule("noSuchField: x"), Target::Eql, &Options::default());
    assert_eq!(unmapped.status, Status::Refused);
    let text = "title: t\nlogsource:\n    product: windows\n    category: process_creation\ndetection:\n    s:\n        ParentCommandLine|contains: evil\n        CommandLine|contains: foo\n    condition: s\n";
    let rule = load(SourceFile::new("rule.yml", text), &Context::default()).items.remove(0).rule;
    for target in [Target::Eql, Target::Kql, Target::Elastic] {
        let conversion = convert(&rule, target, &Options { max_loss: MaxLoss::Any, ..Options::default() });
        let text = texts(&conversion);
        assert!(
            text.contains("process.parent.command_line") && text.contains("evil") && text.contains("foo"),
            "{text}"
        );
    }
}

fn correlation(body: &str) -> Vec<Rule> {
    let text = format!(
        "title: base\nname: base\nlogsource:\n    product: okta\n    service: okta\ndetection:\n    s:\n        outcome.result: FAILURE\n    condition: s\n---\ntitle: many\ncorrelation:\n{body}"
    );
    let loaded = load(SourceFile::new("rule.yml", text), &Context::default());
    assert_eq!(loaded.diagnostics, vec![]);
    loaded.items.into_iter().map(|item| item.rule).collect()
}

/// A count of different values is not the same value several times; a time span and a number are not left out.
#[test]
fn correlations_are_kept_or_refused() {
    for body in [
        "    type: value_count\n    rules: [base]\n    group-by: [actor.id]\n    timespan: 10m\n    condition: {field: client.ipAddress, gte: 3}\n",
        "    type: temporal\n    rules: [base, other]\n    group-by: [actor.id]\n    timespan: 10m\n",
        "    type: event_count\n    rules: [base]\n    group-by: [actor.id]\n    timespan: 10m\n    condition: {gt: 5, lt: 9}\n",
    ] {
        let rules = correlation(body);
        for target in TARGETS {
            let conversion = convert(&rules[1], target, &Options { max_loss: MaxLoss::Any, ..Options::default() });
            if target == Target::Sigma {
                assert_eq!(conversion.status, Status::Exact, "{:?}", conversion.losses);
                let text = texts(&conversion);
                let again = load(SourceFile::new("s.yml", text.as_str()), &Context::default());
                assert!(detc::ir::equal(&rules[1], &again.items[0].rule), "{text}");
            } else {
                assert_eq!(conversion.status, Status::Refused, "{target:?}: {}", texts(&conversion));
                assert!(!conversion.losses.is_empty());
            }
        }
    }
}
