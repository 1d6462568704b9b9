//! What Kibana imports: every line of the target `elastic-ndjson` against the facts of its APIs, and rules that are written to Elastic's
//! own format.

use crate::shared::{corpus, texts};
use detc::backend::{Conversion, Options, QueryLanguage, Status, Target, convert};
use detc::catalog::versions::{Installed, Version};
use detc::fidelity::MaxLoss;
use detc::frontend::{Context, Loaded, apply_filters, load};
use detc::ir::Rule;
use detc::source::{Disk, SourceFile, discover, read};
use serde_json::{Value, json};
use std::path::Path;

fn schema() -> jsonschema::Validator {
    let text = include_str!("../fixtures/kibana/import.schema.json");
    jsonschema::validator_for(&serde_json::from_str(text).unwrap()).unwrap()
}

fn any_loss() -> Options {
    Options { max_loss: MaxLoss::Any, ..Options::default() }
}

fn on(stack: &str) -> Options {
    Options { installed: Installed { stack: Version::parse(stack), ..Installed::default() }, ..any_loss() }
}

fn loaded(toml: &str) -> Loaded {
    load(SourceFile::new("rule.toml", toml), &Context::default())
}

fn rule(toml: &str) -> Rule {
    let loaded = loaded(toml);
    assert!(loaded.diagnostics.is_empty(), "{:?}", loaded.diagnostics);
    loaded.items[0].rule.clone()
}

fn lines(conversion: &Conversion) -> Vec<Value> {
    let text = conversion.outputs.first().map_or("", |output| output.text.as_str());
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// What Kibana's import says against a line.
fn complaints(schema: &jsonschema::Validator, line: &Value) -> Vec<String> {
    fn has_null(value: &Value) -> bool {
        match value {
            Value::Null => true,
            Value::Array(items) => items.iter().any(has_null),
            Value::Object(table) => table.values().any(has_null),
            _ => false,
        }
    }
    let mut found: Vec<String> =
        schema.iter_errors(line).map(|error| format!("{}: {error}", error.instance_path)).collect();
    found.extend(has_null(line).then(|| "a null".to_owned()));
    found
}

#[test]
fn every_published_rule_is_one_that_kibana_imports() {
    let Some(folder) = corpus("elastic") else { return };
    let schema = schema();
    let mut failures = Vec::new();
    let mut count = 0;
    for (path, text) in texts(&folder, &["toml"]) {
        let loaded = load(SourceFile::new(path.display().to_string(), text), &Context::default());
        for item in &loaded.items {
            let conversion = convert(&item.rule, Target::ElasticNdjson, &any_loss());
            let lines = lines(&conversion);
            count += lines.len();
            let found: Vec<String> = lines.iter().flat_map(|line| complaints(&schema, line)).collect();
            if conversion.status > Status::Metadata || lines.len() != 1 || !found.is_empty() {
                failures.push(format!("{}: {:?} {found:?}", path.display(), conversion.losses));
            }
        }
    }
    println!("{count} lines");
    assert_eq!((failures, count), (Vec::new(), 2_192));
}

#[test]
fn every_bundled_rule_is_one_that_kibana_imports() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    let schema = schema();
    let mut count = 0;
    for path in discover(&[root.display().to_string()], &["toml", "yml"]).files {
        for item in load(read(&path).unwrap(), &Context::beside(&Disk)).items {
            for language in [None, Some(QueryLanguage::Esql), Some(QueryLanguage::Eql)] {
                let conversion = convert(&item.rule, Target::ElasticNdjson, &Options { language, ..any_loss() });
                assert!(
                    language.is_some() || !item.rule.is_rule() || conversion.status < Status::Refused,
                    "{}: {:?}",
                    path.display(),
                    conversion.losses
                );
                for line in lines(&conversion) {
                    count += 1;
                    assert_eq!(complaints(&schema, &line), Vec::<String>::new(), "{}\n{line}", path.display());
                }
            }
        }
    }
    println!("{count} lines");
    assert!(count > 0);
}

#[test]
fn an_untouched_rule_is_written_as_it_is() {
    let Some(folder) = corpus("elastic") else { return };
    let mut count = 0;
    for path in discover(&[folder.display().to_string()], &["toml"]).files {
        let bytes = std::fs::read(&path).unwrap();
        for item in load(read(&path).unwrap(), &Context::default()).items {
            let conversion = convert(&item.rule, Target::Elastic, &Options::default());
            assert_eq!(conversion.status, Status::Exact, "{}: {:?}", path.display(), conversion.losses);
            assert!(conversion.outputs[0].text.as_bytes() == bytes, "{} was changed", path.display());
            count += 1;
        }
    }
    assert_eq!(count, 2_192);
}

