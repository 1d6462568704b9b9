//! Conditions as Python expressions that never raise and are real booleans.

use super::atom::{Atom, Relation, View};
use super::descent::Descent;
use super::names;
use crate::fidelity::{Effect, Loss, code};
use crate::ir::{ExprId, ExprKind, FieldPath, Op, Pool, Shape, Subject};
use crate::lang::python::{Code as Expr, CompareOp, Import, width};
use std::collections::BTreeSet;

/// Beyond this nesting CPython itself refuses the code, and nobody reads it.
const MAX_DEPTH: usize = 40;
const MAX_NODES: usize = 20_000;
/// Longer texts become constants of the module.
const MAX_INLINE: usize = 44;
/// What a method is called of is no longer, so that it fits on a line however deep it stands.
const MAX_OWNER: usize = 60;

/// Writes the conditions of one rule and gathers what its module needs.
pub(super) struct Writer<'a> {
    pub(super) pool: &'a Pool,
    pub(super) helpers: BTreeSet<&'static str>,
    pub(super) imports: BTreeSet<Import<'static>>,
    pub(super) constants: Vec<(String, Expr)>,
    /// Names that constants cannot have.
    pub(super) taken: BTreeSet<String>,
    /// What the enclosing quantifiers range over, outermost first: the variable, and the name for constants.
    pub(super) bound: Vec<(String, String)>,
    pub(super) descent: Descent,
}

/// A Python expression, or the construct that has no form.
pub(super) type Written = Result<Expr, Box<Loss>>;

/// Disjuncts that become one test.
enum Group {
    Alone(ExprId),
    List(Subject, Atom),
    Some(Subject, Vec<ExprId>),
}

impl<'a> Writer<'a> {
    pub(super) fn new(pool: &'a Pool) -> Self {
        Self {
            pool,
            helpers: BTreeSet::new(),
            imports: BTreeSet::new(),
            constants: Vec::new(),
            taken: BTreeSet::new(),
            bound: Vec::new(),
            descent: Descent::new(MAX_DEPTH, MAX_NODES),
        }
    }

    /// The condition as a boolean expression.
    pub(super) fn expr(&mut self, id: ExprId) -> Written {
        let Some(outer) = self.descent.enter(self.pool, id) else {
            return Err(self.no_form("a condition of this size or depth"));
        };
        let written = self.kind(id);
        self.descent.leave(outer);
        written
    }

    fn kind(&mut self, id: ExprId) -> Written {
        match self.pool.kind(id) {
            ExprKind::True => Ok(Expr::Bool(true)),
            ExprKind::False => Ok(Expr::Bool(false)),
            ExprKind::And(members) => Ok(Expr::all(self.conjuncts(members)?)),
            ExprKind::Or(members) => Ok(Expr::any(self.disjuncts(members)?)),
            ExprKind::Not(inner) => Ok(self.expr(*inner)?.negated()),
            ExprKind::Test(subject, op) => self.test(subject, op),
            ExprKind::ForSome(items, body) => self.for_some(items, &[*body]),
            ExprKind::ForAll(items, body) => self.generator("all", items, |writer| writer.expr(*body)),
            ExprKind::FirstSome { items, holds, raises } => self.first_some(items, *holds, *raises),
            ExprKind::Count { items, body, op, number } => {
                let number = i64::try_from(*number).map_err(|_| self.no_form("a count beyond 64 bits"))?;
                let count = self.count(items, *body)?;
                Ok(count.compare(super::test::compare_op(*op), Expr::Int(number)))
            }
            ExprKind::Lineage(_) => Err(self.no_form("a relation between processes")),
            ExprKind::OpaqueTest { text, reason } => {
                let message = format!("`{text}` is not understood: {reason}");
                Err(Box::new(Loss::new(&code::OPAQUE, Effect::Unknown, message, self.descent.origin)))
            }
        }
    }

    /// The members of a conjunction. Negated tests of one field become one `not in`.
    pub(super) fn conjuncts(&mut self, members: &[ExprId]) -> Result<Vec<Expr>, Box<Loss>> {
        let members = &self.without_guards(members);
        let negated: Vec<ExprId> = members
            .iter()
            .filter_map(|id| match self.pool.kind(*id) {
                ExprKind::Not(inner) => Some(*inner),
                _ => None,
            })
            .collect();
        let mut found = Vec::new();
        for id in members {
            if !matches!(self.pool.kind(*id), ExprKind::Not(_)) {
                found.push(self.expr(*id)?);
            }
        }
        found.extend(self.disjuncts(&negated)?.into_iter().map(Expr::negated));
        Ok(found)
    }

    /// The members of a disjunction, tests of one field against constants as one.
    pub(super) fn disjuncts(&mut self, members: &[ExprId]) -> Result<Vec<Expr>, Box<Loss>> {
        let mut groups: Vec<Group> = Vec::new();
        for id in members {
            self.add_to_group(&mut groups, *id);
        }
        groups
            .into_iter()
            .map(|group| match group {
                Group::Alone(id) => self.expr(id),
                Group::List(subject, atom) => self.atom(&subject, &atom),
                Group::Some(items, bodies) => self.for_some(&items, &bodies),
            })
            .collect()
    }

