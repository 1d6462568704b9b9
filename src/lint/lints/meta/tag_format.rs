//! Tags that no reader knows.

use crate::lint::RuleCx;
use crate::lint::meta::{Stage, Tap, declare_lint};
use crate::source::{Level, Location, Span};
use crate::syntax::Scalar;

declare_lint! {
    /// ## What it checks
    /// Tags of a Sigma rule: `namespace.name` in lower case, a namespace of the specification, and the form that the namespace asks for. At most
    /// one `tlp` and one `detection` tag; published rules are `tlp.clear`, so another one is a note.
    ///
    /// ## Why it matters
    /// Tags are how rules are found and counted. One of another form is in no list.
    ///
    /// ## Example
    /// ```yaml bad
    /// title: A Rule That Shows the Lint
    /// id: 4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1c55
    /// status: test
    /// description: Shows what the lint finds.
    /// author: Example
    /// date: 2026-01-05
    /// tags:
    ///     - ⟦cve-2026-1234⟧
    ///     - cve.⟦2026.1234⟧
    /// logsource:
    ///     product: okta
    ///     service: okta
    /// detection:
    ///     selection:
    ///         eventtype: user.session.start
    ///     condition: selection
    /// level: low
    /// ```
    /// ```yaml good
    /// title: A Rule That Shows the Lint
    /// id: 4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1c56
    /// status: test
    /// description: Shows what the lint finds.
    /// author: Example
    /// date: 2026-01-05
    /// tags:
    ///     - cve.2026-1234
    /// logsource:
    ///     product: okta
    ///     service: okta
    /// detection:
    ///     selection:
    ///         eventtype: user.session.start
    ///     condition: selection
    /// level: low
    /// ```
    ///
    /// ## Fix
    /// Write the tag as the namespace has it.
    ///
    /// ## References
    /// Sigma specification, appendix Tags 2.1.0.
    pub(in crate::lint) META = {
        name: "tag-format", family: "meta", level: Warning, stage: Stage::Stable("0.1.0"), tap: Tap::Rule(check),
    }
}

const NAMESPACES: [&str; 7] = ["attack", "car", "cve", "d3fend", "detection", "stp", "tlp"];
const TLP: [&str; 6] = ["white", "clear", "green", "amber", "amber-strict", "red"];
const DETECTION: [&str; 3] = ["dfir", "emerging-threats", "threat-hunting"];

fn check(cx: &mut RuleCx<'_>) {
    let Some(entry) = cx.sigma_entry("tags") else { return };
    let scalars = entry.value.as_seq().unwrap_or_default().iter().filter_map(crate::syntax::Node::as_scalar);
    let mut single: Vec<&str> = Vec::new();
    for scalar in scalars {
        let text = &*scalar.text;
        if let Some((span, message)) = wrong(text) {
            report(cx, scalar, span, message, Level::Warning);
            continue;
        }
        let Some((namespace, name)) = text.split_once('.') else { continue };
        let whole = Span::new(0, text.len());
        if matches!(namespace, "tlp" | "detection") {
            if single.contains(&namespace) {
                report(cx, scalar, whole, format!("a rule has one `{namespace}` tag"), Level::Warning);
            }
            single.push(namespace);
        }
        if namespace == "tlp" && !matches!(name, "clear" | "white") {
            report(cx, scalar, whole, "published rules are `tlp.clear`".to_owned(), Level::Note);
        }
    }
}

fn report(cx: &mut RuleCx<'_>, scalar: &Scalar, span: Span, message: String, level: Level) {
    let mut finding = cx.diagnostic(Location::main(scalar.map.to_source(span)), message);
    finding.level = level;
    cx.report(finding);
}

/// What is wrong with a tag, and where in it.
fn wrong(text: &str) -> Option<(Span, String)> {
    let whole = Span::new(0, text.len());
    let known = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' | b'.');
    let Some((namespace, name)) = text.split_once('.').filter(|(_, name)| !name.is_empty()) else {
        return Some((whole, format!("`{text}` is not of the form `namespace.name`")));
    };
    if !text.bytes().all(known) {
        return Some((whole, format!("`{text}` has characters that a tag has not: lower case, digits, `-`, `_`, `.`")));
    }
    if !NAMESPACES.contains(&namespace) {
        let message = format!("`{namespace}` is no namespace of the specification: {}", NAMESPACES.join(", "));
        return Some((Span::new(0, namespace.len()), message));
    }
    let form = match namespace {
        "car" if !is_digits(name, &[4, 2, 3]) => "`2016-04-005`",
        "cve" if !name.split_once('-').is_some_and(|parts| [parts.0, parts.1].iter().all(|part| is_number(part))) => {
            "`2021-44228`"
        }
        "d3fend" if !name.starts_with("d3-") && !name.starts_with("d3f-") => "`d3-pa`",
        "detection" if !DETECTION.contains(&name) => "`dfir`, `emerging-threats` or `threat-hunting`",
        "stp" if !is_stp(name) => "a digit from 1 to 5 and `a`, `u` or `k`",
        "tlp" if !TLP.contains(&name) => "`clear`, `green`, `amber`, `amber-strict` or `red`",
        _ => return None,
    };
    Some((Span::new(namespace.len() + 1, text.len()), format!("a tag of `{namespace}` has the form {form}")))
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_digits(text: &str, lengths: &[usize]) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    parts.len() == lengths.len()
        && parts.iter().zip(lengths).all(|(part, length)| is_number(part) && part.len() == *length)
}

fn is_stp(name: &str) -> bool {
    let rest = name.trim_start_matches(['1', '2', '3', '4', '5']);
    name.len() - rest.len() == 1 && matches!(rest, "" | "a" | "u" | "k")
}
