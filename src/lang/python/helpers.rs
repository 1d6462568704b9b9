//! Small functions that a detection module carries when its condition needs them.
//!
//! Each takes any value of an event and never raises. A reader of such a module can know them by name and text.

mod conditions;
mod functions;

use super::tree::Import;
use conditions::CONDITIONS;
use functions::FUNCTIONS;
use std::collections::BTreeSet;

/// A helper function.
#[derive(Debug)]
pub struct Helper {
    pub name: &'static str,
    pub imports: &'static [Import<'static>],
    /// Other helpers that it calls.
    pub needs: &'static [&'static str],
    /// The definition, laid out by black.
    pub text: &'static str,
}

const fn module(module: &'static str) -> Import<'static> {
    Import { module, name: None, alias: None }
}

const fn from(module: &'static str, name: &'static str) -> Import<'static> {
    Import { module, name: Some(name), alias: None }
}

const MAPPING: Import<'static> = from("collections.abc", "Mapping");
const SEQUENCE: Import<'static> = from("collections.abc", "Sequence");

/// The helpers in the order in which a module defines them.
fn every() -> impl Iterator<Item = &'static Helper> {
    CONDITIONS.iter().chain(FUNCTIONS)
}

/// The helper of this name.
pub fn helper(name: &str) -> Option<&'static Helper> {
    every().find(|helper| helper.name == name)
}

/// The helpers and those that they need, in the order of [`every`].
pub(super) fn with_needs(names: &BTreeSet<&'static str>) -> Vec<&'static Helper> {
    let mut all: BTreeSet<&str> = names.iter().copied().collect();
    let mut pending: Vec<&str> = names.iter().copied().collect();
    while let Some(name) = pending.pop() {
        for need in helper(name).map(|helper| helper.needs).unwrap_or_default() {
            if all.insert(need) {
                pending.push(need);
            }
        }
    }
    every().filter(|helper| all.contains(helper.name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn helpers_are_complete() {
        for helper in every() {
            assert!(helper.text.starts_with(&format!("def {}(", helper.name)), "{}", helper.name);
            assert!(helper.needs.iter().all(|need| super::helper(need).is_some()), "{}", helper.name);
            assert!(helper.text.lines().all(|line| line.len() <= super::super::LINE_LENGTH), "{}", helper.name);
        }
    }
}
