//! What may follow an operand (`in (..)`, `: ".."`, `like`, `regex`), lists, and fields' names.

use super::ast::{At, Expr, ExprKind, Field, FieldPart, MatchKind, Str};
use super::check;
use super::cursor::Parser;
use super::expr::Node;
use super::lex::{Token, is_keyword};
use crate::source::Span;

/// A part that cannot be read; the problem is already reported.
struct Broken;

impl Parser<'_> {
    pub(super) fn predicate(&mut self) -> Option<Node> {
        let start = self.span();
        let (subject, height) = self.primary()?;
        if self.is_endgame() && self.is_method() {
            let (called, height) = self.methods((subject, height), start)?;
            return self.predicate_of(called, height, start);
        }
        self.predicate_of(subject, height, start)
    }

    fn predicate_of(&mut self, subject: Expr, height: usize, start: Span) -> Option<Node> {
        let negated = self.is_word("not");
        let ahead = usize::from(negated);
        let insensitive = match self.peek_at(ahead) {
            Token::Word("in") => false,
            Token::Tilde("in~") => true,
            _ => return self.string_predicate(subject, height, start, negated),
        };
        if negated {
            self.advance();
        }
        if insensitive {
            self.only_elasticsearch(self.span(), "write `in`: Endgame's comparisons ignore case anyway");
        }
        let op_at = At(self.advance());
        let (list, below) = self.in_list(&subject)?;
        let test = ExprKind::In { insensitive, op_at, subject: Box::new(subject), list };
        let (test, height) = self.node(test, start, below.max(height))?;
        if negated {
            return self.node(ExprKind::Not(Box::new(test)), start, height);
        }
        Some((test, height))
    }

    fn in_list(&mut self, subject: &Expr) -> Option<(Vec<Expr>, usize)> {
        let opened = self.span();
        if !self.is_symbol("(") {
            self.unexpected("`(` and the values");
            return None;
        }
        self.advance();
        let (list, below) = self.list(opened, "a value")?;
        if list.is_empty() {
            self.problem(self.since(opened), "this list is empty", "write at least one value");
            return None;
        }
        if !self.is_endgame() {
            let problems: Vec<_> = list.iter().filter_map(|item| check::field_against_field(subject, item)).collect();
            self.report(problems);
        }
        Some((list, below))
    }

    /// Expressions between commas, up to the closing bracket. Broken ones are skipped.
    pub(super) fn list(&mut self, opened: Span, what: &str) -> Option<(Vec<Expr>, usize)> {
        let mut list = Vec::new();
        let mut below = 0;
        let mut broken = false;
        if self.symbol(")") {
            return Some((list, below));
        }
        loop {
            if let Some((expr, height)) = self.deeper(Self::or) {
                below = below.max(height);
                list.push(expr);
            } else {
                broken = true;
                self.skip_to(|token| *token == Token::Symbol(","));
            }
            let comma = self.span();
            if !self.symbol(",") {
                break;
            }
            if self.is_symbol(")") {
                self.problem(
                    comma,
                    "a list does not end with a comma",
                    format!("leave it out, or write {what} after it"),
                );
                break;
            }
        }
        self.expect(")", Some(opened))?;
        (!broken).then_some((list, below))
    }

    fn match_kind(&self) -> Option<MatchKind> {
        Some(match self.peek() {
            Token::Symbol(":") => MatchKind::Colon,
            Token::Word("like") => MatchKind::Like,
            Token::Tilde("like~") => MatchKind::LikeInsensitive,
            Token::Word("regex") => MatchKind::Regex,
            Token::Tilde("regex~") => MatchKind::RegexInsensitive,
            _ => return None,
        })
    }

    fn string_predicate(&mut self, subject: Expr, height: usize, start: Span, negated: bool) -> Option<Node> {
        if negated {
            let span = self.advance();
            let help = format!("write `not` before the whole test: `not {} ..`", self.slice(subject.span()));
            self.problem(span, "only `in` may follow this `not`", help);
            self.match_kind().is_some().then(|| self.advance());
            return None;
        }
        let Some(kind) = self.match_kind() else { return Some((subject, height)) };
        let op_span = self.advance();
        let help = match kind {
            MatchKind::Regex | MatchKind::RegexInsensitive => "write `match(field, \"..\")`",
            _ => "write `==`, in which `*` stands for anything, or `wildcard(field, \"..\", \"..\")`",
        };
        self.only_elasticsearch(op_span, help);
        if kind == MatchKind::Colon && self.method_call(&subject, op_span) {
            return None;
        }
        let list = self.strings(kind)?;
        let kind = ExprKind::Match { kind, op_at: At(op_span), subject: Box::new(subject), list };
        self.node(kind, start, height)
    }

    /// Whether a method call of Endgame's follows: `:length(`.
    fn is_method(&self) -> bool {
        self.is_symbol(":") && matches!((self.peek_at(1), self.peek_at(2)), (Token::Word(_), Token::Symbol("(")))
    }

    /// `x:length():add(1)` is `add(length(x), 1)`.
    fn methods(&mut self, mut subject: Node, start: Span) -> Option<Node> {
        while self.is_method() {
            self.advance();
            let name_span = self.span();
            let name = self.slice(name_span).to_owned();
            self.advance();
            let opened = self.advance();
            let (mut args, below) = self.list(opened, "an argument")?;
            args.insert(0, subject.0);
            let problems = check::call(&name, false, name_span, &args, self.since(start), self.dialect);
            self.report(problems);
            let kind = ExprKind::Function { name, insensitive: false, name_at: At(name_span), args };
            subject = self.node(kind, start, below.max(subject.1))?;
        }
        Some(subject)
    }

    /// Endgame's `field:length()`. Reads it when it is there.
    fn method_call(&mut self, subject: &Expr, colon: Span) -> bool {
        let (&Token::Word(name), Token::Symbol("(")) = (self.peek(), self.peek_at(1)) else { return false };
        self.advance();
        self.advance();
        self.skip_to(|_| false);
        self.symbol(")");
        let help = format!("write `{name}({})`", self.slice(subject.span()));
        self.problem(colon.to(self.since(colon)), format!("`:{name}()` is a method call of Endgame's dialect"), help);
        true
    }

    /// One string, or several in brackets.
    fn strings(&mut self, kind: MatchKind) -> Option<Vec<Str>> {
        let opened = self.span();
        if !self.symbol("(") {
            return self.string(kind).map(|string| vec![string]);
        }
        let mut list = Vec::new();
        let mut broken = false;
        loop {
            if let Some(string) = self.string(kind) {
                list.push(string);
            } else {
                broken = true;
                self.skip_to(|token| *token == Token::Symbol(","));
            }
            if !self.symbol(",") {
                break;
            }
        }
        self.expect(")", Some(opened))?;
        (!broken).then_some(list)
    }

    fn string(&mut self, kind: MatchKind) -> Option<Str> {
        let at = At(self.span());
        let op = kind.text();
        match self.peek() {
            Token::Str { value, raw } => {
                let string = Str { value: value.clone(), raw: *raw, at };
                self.advance();
                Some(string)
            }
            Token::Int(_) | Token::Float(_) | Token::Word("true" | "false" | "null") => {
                let help = "write the text in double quotes, or compare other values with `==` or `in (..)`";
                self.problem(at.0, format!("`{op}` takes a string"), help);
                None
            }
            Token::Word(word) if !is_keyword(word) => {
                let span = self.field().map_or(at.0, |field| field.at.0);
                let help = "write the text in double quotes; two fields cannot be compared";
                self.problem(span, format!("`{op}` takes a string and not a field"), help);
                None
            }
            _ => {
                self.unexpected("a string");
                None
            }
        }
    }

    /// A field's name, with its `?`.
    pub(super) fn field(&mut self) -> Option<Field> {
        let start = self.span();
        let optional = self.is_symbol("?");
        if optional {
            self.only_elasticsearch(start, "leave it out: a missing field is null");
            self.advance();
        }
        let first = match self.peek() {
            Token::Word(word) if !is_keyword(word) => (*word).to_owned(),
            Token::Quoted(name) => name.clone(),
            _ => {
                self.unexpected(if optional { "a field" } else { "a value, a field or a function" });
                return None;
            }
        };
        self.advance();
        let mut parts = vec![FieldPart::Name(first)];
        while let Some(part) = self.field_part().ok()? {
            parts.push(part);
        }
        let field = Field { optional, parts, at: At(self.since(start)) };
        if !self.is_endgame() {
            self.report(check::index(&field));
        }
        Some(field)
    }

    /// `.name`, `[n]`, or nothing.
    fn field_part(&mut self) -> Result<Option<FieldPart>, Broken> {
        match (self.peek(), self.peek_at(1), self.peek_at(2)) {
            (Token::Symbol("."), Token::Word(word), _) => {
                let name = (*word).to_owned();
                self.advance();
                let span = self.advance();
                if is_keyword(&name) {
                    let help = format!("write it in backticks: `` `{name}` ``");
                    self.problem(span, format!("`{name}` is a keyword and no part of a field's name"), help);
                }
                Ok(Some(FieldPart::Name(name)))
            }
            (Token::Symbol("."), Token::Quoted(name), _) => {
                let name = name.clone();
                self.advance();
                self.advance();
                Ok(Some(FieldPart::Name(name)))
            }
            (Token::Symbol("."), ..) => {
                self.advance();
                self.unexpected("the next part of the field's name");
                Err(Broken)
            }
            (Token::Symbol("["), &Token::Int(index), Token::Symbol("]")) => {
                self.advance();
                self.advance();
                self.advance();
                Ok(Some(FieldPart::Index(index.unsigned_abs())))
            }
            (Token::Float(_), ..) if self.slice(self.span()).starts_with('.') => {
                let span = self.advance();
                let part = self.slice(span).trim_start_matches('.');
                let help = format!("write it in backticks: `` .`{part}` ``");
                self.problem(span, "a part of a field's name cannot begin with a digit", help);
                Err(Broken)
            }
            _ => Ok(None),
        }
    }
}
