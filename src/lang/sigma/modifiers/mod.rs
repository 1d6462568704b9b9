//! Field names with modifiers: `CommandLine|contains|all` (Sigma Rules Specification 2.1.0, "Value Modifiers",
//! and Sigma Modifiers 2.1.0).

mod table;

use super::known::{self, Known};
use crate::source::{Problem, Span, Spanned};
use std::rc::Rc;
pub use table::{Class, Kind, MODIFIERS, Modifier, Spec, ValueType};

/// A key of a search identifier's map, taken apart. Spans are byte offsets in the key.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldSpec {
    /// Absent in a keyword search (`'|all'`).
    pub field: Option<Spanned<String>>,
    /// The known modifiers, in the order in which they are applied.
    pub modifiers: Vec<Spanned<Modifier>>,
    /// Unknown modifiers, and chains that have no meaning.
    pub problems: Vec<Problem>,
}

impl FieldSpec {
    #[must_use]
    pub fn has(&self, modifier: Modifier) -> bool {
        self.modifiers.iter().any(|known| known.value == modifier)
    }
}

thread_local! {
    static FIELDS: Known<FieldSpec> = Known::default();
}

/// As [`parse_field`], for keys that many rules have and that are looked at more than once.
#[must_use]
pub fn known_field(key: &str) -> Rc<FieldSpec> {
    known::read(&FIELDS, key, parse_field)
}

/// Takes a key apart at its pipes.
#[must_use]
pub fn parse_field(key: &str) -> FieldSpec {
    let mut parts = key.split('|');
    let name = parts.next().unwrap_or_default();
    let field = (!name.is_empty()).then(|| Spanned::new(name.to_owned(), Span::new(0, name.len())));
    let mut spec = FieldSpec { field, modifiers: Vec::new(), problems: Vec::new() };
    if key.is_empty() {
        spec.problems.push(Problem::new(Span::at(0), "the field has no name"));
    }
    let mut at = name.len() + 1;
    for part in parts {
        let span = Span::new(at, at + part.len());
        match Modifier::from_name(part) {
            Some(modifier) => spec.modifiers.push(Spanned::new(modifier, span)),
            None => spec.problems.push(unknown(part, span)),
        }
        at += part.len() + 1;
    }
    let mut misplaced: Vec<Problem> = (0..spec.modifiers.len()).filter_map(|at| illegal(&spec.modifiers, at)).collect();
    spec.problems.append(&mut misplaced);
    spec
}

fn unknown(name: &str, span: Span) -> Problem {
    if name.is_empty() {
        return Problem::new(span, "a modifier is missing after `|`");
    }
    let problem = Problem::new(span, format!("unknown modifier `{name}`"));
    match nearest(name) {
        Some(known) => problem.help(format!("did you mean `{known}`?")),
        None => problem,
    }
}

fn nearest(name: &str) -> Option<&'static str> {
    let lower = name.trim().to_lowercase();
    match lower.as_str() {
        "ignorecase" => return Some("i"),
        "multiline" => return Some("m"),
        "dotall" => return Some("s"),
        "regex" => return Some("re"),
        _ => {}
    }
    // Flags of one or two letters are near to too much.
    let close = |known: &&Spec| (known.name == lower) || (lower.len() > 2 && known.name.len() > 2);
    crate::source::nearest(&lower, MODIFIERS.iter().filter(close).map(|known| known.name))
}

/// Why the modifier at `at` may not stand where it stands. One reason is enough.
fn illegal(chain: &[Spanned<Modifier>], at: usize) -> Option<Problem> {
    let Spanned { value: modifier, span } = chain[at];
    let (name, spec, earlier) = (modifier.name(), modifier.spec(), &chain[..at]);
    if earlier.iter().any(|before| before.value == modifier) {
        return Some(Problem::new(span, format!("`{name}` is repeated")));
    }
    if spec.class == Class::RegexFlag && !earlier.iter().any(|before| before.value == Modifier::Re) {
        return Some(
            Problem::new(span, format!("`{name}` is a flag of a regular expression"))
                .help(format!("it stands after `re`: `|re|{name}`")),
        );
    }
    let bad = earlier.iter().find(|before| !spec.after.contains(&before.value.spec().class))?;
    let bad_name = bad.value.name();
    let problem = if bad.value.spec().class == spec.class {
        Problem::new(span, format!("`{bad_name}` and `{name}` exclude each other"))
    } else {
        Problem::new(span, format!("`{name}` cannot follow `{bad_name}`"))
    };
    let turned = modifier_may_precede(modifier, bad.value);
    Some(if turned { problem.help(format!("write `|{name}|{bad_name}`")) } else { problem })
}

