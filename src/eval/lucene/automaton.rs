//! Intersection and complement inside an expression, decided by an automaton of the expression's derivatives (Brzozowski, "Derivatives of
//! Regular Expressions", 1964): what is left to match after a character is an expression again, and there are finitely many.

use super::Node;
use regex_syntax::hir::{Class, Hir, HirKind};
use std::collections::HashMap;

/// Larger automata are refused, as Lucene refuses what is too complex to determinize.
const MAX_STATES: usize = 4_000;
/// So many different expressions may be left to match.
const MAX_NODES: usize = 20_000;

/// Decides whether a whole text is in the set that an expression describes.
#[derive(Debug, Clone)]
pub(in crate::eval) struct Automaton {
    /// The first character of each run of characters that the expression does not tell apart; the first run begins with 0.
    runs: Vec<u32>,
    /// For each state, the state after a character of each run.
    next: Vec<Vec<usize>>,
    accepts: Vec<bool>,
}

impl Automaton {
    /// # Errors
    /// When the automaton would be too large.
    pub(super) fn new(node: &Node, insensitive: bool) -> Result<Self, String> {
        let mut parts = Parts::new(insensitive);
        let start = parts.node(node)?;
        let runs = parts.runs();
        let mut states = vec![start];
        let mut places = HashMap::from([(start, 0)]);
        let mut next = Vec::new();
        while let Some(state) = states.get(next.len()).copied() {
            let mut row = Vec::with_capacity(runs.len());
            for first in &runs {
                let after = parts.derived(state, *first)?;
                let place = *places.entry(after).or_insert_with(|| {
                    states.push(after);
                    states.len() - 1
                });
                row.push(place);
            }
            next.push(row);
            if states.len() > MAX_STATES {
                return Err(too_complex());
            }
        }
        let accepts = states.iter().map(|state| parts.is_nullable(*state)).collect();
        Ok(Self { runs, next, accepts })
    }

    /// Whether the whole text is in the set.
    pub(in crate::eval) fn is_match(&self, text: &str) -> bool {
        let last = text.chars().try_fold(0, |state, c| {
            let run = self.runs.partition_point(|first| *first <= u32::from(c)).checked_sub(1)?;
            self.next.get(state)?.get(run).copied()
        });
        last.and_then(|state| self.accepts.get(state)).is_some_and(|accepts| *accepts)
    }
}

fn too_complex() -> String {
    "the operators `&` and `~` make this expression too complex".to_owned()
}

/// An expression, by its place among the [`Parts`]: equal ones have one place.
type Id = usize;

const NOTHING: Id = 0;
const EMPTY: Id = 1;

#[derive(Clone, PartialEq, Eq, Hash)]
enum Part {
    /// No text.
    Nothing,
    /// The empty text.
    Empty,
    /// One character of these ranges, which are in order.
    Class(Vec<(u32, u32)>),
    Concat(Id, Id),
    Star(Id),
    /// In order, without doubles.
    Either(Vec<Id>),
    Both(Vec<Id>),
    Not(Id),
}

struct Parts {
    all: Vec<Part>,
    places: HashMap<Part, Id>,
    /// Whether the empty text is in the set of each.
    nullable: Vec<bool>,
    derived: HashMap<(Id, u32), Id>,
    insensitive: bool,
}

impl Parts {
    fn new(insensitive: bool) -> Self {
        let all = vec![Part::Nothing, Part::Empty];
        let places = HashMap::from([(Part::Nothing, NOTHING), (Part::Empty, EMPTY)]);
        Self { all, places, nullable: vec![false, true], derived: HashMap::new(), insensitive }
    }

    fn part(&self, id: Id) -> Part {
        self.all.get(id).cloned().unwrap_or(Part::Nothing)
    }

    fn is_nullable(&self, id: Id) -> bool {
        self.nullable.get(id).is_some_and(|nullable| *nullable)
    }

    fn add(&mut self, part: Part) -> Result<Id, String> {
        if let Some(id) = self.places.get(&part) {
            return Ok(*id);
        }
        if self.all.len() >= MAX_NODES {
            return Err(too_complex());
        }
        let nullable = match &part {
            Part::Nothing | Part::Class(_) => false,
            Part::Empty | Part::Star(_) => true,
            Part::Concat(left, right) => self.is_nullable(*left) && self.is_nullable(*right),
            Part::Either(members) => members.iter().any(|id| self.is_nullable(*id)),
            Part::Both(members) => members.iter().all(|id| self.is_nullable(*id)),
            Part::Not(inner) => !self.is_nullable(*inner),
        };
        self.nullable.push(nullable);
        self.all.push(part.clone());
        self.places.insert(part, self.all.len() - 1);
        Ok(self.all.len() - 1)
    }

