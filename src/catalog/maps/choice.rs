//! The choice among all maps: what each is found by, and its rows once it is asked for.

use super::declared::taken;
use super::embedded::Embedded;
use super::{EMBEDDED, FieldMap, MapRow, SigmaSource};
use foldhash::fast::RandomState;
use serde::Deserialize;
use std::collections::{BTreeSet, HashMap};
use std::sync::{LazyLock, OnceLock};

/// What a map is found by. The build script `compile.rs` names the same keys.
#[derive(Debug, Clone, PartialEq, Deserialize)]
struct Head {
    dataset: String,
    name: Option<String>,
    extends: Option<String>,
    #[serde(default)]
    panther: Vec<String>,
    #[serde(default)]
    sigma: Vec<SigmaSource>,
}

impl Head {
    fn of(map: &FieldMap) -> Self {
        Self {
            dataset: map.dataset.clone(),
            name: map.name.clone(),
            extends: map.extends.clone(),
            panther: map.panther.clone(),
            sigma: map.sigma.clone(),
        }
    }

    /// As [`FieldMap::name`].
    fn name(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.dataset)
    }
}

/// Where the rows of a map are.
enum Source {
    Declared(&'static FieldMap),
    Embedded(&'static Embedded),
}

/// A map that is read when it is asked for: a rule needs the one of its own log source.
struct Slot {
    head: Head,
    source: Source,
    /// What its file says, for the maps that extend it.
    own: OnceLock<Option<FieldMap>>,
    /// With what it extends.
    whole: OnceLock<Option<FieldMap>>,
}

/// Every map: the declared ones first, so that they are found where an embedded one is for the same log source. A test holds that
/// nothing is wrong with the embedded ones.
static SLOTS: LazyLock<Vec<Slot>> = LazyLock::new(|| {
    let declared = taken().iter().map(|map| Slot::new(Head::of(map), Source::Declared(map)));
    let embedded = EMBEDDED.iter().filter_map(|map| Some(Slot::new(map.head()?, Source::Embedded(map))));
    declared.chain(embedded).collect()
});

/// The first map of each Sigma log source: every rule asks for its own.
static BY_SIGMA: LazyLock<HashMap<[&str; 3], &Slot, RandomState>> = LazyLock::new(|| {
    let mut found = HashMap::default();
    for slot in SLOTS.iter() {
        for source in &slot.head.sigma {
            let parts = [&source.product, &source.category, &source.service].map(String::as_str);
            found.entry(parts).or_insert(slot);
        }
    }
    found
});

impl Embedded {
    fn head(&self) -> Option<Head> {
        serde_json::from_str(self.head).ok()
    }

    /// The map as its file says it, without its index. A test holds that it can be read.
    pub(super) fn read(&self) -> Option<FieldMap> {
        serde_json::from_str(self.compiled).ok()
    }
}

impl Slot {
    fn new(head: Head, source: Source) -> Self {
        Self { head, source, own: OnceLock::new(), whole: OnceLock::new() }
    }

    fn read(&self) -> Option<FieldMap> {
        match self.source {
            Source::Declared(map) => Some(map.clone()),
            Source::Embedded(map) => map.read(),
        }
    }

    fn map(&self) -> Option<&FieldMap> {
        let join = || {
            let bases = self.bases().into_iter().rev().map(|base| base.own.get_or_init(|| base.read()).clone());
            let joined = bases.chain([self.read()]).reduce(|base, map| {
                let (base, mut map) = base.zip(map)?;
                map.take_over(&base);
                Some(map)
            });
            Some(joined.flatten()?.indexed())
        };
        self.whole.get_or_init(join).as_ref()
    }

    /// The map that this one extends, the one that that extends, and so on. One may have the name of the map that extends it: an
    /// embedded one that a declared map stands before. A circle ends where it began.
    fn bases(&self) -> Vec<&'static Slot> {
        let is = |left: &Slot, right: &Slot| std::ptr::eq(left, right);
        let mut found: Vec<&'static Slot> = Vec::new();
        let mut next = self.head.extends.as_deref();
        while let Some(base) = next.and_then(|name| {
            SLOTS
                .iter()
                .find(|slot| slot.head.name() == name && !is(slot, self) && !found.iter().any(|known| is(slot, known)))
        }) {
            found.push(base);
            next = base.head.extends.as_deref();
        }
        found
    }

    /// The first map of which this holds.
    fn find(is_wanted: impl Fn(&Head) -> bool) -> Option<&'static FieldMap> {
        SLOTS.iter().find(|slot| is_wanted(&slot.head))?.map()
    }
}