fn modifier_may_precede(first: Modifier, second: Modifier) -> bool {
    second.spec().class != first.spec().class && second.spec().after.contains(&first.spec().class)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first problem's message and the text under its caret.
    fn problem(key: &str) -> (String, &str) {
        let spec = parse_field(key);
        let first = spec.problems.first().unwrap_or_else(|| panic!("{key} has no problem"));
        (first.message.clone(), &key[first.span.range()])
    }

    fn help(key: &str) -> Option<String> {
        parse_field(key).problems[0].help.clone()
    }

    #[test]
    fn every_modifier_has_its_row() {
        for (at, spec) in MODIFIERS.iter().enumerate() {
            assert_eq!(spec.modifier as usize, at, "{}", spec.name);
            assert_eq!(Modifier::from_name(spec.name), Some(spec.modifier));
        }
        assert_eq!(MODIFIERS.len(), Modifier::FieldRef as usize + 1);
    }

    #[test]
    fn keys_are_split_with_their_places() {
        let spec = parse_field("é.x|contains|all");
        assert_eq!(spec.problems, vec![]);
        assert_eq!(spec.field, Some(Spanned::new("é.x".to_owned(), Span::new(0, 4))));
        assert_eq!(spec.modifiers[0], Spanned::new(Modifier::Contains, Span::new(5, 13)));
        assert_eq!(spec.modifiers[1], Spanned::new(Modifier::All, Span::new(14, 17)));
        assert!(spec.has(Modifier::All) && !spec.has(Modifier::Re));
    }

    /// "Keywords search": `'|all'` has no field.
    #[test]
    fn keyword_searches_have_no_field() {
        let spec = parse_field("|all");
        assert_eq!((spec.field, spec.problems), (None, vec![]));
        assert_eq!(parse_field("Image").modifiers, vec![]);
    }

    #[test]
    fn chains_of_the_specification_are_legal() {
        for chain in [
            "wide|base64offset|contains",
            "windash|contains|all",
            "contains|windash",
            "contains|windash|all",
            "contains|expand",
            "endswith|cased",
            "cased|endswith",
            "re|i|m|s",
            "re|neq",
            "neq|contains",
            "fieldref|neq",
            "fieldref|startswith",
            "hour|gte",
            "hour|neq",
            "cidr|all",
            "utf16|base64|contains",
            "exists",
            "all|contains",
            "re|contains",
        ] {
            assert_eq!(parse_field(&format!("f|{chain}")).problems, vec![], "{chain}");
        }
    }

    #[test]
    fn illegal_chains_are_named() {
        for (chain, message, under) in [
            ("contains|re", "`re` cannot follow `contains`", "re"),
            ("contains|contains", "`contains` is repeated", "contains"),
            ("startswith|endswith", "`startswith` and `endswith` exclude each other", "endswith"),
            ("i", "`i` is a flag of a regular expression", "i"),
            ("contains|base64", "`base64` cannot follow `contains`", "base64"),
            ("exists|contains", "`contains` cannot follow `exists`", "contains"),
            ("all|exists", "`exists` cannot follow `all`", "exists"),
            ("gt|lt", "`gt` and `lt` exclude each other", "lt"),
            ("gte|hour", "`hour` cannot follow `gte`", "hour"),
            ("cidr|contains", "`contains` cannot follow `cidr`", "contains"),
            ("re|cased", "`cased` cannot follow `re`", "cased"),
            ("base64|wide", "`wide` cannot follow `base64`", "wide"),
            ("gt|all", "`all` cannot follow `gt`", "all"),
        ] {
            let key = format!("f|{chain}");
            let (found, place) = problem(&key);
            assert_eq!((found.as_str(), place), (message, under), "{chain}");
        }
        assert_eq!(help("f|gte|hour").as_deref(), Some("write `|hour|gte`"));
        assert_eq!(help("f|contains|base64").as_deref(), Some("write `|base64|contains`"));
    }

    #[test]
    fn unknown_modifiers_get_the_nearest() {
        assert_eq!(problem("f|contians"), ("unknown modifier `contians`".to_owned(), "contians"));
        assert_eq!(help("f|contians").as_deref(), Some("did you mean `contains`?"));
        assert_eq!(help("f|Contains").as_deref(), Some("did you mean `contains`?"));
        assert_eq!(help("f|re|ignorecase").as_deref(), Some("did you mean `i`?"));
        assert_eq!(help("f|base64ofset").as_deref(), Some("did you mean `base64offset`?"));
        assert_eq!(help("f|xyzzy").as_deref(), None);
        assert_eq!(problem("f|contains|"), ("a modifier is missing after `|`".to_owned(), ""));
        assert_eq!(problem("").0, "the field has no name");
    }
}
