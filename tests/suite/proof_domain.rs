//! Which events a proof speaks of: those that the log source has, written as its vendor writes them. One test for each class of false
//! alarms, with a mistake beside it that must still be found.

use detc::backend::{Conversion, Options, Target, convert};
use detc::fidelity::{MaxLoss, code};
use detc::frontend::{Context, load};
use detc::ir::Rule;
use detc::proof::{Proof, Verdict, prove_conversion};
use detc::source::{Companions, NoCompanions, SourceFile};

pub(super) fn sigma(source: &str, detection: &str) -> Rule {
    let text = format!("title: T\nlogsource:\n    {source}\ndetection:\n{detection}");
    let loaded = load(SourceFile::new("a.yml", text), &Context::beside(&NoCompanions));
    assert!(loaded.diagnostics.is_empty(), "{:?}", loaded.diagnostics);
    loaded.items.into_iter().next().unwrap().rule
}

fn elastic(index: &str, query: &str) -> Rule {
    let text = format!(
        "[metadata]\nmaturity = \"production\"\n[rule]\nname = \"T\"\nrule_id = \"0a6b0d70-9f1f-4f0a-8c2b-5d1f7c8b9a01\"\ndescription = \"d\"\nseverity = \"low\"\nrisk_score = 21\ntype = \"eql\"\nlanguage = \"eql\"\nindex = [\"{index}\"]\nquery = '''\n{query}\n'''\n"
    );
    load(SourceFile::new("a.toml", text), &Context::beside(&NoCompanions)).items.into_iter().next().unwrap().rule
}

/// The code of a Panther rule.
struct Code(String);

impl Companions for Code {
    fn companion(&self, _main: &str, relative: &str) -> Option<SourceFile> {
        Some(SourceFile::new(relative, self.0.clone()))
    }
}

fn panther(log_type: &str, code: &str) -> Rule {
    let text = format!(
        "AnalysisType: rule\nFilename: a.py\nRuleID: A.B\nEnabled: true\nSeverity: Low\nLogTypes:\n  - {log_type}\n"
    );
    let code = Code(format!("def rule(event):\n    return {code}\n"));
    load(SourceFile::new("a.yml", text), &Context::beside(&code)).items.into_iter().next().unwrap().rule
}

fn converted(rule: &Rule, target: Target) -> Conversion {
    let conversion = convert(rule, target, &Options { max_loss: MaxLoss::Any, ..Options::default() });
    assert!(!conversion.outputs.is_empty(), "{:?}", conversion.losses);
    conversion
}

pub(super) fn proof(rule: &Rule, target: Target) -> Proof {
    prove_conversion(rule, &[], target, &converted(rule, target)).unwrap()
}

fn holds(rule: &Rule, target: Target) -> Proof {
    let proof = proof(rule, target);
    assert!(proof.verdict >= Verdict::Tested, "{proof:#?}");
    proof
}

pub(super) fn differs_with(rule: &Rule, target: Target, right: &str, wrong: &str) {
    let mut conversion = converted(rule, target);
    let text = &mut conversion.outputs[0].text;
    assert!(text.contains(right), "no `{right}` in\n{text}");
    *text = text.replacen(right, wrong, 1);
    let proof = prove_conversion(rule, &[], target, &conversion).unwrap();
    assert_eq!(proof.verdict, Verdict::Differs, "`{wrong}` for `{right}`: {proof:#?}");
}

const IMPHASH: &str = "22F4089EB8ABA31E1BB162C6D9BF72E5";

/// Sysmon writes `KIND=DIGITS` with all digits: a longer text is no hash.
#[test]
fn hashes_have_all_their_digits_and_no_more() {
    let rule = sigma(
        "product: windows\n    category: process_creation",
        &format!("    a:\n        Hashes|contains: IMPHASH={IMPHASH}\n    condition: a\n"),
    );
    holds(&rule, Target::Eql);
    differs_with(&rule, Target::Eql, "process.pe.imphash", "process.hash.md5");
    differs_with(&rule, Target::Eql, &IMPHASH.to_lowercase(), "00000000000000000000000000000000");
}

