//! `GROUP BY` and `HAVING` as thresholds.

use super::condition::mirrored;
use super::relation::{Relation, conjuncts};
use super::term::constant;
use super::{NO_WINDOW, Read, Reader, Result};
use crate::ir::{Bound, Cmp, FieldPath, Logic, Measure, Subject, Threshold, ThresholdSource, Value, Window};
use crate::lang::sql::ast::{
    self, BinaryOperator, DuplicateTreatment, Expr, FunctionArg, FunctionArgExpr, FunctionArguments, GroupByExpr,
    SelectItem,
};
use std::time::Duration;

/// Whether a selection puts rows together.
pub(super) fn is_grouped(select: &ast::Select) -> bool {
    let groups = match &select.group_by {
        GroupByExpr::All(_) => true,
        GroupByExpr::Expressions(keys, _) => !keys.is_empty(),
    };
    groups || select.having.is_some()
}

impl Reader<'_> {
    pub(super) fn grouped(
        &mut self,
        select: &ast::Select,
        known: &[(String, Relation)],
        interval: Option<Duration>,
    ) -> Result<Read> {
        let [from] = select.from.as_slice() else {
            return self.refuse(select, "a count over several tables");
        };
        if let Some(join) = from.joins.first() {
            return self.refuse(&join.relation, "a count over a join");
        }
        let mut source = self.source(&from.relation, known)?;
        if let Some(condition) = &select.selection {
            source = self.filtered(source, condition)?;
        }
        let GroupByExpr::Expressions(keys, modifiers) = &select.group_by else {
            return self.refuse(select, "`GROUP BY ALL`");
        };
        if !modifiers.is_empty() {
            return self.refuse(select, "a form of `GROUP BY` that is not understood");
        }
        let mut group_by = Vec::new();
        for key in keys {
            match self.field(selected(select, key), &source) {
                Some(field) => group_by.push(field),
                None => return self.refuse(key, "a group by what is computed"),
            }
        }
        let mut bounds = Vec::new();
        for part in select.having.iter().flat_map(|having| conjuncts(having)) {
            match self.bound(part, select, &source) {
                Some(bound) => bounds.push(bound),
                None => return self.refuse(part, "a condition on groups that is not understood"),
            }
        }
        if bounds.is_empty() {
            bounds.push(Bound { measure: Measure::Count, op: Cmp::GreaterOrEqual, number: Value::Int(1) });
        }
        self.assume("events without a field of the group are counted in no group");
        let window = match (source.look_back, interval) {
            (Some(look_back), Some(interval)) => Window::Run { look_back, interval },
            _ => NO_WINDOW,
        };
        let outputs = self.projected(source.clone(), &select.projection).outputs();
        let threshold =
            Threshold { source: ThresholdSource::Filter(source.filter), group_by, aliases: Vec::new(), bounds, window };
        Ok(Read {
            logic: Logic::Threshold(threshold),
            look_back: source.look_back,
            log_types: source.log_types,
            outputs,
        })
    }

    fn field(&mut self, expr: &Expr, source: &Relation) -> Option<FieldPath> {
        match self.term(expr, &[source]).filter(|term| !term.folded)?.subject {
            Subject::Field(path) => Some(path),
            _ => None,
        }
    }

    fn bound(&mut self, part: &Expr, select: &ast::Select, source: &Relation) -> Option<Bound> {
        let Expr::BinaryOp { left, op, right } = part else { return None };
        let op = match op {
            BinaryOperator::Eq => Cmp::Equal,
            BinaryOperator::Gt => Cmp::Greater,
            BinaryOperator::GtEq => Cmp::GreaterOrEqual,
            BinaryOperator::Lt => Cmp::Less,
            BinaryOperator::LtEq => Cmp::LessOrEqual,
            _ => return None,
        };
        let number = |expr: &Expr| constant(expr).filter(|value| matches!(value, Value::Int(_) | Value::Float(_)));
        if let Some(number) = number(right) {
            let measure = self.measure(selected(select, left), source)?;
            return Some(Bound { measure, op, number });
        }
        let number = number(left)?;
        let measure = self.measure(selected(select, right), source)?;
        Some(Bound { measure, op: mirrored(op), number })
    }

    fn measure(&mut self, expr: &Expr, source: &Relation) -> Option<Measure> {
        let Expr::Function(function) = expr else { return None };
        if function.over.is_some() || function.filter.is_some() {
            return None;
        }
        let FunctionArguments::List(list) = &function.args else { return None };
        let name = function.name.to_string().to_lowercase();
        let distinct = list.duplicate_treatment == Some(DuplicateTreatment::Distinct);
        let fields: Option<Vec<FieldPath>> = list
            .args
            .iter()
            .map(|argument| match argument {
                FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => self.field(expr, source),
                _ => None,
            })
            .collect();
        let all = matches!(list.args.as_slice(), [] | [FunctionArg::Unnamed(FunctionArgExpr::Wildcard)]);
        match (name.as_str(), distinct, fields.as_deref()) {
            ("count", false, _) if all => Some(Measure::Count),
            ("count", true, Some(fields)) if !fields.is_empty() => Some(Measure::Distinct(fields.to_vec())),
            ("sum", false, Some([field])) => Some(Measure::Sum(field.clone())),
            ("avg", false, Some([field])) => Some(Measure::Average(field.clone())),
            ("min", false, Some([field])) => Some(Measure::Min(field.clone())),
            ("max", false, Some([field])) => Some(Measure::Max(field.clone())),
            ("median", false, Some([field])) => Some(Measure::Median(field.clone())),
            _ => None,
        }
    }
}

/// What an alias of the selection, or the number of one of its columns, stands for; else the expression itself.
fn selected<'q>(select: &'q ast::Select, expr: &'q Expr) -> &'q Expr {
    let name = match expr {
        Expr::Identifier(name) => name.value.clone(),
        Expr::Value(_) => {
            let Some(Value::Int(number)) = constant(expr) else { return expr };
            let place = usize::try_from(number).ok().and_then(|number| number.checked_sub(1));
            let item = place.and_then(|place| select.projection.get(place));
            return match item {
                Some(SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. }) => expr,
                _ => expr,
            };
        }
        _ => return expr,
    };
    let named = select.projection.iter().find_map(|item| match item {
        SelectItem::ExprWithAlias { expr, alias } if alias.value.eq_ignore_ascii_case(&name) => Some(expr),
        _ => None,
    });
    named.unwrap_or(expr)
}
