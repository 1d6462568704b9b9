//! Which log source a rule reads, and what that means in the target's world.

use super::log_type_part::{self, Part};
use super::{Target, log_source};
use crate::catalog::fields::{Cardinality, FieldType, Schema};
use crate::catalog::ingest::{Tells, Way};
use crate::catalog::logsource::{self, LogSource};
use crate::catalog::maps::FieldMap;
use crate::catalog::values;
use crate::ir::{Case, Coercion, DataSource, Dialect, EventModel, ExprId, FieldPath, Logic, Op, Pool, Rule};
use crate::pass::{Empties, FieldFacts};
use crate::source::{Span, Spanned};
use std::rc::Rc;

/// Whose field names a rule speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum World {
    /// The vendor's: Panther, Sigma on cloud sources.
    Raw,
    Elastic,
}

impl World {
    /// The world of the fields that the rule names.
    pub fn of_rule(rule: &Rule) -> Self {
        match (rule.dialect, rule.event_model) {
            (Dialect::Elastic, _) | (Dialect::Query, EventModel::Elastic) => Self::Elastic,
            _ => Self::Raw,
        }
    }

    /// The target's world; the evaluator takes a rule in its own.
    pub fn of_target(target: Target) -> Option<Self> {
        match target {
            Target::Panther | Target::PantherSimple | Target::PantherCorrelation | Target::Sigma => Some(Self::Raw),
            Target::Native => None,
            _ => Some(Self::Elastic),
        }
    }
}

/// A rule's log source in the catalogue.
pub struct SourceWorld {
    /// The one field map between the vendor's events and Elastic's documents.
    pub map: Option<&'static FieldMap>,
    /// The rows of the log source table: several when the source reaches Elastic on several ways.
    pub(super) rows: Vec<&'static LogSource>,
    /// Fields of which the log source has some values only, and the rule does not ask for them: it reads more events.
    pub(super) unasked: Vec<&'static str>,
    /// The map to the Panther log type of these events, where that has names of its own.
    pub(super) log_type: Option<&'static FieldMap>,
    /// Why it is this one of the log sources in the rule's Panther log type, where the rule does not ask for it.
    pub(super) because: Option<String>,
}

impl SourceWorld {
    /// What the catalogue has of the rule's log source.
    pub fn of(rule: &Rule) -> Self {
        let source = &rule.data_source;
        let rows = rows_of(source);
        if World::of_rule(rule) == World::Elastic {
            return log_source::choose(rule, &rows);
        }
        let own = source.log_types.iter().find_map(|name| FieldMap::to_log_type(&name.value));
        let Part { rows, unasked, because } = match rule.dialect {
            Dialect::Panther => log_type_part::choose(rule, &rows, own),
            _ => Part::whole(rows),
        };
        let map = map_of(source, &rows);
        Self { map, unasked, log_type: own.or_else(|| log_type_of(&rows)), because, rows }
    }

    /// The same log source as rules of the Panther log type see it, whose names are not the map's.
    #[must_use]
    pub fn in_log_type(&self) -> Self {
        Self { map: None, rows: self.rows.clone(), unasked: Vec::new(), log_type: self.log_type, because: None }
    }

