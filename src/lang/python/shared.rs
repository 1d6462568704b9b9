//! Trees of files that many others use.

use super::{ModModule, parse};
use crate::source::Problem;
use foldhash::fast::RandomState;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

/// How many trees are kept before they make room for others.
const MAX_KEPT: usize = 512;

type Trees = HashMap<Arc<str>, Arc<ModModule>, RandomState>;

static KNOWN: LazyLock<Mutex<Trees>> = LazyLock::new(Mutex::default);

/// As [`parse`], for a file that many others import: a text is parsed once.
///
/// # Errors
/// As [`parse`].
pub fn parse_shared(text: &Arc<str>) -> Result<Arc<ModModule>, Problem> {
    if let Some(tree) = known().get(text) {
        return Ok(Arc::clone(tree));
    }
    let tree = Arc::new(parse(text)?);
    let mut known = known();
    if known.len() >= MAX_KEPT {
        known.clear();
    }
    known.insert(Arc::clone(text), Arc::clone(&tree));
    Ok(tree)
}

fn known() -> MutexGuard<'static, Trees> {
    KNOWN.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_parsed_once() {
        let text: Arc<str> = "def shared_by_many():\n    return 1\n".into();
        let (first, second) = (parse_shared(&text).unwrap(), parse_shared(&text.to_string().into()).unwrap());
        assert!(Arc::ptr_eq(&first, &second));
        assert!(parse_shared(&"def (".into()).is_err());
    }
}
