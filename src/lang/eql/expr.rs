//! From tokens to expressions.
//!
//! ```text
//! or: and (`or` and)*      and: not (`and` not)*      not: `not` not | comparison
//! comparison: sum (op sum)?      sum: product ((`+`|`-`) product)*      product: unary ((`*`|`/`|`%`) unary)*
//! unary: (`-`|`+`) unary | primary (`not`? `in` (..) | `:` .. | `like` .. | `regex` ..)?
//! ```

use super::MAX_DEPTH;
use super::ast::{ArithmeticOp, At, CompareOp, Expr, ExprKind, Field, FieldPart, Literal, MatchKind, Str};
use super::lex::{Token, is_keyword};
use super::parse::Parser;
use super::{check, dialect};
use crate::source::Span;

/// An expression with the number of levels below its root.
type Node = (Expr, usize);

impl Parser<'_> {
    pub(super) fn expression(&mut self) -> Option<Expr> {
        self.or().map(|(expr, _)| expr)
    }

    /// Runs `read` one level deeper.
    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        if self.depth >= MAX_DEPTH {
            self.too_deep(self.span());
            return None;
        }
        self.depth += 1;
        let found = read(self);
        self.depth -= 1;
        found
    }

    fn node(&mut self, kind: ExprKind, start: Span, below: usize) -> Option<Node> {
        let span = self.since(start);
        if below + 1 >= MAX_DEPTH {
            self.too_deep(span);
            return None;
        }
        Some((Expr::new(kind, span), below + 1))
    }

    fn or(&mut self) -> Option<Node> {
        self.chain("or", Self::and, ExprKind::Or)
    }

    fn and(&mut self) -> Option<Node> {
        self.chain("and", Self::not, ExprKind::And)
    }

    /// Operands between `word`s. A broken operand is skipped, so that the next ones are looked at.
    fn chain(
        &mut self,
        word: &str,
        operand: fn(&mut Self) -> Option<Node>,
        make: fn(Vec<Expr>) -> ExprKind,
    ) -> Option<Node> {
        let start = self.span();
        let first = self.operand(operand);
        let mut broken = first.is_none();
        let mut below = first.as_ref().map_or(0, |(_, height)| *height);
        let mut single = first;
        let mut rest = Vec::new();
        while self.keyword(word) {
            match self.operand(operand) {
                Some((expr, height)) => {
                    below = below.max(height);
                    rest.push(expr);
                }
                None => broken = true,
            }
        }
        if broken {
            return None;
        }
        if rest.is_empty() {
            return single;
        }
        rest.insert(0, single.take()?.0);
        self.node(make(rest), start, below)
    }

    fn operand(&mut self, read: fn(&mut Self) -> Option<Node>) -> Option<Node> {
        let found = read(self);
        if found.is_none() {
            self.skip_to(|token| match token {
                Token::Word(word) => word.eq_ignore_ascii_case("and") || word.eq_ignore_ascii_case("or"),
                Token::Symbol("," | "|") => true,
                _ => false,
            });
        }
        found
    }

    fn not(&mut self) -> Option<Node> {
        let start = self.span();
        let next_is_operand =
            matches!(self.peek_at(1), Token::Word(_) | Token::Tilde(_) | Token::Quoted(_) | Token::Symbol("(" | "?"))
                && !matches!(self.peek_at(1), Token::Word("in" | "like" | "regex" | "and" | "or" | "not"));
        if self.is_word("not") || (next_is_operand && self.is_shouted("not")) {
            self.keyword("not");
            let (expr, below) = self.deeper(Self::not)?;
            return self.node(ExprKind::Not(Box::new(expr)), start, below);
        }
        if let (&Token::Word(word), Token::Word("of")) = (self.peek(), self.peek_at(1)) {
            self.advance();
            self.advance();
            let problem = dialect::relationship(word, self.since(start));
            self.report(Some(problem));
            if self.symbol("[") {
                self.skip_to(|_| false);
                self.symbol("]");
            }
            return None;
        }
        self.comparison()
    }

    /// Whether the word at the cursor is `word` in capitals.
    fn is_shouted(&self, word: &str) -> bool {
        matches!(self.peek(), Token::Word(found) if found.eq_ignore_ascii_case(word))
    }

    fn compare_op(&mut self) -> Option<(CompareOp, Span)> {
        let Token::Symbol(symbol) = *self.peek() else { return None };
        let op = match symbol {
            "==" | "=" => CompareOp::Equal,
            "!=" => CompareOp::NotEqual,
            "<" => CompareOp::Less,
            "<=" => CompareOp::LessEqual,
            ">" => CompareOp::Greater,
            ">=" => CompareOp::GreaterEqual,
            _ => return None,
        };
        let span = self.advance();
        if symbol == "=" {
            self.problem(span, "`=` does not compare", "write `==`; a single `=` is Endgame's dialect");
        }
        Some((op, span))
    }

    fn comparison(&mut self) -> Option<Node> {
        let start = self.span();
        let (left, left_height) = self.sum()?;
        let Some((op, op_span)) = self.compare_op() else { return Some((left, left_height)) };
        let (right, right_height) = self.sum()?;
        self.report(check::field_against_field(&left, &right));
        if let Some((_, again)) = self.compare_op() {
            let help = "write `a < b and b < c`, or put one comparison in brackets";
            self.problem(again, "comparisons do not chain", help);
            self.sum();
            return None;
        }
        let kind = ExprKind::Compare { op, op_at: At(op_span), left: Box::new(left), right: Box::new(right) };
        self.node(kind, start, left_height.max(right_height))
    }

    fn sum(&mut self) -> Option<Node> {
        self.arithmetic(Self::product, |symbol| match symbol {
            "+" => Some(ArithmeticOp::Add),
            "-" => Some(ArithmeticOp::Subtract),
            _ => None,
        })
    }

    fn product(&mut self) -> Option<Node> {
        self.arithmetic(Self::unary, |symbol| match symbol {
            "*" => Some(ArithmeticOp::Multiply),
            "/" => Some(ArithmeticOp::Divide),
            "%" => Some(ArithmeticOp::Modulo),
            _ => None,
        })
    }

    fn arithmetic(
        &mut self,
        operand: fn(&mut Self) -> Option<Node>,
        operator: fn(&str) -> Option<ArithmeticOp>,
    ) -> Option<Node> {
        let start = self.span();
        let mut node = operand(self)?;
        loop {
            let Token::Symbol(symbol) = *self.peek() else { return Some(node) };
            let Some(op) = operator(symbol) else { return Some(node) };
            let op_at = At(self.advance());
            let (right, height) = operand(self)?;
            let below = node.1.max(height);
            let kind = ExprKind::Arithmetic { op, op_at, left: Box::new(node.0), right: Box::new(right) };
            node = self.node(kind, start, below)?;
        }
    }

    fn unary(&mut self) -> Option<Node> {
        let start = self.span();
        if self.is_symbol("-") {
            self.advance();
            if let Some(number) = self.negative_number() {
                return self.node(ExprKind::Literal(number), start, 0);
            }
            let (expr, below) = self.deeper(Self::unary)?;
            return self.node(ExprKind::Neg(Box::new(expr)), start, below);
        }
        if self.symbol("+") {
            let (mut expr, height) = self.deeper(Self::unary)?;
            expr.at = At(self.since(start));
            return Some((expr, height));
        }
        self.predicate()
    }

    /// The number after a minus. The smallest integer has no positive counterpart, so the text is read again with its sign.
    fn negative_number(&mut self) -> Option<Literal> {
        let number = match *self.peek() {
            Token::Int(value) => Literal::Int(-value),
            Token::Float(value) => match format!("-{}", self.slice(self.span())).parse::<i64>() {
                Ok(value) => Literal::Int(value),
                Err(_) => Literal::Float(-value),
            },
            _ => return None,
        };
        self.advance();
        Some(number)
    }

    fn predicate(&mut self) -> Option<Node> {
        let start = self.span();
        let (subject, height) = self.primary()?;
        let negated = self.is_word("not");
        let not_span = self.span();
        let ahead = usize::from(negated);
        let insensitive = match self.peek_at(ahead) {
            Token::Word("in") => false,
            Token::Tilde("in~") => true,
            _ => return self.string_predicate(subject, height, start, negated),
        };
        if negated {
            self.advance();
        }
        let op_at = At(self.advance());
        let (list, below) = self.in_list(&subject)?;
        let test = ExprKind::In { insensitive, op_at, subject: Box::new(subject), list };
        let (test, height) = self.node(test, start, below.max(height))?;
        if negated {
            debug_assert!(test.span().contains(not_span));
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
        for item in &list {
            let problem = check::field_against_field(subject, item);
            self.report(problem);
        }
        Some((list, below))
    }

    /// Expressions between commas, up to the closing bracket. Broken ones are skipped.
    fn list(&mut self, opened: Span, what: &str) -> Option<(Vec<Expr>, usize)> {
        let mut list = Vec::new();
        let mut below = 0;
        let mut broken = false;
        if self.symbol(")") {
            return Some((list, below));
        }
        loop {
            match self.deeper(Self::or) {
                Some((expr, height)) => {
                    below = below.max(height);
                    list.push(expr);
                }
                None => {
                    broken = true;
                    self.skip_to(|token| *token == Token::Symbol(","));
                }
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
        if kind == MatchKind::Colon && self.method_call(&subject, op_span) {
            return None;
        }
        let list = self.strings(kind)?;
        let kind = ExprKind::Match { kind, op_at: At(op_span), subject: Box::new(subject), list };
        self.node(kind, start, height)
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
            match self.string(kind) {
                Some(string) => list.push(string),
                None => {
                    broken = true;
                    self.skip_to(|token| *token == Token::Symbol(","));
                }
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
                let help = "write the text in double quotes; two fields cannot be compared";
                self.problem(at.0, format!("`{op}` takes a string and not a field"), help);
                None
            }
            _ => {
                self.unexpected("a string");
                None
            }
        }
    }

    fn primary(&mut self) -> Option<Node> {
        let start = self.span();
        let literal = match self.peek() {
            Token::Str { value, raw } => Literal::String { value: value.clone(), raw: *raw },
            Token::Int(value) => Literal::Int(*value),
            Token::Float(value) => Literal::Float(*value),
            Token::Word("true") => Literal::Bool(true),
            Token::Word("false") => Literal::Bool(false),
            Token::Word("null") => Literal::Null,
            Token::Symbol("(") => return self.brackets(),
            _ => return self.call_or_field(start),
        };
        self.advance();
        self.node(ExprKind::Literal(literal), start, 0)
    }

    fn brackets(&mut self) -> Option<Node> {
        let opened = self.advance();
        let found = self.deeper(Self::or);
        if found.is_none() {
            // A comma here is part of what was broken.
            self.skip_to(|_| false);
        }
        self.expect(")", Some(opened))?;
        found
    }

    fn call_or_field(&mut self, start: Span) -> Option<Node> {
        let call = matches!(self.peek_at(1), Token::Symbol("("));
        match *self.peek() {
            Token::Word(name) if call && !is_keyword(name) => self.call(name, false, start),
            Token::Tilde(name) if call && !matches!(name, "in~" | "like~" | "regex~") => {
                self.call(name.trim_end_matches('~'), true, start)
            }
            Token::Tilde(_) => {
                self.unexpected("a value, a field or a function");
                None
            }
            _ => self.field_or_constant(start),
        }
    }

    fn field_or_constant(&mut self, start: Span) -> Option<Node> {
        let field = self.field()?;
        let span = field.at.0;
        let text = self.slice(span);
        let constant = match text.to_ascii_lowercase().as_str() {
            "true" => Some(Literal::Bool(true)),
            "false" => Some(Literal::Bool(false)),
            "null" => Some(Literal::Null),
            _ => None,
        };
        if let Some(constant) = constant {
            let help = format!("keywords are lower case: write `{}`", text.to_ascii_lowercase());
            self.problem(span, format!("`{text}` is not a keyword"), help);
            return self.node(ExprKind::Literal(constant), start, 0);
        }
        if self.is_symbol("(") {
            self.advance();
            self.skip_to(|_| false);
            self.symbol(")");
            self.problem(
                span,
                "a function has a plain name",
                "write `name(field, ..)`; methods of fields do not exist",
            );
            return None;
        }
        self.node(ExprKind::Field(field), start, 0)
    }

    fn call(&mut self, name: &str, insensitive: bool, start: Span) -> Option<Node> {
        let name = name.to_owned();
        let name_span = self.advance();
        let opened = self.advance();
        let found = self.list(opened, "an argument");
        let Some((args, below)) = found else {
            if super::find_function(&name).is_none() {
                let problems = check::call(&name, insensitive, name_span, &[], name_span);
                problems.into_iter().for_each(|problem| self.report(Some(problem)));
            }
            return None;
        };
        let problems = check::call(&name, insensitive, name_span, &args, self.since(start));
        problems.into_iter().for_each(|problem| self.report(Some(problem)));
        self.node(ExprKind::Function { name, insensitive, name_at: At(name_span), args }, start, below)
    }

    /// A field's name, with its `?`.
    pub(super) fn field(&mut self) -> Option<Field> {
        let start = self.span();
        let optional = self.symbol("?");
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
        while let Some(part) = self.field_part()? {
            parts.push(part);
        }
        Some(Field { optional, parts, at: At(self.since(start)) })
    }

    /// `.name`, `[n]`, or nothing. `None` when it cannot be read.
    fn field_part(&mut self) -> Option<Option<FieldPart>> {
        match (self.peek(), self.peek_at(1), self.peek_at(2)) {
            (Token::Symbol("."), Token::Word(word), _) => {
                let name = (*word).to_owned();
                self.advance();
                let span = self.advance();
                if is_keyword(&name) {
                    let help = format!("write it in backticks: `` `{name}` ``");
                    self.problem(span, format!("`{name}` is a keyword and no part of a field's name"), help);
                }
                Some(Some(FieldPart::Name(name)))
            }
            (Token::Symbol("."), Token::Quoted(name), _) => {
                let name = name.clone();
                self.advance();
                self.advance();
                Some(Some(FieldPart::Name(name)))
            }
            (Token::Symbol("."), ..) => {
                self.advance();
                self.unexpected("the next part of the field's name");
                None
            }
            (Token::Symbol("["), &Token::Int(index), Token::Symbol("]")) => {
                self.advance();
                self.advance();
                self.advance();
                Some(Some(FieldPart::Index(index.unsigned_abs())))
            }
            (Token::Float(_), ..) if self.slice(self.span()).starts_with('.') => {
                let span = self.advance();
                let part = self.slice(span).trim_start_matches('.');
                let help = format!("write it in backticks: `` .`{part}` ``");
                self.problem(span, "a part of a field's name cannot begin with a digit", help);
                None
            }
            _ => Some(None),
        }
    }
}