/// The imported lines as the files of Elastic's repository that they would be exported to: what the import made flat is nested again.
pub(crate) fn imported(text: &str) -> Rule {
    let mut lists: Vec<Value> = Vec::new();
    let mut rule = None;
    for line in text.lines() {
        let mut line: Value = serde_json::from_str(line).unwrap();
        if line.get("entries").is_some() {
            let id = line["list_id"].clone();
            let list = lists.iter_mut().find(|list| list["container"]["list_id"] == id).unwrap();
            list["items"].as_array_mut().unwrap().push(line);
        } else if line.get("list_id").is_some() {
            lists.push(json!({"container": line, "items": []}));
        } else {
            let table = line.as_object_mut().unwrap();
            table.remove("version");
            let metadata = table.remove("meta").unwrap_or_default();
            if let Some(fields) = table.remove("new_terms_fields") {
                let start = table.remove("history_window_start").unwrap();
                let start = json!([{"field": "history_window_start", "value": start}]);
                let nested = json!({"field": "new_terms_fields", "value": fields, "history_window_start": start});
                table.insert("new_terms".to_owned(), nested);
            }
            rule = Some(json!({"metadata": metadata, "rule": line}));
        }
    }
    let file = |value: &Value| {
        let text = toml::to_string(value).unwrap();
        let loaded = loaded(&text);
        assert!(loaded.diagnostics.is_empty(), "{:?}\n{text}", loaded.diagnostics);
        loaded
    };
    let mut files = vec![file(&rule.unwrap())];
    files.extend((!lists.is_empty()).then(|| file(&json!({"exceptions": lists}))));
    apply_filters(&mut files);
    files[0].items[0].rule.clone()
}

/// A rule with `body` in `[rule]` beside what every rule has.
fn toml(body: &str) -> String {
    format!(
        "[metadata]\ncreation_date = \"2026/01/02\"\nintegration = [\"okta\"]\nmaturity = \"production\"\n\
         updated_date = \"2026/01/02\"\n\n[rule]\nauthor = [\"A\"]\ndescription = \"D\"\nname = \"N\"\nrisk_score = 21\n\
         rule_id = \"8e6a5f9f-3f3e-4a31-9d0b-6f1d1f3f7a10\"\nseverity = \"low\"\n{body}"
    )
}

const QUERY: &str = "type = \"query\"\nlanguage = \"kuery\"\nindex = [\"logs-okta*\"]\nquery = 'event.action:\"a\"'\n";

#[test]
fn nested_tables_are_what_the_api_asks_for() {
    let new_terms = "type = \"new_terms\"\nlanguage = \"kuery\"\nindex = [\"logs-okta*\"]\nquery = 'event.action:\"a\"'\n\
         severity_mapping = [{field = \"event.action\", operator = \"equals\", severity = \"high\", value = \"b\"}]\n\
         risk_score_mapping = [{field = \"event.risk_score\", operator = \"equals\"}]\n\
         [rule.new_terms]\nfield = \"new_terms_fields\"\nvalue = [\"user.name\"]\n\
         [[rule.new_terms.history_window_start]]\nfield = \"history_window_start\"\nvalue = \"now-7d\"\n";
    let conversion = convert(&rule(&toml(new_terms)), Target::ElasticNdjson, &Options::default());
    assert_eq!(conversion.status, Status::Exact, "{:?}", conversion.losses);
    let line = &lines(&conversion)[0];
    assert_eq!(line["new_terms_fields"], json!(["user.name"]));
    assert_eq!(line["history_window_start"], json!("now-7d"));
    assert_eq!(line["risk_score_mapping"], json!([{"field": "event.risk_score", "operator": "equals", "value": ""}]));
    assert_eq!(line["meta"]["creation_date"], json!("2026/01/02"));
    assert_eq!(line["related_integrations"][0]["package"], json!("okta"));
    assert_eq!(complaints(&schema(), line), Vec::<String>::new());
    assert!(line.get("new_terms").is_none() && line.get("metadata").is_none());
}

