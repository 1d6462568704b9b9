//! What is said about KQL and Lucene queries that are refused, or read in another way than they were meant. The snapshot is what people
//! see; each text has its mark in the query.

use detc::frontend::{Format, Language, Loaded, QueryOptions, load_query};
use detc::report::{Finding, Findings, human};
use detc::source::{Diagnostic, SourceFile, Unit};
use std::fmt::Write;

/// Queries with marks around what the message points at.
const KQL: &[&str] = &[
    "process.name: ⟦\"*cmd*\"⟧",
    "⟦_exists_⟧: user.name",
    "user.name: ⟦/adm.*/⟧",
    "source.port: ⟦[1 TO 1024]⟧",
    "user.name: roam⟦~2⟧",
    "user.name: root⟦^2⟧",
    "user.name: ⟦null⟧",
    "user.name ⟦==⟧ root",
    "user.name ⟦!=⟧ \"root\"",
    "event.code: (⟦4624, 4625⟧)",
    "user.name: root ⟦&&⟧ event.code⟦:⟧ 1",
    "⟦NOT⟧(user.name: root)",
    "user.name: root ⟦adn⟧ event.code: 1",
    "user.name:⟦>⟧ 5",
    "user.name: root event.code⟦:⟧ 1",
    "process.name: ⟦not⟧ x",
    "file.path: C:\\\\Windows⟦\\⟧System32",
    "file.path: ⟦\"⟧C:\\",
    "user.name: root ⟦or⟧",
    "not ⟦not⟧ user.name: root",
    "⟦(⟧user.name: root",
    "a:cannot⟦:⟧ open",
];
const LUCENE: &[&str] = &[
    "process.name:cmd.exe ⟦and⟧ user.name:root",
    "⟦not⟧ user.name:root",
    "user.name:root OR event.code:1 AND user.id:2 ⟦OR⟧ user.id:3",
    "user.name:root ⟦OR⟧ NOT event.code:1",
    "process.command_line: whoami ⟦all⟧",
    "source.port ⟦>=⟧ 1024",
    "user.name ⟦==⟧ root",
    "⟦user.*⟧:root",
    "a:⟦{⟧ b: c }",
    "user.name:⟦-⟧root",
    "user.name⟦:⟧",
    "user.name:root ⟦AND⟧",
    "a ⟦-⟧ b",
    "user.name:⟦/⟧tmp",
    "file.path:C⟦:⟧x",
    "source.port:[1 ⟦1024⟧]",
    "user.name:root⟦^⟧",
    "user.name:⟦\"⟧root",
    "user.name:root⟦)⟧",
];

fn marks(query: &str) -> Vec<(usize, String)> {
    let mut text = String::new();
    let mut found = Vec::new();
    let mut rest = query;
    while let Some((before, after)) = rest.split_once('⟦') {
        let (marked, tail) = after.split_once('⟧').unwrap();
        text.push_str(before);
        found.push((text.len(), marked.to_owned()));
        text.push_str(marked);
        rest = tail;
    }
    found
}

fn told(language: Language, query: &str) -> (Loaded, Vec<Diagnostic>) {
    let file = SourceFile::new("query", query.replace(['⟦', '⟧'], ""));
    let (item, diagnostics) = load_query(language, &file.text, &QueryOptions::default());
    let loaded = Loaded {
        unit: Unit::new(file),
        format: Format::Other,
        documents: Vec::new(),
        items: vec![item],
        diagnostics: Vec::new(),
    };
    (loaded, diagnostics)
}

#[test]
fn each_mistake_is_told_at_its_place() {
    let mut wrong = Vec::new();
    for (language, queries) in [(Language::Kql, KQL), (Language::Lucene, LUCENE)] {
        for query in queries {
            let (loaded, diagnostics) = told(language, query);
            let mut found: Vec<(usize, String)> = diagnostics
                .iter()
                .map(|one| (one.location.span.start as usize, loaded.unit.slice(one.location).to_owned()))
                .collect();
            found.sort();
            if found != marks(query) {
                let messages: Vec<&str> = diagnostics.iter().map(|one| one.message.as_str()).collect();
                wrong.push(format!("{query}: {found:?} {messages:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn messages_name_the_fix() {
    let mut out = String::new();
    for (language, queries) in [(Language::Kql, KQL), (Language::Lucene, LUCENE)] {
        for query in queries {
            let (loaded, diagnostics) = told(language, query);
            assert!(!diagnostics.is_empty(), "{query}");
            assert!(diagnostics.iter().all(|one| one.help.is_some()), "{query}: a message without its fix");
            let findings = diagnostics.iter().map(|diagnostic| Finding { unit: &loaded.unit, diagnostic }).collect();
            let findings = Findings { files: 1, rules: 1, findings };
            let text = human::render(&findings, human::Style { color: false, width: 160 });
            let body = text.trim_end().rsplit_once('\n').map_or("", |(body, _summary)| body);
            let _ = writeln!(out, "# {language:?}\n{}\n", body.trim_end());
        }
    }
    insta::with_settings!({ snapshot_path => "../../snapshots", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("query_hints", out);
    });
}
