//! Lucene query strings, as Elasticsearch's `query_string` and Kibana's Lucene mode take them: Lucene's classic query parser
//! (`QueryParser.jj`, `QueryParserBase`) with what Elasticsearch's `QueryStringQueryParser` adds.
//!
//! - There is no precedence of `AND` and `OR`: each clause of a group is required, optional or prohibited, which [`occurs`] decides as
//!   `QueryParserBase.addClause` does.
//! - Words in a row are one text ([`Node::Term`]): the analyser of the field decides whether white space separates anything, and on a
//!   keyword it does not.
//! - Behind a field a word that starts with `<` or `>` is a comparison, escaped or not.
//! - Wildcards in the names of fields are escaped (`book.\*:x`).

mod ast;
mod escape;
mod hints;
mod lex;
mod parse;
mod print;
#[cfg(test)]
mod tests;

pub use ast::{Bound, Clause, Conjunction, Node, Occur, Piece, Prefix, Query, RangeOp, Text, occurs};
pub use parse::{MAX_DEPTH, Parsed, parse};
pub use print::print;
