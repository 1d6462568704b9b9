//! Conditions as functions of what stands in the vendor's fields, so that two sides that see an event in different shapes can be
//! compared test by test.
//!
//! A test of a document's field becomes one of the vendor's field that the ingest makes it from. A field of which every event of the
//! log source has one scalar, null, or nothing is taken apart: what the test says where the field is missing, null or empty, the
//! evaluator is asked (through the modelled ingest, where there is one); what it says of all other values is its operator in a plain
//! form. What does not fit into this gives `None`, and the claim stays with the witnesses.

mod asked;
mod cases;
mod form;
mod granted;
mod operators;
mod origin;
mod registry;
mod singles;

use super::diagram::{Diagram, Node, reachable};
use super::ground::{Ground, Scalar, ScalarKind};
use super::plain::{plain, plain_op};
use crate::catalog::ingest::Way;
use crate::eval::Conditions;
use crate::fidelity::{Assumption, Values};
use crate::ir::{
    Case, Coercion, EsqlFunction, EventModel, ExprId, ExprKind, FieldPath, Function, Op, Operand, Pool, Rewriter,
    Subject, TypeSet, Value, fields_of, subjects,
};
use foldhash::fast::RandomState;
use form::Former;
use granted::Grant;
pub(super) use granted::Granted;
use origin::{Change, Known, Source};
use registry::Number;
use serde_json::{Value as Json, json};
use singles::{OTHER, singles};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

/// How a side sees the vendor's events.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    /// The vendor's world.
    pub(super) ground: &'a Ground<'a>,
    /// The way of the log source's events, where it is known.
    pub(super) way: Option<&'a Way>,
    /// Whether this side sees what the ingest makes of the events.
    pub(super) behind: bool,
    /// The sensor that makes them; `None` for what [`Way::forward`] makes.
    pub(super) sensor: Option<usize>,
    /// Whether both sides read the same document in the same way: a test that cannot be taken apart is then the same test on both.
    pub(super) shared: bool,
    /// What the claim takes for granted of the values of fields.
    pub(super) assumes: &'a [Assumption],
}

impl View<'_> {
    /// Conditions of a pool over the vendor's fields.
    pub(super) fn reduced(
        &self,
        from: &Pool,
        model: EventModel,
        roots: &[ExprId],
        pool: &mut Pool,
        granted: &mut Granted,
    ) -> Option<Vec<ExprId>> {
        if !matches!(model, EventModel::Sigma | EventModel::Panther | EventModel::Elastic) {
            return None;
        }
        let conditions = Conditions::new(from, roots, model);
        let seen = Seen { view: *self, pool: from, model, conditions, documents: RefCell::default() };
        // What cannot be formed is left out of this, and is no trouble where the rest decides.
        let mut done: HashMap<ExprId, ExprId> = HashMap::new();
        for id in reachable(from, roots) {
            let of = |members: &[ExprId]| members.iter().map(|member| done.get(member).copied()).collect::<Vec<_>>();
            let made = match from.kind(id) {
                ExprKind::True => Some(ExprId::TRUE),
                ExprKind::False => Some(ExprId::FALSE),
                ExprKind::Not(inner) => done.get(inner).map(|inner| pool.not(*inner, None)),
                ExprKind::And(members) => all(of(members), pool),
                ExprKind::Or(members) => any(of(members), pool),
                _ => seen.leaf(id, pool, granted),
            };
            done.extend(made.map(|made| (id, made)));
        }
        roots.iter().map(|root| done.get(root).copied()).collect()
    }

    /// What the vendor's events of the log source have in common, as far as it can be said: they, or all their documents, have the values
    /// that tell them from others.
    pub(super) fn of_log_source(&self, pool: &mut Pool) -> ExprId {
        let Some(way) = self.way else { return ExprId::TRUE };
        let (told, model): (Vec<_>, _) = if self.behind {
            (way.implied().collect(), EventModel::Elastic)
        } else {
            (way.tells().collect(), EventModel::Sigma)
        };
        let mut members = Vec::new();
        for (field, values) in told {
            let mut own = Pool::default();
            let equal = |value: &str| Op::Equal { to: value.into(), case: Case::Sensitive, coercion: Coercion::Text };
            let tests: Vec<ExprId> =
                values.iter().map(|value| own.any_of(FieldPath::dotted(field), equal(value), None)).collect();
            let test = own.or(tests, None);
            let said = self.reduced(&own, model, &[test], pool, &mut Granted::default());
            members.extend(said.into_iter().flatten());
        }
        for field in way.filled().filter(|_| self.behind) {
            let mut own = Pool::default();
            let test = own.exists(FieldPath::dotted(field), None);
            let said = self.reduced(&own, model, &[test], pool, &mut Granted::default());
            members.extend(said.into_iter().flatten());
        }
        pool.and(members, None)
    }
}