/// The number 1 and the text `1` are the same text in the index; the type beside it tells them apart.
#[test]
fn numbers_in_the_registry_are_not_texts() {
    let rule = sigma(
        "product: windows\n    category: registry_set",
        "    a:\n        TargetObject|endswith: \\Shadow\n        Details: DWORD (0x00000001)\n    condition: a\n",
    );
    holds(&rule, Target::Eql);
    let text = converted(&rule, Target::Eql).outputs[0].text.clone();
    assert!(text.contains("registry.data.type"), "{text}");
    differs_with(&rule, Target::Eql, "\"1\"", "\"2\"");
}

/// `ProcessName` and `NewProcessName` become one field, and no event has both.
#[test]
fn fields_of_other_events_are_not_in_the_way() {
    let rule = sigma(
        "product: windows\n    service: security",
        "    a:\n        EventID: 4616\n    b:\n        ProcessName: C:\\Windows\\System32\\svchost.exe\n    condition: a and not b\n",
    );
    holds(&rule, Target::Eql);
    differs_with(&rule, Target::Eql, "\"4616\"", "\"4617\"");
}

/// What every event of the log source has in a field is there, whether or not a rule asks for it.
#[test]
fn the_channel_of_the_log_source_is_in_its_events() {
    let rule = sigma(
        "product: windows\n    service: system",
        "    a:\n        EventID: 104\n    b:\n        Channel: System\n    condition: a and not b\n",
    );
    // It never fires: the source's events all have that channel.
    assert_eq!(proof(&rule, Target::Eql).verdict, Verdict::NotRun);
    let rule = sigma(
        "product: windows\n    service: system",
        "    a:\n        EventID: 104\n        Channel: System\n    condition: a\n",
    );
    holds(&rule, Target::Eql);
}

/// `$` stands before a last line break in Sigma's dialect, the end of a whole value does not: the conversion says what it takes for granted.
#[test]
fn a_dollar_sign_assumes_texts_of_one_line() {
    let rule = sigma(
        "product: windows\n    service: security",
        "    a:\n        EventID: 4625\n        WorkstationName|re: '^[A-Z]{4}$'\n    condition: a\n",
    );
    let proof = holds(&rule, Target::Eql);
    assert!(proof.assumes.iter().any(|said| said.ends_with("holds no line breaks")), "{:?}", proof.assumes);
    differs_with(&rule, Target::Eql, "{4}", "{5}");
}

/// A number in a keyword field is its text to a query, in every language.
#[test]
fn queries_see_numbers_in_keyword_fields_as_texts() {
    let rule =
        elastic("logs-endpoint.events.process-*", "process where process.name : \"a\" and not user.name : \"B*\"");
    holds(&rule, Target::Esql);
}

/// Sensors write `event.action` in several ways; the rule names those that it is made for.
#[test]
fn a_rule_is_held_against_the_sensors_that_it_asks_for() {
    let rule = elastic(
        "logs-endpoint.events.process-*",
        "process where host.os.type == \"linux\" and event.type == \"start\" and event.action == \"exec\" and process.name == \"curl\"",
    );
    holds(&rule, Target::Sigma);
    differs_with(&rule, Target::Sigma, "/curl", "/wget");
}

/// A list of one value is that value in the index, and something else in Python.
#[test]
fn a_value_in_an_object_is_taken_for_no_list() {
    let rule = panther("AWS.CloudTrail", "event.deep_get('requestParameters', 'policyArn', default='') == 'arn:x'");
    let proof = holds(&rule, Target::Eql);
    assert!(proof.assumes.iter().any(|said| said.ends_with("is never a list")), "{:?}", proof.assumes);
}

/// An object that is indexed as keywords has `true` as the text `true`: the test was taken for one that nothing passes.
#[test]
fn truth_values_in_flattened_objects_are_texts() {
    let rule = panther("GCP.AuditLog", "event.deep_get('protoPayload', 'request', 'spec', 'hostPID') is True");
    holds(&rule, Target::Eql);
    differs_with(&rule, Target::Eql, "\"true\"", "\"false\"");
}

/// Python's `not x` holds of false, which a boolean field has.
#[test]
fn what_is_not_true_is_false_too() {
    let rule = panther("AWS.CloudTrail", "event.get('eventName') == 'X' and event.get('readOnly') == 0");
    holds(&rule, Target::Eql);
    differs_with(&rule, Target::Eql, "false", "true");
}

