//! Operators: which types they take, and what constants turn into beside them.

use super::constants::{Reading, read_as};
use super::expr::string;
use super::{Checker, FindingKind};
use crate::lang::esql::ast::{ArithmeticOp, CompareOp, Expr, ExprKind, Literal};
use crate::lang::esql::grok;
use crate::lang::esql::types::{Type, Types};
use crate::lang::lucene_regex;

/// What a constant string beside it is read as (Elasticsearch's implicit casts).
const READ: Types = Types::of(&[Type::Date, Type::DateNanos, Type::Ip, Type::Version, Type::Boolean]);

impl<'q> Checker<'q> {
    pub(super) fn compare(&mut self, op: CompareOp, left: &'q Expr, right: &'q Expr, expr: &'q Expr) -> Types {
        if self.compares_null(op, left, right, expr) {
            return Types::BOOLEAN;
        }
        let full_text = is_full_text(left) || is_full_text(right);
        let (mut one, mut other) =
            if full_text { (self.types(left), self.types(right)) } else { (self.value(left), self.value(right)) };
        other = self.beside(right, other, left, one);
        one = self.beside(left, one, right, other);
        if one.pairs(other, |one, other| comparable(op, one, other)).is_empty() {
            self.incomparable(op, (left, one), (right, other), expr);
        }
        Types::BOOLEAN
    }

    /// The types of an operand beside another: a constant string becomes a date, an address, a version or a boolean where the other is one.
    fn beside(&mut self, expr: &Expr, types: Types, other: &Expr, other_types: Types) -> Types {
        let Some(text) = string(expr) else { return types };
        if other_types.is_empty() || !other_types.is_within(READ) {
            return types;
        }
        self.read_constant(expr, text, other, other_types);
        other_types
    }

    fn read_constant(&mut self, expr: &Expr, text: &str, other: &Expr, types: Types) {
        let name = self.written(other.span());
        let (message, help) = match read_as(text, types) {
            Reading::Fits => return,
            Reading::False => {
                (format!("`{name}` is boolean; \"{text}\" is read as false"), "write `true` or `false`".to_owned())
            }
            Reading::Network => (
                format!("`{name}` is an address; \"{text}\" is a network"),
                format!("write `CIDR_MATCH({name}, \"{text}\")`"),
            ),
            Reading::Misfit if types.has(Type::Ip) => {
                (format!("`{name}` is an address; \"{text}\" is none"), "write an IPv4 or IPv6 address".to_owned())
            }
            Reading::Misfit => (
                format!("`{name}` is a date; \"{text}\" is none"),
                "write it so: \"2026-01-31T12:00:00Z\"; a time from now is `NOW() - 1 hour`".to_owned(),
            ),
        };
        self.find(FindingKind::Type, expr.span(), message, help);
    }

    fn incomparable(&mut self, op: CompareOp, left: (&Expr, Types), right: (&Expr, Types), expr: &Expr) {
        let (one, other) = (self.written(left.0.span()), self.written(right.0.span()));
        let same = left.1.intersects(right.1);
        if same && !matches!(op, CompareOp::Equal | CompareOp::NotEqual) {
            let (name, types) = if left.1 == Types::ANY { (&other, right.1) } else { (&one, left.1) };
            let message = format!("`{}` has no meaning for `{name}`, which is {types}", op.symbol());
            return self.find(FindingKind::Type, expr.span(), message, "only `==` and `!=` compare it");
        }
        let message = format!("`{one}` is {} and `{other}` is {}: they cannot be compared", left.1, right.1);
        let (constant, column) = if is_constant(left.0) { (left, right) } else { (right, left) };
        let help = self.comparison_help(constant, column);
        let span = if is_constant(constant.0) { constant.0.span() } else { expr.span() };
        self.find(FindingKind::Type, span, message, help);
    }

