//! Texts that the ingest takes apart: paths, accounts, hashes, command lines, registry keys.

use super::{Builder, Reach, case_of, text_equal};
use crate::ir::{
    Anchoring, Case, Coercion, ExprId, FieldPath, Op, Operand, Pattern, Piece, Regex, RegexDialect, Shape, Value,
};
use crate::pass::map_fields::{Known, Mapper};
use crate::source::Location;
use smallvec::SmallVec;
use std::borrow::Cow;

impl Builder<'_> {
    pub(super) fn matches(&mut self, pieces: impl IntoIterator<Item = Piece>, case: Case) -> ExprId {
        self.test(Op::Matches { pattern: Pattern::new(pieces), case, coercion: Coercion::Text })
    }

    /// The index has the number as a keyword.
    pub(super) fn number_as_text(&mut self, op: &Op) -> Option<ExprId> {
        match op {
            Op::Equal { to: Operand::Value(Value::Int(number)), .. } => {
                Some(self.equal(&number.to_string(), Case::Sensitive))
            }
            // Digits have no case.
            Op::Equal { to: Operand::Value(Value::Str(text)), .. } if text.bytes().all(|b| b.is_ascii_digit()) => {
                Some(self.equal(text, Case::Sensitive))
            }
            Op::Compare { .. } => None,
            other => Some(self.test(other.clone())),
        }
    }

    /// The event has a number where the index has a keyword of digits.
    pub(super) fn text_as_number(&mut self, op: &Op) -> ExprId {
        let number = match op {
            Op::Equal { to: Operand::Value(Value::Str(text)), .. } => text.parse::<i64>().ok(),
            _ => None,
        };
        match number {
            Some(number) => self.test(Op::Equal {
                to: Operand::Value(Value::Int(number)),
                case: Case::Sensitive,
                coercion: Coercion::Text,
            }),
            None => self.test(op.clone()),
        }
    }

    /// `process.name: x.exe` is `Image|endswith: \x.exe`: without a separator there is no name.
    pub(super) fn base_name(&mut self, op: &Op, separator: char) -> Option<ExprId> {
        let named = [Piece::Any, Piece::Literal(separator.to_string().into()), Piece::One, Piece::Any];
        match op {
            Op::Present => return Some(self.matches(named, Case::Sensitive)),
            Op::IsMissing | Op::IsNull => {
                let named = self.matches(named, Case::Sensitive);
                return Some(self.pool.not(named, self.origin));
            }
            _ => {}
        }
        let pieces = pieces_of(op)?;
        let inside = pieces.iter().any(|piece| matches!(piece, Piece::Literal(text) if text.contains(separator)));
        if inside {
            return None;
        }
        let case = case_of(op)?;
        // A name that ends so is a path that ends so; another wildcard could reach back into the folder.
        if let [Piece::Any, rest @ ..] = &*pieces
            && rest.iter().all(|piece| matches!(piece, Piece::Literal(_)))
        {
            return Some(self.matches(pieces, case));
        }
        if pieces.iter().all(|piece| matches!(piece, Piece::Literal(_))) {
            let head = [Piece::Any, Piece::Literal(separator.to_string().into())];
            return Some(self.matches(head.into_iter().chain(pieces), case));
        }
        let regex = Regex {
            pattern: last_part(&pieces, separator).into(),
            dialect: RegexDialect::Sigma,
            anchoring: Anchoring::Search,
            case,
            multi_line: false,
            dot_all: true,
        };
        Some(self.test(Op::Regex { regex, coercion: Coercion::Text }))
    }

    /// `file.directory: C:\x` is a path that starts so with one part after it. A wildcard within could reach into that part.
    pub(super) fn directory(&mut self, op: &Op, separator: char) -> Option<ExprId> {
        let end = || [Piece::Literal(separator.to_string().into()), Piece::Any];
        let below = |head: &[Piece]| head.iter().cloned().chain(end()).collect::<Vec<_>>();
        match op {
            Op::Present => return Some(self.matches(below(&[Piece::Any]), Case::Sensitive)),
            Op::IsMissing | Op::IsNull => {
                let there = self.matches(below(&[Piece::Any]), Case::Sensitive);
                return Some(self.pool.not(there, self.origin));
            }
            _ => {}
        }
        let (pieces, case) = (pieces_of(op)?, case_of(op)?);
        let inside = self.matches(below(&pieces), case);
        if matches!(pieces.last(), Some(Piece::Any)) {
            return Some(inside);
        }
        if !pieces.iter().all(|piece| matches!(piece, Piece::Literal(_))) {
            return None;
        }
        let deeper = self.matches(below(&pieces).into_iter().chain(end()), case);
        let not_deeper = self.pool.not(deeper, self.origin);
        Some(self.pool.and([inside, not_deeper], self.origin))
    }

    /// One hash is one of the pairs of `MD5=..,SHA256=..`.
    pub(super) fn hash(&mut self, op: &Op, kind: &str) -> Option<ExprId> {
        let text = text_equal(op)?;
        let pattern = Pattern::contains(format!("{kind}={text}"));
        Some(self.test(Op::Matches { pattern, case: Case::Insensitive, coercion: Coercion::Text }))
    }

    /// The ingest writes lower case, whatever the event has.
    pub(super) fn lower_case(&mut self, op: &Op) -> Option<ExprId> {
        match op {
            Op::Equal { to: Operand::Value(Value::Str(text)), .. } => {
                Some(self.equal(&text.to_lowercase(), Case::Sensitive))
            }
            Op::Matches { pattern, .. } => {
                let lower = pattern.pieces().iter().map(|piece| match piece {
                    Piece::Literal(text) => Piece::Literal(text.to_lowercase().into()),
                    other => other.clone(),
                });
                Some(self.matches(lower.collect::<Vec<_>>(), Case::Sensitive))
            }
            _ => self.presence(op),
        }
    }

    /// The event may have any case.
    pub(super) fn any_case(&mut self, op: &Op) -> Option<ExprId> {
        match op {
            Op::Equal { .. } => Some(self.equal(&text_equal(op)?, Case::Insensitive)),
            Op::Matches { pattern, .. } => Some(self.matches(pattern.pieces().to_vec(), Case::Insensitive)),
            _ => self.presence(op),
        }
    }

    pub(super) fn before_backslash(&mut self, op: &Op) -> Option<ExprId> {
        if let Some(found) = self.presence(op) {
            return Some(found);
        }
        let tail = [Piece::Literal("\\".into()), Piece::Any];
        Some(self.matches(pieces_of(op)?.into_iter().chain(tail), case_of(op)?))
    }

    pub(super) fn after_backslash(&mut self, op: &Op) -> Option<ExprId> {
        if let Some(found) = self.presence(op) {
            return Some(found);
        }
        let head = [Piece::Any, Piece::Literal("\\".into())];
        Some(self.matches(head.into_iter().chain(pieces_of(op)?), case_of(op)?))
    }

    /// `exe` is a path that ends in `.exe`.
    pub(super) fn extension(&mut self, op: &Op) -> Option<ExprId> {
        match op {
            Op::Equal { case, .. } => {
                let ending = [Piece::Any, Piece::Literal(format!(".{}", text_equal(op)?).into())];
                Some(self.matches(ending, *case))
            }
            Op::Present => Some(self.matches([Piece::Any, Piece::Literal(".".into()), Piece::Any], Case::Sensitive)),
            // The dot before it may be any dot of the path.
            _ => None,
        }
    }

    /// `DOMAIN\user` is a test of each part; `domain` is the field of the first.
    pub(super) fn account(&mut self, op: &Op, domain: &FieldPath) -> Option<ExprId> {
        if let Some(found) = self.presence(op) {
            return Some(found);
        }
        let case = case_of(op)?;
        let pieces = pieces_of(op)?;
        if let Some((of_domain, of_name)) = split_at_backslash(&pieces) {
            let mut members = Vec::new();
            if !is_anything(&of_domain) {
                let op = Op::Matches { pattern: Pattern::new(of_domain), case, coercion: Coercion::Text };
                members.push(self.test_of(domain.clone(), op));
            }
            if !is_anything(&of_name) {
                members.push(self.matches(of_name, case));
            }
            return Some(self.pool.and(members, self.origin));
        }
        let pattern = Pattern::new(pieces.clone());
        let at_end = matches!(pattern.shape(), Shape::Suffix(_) | Shape::Contains(_));
        let at_start = matches!(pattern.shape(), Shape::Prefix(_) | Shape::Contains(_));
        let op = Op::Matches { pattern, case, coercion: Coercion::Text };
        let mut members = Vec::new();
        if at_start {
            members.push(self.test_of(domain.clone(), op.clone()));
        }
        if at_end {
            members.push(self.test(op));
        }
        (!members.is_empty()).then(|| self.pool.or(members, self.origin))
    }
}

