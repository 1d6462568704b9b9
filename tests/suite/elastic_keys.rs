//! What each type of Elastic rule takes, tried key by key: the schema of elastic/detection-rules and Kibana's detections API decide. What is
//! wrong stands between marks, where the caret has to be; what stands close to it and is right comes last.

use crate::marked::unmarked;
use detc::frontend::{Context, load};
use detc::lint::{LintSection, Settings, check_file};
use detc::source::SourceFile;

const THRESHOLD: &str = "[rule.threshold]\nfield = [\"host.id\"]\nvalue = 3\n";
const NEW_TERMS: &str = "[rule.new_terms]\nfield = \"new_terms_fields\"\nvalue = [\"host.id\"]\n\
     [[rule.new_terms.history_window_start]]\nfield = \"history_window_start\"\nvalue = \"now-7d\"\n";
const MAPPING: &str = "[[rule.threat_mapping]]\n[[rule.threat_mapping.entries]]\nfield = \"destination.ip\"\n\
     type = \"mapping\"\nvalue = \"threat.indicator.ip\"\n";
const GROUPED: &str = "[rule.alert_suppression]\ngroup_by = [\"host.id\"]\n";
const FOR_5_MINUTES: &str = "[rule.alert_suppression.duration]\nunit = \"m\"\nvalue = 5\n";

/// The keys that make a type, with its query.
fn own(kind: &str) -> &'static str {
    match kind {
        "eql" => "language = \"eql\"\nindex = [\"logs-endpoint.events.*\"]\nquery = 'process where process.pid == 4'\n",
        "esql" => {
            "language = \"esql\"\nquery = 'from logs-endpoint.events.* metadata _id, _version, _index | keep _id, _version, _index'\n"
        }
        "machine_learning" => "anomaly_threshold = 70\nmachine_learning_job_id = \"job\"\n",
        "threat_match" => {
            "language = \"kuery\"\nindex = [\"logs-endpoint.events.*\"]\nquery = 'process.pid: 4'\nthreat_index = [\"logs-ti_*\"]\n\
             threat_query = '*:*'\nthreat_language = \"kuery\"\n"
        }
        _ => "language = \"kuery\"\nindex = [\"logs-endpoint.events.*\"]\nquery = 'process.pid: 4'\n",
    }
}

/// The tables that make a type.
fn tables(kind: &str) -> &'static str {
    match kind {
        "threshold" => THRESHOLD,
        "new_terms" => NEW_TERMS,
        "threat_match" => MAPPING,
        _ => "",
    }
}

/// A rule of a type with more of its keys and tables. A key that stands among them takes the place of the type's own.
fn rule(kind: &str, keys: &str, more: &str) -> String {
    let plain = keys.replace(['⟦', '⟧'], "");
    let given: Vec<&str> = plain.lines().filter_map(|line| Some(line.split_once(" = ")?.0)).collect();
    let common = "author = [\"Example\"]\ndescription = \"d\"\nfrom = \"now-9m\"\nlicense = \"Apache-2.0\"\nname = \"A rule\"\n\
         risk_score = 21\nrule_id = \"4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1c06\"\nseverity = \"low\"\ntimestamp_override = \"event.ingested\"\n";
    let kept = common.lines().chain(own(kind).lines()).filter(|line| {
        let key = line.split_once(" = ").map_or("", |(key, _)| key);
        !given.contains(&key)
    });
    let kept: Vec<&str> = kept.collect();
    let tables = if more.contains("[rule.threshold]") || more.contains("new_terms]") || more.contains("threat_mapping")
    {
        ""
    } else {
        tables(kind)
    };
    format!(
        "[metadata]\ncreation_date = \"2026/01/05\"\nintegration = [\"endpoint\"]\nmaturity = \"production\"\n\
         updated_date = \"2026/01/05\"\n\n[rule]\ntype = \"{kind}\"\n{}\n{keys}\n{tables}{more}",
        kept.join("\n")
    )
}

