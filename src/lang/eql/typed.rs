//! The types of a query's expressions, held against each other as Elasticsearch's verifier does before it runs a query: conditions are
//! true or false, functions and operators get what they take, the keys of a sequence are of one kind. Equality and order take any two
//! types there, so nothing is said of them.

use super::ast::{ArithmeticOp, Expr, ExprKind, Field, Literal, MatchKind, Query, Term};
use super::check::problem;
use super::functions::{self, Function, Type};
use crate::source::{Problem, Span};

/// What kind of values an expression has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    Number,
    Boolean,
    Address,
    Date,
    Version,
    /// A field of a type that EQL cannot read at all, by its name in the mapping.
    Unsupported(&'static str),
    /// Null, or nothing is known. It fits everywhere.
    Unknown,
}

impl Kind {
    fn text(self) -> &'static str {
        match self {
            Self::Text => "a string",
            Self::Number => "a number",
            Self::Boolean => "a boolean",
            Self::Address => "an IP address",
            Self::Date => "a date",
            Self::Version => "a version",
            Self::Unsupported(name) => name,
            Self::Unknown => "of no known type",
        }
    }

    fn of_result(ty: Type) -> Self {
        match ty {
            Type::String => Self::Text,
            Type::Number | Type::Integer => Self::Number,
            Type::Bool => Self::Boolean,
            Type::Address => Self::Address,
            Type::Any | Type::Variable => Self::Unknown,
        }
    }

    fn of_literal(literal: &Literal) -> Self {
        match literal {
            Literal::String { .. } => Self::Text,
            Literal::Int(_) | Literal::Float(_) => Self::Number,
            Literal::Bool(_) => Self::Boolean,
            Literal::Null => Self::Unknown,
        }
    }

    /// Whether a parameter takes it.
    fn fits(self, wanted: Type) -> bool {
        match (self, wanted) {
            (Self::Unknown | Self::Unsupported(_), _) | (_, Type::Any | Type::Variable) => true,
            (found, wanted) => found == Self::of_result(wanted),
        }
    }

    /// Whether values of both can be equal.
    fn meets(self, other: Self) -> bool {
        let open = |kind| matches!(kind, Self::Unknown | Self::Unsupported(_));
        self == other || open(self) || open(other)
    }
}

/// What does not fit in a query of Elasticsearch's dialect. `kind_of` tells the kind of a field by its name.
pub fn type_problems(query: &Query, kind_of: &dyn Fn(&str) -> Kind) -> Vec<Problem> {
    let mut checker = Checker { kind_of, problems: Vec::new() };
    for filter in query.filters() {
        checker.condition(&filter.condition);
    }
    match query {
        Query::Sequence(sequence) => {
            checker.keys(&sequence.by, sequence.terms.iter().chain(&sequence.until));
        }
        Query::Sample(sample) => checker.keys(&sample.by, &sample.terms),
        Query::Event(_) | Query::Join(_) => {}
    }
    checker.problems
}

struct Checker<'k> {
    kind_of: &'k dyn Fn(&str) -> Kind,
    problems: Vec<Problem>,
}

