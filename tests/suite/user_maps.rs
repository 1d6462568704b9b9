//! Maps of the user's own: one declaration serves every command.

use std::path::Path;
use std::process::{Command, Output};

const MAP: &str = r#"
dataset = "acme.door"
indices = ["acme-door-*"]
panther = ["Custom.Acme.Door"]
sigma = [{ product = "acme", service = "door" }]
rows = [
  { raw = "badge.id", elastic = "acme.door.badge", raw_type = "integer", type = "long" },
  { raw = "place", elastic = "acme.door.place" },
]
"#;

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

fn detc(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_detc")).args(args).current_dir(folder).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn sigma(field: &str) -> String {
    format!(
        "title: A Door That Opens At Night\nid: 4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1c09\nstatus: test\n\
         description: Shows a log source of one's own.\nauthor: Example\ndate: 2026-01-05\n\
         logsource:\n    product: acme\n    service: door\n\
         detection:\n    selection:\n        {field}: vault\n    condition: selection\nlevel: low\n"
    )
}

/// The names that other lints know of the log source come from the map as well: Sigma's, Panther's and Elastic's.
#[test]
fn fields_are_checked_in_all_three_formats() {
    let elastic = |field: &str| {
        format!(
            "[metadata]\ncreation_date = \"2026/01/05\"\nmaturity = \"production\"\n\n[rule]\nauthor = [\"Example\"]\n\
             description = \"A door.\"\nname = \"A Door\"\nrisk_score = 21\nrule_id = \"4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1c10\"\n\
             severity = \"low\"\ntype = \"query\"\nlanguage = \"kuery\"\nindex = [\"acme-door-*\"]\nquery = '{field}:vault'\n"
        )
    };
    let panther = |field: &str| {
        format!(
            "AnalysisType: rule\nRuleID: Custom.Door\nEnabled: true\nLogTypes:\n  - Custom.Acme.Door\nSeverity: Low\n\
             Detection:\n  - Key: {field}\n    Condition: Equals\n    Value: vault\n"
        )
    };
    let (good, bad) = (sigma("place"), sigma("plaice"));
    let (good_elastic, bad_elastic) = (elastic("acme.door.place"), elastic("acme.door.plaice"));
    let (good_panther, bad_panther) = (panther("place"), panther("plaice"));
    let folder = folder(&[
        ("detc.toml", "maps = [\"maps\"]\n"),
        ("maps/door.toml", MAP),
        ("rules/good.yml", &good),
        ("rules/bad.yml", &bad),
        ("rules/good.toml", &good_elastic),
        ("rules/bad.toml", &bad_elastic),
        ("rules/panther/good.yml", &good_panther),
        ("rules/panther/bad.yml", &bad_panther),
    ]);
    let select = ["--select", "unknown-field,unknown-log-source", "--format", "json"];
    let found = detc(folder.path(), &[&["lint", "rules"], &select[..]].concat());
    let found: serde_json::Value = serde_json::from_slice(&found.stdout).unwrap();
    let mut told: Vec<(&str, &str)> = found["diagnostics"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["path"].as_str().unwrap(), one["help"].as_str().unwrap()))
        .collect();
    told.sort_unstable();
    assert_eq!(
        told,
        [
            ("rules/bad.toml", "did you mean `acme.door.place` or `acme.door.badge`?"),
            ("rules/bad.yml", "did you mean `place`?"),
            ("rules/panther/bad.yml", "did you mean `place`?"),
        ]
    );
}

