//! Functions of a module written into another one word for word, with all that they need.

mod names;
#[cfg(test)]
mod tests;
mod text;

pub use text::Verbatim;

use super::ast::{Expr, ModModule, Stmt, StmtImport, StmtImportFrom};
use super::tree::Import;
use names::{Bound, Names};
use std::collections::BTreeSet;

/// Methods that look at a text, container or regular expression and leave it as it is. Any other may change what it is called of.
const LOOKING: [&str; 34] = [
    "casefold",
    "copy",
    "count",
    "difference",
    "endswith",
    "find",
    "findall",
    "finditer",
    "format",
    "fullmatch",
    "get",
    "index",
    "intersection",
    "isdigit",
    "isdisjoint",
    "issubset",
    "issuperset",
    "items",
    "join",
    "keys",
    "lower",
    "lstrip",
    "match",
    "replace",
    "rsplit",
    "rstrip",
    "search",
    "split",
    "startswith",
    "strip",
    "sub",
    "union",
    "upper",
    "values",
];
/// Functions that reach names in ways that are not seen.
const UNSEEN: [&str; 3] = ["eval", "exec", "globals"];

/// A module, statement by statement.
#[derive(Debug, Default)]
pub struct Parts<'m> {
    text: &'m str,
    statements: Vec<Part<'m>>,
    /// Names that stand for values, not for modules, functions or classes.
    variables: BTreeSet<&'m str>,
    /// Of these the ones whose value can be changed in place.
    changeable: BTreeSet<&'m str>,
}

#[derive(Debug)]
struct Part<'m> {
    statement: &'m Stmt,
    binds: BTreeSet<&'m str>,
    names: Names<'m>,
}

/// What becomes of functions that are to be kept.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Kept<'m> {
    pub functions: BTreeSet<&'m str>,
    pub imports: BTreeSet<Import<'m>>,
    /// The functions, and what else they need of the module, in its order.
    pub statements: Vec<Verbatim<'m>>,
    /// All names that these bind.
    pub names: BTreeSet<&'m str>,
    /// Functions that cannot be kept, and why.
    pub lost: Vec<(&'m str, String)>,
}

impl<'m> Parts<'m> {
    /// The parts of a tree that was read from `text`.
    pub fn new(tree: &'m ModModule, text: &'m str) -> Self {
        let part = |statement| {
            let binds = Bound::of(std::slice::from_ref(statement)).names.into_iter().collect();
            Part { statement, binds, names: Names::of(statement) }
        };
        let parts: Vec<Part<'_>> = tree.body.iter().map(part).collect();
        let (mut variables, mut changeable) = (BTreeSet::new(), BTreeSet::new());
        for part in parts.iter().filter(|part| !is_definition(part.statement)) {
            variables.extend(&part.binds);
            if !is_constant(part.statement) {
                changeable.extend(&part.binds);
            }
        }
        Self { text, statements: parts, variables, changeable }
    }

