//! ATT&CK references in the ids and names of one version.
//!
//! The tables are MITRE's (`catalog::attack`). What changed between 18.1 and 19.1: Defense Evasion (TA0005) was split into
//! Stealth, which keeps the id, and Defense Impairment (TA0112); techniques were revoked, renamed, and moved between tactics.

use crate::catalog::attack::{self, AttackVersion, Tactic, Technique};
use crate::fidelity::{Effect, Loss, code};
use crate::ir::AttackRef;
use crate::source::{Location, Spanned};

/// The two halves of the former Defense Evasion.
const HALVES: [&str; 2] = ["TA0005", "TA0112"];

/// References in the terms of one version, and what of them changed.
#[derive(Debug, Default)]
pub struct Migrated {
    pub references: Vec<AttackRef>,
    /// A loss for each id that changed and for each that the version has no counterpart of.
    pub losses: Vec<Loss>,
    /// What the changed references said: ids of techniques, names of tactics.
    pub former: Vec<Spanned<String>>,
}

/// The references in the ids and names of `to`. An id that no version knows stays as it is, and so does a pair of tactic and
/// technique that no version has: that is the rule's own mistake, which lints tell. A flat list of tactics gets those that a
/// technique of the list moved to.
pub fn migrate_attack(references: &[AttackRef], to: AttackVersion) -> Migrated {
    let mut migration = Migration { to, all: references, done: Migrated::default() };
    references.iter().for_each(|reference| migration.reference(reference));
    migration.follow_flat_techniques();
    let mut seen = std::collections::HashSet::new();
    migration.done.losses.retain(|loss| seen.insert(loss.message.clone()));
    migration.done
}

struct Migration<'a> {
    to: AttackVersion,
    all: &'a [AttackRef],
    done: Migrated,
}

/// What became of a technique.
enum Fate {
    /// No version knows it.
    Unknown,
    Now(Technique),
    Gone,
}