    /// The Elastic dataset, when there is one.
    pub fn dataset(&self) -> Option<&'static str> {
        self.map
            .map(|map| map.dataset.as_str())
            .or_else(|| self.rows.first().map(|row| row.dataset))
            .filter(|dataset| !dataset.is_empty())
    }

    /// The index patterns of a rule of this source, in Elastic's world: its own, then those of the catalogue.
    pub fn indices<'a>(&self, source: &'a DataSource) -> Vec<&'a str> {
        let mut found: Vec<&str> = names(&source.indices);
        for index in self.rows.iter().flat_map(|row| row.indices()) {
            if !found.contains(index) {
                found.push(index);
            }
        }
        found
    }

    /// How the log source's events get into Elastic: by the first of its ways, where it has several.
    pub fn way(&self) -> Option<Way> {
        Some(Way::new(self.map?, self.rows.first().copied()))
    }

    /// How they get into a Panther log type with names of its own.
    pub fn way_to_log_type(&self) -> Option<Way> {
        Some(Way::to_log_type(self.log_type?, self.implied_in_log_type()))
    }

    /// How the vendor's events are, where the log type has the vendor's names: in all spellings, with what tells them from others.
    pub fn way_within(&self) -> Option<Way> {
        Some(Way::new(self.map?, self.rows.first().copied()).holding(self.implied_in_log_type()))
    }

    /// What every document of the log source has in Elastic's fields.
    pub fn implied(&self) -> Vec<(&'static str, &'static str)> {
        log_source::implied(&self.rows)
    }

    /// What tells the log source's events from others of its Panther log type.
    pub fn implied_in_log_type(&self) -> Tells {
        let mut found = Tells::default();
        for (field, value) in self.rows.iter().flat_map(|row| row.implied_in_panther()) {
            let values = found.entry(field).or_default();
            if !values.contains(&value) {
                values.push(value);
            }
        }
        found
    }

    /// What the ingest between the source's and the target's world does to empty values.
    pub(super) fn empties(&self, from: World, to: World) -> Empties {
        match (from, to) {
            (World::Raw, World::Elastic) if self.drops_empty() => Empties::DroppedOnTheWay,
            (World::Elastic, World::Raw) if self.drops_empty() => Empties::DroppedInSource,
            _ => Empties::Kept,
        }
    }

    fn drops_empty(&self) -> bool {
        self.map.is_some_and(|map| map.drops_empty)
    }

    /// What is known of a field of the target's world.
    pub fn facts(&self, world: World, schema: &Schema, field: &FieldPath) -> FieldFacts {
        let name = field.name();
        let known = schema.lookup_shared(&name);
        let of_map = self.map.and_then(|map| match world {
            World::Elastic => map.elastic_cardinality(&name),
            World::Raw => raw_cardinality(map, &name),
        });
        let is_said = |said: &Cardinality| world == World::Elastic || *said != Cardinality::Unknown;
        let cardinality = of_map
            .filter(is_said)
            .or_else(|| known.as_ref().map(|info| info.cardinality))
            .unwrap_or(Cardinality::Unknown);
        let of_map = || match world {
            World::Elastic => self.map?.elastic_field(&name)?.ty,
            World::Raw => Some(self.map?.raw_row(&name)?.raw_type()),
        };
        let known = known.map(|info| info.ty).filter(|ty| *ty != FieldType::Unknown);
        let ty = known.or_else(of_map).unwrap_or(FieldType::Unknown);
        FieldFacts { cardinality, ty }
    }

    /// The field's values that equal `text` when case does not count, if its values are catalogued and the text is one of them.
    pub(super) fn domain(&self, field: &FieldPath, text: &str) -> Option<Vec<String>> {
        let domain = values::domain(self.dataset(), &field.name())?;
        let known: Vec<String> =
            domain.values.iter().filter(|value| value.eq_ignore_ascii_case(text)).map(ToString::to_string).collect();
        (!known.is_empty()).then_some(known)
    }

    /// The data source with what the catalogue knows of it in Elastic.
    fn say_in_elastic(&self, source: &mut DataSource) {
        // A rule that says what it reads, reads that and no more.
        let (indices, integrations) = (source.indices.is_empty(), source.integrations.is_empty());
        for row in &self.rows {
            for index in row.indices().iter().filter(|_| indices) {
                push_new(&mut source.indices, index);
            }
            if integrations && !row.package.is_empty() {
                push_new(&mut source.integrations, row.package);
            }
            if !row.dataset.is_empty() && !source.datasets.iter().any(|known| known == row.dataset) {
                source.datasets.push(row.dataset.to_owned());
            }
        }
    }

    /// The schema of a world for the log source, by which conversions decide.
    pub fn own_schema(&self, world: World, source: &DataSource) -> Rc<Schema> {
        let mut source = source.clone();
        if world == World::Elastic {
            self.say_in_elastic(&mut source);
        }
        Self::schema(world, &source)
    }

    /// The schema of the target's world.
    pub fn schema(world: World, source: &DataSource) -> Rc<Schema> {
        match world {
            World::Elastic => {
                let datasets: Vec<&str> = source.datasets.iter().map(String::as_str).collect();
                Schema::elastic(&names(&source.indices), &names(&source.integrations), &datasets)
            }
            World::Raw => Schema::panther(&names(&source.log_types)),
        }
    }
}

fn raw_cardinality(map: &FieldMap, name: &str) -> Option<Cardinality> {
    if map.is_list(name) {
        return Some(Cardinality::Many);
    }
    map.raw_row(name).map(crate::catalog::maps::MapRow::raw_cardinality)
}

fn names(list: &[Spanned<String>]) -> Vec<&str> {
    list.iter().map(|name| name.value.as_str()).collect()
}

fn text(part: Option<&Spanned<String>>) -> &str {
    part.map_or("", |part| part.value.as_str())
}

