//! The modifier `windash`, found again in a list that has every spelling of its dashes.

use super::entry::Entry;
use super::yaml::Yaml;
use crate::lang::sigma::transform::{DASHES, windash};
use std::collections::HashSet;

/// Longer lists of spellings are not looked for.
const MAX_SPELLINGS: usize = 3125;

/// Puts the modifier in the place of the spellings, when the list is nothing but complete sets of them.
pub(super) fn fold(entry: &mut Entry) {
    let places = ["contains", "startswith", "endswith", "cased"];
    if entry.all || !entry.key.modifiers.iter().all(|modifier| places.contains(modifier)) {
        return;
    }
    if let Some(bases) = bases(&entry.values) {
        entry.key.modifiers.push("windash");
        entry.values = bases.into_iter().map(Yaml::Str).collect();
    }
}

fn bases(values: &[Yaml]) -> Option<Vec<String>> {
    let texts: Option<Vec<&str>> = values.iter().map(text).collect();
    let texts = texts?;
    if texts.len() < DASHES.len() {
        return None;
    }
    let known: HashSet<&str> = texts.iter().copied().collect();
    let mut covered: HashSet<String> = HashSet::new();
    let mut bases = Vec::new();
    for text in &texts {
        if covered.contains(*text) {
            continue;
        }
        let base = text.replace(DASHES, "-");
        let spellings = windash(&base, MAX_SPELLINGS.min(texts.len())).ok()?;
        if !spellings.iter().all(|spelling| known.contains(spelling.as_str())) {
            return None;
        }
        covered.extend(spellings);
        bases.push(base);
    }
    (bases.len() < texts.len()).then_some(bases)
}

fn text(value: &Yaml) -> Option<&str> {
    match value {
        Yaml::Str(text) => Some(text),
        _ => None,
    }
}
