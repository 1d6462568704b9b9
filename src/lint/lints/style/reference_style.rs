//! References that do not last.

use crate::lint::RuleCx;
use crate::lint::meta::{Stage, Tap, declare_lint};
use crate::source::Location;

declare_lint! {
    /// ## What it checks
    /// References of a Sigma rule: a file on a branch of GitHub, which changes, and pages of ATT&CK, which are tags.
    ///
    /// ## Why it matters
    /// What the rule rests on can no longer be read when the branch moves on.
    ///
    /// ## Fix
    /// Link the file at a commit (on GitHub, press `y`); write the technique as a tag.
    ///
    /// ## References
    /// SigmaHQ rule convention; pySigma-validators-sigmaHQ, `github_link`, `mitre_link`.
    pub(in crate::lint) META = {
        name: "reference-style", family: "style", level: Note, stage: Stage::Stable("0.1.0"), tap: Tap::Rule(check),
    }
}

fn check(cx: &mut RuleCx<'_>) {
    let items = cx.sigma_entry("references").and_then(|entry| entry.value.as_seq()).unwrap_or_default();
    for scalar in items.iter().filter_map(crate::syntax::Node::as_scalar) {
        let message = if scalar.text.starts_with("https://attack.mitre.org/") {
            "a page of ATT&CK is a tag: `attack.t1078`"
        } else if is_moving(&scalar.text) {
            "the file on this branch changes: link it at a commit"
        } else {
            continue;
        };
        let finding = cx.diagnostic(Location::main(scalar.map.whole()), message);
        cx.report(finding);
    }
}

/// A file of a GitHub repository that is not named at a commit.
fn is_moving(link: &str) -> bool {
    let Some(path) = link.strip_prefix("https://github.com/") else { return false };
    let is_commit = |part: &str| part.len() == 40 && part.bytes().all(|byte| byte.is_ascii_hexdigit());
    let name = path.rsplit('/').next().unwrap_or_default();
    let ends_in_a_file = name
        .rsplit_once('.')
        .is_some_and(|(_, end)| (1..=3).contains(&end.len()) && end.bytes().all(|b| b.is_ascii_alphanumeric()));
    ends_in_a_file && path.contains("/blob/") && !path.split('/').any(is_commit)
}
