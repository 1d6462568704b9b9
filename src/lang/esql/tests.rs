//! What the grammar says, what the complaints point at, and the round trip.

mod properties;
mod syntax;
mod typed;
mod verifier;
