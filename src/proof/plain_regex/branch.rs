//! One way in which an expression matches, apart from where it is held.

use super::{range, text};
use crate::ir::{Case, Pattern, Piece};
use regex_syntax::hir::{Class, ClassUnicode, Hir, HirKind, Look, Repetition};

/// More branches than these are not put in order.
const MAX_BRANCHES: usize = 64;

/// Where a branch is held: without an anchor, anything may stand there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Anchors {
    start: bool,
    end: bool,
}

/// One way in which an expression matches.
#[derive(Debug)]
pub(super) struct Branch {
    anchors: Anchors,
    parts: Vec<Hir>,
}

/// One of the ends of a branch.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    First,
    Last,
}

/// What the part at an end of a branch says.
enum Edge {
    /// The text starts or ends here.
    Anchor,
    /// At least so many characters, whatever they are.
    Any(u32),
    /// Several, of which some say one of these.
    Several(Vec<Hir>),
    Other,
}

impl Branch {
    /// The branches of an expression that stands between such anchors; `None` for too many.
    pub(super) fn split(hir: Hir, anchors: Anchors, found: &mut Vec<Self>) -> Option<()> {
        let parts = match hir.into_kind() {
            HirKind::Alternation(members) => {
                return members.into_iter().try_for_each(|member| Self::split(member, anchors, found));
            }
            HirKind::Concat(parts) => parts,
            HirKind::Empty => Vec::new(),
            HirKind::Literal(literal) => vec![Hir::literal(literal.0)],
            HirKind::Class(class) => vec![Hir::class(class)],
            HirKind::Look(look) => vec![Hir::look(look)],
            HirKind::Repetition(repetition) => vec![Hir::repetition(repetition)],
            HirKind::Capture(capture) => vec![Hir::capture(capture)],
        };
        let mut branch = Self { anchors, parts };
        for end in [End::First, End::Last] {
            if let Some(several) = branch.strip(end) {
                return several.into_iter().try_for_each(|hir| Self::split(hir, branch.anchors, found));
            }
        }
        if let [part] = branch.parts.as_slice()
            && let HirKind::Alternation(members) = part.kind()
        {
            return members.clone().into_iter().try_for_each(|member| Self::split(member, branch.anchors, found));
        }
        found.push(branch);
        (found.len() <= MAX_BRANCHES).then_some(())
    }

    /// Takes anchors and wildcards off an end. Where a choice stands there that has some, the whole as each of its cases.
    fn strip(&mut self, end: End) -> Option<Vec<Hir>> {
        let mut any = 0;
        loop {
            let at = match end {
                End::First => 0,
                End::Last => self.parts.len().wrapping_sub(1),
            };
            match self.parts.get(at).map_or(Edge::Other, |part| edge(part, end)) {
                // What has to stand there already keeps the text from ending.
                Edge::Anchor if any == 0 => {
                    self.parts.remove(at);
                    self.set(end, true);
                }
                Edge::Any(count) => {
                    self.parts.remove(at);
                    any += count;
                    self.set(end, false);
                }
                Edge::Several(cases) if any == 0 => {
                    let rest = std::mem::take(&mut self.parts);
                    let whole = |case: Hir| {
                        let mut parts = rest.clone();
                        parts[at] = case;
                        Hir::concat(parts)
                    };
                    return Some(cases.into_iter().map(whole).collect());
                }
                _ => break,
            }
        }
        let at = if end == End::First { 0 } else { self.parts.len() };
        (0..any).for_each(|_| self.parts.insert(at, Hir::class(Class::Unicode(anything()))));
        None
    }

    fn set(&mut self, end: End, is_anchored: bool) {
        match end {
            End::First => self.anchors.start = is_anchored,
            End::Last => self.anchors.end = is_anchored,
        }
    }

    pub(super) fn text(&self) -> String {
        let start = if self.anchors.start { "\\A" } else { "" };
        let end = if self.anchors.end { "\\z" } else { "" };
        [start, &text(&Hir::concat(self.parts.clone())), end].concat()
    }

    /// The pattern that it is, if it is one.
    pub(super) fn pattern(&self) -> Option<(Pattern, Case)> {
        let any = |is_anchored: bool| (!is_anchored).then_some(Piece::Any);
        let mut pieces: Vec<Piece> = any(self.anchors.start).into_iter().collect();
        let (mut both, mut one) = (false, false);
        for part in &self.parts {
            pieces.push(match part.kind() {
                HirKind::Literal(literal) => {
                    let text = std::str::from_utf8(&literal.0).ok()?;
                    one |= text.chars().any(char::is_alphabetic);
                    Piece::Literal(text.into())
                }
                HirKind::Class(Class::Unicode(class)) if *class == anything() => Piece::One,
                HirKind::Class(Class::Unicode(class)) => {
                    both = true;
                    Piece::Literal(letter_in_both_cases(class)?.to_string().into())
                }
                _ if matches!(edge(part, End::First), Edge::Any(0)) => Piece::Any,
                _ => return None,
            });
        }
        pieces.extend(any(self.anchors.end));
        Some((Pattern::new(pieces), Case::of_letters(both, one)?))
    }
}

fn edge(part: &Hir, end: End) -> Edge {
    match part.kind() {
        HirKind::Look(Look::Start) if end == End::First => Edge::Anchor,
        HirKind::Look(Look::End) if end == End::Last => Edge::Anchor,
        HirKind::Repetition(Repetition { min, max: None, sub, .. }) if is_anything(sub) && *min <= 8 => Edge::Any(*min),
        HirKind::Repetition(Repetition { min: 0, max: Some(1), sub, .. }) if says_more(sub, end) => {
            Edge::Several(vec![(**sub).clone(), Hir::empty()])
        }
        HirKind::Alternation(members) if members.iter().any(|member| says_more(member, end)) => {
            Edge::Several(members.clone())
        }
        _ => Edge::Other,
    }
}

/// Whether a case begins or ends with an anchor or a wildcard.
fn says_more(case: &Hir, end: End) -> bool {
    let part = match (case.kind(), end) {
        (HirKind::Concat(parts), End::First) => parts.first(),
        (HirKind::Concat(parts), End::Last) => parts.last(),
        _ => Some(case),
    };
    part.is_some_and(|part| !matches!(edge(part, end), Edge::Other))
}

pub(super) fn anything() -> ClassUnicode {
    range('\0', char::MAX)
}

fn is_anything(hir: &Hir) -> bool {
    matches!(hir.kind(), HirKind::Class(Class::Unicode(class)) if *class == anything())
}

fn letter_in_both_cases(class: &ClassUnicode) -> Option<char> {
    match class.ranges() {
        [upper, lower] if upper.start() == upper.end() && lower.start() == lower.end() => {
            let lower = lower.start();
            (lower.is_ascii_lowercase() && upper.start() == lower.to_ascii_uppercase()).then_some(lower)
        }
        _ => None,
    }
}
