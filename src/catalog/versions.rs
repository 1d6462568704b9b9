//! Versions of the Elastic Stack and of Elastic's integration packages.

use super::table::{Row, Table};
use foldhash::fast::RandomState;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{LazyLock, OnceLock};

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

/// A version of a package.
struct Release {
    text: &'static str,
    numbers: Numbers,
    /// On Kibana's version, as it is written.
    condition: &'static str,
    /// npm's ranges: any of them admits a stack.
    ranges: Vec<Range>,
}

/// The versions of a package, read when first asked for: every rule of a run names packages, and a run a few of all.
#[derive(Default)]
struct Package {
    rows: Vec<Row>,
    releases: OnceLock<Vec<Release>>,
}

static PACKAGES: LazyLock<HashMap<&'static str, Package, RandomState>> = LazyLock::new(|| {
    let mut found: HashMap<_, Package, RandomState> = HashMap::default();
    for row in INTEGRATIONS.rows() {
        found.entry(row.col(0)).or_default().rows.push(row);
    }
    found
});

impl Package {
    fn releases(&self) -> &[Release] {
        self.releases.get_or_init(|| self.rows.iter().map(|row| Release::of(*row)).collect())
    }
}

impl Release {
    fn of(row: Row) -> Self {
        let (text, condition) = (row.col(1), row.col(2));
        Self { text, numbers: Numbers::of(text), condition, ranges: Range::all(condition) }
    }

    fn is_admitted(&self, stack: Version) -> bool {
        self.ranges.iter().any(|range| range.holds(stack))
    }
}

fn releases(package: &str) -> impl Iterator<Item = &'static Release> {
    PACKAGES.get(package).into_iter().flat_map(Package::releases)
}

/// Every known version of an integration package with its condition on Kibana's version (`^8.4.0 || ^9.0.0`), oldest
/// first; empty for an unknown package.
pub fn integration(package: &str) -> Vec<(&'static str, &'static str)> {
    let mut found: Vec<_> = releases(package).collect();
    found.sort_by_key(|release| &release.numbers);
    found.into_iter().map(|release| (release.text, release.condition)).collect()
}

/// The newest version of a package that can be installed on a stack.
pub fn newest(package: &str, stack: Version) -> Option<&'static str> {
    let admitted = releases(package).filter(|release| release.is_admitted(stack));
    admitted.max_by_key(|release| &release.numbers).map(|release| release.text)
}

/// The oldest version of a package's newest major version that a stack admits: what detection-rules asks of the packages that a rule is
/// related to.
pub fn least(package: &str, stack: Version) -> Option<&'static str> {
    let admitted = || releases(package).filter(|release| release.is_admitted(stack));
    let major = admitted().map(|release| release.numbers.major()).max()?;
    let of_major = admitted().filter(|release| release.numbers.major() == major);
    of_major.min_by_key(|release| &release.numbers).map(|release| release.text)
}

/// Whether Elastic has an integration package of this name in the table.
pub fn is_known(package: &str) -> bool {
    !package.is_empty() && INTEGRATIONS.find(package).is_some()
}

/// Whether a package of version `table` lacks nothing that `installed` has.
pub fn is_current(table: &str, installed: &str) -> bool {
    Numbers::of(table) >= Numbers::of(installed)
}

/// A range of stacks. A patch that it asks for is taken as installed: stacks are named by their minor version.
struct Range {
    base: Version,
    /// `^`: later minor versions of the same major one too.
    later: bool,
}

impl Range {
    /// Reads alternatives between `||`.
    fn all(condition: &str) -> Vec<Self> {
        condition.split("||").filter_map(|range| Self::parse(range.trim())).collect()
    }

    /// Reads `^8.4.0`, `~8.4.0` or an exact version.
    fn parse(range: &str) -> Option<Self> {
        let base = Version::parse(range.trim_start_matches(['^', '~']))?;
        Some(Self { base, later: range.starts_with('^') })
    }

    fn holds(&self, stack: Version) -> bool {
        let minor = if self.later { stack.minor >= self.base.minor } else { stack.minor == self.base.minor };
        stack.major == self.base.major && minor
    }
}

/// A version's numbers as they are ordered; a pre-release comes before its release.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Numbers {
    release: Vec<u64>,
    is_release: bool,
    pre: String,
}

impl Numbers {
    fn of(version: &str) -> Self {
        let (release, pre) = version.split_once('-').map_or((version, ""), |(release, pre)| (release, pre));
        let release = release.split('.').map(|part| part.parse().unwrap_or(0)).collect();
        Self { release, is_release: pre.is_empty(), pre: pre.to_owned() }
    }

    fn major(&self) -> u64 {
        self.release.first().copied().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_in_the_order_of_their_numbers() {
        assert_eq!(INTEGRATIONS.rows().count(), 3_037);
        let okta = integration("okta");
        assert!(okta.windows(2).all(|pair| Numbers::of(pair[0].0) < Numbers::of(pair[1].0)));
        assert!(okta.iter().any(|(version, _)| version.starts_with("2.")));
        assert!(integration("no_such").is_empty() && integration("").is_empty());
        assert!(is_known("okta") && !is_known("okt") && !is_known(""));
        assert!(Numbers::of("9.6.0-prerelease.0") < Numbers::of("9.6.0"));
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
        let admits = |condition, stack| Range::all(condition).iter().any(|range| range.holds(stack));
        assert!(admits("^7.16.0 || ^8.0.0", of("8.19")) && !admits("^7.16.0 || ^8.0.0", of("9.0")));
        assert!(admits("~8.19.10 || ^9.1.0", of("8.19")) && !admits("~8.19.10 || ^9.1.0", of("8.18")));
        assert!(!admits("^8.13.0", of("8.12")) && !admits("", of("8.12")));
        let old = newest("okta", of("8.0")).unwrap();
        let new = newest("okta", Version::NEWEST_STACK).unwrap();
        assert!(Numbers::of(old) < Numbers::of(new));
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
