//! Which Windows events a Sigma rule means: its `logsource` stands for a channel and event ids that its condition does not repeat.

use super::event::Event;
use super::windows::channel_and_id;
use crate::ir::{DataSource, Rule};

/// What a rule's log source says about Windows events.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Route {
    category: Option<String>,
    service: Option<String>,
    other_product: bool,
}

impl Route {
    /// The route of a rule; no restriction for rules that do not read events as Sigma's do.
    pub fn of(rule: &Rule) -> Self {
        if rule.event_model == crate::ir::EventModel::Sigma {
            Self::of_source(&rule.data_source)
        } else {
            Self::default()
        }
    }

    fn of_source(source: &DataSource) -> Self {
        let lower = |value: &Option<crate::source::Spanned<String>>| {
            value.as_ref().map(|value| value.value.to_ascii_lowercase())
        };
        Self {
            category: lower(&source.category),
            service: lower(&source.service),
            other_product: lower(&source.product).is_some_and(|product| product != "windows"),
        }
    }

    /// Whether the event is evidently of another log source. Only events with a channel and an event id say so.
    pub fn excludes(&self, event: &Event<'_>) -> bool {
        let Some((channel, id)) = channel_and_id(event.json(), event.layout()) else { return false };
        if self.other_product {
            return true;
        }
        let wrong_category = self.category.as_deref().is_some_and(|category| !is_of_category(channel, id, category));
        let wrong_service = self
            .service
            .as_deref()
            .and_then(channels)
            .is_some_and(|channels| !channels.iter().any(|wanted| wanted.eq_ignore_ascii_case(channel)));
        wrong_category || wrong_service
    }
}

/// The categories of Sysmon's event ids (Sysmon documentation; SigmaHQ `tests/thor.yml`).
const SYSMON: [(u64, &[&str]); 27] = [
    (1, &["process_creation"]),
    (2, &["file_change"]),
    (3, &["network_connection"]),
    (4, &["sysmon_status"]),
    (5, &["process_termination"]),
    (6, &["driver_load"]),
    (7, &["image_load"]),
    (8, &["create_remote_thread"]),
    (9, &["raw_access_thread"]),
    (10, &["process_access"]),
    (11, &["file_event"]),
    (12, &["registry_event", "registry_add", "registry_delete"]),
    (13, &["registry_event", "registry_set"]),
    (14, &["registry_event", "registry_rename"]),
    (15, &["create_stream_hash"]),
    (16, &["sysmon_status"]),
    (17, &["pipe_created"]),
    (18, &["pipe_created"]),
    (19, &["wmi_event"]),
    (20, &["wmi_event"]),
    (21, &["wmi_event"]),
    (22, &["dns_query"]),
    (23, &["file_delete"]),
    (25, &["process_tampering"]),
    (26, &["file_delete", "file_delete_detected"]),
    (27, &["file_block_executable", "file_block"]),
    (29, &["file_executable_detected"]),
];

/// Categories of other channels.
const OTHERS: [(&str, &[u64], &str); 11] = [
    ("Security", &[4688], "process_creation"),
    ("Security", &[5156, 5157], "network_connection"),
    ("Security", &[4657], "registry_set"),
    ("Security", &[4657], "registry_event"),
    ("Microsoft-Windows-PowerShell/Operational", &[4104], "ps_script"),
    ("Microsoft-Windows-PowerShell/Operational", &[4103], "ps_module"),
    ("PowerShellCore/Operational", &[4104], "ps_script"),
    ("PowerShellCore/Operational", &[4103], "ps_module"),
    ("Windows PowerShell", &[400], "ps_classic_start"),
    ("Windows PowerShell", &[600], "ps_classic_provider_start"),
    ("Windows PowerShell", &[800], "ps_classic_script"),
];

/// Whether a Windows category stands for one kind of event, so that a rule need not say which: `registry_event` is three.
#[must_use]
pub fn windows_category_is_one_event(category: &str) -> bool {
    match SYSMON.iter().filter(|(_, names)| names.contains(&category)).count() {
        0 => OTHERS.iter().any(|(_, _, name)| *name == category),
        count => count == 1,
    }
}

/// The category of an event of the service `sysmon` or `security` of Windows, where one stands for it.
#[must_use]
pub fn windows_category(service: &str, id: u64) -> Option<&'static str> {
    match service {
        "sysmon" => SYSMON.iter().find(|(known, _)| *known == id)?.1.first().copied(),
        "security" if id == 4688 => Some("process_creation"),
        _ => None,
    }
}

