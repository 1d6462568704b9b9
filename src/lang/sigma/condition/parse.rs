//! From text to the tree. Precedence, loosest first: `or`, `and`, `not`, `x of`, parentheses.

use super::ast::{Aggregation, CompareOp, Condition, Expr, Function, Node, Pipe, Quantifier, Target};
use super::lex::{Kind, Token, lex};
use crate::source::{Problem, Span, Spanned};

/// How deep parentheses and negations may nest.
pub const MAX_DEPTH: usize = 128;

/// What [`parse`] gives.
#[derive(Debug, Clone, PartialEq)]
pub struct Parsed {
    /// Absent exactly when there are problems.
    pub condition: Option<Condition>,
    pub problems: Vec<Problem>,
    /// What is understood though the specification does not have it, or other tools refuse it: keywords in
    /// upper case, the pipe.
    pub warnings: Vec<Problem>,
}

/// Reads a condition. Spans are byte offsets in `text`.
#[must_use]
pub fn parse(text: &str) -> Parsed {
    let tokens = lex(text);
    let mut parser = Parser { tokens: &tokens, at: 0, depth: 0, warnings: Vec::new() };
    let condition = parser.condition();
    let warnings = parser.warnings;
    match condition {
        Ok(condition) => Parsed { condition: Some(condition), problems: vec![], warnings },
        Err(problem) => Parsed { condition: None, problems: vec![problem], warnings },
    }
}

type Result<T> = std::result::Result<T, Problem>;

const END: Token<'static> = Token { kind: Kind::End, text: "", span: Span { start: 0, end: 0 } };

struct Parser<'a> {
    tokens: &'a [Token<'a>],
    at: usize,
    depth: usize,
    warnings: Vec<Problem>,
}

