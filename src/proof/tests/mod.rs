//! Tests that need what the proof keeps to itself.

mod kinds;
mod mistakes;