/// The whole-value pattern of an equality or a pattern.
pub(super) fn pieces_of(op: &Op) -> Option<Vec<Piece>> {
    match op {
        Op::Matches { pattern, .. } => Some(pattern.pieces().to_vec()),
        Op::Equal { .. } => Some(vec![Piece::Literal(text_equal(op)?.into())]),
        _ => None,
    }
}

fn is_anything(pieces: &[Piece]) -> bool {
    matches!(pieces, [Piece::Any])
}

/// What stands before and after the one backslash of a pattern.
fn split_at_backslash(pieces: &[Piece]) -> Option<(Vec<Piece>, Vec<Piece>)> {
    let at = pieces.iter().position(|piece| matches!(piece, Piece::Literal(text) if text.contains('\\')))?;
    let Piece::Literal(text) = &pieces[at] else { return None };
    let (head, tail) = text.split_once('\\')?;
    let again = tail.contains('\\')
        || pieces[at + 1..].iter().any(|piece| matches!(piece, Piece::Literal(text) if text.contains('\\')));
    let part = |text: &str| (!text.is_empty()).then(|| Piece::Literal(text.into()));
    let before = pieces[..at].iter().cloned().chain(part(head)).collect();
    let after = part(tail).into_iter().chain(pieces[at + 1..].iter().cloned()).collect();
    (!again).then_some((before, after))
}

