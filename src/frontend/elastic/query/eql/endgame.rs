//! Endgame's EQL, as PyPI `eql` 1.0 reads and runs it: three-valued logic, `==` that ignores case and knows `*`, values of different types
//! that are neither equal nor different, arrays by their items, relations between processes (reference: elastic.md section 7).

use super::super::Lowering;
use super::super::cmp;
use super::condition::value;
use super::scripted::{network, pattern};
use super::terms::{Bound, Terms};
use crate::ir::{
    Anchoring, Case, Cmp, Coercion, Domain, ExprId, FieldPath, Function, Op, Operand, Outcome, Pattern, Piece, Place,
    Pool, Regex, RegexDialect, Subject, TypeSet, Value,
};
use crate::lang::eql::{
    CategoryKind, CompareOp, Dialect, EventFilter, Expr, ExprKind, Literal, Type, find_function_in,
};
use crate::source::{Location, Span};
use std::sync::Arc;

/// `category where condition`.
pub(super) fn filter(filter: &EventFilter, case: Case, lowering: &mut Lowering<'_>) -> ExprId {
    let at = Some(lowering.at(filter.at.0));
    let category = match &filter.category.kind {
        CategoryKind::Any => ExprId::TRUE,
        CategoryKind::Name(name) => is_category(name, lowering, at),
    };
    let condition = Terms::endgame(lowering, case).outcome(&filter.condition).holds;
    lowering.parts.pool.and([category, condition], at)
}

pub(super) fn is_category(name: &str, lowering: &mut Lowering<'_>, at: Option<Location>) -> ExprId {
    let field = Subject::Field(FieldPath::dotted(lowering.category_field));
    lowering.parts.pool.test(field, equal(Operand::from(name), Case::Sensitive), at)
}

fn equal(to: Operand, case: Case) -> Op {
    Op::Equal { to, case, coercion: Coercion::None }
}

/// What a value is, as far as its expression says.
#[derive(Clone, Copy, PartialEq)]
enum Known {
    Text,
    Number,
    Bool,
    Nothing,
}

fn known(expr: &Expr) -> Known {
    match &expr.kind {
        ExprKind::Literal(Literal::String { .. }) => Known::Text,
        ExprKind::Literal(Literal::Int(_) | Literal::Float(_)) | ExprKind::Arithmetic { .. } | ExprKind::Neg(_) => {
            Known::Number
        }
        ExprKind::Literal(Literal::Null) | ExprKind::Field(_) => Known::Nothing,
        ExprKind::Function { name, .. } => match find_function_in(name, Dialect::Endgame).map(|found| found.result) {
            Some(Type::String) => Known::Text,
            Some(Type::Number | Type::Integer) => Known::Number,
            Some(Type::Bool) => Known::Bool,
            _ => Known::Nothing,
        },
        _ => Known::Bool,
    }
}

/// The pattern of a text in which `*` stands for anything; `?` is itself.
fn stars(text: &str) -> Pattern {
    let pieces = text.split('*').enumerate().flat_map(|(index, part)| {
        let star = (index > 0).then_some(Piece::Any);
        star.into_iter().chain([Piece::Literal(part.into())])
    });
    Pattern::new(pieces)
}

impl Terms<'_, '_> {
    /// What is particular to Endgame of a condition.
    pub(super) fn endgame_outcome(&mut self, expr: &Expr, case: Case) -> Outcome {
        let at = Some(self.lowering.at(expr.span()));
        match &expr.kind {
            ExprKind::Compare { op, left, right, .. } => self.endgame_compare(*op, left, right, case, expr.span()),
            ExprKind::In { subject, list, .. } => self.endgame_in(subject, list, case, expr.span()),
            ExprKind::Related { relation, filter } => self.related(*relation, filter, case, at),
            ExprKind::Function { name, args, .. } if known(expr) == Known::Bool => {
                self.endgame_test(name, args, case, expr.span())
            }
            ExprKind::Function { name, args, .. } if name == "safe" && args.len() == 1 => self.outcome(&args[0]),
            _ => self.truth(expr, at),
        }
    }