/// What is said of a rule's keys and values: the lint, and the text under the caret.
fn told(text: &str) -> Vec<(&'static str, String)> {
    let loaded = load(SourceFile::new("execution_rule.toml", text), &Context::default());
    let found = check_file(&loaded, &Settings::new(&LintSection::default()).unwrap());
    let keys = [
        "unknown-key",
        "wrong-type",
        "required-key",
        "rule-type-limit",
        "indicator-mapping",
        "wrong-value-type",
        "syntax",
    ];
    let said = found.into_iter().filter(|told| keys.contains(&told.lint));
    said.map(|told| (told.lint, text[told.location.span.range()].to_owned())).collect()
}

/// What is told of a marked text, if it is not the marked part by the lint alone.
fn missed(marked: &str, lint: &str) -> Option<String> {
    let (text, wrong) = unmarked(marked);
    let found = told(&text);
    let is_right = matches!(found.as_slice(), [(name, at)] if *name == lint && at == wrong);
    (!is_right).then(|| format!("{lint} at {wrong}: {found:?}\n{marked}"))
}

/// Type, more keys, more tables, and the lint that speaks.
const WRONG: &[(&str, &str, &str, &str)] = &[
    // Keys of other types.
    ("query", "⟦tiebreaker_field⟧ = \"event.code\"", "", "unknown-key"),
    ("query", "⟦anomaly_threshold⟧ = 5", "", "unknown-key"),
    ("eql", "⟦machine_learning_job_id⟧ = \"x\"", "", "unknown-key"),
    ("eql", "⟦saved_id⟧ = \"x\"", "", "unknown-key"),
    ("threshold", "⟦threat_index⟧ = [\"x\"]", "", "unknown-key"),
    ("machine_learning", "⟦query⟧ = 'a: b'", "", "unknown-key"),
    ("esql", "⟦filters⟧ = [{ query = { exists = { field = \"host.id\" } } }]", "", "unknown-key"),
    ("esql", "⟦data_view_id⟧ = \"x\"", "", "unknown-key"),
    ("query", "⟦tagz⟧ = [\"a\"]", "", "unknown-key"),
    // The language of a type.
    ("eql", "language = ⟦\"kuery\"⟧\nquery = 'process.pid: 4'", "", "wrong-type"),
    ("query", "language = ⟦\"eql\"⟧\nquery = 'any where process.pid == 4'", "", "wrong-type"),
    ("new_terms", "language = ⟦\"kql\"⟧", "", "wrong-type"),
    // Values.
    ("query", "severity = ⟦\"High\"⟧", "", "wrong-type"),
    ("query", "to = ⟦\"now+1\"⟧", "", "wrong-type"),
    ("query", "interval = ⟦\"5 minutes\"⟧", "", "wrong-type"),
    ("query", "building_block_type = ⟦\"yes\"⟧", "", "wrong-type"),
    ("query", "query = '@timestamp >= ⟦2026-13-45⟧'", "", "wrong-value-type"),
    ("query", "query = 'process.pid: 4 and process.name⟦=⟧cmd.exe'", "", "syntax"),
    // Mappings of severity and risk.
    ("query", "", "[[rule.severity_mapping]]\n⟦field⟧ = \"event.severity\"\noperator = \"equals\"\n", "required-key"),
    (
        "query",
        "",
        "[[rule.severity_mapping]]\nfield = \"event.severity\"\noperator = ⟦\"gt\"⟧\nseverity = \"high\"\nvalue = \"5\"\n",
        "wrong-type",
    ),
    ("query", "", "[[rule.risk_score_mapping]]\n⟦field⟧ = \"event.risk_score\"\nvalue = \"\"\n", "required-key"),
    // Suppression.
    ("query", "", "[rule.alert_suppression]\nmissing_fields_strategy = ⟦\"suppress\"⟧\n", "rule-type-limit"),
    ("query", "", "[rule.alert_suppression]\ngroup_by = ⟦[]⟧\n", "rule-type-limit"),
    ("threshold", "", "⟦[rule.alert_suppression]⟧\n", "rule-type-limit"),
    (
        "query",
        "",
        "[rule.alert_suppression]\ngroup_by = [\"host.id\"]\n[rule.alert_suppression.duration]\n⟦unit⟧ = \"m\"\n",
        "required-key",
    ),
    // Analysed text.
    (
        "threshold",
        "",
        "[rule.threshold]\nfield = [\"host.id\", ⟦\"process.name.text\"⟧]\nvalue = 3\n",
        "rule-type-limit",
    ),
    ("query", "", "[rule.alert_suppression]\ngroup_by = [⟦\"message\"⟧]\n", "rule-type-limit"),
    // The tables of a type.
    ("threshold", "", "[rule.threshold]\n⟦value⟧ = 3\n", "required-key"),
    (
        "threshold",
        "",
        "[rule.threshold]\nfield = [\"host.id\"]\nvalue = 3\n[[rule.threshold.cardinality]]\nfield = \"user.id\"\nvalue = ⟦0⟧\n",
        "wrong-type",
    ),
    (
        "new_terms",
        "",
        "[rule.new_terms]\nfield = \"new_terms_fields\"\nvalue = [\"host.id\"]\n\
         [[rule.new_terms.history_window_start]]\nfield = \"history_window_start\"\nvalue = ⟦\"now-9m\"⟧\n",
        "rule-type-limit",
    ),
    ("threat_match", "", "[[rule.threat_mapping]]\nentries = ⟦[]⟧\n", "indicator-mapping"),
    (
        "threat_match",
        "",
        "[[rule.threat_mapping]]\n[[rule.threat_mapping.entries]]\n⟦field⟧ = \"destination.ip\"\ntype = \"mapping\"\n",
        "required-key",
    ),
    // Other tables.
    ("query", "", "[rule.investigation_fields]\nfield_names = ⟦[]⟧\n", "wrong-type"),
    ("query", "", "[[rule.exceptions_list]]\n⟦id⟧ = \"x\"\nlist_id = \"x\"\ntype = \"detection\"\n", "required-key"),
    ("query", "", "[[rule.threat]]\n⟦framework⟧ = \"MITRE ATT&CK\"\n", "required-key"),
    ("query", "", "[[rule.filters]]\n[rule.filters.query]\n⟦wildcrad⟧ = { \"process.name\" = \"a*\" }\n", "wrong-type"),
    (
        "query",
        "",
        "[[rule.filters]]\n[rule.filters.query.bool]\n⟦must_nott⟧ = [{ term = { \"process.name\" = \"a\" } }]\n",
        "wrong-type",
    ),
    ("query", "note = '${osquery_0}'", "[[transform.osquery]]\n⟦label⟧ = \"x\"\n", "required-key"),
    (
        "query",
        "note = '${investigate_0}'",
        "[[transform.investigate]]\nlabel = \"x\"\nproviders = [[{ excluded = false, field = \"host.id\", queryType = ⟦\"term\"⟧, \
         value = \"x\", valueType = \"string\" }]]\n",
        "wrong-type",
    ),
];

