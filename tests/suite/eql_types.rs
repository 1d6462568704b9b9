//! What Elasticsearch's verifier and translator refuse of the types in EQL, and what they let pass, in queries of our own over the fields of
//! Elastic Defend and ECS (the cases of `VerifierTests` and `QueryTranslatorFailTests` of its EQL plug-in).

use crate::marked::unmarked;
use detc::backend::{Options, Target, convert};
use detc::frontend::{Context, Language, QueryOptions, load, load_query};
use detc::source::{Level, SourceFile};

/// Queries with marks around what is of the wrong type, and a word of the remedy.
const REFUSED: &[(&str, &str)] = &[
    // A condition is true or false.
    ("any where ⟦process.pid⟧", "compare it"),
    ("any where ⟦@timestamp⟧", "compare it"),
    ("any where ⟦process.command_line⟧", "compare it"),
    ("any where ⟦source.ip⟧", "compare it"),
    ("any where ⟦data_stream.type⟧", "compare it"),
    ("any where ⟦length(process.name)⟧", "!= null"),
    ("any where ⟦1⟧", "field == .."),
    ("any where ⟦\"text\"⟧", "field == .."),
    ("file where ⟦process.pid - -2⟧", "compare it"),
    ("file where not ⟦process.pid⟧", "compare it"),
    ("file where ⟦process.pid⟧ and true", "compare it"),
    ("file where process.pid == 1 or ⟦indexOf(file.name, \"x\")⟧", "compare it"),
    ("sequence [any where true] [any where ⟦process.pid⟧]", "compare it"),
    // Lists of one type.
    ("any where process.pid in (1, ⟦\"text\"⟧)", "write a number"),
    ("any where process.name in (\"a\", ⟦1⟧)", "write a string"),
    ("any where process.name in~ (⟦true⟧)", "write a string"),
    // What EQL cannot read.
    ("any where ⟦source.geo.location⟧ == 0", "KQL or ES|QL"),
    ("any where ⟦email.attachments⟧ == 0", "KQL or ES|QL"),
    ("any where ⟦email.attachments.file.name⟧ == \"x\"", "KQL or ES|QL"),
    // `:`, `like` and `regex` look at strings.
    ("any where ⟦process.pid⟧ : \"4*\"", "`==`"),
    ("any where ⟦process.pid⟧ like \"*.exe\"", "`==`"),
    ("any where ⟦source.ip⟧ like~ (\"10.*\", \"192.*\")", "string(..)"),
    ("any where ⟦process.pid⟧ regex \"4.*\"", "string(..)"),
    // Functions.
    ("any where cidrMatch(⟦process.name⟧, \"10.0.0.0/8\")", "type `ip`"),
    ("any where number(⟦process.pid⟧) == 1", "a number already"),
    ("any where length(⟦process.pid⟧) == 1", "string(..)"),
    ("any where startsWith(⟦process.pid⟧, \"1\")", "string(..)"),
    ("any where endsWith~(process.name, ⟦source.ip⟧)", "string(..)"),
    ("any where between(process.name, \"a\", ⟦length(process.name)⟧) == \"x\"", "string(..)"),
    ("any where substring(process.name, ⟦process.args⟧) == \"x\"", "number(..)"),
    ("any where add(⟦process.name⟧, 1) == 2", "number(..)"),
    ("any where ⟦process.name⟧ + 1 == 2", "number(..)"),
    ("any where 4 % ⟦@timestamp⟧ == 2", "number(..)"),
    ("any where -⟦process.name⟧ == 2", "number(..)"),
    // Keys.
    ("sequence [any where true] by process.pid [any where true] by ⟦process.name⟧", "one type"),
    ("sequence [any where true] by @timestamp [any where true] by ⟦process.pid⟧", "one type"),
    ("sequence [any where true] by host.id, process.name [any where true] by host.id, ⟦source.ip⟧", "one type"),
    (
        "sequence [any where true] by process.pid [any where true] by process.pid until [any where true] by ⟦host.id⟧",
        "one type",
    ),
    ("sample [any where true] by process.pid [any where true] by ⟦process.name⟧", "one type"),
];

