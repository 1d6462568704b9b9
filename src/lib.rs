//! `detc`: the compiler for detection rules.
//!
//! Data flows one way: `source` -> `syntax` -> `frontend` -> `ir` -> `pass` -> `backend` -> text. See ARCHITECTURE.md.

pub mod lang;
pub mod source;
pub mod syntax;