    /// One behind the other; the first of a pair is never a pair itself.
    fn concat(&mut self, left: Id, right: Id) -> Result<Id, String> {
        let mut firsts = Vec::new();
        let mut last = left;
        while let Part::Concat(first, second) = self.part(last) {
            firsts.push(first);
            last = second;
        }
        let whole = self.pair(last, right)?;
        firsts.into_iter().rev().try_fold(whole, |rest, first| self.pair(first, rest))
    }

    fn pair(&mut self, left: Id, right: Id) -> Result<Id, String> {
        match (left, right) {
            (NOTHING, _) | (_, NOTHING) => Ok(NOTHING),
            (EMPTY, other) | (other, EMPTY) => Ok(other),
            _ => self.add(Part::Concat(left, right)),
        }
    }

    fn star(&mut self, inner: Id) -> Result<Id, String> {
        match self.part(inner) {
            Part::Nothing | Part::Empty => Ok(EMPTY),
            Part::Star(_) => Ok(inner),
            _ => self.add(Part::Star(inner)),
        }
    }

    fn not(&mut self, inner: Id) -> Result<Id, String> {
        match self.part(inner) {
            Part::Not(inner) => Ok(inner),
            _ => self.add(Part::Not(inner)),
        }
    }

    fn either(&mut self, members: impl IntoIterator<Item = Id>) -> Result<Id, String> {
        let everything = self.not(NOTHING)?;
        let mut flat: Vec<Id> = Vec::new();
        for id in members {
            match self.part(id) {
                Part::Either(inner) => flat.extend(inner),
                _ => flat.push(id),
            }
        }
        flat.retain(|id| *id != NOTHING);
        flat.sort_unstable();
        flat.dedup();
        match flat.as_slice() {
            [] => Ok(NOTHING),
            [only] => Ok(*only),
            many if many.contains(&everything) => Ok(everything),
            _ => self.add(Part::Either(flat)),
        }
    }

    fn both(&mut self, members: impl IntoIterator<Item = Id>) -> Result<Id, String> {
        let everything = self.not(NOTHING)?;
        let mut flat: Vec<Id> = Vec::new();
        for id in members {
            match self.part(id) {
                Part::Both(inner) => flat.extend(inner),
                _ => flat.push(id),
            }
        }
        flat.retain(|id| *id != everything);
        flat.sort_unstable();
        flat.dedup();
        match flat.as_slice() {
            [] => Ok(everything),
            [only] => Ok(*only),
            [NOTHING, ..] => Ok(NOTHING),
            _ => self.add(Part::Both(flat)),
        }
    }

    fn node(&mut self, node: &Node) -> Result<Id, String> {
        match node {
            Node::Regex(text) => {
                let mut parser = regex_syntax::ParserBuilder::new().case_insensitive(self.insensitive).build();
                let hir = parser.parse(text).map_err(|error| error.to_string())?;
                self.hir(&hir)
            }
            Node::Concat(members) => {
                let parts = self.nodes(members)?;
                self.row(&parts)
            }
            Node::Repeat(inner, times) => {
                let inner = self.node(inner)?;
                let (least, most) = bounds(times).ok_or_else(too_complex)?;
                self.repeated(inner, least, most)
            }
            Node::Union(members) => {
                let parts = self.nodes(members)?;
                self.either(parts)
            }
            Node::Both(members) => {
                let parts = self.nodes(members)?;
                self.both(parts)
            }
            Node::Not(inner) => {
                let inner = self.node(inner)?;
                self.not(inner)
            }
        }
    }

    fn nodes(&mut self, nodes: &[Node]) -> Result<Vec<Id>, String> {
        nodes.iter().map(|node| self.node(node)).collect()
    }

