//! `detc diff --git` and `--events`: a branch in a repository that the test makes, without any command of git.

use detc::report::schema;
use gix::objs::tree::{Entry, EntryKind};
use gix::{ObjectId, Repository};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output};

fn sigma(id: u8, title: &str, condition: &str) -> String {
    format!(
        "title: {title}\nid: 7d7a5a3c-7b6d-4d8e-9b52-5c7f2a7b9f1{id}\nstatus: test\nlogsource:\n  product: okta\n  service: okta\n\
         detection:\n  sel:\n    {condition}\n  condition: sel\nlevel: low\n"
    )
}

/// A folder with a repository, whose commits are made of all files in it.
struct Sandbox {
    folder: tempfile::TempDir,
    repository: Repository,
}

impl Sandbox {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let repository = gix::init(folder.path()).unwrap();
        Self { folder, repository }
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn remove(&self, name: &str) {
        std::fs::remove_file(self.folder.path().join(name)).unwrap();
    }

    /// Commits the files as they are on a branch, after the commit that HEAD names.
    fn commit(&self, branch: &str) -> ObjectId {
        let tree = self.tree(self.folder.path());
        let who =
            gix::actor::SignatureRef { name: "A".into(), email: "a@example.com".into(), time: "1700000000 +0000" };
        let parents: Vec<ObjectId> = self.repository.head_id().ok().map(gix::Id::detach).into_iter().collect();
        let name = format!("refs/heads/{branch}");
        self.repository.commit_as(who, who, name.as_str(), "x", tree, parents).unwrap().detach()
    }

    fn tree(&self, folder: &Path) -> ObjectId {
        let mut entries: BTreeMap<String, Entry> = BTreeMap::new();
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let name = entry.file_name().into_string().unwrap();
            if name == ".git" {
                continue;
            }
            let is_folder = entry.file_type().unwrap().is_dir();
            let (kind, oid) = if is_folder {
                (EntryKind::Tree, self.tree(&entry.path()))
            } else {
                (EntryKind::Blob, self.repository.write_blob(std::fs::read(entry.path()).unwrap()).unwrap().detach())
            };
            // Git sorts folders as if their names ended in `/`.
            let key = if is_folder { format!("{name}/") } else { name.clone() };
            entries.insert(key, Entry { mode: kind.into(), filename: name.into(), oid });
        }
        let tree = gix::objs::Tree { entries: entries.into_values().collect() };
        self.repository.write_object(&tree).unwrap().detach()
    }

    fn diff(&self, args: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_detc"));
        command.arg("diff").args(args).current_dir(self.folder.path()).output().unwrap()
    }

    fn json(&self, args: &[&str]) -> Json {
        let output = self.diff(&[args, &["--format", "json"]].concat());
        let report = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
        let schema = serde_json::to_value(schema::schema("diff").unwrap()).unwrap();
        assert!(jsonschema::is_valid(&schema, &report));
        report
    }

    /// The head of the branch, as `main` is it too.
    fn branch_at_base(&self) -> ObjectId {
        self.commit("main")
    }
}

/// Title, relation and, of one that differs, whether events were gained and lost.
fn told(report: &Json) -> Vec<(String, String, bool, bool)> {
    let text = |value: &Json| value.as_str().unwrap().to_owned();
    let rules = report["rules"].as_array().unwrap().iter();
    rules
        .map(|rule| {
            (text(&rule["title"]), text(&rule["relation"]), rule["gained"].is_object(), rule["lost"].is_object())
        })
        .collect()
}

fn row(title: &str, relation: &str, gained: bool, lost: bool) -> (String, String, bool, bool) {
    (title.to_owned(), relation.to_owned(), gained, lost)
}

