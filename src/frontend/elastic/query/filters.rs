//! `filters`: Kibana's saved query DSL. They are part of the rule's meaning: every one must hold.
//!
//! A clause means what Elasticsearch's query of its name does on a field of its type; values are those of KQL, which Kibana itself turns
//! into the same clauses. A clause or an option without a form is a hole with its reason.

use super::kuery_value::{self, Mapping, Test};
use super::{Lowering, query_string};
use crate::catalog::fields::FieldType;
use crate::ir::{
    Anchoring, Case, Coercion, ExprId, FieldPath, Op, Operand, Pattern, Piece, Regex, RegexDialect, Shape, Subject,
    UseKind, Value,
};
use crate::lang::kuery;
use crate::source::Span;
use crate::syntax::{Entry, Node, NodeKind};
use std::sync::Arc;

/// Deeper clauses are not taken apart.
const MAX_DEPTH: usize = 32;

/// Why a clause has no form.
type Reason = &'static str;

/// The condition that all filters together are; true when there are none. The lowering's text is the whole file: nodes carry their
/// places in it.
pub(in crate::frontend) fn lower(filters: &[Node], lowering: &mut Lowering<'_>) -> ExprId {
    let conditions: Vec<ExprId> = filters.iter().map(|filter| Filters { lowering }.filter(filter, 0)).collect();
    lowering.parts.pool.and(conditions, None)
}

struct Filters<'l, 'a> {
    lowering: &'l mut Lowering<'a>,
}

impl Filters<'_, '_> {
    fn filter(&mut self, filter: &Node, depth: usize) -> ExprId {
        let flag = |name| filter.path(&["meta", name]).and_then(Node::as_bool) == Some(true);
        if flag("disabled") {
            return ExprId::TRUE;
        }
        let at = Some(self.lowering.at(filter.span));
        if !flag("negate") {
            return self.positive(filter, depth);
        }
        self.lowering.negated = !self.lowering.negated;
        let condition = self.positive(filter, depth);
        self.lowering.negated = !self.lowering.negated;
        self.lowering.parts.pool.not(condition, at)
    }

    fn positive(&mut self, filter: &Node, depth: usize) -> ExprId {
        let meta = |name| filter.path(&["meta", name]);
        let found = if meta("type").and_then(Node::as_str) == Some("combined") {
            self.combined(filter, depth)
        } else {
            self.clause(filter.get("query").unwrap_or(filter), depth)
        };
        found.unwrap_or_else(|reason| self.lowering.hole(filter.span, reason))
    }

    /// Several filters in one, all or any of which hold.
    fn combined(&mut self, filter: &Node, depth: usize) -> Result<ExprId, Reason> {
        if depth > MAX_DEPTH {
            return Err("a filter nested too deeply");
        }
        let members =
            filter.path(&["meta", "params"]).and_then(Node::as_seq).ok_or("a combined filter without parts")?;
        let conditions: Vec<ExprId> = members.iter().map(|member| self.filter(member, depth + 1)).collect();
        let at = Some(self.lowering.at(filter.span));
        let pool = &mut self.lowering.parts.pool;
        match filter.path(&["meta", "relation"]).and_then(Node::as_str).map(str::to_ascii_uppercase).as_deref() {
            Some("OR") => Ok(pool.or(conditions, at)),
            Some("AND") | None => Ok(pool.and(conditions, at)),
            Some(_) => Err("a combined filter with an unknown relation"),
        }
    }

