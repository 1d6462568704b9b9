//! What a check sees, and how it reports.

use super::elastic::ElasticRule;
use super::sigma::Detection;
use super::{LintMeta, Outline, RuleOutline, Settings};
use crate::catalog::fields::{Ages, ElasticData, FieldInfo, Schema};
use crate::catalog::versions::Version;
use crate::frontend::{Format, Item, Loaded};
use crate::ir::{Dialect, FieldUse, NativeExtra, Rule, Status};
use crate::source::{Diagnostic, Location, SourceFile, Spanned, Unit};
use crate::syntax::{Document, Entry};
use std::cell::OnceCell;
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
    schema: OnceCell<Rc<Schema>>,
    /// One for each of the rule's scopes.
    scopes: OnceCell<Vec<Rc<Schema>>>,
    /// One for each of the rule's uses of a field.
    fields: OnceCell<Vec<Option<Rc<FieldInfo>>>>,
    detection: Detection<'a>,
    settings: &'a Settings,
}

impl<'a> Known<'a> {
    pub(super) fn new(loaded: &'a Loaded, item: &'a Item, settings: &'a Settings) -> Self {
        Self {
            schema: OnceCell::new(),
            scopes: OnceCell::new(),
            fields: OnceCell::new(),
            detection: Detection::of(loaded, item),
            settings,
        }
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
        self.known.schema.get_or_init(|| schema_of(&self.item.rule, self.ages()))
    }

    /// The fields that a part of the rule can speak of, where its query limits it to some datasets: one schema for each of
    /// [`crate::ir::DataSource::scopes`].
    fn scopes(&self) -> &'a [Rc<Schema>] {
        let rule = &self.item.rule;
        let schemas = || rule.data_source.scopes.iter().map(|scope| elastic(rule, Some(scope), self.ages())).collect();
        self.known.scopes.get_or_init(schemas)
    }

    /// The fields that the place of a use can speak of.
    pub fn schema_at(&self, used: &FieldUse) -> &'a Schema {
        used.scope.and_then(|scope| self.scopes().get(scope)).map_or_else(|| self.schema(), Rc::as_ref)
    }

    /// Which field tables are behind what is installed.
    pub fn ages(&self) -> &'a Ages {
        self.known.settings.ages()
    }

    /// The oldest stack that the rule has to run on: what is said to be installed or the rule's own `min_stack_version`, whichever is
    /// newer; the newest stack where neither is said.
    pub fn stack(&self) -> Version {
        self.stated_stack().unwrap_or(Version::NEWEST_STACK)
    }

    /// [`RuleCx::stack`], where the rule or the settings say one.
    pub fn stated_stack(&self) -> Option<Version> {
        let least = self.elastic().and_then(|rule| Version::parse(rule.metadata("min_stack_version")?.as_str()?));
        least.max(self.known.settings.stack())
    }

    /// Whether the rule is held against fields, types and values of today. Nobody mends a deprecated rule, and an author may switch the
    /// check off (`query_schema_validation`).
    pub fn is_held_against_schema(&self) -> bool {
        let off = |extra: &NativeExtra| extra.key == "metadata.query_schema_validation" && extra.text == "false";
        self.rule().meta.status != Some(Status::Deprecated) && !self.rule().extras.iter().any(off)
    }

    /// The rule's uses of fields, each with what the schema says of the field.
    pub fn uses(&self) -> impl Iterator<Item = (&'a FieldUse, Option<&'a FieldInfo>)> + use<'a> {
        let uses = &self.item.rule.uses;
        let fields = self.known.fields.get_or_init(|| fields_of(uses, |used| self.schema_at(used)));
        uses.iter().zip(fields.iter().map(Option::as_deref))
    }

    /// Whether a place is in the rule's own files, which stand in one folder; helpers that rules share stand in others.
    pub fn is_own(&self, at: Location) -> bool {
        fn folder(file: &SourceFile) -> Option<&str> {
            Some(file.path.rsplit_once('/')?.0)
        }
        folder(self.loaded.unit.file(at.source)) == folder(self.loaded.unit.main())
    }

    /// The search identifiers and conditions of a Sigma rule as they are written.
    pub fn detection(&self) -> &'a Detection<'a> {
        &self.known.detection
    }

    /// The tables of an Elastic rule as they are written.
    pub fn elastic(&self) -> Option<ElasticRule<'a>> {
        ElasticRule::of(self.loaded, self.item)
    }

    /// As [`RuleCx::elastic`], for the rules of elastic/detection-rules, which keep to conventions that bind nobody else: those with
    /// Elastic among their authors that are not deprecated.
    pub fn elastic_own(&self) -> Option<ElasticRule<'a>> {
        self.elastic().filter(|rule| rule.is_by_elastic() && !rule.is_deprecated())
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
        diagnostic.rule_id = rule.id.as_ref().map(|id| id.value.clone());
        diagnostic
    }

    pub fn report(&mut self, file: usize, diagnostic: Diagnostic) {
        self.out.push((file, diagnostic));
    }
}

fn fields_of<'s>(uses: &[FieldUse], schema: impl Fn(&FieldUse) -> &'s Schema) -> Vec<Option<Rc<FieldInfo>>> {
    uses.iter().map(|used| schema(used).lookup_shared(&used.field.name_ref())).collect()
}

/// The schema of what a rule reads.
fn schema_of(rule: &Rule, ages: &Ages) -> Rc<Schema> {
    let source = &rule.data_source;
    let [product, category, service] = source.sigma_parts();
    match rule.dialect {
        Dialect::Sigma => Schema::sigma(product, category, service),
        Dialect::Panther => Schema::panther(&names(&source.log_types)),
        Dialect::Elastic | Dialect::Query => elastic(rule, None, ages),
    }
}

/// The schema of what an Elastic rule reads, all of it or within some datasets.
fn elastic(rule: &Rule, within: Option<&[String]>, ages: &Ages) -> Rc<Schema> {
    let source = &rule.data_source;
    let datasets: Vec<&str> = source.datasets.iter().map(String::as_str).collect();
    let (indices, integrations) = (names(&source.indices), names(&source.integrations));
    let (indices, integrations, datasets) = (indices.as_slice(), integrations.as_slice(), datasets.as_slice());
    Schema::of_elastic(&ElasticData { indices, integrations, datasets, within, ages })
}

fn names(list: &[Spanned<String>]) -> Vec<&str> {
    list.iter().map(|item| item.value.as_str()).collect()
}
