//! Calls of ES|QL functions as terms.

use super::super::Lowering;
use super::columns::Columns;
use super::condition::condition;
use super::term::{self, Term, call as esql, timespan};
use crate::catalog::fields::FieldType;
use crate::ir::{EsqlFunction, Function, Subject, Value};
use crate::lang::esql::{Call, Expr};
use crate::source::Span;
use std::sync::Arc;

/// The term of a call.
pub(super) fn term(call: &Call, span: Span, columns: &Columns, lowering: &mut Lowering<'_>) -> Term {
    let name = call.name.to_ascii_lowercase();
    match (name.as_str(), call.args.as_slice()) {
        ("case", args) if args.len() > 1 => return case(args, columns, lowering),
        ("date_trunc" | "bucket" | "bin" | "tbucket", _) => return bucket(&name, call, span, columns, lowering),
        _ => {}
    }
    let args: Vec<Term> = call.args.iter().map(|arg| term::term(arg, columns, lowering)).collect();
    if call.options.is_some() {
        return Term::hole(span, format!("the options of `{name}` have no form in the rule model"), lowering);
    }
    if let Some(function) = shared(&name, args.len()) {
        let ty = if function == Function::Length { FieldType::Integer } else { FieldType::Keyword };
        return Term::new(Subject::Call(function, args.iter().map(Term::one).collect()), ty, true, &args);
    }
    match named(&name) {
        Some(function) if function.converts() && args.len() == 1 => {
            let [arg] = <[Term; 1]>::try_from(args).unwrap_or_else(|_| [Term::constant(Value::Null)]);
            convert(function, arg)
        }
        Some(function) => esql_term(function, &args),
        None => Term::hole(span, format!("the function `{name}` has no form in the rule model"), lowering),
    }
}

/// The functions that other languages have too.
fn shared(name: &str, args: usize) -> Option<Function> {
    Some(match (name, args) {
        ("to_lower", 1) => Function::Lower,
        ("to_upper", 1) => Function::Upper,
        ("length", 1) => Function::Length,
        ("concat", 1..) => Function::Concat,
        _ => return None,
    })
}

/// The function of a name, the short names of conversions counted.
fn named(name: &str) -> Option<EsqlFunction> {
    Some(match name {
        "to_bool" => EsqlFunction::ToBoolean,
        "to_dt" => EsqlFunction::ToDatetime,
        "to_dbl" => EsqlFunction::ToDouble,
        "to_int" => EsqlFunction::ToInteger,
        "to_str" => EsqlFunction::ToString,
        "to_ul" | "to_ulong" => EsqlFunction::ToUnsignedLong,
        "to_ver" => EsqlFunction::ToVersion,
        _ => return EsqlFunction::from_name(name).filter(|function| !function.name().starts_with('_')),
    })
}

fn esql_term(function: EsqlFunction, args: &[Term]) -> Term {
    let subjects: Vec<Subject> = args.iter().map(|arg| arg.subject.clone()).collect();
    let single = match function {
        EsqlFunction::Coalesce => args.iter().all(|arg| arg.single),
        _ => !function.gives_many(),
    };
    Term::new(esql(function, subjects), result(function, args), single, args)
}

/// A conversion. Several values are converted one by one.
pub(super) fn convert(function: EsqlFunction, arg: Term) -> Term {
    let ty = match function {
        EsqlFunction::ToBoolean => FieldType::Boolean,
        EsqlFunction::ToDatetime => FieldType::Date,
        EsqlFunction::ToDouble | EsqlFunction::ToDegrees | EsqlFunction::ToRadians => FieldType::Float,
        EsqlFunction::ToInteger | EsqlFunction::ToLong | EsqlFunction::ToUnsignedLong => FieldType::Integer,
        EsqlFunction::ToIp => FieldType::Ip,
        EsqlFunction::ToVersion => FieldType::Version,
        EsqlFunction::ToGeopoint => FieldType::GeoPoint,
        _ => FieldType::Keyword,
    };
    // The text of a date or an address is the one that Elasticsearch writes, however the event has it.
    let written = match (function, arg.ty) {
        (EsqlFunction::ToString, FieldType::Ip) => Some(EsqlFunction::ToIp),
        (EsqlFunction::ToString | EsqlFunction::ToLong | EsqlFunction::ToInteger, FieldType::Date) => {
            Some(EsqlFunction::ToDatetime)
        }
        _ => None,
    };
    let inner = written.map_or_else(|| arg.subject.clone(), |first| esql(first, [arg.subject.clone()]));
    Term::new(esql(function, [inner]), ty, arg.single, &[arg])
}

