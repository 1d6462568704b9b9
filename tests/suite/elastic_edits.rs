//! Edits of Elastic's files, on text in the forms that detection-rules' own formatter changes besides: backslashes before `x` and `:`
//! (elastic/detection-rules#4977, #5182), the order of keys in `threat` (#1249), nested tables (#3558), investigations (#4033).

use detc::backend::{Options, Status, Target, convert};
use detc::frontend::{Context, Loaded, load};
use detc::lint::{Settings, apply_safe, check_file};
use detc::source::{Edit, SourceFile};
use detc::syntax::edit::{Format, apply, insert_after, quote_like, remove_entry, replace_value};
use detc::syntax::{Entry, Node, parse_toml};

const RULE: &str = r#"# A comment at the top.
[metadata]
updated_date = "2026/01/02" # the day of the last change
creation_date = '2026/01/01'
maturity = "production"

[transform]
[[transform.investigate]]
label = "Alerts of the user in the last 48h"
relativeFrom = "now-48h/h"
relativeTo = "now"
providers = [
  [
    {field = "event.kind", excluded = false, queryType = "phrase", value = "signal", valueType = "string"},
    {field = "user.id", excluded = false, queryType = "phrase", value = "{{user.id}}", valueType = "string"}
  ]
]

[rule]
type = "query"
rule_id = "8e6a5f9f-3f3e-4a31-9d0b-6f1d1f3f7a10"
severity = "low"
risk_score = 21
name = "Spool Files"
author = [ "A", 'B', ]   # two of them
description = """
A path like C:\\xampp\\htdocs, \
in several lines with a \u00e9 and "quotes".
"""
note = """- $investigate_0
"""
index = ["logs-windows.*"]
language = "kuery"
query = '''
file.path : C\:\\xampp* and not file.name : "a\\x"
'''

[[rule.filters]]
[rule.filters.meta]
negate = true
[rule.filters.query.wildcard."file.path"]
case_insensitive = true
value = "?:\\Windows\\x64\\3\\*.dll"

[[rule.threat]]
framework = "MITRE ATT&CK"
[[rule.threat.technique]]
reference = "https://attack.mitre.org/techniques/T1562/"
name = "Impair Defenses"
id = "T1562"
[[rule.threat.technique.subtechnique]]
id = "T1562.001"
reference = "https://attack.mitre.org/techniques/T1562/001/"
name = "Disable or Modify Tools"

[rule.threat.tactic]
name = "Defense Evasion"
id = "TA0005"
reference = "https://attack.mitre.org/tactics/TA0005/"
# A comment at the end."#;

fn loaded(text: &str) -> Loaded {
    load(SourceFile::new("rule.toml", text), &Context::default())
}

fn entry<'n>(root: &'n Node, path: &[&str]) -> &'n Entry {
    let (name, tables) = path.split_last().unwrap();
    let table = root.path(tables).unwrap().as_map().unwrap();
    table.iter().find(|entry| entry.key.text == *name).unwrap()
}

fn edited(edit: impl Fn(&Node) -> Edit) -> String {
    apply(RULE, &[edit(&parse_toml(RULE).root)]).unwrap()
}

#[test]
fn an_untouched_file_comes_back_in_every_form() {
    for text in [RULE.to_owned(), RULE.replace('\n', "\r\n"), format!("\u{feff}{RULE}\n\n"), RULE.replace("  [", "\t[")]
    {
        let loaded = loaded(&text);
        assert!(loaded.diagnostics.is_empty(), "{:?}", loaded.diagnostics);
        let conversion = convert(&loaded.items[0].rule, Target::Elastic, &Options::default());
        assert_eq!(conversion.status, Status::Exact, "{:?}", conversion.losses);
        assert_eq!(conversion.outputs[0].text, text);
    }
}

#[test]
fn a_value_changes_and_nothing_else() {
    let replaced = |path: &[&str], value: &str| {
        edited(|root| {
            let node = &entry(root, path).value;
            replace_value(node, &quote_like(node.as_scalar().unwrap().style, value, Format::Toml))
        })
    };
    assert_eq!(replaced(&["metadata", "updated_date"], "2026/02/03"), RULE.replace("\"2026/01/02\"", "\"2026/02/03\""));
    assert_eq!(replaced(&["metadata", "creation_date"], "2026/02/03"), RULE.replace("2026/01/01", "2026/02/03"));
    assert_eq!(replaced(&["rule", "name"], r"C:\x"), RULE.replace("\"Spool Files\"", r#""C:\\x""#));
}

#[test]
fn a_key_comes_and_goes_alone() {
    let added = edited(|root| insert_after(RULE, entry(root, &["rule", "severity"]), "max_signals = 50"));
    assert_eq!(added, RULE.replace("severity = \"low\"\n", "severity = \"low\"\nmax_signals = 50\n"));
    let removed = edited(|root| remove_entry(RULE, entry(root, &["rule", "author"])));
    assert_eq!(removed, RULE.replace("author = [ \"A\", 'B', ]   # two of them\n", ""));
}

#[test]
fn a_fix_changes_what_it_is_about() {
    let hunt = "# Hunts\n[hunt]\nuuid = '8e6a5f9f-3f3e-4a31-9d0b-6f1d1f3f7a10'\nauthor = \"A\" # one\nname = \"N\"\n\
         description = \"C:\\\\xampp\"\nintegration = [ \"okta\" ]\nlanguage = ['ES|QL']\nlicense = \"Elastic License v2\"\n\
         query = [\n'''from logs-okta* metadata _id, _version, _index | where event.action == \"a\\\\x\" | keep *'''\n]\n\
         mitre = [\n  \"T1078\", # known\n  'T1089',\n]\n";
    let loaded = loaded(hunt);
    let findings = check_file(&loaded, &Settings::defaults());
    let applied = apply_safe(hunt, &findings);
    assert_eq!(applied.fixed, 1, "{findings:?}");
    // Revoked by T1562.001, which version 19 revoked for T1685.
    assert_eq!(applied.text, hunt.replace("T1089", "T1685"));
}
