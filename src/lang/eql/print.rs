//! From a tree to text that reads as the same tree.

use super::ast::{
    ArithmeticOp, Category, CategoryKind, EventFilter, Expr, ExprKind, Field, FieldPart, Literal, Pipe, PipeKind,
    Query, Str, Term,
};
use super::lex::{continues_word, is_keyword, starts_word};
use std::fmt::Write;

/// Conditions longer than this are broken by [`print_pretty`].
const WIDTH: usize = 120;

/// Room for a usual query: a text that grows is copied again and again.
const USUAL: usize = 512;

/// What an operand's place lets stand without brackets. Later ones bind tighter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Or,
    And,
    Not,
    Compare,
    Sum,
    Product,
    Unary,
    Primary,
}

/// Prints `query`: an event query on one line, a sequence or a sample with each `[..]` on a line of its own.
pub fn print(query: &Query) -> String {
    Printer { pretty: false, out: String::with_capacity(USUAL) }.query(query)
}

/// As [`print`], with long conditions broken before their outermost `and` and `or`.
pub fn print_pretty(query: &Query) -> String {
    Printer { pretty: true, out: String::with_capacity(USUAL) }.query(query)
}

/// Prints an expression on one line.
pub fn print_expression(expr: &Expr) -> String {
    let mut out = String::new();
    expression(&mut out, expr, Level::Or);
    out
}

/// Prints a field's name, with backticks where a part needs them.
pub fn print_field(field: &Field) -> String {
    let mut out = String::new();
    self::field(&mut out, field);
    out
}

/// `value` as a string literal in double quotes.
pub fn quote(value: &str) -> String {
    let mut out = String::with_capacity(value.len() + 2);
    put_quoted(&mut out, value);
    out
}

fn put_quoted(out: &mut String, value: &str) {
    let may_be_escaped = |byte: u8| matches!(byte, b'"' | b'\\') || !(b' '..0x7f).contains(&byte);
    out.push('"');
    let mut rest = value;
    while let Some(at) = rest.bytes().position(may_be_escaped) {
        out.push_str(&rest[..at]);
        let mut chars = rest[at..].chars();
        match chars.next() {
            Some(c) if is_escaped(c) => escape(out, c),
            c => out.extend(c),
        }
        rest = chars.as_str();
    }
    out.push_str(rest);
    out.push('"');
}

fn is_escaped(c: char) -> bool {
    matches!(c, '"' | '\\') || c.is_control()
}

fn escape(out: &mut String, c: char) {
    match c {
        '\u{8}' => out.push_str("\\b"),
        '\t' => out.push_str("\\t"),
        '\n' => out.push_str("\\n"),
        '\u{c}' => out.push_str("\\f"),
        '\r' => out.push_str("\\r"),
        c if c.is_control() => push(out, format_args!("\\u{{{:02x}}}", u32::from(c))),
        c => {
            out.push('\\');
            out.push(c);
        }
    }
}

/// Writing to a string cannot fail.
fn push(out: &mut String, text: std::fmt::Arguments) {
    let _infallible = out.write_fmt(text);
}

struct Printer {
    pretty: bool,
    out: String,
}

impl Printer {
    fn query(mut self, query: &Query) -> String {
        match query {
            Query::Event(event) => self.filter(&event.filter, 2),
            Query::Sequence(sequence) => {
                self.out.push_str("sequence");
                by(&mut self.out, &sequence.by);
                if let Some(maxspan) = &sequence.maxspan {
                    push(&mut self.out, format_args!(" with maxspan={}{}", maxspan.value, maxspan.unit.text()));
                }
                self.terms(&sequence.terms);
                self.until(sequence.until.as_ref());
            }
            Query::Sample(sample) => {
                self.out.push_str("sample");
                by(&mut self.out, &sample.by);
                self.terms(&sample.terms);
            }
            Query::Join(join) => {
                self.out.push_str("join");
                by(&mut self.out, &join.by);
                self.terms(&join.terms);
                self.until(join.until.as_ref());
            }
        }
        let separator = if matches!(query, Query::Event(_)) && !self.out.contains('\n') { ' ' } else { '\n' };
        query.pipes().iter().for_each(|pipe| self.pipe(pipe, separator));
        self.out
    }

