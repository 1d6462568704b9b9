//! Writes the part of `docs/fidelity.md` over the public collections, where they are: `cargo bench --bench fidelity`. The Python of
//! Panther's rules is in a checkout of panther-analysis, which `DETC_PANTHER_ANALYSIS` names.

// A tool of the repository, which shares its counts with a test: what goes wrong ends it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

#[path = "../tests/fidelity/mod.rs"]
mod counts;

use counts::{Collection, section};
use std::path::Path;

const COLLECTIONS: [Collection<'static>; 2] = [
    Collection {
        title: "SigmaHQ (SigmaHQ/sigma at 8eaafff1f)",
        paths: &[
            "../shared/corpora/sigma/rules",
            "../shared/corpora/sigma/rules-compliance",
            "../shared/corpora/sigma/rules-dfir",
            "../shared/corpora/sigma/rules-emerging-threats",
            "../shared/corpora/sigma/rules-placeholder",
            "../shared/corpora/sigma/rules-threat-hunting",
        ],
    },
    Collection {
        title: "Elastic (elastic/detection-rules at 14cf530f0d)",
        paths: &["../shared/corpora/elastic/rules", "../shared/corpora/elastic/rules_building_block"],
    },
];

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    if !root.join("../shared/corpora").exists() {
        println!("the public collections are not here");
        return;
    }
    let mut collections = COLLECTIONS.to_vec();
    let panther = std::env::var("DETC_PANTHER_ANALYSIS").map(|checkout| format!("{checkout}/rules"));
    let panther = panther.as_ref().map(|path| [path.as_str()]);
    match &panther {
        Ok(paths) => {
            collections.push(Collection { title: "Panther (panther-labs/panther-analysis at daa10c88)", paths });
        }
        Err(_) => println!("without DETC_PANTHER_ANALYSIS Panther's rules are not counted"),
    }
    let text = section(Path::new(env!("CARGO_BIN_EXE_detc")), &collections);
    let path = root.join("docs/fidelity.md");
    let page = std::fs::read_to_string(&path).expect("docs/fidelity.md");
    let (before, _) = page.split_once("## The public collections\n").expect("the section");
    std::fs::write(path, format!("{before}## The public collections\n\n{}\n", text.trim_end()))
        .expect("to be writable");
}
