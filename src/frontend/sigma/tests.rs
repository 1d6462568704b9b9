use crate::frontend::{Context, Loaded, load};
use crate::ir::{Logic, Rule, display_expr};
use crate::source::SourceFile;

fn read(text: &str) -> Loaded {
    load(SourceFile::new("rule.yml", text), &Context::default())
}

/// The condition of a rule with this detection, as people read it.
fn condition(detection: &str) -> String {
    let text = format!("title: t\nlogsource:\n    product: p\ndetection:\n{detection}");
    let loaded = read(&text);
    assert_eq!(loaded.diagnostics, vec![], "{text}");
    shown(&loaded.items[0].rule)
}

fn shown(rule: &Rule) -> String {
    match &rule.logic {
        Logic::Event(id) => display_expr(&rule.pool, *id),
        other => format!("{other:?}"),
    }
}

/// One field item as a condition.
fn item(text: &str) -> String {
    condition(&format!("    s:\n        {text}\n    condition: s\n"))
}

/// The messages and the texts under their carets.
fn findings(text: &str) -> Vec<(String, String)> {
    let loaded = read(text);
    let slice = |location| loaded.unit.slice(location).to_owned();
    loaded.diagnostics.iter().map(|found| (found.message.clone(), slice(found.location))).collect()
}

fn finding(detection: &str) -> (String, String) {
    let text = format!("title: t\nlogsource:\n    product: p\ndetection:\n{detection}");
    findings(&text).remove(0)
}

