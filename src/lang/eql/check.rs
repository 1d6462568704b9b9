//! What the grammar allows and Elasticsearch's planner refuses.

use super::ast::{ArithmeticOp, Expr, ExprKind, Field, FieldPart, Join, Literal, Sample, Sequence, Term};
use super::dialect::{self, Dialect};
use super::functions::{Function, Param, Type, find_in, nearest};
use crate::source::{Problem, Span};

pub(super) fn problem(span: Span, message: impl Into<String>, help: impl Into<String>) -> Problem {
    Problem::new(span, message).help(help)
}

fn count(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

pub(super) fn sequence(sequence: &Sequence, dialect: Dialect) -> Vec<Problem> {
    let mut problems = keys(dialect, &sequence.by, sequence.terms.iter().chain(&sequence.until));
    let stages: u64 = sequence.terms.iter().map(|term| term.count().max(1)).sum();
    let span = sequence.at.0;
    let head = Span { end: span.start.saturating_add(8).min(span.end), ..span };
    if stages < 2 {
        let help = "add a second `[..]`, `with runs=2`, or write the event query without `sequence`";
        problems.push(problem(head, "a sequence needs at least two events", help));
    }
    if sequence.terms.iter().all(|term| term.missing) {
        problems.push(problem(head, "a sequence needs an event that happens", "write at least one `[..]` without `!`"));
    }
    if sequence.maxspan.is_none() {
        problems.extend(sequence.terms.iter().filter(|term| term.missing).map(|term| {
            let help = "say how long to wait for it: `sequence with maxspan=12h`";
            problem(term.at.0, "a missing event needs a maxspan", help)
        }));
    }
    problems.extend(sequence.until.as_ref().and_then(until));
    problems
}

/// Elasticsearch takes both of these and ignores them (elastic/elasticsearch#132787).
fn until(term: &Term) -> Option<Problem> {
    if term.missing {
        let help = "write `until [..]`: the sequence ends when that event happens";
        return Some(problem(term.at.0, "`until` cannot wait for a missing event", help));
    }
    term.runs.map(|runs| problem(runs.at.0, "`until` takes no runs", "the first such event ends the sequence"))
}

/// Endgame's `join`.
pub(super) fn join(join: &Join) -> Vec<Problem> {
    let mut problems = keys(Dialect::Endgame, &join.by, join.terms.iter().chain(&join.until));
    let span = join.at.0;
    if join.terms.len() < 2 {
        let head = Span { end: span.start.saturating_add(4).min(span.end), ..span };
        problems.push(problem(head, "a join needs at least two event queries", "add a second `[..]`"));
    }
    problems
}

pub(super) fn sample(sample: &Sample, dialect: Dialect) -> Vec<Problem> {
    let mut problems = keys(dialect, &sample.by, &sample.terms);
    let span = sample.at.0;
    let head = Span { end: span.start.saturating_add(6).min(span.end), ..span };
    if sample.terms.len() < 2 {
        problems.push(problem(head, "a sample needs at least two event queries", "add a second `[..]`"));
    }
    if sample.by.is_empty() && sample.terms.iter().any(|term| term.by.is_empty()) {
        problems.push(problem(head, "a sample needs a join key", "write `sample by field`"));
    }
    for term in &sample.terms {
        if term.missing {
            let help = "only a sequence with a maxspan knows missing events";
            problems.push(problem(term.at.0, "a sample takes no missing events", help));
        }
        if let Some(runs) = term.runs {
            let help = "write the term that many times, or use a sequence";
            problems.push(problem(runs.at.0, "a sample takes no runs", help));
        }
    }
    problems
}

/// Every term has the same number of keys, and in Elasticsearch they are fields.
fn keys<'a>(dialect: Dialect, common: &[Expr], terms: impl IntoIterator<Item = &'a Term>) -> Vec<Problem> {
    let key = |key: &Expr| if dialect == Dialect::Elasticsearch { self::key(key) } else { None };
    let mut problems: Vec<Problem> = common.iter().filter_map(key).collect();
    let mut expected = None;
    for term in terms {
        problems.extend(term.by.iter().filter_map(key));
        let found = term.by.len();
        let wanted = *expected.get_or_insert(found);
        if found != wanted {
            let span = match (term.by.first(), term.by.last()) {
                (Some(first), Some(last)) => first.span().to(last.span()),
                _ => term.at.0,
            };
            let message = format!("this event query has {}, the first has {wanted}", count(found, "join key"));
            problems.push(problem(span, message, "give all of them the same number of `by` keys, in the same order"));
        }
    }
    problems
}

