//! EQL functions and arithmetic. Elasticsearch runs them as a script over each combination of the fields' values: a missing field
//! gives no combination, so also a scripted `!=` is then false (reference: elastic.md section 7).

use super::Lowering;
use super::eql::{cmp, equal, pattern_op, term_field, value};
use crate::ir::{
    Case, Cmp, Coercion, Domain, ExprId, FieldPath, Function, Op, Operand, Pattern, Place, Subject, UseKind, Value,
};
use crate::lang::eql::{ArithmeticOp, CompareOp, Expr, ExprKind, Literal, Type, find_function};
use crate::source::{Location, Span};
use std::sync::Arc;

/// More fields in one script are not represented: each is a loop over its values.
const MAX_FIELDS: usize = 8;

/// Whether a function gives true or false.
pub(super) fn is_condition(name: &str) -> bool {
    find_function(name).is_some_and(|function| function.result == Type::Bool)
}

/// A function as a condition.
pub(super) fn condition(expr: &Expr, lowering: &mut Lowering<'_>) -> ExprId {
    let ExprKind::Function { name, insensitive, args, .. } = &expr.kind else {
        return lowering.hole(expr.span(), "not a function");
    };
    let place = match name.to_ascii_lowercase().as_str() {
        "cidrmatch" => return cidr(args, expr.span(), lowering),
        "startswith" => Place::Start,
        "endswith" => Place::End,
        "stringcontains" => Place::Anywhere,
        _ => return lowering.hole(expr.span(), "this function gives no truth value"),
    };
    let [subject, text] = args.as_slice() else {
        return lowering.hole(expr.span(), "the function takes two arguments");
    };
    match &text.kind {
        ExprKind::Literal(Literal::String { value, .. }) => {
            let op = pattern_op(pattern(place, value), case_of(*insensitive, value));
            string_test(subject, op, (value, text.span()), expr.span(), lowering)
        }
        _ => has_text(place, *insensitive, [subject, text], expr.span(), lowering),
    }
}

fn pattern(place: Place, text: &str) -> Pattern {
    match place {
        Place::Start => Pattern::prefix(text),
        Place::End => Pattern::suffix(text),
        Place::Anywhere => Pattern::contains(text),
    }
}

/// The `~` functions are scripts that lower both texts; on ASCII that is what `:` does.
fn case_of(insensitive: bool, text: &str) -> Case {
    match (insensitive, text.is_ascii()) {
        (false, _) => Case::Sensitive,
        (true, true) => Case::AsciiInsensitive,
        (true, false) => Case::Insensitive,
    }
}

fn string_test(
    subject: &Expr,
    op: Op,
    (text, text_at): (&str, Span),
    span: Span,
    lowering: &mut Lowering<'_>,
) -> ExprId {
    let place = Some(lowering.at(span));
    let ExprKind::Field(field) = &subject.kind else {
        return any_test(subject, vec![(op, text_at)], lowering, span);
    };
    let Some(path) = plain_field(field, UseKind::Pattern, vec![(Value::str(text), text_at)], lowering) else {
        return lowering.hole(span, "Elasticsearch flattens arrays: an item by its number has no meaning");
    };
    lowering.parts.pool.any_of(path, op, place)
}

fn plain_field(
    field: &crate::lang::eql::Field,
    kind: UseKind,
    values: Vec<(Value, Span)>,
    lowering: &mut Lowering<'_>,
) -> Option<FieldPath> {
    let path = term_field(field, lowering)?;
    lowering.parts.uses.pop();
    lowering.used(&path, field.at.0, kind, values);
    Some(path)
}

fn cidr(args: &[Expr], span: Span, lowering: &mut Lowering<'_>) -> ExprId {
    let Some((subject, blocks)) = args.split_first() else { return lowering.hole(span, "no address") };
    let mut tests = Vec::new();
    let mut values = Vec::new();
    for block in blocks {
        let ExprKind::Literal(Literal::String { value: text, .. }) = &block.kind else {
            return lowering.hole(span, "a network that is not a constant");
        };
        let Some(network) = network(text) else {
            return lowering.hole(block.span(), "not an address or a network");
        };
        values.push((Value::str(text.as_str()), block.span()));
        tests.push((Op::InCidr(network), block.span()));
    }
    let ExprKind::Field(field) = &subject.kind else { return any_test(subject, tests, lowering, span) };
    let Some(path) = plain_field(field, UseKind::Cidr, values, lowering) else {
        return lowering.hole(span, "Elasticsearch flattens arrays: an item by its number has no meaning");
    };
    let place = Some(lowering.at(span));
    let pool = &mut lowering.parts.pool;
    let tests: Vec<ExprId> = tests.into_iter().map(|(op, _)| pool.any_of(path.clone(), op, place)).collect();
    pool.or(tests, place)
}

