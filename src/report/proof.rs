//! What a proof found, in lines for people.

use super::plural;
use crate::proof::{Proof, Seen};

/// `differs: ..` with the events on both sides, a line each.
pub(super) fn lines(proof: &Proof) -> Vec<String> {
    let reason = proof.reason.as_deref().map_or(String::new(), |reason| format!(": {reason}"));
    let asked = plural(proof.witnesses, "event");
    let mut lines = vec![format!("{} ({asked}){reason}", proof.verdict.name())];
    if let Some(example) = &proof.counterexample {
        lines.push(format!("  found by {}", example.found_by));
        lines.push(format!("  the source {}", seen(&example.source)));
        lines.push(format!("  the target {}", seen(&example.target)));
    }
    lines
}

/// `fires on {..} because ..`
pub(super) fn seen(seen: &Seen) -> String {
    let events: Vec<String> = seen.events.iter().map(ToString::to_string).collect();
    let says = if seen.fires { "fires on" } else { "does not fire on" };
    let because = seen.because.as_deref().map_or(String::new(), |because| format!(" because {because}"));
    format!("{says} {}{because}", events.join(" "))
}