    /// One clause of the query DSL: a map of its name to its body, beside Kibana's own keys in older filters.
    fn clause(&mut self, body: &Node, depth: usize) -> Result<ExprId, Reason> {
        if depth > MAX_DEPTH {
            return Err("a filter nested too deeply");
        }
        let own = |entry: &&Entry| !matches!(entry.key.text.as_str(), "meta" | "$state");
        let clauses: Vec<&Entry> = body.as_map().unwrap_or_default().iter().filter(own).collect();
        let [entry] = clauses.as_slice() else { return Err("a Kibana filter that is not one clause of the query DSL") };
        let value = &entry.value;
        match entry.key.text.as_str() {
            "match_all" => Ok(ExprId::TRUE),
            "match_none" => Ok(ExprId::FALSE),
            "exists" => self.exists(value),
            "bool" => self.boolean(value, depth),
            "range" => self.range(single(value)?),
            "terms" => self.terms(single(value)?),
            "query_string" => query_string::lower(value, self.lowering),
            "constant_score" => self.clause(value.get("filter").ok_or("a clause without its filter")?, depth + 1),
            "term" | "match_phrase" | "match" | "prefix" | "wildcard" | "regexp" => {
                self.field_test(&entry.key.text, single(value)?)
            }
            _ => Err("a clause of the query DSL that has no form in the rule model"),
        }
    }

    fn exists(&mut self, body: &Node) -> Result<ExprId, Reason> {
        let field = body.get("field").ok_or("`exists` without a field")?;
        let path = FieldPath::dotted(field.as_str().ok_or("`exists` without a field")?);
        self.lowering.used(&path, field.span, UseKind::Exists, Vec::new());
        let at = Some(self.lowering.at(field.span));
        Ok(self.lowering.parts.pool.exists(path, at))
    }

    /// `bool`: all of `must` and `filter`, none of `must_not`, and of `should` as many as it says.
    fn boolean(&mut self, body: &Node, depth: usize) -> Result<ExprId, Reason> {
        let known = ["must", "filter", "must_not", "should", "minimum_should_match", "boost", "_name"];
        if body.as_map().unwrap_or_default().iter().any(|entry| !known.contains(&entry.key.text.as_str())) {
            return Err("an option of `bool` that has no form in the rule model");
        }
        let mut all = self.clauses(body.get("must"), depth)?;
        all.extend(self.clauses(body.get("filter"), depth)?);
        self.lowering.negated = !self.lowering.negated;
        let none = self.clauses(body.get("must_not"), depth);
        self.lowering.negated = !self.lowering.negated;
        let should = self.clauses(body.get("should"), depth)?;
        let at = Some(self.lowering.at(body.span));
        let least = match body.get("minimum_should_match") {
            Some(node) => node.as_int().ok_or("a share of `should` clauses")?,
            None => i64::from(all.is_empty()),
        };
        let pool = &mut self.lowering.parts.pool;
        if !should.is_empty() && least > 0 {
            all.push(match (usize::try_from(least), should.len()) {
                (Ok(1), _) => pool.or(should, at),
                (Ok(least), count) if least == count => pool.and(should, at),
                _ => return Err("so many of several `should` clauses"),
            });
        }
        for condition in none? {
            all.push(pool.not(condition, at));
        }
        Ok(pool.and(all, at))
    }

    /// A clause, or a list of clauses.
    fn clauses(&mut self, node: Option<&Node>, depth: usize) -> Result<Vec<ExprId>, Reason> {
        match node.map(|node| (node, node.as_seq())) {
            None => Ok(Vec::new()),
            Some((_, Some(items))) => items.iter().map(|item| self.clause(item, depth + 1)).collect(),
            Some((node, None)) => Ok(vec![self.clause(node, depth + 1)?]),
        }
    }

    fn terms(&mut self, test: &Entry) -> Result<ExprId, Reason> {
        let items = test.value.as_seq().ok_or("terms that stand in another index")?;
        let mapping = self.lowering.mapping(&test.key.text);
        let tests: Vec<Test> = items.iter().map(|item| term(mapping, item)).collect::<Result<_, _>>()?;
        let tests = tests.into_iter().zip(items).map(|(test, item)| (test, item.span)).collect();
        Ok(self.tested(test, tests, Join::Any))
    }