/// A network, or an address as the network of itself.
pub(super) fn network(text: &str) -> Option<ipnet::IpNet> {
    text.parse().ok().or_else(|| text.parse::<std::net::IpAddr>().ok().map(Into::into))
}

/// A text in a text, both computed.
fn has_text(place: Place, insensitive: bool, args: [&Expr; 2], span: Span, lowering: &mut Lowering<'_>) -> ExprId {
    let case = if insensitive { Case::Insensitive } else { Case::Sensitive };
    scripted(&args, span, lowering, |terms| {
        let text = Operand::Subject(Arc::new(terms[1].clone()));
        (terms[0].clone(), Op::HasText { place, text, case })
    })
}

/// Any of the tests on a computed value.
pub(super) fn any_test(subject: &Expr, tests: Vec<(Op, Span)>, lowering: &mut Lowering<'_>, span: Span) -> ExprId {
    let place = Some(lowering.at(span));
    let mut members = Vec::new();
    for (op, _) in tests {
        if matches!(&op, Op::Equal { to: Operand::Value(Value::Null), .. }) {
            return lowering.hole(span, "null in a list for a computed value");
        }
        members.push(scripted(&[subject], span, lowering, |terms| (terms[0].clone(), op)));
    }
    lowering.parts.pool.or(members, place)
}

/// A comparison in which at least one side is computed.
pub(super) fn compare(op: CompareOp, left: &Expr, right: &Expr, span: Span, lowering: &mut Lowering<'_>) -> ExprId {
    if let ExprKind::Literal(Literal::Null) = right.kind {
        let there = scripted(&[left], span, lowering, |terms| (terms[0].clone(), Op::Present));
        let place = Some(lowering.at(span));
        return match op {
            CompareOp::NotEqual => there,
            CompareOp::Equal => lowering.parts.pool.not(there, place),
            _ => lowering.hole(span, "null has no order"),
        };
    }
    if let ExprKind::Literal(literal) = &right.kind {
        let constant = value(literal);
        let test = against_constant(op, constant);
        return scripted(&[left], span, lowering, |terms| (terms[0].clone(), test));
    }
    let domain = if is_text(left) || is_text(right) { Domain::String } else { Domain::Number };
    scripted(&[left, right], span, lowering, |terms| {
        let to = Operand::Subject(Arc::new(terms[1].clone()));
        let coercion = if domain == Domain::String { Coercion::Text } else { Coercion::Number };
        let test = match op {
            CompareOp::Equal => Op::Equal { to, case: Case::Sensitive, coercion },
            _ => Op::Compare { op: cmp(op), domain, coercion, to },
        };
        (terms[0].clone(), test)
    })
}

fn against_constant(op: CompareOp, constant: Value) -> Op {
    let (domain, coercion) = match constant {
        Value::Int(_) | Value::Float(_) => (Domain::Number, Coercion::Number),
        _ => (Domain::String, Coercion::Text),
    };
    match cmp(op) {
        Cmp::Equal => equal(constant, Case::Sensitive),
        op => Op::Compare { op, domain, coercion, to: Operand::Value(constant) },
    }
}

fn is_text(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Function { name, .. } => find_function(name).is_some_and(|function| function.result == Type::String),
        ExprKind::Literal(literal) => matches!(literal, Literal::String { .. }),
        _ => false,
    }
}

/// A test of terms, for some combination of the values of the fields in them.
fn scripted(
    exprs: &[&Expr],
    span: Span,
    lowering: &mut Lowering<'_>,
    test: impl FnOnce(&[Subject]) -> (Subject, Op),
) -> ExprId {
    let mut fields = Vec::new();
    for expr in exprs {
        if !collect(expr, &mut fields, lowering) {
            return lowering.hole(span, "Elasticsearch flattens arrays: an item by its number has no meaning");
        }
    }
    if fields.len() > MAX_FIELDS {
        return lowering.hole(span, "too many fields in one computed value");
    }
    let terms: Vec<Subject> = exprs.iter().map(|expr| term(expr, &fields, lowering)).collect();
    let place: Option<Location> = Some(lowering.at(span));
    let (subject, op) = test(&terms);
    let pool = &mut lowering.parts.pool;
    let body = pool.test(subject, op, place);
    fields
        .into_iter()
        .rev()
        .fold(body, |body, field| pool.for_some(Subject::Elements(Arc::new(Subject::Field(field))), body, place))
}

