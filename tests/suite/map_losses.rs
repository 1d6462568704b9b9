//! Tests whose field has no one counterpart: what is said instead, what that costs, and which way it goes.

use crate::shared::shared;
use detc::backend::{Conversion, Options, Status, Target, convert};
use detc::fidelity::MaxLoss;
use detc::frontend::{Context, load};
use detc::ir::Rule;
use detc::source::{Companions, NoCompanions, SourceFile};

pub(crate) fn rule(name: &str, text: &str) -> Rule {
    let loaded = load(SourceFile::new(name, text), &Context::beside(&NoCompanions));
    assert!(loaded.diagnostics.is_empty(), "{:?}", loaded.diagnostics);
    loaded.items.into_iter().next().unwrap().rule
}

pub(crate) fn converted(name: &str, text: &str, target: Target, max_loss: MaxLoss) -> Conversion {
    convert(&rule(name, text), target, &Options { max_loss, ..Options::default() })
}

/// The status, the codes that are no metadata, and the text.
pub(crate) fn told(conversion: &Conversion) -> (Status, Vec<&'static str>, &str) {
    let mut codes: Vec<_> = conversion.losses.iter().map(|loss| loss.code.id).filter(|id| *id < "L4").collect();
    codes.sort_unstable();
    codes.dedup();
    (conversion.status, codes, conversion.outputs.first().map_or("", |output| output.text.as_str()))
}

pub(crate) fn sigma(logsource: &str, detection: &str) -> String {
    format!(
        "title: T\nid: 7d7a5a3c-7b6d-4d8e-9b52-5c7f2a7b9f10\nstatus: test\nlogsource:\n  {logsource}\ndetection:\n  {detection}\nlevel: low\n"
    )
}

pub(crate) fn elastic(index: &str, language: &str, query: &str) -> String {
    let kind = if language == "eql" { "eql" } else { "query" };
    format!(
        "[rule]\nauthor = [\"A\"]\ndescription = \"D\"\nindex = [\"{index}\"]\nlanguage = \"{language}\"\nlicense = \"MIT\"\nname = \"N\"\nrisk_score = 21\nrule_id = \"0b6a5f0c-9f0a-4f4b-9f0e-2b1f0c9a7d11\"\nseverity = \"low\"\ntype = \"{kind}\"\nquery = '''{query}'''\n"
    )
}

/// A document of auditd joins the records of an event (go-libaudit, aucoalesce): `process.args` has all arguments of EXECVE, `auditd.paths`
/// all PATH records.
#[test]
fn records_that_a_document_joins() {
    let rule = sigma(
        "product: linux\n  service: auditd",
        "sel:\n    type: EXECVE\n    a0: chattr\n    a1|contains: '-i'\n  condition: sel",
    );
    let conversion = converted("a.yml", &rule, Target::Eql, MaxLoss::Widened);
    let (status, codes, text) = told(&conversion);
    assert_eq!((status, codes), (Status::Widened, vec!["L102"]));
    assert!(text.contains("process.args != null"), "{text}");
    assert!(text.contains("process.args : \"chattr\" or auditd.data.a0 : \"chattr\""), "{text}");

    let rule = sigma(
        "product: linux\n  service: auditd",
        "sel:\n    type: PATH\n    name: /etc/shadow\n  no:\n    name: /etc/hosts\n  condition: sel and not no",
    );
    let conversion = converted("a.yml", &rule, Target::Eql, MaxLoss::Widened);
    let (status, codes, text) = told(&conversion);
    assert_eq!((status, codes), (Status::Widened, vec!["L102"]));
    assert!(text.contains("auditd.paths.name : \"/etc/shadow\"") && !text.contains("/etc/hosts"), "{text}");
    assert!(conversion.losses.iter().any(|loss| loss.code.id == "L602"));
}

