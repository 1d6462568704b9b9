//! One schema for all rules that read the same data: thousands of rules have a few hundred log sources, and most of what a schema is
//! asked it has been asked before.

use super::{ElasticData, Schema};
use crate::catalog::versions::Installed;
use foldhash::fast::RandomState;
use indexmap::{Equivalent, IndexMap};
use std::cell::RefCell;
use std::rc::Rc;

/// Rules choose their index patterns freely. Beyond this many the schemas are made anew.
const MOST: usize = 512;

/// What decides which fields a schema knows.
#[derive(Debug, PartialEq, Eq, Hash)]
enum Key {
    Sigma([String; 3]),
    Panther(Vec<String>),
    Elastic(ElasticKey),
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct ElasticKey {
    indices: Vec<String>,
    integrations: Vec<String>,
    datasets: Vec<String>,
    within: Option<Vec<String>>,
    installed: Installed,
}

/// As it is asked for. It hashes as the [`Key`] of the same does.
#[derive(Clone, Copy, Hash)]
pub(super) enum Asked<'a> {
    /// Product, category and service.
    Sigma([&'a str; 3]),
    Panther(&'a [&'a str]),
    Elastic(ElasticAsked<'a>),
}

#[derive(Clone, Copy, Hash)]
pub(super) struct ElasticAsked<'a> {
    indices: &'a [&'a str],
    integrations: &'a [&'a str],
    datasets: &'a [&'a str],
    within: Option<&'a [String]>,
    installed: &'a Installed,
}

impl<'a> Asked<'a> {
    pub(super) fn elastic(data: &ElasticData<'a>) -> Self {
        Self::Elastic(ElasticAsked {
            indices: data.indices,
            integrations: data.integrations,
            datasets: data.datasets,
            within: data.within,
            installed: data.ages.installed(),
        })
    }

    fn to_key(self) -> Key {
        match self {
            Self::Sigma(parts) => Key::Sigma(parts.map(str::to_owned)),
            Self::Panther(log_types) => Key::Panther(owned(log_types)),
            Self::Elastic(asked) => Key::Elastic(ElasticKey {
                indices: owned(asked.indices),
                integrations: owned(asked.integrations),
                datasets: owned(asked.datasets),
                within: asked.within.map(<[String]>::to_vec),
                installed: asked.installed.clone(),
            }),
        }
    }
}

impl Equivalent<Key> for Asked<'_> {
    fn equivalent(&self, key: &Key) -> bool {
        match (self, key) {
            (Self::Sigma(asked), Key::Sigma(known)) => known == asked,
            (Self::Panther(asked), Key::Panther(known)) => known == asked,
            (Self::Elastic(asked), Key::Elastic(known)) => {
                known.indices == asked.indices
                    && known.integrations == asked.integrations
                    && known.datasets == asked.datasets
                    && known.within.as_deref() == asked.within
                    && known.installed == *asked.installed
            }
            _ => false,
        }
    }
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

thread_local! {
    static SCHEMAS: RefCell<IndexMap<Key, Rc<Schema>, RandomState>> = RefCell::default();
}

/// The schema that is asked for, made when this thread asks for it the first time.
pub(super) fn shared(asked: Asked<'_>, make: impl FnOnce() -> Schema) -> Rc<Schema> {
    let known = SCHEMAS.with_borrow(|schemas| schemas.get(&asked).cloned());
    known.unwrap_or_else(|| {
        let made = Rc::new(make());
        SCHEMAS.with_borrow_mut(|schemas| {
            if schemas.len() >= MOST {
                schemas.clear();
            }
            schemas.insert(asked.to_key(), Rc::clone(&made));
        });
        made
    })
}
