//! From the tree to text: keywords in lower case, no parentheses that precedence does not need.

use super::ast::{Aggregation, Condition, Expr, Node, Pipe, Target};
use std::fmt::{Display, Formatter, Result};

/// What binds tighter is printed without parentheses inside what binds looser.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Or,
    And,
    Not,
}

/// The condition as text; `parse` gives the same tree again, but for the spans.
#[must_use]
pub fn print(condition: &Condition) -> String {
    condition.to_string()
}

impl Display for Condition {
    fn fmt(&self, out: &mut Formatter<'_>) -> Result {
        write!(out, "{}", self.expr)?;
        match &self.pipe {
            None => Ok(()),
            Some(Pipe::Near { expr, .. }) => write!(out, " | near {expr}"),
            Some(Pipe::Aggregation(aggregation)) => write!(out, " | {aggregation}"),
        }
    }
}

impl Display for Expr {
    fn fmt(&self, out: &mut Formatter<'_>) -> Result {
        put(self, Level::Or, out)
    }
}

impl Display for Aggregation {
    fn fmt(&self, out: &mut Formatter<'_>) -> Result {
        let field = self.field.as_ref().map_or("", |field| &field.value);
        write!(out, "{}({field})", self.function.value.name())?;
        for (at, name) in self.by.iter().enumerate() {
            write!(out, "{}{}", if at == 0 { " by " } else { ", " }, name.value)?;
        }
        write!(out, " {} {}", self.op.value.symbol(), self.value.value)
    }
}

fn put(expr: &Expr, outer: Level, out: &mut Formatter<'_>) -> Result {
    match &expr.node {
        Node::Or(parts) | Node::And(parts) if parts.len() == 1 => put(&parts[0], outer, out),
        Node::Or(parts) => put_list(parts, " or ", outer > Level::Or, Level::And, out),
        Node::And(parts) => put_list(parts, " and ", outer > Level::And, Level::Not, out),
        Node::Not(part) => {
            out.write_str("not ")?;
            put(part, Level::Not, out)
        }
        Node::Of { quantifier, target } => {
            let target = match &target.value {
                Target::Them => "them",
                Target::Pattern(pattern) => pattern,
            };
            write!(out, "{} of {target}", quantifier.value.name())
        }
        Node::Identifier(name) => out.write_str(name),
    }
}

fn put_list(parts: &[Expr], separator: &str, parens: bool, inner: Level, out: &mut Formatter<'_>) -> Result {
    if parens {
        out.write_str("(")?;
    }
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            out.write_str(separator)?;
        }
        put(part, inner, out)?;
    }
    if parens { out.write_str(")") } else { Ok(()) }
}