fn key(key: &Expr) -> Option<Problem> {
    let computed = key.as_field().is_none();
    computed
        .then(|| problem(key.span(), "a join key cannot be computed", "a key is a field's name; compute nothing in it"))
}

/// Elasticsearch has no way to ask for one item of an array.
pub(super) fn index(field: &Field) -> Option<Problem> {
    let indexed = field.parts.iter().any(|part| matches!(part, FieldPart::Index(_)));
    indexed.then(|| {
        let name: Vec<&str> = field
            .parts
            .iter()
            .filter_map(|part| match part {
                FieldPart::Name(name) => Some(name.as_str()),
                FieldPart::Index(_) => None,
            })
            .collect();
        let help =
            format!("write `{}`: a test of a field with several values holds if any of them passes", name.join("."));
        problem(field.at.0, "Array indexes are not supported", help)
    })
}

/// A comparison in which neither side is constant, and what is not constant in an `in` list.
pub(super) fn field_against_field(left: &Expr, right: &Expr) -> Option<Problem> {
    (has_field(left) && has_field(right)).then(|| {
        let help = "compare with a value (text stands in double quotes); \
                    for two fields of one event, `startsWith(a, b) and endsWith(a, b)` comes close";
        problem(right.span(), "Comparisons against fields are not (currently) supported", help)
    })
}

/// Whether a field stands in it. The parser bounds the depth.
fn has_field(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Field(_) => true,
        ExprKind::Literal(_) | ExprKind::Related { .. } => false,
        ExprKind::Or(operands) | ExprKind::And(operands) => operands.iter().any(has_field),
        ExprKind::Not(operand) | ExprKind::Neg(operand) => has_field(operand),
        ExprKind::Compare { left, right, .. } | ExprKind::Arithmetic { left, right, .. } => {
            has_field(left) || has_field(right)
        }
        ExprKind::In { subject, list, .. } => has_field(subject) || list.iter().any(has_field),
        ExprKind::Match { subject, .. } => has_field(subject),
        ExprKind::Function { args, .. } => args.iter().any(has_field),
    }
}

/// A call: the name, the `~`, the number and the kinds of its arguments.
pub(super) fn call(
    name: &str,
    insensitive: bool,
    name_span: Span,
    args: &[Expr],
    span: Span,
    dialect: Dialect,
) -> Vec<Problem> {
    let Some(function) = find_in(name, dialect) else { return vec![unknown(name, name_span, dialect)] };
    let mut problems = Vec::new();
    if insensitive && dialect == Dialect::Endgame {
        let help = format!("write `{}`: Endgame's comparisons ignore case anyway", function.name);
        problems.push(problem(name_span, "`~` is not in Endgame's dialect", help));
    } else if insensitive && !function.tilde {
        let message = format!("`{}` has no `~` form", function.name);
        problems.push(problem(name_span, message, format!("write `{}`", function.signature())));
    }
    if args.len() < function.min_args || function.max_args.is_some_and(|max| args.len() > max) {
        let message = format!("`{}` takes {}, found {}", function.name, arity(function), count(args.len(), "argument"));
        problems.push(problem(span, message, format!("write `{}`", function.signature())));
    }
    for (index, arg) in args.iter().enumerate() {
        problems.extend(function.param(index).and_then(|param| argument(function, param, arg)));
    }
    if function.name == "cidrMatch" {
        problems.extend(args.iter().skip(1).filter_map(block));
    }
    problems
}

fn unknown(name: &str, span: Span, dialect: Dialect) -> Problem {
    if let (Some(remedy), Dialect::Elasticsearch) = (dialect::function(name), dialect) {
        return problem(span, format!("`{name}` is a function of Endgame's dialect"), remedy);
    }
    let help = match nearest(name, dialect) {
        Some(near) => format!("did you mean `{near}`?"),
        None if name.chars().all(|c| !c.is_ascii_lowercase()) => {
            "if it is a macro, write its body here; Elasticsearch has no macros".to_owned()
        }
        None => "the functions are listed in Elastic's EQL function reference".to_owned(),
    };
    problem(span, format!("there is no function `{name}`"), help)
}

