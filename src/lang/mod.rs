//! The query languages, each with its own syntax tree, lexer, parser and printer. They know nothing of rules or files.

//! The query languages: each is text to tree and tree to text, with exact spans and nothing else.

pub mod eql;
pub mod kuery;
pub mod sigma;
