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

use super::known::{self, Known};
use std::rc::Rc;

thread_local! {
    static CONDITIONS: Known<Parsed> = Known::default();
}

/// As [`parse`], for conditions that many rules have and that are looked at more than once.
#[must_use]
pub fn known(text: &str) -> Rc<Parsed> {
    known::read(&CONDITIONS, text, parse)
}