/// Winlogbeat names the data of an event that have no names `param1`, `param2`, ..
#[test]
fn data_without_names_are_in_numbered_fields() {
    let rule = sigma(
        "product: windows\n  service: application",
        "sel:\n    Provider_Name: MsiInstaller\n    EventID: 1040\n    Data|contains: '://'\n  condition: sel",
    );
    let conversion = converted("a.yml", &rule, Target::Eql, MaxLoss::Widened);
    let (status, codes, text) = told(&conversion);
    assert_eq!((status, codes), (Status::Widened, vec!["L102"]));
    for number in 1..=8 {
        assert!(text.contains(&format!("winlog.event_data.param{number}")), "{text}");
    }
}

/// `Success` and `Succeeded` both become `event.outcome: success`: a test for one finds the other too, and an exclusion would exclude it.
#[test]
fn a_value_that_others_become_too() {
    let source = "product: m365\n  service: audit";
    let asked = sigma(source, "sel:\n    Operation: UserLoggedIn\n    ResultStatus: Success\n  condition: sel");
    let conversion = converted("a.yml", &asked, Target::Eql, MaxLoss::Widened);
    let (status, codes, text) = told(&conversion);
    assert_eq!((status, codes), (Status::Widened, vec!["L103"]));
    assert!(text.contains("event.outcome == \"success\""), "{text}");

    let excluded = sigma(
        source,
        "sel:\n    Operation: UserLoggedIn\n  no:\n    ResultStatus: Success\n  condition: sel and not no",
    );
    let conversion = converted("a.yml", &excluded, Target::Eql, MaxLoss::Widened);
    let (status, codes, text) = told(&conversion);
    assert_eq!((status, codes), (Status::Widened, vec!["L103"]));
    assert!(!text.contains("outcome"), "{text}");
}

/// Okta's list of event types: a login that failed and one that succeeded are two older types and one newer. No other older type is known.
#[test]
fn the_older_types_of_events_say_more_than_the_newer() {
    let older = |name: &str| {
        sigma("product: okta\n  service: okta", &format!("sel:\n    legacyEventType: {name}\n  condition: sel"))
    };
    for (name, status) in
        [("core.user_auth.login_failed", Status::Widened), ("core.user_auth.logout_success", Status::Metadata)]
    {
        let conversion = converted("a.yml", &older(name), Target::Eql, MaxLoss::Widened);
        assert_eq!(conversion.status, status, "{name}: {:?}", conversion.losses);
        let wanted = if status == Status::Widened { "user.session.start" } else { "user.session.end" };
        assert!(conversion.outputs[0].text.contains(&format!("event.action == \"{wanted}\"")));
    }
    let unknown = converted("a.yml", &older("core.x"), Target::Eql, MaxLoss::Widened);
    assert_eq!(unknown.status, Status::Refused);
    assert!(unknown.losses.iter().any(|loss| loss.code.id == "L103"), "{:?}", unknown.losses);
}

/// The portal's column has the result or its reason; the log has a field for each.
#[test]
fn a_value_that_another_field_holds() {
    let source = "product: azure\n  service: auditlogs";
    for (value, wanted) in [
        ("Success", "event.outcome == \"success\""),
        ("Admin did it", "azure.auditlogs.properties.result_reason : \"Admin did it\""),
    ] {
        let asked = sigma(source, &format!("sel:\n    Status: {value}\n  condition: sel"));
        let conversion = converted("a.yml", &asked, Target::Eql, MaxLoss::Widened);
        let (status, codes, text) = told(&conversion);
        assert_eq!((status, codes), (Status::Metadata, vec![]), "{value}");
        assert!(text.contains(wanted), "{text}");
    }
    for (value, wanted) in [("Success", "\"result\""), ("Admin did it", "\"resultReason\"")] {
        let asked = sigma(source, &format!("sel:\n    Status: {value}\n  condition: sel"));
        let conversion = converted("a.yml", &asked, Target::Panther, MaxLoss::Widened);
        assert_eq!(conversion.status, Status::Exact, "{value}: {:?}", conversion.losses);
        assert!(conversion.outputs.iter().any(|output| output.text.contains(wanted)), "{value}");
    }
}

