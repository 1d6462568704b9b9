//! What the lints of fields find in panther-analysis (daa10c88): set DETC_PANTHER_ANALYSIS to a checkout, the Python files are not
//! among the corpora.

use detc::frontend::{Context, load};
use detc::lint::{Settings, check_file};
use detc::source::{Disk, discover, read};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

/// Each null of the list was put to CPython in an event of the rule's own tests, which raised or gave back no bool for all; the one
/// rule that was not asked needs a package (`pycountry`).
#[test]
fn findings_in_panther_analysis() {
    let Ok(root) = std::env::var("DETC_PANTHER_ANALYSIS") else {
        println!("skipped: DETC_PANTHER_ANALYSIS is not set");
        return;
    };
    let folders = ["rules", "policies", "queries"].map(|folder| format!("{root}/{folder}"));
    let settings = Settings::defaults();
    let mut found = BTreeSet::new();
    for path in discover(&folders, &["yml", "yaml"]).files {
        let loaded = load(read(Path::new(&path)).unwrap(), &Context::beside(&Disk));
        for finding in check_file(&loaded, &settings) {
            if !["unknown-field", "panther-null-safety"].contains(&finding.lint) {
                continue;
            }
            let (file, span) = (loaded.unit.file(finding.location.source), finding.location.span);
            // The fields stand in the message in backticks.
            let fields: Vec<&str> = finding.message.split('`').skip(1).step_by(2).collect();
            let id = finding.rule_id.unwrap_or_default();
            found.insert((
                finding.lint,
                id,
                file.file_name().to_owned(),
                file.line_column(span.start).0,
                fields.join(", "),
            ));
        }
    }
    let mut shown = String::new();
    for (lint, id, file, line, fields) in found {
        writeln!(shown, "{lint} {id} {file}:{line} {fields}").unwrap();
    }
    insta::with_settings!({ snapshot_path => "../../snapshots", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("panther_analysis_findings", shown);
    });
}
