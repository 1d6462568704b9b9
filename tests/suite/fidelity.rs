//! `docs/fidelity.md`: what becomes of the bundled rules in each target. The part over the public collections is written by
//! `cargo bench --bench fidelity`.

#[path = "../fidelity/mod.rs"]
mod counts;

use counts::{Collection, section};
use std::path::Path;

/// With `SNAPSHOTS=overwrite` the page is brought up to date.
#[test]
fn the_page_has_the_bundled_rules_as_they_are() {
    let program = Path::new(env!("CARGO_BIN_EXE_detc"));
    let bundled = section(
        program,
        &[
            Collection { title: "Sigma", paths: &["rules/sigma"] },
            Collection { title: "Elastic", paths: &["rules/elastic"] },
            Collection { title: "Panther", paths: &["rules/panther"] },
        ],
    );
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/fidelity.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once("## The bundled rules\n").unwrap();
    let (_, after) = rest.split_once("## The public collections\n").unwrap();
    let fresh = format!("{before}## The bundled rules\n\n{bundled}## The public collections\n{after}");
    snapbox::assert_data_eq!(fresh, snapbox::Data::read_from(&path, None).raw());
}
