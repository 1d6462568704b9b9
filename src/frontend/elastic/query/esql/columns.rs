//! Which columns there are at a command, and what is known of each.

use super::super::Lowering;
use crate::catalog::fields::{Cardinality, FieldType};
use crate::catalog::glob;
use crate::ir::{Columns as Listed, FieldPath, Pattern, Piece, Subject};
use crate::lang::esql::{Name, NamePart};
use std::collections::BTreeMap;

/// What a column is.
#[derive(Debug, Clone)]
pub(super) struct Column {
    pub(super) kind: Kind,
    pub(super) ty: FieldType,
    /// Whether it has one value at most.
    pub(super) single: bool,
}

/// Where a column's value comes from.
#[derive(Debug, Clone)]
pub(super) enum Kind {
    /// A field of the event.
    Field,
    /// A column of the row.
    Row,
    /// A term over the event's fields, which stands for the column.
    Term(Subject),
}

impl Column {
    /// A column that a stage makes.
    pub(super) fn made(ty: FieldType, single: bool) -> Self {
        Self { kind: Kind::Row, ty, single }
    }
}

/// The columns of the rows.
#[derive(Clone)]
pub(super) struct Columns {
    /// Whether every other name is a field of the event.
    open: bool,
    known: BTreeMap<String, Column>,
}

impl Columns {
    pub(super) fn events() -> Self {
        Self { open: true, known: BTreeMap::new() }
    }

    pub(super) fn none() -> Self {
        Self { open: false, known: BTreeMap::new() }
    }

    pub(super) fn is_open(&self) -> bool {
        self.open
    }

    /// The column of a name. One that is not there has no value, which is what the checker reports.
    pub(super) fn find(&self, name: &str, lowering: &mut Lowering<'_>) -> Column {
        if let Some(column) = self.known.get(name) {
            return column.clone();
        }
        if !self.open {
            return Column::made(FieldType::Unknown, false);
        }
        field(name, lowering)
    }

    pub(super) fn is_event_field(&self, name: &str) -> bool {
        self.known.get(name).map_or(self.open, |column| matches!(column.kind, Kind::Field))
    }

    pub(super) fn set(&mut self, name: impl Into<String>, column: Column) {
        self.known.insert(name.into(), column);
    }

    /// Takes out columns that stood for parts of expressions.
    pub(super) fn forget(&mut self, names: &[String]) {
        self.known.retain(|known, _| !names.contains(known));
    }

    /// The columns of the rows of two branches.
    pub(super) fn join(&mut self, other: Self) {
        self.open |= other.open;
        self.known.extend(other.known);
    }

    /// Takes out the columns that the names and patterns mean.
    pub(super) fn drop(&mut self, names: &[Name]) {
        self.known.retain(|known, _| !names.iter().any(|name| fits(name, known)));
        let open = self.open;
        for name in names.iter().filter(|name| open && !name.is_pattern()) {
            self.set(name.text(), Column::made(FieldType::Unknown, false));
        }
    }

    /// Leaves only the columns that the names and patterns mean.
    pub(super) fn keep(&mut self, names: &[Name], lowering: &mut Lowering<'_>) {
        let plain: Vec<(String, Column)> = names
            .iter()
            .filter(|name| !name.is_pattern())
            .map(|name| (name.text(), self.find(&name.text(), lowering)))
            .collect();
        self.known.retain(|known, _| names.iter().any(|name| fits(name, known)));
        self.known.extend(plain);
        self.open &= names.iter().any(Name::is_pattern);
    }
}

/// A field of the event, by the schema.
fn field(name: &str, lowering: &mut Lowering<'_>) -> Column {
    let single = lowering.schema.lookup(name).is_some_and(|info| info.cardinality == Cardinality::Single);
    Column { kind: Kind::Field, ty: lowering.field_type(name), single }
}

/// A name or pattern as the IR lists it.
pub(super) fn listed(name: &Name) -> Listed {
    if name.is_pattern() { Listed::Like(pattern(name)) } else { Listed::Name(FieldPath::dotted(&name.text())) }
}

fn pattern(name: &Name) -> Pattern {
    let mut pieces = Vec::new();
    for (at, part) in name.parts.iter().enumerate() {
        if at > 0 {
            pieces.push(Piece::Literal(".".into()));
        }
        match part {
            NamePart::Text(text) | NamePart::Param(text) => pieces.push(Piece::Literal(text.as_str().into())),
            NamePart::Pattern(text) => {
                for (at, literal) in text.split('*').enumerate() {
                    if at > 0 {
                        pieces.push(Piece::Any);
                    }
                    if !literal.is_empty() {
                        pieces.push(Piece::Literal(literal.into()));
                    }
                }
            }
        }
    }
    Pattern::new(pieces)
}

fn fits(name: &Name, column: &str) -> bool {
    if !name.is_pattern() {
        return name.text() == column;
    }
    // A star between backticks is meant literally, and no column has one.
    let part = |part: &NamePart| match part {
        NamePart::Pattern(text) => text.clone(),
        NamePart::Text(text) | NamePart::Param(text) => text.replace('*', "\0"),
    };
    let parts: Vec<String> = name.parts.iter().map(part).collect();
    glob(&parts.join("."), column)
}
