//! The condition of a Sigma rule (Sigma Rules Specification 2.1.0, "Condition").

mod ast;
mod lex;
mod parse;
mod print;
#[cfg(test)]
mod tests;

pub use ast::{Aggregation, CompareOp, Condition, Expr, Function, Node, Pipe, Quantifier, Target};
pub use parse::{MAX_DEPTH, Parsed, parse};
pub use print::print;
