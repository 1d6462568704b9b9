//! What Okta's integration makes of the debug data and of the targets of an event.

use super::text_at;
use serde_json::{Map, Value, json};

pub(super) fn behaviors(text: &str) -> Option<Value> {
    let positive: Vec<Value> =
        braced_pairs(text)?.into_iter().filter(|(_, said)| said == "POSITIVE").map(|(name, _)| json!(name)).collect();
    (!positive.is_empty()).then_some(Value::Array(positive))
}

/// `logOnlySecurityData` first, then `risk`; `value` is the debug data.
pub(super) fn risk(value: &Value, part: &str) -> Option<Value> {
    let parsed = value.get("logOnlySecurityData").and_then(|text| match text {
        Value::String(text) => serde_json::from_str(text).ok(),
        other => Some(other.clone()),
    });
    let from_log = parsed.as_ref().and_then(|data| data.pointer(&format!("/risk/{part}")));
    if let Some(found) = from_log {
        return Some(found.clone());
    }
    let risk = value.get("risk")?.as_str()?;
    braced_pairs(risk)?.remove(part)
}

pub(super) fn debug(value: &Value) -> Value {
    let mut data = value.clone();
    if let Value::Object(map) = &mut data {
        if let Some(parsed) = map.get("logOnlySecurityData").and_then(Value::as_str).and_then(parse_object) {
            map.insert("logOnlySecurityData".to_owned(), parsed);
        }
        for key in ["behaviors", "risk"] {
            if let Some(pairs) = map.get(key).and_then(Value::as_str).and_then(braced_pairs) {
                map.insert(key.to_owned(), Value::Object(pairs));
            }
        }
    }
    data
}

/// `value` holds one entry per target; the entry of the first target of the type counts.
pub(super) fn first(value: &Value, event: &Value, kind: &str) -> Option<Value> {
    let is_kind = |target: &Value| text_at(target, "/type").is_some_and(|ty| ty.eq_ignore_ascii_case(kind));
    let at = event.get("target")?.as_array()?.iter().position(is_kind)?;
    value.as_array()?.get(at).filter(|found| !found.is_null()).cloned()
}

/// `{New IP=POSITIVE, Velocity=NEGATIVE}` as pairs.
fn braced_pairs(text: &str) -> Option<Map<String, Value>> {
    let inner = text.strip_prefix('{')?.strip_suffix('}')?;
    inner
        .split(", ")
        .map(|pair| pair.split_once('=').map(|(key, value)| (key.trim().to_owned(), json!(value))))
        .collect()
}

fn parse_object(text: &str) -> Option<Value> {
    serde_json::from_str(text).ok().filter(Value::is_object)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn behaviours_are_the_positive_ones() {
        let text = "{New Geo-Location=NEGATIVE, New Device=POSITIVE, New IP=POSITIVE}";
        assert_eq!(behaviors(text), Some(json!(["New Device", "New IP"])));
        assert_eq!(behaviors("{Velocity=NEGATIVE}"), None);
        assert_eq!(behaviors("POSITIVE"), None);
    }

    #[test]
    fn the_risk_is_read_from_its_text() {
        let data = json!({"risk": "{reasons=Anomalous Device, level=MEDIUM}"});
        assert_eq!(risk(&data, "level"), Some(json!("MEDIUM")));
    }
}