/// Whether a pattern of a file name has a wildcard that must not reach into the folder: it becomes a regular expression, whose end
/// stands before a last line break as well.
pub(super) fn is_inside_name(op: &Op) -> bool {
    matches!(op, Op::Matches { pattern, .. } if !matches!(pattern.shape(), Shape::Exact(_) | Shape::Suffix(_)))
}

/// The file name that a test of a whole path asks for: `\x.exe` at the end of it.
pub(super) fn file_name(op: &Op, separator: char) -> Option<&str> {
    let Op::Matches { pattern, .. } = op else { return None };
    let Shape::Suffix(text) = pattern.shape() else { return None };
    let name = text.strip_prefix(separator)?;
    (!name.is_empty() && !name.contains(separator)).then_some(name)
}

/// The text that a test looks for anywhere in a value.
pub(super) fn contained(op: &Op) -> Option<&str> {
    let Op::Matches { pattern, .. } = op else { return None };
    match pattern.shape() {
        Shape::Contains(text) => Some(text),
        _ => None,
    }
}

/// Whether a text that occurs in PowerShell's details of an invocation stands in one of their parts: it has nothing that separates them, and
/// nothing of the labels `name=` and `value=`, which no field has.
pub(super) fn is_within_detail(text: &str) -> bool {
    let lower = text.to_lowercase();
    let labels = ["name", "value"];
    let meets_label = |before: &str| labels.iter().any(|label| before.ends_with(label) || label.ends_with(before));
    !text.contains(['(', ')', ';', '"', '\r', '\n'])
        && !text.starts_with(':')
        && !labels.iter().any(|label| label.contains(&*lower))
        && !lower.match_indices('=').any(|(at, _)| meets_label(&lower[..at]))
}

