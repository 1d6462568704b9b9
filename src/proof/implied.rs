//! What tests of one value say about each other: `*\x.exe` holds wherever `*y\x.exe` does, and no value equals two texts.

use crate::ir::{Case, Coercion, ExprKind, Op, Operand, Pattern, Piece, Pool, Subject, Value};

/// How two tests stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Relation {
    /// Where the first holds, the second does.
    Implies,
    /// They never hold together.
    Excludes,
}

/// A test as far as it can be held against others of the same value.
pub(super) struct Told<'p> {
    /// The value, or the items.
    pub(super) subject: &'p Subject,
    /// Some item passes; another one may pass what this one does not.
    of_items: bool,
    says: Says,
}

/// What a test says of a value.
enum Says {
    Missing,
    Null,
    /// It is there.
    Any,
    Number(i64, Coercion),
    Text(Vec<Symbol>, Case, Coercion),
    /// It equals another constant.
    Other,
    Unknown,
}

/// What a test tells; `None` where it cannot be held against others.
pub(super) fn told<'p>(pool: &'p Pool, kind: &'p ExprKind) -> Option<Told<'p>> {
    match kind {
        ExprKind::Test(subject, op) => Some(Told { subject, of_items: false, says: says(op)? }),
        ExprKind::ForSome(subject, body) => {
            let says = match pool.kind(*body) {
                ExprKind::True => Says::Any,
                ExprKind::Test(Subject::Element(0), op) => says(op).unwrap_or(Says::Unknown),
                _ => Says::Unknown,
            };
            Some(Told { subject, of_items: true, says })
        }
        _ => None,
    }
}

fn says(op: &Op) -> Option<Says> {
    Some(match op {
        Op::IsMissing => Says::Missing,
        Op::IsNull => Says::Null,
        Op::Equal { to: Operand::Value(Value::Int(number)), coercion, .. } => Says::Number(*number, *coercion),
        Op::Equal { to: Operand::Value(Value::Str(text)), case, coercion } => {
            Says::Text(text.chars().map(Symbol::Char).collect(), *case, *coercion)
        }
        Op::Equal { to: Operand::Value(_), .. } => Says::Other,
        Op::Matches { pattern, case, coercion } => Says::Text(symbols(pattern), *case, *coercion),
        _ => return None,
    })
}

/// What is known of two tests of the same value; `None` when nothing is.
pub(super) fn relation(first: &Told<'_>, second: &Told<'_>) -> Option<Relation> {
    if first.of_items != second.of_items || first.subject != second.subject {
        return None;
    }
    let found = match (&first.says, &second.says) {
        (_, Says::Any) if first.of_items => Some(Relation::Implies),
        (Says::Missing, Says::Null | Says::Number(..) | Says::Text(..) | Says::Other) => Some(Relation::Excludes),
        (Says::Number(one, left), Says::Number(other, right)) => {
            (left == right && one != other).then_some(Relation::Excludes)
        }
        (Says::Text(one, case, left), Says::Text(other, other_case, right)) if left == right => {
            if implies(one, *case, other, *other_case) {
                Some(Relation::Implies)
            } else {
                excludes(one, other).then_some(Relation::Excludes)
            }
        }
        _ => None,
    };
    found.filter(|relation| !first.of_items || *relation == Relation::Implies)
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
fn implies(text: &[Symbol], case: Case, pattern: &[Symbol], other_case: Case) -> bool {
    let same = |one: char, other: char| match (case, other_case) {
        _ if !one.is_alphabetic() => one == other,
        (Case::Sensitive, Case::Sensitive) => one == other,
        // What ignores case says more than what does not.
        (_, Case::Sensitive) => false,
        _ => one.is_ascii() && other.is_ascii() && one.eq_ignore_ascii_case(&other),
    };
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
fn excludes(first: &[Symbol], second: &[Symbol]) -> bool {
    let clash = |pair: (&Symbol, &Symbol)| match pair {
        (Symbol::Any, _) | (_, Symbol::Any) => Some(false),
        (Symbol::Char(one), Symbol::Char(other)) if differ(*one, *other) => Some(true),
        _ => None,
    };
    let fixed = |symbols: &[Symbol]| !symbols.contains(&Symbol::Any);
    fixed(first) && fixed(second) && first.len() != second.len()
        || first.iter().zip(second).find_map(clash) == Some(true)
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

    fn text(text: &str) -> Vec<Symbol> {
        symbols(&pattern(text))
    }

    #[test]
    fn a_pattern_implies_what_is_wider() {
        let says = |first: &str, second: &str| {
            implies(&text(first), Case::AsciiInsensitive, &text(second), Case::AsciiInsensitive)
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
        let cased = |first, second| implies(&text("ab*"), first, &text("a*"), second);
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
            assert_eq!(excludes(&text(first), &text(second)), never, "{first} {second}");
        }
    }
}
