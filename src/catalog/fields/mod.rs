//! Fields: which exist where, of what type, with one value or many.
//!
//! A [`Schema`] is an ordered choice of tables. Field tables speak of one version of a package each, so what is not
//! found is judged by [`Schema::absence`].

mod ages;
mod elastic;
mod near;
mod panther;
mod shared;
mod sigma;

pub use ages::{Ages, Behind};
pub(super) use elastic::{DEFEND, ECS, ELASTIC, ELASTIC_SOURCES};
pub use elastic::{ElasticData, defend_lacks};
pub(super) use near::Search;
pub(super) use panther::{PANTHER, PANTHER_UDM};
pub use panther::{UdmTarget, udm};
pub(super) use sigma::{SIGMA, VENDOR};

use foldhash::fast::RandomState;
use shared::{Asked, shared};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

/// The type of a field. Elasticsearch's names; the numeric types are one family each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FieldType {
    /// Exact string, case-sensitive.
    Keyword,
    /// One value for the whole index.
    ConstantKeyword,
    /// Exact string, made for patterns.
    Wildcard,
    /// Analysed text: matched by words, any case.
    Text,
    /// Analysed text without positions.
    MatchOnlyText,
    /// byte, short, integer, long, unsigned_long.
    Integer,
    /// half_float, float, double, scaled_float.
    Float,
    /// true, false and the strings of the same names.
    Boolean,
    /// An address; queries also take CIDR blocks.
    Ip,
    /// A point in time.
    Date,
    /// A place.
    GeoPoint,
    /// A JSON object whose subfields are mapped as they come.
    Object,
    /// A JSON object indexed as keywords: exact and case-sensitive, no ranges, no CIDR, no analysis.
    Flattened,
    /// An array of objects that keeps its elements apart.
    Nested,
    /// A software version.
    Version,
    /// Another name of a field that the table does not give.
    Alias,
    /// Known to exist, of a type that is not known or not searchable.
    Unknown,
}

impl FieldType {
    /// The names of Elasticsearch's types that are read.
    pub const NAMES: &[&str] = &[
        "keyword",
        "constant_keyword",
        "wildcard",
        "text",
        "match_only_text",
        "integer",
        "long",
        "float",
        "double",
        "boolean",
        "ip",
        "date",
        "geo_point",
        "object",
        "flattened",
        "nested",
        "version",
    ];

    /// Reads a type of Elasticsearch, of Panther's log schemas, or of JSON.
    pub fn parse(name: &str) -> Self {
        match name {
            "keyword" | "string" => Self::Keyword,
            "constant_keyword" => Self::ConstantKeyword,
            "wildcard" => Self::Wildcard,
            "text" => Self::Text,
            "match_only_text" => Self::MatchOnlyText,
            "byte" | "short" | "integer" | "long" | "unsigned_long" | "bigint" | "int" | "smallint" | "tinyint" => {
                Self::Integer
            }
            "half_float" | "float" | "double" | "scaled_float" | "number" => Self::Float,
            "boolean" => Self::Boolean,
            "ip" => Self::Ip,
            "date" | "timestamp" => Self::Date,
            "geo_point" => Self::GeoPoint,
            "object" => Self::Object,
            "flattened" | "json" => Self::Flattened,
            "nested" => Self::Nested,
            "version" => Self::Version,
            "alias" => Self::Alias,
            _ => Self::Unknown,
        }
    }

    /// Compared as a whole string, case-sensitively.
    pub fn is_exact_string(self) -> bool {
        matches!(self, Self::Keyword | Self::ConstantKeyword | Self::Wildcard | Self::Flattened)
    }

    /// Split into words when indexed and when searched.
    pub fn is_analysed(self) -> bool {
        matches!(self, Self::Text | Self::MatchOnlyText)
    }

    /// A number.
    pub fn is_number(self) -> bool {
        matches!(self, Self::Integer | Self::Float)
    }
}

/// Whether a text field is analysed as a PowerShell script: the Windows integration and Winlogbeat split it with a `pattern`
/// analyser of their own (`powershell_script_analyzer`, in the index settings of the data streams).
pub fn is_script(field: &str) -> bool {
    field == "powershell.file.script_block_text"
}

