//! ES|QL, Elasticsearch's piped query language, as its 9.x grammar has it: commands, expressions and the documented functions.
//!
//! Columns and types are not followed here; a tree says what is written. Names are case-sensitive, keywords and functions are not.

mod ast;
mod check;
mod cursor;
mod expr;
mod functions;
mod hints;
mod lex;
mod parse;
mod print;
#[cfg(test)]
mod tests;

pub use ast::{
    ArithmeticOp, At, Call, Command, CommandKind, CompareOp, EnrichField, Expr, ExprKind, Field, Literal, Measure,
    Name, NamePart, Order, Query, Renaming, Source, Str, With,
};
pub use functions::{FUNCTIONS, Function, find as find_function};
pub use parse::{Parsed, parse};
pub use print::{print, print_expression};

/// How deep expressions and branches may nest.
pub const MAX_DEPTH: usize = 128;
