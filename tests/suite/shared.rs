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

/// A corpus folder, or `None` as in [`shared`].
pub(crate) fn corpus(name: &str) -> Option<PathBuf> {
    shared(&format!("corpora/{name}"))
}

/// All files below a folder with one of the extensions, sorted.
pub(crate) fn files(folder: &Path, extensions: &[&str]) -> Vec<PathBuf> {
    let found = detc::source::discover(&[folder.display().to_string()], extensions);
    assert!(!found.files.is_empty(), "{} has no files", folder.display());
    found.files
}

/// The files under `folder` with one of the extensions, sorted, with their text.
pub(crate) fn texts(folder: &Path, extensions: &[&str]) -> Vec<(PathBuf, String)> {
    files(folder, extensions).into_iter().map(|path| (path.clone(), std::fs::read_to_string(path).unwrap())).collect()
}
