//! File names in the form of published rules.

use crate::lint::RuleCx;
use crate::lint::meta::{Stage, Tap, declare_lint};
use crate::source::Location;

declare_lint! {
    /// ## What it checks
    /// Names of files with Sigma rules: lower-case letters, digits and `_`, at most 90 characters, `.yml`.
    ///
    /// ## Why it matters
    /// Scripts and other systems of files take the name for another one, or cut it.
    ///
    /// ## Fix
    /// Rename the file: `okta_password_reset.yml`.
    ///
    /// ## References
    /// SigmaHQ filename convention; pySigma, `filename_length`.
    pub(in crate::lint) META = {
        name: "file-name-style", family: "style", level: Note, stage: Stage::Stable("0.1.0"), tap: Tap::Rule(check),
    }
}

const MAX_CHARS: usize = 90;

fn check(cx: &mut RuleCx<'_>) {
    let Some(title) = cx.sigma_entry("title").filter(|_| cx.item.document == 0) else { return };
    let name = cx.unit().main().file_name();
    if name.starts_with('<') {
        return;
    }
    let message = match name.strip_suffix(".yml") {
        None => "a Sigma rule stands in a `.yml` file".to_owned(),
        Some(stem) if stem.len() > MAX_CHARS => format!("the file's name has more than {MAX_CHARS} characters"),
        Some(stem) if !stem.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_') => {
            format!("`{name}` has other characters than lower-case letters, digits and `_`")
        }
        Some(_) => return,
    };
    let finding = cx.diagnostic(Location::main(title.key.span), message);
    cx.report(finding);
}
