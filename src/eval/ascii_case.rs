//! Regular expressions that ignore the case of ASCII letters only: the `regex` crate folds all letters, so that its `k` is the Kelvin
//! sign too.

use regex_syntax::ast::parse::Parser;
use regex_syntax::ast::{Ast, ClassSetItem, ClassSetRange, Literal, Span, Visitor, visit};

/// The pattern, in the syntax of the `regex` crate, with each ASCII letter in both cases. A pattern that cannot be read stays as it is.
pub(super) fn both_cases(pattern: &str) -> String {
    let Ok(ast) = Parser::new().parse(pattern) else { return pattern.to_owned() };
    let Ok(mut edits) = visit(&ast, Letters::default());
    edits.sort_by_key(|(span, _)| span.start.offset);
    let mut out = String::with_capacity(pattern.len() * 2);
    let mut at = 0;
    for (span, text) in edits {
        out.push_str(pattern.get(at..span.start.offset).unwrap_or_default());
        out.push_str(&text);
        at = span.end.offset;
    }
    out.push_str(pattern.get(at..).unwrap_or_default());
    out
}

/// What is written in the place of letters and ranges.
#[derive(Default)]
struct Letters(Vec<(Span, String)>);

impl Letters {
    fn letter(literal: &Literal) -> Option<(char, char)> {
        let c = literal.c;
        c.is_ascii_alphabetic().then(|| (c.to_ascii_lowercase(), c.to_ascii_uppercase()))
    }

    /// The letters of a range in the other case, as ranges.
    fn others(range: &ClassSetRange) -> String {
        let (first, last) = (range.start.c, range.end.c);
        let part = |low: char, high: char| (first.max(low) <= last.min(high)).then(|| (first.max(low), last.min(high)));
        let lower = part('a', 'z').map(|(a, z)| (a.to_ascii_uppercase(), z.to_ascii_uppercase()));
        let upper = part('A', 'Z').map(|(a, z)| (a.to_ascii_lowercase(), z.to_ascii_lowercase()));
        lower.into_iter().chain(upper).flat_map(|(a, z)| [a, '-', z]).collect()
    }
}

impl Visitor for Letters {
    type Output = Vec<(Span, String)>;
    type Err = std::convert::Infallible;

    fn finish(self) -> Result<Self::Output, Self::Err> {
        Ok(self.0)
    }

    fn visit_pre(&mut self, ast: &Ast) -> Result<(), Self::Err> {
        if let Ast::Literal(literal) = ast
            && let Some((lower, upper)) = Self::letter(literal)
        {
            self.0.push((literal.span, format!("[{lower}{upper}]")));
        }
        Ok(())
    }

    fn visit_class_set_item_pre(&mut self, item: &ClassSetItem) -> Result<(), Self::Err> {
        match item {
            ClassSetItem::Literal(literal) => {
                if let Some((lower, upper)) = Self::letter(literal) {
                    self.0.push((literal.span, format!("{lower}{upper}")));
                }
            }
            ClassSetItem::Range(range) => {
                let end = Span::splat(range.span.end);
                self.0.push((end, Self::others(range)));
            }
            _ => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_have_both_cases_and_others_one() {
        for (pattern, both) in [
            ("ab+", "[aA][bB]+"),
            ("é", "é"),
            ("[^k-m9]", "[^k-mK-M9]"),
            ("[Y-b]", "[Y-bA-By-z]"),
            ("\\w\\.(x|1)", "\\w\\.([xX]|1)"),
            ("\\x41", "[aA]"),
            ("(", "("),
        ] {
            assert_eq!(both_cases(pattern), both, "{pattern}");
        }
        let regex = regex::Regex::new(&both_cases("\\A(?:[k-m]s)\\z")).unwrap();
        assert!(regex.is_match("KS") && !regex.is_match("\u{212a}s") && !regex.is_match("k\u{17f}"));
    }
}
