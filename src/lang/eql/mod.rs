//! EQL, the Event Query Language, as Elasticsearch has it today (the grammar is `EqlBase.g4` of its `eql` plug-in, with
//! `with runs` of 7.16, `sample` of 8.6 and `![` of 8.9). Of the older dialect of Endgame every construct is recognised and explained;
//! it is accepted where the caller asks for it ([`Dialect`]).
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
mod typed;

pub use ast::{
    ArithmeticOp, At, Category, CategoryKind, CompareOp, EventFilter, EventQuery, Expr, ExprKind, Field, FieldPart,
    Int, Join, Literal, MatchKind, MaxSpan, Pipe, PipeKind, Query, Relation, Sample, Sequence, Str, Term, TimeUnit,
};
pub use dialect::Dialect;
pub use functions::{
    ENDGAME_FUNCTIONS, FUNCTIONS, Function, Param, Type, find as find_function, find_in as find_function_in,
};
pub use parse::{Parsed, ParsedExpression, parse, parse_as, parse_expression};
pub use print::{print, print_expression, print_field, print_pretty, quote};
pub use typed::{Kind, type_problems};

/// How deep brackets, `not`, function calls and arithmetic may nest, both while reading and in the tree that comes out.
/// Elastic's published rules stay below 10.
pub const MAX_DEPTH: usize = 128;