const ACCEPTED: &[&str] = &[
    "any where process.code_signature.exists",
    "any where not process.code_signature.exists and process.code_signature.trusted == true",
    // Any two types can be compared; what comes of it is another lint's concern.
    "any where process.name == 5 and process.name > 5",
    "any where process.code_signature.exists == 0",
    "any where true == (process.pid == 4) and true",
    "any where ?gone and unknown_field and unknown_field + 1 == 2 and length(?gone) == 1",
    "any where process.name in (\"a\", null) and process.pid in (1, 2.5)",
    "any where source.ip in (\"192.0.2.1\", \"::1\") and @timestamp in (\"2026-01-01\")",
    "any where string(process.pid) : \"4*\" and number(process.name) + 1 == 5 and concat(process.pid, \"-\", source.ip) == \"4-::1\"",
    "any where cidrMatch(source.ip, \"10.0.0.0/8\") and not cidrMatch(?gone, \"10.0.0.0/8\")",
    "any where endsWith(process.name, substring(process.command_line, -4)) and length(between(process.name, \"a\", \"b\")) > 0",
    "sequence [any where true] by process.pid [any where true] by process.parent.pid",
    "sequence [any where true] by process.name [any where true] by process.command_line",
    "sequence [any where true] by process.name [any where true] by ?gone",
];

/// The texts under the carets of what is said of types, with the remedies.
fn told(query: &str) -> Vec<(String, String)> {
    let options = QueryOptions { indices: &["logs-endpoint.events.*"], ..QueryOptions::default() };
    let (item, diagnostics) = load_query(Language::Eql, query, &options);
    assert_eq!(item.rule.language, Some("eql"), "{query}");
    let said = diagnostics
        .into_iter()
        .inspect(|said| assert_eq!((said.lint, said.level), ("eql-type", Level::Error), "{query}"));
    said.map(|said| (query[said.location.span.range()].to_owned(), said.help.unwrap())).collect()
}

#[test]
fn what_is_of_the_wrong_type_is_an_error_with_its_remedy() {
    for (marked, remedy) in REFUSED {
        let (text, wrong) = unmarked(marked);
        let found = told(&text);
        assert_eq!(found.len(), 1, "{marked}: {found:?}");
        assert_eq!(found[0].0, wrong, "{marked}");
        assert!(found[0].1.contains(remedy), "{marked}: {found:?}");
    }
}

#[test]
fn what_the_verifier_lets_pass_is_not_told() {
    for query in ACCEPTED {
        assert_eq!(told(query), [], "{query}");
    }
}

/// Sigma compares texts; Elasticsearch's `:`, `like` and `regex` take strings alone.
#[test]
fn what_is_written_on_numbers_and_addresses_is_of_their_type() {
    for (detection, expected) in [
        ("DestinationPort: 443", "destination.port == 443"),
        ("DestinationPort: ['443', '8443']", "destination.port in (443, 8443)"),
        ("DestinationPort|startswith: '44'", "string(destination.port) : \"44*\""),
        ("DestinationIp: 192.0.2.1", "destination.ip == \"192.0.2.1\""),
        ("DestinationIp|startswith: ['10.', '192.168.']", "string(destination.ip) : (\"10.*\", \"192.168.*\")"),
        ("DestinationIp|cidr: 10.0.0.0/8", "cidrMatch(destination.ip, \"10.0.0.0/8\")"),
        ("Image|endswith: x.exe", "process.executable : \"*x.exe\""),
    ] {
        let rule = format!(
            "title: T\nlogsource:\n    product: windows\n    category: network_connection\ndetection:\n    sel:\n        \
             {detection}\n    condition: sel\n"
        );
        let loaded = load(SourceFile::new("a.yml", rule), &Context::default());
        let conversion = convert(&loaded.items[0].rule, Target::Eql, &Options::default());
        let text =
            conversion.outputs.first().map_or_else(|| format!("{:?}", conversion.losses), |output| output.text.clone());
        assert!(text.contains(expected), "{detection}: {text}");
        assert_eq!(told(&text), [], "{text}");
    }
}
