//! From a rule to the same rule in the target's terms: `simplify`, `map_fields`, `lower`.
//!
//! Each pass is `Rule -> Rule` plus the losses it causes; none of them knows a language.

mod guards;
mod simplify;

pub use simplify::simplify;