/// A list of objects holds no text: it is looked for in the fields of the objects, which finds more; an exclusion would exclude too much.
/// The index has a field for each place of the list: names with wildcards are those of KQL and of Lucene's query strings, not of EQL.
#[test]
fn a_text_that_is_looked_for_in_an_object() {
    let source = "product: azure\n  service: auditlogs";
    let detection = "sel:\n    properties.targetResources|contains: Admin\n  condition: sel";
    let conversion = converted("a.yml", &sigma(source, detection), Target::Lucene, MaxLoss::Widened);
    let (status, codes, text) = told(&conversion);
    assert_eq!((status, codes), (Status::Widened, vec!["L102"]));
    for field in ["display_name", "modified_properties.\\*.new_value"] {
        let test = format!("azure.auditlogs.properties.target_resources.\\*.{field}:/.*[aA][dD][mM][iI][nN].*/");
        assert!(text.contains(&test), "{text}");
    }
    let refused = [
        "sel:\n    properties.targetResources: Admin\n  condition: sel",
        "sel:\n    category: x\n  no:\n    properties.targetResources|contains: Admin\n  condition: sel and not no",
    ];
    for detection in refused {
        let conversion = converted("a.yml", &sigma(source, detection), Target::Lucene, MaxLoss::Widened);
        assert_eq!(told(&conversion), (Status::Refused, vec!["L102"], ""));
    }

    let detection = "sel:\n    targetResources.type|cased: User\n  no:\n    Target: null\n  condition: sel and not no";
    let rule = sigma(source, detection);
    let name = "azure.auditlogs.properties.target_resources.*";
    let wanted = format!("{name}.type:User and {name}.user_principal_name:*");
    let conversion = converted("a.yml", &rule, Target::Kql, MaxLoss::Widened);
    assert!(told(&conversion).2.contains(&wanted), "{:?}", told(&conversion));
    for target in [Target::Eql, Target::Esql] {
        assert_eq!(told(&converted("a.yml", &rule, target, MaxLoss::Any)).0, Status::Refused);
    }
}

/// `""` and nothing are one thing behind an ingest that drops empty values: together they are said exactly, `*` alone is an assumption.
#[test]
fn empty_and_missing_together() {
    let source = "product: azure\n  service: signinlogs";
    let both = sigma(
        source,
        "sel:\n    properties.riskState: atRisk\n  e1:\n    DeviceDetail.trusttype: ''\n  e2:\n    DeviceDetail.trusttype: null\n  condition: sel and 1 of e*",
    );
    let conversion = converted("a.yml", &both, Target::Eql, MaxLoss::Widened);
    let (status, codes, text) = told(&conversion);
    assert_eq!((status, codes), (Status::Metadata, vec![]));
    assert!(text.contains("azure.signinlogs.properties.device_detail.trust_type == null"), "{text}");

    let any = sigma(source, "sel:\n    DeviceDetail.trusttype: '*'\n  condition: sel");
    let conversion = converted("a.yml", &any, Target::Eql, MaxLoss::Widened);
    assert_eq!(told(&conversion).0, Status::Metadata);
    let said = "`azure.signinlogs.properties.device_detail.trust_type` is never an empty text";
    assert!(conversion.assumes.iter().any(|assumption| assumption.to_string() == said), "{:?}", conversion.assumes);
}

/// `in` a set raises on what has no hash, so the lifted condition asks for lists and objects; `eventName` is a text in every event.
#[test]
fn a_field_of_texts_is_not_taken_to_hold_lists() {
    struct Code;
    impl Companions for Code {
        fn companion(&self, _main: &str, relative: &str) -> Option<SourceFile> {
            let code = "KNOWN = {\"CreateServiceLinkedRole\"}\n\n\ndef rule(event):\n    return event.get(\"eventName\") not in KNOWN\n";
            Some(SourceFile::new(relative, code))
        }
    }
    let yaml = "AnalysisType: rule\nRuleID: A.B\nFilename: a.py\nEnabled: true\nSeverity: Low\nLogTypes:\n  - AWS.CloudTrail\n";
    let loaded = load(SourceFile::new("a.yml", yaml), &Context::beside(&Code));
    let conversion = convert(&loaded.items[0].rule, Target::Eql, &Options::default());
    let (status, codes, text) = told(&conversion);
    assert_eq!((status, codes), (Status::Metadata, vec![]));
    assert!(text.contains("event.action != \"CreateServiceLinkedRole\"") && !text.contains("null"), "{text}");
    assert!(conversion.assumes.iter().all(|assumption| !assumption.to_string().contains("array")));
}

