//! Which names of its module a statement uses and changes.

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{
    Comprehension, ExceptHandler, Expr, ExprCall, ExprContext, Identifier, Parameters, Pattern, Stmt, StmtClassDef,
    StmtFunctionDef,
};
use std::collections::{BTreeSet, HashSet};

/// Methods that change a list, dictionary or set.
const CHANGING: [&str; 20] = [
    "add",
    "append",
    "appendleft",
    "clear",
    "difference_update",
    "discard",
    "extend",
    "insert",
    "intersection_update",
    "pop",
    "popitem",
    "popleft",
    "remove",
    "reverse",
    "rotate",
    "setdefault",
    "sort",
    "symmetric_difference_update",
    "update",
    "write",
];

/// The names of the module in a statement; names of functions and comprehensions are not.
#[derive(Debug, Default)]
pub(super) struct Names<'m> {
    pub(super) uses: BTreeSet<&'m str>,
    /// Names that get another value in a function, or into which something is stored.
    pub(super) writes: BTreeSet<&'m str>,
    /// Methods called of what a name stands for or holds.
    pub(super) methods: BTreeSet<(&'m str, &'m str)>,
    /// Names whose value gets a second name.
    pub(super) aliases: BTreeSet<&'m str>,
    /// Functions called with a name: the function and the name.
    pub(super) passes: BTreeSet<(&'m str, &'m str)>,
    /// A function that stores into what it is called with.
    pub(super) changes_arguments: bool,
    scopes: Vec<Scope<'m>>,
}

#[derive(Debug, Default)]
struct Scope<'m> {
    names: HashSet<&'m str>,
    parameters: HashSet<&'m str>,
    /// Its names are not seen from the functions in it.
    is_class: bool,
}

impl<'m> Names<'m> {
    pub(super) fn of(statement: &'m Stmt) -> Self {
        let mut names = Self::default();
        names.visit_stmt(statement);
        names
    }

    fn scope_of(&self, name: &str) -> Option<&Scope<'m>> {
        let mut scopes = self.scopes.iter().enumerate().rev();
        let innermost = self.scopes.len().saturating_sub(1);
        scopes
            .find(|(at, scope)| (!scope.is_class || *at == innermost) && scope.names.contains(name))
            .map(|found| found.1)
    }

    fn function(&mut self, function: &'m StmtFunctionDef) {
        function.decorator_list.iter().for_each(|decorator| self.visit_decorator(decorator));
        self.visit_parameters(&function.parameters);
        function.returns.iter().for_each(|returns| self.visit_annotation(returns));
        let bound = Bound::of(&function.body);
        let parameters: HashSet<&str> = parameters(&function.parameters).collect();
        let mut names: HashSet<&str> = parameters.union(&bound.names).copied().collect();
        for name in &bound.globals {
            names.remove(name);
            if bound.names.contains(name) {
                self.writes.insert(name);
                self.uses.insert(name);
            }
        }
        self.within(Scope { names, parameters, is_class: false }, |inner| inner.visit_body(&function.body));
    }

    fn class(&mut self, class: &'m StmtClassDef) {
        class.decorator_list.iter().for_each(|decorator| self.visit_decorator(decorator));
        class.arguments.iter().for_each(|arguments| self.visit_arguments(arguments));
        let scope = Scope { names: Bound::of(&class.body).names, is_class: true, ..Scope::default() };
        self.within(scope, |inner| inner.visit_body(&class.body));
    }

    fn comprehension(&mut self, generators: &'m [Comprehension], walk: impl FnOnce(&mut Self)) {
        let mut targets = Bound::default();
        generators.iter().for_each(|generator| targets.visit_expr(&generator.target));
        self.within(Scope { names: targets.names, ..Scope::default() }, walk);
    }

    fn within(&mut self, scope: Scope<'m>, walk: impl FnOnce(&mut Self)) {
        self.scopes.push(scope);
        walk(self);
        self.scopes.pop();
    }

    fn call(&mut self, call: &'m ExprCall) {
        match &*call.func {
            Expr::Attribute(method) => {
                let Some(owner) = root(&method.value) else { return };
                let name = method.attr.as_str();
                match self.scope_of(owner) {
                    None => {
                        self.methods.insert((owner, name));
                    }
                    Some(scope) => {
                        self.changes_arguments |= scope.parameters.contains(owner) && CHANGING.contains(&name);
                    }
                }
            }
            Expr::Name(function) if self.scope_of(&function.id).is_none() => {
                let arguments =
                    call.arguments.args.iter().chain(call.arguments.keywords.iter().map(|keyword| &keyword.value));
                for argument in arguments.filter_map(Expr::as_name_expr) {
                    if self.scope_of(&argument.id).is_none() {
                        self.passes.insert((&function.id, &argument.id));
                    }
                }
            }
            _ => {}
        }
    }

    /// Something is stored in what an expression stands for.
    fn store(&mut self, owner: &'m Expr) {
        let Some(owner) = root(owner) else { return };
        match self.scope_of(owner) {
            None => {
                self.writes.insert(owner);
            }
            Some(scope) => self.changes_arguments |= scope.parameters.contains(owner),
        }
    }
}

