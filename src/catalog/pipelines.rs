//! The names of the processing pipelines that people give to sigma-cli, and what stands for each of them here.
//!
//! Our own field maps and log source table do what these pipelines do, whether or not they are named: a name says only which world the
//! rules are converted to. The names and their targets are those of pySigma-backend-elasticsearch 2.1, pySigma-backend-panther 0.3,
//! pySigma-pipeline-sysmon and pySigma-pipeline-windows.

use super::maps::FieldMap;

/// A pipeline that people know by its name.
#[derive(Debug)]
pub struct KnownPipeline {
    pub name: &'static str,
    /// What stands for it.
    pub what: &'static str,
    /// The targets that it makes sense for; none are all.
    pub targets: &'static [&'static str],
    /// Log sources (product, category, service) that it is for, where that needs a field map.
    pub sources: &'static [(&'static str, &'static str, &'static str)],
    /// Whether nothing stands for it, so that the rules would be written for something else.
    pub missing: bool,
}

const ELASTIC: &[&str] = &["eql", "kql", "lucene", "esql", "elastic", "elastic-ndjson"];
const PANTHER: &[&str] = &["panther", "panther-sdyaml", "panther-correlation"];
const WINDOWS: &[(&str, &str, &str)] = &[
    ("windows", "process_creation", ""),
    ("windows", "network_connection", ""),
    ("windows", "file_event", ""),
    ("windows", "registry_set", ""),
    ("windows", "image_load", ""),
    ("windows", "", "security"),
];

const fn by_maps(
    name: &'static str,
    what: &'static str,
    targets: &'static [&'static str],
    sources: &'static [(&'static str, &'static str, &'static str)],
) -> KnownPipeline {
    KnownPipeline { name, what, targets, sources, missing: false }
}

const fn missing(name: &'static str, what: &'static str) -> KnownPipeline {
    KnownPipeline { name, what, targets: &[], sources: &[], missing: true }
}

/// All of them, by name.
pub static PIPELINES: &[KnownPipeline] = &[
    missing("carbon_black_panther", "it renames Windows fields to those of Carbon Black"),
    missing("crowdstrike_panther", "it renames Windows fields to those of CrowdStrike FDR"),
    by_maps("ecs_kubernetes", "Kubernetes audit logs in ECS", ELASTIC, &[("kubernetes", "", "audit")]),
    by_maps(
        "ecs_macos_esf",
        "macOS events of the Endpoint Security framework in ECS",
        ELASTIC,
        &[("macos", "process_creation", "")],
    ),
    by_maps("ecs_windows", "Windows events in ECS, as Elastic's integrations index them", ELASTIC, WINDOWS),
    by_maps(
        "ecs_windows_old",
        "Windows events in ECS; there is one form of them here, the one of today",
        ELASTIC,
        WINDOWS,
    ),
    by_maps(
        "ecs_zeek_beats",
        "Zeek logs in ECS, as Filebeat's module indexes them",
        ELASTIC,
        &[("zeek", "", "dns"), ("zeek", "", "http")],
    ),
    by_maps(
        "ecs_zeek_corelight",
        "Zeek logs in ECS, as Corelight sends them",
        ELASTIC,
        &[("zeek", "", "dns"), ("zeek", "", "http")],
    ),
    by_maps("panther", "the log types of Panther, whose fields are the vendors' own", PANTHER, &[]),
    missing("sentinelone_panther", "it renames Windows fields to those of SentinelOne"),
    by_maps("sysmon", "which Sysmon events a category stands for; the log source table knows that", &[], &[]),
    by_maps(
        "sysmon_panther",
        "which Sysmon events a category stands for; the log source table knows that",
        PANTHER,
        &[],
    ),
    by_maps(
        "windows-audit",
        "which events of the Security log a category stands for; the log source table knows that",
        &[],
        &[],
    ),
    by_maps(
        "windows-logsources",
        "which channel a service of Windows stands for; the log source table knows that",
        &[],
        &[],
    ),
    by_maps(
        "windows_audit_panther",
        "which events of the Security log a category stands for; the log source table knows that",
        PANTHER,
        &[],
    ),
    by_maps(
        "windows_logsource_panther",
        "which channel a service of Windows stands for; the log source table knows that",
        PANTHER,
        &[],
    ),
    by_maps("zeek", "Zeek logs with their own names, which are Sigma's", &[], &[]),
];

impl KnownPipeline {
    /// The pipeline of a name.
    pub fn find(name: &str) -> Option<&'static Self> {
        PIPELINES.iter().find(|known| known.name == name)
    }

    /// The log sources that it is for and that no field map is for yet, as they are written in a rule.
    pub fn unmapped(&self) -> Vec<String> {
        let has_map = |(product, category, service): &(&str, &str, &str)| {
            FieldMap::for_sigma(product, category, service).is_some()
        };
        let written = |(product, category, service): &(&str, &str, &str)| {
            [*product, *category, *service].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/")
        };
        self.sources.iter().filter(|source| !has_map(source)).map(written).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_and_unique() {
        assert!(PIPELINES.windows(2).all(|pair| pair[0].name < pair[1].name));
    }

    #[test]
    fn what_has_a_map_is_not_called_unmapped() {
        let windows = KnownPipeline::find("ecs_windows").unwrap();
        assert!(!windows.unmapped().contains(&"windows/process_creation".to_owned()));
        assert!(KnownPipeline::find("ecs_linux").is_none());
    }
}
