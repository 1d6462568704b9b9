//! Conditions as functions of what stands in the vendor's fields, so that two sides that see an event in different shapes can be
//! compared test by test.
//!
//! A test of a document's field becomes one of the vendor's field that the ingest makes it from. A field of which every event of the
//! log source has one scalar, null, or nothing is taken apart: what the test says where the field is missing, null or empty, the
//! evaluator is asked (through the modelled ingest, where there is one); what it says of all other values is its operator in a plain
//! form. What does not fit into this gives `None`, and the claim stays with the witnesses.

mod form;
mod operators;

use super::diagram::reachable;
use super::ground::{Ground, Scalar, ScalarKind};
use super::plain::plain;
use crate::catalog::ingest::{Origin, Way};
use crate::catalog::maps::Transform;
use crate::eval::{Conditions, Event, Verdict};
use crate::fidelity::{Assumption, Values};
use crate::ir::{
    Case, Coercion, EventModel, ExprId, ExprKind, FieldPath, Op, Operand, Pool, Rewriter, Subject, Value, fields_of,
};
use form::Former;
use serde_json::{Value as Json, json};
use std::collections::HashMap;

/// How a side sees the vendor's events.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    /// The vendor's world.
    pub(super) ground: &'a Ground<'a>,
    /// The way of the log source's events, where it is known.
    pub(super) way: Option<&'a Way>,
    /// Whether this side sees what the ingest makes of the events.
    pub(super) behind: bool,
    /// Whether it may be made by any of the sensors, not only by the first.
    pub(super) any_sensor: bool,
    /// Whether both sides read the same document in the same way: a test that cannot be taken apart is then the same test on both.
    pub(super) shared: bool,
    /// What the claim takes for granted of the values of fields.
    pub(super) assumes: &'a [Assumption],
}

/// What was taken for granted on the way.
#[derive(Default)]
pub(super) struct Granted {
    /// Texts are compared after a function made them lower case.
    pub(super) lowered: bool,
}

impl Granted {
    /// In words.
    pub(super) fn words(&self) -> Option<String> {
        let words = "no text has a letter that is an ASCII one in lower case only (U+212A, U+0130)";
        self.lowered.then(|| words.to_owned())
    }
}

