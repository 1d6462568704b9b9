//! How the conditions of a step are linked: all, any, or an expression over their names.

use super::Failure;
use super::params::{Params, unknown};
use crate::frontend::sigma::reader::{Reader, span_of};
use crate::lang::sigma::condition::{self as lang, Expr, Node as Part};
use crate::source::Span;
use crate::syntax::{Node, NodeKind, Scalar};

/// Conditions of one kind. None at all hold.
#[derive(Debug)]
pub(super) struct Conditions<C> {
    list: Vec<C>,
    link: Link,
    negated: bool,
}

#[derive(Debug)]
enum Link {
    All,
    Any,
    Expression(Tree),
}

#[derive(Debug)]
enum Tree {
    Condition(usize),
    Not(Box<Tree>),
    All(Vec<Tree>),
    Any(Vec<Tree>),
}

/// The keys of one kind of conditions in a step.
#[derive(Clone, Copy)]
pub(super) struct Keys {
    pub(super) conditions: &'static str,
    pub(super) link: &'static str,
    pub(super) not: &'static str,
    /// Both spellings of the expression.
    pub(super) expression: [&'static str; 2],
}

impl<C> Conditions<C> {
    /// Whether they hold, each condition tested by `test`.
    pub(super) fn hold(&self, test: impl FnMut(&C) -> bool) -> bool {
        self.list.is_empty() || self.linked(&self.list.iter().map(test).collect::<Vec<bool>>())
    }

    /// The same where a condition can fail to be tested.
    pub(super) fn try_hold(&self, test: impl FnMut(&C) -> Result<bool, Failure>) -> Result<bool, Failure> {
        Ok(self.list.is_empty() || self.linked(&self.list.iter().map(test).collect::<Result<Vec<bool>, Failure>>()?))
    }

    fn linked(&self, results: &[bool]) -> bool {
        let linked = match &self.link {
            Link::All => results.iter().all(|holds| *holds),
            Link::Any => results.iter().any(|holds| *holds),
            Link::Expression(tree) => tree.holds(results),
        };
        linked != self.negated
    }

    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Reads the conditions of a step: a list, or a map of names, with one function for each condition.
    pub(super) fn read<'n>(
        keys: Keys,
        params: &mut Params<'n>,
        reader: &mut Reader<'_>,
        mut one: impl FnMut(&'n Node, &mut Reader<'_>) -> Option<C>,
    ) -> Self {
        let node = params.get(keys.conditions);
        let (names, nodes): (Vec<&str>, Vec<&Node>) = match node.map(|node| (&node.kind, node)) {
            None => (Vec::new(), Vec::new()),
            Some((NodeKind::Seq(items), _)) => (Vec::new(), items.iter().collect()),
            Some((NodeKind::Map(entries), _)) => {
                entries.iter().map(|entry| (entry.key.text.as_str(), &entry.value)).unzip()
            }
            Some((_, node)) => {
                let message =
                    format!("`{}` takes a list, or a map of names, this is {}", keys.conditions, node.describe());
                reader.wrong_type(span_of(node), message);
                (Vec::new(), Vec::new())
            }
        };
        let list = nodes.into_iter().filter_map(|node| one(node, reader)).collect();
        let link = params.choice(keys.link, &[("and", false), ("or", true)], Some(false), reader);
        let link = if link == Some(true) { Link::Any } else { Link::All };
        let negated = params.flag(keys.not, false, reader);
        let expression = keys.expression.map(|key| params.get(key)).into_iter().flatten().next();
        let link = match expression {
            Some(node) => expression_link(node, keys, &names, params, reader).unwrap_or(link),
            None => link,
        };
        let conditions = Self { list, link, negated };
        if conditions.is_empty() && node.is_none() {
            for key in [keys.link, keys.not, keys.expression[0], keys.expression[1]] {
                if let Some(entry) = params.entry(key) {
                    reader.syntax(entry.key.span, format!("`{key}` has no `{}` to speak of", keys.conditions));
                }
            }
        }
        conditions
    }
}

fn expression_link(
    node: &Node,
    keys: Keys,
    names: &[&str],
    params: &mut Params<'_>,
    reader: &mut Reader<'_>,
) -> Option<Link> {
    if let Some(entry) = params.entry(keys.link) {
        reader.syntax(entry.key.span, format!("`{}` and `{}` exclude each other", keys.link, keys.expression[0]));
    }
    let Some(scalar) = node.as_scalar() else {
        reader.wrong_type(span_of(node), format!("a condition expression is a string, this is {}", node.describe()));
        return None;
    };
    if names.is_empty() {
        reader.syntax(span_of(node), format!("an expression needs `{}` as a map of names", keys.conditions));
        return None;
    }
    let parsed = lang::parse(&scalar.text);
    for problem in parsed.problems.iter().cloned() {
        let span = scalar.map.to_source(problem.span);
        reader.problem(problem, span);
    }
    let condition = parsed.condition.filter(|_| parsed.problems.is_empty())?;
    if condition.pipe.is_some() {
        reader.syntax(span_of(node), "a condition expression has no pipe");
        return None;
    }
    let mut used = Vec::new();
    let tree = tree(&condition.expr, scalar, names, &mut used, reader)?;
    for (_, name) in names.iter().enumerate().filter(|(index, _)| !used.contains(index)) {
        reader.syntax(span_of(node), format!("the expression leaves out the condition `{name}`"));
    }
    Some(Link::Expression(tree))
}

fn tree(expr: &Expr, scalar: &Scalar, names: &[&str], used: &mut Vec<usize>, reader: &mut Reader<'_>) -> Option<Tree> {
    let place = |span: Span| scalar.map.to_source(span);
    match &expr.node {
        Part::Or(parts) => {
            parts.iter().map(|part| tree(part, scalar, names, used, reader)).collect::<Option<_>>().map(Tree::Any)
        }
        Part::And(parts) => {
            parts.iter().map(|part| tree(part, scalar, names, used, reader)).collect::<Option<_>>().map(Tree::All)
        }
        Part::Not(part) => tree(part, scalar, names, used, reader).map(|part| Tree::Not(Box::new(part))),
        Part::Identifier(name) => {
            let found = names.iter().position(|known| known == name);
            match found {
                Some(index) => used.push(index),
                None => unknown(name, place(expr.span), &format!("there is no condition `{name}`"), names, reader),
            }
            found.map(Tree::Condition)
        }
        Part::Of { .. } => {
            reader.syntax(place(expr.span), "a condition expression names each condition");
            None
        }
    }
}

impl Tree {
    fn holds(&self, results: &[bool]) -> bool {
        match self {
            Self::Condition(index) => results.get(*index).copied().unwrap_or(false),
            Self::Not(part) => !part.holds(results),
            Self::All(parts) => parts.iter().all(|part| part.holds(results)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(results)),
        }
    }
}
