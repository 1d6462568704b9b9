//! How old the tables are beside what is installed.

use super::elastic::packages;
use crate::catalog::versions::{Installed, is_current};
use std::collections::BTreeMap;
use std::sync::{LazyLock, OnceLock};

/// The packages whose tables lack what later versions added. A field that such a table does not have may have come since.
#[derive(Debug, Clone, Default)]
pub struct Ages {
    installed: Installed,
    /// Made when first asked: rules of other formats never ask.
    tables: OnceLock<BTreeMap<&'static str, Table>>,
}

/// The table of a package. It is compared when first asked for: a run names a few packages of all.
#[derive(Debug, Clone)]
struct Table {
    version: &'static str,
    /// Marked as old.
    old: bool,
    behind: OnceLock<Option<Behind>>,
}

/// A package whose table is older than what is installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Behind {
    /// The version that the table is of.
    pub table: &'static str,
    /// The version that is installed; `None` where no version is known.
    pub installed: Option<String>,
}

impl Behind {
    /// What the age means for a field that is not found.
    pub(super) fn told(&self, package: &str) -> String {
        let table = self.table;
        match &self.installed {
            Some(installed) => {
                format!(
                    "the table of {package} is of {table}, {installed} is installed: the field may have come between"
                )
            }
            None => format!("the table of {package} is of {table}: the field may have come since"),
        }
    }
}

impl Ages {
    /// Compares every package's table with what is installed.
    #[must_use]
    pub fn new(installed: Installed) -> Self {
        Self { installed, tables: OnceLock::new() }
    }

    /// What the tables are compared with.
    pub(super) fn installed(&self) -> &Installed {
        &self.installed
    }

    /// As [`Ages::new`], with the newest stack and packages installed.
    #[must_use]
    pub fn newest() -> &'static Self {
        static NEWEST: LazyLock<Ages> = LazyLock::new(|| Ages::new(Installed::default()));
        &NEWEST
    }

    /// What is known of a package's age, if its table is behind.
    pub fn behind(&self, package: &str) -> Option<&Behind> {
        let table = self.tables.get_or_init(tables).get(package)?;
        table.behind.get_or_init(|| table.compare(package, &self.installed)).as_ref()
    }
}

/// A package stands in the list once for each dataset.
fn tables() -> BTreeMap<&'static str, Table> {
    packages().map(|(package, version, old)| (package, Table { version, old, behind: OnceLock::new() })).collect()
}

impl Table {
    fn compare(&self, package: &str, installed: &Installed) -> Option<Behind> {
        // What was transcribed from no named release (`1.5.x`) may lack anything.
        let no_release = self.version.split('.').next_back() == Some("x");
        let version = installed.integration(package).filter(|_| !no_release);
        let is_behind = version.map_or(self.old || no_release, |version| !is_current(self.version, version));
        is_behind.then(|| Behind { table: self.version, installed: version.map(str::to_owned) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::versions::Version;

    #[test]
    fn a_table_is_current_where_nothing_newer_is_installed() {
        let newest = Ages::newest();
        assert_eq!(newest.behind("okta").unwrap().table, "2.11.0");
        assert_eq!(newest.behind("no_such"), None);
        assert_eq!(newest.behind(""), None);
        let integrations = [("okta".to_owned(), "2.11.0".to_owned())].into();
        let installed = Installed { stack: Some(Version::new(8, 15, 0)), integrations };
        assert_eq!(Ages::new(installed).behind("okta"), None);
        // Of December 2022, and no version of it is in the list of versions.
        assert!(newest.behind("nginx").is_some());
        assert_eq!(newest.behind("aws_bedrock").unwrap().installed, None);
    }
}
