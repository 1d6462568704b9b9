//! Running the lints over files.

use super::context::Known;
use super::{CorpusCx, DocumentCx, Outline, RuleCx, Settings, suppress};
use crate::frontend::{Format, Loaded};
use crate::source::Diagnostic;
use rayon::prelude::*;

/// The findings in one file: what its front-end said, and the lints over its documents and rules; suppressed ones left out,
/// sorted by place.
#[must_use]
pub fn check_file(loaded: &Loaded, settings: &Settings) -> Vec<Diagnostic> {
    let mut found = loaded.diagnostics.clone();
    documents(loaded, settings, &mut found);
    rules(loaded, settings, &mut found);
    let (suppressions, complaints) = suppress::read(loaded);
    found.retain(|diagnostic| !suppressions.cover(&loaded.unit, diagnostic));
    found.extend(complaints);
    let mut found: Vec<_> = found.into_iter().filter_map(|diagnostic| settings.admit(diagnostic)).collect();
    sort(&mut found);
    found.dedup();
    found
}

fn sort(found: &mut [Diagnostic]) {
    found.sort_by(|left, right| {
        let key = |d: &Diagnostic| (d.location, d.lint);
        key(left).cmp(&key(right)).then_with(|| left.message.cmp(&right.message))
    });
}

/// Files that are no rules are nobody's to judge.
fn documents(loaded: &Loaded, settings: &Settings, out: &mut Vec<Diagnostic>) {
    if loaded.format == Format::Other {
        return;
    }
    for (meta, check) in &settings.checks().documents {
        for document in &loaded.documents {
            check(&mut DocumentCx { loaded, document, meta, out });
        }
    }
}

fn rules(loaded: &Loaded, settings: &Settings, out: &mut Vec<Diagnostic>) {
    for item in &loaded.items {
        let known = Known::new(loaded, item, settings);
        for (meta, check) in &settings.checks().rules {
            check(&mut RuleCx { loaded, item, known: &known, meta, out });
        }
    }
}

/// The findings that only all files together show, each with the index of its file.
#[must_use]
pub fn check_corpus(files: &[&Outline], settings: &Settings) -> Vec<(usize, Diagnostic)> {
    let found = settings.checks().corpus.par_iter().map(|(meta, check)| {
        let mut found = Vec::new();
        check(&mut CorpusCx { files, meta, out: &mut found });
        found
    });
    let found: Vec<_> = found.collect();
    found
        .into_iter()
        .flatten()
        .filter(|(file, diagnostic)| files.get(*file).is_none_or(|outline| !outline.suppresses(diagnostic)))
        .filter_map(|(file, diagnostic)| Some((file, settings.admit(diagnostic)?)))
        .collect()
}