    fn pipe(&mut self, pipe: &Pipe, separator: char) {
        push(&mut self.out, format_args!("{separator}| {}", pipe.kind.name()));
        match &pipe.kind {
            PipeKind::Head(count) | PipeKind::Tail(count) => push(&mut self.out, format_args!(" {}", count.value)),
            PipeKind::Filter(condition) => {
                self.out.push(' ');
                expression(&mut self.out, condition, Level::Or);
            }
            PipeKind::Count(keys) if keys.is_empty() => {}
            PipeKind::Unique(keys) | PipeKind::Sort(keys) | PipeKind::Count(keys) | PipeKind::UniqueCount(keys) => {
                self.out.push(' ');
                between(&mut self.out, keys, ", ", Level::Or);
            }
        }
    }

    fn until(&mut self, until: Option<&Term>) {
        if let Some(until) = until {
            self.out.push_str("\nuntil ");
            self.term(until);
        }
    }

    fn terms(&mut self, terms: &[Term]) {
        for term in terms {
            self.out.push_str("\n  ");
            self.term(term);
        }
    }

    fn term(&mut self, term: &Term) {
        self.out.push_str(if term.missing { "![" } else { "[" });
        self.filter(&term.filter, 4);
        self.out.push(']');
        if term.fork {
            self.out.push_str(" fork=true");
        }
        by(&mut self.out, &term.by);
        if let Some(runs) = term.runs {
            push(&mut self.out, format_args!(" with runs={}", runs.value));
        }
    }

    fn filter(&mut self, filter: &EventFilter, indent: usize) {
        category(&mut self.out, &filter.category);
        self.out.push_str(" where");
        let (word, operands, level) = match &filter.condition.kind {
            ExprKind::And(operands) => ("and", operands, Level::Not),
            ExprKind::Or(operands) => ("or", operands, Level::And),
            _ => {
                self.out.push(' ');
                return expression(&mut self.out, &filter.condition, Level::Or);
            }
        };
        let mut printed = String::with_capacity(USUAL);
        let mut ends = Vec::with_capacity(operands.len());
        for operand in operands {
            expression(&mut printed, operand, level);
            ends.push(printed.len());
        }
        // On one line a blank stands on both sides of each word.
        let width = printed.len() + (operands.len() - 1) * (word.len() + 2);
        let gap = if self.pretty && width > WIDTH { format!("\n{:indent$}", "") } else { " ".to_owned() };
        let mut start = 0;
        for end in ends {
            if start > 0 {
                self.out.push(' ');
                self.out.push_str(word);
            }
            self.out.push_str(&gap);
            self.out.push_str(&printed[start..end]);
            start = end;
        }
    }
}

fn category(out: &mut String, category: &Category) {
    match &category.kind {
        CategoryKind::Any => out.push_str("any"),
        CategoryKind::Name(name) if is_plain(name) => out.push_str(name),
        CategoryKind::Name(name) => out.push_str(&quote(name)),
    }
}

fn by(out: &mut String, keys: &[Expr]) {
    if !keys.is_empty() {
        out.push_str(" by ");
        between(out, keys, ", ", Level::Or);
    }
}

fn is_plain(name: &str) -> bool {
    name.starts_with(starts_word) && name.chars().skip(1).all(continues_word) && !is_keyword(name)
}

fn field(out: &mut String, field: &Field) {
    if field.optional {
        out.push('?');
    }
    for (index, part) in field.parts.iter().enumerate() {
        match part {
            FieldPart::Index(number) => push(out, format_args!("[{number}]")),
            FieldPart::Name(name) => {
                if index > 0 {
                    out.push('.');
                }
                if is_plain(name) && !(index == 0 && field.parts.len() == 1 && looks_constant(name)) {
                    out.push_str(name);
                } else {
                    push(out, format_args!("`{}`", name.replace('`', "``")));
                }
            }
        }
    }
}

/// A name that the parser takes for a keyword in the wrong case.
fn looks_constant(name: &str) -> bool {
    ["true", "false", "null", "not"].iter().any(|word| name.eq_ignore_ascii_case(word))
}

fn expression(out: &mut String, expr: &Expr, least: Level) {
    let level = level(expr);
    if level < least {
        out.push('(');
        bare(out, expr);
        out.push(')');
    } else {
        bare(out, expr);
    }
}

