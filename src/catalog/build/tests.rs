use super::*;
use std::path::Path;

/// The folder of the source files, or `None` (with a note) on a machine that has none.
fn sources() -> Option<impl Fn(&str) -> Option<String>> {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    if !shared.is_dir() {
        assert!(std::env::var_os("DETC_REQUIRE_SHARED").is_none(), "../shared is required");
        println!("skipped: ../shared is absent");
        return None;
    }
    Some(move |name: &str| {
        let folder = if name.starts_with("sigma_") { "corpora/sigma" } else { "data" };
        std::fs::read_to_string(shared.join(folder).join(name)).ok()
    })
}

/// With `DETC_WRITE_TABLES=1` this writes the tables instead of comparing them.
#[test]
fn rebuilt_tables_equal_the_embedded_ones() {
    let Some(source) = sources() else { return };
    let schemas = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas");
    for (path, content) in build(&source).unwrap() {
        if std::env::var_os("DETC_WRITE_TABLES").is_some() {
            std::fs::write(schemas.join(&path), &content).unwrap();
        }
        let embedded = std::fs::read_to_string(schemas.join(&path)).unwrap();
        assert!(embedded == content, "{path} differs from what its sources give");
    }
}

#[test]
fn a_missing_or_broken_source_is_named() {
    assert!(matches!(build(&|_| None), Err(BuildError::Missing("attack_v18.1.json"))));
    let error = build(&|_| Some("[]".to_owned())).unwrap_err();
    assert!(error.to_string().contains("attack_v18.1.json"), "{error}");
}

#[test]
fn the_list_of_sources_is_complete() {
    let Some(source) = sources() else { return };
    let asked = std::cell::RefCell::new(std::collections::BTreeSet::new());
    let noted = |name: &str| {
        asked.borrow_mut().insert(name.to_owned());
        source(name)
    };
    build(&noted).unwrap();
    assert!(asked.into_inner().iter().eq(SOURCES));
}