#[test]
fn packages_have_the_version_that_is_said() {
    let related = |options: &Options| {
        lines(&convert(&rule(&toml(QUERY)), Target::ElasticNdjson, options))[0]["related_integrations"].clone()
    };
    let mut options = on("8.19");
    // The oldest version of the newest major that the stack admits.
    assert_eq!(related(&options), json!([{"package": "okta", "version": "^3.0.0"}]));
    options.installed.integrations.insert("okta".to_owned(), "2.11.0".to_owned());
    assert_eq!(related(&options), json!([{"package": "okta", "version": "^2.11.0"}]));
    options.installed.stack = Version::parse("9.5");
    assert_eq!(related(&options), json!([{"package": "okta", "version": ">=2.11.0"}]));
    options.installed.stack = Version::parse("8.2");
    assert_eq!(related(&options), Value::Null);
}

#[test]
fn a_rule_goes_with_its_exception_lists_and_names_its_connectors() {
    let body = format!(
        "{QUERY}[[rule.exceptions_list]]\nid = \"x\"\nlist_id = \"known\"\nnamespace_type = \"single\"\ntype = \"detection\"\n\
         [[rule.actions]]\naction_type_id = \".slack\"\nid = \"c-1\"\ngroup = \"default\"\n[rule.actions.params]\nmessage = \"m\"\n"
    );
    let exceptions = "[[exceptions]]\n[exceptions.container]\nname = \"Known\"\ndescription = \"d\"\nlist_id = \"known\"\n\
         namespace_type = \"single\"\ntype = \"detection\"\n[[exceptions.items]]\nname = \"One\"\ndescription = \"d\"\n\
         list_id = \"known\"\nitem_id = \"one\"\ntype = \"simple\"\n[[exceptions.items.entries]]\nfield = \"user.name\"\n\
         type = \"match\"\noperator = \"included\"\nvalue = \"b\"\n";
    let alone = convert(&rule(&toml(&body)), Target::ElasticNdjson, &Options::default());
    let told = |conversion: &Conversion, text: &str| conversion.losses.iter().any(|loss| loss.message.contains(text));
    assert!(told(&alone, "exception lists") && told(&alone, "known") && told(&alone, "c-1"), "{:?}", alone.losses);

    let mut files = [loaded(&toml(&body)), loaded(exceptions)];
    apply_filters(&mut files);
    let both = convert(&files[0].items[0].rule, Target::ElasticNdjson, &Options::default());
    assert!(!told(&both, "exception lists") && told(&both, "c-1"), "{:?}", both.losses);
    let lines = lines(&both);
    let schema = schema();
    assert!(lines.iter().all(|line| complaints(&schema, line).is_empty()));
    let ids: Vec<&Value> = lines.iter().map(|line| line.get("item_id").unwrap_or(&line["list_id"])).collect();
    assert_eq!(ids, [&Value::Null, &json!("known"), &json!("one")]);
}

#[test]
fn what_the_import_refuses_is_refused_here() {
    // Without a language, another form of the rule that can be imported is looked for.
    let options = Options { language: Some(QueryLanguage::Kuery), ..any_loss() };
    let refused = |body: &str| {
        let conversion = convert(&rule(&toml(body)), Target::ElasticNdjson, &options);
        assert_eq!(conversion.status, Status::Refused, "{body}");
        conversion.losses[0].message.clone()
    };
    let threshold = "type = \"threshold\"\nlanguage = \"kuery\"\nquery = 'a:b'\n[rule.threshold]\nfield = [\"user.name\"]\nvalue = 2\n\
         [[rule.threshold.cardinality]]\nfield = \"user.name\"\nvalue = 2\n";
    assert!(refused(threshold).contains("cardinality"));
    let threat = "type = \"threat_match\"\nlanguage = \"kuery\"\nquery = 'a:b'\nthreat_query = '*:*'\nthreat_language = \"kuery\"\n\
         threat_mapping = [{entries = [{field = \"a\", type = \"mapping\", value = \"b\"}]}]\n";
    assert!(refused(threat).contains("threat_index"));
}

#[test]
fn an_action_that_the_import_refuses_stays_behind() {
    let text = toml(&format!("{QUERY}[[rule.actions]]\nid = \"c\"\n"));
    let conversion = convert(&rule(&text), Target::ElasticNdjson, &any_loss());
    let told: Vec<&str> = conversion.losses.iter().map(|loss| loss.message.as_str()).collect();
    assert!(conversion.status == Status::Metadata && told.iter().any(|text| text.contains("rule.actions")), "{told:?}");
    assert!(lines(&conversion)[0].get("actions").is_none());
}