    /// A value as a condition: false when it is false, zero or empty.
    fn truth(&mut self, expr: &Expr, at: Option<Location>) -> Outcome {
        let subject = self.term(expr);
        let pool = self.pool();
        let no = [
            pool.test(subject.clone(), Op::IsEmpty, at),
            pool.test(subject.clone(), equal(Operand::from(Value::Bool(false)), Case::Sensitive), at),
            pool.test(subject.clone(), equal(Operand::from(Value::Int(0)), Case::Sensitive), at),
        ];
        let fails = pool.or(no, at);
        let (there, yes) = (pool.test(subject, Op::Present, at), pool.not(fails, at));
        Outcome { holds: pool.and([there, yes], at), fails }
    }

    fn endgame_compare(&mut self, op: CompareOp, left: &Expr, right: &Expr, case: Case, span: Span) -> Outcome {
        let at = Some(self.lowering.at(span));
        for (one, other) in [(left, right), (right, left)] {
            match (&one.kind, op) {
                (ExprKind::Literal(Literal::Null), CompareOp::Equal | CompareOp::NotEqual) => {
                    return self.is_null(op, other, span);
                }
                // Of two texts with stars the right one is the pattern.
                (ExprKind::Literal(Literal::String { value, .. }), CompareOp::Equal | CompareOp::NotEqual)
                    if value.contains('*') && (std::ptr::eq(one, right) || !has_star(right)) =>
                {
                    let found = self.matches(other, &[value.as_str()], case, at);
                    return if op == CompareOp::Equal { found } else { Pool::outcome_not(found) };
                }
                _ => {}
            }
        }
        let (subject, to) = (self.term(left), self.operand(right));
        let kind = match (known(left), known(right)) {
            (Known::Nothing, kind) | (kind, _) => kind,
        };
        self.typed(cmp(op), (&subject, &to), kind, case, at)
    }

    fn operand(&mut self, expr: &Expr) -> Operand {
        match &expr.kind {
            ExprKind::Literal(literal) => Operand::Value(value(literal)),
            _ => Operand::Subject(Arc::new(self.term(expr))),
        }
    }

    /// Values of different types are neither equal nor different.
    fn typed(
        &mut self,
        op: Cmp,
        (left, right): (&Subject, &Operand),
        kind: Known,
        case: Case,
        at: Option<Location>,
    ) -> Outcome {
        let pool = self.pool();
        match kind {
            // Equality with a constant is what other targets have a form for.
            Known::Text if op == Cmp::Equal && matches!(right, Operand::Value(_)) => {
                let holds = pool.test(left.clone(), equal(right.clone(), case), at);
                let (text, other) = (pool.test(left.clone(), Op::TypeIs(TypeSet::STRING), at), pool.not(holds, at));
                Outcome { holds, fails: pool.and([text, other], at) }
            }
            Known::Text if op == Cmp::NotEqual && matches!(right, Operand::Value(_)) => {
                Pool::outcome_not(self.typed(Cmp::Equal, (left, right), kind, case, at))
            }
            Known::Text => {
                let (left, right) = (folded(left, case), folded_operand(right, case));
                let mut test = |op| {
                    let op = Op::Compare { op, domain: Domain::String, coercion: Coercion::None, to: right.clone() };
                    pool.test(left.clone(), op, at)
                };
                Outcome { holds: test(op), fails: test(op.negated()) }
            }
            Known::Number => {
                let mut test = |op| {
                    let op = Op::Compare { op, domain: Domain::Number, coercion: Coercion::None, to: right.clone() };
                    pool.test(left.clone(), op, at)
                };
                Outcome { holds: test(op), fails: test(op.negated()) }
            }
            Known::Bool if matches!(op, Cmp::Equal | Cmp::NotEqual) => {
                let right = match right {
                    Operand::Value(value) => Subject::Constant(value.clone()),
                    Operand::Subject(subject) => (**subject).clone(),
                };
                let same =
                    pool.test(left.clone(), equal(Operand::Subject(Arc::new(right.clone())), Case::Sensitive), at);
                let types = [left.clone(), right].map(|side| pool.test(side, Op::TypeIs(TypeSet::BOOL), at));
                let other = pool.not(same, at);
                let both = pool.and(types, at);
                let (holds, fails) = (pool.and([both, same], at), pool.and([both, other], at));
                let found = Outcome { holds, fails };
                if op == Cmp::Equal { found } else { Pool::outcome_not(found) }
            }
            Known::Bool => Outcome { holds: ExprId::FALSE, fails: ExprId::FALSE },
            Known::Nothing => {
                let kinds = [Known::Text, Known::Number, Known::Bool];
                let found = kinds.map(|kind| self.typed(op, (left, right), kind, case, at));
                let pool = self.pool();
                Outcome {
                    holds: pool.or(found.map(|found| found.holds), at),
                    fails: pool.or(found.map(|found| found.fails), at),
                }
            }
        }
    }

