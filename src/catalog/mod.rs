//! What is known about the worlds that rules speak of: ATT&CK, fields and their types, values, log sources, field maps.
//!
//! The data lie in `schemas/` as sorted text and are embedded; see [`table`].

pub mod attack;
pub mod build;
pub mod fields;
mod glob;
pub mod ingest;
pub mod maps;
pub mod table;

pub use glob::glob;
