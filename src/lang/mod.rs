//! The query languages: each is text to tree and tree to text, with exact spans and nothing else. They know nothing of rules
//! or files.

pub mod eql;
pub mod kuery;
pub mod python;
pub mod sigma;
