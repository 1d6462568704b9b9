//! Tests that need what the proof keeps to itself.

mod expressions;
mod kinds;
mod mistakes;
mod shown;

use crate::frontend::{Context, load};
use crate::ir::Rule;
use std::path::Path;

/// The bundled rules, each with the name of its file.
fn bundled() -> Vec<(String, Rule)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    let found = crate::source::discover(&[root.display().to_string()], &["toml", "yml"]);
    let mut rules = Vec::new();
    for path in found.files {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let loaded = load(crate::source::read(&path).unwrap(), &Context::beside(&crate::source::Disk));
        rules.extend(loaded.items.into_iter().map(|item| (name.clone(), item.rule)));
    }
    rules
}
