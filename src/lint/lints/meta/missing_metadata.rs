//! What a rule does not say about itself.

use crate::lint::RuleCx;
use crate::lint::meta::{Stage, Tap, declare_lint};
use crate::source::Location;

declare_lint! {
    /// ## What it checks
    /// Sigma rules without an `id`, `status`, `description`, `author`, `date` or `level`. One finding names all that is missing.
    ///
    /// ## Why it matters
    /// The specification leaves them out of what is required, and nothing works well without them: updates go by the id, filters by status and
    /// level, and a person reads the description.
    ///
    /// ## Fix
    /// Add what the message names. A rule of your own may do without: ignore the lint.
    ///
    /// ## References
    /// Sigma Rules Specification 2.1.0; pySigma-validators-sigmaHQ, `*_existence`.
    pub(in crate::lint) META = {
        name: "missing-metadata", family: "meta", level: Note, stage: Stage::Stable("0.1.0"), tap: Tap::Rule(check),
    }
}

fn check(cx: &mut RuleCx<'_>) {
    let Some(title) = cx.sigma_entry("title") else { return };
    let meta = &cx.rule().meta;
    // A filter has no level of its own, nor a status.
    let is_filter = cx.rule().kind == "filter";
    let wanted = [
        ("id", meta.id.is_some()),
        ("status", is_filter || meta.status.is_some()),
        ("description", meta.description.is_some()),
        ("author", !meta.authors.is_empty()),
        ("date", meta.created.is_some()),
        ("level", is_filter || meta.severity.is_some()),
    ];
    let missing: Vec<String> = wanted.iter().filter(|(_, there)| !there).map(|(key, _)| format!("`{key}`")).collect();
    if !missing.is_empty() {
        let message = format!("the rule has no {}", missing.join(", "));
        let finding = cx.diagnostic(Location::main(title.key.span), message);
        cx.report(finding);
    }
}
