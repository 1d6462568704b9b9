//! The datasets that a query names: the integration tables that know its fields are chosen by them. What names a dataset as one of several
//! (`of_..`) adds a table; what no event can do without (`limit_of_..`) leaves the others out.

use crate::lang::{eql, esql, kuery, lucene};
use std::collections::BTreeSet;

const FIELDS: [&str; 2] = ["event.dataset", "data_stream.dataset"];

/// Datasets of equalities that do not stand under `not`, sorted.
pub(super) fn of_eql(query: &eql::Query) -> Vec<String> {
    let mut found = BTreeSet::new();
    for filter in query.filters() {
        in_expr(&filter.condition, &mut found);
    }
    found.into_iter().collect()
}

fn in_expr(expr: &eql::Expr, found: &mut BTreeSet<String>) {
    use eql::ExprKind;
    match &expr.kind {
        ExprKind::And(members) | ExprKind::Or(members) => members.iter().for_each(|member| in_expr(member, found)),
        ExprKind::Compare { op: eql::CompareOp::Equal, left, right, .. } if is_dataset(left) => {
            found.extend(text_of(right));
        }
        ExprKind::In { subject, list, .. } if is_dataset(subject) => found.extend(list.iter().filter_map(text_of)),
        ExprKind::Match { kind, subject, list, .. } if is_dataset(subject) => {
            let plain = |text: &&eql::Str| !text.value.contains(['*', '?']);
            let regex = matches!(kind, eql::MatchKind::Regex | eql::MatchKind::RegexInsensitive);
            found.extend(list.iter().filter(|_| !regex).filter(plain).map(|text| text.value.clone()));
        }
        _ => {}
    }
}

/// Patterns of datasets, one of which every event has that the condition holds for; `None` where it does not say.
pub(super) fn limit_of_eql(expr: &eql::Expr) -> Option<BTreeSet<String>> {
    use eql::ExprKind;
    match &expr.kind {
        ExprKind::And(members) => narrowest(members.iter().map(limit_of_eql)),
        ExprKind::Or(members) => all_of(members.iter().map(limit_of_eql)),
        ExprKind::Compare { op: eql::CompareOp::Equal, left, right, .. } if is_dataset(left) => {
            all_of([text_of(right).map(|text| [text].into())].into_iter())
        }
        ExprKind::In { subject, list, .. } if is_dataset(subject) => {
            all_of(list.iter().map(|item| text_of(item).map(|text| [text].into())))
        }
        ExprKind::Match { kind, subject, list, .. } if is_dataset(subject) => {
            let regex = matches!(kind, eql::MatchKind::Regex | eql::MatchKind::RegexInsensitive);
            let plain = !regex && !list.iter().any(|text| text.value.contains('?'));
            plain.then(|| list.iter().map(|text| text.value.clone()).collect())
        }
        _ => None,
    }
}

/// Of what holds at once, the choice of fewest.
fn narrowest(limits: impl Iterator<Item = Option<BTreeSet<String>>>) -> Option<BTreeSet<String>> {
    limits.flatten().min_by_key(BTreeSet::len)
}

/// Of what holds in turn, every one, if each says so.
fn all_of(limits: impl Iterator<Item = Option<BTreeSet<String>>>) -> Option<BTreeSet<String>> {
    let limits: Option<Vec<_>> = limits.collect();
    limits.map(|limits| limits.into_iter().flatten().collect()).filter(|found: &BTreeSet<_>| !found.is_empty())
}

fn is_dataset(expr: &eql::Expr) -> bool {
    matches!(&expr.kind, eql::ExprKind::Field(field) if FIELDS.contains(&field.name().as_str()))
}

fn text_of(expr: &eql::Expr) -> Option<String> {
    match &expr.kind {
        eql::ExprKind::Literal(eql::Literal::String { value, .. }) => Some(value.clone()),
        _ => None,
    }
}

/// As [`of_eql`].
pub(super) fn of_kuery(query: &kuery::Query) -> Vec<String> {
    let mut found = BTreeSet::new();
    in_query(query, &mut found);
    found.into_iter().collect()
}

