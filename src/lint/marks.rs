//! Characters that several lints look for in values, and that few values have: a bit for each.

pub const CONTROL: u8 = 1;
pub const STAR: u8 = 2;
pub const QUESTION_MARK: u8 = 4;
pub const BACKSLASH: u8 = 8;

fn of_byte(byte: u8) -> u8 {
    let bit = |holds: bool, mark: u8| if holds { mark } else { 0 };
    bit(byte < 0x20, CONTROL)
        | bit(byte == b'*', STAR)
        | bit(byte == b'?', QUESTION_MARK)
        | bit(byte == b'\\', BACKSLASH)
}

/// The bits of the characters that stand in any of the texts.
pub(super) fn of<'t>(texts: impl Iterator<Item = &'t str>) -> u8 {
    texts.flat_map(str::bytes).fold(0, |found, byte| found | of_byte(byte))
}

#[cfg(test)]
mod tests {
    use super::{BACKSLASH, CONTROL, QUESTION_MARK, STAR, of};

    #[test]
    fn a_character_is_found_wherever_it_stands() {
        for (text, marks) in [("a\nb", CONTROL), ("*a", STAR), ("a?", QUESTION_MARK), ("a\\b", BACKSLASH), ("é b", 0)]
        {
            assert_eq!(of([text].into_iter()), marks, "{text:?}");
        }
        assert_eq!(of([].into_iter()), 0);
        assert_eq!(of(["", "a*", "a long text with one \\"].into_iter()), STAR | BACKSLASH);
    }
}