#[test]
fn a_timeline_stands_with_its_title() {
    let conversion =
        convert(&rule(&toml(&format!("{QUERY}timeline_id = \"t\"\n"))), Target::ElasticNdjson, &Options::default());
    assert_eq!(conversion.status, Status::Metadata);
    assert!(lines(&conversion)[0].get("timeline_id").is_none());
}

#[test]
fn what_a_stack_does_not_have_is_told() {
    let suppression = "[rule.alert_suppression]\ngroup_by = [\"user.name\"]\n";
    let kinds = [
        ("type = \"query\"\nlanguage = \"kuery\"\nquery = 'a:b'\n", "8.8"),
        ("type = \"eql\"\nlanguage = \"eql\"\nquery = 'any where a == \"b\"'\n", "8.14"),
        (
            "type = \"eql\"\nlanguage = \"eql\"\nquery = 'sequence by x [any where a == \"b\"] [any where a == \"c\"]'\n",
            "8.18",
        ),
        ("type = \"esql\"\nlanguage = \"esql\"\nquery = 'from a metadata _id, _version, _index | keep *'\n", "8.15"),
    ];
    for (body, since) in kinds {
        let rule = loaded(&toml(&format!("{body}{suppression}"))).items[0].rule.clone();
        let version = Version::parse(since).unwrap();
        let before = Version { minor: version.minor - 1, ..version };
        for (stack, status) in [(version, Status::Exact), (before, Status::Metadata)] {
            let mut options = Options::default();
            options.installed.stack = Some(stack);
            let toml = convert(&rule, Target::Elastic, &options);
            assert_eq!(toml.status, status, "{body} on {stack}: {:?}", toml.losses);
            assert_eq!(Some(toml.outputs[0].text.as_str()), rule.file.as_deref());
            let imported = convert(&rule, Target::ElasticNdjson, &options);
            assert_eq!(imported.status, status);
            assert_eq!(lines(&imported)[0].get("alert_suppression").is_some(), status == Status::Exact);
        }
    }
}

#[test]
fn a_rule_that_the_stack_cannot_run_is_refused() {
    let refused = |body: &str, stack: &str| {
        let rule = loaded(&toml(body)).items[0].rule.clone();
        let conversion = convert(&rule, Target::Elastic, &on(stack));
        (conversion.status == Status::Refused).then(|| conversion.losses[0].message.clone())
    };
    let eql = |query: &str| format!("type = \"eql\"\nlanguage = \"eql\"\nquery = '{query}'\n");
    let sample = eql("sample by x [any where a == 1] [any where a == 2]");
    assert!(refused(&sample, "8.5").unwrap().contains("`sample` came with 8.6.0"));
    assert_eq!(refused(&sample, "8.6"), None);
    let missing = eql("sequence by x with maxspan=1m [any where a == 1] ![any where a == 2]");
    assert!(refused(&missing, "8.8").unwrap().contains("8.9.0"));
    assert_eq!(refused(&missing, "8.9"), None);
    let piped = "type = \"esql\"\nlanguage = \"esql\"\n\
         query = 'from a metadata _id, _version, _index | fork (where b == 1 | sample 0.5) (where c == 1) | keep *'\n";
    assert!(refused(piped, "8.10").unwrap().contains("the type `esql` came with 8.11.0"));
    assert!(refused(piped, "9.0").unwrap().contains("`fork` came with 9.1.0"));
    assert_eq!(refused(piped, "9.1"), None);
}

#[test]
fn a_rule_for_later_stacks_passes_only_when_asked() {
    let text = toml(QUERY).replace("maturity", "min_stack_comments = \"c\"\nmin_stack_version = \"9.4.0\"\nmaturity");
    let rule = rule(&text);
    let at = |stack: &str, max_loss| convert(&rule, Target::Elastic, &Options { max_loss, ..on(stack) }).status;
    assert_eq!(at("9.4", MaxLoss::Widened), Status::Exact);
    assert_eq!(at("9.3", MaxLoss::Widened), Status::Refused);
    assert_eq!(at("9.3", MaxLoss::Any), Status::Unknown);
}
