//! Lifting a detection's Python to the IR: an abstract interpreter over `rule(event)`.
//!
//! Values are kept by cases ([`value::Sym`]), exceptions are the events that no case holds for, locals are evaluated where
//! they are assigned, `and`, `or` and `if` reach their parts in Python's order (reference: panther.md section 7). What is not
//! understood becomes a hole with its reason; everything around it is still represented. A construct is added by one arm in
//! `expr`, `call`, `method` or `stmt`.

mod add;
mod address;
mod bind;
mod boolean;
mod branch;
mod builtin;
mod call;
mod cases;
mod class;
mod collect;
mod compare;
mod event;
mod expr;
mod fold;
mod function;
mod helper;
mod implied;
mod iterate;
mod library;
mod logic;
mod loops;
mod marks;
mod method;
mod mock;
mod module;
mod mutate;
mod names;
mod number;
mod opposite;
mod order;
mod pattern;
mod plain;
mod raise;
mod reduce;
mod resume;
mod rounds;
mod stmt;
mod subscript;
#[cfg(test)]
mod tests;
mod text;
mod time;
mod types;
mod udm;
mod unpack;
mod uses;
mod value;

use crate::ir::{ExprId, ExprKind, FieldPath, FieldUse, Mock, OutputField, Pool, Rewriter, Substitute};
use crate::lang::python::ast::ModModule;
use crate::source::{Companions, Location, SourceId, Span, Unit};
use foldhash::fast::RandomState;
use module::Module;
use ruff_text_size::Ranged;
use std::cell::Cell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use value::{Atom, Hole, Sym, Truth};

/// How many expressions and statements one rule may evaluate, inlined ones each time.
const MAX_STEPS: usize = 40_000;
/// How much work on conditions one rule may cause, in members and cases looked at.
const MAX_WORK: usize = 8_000_000;
/// The same for what an alert hands out.
const MAX_CONTEXT_WORK: usize = 100_000;
/// How many expressions are kept from one lifting of a function to the next.
const MAX_SHARED: usize = 50_000;
/// How deep functions are inlined (reference: 14 is enough for every public rule).
const MAX_CALLS: usize = 16;
/// How deep expressions and statements nest.
const MAX_DEPTH: usize = 200;

/// What a detection's function says.
pub(super) struct Lifted {
    pub(super) pool: Pool,
    /// When the function alerts.
    pub(super) condition: ExprId,
    /// When it gives back a bool: elsewhere it raises or gives back something else.
    pub(super) decided: ExprId,
    pub(super) uses: Vec<FieldUse>,
    /// What is taken for granted, in words.
    pub(super) assumptions: Vec<String>,
    /// Calls that write state for other rules: no part of the verdict, but of what the rule does.
    pub(super) writes: Vec<Location>,
}

/// The function that decides.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Entry {
    /// `rule(event)`: alerts on True.
    Rule,
    /// `policy(resource)`: alerts on False.
    Policy,
}

impl Entry {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Rule => "rule",
            Self::Policy => "policy",
        }
    }
}

/// Why a function is not lifted at all: a message and its place.
pub(super) type Refusal = (String, Span);

/// The state of lifting one rule.
pub(super) struct Lifter<'a> {
    pool: Pool,
    unit: &'a mut Unit,
    companions: &'a dyn Companions,
    /// The rule's own module first, then the helpers it calls.
    modules: Vec<Rc<Module>>,
    /// The same as they are before a function runs.
    untouched: Vec<Rc<Module>>,
    /// Places in `modules` of the helpers by name; `None` for those that are not there.
    helpers: HashMap<String, Option<usize>, RandomState>,
    steps: usize,
    work: usize,
    /// How much work there may be.
    budget: usize,
    known: logic::Known,
    depth: usize,
    calls: Vec<(usize, Arc<str>)>,
    /// How many quantifiers are open: each has a number of its own until its body is done.
    binders: u8,
    /// Each with the test that it belongs to.
    uses: Vec<(ExprId, FieldUse)>,
    watch: raise::Watch,
    /// For each open quantifier whether its items are plain Python values.
    plain_binders: Vec<bool>,
    /// And whether they are the entries of an object.
    pair_binders: Vec<bool>,
    /// Why the last loop was not understood.
    loop_reason: Option<Arc<str>>,
    /// The log types of the rule: whose data models count.
    log_types: &'a [String],
    models: Option<Rc<Vec<udm::DataModel>>>,
    /// Where `udm` looks when no data model has the name.
    fallbacks: Vec<(FieldPath, Location)>,
    assumptions: Vec<String>,
    /// Calls that write state between events.
    writes: Vec<Location>,
    /// A policy's resource is a plain dictionary, an event is not.
    plain_event: bool,
    mocked: resume::Mocked,
    /// A function changed a global of a helper.
    helpers_change: bool,
    /// How much was not understood so far.
    holes: Cell<usize>,
}

