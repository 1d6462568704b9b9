//! From a rule to the same rule in the target's terms: `simplify`, `map_fields`, `lower`, `migrate_attack`.
//!
//! Each pass is `Rule -> Rule` plus the losses it causes; none of them knows a language.

mod attack;
mod bind;
mod capabilities;
mod decide;
mod guards;
mod lower;
mod map_fields;
mod map_values;
mod ordered;
mod per_field;
mod simplify;

pub use attack::{Migrated, migrate_attack};
pub use bind::bind;
pub use capabilities::{
    Absence, Capabilities, CaseSupport, PipeSupport, RegexSupport, SequenceSupport, Support, ValueModel,
    WildcardSupport,
};
pub use decide::decide;
pub use lower::{Empties, FieldFacts, Lowered, Terms, lower};
pub use map_fields::{Direction, Mapped, map_fields};
pub use ordered::ordered;
pub use per_field::PerField;
pub use simplify::simplify;
