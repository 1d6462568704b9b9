//! Two selections joined by a column: what has to be there too, and what must not be (`LEFT JOIN .. WHERE right IS NULL`, `NOT IN`,
//! `NOT EXISTS`).

use super::relation::{Relation, conjuncts};
use super::{Read, Reader, Result};
use crate::ir::{Case, Coercion, ExprId, FieldPath, Group, Logic, Member, MemberSource, Op, Subject, holes};
use crate::lang::sql::ast::{self, BinaryOperator, Expr, JoinConstraint, JoinOperator};
use std::time::Duration;

/// The other side of a join.
struct Other {
    relation: Relation,
    absent: bool,
    /// The fields of both sides that are equal.
    key: (FieldPath, FieldPath),
}

impl Reader<'_> {
    /// A selection that joins another one, by a join or by a query in its condition; `None` where it does not.
    pub(super) fn joined(
        &mut self,
        select: &ast::Select,
        known: &[(String, Relation)],
        interval: Option<Duration>,
    ) -> Result<Option<Read>> {
        let [from] = select.from.as_slice() else { return Ok(None) };
        let parts: Vec<&Expr> = select.selection.iter().flat_map(|condition| conjuncts(condition)).collect();
        let asks = |part: &Expr| {
            matches!(part, Expr::Exists { .. } | Expr::In { target: ast::InTarget::Subquery(_), .. })
                || matches!(part, Expr::UnaryOp { expr, .. } if matches!(**expr, Expr::Exists { .. }))
        };
        if from.joins.is_empty() && !parts.iter().any(|part| asks(part)) {
            return Ok(None);
        }
        if super::group::is_grouped(select) {
            return self.refuse(select, "a count over a join");
        }
        let mut first = self.source(&from.relation, known)?;
        let mut others: Vec<Other> = Vec::new();
        let mut left_joined = None;
        for join in &from.joins {
            let relation = self.source(&join.relation, known)?;
            let (kind, constraint) = self.join_kind(join)?;
            let key = self.join_key(constraint, &first, &relation, join)?;
            if kind == Kind::Left {
                left_joined = Some(others.len());
            }
            others.push(Other { relation, absent: kind == Kind::Anti, key });
        }
        for part in parts {
            if asks(part) {
                let other = self.sub_query(part, &first, known)?;
                others.push(other);
            } else if let Some(length) = self.window_of(part)? {
                first.look_back = Some(first.look_back.map_or(length, |known| known.min(length)));
            } else {
                self.take_part(part, &mut first, &mut others)?;
            }
        }
        let [other] = others.as_mut_slice() else {
            return self.refuse(select, "a join of more than two selections");
        };
        if left_joined.is_some() && !other.absent {
            return self.refuse(&from.joins[0].relation, "a left join that keeps rows without a partner");
        }
        let outputs = self.projected(first.clone(), &select.projection).outputs();
        let Some(other) = others.pop() else { return Ok(None) };
        Ok(Some(self.group(first, other, interval, outputs)))
    }

    fn join_kind<'q>(&self, join: &'q ast::Join) -> Result<(Kind, &'q JoinConstraint)> {
        match &join.join_operator {
            JoinOperator::Join(on) | JoinOperator::Inner(on) | JoinOperator::Semi(on) | JoinOperator::LeftSemi(on) => {
                Ok((Kind::Inner, on))
            }
            JoinOperator::Left(on) | JoinOperator::LeftOuter(on) => Ok((Kind::Left, on)),
            JoinOperator::Anti(on) | JoinOperator::LeftAnti(on) => Ok((Kind::Anti, on)),
            _ => self.refuse(&join.relation, "a join that is not understood"),
        }
    }

    /// The one pair of columns that a join compares.
    fn join_key(
        &mut self,
        constraint: &JoinConstraint,
        first: &Relation,
        other: &Relation,
        join: &ast::Join,
    ) -> Result<(FieldPath, FieldPath)> {
        let key = match constraint {
            JoinConstraint::On(condition) => self.equal_columns(condition, first, other),
            JoinConstraint::Using(names) => match names.as_slice() {
                [name] => {
                    let name = name.to_string();
                    column_field(first.column(&name)).zip(column_field(other.column(&name)))
                }
                _ => None,
            },
            _ => None,
        };
        match key {
            Some(key) => Ok(key),
            None => self.refuse(&join.relation, "a join on other than one column of each side"),
        }
    }

    /// `a.x = b.y`, in either order.
    fn equal_columns(
        &mut self,
        condition: &Expr,
        first: &Relation,
        other: &Relation,
    ) -> Option<(FieldPath, FieldPath)> {
        let Expr::BinaryOp { left, op: BinaryOperator::Eq, right } = unnested(condition) else { return None };
        self.columns(left, right, first, other).or_else(|| self.columns(right, left, first, other))
    }

    fn columns(
        &mut self,
        left: &Expr,
        right: &Expr,
        first: &Relation,
        other: &Relation,
    ) -> Option<(FieldPath, FieldPath)> {
        let mine = self.term(left, &[first]).filter(|term| !term.folded)?;
        let theirs = self.term(right, &[other]).filter(|term| !term.folded)?;
        column_field(Some(mine.subject)).zip(column_field(Some(theirs.subject)))
    }

    /// A part of the condition: the anti-test of a left join, or a condition on one side.
    fn take_part(&mut self, part: &Expr, first: &mut Relation, others: &mut [Other]) -> Result<()> {
        if let Expr::IsNull(column) = part {
            for other in others.iter_mut() {
                let own = self.term(column, &[first]).is_none();
                let key = self.term(column, &[&other.relation]).and_then(|term| column_field(Some(term.subject)));
                if own && key.as_ref() == Some(&other.key.1) {
                    other.absent = true;
                    return Ok(());
                }
            }
        }
        let holds = self.condition(part, &[first]).holds;
        if holes(self.pool, &[holds]).is_empty() {
            first.filter = self.pool.and([first.filter, holds], None);
            return Ok(());
        }
        for other in others.iter_mut() {
            let holds = self.condition(part, &[&other.relation]).holds;
            if holes(self.pool, &[holds]).is_empty() {
                other.relation.filter = self.pool.and([other.relation.filter, holds], None);
                return Ok(());
            }
        }
        self.refuse(part, "a condition that is not understood beside a join")
    }

    /// `x NOT IN (SELECT ..)`, `NOT EXISTS (SELECT ..)`, and their opposites.
    fn sub_query(&mut self, part: &Expr, first: &Relation, known: &[(String, Relation)]) -> Result<Other> {
        match part {
            Expr::In { expr, target: ast::InTarget::Subquery(query), negated, .. } => {
                let select = self.select_of(query)?;
                let relation = self.relation(select, known)?;
                let theirs = relation.only_column();
                let mine = self.term(expr, &[first]).and_then(|term| column_field(Some(term.subject)));
                match mine.zip(theirs) {
                    Some(key) => Ok(Other { relation, absent: *negated, key }),
                    None => self.refuse(part, "a query in a condition that does not give one column"),
                }
            }
            Expr::UnaryOp { op: ast::UnaryOperator::Not, expr } => {
                let other = self.sub_query(expr, first, known)?;
                Ok(Other { absent: !other.absent, ..other })
            }
            Expr::Exists { subquery, negated } => self.exists(subquery, *negated, first, known),
            _ => self.refuse(part, "a query in a condition"),
        }
    }

    fn exists(
        &mut self,
        query: &ast::Query,
        absent: bool,
        first: &Relation,
        known: &[(String, Relation)],
    ) -> Result<Other> {
        let select = self.select_of(query)?;
        let [from] = select.from.as_slice() else {
            return self.refuse(query, "a query over several tables in a condition");
        };
        if !from.joins.is_empty() {
            return self.refuse(query, "a join in a condition");
        }
        let mut relation = self.source(&from.relation, known)?;
        let mut key = None;
        for part in select.selection.iter().flat_map(|condition| conjuncts(condition)) {
            if key.is_none() && compares_sides(part, first, &relation) {
                key = self.equal_columns(part, first, &relation);
                continue;
            }
            relation = self.filtered(relation, part)?;
        }
        match key {
            Some(key) => Ok(Other { relation, absent, key }),
            None => self.refuse(query, "a query in a condition that is not tied to the rows outside"),
        }
    }

    fn group(
        &mut self,
        mut first: Relation,
        mut other: Other,
        interval: Option<Duration>,
        outputs: Vec<crate::ir::OutputField>,
    ) -> Read {
        if first.log_types != other.relation.log_types {
            first.filter = self.of_log_types(&first);
            other.relation.filter = self.of_log_types(&other.relation);
        }
        self.assume("rows without the joined column are in no result");
        let day = Duration::from_hours(24);
        let windows = [first.look_back, other.relation.look_back].map(|window| window.unwrap_or(day));
        let member = |relation: &Relation, absent: bool, window: Duration| Member {
            id: relation.name.clone(),
            source: MemberSource::Filter(relation.filter),
            absent,
            min_count: 1,
            max_count: None,
            look_back: Some(window),
        };
        let mut log_types = first.log_types.clone();
        log_types.extend(other.relation.log_types.iter().filter(|name| !first.log_types.contains(name)).cloned());
        let look_back = windows[0].max(windows[1]);
        let group = Group {
            members: vec![member(&first, false, windows[0]), member(&other.relation, other.absent, windows[1])],
            criteria: vec![vec![(0, other.key.0), (1, other.key.1)]],
            transitions: Vec::new(),
            look_back,
            interval,
        };
        Read { logic: Logic::Group(group), look_back: Some(look_back), log_types, outputs }
    }

    /// The filter of a relation among events of several log types.
    fn of_log_types(&mut self, relation: &Relation) -> ExprId {
        let field = Subject::Field(FieldPath::keys(&["p_log_type"]));
        let tests: Vec<ExprId> = relation
            .log_types
            .iter()
            .map(|name| {
                let op = Op::Equal { to: name.as_str().into(), case: Case::Sensitive, coercion: Coercion::None };
                self.pool.test(field.clone(), op, None)
            })
            .collect();
        let any = self.pool.or(tests, None);
        self.pool.and([any, relation.filter], None)
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Inner,
    Left,
    Anti,
}

fn column_field(subject: Option<Subject>) -> Option<FieldPath> {
    match subject? {
        Subject::Field(path) => Some(path),
        _ => None,
    }
}

fn unnested(expr: &Expr) -> &Expr {
    match expr {
        Expr::Nested(inner) => unnested(inner),
        other => other,
    }
}

/// Whether a part compares a column of each side, as their names say.
fn compares_sides(part: &Expr, first: &Relation, other: &Relation) -> bool {
    let Expr::BinaryOp { left, op: BinaryOperator::Eq, right } = unnested(part) else { return false };
    let owner = |expr: &Expr| match unnested(expr) {
        Expr::CompoundIdentifier(parts) => parts.len().checked_sub(2).map(|at| parts[at].value.to_lowercase()),
        _ => None,
    };
    let owners = [owner(left), owner(right)];
    owners.contains(&Some(first.name.clone())) && owners.contains(&Some(other.name.clone()))
}
