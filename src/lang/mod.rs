//! The query languages: each is text to tree and tree to text, with exact spans and nothing else. They know nothing of rules
//! or files.

pub(crate) mod at;
mod backtick;
pub mod eql;
pub mod esql;
pub mod kuery;
pub mod lucene;
pub mod lucene_regex;
mod operators;
pub mod python;
pub mod sigma;
pub mod sql;
