//! One schema for all rules that read the same data: thousands of rules have a few hundred log sources, and most of what a schema is
//! asked it has been asked before.

use super::{ElasticData, Schema};
use crate::catalog::versions::Installed;
use foldhash::fast::RandomState;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

/// Rules choose their index patterns freely. Beyond this many the schemas are made anew.
const MOST: usize = 512;

/// What decides which fields a schema knows.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) enum Key {
    Sigma { product: String, category: String, service: String },
    Panther(Vec<String>),
    Elastic(Box<ElasticKey>),
}

#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct ElasticKey {
    indices: Vec<String>,
    integrations: Vec<String>,
    datasets: Vec<String>,
    within: Option<Vec<String>>,
    installed: Installed,
}

impl Key {
    pub(super) fn sigma(product: &str, category: &str, service: &str) -> Self {
        Self::Sigma { product: product.to_owned(), category: category.to_owned(), service: service.to_owned() }
    }

    pub(super) fn panther(log_types: &[&str]) -> Self {
        Self::Panther(owned(log_types))
    }

    pub(super) fn elastic(data: &ElasticData<'_>) -> Self {
        Self::Elastic(Box::new(ElasticKey {
            indices: owned(data.indices),
            integrations: owned(data.integrations),
            datasets: owned(data.datasets),
            within: data.within.map(<[String]>::to_vec),
            installed: data.ages.installed().clone(),
        }))
    }
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

thread_local! {
    static SCHEMAS: RefCell<HashMap<Key, Rc<Schema>, RandomState>> = RefCell::default();
}

/// The schema of a key, made when this thread asks for it the first time.
pub(super) fn shared(key: Key, make: impl FnOnce() -> Schema) -> Rc<Schema> {
    let known = SCHEMAS.with_borrow(|schemas| schemas.get(&key).cloned());
    known.unwrap_or_else(|| {
        let made = Rc::new(make());
        SCHEMAS.with_borrow_mut(|schemas| {
            if schemas.len() >= MOST {
                schemas.clear();
            }
            schemas.insert(key, Rc::clone(&made));
        });
        made
    })
}
