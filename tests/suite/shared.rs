//! The shared folder beside the repository, where it is present.

use std::path::{Path, PathBuf};

/// A corpus folder, or `None` with a note where it is absent. `DETC_REQUIRE_SHARED` makes absence a failure.
pub(crate) fn corpus(name: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpora").join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(std::env::var_os("DETC_REQUIRE_SHARED").is_none(), "{} is absent", folder.display());
    println!("skipped: {} is absent", folder.display());
    None
}

/// All files below a folder with one of the extensions, sorted.
pub(crate) fn files(folder: &Path, extensions: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| extensions.contains(&e.to_str().unwrap_or_default())) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}
