//! The rules of two versions: which belong together, and how they stand to each other.

use super::super::input::{self, Inputs};
use super::super::test;
use crate::frontend::{Item, Loaded};
use crate::ir::Rule;
use crate::proof::change;
use crate::report::diff::{ChangedRule, RelationName, Side};
use crate::source::Level;
use rayon::prelude::*;
use std::collections::{HashMap, HashSet};
use std::path::Path;

/// All rules of one side.
pub(super) struct Version<'a> {
    pub(super) rules: Vec<Placed<'a>>,
    pub(super) all: Vec<&'a Rule>,
    /// Files that hold no rule because they cannot be read, by their place, with the reason.
    unreadable: HashMap<String, &'a str>,
    files: &'a [Loaded],
}

/// A rule with the place of its file below what was asked for, and its number in the file.
pub(super) struct Placed<'a> {
    loaded: &'a Loaded,
    item: &'a Item,
    place: String,
    number: usize,
}

/// A rule of the old version and one of the new, by their numbers; one of them where the other version has none.
pub(super) type Pair = (Option<usize>, Option<usize>);

impl<'a> Version<'a> {
    pub(super) fn new(root: &str, inputs: &'a Inputs) -> Self {
        let all = inputs.files.iter().flat_map(|loaded| &loaded.items).map(|item| &item.rule).collect();
        let place = |loaded: &Loaded| {
            let path = Path::new(&loaded.unit.main().path);
            path.strip_prefix(root).unwrap_or(Path::new("")).display().to_string()
        };
        let placed = |loaded: &'a Loaded| {
            let rules = loaded.items.iter().filter(|item| item.rule.is_rule()).enumerate();
            rules.map(move |(number, item)| Placed { loaded, item, place: place(loaded), number })
        };
        let reason = |loaded: &'a Loaded| {
            let error = loaded.diagnostics.iter().find(|diagnostic| diagnostic.level == Level::Error)?;
            Some((place(loaded), error.message.as_str()))
        };
        let unreadable = inputs.files.iter().filter(|loaded| loaded.is_unreadable()).filter_map(reason).collect();
        Self { rules: inputs.files.iter().flat_map(placed).collect(), all, unreadable, files: &inputs.files }
    }

    /// The files that both versions have with the same text.
    pub(super) fn same_files(&self, other: &Version<'_>) -> HashSet<String> {
        let texts: HashMap<&str, &str> =
            other.files.iter().map(|loaded| loaded.unit.main()).map(|file| (&*file.path, &*file.text)).collect();
        let files = self.files.iter().filter(|loaded| {
            let main = loaded.unit.main();
            texts.get(main.path.as_str()).is_some_and(|text| *text == &*main.text)
        });
        files.map(|loaded| loaded.unit.main().path.clone()).collect()
    }

    /// The texts of other files that the rule is read together with: rules that it refers to, queries. (Filters are among its own
    /// unit's files.)
    fn read_with(&self, placed: &Placed<'_>) -> Vec<&'a str> {
        let rule = placed.rule();
        let references = rule.logic.references();
        let counts = |other: &Rule| {
            let names = [other.meta.id.as_ref().map(|id| id.value.as_str()), other.meta.name.as_deref()];
            let is_query = rule.kind == "scheduled_rule" && other.kind == "scheduled_query";
            is_query || references.iter().any(|found| names.contains(&Some(found.reference.as_str())))
        };
        let files = self.files.iter().filter(|loaded| loaded.items.iter().any(|item| counts(&item.rule)));
        files.flat_map(|loaded| &loaded.unit.files).map(|file| &*file.text).collect()
    }

    fn with_siblings(&self, rule: &'a Rule) -> Vec<&'a Rule> {
        let mut rules = test::others(rule, &self.all);
        rules.push(rule);
        rules
    }
}

impl<'a> Placed<'a> {
    pub(super) fn rule(&self) -> &'a Rule {
        &self.item.rule
    }

    fn side(&self) -> Side<'a> {
        Side { path: &self.loaded.unit.main().path, rule: self.rule() }
    }

    fn id(&self) -> Option<&'a str> {
        self.rule().meta.id.as_ref().map(|id| id.value.as_str())
    }

    /// Whether the rule, the code that it is written in and the filters on it are word for word the same.
    fn has_text_of(&self, other: &Placed<'_>) -> bool {
        let texts = |loaded: &'a Loaded| loaded.unit.files.iter().map(|file| &file.text);
        self.number == other.number && texts(self.loaded).eq(other.loaded.unit.files.iter().map(|file| &file.text))
    }

    fn fault(&self) -> Option<&'a str> {
        input::broken(self.loaded, self.item).map(|error| error.message.as_str())
    }
}

