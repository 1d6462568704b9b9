//! Which lints are on, and at which level: `detc.toml` and the command line.

use super::{CorpusCx, DocumentCx, LintMeta, RuleCx, Stage, Tap, all, families, find};
use crate::catalog::fields::Ages;
use crate::catalog::versions::{Installed, Version};
use crate::source::{Diagnostic, Level, nearest};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};

/// `detc.toml`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
#[schemars(title = "detc configuration (detc.toml)")]
pub struct ConfigFile {
    /// Field maps of the user's own, as `--map` takes them: files, directories and globs, from the folder of this file on.
    pub maps: Vec<String>,
    pub lint: LintSection,
}

/// The `[lint]` section.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct LintSection {
    /// Names or families of lints, or `all`: only these are on.
    pub select: Vec<String>,
    /// Names or families of lints, or `all`: these are off.
    pub ignore: Vec<String>,
    /// The level of a lint or family.
    pub levels: BTreeMap<String, Configured>,
    /// The level from which a finding makes the run fail.
    pub fail_on: Option<FailOnSetting>,
    /// The version of the Elastic Stack that the rules are for; the newest known without it.
    pub stack: Option<String>,
    /// Versions of integration packages; without one the newest that the stack admits.
    pub integrations: BTreeMap<String, String>,
}

/// A level, or not at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Configured {
    Off,
    Note,
    Warning,
    Error,
}

/// `fail-on` in the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FailOnSetting {
    Note,
    Warning,
    Error,
    Never,
}

impl ConfigFile {
    /// Reads the text of a `detc.toml`.
    ///
    /// # Errors
    /// The message of the TOML reader, with the place.
    pub fn parse(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|error| error.to_string())
    }
}

/// A name that is neither a lint nor a family.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no lint or family `{name}`{}", near.as_ref().map_or(String::new(), |near| format!("; did you mean `{near}`?")))]
pub struct UnknownLint {
    pub name: String,
    pub near: Option<&'static str>,
}

/// What is wrong with a section.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WrongSection {
    #[error(transparent)]
    Lint(#[from] UnknownLint),
    /// The text is no version.
    #[error("`stack` takes a version like 8.19 or 9.3.0, not `{0}`")]
    Stack(String),
}

/// The outcome of configuration and command line: what is on, at which level.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Lints that are on or off by choice; the rest follow their stage.
    chosen: HashMap<&'static str, bool>,
    selected_only: bool,
    levels: HashMap<&'static str, Configured>,
    stack: Option<Version>,
    ages: Ages,
    checks: Checks,
}

