//! The query languages, each with its own syntax tree, lexer, parser and printer. They know nothing of rules or files.

pub mod eql;