fn rows_of(source: &DataSource) -> Vec<&'static LogSource> {
    if source.product.is_some() || source.category.is_some() || source.service.is_some() {
        return logsource::for_sigma(
            text(source.product.as_ref()),
            text(source.category.as_ref()),
            text(source.service.as_ref()),
        );
    }
    if let [only] = source.log_types.as_slice() {
        return logsource::for_panther(&only.value);
    }
    let by_dataset: Vec<&'static LogSource> =
        source.datasets.iter().flat_map(|dataset| logsource::for_dataset(dataset)).collect();
    if !by_dataset.is_empty() {
        return by_dataset;
    }
    let by_index: Vec<&'static LogSource> =
        source.indices.iter().flat_map(|index| logsource::for_index(&index.value)).collect();
    if !by_index.is_empty() {
        return by_index;
    }
    source.integrations.iter().flat_map(|name| logsource::for_package(&name.value)).collect()
}

/// The field map of a rule in the vendor's names; none when its rows disagree.
fn map_of(source: &DataSource, rows: &[&'static LogSource]) -> Option<&'static FieldMap> {
    let (product, category, service) =
        (text(source.product.as_ref()), text(source.category.as_ref()), text(source.service.as_ref()));
    if let Some(map) = FieldMap::for_sigma(product, category, service) {
        return Some(map);
    }
    if let [only] = source.log_types.as_slice() {
        let sigma = rows.first().and_then(|row| FieldMap::for_sigma(row.product, row.category, row.service));
        return match FieldMap::to_log_type(&only.value) {
            Some(_) => sigma,
            None => {
                sigma.filter(|map| map.panther.contains(&only.value)).or_else(|| FieldMap::for_panther(&only.value))
            }
        };
    }
    let mut maps = rows.iter().map(|row| FieldMap::for_dataset(row.dataset));
    let first = maps.next()??;
    maps.all(|map| map.is_some_and(|map| map.name() == first.name())).then_some(first)
}

/// The data source in the target's terms; what the source said already stays.
pub(super) fn translate(rule: &mut Rule, target: World, world: &SourceWorld) {
    let source = &mut rule.data_source;
    let spanned = |name: &str| Spanned::new(name.to_owned(), Span::default());
    match target {
        World::Elastic => world.say_in_elastic(source),
        World::Raw => {
            if source.log_types.is_empty() {
                let log_types: Vec<&str> = match world.map {
                    Some(map) => map.panther.iter().map(String::as_str).collect(),
                    None => world.rows.iter().flat_map(|row| row.panther()).copied().collect(),
                };
                for log_type in log_types {
                    push_new(&mut source.log_types, log_type);
                }
            }
            if source.product.is_none()
                && source.category.is_none()
                && let Some(row) = world.rows.first()
            {
                let part = |name: &str| (!name.is_empty()).then(|| spanned(name));
                source.product = part(row.product);
                source.category = part(row.category);
                source.service = part(row.service);
            }
        }
    }
}

/// The map to the first log type of a log source that has names of its own.
pub(super) fn log_type_of(rows: &[&'static LogSource]) -> Option<&'static FieldMap> {
    rows.iter().flat_map(|row| row.panther()).find_map(|name| FieldMap::to_log_type(name))
}

pub(super) fn push_new(list: &mut Vec<Spanned<String>>, name: &str) {
    if !list.iter().any(|known| known.value == name) {
        list.push(Spanned::new(name.to_owned(), Span::default()));
    }
}

/// Adds what an Elastic query has to say so that it speaks of this log source: what all ways into Elastic share, and of the rest
/// what one of them says.
pub(super) fn add_source_conditions(rule: &mut Rule, world: &SourceWorld) {
    let Some(first) = world.rows.first() else { return };
    let is_shared =
        |condition: &(&str, &str)| world.rows.iter().all(|row| row.implied().any(|other| other == *condition));
    let shared: Vec<(&str, &str)> = first.implied().filter(is_shared).collect();
    let pool = &mut rule.pool;
    let mut conditions: Vec<ExprId> = shared.iter().map(|(field, value)| condition(pool, field, value)).collect();
    let mut ways = Vec::new();
    for row in &world.rows {
        let own: Vec<ExprId> = row
            .implied()
            .filter(|condition| !shared.contains(condition))
            .map(|(field, value)| condition(pool, field, value))
            .collect();
        ways.push(pool.and(own, None));
    }
    // A way that says nothing of its own takes all.
    conditions.push(pool.or(ways, None));
    rule.logic = match &rule.logic {
        Logic::Opaque(_) => return,
        logic => logic.map_filters(|root| pool.and(conditions.iter().copied().chain([root]), None)),
    };
}

fn condition(pool: &mut Pool, field: &str, value: &str) -> ExprId {
    let path = FieldPath::dotted(field);
    if value == "*" {
        return pool.exists(path, None);
    }
    pool.any_of(path, Op::Equal { to: value.into(), case: Case::Sensitive, coercion: Coercion::Text }, None)
}
