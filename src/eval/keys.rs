//! How the keys of an event meet the names of a rule.

use super::expr::Found;
use crate::catalog::ingest::{FEW_KEYS, get};
use serde_json::{Map, Value as Json};
use smallvec::SmallVec;

/// The first key that is equal in lower case.
pub(super) fn in_other_case<'e>(map: &'e Map<String, Json>, key: &str) -> Option<&'e Json> {
    let same = |name: &str| {
        if name.is_ascii() && key.is_ascii() {
            name.eq_ignore_ascii_case(key)
        } else {
            name.to_lowercase() == key.to_lowercase()
        }
    };
    map.iter().find(|(name, _)| same(name)).map(|(_, value)| value)
}

/// Key comparison of the models that know dotted names.
#[derive(Clone, Copy)]
pub(super) struct Keys {
    pub(super) case_sensitive: bool,
}

impl Keys {
    pub(super) fn get<'e>(self, value: &'e Json, key: &str) -> Option<&'e Json> {
        let map = value.as_object()?;
        get(map, key).or_else(|| {
            if self.case_sensitive {
                return None;
            }
            in_other_case(map, key)
        })
    }

    /// Every way to cut the dotted name into keys, through arrays. Each value of the event is met at most once, because the
    /// way to it says which part of the name is used up.
    pub(super) fn paths<'e>(self, value: &'e Json, name: &str) -> Found<'e> {
        let mut found = Found::new();
        self.walk(value, name, &mut found);
        found
    }

    /// As deep as the event is.
    fn walk<'e>(self, value: &'e Json, name: &str, found: &mut Found<'e>) {
        match value {
            Json::Array(items) => items.iter().for_each(|item| self.walk(item, name, found)),
            Json::Object(map) if self.case_sensitive && map.len() <= FEW_KEYS => {
                // The shortest key first, as below.
                let rest = |key: &str| name.strip_prefix(key).filter(|rest| rest.is_empty() || rest.starts_with('.'));
                let mut ways: SmallVec<[(&str, &Json); 2]> =
                    map.iter().filter_map(|(key, below)| Some((rest(key)?, below))).collect();
                ways.sort_by_key(|(rest, _)| std::cmp::Reverse(rest.len()));
                for (rest, below) in ways {
                    match rest.strip_prefix('.') {
                        Some(rest) => self.walk(below, rest, found),
                        None => found.push(below),
                    }
                }
            }
            Json::Object(_) => {
                let dots = name.match_indices('.').map(|(at, _)| at).chain([name.len()]);
                for at in dots {
                    match (self.get(value, &name[..at]), name.get(at + 1..)) {
                        (Some(below), Some(rest)) => self.walk(below, rest, found),
                        (Some(below), None) => found.push(below),
                        (None, _) => {}
                    }
                }
            }
            _ => {}
        }
    }
}