/// Panther reads keys without regard to case, and its tests write them so.
#[test]
fn keys_in_another_case_travel_too() {
    let mut rule = panther("Okta.SystemLog", "event.get('eventType') == 'user.account.lock'");
    let test = "- Name: t\n  ExpectedResult: true\n  Log: {eventtype: user.account.lock}\n";
    let with_test = format!(
        "AnalysisType: rule\nFilename: a.py\nRuleID: A.B\nEnabled: true\nSeverity: Low\nLogTypes:\n  - Okta.SystemLog\nTests:\n{}",
        test.lines().map(|line| format!("  {line}\n")).collect::<String>()
    );
    let code = Code("def rule(event):\n    return event.get('eventType') == 'user.account.lock'\n".to_owned());
    rule.tests = load(SourceFile::new("a.yml", with_test), &Context::beside(&code)).items.remove(0).rule.tests;
    assert_eq!(rule.tests.len(), 1);
    holds(&rule, Target::Eql);
}

/// A test of one value holds for none of several, and neither does its negation: what is lost is alerts either way.
#[test]
fn negations_over_lists_lose_alerts_in_single_valued_languages() {
    let rule =
        elastic("logs-endpoint.events.process-*", "process where process.name == \"x\" and not process.args : \"-c*\"");
    let conversion = converted(&rule, Target::Esql);
    assert_eq!(conversion.status, detc::backend::Status::Narrowed, "{:?}", conversion.losses);
    holds(&rule, Target::Esql);
}

/// One document has one index, whatever each side's rule says of where it looks.
#[test]
fn both_sides_of_one_document_see_the_same_index() {
    let rule = elastic(
        "winlogbeat-*",
        "iam where startsWith~(winlog.event_data.DnsHostName, substring(winlog.event_data.TargetUserName, 0, length(winlog.event_data.TargetUserName) - 1))",
    );
    holds(&rule, Target::Native);
}

pub(super) fn proved(rule: &Rule, target: Target) -> Proof {
    let proof = proof(rule, target);
    assert_eq!(proof.verdict, Verdict::Proved, "{proof:#?}");
    proof
}

/// Whether one of a list's values is the text: EQL tests each item, ES|QL asks `MV_CONTAINS`.
#[test]
fn a_list_contains_what_one_of_its_items_equals() {
    let rule =
        elastic("logs-endpoint.events.process-*", "process where event.type == \"start\" and process.name == \"a\"");
    let text = converted(&rule, Target::Esql).outputs[0].text.clone();
    assert!(text.contains("MV_CONTAINS(event.type, \"start\")"), "{text}");
    proved(&rule, Target::Esql);
    differs_with(&rule, Target::Esql, "\"start\"", "\"end\"");
}

/// Python's `upper` leaves more than ASCII letters as these; the verdict says what it rests on.
#[test]
fn texts_in_upper_case_are_compared_without_case() {
    let code = "event.get('category') == 'AuditLogs' and event.get('operationName', '').upper() == 'WRITE'";
    let rule = panther("Azure.Audit", code);
    let proof = proved(&rule, Target::Sigma);
    assert!(proof.assumes.iter().any(|said| said.contains("U+0131")), "{:?}", proof.assumes);
    differs_with(&rule, Target::Sigma, "WRITE", "WROTE");
    differs_with(&rule, Target::Sigma, "operationName", "operationName|cased");
}

/// A value of any type: what Python says of each type is said behind a guard of that type in what is emitted.
#[test]
fn values_of_any_type_are_taken_apart_by_type() {
    let rule = panther("Custom.Log", "'owner' in event.deep_get('roles', default=[])");
    let text = converted(&rule, Target::Panther).outputs.iter().map(|output| output.text.clone()).collect::<String>();
    assert!(text.contains("isinstance"), "{text}");
    proved(&rule, Target::Panther);
}

/// Each sensor names the action in its own way: what only one of them writes keeps no event of the others away.
#[test]
fn an_exclusion_by_what_one_sensor_writes_takes_no_alert_away() {
    let query = "process where host.os.type == \"windows\" and event.type == \"start\" and process.parent.name : \"a.exe\" and not (event.action == \"ProcessRollup2\" and process.executable : \"?:\\\\b.exe\")";
    let rule = elastic("logs-endpoint.events.process-*", query);
    let text = converted(&rule, Target::Sigma).outputs[0].text.clone();
    assert!(!text.contains("b.exe"), "{text}");
    holds(&rule, Target::Sigma);
}

