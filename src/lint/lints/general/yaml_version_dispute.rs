//! Scalars that YAML 1.1 and 1.2 read differently.

use crate::frontend::Format;
use crate::lint::DocumentCx;
use crate::lint::meta::{Stage, Tap, declare_lint};
use crate::source::Location;

declare_lint! {
    /// ## What it checks
    /// Plain scalars that YAML 1.1 and YAML 1.2 read as different values: `yes`, `off`, `012`, `12:30:45`.
    ///
    /// ## Why it matters
    /// Sigma's tools read YAML 1.1 (PyYAML), Panther's read the 1.2 core rules: the same file is two rules.
    ///
    /// ## Example
    /// ```yaml bad
    /// title: A Word That Is a Boolean for Some
    /// id: 4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1c12
    /// status: test
    /// description: Shows what the lint finds.
    /// author: Example
    /// date: 2026-01-05
    /// logsource:
    ///     product: linux
    ///     service: auditd
    /// detection:
    ///     selection:
    ///         a0: ⟦off⟧
    ///     condition: selection
    /// level: low
    /// ```
    /// ```yaml good
    /// title: A Word That Is Text for All
    /// id: 4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1c12
    /// status: test
    /// description: Shows what the lint finds.
    /// author: Example
    /// date: 2026-01-05
    /// logsource:
    ///     product: linux
    ///     service: auditd
    /// detection:
    ///     selection:
    ///         a0: 'off'
    ///     condition: selection
    /// level: low
    /// ```
    ///
    /// ## Fix
    /// Put a string into quotes; write a number or boolean in the form that both versions read.
    ///
    /// ## References
    /// YAML 1.1 type repository (bool, int, float, timestamp); YAML 1.2.2, section 10.3.2.
    pub(in crate::lint) META = {
        name: "yaml-version-dispute", family: "general", level: Warning, stage: Stage::Stable("0.1.0"),
        tap: Tap::Document(check),
    }
}

fn check(cx: &mut DocumentCx<'_>) {
    for dispute in &cx.document.version_disputes {
        let used = match cx.format() {
            Format::Sigma => " (Sigma's tools read 1.1)",
            Format::Panther => " (Panther's tools read 1.2)",
            _ => "",
        };
        let message = format!("YAML 1.1 reads this as {}, YAML 1.2 as {}{used}", dispute.yaml_1_1, dispute.yaml_1_2);
        let finding = cx.diagnostic(Location::main(dispute.span), message).help("put it into quotes if it is a string");
        cx.report(finding);
    }
}
