//! The small languages inside a Sigma rule: conditions, field names with modifiers, and string values with
//! wildcards (Sigma specification 2.1.0), and what the transforming modifiers do to a value.

pub mod condition;
pub mod known;
pub mod modifiers;
pub mod transform;
pub mod value;
