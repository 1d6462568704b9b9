//! The types of expressions.

use super::call::is_categorize;
use super::{Checker, FindingKind, Place};
use crate::lang::esql::ast::{CompareOp, Expr, ExprKind, Literal};
use crate::lang::esql::functions;
use crate::lang::esql::hints;
use crate::lang::esql::types::{Type, Types};

/// What may stand after `::`, and the function that converts (Elasticsearch's inline casts).
const CASTS: [(&str, &str); 32] = [
    ("aggregate_metric_double", "to_aggregate_metric_double"),
    ("bool", "to_boolean"),
    ("boolean", "to_boolean"),
    ("cartesian_point", "to_cartesianpoint"),
    ("cartesian_shape", "to_cartesianshape"),
    ("counter", "to_counter"),
    ("date", "to_datetime"),
    ("date_nanos", "to_date_nanos"),
    ("date_period", "to_dateperiod"),
    ("date_range", "to_date_range"),
    ("datetime", "to_datetime"),
    ("dense_vector", "to_dense_vector"),
    ("double", "to_double"),
    ("double_range", "to_double_range"),
    ("exponential_histogram", "to_exponential_histogram"),
    ("gauge", "to_gauge"),
    ("geo_point", "to_geopoint"),
    ("geo_shape", "to_geoshape"),
    ("geohash", "to_geohash"),
    ("geohex", "to_geohex"),
    ("geotile", "to_geotile"),
    ("int", "to_integer"),
    ("integer", "to_integer"),
    ("ip", "to_ip"),
    ("keyword", "to_string"),
    ("long", "to_long"),
    ("string", "to_string"),
    ("tdigest", "to_tdigest"),
    ("text", "to_string"),
    ("time_duration", "to_timeduration"),
    ("unsigned_long", "to_unsigned_long"),
    ("version", "to_version"),
];

impl<'q> Checker<'q> {
    /// The types that an expression may have. What is wrong inside it is reported.
    pub(super) fn types(&mut self, expr: &'q Expr) -> Types {
        let hidden = self.aggregate.is_some() || (self.place == Place::MeasureFilter && is_categorize(expr));
        if self.groups.contains(&expr) && !hidden && !matches!(expr.kind, ExprKind::Column(_)) {
            // `stats .. by f(x)` makes `f(x)` a column.
            return Types::ANY;
        }
        match &expr.kind {
            ExprKind::Or(members) | ExprKind::And(members) => {
                members.iter().for_each(|member| self.operand(member));
                Types::BOOLEAN
            }
            ExprKind::Not(inner) => {
                self.operand(inner);
                Types::BOOLEAN
            }
            ExprKind::Compare { op, left, right, .. } => self.compare(*op, left, right, expr),
            ExprKind::In { subject, list, .. } => self.contained(subject, list),
            ExprKind::InQuery { subjects, query, .. } => self.in_query(subjects, query, expr),
            ExprKind::Like { regex, subject, patterns, .. } => self.like(*regex, subject, patterns),
            ExprKind::IsNull { subject, .. } => {
                self.value(subject);
                Types::BOOLEAN
            }
            ExprKind::Match { field, value, .. } => self.searched(field, value),
            ExprKind::Arithmetic { op, left, right, .. } => self.arithmetic(*op, left, right, expr),
            ExprKind::Negate(inner) | ExprKind::Plus(inner) => self.signed(inner),
            ExprKind::Cast { subject, to } => self.cast(subject, to, expr),
            ExprKind::Call(call) => self.call(call, expr),
            ExprKind::Column(name) => {
                let types = self.column(name);
                self.measured_column(name);
                self.supported(types, expr)
            }
            ExprKind::Literal(literal) => {
                if let Literal::Param(_) = literal {
                    self.params.push(expr.span());
                }
                literal_types(literal)
            }
        }
    }

    /// The types of an expression inside a call or an operator on values.
    pub(super) fn value(&mut self, expr: &'q Expr) -> Types {
        self.value_depth += 1;
        let types = self.types(expr);
        self.value_depth -= 1;
        types
    }

