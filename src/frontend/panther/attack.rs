//! `Reports: {MITRE ATT&CK: ["TA0001:T1078.004"]}`.

use super::fields::Fields;
use crate::ir::AttackRef;
use crate::source::{Diagnostic, Level, Location, Span, Spanned};
use crate::syntax::{Entry, Node, Scalar};

/// The key whose entries are lists of references, by what they refer to.
pub(super) const REPORTS: &str = "Reports";
const ATTACK: &str = "MITRE ATT&CK";

/// Whether an entry of [`REPORTS`] is among the ATT&CK references with all that is in it.
pub(super) fn is_read(entry: &Entry) -> bool {
    let is_scalar = |item: &Node| item.as_scalar().is_some();
    entry.key.text == ATTACK && entry.value.as_seq().is_some_and(|items| items.iter().all(is_scalar))
}

/// The ATT&CK references, malformed ones too, each with a finding.
pub(super) fn read(fields: &mut Fields<'_>) -> Vec<AttackRef> {
    let reports = fields.root.get(REPORTS).and_then(Node::as_map).unwrap_or_default();
    let mut found = Vec::new();
    for entry in reports.iter().filter(|entry| entry.key.text == ATTACK) {
        for item in entry.value.as_seq().unwrap_or_default() {
            match item.as_scalar() {
                Some(scalar) => found.push(reference(scalar, item.span, fields)),
                None => fields.report(item.span, format!("a mapping is a string, not {}", item.describe())),
            }
        }
    }
    found
}

/// `TA0001:T1078.004` with the exact places of both.
fn reference(scalar: &Scalar, whole: Span, fields: &mut Fields<'_>) -> AttackRef {
    let part = |start: usize, text: &str| {
        let lead = text.len() - text.trim_start().len();
        let text = text.trim();
        let span = scalar.map.to_source(Span::new(start + lead, start + lead + text.len()));
        (!text.is_empty()).then(|| Spanned::new(text.to_owned(), span))
    };
    let text = &*scalar.text;
    let reference = match text.split_once(':') {
        Some((tactic, technique)) => AttackRef {
            tactic: part(0, tactic),
            technique: part(tactic.len() + 1, technique),
            paired: true,
            ..AttackRef::default()
        },
        None if text.trim_start().starts_with("TA") => AttackRef { tactic: part(0, text), ..AttackRef::default() },
        None => AttackRef { technique: part(0, text), ..AttackRef::default() },
    };
    if !is_well_formed(&reference) {
        let message = format!("`{text}` is not of the form TA0001:T1078 or TA0001:T1078.004");
        let diagnostic = Diagnostic::new("attack-format", Level::Warning, Location::main(whole), message)
            .help("Panther's console needs the tactic and the technique");
        fields.push(diagnostic);
    }
    reference
}

fn is_well_formed(reference: &AttackRef) -> bool {
    let digits = |text: &str, count: usize| text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    let tactic = reference.tactic.as_ref().and_then(|tactic| tactic.value.strip_prefix("TA"));
    let technique = reference.technique.as_ref().and_then(|technique| technique.value.strip_prefix('T'));
    let (Some(tactic), Some(technique)) = (tactic, technique) else { return false };
    let fits = match technique.split_once('.') {
        Some((main, sub)) => digits(main, 4) && digits(sub, 3),
        None => digits(technique, 4),
    };
    digits(tactic, 4) && fits
}
