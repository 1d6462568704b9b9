//! Log sources: the same source as Sigma's product, category and service, as Elastic's package, dataset and index
//! patterns, and as Panther's log types.

use super::fields::{PANTHER, PANTHER_UDM, SIGMA};
use super::glob;
use super::maps::FieldMap;
use super::table::{Row, Table, items};
use foldhash::fast::RandomState;
use std::collections::HashMap;
use std::sync::LazyLock;

/// Rows as in [`LogSource`].
pub(super) const LOG_SOURCES: Table = Table::new("logsources.tsv", include_str!("../../schemas/logsources.tsv"));
/// Rows (product, category, service, number of SigmaHQ's rules).
pub(super) const SIGMA_SOURCES: Table =
    Table::new("sigma_logsources.tsv", include_str!("../../schemas/sigma_logsources.tsv"));
/// Rows (log type, uses by kind).
pub(super) const PANTHER_LOG_TYPES: Table =
    Table::new("panther_logtypes.tsv", include_str!("../../schemas/panther_logtypes.tsv"));

/// One row: a Sigma log source in one Elastic dataset. Both sides repeat: the relation is many to many.
#[derive(Debug, PartialEq, Eq)]
pub struct LogSource {
    /// Sigma's product, `""` when it names none.
    pub product: &'static str,
    /// Sigma's category, `""` when it names none.
    pub category: &'static str,
    /// Sigma's service, `""` when it names none.
    pub service: &'static str,
    /// Elastic's integration package, `""` for Beats, Endgame and what Elastic has no integration for.
    pub package: &'static str,
    /// Elastic's dataset (`data_stream.dataset`).
    pub dataset: &'static str,
    /// The category word of an EQL query (`process where ..`); `""` for `any`.
    pub event_category: &'static str,
    indices: Vec<&'static str>,
    panther: Vec<&'static str>,
    implied: Vec<(&'static str, &'static str)>,
    implied_in_panther: Vec<(&'static str, &'static str)>,
    /// The data stream that an index pattern has to cover.
    stream: String,
}

/// All rows. Read once: a run over thousands of rules chooses among them for each.
static ROWS: LazyLock<Vec<LogSource>> = LazyLock::new(|| {
    let mut table: Vec<LogSource> = LOG_SOURCES.rows().map(LogSource::from_row).collect();
    let declared: Vec<LogSource> = FieldMap::declared().flat_map(|map| LogSource::of_map(map, &table)).collect();
    table.retain(|row| !declared.iter().any(|other| other.is_sigma_source(row)));
    declared.into_iter().chain(table).collect()
});