/// How many values a field can have in one event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cardinality {
    /// At most one, by the schema's own word.
    Single,
    /// An array.
    Many,
    /// Nothing says so: Elasticsearch accepts arrays everywhere.
    Unknown,
}

/// What a schema says of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldInfo {
    /// The type.
    pub ty: FieldType,
    /// One value or many.
    pub cardinality: Cardinality,
    /// The table that says so: `ecs`, a dataset, a beat, an index pattern, a log type.
    pub table: String,
    /// The field is not named itself; a dynamic object above it allows it.
    pub dynamic: bool,
}

/// What it means that a field is not found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Absence {
    /// Nothing: part of the data has no table.
    Nothing,
    /// A hint: the tables are old, or were gathered from examples.
    Hint,
    /// The field is not there.
    Evidence,
}

/// The kind of world whose names a schema knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum World {
    /// Fields of Elasticsearch indices.
    Elastic,
    /// Fields of Panther log types: the vendor's own names.
    Panther,
    /// Fields of a Sigma log source.
    Sigma,
}

/// The fields that a rule can speak of.
#[derive(Debug, Clone)]
pub struct Schema {
    tables: Tables,
    absence: Absence,
    has_sure_types: bool,
    /// What was looked up: a rule tests one field with hundreds of values, and several passes and writers ask about it.
    known: RefCell<HashMap<String, Option<Rc<FieldInfo>>, RandomState>>,
    /// The names like those that were not found, best first.
    near: RefCell<HashMap<String, Vec<String>, RandomState>>,
}

#[derive(Debug, Clone)]
enum Tables {
    Elastic(elastic::Sources),
    Panther(Vec<String>),
    Sigma(sigma::Source),
}

/// Deeper paths are not looked up (hostile input).
const MAX_SEGMENTS: usize = 64;

impl Schema {
    /// ECS alone.
    pub fn ecs() -> Self {
        Self::new(Tables::Elastic(elastic::Sources::default()), Absence::Evidence)
    }

    /// ECS and what the rule's indices, integrations and datasets add: the fields of their packages, of Beats for
    /// `filebeat-*` and its like, of Elastic Defend, of Endgame, and what the patterns are known to hold beyond.
    /// An index or integration without a table leaves the schema open.
    pub fn elastic(indices: &[&str], integrations: &[&str], datasets: &[&str]) -> Rc<Self> {
        Self::of_elastic(&ElasticData { indices, integrations, datasets, ..ElasticData::default() })
    }

    /// As [`Schema::elastic`], with all that decides.
    pub fn of_elastic(data: &ElasticData<'_>) -> Rc<Self> {
        shared(Asked::elastic(data), || {
            let (sources, absence) = elastic::select(data);
            let has_sure_types = absence != Absence::Nothing && !sources.iter().any(|source| source.old);
            Self { has_sure_types, ..Self::new(Tables::Elastic(sources), absence) }
        })
    }

    /// The vendor's fields of these Panther log types, declared and seen in tests, and Panther's own `p_` fields.
    pub fn panther(log_types: &[&str]) -> Rc<Self> {
        shared(Asked::Panther(log_types), || {
            let absence = panther::absence(log_types);
            Self::new(Tables::Panther(log_types.iter().map(|&name| name.to_owned()).collect()), absence)
        })
    }

    /// The fields of a Sigma log source (`""` for a part that the rule does not name).
    pub fn sigma(product: &str, category: &str, service: &str) -> Rc<Self> {
        shared(Asked::Sigma([product, category, service]), || {
            let source = sigma::Source::new(product, category, service);
            let absence = source.absence();
            Self::new(Tables::Sigma(source), absence)
        })
    }

    fn new(tables: Tables, absence: Absence) -> Self {
        let has_sure_types = absence == Absence::Evidence;
        Self { tables, absence, has_sure_types, known: RefCell::default(), near: RefCell::default() }
    }

    /// The world whose names these are.
    pub fn world(&self) -> World {
        match self.tables {
            Tables::Elastic(_) => World::Elastic,
            Tables::Panther(_) => World::Panther,
            Tables::Sigma(_) => World::Sigma,
        }
    }

    /// What it means that [`Schema::lookup`] finds nothing.
    pub fn absence(&self) -> Absence {
        self.absence
    }

