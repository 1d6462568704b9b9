//! Conditions as ES|QL writes them. A test of null, or of several values, is null there, which `WHERE` takes for false; so the complement
//! of a test says `x IS NULL OR NOT ..` unless a guard stands beside it.

use super::guards::Guards;
use super::test::{Family, Test, complement, negated};
use super::value::{text, texts, typed, wildcards};
use super::{Writer, all, any, boolean, column, compare, is_null, plain, term};
use crate::backend::source_world::World;
use crate::backend::{compare_op, lucene_regex};
use crate::catalog::fields::{Cardinality, FieldType};
use crate::fidelity::code;
use crate::ir::{
    Case, Cmp, EsqlFunction, ExprId, ExprKind as Kind, FieldPath, Function, Op, Operand, Pattern, Place, Subject,
    Value, has_case_beyond_ascii,
};
use crate::lang::esql::{CompareOp, Expr, ExprKind, print_expression};
use crate::source::Location;

impl Writer<'_> {
    /// An expression that is true when the condition holds, and false or null else.
    pub(super) fn holds(&mut self, id: ExprId, guards: &Guards) -> Expr {
        let origin = self.pool.origin(id);
        match self.pool.kind(id).clone() {
            Kind::True => boolean(true),
            Kind::False => boolean(false),
            Kind::And(members) => self.conjunction(&members, guards),
            Kind::Or(members) => self.disjunction(&members, guards),
            Kind::Not(inner) => self.fails(inner, guards),
            Kind::ForSome(items, ExprId::TRUE) => is_null(self.term(&items, origin), true),
            Kind::ForSome(items, body) => match self.bind(&items, origin) {
                Some(bound) => {
                    let guards = Self::with(guards, &bound);
                    let found = self.holds(body, &guards);
                    self.bound.pop();
                    found
                }
                None => boolean(false),
            },
            Kind::Test(subject, op) => self.test(&subject, &op, guards, origin),
            Kind::Count { items, body: ExprId::TRUE, op, number } => {
                let count = term::call("MV_COUNT", vec![self.term(&items, origin)]);
                let number = term::constant(&Value::Int(i64::try_from(number).unwrap_or(i64::MAX)));
                compare(plain(ExprKind::Call(count)), compare_op(op), number)
            }
            Kind::OpaqueTest { text, reason } => {
                self.refuse(&code::OPAQUE, format!("`{text}` is not understood: {reason}"), origin)
            }
            Kind::ForAll(..) | Kind::FirstSome { .. } | Kind::Count { .. } => {
                self.refuse(&code::LOGIC, "ES|QL does not go through the items of a list", origin)
            }
            Kind::Lineage(_) => self.refuse(&code::LOGIC, "ES|QL has no relations between processes", origin),
        }
    }

    /// An expression that is true when the condition does not hold, and false or null else.
    pub(super) fn fails(&mut self, id: ExprId, guards: &Guards) -> Expr {
        let origin = self.pool.origin(id);
        match self.pool.kind(id).clone() {
            Kind::Not(inner) => self.holds(inner, guards),
            Kind::And(members) => any(members.into_iter().map(|member| self.fails(member, guards)).collect()),
            Kind::Or(members) => self.none_of(&members, guards),
            Kind::ForSome(items, ExprId::TRUE) => is_null(self.term(&items, origin), false),
            Kind::ForSome(items, body) => match self.bind(&items, origin) {
                Some(bound) => {
                    let known = guards.present.contains(&print_expression(&bound));
                    let inner = Self::with(guards, &bound);
                    let found = self.fails(body, &inner);
                    self.bound.pop();
                    if known { found } else { any(vec![is_null(bound, false), found]) }
                }
                None => boolean(false),
            },
            Kind::Test(_, Op::Present | Op::IsMissing | Op::IsNull) => negated(self.holds(id, guards)),
            Kind::Test(subject, op) => match self.listed(&subject, &op, guards, origin) {
                Some(test) => complement(test, guards),
                None => boolean(false),
            },
            Kind::Count { items, .. } => {
                let there = is_null(self.term(&items, origin), false);
                any(vec![there, negated(self.holds(id, guards))])
            }
            _ => negated(self.holds(id, guards)),
        }
    }

    /// The field that a quantifier goes through, as the column of its one value.
    pub(super) fn bind(&mut self, items: &Subject, origin: Option<Location>) -> Option<Expr> {
        let Subject::Elements(inner) = items else {
            self.refuse(&code::LOGIC, "ES|QL has no search over all fields and no order of items", origin);
            return None;
        };
        let bound = self.term(inner, origin);
        self.bound.push(bound.clone());
        Some(bound)
    }

    fn with(guards: &Guards, bound: &Expr) -> Guards {
        let mut guards = guards.clone();
        guards.present.push(print_expression(bound));
        guards
    }

    /// Guards whose value another member tests are said by that test.
    fn conjunction(&mut self, members: &[ExprId], guards: &Guards) -> Expr {
        let mut inner = guards.clone();
        let mut guarding: Vec<(ExprId, String)> = Vec::new();
        for id in members {
            if let Some((written, single)) = self.guard(*id) {
                inner.present.push(written.clone());
                inner.single.extend(single);
                guarding.push((*id, written));
            }
        }
        let rest: Vec<ExprId> =
            members.iter().copied().filter(|id| !guarding.iter().any(|(guard, _)| guard == id)).collect();
        let covered: Vec<String> = rest.iter().flat_map(|id| self.covered(*id)).collect();
        let mut parts = Vec::new();
        for id in members {
            match guarding.iter().find(|(guard, _)| guard == id) {
                Some((_, written)) if covered.contains(written) => {}
                Some(_) => parts.push(self.holds(*id, guards)),
                None => parts.push(self.holds(*id, &inner)),
            }
        }
        all(parts)
    }

    /// Tests of one family on one value are one list.
    fn disjunction(&mut self, members: &[ExprId], guards: &Guards) -> Expr {
        let (tests, others) = self.grouped(members, guards);
        let mut parts: Vec<Expr> = tests.into_iter().map(Test::written).collect();
        parts.extend(others.into_iter().map(|id| self.holds(id, guards)));
        any(parts)
    }

    fn none_of(&mut self, members: &[ExprId], guards: &Guards) -> Expr {
        let (tests, others) = self.grouped(members, guards);
        let mut parts: Vec<Expr> = tests.into_iter().map(|test| complement(test, guards)).collect();
        parts.extend(others.into_iter().map(|id| self.fails(id, guards)));
        all(parts)
    }

    fn grouped(&mut self, members: &[ExprId], guards: &Guards) -> (Vec<Test>, Vec<ExprId>) {
        let mut tests: Vec<Test> = Vec::new();
        let mut others = Vec::new();
        for id in members {
            let origin = self.pool.origin(*id);
            let found = match self.pool.kind(*id).clone() {
                Kind::ForSome(items, body) => match self.pool.kind(body).clone() {
                    Kind::Test(subject, op) if !is_presence(&op) && matches!(items, Subject::Elements(_)) => {
                        let bound = self.bind(&items, origin);
                        let test = self.listed(&subject, &op, guards, origin);
                        if bound.is_some() {
                            self.bound.pop();
                        }
                        test
                    }
                    _ => None,
                },
                Kind::Test(subject, op) if !is_presence(&op) => self.listed(&subject, &op, guards, origin),
                _ => None,
            };
            match found {
                None => others.push(*id),
                Some(test) => {
                    let same = |known: &&mut Test| {
                        known.family == test.family
                            && test.family.is_list()
                            && print_expression(&known.subject) == print_expression(&test.subject)
                    };
                    match tests.iter_mut().find(same) {
                        Some(known) => known.values.extend(test.values),
                        None => tests.push(test),
                    }
                }
            }
        }
        (tests, others)
    }

    fn test(&mut self, subject: &Subject, op: &Op, guards: &Guards, origin: Option<Location>) -> Expr {
        match (op, subject) {
            // Whether there is one value, and only one.
            (Op::Present, Subject::Call(Function::Esql(EsqlFunction::Single), _)) => {
                let count = term::call("MV_COUNT", vec![self.term(subject, origin)]);
                compare(plain(ExprKind::Call(count)), CompareOp::Equal, term::constant(&Value::Int(1)))
            }
            (Op::Present, _) => is_null(self.term(subject, origin), true),
            (Op::IsMissing | Op::IsNull, _) => is_null(self.term(subject, origin), false),
            _ => self.listed(subject, op, guards, origin).map_or_else(|| boolean(false), Test::written),
        }
    }

    /// A test; `None`, with the reason gathered, where there is no form.
    fn listed(&mut self, subject: &Subject, op: &Op, guards: &Guards, origin: Option<Location>) -> Option<Test> {
        let written = self.term(subject, origin);
        let field = Self::field_of(&written);
        let ty = field.as_ref().map_or(FieldType::Unknown, |field| self.field_type(field));
        let one = |family, subject, value| Test { family, subject, values: vec![value], nulls: vec![written.clone()] };
        if let Some((family, subject, pattern)) = self.expression(op, texts(written.clone(), ty), origin) {
            return Some(one(family, subject, text(&pattern?)));
        }
        Some(match op {
            Op::Equal { to: Operand::Value(value), case, .. } => {
                let value = typed(ty, value);
                if let Some(field) = field.filter(|field| self.is_list(field, guards)) {
                    return Some(contains(&field, &value));
                }
                let (subject, value) = Self::folded(compared_as_text(&written, ty, *case, &value), *case, &value);
                one(Family::Equal, subject, term::constant(&value))
            }
            Op::InCidr(network) => {
                let address = match ty {
                    FieldType::Ip => written.clone(),
                    _ => plain(ExprKind::Call(term::call("TO_IP", vec![written.clone()]))),
                };
                one(Family::Network, address, text(&network.to_string()))
            }
            Op::Compare { op: Cmp::Equal, to: Operand::Value(value), .. } => {
                one(Family::Equal, written.clone(), term::constant(&typed(ty, value)))
            }
            Op::Compare { op, to: Operand::Value(value), .. } => {
                one(Family::Compare(compare_op(*op)), written.clone(), term::constant(&typed(ty, value)))
            }
            Op::Equal { to: Operand::Subject(other), case, .. } => {
                let other = self.term(other, origin);
                with_other(CompareOp::Equal, written, other, *case)
            }
            Op::Compare { op, to: Operand::Subject(other), .. } => {
                let other = self.term(other, origin);
                with_other(compare_op(*op), written, other, Case::Sensitive)
            }
            Op::HasText { place, text: part, case } => self.has_text(written, *place, part, *case, origin),
            _ => {
                let message = format!("ES|QL has no form for this test of `{}`", print_expression(&written));
                self.refuse(&code::LOGIC, message, origin);
                return None;
            }
        })
    }

    /// A test that a text is like a pattern or an expression; the latter is `None`, with the reason gathered, where ES|QL has none.
    fn expression(
        &mut self,
        op: &Op,
        subject: Expr,
        origin: Option<Location>,
    ) -> Option<(Family, Expr, Option<String>)> {
        if let Some(pattern) = beyond_ascii(op) {
            let expression = lucene_regex::wildcard(&pattern, Case::AsciiInsensitive);
            return Some((Family::Regex, subject, Some(expression)));
        }
        Some(match op {
            Op::Matches { pattern, case, .. } if case.is_sensitive() => {
                (Family::Like, subject, Some(wildcards(pattern)))
            }
            Op::Matches { pattern, .. } => {
                (Family::Like, term::lower(subject), Some(wildcards(pattern).to_lowercase()))
            }
            Op::Regex { regex, .. } if regex.case.is_sensitive() => {
                (Family::Regex, subject, Some(regex.pattern.to_string()))
            }
            Op::Regex { regex, .. } => {
                let expression = lucene_regex::insensitive(&regex.pattern);
                if expression.is_none() {
                    let message = format!("/{}/: ES|QL has no way to ignore the case of it", regex.pattern);
                    self.refuse(&code::REGEX_DIALECT, message, origin);
                }
                (Family::Regex, subject, expression)
            }
            _ => return None,
        })
    }

    /// A text in a text: a call.
    fn has_text(&mut self, written: Expr, place: Place, part: &Operand, case: Case, origin: Option<Location>) -> Test {
        let part = match part {
            Operand::Value(value) => term::constant(value),
            Operand::Subject(subject) => self.term(subject, origin),
        };
        let function = match place {
            Place::Start => "STARTS_WITH",
            Place::End => "ENDS_WITH",
            Place::Anywhere => "CONTAINS",
        };
        let nulls = vec![written.clone(), part.clone()];
        let args =
            if case.is_sensitive() { vec![written, part] } else { vec![term::lower(written), term::lower(part)] };
        Test {
            family: Family::Call,
            subject: plain(ExprKind::Call(term::call(function, args))),
            values: Vec::new(),
            nulls,
        }
    }

    fn folded(subject: Expr, case: Case, value: &Value) -> (Expr, Value) {
        match value {
            Value::Str(text) if !case.is_sensitive() && text.chars().any(char::is_alphabetic) => {
                (term::lower(subject), Value::str(text.to_lowercase()))
            }
            _ => (subject, value.clone()),
        }
    }

    /// The field that a written value is.
    fn field_of(written: &Expr) -> Option<FieldPath> {
        match &written.kind {
            ExprKind::Column(name) => Some(FieldPath::dotted(&name.text())),
            _ => None,
        }
    }

    /// Whether the field is known to be a list and nothing here says that it has one value.
    fn is_list(&self, field: &FieldPath, guards: &Guards) -> bool {
        let facts = self.source.facts(World::Elastic, &self.schema, field);
        facts.cardinality == Cardinality::Many && !guards.single.contains(field) && !self.expanded.contains(field)
    }
}

