//! Tests of a value that the ingest makes from several fields by cases: what the test says of each case's value, by which case the event
//! fits.

use super::{Granted, Seen, View, truth};
use crate::catalog::ingest::Origin;
use crate::catalog::maps::{Case, Transform};
use crate::ir::{self, Coercion, EventModel, ExprId, FieldPath, Op, Pool, Subject};
use serde_json::json;

impl View<'_> {
    /// The cases by which the field is made, where each says all of its condition in fields.
    pub(super) fn cases(&self, field: &FieldPath) -> Option<&'static [Case]> {
        let way = self.way.filter(|_| self.behind)?;
        let Origin::Row(row) = way.origin(&field.name()) else { return None };
        match way.map().transform(row) {
            Some(Transform::Cases(cases)) if cases.iter().all(|case| case.one.is_none()) => Some(cases),
            _ => None,
        }
    }
}

impl Seen<'_> {
    /// The test as what it says by cases.
    pub(super) fn by_cases(
        &self,
        leaf: ExprId,
        (field, cases): (&FieldPath, &[Case]),
        pool: &mut Pool,
        granted: &mut Granted,
    ) -> Option<ExprId> {
        let mut own = Pool::default();
        let conditions: Vec<ExprId> = cases.iter().map(|case| condition(case, &mut own)).collect();
        let vendor = View { behind: false, shared: false, ..self.view };
        let fits = vendor.reduced(&own, EventModel::Sigma, &conditions, pool, granted)?;
        let mut said = truth(self.says_of_document(leaf, &json!({}))?);
        for (case, fits) in cases.iter().zip(fits).rev() {
            let name = field.name();
            let document = name.rsplit('.').fold(json!(case.then), |inner, key| json!({ key: inner }));
            let then = truth(self.says_of_document(leaf, &document)?);
            let not = pool.not(fits, None);
            let (yes, no) = (pool.and([fits, then], None), pool.and([not, said], None));
            said = pool.or([yes, no], None);
        }
        Some(said)
    }
}

/// The condition of a case over the vendor's fields. The way back of rules says it with what it knows of the rule and the fields' types; a
/// proof that took that over would have its mistakes.
fn condition(case: &Case, pool: &mut Pool) -> ExprId {
    let letters = if case.any_case { ir::Case::Insensitive } else { ir::Case::Sensitive };
    let mut members = Vec::new();
    for (name, values) in &case.when {
        let field = FieldPath::dotted(&name.replace("[]", ""));
        let tests: Vec<ExprId> = values
            .iter()
            .map(|value| match value.as_str() {
                Case::ANY => pool.test(Subject::Field(field.clone()), Op::Present, None),
                value => {
                    let op = Op::Equal { to: value.into(), case: letters, coercion: Coercion::Text };
                    pool.any_of(field.clone(), op, None)
                }
            })
            .collect();
        members.push(pool.or(tests, None));
    }
    pool.and(members, None)
}