#[test]
fn what_a_type_does_not_take_is_told_at_its_place() {
    let missed: Vec<String> =
        WRONG.iter().filter_map(|(kind, keys, more, lint)| missed(&rule(kind, keys, more), lint)).collect();
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn what_each_type_takes_is_not_told() {
    for kind in ["query", "eql", "esql", "threshold", "new_terms", "threat_match", "machine_learning"] {
        assert_eq!(told(&rule(kind, "", "")), [], "{kind}");
        let suppression = if kind == "threshold" { "[rule.alert_suppression]\n" } else { GROUPED };
        assert_eq!(told(&rule(kind, "", &format!("{suppression}{FOR_5_MINUTES}"))), [], "{kind}");
    }
    for (kind, keys, more) in [
        ("eql", "tiebreaker_field = \"event.code\"\ntimestamp_field = \"@timestamp\"\nto = \"now-1m/m\"", ""),
        ("query", "saved_id = \"x\"\nlanguage = \"lucene\"", ""),
        (
            "query",
            "query = 'process.args: (a=b or (c=d and e)) and @timestamp >= now-1d and @timestamp < \"2026-01\"'",
            "",
        ),
        ("query", "", "[[rule.filters]]\n[rule.filters.query.bool]\nshould = { span_term = { a = \"b\" } }\n"),
        (
            "query",
            "",
            "[[rule.severity_mapping]]\nfield = \"event.severity\"\noperator = \"equals\"\nseverity = \"high\"\nvalue = \"\"\n",
        ),
        (
            "query",
            "note = '${investigate_0}'",
            "[[transform.investigate]]\nlabel = \"x\"\nproviders = [[{ field = \"host.id\", queryType = \"range\", \
             valueType = \"boolean\" }], [{ field = \"user.id\", queryType = \"phrase\", valueType = \"string\" }]]\n",
        ),
    ] {
        assert_eq!(told(&rule(kind, keys, more)), [], "{kind}: {keys} {more}");
    }
}

/// An item of an exception list, and the lint that speaks.
const ITEMS: &[(&str, &str, &str)] = &[
    (
        "list_id = ⟦\"other\"⟧",
        "field = \"user.name\"\ntype = \"match\"\noperator = \"included\"\nvalue = \"a\"",
        "wrong-type",
    ),
    ("", "field = \"user.name\"\ntype = ⟦\"matches\"⟧\noperator = \"included\"\nvalue = \"a\"", "wrong-type"),
    ("", "field = \"user.name\"\ntype = \"match\"\noperator = \"included\"\nvalue = ⟦[\"a\"]⟧", "wrong-type"),
    ("", "field = \"user.name\"\ntype = \"match_any\"\noperator = \"included\"\nvalue = ⟦\"a\"⟧", "wrong-type"),
    ("", "field = \"user.name\"\ntype = ⟦\"match\"⟧\noperator = \"included\"", "required-key"),
    ("", "field = \"user.name\"\ntype = ⟦\"wildcard\"⟧\nvalue = \"a*\"", "required-key"),
    ("", "field = \"user.name\"\ntype = ⟦\"list\"⟧\noperator = \"included\"", "required-key"),
    ("", "field = \"user.name\"\ntype = ⟦\"nested\"⟧", "required-key"),
    ("", "⟦field⟧ = \"user.name\"\noperator = \"included\"\nvalue = \"a\"", "required-key"),
];

fn list(item: &str, entry: &str) -> String {
    let id = if item.is_empty() { "list_id = \"known\"" } else { item };
    format!(
        "[[exceptions]]\n[exceptions.container]\nname = \"Known\"\ndescription = \"d\"\nlist_id = \"known\"\n\
         namespace_type = \"single\"\ntype = \"detection\"\n[[exceptions.items]]\nname = \"One\"\ndescription = \"d\"\n\
         {id}\nitem_id = \"one\"\ntype = \"simple\"\n[[exceptions.items.entries]]\n{entry}\n"
    )
}

#[test]
fn entries_of_exceptions_have_the_keys_of_their_type() {
    let missed: Vec<String> = ITEMS.iter().filter_map(|(item, entry, lint)| missed(&list(item, entry), lint)).collect();
    assert!(missed.is_empty(), "{}", missed.join("\n"));
    for entry in [
        "field = \"user.name\"\ntype = \"match_any\"\noperator = \"excluded\"\nvalue = [\"a\", \"b\"]",
        "field = \"user.name\"\ntype = \"exists\"\noperator = \"included\"",
        "field = \"x\"\ntype = \"list\"\noperator = \"included\"\nlist = { id = \"l\", type = \"ip\" }",
        "field = \"x\"\ntype = \"nested\"\nentries = [{ field = \"y\", type = \"match\", operator = \"included\", value = \"z\" }]",
    ] {
        assert_eq!(told(&list("", entry)), [], "{entry}");
    }
}
