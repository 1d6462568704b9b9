//! Seeded mistakes in ES|QL: each is found, at its place, by its lint, and nothing else is.

use crate::shared::{corpus, texts};
use detc::frontend::{Context, Format, Language, Loaded, QueryOptions, load, load_query};
use detc::lang::esql;
use detc::lint::{self, Settings, check_file};
use detc::report::{Finding, Findings, human};
use detc::source::{Diagnostic, Level, SourceFile, Unit};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::ops::Range;

#[derive(Deserialize)]
struct Fixture {
    mistake: Vec<Mistake>,
}

#[derive(Deserialize)]
struct Mistake {
    name: String,
    lint: String,
    #[serde(default)]
    rule: bool,
    /// With marks around what the lint points at.
    query: String,
}

fn mistakes() -> Vec<Mistake> {
    let fixture: Fixture = toml::from_str(include_str!("../fixtures/esql_mistakes.toml")).unwrap();
    fixture.mistake
}

impl Mistake {
    fn text(&self) -> String {
        self.query.replace(['⟦', '⟧'], "")
    }

    fn mark(&self) -> &str {
        self.query.split_once('⟦').and_then(|(_, rest)| rest.split_once('⟧')).unwrap().0
    }

    fn offset(&self) -> usize {
        self.query.find('⟦').unwrap()
    }

    fn load(&self) -> Loaded {
        if self.rule {
            let query = self.text();
            let text = format!(
                "[metadata]\nmaturity = \"production\"\n\n[rule]\nname = \"Shows a mistake\"\ntype = \"esql\"\nlanguage = \"esql\"\nquery = '''{query}'''\n"
            );
            return load(SourceFile::new("mistake.toml", text), &Context::default());
        }
        let file = SourceFile::new("mistake.esql", self.text());
        let (item, diagnostics) = load_query(Language::Esql, &file.text, &QueryOptions::default());
        Loaded { unit: Unit::new(file), format: Format::Other, documents: Vec::new(), items: vec![item], diagnostics }
    }
}

/// What is said of the query: in a rule the keys that it lacks do not matter here.
fn findings(loaded: &Loaded) -> Vec<Diagnostic> {
    let mut found = check_file(loaded, &Settings::defaults());
    found.retain(|diagnostic| diagnostic.lint.starts_with("esql-") || diagnostic.lint == "syntax");
    found
}

