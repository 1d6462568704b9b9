//! Python: read with `ruff_python_parser`'s tree, this project's positions and limits; written from a small tree of its own.
//!
//! Ranges of the tree are byte offsets of the text that was parsed, so they are file offsets as they stand.

pub mod helpers;
mod imports;
mod keep;
mod literal;
mod print;
mod shared;
mod tree;

pub use keep::{Kept, Parts, Verbatim};
pub use print::{LINE_LENGTH, print, width};
pub use ruff_python_ast as ast;
pub use shared::parse_shared;
pub use tree::{CompareOp, Expr as Code, Function, Import, Module, Statement};

use crate::source::{Problem, Span};
use ruff_python_ast::token::TokenKind;
use ruff_python_ast::{Expr, ModModule, Stmt};
use ruff_python_parser::{Mode, lexer, parse_module};
use ruff_text_size::{Ranged, TextRange};

/// How deep brackets and blocks may nest. CPython itself stops at 100 levels of indentation and 200 brackets.
const MAX_NESTING: usize = 100;
/// How many tokens may follow each other without a separator, summed over the open brackets: what bounds the depth of operator,
/// attribute and call chains, and with it every recursion over the tree.
const MAX_CHAIN: usize = 1_500;

/// The module of a file.
///
/// # Errors
/// The first syntax error, or the place where the code nests too deep to be read safely.
pub fn parse(text: &str) -> Result<ModModule, Problem> {
    check_depth(text)?;
    match parse_module(text) {
        Ok(parsed) => Ok(parsed.into_syntax()),
        Err(error) => Err(Problem::new(span(error.location), format!("Python: {}", error.error))),
    }
}

/// The bytes of a range.
pub fn span(range: TextRange) -> Span {
    Span::new(range.start().to_usize(), range.end().to_usize())
}

/// The bytes of an expression or statement.
pub fn span_of(node: &impl Ranged) -> Span {
    span(node.range())
}

/// The function definitions of a module's top level, in order.
pub fn functions(module: &ModModule) -> impl Iterator<Item = &ast::StmtFunctionDef> {
    module.body.iter().filter_map(|statement| match statement {
        Stmt::FunctionDef(function) => Some(function),
        _ => None,
    })
}

/// The text of a string literal (also of adjacent ones).
pub fn string_literal(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::StringLiteral(literal) => Some(literal.value.to_str()),
        _ => None,
    }
}

/// Refuses text whose tree would be too deep to walk, before it is built.
fn check_depth(text: &str) -> Result<(), Problem> {
    if !is_too_deep(text) {
        return Ok(());
    }
    // The lexer does not tell where it is, so the shortest prefix that is too deep is searched for.
    let (mut fine, mut deep) = (0, text.len());
    while deep - fine > 1 {
        let middle = text.floor_char_boundary(fine.midpoint(deep));
        if middle <= fine {
            break;
        }
        if is_too_deep(&text[..middle]) { deep = middle } else { fine = middle }
    }
    Err(Problem::new(Span::new(fine, deep), "the code nests too deep to be read"))
}

fn is_too_deep(text: &str) -> bool {
    let mut lexer = lexer::lex(text, Mode::Module);
    let mut depth = Depth::default();
    loop {
        let kind = lexer.next_token();
        if kind == TokenKind::EndOfFile {
            return false;
        }
        depth.step(kind);
        if depth.open.len() > MAX_NESTING || depth.indents > MAX_NESTING || depth.total > MAX_CHAIN {
            return true;
        }
    }
}

/// What is open at a token.
#[derive(Default)]
struct Depth {
    /// Tokens since the last separator, for each open bracket.
    open: Vec<usize>,
    current: usize,
    /// All of `open` and `current`.
    total: usize,
    indents: usize,
}

impl Depth {
    fn step(&mut self, kind: TokenKind) {
        match kind {
            TokenKind::Indent => self.indents += 1,
            TokenKind::Dedent => self.indents = self.indents.saturating_sub(1),
            TokenKind::Newline | TokenKind::Semi | TokenKind::Comma => self.reset(),
            TokenKind::Comment | TokenKind::NonLogicalNewline => {}
            kind if opens(kind) => {
                self.open.push(self.current + 1);
                self.total += 1;
                self.current = 0;
            }
            kind if closes(kind) => {
                self.reset();
                self.current = self.open.pop().unwrap_or_default();
            }
            _ => {
                self.current += 1;
                self.total += 1;
            }
        }
    }

    fn reset(&mut self) {
        self.total -= self.current;
        self.current = 0;
    }
}

fn opens(kind: TokenKind) -> bool {
    matches!(kind, TokenKind::Lpar | TokenKind::Lsqb | TokenKind::Lbrace)
}

fn closes(kind: TokenKind) -> bool {
    matches!(kind, TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_syntax_error_has_its_place() {
        let problem = parse("def rule(event):\n    return event.get(\n").unwrap_err();
        assert!(problem.message.starts_with("Python: "), "{}", problem.message);
        assert!(problem.span.start >= 21);
    }

    #[test]
    fn depth_is_bounded_before_parsing() {
        for text in [
            format!("x = {}1{}", "(".repeat(50_000), ")".repeat(50_000)),
            format!("x = {}1", "not ".repeat(50_000)),
            format!("x = a{}", ".b".repeat(50_000)),
            format!("x = a{}", "()".repeat(50_000)),
            format!("x = {}", "1 + ".repeat(50_000)),
        ] {
            assert!(parse(&text).is_err(), "{}", &text[..20]);
        }
        let flat = format!("x = [{}]\n", "\"a\", ".repeat(50_000));
        assert!(parse(&flat).is_ok());
    }
}
