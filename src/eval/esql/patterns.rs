//! Regular expressions that terms use, compiled once.

use super::super::regex::{Syntax, compile};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// A compiled expression, or why it cannot be run.
pub(in crate::eval) type Compiled = Arc<Result<regex::Regex, String>>;

/// Expressions beyond this number are compiled anew each time: an event can hold expressions.
const MAX_KEPT: usize = 1_000;

/// Expressions by their text.
#[derive(Debug, Default)]
pub(in crate::eval) struct Patterns(Mutex<HashMap<(Syntax, String), Compiled>>);

impl Patterns {
    pub(in crate::eval) fn get(&self, syntax: Syntax, text: &str) -> Compiled {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known.get(&(syntax, text.to_owned())) {
            return Arc::clone(found);
        }
        let found: Compiled = Arc::new(compile(text, syntax));
        if known.len() < MAX_KEPT {
            known.insert((syntax, text.to_owned()), Arc::clone(&found));
        }
        found
    }
}
