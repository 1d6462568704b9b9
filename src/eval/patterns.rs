//! Regular expressions that terms use, compiled once.

use super::regex::{compile, groups};
use super::spelling::Syntax;
use crate::ir::Regex;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// A compiled expression, or why it cannot be run.
pub(super) type Compiled = Arc<Result<regex::Regex, String>>;

/// Expressions beyond this number are compiled anew each time: an event can hold expressions.
const MAX_KEPT: usize = 1_000;

/// An expression with all that decides what it matches.
#[derive(Debug, PartialEq, Eq, Hash)]
enum Key {
    /// Searched for, in another syntax than a rule's tests have.
    Text(Syntax, String),
    /// Python's, with groups.
    Groups(Regex),
}

/// Expressions by what they are.
#[derive(Debug, Default)]
pub(super) struct Patterns(Mutex<HashMap<Key, Compiled>>);

impl Patterns {
    pub(super) fn get(&self, syntax: Syntax, text: &str) -> Compiled {
        self.kept(Key::Text(syntax, text.to_owned()))
    }

    /// A Python expression with its groups.
    pub(super) fn groups(&self, regex: Regex) -> Compiled {
        self.kept(Key::Groups(regex))
    }

    fn kept(&self, key: Key) -> Compiled {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known.get(&key) {
            return Arc::clone(found);
        }
        let found: Compiled = Arc::new(match &key {
            Key::Text(syntax, text) => compile(text, *syntax),
            Key::Groups(regex) => groups(regex),
        });
        if known.len() < MAX_KEPT {
            known.insert(key, Arc::clone(&found));
        }
        found
    }
}