    fn range(&mut self, test: &Entry) -> Result<ExprId, Reason> {
        let mapping = self.lowering.mapping(&test.key.text);
        let mut tests = Vec::new();
        for bound in test.value.as_map().unwrap_or_default() {
            let op = match bound.key.text.as_str() {
                "gt" => kuery::RangeOp::Greater,
                "gte" => kuery::RangeOp::GreaterOrEqual,
                "lt" => kuery::RangeOp::Less,
                "lte" => kuery::RangeOp::LessOrEqual,
                // Dates without an offset are taken as UTC either way; other formats are not read.
                "boost" | "_name" => continue,
                _ => return Err("an option of `range` that has no form in the rule model"),
            };
            tests.push((
                kuery_value::range(mapping, op, written(&bound.value)?.text().unwrap_or_default()),
                bound.value.span,
            ));
        }
        if let Some(reason) = tests.iter().find_map(|(test, _)| test.hole) {
            return Err(reason);
        }
        // The same value of the field lies between the bounds.
        Ok(self.tested(test, tests, Join::Same))
    }

    fn field_test(&mut self, kind: &str, test: &Entry) -> Result<ExprId, Reason> {
        let (value, case) = value_of(kind, &test.value)?;
        let mapping = self.lowering.mapping(&test.key.text);
        let mut found = match kind {
            "term" => term(mapping, value)?,
            "wildcard" => pattern(mapping.ty, value, wildcard(text(value)?))?,
            "prefix" => pattern(mapping.ty, value, Pattern::prefix(text(value)?))?,
            "regexp" => regexp(mapping.ty, value)?,
            _ => {
                let phrase = kind == "match_phrase" || test.value.get("type").is_some();
                let mut written = written(value)?;
                written.quoted |= phrase;
                if !phrase && mapping.ty.is_analysed() {
                    written.quoted = false;
                }
                kuery_value::test(mapping, &written)
            }
        };
        if let Some(reason) = found.hole {
            return Err(reason);
        }
        found.ops.iter_mut().for_each(|op| set_case(op, case));
        let every = test.value.get("operator").and_then(Node::as_str).is_some_and(|op| op.eq_ignore_ascii_case("and"));
        let span = value.span;
        Ok(self.tested(test, vec![(found, span)], if every { Join::All } else { Join::Any }))
    }

    /// The tests of a field; each speaks of any of its values.
    fn tested(&mut self, test: &Entry, tests: Vec<(Test, Span)>, join: Join) -> ExprId {
        let path = FieldPath::dotted(&test.key.text);
        let at = Some(self.lowering.at(test.key.span.to(test.value.span)));
        let kind = tests.first().map_or(UseKind::Other, |(test, _)| test.kind);
        let values = tests.iter().map(|(test, span)| (test.value.clone(), *span)).collect();
        self.lowering.used(&path, test.key.span, kind, values);
        let ops: Vec<Op> = tests.into_iter().flat_map(|(test, _)| test.ops).collect();
        let pool = &mut self.lowering.parts.pool;
        if join == Join::Same {
            let bodies: Vec<ExprId> = ops.into_iter().map(|op| pool.test(Subject::Element(0), op, at)).collect();
            let body = pool.and(bodies, at);
            return pool.for_some(Subject::Elements(Arc::new(Subject::Field(path))), body, at);
        }
        let parts: Vec<ExprId> = ops.into_iter().map(|op| pool.any_of(path.clone(), op, at)).collect();
        if join == Join::All { pool.and(parts, at) } else { pool.or(parts, at) }
    }
}

/// How the tests of one field go together.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Join {
    /// One of them holds.
    Any,
    /// All hold, each of any value.
    All,
    /// All hold of one value.
    Same,
}

/// The one field of a clause.
fn single(body: &Node) -> Result<&Entry, Reason> {
    let plain = |entry: &&Entry| !matches!(entry.key.text.as_str(), "boost" | "_name");
    let fields: Vec<&Entry> = body.as_map().unwrap_or_default().iter().filter(plain).collect();
    match fields.as_slice() {
        [one] => Ok(one),
        _ => Err("a clause that is not of one field"),
    }
}