    /// What the other operators of the expression are.
    fn hir(&mut self, hir: &Hir) -> Result<Id, String> {
        match hir.kind() {
            HirKind::Empty => Ok(EMPTY),
            HirKind::Literal(literal) => {
                let text = std::str::from_utf8(&literal.0).map_err(|error| error.to_string())?;
                let letter = |c: char| Part::Class(vec![(u32::from(c), u32::from(c))]);
                let parts = text.chars().map(|c| self.add(letter(c))).collect::<Result<Vec<_>, _>>()?;
                self.row(&parts)
            }
            HirKind::Class(Class::Unicode(class)) => {
                let ranges = class.iter().map(|range| (u32::from(range.start()), u32::from(range.end())));
                self.class(ranges.collect())
            }
            HirKind::Class(Class::Bytes(class)) => {
                self.class(class.iter().map(|range| (range.start().into(), range.end().into())).collect())
            }
            HirKind::Look(_) => Err("a position inside the text".to_owned()),
            HirKind::Repetition(repetition) => {
                let inner = self.hir(&repetition.sub)?;
                self.repeated(inner, repetition.min, repetition.max)
            }
            HirKind::Capture(capture) => self.hir(&capture.sub),
            HirKind::Concat(members) => {
                let parts = members.iter().map(|member| self.hir(member)).collect::<Result<Vec<_>, _>>()?;
                self.row(&parts)
            }
            HirKind::Alternation(members) => {
                let parts = members.iter().map(|member| self.hir(member)).collect::<Result<Vec<_>, _>>()?;
                self.either(parts)
            }
        }
    }

    fn class(&mut self, ranges: Vec<(u32, u32)>) -> Result<Id, String> {
        if ranges.is_empty() { Ok(NOTHING) } else { self.add(Part::Class(ranges)) }
    }

    fn row(&mut self, parts: &[Id]) -> Result<Id, String> {
        parts.iter().rev().try_fold(EMPTY, |rest, part| self.concat(*part, rest))
    }

    fn repeated(&mut self, inner: Id, least: u32, most: Option<u32>) -> Result<Id, String> {
        let mut rest = match most {
            None => self.star(inner)?,
            Some(most) => {
                let mut rest = EMPTY;
                for _ in least..most {
                    let one = self.concat(inner, rest)?;
                    rest = self.either([EMPTY, one])?;
                }
                rest
            }
        };
        for _ in 0..least {
            rest = self.concat(inner, rest)?;
        }
        Ok(rest)
    }

    /// Where the characters begin that some class tells from those before them.
    fn runs(&self) -> Vec<u32> {
        let mut runs = vec![0];
        for part in &self.all {
            if let Part::Class(ranges) = part {
                runs.extend(ranges.iter().flat_map(|(low, high)| [*low, high + 1]));
            }
        }
        runs.sort_unstable();
        runs.dedup();
        runs
    }

    /// What is left to match after a character.
    fn derived(&mut self, id: Id, c: u32) -> Result<Id, String> {
        if let Some(known) = self.derived.get(&(id, c)) {
            return Ok(*known);
        }
        let found = match self.part(id) {
            Part::Nothing | Part::Empty => NOTHING,
            Part::Class(ranges) => {
                let within = ranges.iter().any(|(low, high)| (*low..=*high).contains(&c));
                if within { EMPTY } else { NOTHING }
            }
            Part::Concat(..) => self.derived_row(id, c)?,
            Part::Star(inner) => {
                let first = self.derived(inner, c)?;
                self.concat(first, id)?
            }
            Part::Either(members) => {
                let members = members.into_iter().map(|id| self.derived(id, c)).collect::<Result<Vec<_>, _>>()?;
                self.either(members)?
            }
            Part::Both(members) => {
                let members = members.into_iter().map(|id| self.derived(id, c)).collect::<Result<Vec<_>, _>>()?;
                self.both(members)?
            }
            Part::Not(inner) => {
                let inner = self.derived(inner, c)?;
                self.not(inner)?
            }
        };
        self.derived.insert((id, c), found);
        Ok(found)
    }

    /// The character belongs to the first of the row, or to a later one when those before it may be empty.
    fn derived_row(&mut self, id: Id, c: u32) -> Result<Id, String> {
        let mut found = Vec::new();
        let mut rest = id;
        while let Part::Concat(first, second) = self.part(rest) {
            let left = self.derived(first, c)?;
            found.push(self.concat(left, second)?);
            if !self.is_nullable(first) {
                return self.either(found);
            }
            rest = second;
        }
        found.push(self.derived(rest, c)?);
        self.either(found)
    }
}

/// `?`, `*`, `+`, `{n}`, `{n,}`, `{n,m}`.
fn bounds(times: &str) -> Option<(u32, Option<u32>)> {
    match times {
        "?" => return Some((0, Some(1))),
        "*" => return Some((0, None)),
        "+" => return Some((1, None)),
        _ => {}
    }
    let inner = times.strip_prefix('{')?.strip_suffix('}')?;
    let (low, high) = inner.split_once(',').unwrap_or((inner, inner));
    let high = if high.is_empty() { None } else { Some(high.parse().ok()?) };
    Some((low.parse().ok()?, high))
}