/// A rule in Elastic's fields finds its way back by the index pattern, and a field without a row is refused.
#[test]
fn rules_convert_both_ways_by_the_map_alone() {
    let (good, bad) = (sigma("place"), sigma("plaice"));
    let folder = folder(&[("door.toml", MAP), ("good.yml", &good), ("bad.yml", &bad)]);
    let run = |args: &[&str]| detc(folder.path(), &[args, &["--map", "door.toml"][..]].concat());
    let out = run(&["convert", "good.yml", "--to", "elastic", "-o", "rule.toml"]);
    assert!(out.status.success(), "{}", text(&out.stderr));
    let rule = std::fs::read_to_string(folder.path().join("rule.toml")).unwrap();
    assert!(rule.contains("index = [\"acme-door-*\"]") && rule.contains("acme.door.place"), "{rule}");
    let back = run(&["convert", "rule.toml", "--to", "panther"]);
    assert!(text(&back.stdout).contains("- Custom.Acme.Door"), "{}", text(&back.stderr));
    let proof = run(&["prove", "good.yml", "rule.toml"]);
    assert!(proof.status.success(), "{}{}", text(&proof.stdout), text(&proof.stderr));
    let refused = run(&["convert", "bad.yml", "--to", "elastic"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("L101"), "{}", text(&refused.stderr));
}

/// One row of a map that comes with the program is changed; all others stay.
#[test]
fn a_map_of_the_program_is_extended() {
    let own = "dataset = 'okta.system'\nextends = 'okta.system'\npanther = ['Okta.SystemLog']\n\
               sigma = [{ product = 'okta', service = 'okta' }]\n\
               rows = [{ raw = 'actor.alternateId', elastic = 'labels.login' }]\n";
    let folder = folder(&[("own.toml", own)]);
    let query = |text: &str| {
        std::fs::write(folder.path().join("rule.yml"), text).unwrap();
        let out =
            detc(folder.path(), &["convert", "rule.yml", "--to", "kql", "--max-loss", "any", "--map", "own.toml"]);
        format!("{}{}", self::text(&out.stdout), self::text(&out.stderr))
    };
    let okta = sigma("actor.alternateId").replace("acme", "okta").replace("door", "okta").replace("place", "x");
    let said = query(&okta);
    assert!(said.contains("labels.login") && said.contains("okta.system"), "{said}");
    let said = query(&okta.replace("actor.alternateId", "eventType"));
    assert!(said.contains("okta.event_type"), "{said}");
}

/// Two maps that extend each other have each other's rows: the circle ends where it began.
#[test]
fn maps_can_extend_each_other() {
    let circle = |name: &str, other: &str, raw: &str| {
        format!(
            "dataset = 'acme.{name}'\nextends = 'acme.{other}'\nindices = ['acme-{name}-*']\n\
             sigma = [{{ product = 'acme', service = '{name}' }}]\n\
             rows = [{{ raw = '{raw}', elastic = 'acme.{name}.{raw}' }}]\n"
        )
    };
    let (door, gate) = (circle("door", "gate", "place"), circle("gate", "door", "badge"));
    let folder = folder(&[("door.toml", &door), ("gate.toml", &gate)]);
    let args = ["convert", "rule.yml", "--to", "kql", "--max-loss", "any", "--map", "door.toml", "--map", "gate.toml"];
    let at_gate = |field: &str| sigma(field).replace("service: door", "service: gate");
    let cases = [
        (sigma("place"), "acme.door.place:"),
        (sigma("badge"), "acme.gate.badge:"),
        (at_gate("place"), "acme.door.place:"),
        (at_gate("badge"), "acme.gate.badge:"),
    ];
    for (rule, query) in cases {
        std::fs::write(folder.path().join("rule.yml"), &rule).unwrap();
        let out = detc(folder.path(), &args);
        assert!(text(&out.stdout).contains(query), "{rule}{}{}", text(&out.stdout), text(&out.stderr));
    }
}

/// A map that cannot be used stops the run before anything is said about rules.
#[test]
fn a_map_that_extends_nothing_known_is_refused_at_its_place() {
    let folder =
        folder(&[("own.toml", "dataset = 'a.b'\nextends = 'okta.sistem'\nrows = []\n"), ("r.yml", &sigma("a"))]);
    let out = detc(folder.path(), &["lint", "r.yml", "--map", "own.toml"]);
    assert_eq!(out.status.code(), Some(2));
    let said = text(&out.stderr);
    assert!(said.contains("there is no map `okta.sistem`") && said.contains("did you mean `okta.system`?"), "{said}");
    assert!(said.contains("own.toml:2:11"), "{said}");
    let out = detc(folder.path(), &["lint", "r.yml", "--map", "nowhere.toml"]);
    assert_eq!(out.status.code(), Some(2));
    // What tells of the program itself works all the same.
    std::fs::write(folder.path().join("detc.toml"), "maps = ['own.toml']\n").unwrap();
    assert!(detc(folder.path(), &["explain", "L101"]).status.success());
}

/// The tables of a map are the values that its fields have: those of the vendor on the way in, those of the index where all are known.
#[test]
fn tables_of_values_are_the_domain_of_their_fields() {
    let with_table = MAP
        .replace("elastic = \"acme.door.place\" }", "elastic = \"acme.door.place\", transform = \"place\" }")
        + "[values.place]\nmap = { vault = \"v1\", lobby = \"l1\" }\n";
    assert!(with_table.contains("transform"));
    let elastic = "[metadata]\ncreation_date = \"2026/01/05\"\nmaturity = \"production\"\n\n[rule]\nauthor = [\"Example\"]\n\
         description = \"A door.\"\nname = \"A Door\"\nrisk_score = 21\nrule_id = \"4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1c10\"\n\
         severity = \"low\"\ntype = \"query\"\nlanguage = \"kuery\"\nindex = [\"acme-door-*\"]\nquery = 'acme.door.place:VALUE'\n";
    let cases = [
        ("sigma.yml", sigma("place"), None),
        ("sigma.yml", sigma("place").replace("vault", "vaullt"), Some("did you mean `vault`?")),
        ("elastic.toml", elastic.replace("VALUE", "v1"), None),
        ("elastic.toml", elastic.replace("VALUE", "cellar"), Some("it can be `l1`, `v1`")),
    ];
    for (name, rule, help) in cases {
        let folder = folder(&[("map.toml", &with_table), (name, &rule)]);
        let output = detc(folder.path(), &["lint", name, "--map", "map.toml", "--select", "value-domain"]);
        let told = text(&output.stdout);
        assert_eq!(told.contains("value-domain"), help.is_some(), "{told}");
        assert!(help.is_none_or(|help| told.contains(help)), "{told}");
    }
}

/// The schema takes every map that `detc` has and the one of the documentation, and not what the reader refuses.
#[test]
fn maps_fit_their_schema() {
    let schema = serde_json::to_value(detc::report::schema::schema("map").unwrap()).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    let json = |text: &str| serde_json::to_value(text.parse::<toml::Table>().unwrap()).unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut maps = crate::shared::texts(&root.join("schemas/maps"), &["toml"]);
    maps.push(("docs".into(), std::fs::read_to_string(root.join("docs/maps/acme_vpn.toml")).unwrap()));
    for (path, text) in &maps {
        let problems: Vec<String> = schema.iter_errors(&json(text)).map(|error| error.to_string()).collect();
        assert!(problems.is_empty(), "{}: {problems:?}", path.display());
    }
    for wrong in [
        MAP.replace("dataset = \"acme.door\"", ""),
        MAP.replace("raw = \"place\"", "rau = \"place\""),
        MAP.replace("elastic = \"acme.door.place\"", "many = \"yes\""),
    ] {
        assert!(!schema.is_valid(&json(&wrong)), "{wrong}");
    }
}