fn is_of_category(channel: &str, id: u64, category: &str) -> bool {
    let known = SYSMON.iter().any(|(_, names)| names.contains(&category))
        || OTHERS.iter().any(|(_, _, name)| *name == category)
        || category == "sysmon_error";
    if !known {
        return true;
    }
    if channel.eq_ignore_ascii_case("Microsoft-Windows-Sysmon/Operational") {
        return SYSMON.iter().any(|(known, names)| *known == id && names.contains(&category))
            || (id == 255 && category == "sysmon_error");
    }
    OTHERS
        .iter()
        .any(|(wanted, ids, name)| wanted.eq_ignore_ascii_case(channel) && ids.contains(&id) && *name == category)
}

/// The channels of a Sigma service; `None` for a service that is not known here.
fn channels(service: &str) -> Option<&'static [&'static str]> {
    Some(match service {
        "security" => &["Security"],
        "system" => &["System"],
        "application" => &["Application"],
        "sysmon" => &["Microsoft-Windows-Sysmon/Operational"],
        "powershell" => &["Microsoft-Windows-PowerShell/Operational", "PowerShellCore/Operational"],
        "powershell-classic" => &["Windows PowerShell"],
        "taskscheduler" => &["Microsoft-Windows-TaskScheduler/Operational"],
        "wmi" => &["Microsoft-Windows-WMI-Activity/Operational"],
        "windefend" => &["Microsoft-Windows-Windows Defender/Operational"],
        "bits-client" => &["Microsoft-Windows-Bits-Client/Operational"],
        "codeintegrity-operational" => &["Microsoft-Windows-CodeIntegrity/Operational"],
        "dns-server" => &["DNS Server"],
        "dns-client" => &["Microsoft-Windows-DNS Client Events/Operational"],
        "driver-framework" => &["Microsoft-Windows-DriverFrameworks-UserMode/Operational"],
        "firewall-as" => &["Microsoft-Windows-Windows Firewall With Advanced Security/Firewall"],
        "ntlm" => &["Microsoft-Windows-NTLM/Operational"],
        "printservice-operational" => &["Microsoft-Windows-PrintService/Operational"],
        "printservice-admin" => &["Microsoft-Windows-PrintService/Admin"],
        "smbclient-security" => &["Microsoft-Windows-SmbClient/Security"],
        "msexchange-management" => &["MSExchange Management"],
        "terminalservices-localsessionmanager" => {
            &["Microsoft-Windows-TerminalServices-LocalSessionManager/Operational"]
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::EventModel;
    use serde_json::{Value as Json, json};

    fn seen(json: &Json) -> Event<'_> {
        Event::new(json, EventModel::Sigma)
    }

    fn route(category: Option<&str>, service: Option<&str>) -> Route {
        Route { category: category.map(str::to_owned), service: service.map(str::to_owned), other_product: false }
    }

    fn event(channel: &str, id: u64) -> Json {
        json!({"Event": {"System": {"Channel": channel, "EventID": id}, "EventData": {}}})
    }

    #[test]
    fn a_category_stands_for_event_ids() {
        let sysmon = "Microsoft-Windows-Sysmon/Operational";
        assert!(!route(Some("process_creation"), None).excludes(&seen(&event(sysmon, 1))));
        assert!(!route(Some("process_creation"), None).excludes(&seen(&event("Security", 4688))));
        assert!(route(Some("process_creation"), None).excludes(&seen(&event(sysmon, 3))));
        assert!(route(Some("process_creation"), None).excludes(&seen(&event("Security", 4624))));
        assert!(!route(Some("registry_delete"), None).excludes(&seen(&event(sysmon, 12))));
        assert!(route(Some("registry_set"), None).excludes(&seen(&event(sysmon, 12))));
        assert!(!route(Some("something_new"), None).excludes(&seen(&event(sysmon, 12))));
    }

    #[test]
    fn a_service_stands_for_its_channel() {
        assert!(!route(None, Some("security")).excludes(&seen(&event("Security", 1))));
        assert!(route(None, Some("security")).excludes(&seen(&event("System", 1))));
        assert!(!route(None, Some("unheard-of")).excludes(&seen(&event("System", 1))));
    }

    #[test]
    fn events_that_do_not_say_where_they_are_from_are_never_excluded() {
        assert!(!route(Some("process_creation"), Some("security")).excludes(&seen(&json!({"EventID": 3}))));
        assert!(route(Some("process_creation"), None).excludes(&seen(&json!({"EventID": 3, "Channel": "Security"}))));
        let linux = Route { other_product: true, ..Route::default() };
        assert!(linux.excludes(&seen(&event("Security", 1))) && !linux.excludes(&seen(&json!({"a": 1}))));
    }
}