/// `Hashes|contains: IMPHASH=..` is a test of the field of that kind of hash.
pub(super) fn hash_field(
    mapper: &mut Mapper<'_>,
    known: &Known,
    op: &Op,
    reach: Reach,
    origin: Option<Location>,
) -> Option<ExprId> {
    let (kind, hash) = hash_of(op)?;
    let (_, derived) = known.hashes.iter().find(|(known, _)| *known == kind)?;
    let op = hash_test(kind, &hash);
    let mut members: SmallVec<[ExprId; 4]> = SmallVec::new();
    for target in &*derived.targets {
        let mut builder = Builder { pool: &mut mapper.into, target: target.clone(), reach, origin };
        members.push(builder.test(op.clone()));
    }
    Some(mapper.into.or(members, origin))
}

/// The kind and the digits of a hash that a test of the whole text asks for.
fn hash_of(op: &Op) -> Option<(&'static str, String)> {
    let text = match op {
        Op::Matches { pattern, .. } => match pattern.shape() {
            Shape::Contains(text) | Shape::Prefix(text) | Shape::Suffix(text) => Cow::Borrowed(text),
            _ => return None,
        },
        _ => Cow::Owned(text_equal(op)?),
    };
    let (kind, digits) = text.split_once('=').unwrap_or(("", &text));
    let named = ["MD5", "SHA1", "SHA256", "IMPHASH"].into_iter().find(|known| kind.eq_ignore_ascii_case(known));
    let kind = named.or(match (kind, digits.len()) {
        ("", 32) => Some("MD5"),
        ("", 40) => Some("SHA1"),
        ("", 64) => Some("SHA256"),
        _ => None,
    })?;
    digits.bytes().all(|b| b.is_ascii_hexdigit()).then(|| (kind, digits.to_ascii_lowercase()))
}

/// The ingest writes hashes in lower case. Fewer digits are the beginning of one.
fn hash_test(kind: &str, digits: &str) -> Op {
    let length = match kind {
        "SHA1" => 40,
        "SHA256" => 64,
        _ => 32,
    };
    if digits.len() == length {
        return Op::Equal { to: digits.into(), case: Case::Sensitive, coercion: Coercion::Text };
    }
    Op::Matches { pattern: Pattern::prefix(digits), case: Case::Sensitive, coercion: Coercion::Text }
}

/// What a command line with such an argument looks like: at least (`wide`: the argument anywhere in it), or surely (between blanks).
pub(super) fn argument(op: &Op, wide: bool) -> Option<Vec<Pattern>> {
    let pieces = pieces_of(op)?;
    let any = || std::iter::once(Piece::Any);
    if wide {
        return Some(vec![Pattern::new(any().chain(pieces).chain(any()))]);
    }
    let blank = || std::iter::once(Piece::Literal(" ".into()));
    let last = Pattern::new(any().chain(blank()).chain(pieces.clone()));
    let inner = Pattern::new(any().chain(blank()).chain(pieces).chain(blank()).chain(any()));
    Some(vec![last, inner])
}

/// The regular expression of paths whose last part is so: a wildcard stays behind the last separator.
fn last_part(pieces: &[Piece], separator: char) -> String {
    let separator = regex_syntax::escape(&separator.to_string());
    let rest: String = pieces
        .iter()
        .map(|piece| match piece {
            Piece::Literal(text) => regex_syntax::escape(text),
            Piece::Any => format!("[^{separator}]*"),
            Piece::One => format!("[^{separator}]"),
        })
        .collect();
    format!("{separator}{rest}$")
}

#[cfg(test)]
mod tests;
