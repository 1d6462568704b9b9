//! What a check sees, and how it reports.

use super::sigma::Detection;
use super::{LintMeta, Outline, RuleOutline};
use crate::catalog::fields::{FieldInfo, Schema};
use crate::frontend::{Format, Item, Loaded};
use crate::ir::{Dialect, FieldPath, FieldUse, Rule};
use crate::source::{Diagnostic, Location, Unit};
use crate::syntax::{Document, Entry};
use std::cell::OnceCell;
use std::collections::HashMap;
use std::rc::Rc;

/// One document of a file.
pub struct DocumentCx<'a> {
    pub loaded: &'a Loaded,
    pub document: &'a Document,
    pub(super) meta: &'static LintMeta,
    pub(super) out: &'a mut Vec<Diagnostic>,
}

impl DocumentCx<'_> {
    /// A finding of this lint.
    pub fn diagnostic(&self, location: Location, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(self.meta.name, self.meta.default_level, location, message)
    }

    pub fn report(&mut self, diagnostic: Diagnostic) {
        self.out.push(diagnostic);
    }

    /// The file's format.
    pub fn format(&self) -> Format {
        self.loaded.format
    }
}

/// One rule. What several lints look at is made once.
pub struct RuleCx<'a> {
    pub loaded: &'a Loaded,
    pub item: &'a Item,
    pub(super) known: &'a Known<'a>,
    pub(super) meta: &'static LintMeta,
    pub(super) out: &'a mut Vec<Diagnostic>,
}

/// What lints share: the schema and what it says are looked up when the first one asks.
pub(super) struct Known<'a> {
    schema: OnceCell<Schema>,
    /// One for each of the rule's uses of a field.
    fields: OnceCell<Vec<Option<Rc<FieldInfo>>>>,
    detection: Detection<'a>,
}

impl<'a> Known<'a> {
    pub(super) fn new(loaded: &'a Loaded, item: &'a Item) -> Self {
        Self { schema: OnceCell::new(), fields: OnceCell::new(), detection: Detection::of(loaded, item) }
    }
}

impl<'a> RuleCx<'a> {
    pub fn rule(&self) -> &'a Rule {
        &self.item.rule
    }

    pub fn unit(&self) -> &'a Unit {
        &self.loaded.unit
    }

    /// The fields that the rule can speak of.
    pub fn schema(&self) -> &'a Schema {
        self.known.schema.get_or_init(|| schema_of(&self.item.rule))
    }

    /// The rule's uses of fields, each with what the schema says of the field.
    pub fn uses(&self) -> impl Iterator<Item = (&'a FieldUse, Option<&'a FieldInfo>)> + use<'a> {
        let uses = &self.item.rule.uses;
        let fields = self.known.fields.get_or_init(|| fields_of(uses, self.schema()));
        uses.iter().zip(fields.iter().map(Option::as_deref))
    }

    /// The search identifiers and conditions of a Sigma rule as they are written.
    pub fn detection(&self) -> &'a Detection<'a> {
        &self.known.detection
    }

    /// The entry of a key at the top of a Sigma rule's document.
    pub fn sigma_entry(&self, key: &str) -> Option<&'a Entry> {
        let document = self.loaded.documents.get(self.item.document);
        document.filter(|_| self.loaded.format == Format::Sigma)?.root.entry(key)
    }

    /// A finding of this lint in this rule.
    pub fn diagnostic(&self, location: Location, message: impl Into<String>) -> Diagnostic {
        let mut diagnostic = Diagnostic::new(self.meta.name, self.meta.default_level, location, message);
        diagnostic.rule_id = self.rule().meta.id.as_ref().map(|id| id.value.clone());
        diagnostic
    }

    pub fn report(&mut self, diagnostic: Diagnostic) {
        self.out.push(diagnostic);
    }
}

/// All files of a run.
pub struct CorpusCx<'a> {
    pub files: &'a [&'a Outline],
    pub(super) meta: &'static LintMeta,
    pub(super) out: &'a mut Vec<(usize, Diagnostic)>,
}

impl CorpusCx<'_> {
    /// A finding of this lint in a rule of the file with this index.
    pub fn diagnostic(&self, rule: &RuleOutline, location: Location, message: impl Into<String>) -> Diagnostic {
        let mut diagnostic = Diagnostic::new(self.meta.name, self.meta.default_level, location, message);
        diagnostic.rule_id = rule.meta.id.as_ref().map(|id| id.value.clone());
        diagnostic
    }

    pub fn report(&mut self, file: usize, diagnostic: Diagnostic) {
        self.out.push((file, diagnostic));
    }
}

fn fields_of(uses: &[FieldUse], schema: &Schema) -> Vec<Option<Rc<FieldInfo>>> {
    let mut seen: HashMap<&FieldPath, Option<Rc<FieldInfo>>> = HashMap::new();
    let field = |used: &'_ FieldUse| schema.lookup(&used.field.name()).map(Rc::new);
    uses.iter().map(|used| seen.entry(&used.field).or_insert_with(|| field(used)).clone()).collect()
}

/// The schema of what a rule reads.
fn schema_of(rule: &Rule) -> Schema {
    let source = &rule.data_source;
    let texts = |list: &'_ [crate::source::Spanned<String>]| -> Vec<String> {
        list.iter().map(|item| item.value.clone()).collect()
    };
    let part = |part: &Option<crate::source::Spanned<String>>| part.as_ref().map_or(String::new(), |p| p.value.clone());
    match rule.dialect {
        Dialect::Sigma => Schema::sigma(&part(&source.product), &part(&source.category), &part(&source.service)),
        Dialect::Panther => {
            let types = texts(&source.log_types);
            Schema::panther(&refs(&types))
        }
        Dialect::Elastic | Dialect::Query => {
            let (indices, integrations) = (texts(&source.indices), texts(&source.integrations));
            Schema::elastic(&refs(&indices), &refs(&integrations), &refs(&source.datasets))
        }
    }
}

fn refs(texts: &[String]) -> Vec<&str> {
    texts.iter().map(String::as_str).collect()
}