/// The category of an event follows from its action, so the rule without it is wider; what a signature says may be the point of the rule.
#[test]
fn what_only_the_ingest_or_the_sensor_knows_is_left_out() {
    let action = "event.dataset: aws.cloudtrail and event.provider: iam.amazonaws.com and event.action: CreateUser";
    let rule = elastic("logs-aws.cloudtrail-*", "kuery", &format!("{action} and event.category: iam"));
    let conversion = converted("a.toml", &rule, Target::Sigma, MaxLoss::Widened);
    let (status, codes, text) = told(&conversion);
    assert_eq!((status, codes), (Status::Widened, vec!["L108"]));
    assert!(text.contains("eventName") && !text.contains("category: iam"), "{text}");

    let query = "process where host.os.type == \"windows\" and event.type == \"start\" and process.name : \"x.exe\" and process.code_signature.trusted == false";
    let rule = elastic("logs-endpoint.events.process-*", "eql", query);
    let refused = converted("a.toml", &rule, Target::Sigma, MaxLoss::Widened);
    assert_eq!((told(&refused).0, told(&refused).1), (Status::Refused, vec!["L108"]));
    let let_pass = converted("a.toml", &rule, Target::Sigma, MaxLoss::Any);
    assert_eq!(told(&let_pass).0, Status::Unknown);
}

/// A word of an analysed text is a part of it, in any case; an exclusion that looks for one is left out.
#[test]
fn words_of_analysed_text_are_parts_of_it() {
    let query = "powershell.file.script_block_text: (\"Get-Clipboard\" and \"New-Object Net.WebClient\") and not powershell.file.script_block_text: sentinelbreakpoints";
    let rule = elastic("logs-windows.powershell*", "kuery", &format!("host.os.type: windows and {query}"));
    let conversion = converted("a.toml", &rule, Target::Sigma, MaxLoss::Any);
    let (_, codes, text) = told(&conversion);
    assert!(codes.contains(&"L206"), "{codes:?}");
    assert!(text.to_ascii_lowercase().contains("get-clipboard") && !text.contains("sentinel"), "{text}");
}

/// A Beat's index holds many datasets: a rule that names none of them is not about the first one in the table.
#[test]
fn the_index_of_a_beat_says_no_dataset() {
    let rule = elastic("filebeat-*", "kuery", "network.transport: tcp and destination.port: 8000");
    let conversion = converted("a.toml", &rule, Target::Sigma, MaxLoss::Any);
    assert_eq!(told(&conversion).1, ["L106"]);
    let rule = elastic("filebeat-*", "kuery", "event.dataset: okta.system and event.action: user.session.start");
    let conversion = converted("a.toml", &rule, Target::Sigma, MaxLoss::Any);
    assert!(told(&conversion).2.contains("service: okta"), "{:?}", conversion.losses);
}

/// Windows pairs are XML or what Winlogbeat sends: the maps of the Security log, of Sysmon and of PowerShell are held against them.
#[test]
fn windows_maps_stand_against_their_pairs() {
    let Some(folder) = shared("fixtures/ingest") else { return };
    for (dataset, least) in
        [("system.security", 17), ("windows.sysmon_operational", 13), ("windows.powershell_operational", 6)]
    {
        let text = std::fs::read_to_string(folder.join(format!("{dataset}.jsonl"))).unwrap();
        let reports =
            detc::catalog::ingest::check(dataset, &detc::catalog::ingest::read_pairs(&text).unwrap()).unwrap();
        let confirmed = reports.iter().filter(|report| report.confirmed > 0).count();
        assert!(confirmed >= least, "{dataset}: {confirmed} rows");
        let wrong: Vec<_> =
            reports.iter().filter(|report| !report.differences.is_empty() && !report.row.ambiguous).collect();
        assert!(wrong.is_empty(), "{dataset}: {wrong:?}");
    }
}

