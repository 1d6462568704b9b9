//! The patterns of `grok` and `dissect` as the rule model has them.

use crate::catalog::fields::FieldType;
use crate::ir::{CaptureType, DissectKey, DissectPattern, GrokPattern, GrokPiece};
use crate::lang::esql::{self, Type};

pub(super) fn grok(pattern: &str) -> GrokPattern {
    let piece = |piece: esql::GrokPiece| match piece {
        esql::GrokPiece::Regex(text) => GrokPiece::Regex(text.into()),
        esql::GrokPiece::Group(column) => GrokPiece::Group(column.into()),
        esql::GrokPiece::Named { name, column } => {
            GrokPiece::Named { name: name.into(), column: column.map(|(column, ty)| (column.into(), capture(ty))) }
        }
    };
    GrokPattern(esql::grok_pieces(pattern).into_iter().map(piece).collect())
}

fn capture(ty: Type) -> CaptureType {
    match ty {
        Type::Integer => CaptureType::Integer,
        Type::Long => CaptureType::Long,
        Type::Double => CaptureType::Double,
        Type::Boolean => CaptureType::Boolean,
        _ => CaptureType::Keyword,
    }
}

/// The columns that a pattern names itself.
pub(super) fn columns(pattern: &GrokPattern) -> Vec<(String, FieldType)> {
    let column = |piece: &GrokPiece| match piece {
        GrokPiece::Named { column: Some((column, ty)), .. } => Some((column.to_string(), field_type(*ty))),
        GrokPiece::Group(column) => Some((column.to_string(), FieldType::Keyword)),
        _ => None,
    };
    pattern.0.iter().filter_map(column).collect()
}

fn field_type(ty: CaptureType) -> FieldType {
    match ty {
        CaptureType::Integer | CaptureType::Long => FieldType::Integer,
        CaptureType::Double => FieldType::Float,
        CaptureType::Boolean => FieldType::Boolean,
        CaptureType::Keyword => FieldType::Keyword,
    }
}

pub(super) fn dissect(pattern: &str) -> Option<DissectPattern> {
    let found = esql::dissect_pattern(pattern)?;
    let key = |key: esql::DissectKey| DissectKey {
        column: Some(key.name).filter(|name| !name.is_empty()).map(Into::into),
        append: key.append,
        order: key.order,
        padded: key.padded,
        delimiter: key.delimiter.into(),
    };
    Some(DissectPattern { start: found.start.into(), keys: found.keys.into_iter().map(key).collect() })
}
