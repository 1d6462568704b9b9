//! The maps that come with the program, and the choice among all maps.

use super::declared::taken;
use super::index::Index;
use super::{FieldMap, MapRow};
use foldhash::fast::RandomState;
use std::collections::{BTreeSet, HashMap};
use std::sync::{LazyLock, OnceLock};

/// The embedded maps: path under `schemas/` and text.
pub(in crate::catalog) const EMBEDDED: &[(&str, &str)] = &[
    ("maps/okta.toml", include_str!("../../../schemas/maps/okta.toml")),
    ("maps/aws_cloudtrail.toml", include_str!("../../../schemas/maps/aws_cloudtrail.toml")),
    ("maps/github_audit.toml", include_str!("../../../schemas/maps/github_audit.toml")),
    ("maps/azure_activitylogs.toml", include_str!("../../../schemas/maps/azure_activitylogs.toml")),
    ("maps/azure_auditlogs.toml", include_str!("../../../schemas/maps/azure_auditlogs.toml")),
    ("maps/azure_identity_protection.toml", include_str!("../../../schemas/maps/azure_identity_protection.toml")),
    ("maps/azure_signinlogs.toml", include_str!("../../../schemas/maps/azure_signinlogs.toml")),
    ("maps/gcp_audit.toml", include_str!("../../../schemas/maps/gcp_audit.toml")),
    ("maps/google_workspace_admin.toml", include_str!("../../../schemas/maps/google_workspace_admin.toml")),
    ("maps/google_workspace_login.toml", include_str!("../../../schemas/maps/google_workspace_login.toml")),
    ("maps/kubernetes_audit.toml", include_str!("../../../schemas/maps/kubernetes_audit.toml")),
    ("maps/linux_auditd.toml", include_str!("../../../schemas/maps/linux_auditd.toml")),
    ("maps/linux_dns_query.toml", include_str!("../../../schemas/maps/linux_dns_query.toml")),
    ("maps/linux_file.toml", include_str!("../../../schemas/maps/linux_file.toml")),
    ("maps/linux_file_changes.toml", include_str!("../../../schemas/maps/linux_file_changes.toml")),
    ("maps/linux_network.toml", include_str!("../../../schemas/maps/linux_network.toml")),
    ("maps/linux_process_creation.toml", include_str!("../../../schemas/maps/linux_process_creation.toml")),
    ("maps/linux_process_termination.toml", include_str!("../../../schemas/maps/linux_process_termination.toml")),
    ("maps/macos_file.toml", include_str!("../../../schemas/maps/macos_file.toml")),
    ("maps/macos_dns_query.toml", include_str!("../../../schemas/maps/macos_dns_query.toml")),
    ("maps/macos_file_changes.toml", include_str!("../../../schemas/maps/macos_file_changes.toml")),
    ("maps/macos_image_load.toml", include_str!("../../../schemas/maps/macos_image_load.toml")),
    ("maps/macos_network.toml", include_str!("../../../schemas/maps/macos_network.toml")),
    ("maps/macos_process_creation.toml", include_str!("../../../schemas/maps/macos_process_creation.toml")),
    ("maps/macos_process_termination.toml", include_str!("../../../schemas/maps/macos_process_termination.toml")),
    ("maps/o365_audit.toml", include_str!("../../../schemas/maps/o365_audit.toml")),
    ("maps/windows.toml", include_str!("../../../schemas/maps/windows.toml")),
    ("maps/windows_sysmon.toml", include_str!("../../../schemas/maps/windows_sysmon.toml")),
    ("maps/windows_process_creation.toml", include_str!("../../../schemas/maps/windows_process_creation.toml")),
    ("maps/windows_registry.toml", include_str!("../../../schemas/maps/windows_registry.toml")),
    ("maps/windows_file.toml", include_str!("../../../schemas/maps/windows_file.toml")),
    ("maps/windows_image_load.toml", include_str!("../../../schemas/maps/windows_image_load.toml")),
    ("maps/windows_network.toml", include_str!("../../../schemas/maps/windows_network.toml")),
    ("maps/windows_pipe.toml", include_str!("../../../schemas/maps/windows_pipe.toml")),
    ("maps/windows_process_access.toml", include_str!("../../../schemas/maps/windows_process_access.toml")),
    ("maps/windows_security.toml", include_str!("../../../schemas/maps/windows_security.toml")),
    ("maps/windows_powershell.toml", include_str!("../../../schemas/maps/windows_powershell.toml")),
    ("maps/windows_powershell_classic.toml", include_str!("../../../schemas/maps/windows_powershell_classic.toml")),
    ("maps/network_dns.toml", include_str!("../../../schemas/maps/network_dns.toml")),
    ("maps/web_proxy.toml", include_str!("../../../schemas/maps/web_proxy.toml")),
    ("maps/web_server.toml", include_str!("../../../schemas/maps/web_server.toml")),
    ("maps/zeek_dce_rpc.toml", include_str!("../../../schemas/maps/zeek_dce_rpc.toml")),
    ("maps/zeek_dns.toml", include_str!("../../../schemas/maps/zeek_dns.toml")),
    ("maps/zeek_http.toml", include_str!("../../../schemas/maps/zeek_http.toml")),
    ("maps/zeek_kerberos.toml", include_str!("../../../schemas/maps/zeek_kerberos.toml")),
    ("maps/zeek_rdp.toml", include_str!("../../../schemas/maps/zeek_rdp.toml")),
    ("maps/zeek_smb_files.toml", include_str!("../../../schemas/maps/zeek_smb_files.toml")),
];

