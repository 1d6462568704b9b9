//! `detc`: the compiler for detection rules.
//!
//! Data flows one way: `source` -> `syntax` -> `frontend` -> `ir` -> `pass` -> `backend` -> text. See ARCHITECTURE.md.

pub mod backend;
pub mod catalog;
pub mod cli;
pub mod eval;
pub mod fidelity;
pub mod frontend;
pub mod ir;
pub mod lang;
pub mod lint;
pub mod pass;
pub mod proof;
pub mod report;
pub mod source;
pub mod syntax;
