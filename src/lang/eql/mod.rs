//! EQL, the Event Query Language, as Elasticsearch has it today (the grammar is `EqlBase.g4` of its `eql` plug-in, with
//! `with runs` of 7.16, `sample` of 8.6 and `![` of 8.9). The older dialect of Endgame is recognised and explained, not accepted.
//!
//! ```text
//! text --lex--> tokens --parse--> Query --check--> problems        Query --print--> text
//! ```
//!
//! Offsets are bytes in the text given; the caller maps them to a file with a [`TextMap`](crate::source::TextMap).

mod ast;
mod check;
mod cursor;
mod dialect;
mod expr;
mod functions;
mod lex;
mod parse;
mod predicate;
mod print;
mod terms;
#[cfg(test)]
mod tests;

pub use ast::{
    ArithmeticOp, At, Category, CategoryKind, CompareOp, EventFilter, EventQuery, Expr, ExprKind, Field, FieldPart,
    Int, Literal, MatchKind, MaxSpan, Pipe, PipeKind, Query, Sample, Sequence, Str, Term, TimeUnit,
};
pub use functions::{FUNCTIONS, Function, Param, Type, find as find_function};
pub use parse::{Parsed, ParsedExpression, parse, parse_expression};
pub use print::{print, print_expression, print_field, print_pretty, quote};

/// How deep brackets, `not`, function calls and arithmetic may nest, both while reading and in the tree that comes out.
/// Elastic's published rules stay below 10.
pub const MAX_DEPTH: usize = 128;
