//! Texts without regard to letter case, for lints that look at every value of every rule.

use std::borrow::Cow;

/// The text in lower case. Nearly all values are ASCII, which need no table of letters.
pub(super) fn lower(text: &str) -> Cow<'_, str> {
    if !text.is_ascii() {
        Cow::Owned(text.to_lowercase())
    } else if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(text.to_ascii_lowercase())
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests {
    use super::lower;

    #[test]
    fn every_text_is_in_lower_case() {
        for text in ["", "abc", "ABC", "C:\\Windows\\CMD.exe", "ÄB", "\u{212a}"] {
            assert_eq!(lower(text), text.to_lowercase());
        }
    }
}