fn in_query(query: &kuery::Query, found: &mut BTreeSet<String>) {
    match &query.node {
        kuery::Node::And(parts) | kuery::Node::Or(parts) => parts.iter().for_each(|part| in_query(part, found)),
        kuery::Node::Field { field, values, .. } if field.text().is_some_and(|name| FIELDS.contains(&name)) => {
            in_values(values, found);
        }
        _ => {}
    }
}

/// As [`limit_of_eql`].
pub(super) fn limit_of_kuery(query: &kuery::Query) -> Option<BTreeSet<String>> {
    match &query.node {
        kuery::Node::And(parts) => narrowest(parts.iter().map(limit_of_kuery)),
        kuery::Node::Or(parts) => all_of(parts.iter().map(limit_of_kuery)),
        kuery::Node::Field { field, values, .. } if field.text().is_some_and(|name| FIELDS.contains(&name)) => {
            limit_of_values(values)
        }
        _ => None,
    }
}

fn limit_of_values(values: &kuery::Values) -> Option<BTreeSet<String>> {
    match &values.node {
        kuery::ValuesNode::Or(parts) => all_of(parts.iter().map(limit_of_values)),
        kuery::ValuesNode::And(parts) => narrowest(parts.iter().map(limit_of_values)),
        kuery::ValuesNode::Not(_) => None,
        kuery::ValuesNode::One(value) if value.is_star() => None,
        kuery::ValuesNode::One(value) => {
            let pattern: String = value
                .parts
                .iter()
                .map(|part| match part {
                    kuery::Piece::Literal(text) => text.as_str(),
                    kuery::Piece::Star => "*",
                })
                .collect();
            Some([pattern].into())
        }
    }
}

fn in_values(values: &kuery::Values, found: &mut BTreeSet<String>) {
    match &values.node {
        kuery::ValuesNode::And(parts) | kuery::ValuesNode::Or(parts) => {
            parts.iter().for_each(|part| in_values(part, found));
        }
        kuery::ValuesNode::Not(_) => {}
        kuery::ValuesNode::One(value) => found.extend(value.text().map(str::to_owned)),
    }
}

/// As [`of_eql`].
pub(super) fn of_lucene(query: &lucene::Query) -> Vec<String> {
    let mut found = BTreeSet::new();
    in_clause(query, false, &mut found);
    found.into_iter().collect()
}

/// `named`: what stands here is a value of the field.
fn in_clause(query: &lucene::Query, named: bool, found: &mut BTreeSet<String>) {
    use lucene::{Node, Prefix};
    match &query.node {
        Node::Group(clauses) => clauses
            .iter()
            .filter(|clause| !matches!(clause.prefix, Some(Prefix::Not | Prefix::Prohibited)))
            .for_each(|clause| in_clause(&clause.query, named, found)),
        Node::Field { field, query } => {
            in_clause(query, field.literal().is_some_and(|name| FIELDS.contains(&name)), found);
        }
        Node::Boost { query, .. } => in_clause(query, named, found),
        Node::Term(text) if named => found.extend(text.literal().map(str::to_owned)),
        Node::Phrase { text, .. } if named => {
            found.insert(text.clone());
        }
        _ => {}
    }
}

/// As [`limit_of_eql`]; `named`: what stands here is a value of the field.
pub(super) fn limit_of_lucene(query: &lucene::Query, named: bool) -> Option<BTreeSet<String>> {
    use lucene::{Node, Occur};
    match &query.node {
        Node::Group(clauses) => {
            let occurs = lucene::occurs(clauses);
            let limits = |wanted: Occur| {
                let clauses = clauses.iter().zip(&occurs).filter(move |(_, occur)| **occur == wanted);
                clauses.map(|(clause, _)| limit_of_lucene(&clause.query, named))
            };
            let is_required = occurs.contains(&Occur::Must);
            if is_required { narrowest(limits(Occur::Must)) } else { all_of(limits(Occur::Should)) }
        }
        Node::Field { field, query } => {
            limit_of_lucene(query, field.literal().is_some_and(|name| FIELDS.contains(&name)))
        }
        Node::Boost { query, .. } => limit_of_lucene(query, named),
        Node::Phrase { text, .. } if named => Some([text.clone()].into()),
        Node::Term(text) if named && !text.is_star() => {
            let pieces = text.pieces.iter().map(|piece| match piece {
                lucene::Piece::Literal(text) => Some(text.as_str()),
                lucene::Piece::Star => Some("*"),
                lucene::Piece::Question => None,
            });
            pieces.collect::<Option<String>>().map(|pattern| [pattern].into())
        }
        _ => None,
    }
}

