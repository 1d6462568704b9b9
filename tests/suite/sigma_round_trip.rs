//! Issue 4: Sigma to the IR, to Sigma, to the IR is equal for every rule that loads, by the equality of the IR; what a rule says about
//! itself stays too.

use crate::frontend_sigma::{ACTIVE, load_folder};
use crate::shared::corpus;
use detc::backend::{Options, Target, convert};
use detc::fidelity::MaxLoss;
use detc::frontend::{Context, Loaded, load};
use detc::ir::{DataSource, Logic, Meta, Rule, equal, holes, resolved};
use detc::pass::simplify;
use detc::source::{Level, SourceFile, Spanned};
use std::collections::BTreeMap;
use std::path::Path;

/// What came of a round trip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Trip {
    Equal,
    /// Sigma has no form for it, which the conversion says: a time span that the rule does not state, a least or greatest value.
    Told,
    /// The rule cannot be read, or has a part that is kept as text.
    NotUnderstood,
}

fn is_understood(rule: &Rule) -> bool {
    !matches!(rule.logic, Logic::Opaque(_)) && holes(&rule.pool, &rule.logic.roots()).is_empty()
}

/// One rule there and back, `others` being what it refers to.
///
/// # Errors
/// With the difference, and the text that was written.
pub(crate) fn round_trip(rule: &Rule, others: &[&Rule]) -> Result<Trip, String> {
    if !is_understood(rule) {
        return Ok(Trip::NotUnderstood);
    }
    let conversion = convert(rule, Target::Sigma, &Options { max_loss: MaxLoss::Any, ..Options::default() });
    let changes_meaning = |loss: &detc::fidelity::Loss| loss.effect != detc::fidelity::Effect::Metadata;
    let told = conversion.losses.iter().any(changes_meaning);
    let Some(output) = conversion.outputs.first() else {
        return if told { Ok(Trip::Told) } else { Err("refused without a loss".to_owned()) };
    };
    let again = load(SourceFile::new("again.yml", output.text.as_str()), &Context::default());
    compare(rule, others, &again, told).map_err(|what| format!("{what}\n{}", output.text))
}

fn compare(rule: &Rule, others: &[&Rule], again: &Loaded, told: bool) -> Result<Trip, String> {
    let errors: Vec<_> = again.diagnostics.iter().filter(|found| found.level == Level::Error).collect();
    if !errors.is_empty() {
        return Err(format!("{errors:?}"));
    }
    let rules: Vec<&Rule> = again.items.iter().map(|item| &item.rule).collect();
    let Some((last, parts)) = rules.split_last() else { return Err("nothing is read".to_owned()) };
    if told {
        return Ok(Trip::Told);
    }
    // What a threshold counts, or what comes close, is a rule of its own in Sigma.
    let beside: Vec<&Rule> = parts.iter().chain(others).copied().collect();
    let (before, after) = (resolved(rule, others), resolved(last, &beside));
    // A condition that repeats itself is written without the repetition.
    if !equal(&before, &after) && !equal(&simplify(before), &simplify(after)) {
        return Err("the logic differs".to_owned());
    }
    let (before, after) = (plain_meta(&rule.meta), plain_meta(&last.meta));
    if before != after {
        return Err(format!("the metadata differs: {before:#?} {after:#?}"));
    }
    let of = parts.first().filter(|_| last.kind == "correlation" && rule.kind != "correlation").unwrap_or(last);
    if plain_source(&of.data_source) != plain_source(&rule.data_source) {
        return Err("the log source differs".to_owned());
    }
    Ok(Trip::Equal)
}

/// Without places.
fn plain_meta(meta: &Meta) -> Meta {
    let mut plain = meta.clone();
    let unplaced = |text: &mut Spanned<String>| text.span = detc::source::Span::default();
    plain.id.iter_mut().chain(&mut plain.tags).for_each(unplaced);
    for reference in &mut plain.attack {
        let parts = [
            &mut reference.tactic,
            &mut reference.technique,
            &mut reference.tactic_name,
            &mut reference.technique_name,
        ];
        parts.into_iter().flatten().for_each(unplaced);
    }
    // The specification has each item of these lists once.
    for list in [&mut plain.references, &mut plain.false_positives] {
        *list = list.drain(..).collect::<indexmap::IndexSet<String>>().into_iter().collect();
    }
    // Tactics are written first; the order says nothing.
    plain.attack.sort_by_key(|reference| format!("{reference:?}"));
    plain.attack.dedup();
    plain
}

fn plain_source(source: &DataSource) -> [Option<String>; 3] {
    [&source.product, &source.category, &source.service].map(|part| part.as_ref().map(|part| part.value.clone()))
}

fn folder(folder: &Path, counts: &mut BTreeMap<Trip, usize>, listed: &mut Vec<String>) {
    for file in load_folder(folder) {
        for item in &file.items {
            match round_trip(&item.rule, &[]) {
                Ok(trip) => {
                    *counts.entry(trip).or_default() += 1;
                    if trip != Trip::Equal {
                        println!("{trip:?}: {}", file.unit.main().path);
                    }
                }
                Err(what) => listed.push(format!("{}: {what}", file.unit.main().path)),
            }
        }
    }
}

#[test]
fn our_own_rules_read_back_as_they_are() {
    let (mut counts, mut different) = (BTreeMap::new(), Vec::new());
    folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("rules/sigma"), &mut counts, &mut different);
    assert_eq!(different, Vec::<String>::new());
    assert!(counts[&Trip::Equal] >= 12 && counts.len() == 1, "{counts:?}");
}

#[test]
fn active_rules_read_back_as_they_are() {
    let Some(root) = corpus("sigma") else { return };
    let (mut counts, mut different) = (BTreeMap::new(), Vec::new());
    ACTIVE.iter().for_each(|name| folder(&root.join(name), &mut counts, &mut different));
    println!("{counts:?}");
    assert!(different.is_empty(), "{}: {}", different.len(), different[..different.len().min(5)].join("\n"));
    assert!(counts[&Trip::Equal] >= 3780 && counts.len() == 1, "{counts:?}");
}

/// Old aggregations without a `timeframe` are written with 30 days, which the conversion says; four files are no Sigma, and a `near`
/// without a `timeframe` has no meaning.
#[test]
fn retired_rules_read_back_as_they_are() {
    let Some(root) = corpus("sigma") else { return };
    let (mut counts, mut different) = (BTreeMap::new(), Vec::new());
    ["deprecated", "unsupported"].iter().for_each(|name| folder(&root.join(name), &mut counts, &mut different));
    println!("{counts:?}");
    assert!(different.is_empty(), "{}: {}", different.len(), different[..different.len().min(5)].join("\n"));
    let unread = counts.get(&Trip::NotUnderstood).copied().unwrap_or_default();
    assert!(counts[&Trip::Equal] >= 240 && unread <= 7, "{counts:?}");
}