/// Conditions with the view of their side.
struct Seen<'a> {
    view: View<'a>,
    pool: &'a Pool,
    model: EventModel,
    conditions: Conditions,
    /// What becomes of an event on its way: that of one value in one field is asked about for every test of the field.
    documents: RefCell<HashMap<Json, Rc<Json>, RandomState>>,
}

impl Seen<'_> {
    /// The test over the vendor's fields, else as it is where both sides look at the same.
    fn leaf(&self, leaf: ExprId, pool: &mut Pool, granted: &mut Granted) -> Option<ExprId> {
        let apart = self.apart(leaf, pool, granted);
        apart.or_else(|| self.view.shared.then(|| self.whole(leaf, pool)))
    }

    /// The test as it is, in its plain form. What both sides ask in the same words of the same document they are told alike.
    fn whole(&self, leaf: ExprId, pool: &mut Pool) -> ExprId {
        self.of_set(leaf, pool).unwrap_or_else(|| Rewriter::new(self.pool, plain).rewrite(leaf, pool))
    }

    /// `MV_CONTAINS(field, "x")`, which is never null: whether one of the field's texts is this one.
    fn of_set(&self, leaf: ExprId, pool: &mut Pool) -> Option<ExprId> {
        let ExprKind::Test(Subject::Call(Function::Esql(EsqlFunction::MvContains), arguments), op) =
            self.pool.kind(leaf)
        else {
            return None;
        };
        let [Subject::Field(field), Subject::Constant(Value::Str(text))] = &**arguments else { return None };
        match op {
            Op::Present => Some(ExprId::TRUE),
            Op::IsMissing | Op::IsNull => Some(ExprId::FALSE),
            Op::Equal { to: Operand::Value(Value::Bool(holds)), .. } if self.view.ground.is_exact_text(field) => {
                let to = Operand::Value(Value::Str(text.clone()));
                let op = Op::Equal { to, case: Case::Sensitive, coercion: Coercion::Text };
                let some = pool.any_of(field.clone(), plain_op(op), None);
                Some(if *holds { some } else { pool.not(some, None) })
            }
            _ => None,
        }
    }

    fn apart(&self, leaf: ExprId, pool: &mut Pool, granted: &mut Granted) -> Option<ExprId> {
        let fields = fields_of(self.pool, &[leaf]);
        if fields.is_empty() && is_of_constants(self.pool.kind(leaf)) {
            return self.says(leaf, &json!({})).map(truth);
        }
        let [(field, _)] = fields.as_slice() else { return None };
        if let Some(cases) = self.view.cases(field) {
            return self.by_cases(leaf, (field, cases), pool, granted);
        }
        let source = match self.view.origin(field)? {
            Known::Made(source) => source,
            Known::Fixed => return self.says(leaf, &json!({})).map(truth),
        };
        let says = |event: &Json| self.says(leaf, event);
        if source.scalar.many {
            if !matches!(source.change, Change::Same) {
                return None;
            }
            let with = |value: &Json| self.with(leaf, &source, value);
            let of_nothing = [says(&json!({})), with(&json!([])), with(&json!([null])), with(&json!([""]))];
            let silent = of_nothing.iter().all(|says| *says == Some(false));
            let mut former = Former { from: self.pool, field, source: &source, pool, granted };
            return if silent { former.form(leaf, false) } else { None };
        }
        granted.take(Grant::Paths, source.scalar.kind == ScalarKind::Any && !self.view.shared);
        let mut by_case = self.rest(leaf, field, &source, pool, granted)?;
        let mut cases = vec![(Op::IsMissing, truth(says(&json!({}))?))];
        let possible = singles(&source).into_iter().filter(|(_, value)| !self.rules_out_value(&source.field, value));
        for (op, value) in possible {
            cases.push((op, truth(self.with(leaf, &source, &value)?)));
        }
        for (op, then) in cases.into_iter().rev() {
            by_case = choice(pool, &source.field, op, then, by_case);
        }
        Some(by_case)
    }

    /// What the test says of the values that are not looked at one by one.
    fn rest(
        &self,
        leaf: ExprId,
        field: &FieldPath,
        source: &Source,
        pool: &mut Pool,
        granted: &mut Granted,
    ) -> Option<ExprId> {
        let of_kind = |kind: ScalarKind, pool: &mut Pool, granted: &mut Granted| {
            let source = Source { field: source.field.clone(), scalar: Scalar { kind, many: false }, ..*source };
            let mut former = Former { from: self.pool, field, source: &source, pool, granted };
            let formed = former.form(leaf, false);
            formed.or_else(|| self.view.shared.then(|| self.whole(leaf, pool)))
        };
        match source.scalar.kind {
            ScalarKind::Boolean => Some(truth(self.with(leaf, source, &json!(false))?)),
            ScalarKind::Any => {
                let mut by_type = of_kind(ScalarKind::Number, pool, granted)?;
                for (types, kind) in [
                    (TypeSet::OBJECT, ScalarKind::Object),
                    (TypeSet::ARRAY, ScalarKind::List),
                    (TypeSet::STRING, ScalarKind::Text),
                ] {
                    if !self.rules_out(&source.field, types) {
                        let then = of_kind(kind, pool, granted)?;
                        by_type = choice(pool, &source.field, Op::TypeIs(types), then, by_type);
                    }
                }
                Some(by_type)
            }
            // Whatever no key of the table is.
            _ if matches!(source.change, Change::Table(_) | Change::RegistryType) => {
                Some(truth(self.with(leaf, source, &json!(OTHER))?))
            }
            ScalarKind::Text if source.is_registry_data => {
                let mut form = |source: &Source, pool: &mut Pool| {
                    Former { from: self.pool, field, source, pool, granted }.form(leaf, false)
                };
                let mut by_kind = form(&source.of_other_texts(), pool)?;
                for number in Number::ALL {
                    let then = form(&source.of_numbers(number), pool)?;
                    by_kind = choice(pool, &source.field, number.test(), then, by_kind);
                }
                Some(by_kind)
            }
            kind => of_kind(kind, pool, granted),
        }
    }

    /// Whether the claim takes for granted that the field has no value of a type.
    fn rules_out(&self, field: &FieldPath, types: TypeSet) -> bool {
        self.view.assumes.iter().any(|assumption| match assumption {
            Assumption::Field(own, Values::One | Values::Scalar) => own == field && types == TypeSet::ARRAY,
            // A list of such values is let through.
            Assumption::Field(own, Values::Types(allowed)) => {
                own == field && types != TypeSet::ARRAY && !allowed.has(types)
            }
            _ => false,
        })
    }

    /// As [`Self::rules_out`], of one value.
    fn rules_out_value(&self, field: &FieldPath, value: &Json) -> bool {
        !value.is_null() && self.rules_out(field, TypeSet::of_json(value))
    }
}