/// The fields of a term, each once, in the order of the text. False when one cannot be named.
fn collect(expr: &Expr, fields: &mut Vec<FieldPath>, lowering: &mut Lowering<'_>) -> bool {
    match &expr.kind {
        ExprKind::Field(field) => match term_field(field, lowering) {
            Some(path) => {
                if !fields.contains(&path) {
                    fields.push(path);
                }
                true
            }
            None => false,
        },
        ExprKind::Function { args, .. } => args.iter().all(|arg| collect(arg, fields, lowering)),
        ExprKind::Arithmetic { left, right, .. } => collect(left, fields, lowering) && collect(right, fields, lowering),
        ExprKind::Neg(inner) => collect(inner, fields, lowering),
        _ => true,
    }
}

fn term(expr: &Expr, fields: &[FieldPath], lowering: &Lowering<'_>) -> Subject {
    match &expr.kind {
        ExprKind::Literal(literal) => Subject::Constant(value(literal)),
        ExprKind::Field(field) => {
            let name = FieldPath::dotted(&field.name());
            let at = fields.iter().position(|known| *known == name).unwrap_or_default();
            Subject::Element(u8::try_from(fields.len() - 1 - at).unwrap_or_default())
        }
        ExprKind::Arithmetic { op, left, right, .. } => {
            let function = match op {
                ArithmeticOp::Add => Function::Add,
                ArithmeticOp::Subtract => Function::Subtract,
                ArithmeticOp::Multiply => Function::Multiply,
                ArithmeticOp::Divide => Function::Divide,
                ArithmeticOp::Modulo => Function::Modulo,
            };
            call(function, &[left, right], fields, lowering)
        }
        ExprKind::Neg(inner) => {
            let inner = term(inner, fields, lowering);
            Subject::Call(Function::Subtract, [Subject::Constant(Value::Int(0)), inner].into())
        }
        ExprKind::Function { name, insensitive, args, .. } => {
            function_term(name, *insensitive, args, fields, lowering).unwrap_or_else(|| opaque(expr, lowering))
        }
        _ => opaque(expr, lowering),
    }
}

fn opaque(expr: &Expr, lowering: &Lowering<'_>) -> Subject {
    let text = lowering.query.text.get(expr.span().range()).unwrap_or_default();
    Subject::Opaque { text: text.into(), reason: "this term has no form in the rule model".into() }
}

fn call(function: Function, args: &[&Expr], fields: &[FieldPath], lowering: &Lowering<'_>) -> Subject {
    Subject::Call(function, args.iter().map(|arg| term(arg, fields, lowering)).collect())
}

fn function_term(
    name: &str,
    insensitive: bool,
    args: &[Expr],
    fields: &[FieldPath],
    lowering: &Lowering<'_>,
) -> Option<Subject> {
    let function = match name.to_ascii_lowercase().as_str() {
        "add" => Function::Add,
        "subtract" => Function::Subtract,
        "multiply" => Function::Multiply,
        "divide" => Function::Divide,
        "modulo" => Function::Modulo,
        "length" => Function::Length,
        "substring" => Function::Substring,
        "concat" => Function::Concat,
        "string" => Function::ToText,
        "number" => Function::ToNumber,
        "indexof" => Function::IndexOf,
        // The greedy form and the one that ignores case have no function of the model.
        "between" if !insensitive && !is_greedy(args) => Function::Between,
        _ => return None,
    };
    // `number(x, null)` is `number(x)`; the flag of `between` is looked at above.
    let args = match (function, args) {
        (Function::Between, args) => &args[..args.len().min(3)],
        (Function::ToNumber, [text, base]) if base.kind == ExprKind::Literal(Literal::Null) => {
            std::slice::from_ref(text)
        }
        (_, args) => args,
    };
    let mut terms: Vec<Subject> = args.iter().map(|arg| term(arg, fields, lowering)).collect();
    if insensitive {
        for term in terms.iter_mut().take(2) {
            *term = Subject::Call(Function::Lower, [term.clone()].into());
        }
    }
    Some(Subject::Call(function, terms.into()))
}

/// Whether `between` goes to the last right mark.
fn is_greedy(args: &[Expr]) -> bool {
    args.get(3).is_some_and(|flag| !matches!(flag.kind, ExprKind::Literal(Literal::Bool(false))))
}
