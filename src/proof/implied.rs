//! What tests of one value say about each other: `*\x.exe` holds wherever `*y\x.exe` does, and no value equals two texts.

use crate::ir::{Case, ExprKind, Op, Operand, Pattern, Piece, Pool, Subject, Value};

/// How two tests stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Relation {
    /// Where the first holds, the second does.
    Implies,
    /// They never hold together.
    Excludes,
}

/// What is known of two tests of a pool; `None` when nothing is.
pub(super) fn relation(pool: &Pool, first: &ExprKind, second: &ExprKind) -> Option<Relation> {
    match (first, second) {
        (ExprKind::Test(left, first), ExprKind::Test(right, second)) if left == right => between(first, second),
        // Some item passes the first, so it passes the second; another item may pass what this one does not.
        (ExprKind::ForSome(left, first), ExprKind::ForSome(right, second)) if left == right => {
            match (pool.kind(*first), pool.kind(*second)) {
                (_, ExprKind::True) => Some(Relation::Implies),
                (ExprKind::Test(Subject::Element(0), first), ExprKind::Test(Subject::Element(0), second)) => {
                    between(first, second).filter(|relation| *relation == Relation::Implies)
                }
                _ => None,
            }
        }
        _ => None,
    }
}

fn between(first: &Op, second: &Op) -> Option<Relation> {
    if let (Op::IsMissing, Op::IsNull | Op::Equal { .. } | Op::Matches { .. }) = (first, second) {
        return Some(Relation::Excludes);
    }
    if let (
        Op::Equal { to: Operand::Value(Value::Int(one)), coercion: left, .. },
        Op::Equal { to: Operand::Value(Value::Int(other)), coercion: right, .. },
    ) = (first, second)
    {
        return (left == right && one != other).then_some(Relation::Excludes);
    }
    let ((first, case, coercion), (second, other_case, other_coercion)) = (texts(first)?, texts(second)?);
    if coercion != other_coercion {
        return None;
    }
    if implies(&first, case, &second, other_case) {
        return Some(Relation::Implies);
    }
    excludes(&first, &second).then_some(Relation::Excludes)
}

fn texts(op: &Op) -> Option<(Pattern, Case, crate::ir::Coercion)> {
    match op {
        Op::Matches { pattern, case, coercion } => Some((pattern.clone(), *case, *coercion)),
        Op::Equal { to: Operand::Value(Value::Str(text)), case, coercion } => {
            Some((Pattern::exact(text), *case, *coercion))
        }
        _ => None,
    }
}

/// A character of a pattern's literals, or a wildcard.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Symbol {
    Char(char),
    One,
    Any,
}

fn symbols(pattern: &Pattern) -> Vec<Symbol> {
    let mut found = Vec::new();
    for piece in pattern.pieces() {
        match piece {
            Piece::Literal(text) => found.extend(text.chars().map(Symbol::Char)),
            Piece::One => found.push(Symbol::One),
            Piece::Any => found.push(Symbol::Any),
        }
    }
    found
}

/// Whether every text that fits the first pattern fits the second: the second one matches the first one's symbols, its `*` any of
/// them, its `?` one that is not a `*`. Sound; a pattern can imply another one in ways that this does not see.
fn implies(first: &Pattern, case: Case, second: &Pattern, other_case: Case) -> bool {
    let same = |one: char, other: char| match (case, other_case) {
        _ if !one.is_alphabetic() => one == other,
        (Case::Sensitive, Case::Sensitive) => one == other,
        // What ignores case says more than what does not.
        (_, Case::Sensitive) => false,
        _ => one.is_ascii() && other.is_ascii() && one.eq_ignore_ascii_case(&other),
    };
    let (text, pattern) = (symbols(first), symbols(second));
    // The usual walk with one place to go back to: the last `*` of the pattern.
    let (mut at, mut of, mut back) = (0, 0, None);
    while at < text.len() {
        let fits = match (pattern.get(of), text[at]) {
            (Some(Symbol::Any), _) => {
                back = Some((at, of));
                of += 1;
                continue;
            }
            (Some(Symbol::One), symbol) => symbol != Symbol::Any,
            (Some(Symbol::Char(other)), Symbol::Char(one)) => same(one, *other),
            _ => false,
        };
        if fits {
            at += 1;
            of += 1;
        } else if let Some((start, star)) = back {
            back = Some((start + 1, star));
            at = start + 1;
            of = star + 1;
        } else {
            return false;
        }
    }
    pattern[of..].iter().all(|symbol| *symbol == Symbol::Any)
}

/// Whether no text fits both: they begin or end in different characters, in any case.
fn excludes(first: &Pattern, second: &Pattern) -> bool {
    let (first, second) = (symbols(first), symbols(second));
    let clash = |pair: (&Symbol, &Symbol)| match pair {
        (Symbol::Any, _) | (_, Symbol::Any) => Some(false),
        (Symbol::Char(one), Symbol::Char(other)) if differ(*one, *other) => Some(true),
        _ => None,
    };
    let fixed = |symbols: &[Symbol]| !symbols.contains(&Symbol::Any);
    fixed(&first) && fixed(&second) && first.len() != second.len()
        || first.iter().zip(&second).find_map(clash) == Some(true)
        || first.iter().rev().zip(second.iter().rev()).find_map(clash) == Some(true)
}

fn differ(one: char, other: char) -> bool {
    one.is_ascii() && other.is_ascii() && !one.eq_ignore_ascii_case(&other)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> Pattern {
        Pattern::new(text.chars().map(|c| match c {
            '*' => Piece::Any,
            '?' => Piece::One,
            other => Piece::Literal(other.to_string().into()),
        }))
    }

    #[test]
    fn a_pattern_implies_what_is_wider() {
        let says = |first: &str, second: &str| {
            implies(&pattern(first), Case::AsciiInsensitive, &pattern(second), Case::AsciiInsensitive)
        };
        for (first, second) in [
            ("*\\x.exe", "*x.exe"),
            ("abc*", "a*"),
            ("abc", "a*c"),
            ("a?c*", "a??*"),
            ("a*b*c", "a*c"),
            ("*ABC*", "*b*"),
            ("?a*", "*"),
        ] {
            assert!(says(first, second), "{first} {second}");
        }
        for (first, second) in
            [("*x.exe", "*\\x.exe"), ("a*", "a?*"), ("a*c", "abc"), ("*", "?*"), ("*a", "*a?"), ("ab", "b*")]
        {
            assert!(!says(first, second), "{first} {second}");
        }
        let cased = |first, second| implies(&pattern("ab*"), first, &pattern("a*"), second);
        assert!(cased(Case::Sensitive, Case::AsciiInsensitive) && !cased(Case::AsciiInsensitive, Case::Sensitive));
    }

    #[test]
    fn patterns_exclude_each_other_by_their_ends() {
        for (first, second, never) in [
            ("abc", "abd", true),
            ("a*", "b*", true),
            ("*a", "*b", true),
            ("ab", "abc", true),
            ("a*", "*b", false),
            ("a?", "ab", false),
            ("a", "A", false),
            ("*a*", "b", false),
        ] {
            assert_eq!(excludes(&pattern(first), &pattern(second)), never, "{first} {second}");
        }
    }
}