/// `then` where the field passes the test, else `otherwise`.
fn choice(pool: &mut Pool, field: &FieldPath, op: Op, then: ExprId, otherwise: ExprId) -> ExprId {
    let condition = pool.test(Subject::Field(field.clone()), op, None);
    let not = pool.not(condition, None);
    let (yes, no) = (pool.and([condition, then], None), pool.and([not, otherwise], None));
    pool.or([yes, no], None)
}

/// When all of the members hold; where one of them is not known, only if the others never hold together.
fn all(members: Vec<Option<ExprId>>, pool: &mut Pool) -> Option<ExprId> {
    let is_whole = members.iter().all(Option::is_some);
    let together = pool.and(members.into_iter().flatten(), None);
    (is_whole || Diagram::default().of(pool, together)? == Node::FALSE).then_some(together)
}

/// When one of the members holds; where one of them is not known, only if one of the others always does.
fn any(members: Vec<Option<ExprId>>, pool: &mut Pool) -> Option<ExprId> {
    let is_whole = members.iter().all(Option::is_some);
    let either = pool.or(members.into_iter().flatten(), None);
    (is_whole || Diagram::default().of(pool, either)? == Node::TRUE).then_some(either)
}

/// Whether a test looks at nothing of the event.
fn is_of_constants(kind: &ExprKind) -> bool {
    let reads = |subject: &&Subject| {
        !matches!(
            subject,
            Subject::Constant(_) | Subject::Call(Function::Lower | Function::Upper | Function::ToText, _)
        )
    };
    matches!(kind, ExprKind::Test(..)) && !subjects(kind).iter().any(reads)
}

fn truth(holds: bool) -> ExprId {
    if holds { ExprId::TRUE } else { ExprId::FALSE }
}

fn equal(value: Value) -> Op {
    Op::Equal { to: Operand::Value(value), case: Case::Sensitive, coercion: Coercion::None }
}