/// A parsed module and what is needed to understand it.
pub(super) struct Program<'a> {
    pub(super) source: SourceId,
    pub(super) tree: &'a Arc<ModModule>,
    pub(super) companions: &'a dyn Companions,
    pub(super) entry: Entry,
    pub(super) log_types: &'a [String],
    /// The names that tests put something in the place of.
    pub(super) mocked: Vec<Arc<str>>,
}

impl Program<'_> {
    /// Reads the module of `unit` for lifting its entry function.
    pub(super) fn start<'u>(&'u self, unit: &'u mut Unit) -> Lifting<'u> {
        let mut lifter = Lifter::new(unit, self.companions, self.log_types);
        lifter.plain_event = self.entry == Entry::Policy;
        let module = lifter.add_module(self.source, Arc::clone(self.tree));
        lifter.mocked = resume::Mocked::new(module, self.mocked.clone());
        Lifting { lifter, module, entry: self.entry, alone: None }
    }
}

/// A function that is lifted as it is and with what tests put in the place of names: what was found out once serves all of them.
pub(super) struct Lifting<'a> {
    lifter: Lifter<'a>,
    module: usize,
    entry: Entry,
    /// The condition of the function as it is.
    alone: Option<ExprId>,
}

impl Lifting<'_> {
    /// Lifts the function.
    ///
    /// # Errors
    /// When there is no such function, or the rule is beyond the limits.
    pub(super) fn lift(&mut self) -> Result<Lifted, Refusal> {
        let (condition, truth) = self.run(&[])?;
        self.alone = Some(condition);
        let lifter = &mut self.lifter;
        let uses = lifter.finish_uses(condition);
        let decided = lifter.either(truth.holds, truth.fails);
        let (pool, [condition, decided]) = lifter.result([condition, decided]);
        let (assumptions, writes) = (std::mem::take(&mut lifter.assumptions), std::mem::take(&mut lifter.writes));
        Ok(Lifted { pool, condition, decided, uses, assumptions, writes })
    }

    /// When the function alerts with mocks in the place of the names that they have; `None` where they make no difference.
    ///
    /// # Errors
    /// As [`Self::lift`], and when a mock has no name of the module.
    pub(super) fn lift_with(&mut self, mocks: &[Mock]) -> Result<Option<Substitute>, Refusal> {
        let (condition, _) = self.run(mocks)?;
        if self.alone == Some(condition) {
            return Ok(None);
        }
        let (pool, [condition]) = self.lifter.result([condition]);
        Ok(Some(Substitute { pool, condition }))
    }

    /// The condition on which the function alerts, and its verdict.
    fn run(&mut self, mocks: &[Mock]) -> Result<(ExprId, Truth), Refusal> {
        let lifter = &mut self.lifter;
        if !lifter.begin() {
            self.alone = None;
        }
        let stop = if mocks.is_empty() { None } else { lifter.go_back() };
        for mock in mocks {
            if !lifter.mock(self.module, mock) {
                return Err((format!("the module has no name `{}` to be mocked", mock.name), Span::at(0)));
            }
        }
        let truth = lifter.entry(self.module, self.entry, stop.as_deref())?;
        if lifter.is_exhausted() {
            return Err(("the function is too large to be lifted".to_owned(), Span::at(0)));
        }
        let condition = match self.entry {
            Entry::Rule => truth.holds,
            Entry::Policy => truth.fails,
        };
        Ok((condition, truth))
    }
}

/// The output fields of a simple `alert_context`: a returned dictionary whose values are plain reads of the event.
pub(super) fn output_fields(
    unit: &mut Unit,
    source: SourceId,
    tree: &Arc<ModModule>,
    companions: &dyn Companions,
) -> Vec<OutputField> {
    let mut lifter = Lifter { budget: MAX_CONTEXT_WORK, ..Lifter::new(unit, companions, &[]) };
    let module = lifter.add_module(source, Arc::clone(tree));
    lifter.alert_context(module)
}

