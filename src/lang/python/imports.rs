//! Import lines, as isort (profile black) sorts and breaks them.

use super::print::LINE_LENGTH;
use super::tree::Import;
use ruff_python_stdlib::sys::is_known_standard_library;
use std::collections::{BTreeMap, BTreeSet};

/// Python 3.11, which Panther runs.
const MINOR_VERSION: u8 = 11;

/// The sections that isort sets apart.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Section {
    Future,
    StandardLibrary,
    Others,
}

fn section(module: &str) -> Section {
    match module.split('.').next().unwrap_or(module) {
        "__future__" => Section::Future,
        first if is_known_standard_library(MINOR_VERSION, first) => Section::StandardLibrary,
        _ => Section::Others,
    }
}

/// The lines of the imports, an empty one between sections.
pub(super) fn lines(imports: &BTreeSet<Import<'_>>) -> Vec<String> {
    let mut sections: BTreeMap<Section, Vec<&Import<'_>>> = BTreeMap::new();
    for import in imports {
        sections.entry(section(import.module)).or_default().push(import);
    }
    let mut lines: Vec<String> = Vec::new();
    for imports in sections.values() {
        if !lines.is_empty() {
            lines.push(String::new());
        }
        lines.extend(modules(imports));
        lines.extend(names(imports));
    }
    lines
}

/// `import module`
fn modules(imports: &[&Import<'_>]) -> Vec<String> {
    let mut found: Vec<&&Import<'_>> = imports.iter().filter(|import| import.name.is_none()).collect();
    found.sort_by_cached_key(|import| (natural(import.module), import.alias));
    found.iter().map(|import| format!("import {}{}", import.module, renamed(import.alias))).collect()
}

/// `from module import name, name`
fn names(imports: &[&Import<'_>]) -> Vec<String> {
    type Aliases<'a> = Vec<Option<&'a str>>;
    let mut by_module: BTreeMap<(Vec<Piece>, &str), BTreeMap<NameKey<'_>, Aliases<'_>>> = BTreeMap::new();
    for import in imports {
        if let Some(name) = import.name {
            let names = by_module.entry((natural(import.module), import.module)).or_default();
            names.entry(NameKey::of(name)).or_default().push(import.alias);
        }
    }
    let mut lines = Vec::new();
    for ((_, module), names) in by_module {
        let mut run: Vec<&str> = Vec::new();
        for (key, aliases) in names {
            if aliases == [None] {
                run.push(key.name);
                continue;
            }
            // isort gives each other name a line of its own.
            lines.extend(from(module, &std::mem::take(&mut run)));
            lines.extend(aliases.iter().map(|alias| format!("from {module} import {}{}", key.name, renamed(*alias))));
        }
        lines.extend(from(module, &run));
    }
    lines
}

fn renamed(alias: Option<&str>) -> String {
    alias.map(|alias| format!(" as {alias}")).unwrap_or_default()
}

/// The names of a module on one line, or on a line each.
fn from(module: &str, names: &[&str]) -> Vec<String> {
    if names.is_empty() {
        return Vec::new();
    }
    let line = format!("from {module} import {}", names.join(", "));
    if line.chars().count() <= LINE_LENGTH {
        return vec![line];
    }
    let mut lines = vec![format!("from {module} import (")];
    lines.extend(names.iter().map(|name| format!("    {name},")));
    lines.push(")".to_owned());
    lines
}

/// Constants first, then classes, then the rest, each without regard to letter case.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct NameKey<'a> {
    rank: u8,
    natural: Vec<Piece>,
    name: &'a str,
}

impl<'a> NameKey<'a> {
    fn of(name: &'a str) -> Self {
        let is_constant = name.len() > 1 && name.to_uppercase() == name && name.to_lowercase() != name;
        let is_class = name.starts_with(char::is_uppercase);
        let rank = if is_constant { 0 } else { 2 - u8::from(is_class) };
        Self { rank, natural: natural(name), name }
    }
}

/// A run of other characters, and the number behind it.
type Piece = (String, u64);

/// A name as isort compares it: without letter case, numbers by their value.
fn natural(name: &str) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = vec![(String::new(), 0)];
    let mut in_number = false;
    for c in name.to_lowercase().chars() {
        if let Some(digit) = c.to_digit(10) {
            in_number = true;
            if let Some((_, number)) = pieces.last_mut() {
                *number = number.saturating_mul(10).saturating_add(u64::from(digit));
            }
            continue;
        }
        if std::mem::take(&mut in_number) {
            pieces.push((String::new(), 0));
        }
        if let Some((text, _)) = pieces.last_mut() {
            text.push(c);
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of<'a>(module: &'a str, names: &[&'a str]) -> Vec<Import<'a>> {
        let import = |text: &'a str| {
            let (name, alias) = text.split_once(" as ").map_or((text, None), |(name, alias)| (name, Some(alias)));
            Import { module, name: Some(name), alias }
        };
        names.iter().map(|name| import(name)).collect()
    }

    /// What isort 5 with `--profile black --line-length 100` makes of the same imports.
    #[test]
    fn the_order_is_that_of_isort() {
        let module = |module, alias| Import { module, name: None, alias };
        let long = ["averyveryveryveryverylong_name_number_one", "averyveryveryveryverylong_name_number_two", "x"];
        let imports: BTreeSet<Import<'_>> = [
            vec![module("re", None), module("json", Some("j")), module("json", None), module("panther_b", Some("z"))],
            of("panther_x", &["alpha", "beta as b2", "gamma", "Delta", "EPS", "delta", "gamma as g"]),
            of("collections.abc", &["Mapping"]),
            of("collections", &["OrderedDict as OD"]),
            of("panther_a10", &["a10", "a9"]),
            of("panther_a9", &long),
            vec![module("panther_core", None)],
        ]
        .concat()
        .into_iter()
        .collect();
        let expected = "import json\nimport json as j\nimport re\nfrom collections import OrderedDict as OD\n\
            from collections.abc import Mapping\n\nimport panther_b as z\nimport panther_core\nfrom panther_a9 import (\n    \
            averyveryveryveryverylong_name_number_one,\n    averyveryveryveryverylong_name_number_two,\n    x,\n)\n\
            from panther_a10 import a9, a10\nfrom panther_x import EPS, Delta, alpha\nfrom panther_x import beta as b2\n\
            from panther_x import delta\nfrom panther_x import gamma\nfrom panther_x import gamma as g";
        assert_eq!(lines(&imports).join("\n"), expected);
    }
}