/// The first map of each Sigma log source: every rule asks for its own.
static BY_SIGMA: LazyLock<HashMap<[&str; 3], &FieldMap, RandomState>> = LazyLock::new(|| {
    let mut found = HashMap::default();
    for map in FieldMap::all() {
        for source in &map.sigma {
            let parts = [&source.product, &source.category, &source.service].map(String::as_str);
            found.entry(parts).or_insert(map);
        }
    }
    found
});

impl FieldMap {
    /// Every map: the declared ones first, so that they are found where an embedded one is for the same log source.
    pub fn all() -> &'static [FieldMap] {
        static MAPS: OnceLock<Vec<FieldMap>> = OnceLock::new();
        MAPS.get_or_init(|| {
            // A test holds that nothing is wrong with them.
            let embedded = EMBEDDED.iter().filter_map(|(_, text)| FieldMap::read(text).ok());
            let mut maps: Vec<FieldMap> = taken().iter().cloned().chain(embedded).collect();
            extend_all(&mut maps);
            maps
        })
    }

    /// The embedded maps, in the order of [`EMBEDDED`].
    pub fn embedded() -> &'static [FieldMap] {
        &Self::all()[taken().len()..]
    }

    /// The map of an Elastic dataset.
    pub fn for_dataset(dataset: &str) -> Option<&'static FieldMap> {
        Self::all().iter().find(|map| map.dataset == dataset)
    }

    /// The map of a Sigma log source (`""` for a part that is not named).
    pub fn for_sigma(product: &str, category: &str, service: &str) -> Option<&'static FieldMap> {
        BY_SIGMA.get(&[product, category, service]).copied()
    }

    /// The map of a Panther log type.
    pub fn for_panther(log_type: &str) -> Option<&'static FieldMap> {
        Self::all().iter().find(|map| map.panther.iter().any(|name| name == log_type))
    }

    /// Takes over what the map says nothing of itself: rows of raw fields that have no row here, constants, enriched fields.
    fn take_over(&mut self, base: &FieldMap) {
        let known: BTreeSet<String> = self.rows.iter().map(|row| row.raw.to_ascii_lowercase()).collect();
        let new = |row: &&MapRow| !known.contains(&row.raw.to_ascii_lowercase());
        self.rows.extend(base.rows.iter().filter(new).cloned());
        let said: Vec<String> = self.constants.iter().map(|constant| constant.field.clone()).collect();
        self.constants.extend(base.constants.iter().filter(|constant| !said.contains(&constant.field)).cloned());
        self.constants.retain(|constant| constant.all().next().is_some());
        self.enriched.extend(base.enriched.iter().cloned());
        for (name, table) in &base.values {
            self.values.entry(name.clone()).or_insert_with(|| table.clone());
        }
        for (name, cases) in &base.cases {
            self.cases.entry(name.clone()).or_insert_with(|| cases.clone());
        }
    }
}

/// Joins each map with the one that it extends. A base may extend another one, also one of its own name that a declared map stands
/// before; a circle ends where it began.
fn extend_all(maps: &mut [FieldMap]) {
    for index in 0..maps.len() {
        let mut seen = vec![index];
        let mut next = maps[index].extends.clone();
        let new = |seen: &[usize], name: &str, maps: &[FieldMap]| {
            (0..maps.len()).find(|at| !seen.contains(at) && maps[*at].name() == name)
        };
        while let Some(at) = next.and_then(|name| new(&seen, &name, maps)) {
            seen.push(at);
            let base = maps[at].clone();
            maps[index].take_over(&base);
            next = base.extends;
        }
        let map = &maps[index];
        maps[index].index = Index::new(&map.rows, |row| map.transform_of_nothing(row).is_some());
    }
}