    /// Whether the types are those of the data: a package that has fields more than its table rarely has them with another type, one of
    /// years ago may, and what has no table at all is taken for ECS.
    pub fn has_sure_types(&self) -> bool {
        self.has_sure_types
    }

    /// Absence of a field proves nothing.
    pub fn is_open(&self) -> bool {
        self.absence == Absence::Nothing
    }

    /// What is known of a field, named as in the schema's world; array markers (`target[].id`) may be left out.
    pub fn lookup(&self, field: &str) -> Option<FieldInfo> {
        self.lookup_shared(field).map(|found| FieldInfo::clone(&found))
    }

    /// As [`Schema::lookup`], without a copy.
    pub fn lookup_shared(&self, field: &str) -> Option<Rc<FieldInfo>> {
        if let Some(known) = self.known.borrow().get(field) {
            return known.clone();
        }
        let found = self.find(field).map(Rc::new);
        self.known.borrow_mut().insert(field.to_owned(), found.clone());
        found
    }

    fn find(&self, field: &str) -> Option<FieldInfo> {
        if field.is_empty() || field.split('.').count() > MAX_SEGMENTS {
            return None;
        }
        match &self.tables {
            Tables::Elastic(sources) => elastic::lookup(sources, field),
            Tables::Panther(log_types) => panther::lookup(log_types, field),
            Tables::Sigma(source) => source.lookup(field),
        }
    }

    /// Up to `limit` known names that `field` may have been meant for, best first. Deterministic; bounded by the size of
    /// the tables.
    pub fn near(&self, field: &str, limit: usize) -> Vec<String> {
        let mut known = self.near.borrow_mut();
        if !known.contains_key(field) {
            known.insert(field.to_owned(), self.all_near(field));
        }
        known.get(field).into_iter().flatten().take(limit).cloned().collect()
    }

    fn all_near(&self, field: &str) -> Vec<String> {
        let mut search = near::Search::new(field);
        match &self.tables {
            Tables::Elastic(sources) => elastic::offer_names(sources, &mut search),
            Tables::Panther(log_types) => panther::offer_names(log_types, &mut search),
            Tables::Sigma(source) => source.offer_names(&mut search),
        }
        search.best(usize::MAX)
    }

    /// The packages and beats of the tables.
    pub fn packages(&self) -> impl Iterator<Item = &'static str> + '_ {
        let sources = match &self.tables {
            Tables::Elastic(sources) => Some(sources.iter()),
            Tables::Panther(_) | Tables::Sigma(_) => None,
        };
        sources.into_iter().flatten().map(|source| source.package)
    }

    /// The one dataset that holds the events of an EQL category, where the data leave no other.
    pub fn of_category(&self, category: &str) -> Option<&'static str> {
        match &self.tables {
            Tables::Elastic(sources) => sources.of_category(category),
            Tables::Panther(_) | Tables::Sigma(_) => None,
        }
    }

    /// The known name in Elasticsearch's indices that `field` differs from by a slip of the pen: it is misspelt, and no field that came
    /// later.
    pub fn slip(&self, field: &str) -> Option<String> {
        if self.world() != World::Elastic {
            return None;
        }
        let near = self.near(field, 1).pop()?;
        let close = strsim::osa_distance(&near, field) <= 2 || near.eq_ignore_ascii_case(field);
        (field.len() > 8 && close && near.matches('.').count() == field.matches('.').count()).then_some(near)
    }

    /// A sentence about the table that `field` may be missing from because it is behind what is installed; of several the one that the
    /// field is named after.
    pub fn told_age(&self, ages: &Ages, field: &str) -> Option<String> {
        let Tables::Elastic(sources) = &self.tables else { return None };
        let behind = sources.iter().filter_map(|source| Some((source.package, ages.behind(source.package)?)));
        let (package, behind) = behind.min_by_key(|(package, _)| (!field.starts_with(package), *package))?;
        Some(behind.told(package))
    }

    /// The names of the tables, in order of precedence.
    pub fn tables(&self) -> Vec<String> {
        match &self.tables {
            Tables::Elastic(sources) => sources.names().chain(["ecs"]).map(str::to_owned).collect(),
            Tables::Panther(log_types) => log_types.clone(),
            Tables::Sigma(source) => vec![source.to_string()],
        }
    }
}

#[cfg(test)]
mod tests;