    /// A list of constants is a set: what is not in it is different, whatever its type.
    fn endgame_in(&mut self, subject: &Expr, list: &[Expr], case: Case, span: Span) -> Outcome {
        let at = Some(self.lowering.at(span));
        if list.iter().all(|item| matches!(item.kind, ExprKind::Literal(_))) {
            let term = self.term(subject);
            let pool = self.pool();
            let items: Vec<ExprId> = list
                .iter()
                .filter_map(|item| match &item.kind {
                    ExprKind::Literal(Literal::Null) => None,
                    ExprKind::Literal(literal) => Some(pool.test(term.clone(), constant(value(literal), case), at)),
                    _ => None,
                })
                .collect();
            let holds = pool.or(items, at);
            return self.known(holds, &[term], at);
        }
        let found: Vec<Outcome> =
            list.iter().map(|item| self.endgame_compare(CompareOp::Equal, subject, item, case, span)).collect();
        self.pool().outcome_or(&found, at)
    }

    /// Whether a text fits any of the patterns; null when it is no text.
    fn matches(&mut self, subject: &Expr, patterns: &[&str], case: Case, at: Option<Location>) -> Outcome {
        let ops =
            patterns.iter().map(|text| Op::Matches { pattern: stars(text), case, coercion: Coercion::None }).collect();
        self.text_test(subject, ops, at)
    }

    fn text_test(&mut self, subject: &Expr, ops: Vec<Op>, at: Option<Location>) -> Outcome {
        let term = self.term(subject);
        let pool = self.pool();
        let tests: Vec<ExprId> = ops.into_iter().map(|op| pool.test(term.clone(), op, at)).collect();
        let holds = pool.or(tests, at);
        let text = pool.test(term, Op::TypeIs(TypeSet::STRING), at);
        let other = pool.not(holds, at);
        Outcome { holds, fails: pool.and([text, other], at) }
    }

    fn endgame_test(&mut self, name: &str, args: &[Expr], case: Case, span: Span) -> Outcome {
        let at = Some(self.lowering.at(span));
        let (Some(subject), rest) = (args.first(), args.get(1..).unwrap_or_default()) else {
            return self.hole(span, "a function without arguments");
        };
        match name {
            "wildcard" => match texts(rest) {
                Some(patterns) => self.matches(subject, &patterns, case, at),
                None => self.hole(span, "a pattern that is not a constant"),
            },
            "match" | "matchLite" => self.regex(subject, rest, case, span),
            "cidrMatch" => {
                let networks = texts(rest).and_then(|texts| texts.into_iter().map(network).collect::<Option<Vec<_>>>());
                let Some(networks) = networks else { return self.hole(span, "a network that is not a constant") };
                let found = self.text_test(subject, networks.into_iter().map(Op::InCidr).collect(), at);
                self.pool().two_valued(found.holds)
            }
            "startsWith" => self.part(Place::Start, args, case, span),
            "endsWith" => self.part(Place::End, args, case, span),
            "stringContains" => {
                let found = self.part(Place::Anywhere, args, case, span);
                self.pool().two_valued(found.holds)
            }
            "arrayContains" => self.array_contains(subject, rest, case, at),
            "arraySearch" => self.array_search(args, at),
            _ => self.hole(span, "this function gives no truth value"),
        }
    }

    fn regex(&mut self, subject: &Expr, patterns: &[Expr], case: Case, span: Span) -> Outcome {
        // The arguments once stood the other way round.
        let (subject, patterns) = match (texts(std::slice::from_ref(subject)), patterns) {
            (Some(first), [only]) if texts(patterns).is_none() => (only, Some(first)),
            _ => (subject, texts(patterns)),
        };
        let Some(patterns) = patterns else { return self.hole(span, "an expression that is not a constant") };
        let regex = |pattern: &str| Regex {
            pattern: pattern.into(),
            dialect: RegexDialect::Python,
            anchoring: Anchoring::Start,
            case,
            multi_line: false,
            dot_all: true,
        };
        let ops = patterns.into_iter().map(|text| Op::Regex { regex: regex(text), coercion: Coercion::None }).collect();
        self.text_test(subject, ops, Some(self.lowering.at(span)))
    }

