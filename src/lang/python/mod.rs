//! Python: what a detection module is written with.

pub mod helpers;
mod literal;
mod print;
mod tree;

pub use print::{LINE_LENGTH, print, width};
pub use tree::{CompareOp, Expr, Function, Import, Module, Statement};