impl<'a> Lifter<'a> {
    fn new(unit: &'a mut Unit, companions: &'a dyn Companions, log_types: &'a [String]) -> Self {
        Self {
            pool: Pool::default(),
            unit,
            companions,
            modules: Vec::new(),
            untouched: Vec::new(),
            helpers: HashMap::default(),
            steps: 0,
            work: 0,
            budget: MAX_WORK,
            known: logic::Known::default(),
            depth: 0,
            calls: Vec::new(),
            binders: 0,
            uses: Vec::new(),
            watch: raise::Watch::default(),
            plain_binders: Vec::new(),
            pair_binders: Vec::new(),
            loop_reason: None,
            log_types,
            models: None,
            fallbacks: Vec::new(),
            assumptions: Vec::new(),
            writes: Vec::new(),
            plain_event: false,
            mocked: resume::Mocked::default(),
            helpers_change: false,
            holes: Cell::new(0),
        }
    }

    /// Before the entry function runs, once more or for the first time. Whether the conditions of earlier runs are still there: they
    /// stay as long as there is room.
    fn begin(&mut self) -> bool {
        self.modules.clone_from(&self.untouched);
        (self.steps, self.work) = (0, 0);
        let has_room = self.pool.len() <= MAX_SHARED && !self.pool.is_exceeded();
        if !has_room {
            self.pool = Pool::default();
            self.known = logic::Known::default();
            self.mocked = resume::Mocked::default();
        }
        has_room
    }

    /// The conditions in a pool of their own: most of what was made on the way is no part of the result.
    fn result<const N: usize>(&self, conditions: [ExprId; N]) -> (Pool, [ExprId; N]) {
        let mut pool = Pool::default();
        let mut copy = Rewriter::new(&self.pool, |pool: &mut Pool, kind, origin| pool.add(kind, origin));
        let conditions = conditions.map(|condition| copy.rewrite(condition, &mut pool));
        (pool, conditions)
    }

    fn assume(&mut self, words: &str) {
        if !self.assumptions.iter().any(|known| known == words) {
            self.assumptions.push(words.to_owned());
        }
    }

    /// Counts work on junctions and cases, which grows with their number.
    fn charge(&mut self, work: usize) {
        self.work = self.work.saturating_add(work);
    }

    fn is_exhausted(&self) -> bool {
        self.pool.is_exceeded() || self.steps > MAX_STEPS || self.work > self.budget
    }

    /// Runs a part one level deeper; `None` beyond the limits.
    fn nested<T>(&mut self, part: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.steps += 1;
        if self.depth >= MAX_DEPTH || self.is_exhausted() {
            return None;
        }
        self.depth += 1;
        let result = part(self);
        self.depth -= 1;
        Some(result)
    }

    fn location(&self, module: usize, node: &impl Ranged) -> Location {
        Location::new(self.modules[module].source, crate::lang::python::span_of(node))
    }

    /// A value that is not understood.
    fn hole(&self, module: usize, node: &impl Ranged, reason: impl Into<Arc<str>>) -> Sym {
        self.holes.set(self.holes.get() + 1);
        let at = self.location(module, node);
        let text = one_line(self.unit.slice(at));
        Sym::atom(Atom::Opaque(Rc::new(Hole { text: text.into(), reason: reason.into(), at })))
    }

    fn opaque_test(&mut self, text: &Arc<str>, reason: &Arc<str>, at: Location) -> ExprId {
        let kind = ExprKind::OpaqueTest { text: text.clone(), reason: reason.clone() };
        self.pool.add(kind, Some(at))
    }
}

/// Text of several lines in one.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The reason of an operand's hole, or the operation's own.
fn hole_reason(operands: &[&Atom], own: &str) -> Arc<str> {
    let reason = operands.iter().find_map(|atom| match atom {
        Atom::Opaque(hole) => Some(hole.reason.clone()),
        Atom::Before | Atom::Grown(_) | Atom::GrownBy(_) => Some(iterate::KEEPS_STATE.into()),
        _ => None,
    });
    reason.unwrap_or_else(|| own.into())
}
