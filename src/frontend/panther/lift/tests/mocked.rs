//! Lifting with mocks goes on where the function first reads a name that they replace; it finds the same as from the start.

use super::shown;
use crate::frontend::panther::lift::{Entry, Program};
use crate::ir::Mock;
use crate::lang::python;
use crate::source::{NoCompanions, SourceFile, SourceId, Unit};
use serde_json::{Value as Json, json};
use std::sync::Arc;

/// The conditions with each of the mocks in turn, when it is known beforehand which names they replace; `same` where they change nothing.
fn conditions(code: &str, known: &[&str], mocks: &[(&str, Json)]) -> Vec<String> {
    let mut unit = Unit::new(SourceFile::new("rule.py", code));
    let tree = Arc::new(python::parse(code).unwrap());
    let mocked = known.iter().map(|name| Arc::from(*name)).collect();
    let (source, companions, entry) = (SourceId::MAIN, &NoCompanions, Entry::Rule);
    let program = Program { source, tree: &tree, companions, entry, log_types: &[], mocked };
    let mut lifting = program.start(&mut unit);
    assert!(lifting.lift().is_ok());
    let each = mocks.iter().map(|(name, value)| {
        let mock = Mock { name: (*name).to_owned(), value: value.clone() };
        let lifted = lifting.lift_with(&[mock]).unwrap_or_else(|(why, _)| panic!("{why}"));
        lifted.map_or_else(|| "same".to_owned(), |instead| shown(&instead.pool, instead.condition))
    });
    each.collect()
}

#[test]
fn what_stands_before_a_mock_is_found_once() {
    let plain = "
def limit():
    return 5

def twice():
    return limit() * 2

def rule(event):
    if event.get('off'):
        return False
    wanted = event.get('a')
    if event.get('deep'):
        wanted = wanted + twice()
    return wanted == limit()
";
    let global = "
SEEN = []

def limit():
    return 5

def keep(event):
    global SEEN
    SEEN = [event.get('b')]

def rule(event):
    global SEEN
    keep(event)
    if event.get('a') == 1:
        return SEEN == []
    SEEN = [event.get('a')]
    return len(SEEN) == limit()
";
    let mocks = [("limit", json!(1)), ("limit", json!(5)), ("limit", json!(1))];
    for code in [plain, global] {
        let found = conditions(code, &["limit"], &mocks);
        assert_eq!(found, conditions(code, &[], &mocks), "{code}");
        assert_eq!(found[0], found[2], "{code}");
        assert_ne!(found[0], found[1], "{code}");
    }
    assert_eq!(conditions(plain, &["limit"], &mocks)[1], "same");
}

#[test]
fn names_that_the_function_sets_itself_are_seen() {
    let code = "
LIST = ['x']

def rule(event):
    global LIST
    if event.get('a') == 1:
        LIST = ['y']
    return event.get('b') in LIST
";
    let mocks = [("LIST", json!(["z"])), ("LIST", json!([]))];
    assert_eq!(conditions(code, &["LIST"], &mocks), conditions(code, &[], &mocks));
}