fn result(function: EsqlFunction, args: &[Term]) -> FieldType {
    use EsqlFunction as F;
    let first = || args.iter().map(|arg| arg.ty).find(|ty| *ty != FieldType::Unknown).unwrap_or(FieldType::Unknown);
    match function {
        F::Abs
        | F::Ceil
        | F::Floor
        | F::Round
        | F::Greatest
        | F::Least
        | F::Coalesce
        | F::MvAppend
        | F::MvDedupe
        | F::MvDifference
        | F::MvFirst
        | F::MvIntersection
        | F::MvLast
        | F::MvMax
        | F::MvMedian
        | F::MvMin
        | F::MvSlice
        | F::MvSort
        | F::MvSum
        | F::MvUnion => first(),
        F::Pow if args.iter().all(|arg| arg.ty == FieldType::Integer) => FieldType::Float,
        F::BitLength | F::ByteLength | F::Locate | F::DateDiff | F::DateExtract | F::MvCount => FieldType::Integer,
        F::Contains | F::EndsWith | F::StartsWith | F::MvContains | F::MvIntersects | F::CidrMatch => {
            FieldType::Boolean
        }
        F::DateParse | F::Now | F::DateTrunc | F::DateAdd => FieldType::Date,
        F::IpPrefix => FieldType::Ip,
        F::Acos
        | F::Asin
        | F::Atan
        | F::Atan2
        | F::Cbrt
        | F::Cos
        | F::Cosh
        | F::E
        | F::Exp
        | F::Hypot
        | F::Log
        | F::Log10
        | F::Pi
        | F::Pow
        | F::Signum
        | F::Sin
        | F::Sinh
        | F::Sqrt
        | F::Tan
        | F::Tanh
        | F::Tau
        | F::MvAvg
        | F::StDistance
        | F::StX
        | F::StY => FieldType::Float,
        _ => FieldType::Keyword,
    }
}

/// The value of the first condition that is true, else the last argument of an odd number, else null.
fn case(args: &[Expr], columns: &Columns, lowering: &mut Lowering<'_>) -> Term {
    let pairs = args.chunks_exact(2);
    let otherwise = match pairs.remainder() {
        [last] => term::term(last, columns, lowering),
        _ => Term::constant(Value::Null),
    };
    let mut branches = Vec::new();
    for pair in pairs {
        let [when, then] = pair else { continue };
        let holds = condition(when, columns, lowering).holds;
        branches.push((holds, term::term(then, columns, lowering)));
    }
    let join = |no: Term, (holds, yes): (_, Term)| {
        let subject = Subject::If(holds, Arc::new(yes.subject.clone()), Arc::new(no.subject.clone()));
        let ty = match (yes.ty, no.ty) {
            (FieldType::Unknown, ty) | (FieldType::Integer, ty @ FieldType::Float) | (ty, _) => ty,
        };
        let single = yes.single && no.single;
        Term::new(subject, ty, single, &[yes, no])
    };
    branches.into_iter().rev().fold(otherwise, join)
}

/// `date_trunc(span, date)` and `bucket(date, span)`, which are one; `bucket(number, size)`, and `bucket(value, count, from, to)`.
fn bucket(name: &str, call: &Call, span: Span, columns: &Columns, lowering: &mut Lowering<'_>) -> Term {
    let args = call.args.as_slice();
    let spanned = match args {
        [size, value] if name == "date_trunc" => timespan(size).map(|size| (size, value)),
        [value, size] => timespan(size).map(|size| (size, value)),
        _ => None,
    };
    if let Some(([amount, unit], value)) = spanned {
        let value = term::term(value, columns, lowering);
        return Term::new(esql(EsqlFunction::DateTrunc, [amount, unit, value.one()]), FieldType::Date, true, &[value]);
    }
    if !matches!(name, "bucket" | "bin") || !(args.len() == 2 || args.len() == 4) {
        return Term::hole(span, format!("a `{name}` of these arguments has no form in the rule model"), lowering);
    }
    let args: Vec<Term> = args.iter().map(|arg| term::term(arg, columns, lowering)).collect();
    let ty = match args.first().map(|arg| arg.ty) {
        Some(FieldType::Date) => FieldType::Date,
        _ => FieldType::Float,
    };
    let subjects: Vec<Subject> = args.iter().map(Term::one).collect();
    Term::new(esql(EsqlFunction::Bucket, subjects), ty, true, &args)
}

/// A unit of time in the singular, from any of its spellings.
pub(super) fn unit(written: &str) -> Option<&'static str> {
    Some(match written.to_ascii_lowercase().as_str() {
        "millisecond" | "milliseconds" | "ms" => "millisecond",
        "second" | "seconds" | "sec" | "s" => "second",
        "minute" | "minutes" | "min" | "m" => "minute",
        "hour" | "hours" | "h" => "hour",
        "day" | "days" | "d" => "day",
        "week" | "weeks" | "w" => "week",
        "month" | "months" | "mo" => "month",
        "quarter" | "quarters" | "q" => "quarter",
        "year" | "years" | "yr" | "y" => "year",
        _ => return None,
    })
}