    /// Keeps the functions of these names for a module that has `other` parts, an `entry` function of its own among them: what they need
    /// comes along, that function does not. What it changes between events cannot be kept, nor what the other module has another thing
    /// for.
    pub fn keep(&self, functions: &[&str], entry: &str, other: &Parts<'_>) -> Kept<'m> {
        let wanted = self.statements.iter().filter_map(|part| part.statement.as_function_def_stmt());
        let mut functions: BTreeSet<&str> =
            wanted.map(|function| function.name.as_str()).filter(|name| functions.contains(name)).collect();
        let mut lost: Vec<(&str, String)> = Vec::new();
        // What is lost takes what it sets with it.
        loop {
            let gone: Vec<&str> = lost.iter().map(|(name, _)| *name).collect();
            let written = self.written(&gone, entry);
            let found: Vec<(&str, String)> = functions
                .iter()
                .filter_map(|name| Some((*name, self.obstacle(name, entry, &written, other)?)))
                .collect();
            if found.is_empty() {
                break;
            }
            functions.retain(|name| !found.iter().any(|(gone, _)| gone == name));
            lost.extend(found);
        }
        self.kept(functions, lost, entry, other)
    }

    fn kept(
        &self,
        functions: BTreeSet<&'m str>,
        lost: Vec<(&'m str, String)>,
        entry: &str,
        other: &Parts<'_>,
    ) -> Kept<'m> {
        let mut kept = Kept { functions, lost, ..Kept::default() };
        let names: Vec<&str> = kept.functions.iter().copied().collect();
        let needed = self.needed(&names, entry);
        let used: BTreeSet<&str> = needed.iter().flat_map(|part| part.names.uses.iter().copied()).collect();
        for part in needed {
            let imports = imports(part.statement);
            if imports.is_empty() {
                kept.names.extend(&part.binds);
                let there = part.binds.iter().any(|name| other.binds(name));
                kept.statements.extend((!there).then(|| Verbatim::of(self.text, part.statement)));
            }
            let imports = imports.into_iter().filter(|import| used.contains(bound_name(import)) || is_future(import));
            for import in imports {
                kept.names.insert(bound_name(&import));
                kept.imports.insert(import);
            }
        }
        kept
    }

    /// The statements that the names stand for and use; of the entry function only the name.
    fn needed(&self, names: &[&str], entry: &str) -> Vec<&Part<'m>> {
        let mut pending: Vec<&str> = names.to_vec();
        let mut known: BTreeSet<&str> = pending.iter().copied().collect();
        let mut places = BTreeSet::new();
        while let Some(name) = pending.pop() {
            for (place, part) in self.statements.iter().enumerate() {
                if part.concerns(name) && !part.defines(entry) && places.insert(place) {
                    pending.extend(part.names.uses.iter().copied().filter(|used| known.insert(used)));
                }
            }
        }
        if !places.is_empty() {
            places.extend(
                (0..self.statements.len())
                    .filter(|place| imports(self.statements[*place].statement).iter().any(is_future)),
            );
        }
        places.into_iter().map(|place| &self.statements[place]).collect()
    }

    /// The names that the entry function and others change, and what they call.
    fn written(&self, lost: &[&str], entry: &str) -> BTreeSet<&'m str> {
        let entries: Vec<&Part<'_>> = self.statements.iter().filter(|part| part.defines(entry)).collect();
        let mut called: Vec<&str> = entries.iter().flat_map(|part| part.names.uses.iter().copied()).collect();
        called.extend(lost);
        let reached = entries.into_iter().chain(self.needed(&called, entry));
        reached.filter(|part| is_definition(part.statement)).flat_map(|part| self.changed(part)).collect()
    }

    /// The names whose values a function changes, as far as it is seen: what it does with methods that are not known is a change.
    fn changed(&self, part: &Part<'m>) -> BTreeSet<&'m str> {
        let names = &part.names;
        let changes_arguments =
            |function: &str| self.statements.iter().any(|part| part.defines(function) && part.names.changes_arguments);
        let called =
            names.methods.iter().filter(|(name, method)| self.variables.contains(name) && !LOOKING.contains(method));
        let passed = names.passes.iter().filter(|(function, _)| changes_arguments(function)).map(|(_, name)| *name);
        let given = names.aliases.iter().copied().chain(passed).filter(|name| self.changeable.contains(name));
        names.writes.iter().copied().chain(called.map(|(name, _)| *name)).chain(given).collect()
    }

    /// Why a function cannot be kept, if so.
    fn obstacle(&self, function: &str, entry: &str, written: &BTreeSet<&str>, other: &Parts<'_>) -> Option<String> {
        let needed = self.needed(&[function], entry);
        if self.statements.iter().any(Part::is_relative_or_star) {
            return Some("the module imports names by `*` or from beside it".to_owned());
        }
        let uses = || needed.iter().flat_map(|part| part.names.uses.iter().copied());
        if let Some(name) = self.statements.iter().flat_map(|part| &part.names.uses).find(|name| UNSEEN.contains(name))
        {
            return Some(format!("the module uses `{name}`"));
        }
        if let Some(name) = uses().find(|name| written.contains(name)) {
            return Some(format!("it shares `{name}` with `{entry}`, which changes it"));
        }
        let taken = |name: &&str| *name != entry && other.binds(name) && !self.binds(name);
        let clash = needed.iter().find_map(|part| part.clash(self.text, other)).or_else(|| uses().find(taken));
        clash.map(|name| format!("`{name}` is another thing in the written module"))
    }

    fn binds(&self, name: &str) -> bool {
        self.statements.iter().any(|part| part.binds.contains(name))
    }

    fn mentions(&self, name: &str) -> bool {
        self.statements.iter().any(|part| part.binds.contains(name) || part.names.uses.contains(name))
    }
}