    /// A member of `and`, `or` and `not`.
    fn operand(&mut self, expr: &'q Expr) {
        self.condition(expr);
    }

    fn supported(&mut self, types: Types, expr: &Expr) -> Types {
        if types != Types::from(Type::Unsupported) {
            return types;
        }
        let message = format!("`{}` has a type that ES|QL cannot read", self.written(expr.span()));
        self.find(FindingKind::Type, expr.span(), message, "it can be kept and dropped, but not computed with");
        Types::ANY
    }

    fn signed(&mut self, inner: &'q Expr) -> Types {
        let types = self.value(inner);
        // There is no negative unsigned number.
        let signed = Types::of(&[Type::Integer, Type::Long, Type::Double]) | Types::SPAN;
        if types.intersects(signed) {
            return types & (Types::NUMBER | Types::SPAN);
        }
        let message = format!("a sign goes before a number; `{}` is {types}", self.written(inner.span()));
        self.find(FindingKind::Type, inner.span(), message, "convert it, or leave the sign out");
        Types::ANY
    }

    fn cast(&mut self, subject: &'q Expr, to: &str, expr: &'q Expr) -> Types {
        let types = self.value(subject);
        let lower = to.to_ascii_lowercase();
        let Some((_, function)) = CASTS.iter().find(|(name, _)| *name == lower) else {
            let names: Vec<&str> = CASTS.iter().map(|(name, _)| *name).collect();
            let help = match hints::near(&lower, &names) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "the types are string, integer, long, double, boolean, datetime, ip, version, ..".to_owned(),
            };
            self.find(FindingKind::Type, expr.span(), format!("there is no cast to `{to}`"), help);
            return Types::ANY;
        };
        let Some(function) = functions::find(function) else { return Types::ANY };
        function.result(&[types]).unwrap_or_else(|misfit| {
            let written = self.written(subject.span());
            let message = format!("`{written}` is {types} and cannot be cast to `{to}`");
            let help = format!("what can be is {}", misfit.expected);
            self.find(FindingKind::Type, expr.span(), message, help);
            Types::ANY
        })
    }

    /// Whether an operand is the constant null, which a comparison cannot find.
    pub(super) fn compares_null(&mut self, op: CompareOp, left: &Expr, right: &Expr, expr: &Expr) -> bool {
        let is_null = |expr: &Expr| matches!(expr.kind, ExprKind::Literal(Literal::Null));
        let other = match (is_null(left), is_null(right)) {
            (_, true) => left,
            (true, false) => right,
            (false, false) => return false,
        };
        let message = format!("`{} null` is null for every row: it neither holds nor fails", op.symbol());
        let test = if op == CompareOp::NotEqual { "is not null" } else { "is null" };
        let help = format!("write `{} {test}`", self.written(other.span()));
        self.find(FindingKind::NullComparison, expr.span(), message, help);
        true
    }
}

/// The type of a constant; null and parameters may stand for anything.
pub(super) fn literal_types(literal: &Literal) -> Types {
    let ty = match literal {
        Literal::Null | Literal::Param(_) => return Types::ANY,
        Literal::Array(items) => return items.first().map_or(Types::ANY, constant_types),
        Literal::Bool(_) => Type::Boolean,
        Literal::Integer(value) if i32::try_from(*value).is_ok() => Type::Integer,
        Literal::Integer(value) if i64::try_from(*value).is_ok() => Type::Long,
        Literal::Integer(_) => Type::UnsignedLong,
        Literal::Decimal(_) => Type::Double,
        Literal::String(_) => Type::Keyword,
        Literal::Timespan { unit, .. } if hints::is_long_unit(unit) => Type::DatePeriod,
        Literal::Timespan { .. } => Type::TimeDuration,
    };
    ty.into()
}

fn constant_types(expr: &Expr) -> Types {
    match &expr.kind {
        ExprKind::Literal(literal) => literal_types(literal),
        ExprKind::Negate(inner) | ExprKind::Plus(inner) => constant_types(inner),
        _ => Types::ANY,
    }
}

/// The text of a constant string.
pub(super) fn string(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Literal(Literal::String(text)) => Some(&text.value),
        _ => None,
    }
}
