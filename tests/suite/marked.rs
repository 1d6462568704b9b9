//! Texts with marks around what a finding stands under.

/// A text without its marks, and what they stand around.
pub(crate) fn unmarked(marked: &str) -> (String, &str) {
    let (_, rest) = marked.split_once('⟦').unwrap();
    let (wrong, _) = rest.split_once('⟧').unwrap();
    (marked.replace(['⟦', '⟧'], ""), wrong)
}

/// Each rule's texts have one finding, where the marks are. `told` gives the texts under the carets.
pub(crate) fn are_refused(rules: &[(&str, &[&str])], told: impl Fn(&str) -> Vec<String>) {
    for (rule, texts) in rules {
        for marked in *texts {
            let (text, wrong) = unmarked(marked);
            assert_eq!(told(&text), [wrong], "{rule}: {marked}");
        }
    }
}

/// The texts have no finding.
pub(crate) fn pass(texts: &[&str], told: impl Fn(&str) -> Vec<String>) {
    for text in texts {
        assert_eq!(told(text), [""; 0], "{text}");
    }
}