#[test]
fn each_mistake_is_found_where_it_stands_and_nothing_else() {
    let mut wrong = Vec::new();
    for mistake in mistakes() {
        let loaded = mistake.load();
        let found = findings(&loaded);
        let start = loaded.unit.main().text.find(&mistake.text()).unwrap() + mistake.offset();
        let expected: Range<usize> = start..start + mistake.mark().len();
        let is = |diagnostic: &Diagnostic| {
            diagnostic.lint == mistake.lint && diagnostic.location.span.range() == expected && diagnostic.help.is_some()
        };
        if found.len() != 1 || !found.iter().all(is) {
            let told: Vec<String> = found
                .iter()
                .map(|d| format!("{} at `{}`: {}", d.lint, loaded.unit.slice(d.location), d.message))
                .collect();
            wrong.push(format!("{}: expected {} at `{}`, found {told:#?}", mistake.name, mistake.lint, mistake.mark()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(mistakes().len() >= 60);
}

#[test]
fn the_mistakes_as_people_see_them() {
    let mut shown = String::new();
    for mistake in mistakes() {
        let loaded = mistake.load();
        let found = findings(&loaded);
        let findings = found.iter().map(|diagnostic| Finding { unit: &loaded.unit, diagnostic }).collect();
        let findings = Findings { files: 1, rules: 1, findings };
        let text = human::render(&findings, human::Style { color: false, width: 160 });
        let body = text.trim_end().rsplit_once('\n').map_or("", |(body, _summary)| body);
        let _ = writeln!(shown, "# {}\n{}\n", mistake.name, body.trim_end());
    }
    insta::with_settings!({ snapshot_path => "../../snapshots", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("esql_mistakes", shown);
    });
}

#[test]
fn mistakes_that_can_be_read_print_as_themselves() {
    let mut read = 0;
    for mistake in mistakes() {
        let text = mistake.text();
        let parsed = esql::parse(&text);
        let Some(query) = parsed.query.filter(|_| parsed.problems.is_empty()) else {
            assert_eq!(mistake.lint, "syntax", "{text}: {:?}", parsed.problems);
            continue;
        };
        let printed = esql::print(&query);
        assert_eq!(esql::parse(&printed).query.as_ref(), Some(&query), "{printed}");
        read += 1;
    }
    assert!(read >= 60);
}

#[test]
fn every_lint_of_the_family_has_a_mistake() {
    let all = mistakes();
    for meta in lint::all().iter().filter(|meta| meta.family == "esql") {
        assert!(all.iter().any(|mistake| mistake.lint == meta.name), "{}", meta.name);
    }
}

/// The columns that no table at hand has, notes because the tables are behind their packages: each looked up in the fields that its package declares (elastic/integrations): none of them is
/// declared there either, save `azure.resource.*` which another version of its package declares, and
/// `azure.tenant_id`, which other datasets of its package have.
const UNKNOWN: [(&str, &str); 21] = [
    ("aws_bedrock_execution_without_guardrails.toml", "gen_ai.guardrail_id"),
    ("aws_bedrock_guardrails_multiple_violations_by_single_user.toml", "gen_ai.request.model.id"),
    ("aws_bedrock_guardrails_multiple_violations_in_single_request.toml", "gen_ai.request.model.id"),
    ("aws_bedrock_multiple_attempts_to_use_denied_models_by_user.toml", "gen_ai.request.model.id"),
    ("aws_bedrock_multiple_validation_exception_errors_by_single_user.toml", "gen_ai.request.model.id"),
    ("azure_openai_denial_of_ml_service_detection.toml", "azure.resource.name"),
    ("azure_openai_insecure_output_handling_detection.toml", "azure.resource.name"),
    ("azure_openai_model_theft_detection.toml", "azure.resource.group"),
    ("azure_openai_model_theft_detection.toml", "azure.resource.name"),
    ("collection_onedrive_excessive_file_downloads.toml", "application.name"),
    ("collection_onedrive_excessive_file_downloads.toml", "session.id"),
    ("collection_onedrive_excessive_file_downloads.toml", "token.id"),
    (AGENTCORE_KEYS, "aws.bedrock_agentcore.operation"),
    (AGENTCORE_KEYS, "aws.bedrock_agentcore.request_payload.prompt"),
    (AGENTCORE_HARVEST, "aws.bedrock_agentcore.operation"),
    (AGENTCORE_HARVEST, "aws.bedrock_agentcore.request_payload.prompt"),
    ("credential_access_okta_aitm_session_cookie_replay.toml", "okta.authentication_context.root_session_id"),
    ("discovery_aad_graph_high_4xx_ratio_by_user.toml", "azure.tenant_id"),
    ("discovery_aad_graph_roadrecon_aiohttp_enumeration.toml", "azure.tenant_id"),
    ("discovery_aad_graph_suspicious_user_agent.toml", "azure.tenant_id"),
    ("execution_bedrock_high_risk_tool_invocation.toml", "gen_ai.request.model.id"),
];
const AGENTCORE_KEYS: &str = "credential_access_bedrock_agentcore_runtime_prompt_containing_credentials.toml";
const AGENTCORE_HARVEST: &str = "credential_access_bedrock_agentcore_runtime_prompt_credential_harvesting.toml";

/// The published rules run in production, so nothing that the query alone shows may be found in them.
#[test]
fn in_the_published_rules_only_the_tables_miss_columns() {
    let Some(folder) = corpus("elastic") else { return };
    let mut unknown: BTreeSet<(String, String)> = BTreeSet::new();
    let (mut rules, mut unprefixed) = (0, BTreeSet::new());
    for (path, text) in texts(&folder, &["toml"]) {
        if !text.contains("type = \"esql\"") {
            continue;
        }
        rules += 1;
        let file = path.file_name().unwrap().to_string_lossy().into_owned();
        let loaded = load(SourceFile::new(path.display().to_string(), text), &Context::default());
        for found in findings(&loaded) {
            match (found.lint, found.level) {
                ("esql-unknown-column", Level::Note) => {
                    unknown.insert((file.clone(), loaded.unit.slice(found.location).to_owned()));
                }
                ("esql-column-prefix", Level::Note) => drop(unprefixed.insert(file.clone())),
                _ => panic!("{file}: {} {}", found.lint, found.message),
            }
        }
    }
    let expected: BTreeSet<(String, String)> =
        UNKNOWN.iter().map(|(file, column)| ((*file).to_owned(), (*column).to_owned())).collect();
    assert_eq!(unknown, expected);
    assert_eq!((rules, unprefixed.len()), (212, 9));
}
