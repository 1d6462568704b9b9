//! Expressions that match the same texts have one form.

use super::*;
use crate::ir::Piece;
use proptest::prelude::*;

fn regex(dialect: RegexDialect, anchoring: Anchoring, pattern: &str, case: Case) -> Regex {
    Regex { pattern: pattern.into(), dialect, anchoring, case, multi_line: false, dot_all: true }
}

fn searched(pattern: &str) -> Said {
    said(&regex(RegexDialect::Sigma, Anchoring::Search, pattern, Case::Sensitive), false).unwrap().0
}

fn whole(pattern: &str) -> Said {
    said(&regex(RegexDialect::Lucene, Anchoring::Whole, pattern, Case::Sensitive), false).unwrap().0
}

#[test]
fn the_same_texts_have_one_form() {
    for (one, other) in [
        (":[^\\\\]", ".*:[^\\\\].*"),
        ("^a[0-9]", "a[0-9].*"),
        ("^[ab]c|d+\\z", ".*d+|[ab]c.*"),
        ("(^|[xy])ab?", "(.*[xy])?ab?.*"),
        ("(?:a|bc){2}", ".*(bc|a){2}.*"),
        ("[0-9].+", ".*[0-9]..*"),
        ("foo.*bar", ".*foo.*bar.*"),
    ] {
        assert_eq!(searched(one), whole(other), "{one} {other}");
    }
    for (one, other) in [("^a+", ".*a+.*"), ("a+b", "a+b.*"), ("a[0-9]", ".*a[0-8].*"), ("x.+", ".*x.*")] {
        assert_ne!(searched(one), whole(other), "{one} {other}");
    }
}

#[test]
fn letters_and_wildcards_are_a_pattern() {
    let python = regex(RegexDialect::Python, Anchoring::Whole, ".*SELECT .* x\\.exe", Case::Insensitive);
    let (form, rests) = said(&python, false).unwrap();
    let any = Piece::Any;
    let literal = |text: &str| Piece::Literal(text.into());
    let pattern = Pattern::new([any.clone(), literal("select "), any, literal(" x.exe")]);
    assert_eq!(form, Said::Pattern(pattern, Case::AsciiInsensitive));
    assert!(rests.on_plain_case && !rests.on_ascii_classes);
    let line = Regex { dot_all: false, ..python };
    assert!(matches!(said(&line, false).unwrap().0, Said::Regex(_)));
    assert_eq!(said(&line, true).unwrap().0, form);
}

/// Engines differ in what `\s` is beyond ASCII, in whether `.` is a line break, and in where `$` stands.
#[test]
fn forms_rest_on_what_texts_have() {
    let searched = |pattern: &str| {
        let regex = regex(RegexDialect::Sigma, Anchoring::Search, pattern, Case::Sensitive);
        said(&Regex { dot_all: false, ..regex }, true).unwrap()
    };
    let ascii = Rests { on_ascii_classes: true, ..Rests::default() };
    assert_eq!(searched("a\\s.+b$"), (searched("a[\t-\r ].+b\\z").0, ascii));
    assert_eq!(searched("[^\\d]\\W"), (searched("[^0-9][^0-9A-Za-z_]").0, ascii));
    assert_eq!(searched("[äö]").1, Rests::default());
    assert_ne!(searched("a\\sb").0, searched("a b").0);
}

/// The form as an expression that can be asked.
fn asked(form: Said) -> Matcher {
    let regex = match form {
        Said::Regex(regex) => regex,
        Said::Pattern(pattern, case) => {
            let pieces = pattern.pieces().iter().map(|piece| match piece {
                Piece::Literal(text) => regex_syntax::escape(text),
                Piece::Any => ".*".to_owned(),
                Piece::One => ".".to_owned(),
            });
            Regex { case, ..of_texts(&[format!("\\A(?:{})\\z", pieces.collect::<String>())]) }
        }
    };
    Matcher::new(&regex).unwrap()
}

proptest! {
    /// Both are asked about texts: a form that is shared by two expressions is only right if each says what the form does.
    #[test]
    fn forms_match_what_their_expressions_match(
        parts in prop::collection::vec(prop::sample::select(PARTS), 1..7),
        texts in prop::collection::vec("[abx\\n ]{0,6}", 1..12),
        (dot_all, whole, one_line) in any::<(bool, bool, bool)>(),
    ) {
        let anchoring = if whole { Anchoring::Whole } else { Anchoring::Search };
        let of = Regex { dot_all, ..regex(RegexDialect::Python, anchoring, &parts.concat(), Case::Sensitive) };
        let Ok(expression) = Matcher::new(&of) else { return Ok(()) };
        let Some((form, _)) = said(&of, one_line) else { return Ok(()) };
        let form = asked(form);
        for text in texts.iter().filter(|text| !one_line || !text.contains('\n')) {
            prop_assert_eq!(expression.is_match(text), form.is_match(text), "{:?} {:?}", of, text);
        }
    }
}

const PARTS: &[&str] = &[
    "a",
    "b",
    ".",
    ".*",
    ".+",
    "^",
    "$",
    "(a|b)",
    "(^|a)",
    "(b|$)",
    "(a|.*b)",
    "[ab]",
    "[^a]",
    "x?",
    "(.*a)?",
    "(?:ab|x){2}",
    "|",
    "\\s",
    "(x|^a|b.*)",
];
