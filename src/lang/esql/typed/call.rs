//! Calls: the function, the number and types of its arguments, and where it may stand.

use super::arguments::ordinal;
use super::constants::{Reading, is_vector, read_as};
use super::expr::string;
use super::operators::is_constant;
use super::{Certainty, Checker, Finding, FindingKind, Place};
use crate::lang::esql::ast::{Call, Expr, ExprKind};
use crate::lang::esql::functions::{self, Function, FunctionKind, Misfit};
use crate::lang::esql::hints;
use crate::lang::esql::types::{Type, Types};
use crate::source::Problem;

/// Functions whose values only have to agree with each other.
pub(super) const CHOICES: [&str; 4] = ["case", "coalesce", "greatest", "least"];

impl<'q> Checker<'q> {
    pub(super) fn call(&mut self, call: &'q Call, expr: &'q Expr) -> Types {
        let Some(function) = functions::find(&call.name) else {
            if call.name.starts_with('?') {
                self.params.push(call.name_at.0);
            } else {
                self.unknown_function(call);
            }
            // It may be an aggregation.
            let around = self.aggregate.replace(&call.name);
            call.args.iter().for_each(|arg| {
                self.value(arg);
            });
            self.aggregate = around;
            return Types::ANY;
        };
        self.placed(call, function, expr);
        let args = self.arguments(call, function);
        if !self.arity(call, function, expr) {
            return Types::ANY;
        }
        self.argument_rules(call, function, &args);
        if function.kind == FunctionKind::TimeSeries && !self.time_series {
            // What its arguments are is another question.
            return Types::ANY;
        }
        if CHOICES.contains(&function.name) {
            return self.choice(function.name, &call.args, &args);
        }
        function.result(&args).unwrap_or_else(|misfit| self.misfit(call, function, &args, misfit))
    }

    fn unknown_function(&mut self, call: &Call) {
        let names: Vec<&str> = functions::functions().iter().map(|function| function.name).collect();
        let foreign = match call.name.to_ascii_lowercase().as_str() {
            "lower" | "lcase" => Some("to_lower"),
            "upper" | "ucase" => Some("to_upper"),
            "len" | "strlen" => Some("length"),
            "cidrmatch" => Some("cidr_match"),
            "dcount" => Some("count_distinct"),
            "startswith" => Some("starts_with"),
            "endswith" => Some("ends_with"),
            "if" | "iff" => Some("case"),
            "stddev" => Some("std_dev"),
            other => hints::near(other, &names),
        };
        let help = match foreign {
            Some(name) => format!("did you mean `{name}`?"),
            None if call.name.eq_ignore_ascii_case("is_null") => "it is an operator: `field is null`".to_owned(),
            None => "the documentation of Elasticsearch 9.x has no function of that name".to_owned(),
        };
        let problem = Problem::new(call.name_at.0, format!("ES|QL has no function `{}`", call.name)).help(help);
        // A name that is near none may be newer than the list.
        let certainty = if foreign.is_some() { Certainty::Sure } else { Certainty::Tables };
        self.findings.push(Finding { kind: FindingKind::Function, problem, related: None, certainty });
    }

    fn arguments(&mut self, call: &'q Call, function: &'static Function) -> Vec<Types> {
        let aggregates = matches!(function.kind, FunctionKind::Aggregate | FunctionKind::TimeSeries);
        let around = (self.aggregate, self.grouping);
        if aggregates {
            self.aggregate = Some(&call.name);
        }
        self.grouping |= function.kind == FunctionKind::Grouping;
        let scored = usize::from(function.name == "score");
        self.scored += scored;
        let mut args = Vec::with_capacity(call.args.len());
        for (at, arg) in call.args.iter().enumerate() {
            let types = self.value(arg);
            args.push(constant_argument(function, at, arg, types));
        }
        self.scored -= scored;
        (self.aggregate, self.grouping) = around;
        args
    }

    fn arity(&mut self, call: &Call, function: &Function, expr: &Expr) -> bool {
        let count = call.args.len();
        if call.star && function.name != "count" {
            let message = format!("`{}(*)` does not exist", call.name);
            self.find(FindingKind::Function, expr.span(), message, "only `COUNT` takes `*`");
            return false;
        }
        if call.options.is_some() && function.options().is_empty() {
            let message = format!("`{}` takes no map of options", call.name);
            self.find(FindingKind::Function, call.name_at.0, message, function.doc);
        }
        if count >= function.min_args() && function.max_args().is_none_or(|most| count <= most) {
            return true;
        }
        let span = match function.max_args().filter(|most| count > *most) {
            Some(most) => call.args.get(most).map_or(expr.span(), Expr::span),
            None => call.name_at.0,
        };
        let message = format!("`{}` takes {}, not {count}", call.name, function.arity());
        self.find(FindingKind::Function, span, message, function.doc);
        false
    }

    /// Whether the function may stand here.
    fn placed(&mut self, call: &'q Call, function: &Function, expr: &Expr) {
        let name = call.name.to_ascii_uppercase();
        match function.kind {
            FunctionKind::FullText => {
                self.search_placed(function.name, call.name_at.0);
                self.search_fields(call, function.name);
            }
            FunctionKind::Grouping => self.grouping_placed(call, &name, expr),
            FunctionKind::TimeSeries if !self.time_series => {
                let message = format!("`{name}` aggregates a time series, and this query does not read one");
                self.find(
                    FindingKind::Placement,
                    call.name_at.0,
                    message,
                    "start the query with `ts` instead of `from`",
                );
            }
            FunctionKind::Scalar | FunctionKind::TimeSeries => {}
            FunctionKind::Aggregate => self.aggregate_placed(call, &name),
        }
    }

