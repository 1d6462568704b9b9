//! Applying fixes to a file's text.

use crate::source::{Applicability, Diagnostic, Edit, SourceId};

/// The text after a round of fixes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    pub text: String,
    /// How many findings were fixed.
    pub fixed: usize,
}

/// Applies the safe fixes of findings in the main file, in the order of their places. A fix that overlaps one applied before
/// waits for the next round; so does one whose edits do not lie on character boundaries of the text.
#[must_use]
pub fn apply_safe(text: &str, findings: &[Diagnostic]) -> Applied {
    let mut accepted: Vec<&Edit> = Vec::new();
    let mut fixed = 0;
    for diagnostic in findings.iter().filter(|diagnostic| diagnostic.location.source == SourceId::MAIN) {
        let Some(fix) = diagnostic.fix.as_ref().filter(|fix| fix.applicability == Applicability::Safe) else {
            continue;
        };
        let free =
            |edit: &Edit| text.get(edit.span.range()).is_some() && accepted.iter().all(|other| !overlap(other, edit));
        if !fix.edits.is_empty() && fix.edits.iter().all(free) {
            accepted.extend(&fix.edits);
            fixed += 1;
        }
    }
    accepted.sort_by_key(|edit| edit.span);
    Applied { text: rewrite(text, &accepted), fixed }
}

/// Two insertions at one place overlap too: their order would be a guess.
fn overlap(left: &Edit, right: &Edit) -> bool {
    left.span == right.span || (left.span.start < right.span.end && right.span.start < left.span.end)
}

fn rewrite(text: &str, edits: &[&Edit]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for edit in edits {
        out.push_str(text.get(at..edit.span.start as usize).unwrap_or_default());
        out.push_str(&edit.replacement);
        at = edit.span.end as usize;
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Level, Location, Span};

    fn finding(start: usize, end: usize, replacement: &str, applicability: Applicability) -> Diagnostic {
        let span = Span::new(start, end);
        Diagnostic::new("x", Level::Error, Location::main(span), "m")
            .fix(applicability, vec![Edit { span, replacement: replacement.to_owned() }])
    }

    #[test]
    fn safe_fixes_apply_and_overlapping_ones_wait() {
        let found = [
            finding(0, 1, "A", Applicability::Safe),
            finding(2, 4, "C", Applicability::Safe),
            finding(3, 5, "x", Applicability::Safe),
            finding(5, 6, "x", Applicability::Unsafe),
        ];
        assert_eq!(apply_safe("abcdef", &found), Applied { text: "AbCef".to_owned(), fixed: 2 });
    }

    #[test]
    fn an_edit_inside_a_character_is_not_applied() {
        assert_eq!(apply_safe("ü", &[finding(1, 2, "x", Applicability::Safe)]).fixed, 0);
    }
}