/// A bound on the count of all events is one on no events too when it lets none through.
#[test]
fn a_count_of_all_events_is_a_threshold() {
    let text = "FROM logs-* | WHERE event.action == \"a\" | STATS c = COUNT(*) | WHERE c >= 3";
    let read = |text: &str| {
        let (item, _) =
            detc::frontend::load_query(detc::frontend::Language::Esql, text, &detc::frontend::QueryOptions::default());
        matches!(item.rule.logic, detc::ir::Logic::Threshold(_))
    };
    assert!(read(text));
    assert!(!read(&text.replace(">= 3", ">= 0")) && !read(&text.replace(">= 3", "< 3")));
}

/// `Azure.Audit` has two kinds of events, told apart by their category: an event with neither is of no log source, wherever a rule for
/// the one or the other comes from.
#[test]
fn events_of_a_log_type_are_of_one_of_its_log_sources() {
    let of_sigma =
        sigma("product: azure\n    service: signinlogs", "    a:\n        ResultType: 50053\n    condition: a\n");
    holds(&of_sigma, Target::Panther);
    differs_with(&of_sigma, Target::Panther, "    \"NonInteractiveUserSignInLogs\",\n", "");
    let of_elastic = elastic("logs-azure.signinlogs-*", "any where azure.signinlogs.properties.app_id == \"a\"");
    holds(&of_elastic, Target::Panther);
    differs_with(&of_elastic, Target::Panther, "appId", "resourceId");
}

/// The name of the service stands in no field of the log type, which has the application's in its place: both are there in an event.
#[test]
fn what_tells_events_apart_is_there_in_every_spelling() {
    let rule = sigma(
        "product: gcp\n    service: google_workspace.admin",
        "    a:\n        eventService: admin.googleapis.com\n        eventName: REMOVE_APPLICATION\n    condition: a\n",
    );
    holds(&rule, Target::Panther);
    differs_with(&rule, Target::Panther, "remove_application", "add_application");
}

/// Only sign-ins have an error code. Nothing tells of whose events `operationName` is.
#[test]
fn a_rule_of_a_log_type_is_of_the_log_source_that_has_its_fields() {
    let service = |rule: &Rule, target| {
        let text = converted(rule, target).outputs[0].text.clone();
        let names = ["signinlogs", "auditlogs"].map(|name| text.contains(name));
        (names, converted(rule, target).losses.into_iter().map(|loss| loss.code.name).collect::<Vec<_>>())
    };
    let sign_ins = panther("Azure.Audit", "event.deep_get('properties', 'status', 'errorCode') == 50053");
    assert_eq!(service(&sign_ins, Target::Sigma).0, [true, false]);
    assert_eq!(service(&sign_ins, Target::Eql).0, [true, false]);
    holds(&sign_ins, Target::Eql);
    let asked = panther("Azure.Audit", "event.get('category') == 'SignInLogs' and event.get('operationName') == 'a'");
    assert!(!service(&asked, Target::Sigma).0[1]);
    let (_, losses) = service(&panther("Azure.Audit", "event.get('operationName') == 'a'"), Target::Sigma);
    assert!(losses.contains(&code::LOG_SOURCE_NARROWER.name), "{losses:?}");
}

/// `É` is no `é` where Elasticsearch ignores case, and neither is it in the Python that is written.
#[test]
fn the_case_of_other_letters_than_ascii_counts() {
    let query = "process where host.os.type == \"windows\" and event.type == \"start\" and process.command_line like~ (\"*Äb*\", \"Éa\")";
    let rule = elastic("logs-endpoint.events.process-*", query);
    holds(&rule, Target::Panther);
    differs_with(
        &rule,
        Target::Panther,
        "re.fullmatch(\n            \".*Äb.*\"",
        "re.fullmatch(\n            \".*äb.*\"",
    );
}