    fn aggregate_placed(&mut self, call: &Call, name: &str) {
        let (message, help) = match (self.place, self.aggregate) {
            (Place::Measure, None) => return,
            // It draws an aggregation.
            (Place::Measure, Some(outer)) if outer.eq_ignore_ascii_case("sparkline") => return,
            // What nobody knows may be a function of single values.
            (Place::Measure, Some(outer)) if functions::find(outer).is_none() => return,
            (Place::Measure, Some(outer)) => (
                format!("`{name}` is an aggregation inside the aggregation `{}`", outer.to_ascii_uppercase()),
                "aggregate twice: two `stats`, one after the other".to_owned(),
            ),
            (Place::Group, _) => {
                (format!("`{name}` is an aggregation, not a group"), "write it before `by`".to_owned())
            }
            (Place::MeasureFilter, _) => (
                format!("`{name}` is an aggregation; the filter of one sees single rows"),
                "filter the result: `stats .. | where ..`".to_owned(),
            ),
            _ => (
                format!("`{name}` is an aggregation: it stands in `stats` only"),
                single_row(call).unwrap_or_else(|| {
                    format!("write `stats c = {name}(..) | where c > ..`, or `inline stats` to keep the rows")
                }),
            ),
        };
        self.find(FindingKind::Placement, call.name_at.0, message, help);
    }

    fn grouping_placed(&mut self, call: &Call, name: &str, expr: &Expr) {
        let category = is_categorize(expr);
        let message = match self.place {
            Place::Group if self.grouping => format!("`{name}` makes groups and cannot stand in another grouping"),
            Place::Group if category && self.value_depth > 0 => format!("`{name}` cannot be part of an expression"),
            Place::Group => return,
            _ => format!("`{name}` makes groups: it stands in `stats .. by` only"),
        };
        let help = match call.name.to_ascii_lowercase().as_str() {
            _ if self.place == Place::Group => "group by it alone, and compute with the group's column afterwards",
            "bucket" => "outside `stats` round a date with `DATE_TRUNC(1 hour, @timestamp)`",
            _ => "move it behind `by`",
        };
        self.report(FindingKind::Placement, Problem::new(expr.span(), message).help(help));
    }

    /// Reports the argument that no form of the function takes.
    fn misfit(&mut self, call: &Call, function: &Function, args: &[Types], misfit: Misfit) -> Types {
        let Some((arg, types)) = call.args.get(misfit.argument).zip(args.get(misfit.argument)) else {
            return Types::ANY;
        };
        let name = call.name.to_ascii_uppercase();
        let written = self.written(arg.span());
        let place = match call.args.len() {
            1 => String::new(),
            _ => format!(" as its {} argument", ordinal(misfit.argument)),
        };
        let message = format!("`{name}` takes {}{place}; `{written}` is {types}", misfit.expected);
        // Arguments in the wrong order are not converted, and constants are written otherwise.
        let swapped = args.iter().any(|other| *other != Types::ANY && other.is_within(misfit.expected));
        let conversion = conversion(&written, misfit.expected).filter(|_| !swapped && !is_constant(arg));
        let help = conversion.unwrap_or_else(|| function.doc.to_owned());
        self.find(FindingKind::Type, arg.span(), message, help);
        Types::ANY
    }
}

/// A constant string is read as what the function takes there, if it takes no string.
fn constant_argument(function: &Function, at: usize, arg: &Expr, types: Types) -> Types {
    let taken = function.taken_at(at);
    if taken.has(Type::DenseVector) && !types.intersects(taken) && is_vector(arg) {
        return Type::DenseVector.into();
    }
    // A number of buckets is none in quotes.
    let read = if function.kind == FunctionKind::Grouping { taken & (Types::SPAN | Types::DATE) } else { taken };
    let converts = matches!(function.kind, FunctionKind::Scalar | FunctionKind::Grouping);
    match string(arg) {
        Some(text) if converts && !read.is_empty() && !taken.intersects(Types::STRING) => {
            if read_as(text, read) == Reading::Fits { read } else { types }
        }
        _ => types,
    }
}

/// Whether an expression is a call of `categorize`.
pub(super) fn is_categorize(expr: &Expr) -> bool {
    matches!(&expr.kind, ExprKind::Call(call) if call.name.eq_ignore_ascii_case("categorize"))
}

/// What computes from the values of one row what an aggregation computes from many rows.
fn single_row(call: &Call) -> Option<String> {
    let same = match call.name.to_ascii_lowercase().as_str() {
        "count" if !call.star => "MV_COUNT",
        "max" => "MV_MAX",
        "min" => "MV_MIN",
        "sum" => "MV_SUM",
        "avg" => "MV_AVG",
        "median" => "MV_MEDIAN",
        "values" => "MV_DEDUPE",
        _ => return None,
    };
    Some(format!("over the values of one row it is `{same}`; over rows it needs `stats` or `inline stats`"))
}

fn conversion(written: &str, expected: Types) -> Option<String> {
    let functions = [
        (Type::Keyword, "TO_STRING"),
        (Type::Ip, "TO_IP"),
        (Type::Date, "TO_DATETIME"),
        (Type::Double, "TO_DOUBLE"),
        (Type::Integer, "TO_INTEGER"),
        (Type::Boolean, "TO_BOOLEAN"),
        (Type::GeoPoint, "TO_GEOPOINT"),
    ];
    if expected == Types::SPAN {
        return Some("a span of time is written `15 minutes`, `1 day`".to_owned());
    }
    let (_, function) = functions.into_iter().find(|(ty, _)| expected.has(*ty))?;
    Some(format!("convert it: `{function}({written})`"))
}
