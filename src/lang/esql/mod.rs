//! ES|QL, Elasticsearch's piped query language, as its 9.x grammar has it: commands, expressions and the documented functions.
//!
//! A tree says what is written; [`check`] follows columns and types through it. Names are case-sensitive, keywords and functions are not.

mod ast;
mod commands;
mod cursor;
mod dissect;
mod expr;
mod functions;
mod grok;
mod hints;
mod index_name;
mod lex;
mod parse;
mod print;
#[cfg(test)]
mod tests;
mod typed;
mod types;
mod value;

pub use ast::{
    ArithmeticOp, At, Call, Command, CommandKind, CompareOp, EnrichField, Expr, ExprKind, Field, FromItem, Fuse,
    Literal, Map, MapValue, Measure, Name, NamePart, Order, Parts, Query, Renaming, Setting, Source, Str, With,
};
pub use dissect::{DissectKey, DissectPattern, dissect, dissect_pattern};
pub use functions::{Function, FunctionKind, find as find_function, functions};
pub use grok::{Extraction, GrokPiece, grok, grok_pieces};
pub use parse::{Parsed, parse};
pub use print::{print, print_expression};
pub use typed::{Absence, Certainty, Checked, Fields, Finding, FindingKind, Made, check, is_metadata};
pub use types::{Type, Types};

/// How deep expressions and branches may nest.
pub const MAX_DEPTH: usize = 128;