/// A check that has to run.
type Check<Cx> = (&'static LintMeta, Cx);

/// The checks that have to run, by where they look: every file of a run goes through them.
#[derive(Debug, Clone, Default)]
pub(super) struct Checks {
    pub(super) documents: Vec<Check<fn(&mut DocumentCx<'_>)>>,
    pub(super) rules: Vec<Check<fn(&mut RuleCx<'_>)>>,
    pub(super) corpus: Vec<Check<fn(&mut CorpusCx<'_>)>>,
}

impl Checks {
    fn of(lints: impl Iterator<Item = &'static LintMeta>) -> Self {
        let mut found = Self::default();
        for meta in lints {
            match meta.tap {
                Tap::BuiltIn => {}
                Tap::Document(check) => found.documents.push((meta, check)),
                Tap::Rule(check) => found.rules.push((meta, check)),
                Tap::Corpus(check) => found.corpus.push((meta, check)),
            }
        }
        found
    }
}

impl Settings {
    /// Every stable lint at its own level.
    #[must_use]
    pub fn defaults() -> Self {
        Self {
            chosen: HashMap::new(),
            selected_only: false,
            levels: HashMap::new(),
            stack: None,
            ages: Ages::newest().clone(),
            checks: Checks::default(),
        }
        .with_checks()
    }

    /// The settings of a section. A name goes before a family, a family before `all`; at equal rank `ignore` wins.
    ///
    /// # Errors
    /// The names that no lint or family has, and what is no version.
    pub fn new(section: &LintSection) -> Result<Self, Vec<WrongSection>> {
        let named = section.select.iter().chain(&section.ignore).chain(section.levels.keys());
        let unknown = named.filter(|name| rank(name).is_none()).map(|name| unknown(name).into());
        let mut wrong: Vec<WrongSection> = unknown.collect();
        let stack = section.stack.as_deref().map(|text| Version::parse(text).ok_or(text));
        wrong.extend(stack.and_then(Result::err).map(|text| WrongSection::Stack(text.to_owned())));
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let installed = Installed { stack: stack.and_then(Result::ok), integrations: section.integrations.clone() };
        let mut settings = Self {
            selected_only: !section.select.is_empty(),
            stack: installed.stack,
            ages: Ages::new(installed),
            ..Self::defaults()
        };
        for meta in all() {
            let select = best_rank(&section.select, meta);
            let ignore = best_rank(&section.ignore, meta);
            if select.is_some() || ignore.is_some() {
                settings.chosen.insert(meta.name, select > ignore);
            }
            let level = section.levels.iter().filter(|(name, _)| covers(name, meta)).max_by_key(|(name, _)| rank(name));
            if let Some((_, level)) = level {
                settings.levels.insert(meta.name, *level);
            }
        }
        Ok(settings.with_checks())
    }

    fn with_checks(mut self) -> Self {
        self.checks = Checks::of(all().iter().copied().filter(|meta| self.is_on(meta)));
        self
    }

    /// The checks that have to run.
    pub(super) fn checks(&self) -> &Checks {
        &self.checks
    }

    /// Which field tables are behind what is installed.
    #[must_use]
    pub fn ages(&self) -> &Ages {
        &self.ages
    }

    /// The stack that the rules are for, if it is said.
    #[must_use]
    pub fn stack(&self) -> Option<Version> {
        self.stack
    }

    /// Whether the lint's findings count.
    #[must_use]
    pub fn is_on(&self, meta: &LintMeta) -> bool {
        if self.levels.get(meta.name) == Some(&Configured::Off) {
            return false;
        }
        match self.chosen.get(meta.name) {
            Some(on) => *on,
            // What cannot be read is told whatever was selected; only `ignore` silences it.
            None if self.selected_only => matches!(meta.name, "syntax" | "internal-error"),
            None => matches!(meta.stage, Stage::Stable(_)),
        }
    }

    /// The finding at its configured level; `None` when its lint is off.
    #[must_use]
    pub fn admit(&self, mut diagnostic: Diagnostic) -> Option<Diagnostic> {
        if let Some(meta) = find(diagnostic.lint)
            && !self.is_on(meta)
        {
            return None;
        }
        match self.levels.get(diagnostic.lint) {
            Some(Configured::Note) => diagnostic.level = Level::Note,
            Some(Configured::Warning) => diagnostic.level = Level::Warning,
            Some(Configured::Error) => diagnostic.level = Level::Error,
            Some(Configured::Off) | None => {}
        }
        Some(diagnostic)
    }
}

/// How specific a selector is: `all`, a family, a lint.
fn rank(selector: &str) -> Option<u8> {
    if find(selector).is_some() {
        Some(2)
    } else if families().contains(&selector) {
        Some(1)
    } else {
        (selector == "all").then_some(0)
    }
}

pub(super) fn covers(selector: &str, meta: &LintMeta) -> bool {
    selector == meta.name || selector == "all" || (selector == meta.family && find(selector).is_none())
}

fn best_rank(selectors: &[String], meta: &LintMeta) -> Option<u8> {
    selectors.iter().filter(|selector| covers(selector, meta)).filter_map(|selector| rank(selector)).max()
}

/// Whether a selector names anything.
pub(super) fn is_known(selector: &str) -> bool {
    rank(selector).is_some()
}

pub(super) fn unknown(name: &str) -> UnknownLint {
    let names = all().iter().map(|meta| meta.name).chain(families());
    UnknownLint { name: name.to_owned(), near: nearest(name, names) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(text: &str) -> Settings {
        Settings::new(&ConfigFile::parse(text).unwrap().lint).unwrap()
    }

    fn on(settings: &Settings, name: &str) -> bool {
        settings.is_on(find(name).unwrap())
    }

    #[test]
    fn the_more_specific_selector_wins() {
        let found = settings("[lint]\nselect = ['attack-name']\nignore = ['attack']\n");
        assert!(on(&found, "attack-name"));
        assert!(!on(&found, "attack-revoked"));
        assert!(!on(&found, "unknown-field"));
        assert!(on(&found, "syntax"));
    }

    #[test]
    fn levels_change_and_switch_off() {
        let found = settings("[lint.levels]\nattack = 'note'\nattack-name = 'off'\n");
        assert!(!on(&found, "attack-name"));
        let diagnostic = Diagnostic::new("attack-revoked", Level::Error, crate::source::Location::default(), "x");
        assert_eq!(found.admit(diagnostic).unwrap().level, Level::Note);
    }

    #[test]
    fn unknown_names_are_told_with_the_nearest() {
        let section = LintSection { select: vec!["attack-nane".to_owned()], ..LintSection::default() };
        let wrong = Settings::new(&section).unwrap_err();
        assert!(matches!(&wrong[0], WrongSection::Lint(unknown) if unknown.near == Some("attack-name")));
        let section = LintSection { stack: Some("nine".to_owned()), ..LintSection::default() };
        assert_eq!(Settings::new(&section).unwrap_err(), [WrongSection::Stack("nine".to_owned())]);
        assert!(ConfigFile::parse("[lint]\nselekt = []\n").is_err());
    }
}