/// The rows by product, category and service.
type BySigma = HashMap<(&'static str, &'static str, &'static str), Vec<&'static LogSource>, RandomState>;

static BY_SIGMA: LazyLock<BySigma> = LazyLock::new(|| {
    let mut found = BySigma::default();
    for source in all() {
        found.entry((source.product, source.category, source.service)).or_default().push(source);
    }
    found
});

impl LogSource {
    fn from_row(row: Row) -> Self {
        let [product, category, service, package, dataset, indices, panther, implied, event_category, in_panther] =
            row.first_cols();
        Self {
            product,
            category,
            service,
            package,
            dataset,
            event_category,
            indices: items(indices).collect(),
            panther: items(panther).collect(),
            implied: items(implied).filter_map(|condition| condition.split_once('=')).collect(),
            implied_in_panther: items(in_panther).filter_map(|condition| condition.split_once('=')).collect(),
            stream: format!("logs-{dataset}-default"),
        }
    }

    /// What a declared map says of its log sources. One that names no index leaves those that the table has as they are.
    fn of_map(map: &'static FieldMap, table: &[Self]) -> Vec<Self> {
        let is_in_table = |source: &Self| table.iter().any(|row| source.is_sigma_source(row));
        let sigma: Vec<_> = map.sigma.iter().map(|named| [&named.product, &named.category, &named.service]).collect();
        let sources: Vec<[&'static str; 3]> = if sigma.is_empty() {
            vec![[""; 3]]
        } else {
            sigma.into_iter().map(|parts| parts.map(String::as_str)).collect()
        };
        let stream = format!("logs-{}-default", map.dataset);
        let row = |[product, category, service]: [&'static str; 3]| Self {
            product,
            category,
            service,
            package: &map.package,
            dataset: &map.dataset,
            event_category: &map.event_category,
            indices: texts(&map.indices),
            panther: texts(&map.panther),
            implied: map.implied.iter().map(|(field, value)| (field.as_str(), value.as_str())).collect(),
            implied_in_panther: Vec::new(),
            stream: stream.clone(),
        };
        let said = |source: &Self| !map.indices.is_empty() || !is_in_table(source);
        sources.into_iter().map(row).filter(said).collect()
    }

    fn is_sigma_source(&self, other: &Self) -> bool {
        (self.product, self.category, self.service) == (other.product, other.category, other.service)
    }

    /// Elastic's index patterns.
    pub fn indices(&self) -> &[&'static str] {
        &self.indices
    }

    /// Whether an Elastic index pattern reads the data: it covers the dataset's data streams, or is one of the row's.
    pub fn is_read_by(&self, pattern: &str) -> bool {
        let pattern = pattern.rsplit_once(':').map_or(pattern, |(_, local)| local);
        !self.dataset.is_empty() && glob(pattern, &self.stream) || self.indices.contains(&pattern)
    }

    /// Panther's log types.
    pub fn panther(&self) -> &[&'static str] {
        &self.panther
    }

    /// What an Elastic query has to say so that it speaks of this source: fields with their values (`*`: any).
    pub fn implied(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.implied.iter().copied()
    }

    /// What tells this source's events from others of the Panther log type: the log type's fields with their values. Of a field that
    /// is named several times any of the values will do.
    pub fn implied_in_panther(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.implied_in_panther.iter().copied()
    }
}

fn texts(list: &'static [String]) -> Vec<&'static str> {
    list.iter().map(String::as_str).collect()
}

/// Every row, in order.
pub fn all() -> impl Iterator<Item = &'static LogSource> {
    ROWS.iter()
}

/// The rows of a Sigma log source (`""` for a part that is not named).
pub fn for_sigma(product: &str, category: &str, service: &str) -> Vec<&'static LogSource> {
    BY_SIGMA.get(&(product, category, service)).cloned().unwrap_or_default()
}

/// The rows of an Elastic dataset.
pub fn for_dataset(dataset: &str) -> Vec<&'static LogSource> {
    all().filter(|source| source.dataset == dataset).collect()
}

/// The rows of an Elastic integration package.
pub fn for_package(package: &str) -> Vec<&'static LogSource> {
    all().filter(|source| !package.is_empty() && source.package == package).collect()
}

/// The rows whose data an Elastic index pattern reads.
pub fn for_index(pattern: &str) -> Vec<&'static LogSource> {
    all().filter(|source| source.is_read_by(pattern)).collect()
}

/// The rows of a Panther log type.
pub fn for_panther(log_type: &str) -> Vec<&'static LogSource> {
    all().filter(|source| source.panther.contains(&log_type)).collect()
}

/// Whether a Sigma log source is one that SigmaHQ's taxonomy or rules know. Parts that are not named are `""`.
pub fn is_known_sigma(product: &str, category: &str, service: &str) -> bool {
    let used = || SIGMA_SOURCES.find(&format!("{product}\t{category}\t{service}")).is_some();
    let listed = |kind: &str, name: &str| SIGMA.find(&format!("{product}\t{kind}\t{name}")).is_some();
    FieldMap::for_sigma(product, category, service).is_some()
        || used()
        || match (category, service) {
            ("", "") => false,
            (category, "") => listed("category", category),
            ("", service) => listed("service", service),
            (category, service) => listed("category", category) && listed("service", service),
        }
}

/// Sigma log sources that have two of the three parts of the given one, for "did you mean": (product, category, service).
pub fn near_sigma(product: &str, category: &str, service: &str) -> Vec<(&'static str, &'static str, &'static str)> {
    let wanted = [product, category, service];
    let close = |parts: &[&'static str; 3]| {
        let apart: Vec<_> = parts.iter().zip(wanted).filter(|(known, wanted)| *known != wanted).collect();
        match apart[..] {
            [(known, wanted)] => wanted.len() < 64 && strsim::osa_distance(known, wanted) <= 2,
            _ => false,
        }
    };
    let declared = FieldMap::declared().flat_map(|map| &map.sigma);
    let declared = declared.map(|source| [&source.product, &source.category, &source.service].map(String::as_str));
    let used = SIGMA_SOURCES.rows().map(|row| [row.col(0), row.col(1), row.col(2)]);
    declared.chain(used).filter(close).map(|[product, category, service]| (product, category, service)).collect()
}