/// The parser bounds the depth of what these walk through.
impl Checker<'_> {
    fn add(&mut self, span: Span, message: String, help: String) {
        self.problems.push(problem(span, message, help));
    }

    /// An expression that has to be true or false.
    fn condition(&mut self, expr: &Expr) {
        match self.kind(expr) {
            Kind::Boolean | Kind::Unknown | Kind::Unsupported(_) => {}
            kind => {
                let help = match &expr.kind {
                    ExprKind::Literal(_) => "compare something with it: `field == ..`",
                    _ => "compare it with a value, or ask whether it has one: `!= null`",
                };
                self.add(expr.span(), format!("a condition is true or false; this is {}", kind.text()), help.into());
            }
        }
    }

    fn kind(&mut self, expr: &Expr) -> Kind {
        match &expr.kind {
            ExprKind::Or(operands) | ExprKind::And(operands) => {
                operands.iter().for_each(|operand| self.condition(operand));
                Kind::Boolean
            }
            ExprKind::Not(operand) => {
                self.condition(operand);
                Kind::Boolean
            }
            ExprKind::Compare { left, right, .. } => {
                self.kind(left);
                self.kind(right);
                Kind::Boolean
            }
            ExprKind::In { subject, list, .. } => {
                self.listed(subject, list);
                Kind::Boolean
            }
            ExprKind::Match { kind, subject, .. } => {
                self.matched(*kind, subject);
                Kind::Boolean
            }
            ExprKind::Function { name, args, .. } => self.call(name, args),
            ExprKind::Arithmetic { op, left, right, .. } => {
                self.number(left, *op);
                self.number(right, *op);
                Kind::Number
            }
            ExprKind::Neg(operand) => {
                self.number(operand, ArithmeticOp::Subtract);
                Kind::Number
            }
            ExprKind::Field(field) => self.field(field),
            ExprKind::Literal(literal) => Kind::of_literal(literal),
            ExprKind::Related { .. } => Kind::Boolean,
        }
    }

    fn field(&mut self, field: &Field) -> Kind {
        let name = field.name();
        let kind = (self.kind_of)(&name);
        if let Kind::Unsupported(ty) = kind {
            let help = "EQL knows no such fields: write the rule in KQL or ES|QL, or test another field";
            self.add(field.at.0, format!("`{name}` is of type {ty}, which EQL cannot read"), help.into());
        }
        kind
    }

    /// Text is not read as a number, nor a number as text, in a list.
    fn listed(&mut self, subject: &Expr, list: &[Expr]) {
        let wanted = self.kind(subject);
        for item in list {
            let found = self.kind(item);
            let apart = matches!(
                (wanted, found),
                (Kind::Text, Kind::Number | Kind::Boolean)
                    | (Kind::Number, Kind::Text | Kind::Boolean)
                    | (Kind::Boolean, Kind::Text | Kind::Number)
            );
            if apart {
                let message =
                    format!("this is {}, and what is looked for in the list is {}", found.text(), wanted.text());
                self.add(item.span(), message, format!("write {}", wanted.text()));
            }
        }
    }

    fn matched(&mut self, kind: MatchKind, subject: &Expr) {
        let found = self.kind(subject);
        if !found.fits(Type::String) {
            let message = format!("`{}` looks at strings; this is {}", kind.text(), found.text());
            let help = match kind {
                MatchKind::Colon => "compare other values with `==` or `in (..)`",
                _ => "compare it with `==`, or match its text: `string(..)`",
            };
            self.add(subject.span(), message, help.to_owned());
        }
    }

    fn number(&mut self, operand: &Expr, op: ArithmeticOp) {
        let found = self.kind(operand);
        if !found.fits(Type::Number) {
            let message = format!("`{}` takes numbers; this is {}", op.symbol(), found.text());
            self.add(operand.span(), message, "a string is read as a number by `number(..)`".to_owned());
        }
    }

    fn call(&mut self, name: &str, args: &[Expr]) -> Kind {
        let function = functions::find(name);
        for (index, arg) in args.iter().enumerate() {
            let found = self.kind(arg);
            // Constants are told of as the query is read.
            let is_constant = matches!(arg.kind, ExprKind::Literal(_));
            let param = function.and_then(|function| Some((function, function.param(index)?)));
            if let Some((function, param)) = param.filter(|(_, param)| !is_constant && !found.fits(param.kind)) {
                let message = format!(
                    "`{}` of `{}` is {}; this is {}",
                    param.name,
                    function.name,
                    param.kind.text(),
                    found.text()
                );
                self.add(arg.span(), message, conversion(function, param.kind, found));
            }
        }
        function.map_or(Kind::Unknown, |function| Kind::of_result(function.result))
    }

    /// The keys at one place of the terms are compared with each other.
    fn keys<'q>(&mut self, common: &'q [Expr], terms: impl IntoIterator<Item = &'q Term>) {
        common.iter().for_each(|key| {
            self.kind(key);
        });
        let mut first: Option<Vec<Kind>> = None;
        for term in terms {
            let kinds: Vec<Kind> = term.by.iter().map(|key| self.kind(key)).collect();
            let first = first.get_or_insert_with(|| kinds.clone());
            for ((key, found), wanted) in term.by.iter().zip(&kinds).zip(first.iter()) {
                if !found.meets(*wanted) {
                    let message = format!("this key is {}, that of the first event {}", found.text(), wanted.text());
                    self.add(key.span(), message, "take fields of one type: others are never equal".to_owned());
                }
            }
        }
    }
}

/// How what is there becomes what is wanted.
fn conversion(function: &Function, wanted: Type, found: Kind) -> String {
    match (wanted, found) {
        (Type::Number | Type::Integer, Kind::Text) => "a string is read as a number by `number(..)`".to_owned(),
        (Type::String, Kind::Number) if function.name == "number" => "it is a number already".to_owned(),
        (Type::String, _) => "its text is `string(..)`".to_owned(),
        (Type::Address, _) => "take a field of type `ip`".to_owned(),
        _ => format!("write `{}`", function.signature()),
    }
}