    /// The members of a conjunction without presence tests that another test of the same value implies.
    fn without_guards(&self, members: &[ExprId]) -> Vec<ExprId> {
        let implied = |subject: &Subject| {
            members.iter().any(|id| {
                matches!(self.pool.kind(*id), ExprKind::Test(other, op) if other == subject && Atom::of(op).is_some())
            })
        };
        let is_guard =
            |id: &ExprId| matches!(self.pool.kind(*id), ExprKind::Test(subject, Op::Present) if implied(subject));
        members.iter().copied().filter(|id| !is_guard(id)).collect()
    }

    fn add_to_group(&mut self, groups: &mut Vec<Group>, mut id: ExprId) {
        if let ExprKind::And(members) = self.pool.kind(id)
            && let [only] = self.without_guards(members).as_slice()
        {
            id = *only;
        }
        let group = match self.pool.kind(id) {
            ExprKind::Test(subject, op) => match Atom::of(op) {
                Some(atom) => Group::List(subject.clone(), atom),
                None => Group::Alone(id),
            },
            ExprKind::ForSome(items, body) => Group::Some(items.clone(), vec![*body]),
            _ => Group::Alone(id),
        };
        for known in groups.iter_mut() {
            match (known, &group) {
                (Group::List(subject, atom), Group::List(other, added))
                    if subject == other && (atom.view, atom.relation) == (added.view, added.relation) =>
                {
                    for constant in &added.constants {
                        if !atom.constants.contains(constant) {
                            atom.constants.push(constant.clone());
                        }
                    }
                    return;
                }
                (Group::Some(items, bodies), Group::Some(other, added)) if items == other => {
                    bodies.extend(added);
                    return;
                }
                _ => {}
            }
        }
        groups.push(group);
    }

    fn for_some(&mut self, items: &Subject, bodies: &[ExprId]) -> Written {
        let named = matches!(items, Subject::AnyField(pattern) if pattern.shape() != Shape::Anything);
        if bodies.contains(&ExprId::TRUE) && !named {
            let values = self.collection(items)?;
            return Ok(Expr::call("len", [values]).compare(CompareOp::NotEqual, Expr::Int(0)));
        }
        self.generator("any", items, |writer| Ok(Expr::any(writer.disjuncts(bodies)?)))
    }

    /// `function(element for x in items)`
    fn generator(&mut self, function: &str, items: &Subject, element: impl FnOnce(&mut Self) -> Written) -> Written {
        let generator = self.generator_of(items, |writer| Ok((element(writer)?, None)))?;
        Ok(Expr::call(function, [generator]))
    }

    fn generator_of(
        &mut self,
        items: &Subject,
        parts: impl FnOnce(&mut Self) -> Result<(Expr, Option<Expr>), Box<Loss>>,
    ) -> Written {
        let collection = self.collection(items)?;
        let variable = match self.bound.len() {
            0 => "item".to_owned(),
            depth => format!("item{}", depth + 1),
        };
        let name = names::of_subject(items, &self.bound);
        self.bound.push((variable.clone(), name));
        let written = parts(self);
        self.bound.pop();
        let (element, mut condition) = written?;
        let mut target = variable.clone();
        if let Subject::AnyField(pattern) = items {
            let named = self.name_condition(pattern, self.bound.len());
            target = match &named {
                Some(_) => format!("name{}, {variable}", self.bound.len()),
                None => format!("_, {variable}"),
            };
            condition = match (named, condition) {
                (Some(named), Some(condition)) => Some(Expr::all([named, condition])),
                (named, condition) => named.or(condition),
            };
        }
        Ok(Expr::Generator {
            element: Box::new(element),
            target,
            items: Box::new(collection),
            condition: condition.map(Box::new),
        })
    }

    fn count(&mut self, items: &Subject, body: ExprId) -> Written {
        if body == ExprId::TRUE && !matches!(items, Subject::AnyField(_)) {
            let values = self.collection(items)?;
            return Ok(Expr::call("len", [values]));
        }
        let generator = self.generator_of(items, |writer| Ok((Expr::Int(1), Some(writer.expr(body)?))))?;
        Ok(Expr::call("sum", [generator]))
    }

    /// The first item that holds or raises decides.
    fn first_some(&mut self, items: &Subject, holds: ExprId, raises: ExprId) -> Written {
        let generator = self.generator_of(items, |writer| {
            let (holds, raises) = (writer.expr(holds)?, writer.expr(raises)?);
            Ok((holds.clone(), Some(Expr::any([holds, raises]))))
        })?;
        Ok(Expr::call("next", [bracketed(generator), Expr::Bool(false)]))
    }

    /// A collection as something to iterate over.
    fn collection(&mut self, items: &Subject) -> Written {
        match items {
            Subject::AnyField(_) => Ok(self.help("leaves", [Expr::name("event")])),
            Subject::Elements(inner) => {
                let inner = self.term(inner)?;
                Ok(self.help("values", [inner]))
            }
            Subject::Items(inner) => {
                let inner = self.term(inner)?;
                Ok(self.help("items", [inner]))
            }
            Subject::Constant(value) => Ok(Expr::List(vec![self.literal(value)?])),
            _ => Err(self.no_form("a quantifier over what is no list")),
        }
    }

