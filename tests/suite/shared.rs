<<<<<<< HEAD
//! The material beside the repository: corpora and conformance files, which are not part of it.

use std::path::{Path, PathBuf};

/// A file or folder of `../shared`, or `None` with a note where it is absent; absent and required is a failure.
pub(crate) fn shared(relative: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared").join(relative);
    if path.exists() {
        return Some(path);
    }
    assert!(std::env::var_os("DETC_REQUIRE_SHARED").is_none(), "{} is absent", path.display());
    println!("skipped: {} is absent", path.display());
    None
}

/// The files under `folder` with one of the extensions, sorted, with their text.
pub(crate) fn texts(folder: &Path, extensions: &[&str]) -> Vec<(PathBuf, String)> {
    let found = detc::source::discover(&[folder.display().to_string()], extensions);
    assert!(!found.files.is_empty(), "{} has no files", folder.display());
    found.files.into_iter().map(|path| (path.clone(), std::fs::read_to_string(path).unwrap())).collect()
=======
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
>>>>>>> syntax
}