impl<'m> Part<'m> {
    fn defines(&self, function: &str) -> bool {
        self.statement.as_function_def_stmt().is_some_and(|defined| defined.name.as_str() == function)
    }

    /// Whether the statement, where it stands, gives the name a value or changes it.
    fn concerns(&self, name: &str) -> bool {
        let changes = || self.names.writes.contains(name) || self.names.methods.iter().any(|(owner, _)| *owner == name);
        self.binds.contains(name) || (!is_definition(self.statement) && changes())
    }

    /// A name that the other module has for something else.
    fn clash(&self, text: &str, other: &Parts<'_>) -> Option<&'m str> {
        let own = imports(self.statement);
        if own.is_empty() {
            let words = Verbatim::of(text, self.statement).text;
            let same = |part: &Part<'_>| Verbatim::of(other.text, part.statement).text == words;
            return self.binds.iter().copied().find(|name| other.mentions(name) && !other.statements.iter().any(same));
        }
        let theirs: Vec<Import<'_>> = other.statements.iter().flat_map(|part| imports(part.statement)).collect();
        own.iter().find(|import| other.mentions(bound_name(import)) && !theirs.contains(import)).map(bound_name)
    }

    fn is_relative_or_star(&self) -> bool {
        match self.statement {
            Stmt::ImportFrom(import) => import.level > 0 || import.names.iter().any(|alias| alias.name.as_str() == "*"),
            _ => false,
        }
    }
}

fn is_definition(statement: &Stmt) -> bool {
    matches!(statement, Stmt::FunctionDef(_) | Stmt::ClassDef(_) | Stmt::Import(_) | Stmt::ImportFrom(_))
}

/// Whether a statement gives names values that cannot be changed in place.
fn is_constant(statement: &Stmt) -> bool {
    let value = match statement {
        Stmt::Assign(assign) => Some(&assign.value),
        Stmt::AnnAssign(assign) => assign.value.as_ref(),
        _ => None,
    };
    value.is_some_and(|value| value.is_literal_expr() || matches!(**value, Expr::FString(_) | Expr::UnaryOp(_)))
}

/// The imports of an import statement.
fn imports(statement: &Stmt) -> Vec<Import<'_>> {
    match statement {
        Stmt::Import(StmtImport { names, .. }) => names
            .iter()
            .map(|alias| Import { module: &alias.name, name: None, alias: alias.asname.as_deref() })
            .collect(),
        Stmt::ImportFrom(StmtImportFrom { module: Some(module), names, .. }) => names
            .iter()
            .map(|alias| Import { module, name: Some(&alias.name), alias: alias.asname.as_deref() })
            .collect(),
        _ => Vec::new(),
    }
}

/// The name that an import binds: `a` for `import a.b`.
fn bound_name<'m>(import: &Import<'m>) -> &'m str {
    let first = import.module.split('.').next().unwrap_or(import.module);
    import.alias.or(import.name).unwrap_or(first)
}

/// `from __future__ import annotations` changes how a module is read.
fn is_future(import: &Import<'_>) -> bool {
    import.module == "__future__"
}
