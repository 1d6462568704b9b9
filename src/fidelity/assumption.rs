//! What a conversion takes for granted. A claim about it holds for the events that keep to that.

use crate::ir::{FieldPath, TypeSet};
use std::fmt;

/// Something that a conversion takes for granted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Assumption {
    /// Of the values of a field, by its name in the target.
    Field(FieldPath, Values),
    /// In words: map rows, field types, engine versions.
    Words(String),
}

/// What the values of a field are taken to be, where it is present.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Values {
    /// One in an event.
    One,
    /// One in an event, and not in a list either.
    Scalar,
    /// A list.
    List,
    /// Of these types.
    Types(TypeSet),
    /// IP addresses.
    Addresses,
    /// No objects without a key.
    NoEmptyObject,
    /// No empty texts.
    NotEmpty,
    /// No texts with line breaks.
    OneLine,
    /// No letters that are ASCII ones in another case only (U+017F, U+212A).
    PlainCase,
    /// No letters, digits or blanks beyond ASCII: engines differ in whether `\w`, `\d` and `\s` have them.
    AsciiClasses,
    /// No texts of numbers and truth values.
    Typed,
    /// Of the type that the field is mapped with.
    Mapped,
    /// Among those that the catalogue knows.
    Catalogued,
}

impl fmt::Display for Assumption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (field, values) = match self {
            Self::Words(words) => return f.write_str(words),
            Self::Field(field, values) => (field, values),
        };
        match values {
            Values::One => write!(f, "`{field}` holds one value"),
            Values::Scalar => write!(f, "`{field}` holds one value and is never a list"),
            Values::List => write!(f, "`{field}` is a list where it is present"),
            Values::Types(types) => write!(f, "`{field}` holds {} where it is present", types.names().join(" or ")),
            Values::Addresses => write!(f, "`{field}` holds IP addresses where it is present"),
            Values::NoEmptyObject => write!(f, "`{field}` is never an empty object"),
            Values::NotEmpty => write!(f, "`{field}` is never an empty text"),
            Values::OneLine => write!(f, "`{field}` holds no line breaks"),
            Values::PlainCase => {
                write!(f, "`{field}` holds no letter that is an ASCII one in another case only (U+017F, U+212A)")
            }
            Values::AsciiClasses => write!(f, "`{field}` holds no letters, digits or blanks beyond ASCII"),
            Values::Typed => write!(f, "numbers and truth values of `{field}` are not written as texts"),
            Values::Mapped => write!(f, "`{field}` holds values of its mapped type only"),
            Values::Catalogued => write!(f, "`{field}` holds only its catalogued values"),
        }
    }
}

impl From<String> for Assumption {
    fn from(words: String) -> Self {
        Self::Words(words)
    }
}

impl From<&str> for Assumption {
    fn from(words: &str) -> Self {
        Self::Words(words.to_owned())
    }
}

/// Whether a text is that of a number or, in any letter case, a truth value: what [`Values::Typed`] rules out.
#[must_use]
pub fn is_number_or_truth(text: &str) -> bool {
    text.parse::<f64>().is_ok() || ["true", "false"].iter().any(|truth| text.eq_ignore_ascii_case(truth))
}