fn arity(function: &Function) -> String {
    match function.max_args {
        Some(max) if max == function.min_args => count(max, "argument"),
        Some(max) => format!("{} to {max} arguments", function.min_args),
        None => format!("at least {}", count(function.min_args, "argument")),
    }
}

/// A literal of the wrong kind. What a field holds is not known here.
fn argument(function: &Function, param: &Param, arg: &Expr) -> Option<Problem> {
    let wrong = || {
        let message = format!("`{}` of `{}` is {}", param.name, function.name, param.kind.text());
        problem(arg.span(), message, format!("write `{}`", function.signature()))
    };
    if param.kind == Type::Variable {
        let plain = arg.as_field().is_some_and(|field| !field.optional && field.parts.len() == 1);
        return (!plain).then(wrong);
    }
    let ExprKind::Literal(literal) = &arg.kind else { return None };
    let fits = matches!(
        (param.kind, literal),
        (Type::Any, _)
            | (_, Literal::Null)
            | (Type::String, Literal::String { .. })
            | (Type::Number, Literal::Int(_) | Literal::Float(_))
            | (Type::Integer, Literal::Int(_))
            | (Type::Bool, Literal::Bool(_))
    );
    (!fits).then(wrong)
}

/// The blocks of `cidrMatch` are constants, and CIDR blocks.
fn block(arg: &Expr) -> Option<Problem> {
    let help = "write the blocks out: \"10.0.0.0/8\", \"fe80::/10\"";
    match &arg.kind {
        ExprKind::Literal(Literal::String { value, .. }) => {
            // A single address is a block of one, in Elasticsearch's `ip` queries too.
            let valid = value.parse::<ipnet::IpNet>().is_ok() || value.parse::<std::net::IpAddr>().is_ok();
            (!valid).then(|| problem(arg.span(), "this is not a CIDR block", help))
        }
        ExprKind::Literal(_) => None,
        _ => Some(problem(arg.span(), "a block of `cidrMatch` is a constant", help)),
    }
}

pub(super) fn count_missing(pipe: &str, span: Span) -> Problem {
    problem(
        span,
        format!("`{pipe}` takes a positive whole number"),
        format!("write the number of results: `| {pipe} 10`"),
    )
}

/// The number of results of a pipe. Elasticsearch's plan builder takes any expression of integers that it can fold, and nothing below 0;
/// a count of 0 passes there and leaves no result.
pub(super) fn pipe_count(pipe: &str, count: &Expr) -> Result<u64, Problem> {
    let told = |message: &str, help: &str| Err(problem(count.span(), message, help));
    let takes = format!("`{pipe}` takes a positive whole number");
    match integer(count) {
        Ok(value) if value > 0 => Ok(u64::from(value.unsigned_abs())),
        Ok(0) => told(&takes, "a count of 0 never gives a result"),
        Ok(value) => {
            told(&format!("{takes}, and this is {value}"), &format!("write how many results to keep: `| {pipe} 10`"))
        }
        Err(Unfolded::Type) => Err(count_missing(pipe, count.span())),
        Err(Unfolded::Value) => told(
            "this has no value in 32 bits",
            &format!("write the number of results, at most {}: `| {pipe} 10`", i32::MAX),
        ),
    }
}

/// Why an expression has no integer for a value.
enum Unfolded {
    /// It is of another type, or not constant. A call is one too: it is not resolved yet when Elasticsearch asks for its type.
    Type,
    /// It overflows 32 bits or divides by zero.
    Value,
}

/// The value of constants of the type `integer`, as Elasticsearch folds them: in 32 bits, a division cut toward zero.
/// The parser bounds the depth.
fn integer(expr: &Expr) -> Result<i32, Unfolded> {
    let value = match &expr.kind {
        ExprKind::Literal(Literal::Int(value)) => i32::try_from(*value).ok(),
        ExprKind::Neg(operand) => integer(operand)?.checked_neg(),
        ExprKind::Arithmetic { op, left, right, .. } => {
            let (left, right) = (integer(left)?, integer(right)?);
            match op {
                ArithmeticOp::Add => left.checked_add(right),
                ArithmeticOp::Subtract => left.checked_sub(right),
                ArithmeticOp::Multiply => left.checked_mul(right),
                ArithmeticOp::Divide => left.checked_div(right),
                ArithmeticOp::Modulo => left.checked_rem(right),
            }
        }
        _ => return Err(Unfolded::Type),
    };
    value.ok_or(Unfolded::Value)
}
