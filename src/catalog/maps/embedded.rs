//! The maps that come with the program.

/// A map that comes with the program.
pub(in crate::catalog) struct Embedded {
    /// Its path under `schemas/`.
    pub path: &'static str,
    /// Its file, in TOML.
    pub text: &'static str,
    /// The same in JSON, by the build script `compile.rs`.
    pub(super) compiled: &'static str,
    /// Of that only what the map is found by.
    pub(super) head: &'static str,
}

/// The map of a file `schemas/maps/NAME.toml`.
macro_rules! map {
    ($name:literal) => {
        $crate::catalog::maps::embedded::Embedded {
            path: concat!("maps/", $name, ".toml"),
            text: include_str!(concat!("../../../schemas/maps/", $name, ".toml")),
            compiled: include_str!(concat!(env!("OUT_DIR"), "/maps/", $name, ".json")),
            head: include_str!(concat!(env!("OUT_DIR"), "/maps/", $name, ".head.json")),
        }
    };
}
pub(super) use map;

/// The embedded maps to Elastic. Of several for one log source the first counts.
pub(in crate::catalog) const EMBEDDED: &[Embedded] = &[
    map!("okta"),
    map!("aws_cloudtrail"),
    map!("github_audit"),
    map!("azure_activitylogs"),
    map!("azure_auditlogs"),
    map!("azure_identity_protection"),
    map!("azure_signinlogs"),
    map!("gcp_audit"),
    map!("google_workspace_admin"),
    map!("google_workspace_login"),
    map!("kubernetes_audit"),
    map!("linux_auditd"),
    map!("linux_dns_query"),
    map!("linux_file"),
    map!("linux_file_changes"),
    map!("linux_network"),
    map!("linux_process_creation"),
    map!("linux_process_termination"),
    map!("macos_file"),
    map!("macos_dns_query"),
    map!("macos_file_changes"),
    map!("macos_image_load"),
    map!("macos_network"),
    map!("macos_process_creation"),
    map!("macos_process_termination"),
    map!("o365_audit"),
    map!("windows"),
    map!("windows_sysmon"),
    map!("windows_process_creation"),
    map!("windows_registry"),
    map!("windows_file"),
    map!("windows_image_load"),
    map!("windows_network"),
    map!("windows_pipe"),
    map!("windows_process_access"),
    map!("windows_security"),
    map!("windows_powershell"),
    map!("windows_powershell_classic"),
    map!("network_dns"),
    map!("web_proxy"),
    map!("web_server"),
    map!("zeek_dce_rpc"),
    map!("zeek_dns"),
    map!("zeek_http"),
    map!("zeek_kerberos"),
    map!("zeek_rdp"),
    map!("zeek_smb_files"),
];
