//! Names in backticks, as EQL and ES|QL write them alike.

/// A name in backticks.
pub(crate) struct Backticked {
    /// The name without its quotes; a backtick that is written twice stands for one.
    pub name: String,
    /// How many bytes of the text it takes, quotes included.
    pub length: usize,
    /// Whether there is a closing backtick; without one, the name goes to the end of the text.
    pub closed: bool,
}

/// Reads the name at the start of `text`, whose first character is the opening backtick.
pub(crate) fn backticked(text: &str) -> Backticked {
    let mut name = String::new();
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c == '`' && chars.next_if(|(_, next)| *next == '`').is_none() {
            return Backticked { name, length: at + 1, closed: true };
        }
        name.push(c);
    }
    Backticked { name, length: text.len(), closed: false }
}
