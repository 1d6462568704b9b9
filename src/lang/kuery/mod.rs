//! KQL, Kibana's query language ("kuery"), as the grammar of Kibana's `kbn-es-query` package has it.
//!
//! Not to be confused with Microsoft's Kusto, nor with the Python reading of KQL in Elastic's own rule tooling,
//! which refuses much of what Kibana accepts (upper-case keywords, unquoted values with spaces).

mod ast;
mod hints;
mod lex;
mod parse;
mod print;
#[cfg(test)]
mod tests;

pub use ast::{Constant, Node, Piece, Query, RangeOp, Value, Values, ValuesNode};
pub use parse::{MAX_DEPTH, Parsed, parse};
pub use print::print;
