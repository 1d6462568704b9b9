//! What a proof over the vendor's fields takes for granted.

use std::collections::BTreeSet;

/// A property of all events that a proof rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::proof) enum Grant {
    /// Texts are compared after a function made them lower case.
    Lowered,
    /// Texts are compared after a function made them upper case.
    Raised,
    /// A file name is looked for at the end of its path.
    OneLine,
    /// An expression has classes that engines take for Unicode's or for ASCII's.
    AsciiClasses,
    /// Both sides look for a field on the way to which the vendor's events may have lists.
    Paths,
}

impl Grant {
    fn words(self) -> &'static str {
        match self {
            Self::Lowered => "no text has a letter that is an ASCII one in lower case only (U+212A, U+0130)",
            Self::Raised => "no text has a letter that is ASCII ones in upper case only (U+0131, U+017F, U+00DF, ..)",
            Self::OneLine => "no path ends in a line break",
            Self::AsciiClasses => {
                "no text has a letter, digit or blank beyond ASCII where an expression has a class of these"
            }
            Self::Paths => "what stands above a tested field is an object, not a list of them",
        }
    }
}

/// What was taken for granted on the way.
#[derive(Default)]
pub(in crate::proof) struct Granted(BTreeSet<Grant>);

impl Granted {
    /// Adds what is taken for granted if it is.
    pub(super) fn take(&mut self, grant: Grant, is_taken: bool) {
        if is_taken {
            self.0.insert(grant);
        }
    }

    /// In words.
    pub(in crate::proof) fn words(&self) -> Vec<String> {
        self.0.iter().map(|grant| grant.words().to_owned()).collect()
    }
}