/// What was written to the registry is one text in Windows' event and in Panther's; only the document has a list.
#[test]
fn the_registrys_data_is_one_text_in_the_event() {
    let detection =
        "    a:\n        TargetObject|endswith: '\\Run\\x'\n        Details: 'DWORD (0x00000001)'\n    condition: a\n";
    let rule = sigma("product: windows\n    category: registry_set", detection);
    holds(&rule, Target::Panther);
    holds(&rule, Target::Eql);
    differs_with(&rule, Target::Panther, "0x00000001", "0x00000002");
}

/// Keywords and the values of fields that are lists: the module's helpers are known when it is read again.
#[test]
fn searches_through_all_fields_and_lists_are_read_again() {
    let keywords =
        sigma("product: okta\n    service: okta", "    keywords:\n        - mimikatz\n    condition: keywords\n");
    holds(&keywords, Target::Panther);
    differs_with(&keywords, Target::Panther, "mimikatz", "mimidog");
    let list = sigma("product: okta\n    service: okta", "    a:\n        target.displayName: x\n    condition: a\n");
    holds(&list, Target::Panther);
    differs_with(&list, Target::Panther, "values(event.get(\"target\"))", "values(event.get(\"actor\"))");
}

/// `modifiedProperties` is a list in each of the items of another list.
#[test]
fn lists_in_lists_are_gone_through() {
    let field = "TargetResources.ModifiedProperties.NewValue";
    let rule =
        sigma("product: azure\n    service: auditlogs", &format!("    a:\n        {field}: x\n    condition: a\n"));
    holds(&rule, Target::Panther);
    differs_with(&rule, Target::Panther, "newValue", "oldValue");
}

/// `True < 7` in Python; a field of numbers has no truth values.
#[test]
fn a_bound_of_numbers_takes_no_truth_values() {
    let rule = panther("AWS.CloudTrail", "event.deep_get('requestParameters', 'days', default=9) < 7");
    holds(&rule, Target::Sigma);
    differs_with(&rule, Target::Sigma, "lt: 7", "lt: 6");
}

/// A text of digits is no number in Python, and each is the other for Sigma.
#[test]
fn a_text_of_digits_is_taken_for_a_text() {
    let rule = panther("AWS.CloudTrail", "event.deep_get('requestParameters', 'port') not in {'22', '23'}");
    holds(&rule, Target::Sigma);
    differs_with(&rule, Target::Sigma, "'22'", "'21'");
}

/// `steps` with a text before the one that is looked for: Python raises at the text, and the rule is silent.
#[test]
fn an_error_on_an_item_is_a_stated_loss() {
    let code = "any('checkout' in step.get('name', '').lower() for step in event.deep_get('workflow_job', 'steps', default=[]))";
    let rule = panther("GitHub.Webhook", code);
    let losses: Vec<_> = converted(&rule, Target::Sigma).losses.into_iter().map(|loss| loss.code.name).collect();
    assert!(losses.contains(&code::ERROR_SEMANTICS.name), "{losses:?}");
    holds(&rule, Target::Sigma);
}

/// What a function makes is not modelled here; the stages are the same, and so are the conditions, in other words.
#[test]
fn pipelines_of_the_same_stages_are_proved() {
    let query = "from logs-endpoint.events.process-* metadata _id, _version, _index | where kql(\"process.name: (a or b)\") | eval Esql.n = length(process.name) | grok process.name \"%{WORD:w}\" | where w == \"a\" and Esql.n > 3 | keep *";
    let text = format!(
        "[metadata]\nmaturity = \"production\"\n[rule]\nname = \"T\"\nrule_id = \"0a6b0d70-9f1f-4f0a-8c2b-5d1f7c8b9a01\"\ndescription = \"d\"\nseverity = \"low\"\nrisk_score = 21\ntype = \"esql\"\nlanguage = \"esql\"\nquery = '''\n{query}\n'''\n"
    );
    let rule = load(SourceFile::new("a.toml", text), &Context::beside(&NoCompanions)).items.swap_remove(0).rule;
    proved(&rule, Target::Esql);
    let mut conversion = converted(&rule, Target::Esql);
    let text = &mut conversion.outputs[0].text;
    *text = text.replacen("> 3", "> 4", 1);
    let verdict = prove_conversion(&rule, &[], Target::Esql, &conversion).unwrap().verdict;
    assert_ne!(verdict, Verdict::Proved);
}
