//! A condition as a tree of entries, with the values of one key brought together.

use super::entry::{Entry, Key, Site, entry, field_name};
use super::windash;
use super::yaml::Yaml;
use crate::fidelity::{Effect, Loss, Polarity, code};
use crate::ir::{ExprId, ExprKind, Function, Op, Pattern, Piece, Pool, Subject, display_expr};

/// Beyond this many entries a rule is not readable, nor is a shared condition worth writing out again and again.
const MAX_ENTRIES: usize = 20_000;
/// Deeper conditions are not what people write, and walking them takes stack.
const MAX_DEPTH: usize = 200;

/// A condition in Sigma's terms.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Tree {
    Entry(Entry),
    And(Vec<Tree>),
    Or(Vec<Tree>),
    Not(Box<Tree>),
}

/// Builds the tree of a condition.
pub(super) fn tree(pool: &Pool, root: ExprId, polarity: Polarity, losses: &mut Vec<Loss>) -> Result<Tree, Box<Loss>> {
    Builder { pool, losses, entries: 0 }.build(root, polarity, 0)
}

struct Builder<'a> {
    pool: &'a Pool,
    losses: &'a mut Vec<Loss>,
    entries: usize,
}

impl Builder<'_> {
    fn build(&mut self, id: ExprId, polarity: Polarity, depth: usize) -> Result<Tree, Box<Loss>> {
        let pool = self.pool;
        if self.entries > MAX_ENTRIES || depth > MAX_DEPTH {
            return self.refuse(id, "the condition is too large to be written as a Sigma rule");
        }
        match pool.kind(id) {
            ExprKind::And(members) => Ok(and(self.members(members, polarity, depth)?)),
            ExprKind::Or(members) => Ok(or(self.members(members, polarity, depth)?)),
            ExprKind::Not(inner) => self.negated(*inner, polarity.flip(), depth),
            ExprKind::Test(Subject::Field(field), op) => {
                let field = field_name(field, &self.site(id, polarity))?;
                self.whole_value(field, op, id, polarity)
            }
            ExprKind::ForSome(Subject::Elements(inner), body) => match &**inner {
                Subject::Field(field) => {
                    let field = field_name(field, &self.site(id, polarity))?;
                    self.any_value(field, *body, id, polarity)
                }
                _ => self.refuse(id, "a computed list has no form in Sigma"),
            },
            ExprKind::ForSome(Subject::AnyField(fields), body) if *fields == Pattern::new([Piece::Any]) => {
                self.test(None, *body, id, polarity)
            }
            ExprKind::ForSome(Subject::AnyField(fields), _) => {
                self.refuse(id, format!("Sigma searches all fields or one, not those named `{fields}`"))
            }
            ExprKind::True => self.refuse(id, "a condition that holds on every event has no form in Sigma"),
            ExprKind::False => {
                let message = "the condition is false on every event";
                Err(Box::new(Loss::new(&code::NEVER_FIRES, Effect::Unknown, message, pool.origin(id))))
            }
            ExprKind::OpaqueTest { text, reason } => {
                let message = format!("`{text}` is not understood: {reason}");
                Err(Box::new(Loss::new(&code::OPAQUE, Effect::Unknown, message, pool.origin(id))))
            }
            _ => {
                let shown = display_expr(pool, id);
                self.refuse(id, format!("this has no form in Sigma: {shown}"))
            }
        }
    }

    fn members(&mut self, members: &[ExprId], polarity: Polarity, depth: usize) -> Result<Vec<Tree>, Box<Loss>> {
        members.iter().map(|member| self.build(*member, polarity, depth + 1)).collect()
    }

    fn site(&mut self, id: ExprId, polarity: Polarity) -> Site<'_> {
        Site { polarity, origin: self.pool.origin(id), losses: self.losses }
    }

    fn refuse<T>(&mut self, id: ExprId, message: impl Into<String>) -> Result<T, Box<Loss>> {
        self.site(id, Polarity::Positive).refuse(message)
    }

    fn leaf(&mut self, entry: Entry) -> Tree {
        self.entries += 1;
        Tree::Entry(entry)
    }

    /// The tests that are single entries in their negated form: `null` and `exists`.
    fn negated(&mut self, inner: ExprId, polarity: Polarity, depth: usize) -> Result<Tree, Box<Loss>> {
        let tree = self.build(inner, polarity, depth + 1)?;
        Ok(match tree {
            Tree::Not(inner) => *inner,
            Tree::Entry(mut only) if only.key.modifiers == ["exists"] => {
                only.values.iter_mut().for_each(|value| *value = Yaml::Bool(*value == Yaml::Bool(false)));
                Tree::Entry(only)
            }
            tree => Tree::Not(Box::new(tree)),
        })
    }

    fn any_value(&mut self, field: String, body: ExprId, id: ExprId, polarity: Polarity) -> Result<Tree, Box<Loss>> {
        if body == ExprId::TRUE {
            let null = self.leaf(Entry::new(Some(field), vec![], Yaml::Null));
            return Ok(Tree::Not(Box::new(null)));
        }
        self.test(Some(field), body, id, polarity)
    }

    fn test(&mut self, field: Option<String>, body: ExprId, id: ExprId, polarity: Polarity) -> Result<Tree, Box<Loss>> {
        let (part, op) = match self.pool.kind(body) {
            ExprKind::Test(Subject::Element(0), op) => (None, op),
            ExprKind::Test(Subject::Call(Function::DatePart(part), arguments), op)
                if **arguments == [Subject::Element(0)] && field.is_some() =>
            {
                (Some(part.name()), op)
            }
            _ => return self.refuse(id, "a condition on one element of a list has no form in Sigma"),
        };
        let mut entry = entry(field, op, &mut self.site(id, polarity))?;
        if let Some(part) = part {
            if !entry.values.iter().all(|value| matches!(value, Yaml::Int(_) | Yaml::Float(_))) {
                return self.refuse(id, format!("Sigma compares the {part} of a date with numbers only"));
            }
            entry.key.modifiers.insert(0, part);
        }
        Ok(self.leaf(entry))
    }

    /// Tests that tell missing, null and empty apart. Sigma's `null` is "no value": missing, null and an empty list.
    fn whole_value(&mut self, field: String, op: &Op, id: ExprId, polarity: Polarity) -> Result<Tree, Box<Loss>> {
        let missing = Entry::new(Some(field.clone()), vec!["exists"], Yaml::Bool(false));
        let exists = Entry::new(Some(field.clone()), vec!["exists"], Yaml::Bool(true));
        let null = Entry::new(Some(field.clone()), vec![], Yaml::Null);
        match op {
            Op::IsMissing => Ok(self.leaf(missing)),
            Op::IsNull => {
                let message = format!("Sigma cannot tell null from an empty list in `{field}`");
                self.site(id, polarity).lose(&code::NULL_SEMANTICS, Effect::Widened, message);
                Ok(Tree::And(vec![self.leaf(exists), self.leaf(null)]))
            }
            Op::Present if polarity == Polarity::Positive => {
                let message = format!("Sigma's `exists` also holds where `{field}` is null");
                self.site(id, polarity).lose(&code::NULL_SEMANTICS, Effect::Widened, message);
                Ok(self.leaf(exists))
            }
            Op::Present => {
                let message = format!("Sigma's `null` also holds where `{field}` is an empty list");
                self.site(id, polarity).lose(&code::NULL_SEMANTICS, Effect::Narrowed, message);
                Ok(Tree::Not(Box::new(self.leaf(null))))
            }
            Op::IsEmpty => {
                let message = format!("Sigma's empty string in `{field}` does not hold for an empty list or object");
                self.site(id, polarity).lose(&code::NULL_SEMANTICS, Effect::Narrowed, message);
                Ok(self.leaf(Entry::new(Some(field), vec![], Yaml::Str(String::new()))))
            }
            _ => self.refuse(id, format!("`{field}` is compared as one value, Sigma compares each of its values")),
        }
    }
}