impl<'a> Parser<'a> {
    fn peek(&self, ahead: usize) -> Token<'a> {
        self.tokens.get(self.at + ahead).or(self.tokens.last()).copied().unwrap_or(END)
    }

    fn next(&mut self) -> Token<'a> {
        let token = self.peek(0);
        self.at += 1;
        token
    }

    fn span_from(&self, first: usize) -> Span {
        let last = self.tokens.get(self.at.saturating_sub(1)).map_or_else(Span::default, |token| token.span);
        self.tokens.get(first).map_or(last, |token| token.span.to(last))
    }

    /// Takes the keyword `word`, in any case; a case other than lower is warned of.
    fn keyword(&mut self, word: &str) -> bool {
        let token = self.peek(0);
        if token.kind != Kind::Word || !token.text.eq_ignore_ascii_case(word) {
            return false;
        }
        self.at += 1;
        if token.text != word {
            self.warnings.push(
                Problem::new(token.span, format!("the keyword `{}` is not in lower case", token.text))
                    .help(format!("write `{word}`; other tools refuse the upper case")),
            );
        }
        true
    }

    fn condition(&mut self) -> Result<Condition> {
        if self.peek(0).kind == Kind::End {
            return Err(Problem::new(self.peek(0).span, "the condition is empty"));
        }
        let expr = self.or_expr()?;
        let pipe = if self.peek(0).kind == Kind::Pipe { Some(self.pipe()?) } else { None };
        if self.peek(0).kind == Kind::End { Ok(Condition { expr, pipe }) } else { Err(self.unexpected()) }
    }

    fn or_expr(&mut self) -> Result<Expr> {
        self.list("or", Self::and_expr, Node::Or)
    }

    fn and_expr(&mut self) -> Result<Expr> {
        self.list("and", Self::not_expr, Node::And)
    }

    fn list(&mut self, word: &str, part: fn(&mut Self) -> Result<Expr>, join: fn(Vec<Expr>) -> Node) -> Result<Expr> {
        let first = self.at;
        let mut parts = vec![part(self)?];
        while self.keyword(word) {
            parts.push(part(self)?);
        }
        if parts.len() == 1 {
            return Ok(parts.remove(0));
        }
        Ok(Expr { node: join(parts), span: self.span_from(first) })
    }

    fn not_expr(&mut self) -> Result<Expr> {
        let first = self.at;
        if !self.keyword("not") {
            return self.operand();
        }
        let negated = self.deeper(self.tokens[first].span, Self::not_expr)?;
        Ok(Expr { node: Node::Not(Box::new(negated)), span: self.span_from(first) })
    }

    fn deeper(&mut self, place: Span, inner: fn(&mut Self) -> Result<Expr>) -> Result<Expr> {
        if self.depth == MAX_DEPTH {
            return Err(Problem::new(place, format!("the condition nests deeper than {MAX_DEPTH} levels")));
        }
        self.depth += 1;
        let expr = inner(self);
        self.depth -= 1;
        expr
    }

    fn operand(&mut self) -> Result<Expr> {
        let token = self.peek(0);
        match token.kind {
            Kind::LeftParen => {
                self.at += 1;
                let inner = self.deeper(token.span, Self::or_expr)?;
                match self.peek(0).kind {
                    Kind::RightParen => self.at += 1,
                    Kind::End => return Err(Problem::new(token.span, "this `(` is never closed")),
                    _ => return Err(self.unexpected()),
                }
                Ok(inner)
            }
            Kind::Word if self.is_of(1) => self.x_of(),
            Kind::Word if !is_reserved(token.text) => {
                self.at += 1;
                identifier(token)
            }
            _ => Err(self.no_operand()),
        }
    }

    /// Whether the word `ahead` is the `of` of an `x of`.
    fn is_of(&self, ahead: usize) -> bool {
        let (of, target) = (self.peek(ahead), self.peek(ahead + 1));
        of.kind == Kind::Word && of.text.eq_ignore_ascii_case("of") && target.kind == Kind::Word
    }

    fn x_of(&mut self) -> Result<Expr> {
        let first = self.at;
        let quantifier = self.quantifier()?;
        self.keyword("of");
        let them = self.peek(0);
        let target = if self.keyword("them") {
            Target::Them
        } else {
            let token = self.next();
            if is_reserved(token.text) {
                return Err(Problem::new(token.span, "expected `them` or the name of a search identifier"));
            }
            check_name(token, true)?;
            Target::Pattern(token.text.to_owned())
        };
        let target = Spanned::new(target, them.span);
        Ok(Expr { node: Node::Of { quantifier, target }, span: self.span_from(first) })
    }

    fn quantifier(&mut self) -> Result<Spanned<Quantifier>> {
        let span = self.peek(0).span;
        let known = [Quantifier::One, Quantifier::Any, Quantifier::All];
        if let Some(known) = known.into_iter().find(|known| self.keyword(known.name())) {
            return Ok(Spanned::new(known, span));
        }
        let word = self.peek(0).text;
        let problem = Problem::new(span, format!("`{word} of` is not in the specification"));
        Err(problem.help("it has `1 of`, `any of` and `all of`; write larger numbers out with `and` and `or`"))
    }

    fn no_operand(&self) -> Problem {
        let token = self.peek(0);
        let previous = self.at.checked_sub(1).and_then(|at| self.tokens.get(at));
        match (token.kind, previous) {
            (Kind::RightParen, Some(Token { kind: Kind::LeftParen, .. })) => {
                Problem::new(token.span, "there is nothing between the parentheses")
            }
            (_, Some(previous)) if is_reserved(previous.text) => {
                Problem::new(previous.span, format!("nothing follows `{}`", previous.text))
            }
            (Kind::Word, _) => Problem::new(token.span, format!("nothing stands before `{}`", token.text)),
            (Kind::RightParen, _) => Problem::new(token.span, "this `)` closes nothing"),
            _ => Problem::new(token.span, "expected a search identifier"),
        }
    }

    /// The next token follows a complete expression and does not belong there.
    fn unexpected(&self) -> Problem {
        let token = self.peek(0);
        let problem = |message: &str| Problem::new(token.span, message);
        let slip = |word: &&&str| strsim::damerau_levenshtein(&token.text.to_lowercase(), word) == 1;
        match token.kind {
            Kind::RightParen => problem("this `)` closes nothing"),
            Kind::Pipe => problem("a condition has at most one `|`, at its end"),
            Kind::LeftParen if self.follows_function() => problem("an aggregation stands after a pipe")
                .help("write `selection | count(...) > 5`, or better a correlation rule"),
            Kind::LeftParen => problem("`and` or `or` is missing before this `(`"),
            Kind::Operator => problem("a condition compares nothing; comparisons are modifiers of a field"),
            Kind::Word => {
                let missing = problem("`and` or `or` is missing before this");
                match ["and", "or"].iter().find(slip) {
                    Some(word) => missing.help(format!("did you mean `{word}`?")),
                    None => missing,
                }
            }
            _ => problem("expected `and`, `or` or the end of the condition"),
        }
    }

    fn follows_function(&self) -> bool {
        let previous = self.at.checked_sub(1).and_then(|at| self.tokens.get(at));
        previous.is_some_and(|token| Function::ALL.iter().any(|function| function.name() == token.text))
    }

    fn pipe(&mut self) -> Result<Pipe> {
        let pipe = self.next();
        self.warnings.push(
            Problem::new(pipe.span, "the pipe is no longer part of Sigma conditions")
                .help("a correlation rule says the same (Sigma Correlation Rules Specification)"),
        );
        let keyword = self.peek(0);
        if self.keyword("near") {
            return Ok(Pipe::Near { keyword: keyword.span, expr: self.or_expr()? });
        }
        self.aggregation().map(Pipe::Aggregation)
    }

    fn aggregation(&mut self) -> Result<Aggregation> {
        let span = self.peek(0).span;
        let Some(function) = Function::ALL.into_iter().find(|function| self.keyword(function.name())) else {
            let message = "expected `count`, `sum`, `min`, `max`, `avg` or `near` after the pipe";
            return Err(Problem::new(span, message));
        };
        self.expect(Kind::LeftParen, "expected `(` after the function")?;
        let field = if self.peek(0).kind == Kind::Word { Some(self.name()?) } else { None };
        self.expect(Kind::RightParen, "expected `)` after the field")?;
        if field.is_none() && function != Function::Count {
            return Err(Problem::new(span, format!("`{}` needs a field", function.name())));
        }
        let by = if self.keyword("by") { self.names()? } else { Vec::new() };
        let op = self.comparison()?;
        Ok(Aggregation { function: Spanned::new(function, span), field, by, op, value: self.number()? })
    }

    fn expect(&mut self, kind: Kind, message: &str) -> Result<Token<'a>> {
        let token = self.peek(0);
        if token.kind != kind {
            return Err(Problem::new(token.span, message));
        }
        Ok(self.next())
    }

    fn name(&mut self) -> Result<Spanned<String>> {
        let token = self.expect(Kind::Word, "expected the name of a field")?;
        Ok(Spanned::new(token.text.to_owned(), token.span))
    }

    fn names(&mut self) -> Result<Vec<Spanned<String>>> {
        let mut names = vec![self.name()?];
        while self.peek(0).kind == Kind::Comma {
            self.at += 1;
            names.push(self.name()?);
        }
        Ok(names)
    }

    fn comparison(&mut self) -> Result<Spanned<CompareOp>> {
        let token = self.expect(Kind::Operator, "expected a comparison, for instance `> 5`")?;
        CompareOp::from_symbol(token.text)
            .map(|op| Spanned::new(op, token.span))
            .ok_or_else(|| Problem::new(token.span, format!("`{}` is not a comparison", token.text)))
    }

    fn number(&mut self) -> Result<Spanned<f64>> {
        let token = self.expect(Kind::Word, "expected a number")?;
        match token.text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Spanned::new(number, token.span)),
            _ => Err(Problem::new(token.span, "expected a number")),
        }
    }
}

fn is_reserved(word: &str) -> bool {
    ["and", "or", "not"].iter().any(|reserved| reserved.eq_ignore_ascii_case(word))
}

fn identifier(token: Token<'_>) -> Result<Expr> {
    if token.text.contains('*') {
        let help = format!("write `1 of {0}` or `all of {0}`", token.text);
        return Err(Problem::new(token.span, "a pattern needs a quantifier before it").help(help));
    }
    check_name(token, false)?;
    Ok(Expr { node: Node::Identifier(token.text.to_owned()), span: token.span })
}

/// Names are made of ASCII letters, digits, `_` and `-`; a pattern also has `*`.
fn check_name(token: Token<'_>, pattern: bool) -> Result<()> {
    let known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-') || (pattern && c == '*');
    let Some((at, c)) = token.text.char_indices().find(|(_, c)| !known(*c)) else { return Ok(()) };
    let start = token.span.start as usize + at;
    let problem = Problem::new(Span::new(start, start + c.len_utf8()), format!("`{c}` has no meaning in a condition"));
    Err(problem.help("names of search identifiers are made of letters, digits, `_` and `-`"))
}
