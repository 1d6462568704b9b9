//! Tests of the whole language: constructs, errors, round trips, hostile input, and Elastic's published queries.

mod corpus;
mod errors;
mod properties;
mod syntax;

use super::{Expr, Query, parse, parse_expression};

/// The query of a text without problems.
fn query(text: &str) -> Query {
    let parsed = parse(text);
    assert_eq!(parsed.problems, [], "{text}");
    parsed.query.unwrap()
}

/// The expression of a text without problems.
fn expression(text: &str) -> Expr {
    let parsed = parse_expression(text);
    assert_eq!(parsed.problems, [], "{text}");
    parsed.expression.unwrap()
}
