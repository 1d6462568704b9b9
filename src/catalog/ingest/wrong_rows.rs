//! Whether a check against pairs finds rows that are wrong: mistakes put into the embedded maps, chosen by a fixed seed.

use super::tests::pairs;
use super::{Pair, check_with};
use crate::catalog::maps::{EMBEDDED, FieldMap};

/// What is done to the text of a row.
#[derive(Debug, Clone, Copy)]
enum Mistake {
    /// The field of another row.
    OtherField,
    /// The field's name without its last letter.
    Misspelt,
    /// The first of two copies is the field's name without its last letter.
    WrongCopy,
    /// The row says that the ingest drops the field.
    Dropped,
}

/// The text between `start` and the next `"`.
fn quoted<'l>(line: &'l str, start: &str) -> Option<&'l str> {
    line.split_once(start)?.1.split('"').next()
}

fn with_mistake(line: &str, mistake: Mistake, other: &str) -> Option<String> {
    let elastic = quoted(line, "elastic = \"")?;
    let replaced = |with: &str| line.replacen(&format!("elastic = \"{elastic}\""), &format!("elastic = \"{with}\""), 1);
    match mistake {
        Mistake::OtherField => (other != elastic).then(|| replaced(other)),
        Mistake::Dropped => Some(line.replacen(&format!("elastic = \"{elastic}\""), "dropped = true", 1)),
        Mistake::Misspelt => Some(replaced(&elastic[..elastic.len() - 1])),
        Mistake::WrongCopy => {
            let copy = quoted(line, "copies = [\"")?;
            Some(line.replacen(&format!("[\"{copy}\""), &format!("[\"{}\"", &copy[..copy.len() - 1]), 1))
        }
    }
}

fn differences(map: &FieldMap, pairs: &[Pair]) -> usize {
    check_with(map, pairs).iter().map(|report| report.differences.len()).sum()
}

/// A sequence that is the same in every run (Knuth's MMIX generator).
fn next(seed: &mut u64, below: usize) -> usize {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    usize::try_from(*seed >> 33).unwrap() % below
}

#[test]
fn a_hundred_wrong_rows_are_found_by_the_pairs() {
    let mut maps = Vec::new();
    for embedded in EMBEDDED {
        let (path, text) = (embedded.path, embedded.text);
        let map = FieldMap::parse(text).unwrap();
        // Maps that extend others share their pairs, and their rows are checked there.
        if map.extends.is_some() || !text.contains("evidence = \"fixture\"") {
            continue;
        }
        let Some(pairs) = pairs(&map.dataset) else { return };
        let rows: Vec<&str> = text
            .lines()
            .filter(|line| {
                line.contains("evidence = \"fixture\"")
                    && line.contains("elastic = \"")
                    && !line.contains("ambiguous = true")
            })
            .collect();
        maps.push((path, text, pairs, rows));
    }
    let (mut seed, mut made, mut missed) = (2026, 0, Vec::new());
    while made < 100 {
        let (path, text, pairs, rows) = &maps[next(&mut seed, maps.len())];
        let line = rows[next(&mut seed, rows.len())];
        let other = quoted(rows[next(&mut seed, rows.len())], "elastic = \"").unwrap_or_default();
        let mistake =
            [Mistake::OtherField, Mistake::Misspelt, Mistake::WrongCopy, Mistake::Dropped][next(&mut seed, 4)];
        let Some(wrong) = with_mistake(line, mistake, other) else { continue };
        made += 1;
        let before = differences(&FieldMap::parse(text).unwrap(), pairs);
        // What cannot be read is found as well.
        let found =
            FieldMap::parse(&text.replacen(line, &wrong, 1)).map_or(true, |map| differences(&map, pairs) > before);
        if !found {
            missed.push(format!("{path}: {mistake:?}: {wrong}"));
        }
    }
    assert!(missed.len() <= 2, "{} missed:\n{}", missed.len(), missed.join("\n"));
}
