//! The text of a statement with the comments that are its own.

use ruff_python_ast::Stmt;
use ruff_text_size::Ranged;

/// A statement of a module word for word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verbatim<'m> {
    pub text: &'m str,
    /// A function or class, around which black leaves two lines empty.
    pub is_block: bool,
    /// How many lines are empty above it, as far as black leaves them.
    pub empty_above: usize,
}

/// Black leaves no more empty lines.
const MAX_EMPTY: usize = 2;

impl<'m> Verbatim<'m> {
    /// A statement of a module's text: with the comments right above it, behind it and, in a block, at its end.
    pub(super) fn of(module: &'m str, statement: &Stmt) -> Self {
        let (start, end) = (statement.start().to_usize(), statement.end().to_usize());
        let (before, from) = module.split_at_checked(start).unwrap_or((module, ""));
        let (own, after) = from.split_at_checked(end - start).unwrap_or((from, ""));
        // Statements that share a line have no comments of their own.
        let is_alone = before.is_empty() || before.ends_with('\n');
        let above = if is_alone { comments_above(before) } else { 0 };
        let behind = comments_behind(after);
        let text = module.get(start - above..start + own.len() + behind).unwrap_or(own);
        let is_block = matches!(statement, Stmt::FunctionDef(_) | Stmt::ClassDef(_));
        let empty = before[..before.len() - above].lines().rev().take_while(|line| line.trim().is_empty()).count();
        Self { text, is_block, empty_above: empty.min(MAX_EMPTY) }
    }
}

/// The bytes of the comment lines that end a text.
fn comments_above(before: &str) -> usize {
    before.split_inclusive('\n').rev().take_while(|line| line.starts_with('#')).map(str::len).sum()
}

/// The bytes of the comment that a text starts with, and of the indented comments below it.
fn comments_behind(after: &str) -> usize {
    let mut lines = after.split_inclusive('\n');
    let first = lines.next().unwrap_or_default();
    let is_comment = first.trim_start().starts_with('#');
    if !is_comment && !first.trim().is_empty() {
        return 0;
    }
    let (mut taken, mut passed) = (if is_comment { first.trim_end().len() } else { 0 }, first.len());
    for line in lines {
        let is_indented = line.starts_with([' ', '\t']) && line.trim_start().starts_with('#');
        if !is_indented && !line.trim().is_empty() {
            break;
        }
        if is_indented {
            taken = passed + line.trim_end().len();
        }
        passed += line.len();
    }
    taken
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_go_with_their_statement() {
        let module = "A = 1\n\n\n\n# of f\n# too\ndef f():\n    return 1  # one\n\n    # still f\n\n\n# of B\nB = 2  # two\nC = 3; D = 4\n";
        let tree = super::super::super::parse(module).unwrap();
        let parts: Vec<Verbatim<'_>> = tree.body.iter().map(|statement| Verbatim::of(module, statement)).collect();
        let texts: Vec<&str> = parts.iter().map(|part| part.text).collect();
        let f = "# of f\n# too\ndef f():\n    return 1  # one\n\n    # still f";
        assert_eq!(texts, ["A = 1", f, "# of B\nB = 2  # two", "C = 3", "D = 4"]);
        assert_eq!(parts.iter().map(|part| part.empty_above).collect::<Vec<_>>(), [0, 2, 2, 0, 0]);
    }
}