    /// How to make the types of two sides agree.
    fn comparison_help(&self, constant: (&Expr, Types), column: (&Expr, Types)) -> String {
        let (text, name) = (self.written(constant.0.span()), self.written(column.0.span()));
        if !is_constant(constant.0) {
            return format!("convert one of them: `{name}::string`, `TO_IP(..)`, `TO_LONG(..)`, ..");
        }
        if column.1.is_within(Types::STRING) {
            return format!("write `\"{text}\"`, or convert the column: `TO_LONG({name})`");
        }
        match string(constant.0) {
            Some(number) if column.1.is_within(Types::NUMBER) && number.parse::<f64>().is_ok() => {
                format!("write `{number}` without quotes")
            }
            _ if column.1.is_within(Types::BOOLEAN) => "write `true` or `false`".to_owned(),
            _ => format!("write a constant that is {}, or convert the column: `{name}::string`", column.1),
        }
    }

    pub(super) fn contained(&mut self, subject: &'q Expr, list: &'q [Expr]) -> Types {
        let types = self.value(subject);
        for item in list {
            let own = self.value(item);
            let own = self.beside(item, own, subject, types);
            if types.pairs(own, |one, other| comparable(CompareOp::Equal, one, other)).is_empty() {
                let (written, name) = (self.written(item.span()), self.written(subject.span()));
                let message = format!("`{name}` is {types}; `{written}` is {own}");
                let help = self.comparison_help((item, own), (subject, types));
                self.find(FindingKind::Type, item.span(), message, help);
            }
        }
        Types::BOOLEAN
    }

    pub(super) fn like(&mut self, regex: bool, subject: &'q Expr, patterns: &'q [Expr]) -> Types {
        let types = self.value(subject);
        let keyword = if regex { "rlike" } else { "like" };
        if !types.intersects(Types::STRING) {
            let written = self.written(subject.span());
            let message = format!("`{keyword}` compares strings; `{written}` is {types}");
            let help = if types.is_within(Type::Ip.into()) {
                format!("write `CIDR_MATCH({written}, \"10.0.0.0/8\")`, or convert it: `TO_STRING({written})`")
            } else {
                format!("convert it: `TO_STRING({written}) {keyword} ..`")
            };
            self.find(FindingKind::Type, subject.span(), message, help);
        }
        for pattern in patterns {
            self.pattern(regex, pattern);
        }
        Types::BOOLEAN
    }

    fn pattern(&mut self, regex: bool, pattern: &'q Expr) {
        let ExprKind::Literal(Literal::String(text)) = &pattern.kind else {
            self.types(pattern);
            return;
        };
        if let (false, Some(c)) = (regex, stray_escape(&text.value)) {
            let message = format!("`\\{c}` is no escape in a pattern of `like`");
            let help = "`\\` goes before `*`, `?` and `\\` only; a backslash itself is `\\\\`, in \"..\" `\\\\\\\\`";
            self.find(FindingKind::Pattern, pattern.span(), message, help);
        } else if regex && has_special_group(&text.value) {
            let message = "Lucene's regular expressions have no `(?..)`";
            let help = "letter case: write `TO_LOWER(column) rlike ..`; a group is `(..)`";
            self.find(FindingKind::Pattern, pattern.span(), message, help);
        } else if let Some(broken) = lucene_regex::problem(&text.value).filter(|_| regex) {
            let at = grok::place(text, broken.at.start, broken.at.end);
            self.find(FindingKind::Pattern, at, broken.message, broken.help);
        }
    }

    pub(super) fn arithmetic(&mut self, op: ArithmeticOp, left: &'q Expr, right: &'q Expr, expr: &'q Expr) -> Types {
        let (one, other) = (self.value(left), self.value(right));
        let one = moved(left, one, other);
        let other = moved(right, other, one);
        let found = one.pairs(other, |one, other| combined(op, one, other));
        if !found.is_empty() {
            return found;
        }
        let (left, right) = (self.written(left.span()), self.written(right.span()));
        let message = format!("`{}` of `{left}` ({one}) and `{right}` ({other}) does not exist", op.symbol());
        let help = if one.intersects(Types::STRING) || other.intersects(Types::STRING) {
            "strings are joined with `CONCAT(a, b)`; numbers in strings need `TO_LONG(..)` or `TO_DOUBLE(..)`"
        } else if one.is_within(Types::DATE) && other.is_within(Types::DATE) {
            "the time between two dates is `DATE_DIFF(\"seconds\", from, to)`"
        } else {
            "arithmetic is for numbers, and `+` and `-` also for a date and a span of time"
        };
        self.find(FindingKind::Type, expr.span(), message, help);
        Types::ANY
    }
}