/// Sigma's names of requests and DNS are those of the W3C's log format and of Zeek.
#[test]
fn requests_and_dns() {
    let rule = sigma(
        "category: proxy",
        "sel:\n    c-useragent|contains: 'sqlmap'\n    cs-host|endswith: '.example.com'\n    sc-status: 200\n  condition: sel",
    );
    let conversion = converted("a.yml", &rule, Target::Eql, MaxLoss::Metadata);
    let (_, codes, text) = told(&conversion);
    assert!(codes.is_empty(), "{codes:?}");
    for said in
        ["user_agent.original : \"*sqlmap*\"", "url.domain : \"*.example.com\"", "http.response.status_code == 200"]
    {
        assert!(text.contains(said), "{text}");
    }

    // The query is a field of its own in two of the three datasets, and stands behind the path in the third.
    let rule = sigma("category: webserver", "sel:\n    cs-uri-query|startswith: 'cmd='\n  condition: sel");
    let conversion = converted("a.yml", &rule, Target::Eql, MaxLoss::Widened);
    let (status, codes, text) = told(&conversion);
    assert_eq!((status, codes), (Status::Widened, vec!["L102"]));
    assert!(text.contains("url.query : \"cmd=*\" or url.original : \"*cmd=*\""), "{text}");

    let rule = sigma(
        "product: zeek\n  service: dns",
        "sel:\n    query|endswith: '.onion.ly'\n    id.orig_h|cidr: '10.0.0.0/8'\n  condition: sel",
    );
    let conversion = converted("a.yml", &rule, Target::Eql, MaxLoss::Metadata);
    let (_, codes, text) = told(&conversion);
    assert!(codes.is_empty(), "{codes:?}");
    assert!(
        text.contains("zeek.dns.query : \"*.onion.ly\"") && text.contains("cidrMatch(source.ip, \"10.0.0.0/8\")"),
        "{text}"
    );
}

/// Keys of Kubernetes' annotations have dots, which the index has as underscores.
#[test]
fn keys_with_dots_stay_one_key() {
    let query = "kubernetes.audit.annotations.authorization_k8s_io/decision:forbid and kubernetes.audit.verb:create";
    let rule = elastic("logs-kubernetes.audit_logs-*", "kuery", query);
    let conversion = converted("a.toml", &rule, Target::Panther, MaxLoss::Widened);
    let python = conversion.outputs.iter().find(|output| output.extension == ".py").unwrap();
    assert!(python.text.contains("deep_get(\"annotations\", \"authorization.k8s.io/decision\")"), "{}", python.text);
}

/// What the ingest adds to every document a search in all fields finds; a status that is missing becomes success.
#[test]
fn what_the_ingest_adds_is_found_too() {
    let rule = sigma("product: windows\n  service: powershell", "sel:\n    - POWERSHELL\n  condition: sel");
    let (status, codes, _) = told(&converted("a.yml", &rule, Target::Lucene, MaxLoss::Widened));
    assert_eq!((status, codes), (Status::Widened, vec!["L102"]));
    let rule = sigma("product: windows\n  service: powershell", "sel:\n    - Invoke-Thing\n  condition: sel");
    assert_eq!(converted("a.yml", &rule, Target::Lucene, MaxLoss::Widened).status, Status::Metadata);

    for (said, status) in [("success", Status::Widened), ("failure", Status::Metadata)] {
        let rule = sigma("product: m365\n  service: audit", &format!("sel:\n    status: {said}\n  condition: sel"));
        assert_eq!(converted("a.yml", &rule, Target::Eql, MaxLoss::Widened).status, status, "{said}");
    }
}

/// Risk events are in Entra ID Protection's data set, whatever service a rule names.
#[test]
fn privileged_identities_are_in_the_data_set_of_their_fields() {
    let rule = sigma("product: azure\n  service: pim", "sel:\n    riskEventType: x\n  condition: sel");
    let conversion = converted("a.yml", &rule, Target::Eql, MaxLoss::Widened);
    let (_, codes, text) = told(&conversion);
    assert!(codes.is_empty() && text.contains("data_stream.dataset == \"azure.identity_protection\""), "{text}");
}
