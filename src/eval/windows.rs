//! The shapes in which Windows events are stored, found out by looking at the event once.
//!
//! Sigma names the fields of `EventData` and a few of `System`; exports nest them.

use serde_json::Value as Json;

/// How an event is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// Fields stand at the top or under their own dotted names.
    Plain,
    /// The XML of the event log as JSON: `Event.System`, `Event.EventData` or `Event.UserData`.
    Xml,
    /// Winlogbeat and the Elastic Agent: `winlog.event_data`.
    Winlog,
}

impl Layout {
    pub(super) fn of(event: &Json) -> Self {
        if event.get("Event").is_some_and(|inner| inner.get("System").is_some_and(Json::is_object)) {
            Self::Xml
        } else if event.get("winlog").is_some_and(Json::is_object) {
            Self::Winlog
        } else {
            Self::Plain
        }
    }

    /// The objects to look a Sigma field up in, first the one that holds the provider's own fields.
    pub(super) fn roots(self, event: &Json) -> Vec<&Json> {
        let candidates = match self {
            Self::Plain => Vec::new(),
            Self::Xml => vec![
                event.pointer("/Event/EventData"),
                event.pointer("/Event/UserData").and_then(first_object),
                event.pointer("/Event/System"),
            ],
            Self::Winlog => {
                vec![event.pointer("/winlog/event_data"), event.pointer("/winlog/user_data"), event.pointer("/winlog")]
            }
        };
        candidates.into_iter().flatten().chain([event]).collect()
    }

    /// The fields of the event's header that Sigma names otherwise than the export does.
    pub(super) fn header<'e>(self, event: &'e Json, name: &str) -> Option<&'e Json> {
        let pointer = match (self, name.to_ascii_lowercase().as_str()) {
            (Self::Xml, "provider_name") => "/Event/System/Provider/#attributes/Name",
            (Self::Xml, "provider_guid") => "/Event/System/Provider/#attributes/Guid",
            (Self::Xml, "eventid") => return event.pointer("/Event/System/EventID").map(text_of_element),
            (Self::Xml, "channel") => return event.pointer("/Event/System/Channel").map(text_of_element),
            (Self::Xml, "computer" | "computername") => "/Event/System/Computer",
            (Self::Winlog, "provider_name") => "/winlog/provider_name",
            (Self::Winlog, "provider_guid") => "/winlog/provider_guid",
            (Self::Winlog, "eventid") => {
                return event.pointer("/winlog/event_id").or_else(|| event.pointer("/event/code"));
            }
            (Self::Winlog, "channel") => "/winlog/channel",
            (Self::Winlog, "computer" | "computername") => "/winlog/computer_name",
            _ => return None,
        };
        event.pointer(pointer)
    }
}

/// An element with attributes is an object that holds its text as `#text`.
fn text_of_element(value: &Json) -> &Json {
    value.get("#text").unwrap_or(value)
}

fn first_object(value: &Json) -> Option<&Json> {
    value.as_object()?.values().find(|value| value.is_object())
}

/// The channel and the event id of a Windows event, in any layout.
pub(super) fn channel_and_id(event: &Json) -> Option<(&str, u64)> {
    let layout = Layout::of(event);
    let find = |name: &str| layout.header(event, name).or_else(|| event.get(name));
    let id = find("EventID")?;
    let id = id.as_u64().or_else(|| id.as_str()?.parse().ok())?;
    Some((find("Channel")?.as_str()?, id))
}
