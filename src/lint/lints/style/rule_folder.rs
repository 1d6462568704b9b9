//! Rules in the folder of another kind.

use crate::ir::Status;
use crate::lint::RuleCx;
use crate::lint::meta::{Stage, Tap, declare_lint};
use crate::source::Location;

declare_lint! {
    /// ## What it checks
    /// Sigma rules in folders that SigmaHQ has a meaning for: deprecated and unsupported rules below `rules` and its like, others below
    /// `deprecated` and `unsupported`, and rules below `rules-emerging-threats`, `rules-threat-hunting` and `rules-dfir` without the tag that goes
    /// with it.
    ///
    /// ## Why it matters
    /// People take whole folders: a retired rule among the active ones is deployed, and a hunting rule without its tag alerts.
    ///
    /// ## Fix
    /// Move the rule, or give it the status or the tag of its folder.
    ///
    /// ## References
    /// SigmaHQ rule convention; pySigma-validators-sigmaHQ, `sigmahq_status` and `sigmahq_tags_detection`.
    pub(in crate::lint) META = {
        name: "rule-folder", family: "style", level: Note, stage: Stage::Stable("0.1.0"), tap: Tap::Rule(check),
    }
}

/// Folders with the tag that goes with each.
const TAGGED: [(&str, &str); 3] = [
    ("rules-emerging-threats", "detection.emerging-threats"),
    ("rules-threat-hunting", "detection.threat-hunting"),
    ("rules-dfir", "detection.dfir"),
];

fn check(cx: &mut RuleCx<'_>) {
    let Some(title) = cx.sigma_entry("title") else { return };
    let known = |folder: &&str| {
        *folder == "rules" || folder.starts_with("rules-") || *folder == "deprecated" || *folder == "unsupported"
    };
    let mut folders = cx.unit().main().path.rsplit(['/', '\\']).skip(1);
    let Some(folder) = folders.find(known) else { return };
    let status = cx.rule().meta.status;
    let at = cx.sigma_entry("status").map_or(title.key.span, |status| status.value.span);
    let misplaced = match (folder, status) {
        ("deprecated", Some(Status::Deprecated)) | ("unsupported", Some(Status::Unsupported)) => None,
        ("deprecated" | "unsupported", _) => Some(format!("a rule in `{folder}` has the status `{folder}`")),
        (_, Some(Status::Deprecated | Status::Unsupported)) => Some(format!("a retired rule stands in `{folder}`")),
        _ => None,
    };
    if let Some(message) = misplaced {
        let finding = cx.diagnostic(Location::main(at), message);
        cx.report(finding);
    }
    let tag = TAGGED.iter().find(|(name, _)| *name == folder).map(|(_, tag)| *tag);
    if let Some(tag) = tag.filter(|tag| !cx.rule().meta.tags.iter().any(|known| known.value == *tag)) {
        let at = cx.sigma_entry("tags").map_or(title.key.span, |tags| tags.key.span);
        let finding = cx.diagnostic(Location::main(at), format!("a rule in `{folder}` has the tag `{tag}`"));
        cx.report(finding);
    }
}

#[cfg(test)]
mod tests {
    use crate::frontend::{Context, load};
    use crate::lint::{Settings, check_file};
    use crate::source::SourceFile;

    fn found(path: &str, status: &str, tag: &str) -> Vec<String> {
        let text = format!(
            "title: T\nstatus: {status}\ntags:\n    - {tag}\nlogsource:\n    product: okta\ndetection:\n    s:\n        f: v\n    condition: s\n"
        );
        let loaded = load(SourceFile::new(path.to_owned(), text), &Context::default());
        let found = check_file(&loaded, &Settings::defaults());
        found.into_iter().filter(|found| found.lint == "rule-folder").map(|found| found.message).collect()
    }

    #[test]
    fn status_and_tags_are_those_of_the_folder() {
        let none: [&str; 0] = [];
        assert_eq!(found("my/x.yml", "deprecated", "tlp.clear"), none);
        assert_eq!(found("rules/okta/x.yml", "test", "tlp.clear"), none);
        assert_eq!(found("rules/okta/x.yml", "unsupported", "tlp.clear"), ["a retired rule stands in `rules`"]);
        assert_eq!(
            found("deprecated/x.yml", "test", "tlp.clear"),
            ["a rule in `deprecated` has the status `deprecated`"]
        );
        assert_eq!(found("deprecated/x.yml", "deprecated", "tlp.clear"), none);
        assert_eq!(
            found("rules-threat-hunting/x.yml", "test", "tlp.clear"),
            ["a rule in `rules-threat-hunting` has the tag `detection.threat-hunting`"]
        );
        assert_eq!(found("rules-threat-hunting/x.yml", "test", "detection.threat-hunting"), none);
    }
}