impl Migration<'_> {
    /// The loss at an id, with what the source said there.
    fn lose(&mut self, id: &Spanned<String>, said: &str, message: String) {
        if !self.done.former.iter().any(|known| known.value == said) {
            self.done.former.push(Spanned::new(said.to_owned(), id.span));
        }
        self.done.losses.push(Loss::new(&code::ATTACK_MOVED, Effect::Metadata, message, Some(Location::main(id.span))));
    }

    fn reference(&mut self, reference: &AttackRef) {
        let mut moved = reference.clone();
        let mut current = None;
        if let Some(id) = &reference.technique {
            match self.technique(id) {
                Fate::Unknown => {}
                Fate::Now(found) => {
                    moved.technique = Some(Spanned::new(found.id.to_owned(), id.span));
                    let span = reference.technique_name.as_ref().map_or(id.span, |name| name.span);
                    moved.technique_name = Some(Spanned::new(found.name.to_owned(), span));
                    current = Some(found);
                }
                Fate::Gone => {
                    moved.technique = None;
                    moved.technique_name = None;
                }
            }
        }
        for tactic in self.tactics(reference, current.as_ref()) {
            let mut one = moved.clone();
            one.paired &= tactic.is_some() || reference.tactic.is_none();
            (one.tactic, one.tactic_name) = tactic.unwrap_or_default();
            if one.tactic.is_some() || one.tactic_name.is_some() || one.technique.is_some() {
                self.done.references.push(one);
            }
        }
    }

    /// The technique as this version has it: itself, what replaced it, what it replaced, or its parent.
    fn technique(&mut self, id: &Spanned<String>) -> Fate {
        let to = self.to;
        let known = AttackVersion::LATEST.and_others().find_map(|version| attack::technique(version, &id.value));
        let Some(known) = known else { return Fate::Unknown };
        let number = to.number();
        if let Some(here) = attack::technique(to, &id.value) {
            let Some(new) = attack::replacement(to, &id.value) else { return Fate::Now(here) };
            self.lose(id, &id.value, format!("{} was revoked in ATT&CK; written as its successor {}", here.id, new.id));
            return Fate::Now(new);
        }
        if let Some(old) = attack::predecessor(to, known.id) {
            self.lose(
                id,
                &id.value,
                format!("{} is not in ATT&CK {number}; written as {}, which it replaced", known.id, old.id),
            );
            return Fate::Now(old);
        }
        let parent = known.parent().and_then(|id| attack::technique(to, id).or_else(|| attack::predecessor(to, id)));
        if let Some(parent) = parent {
            self.lose(id, &id.value, format!("{} is not in ATT&CK {number}; written as {}", known.id, parent.id));
            return Fate::Now(parent);
        }
        self.lose(
            id,
            &id.value,
            format!("{} ({}) has no counterpart in ATT&CK {number}: left out", known.id, known.name),
        );
        Fate::Gone
    }

    /// The tactics that the reference's tactic is now, each with its name; `None` where there is none (any more).
    fn tactics(&mut self, reference: &AttackRef, technique: Option<&Technique>) -> Vec<Option<Words>> {
        let written = (reference.tactic.clone(), reference.tactic_name.clone());
        let Some(anchor) = reference.tactic.as_ref().or(reference.tactic_name.as_ref()) else { return vec![None] };
        let Some(former) = tactic_of(reference) else { return vec![Some(written)] };
        let now = match technique.filter(|_| reference.paired) {
            Some(technique) => self.paired_tactics(reference, former, technique),
            None => self.lone_tactics(former, reference),
        };
        if now.is_empty() {
            let technique = technique.map_or("", |found| found.id);
            let number = self.to.number();
            let message = format!("in ATT&CK {number}, {technique} is not part of {}: its tactics there", former.name);
            self.lose(anchor, former.name, format!("{message} stand in its place"));
            return vec![None];
        }
        let name = reference.tactic_name.as_ref().map_or(former.name, |name| &name.value);
        if now.iter().any(|tactic| tactic.id != former.id || !tactic.name.eq_ignore_ascii_case(name)) {
            let names: Vec<String> = now.iter().map(|tactic| format!("`{}`", tactic.shortname)).collect();
            let message =
                format!("the tactic {name} is written as {} in ATT&CK {}", names.join(", "), self.to.number());
            self.lose(anchor, name, message);
        }
        let span = reference.tactic_name.as_ref().map_or(anchor.span, |name| name.span);
        let words = |tactic: &Tactic| {
            (Some(Spanned::new(tactic.id.to_owned(), anchor.span)), Some(Spanned::new(tactic.name.to_owned(), span)))
        };
        now.iter().map(|tactic| Some(words(tactic))).collect()
    }

    /// Where a technique that is written under a tactic belongs.
    fn paired_tactics(&self, reference: &AttackRef, former: Tactic, technique: &Technique) -> Vec<Tactic> {
        let belongs = |id: &str| technique.tactics().any(|own| own == id);
        let here = |id: &str| attack::tactic_by_id(self.to, id);
        if belongs(former.id) {
            return here(former.id).into_iter().collect();
        }
        let written = reference.technique.as_ref().map_or("", |id| &id.value);
        let mut source = AttackVersion::ALL.into_iter().filter_map(|version| attack::technique(version, written));
        let Some(source) = source.rfind(|found| found.tactics().any(|own| own == former.id)) else {
            return self.lone_tactics(former, reference);
        };
        if let Some(half) = HALVES.iter().find(|half| HALVES.contains(&former.id) && belongs(half)) {
            return here(half).into_iter().collect();
        }
        let had = |id: &str| source.tactics().any(|own| own == id);
        technique.tactics().filter(|id| !had(id)).filter_map(here).collect()
    }

    /// A tactic without a technique. Of the halves of Defense Evasion, those that the rule's techniques belong to.
    fn lone_tactics(&self, former: Tactic, reference: &AttackRef) -> Vec<Tactic> {
        let here = |id: &str| attack::tactic_by_id(self.to, id);
        let is_split =
            reference.tactic_name.as_ref().is_none_or(|name| attack::tactic_by_name(self.to, &name.value).is_none());
        if !HALVES.contains(&former.id) || !is_split {
            return here(former.id).into_iter().collect();
        }
        let techniques = self.all.iter().filter(|one| !one.paired).filter_map(|one| one.technique.as_ref());
        let tactics: Vec<&str> = techniques
            .filter_map(|id| {
                attack::replacement(self.to, &id.value)
                    .or_else(|| attack::technique(self.to, &id.value))
                    .or_else(|| attack::predecessor(self.to, &id.value))
            })
            .flat_map(|found| found.tactics())
            .collect();
        let found: Vec<Tactic> = HALVES.into_iter().filter(|half| tactics.contains(half)).filter_map(here).collect();
        if found.is_empty() {
            return here(former.id).or_else(|| here(HALVES[0])).into_iter().collect();
        }
        found
    }

    /// Techniques that stand apart from the tactics and whose tactic was among them, where the version's is not: it is added.
    fn follow_flat_techniques(&mut self) {
        let ids = |references: &[AttackRef]| -> Vec<String> {
            references.iter().filter_map(|one| one.tactic.as_ref()).map(|id| id.value.clone()).collect()
        };
        let before = ids(self.all);
        for reference in self.all.iter().filter(|reference| !reference.paired) {
            let Some(written) = &reference.technique else { continue };
            let listed =
                |tactics: &[String], found: &Technique| found.tactics().any(|id| tactics.iter().any(|t| t == id));
            let mut sources =
                AttackVersion::ALL.into_iter().filter_map(|version| attack::technique(version, &written.value));
            let Some(source) = sources.rfind(|found| listed(&before, found)) else { continue };
            let now = self
                .done
                .references
                .iter()
                .find(|one| one.technique.as_ref().is_some_and(|id| id.span == written.span));
            let now = now.and_then(|one| attack::technique(self.to, &one.technique.as_ref()?.value));
            let Some(now) = now.filter(|now| !listed(&ids(&self.done.references), now)) else { continue };
            let gained = now.tactics().filter(|id| !source.tactics().any(|own| own == *id));
            let to = self.to;
            for tactic in gained.filter_map(|id| attack::tactic_by_id(to, id)) {
                let number = to.number();
                self.lose(
                    written,
                    &written.value,
                    format!("in ATT&CK {number}, {} is part of {}: that tactic is added", now.id, tactic.name),
                );
                let text = |text: &str| Some(Spanned::new(text.to_owned(), written.span));
                self.done.references.push(AttackRef {
                    tactic: text(tactic.id),
                    tactic_name: text(tactic.name),
                    ..AttackRef::default()
                });
            }
        }
    }
}

/// A tactic's id and name.
type Words = (Option<Spanned<String>>, Option<Spanned<String>>);

/// The tactic that is meant: by its name where there is one, else as the newest version has the id.
fn tactic_of(reference: &AttackRef) -> Option<Tactic> {
    let mut versions = AttackVersion::LATEST.and_others();
    let name = reference.tactic_name.as_ref();
    let id = reference.tactic.as_ref();
    let by_name =
        name.and_then(|name| versions.clone().find_map(|version| attack::tactic_by_name(version, &name.value)));
    by_name
        .filter(|found| id.is_none_or(|id| id.value.eq_ignore_ascii_case(found.id)))
        .or_else(|| versions.find_map(|version| attack::tactic_by_id(version, &id?.value)))
}

#[cfg(test)]
mod tests;