impl FieldMap {
    /// Every map: the declared ones, then the embedded ones.
    pub fn all() -> impl Iterator<Item = &'static FieldMap> {
        SLOTS.iter().filter_map(Slot::map)
    }

    /// The declared maps, with the rows of those that they extend.
    pub(in crate::catalog) fn declared() -> impl Iterator<Item = &'static FieldMap> {
        SLOTS[..taken().len()].iter().filter_map(Slot::map)
    }

    /// The embedded maps, in the order of [`EMBEDDED`].
    pub fn embedded() -> impl Iterator<Item = &'static FieldMap> {
        SLOTS[taken().len()..].iter().filter_map(Slot::map)
    }

    /// The maps of sources that Panther has log types for.
    pub(super) fn with_log_types() -> impl Iterator<Item = &'static FieldMap> {
        SLOTS.iter().filter(|slot| !slot.head.panther.is_empty()).filter_map(Slot::map)
    }

    /// What every map is called.
    pub(super) fn names() -> impl Iterator<Item = &'static str> {
        SLOTS.iter().map(|slot| slot.head.name())
    }

    /// The map of a name.
    pub fn of_name(name: &str) -> Option<&'static FieldMap> {
        Slot::find(|head| head.name() == name)
    }

    /// The map of an Elastic dataset.
    pub fn for_dataset(dataset: &str) -> Option<&'static FieldMap> {
        Slot::find(|head| head.dataset == dataset)
    }

    /// The map of a Sigma log source (`""` for a part that is not named).
    pub fn for_sigma(product: &str, category: &str, service: &str) -> Option<&'static FieldMap> {
        BY_SIGMA.get(&[product, category, service])?.map()
    }

    /// The map of a Panther log type.
    pub fn for_panther(log_type: &str) -> Option<&'static FieldMap> {
        Slot::find(|head| head.panther.iter().any(|name| name == log_type))
    }

    /// Takes over what the map says nothing of itself: rows of raw fields that have no row here, constants, enriched fields.
    fn take_over(&mut self, base: &FieldMap) {
        let known: BTreeSet<String> = self.rows.iter().map(|row| row.raw.to_ascii_lowercase()).collect();
        let new = |row: &&MapRow| !known.contains(&row.raw.to_ascii_lowercase());
        self.rows.extend(base.rows.iter().filter(new).cloned());
        let said: Vec<String> = self.constants.iter().map(|constant| constant.field.clone()).collect();
        self.constants.extend(base.constants.iter().filter(|constant| !said.contains(&constant.field)).cloned());
        self.constants.retain(|constant| constant.all().next().is_some());
        self.enriched.extend(base.enriched.iter().cloned());
        for (name, table) in &base.values {
            self.values.entry(name.clone()).or_insert_with(|| table.clone());
        }
        for (name, cases) in &base.cases {
            self.cases.entry(name.clone()).or_insert_with(|| cases.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::maps::LOG_TYPES;

    #[test]
    fn a_compiled_map_says_what_its_file_says() {
        for map in EMBEDDED.iter().chain(LOG_TYPES) {
            let of_file = FieldMap::read(map.text).unwrap();
            assert_eq!(map.head().unwrap(), Head::of(&of_file), "{}", map.path);
            assert_eq!(format!("{:?}", map.read().unwrap()), format!("{of_file:?}"), "{}", map.path);
        }
    }
}
