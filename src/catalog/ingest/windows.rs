//! Windows events as pairs have them, the XML of the event log or what Winlogbeat made of it, under the names that rules use.
//!
//! Sigma names the data of an event as the event does, and a few fields of its header: `EventID`, `Provider_Name`, `Channel`, `Computer`,
//! `Level`.

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};
use serde_json::{Map, Value, json};

/// The event with its fields at the top; one that is no Windows event stays as it is.
pub(super) fn named(raw: &Value) -> Value {
    let winlog = || raw.get("winlog").and_then(of_winlog);
    let log = || raw.get("Event").and_then(of_log);
    let xml = || raw.as_str().filter(|text| text.trim_start().starts_with("<Event")).and_then(of_xml);
    winlog().or_else(log).or_else(xml).unwrap_or_else(|| raw.clone())
}

/// What Winlogbeat sends, before the ingest.
fn of_winlog(winlog: &Value) -> Option<Value> {
    let mut out = winlog.get("event_data").and_then(Value::as_object).cloned().unwrap_or_default();
    let header = [
        ("EventID", "event_id"),
        ("Provider_Name", "provider_name"),
        ("Channel", "channel"),
        ("Computer", "computer_name"),
    ];
    for (name, key) in header {
        if let Some(value) = winlog.get(key) {
            out.insert(name.to_owned(), number(value));
        }
    }
    out.contains_key("EventID").then_some(Value::Object(out))
}

/// The event log as JSON: `Event.System`, `Event.EventData`.
fn of_log(event: &Value) -> Option<Value> {
    let system = event.get("System")?;
    let mut out = event.get("EventData").and_then(Value::as_object).cloned().unwrap_or_default();
    for name in HEADER {
        if let Some(value) = system.get(name).filter(|value| !value.is_object()) {
            out.insert((*name).to_owned(), number(value));
        }
    }
    let name = ["/Provider/#attributes/Name", "/Provider/@Name", "/Provider/Name"];
    if let Some(name) = name.iter().find_map(|at| system.pointer(at)) {
        out.insert("Provider_Name".to_owned(), name.clone());
    }
    Some(Value::Object(out))
}

/// The elements of the header that have a text.
const HEADER: &[&str] = &["EventID", "Channel", "Computer", "Level", "Task", "Opcode", "Keywords"];

/// The event log's XML. `None` for text that is not well formed.
fn of_xml(text: &str) -> Option<Value> {
    let mut reader = Reader::from_str(text);
    let mut out = Map::new();
    // What the text that comes next is: the name of the datum, or of the element of the header.
    let (mut name, mut value): (Option<String>, String) = (None, String::new());
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) => (name, value) = (open(&start, &mut out), String::new()),
            Event::Empty(start) => {
                open(&start, &mut out);
            }
            Event::Text(part) => value.push_str(&part),
            Event::CData(part) => value.push_str(&part),
            Event::GeneralRef(part) => value.push_str(&referred(&part)?),
            Event::End(_) => {
                if let Some(name) = name.take() {
                    put(&mut out, name, std::mem::take(&mut value));
                }
            }
            Event::Eof => return Some(Value::Object(out)),
            _ => {}
        }
    }
}

/// What the element's text is called; the provider's name is an attribute.
fn open(start: &BytesStart<'_>, out: &mut Map<String, Value>) -> Option<String> {
    let attribute = |wanted: &str| {
        let found = start.try_get_attribute(wanted).ok()??;
        quick_xml::escape::unescape(&found.value).ok().map(std::borrow::Cow::into_owned)
    };
    let local = start.local_name();
    let element: &str = local.as_ref();
    match element {
        "Provider" => {
            if let Some(name) = attribute("Name") {
                out.insert("Provider_Name".to_owned(), Value::String(name));
            }
            None
        }
        "Data" => Some(attribute("Name").unwrap_or_else(|| "Data".to_owned())),
        _ => HEADER.contains(&element).then(|| element.to_owned()),
    }
}

fn referred(part: &BytesRef<'_>) -> Option<String> {
    if let Ok(Some(character)) = part.resolve_char_ref() {
        return Some(character.to_string());
    }
    resolve_predefined_entity(part).map(str::to_owned)
}

/// Data without names are a list.
fn put(out: &mut Map<String, Value>, name: String, value: String) {
    if name == "Data" {
        if let Value::Array(items) = out.entry(name).or_insert_with(|| json!([])) {
            items.push(Value::String(value));
        }
        return;
    }
    let value = if name == "EventID" || name == "Level" { number(&Value::String(value)) } else { Value::String(value) };
    out.insert(name, value);
}

/// A text of digits as a number.
fn number(value: &Value) -> Value {
    value.as_str().and_then(|text| text.parse::<i64>().ok()).map_or_else(|| value.clone(), Value::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shapes_of_windows_events() {
        let flat = json!({"EventID": 4688, "Provider_Name": "P", "Channel": "Security", "Computer": "h", "NewProcessName": "C:\\a & b.exe"});
        let winlog = json!({"winlog": {"event_id": "4688", "provider_name": "P", "channel": "Security", "computer_name": "h",
            "event_data": {"NewProcessName": "C:\\a & b.exe"}}});
        let log = json!({"Event": {"System": {"EventID": 4688, "Provider": {"#attributes": {"Name": "P"}}, "Channel": "Security",
            "Computer": "h"}, "EventData": {"NewProcessName": "C:\\a & b.exe"}}});
        let xml = json!(
            "<Event xmlns='x'><System><Provider Name='P' Guid='{1}'/><EventID>4688</EventID><Channel>Security</Channel>\
             <Computer>h</Computer></System><EventData><Data Name='NewProcessName'>C:\\a &amp; b.exe</Data></EventData></Event>"
        );
        for shape in [winlog, log, xml, flat.clone()] {
            assert_eq!(named(&shape), flat, "{shape}");
        }
    }

    #[test]
    fn data_without_names_and_what_is_no_event() {
        let xml = json!("<Event><EventData><Data>a</Data><Data>b</Data><Data Name='x'/></EventData></Event>");
        assert_eq!(named(&xml), json!({"Data": ["a", "b"]}));
        for other in [json!("<Event><System>"), json!("<Event"), json!({"a": 1}), json!({"winlog": 1}), json!(null)] {
            let same = named(&other);
            assert!(same == other || same == json!({}), "{other} {same}");
        }
    }
}