impl<'m> Visitor<'m> for Names<'m> {
    fn visit_stmt(&mut self, statement: &'m Stmt) {
        match statement {
            Stmt::FunctionDef(function) => return self.function(function),
            Stmt::ClassDef(class) => return self.class(class),
            Stmt::Assign(assign) => {
                if let Expr::Name(name) = &*assign.value
                    && self.scope_of(&name.id).is_none()
                {
                    self.aliases.insert(&name.id);
                }
            }
            _ => {}
        }
        visitor::walk_stmt(self, statement);
    }

    fn visit_expr(&mut self, expr: &'m Expr) {
        match expr {
            Expr::Name(name) if name.ctx == ExprContext::Load && self.scope_of(&name.id).is_none() => {
                self.uses.insert(&name.id);
            }
            Expr::Call(call) => self.call(call),
            Expr::Attribute(attribute) if attribute.ctx != ExprContext::Load => self.store(&attribute.value),
            Expr::Subscript(subscript) if subscript.ctx != ExprContext::Load => self.store(&subscript.value),
            Expr::Lambda(lambda) => {
                let names = lambda.parameters.iter().flat_map(|found| parameters(found)).collect();
                lambda.parameters.iter().for_each(|parameters| self.visit_parameters(parameters));
                let scope = Scope { names, ..Scope::default() };
                return self.within(scope, |inner| inner.visit_expr(&lambda.body));
            }
            _ => {}
        }
        match generators(expr) {
            [] => visitor::walk_expr(self, expr),
            generators => self.comprehension(generators, |inner| visitor::walk_expr(inner, expr)),
        }
    }
}

/// Those of a comprehension.
fn generators(expr: &Expr) -> &[Comprehension] {
    match expr {
        Expr::ListComp(made) => &made.generators,
        Expr::SetComp(made) => &made.generators,
        Expr::DictComp(made) => &made.generators,
        Expr::Generator(made) => &made.generators,
        _ => &[],
    }
}

/// The name that an expression reaches into: `a` of `a.b["c"].get("d")`.
fn root(mut expr: &Expr) -> Option<&str> {
    loop {
        expr = match expr {
            Expr::Name(name) => return Some(name.id.as_str()),
            Expr::Attribute(attribute) => &attribute.value,
            Expr::Subscript(subscript) => &subscript.value,
            Expr::Call(call) if call.func.is_attribute_expr() => &call.func,
            _ => return None,
        }
    }
}

fn parameters(parameters: &Parameters) -> impl Iterator<Item = &str> {
    parameters.iter().map(|parameter| parameter.name().as_str())
}

/// The names that the statements of a block bind in its own scope.
#[derive(Debug, Default)]
pub(super) struct Bound<'m> {
    pub(super) names: HashSet<&'m str>,
    /// Those that `global` takes from the module.
    globals: HashSet<&'m str>,
}

impl<'m> Bound<'m> {
    pub(super) fn of(body: &'m [Stmt]) -> Self {
        let mut bound = Self::default();
        bound.visit_body(body);
        bound
    }

    fn name(&mut self, name: Option<&'m Identifier>) {
        self.names.extend(name.map(Identifier::as_str));
    }
}

impl<'m> Visitor<'m> for Bound<'m> {
    fn visit_stmt(&mut self, statement: &'m Stmt) {
        match statement {
            Stmt::FunctionDef(function) => self.name(Some(&function.name)),
            Stmt::ClassDef(class) => self.name(Some(&class.name)),
            Stmt::Global(global) => self.globals.extend(global.names.iter().map(Identifier::as_str)),
            Stmt::Import(import) => {
                // `import a.b` binds `a`.
                let first = |name: &'m str| name.split('.').next().unwrap_or(name);
                let names = import.names.iter().map(|alias| alias.asname.as_deref().unwrap_or(first(&alias.name)));
                self.names.extend(names);
            }
            Stmt::ImportFrom(import) => {
                self.names.extend(import.names.iter().map(|alias| alias.asname.as_deref().unwrap_or(&alias.name)));
            }
            _ => visitor::walk_stmt(self, statement),
        }
    }

    fn visit_expr(&mut self, expr: &'m Expr) {
        match expr {
            Expr::Name(name) if name.ctx != ExprContext::Load => {
                self.names.insert(&name.id);
            }
            Expr::Lambda(_) => {}
            _ => visitor::walk_expr(self, expr),
        }
    }

    /// Its target is a name of the comprehension's own.
    fn visit_comprehension(&mut self, comprehension: &'m Comprehension) {
        self.visit_expr(&comprehension.iter);
        comprehension.ifs.iter().for_each(|condition| self.visit_expr(condition));
    }

    fn visit_except_handler(&mut self, handler: &'m ExceptHandler) {
        let ExceptHandler::ExceptHandler(inner) = handler;
        self.name(inner.name.as_ref());
        visitor::walk_except_handler(self, handler);
    }

    fn visit_pattern(&mut self, pattern: &'m Pattern) {
        match pattern {
            Pattern::MatchAs(named) => self.name(named.name.as_ref()),
            Pattern::MatchStar(named) => self.name(named.name.as_ref()),
            Pattern::MatchMapping(mapping) => self.name(mapping.rest.as_ref()),
            _ => {}
        }
        visitor::walk_pattern(self, pattern);
    }
}
