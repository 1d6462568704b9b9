//! Lucene query strings, as Elasticsearch's `query_string` and Kibana's Lucene mode take them (Lucene's classic query parser).
//!
//! There is no precedence of `AND` and `OR`: each clause of a group is required, optional or prohibited, which [`Clause::occur`]
//! and [`occurs`] decide as Lucene does.

mod ast;
mod lex;
mod parse;
mod print;
#[cfg(test)]
mod tests;

pub use ast::{Bound, Clause, Conjunction, Node, Occur, Piece, Prefix, Query, RangeOp, Text, occurs};
pub use parse::{MAX_DEPTH, Parsed, parse};
pub use print::print;
