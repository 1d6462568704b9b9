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
mod singles;

use super::diagram::reachable;
use super::ground::{Ground, Scalar, ScalarKind};
use super::plain::{plain, plain_op};
use crate::backend::World;
use crate::catalog::ingest::{Origin, Way};
use crate::catalog::maps::{Transform, ValueTable};
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

/// What becomes of a scalar on its way to the field that is tested.
#[derive(Clone, Copy)]
enum Change {
    Same,
    BaseName(char),
    NumberAsText,
    Lowercase,
    /// One hash of `KIND=..` pairs, in lower case.
    HashOf(&'static str),
    /// What a table has for each text.
    Table(&'static ValueTable),
}

/// Where a tested field's values come from.
enum Known {
    /// It is the same in every event of the log source.
    Fixed,
    Made(Source),
}

/// A field of the vendor's events with what makes the tested field of it.
struct Source {
    field: FieldPath,
    scalar: Scalar,
    change: Change,
    /// The vendor writes the texts of this table as they stand there, in no other letter case.
    spelled: Option<&'static ValueTable>,
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
        let mut done: HashMap<ExprId, ExprId> = HashMap::new();
        for id in reachable(from, roots) {
            let of =
                |members: &[ExprId]| members.iter().map(|member| done.get(member).copied()).collect::<Option<Vec<_>>>();
            let made = match from.kind(id) {
                ExprKind::True => ExprId::TRUE,
                ExprKind::False => ExprId::FALSE,
                ExprKind::Not(inner) => {
                    let inner = *done.get(inner)?;
                    pool.not(inner, None)
                }
                ExprKind::And(members) => {
                    let members = of(members)?;
                    pool.and(members, None)
                }
                ExprKind::Or(members) => {
                    let members = of(members)?;
                    pool.or(members, None)
                }
                _ => seen.leaf(id, pool, granted)?,
            };
            done.insert(id, made);
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

    /// The path of a vendor's field: a key of it may have dots.
    fn raw_path(&self, raw: &str) -> FieldPath {
        let row = self.way.and_then(|way| way.map().raw_row(raw)).filter(|row| row.raw_plain() == raw);
        row.map_or_else(|| FieldPath::dotted(raw), |row| FieldPath::keys(&row.raw_keys()))
    }

    /// Where a field's values come from; `None` when it is not from one scalar.
    fn origin(&self, field: &FieldPath) -> Option<Known> {
        let name = field.name();
        let known = |raw: &str, change| {
            let field = self.raw_path(raw);
            let is_one = |assumption: &Assumption| matches!(assumption, Assumption::Field(own, Values::One | Values::Scalar) if *own == field);
            // A value of which nothing is known: both sides see it as it is.
            let any = Scalar { kind: ScalarKind::Any, many: false };
            let is_seen = !self.behind && self.ground.world() == World::Raw && matches!(change, Change::Same);
            let scalar = self.ground.scalar(&field, self.assumes.iter().any(is_one)).or(is_seen.then_some(any))?;
            let spelled = self.ground.spellings(&field);
            Some(Known::Made(Source { field, scalar, change, spelled }))
        };
        let Some(way) = self.way else { return known(&name, Change::Same) };
        if !self.behind {
            return known(&way.spelling(&name), Change::Same);
        }
        match way.origin(&name) {
            Origin::Fixed => Some(Known::Fixed),
            Origin::Unclear if self.sensor.is_some() && way.is_by_sensor(&name) => Some(Known::Fixed),
            Origin::Unclear => None,
            Origin::Rest(raw) => {
                let kind = self.ground.scalar(&FieldPath::dotted(&raw), false)?.kind;
                let change = if kind == ScalarKind::Integer { Change::NumberAsText } else { Change::Same };
                known(&raw, change)
            }
            Origin::Row(row) => {
                let raw = row.raw_plain();
                let raw = way.spelling(&raw);
                let kind = self.ground.scalar(&self.raw_path(&raw), false)?.kind;
                let change = match (way.map().transform(row), kind) {
                    // A boolean's two values are looked at one by one, whatever becomes of them.
                    (None, _)
                    | (Some(_), ScalarKind::Boolean)
                    | (Some(Transform::Ip), ScalarKind::Ip)
                    | (Some(Transform::Integer), ScalarKind::Integer)
                    | (Some(Transform::Text), ScalarKind::Text) => Change::Same,
                    // Sensors write the hives in different ways; the one of [`Way::forward`] leaves the path as it is.
                    (Some(Transform::RegistryPath), ScalarKind::Text) if !self.sensor.is_some_and(Way::spells_out) => {
                        Change::Same
                    }
                    (Some(Transform::BaseName(separator)), ScalarKind::Text) => Change::BaseName(separator),
                    (Some(Transform::Extension), ScalarKind::Text) => Change::BaseName('.'),
                    (Some(Transform::Lowercase), ScalarKind::Text) => Change::Lowercase,
                    (Some(Transform::Values(table)), ScalarKind::Text) if table.is_whole() => Change::Table(table),
                    (Some(Transform::HashOf(kind)), ScalarKind::Text) => Change::HashOf(kind),
                    (Some(Transform::Text), ScalarKind::Integer) => Change::NumberAsText,
                    _ => return None,
                };
                known(&raw, change)
            }
        }
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
            _ if matches!(source.change, Change::Table(_)) => Some(truth(self.with(leaf, source, &json!(OTHER))?)),
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