#[test]
fn every_rule_that_a_branch_touches_is_compared() {
    let sandbox = Sandbox::new();
    let kinds = "eventType: [a.one, a.two]";
    for (name, text) in [
        ("rules/wider.yml", sigma(0, "Wider", "eventType: a.one")),
        ("rules/narrower.yml", sigma(1, "Narrower", kinds)),
        ("rules/other.yml", sigma(2, "Other", "eventType: a.one")),
        ("rules/title.yml", sigma(3, "Old Title", kinds)),
        ("rules/moved.yml", sigma(4, "Moved", kinds)),
        ("rules/gone.yml", sigma(5, "Gone", kinds)),
        ("rules/broken.yml", sigma(6, "Broken", kinds)),
        ("rules/untouched.yml", sigma(7, "Untouched", kinds)),
    ] {
        sandbox.write(name, &text);
    }
    let base = sandbox.branch_at_base();
    for (name, text) in [
        ("rules/wider.yml", sigma(0, "Wider", kinds)),
        ("rules/narrower.yml", sigma(1, "Narrower", "eventType: a.one")),
        ("rules/other.yml", sigma(2, "Other", "eventType: a.two")),
        ("rules/title.yml", sigma(3, "New Title", kinds)),
        ("rules/below/moved_to.yml", sigma(4, "Moved", kinds)),
        ("rules/broken.yml", sigma(6, "Broken", "eventType: [a.one")),
        ("rules/added.yml", sigma(8, "Added", kinds)),
    ] {
        sandbox.write(name, &text);
    }
    sandbox.remove("rules/moved.yml");
    sandbox.remove("rules/gone.yml");

    let report = sandbox.json(&["--git", "main"]);
    assert_eq!(report["base"], base.to_string());
    let expected = [
        row("Added", "added", false, false),
        row("Moved", "equal", false, false),
        row("Broken", "not-run", false, false),
        row("Narrower", "narrower", false, true),
        row("Other", "incomparable", true, true),
        row("New Title", "equal", false, false),
        row("Wider", "wider", true, false),
        row("Gone", "removed", false, false),
    ];
    let mut found = told(&report);
    let mut expected = expected.to_vec();
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
    let rule = |title: &str| report["rules"].as_array().unwrap().iter().find(|rule| rule["title"] == title).unwrap();
    assert_eq!(
        (&rule("Moved")["old"], &rule("Moved")["new"], &rule("Moved")["moved"]),
        (&"rules/moved.yml".into(), &"rules/below/moved_to.yml".into(), &true.into())
    );
    assert_eq!(rule("New Title")["metadata"][0]["what"], "title");
    assert!(rule("Broken")["reason"].as_str().unwrap().starts_with("the new version cannot be read: "));
    assert_eq!(sandbox.diff(&["--git", "main"]).status.code(), Some(1));
    // The same by a path, from a folder below, and by the commit's id.
    assert_eq!(told(&sandbox.json(&["--git", &base.to_string(), "rules/gone.yml", "rules/added.yml"])).len(), 2);
    assert_eq!(told(&sandbox.json(&["--git", "main", "rules/*arr*.yml"])).len(), 1);
    let markdown = sandbox.diff(&["--git", "main", "--format", "markdown"]);
    let text = String::from_utf8(markdown.stdout).unwrap().replace(&base.to_string()[..12], "0123456789ab");
    insta::with_settings!({ snapshot_path => "../../snapshots", prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("diff_markdown", text);
    });
}

#[test]
fn a_branch_is_compared_with_the_commit_that_it_left() {
    let sandbox = Sandbox::new();
    sandbox.write("a.yml", &sigma(0, "A", "eventType: a.one"));
    let left = sandbox.branch_at_base();
    // HEAD stays where the branch left; the base goes on.
    sandbox.write("a.yml", &sigma(0, "A", "eventType: a.else"));
    let head = sandbox.repository.head_name().unwrap().unwrap().as_bstr().to_string();
    sandbox.commit("later");
    assert_ne!(head, "refs/heads/later");
    sandbox.write("a.yml", &sigma(0, "A", "eventType: a.one"));
    let report = sandbox.json(&["--git", "later"]);
    assert_eq!((report["base"].as_str().unwrap(), told(&report)), (left.to_string().as_str(), vec![]));
    let output = sandbox.diff(&["--git", "later"]);
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(0), &b"no rule changed\n"[..]));
}

#[test]
fn a_rule_of_code_is_touched_with_its_code_and_a_correlation_with_its_rules() {
    let sandbox = Sandbox::new();
    let yaml = "AnalysisType: rule\nRuleID: A.B\nFilename: a.py\nEnabled: true\nSeverity: Low\nLogTypes:\n  - Okta.SystemLog\n";
    let code = |name: &str| format!("def rule(event):\n    return event.get(\"eventType\") == \"{name}\"\n");
    sandbox.write("a.yml", yaml);
    sandbox.write("a.py", &code("a.one"));
    let correlation = "title: Many\nid: 0e1f4a4c-3a3b-4f0e-8f5c-0b6f6f0f7a01\nstatus: test\ncorrelation:\n  type: event_count\n  rules:\n    \
        - 7d7a5a3c-7b6d-4d8e-9b52-5c7f2a7b9f10\n  group-by:\n    - actor.id\n  timespan: 5m\n  condition:\n    gte: 2\nlevel: low\n";
    sandbox.write("many.yml", correlation);
    sandbox.write("one.yml", &sigma(0, "One", "eventType: a.one"));
    sandbox.branch_at_base();
    assert_eq!(told(&sandbox.json(&["--git", "main"])), vec![]);
    sandbox.write("a.py", &code("a.two"));
    let found = told(&sandbox.json(&["--git", "main"]));
    assert_eq!(found, [row("A.B", "incomparable", true, true)]);
    sandbox.write("a.py", &code("a.one"));
    sandbox.write("one.yml", &sigma(0, "One", "eventType: [a.one, a.two]"));
    let found = told(&sandbox.json(&["--git", "main"]));
    assert_eq!(found, [row("Many", "wider", true, false), row("One", "wider", true, false)]);
}

