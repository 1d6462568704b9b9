//! The shapes in which Windows events are stored, found out by looking at the event once.
//!
//! Sigma names the fields of `EventData` and a few of `System`; exports nest them.

use serde_json::Value as Json;

/// How the events of a file are stored, where it shall not be found out by looking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventShape {
    /// Fields stand at the top (NXLog, OTRF's data sets), or below the names that the rules use.
    Flat,
    /// The XML of the event log as JSON.
    EventLog,
    /// Winlogbeat and the Elastic Agent.
    Winlogbeat,
}

/// How an event is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// Fields stand at the top or under their own dotted names.
    Plain,
    /// The XML of the event log as JSON: `Event.System`, `Event.EventData` or `Event.UserData`.
    Xml,
    /// The same without the outermost element (Chainsaw, Velociraptor).
    Bare,
    /// Winlogbeat since version 7, and the Elastic Agent: `winlog.event_data`.
    Winlog,
    /// Winlogbeat before version 7: `event_data` and `event_id` at the top.
    OldWinlog,
}

/// Names of the event's header as Sigma has them, in lower case, and where a layout keeps them.
type Header = [(&'static str, &'static [&'static str])];

const PLAIN: &Header = &[
    ("provider_name", &["/SourceName", "/ProviderName"]),
    ("provider_guid", &["/ProviderGuid"]),
    ("computer", &["/Hostname", "/ComputerName"]),
    ("computername", &["/Computer", "/Hostname"]),
    ("channel", &["/LogName"]),
];
const XML: &Header = &[
    ("provider_name", &["/Event/System/Provider/#attributes/Name", "/Event/System/Provider/@Name"]),
    ("provider_guid", &["/Event/System/Provider/#attributes/Guid", "/Event/System/Provider/@Guid"]),
    ("eventid", &["/Event/System/EventID"]),
    ("channel", &["/Event/System/Channel"]),
    ("computer", &["/Event/System/Computer"]),
    ("computername", &["/Event/System/Computer"]),
];
const BARE: &Header = &[
    (
        "provider_name",
        &["/System/Provider/#attributes/Name", "/System/Provider/Name", "/System/Provider_attributes/Name"],
    ),
    (
        "provider_guid",
        &["/System/Provider/#attributes/Guid", "/System/Provider/Guid", "/System/Provider_attributes/Guid"],
    ),
    ("eventid", &["/System/EventID"]),
    ("channel", &["/System/Channel"]),
    ("computer", &["/System/Computer"]),
    ("computername", &["/System/Computer"]),
];
const WINLOG: &Header = &[
    ("provider_name", &["/winlog/provider_name"]),
    ("provider_guid", &["/winlog/provider_guid"]),
    ("eventid", &["/winlog/event_id", "/event/code"]),
    ("channel", &["/winlog/channel"]),
    ("computer", &["/winlog/computer_name"]),
    ("computername", &["/winlog/computer_name"]),
];
const OLD_WINLOG: &Header = &[
    ("provider_name", &["/source_name"]),
    ("provider_guid", &["/provider_guid"]),
    ("eventid", &["/event_id"]),
    ("channel", &["/log_name"]),
    ("computer", &["/computer_name"]),
    ("computername", &["/computer_name"]),
];

impl EventShape {
    /// Every shape with its name on the command line.
    pub const ALL: [(&'static str, Self); 3] =
        [("flat", Self::Flat), ("event-log", Self::EventLog), ("winlogbeat", Self::Winlogbeat)];
}

impl Layout {
    /// The layout of an event, of those that the shape admits.
    pub(super) fn of(event: &Json, shape: Option<EventShape>) -> Self {
        // Most events are none of these, and their first keys show it.
        let is_of_export = |key: &String| matches!(key.as_str(), "Event" | "System" | "winlog" | "event_data");
        if !event.as_object().is_some_and(|map| map.keys().any(is_of_export)) {
            return Self::Plain;
        }
        let admits = |wanted: EventShape| shape.is_none_or(|shape| shape == wanted);
        let has = |pointer: &str| at(event, pointer).is_some_and(Json::is_object);
        if admits(EventShape::EventLog) && has("/Event/System") {
            Self::Xml
        } else if admits(EventShape::EventLog) && has("/System") && (has("/EventData") || has("/UserData")) {
            Self::Bare
        } else if admits(EventShape::Winlogbeat) && has("/winlog") {
            Self::Winlog
        } else if admits(EventShape::Winlogbeat) && event.get("event_id").is_some() && has("/event_data") {
            Self::OldWinlog
        } else {
            Self::Plain
        }
    }

    /// The objects to look a Sigma field up in, first the one that holds the provider's own fields.
    pub(super) fn roots(self, event: &Json) -> Vec<&Json> {
        let of_log = |data: &str, user: &str, system: &str| {
            vec![at(event, data), at(event, user).and_then(first_object), at(event, system)]
        };
        let candidates = match self {
            Self::Plain => Vec::new(),
            Self::Xml => of_log("/Event/EventData", "/Event/UserData", "/Event/System"),
            Self::Bare => of_log("/EventData", "/UserData", "/System"),
            Self::Winlog => {
                vec![at(event, "/winlog/event_data"), at(event, "/winlog/user_data"), at(event, "/winlog")]
            }
            Self::OldWinlog => vec![event.get("event_data"), event.get("user_data")],
        };
        candidates.into_iter().flatten().chain([event]).collect()
    }

    /// The fields of the event's header that Sigma names otherwise than the export does.
    pub(super) fn header<'e>(self, event: &'e Json, name: &str) -> Option<&'e Json> {
        let header = match self {
            Self::Plain => PLAIN,
            Self::Xml => XML,
            Self::Bare => BARE,
            Self::Winlog => WINLOG,
            Self::OldWinlog => OLD_WINLOG,
        };
        let (_, pointers) = header.iter().find(|(known, _)| known.eq_ignore_ascii_case(name))?;
        pointers.iter().find_map(|pointer| at(event, pointer)).map(text_of_element)
    }
}

/// What stands at a JSON pointer without escapes, through objects alone. Every event is asked this several times, and `Value::pointer`
/// copies each key to take escapes out of it.
fn at<'e>(event: &'e Json, pointer: &str) -> Option<&'e Json> {
    pointer.split('/').skip(1).try_fold(event, |value, key| value.get(key))
}

/// An element with attributes is an object that holds its text as `#text`, for some readers as `Value`.
fn text_of_element(value: &Json) -> &Json {
    value.get("#text").or_else(|| value.get("Value")).unwrap_or(value)
}

fn first_object(value: &Json) -> Option<&Json> {
    value.as_object()?.values().find(|value| value.is_object())
}

/// The channel and the event id of a Windows event, in its layout.
pub(super) fn channel_and_id(event: &Json, layout: Layout) -> Option<(&str, u64)> {
    let find = |name: &str| layout.header(event, name).or_else(|| event.get(name));
    let id = find("EventID")?;
    let id = id.as_u64().or_else(|| id.as_str()?.parse().ok())?;
    Some((find("Channel")?.as_str()?, id))
}
