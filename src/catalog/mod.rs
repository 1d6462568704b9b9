//! What is known about the worlds that rules speak of: ATT&CK, fields and their types, values, log sources, field maps.
//!
//! The data lie in `schemas/` as sorted text and are embedded; see [`table`]. [`status()`] says what they are and how old.

pub mod attack;
pub mod build;
pub mod features;
pub mod fields;
mod glob;
pub mod ingest;
pub mod logsource;
pub mod maps;
pub mod pipelines;
mod status;
pub mod table;
pub mod values;
pub mod versions;

pub use glob::glob;
pub use status::{TableStatus, status};
