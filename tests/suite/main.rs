//! Black-box tests of the library.

mod syntax_corpora;
mod syntax_props;