/// A disjunction: the values of equal keys become one list.
pub(super) fn or(members: Vec<Tree>) -> Tree {
    let mut joined = join(members, |entry| entry.is_listable() && (!entry.all || entry.values.len() == 1), false);
    for member in &mut joined {
        if let Tree::Entry(entry) = member {
            windash::fold(entry);
        }
    }
    single(joined, Tree::Or)
}

/// A conjunction: the values of equal keys become one list under `all`.
pub(super) fn and(members: Vec<Tree>) -> Tree {
    single(join(members, |entry| entry.takes_all() && entry.is_conjunction(), true), Tree::And)
}

fn single(mut members: Vec<Tree>, many: impl Fn(Vec<Tree>) -> Tree) -> Tree {
    if members.len() == 1 { members.remove(0) } else { many(members) }
}

fn join(members: Vec<Tree>, fits: impl Fn(&Entry) -> bool, all: bool) -> Vec<Tree> {
    let mut joined: Vec<Tree> = Vec::new();
    let mut places: std::collections::HashMap<Key, usize> = std::collections::HashMap::new();
    for member in members {
        let entry = match member {
            Tree::Entry(entry) if fits(&entry) => entry,
            other => {
                joined.push(other);
                continue;
            }
        };
        let place = places.get(&entry.key).copied();
        if let Some(Tree::Entry(known)) = place.and_then(|place| joined.get_mut(place)) {
            known.all = all;
            known.values.extend(entry.values);
        } else {
            places.insert(entry.key.clone(), joined.len());
            joined.push(Tree::Entry(entry));
        }
    }
    joined
}
