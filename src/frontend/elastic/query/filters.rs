//! `filters`: Kibana's saved query DSL. They are part of the rule's meaning: every one must hold.

use crate::ir::{Case, Coercion, ExprId, ExprKind, FieldPath, FieldUse, Op, Operand, Pattern, Piece, UseKind, Value};
use crate::source::{Location, Unit};
use crate::syntax::{Entry, Node, NodeKind};

use super::Parts;

/// The condition that all filters together are; true when there are none. What is not a simple query is a hole.
pub(in crate::frontend) fn lower(unit: &Unit, filters: &[Node], parts: &mut Parts) -> ExprId {
    let conditions: Vec<ExprId> = filters.iter().map(|filter| one(unit, filter, parts)).collect();
    parts.pool.and(conditions, None)
}

fn one(unit: &Unit, filter: &Node, parts: &mut Parts) -> ExprId {
    let flag = |name| filter.path(&["meta", name]).and_then(Node::as_bool) == Some(true);
    if flag("disabled") {
        return ExprId::TRUE;
    }
    let at = Location::main(filter.span);
    let negated = flag("negate");
    let condition = query(filter, negated, parts).unwrap_or_else(|| {
        let text = unit.slice(at);
        let reason = "a Kibana filter that is not a simple term, wildcard or exists query";
        parts.pool.add(ExprKind::OpaqueTest { text: text.into(), reason: reason.into() }, Some(at))
    });
    if negated { parts.pool.not(condition, Some(at)) } else { condition }
}

/// `query.<type>.<field>`, or the older form with `exists` beside `meta`.
fn query(filter: &Node, negated: bool, parts: &mut Parts) -> Option<ExprId> {
    let body = filter.get("query").unwrap_or(filter);
    let known = ["wildcard", "term", "match_phrase", "prefix", "exists"];
    let entry = body.as_map()?.iter().find(|entry| known.contains(&entry.key.text.as_str()))?;
    if filter.get("query").is_some() && body.as_map()?.len() != 1 {
        return None;
    }
    if entry.key.text == "exists" {
        let field = entry.value.get("field")?;
        let path = FieldPath::dotted(field.as_str()?);
        let at = Location::main(field.span);
        parts.uses.push(FieldUse { field: path.clone(), at, kind: UseKind::Exists, values: Vec::new(), negated });
        return Some(parts.pool.exists(path, Some(at)));
    }
    let [test] = entry.value.as_map()? else { return None };
    field_test(&entry.key.text, test, negated, parts)
}

fn field_test(kind: &str, test: &Entry, negated: bool, parts: &mut Parts) -> Option<ExprId> {
    let path = FieldPath::dotted(&test.key.text);
    let value = match &test.value.kind {
        NodeKind::Map(_) => test.value.get("value").or_else(|| test.value.get("query"))?,
        _ => &test.value,
    };
    let insensitive = test.value.get("case_insensitive").and_then(Node::as_bool) == Some(true);
    let case = if insensitive { Case::AsciiInsensitive } else { Case::Sensitive };
    let at = Location::main(test.key.span.to(value.span));
    let (constant, op, use_kind) = test_of(kind, value, case)?;
    let values = vec![(constant, Location::main(value.span))];
    let field_at = Location::main(test.key.span);
    parts.uses.push(FieldUse { field: path.clone(), at: field_at, kind: use_kind, values, negated });
    Some(parts.pool.any_of(path, op, Some(at)))
}

fn test_of(kind: &str, value: &Node, case: Case) -> Option<(Value, Op, UseKind)> {
    let constant = match &value.kind {
        NodeKind::Str(scalar) => Value::str(scalar.text.as_str()),
        NodeKind::Int(number) => Value::Int(*number),
        NodeKind::Bool(flag) => Value::Bool(*flag),
        _ => return None,
    };
    let pattern = match kind {
        "wildcard" => wildcard(value.as_str()?),
        "prefix" => Pattern::prefix(value.as_str()?),
        _ => {
            let coercion = if matches!(constant, Value::Int(_)) { Coercion::Number } else { Coercion::Text };
            let op = Op::Equal { to: Operand::Value(constant.clone()), case, coercion };
            return Some((constant, op, UseKind::Equal));
        }
    };
    let op = match pattern.shape() {
        crate::ir::Shape::Exact(text) => Op::Equal { to: text.into(), case, coercion: Coercion::Text },
        _ => Op::Matches { pattern, case, coercion: Coercion::Text },
    };
    Some((constant, op, UseKind::Pattern))
}

/// Lucene's wildcard pattern: `*`, `?`, and a backslash before what is meant literally.
fn wildcard(text: &str) -> Pattern {
    let mut pieces = Vec::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        pieces.push(match c {
            '*' => Piece::Any,
            '?' => Piece::One,
            '\\' => Piece::Literal(chars.next().unwrap_or('\\').to_string().into()),
            other => Piece::Literal(other.to_string().into()),
        });
    }
    Pattern::new(pieces)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backslash_makes_the_next_character_literal() {
        assert_eq!(wildcard(r"?:\\Windows\\*").to_string(), r"?:\\Windows\\*");
        assert_eq!(wildcard(r"a\*"), Pattern::exact("a*"));
    }
}