/// The value of a field's clause, and whether case counts.
fn value_of<'n>(kind: &str, body: &'n Node) -> Result<(&'n Node, Case), Reason> {
    let Some(entries) = body.as_map() else { return Ok((body, Case::Sensitive)) };
    let known = ["value", "query", kind, "case_insensitive", "boost", "rewrite", "_name", "operator", "type"];
    if entries.iter().any(|entry| !known.contains(&entry.key.text.as_str())) {
        return Err("an option of the clause that has no form in the rule model");
    }
    if body.get("type").is_some_and(|kind| kind.as_str() != Some("phrase")) {
        return Err("an option of the clause that has no form in the rule model");
    }
    let value = body.get("value").or_else(|| body.get("query")).or_else(|| body.get(kind));
    let insensitive = body.get("case_insensitive").and_then(Node::as_bool) == Some(true);
    let case = if insensitive { Case::AsciiInsensitive } else { Case::Sensitive };
    Ok((value.ok_or("a clause without a value")?, case))
}

fn text(value: &Node) -> Result<&str, Reason> {
    value.as_str().ok_or("a pattern that is no string")
}

/// A value as KQL has it: a string is quoted, so its stars are plain characters.
fn written(value: &Node) -> Result<kuery::Value, Reason> {
    let (text, quoted) = match &value.kind {
        NodeKind::Str(scalar) => (scalar.text.to_string(), true),
        NodeKind::Int(number) => (number.to_string(), false),
        NodeKind::Float(number) => (number.to_string(), false),
        NodeKind::Bool(flag) => (flag.to_string(), false),
        NodeKind::DateTime(text) => (text.clone(), false),
        NodeKind::Null | NodeKind::Seq(_) | NodeKind::Map(_) => return Err("a clause whose value is no scalar"),
    };
    Ok(kuery::Value { parts: vec![kuery::Piece::Literal(text)], quoted, span: value.span })
}

/// A term is not analysed: on text it is compared with the lower-cased words.
fn term(mapping: Mapping, value: &Node) -> Result<Test, Reason> {
    let test = kuery_value::test(mapping, &written(value)?);
    match test.hole {
        Some(reason) => Err(reason),
        None if !mapping.ty.is_analysed() => Ok(test),
        None => Err("a term on an analysed field meets its words, not its text"),
    }
}

fn pattern(ty: FieldType, value: &Node, pattern: Pattern) -> Result<Test, Reason> {
    if ty.is_analysed() {
        return Err("a pattern on an analysed field meets its words, not its text");
    }
    let op = match pattern.shape() {
        Shape::Exact(text) => Op::Equal { to: text.into(), case: Case::Sensitive, coercion: Coercion::Text },
        _ => Op::Matches { pattern, case: Case::Sensitive, coercion: Coercion::Text },
    };
    Ok(Test::any(vec![op], UseKind::Pattern, Value::str(text(value)?)))
}

fn regexp(ty: FieldType, value: &Node) -> Result<Test, Reason> {
    if ty.is_analysed() {
        return Err("a regular expression on an analysed field meets its words, not its text");
    }
    let text = text(value)?;
    let regex = Regex {
        pattern: text.into(),
        dialect: RegexDialect::Lucene,
        anchoring: Anchoring::Whole,
        case: Case::Sensitive,
        multi_line: false,
        dot_all: true,
    };
    Ok(Test::any(vec![Op::Regex { regex, coercion: Coercion::Text }], UseKind::Regex, Value::str(text)))
}

fn set_case(op: &mut Op, wanted: Case) {
    match op {
        Op::Equal { to: Operand::Value(Value::Str(_)), case, .. } | Op::Matches { case, .. } => *case = wanted,
        Op::Regex { regex, .. } => regex.case = wanted,
        _ => {}
    }
}

/// Lucene's wildcard pattern: `*`, `?`, and a backslash before what is meant literally.
pub(in crate::frontend::elastic) fn wildcard(text: &str) -> Pattern {
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
