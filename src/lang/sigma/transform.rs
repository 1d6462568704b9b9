//! What the transforming modifiers do to one value (Sigma Modifiers 2.1.0, "Encoding" and "String Modifiers").
//! Encodings work on bytes, so they follow one another: `wide|base64offset`.

/// The five characters that `windash` takes for one another.
pub const DASHES: [char; 5] = ['-', '/', '\u{2013}', '\u{2014}', '\u{2015}'];

/// `windash` would give more values than the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the {dashes} dashes of the value give {} permutations, more than {limit}", five_to_the(*dashes))]
pub struct TooManyPermutations {
    pub dashes: usize,
    pub limit: usize,
}

fn five_to_the(power: usize) -> String {
    u32::try_from(power)
        .ok()
        .and_then(|power| 5_u128.checked_pow(power))
        .map_or_else(|| "countless".to_owned(), |count| count.to_string())
}

/// `base64`: the standard alphabet, with padding (RFC 4648 section 4).
#[must_use]
pub fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let group = byte(0) << 16 | byte(1) << 8 | byte(2);
        for digit in 0..4 {
            let index = (group >> (18 - 6 * digit)) & 63;
            let padding = digit > chunk.len();
            out.push(if padding { '=' } else { char::from(ALPHABET[index as usize]) });
        }
    }
    out
}

/// `base64offset`: the characters that do not depend on what surrounds the value, for each of the three places
/// (counted in bytes) at which it can start. A value of one or two bytes can leave an empty text, which says nothing.
#[must_use]
pub fn base64_offsets(bytes: &[u8]) -> [String; 3] {
    [0, 1, 2].map(|offset| {
        let shifted: Vec<u8> = std::iter::repeat_n(0, offset).chain(bytes.iter().copied()).collect();
        let encoded = base64(&shifted);
        // A base64 digit is fixed when all of its six bits come from the value.
        let first = (offset * 8).div_ceil(6);
        let end = shifted.len() * 8 / 6;
        encoded.get(first..end).unwrap_or_default().to_owned()
    })
}

/// `utf16le`, also called `wide`.
#[must_use]
pub fn utf16le(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// `utf16be`.
#[must_use]
pub fn utf16be(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_be_bytes).collect()
}

/// `utf16`: the byte order mark `FF FE`, then little endian.
#[must_use]
pub fn utf16(text: &str) -> Vec<u8> {
    [vec![0xff, 0xfe], utf16le(text)].concat()
}

/// `windash`: the value with each of its dashes replaced by each of [`DASHES`], the value itself first.
/// Works on a value as it is written: no dash is part of an escape.
///
/// # Errors
/// When that gives more than `limit` values.
pub fn windash(text: &str, limit: usize) -> Result<Vec<String>, TooManyPermutations> {
    let dashes = text.chars().filter(|c| DASHES.contains(c)).count();
    let count = u32::try_from(dashes).ok().and_then(|dashes| 5_usize.checked_pow(dashes));
    if count.is_none_or(|count| count > limit) {
        return Err(TooManyPermutations { dashes, limit });
    }
    let mut values = vec![String::with_capacity(text.len())];
    for c in text.chars() {
        if DASHES.contains(&c) {
            let others = DASHES.iter().copied().filter(|dash| *dash != c);
            let choices: Vec<char> = std::iter::once(c).chain(others).collect();
            values = values.iter().flat_map(|head| choices.iter().map(move |dash| format!("{head}{dash}"))).collect();
        } else {
            for value in &mut values {
                value.push(c);
            }
        }
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// RFC 4648 section 10.
    #[test]
    fn base64_test_vectors() {
        let vectors = [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ];
        for (plain, encoded) in vectors {
            assert_eq!(base64(plain.as_bytes()), encoded);
        }
    }

    /// The three static parts of `http://`, worked out by hand from RFC 4648's bit groups.
    #[test]
    fn base64_offsets_leave_the_static_part() {
        assert_eq!(base64_offsets(b"http://"), ["aHR0cDovL", "h0dHA6Ly", "odHRwOi8v"]);
        assert_eq!(base64_offsets(b"a"), ["Y", "", "h"]);
    }

    #[test]
    fn base64_offsets_count_bytes() {
        let static_parts = base64_offsets("é".as_bytes());
        assert_eq!(static_parts.map(|part| part.len()), [2, 2, 2]);
    }

    #[test]
    fn utf16_forms() {
        assert_eq!(utf16le("cmd"), [0x63, 0, 0x6d, 0, 0x64, 0]);
        assert_eq!(utf16be("cmd"), [0, 0x63, 0, 0x6d, 0, 0x64]);
        assert_eq!(utf16("cmd"), [0xff, 0xfe, 0x63, 0, 0x6d, 0, 0x64, 0]);
        assert_eq!(utf16le("😀"), [0x3d, 0xd8, 0x00, 0xde]);
    }

    #[test]
    fn windash_gives_all_permutations() {
        assert_eq!(windash(" -f", 5).unwrap(), [" -f", " /f", " –f", " —f", " ―f"]);
        assert_eq!(windash("–f", 5).unwrap()[0], "–f");
        assert_eq!(windash("-a -b", 25).unwrap().len(), 25);
        assert_eq!(windash("plain", 1).unwrap(), ["plain"]);
    }

    #[test]
    fn windash_has_a_limit() {
        let error = windash("-a -b", 24).unwrap_err();
        assert_eq!(error.to_string(), "the 2 dashes of the value give 25 permutations, more than 24");
        assert!(windash(&"-".repeat(100_000), usize::MAX).is_err());
    }

    proptest! {
        /// Wherever the value stands in a text, the part for that place stands in the encoded text.
        #[test]
        fn offsets_are_found_in_any_surroundings(
            before in prop::collection::vec(any::<u8>(), 0..7),
            value in prop::collection::vec(any::<u8>(), 0..12),
            after in prop::collection::vec(any::<u8>(), 0..7),
        ) {
            let part = &base64_offsets(&value)[before.len() % 3];
            let encoded = base64(&[before, value, after].concat());
            prop_assert!(encoded.contains(part.as_str()), "{} in {}", part, encoded);
        }
    }
}