/// Sigma Rules Specification, "Search-Identifier", "Lists" and "Maps".
#[test]
fn maps_are_and_lists_are_or() {
    let found = condition(
        "    s:\n        a: 1\n        b:\n            - x\n            - y\n    t:\n        - c: 1\n          d: 2\n        - e: 3\n    condition: s and not t\n",
    );
    assert_eq!(found, r#"a ==~ 1 and b in~ ("x", "y") and not (c ==~ 1 and d ==~ 2 or e ==~ 3)"#);
}

/// "Keywords search".
#[test]
fn plain_values_are_looked_for_in_the_whole_event() {
    let found = condition("    k:\n        - evil\n        - 4*5\n        - 12\n    condition: k\n");
    assert_eq!(
        found,
        r#"any(x0 in any field: x0 contains~ "evil") or any(x0 in any field: x0 like~ "*4*5*") or any(x0 in any field: x0 contains~ "12")"#
    );
    let all = condition("    k:\n        '|all':\n            - a\n            - b\n    condition: k\n");
    assert_eq!(all, r#"any(x0 in any field: x0 contains~ "a") and any(x0 in any field: x0 contains~ "b")"#);
}

/// "Special Field Values" and the missing field under `not`.
#[test]
fn null_is_no_value_and_empty_is_a_value() {
    assert_eq!(item("f: null"), "not f exists");
    assert_eq!(item("f:"), "not f exists");
    assert_eq!(item("f: ''"), r#"f ==~ """#);
    assert_eq!(item("f|exists: true"), "not f is missing");
    assert_eq!(item("f|exists: false"), "f is missing");
    assert_eq!(item("f|neq: x"), r#"not f ==~ "x""#);
    assert_eq!(item("f|neq: [x, y]"), r#"not f in~ ("x", "y")"#);
}

/// Sigma Modifiers, "String Modifiers".
#[test]
fn string_modifiers() {
    assert_eq!(item("f|contains: x"), r#"f contains~ "x""#);
    assert_eq!(item("f|startswith: x"), r#"f starts with~ "x""#);
    assert_eq!(item(r"f|endswith: '\x.exe'"), r#"f ends with~ "\\x.exe""#);
    assert_eq!(item("f|contains|all: [x, y]"), r#"f contains~ "x" and f contains~ "y""#);
    assert_eq!(item("f|endswith|cased: x"), r#"f ends with "x""#);
    assert_eq!(item("f|cased: x"), r#"f == "x""#);
    assert_eq!(item(r"f: 'a\*b'"), r#"f ==~ "a*b""#);
    assert_eq!(item("f: 'a*b?'"), r#"f like~ "a*b?""#);
    assert_eq!(item("f: '*'"), "f is any text");
    assert_eq!(item("f|contains: ''"), "f is any text");
    assert_eq!(item("f|windash: ' -f'").matches(" or ").count(), 0);
    assert_eq!(item("f|windash: ' -f'"), r#"f in~ (" -f", " /f", " –f", " —f", " ―f")"#);
    assert_eq!(item("f|contains|windash|all: ['-a', b]").matches("contains").count(), 6);
}

/// Sigma Modifiers, "Encoding"; the values worked out from RFC 4648.
#[test]
fn encodings_follow_one_another() {
    assert_eq!(item("f|base64: foobar"), r#"f ==~ "Zm9vYmFy""#);
    assert_eq!(item("f|base64|contains: foo"), r#"f contains~ "Zm9v""#);
    assert_eq!(
        item("f|base64offset|contains: 'http://'"),
        r#"f contains~ "aHR0cDovL" or f contains~ "h0dHA6Ly" or f contains~ "odHRwOi8v""#
    );
    assert_eq!(item("f|wide|base64: a"), r#"f ==~ "YQA=""#);
    assert_eq!(item("f|utf16le|base64: a"), r#"f ==~ "YQA=""#);
    assert_eq!(item("f|utf16be|base64: a"), r#"f ==~ "AGE=""#);
    assert_eq!(item("f|utf16|base64: a"), r#"f ==~ "//5hAA==""#);
    assert_eq!(item("f|wide: a"), r#"f ==~ "a\u0000""#);
}

/// Sigma Modifiers, "Regular Expression", "Numeric", "IP", "Fieldref".
#[test]
fn typed_modifiers() {
    assert_eq!(item(r"f|re: '\s-H\s'"), r"f matches /\s-H\s/");
    assert_eq!(item("f|re|i: ^a"), "f matches~ /^a/");
    assert_eq!(item("f|cidr: 10.1.2.3/8"), "f in network 10.0.0.0/8");
    assert_eq!(item("f|cidr: [2001:db8::/32]"), "f in network 2001:db8::/32");
    assert_eq!(item("f|gt: 5"), "f > 5");
    assert_eq!(item("f|lte: 5.5"), "f <= 5.5");
    assert_eq!(item("f|fieldref: g"), "f ==~ g");
    assert_eq!(item("f|fieldref|endswith: g"), "f ends with~ g");
}

/// What is not represented is a hole with its reason, the rest of the rule is there.
#[test]
fn placeholders_stay_and_are_holes_where_they_would_be_encoded() {
    assert_eq!(item("f|expand: '%admins%'"), r#"f like~ "%admins%""#);
    assert_eq!(item("f|contains|expand: 'a%admins%?'"), r#"f like~ "*a%admins%?*""#);
    assert!(item("f|expand|base64: '%admins%'").contains("placeholder"));
    assert!(item("f|re|expand: '^%admins%'").contains("placeholder"));
    assert_eq!(item("f|expand: '100%'"), r#"f ==~ "100%""#);
}

/// Sigma Modifiers, "Time Modifiers".
#[test]
fn time_modifiers_compare_a_part_of_a_date() {
    assert_eq!(item("f|hour|gte: 8"), "hour(f) >= 8");
    assert_eq!(item("f|week: [1, 53]"), "week(f) == 1 or week(f) == 53");
    assert_eq!(item("f|year|neq: 2024"), "not year(f) == 2024");
}

/// "Condition": precedence, `x of`, `them` and the underscore.
#[test]
fn conditions_choose_selections() {
    let with = |condition_text: &str| {
        condition(&format!(
            "    sel_a:\n        a: x\n    sel_b:\n        b: x\n    _c:\n        c: x\n    condition: {condition_text}\n"
        ))
    };
    assert_eq!(with("1 of sel_*"), r#"a ==~ "x" or b ==~ "x""#);
    assert_eq!(with("all of them"), r#"a ==~ "x" and b ==~ "x""#);
    assert_eq!(with("not 1 of them and _c"), r#"not (a ==~ "x" or b ==~ "x") and c ==~ "x""#);
    assert_eq!(with("sel_a or sel_b and not _c"), r#"a ==~ "x" or b ==~ "x" and not c ==~ "x""#);
    let list = "    a:\n        a: x\n    notable:\n        b: x\n    condition:\n        - a\n        - notable\n";
    assert_eq!(condition(list), r#"a ==~ "x" or b ==~ "x""#);
}

#[test]
fn unknown_selections_are_errors_at_the_token() {
    let body = "    selection:\n        a: x\n    condition: selection and not 1 of filter_*\n";
    assert_eq!(finding(body), ("no search identifier matches `filter_*`".to_owned(), "filter_*".to_owned()));
    let text = format!("title: t\ndetection:\n{}", body.replace("1 of filter_*", "selektion"));
    let loaded = read(&text);
    assert_eq!(loaded.unit.slice(loaded.diagnostics[0].location), "selektion");
    assert_eq!(loaded.diagnostics[0].help.as_deref(), Some("did you mean `selection`?"));
    assert!(matches!(&loaded.items[0].rule.logic, Logic::Opaque(why) if why.code == "syntax"));
}

/// Sigma Rules Specification 1, "Aggregation expressions".
#[test]
fn old_aggregations_are_thresholds() {
    let text = |time: &str| {
        format!("title: t\ndetection:\n    s:\n        a: x\n{time}    condition: s | count(b) by c > 5\n")
    };
    let window = |time: &str| match read(&text(time)).items.remove(0).rule.logic {
        Logic::Threshold(threshold) => threshold.window,
        other => panic!("{other:?}"),
    };
    let minutes = std::time::Duration::from_mins(5);
    assert_eq!(window("    timeframe: 5m\n"), crate::ir::Window::Sliding(minutes));
    assert_eq!(window(""), crate::ir::Window::Unbounded);
}

/// Issue 2: a bad modifier in the second document of a file.
#[test]
fn carets_stand_in_the_right_document() {
    let text = "title: one\ndetection:\n    s:\n        a|contains: x\n    condition: s\n---\ntitle: two\ndetection:\n    s:\n        \"a|contians\": x\n    condition: s\n";
    let loaded = read(text);
    assert_eq!(loaded.items.len(), 2);
    let found = &loaded.diagnostics[0];
    assert_eq!(found.message, "unknown modifier `contians`");
    assert_eq!(loaded.unit.slice(found.location), "contians");
    assert_eq!(loaded.unit.main().line_column(found.location.span.start), (10, 12));
    assert_eq!(loaded.items[1].rule.opaque_parts(), 1);
    assert_eq!(loaded.items[0].rule.opaque_parts(), 0);
}

#[test]
fn wrong_values_are_named() {
    let at = |text: &str| finding(&format!("    s:\n        {text}\n    condition: s\n"));
    assert_eq!(at("f|cidr: 10.0.0").1, "10.0.0");
    assert_eq!(at("f|gt: x"), ("`gt` does not take a string".to_owned(), "x".to_owned()));
    assert_eq!(at("f: []").0, "an empty list matches nothing");
    assert_eq!(at("f|contains: null").0, "`contains` does not take null");
    assert_eq!(at("f: {a: b}").0, "a field is compared with plain values, not with a map");
    assert_eq!(at("f|base64offset|contains: a").0, "the value is too short: its encoding says nothing");
}

#[test]
fn metadata_and_tags() {
    let text = "title: T\nid: 5ef3b2a2-0000-4000-8000-000000000000\nstatus: test\ndescription: d\nauthor: A, B\ndate: 2024/01/31\nmodified: 2024-02-01\ntags:\n    - attack.t1556.006\n    - attack.defense-evasion\n    - attack.stealth\n    - attack.g0032\n    - cve.2021-44228\nlevle: high\nlogsource:\n    product: okta\n    definition: on\ndetection:\n    s:\n        a: x\n    condition: s\n";
    let loaded = read(text);
    let rule = &loaded.items[0].rule;
    assert_eq!(rule.meta.authors, ["A", "B"]);
    assert_eq!(rule.meta.created.as_deref(), Some("2024-01-31"));
    let technique = rule.meta.attack[0].technique.as_ref().unwrap();
    assert_eq!((technique.value.as_str(), loaded.unit.main().slice(technique.span)), ("T1556.006", "t1556.006"));
    let names: Vec<_> = rule.meta.attack[1..].iter().map(|a| a.tactic_name.as_ref().unwrap().value.as_str()).collect();
    assert_eq!(names, ["Defense Evasion", "Stealth"]);
    let tags: Vec<_> = rule.meta.tags.iter().map(|tag| tag.value.as_str()).collect();
    assert_eq!(tags, ["attack.g0032", "cve.2021-44228"]);
    let extras: Vec<_> = rule.extras.iter().map(|extra| extra.key.as_str()).collect();
    assert_eq!(extras, ["levle", "logsource.definition"]);
    assert_eq!(loaded.diagnostics[0].help.as_deref(), Some("did you mean `level`?"));
    assert_eq!(loaded.diagnostics[0].rule_id.as_deref(), Some("5ef3b2a2-0000-4000-8000-000000000000"));
}

#[test]
fn uses_know_their_negation() {
    let text = "title: t\ndetection:\n    s:\n        a|endswith: x\n    f:\n        b: [y, 5]\n        c|neq: z\n    condition: s and not f\n";
    let loaded = read(text);
    let uses: Vec<_> = loaded.items[0]
        .rule
        .uses
        .iter()
        .map(|used| {
            let values: Vec<_> = used.values.iter().map(|(_, at)| loaded.unit.slice(*at)).collect();
            (loaded.unit.slice(used.at), values.join(","), used.negated)
        })
        .collect();
    assert_eq!(uses, [("a", "x".to_owned(), false), ("b", "y,5".to_owned(), true), ("c", "z".to_owned(), false)]);
}

/// A search identifier that several conditions name, or one condition both ways, is there each time.
#[test]
fn uses_are_repeated_with_their_search_identifier() {
    let text = "title: t\ndetection:\n    s:\n        a: x\n    f:\n        b|neq: y\n    condition:\n        - not f or f and f\n        - s and not f\n";
    let loaded = read(text);
    let uses = &loaded.items[0].rule.uses;
    let uses: Vec<_> = uses.iter().map(|used| (loaded.unit.slice(used.at), used.values.len(), used.negated)).collect();
    assert_eq!(uses, [("b", 1, false), ("b", 1, true), ("a", 1, false), ("b", 1, false)]);
}

/// Dates are held against the calendar.
#[test]
fn dates_are_days_of_the_calendar() {
    let is_date = |date: &str| {
        let text = format!("title: t\ndate: '{date}'\ndetection:\n    s:\n        a: x\n    condition: s\n");
        read(&text).diagnostics.is_empty()
    };
    for date in ["2024-01-28", "2024/12/31", "2024-02-29", "0001-01-01"] {
        assert!(is_date(date), "{date}");
    }
    for date in
        ["2023-02-29", "2024-13-01", "2024-00-10", "2024-01-00", "2024-01-32", "24-01-01", "2024-1-1", "x024-01-01"]
    {
        assert!(!is_date(date), "{date}");
    }
}

/// Rule collections of specification 1.
#[test]
fn global_documents_go_into_what_follows() {
    let text = "action: global\ntitle: G\ndetection:\n    condition: s\n---\nid: one\ndetection:\n    s:\n        a: x\n---\naction: repeat\nid: two\ndetection:\n    s:\n        a: y\n---\naction: reset\n---\ntitle: H\ndetection:\n    s:\n        a: z\n    condition: s\n";
    let loaded = read(text);
    let rules: Vec<_> = loaded.items.iter().map(|item| (item.rule.meta.title.as_str(), shown(&item.rule))).collect();
    assert_eq!(
        rules,
        [("G", r#"a ==~ "x""#.to_owned()), ("G", r#"a ==~ "y""#.to_owned()), ("H", r#"a ==~ "z""#.to_owned())]
    );
}

/// Correlation Rules Specification 2.1.0.
#[test]
fn correlations_are_thresholds_and_temporal_groups() {
    let logic = |body: &str| {
        let text = format!("title: t\ncorrelation:\n{body}");
        let loaded = read(&text);
        assert_eq!(loaded.diagnostics, vec![], "{text}");
        loaded.items[0].rule.logic.clone()
    };
    let count = logic(
        "    type: event_count\n    rules: [a]\n    group-by: [u]\n    timespan: 15m\n    condition:\n        gt: 10\n        lte: 20\n",
    );
    let Logic::Threshold(threshold) = count else { panic!("not a threshold") };
    assert_eq!(threshold.bounds.len(), 2);
    assert_eq!(threshold.window, crate::ir::Window::Sliding(std::time::Duration::from_mins(15)));
    let temporal = logic(
        "    type: temporal\n    rules: [a, b]\n    group-by: [u]\n    timespan: 1h\n    condition: a and not b\n    aliases:\n        u:\n            a: user\n            b: name\n",
    );
    let Logic::Temporal(temporal) = temporal else { panic!("not temporal") };
    assert!(!temporal.ordered && temporal.aliases.len() == 1);
    assert!(matches!(&temporal.condition, crate::ir::RuleCondition::And(parts) if parts.len() == 2));
    let found = findings("title: t\ncorrelation:\n    type: event_cuont\n    rules: [a]\n    timespan: 1y\n");
    let places: Vec<_> = found.iter().map(|(_, place)| place.as_str()).collect();
    assert_eq!(places, ["event_cuont", "1y"]);
}

#[test]
fn filters_are_conditions_of_their_own() {
    let text =
        "title: t\nlogsource:\n    product: p\nfilter:\n    rules: [a]\n    f:\n        a: x\n    condition: not f\n";
    let loaded = read(text);
    let rule = &loaded.items[0].rule;
    assert_eq!((rule.kind, shown(rule).as_str()), ("filter", r#"not a ==~ "x""#));
    assert_eq!(rule.extras[0].key, "filter.rules");
}

#[test]
fn hostile_files_are_read() {
    for text in [
        "",
        "detection:",
        "detection: []",
        "- a\n---\ndetection: {}",
        "detection:\n    condition: [a, {}]\n",
        "logsource:\n    - x\ndetection:\n    s: null\n    condition: s\n",
    ] {
        let _ = read(text);
    }
    let deep = format!("title: t\ndetection:\n    s:\n        a: x\n    condition: {}s\n", "not ".repeat(5000));
    assert_eq!(read(&deep).diagnostics.len(), 1);
}
