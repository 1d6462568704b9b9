//! SQL (Snowflake's), read by `sqlparser`: the tree, and where its parts stand in the text.

use crate::source::Span;
use sqlparser::ast::{Query, Spanned, Statement};
use sqlparser::dialect::SnowflakeDialect;
use sqlparser::parser::Parser;

pub use sqlparser::ast;

/// A query that can be read, with the starts of its lines.
#[derive(Debug)]
pub struct Parsed {
    pub query: Box<Query>,
    lines: Lines,
}

/// What is wrong with a text, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub message: String,
    pub span: Span,
}

/// Reads one query.
///
/// # Errors
/// Text that is no SQL, several statements, or one that is no query. The parser has a limit on its depth.
pub fn parse(text: &str) -> Result<Parsed, Problem> {
    let whole = |message: String| Problem { message, span: Span::new(0, text.len()) };
    let mut statements = Parser::parse_sql(&SnowflakeDialect {}, text).map_err(|error| whole(error.to_string()))?;
    match (statements.pop(), statements.len()) {
        (Some(Statement::Query(query)), 0) => Ok(Parsed { query, lines: Lines::of(text) }),
        (Some(_), 0) => Err(whole("a statement that is no query".to_owned())),
        _ => Err(whole("not one query".to_owned())),
    }
}

impl Parsed {
    /// The bytes of a part of the tree in the text; the whole text where the parser does not say.
    pub fn span(&self, part: &impl Spanned) -> Span {
        let span = part.span();
        let start = self.lines.offset(span.start.line, span.start.column);
        let end = self.lines.offset(span.end.line, span.end.column);
        match (start, end) {
            (Some(start), Some(end)) if start < end => Span::new(start, end),
            _ => Span::new(0, self.lines.text.len()),
        }
    }
}

#[derive(Debug)]
struct Lines {
    text: String,
    starts: Vec<usize>,
}

impl Lines {
    fn of(text: &str) -> Self {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { text: text.to_owned(), starts }
    }

    /// The byte of a line and column, both from 1, the column in characters.
    fn offset(&self, line: u64, column: u64) -> Option<usize> {
        let start = *self.starts.get(usize::try_from(line.checked_sub(1)?).ok()?)?;
        let rest = self.text.get(start..)?;
        let skipped = usize::try_from(column.checked_sub(1)?).ok()?;
        let within = rest.char_indices().nth(skipped).map_or(rest.len(), |(at, _)| at);
        Some(start + within)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sqlparser::ast::{Expr, SetExpr};

    #[test]
    fn parts_have_their_place() {
        let text = "SELECT *\nFROM t\nWHERE \"é\" = 'x' AND b:c::string LIKE '1%'";
        let parsed = parse(text).unwrap();
        let SetExpr::Select(select) = &*parsed.query.body else { panic!("no select") };
        let Some(Expr::BinaryOp { left, .. }) = &select.selection else { panic!("no condition") };
        let span = parsed.span(&**left);
        assert_eq!(&text[span.range()], "\"é\" = 'x'");
    }

    #[test]
    fn what_is_no_query_is_refused() {
        for text in ["", "SELEC 1", "DROP TABLE t", "SELECT 1; SELECT 2"] {
            assert!(parse(text).is_err(), "{text}");
        }
        let deep = format!("SELECT {}1{}", "(".repeat(5000), ")".repeat(5000));
        assert!(parse(&deep).is_err());
    }
}