/// A constant string is a date where a span of time is added to it.
fn moved(expr: &Expr, types: Types, other: Types) -> Types {
    let is_date = string(expr).is_some() && !other.is_empty() && other.is_within(Types::SPAN);
    if is_date { Type::Date.into() } else { types }
}

fn is_full_text(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Match { .. } | ExprKind::Call(_))
}

pub(super) fn is_constant(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Literal(_) => true,
        ExprKind::Negate(inner) | ExprKind::Plus(inner) => is_constant(inner),
        _ => false,
    }
}

/// What a comparison of two types gives, if there is one. An unsigned long only compares with its like.
fn comparable(op: CompareOp, one: Type, other: Type) -> Option<Type> {
    let both = |family: Types| family.has(one) && family.has(other);
    let ordered = Types::STRING | Types::DATE | Types::of(&[Type::Ip, Type::Version, Type::UnsignedLong]);
    let signed = Types::of(&[Type::Integer, Type::Long, Type::Double]);
    let equality = matches!(op, CompareOp::Equal | CompareOp::NotEqual);
    let geo = Types::parse("geo");
    let fits = both(signed)
        || both(Types::STRING)
        || both(Types::DATE)
        || (one == other
            && (ordered.has(one) || geo.has(one) || (equality && one != Type::Unsupported && !Types::SPAN.has(one))));
    fits.then_some(Type::Boolean)
}

fn combined(op: ArithmeticOp, one: Type, other: Type) -> Option<Type> {
    let sum = matches!(op, ArithmeticOp::Add | ArithmeticOp::Subtract);
    match (one, other) {
        (Type::UnsignedLong, Type::UnsignedLong) => Some(Type::UnsignedLong),
        (Type::UnsignedLong, _) | (_, Type::UnsignedLong) => None,
        (Type::DenseVector, Type::DenseVector) => Some(Type::DenseVector),
        (Type::DenseVector, other) | (other, Type::DenseVector) => {
            Types::NUMBER.has(other).then_some(Type::DenseVector)
        }
        (Type::Date | Type::DateNanos, other) if sum && Types::SPAN.has(other) => Some(one),
        (one, Type::Date | Type::DateNanos) if op == ArithmeticOp::Add && Types::SPAN.has(one) => Some(other),
        (Type::DatePeriod, Type::DatePeriod) | (Type::TimeDuration, Type::TimeDuration) if sum => Some(one),
        _ if Types::NUMBER.has(one) && Types::NUMBER.has(other) => {
            let wider = [Type::Double, Type::Long].into_iter().find(|ty| one == *ty || other == *ty);
            Some(wider.unwrap_or(Type::Integer))
        }
        _ => None,
    }
}

/// Whether a regular expression has `(?` outside escapes and classes.
fn has_special_group(regex: &str) -> bool {
    let (mut escaped, mut class, mut open) = (false, false, false);
    for c in regex.chars() {
        match c {
            _ if escaped => (escaped, open) = (false, false),
            '\\' => escaped = true,
            '?' if open => return true,
            _ => {
                class = (class && c != ']') || c == '[';
                open = c == '(' && !class;
            }
        }
    }
    false
}

/// The character after a backslash that escapes nothing.
fn stray_escape(pattern: &str) -> Option<char> {
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        if c == '\\' {
            match chars.next() {
                Some('*' | '?' | '\\') => {}
                Some(other) => return Some(other),
                None => return Some(' '),
            }
        }
    }
    None
}