/// The pattern of a test that ignores the case of ASCII letters alone and has others: `TO_LOWER` would change those too.
fn beyond_ascii(op: &Op) -> Option<Pattern> {
    let pattern = match op {
        Op::Equal { to: Operand::Value(Value::Str(text)), case: Case::AsciiInsensitive, .. } => {
            Pattern::exact(text.clone())
        }
        Op::Matches { pattern, case: Case::AsciiInsensitive, .. } => pattern.clone(),
        _ => return None,
    };
    let has_other = pattern.literals().any(has_case_beyond_ascii);
    has_other.then_some(pattern)
}

/// What equals a text: a number or a truth value as its text, and an address where its letters are to fold.
fn compared_as_text(written: &Expr, ty: FieldType, case: Case, value: &Value) -> Expr {
    let folds = |text: &str| !case.is_sensitive() && text.chars().any(char::is_alphabetic);
    let is_scalar = matches!(ty, FieldType::Integer | FieldType::Float | FieldType::Boolean);
    match value.as_str() {
        Some(text) if is_scalar || folds(text) => texts(written.clone(), ty),
        _ => written.clone(),
    }
}

fn is_presence(op: &Op) -> bool {
    matches!(op, Op::Present | Op::IsMissing | Op::IsNull)
}

/// Whether a list has a value.
fn contains(field: &FieldPath, value: &Value) -> Test {
    let has = term::call("MV_CONTAINS", vec![column(field), term::constant(value)]);
    Test { family: Family::Call, subject: plain(ExprKind::Call(has)), values: Vec::new(), nulls: Vec::new() }
}

/// Two values of one row.
fn with_other(op: CompareOp, written: Expr, other: Expr, case: Case) -> Test {
    let (subject, value) = if case.is_sensitive() {
        (written.clone(), other.clone())
    } else {
        (term::lower(written.clone()), term::lower(other.clone()))
    };
    Test { family: Family::Compare(op), subject, values: vec![value], nulls: vec![written, other] }
}