/// What two rules have in common.
type Key<'k> = (Option<&'k str>, Option<&'k str>, usize);

/// Rules that belong together, in the order of the new version; then those that only the old one has.
pub(super) fn pairs(old: &Version<'_>, new: &Version<'_>) -> Vec<Pair> {
    // The surest sign first: what it pairs is no longer there for the others.
    let signs: [for<'k> fn(&'k Placed<'_>) -> Option<Key<'k>>; 4] = [
        |one| Some((Some(one.id()?), Some(&one.place), one.number)),
        |one| Some((Some(one.id()?), None, 0)),
        |one| Some((None, Some(&one.place), one.number)),
        |one| Some((None, Some(&one.loaded.unit.main().text), one.number)),
    ];
    let mut partner: Vec<Option<usize>> = vec![None; new.rules.len()];
    let mut free: Vec<bool> = vec![true; old.rules.len()];
    for sign in signs {
        let mut known: HashMap<Key<'_>, Vec<usize>> = HashMap::new();
        for (index, one) in old.rules.iter().enumerate().filter(|(index, _)| free[*index]).rev() {
            if let Some(key) = sign(one) {
                known.entry(key).or_default().push(index);
            }
        }
        for (one, partner) in new.rules.iter().zip(&mut partner).filter(|(_, partner)| partner.is_none()) {
            *partner = sign(one).and_then(|key| known.get_mut(&key)?.pop());
            if let Some(found) = *partner {
                free[found] = false;
            }
        }
    }
    let both = partner.into_iter().enumerate().map(|(index, partner)| (partner, Some(index)));
    let removed = (0..old.rules.len()).filter(|index| free[*index]).map(|index| (Some(index), None));
    both.chain(removed).collect()
}

/// What became of each pair. `touched_only` leaves out the rules that nothing was done to.
pub(super) fn compared(
    old: &Version<'_>,
    new: &Version<'_>,
    pairs: &[Pair],
    touched_only: bool,
) -> Vec<(Pair, ChangedRule)> {
    let one = |pair: &Pair| {
        let before = pair.0.map(|index| &old.rules[index]);
        let after = pair.1.map(|index| &new.rules[index]);
        let changed = match (before, after) {
            (Some(before), Some(after)) => return both(old, new, before, after, touched_only),
            (None, Some(after)) => match old.unreadable.get(&after.place) {
                Some(reason) => ChangedRule::unread(RelationName::Added, after.side(), reason),
                None => ChangedRule::one(RelationName::Added, after.side()),
            },
            (Some(before), None) => match new.unreadable.get(&before.place) {
                Some(reason) => ChangedRule::unread(RelationName::Removed, before.side(), reason),
                None => ChangedRule::one(RelationName::Removed, before.side()),
            },
            (None, None) => return None,
        };
        Some(changed)
    };
    pairs.par_iter().filter_map(|pair| Some((*pair, one(pair)?))).collect()
}

fn both(
    old: &Version<'_>,
    new: &Version<'_>,
    before: &Placed<'_>,
    after: &Placed<'_>,
    touched_only: bool,
) -> Option<ChangedRule> {
    let moved = before.place != after.place;
    let fault = before.fault().map(|fault| ("old", fault)).or(after.fault().map(|fault| ("new", fault)));
    if before.has_text_of(after) && old.read_with(before) == new.read_with(after) {
        return (moved || !touched_only).then(|| ChangedRule::same(before.side(), after.side(), moved));
    }
    if let Some((version, fault)) = fault {
        // What was recovered around the error is not what the rule says, of itself neither.
        let reason = Some(format!("the {version} version cannot be read: {fault}"));
        let same = ChangedRule::same(before.side(), after.side(), moved);
        return Some(ChangedRule { relation: RelationName::NotRun, reason, ..same });
    }
    let change = change(&old.with_siblings(before.rule()), &new.with_siblings(after.rule()));
    Some(ChangedRule::both(before.side(), after.side(), moved, change))
}
