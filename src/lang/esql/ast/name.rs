//! Names of columns.

use super::At;

/// A column's name, part by part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    pub parts: Vec<NamePart>,
    pub at: At,
}

/// What stands between two dots.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NamePart {
    Text(String),
    /// With `*` for any characters; only where columns are listed.
    Pattern(String),
    /// `?name` or `??name`: a parameter in the place of a name.
    Param(String),
}

impl Name {
    /// The parts joined by dots: the name by which schemas know a column.
    pub fn text(&self) -> String {
        let parts: Vec<&str> = self
            .parts
            .iter()
            .map(|part| match part {
                NamePart::Text(text) | NamePart::Pattern(text) | NamePart::Param(text) => text.as_str(),
            })
            .collect();
        parts.join(".")
    }

    /// Whether every part is a plain text.
    pub fn is_plain(&self) -> bool {
        self.parts.iter().all(|part| matches!(part, NamePart::Text(_)))
    }

    /// Whether it means a column: its name, or a pattern that the name fits. A parameter may mean any.
    pub fn fits(&self, column: &str) -> bool {
        if self.is_plain() {
            return self.text() == column;
        }
        if self.parts.iter().any(|part| matches!(part, NamePart::Param(_))) {
            return true;
        }
        let text = self.text();
        let pieces: Vec<&str> = text.split('*').collect();
        let [first, middle @ .., last] = pieces.as_slice() else { return text == column };
        let Some(mut rest) = column.strip_prefix(first) else { return false };
        for piece in middle {
            let Some((_, tail)) = rest.split_once(piece) else { return false };
            rest = tail;
        }
        rest.ends_with(last)
    }

    /// Whether it is a pattern of names.
    pub fn is_pattern(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, NamePart::Pattern(_)))
    }
}
