//! What a function asks of its arguments beside their types: constants, values that are there, words that it knows, and its options.

use super::constants::words;
use super::expr::string;
use super::{Checker, FindingKind};
use crate::lang::esql::ast::{Call, Expr, ExprKind, Literal};
use crate::lang::esql::functions::{Function, FunctionKind};
use crate::lang::esql::hints;
use crate::lang::esql::types::{Type, Types};

impl<'q> Checker<'q> {
    pub(super) fn argument_rules(&mut self, call: &'q Call, function: &'static Function, types: &[Types]) {
        let name = call.name.to_ascii_uppercase();
        for (at, (arg, types)) in call.args.iter().zip(types).enumerate() {
            // An argument of another type is told of that.
            let fits = types.intersects(function.taken_at(at));
            if fits && function.wants_constant(at) && self.reads_field(arg) {
                let message = format!("the {} argument of `{name}` is a constant", ordinal(at));
                let help =
                    format!("`{}` has another value in every row: write the value out", self.written(arg.span()));
                self.find(FindingKind::Function, arg.span(), message, help);
            } else if wants_value(function) && self.is_null(arg) {
                let message = format!("no argument of `{name}` may be null");
                self.find(FindingKind::Function, arg.span(), message, function.doc);
            } else if function.name == "weighted_avg" && at == 1 && (self.is_null(arg) || is_zero(arg)) {
                let message = "a weight is neither null nor 0";
                self.find(
                    FindingKind::Function,
                    arg.span(),
                    message,
                    "write a number, or the field that has the weights",
                );
            }
        }
        self.known_words(call, function);
        self.call_options(call, function);
    }

    /// Whether the value depends on a field of the index.
    fn reads_field(&self, expr: &Expr) -> bool {
        match &expr.kind {
            ExprKind::Column(name) => {
                let name = name.text();
                self.columns.is_field(&name) && self.columns.sees(&name)
            }
            _ => expr.parts().into_iter().any(|part| self.reads_field(part)),
        }
    }

    /// Whether an expression is the constant null, or a column that is set to it.
    pub(super) fn is_null(&self, expr: &Expr) -> bool {
        match &expr.kind {
            ExprKind::Literal(Literal::Null) => true,
            ExprKind::Column(name) => self.columns.is_null(&name.text()),
            _ => false,
        }
    }

    /// Constant words that a function has to know.
    fn known_words(&mut self, call: &Call, function: &Function) {
        for (at, arg) in call.args.iter().enumerate() {
            if let (Some((known, what)), Some(text)) = (words(function.name, at), string(arg)) {
                self.known_word(arg, text, known, what);
            }
        }
    }

    fn known_word(&mut self, arg: &Expr, text: &str, known: &[&str], what: &str) {
        let lower = text.to_ascii_lowercase();
        if known.contains(&lower.as_str()) {
            return;
        }
        let longer = known.iter().copied().filter(|word| word.starts_with(&lower)).min_by_key(|word| word.len());
        let help = match longer.or_else(|| hints::near(&lower, known)) {
            Some(near) => format!("did you mean \"{near}\"?"),
            None => format!("write one of {}", known.iter().take(6).copied().collect::<Vec<_>>().join(", ")),
        };
        self.find(FindingKind::Function, arg.span(), format!("\"{text}\" is not {what}"), help);
    }

    /// The map that comes last.
    fn call_options(&mut self, call: &'q Call, function: &'static Function) {
        let known = function.options();
        if known.is_empty() {
            return;
        }
        let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
        self.options(call.options.as_ref(), &names, &call.name);
        for (key, value) in call.options.iter().flatten() {
            let types = known.iter().find(|(name, _)| *name == key.value).map(|(_, types)| *types);
            let (Some(types), Some(value)) = (types, value.constant()) else { continue };
            if !option_fits(value, types) {
                let message = format!("the option \"{}\" of `{}` is {types}", key.value, call.name);
                self.find(FindingKind::Function, value.span(), message, "write such a value, or leave the option out");
            } else if let (Some((known, what)), Some(text)) = (option_words(&key.value), string(value)) {
                self.known_word(value, text, known, what);
            } else if key.value == "similarity_threshold" && !is_percentage(value) {
                let message = format!("`{}` is no similarity", self.written(value.span()));
                self.find(FindingKind::Function, value.span(), message, "write a number from 1 to 100");
            }
        }
    }
}

/// Searches of the index are for something.
fn wants_value(function: &Function) -> bool {
    function.kind == FunctionKind::FullText
}

fn is_zero(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Literal(Literal::Integer(value)) => *value == 0,
        ExprKind::Literal(Literal::Decimal(value)) => *value == 0.0,
        _ => false,
    }
}

/// Whether a constant can be read as the type of an option. Numbers and booleans may stand in quotes.
fn option_fits(value: &Expr, types: Types) -> bool {
    let is_number = types.is_within(Types::NUMBER);
    match &value.kind {
        ExprKind::Literal(Literal::String(text)) if is_number => text.value.trim().parse::<f64>().is_ok(),
        ExprKind::Literal(Literal::String(text)) if types.is_within(Types::BOOLEAN) => {
            text.value.eq_ignore_ascii_case("true") || text.value.eq_ignore_ascii_case("false")
        }
        ExprKind::Literal(Literal::Bool(_)) => !is_number,
        ExprKind::Literal(Literal::Integer(_) | Literal::Decimal(_)) => !types.has(Type::Boolean),
        _ => true,
    }
}

/// Whether a constant number lies from 1 to 100.
fn is_percentage(value: &Expr) -> bool {
    let number = match &value.kind {
        ExprKind::Literal(Literal::String(text)) => text.value.trim().parse().ok(),
        ExprKind::Literal(Literal::Integer(number)) => Some(*number),
        ExprKind::Negate(_) => Some(0),
        _ => None,
    };
    number.is_none_or(|number| (1..=100).contains(&number))
}

/// The words that an option can be, and what they are.
fn option_words(option: &str) -> Option<(&'static [&'static str], &'static str)> {
    Some(match option {
        "output_format" => (&["regex", "tokens"], "a format of categories"),
        "operator" | "default_operator" => (&["and", "or"], "an operator"),
        "zero_terms_query" => (&["all", "none"], "what is found without terms"),
        _ => return None,
    })
}

pub(super) fn ordinal(at: usize) -> String {
    match at {
        0 => "first".to_owned(),
        1 => "second".to_owned(),
        2 => "third".to_owned(),
        _ => format!("{}th", at + 1),
    }
}
