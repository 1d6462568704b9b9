//! The list of mistakes that `benches/mistakes` makes fits the source: it cannot rot.

use std::collections::BTreeSet;
use std::path::Path;

#[derive(serde::Deserialize)]
struct List {
    mistake: Vec<Mistake>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Mistake {
    file: String,
    at: String,
    wrong: String,
    means: String,
}

#[test]
fn every_mistake_has_one_place_in_the_source() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(root.join("benches/mistakes.toml")).unwrap();
    let mistakes = toml::from_str::<List>(&text).unwrap().mistake;
    assert_eq!(mistakes.len(), 100);
    let (mut meanings, mut places) = (BTreeSet::new(), BTreeSet::new());
    for Mistake { file, at, wrong, means } in &mistakes {
        let source = std::fs::read_to_string(root.join(file)).unwrap();
        let (before, rest) = at.split_once('«').unwrap();
        let (expression, after) = rest.split_once('»').unwrap();
        assert_eq!(source.matches(&format!("{before}{expression}{after}")).count(), 1, "{file}: {at}");
        assert!(wrong != expression && !wrong.is_empty(), "{means}");
        assert!(meanings.insert(means) && places.insert((file, at)), "twice in the list: {means}");
    }
}
