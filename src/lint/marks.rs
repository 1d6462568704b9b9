//! Characters that several lints look for in values, and that few values have: a bit for each.

pub const CONTROL: u8 = 1;
pub const STAR: u8 = 2;
pub const QUESTION_MARK: u8 = 4;
pub const BACKSLASH: u8 = 8;

/// As many bytes are looked at together.
const LANES: usize = 16;

fn of_byte(byte: u8) -> u8 {
    let bit = |holds: bool, mark: u8| if holds { mark } else { 0 };
    bit(byte < 0x20, CONTROL)
        | bit(byte == b'*', STAR)
        | bit(byte == b'?', QUESTION_MARK)
        | bit(byte == b'\\', BACKSLASH)
}

fn add(lanes: &mut [u8; LANES], bytes: &[u8; LANES]) {
    lanes.iter_mut().zip(bytes).for_each(|(lane, byte)| *lane |= of_byte(*byte));
}

/// The bits of the characters that stand in any of the texts.
pub(super) fn of<'t>(texts: impl Iterator<Item = &'t str>) -> u8 {
    let mut lanes = [0; LANES];
    for bytes in texts.map(str::as_bytes) {
        let (chunks, rest) = bytes.as_chunks();
        chunks.iter().for_each(|chunk| add(&mut lanes, chunk));
        // The last bytes are looked at together, though some of them were before.
        match bytes.last_chunk() {
            Some(last) => add(&mut lanes, last),
            None => rest.iter().zip(&mut lanes).for_each(|(byte, lane)| *lane |= of_byte(*byte)),
        }
    }
    lanes.into_iter().fold(0, |found, lane| found | lane)
}

#[cfg(test)]
mod tests {
    use super::{BACKSLASH, CONTROL, QUESTION_MARK, STAR, of};

    #[test]
    fn a_character_is_found_wherever_it_stands() {
        for (character, mark) in
            [("\n", CONTROL), ("*", STAR), ("?", QUESTION_MARK), ("\\", BACKSLASH), ("é", 0), (" ", 0)]
        {
            for before in 0..40 {
                for after in [0, 1, 15, 16, 17] {
                    let text = "a".repeat(before) + character + &"b".repeat(after);
                    assert_eq!(of([text.as_str()].into_iter()), mark, "{text:?}");
                }
            }
        }
        assert_eq!(of([].into_iter()), 0);
        assert_eq!(of(["", "a*", "a long text with one \\"].into_iter()), STAR | BACKSLASH);
    }
}
