//! Constants, calls and options.

use super::ast::{At, Call, Expr, ExprKind, Literal, Map, MapValue};
use super::cursor::{Parser, Read, is_reserved};
use super::hints;
use super::lex::Token;
use crate::source::Problem;

impl Parser<'_> {
    /// An integer, or a span of time when a word follows it.
    pub(super) fn integer(&mut self, digits: &str) -> ExprKind {
        self.advance();
        let value = digits.parse::<u64>();
        if let (Ok(value), Token::Word(unit)) = (&value, self.peek())
            && !is_reserved(unit)
            && hints::is_time_unit(unit)
        {
            let unit = (*unit).to_owned();
            self.advance();
            return ExprKind::Literal(Literal::Timespan { value: *value, unit });
        }
        ExprKind::Literal(match value {
            Ok(value) => Literal::Integer(value),
            Err(_) => Literal::Decimal(digits.parse().unwrap_or(f64::MAX)),
        })
    }

    pub(super) fn array(&mut self) -> Read<ExprKind> {
        self.advance();
        let items = self.list(|parser| {
            let item = parser.unary()?;
            if is_constant(&item) {
                return Ok(item);
            }
            let problem = Problem::new(item.span(), "an array holds constants only");
            Err(parser.report(problem.help("columns become a list with `MV_APPEND(a, b)`")))
        })?;
        self.need_symbol("]", "`,` or `]`")?;
        self.one_kind(&items)?;
        Ok(ExprKind::Literal(Literal::Array(items)))
    }

    fn one_kind(&mut self, items: &[Expr]) -> Read<()> {
        let kind = items.first().and_then(kind_of);
        match items.iter().find(|item| kind_of(item).is_none() || kind_of(item) != kind) {
            None => Ok(()),
            Some(other) => {
                let problem =
                    Problem::new(other.span(), "an array holds numbers, strings or booleans, one kind of them");
                Err(self.report(problem.help("write values of one kind; a value that is not there is left out")))
            }
        }
    }

    pub(super) fn call(&mut self) -> Read<ExprKind> {
        let (Token::Word(name) | Token::Param(name)) = self.peek() else { return Err(self.expected("a function")) };
        let name = (*name).to_owned();
        let name_at = At(self.advance());
        self.advance();
        let mut call = Call { name, name_at, star: false, args: Vec::new(), options: None };
        if self.symbol(")") {
            return Ok(ExprKind::Call(call));
        }
        if self.symbol("*") {
            call.star = true;
        } else {
            loop {
                if self.is_symbol("{") && !call.args.is_empty() {
                    call.options = Some(self.map()?);
                    break;
                }
                call.args.push(self.expression()?);
                if !self.symbol(",") {
                    break;
                }
            }
        }
        self.need_symbol(")", "`,` or `)`")?;
        Ok(ExprKind::Call(call))
    }

    /// `{"key": value}`.
    pub(super) fn map(&mut self) -> Read<Map> {
        self.need_symbol("{", "`{`")?;
        if self.symbol("}") {
            return Ok(Vec::new());
        }
        let mut entries: Map = Vec::new();
        loop {
            let key = self.string("a key in quotes")?;
            self.need_symbol(":", "`:`")?;
            let value = self.map_value()?;
            if entries.iter().any(|(other, _)| other.value == key.value) {
                let problem = Problem::new(key.at.0, format!("the option \"{}\" stands twice", key.value));
                return Err(self.report(problem.help("write each option once")));
            }
            if let Some(null) = value.constant().filter(|value| value.kind == ExprKind::Literal(Literal::Null)) {
                let problem = Problem::new(null.span(), "the value of an option is not null");
                return Err(self.report(problem.help("leave the option out")));
            }
            entries.push((key, value));
            if !self.symbol(",") {
                break;
            }
        }
        self.need_symbol("}", "`,` or `}`")?;
        Ok(entries)
    }

    /// A constant, or options in braces.
    pub(super) fn map_value(&mut self) -> Read<MapValue> {
        if self.is_symbol("{") {
            return Ok(MapValue::Map(self.nested(Self::map)?));
        }
        let value = self.unary()?;
        if is_constant(&value) {
            return Ok(MapValue::Constant(value));
        }
        let problem = Problem::new(value.span(), "the value of an option is a constant");
        Err(self.report(problem.help("write a number, a truth value or a text in quotes")))
    }

    /// A constant alone.
    pub(super) fn constant(&mut self, expected: &str) -> Read<Expr> {
        let start = self.at;
        if let Ok(value) = self.quietly(Self::unary)
            && is_constant(&value)
        {
            return Ok(value);
        }
        self.at = start;
        Err(self.expected(expected))
    }
}

/// Whether a function may have this name: of the keywords only `first` and `last` do.
pub(super) fn may_call(word: &str) -> bool {
    !is_reserved(word) || word.eq_ignore_ascii_case("first") || word.eq_ignore_ascii_case("last")
}

pub(super) fn constant_word(word: &str) -> Option<Literal> {
    match word.to_ascii_lowercase().as_str() {
        "null" => Some(Literal::Null),
        "true" => Some(Literal::Bool(true)),
        "false" => Some(Literal::Bool(false)),
        _ => None,
    }
}

/// A literal, or a number with a sign.
pub(super) fn is_constant(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Literal(_) => true,
        ExprKind::Negate(inner) | ExprKind::Plus(inner) => {
            matches!(inner.kind, ExprKind::Literal(Literal::Integer(_) | Literal::Decimal(_)))
        }
        _ => false,
    }
}

/// The kind of values that a constant is one of; `None` for what no array holds.
fn kind_of(item: &Expr) -> Option<u8> {
    match &item.kind {
        ExprKind::Literal(Literal::Integer(_) | Literal::Decimal(_)) | ExprKind::Negate(_) | ExprKind::Plus(_) => {
            Some(0)
        }
        ExprKind::Literal(Literal::String(_)) => Some(1),
        ExprKind::Literal(Literal::Bool(_)) => Some(2),
        _ => None,
    }
}
