//! The query languages: each is text to tree and tree to text, with exact spans and nothing else.

pub mod kuery;
pub mod sigma;
