//! Loading, linting, converting and evaluating: the bundled rules, and the corpora where they are.
//!
//! `cargo bench`. Whole processes are compared by `benches/compare`.

use detc::backend::{Options, Target, convert};
use detc::eval::{EndOfStream, Program};
use detc::frontend::{Context, Loaded, load};
use detc::source::{Disk, SourceFile, discover, read};
use rayon::prelude::*;
use std::path::{Path, PathBuf};

fn main() {
    divan::main();
}

/// The rule files of a folder beside or in the repository; none when it is absent.
fn files(folder: &str) -> Vec<SourceFile> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let found = discover(&[root.display().to_string()], &["yml", "toml"]);
    found.files.iter().filter_map(|path: &PathBuf| read(path).ok()).collect()
}

fn load_all(files: Vec<SourceFile>) -> Vec<Loaded> {
    files.into_par_iter().map(|file| load(file, &Context::beside(&Disk))).collect()
}

const FOLDERS: [&str; 4] =
    ["rules", "../shared/corpora/sigma/rules", "../shared/corpora/elastic/rules", "../shared/corpora/panther/rules"];

#[divan::bench(args = FOLDERS)]
fn load_folder(bencher: divan::Bencher<'_, '_>, folder: &str) {
    let files = files(folder);
    bencher.with_inputs(|| files.clone()).bench_values(load_all);
}

#[divan::bench(args = [Target::Eql, Target::Kql, Target::Elastic, Target::Panther, Target::Sigma, Target::Native])]
fn convert_bundled(bencher: divan::Bencher<'_, '_>, target: Target) {
    let loaded = load_all(files("rules"));
    let options = Options::default();
    bencher.bench(|| {
        loaded
            .iter()
            .flat_map(|file| &file.items)
            .map(|item| convert(&item.rule, target, &options).losses.len())
            .sum::<usize>()
    });
}

#[divan::bench]
fn evaluate_bundled_on_their_own_tests(bencher: divan::Bencher<'_, '_>) {
    let loaded = load_all(files("rules"));
    let rules: Vec<_> = loaded.iter().flat_map(|file| &file.items).map(|item| &item.rule).collect();
    let events: Vec<_> = rules.iter().flat_map(|rule| &rule.tests).flat_map(|test| test.events.clone()).collect();
    let program = Program::compile_all(&rules);
    bencher.bench(|| program.run(events.iter().cloned().enumerate(), EndOfStream::Complete).alerts.len());
}