    /// A test against constants.
    pub(super) fn atom(&mut self, subject: &Subject, atom: &Atom) -> Written {
        let value = self.term(subject)?;
        let view = self.view(value, atom.view);
        let name = names::of_subject(subject, &self.bound);
        if let [only] = atom.constants.as_slice() {
            let constant = self.inline(only, &name, atom.relation);
            return Ok(self.relation(view, atom.relation, constant));
        }
        let list = match atom.relation {
            Relation::Prefix | Relation::Suffix => Expr::Tuple(atom.constants.clone()),
            _ => Expr::List(atom.constants.clone()),
        };
        let constant = self.constant(&names::of_list(&name, atom.relation), list);
        Ok(match atom.relation {
            Relation::Equal => view.compare(CompareOp::In, constant),
            Relation::Prefix | Relation::Suffix => self.relation(view, atom.relation, constant),
            Relation::Contains | Relation::Network => {
                let variable = if atom.relation == Relation::Network { "network" } else { "part" };
                let element = self.relation(view, atom.relation, Expr::name(variable));
                Expr::call(
                    "any",
                    [Expr::Generator {
                        element: Box::new(element),
                        target: variable.to_owned(),
                        items: Box::new(constant),
                        condition: None,
                    }],
                )
            }
        })
    }

    fn relation(&mut self, view: Expr, relation: Relation, constant: Expr) -> Expr {
        match relation {
            Relation::Equal => view.compare(CompareOp::Equal, constant),
            Relation::Prefix => of_text(view, "startswith", constant),
            Relation::Suffix => of_text(view, "endswith", constant),
            Relation::Contains => constant.compare(CompareOp::In, view),
            Relation::Network => self.help("in_network", [view, constant]),
        }
    }

    pub(super) fn view(&mut self, value: Expr, view: View) -> Expr {
        match view {
            View::Plain => value,
            View::Text => self.help("text", [value]),
            View::LowerText => self.help("text", [value]).method("lower", []),
            View::JsonText => self.help("json_text", [value]),
            View::LowerJsonText => self.help("json_text", [value]).method("lower", []),
            View::Number => self.help("number", [value]),
        }
    }

    /// A constant where it stands, or as a name when it is long.
    pub(super) fn inline(&mut self, constant: &Expr, name: &str, relation: Relation) -> Expr {
        let long = width(constant) > MAX_INLINE;
        if long { self.constant(&names::of_one(name, relation), constant.clone()) } else { constant.clone() }
    }

    /// A module constant of this value; its name gets a number when it is taken.
    pub(super) fn constant(&mut self, name: &str, value: Expr) -> Expr {
        if let Some((known, _)) = self.constants.iter().find(|(_, known)| *known == value) {
            return Expr::Name(known.clone());
        }
        let mut free = name.to_owned();
        let mut number = 2;
        while self.taken.contains(&free) || self.constants.iter().any(|(known, _)| *known == free) {
            free = format!("{name}_{number}");
            number += 1;
        }
        self.constants.push((free.clone(), value));
        Expr::Name(free)
    }

    /// A call of a helper that the module will carry.
    pub(super) fn help(&mut self, helper: &'static str, arguments: impl IntoIterator<Item = Expr>) -> Expr {
        self.helpers.insert(helper);
        Expr::call(helper, arguments)
    }

    pub(super) fn import(&mut self, module: &'static str) {
        self.imports.insert(Import { module, name: None, alias: None });
    }

    /// A construct without a form in Panther's Python.
    #[expect(clippy::unnecessary_box_returns, reason = "what `Result`s of this module hold")]
    pub(super) fn no_form(&self, what: &str) -> Box<Loss> {
        let message = format!("{what} has no form in a Panther rule");
        Box::new(Loss::new(&code::LOGIC, Effect::Unknown, message, self.descent.origin))
    }
}

/// `event.get("a")`, `event.deep_get("a", "b")`
pub(super) fn event_field(path: &FieldPath) -> Expr {
    let keys: Vec<Expr> = keys(path);
    let method = if keys.len() == 1 { "get" } else { "deep_get" };
    Expr::name("event").method(method, keys)
}

pub(super) fn keys(path: &FieldPath) -> Vec<Expr> {
    path.segments().iter().map(|key| Expr::str(key)).collect()
}

/// `text.method(constant)`, or `str.method(text, constant)` where black would find no place to break the line in the first.
pub(super) fn of_text(text: Expr, method: &'static str, constant: Expr) -> Expr {
    if width(&text) > MAX_OWNER {
        Expr::name("str").method(method, [text, constant])
    } else {
        text.method(method, [constant])
    }
}

/// A generator that is not a call's only argument stands in brackets of its own.
fn bracketed(generator: Expr) -> Expr {
    Expr::Bracketed(Box::new(generator))
}
