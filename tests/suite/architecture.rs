//! The layering: which room may use which (DESIGN section 1, "one way"), and what stays at the edge.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Room, and the rooms that it may name.
const ALLOWED: &[(&str, &[&str])] = &[
    ("source", &[]),
    ("syntax", &["source"]),
    ("lang", &["source"]),
    ("ir", &["source"]),
    ("catalog", &["source"]),
    ("fidelity", &["source", "ir"]),
    ("frontend", &["source", "syntax", "lang", "ir", "catalog"]),
    ("pass", &["source", "ir", "catalog", "fidelity"]),
    ("eval", &["source", "ir", "catalog"]),
    ("backend", &["source", "syntax", "lang", "ir", "catalog", "fidelity", "pass"]),
    ("proof", &["source", "ir", "catalog", "fidelity", "frontend", "eval", "pass", "backend"]),
    ("lint", &["source", "syntax", "lang", "ir", "catalog", "frontend", "eval"]),
    ("report", &["source", "ir", "fidelity", "frontend", "eval", "lint", "backend", "catalog", "proof"]),
    (
        "cli",
        &[
            "source", "syntax", "lang", "ir", "catalog", "fidelity", "frontend", "pass", "eval", "backend", "proof",
            "lint", "report",
        ],
    ),
];

fn source_files(folder: &Path) -> Vec<PathBuf> {
    let found = detc::source::discover(&[folder.display().to_string()], &["rs"]);
    assert!(!found.files.is_empty(), "{} has no source files", folder.display());
    found.files
}

fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// The rooms named after `crate::` in a file, tests beside the code left out.
fn rooms_named(text: &str) -> BTreeSet<String> {
    let code = text.split("\n#[cfg(test)]").next().unwrap_or_default();
    let mut rooms = BTreeSet::new();
    for line in code.lines().filter(|line| !line.trim_start().starts_with("//")) {
        for part in line.split("crate::").skip(1) {
            let name: String = part.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect();
            rooms.insert(name);
        }
    }
    rooms
}

#[test]
fn rooms_name_only_the_rooms_below_them() {
    let mut wrong = Vec::new();
    for (room, allowed) in ALLOWED {
        for path in source_files(&src().join(room)) {
            if path.components().any(|part| part.as_os_str() == "tests") || path.ends_with("tests.rs") {
                continue;
            }
            for named in rooms_named(&std::fs::read_to_string(&path).unwrap()) {
                if named != *room && !allowed.contains(&named.as_str()) {
                    wrong.push(format!("{} names crate::{named}", path.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_room_is_in_the_table() {
    let known: BTreeSet<&str> = ALLOWED.iter().map(|(room, _)| *room).collect();
    for entry in std::fs::read_dir(src()).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            let name = entry.file_name().into_string().unwrap();
            assert!(known.contains(name.as_str()), "src/{name} has no row in the layering table");
        }
    }
}

#[test]
fn only_source_and_the_edge_touch_files() {
    let mut wrong = Vec::new();
    for path in source_files(&src()) {
        let relative = path.strip_prefix(src()).unwrap().display().to_string();
        let at_edge = relative.starts_with("source") || relative.starts_with("cli") || relative == "main.rs";
        let text = std::fs::read_to_string(&path).unwrap();
        let code = text.split("\n#[cfg(test)]").next().unwrap_or_default();
        if !at_edge && !relative.ends_with("tests.rs") && !relative.contains("/tests/") && code.contains("std::fs") {
            wrong.push(relative);
        }
    }
    assert!(wrong.is_empty(), "these read files outside `source` and `cli`: {wrong:?}");
}

#[test]
fn a_named_room_is_found_also_in_the_middle_of_a_line() {
    let rooms =
        rooms_named("use crate::ir::Rule;\nlet x = crate::fidelity::code::CASE;\n// crate::cli is only mentioned\n");
    assert_eq!(rooms.into_iter().collect::<Vec<_>>(), ["fidelity", "ir"]);
}