/// Whether Panther's schemas, rules or data models know the log type. Users define their own (`Custom.*`).
pub fn is_known_panther(log_type: &str) -> bool {
    !log_type.is_empty()
        && (PANTHER_LOG_TYPES.find(log_type).is_some()
            || PANTHER.find(log_type).is_some()
            || PANTHER_UDM.find(log_type).is_some()
            || FieldMap::for_panther(log_type).is_some()
            || all().any(|source| source.panther.contains(&log_type)))
}

/// Every Panther log type that is declared, then those that the catalogue knows from Panther's rules, in byte order.
pub fn panther_log_types() -> impl Iterator<Item = &'static str> {
    let declared = FieldMap::declared().flat_map(|map| &map.panther).map(String::as_str);
    declared.chain(PANTHER_LOG_TYPES.rows().map(|row| row.col(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn okta_in_three_worlds() {
        let okta = for_sigma("okta", "", "okta");
        assert_eq!(okta.len(), 1);
        assert_eq!((okta[0].package, okta[0].dataset, okta[0].event_category), ("okta", "okta.system", ""));
        assert_eq!(okta[0].implied().collect::<Vec<_>>(), [("data_stream.dataset", "okta.system")]);
        assert_eq!(for_panther("Okta.SystemLog"), okta);
        assert_eq!(for_dataset("okta.system"), okta);
        assert_eq!(for_index("logs-okta*"), okta);
        assert_eq!(for_index("*:logs-okta.system-*"), okta);
        assert_eq!(for_package("okta"), okta);
    }

    #[test]
    fn windows_processes_are_in_many_datasets() {
        let sources = for_sigma("windows", "process_creation", "");
        assert!(sources.iter().any(|source| source.dataset == "endpoint.events.process"));
        assert!(sources.iter().any(|source| source.indices().contains(&"winlogbeat-*")));
        for source in sources {
            let implied: Vec<_> = source.implied().collect();
            assert_eq!(implied[0], ("host.os.type", "windows"));
            assert!(implied.contains(&("event.category", "process")) && implied.contains(&("event.type", "start")));
            assert_eq!(source.event_category, "process");
        }
        let same_data: Vec<_> = for_dataset("endpoint.events.process").iter().map(|source| source.product).collect();
        assert!(["linux", "macos", "windows"].iter().all(|product| same_data.contains(product)));
    }

    #[test]
    fn sigma_sources_that_are_known() {
        for (product, category, service) in [
            ("okta", "", "okta"),
            ("windows", "process_creation", ""),
            ("windows", "", "security"),
            ("", "proxy", ""),
            ("kubernetes", "application", "audit"),
            ("windows", "sysmon_error", ""),
        ] {
            assert!(is_known_sigma(product, category, service), "{product}/{category}/{service}");
        }
        for (product, category, service) in
            [("okta", "", "system"), ("windows", "process_create", ""), ("", "", ""), ("aws", "cloudtrail", "")]
        {
            assert!(!is_known_sigma(product, category, service), "{product}/{category}/{service}");
        }
        assert_eq!(near_sigma("windows", "process_creaton", ""), [("windows", "process_creation", "")]);
    }

    #[test]
    fn panther_log_types_that_are_known() {
        for known in ["Okta.SystemLog", "AWS.CloudTrail", "GitHub.Webhook", "Zeek.DNS"] {
            assert!(is_known_panther(known), "{known}");
        }
        assert!(!is_known_panther("Okta.SystemLogs") && !is_known_panther("") && !is_known_panther("Okta"));
        assert_eq!(panther_log_types().count(), 211);
    }

    #[test]
    fn every_name_in_a_row_is_known_elsewhere() {
        for source in all() {
            let sigma = is_known_sigma(source.product, source.category, source.service);
            assert!(sigma, "{}/{}/{}", source.product, source.category, source.service);
            if !source.package.is_empty() && source.package != "traefik" {
                let schema = crate::catalog::fields::Schema::elastic(&[], &[], &[source.dataset]);
                assert!(!schema.is_open(), "{}", source.dataset);
            }
        }
    }
}
