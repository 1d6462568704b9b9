//! Black-box tests of the library.

// Clippy's switches for tests only reach functions marked `#[test]`; everything in this crate is one.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

mod shared;
mod syntax_corpora;
mod syntax_edits;
mod syntax_props;