    /// A text at a place in another.
    fn part(&mut self, place: Place, args: &[Expr], case: Case, span: Span) -> Outcome {
        let [subject, text] = args else { return self.hole(span, "the function takes two arguments") };
        let at = Some(self.lowering.at(span));
        if let ExprKind::Literal(Literal::String { value, .. }) = &text.kind {
            let op = Op::Matches { pattern: pattern(place, value), case, coercion: Coercion::None };
            return self.text_test(subject, vec![op], at);
        }
        let (subject, text) = (self.term(subject), self.term(text));
        let pool = self.pool();
        let op = Op::HasText { place, text: Operand::Subject(Arc::new(text.clone())), case };
        let holds = pool.test(subject.clone(), op, at);
        let types = [subject, text].map(|side| pool.test(side, Op::TypeIs(TypeSet::STRING), at));
        let (both, other) = (pool.and(types, at), pool.not(holds, at));
        Outcome { holds, fails: pool.and([both, other], at) }
    }

    fn array_contains(&mut self, array: &Expr, values: &[Expr], case: Case, at: Option<Location>) -> Outcome {
        let array = self.term(array);
        self.bound.push(Bound::Item(String::new()));
        let mut tests = Vec::new();
        for wanted in values {
            let op = match self.operand(wanted) {
                Operand::Value(value) => constant(value, case),
                other @ Operand::Subject(_) => equal(other, case),
            };
            tests.push(self.pool().test(Subject::Element(0), op, at));
        }
        self.bound.pop();
        let pool = self.pool();
        let body = pool.or(tests, at);
        let holds = pool.for_some(Subject::Items(Arc::new(array.clone())), body, at);
        self.known(holds, &[array], at)
    }

    fn array_search(&mut self, args: &[Expr], at: Option<Location>) -> Outcome {
        let Some((array, body)) = self.over_items(args) else { return self.pool().two_valued(ExprId::FALSE) };
        let pool = self.pool();
        let holds = pool.for_some(Subject::Items(Arc::new(array)), body, at);
        pool.two_valued(holds)
    }

    /// The array and the condition of `arraySearch` and `arrayCount`.
    pub(super) fn over_items(&mut self, args: &[Expr]) -> Option<(Subject, ExprId)> {
        let [array, name, condition] = args else { return None };
        let array = self.term(array);
        self.bound.push(Bound::Item(name.as_field()?.name()));
        let body = self.outcome(condition).holds;
        self.bound.pop();
        Some((array, body))
    }
}

fn has_star(expr: &Expr) -> bool {
    matches!(&expr.kind, ExprKind::Literal(Literal::String { value, .. }) if value.contains('*'))
}

/// The texts of constants.
fn texts(args: &[Expr]) -> Option<Vec<&str>> {
    let text = |arg| match arg {
        &Expr { kind: ExprKind::Literal(Literal::String { ref value, .. }), .. } => Some(value.as_str()),
        _ => None,
    };
    args.iter().map(text).collect()
}

/// Equality with a constant of its own type.
pub(super) fn constant(value: Value, case: Case) -> Op {
    let case = if matches!(value, Value::Str(_)) { case } else { Case::Sensitive };
    equal(Operand::Value(value), case)
}

/// A text in the case in which it is ordered.
fn folded(subject: &Subject, case: Case) -> Subject {
    match subject {
        subject if case.is_sensitive() => subject.clone(),
        subject => Subject::Call(Function::Lower, [subject.clone()].into()),
    }
}

fn folded_operand(operand: &Operand, case: Case) -> Operand {
    match operand {
        Operand::Value(Value::Str(text)) if !case.is_sensitive() => Operand::Value(Value::str(text.to_lowercase())),
        Operand::Value(value) => Operand::Value(value.clone()),
        Operand::Subject(subject) => Operand::Subject(Arc::new(folded(subject, case))),
    }
}