fn level(expr: &Expr) -> Level {
    match &expr.kind {
        ExprKind::Or(_) => Level::Or,
        ExprKind::And(_) => Level::And,
        ExprKind::Not(_) | ExprKind::Related { .. } => Level::Not,
        // A test binds tighter than arithmetic by the grammar; brackets keep readers and other parsers out of doubt.
        ExprKind::Compare { .. } | ExprKind::In { .. } | ExprKind::Match { .. } => Level::Compare,
        ExprKind::Arithmetic { op, .. } if op.is_product() => Level::Product,
        ExprKind::Arithmetic { .. } => Level::Sum,
        ExprKind::Neg(_) => Level::Unary,
        ExprKind::Literal(Literal::Int(value)) if *value < 0 => Level::Unary,
        ExprKind::Literal(Literal::Float(value)) if value.is_sign_negative() => Level::Unary,
        ExprKind::Function { .. } | ExprKind::Field(_) | ExprKind::Literal(_) => Level::Primary,
    }
}

fn bare(out: &mut String, expr: &Expr) {
    match &expr.kind {
        ExprKind::Or(operands) => between(out, operands, " or ", Level::And),
        ExprKind::And(operands) => between(out, operands, " and ", Level::Not),
        ExprKind::Not(operand) => {
            out.push_str("not ");
            expression(out, operand, Level::Not);
        }
        ExprKind::Compare { op, left, right, .. } => {
            expression(out, left, Level::Sum);
            between_blanks(out, op.symbol());
            expression(out, right, Level::Sum);
        }
        ExprKind::In { insensitive, subject, list, .. } => {
            expression(out, subject, Level::Primary);
            out.push_str(if *insensitive { " in~ (" } else { " in (" });
            between(out, list, ", ", Level::Or);
            out.push(')');
        }
        ExprKind::Match { kind, subject, list, .. } => {
            expression(out, subject, Level::Primary);
            between_blanks(out, kind.text());
            strings(out, list);
        }
        ExprKind::Function { name, insensitive, args, .. } => {
            push(out, format_args!("{name}{}(", if *insensitive { "~" } else { "" }));
            between(out, args, ", ", Level::Or);
            out.push(')');
        }
        ExprKind::Arithmetic { op, left, right, .. } => arithmetic(out, *op, left, right),
        ExprKind::Related { relation, filter } => {
            push(out, format_args!("{} of [", relation.text()));
            category(out, &filter.category);
            out.push_str(" where ");
            expression(out, &filter.condition, Level::Or);
            out.push(']');
        }
        ExprKind::Neg(operand) => negation(out, operand),
        ExprKind::Field(name) => field(out, name),
        ExprKind::Literal(value) => literal(out, value),
    }
}

fn between_blanks(out: &mut String, operator: &str) {
    out.push(' ');
    out.push_str(operator);
    out.push(' ');
}

/// Operators of one level group from the left.
fn arithmetic(out: &mut String, op: ArithmeticOp, left: &Expr, right: &Expr) {
    let (first, second) = if op.is_product() { (Level::Product, Level::Unary) } else { (Level::Sum, Level::Product) };
    expression(out, left, first);
    between_blanks(out, op.symbol());
    expression(out, right, second);
}

/// A minus right before a number would become part of it.
fn negation(out: &mut String, operand: &Expr) {
    let number = matches!(operand.kind, ExprKind::Literal(Literal::Int(_) | Literal::Float(_)));
    out.push('-');
    if number {
        out.push('(');
        bare(out, operand);
        out.push(')');
    } else {
        expression(out, operand, Level::Unary);
    }
}

fn between(out: &mut String, exprs: &[Expr], separator: &str, least: Level) {
    for (index, expr) in exprs.iter().enumerate() {
        if index > 0 {
            out.push_str(separator);
        }
        expression(out, expr, least);
    }
}

fn strings(out: &mut String, list: &[Str]) {
    if let [only] = list {
        return string(out, &only.value, only.raw);
    }
    out.push('(');
    for (index, item) in list.iter().enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        string(out, &item.value, item.raw);
    }
    out.push(')');
}

fn string(out: &mut String, value: &str, raw: bool) {
    if raw && !value.contains("\"\"\"") && !value.contains(['\r', '\n']) {
        push(out, format_args!("\"\"\"{value}\"\"\""));
    } else {
        put_quoted(out, value);
    }
}

fn literal(out: &mut String, literal: &Literal) {
    match literal {
        Literal::String { value, raw } => string(out, value, *raw),
        Literal::Int(value) => push(out, format_args!("{value}")),
        Literal::Float(value) => push(out, format_args!("{value:?}")),
        Literal::Bool(value) => push(out, format_args!("{value}")),
        Literal::Null => out.push_str("null"),
    }
}
