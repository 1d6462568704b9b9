//! What is known of the target's fields, found out once for all rules of a log source.

use super::World;
use crate::catalog::fields::Schema;
use crate::catalog::maps::FieldMap;
use crate::pass::{FieldFacts, PerField};
use foldhash::fast::RandomState;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

/// What [`super::SourceWorld::facts`] goes by: the world, the map and the schema, by where these stand.
type Key = (World, Option<*const FieldMap>, *const Schema);

/// The schema is kept, so that no other one gets its place.
type Known = (Rc<Schema>, Rc<PerField<FieldFacts>>);

thread_local! {
    static KNOWN: RefCell<HashMap<Key, Known, RandomState>> = RefCell::default();
}

/// Beyond this many the answers are found out anew.
const MOST: usize = 512;

/// The answers so far. Thousands of rules ask for the same few hundred fields.
pub(super) fn known(world: World, map: Option<&'static FieldMap>, schema: &Rc<Schema>) -> Rc<PerField<FieldFacts>> {
    KNOWN.with_borrow_mut(|known| {
        if known.len() >= MOST {
            known.clear();
        }
        let key = (world, map.map(std::ptr::from_ref), Rc::as_ptr(schema));
        Rc::clone(&known.entry(key).or_insert_with(|| (Rc::clone(schema), Rc::default())).1)
    })
}
