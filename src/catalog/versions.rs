//! Versions of the Elastic Stack and of Elastic's integration packages.

use super::table::Table;
use std::collections::BTreeMap;
use std::fmt;

/// Rows (package, version, condition on Kibana's version).
pub(super) const INTEGRATIONS: Table =
    Table::new("versions/integrations.tsv", include_str!("../../schemas/versions/integrations.tsv"));

/// A version of the stack, or of a package, as far as order counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    pub major: u32,
    pub minor: u32,
    pub patch: u32,
}

impl Version {
    /// The newest stack that the tables know of.
    pub const NEWEST_STACK: Self = Self::new(9, 6, 0);

    pub const fn new(major: u32, minor: u32, patch: u32) -> Self {
        Self { major, minor, patch }
    }

    /// Reads `9.3`, `9.3.1` and pre-releases (`9.6.0-prerelease.0`, of which only the numbers count).
    pub fn parse(text: &str) -> Option<Self> {
        let release = text.split(['-', '+']).next()?;
        let mut parts = release.split('.').map(str::parse::<u32>);
        let (major, minor) = (parts.next()?.ok()?, parts.next()?.ok()?);
        let patch = parts.next().transpose().ok()?.unwrap_or(0);
        parts.next().is_none().then_some(Self { major, minor, patch })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

/// What the caller says is installed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Installed {
    /// The stack; the newest that the tables know of where it is not said.
    pub stack: Option<Version>,
    /// Versions of integration packages; the newest that the stack admits where it is not said.
    pub integrations: BTreeMap<String, String>,
}

impl Installed {
    pub fn stack(&self) -> Version {
        self.stack.unwrap_or(Version::NEWEST_STACK)
    }

    /// The installed version of a package, or the newest that the stack admits; `None` for an unknown package.
    pub fn integration(&self, package: &str) -> Option<&str> {
        match self.integrations.get(package) {
            Some(version) => Some(version),
            None => newest(package, self.stack()),
        }
    }
}

/// Every known version of an integration package with its condition on Kibana's version (`^8.4.0 || ^9.0.0`), oldest
/// first; empty for an unknown package.
pub fn integration(package: &str) -> Vec<(&'static str, &'static str)> {
    let mut found = rows(package);
    found.sort_by_key(|(version, _)| numbers(version));
    found
}

fn rows(package: &str) -> Vec<(&'static str, &'static str)> {
    INTEGRATIONS.range(&format!("{package}\t")).map(|row| (row.col(1), row.col(2))).collect()
}

/// The newest version of a package that can be installed on a stack.
pub fn newest(package: &str, stack: Version) -> Option<&'static str> {
    let admitted = rows(package).into_iter().filter(|(_, condition)| admits(condition, stack));
    admitted.map(|(version, _)| version).max_by_key(|version| numbers(version))
}

/// The oldest version of a package's newest major version that a stack admits: what detection-rules asks of the packages that a rule is
/// related to.
pub fn least(package: &str, stack: Version) -> Option<&'static str> {
    let admitted = rows(package).into_iter().filter(|(_, condition)| admits(condition, stack));
    let by_major = |(version, _): (&'static str, _)| Some((Version::parse(version)?.major, version));
    let versions: Vec<(u32, &'static str)> = admitted.filter_map(by_major).collect();
    let major = versions.iter().map(|(major, _)| *major).max()?;
    versions
        .into_iter()
        .filter(|(of, _)| *of == major)
        .map(|(_, version)| version)
        .min_by_key(|version| numbers(version))
}

/// Whether Elastic has an integration package of this name in the table.
pub fn is_known(package: &str) -> bool {
    !package.is_empty() && INTEGRATIONS.find(package).is_some()
}

/// Whether a package of version `table` lacks nothing that `installed` has.
pub fn is_current(table: &str, installed: &str) -> bool {
    numbers(table) >= numbers(installed)
}

/// Whether a condition on Kibana's version (npm's ranges: alternatives between `||`, each of `^`, `~` or an exact version) holds
/// of a stack. A patch that the condition asks for is taken as installed: stacks are named by their minor version.
fn admits(condition: &str, stack: Version) -> bool {
    condition.split("||").any(|alternative| in_range(alternative.trim(), stack))
}

fn in_range(range: &str, stack: Version) -> bool {
    let (kind, version) = match range.split_at_checked(1) {
        Some((kind @ ("^" | "~"), version)) => (kind, version),
        _ => ("=", range),
    };
    let Some(base) = Version::parse(version) else { return false };
    let same_major = stack.major == base.major;
    match kind {
        "^" => same_major && stack.minor >= base.minor,
        _ => same_major && stack.minor == base.minor,
    }
}

/// A version's numbers; a pre-release comes before its release.
fn numbers(version: &str) -> (Vec<u64>, bool, &str) {
    let (release, pre) = version.split_once('-').map_or((version, ""), |(release, pre)| (release, pre));
    (release.split('.').map(|part| part.parse().unwrap_or(0)).collect(), pre.is_empty(), pre)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_in_the_order_of_their_numbers() {
        assert_eq!(INTEGRATIONS.rows().count(), 3_037);
        let okta = integration("okta");
        assert!(okta.windows(2).all(|pair| numbers(pair[0].0) < numbers(pair[1].0)));
        assert!(okta.iter().any(|(version, _)| version.starts_with("2.")));
        assert!(integration("no_such").is_empty() && integration("").is_empty());
        assert!(is_known("okta") && !is_known("okt") && !is_known(""));
        assert!(numbers("9.6.0-prerelease.0") < numbers("9.6.0"));
    }

    #[test]
    fn versions_read_as_the_schema_has_them() {
        assert_eq!(Version::parse("8.19"), Some(Version::new(8, 19, 0)));
        assert_eq!(Version::parse("9.6.0-prerelease.0"), Some(Version::new(9, 6, 0)));
        for wrong in ["", "9", "9.x", "9.1.2.3", "v9.1"] {
            assert_eq!(Version::parse(wrong), None, "{wrong}");
        }
        assert!(Version::new(8, 19, 0) < Version::new(9, 0, 0));
    }

    #[test]
    fn a_stack_admits_what_the_condition_says() {
        let of = |text| Version::parse(text).unwrap();
        assert!(admits("^7.16.0 || ^8.0.0", of("8.19")) && !admits("^7.16.0 || ^8.0.0", of("9.0")));
        assert!(admits("~8.19.10 || ^9.1.0", of("8.19")) && !admits("~8.19.10 || ^9.1.0", of("8.18")));
        assert!(!admits("^8.13.0", of("8.12")) && !admits("", of("8.12")));
        let old = newest("okta", of("8.0")).unwrap();
        let new = newest("okta", Version::NEWEST_STACK).unwrap();
        assert!(numbers(old) < numbers(new));
        assert!(is_current(new, old) && !is_current(old, new));
        assert_eq!(newest("no_such", Version::NEWEST_STACK), None);
        assert_eq!(least("okta", of("8.0")), Some("1.3.0"));
        assert_eq!(least("no_such", Version::NEWEST_STACK), None);
    }

    #[test]
    fn what_is_said_to_be_installed_counts() {
        let mut installed = Installed::default();
        assert_eq!(installed.integration("okta"), newest("okta", Version::NEWEST_STACK));
        installed.integrations.insert("okta".to_owned(), "2.0.0".to_owned());
        assert_eq!(installed.integration("okta"), Some("2.0.0"));
    }
}