/// As [`of_eql`], in the conditions of `where`.
pub(super) fn of_esql(query: &esql::Query) -> Vec<String> {
    let mut found = BTreeSet::new();
    for command in query.with_subqueries() {
        if let esql::CommandKind::Where(condition) = &command.kind {
            in_condition(condition, &mut found);
        }
    }
    found.into_iter().collect()
}

fn in_condition(expr: &esql::Expr, found: &mut BTreeSet<String>) {
    use esql::ExprKind;
    match &expr.kind {
        ExprKind::And(members) | ExprKind::Or(members) => members.iter().for_each(|member| in_condition(member, found)),
        ExprKind::Compare { op: esql::CompareOp::Equal, left, right, .. } if is_dataset_column(left) => {
            found.extend(text_of_esql(right));
        }
        ExprKind::In { negated: false, subject, list } if is_dataset_column(subject) => {
            found.extend(list.iter().filter_map(text_of_esql));
        }
        _ => {}
    }
}

/// As [`limit_of_eql`]: what the conditions say before a command that gives the rows other columns of those names, or other rows.
pub(super) fn limit_of_esql(query: &esql::Query) -> Option<BTreeSet<String>> {
    use esql::CommandKind;
    let mut limits = Vec::new();
    for command in &query.commands {
        match &command.kind {
            CommandKind::Where(condition) => limits.push(limit_of_condition(condition)),
            CommandKind::Eval(fields) if !fields.iter().any(names_dataset) => {}
            CommandKind::From { .. }
            | CommandKind::Keep(_)
            | CommandKind::Drop(_)
            | CommandKind::Sort(_)
            | CommandKind::Limit { .. } => {}
            _ => break,
        }
    }
    narrowest(limits.into_iter())
}

fn names_dataset(field: &esql::Field) -> bool {
    field.name.as_ref().is_some_and(|name| FIELDS.contains(&name.text().as_str()))
}

fn limit_of_condition(expr: &esql::Expr) -> Option<BTreeSet<String>> {
    use esql::ExprKind;
    match &expr.kind {
        ExprKind::And(members) => narrowest(members.iter().map(limit_of_condition)),
        ExprKind::Or(members) => all_of(members.iter().map(limit_of_condition)),
        ExprKind::Compare { op: esql::CompareOp::Equal, left, right, .. } if is_dataset_column(left) => {
            text_of_esql(right).map(|text| [text].into())
        }
        ExprKind::In { negated: false, subject, list } if is_dataset_column(subject) => {
            all_of(list.iter().map(|item| text_of_esql(item).map(|text| [text].into())))
        }
        ExprKind::Like { regex: false, negated: false, subject, patterns, .. } if is_dataset_column(subject) => {
            let plain = |text: &String| !text.contains(['?', '\\']);
            all_of(patterns.iter().map(|pattern| text_of_esql(pattern).filter(plain).map(|text| [text].into())))
        }
        _ => None,
    }
}

fn is_dataset_column(expr: &esql::Expr) -> bool {
    matches!(&expr.kind, esql::ExprKind::Column(name) if FIELDS.contains(&name.text().as_str()))
}

fn text_of_esql(expr: &esql::Expr) -> Option<String> {
    match &expr.kind {
        esql::ExprKind::Literal(esql::Literal::String(text)) => Some(text.value.clone()),
        _ => None,
    }
}
