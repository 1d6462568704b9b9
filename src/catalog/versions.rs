//! Versions of Elastic's integration packages.

use super::table::Table;

/// Rows (package, version, condition on Kibana's version).
pub(super) const INTEGRATIONS: Table =
    Table::new("versions/integrations.tsv", include_str!("../../schemas/versions/integrations.tsv"));

/// Every known version of an integration package with its condition on Kibana's version (`^8.4.0 || ^9.0.0`), oldest
/// first; empty for an unknown package.
pub fn integration(package: &str) -> Vec<(&'static str, &'static str)> {
    let mut found: Vec<_> = INTEGRATIONS.range(&format!("{package}\t")).map(|row| (row.col(1), row.col(2))).collect();
    found.sort_by_key(|(version, _)| numbers(version));
    found
}

/// Whether Elastic has an integration package of this name in the table.
pub fn is_known(package: &str) -> bool {
    !package.is_empty() && INTEGRATIONS.find(package).is_some()
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
}
