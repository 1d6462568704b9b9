//! Texts at the edges of a regular expression: with the first and the last characters of its classes and those beside them, and with one
//! repetition more or less. A slip in a class or in a count shows in one of them.

use super::text::{MAX_LENGTH, example_of_class, hirs_of};
use crate::ir::Regex;
use regex_syntax::hir::{Class, Hir, HirKind, Repetition};

/// Ranges of a class whose ends are tried: letters of both cases, digits and something else.
const MAX_RANGES: usize = 4;
/// Texts of one expression, and how many are made to find so many different ones.
const MAX_EDGES: usize = 32;
const MAX_TRIED: usize = 128;

/// Texts that just fit the expression and texts that just do not, of each of its parts in turn; none when it cannot be read. Anchors
/// and what stands around a match are not looked at.
pub(super) fn edges(regex: &Regex) -> Vec<String> {
    in_turn(&hirs_of(regex).iter().filter_map(part).map(|part| part.edges).collect::<Vec<_>>())
}

/// A part of an expression.
struct Part {
    /// A text that fits.
    plain: String,
    edges: Vec<String>,
}

/// `None` where no text of a bearable length fits. The depth is bounded by the parser's own limit on nesting.
fn part(hir: &Hir) -> Option<Part> {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => Some(Part { plain: String::new(), edges: Vec::new() }),
        HirKind::Literal(literal) => {
            Some(Part { plain: String::from_utf8_lossy(&literal.0).into_owned(), edges: Vec::new() })
        }
        HirKind::Class(class) => Some(Part { plain: example_of_class(class)?, edges: of_class(class) }),
        HirKind::Capture(capture) => part(&capture.sub),
        HirKind::Repetition(repetition) => repeated(&part(&repetition.sub)?, repetition),
        HirKind::Alternation(members) => {
            let members: Vec<Part> = members.iter().filter_map(part).collect();
            let plain = members.first()?.plain.clone();
            Some(Part { plain, edges: in_turn(&members.into_iter().map(with_plain).collect::<Vec<_>>()) })
        }
        HirKind::Concat(members) => joined(&members.iter().map(part).collect::<Option<Vec<_>>>()?),
    }
}

/// Of one of several members the plain text is an edge too: the others do not have it.
fn with_plain(part: Part) -> Vec<String> {
    std::iter::once(part.plain).chain(part.edges).collect()
}

/// The ends of the ranges, from the inside and from the outside.
fn of_class(class: &Class) -> Vec<String> {
    let Class::Unicode(class) = class else { return Vec::new() };
    let ends = class.ranges().iter().take(MAX_RANGES).flat_map(|range| {
        let beside = |end: char, step: i32| char::from_u32(u32::from(end).checked_add_signed(step)?);
        [Some(range.end()), Some(range.start()), beside(range.end(), 1), beside(range.start(), -1)]
    });
    ends.flatten().map(String::from).collect()
}

/// The edges of what is repeated, each before as many plain ones as are needed, and the numbers around the bounds.
fn repeated(one: &Part, repetition: &Repetition) -> Option<Part> {
    let times = |count: Option<u32>| {
        let count = usize::try_from(count?).ok()?;
        (one.plain.len().saturating_mul(count) <= MAX_LENGTH).then(|| one.plain.repeat(count))
    };
    let plain = times(Some(repetition.min))?;
    let rest = times(Some(repetition.min.saturating_sub(1)))?;
    let beyond = repetition.max.and_then(|max| max.checked_add(1));
    let counts = [repetition.min.checked_sub(1), repetition.max, beyond];
    let counts = counts.into_iter().filter_map(times).filter(|text| *text != plain).collect();
    let changed = one.edges.iter().map(|edge| format!("{edge}{rest}")).collect();
    Some(Part { edges: in_turn(&[changed, counts]), plain })
}

/// The parts in a row, each edge of one among the plain texts of the others.
fn joined(parts: &[Part]) -> Option<Part> {
    let with = |changed: usize, edge: &str| -> String {
        let texts = parts.iter().enumerate();
        texts.map(|(index, part)| if index == changed { edge } else { part.plain.as_str() }).collect()
    };
    let plain = with(parts.len(), "");
    let edges: Vec<&[String]> = parts.iter().map(|part| part.edges.as_slice()).collect();
    (plain.len() <= MAX_LENGTH).then(|| Part { plain, edges: in_turn_with(&edges, with) })
}

/// The texts made of the first of each list, then of the second of each, and so on: where there are too many, none of the parts is left
/// out. `text` makes one of the list's number and its member.
fn in_turn_with(lists: &[&[String]], text: impl Fn(usize, &str) -> String) -> Vec<String> {
    let longest = lists.iter().map(|list| list.len()).max().unwrap_or_default();
    let of = |turn: usize| lists.iter().enumerate().filter_map(move |(number, list)| Some((number, list.get(turn)?)));
    let mut found: Vec<String> = Vec::new();
    for (number, member) in (0..longest).flat_map(of).take(MAX_TRIED) {
        let text = text(number, member);
        if found.len() < MAX_EDGES && text.len() <= MAX_LENGTH && !found.contains(&text) {
            found.push(text);
        }
    }
    found
}

/// As they are.
fn in_turn(lists: &[Vec<String>]) -> Vec<String> {
    let lists: Vec<&[String]> = lists.iter().map(Vec::as_slice).collect();
    in_turn_with(&lists, |_, text| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::RegexDialect;
    use crate::proof::synth::text::tests::regex;

    fn edges_of(pattern: &str) -> Vec<String> {
        edges(&regex(pattern, RegexDialect::Python))
    }

    #[test]
    fn classes_have_their_ends_and_what_is_beside_them() {
        assert_eq!(edges_of("[b-y]"), ["y", "b", "z", "a"]);
        assert_eq!(edges_of("id=[0-9]{3}"), ["id=900", "id=00", "id=000", "id=0000", "id=:00", "id=/00"]);
    }

    #[test]
    fn every_part_has_its_turn() {
        assert_eq!(edges_of("[a-c][0-2]"), ["c0", "a2", "a0", "d0", "a3", "`0", "a/"]);
        let many = edges_of(&"[b-y]".repeat(MAX_EDGES));
        assert_eq!(many.len(), MAX_EDGES);
        assert!((0..MAX_EDGES).all(|place| many.iter().any(|text| text.find('y') == Some(place))), "{many:?}");
    }

    #[test]
    fn counts_have_the_numbers_around_them() {
        assert_eq!(edges_of("x{2,4}y"), ["xy", "xxxxy", "xxxxxy"]);
        assert_eq!(edges_of("ab?"), ["ab", "abb"]);
        assert_eq!(edges_of("one|two"), ["one", "two"]);
        assert!(edges_of("x{900000}").is_empty() && edges_of("(").is_empty());
    }
}
