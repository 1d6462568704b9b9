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

/// A number that texts share which are the same in lower case, and other texts rarely do.
pub(super) fn signature(text: &str) -> u64 {
    let (found, bytes) = folded(text.as_bytes());
    if bytes & NOT_ASCII == 0 { found } else { folded(text.to_lowercase().as_bytes()).0 }
}

/// The bit that tells ASCII's lower case from its upper case, in each of eight bytes.
const CASE: u64 = 0x2020_2020_2020_2020;
/// The bit that no ASCII byte has.
const NOT_ASCII: u64 = 0x8080_8080_8080_8080;
/// Odd, with its bits spread: a fraction of the golden ratio.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// A number made of the bytes, letter case aside, and all bytes laid over each other.
fn folded(bytes: &[u8]) -> (u64, u64) {
    let (mut found, mut all) = (bytes.len() as u64, 0);
    let mut mix = |word: u64| {
        found = (found.rotate_left(23) ^ (word | CASE)).wrapping_mul(SPREAD);
        all |= word;
    };
    let (words, rest) = bytes.as_chunks();
    words.iter().for_each(|word| mix(u64::from_le_bytes(*word)));
    // The last eight bytes are read together, though some of them were read before.
    match bytes.last_chunk() {
        Some(last) => mix(u64::from_le_bytes(*last)),
        None => mix(rest.iter().fold(0, |word, byte| word << 8 | u64::from(*byte))),
    }
    (found, all)
}

#[cfg(test)]
mod tests {
    use super::{lower, signature};

    #[test]
    fn letter_case_does_not_count() {
        for (left, right) in [
            ("", ""),
            ("ABC", "abc"),
            ("C:\\Windows\\CMD.exe", "c:\\windows\\cmd.EXE"),
            ("ÄB", "äb"),
            ("\u{212a}", "k"),
        ] {
            assert_eq!(lower(left), left.to_lowercase());
            assert_eq!(signature(left), signature(right), "{left}");
        }
    }

    #[test]
    fn other_texts_differ() {
        let texts = ["", "a", "aa", "ab", "ba", "12345678", "12345678a", "12345678b", "a2345678", "1234567812345678"];
        for (at, left) in texts.iter().enumerate() {
            assert!(texts[..at].iter().all(|right| signature(left) != signature(right)), "{left}");
        }
    }
}
