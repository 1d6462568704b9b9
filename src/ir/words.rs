//! The words of analysed text.

use super::{Pattern, Regex};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use unicode_segmentation::UnicodeSegmentation;

/// How a text becomes words when it is indexed. Words are lower-cased.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Analyzer {
    /// Elasticsearch's `standard` analyser: the words of UAX #29, so `cmd.exe` and `a_b` are one word, `a-b` and `c:\d` are two.
    Standard,
    /// A `pattern` analyser that splits at everything but ASCII letters, digits, `_` and `-` (`[\W&&[^-]]+`): PowerShell scripts, in
    /// which `Get-Item` is one word.
    Script,
}

impl Analyzer {
    /// The words of a text, in order.
    pub fn words(self, text: &str) -> Vec<String> {
        match self {
            Self::Standard => text.unicode_words().map(str::to_lowercase).collect(),
            Self::Script => text
                .split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-')))
                .filter(|word| !word.is_empty())
                .map(str::to_ascii_lowercase)
                .collect(),
        }
    }
}

/// What is asked of the words of a text.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WordTest {
    /// One of them is this one, in any case (Elasticsearch's `match` with one word).
    Is(Arc<str>),
    /// The words of this text stand next to each other in its order, in any case (`match_phrase`); never when it has none.
    Phrase(Arc<str>),
    /// One of them fits the pattern, in any case (`wildcard` and `prefix`).
    Matches(Pattern),
    /// One of them, as it is indexed in lower case, fits the expression (`regexp`).
    Regex(Regex),
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Elasticsearch guide, "Standard analyzer": its example, and UAX #29 about `.`, `_` and `'` inside words.
    #[test]
    fn words_of_the_standard_analyser() {
        let words = |text| Analyzer::Standard.words(text);
        assert_eq!(
            words("The 2 QUICK Brown-Foxes jumped over the lazy dog's bone."),
            ["the", "2", "quick", "brown", "foxes", "jumped", "over", "the", "lazy", "dog's", "bone"]
        );
        assert_eq!(
            words(r"C:\Windows\cmd.exe /c a_b 1.5 x=y"),
            ["c", "windows", "cmd.exe", "c", "a_b", "1.5", "x", "y"]
        );
        assert_eq!(words(" -- "), Vec::<String>::new());
    }

    #[test]
    fn words_of_scripts() {
        let words = |text| Analyzer::Script.words(text);
        assert_eq!(words("[IO.Path]::Get-Item $a_b"), ["io", "path", "get-item", "a_b"]);
    }
}
