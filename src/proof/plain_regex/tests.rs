//! Expressions that match the same texts have one form.

use super::*;
use crate::ir::Piece;

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

/// Both forms are asked about texts: equal forms say the same.
#[test]
fn forms_match_what_their_expressions_match() {
    for pattern in ["^(a|.*b)c", "a(b|$)", "(^|x)y($|z)", "\\Aa.*\\z", "a.+", "^$", "(a|b)*c", "x|^", "[^a].*"] {
        let of = regex(RegexDialect::Sigma, Anchoring::Search, pattern, Case::Sensitive);
        let (first, _) = said(&of, false).unwrap();
        let plain = match first {
            Said::Regex(regex) => regex,
            Said::Pattern(pattern, _) => {
                let pieces = pattern.pieces().iter().map(|piece| match piece {
                    Piece::Literal(text) => regex_syntax::escape(text),
                    Piece::Any => ".*".to_owned(),
                    Piece::One => ".".to_owned(),
                });
                of_texts(&[format!("\\A{}\\z", pieces.collect::<String>())])
            }
        };
        let [one, other] = [&of, &plain].map(|regex| Matcher::new(regex).unwrap());
        for text in ["", "a", "b", "ac", "bc", "xbc", "ab", "a\n", "y", "xy", "xyz", "zyx", "c", "abc", "\n", "ba"] {
            assert_eq!(one.is_match(text), other.is_match(text), "{pattern} {} {text:?}", plain.pattern);
        }
    }
}