/// What becomes of a scalar on its way to the field that is tested.
#[derive(Clone, Copy)]
enum Change {
    Same,
    BaseName(char),
    NumberAsText,
    /// One hash of `KIND=..` pairs, in lower case.
    HashOf(&'static str),
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
        let seen = Seen { view: *self, pool: from, model, conditions: Conditions::new(from, roots, model) };
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

    /// What the vendor's events of the log source have in common, as far as it can be said: all their documents have the values that tell
    /// them from others.
    pub(super) fn of_log_source(&self, pool: &mut Pool) -> ExprId {
        let mut members = Vec::new();
        for (field, value) in self.way.into_iter().flat_map(Way::implied) {
            let mut own = Pool::default();
            let op = Op::Equal { to: value.into(), case: Case::Sensitive, coercion: Coercion::Text };
            let test = own.any_of(FieldPath::dotted(field), op, None);
            let said = self.reduced(&own, EventModel::Elastic, &[test], pool, &mut Granted::default());
            members.extend(said.into_iter().flatten());
        }
        pool.and(members, None)
    }

    /// Where a field's values come from; `None` when it is not from one scalar.
    fn origin(&self, field: &FieldPath) -> Option<Known> {
        let name = field.name();
        let known = |raw: &str, change| {
            let field = FieldPath::dotted(raw);
            let is_one = |assumption: &Assumption| matches!(assumption, Assumption::Field(own, Values::One | Values::Scalar) if *own == field);
            let scalar = self.ground.scalar(&field, self.assumes.iter().any(is_one))?;
            Some(Known::Made(Source { field, scalar, change }))
        };
        let Some(way) = self.way else { return known(&name, Change::Same) };
        if !self.behind {
            return known(way.spelling(&name), Change::Same);
        }
        match way.origin(&name) {
            Origin::Fixed => Some(Known::Fixed),
            Origin::Unclear => None,
            Origin::Rest(raw) => {
                let kind = self.ground.scalar(&FieldPath::dotted(&raw), false)?.kind;
                let change = if kind == ScalarKind::Integer { Change::NumberAsText } else { Change::Same };
                known(&raw, change)
            }
            Origin::Row(row) => {
                let raw = row.raw_plain();
                let raw = way.spelling(&raw);
                let kind = self.ground.scalar(&FieldPath::dotted(raw), false)?.kind;
                let change = match (way.map().transform(row), kind) {
                    // A boolean's two values are looked at one by one, whatever becomes of them.
                    (None, _)
                    | (Some(_), ScalarKind::Boolean)
                    | (Some(Transform::Ip), ScalarKind::Ip)
                    | (Some(Transform::Integer), ScalarKind::Integer)
                    | (Some(Transform::Text), ScalarKind::Text) => Change::Same,
                    // Sensors write the hives in different ways; the one of [`Way::forward`] leaves the path as it is.
                    (Some(Transform::RegistryPath), ScalarKind::Text) if !self.any_sensor => Change::Same,
                    (Some(Transform::BaseName(separator)), ScalarKind::Text) => Change::BaseName(separator),
                    (Some(Transform::HashOf(kind)), ScalarKind::Text) => Change::HashOf(kind),
                    (Some(Transform::Text), ScalarKind::Integer) => Change::NumberAsText,
                    _ => return None,
                };
                known(raw, change)
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
}

impl Seen<'_> {
    /// The test over the vendor's fields, else as it is where both sides look at the same.
    fn leaf(&self, leaf: ExprId, pool: &mut Pool, granted: &mut Granted) -> Option<ExprId> {
        let apart = self.apart(leaf, pool, granted);
        apart.or_else(|| self.view.shared.then(|| Rewriter::new(self.pool, plain).rewrite(leaf, pool)))
    }

    fn apart(&self, leaf: ExprId, pool: &mut Pool, granted: &mut Granted) -> Option<ExprId> {
        let fields = fields_of(self.pool, &[leaf]);
        let [(field, _)] = fields.as_slice() else { return None };
        let says = |event: &Json| self.says(leaf, event);
        let source = match self.view.origin(field)? {
            Known::Made(source) => source,
            Known::Fixed => return says(&json!({})).map(truth),
        };
        let with = |value: Json| {
            let mut event = json!({});
            let placed = self.view.ground.place(&mut event, &source.field, &value, EventModel::Sigma);
            placed.and_then(|()| says(&event))
        };
        let mut former = Former { from: self.pool, field, source: &source, pool, granted };
        if source.scalar.many {
            if !matches!(source.change, Change::Same) {
                return None;
            }
            let of_nothing = [says(&json!({})), with(json!([])), with(json!([null])), with(json!([""]))];
            let silent = of_nothing.iter().all(|says| *says == Some(false));
            return if silent { former.form(leaf, false) } else { None };
        }
        let (missing, null) = (truth(says(&json!({}))?), truth(with(Json::Null)?));
        let mut cases = vec![(Op::IsMissing, missing), (Op::IsNull, null)];
        let rest = if source.scalar.kind == ScalarKind::Boolean {
            cases.push((equal(Value::Bool(true)), truth(with(json!(true))?)));
            truth(with(json!(false))?)
        } else {
            if source.scalar.kind == ScalarKind::Text {
                cases.push((equal(Value::str("")), truth(with(json!(""))?)));
            }
            former.form(leaf, false)?
        };
        let by_case = cases.into_iter().rev().fold(rest, |otherwise, (op, then)| {
            let condition = pool.test(Subject::Field(source.field.clone()), op, None);
            let not = pool.not(condition, None);
            let (yes, no) = (pool.and([condition, then], None), pool.and([not, otherwise], None));
            pool.or([yes, no], None)
        });
        Some(by_case)
    }

    fn says(&self, leaf: ExprId, event: &Json) -> Option<bool> {
        let spelled = self.view.way.map(|way| way.spelled(event));
        let event = spelled.as_ref().unwrap_or(event);
        let document = self.view.way.filter(|_| self.view.behind).map(|way| way.forward(event));
        let event = document.as_ref().unwrap_or(event);
        match self.conditions.verdict(leaf, &Event::new(event, self.model)) {
            Verdict::True => Some(true),
            Verdict::False => Some(false),
            Verdict::NotKnown(_) => None,
        }
    }
}

fn truth(holds: bool) -> ExprId {
    if holds { ExprId::TRUE } else { ExprId::FALSE }
}

fn equal(value: Value) -> Op {
    Op::Equal { to: Operand::Value(value), case: Case::Sensitive, coercion: Coercion::None }
}