#[test]
fn what_cannot_be_compared_is_told() {
    let sandbox = Sandbox::new();
    let says = |args: &[&str]| {
        let output = sandbox.diff(args);
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    sandbox.write("a.yml", &sigma(0, "A", "eventType: a.one"));
    sandbox.branch_at_base();
    let (status, text) = says(&["--git", "trunk"]);
    assert_eq!((status, text.as_str()), (Some(2), "error: `trunk` names no commit of the repository\n"));
    let remote = sandbox.folder.path().join(".git/refs/remotes/origin");
    std::fs::create_dir_all(&remote).unwrap();
    std::fs::write(remote.join("trunk"), sandbox.repository.head_id().unwrap().to_string()).unwrap();
    let (status, text) = says(&["--git", "trunk"]);
    assert_eq!(status, Some(2));
    assert!(text.contains("did you mean `origin/trunk`?"), "{text}");
    let (status, text) = says(&["--git", "main", "nowhere.yml"]);
    assert_eq!(status, Some(2));
    assert!(text.contains("nowhere.yml: no such file or directory"), "{text}");
    assert_eq!(says(&["a.yml"]).0, Some(2));

    let outside = tempfile::tempdir().unwrap();
    std::fs::write(outside.path().join("b.yml"), sigma(1, "B", "eventType: a.one")).unwrap();
    let file = outside.path().join("b.yml").display().to_string();
    let (status, text) = says(&["--git", "main", &file]);
    assert_eq!(status, Some(2));
    assert!(text.contains("no git repository is here or above"), "{text}");
    let (status, text) = says(&["--git", "main", "a.yml", &file]);
    assert_eq!(status, Some(2));
    assert!(text.contains("not a path of the repository"), "{text}");
}

#[test]
fn alerts_on_real_events_before_and_after() {
    let sandbox = Sandbox::new();
    sandbox.write("old.yml", &sigma(0, "A", "eventType: [a.one, a.two]"));
    sandbox.write("new.yml", &sigma(0, "A", "eventType: [a.two, a.three]"));
    sandbox.write("events.jsonl", "{\"eventType\":\"a.one\"}\n{\"eventType\":\"a.two\"}\n{\"eventType\":\"a.four\"}\n");
    sandbox.write("more.jsonl", "{\"eventType\":\"a.three\"}\n{\"eventType\":\"a.three\"}\n");
    let report = sandbox.json(&["old.yml", "new.yml", "--events", "events.jsonl", "--events", "more.jsonl"]);
    let alerts = &report["rules"][0]["alerts"];
    let lines = |alerts: &Json| -> Vec<u64> {
        let alerts = alerts.as_array().unwrap().iter();
        alerts.map(|alert| alert["events"][0]["line"].as_u64().unwrap()).collect()
    };
    assert_eq!((&alerts["before"], &alerts["after"]), (&2.into(), &3.into()));
    assert_eq!((lines(&alerts["gained"]), lines(&alerts["lost"])), (vec![1, 2], vec![1]));
    assert_eq!(alerts["lost"][0]["events"][0]["event"]["eventType"], "a.one");
    let human = sandbox.diff(&["old.yml", "new.yml", "--events", "events.jsonl"]);
    let text = String::from_utf8(human.stdout).unwrap();
    assert!(text.contains("alerts on the events: 2 before, 1 after: 0 gained, 1 lost"), "{text}");
    assert!(text.contains("lost: line 1: {\"eventType\":\"a.one\"}"), "{text}");
    assert_eq!(sandbox.diff(&["old.yml", "old.yml", "--events", "events.jsonl"]).status.code(), Some(0));
    assert_eq!(sandbox.diff(&["old.yml", "new.yml", "--events", "nowhere.jsonl"]).status.code(), Some(2));
}
