//! What an ingest does to a value on its way from the raw event into the index.

use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::net::IpAddr;

/// A table from raw values to values in the index.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ValueTable {
    /// Letter case of the raw value does not matter.
    #[serde(default)]
    pub any_case: bool,
    /// Raw value to indexed value, or to several.
    pub map: Map<String, Value>,
    /// The value for raw values that are not in the table; without it the field stays away.
    pub other: Option<String>,
    /// The value when the raw field is missing.
    pub missing: Option<String>,
    /// Values that are not in the table stay as they are.
    #[serde(default)]
    pub keeps_others: bool,
    /// What becomes of values that are not in the table is not known.
    #[serde(default)]
    pub partial: bool,
}

impl ValueTable {
    /// The indexed value of a raw one.
    pub fn image(&self, raw: &str) -> Option<Value> {
        let same = |key: &str| key == raw || self.any_case && key.eq_ignore_ascii_case(raw);
        let found = self.map.iter().find(|(key, _)| same(key)).map(|(_, value)| value.clone());
        let other = if self.keeps_others { Some(raw.to_owned()) } else { self.other.clone() };
        found.or_else(|| other.map(Value::String))
    }

    /// Whether the table gives the raw value another one.
    pub fn is_rewritten(&self, raw: &str) -> bool {
        self.map.keys().any(|key| key == raw || self.any_case && key.eq_ignore_ascii_case(raw))
    }

    /// The raw values that become `indexed`. `None` when the set is not finite: `indexed` is what other values, or a
    /// missing field, become.
    pub fn preimage(&self, indexed: &str) -> Option<Vec<&str>> {
        if self.other.as_deref() == Some(indexed) || self.missing.as_deref() == Some(indexed) {
            return None;
        }
        let holds = |value: &Value| match value {
            Value::Array(items) => items.iter().any(|item| item == indexed),
            other => other == indexed,
        };
        Some(self.map.iter().filter(|(_, value)| holds(value)).map(|(key, _)| key.as_str()).collect())
    }
}

/// A change of a value.
#[derive(Debug, Clone, Copy)]
pub enum Transform<'a> {
    /// By a table.
    Values(&'a ValueTable),
    /// Kept when it is an IP address, else the field stays away.
    Ip,
    /// A number, also from a string.
    Integer,
    /// A boolean, also from a string.
    Boolean,
    /// A point in time, from ISO 8601 or milliseconds since 1970.
    Date,
    /// JSON text becomes an object.
    Json,
    /// An object becomes text, `{key=value, key=value}`.
    JavaMap,
    /// Okta's debug data: two texts in it become objects.
    OktaDebug,
    /// The level of Okta's risk text.
    OktaRiskLevel,
    /// The reasons of Okta's risk text, one value each.
    OktaRiskReasons,
    /// The names of Okta's behaviours that are POSITIVE.
    OktaBehaviors,
    /// The value of the first target of type User.
    OktaFirstUser,
    /// The value of the first target of type UserGroup.
    OktaFirstGroup,
    /// CloudTrail: failure when there is an error code or message, or a console login that failed; else success.
    CloudTrailOutcome,
    /// `No` is false, everything else true.
    NotNo,
    /// `TLSv1.3` becomes `1.3`.
    TlsVersion,
    /// The part before the first dot.
    BeforeDot,
    /// The part of a path after the last separator; nothing without one.
    BaseName(char),
    /// The part before the first backslash (`DOMAIN\user`).
    BeforeBackslash,
    /// The part after the last backslash.
    AfterBackslash,
    /// A number becomes text.
    Text,
    /// Lower case.
    Lowercase,
    /// The part of a path after the last dot.
    Extension,
    /// A text of several lines, taken apart into fields. How is not modelled.
    Lines,
    /// One argument of a command line. How a sensor splits it is not modelled.
    Argument,
    /// A registry path: sensors write the hive in different ways.
    RegistryPath,
    /// What was written to the registry: Sysmon's `DWORD (0x00000001)` becomes a number in text.
    RegistryData,
    /// One of `KEY=VALUE` pairs separated by commas.
    HashOf(&'static str),
}

impl Transform<'_> {
    /// The built-in change of this name in a map file.
    pub(super) fn built_in(name: &str) -> Option<Self> {
        Some(match name {
            "ip" => Self::Ip,
            "integer" => Self::Integer,
            "boolean" => Self::Boolean,
            "date" => Self::Date,
            "json" => Self::Json,
            "java_map" => Self::JavaMap,
            "okta_debug" => Self::OktaDebug,
            "okta_risk_level" => Self::OktaRiskLevel,
            "okta_risk_reasons" => Self::OktaRiskReasons,
            "okta_behaviors" => Self::OktaBehaviors,
            "okta_first_user" => Self::OktaFirstUser,
            "okta_first_group" => Self::OktaFirstGroup,
            "cloudtrail_outcome" => Self::CloudTrailOutcome,
            "not_no" => Self::NotNo,
            "tls_version" => Self::TlsVersion,
            "before_dot" => Self::BeforeDot,
            "base_name" => Self::BaseName('\\'),
            "base_name_unix" => Self::BaseName('/'),
            "text" => Self::Text,
            "lowercase" => Self::Lowercase,
            "argument" => Self::Argument,
            "extension" => Self::Extension,
            "lines" => Self::Lines,
            "registry_path" => Self::RegistryPath,
            "registry_data" => Self::RegistryData,
            "before_backslash" => Self::BeforeBackslash,
            "after_backslash" => Self::AfterBackslash,
            "hash_md5" => Self::HashOf("MD5"),
            "hash_sha1" => Self::HashOf("SHA1"),
            "hash_sha256" => Self::HashOf("SHA256"),
            "hash_imphash" => Self::HashOf("IMPHASH"),
            _ => return None,
        })
    }

    /// Only the type or the notation changes: a test of the raw value is the same test of the indexed one.
    pub fn keeps_value(&self) -> bool {
        matches!(self, Self::Ip | Self::Integer | Self::Boolean | Self::Date | Self::OktaDebug)
    }

    /// The indexed value; `None` when the field stays away. `event` is the whole raw event.
    pub fn apply(&self, value: Option<&Value>, event: &Value) -> Option<Value> {
        match self {
            Self::Values(table) => match value {
                Some(value) => table.image(value.as_str()?),
                None => table.missing.clone().map(Value::String),
            },
            Self::CloudTrailOutcome => Some(json!(cloudtrail_outcome(event))),
            Self::OktaRiskLevel => okta_risk(value?, "level"),
            Self::OktaRiskReasons => {
                let reasons = okta_risk(value?, "reasons")?;
                Some(reasons.as_str()?.split(',').map(|reason| json!(reason.trim())).collect())
            }
            Self::OktaFirstUser => okta_first(value?, event, "User"),
            Self::OktaFirstGroup => okta_first(value?, event, "UserGroup"),
            _ => self.convert(value?),
        }
    }

    fn convert(&self, value: &Value) -> Option<Value> {
        match self {
            Self::Date => date(value).map(Value::String),
            Self::JavaMap => Some(Value::String(java_text(value))),
            Self::OktaDebug => Some(okta_debug(value)),
            Self::OktaBehaviors => okta_behaviors(value.as_str()?),
            Self::Integer => integer(value),
            Self::Text => Some(json!(value.as_str().map_or_else(|| value.to_string(), str::to_owned))),
            Self::Boolean => boolean(value),
            Self::Json => match value {
                Value::String(text) => serde_json::from_str(text).ok(),
                other => Some(other.clone()),
            },
            _ => self.convert_text(value.as_str()?),
        }
    }

    fn convert_text(&self, text: &str) -> Option<Value> {
        match self {
            Self::Ip => text.parse::<IpAddr>().ok().map(|_| json!(text)),
            Self::NotNo => Some(json!(text != "No")),
            Self::TlsVersion => Some(json!(text.strip_prefix("TLSv").unwrap_or(text))),
            Self::BeforeDot => Some(json!(text.split('.').next().unwrap_or(text))),
            Self::BaseName(separator) => {
                text.rsplit_once(*separator).filter(|(_, name)| !name.is_empty()).map(|(_, name)| json!(name))
            }
            Self::Extension => text.rsplit_once('.').map(|(_, extension)| json!(extension)),
            Self::Lowercase => Some(json!(text.to_lowercase())),
            Self::RegistryPath => Some(json!(text)),
            Self::RegistryData => Some(registry_data(text)),
            Self::BeforeBackslash => text.split_once('\\').map(|(head, _)| json!(head)),
            Self::AfterBackslash => Some(json!(text.rsplit('\\').next().unwrap_or(text))),
            Self::HashOf(kind) => hash_of(text, kind),
            _ => None,
        }
    }
}

fn integer(value: &Value) -> Option<Value> {
    match value {
        Value::String(text) => text.trim().parse::<i64>().ok().map(|number| json!(number)),
        Value::Number(_) => Some(value.clone()),
        _ => None,
    }
}

fn boolean(value: &Value) -> Option<Value> {
    match value {
        Value::String(text) => text.parse::<bool>().ok().map(|b| json!(b)),
        Value::Bool(_) => Some(value.clone()),
        _ => None,
    }
}

/// ISO 8601 in UTC with milliseconds, as the ingest's date processor writes it.
fn date(value: &Value) -> Option<String> {
    let at: jiff::Timestamp = match value {
        Value::Number(millis) => jiff::Timestamp::from_millisecond(millis.as_i64()?).ok()?,
        // The basic form (`20131102T010628Z`) is not among the ingest's formats.
        other => other.as_str().filter(|text| text.contains('-'))?.parse().ok()?,
    };
    Some(at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string())
}

/// Deeper structures become plain JSON text (hostile input).
const MAX_DEPTH: usize = 64;

/// `Map.toString()` of Java. The order of the pairs is not defined there; here it is the event's.
fn java_text(value: &Value) -> String {
    fn write(value: &Value, out: &mut String, depth: usize) {
        match value {
            Value::Object(map) if depth < MAX_DEPTH => {
                out.push('{');
                for (index, (key, item)) in map.iter().enumerate() {
                    out.push_str(if index > 0 { ", " } else { "" });
                    out.push_str(key);
                    out.push('=');
                    write(item, out, depth + 1);
                }
                out.push('}');
            }
            Value::Array(items) if depth < MAX_DEPTH => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    out.push_str(if index > 0 { ", " } else { "" });
                    write(item, out, depth + 1);
                }
                out.push(']');
            }
            Value::String(text) => out.push_str(text),
            other => out.push_str(&other.to_string()),
        }
    }
    let mut out = String::new();
    write(value, &mut out, 0);
    out
}

/// Sysmon's `MD5=..,SHA256=..`: the part of one kind, in lower case as the integration writes it.
fn hash_of(text: &str, kind: &str) -> Option<Value> {
    let pair =
        |part: &str| part.split_once('=').filter(|(key, _)| key.eq_ignore_ascii_case(kind)).map(|p| p.1.to_owned());
    text.split(',').find_map(|part| pair(part.trim())).map(|hash| json!(hash.to_ascii_lowercase()))
}

/// Sysmon's description of a number becomes the number; any other text stays.
fn registry_data(text: &str) -> Value {
    let digits = text.strip_prefix("DWORD (0x").and_then(|rest| rest.strip_suffix(')'));
    let number = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
    json!([number.map_or_else(|| text.to_owned(), |number| number.to_string())])
}

fn text_at<'v>(event: &'v Value, pointer: &str) -> Option<&'v str> {
    event.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty())
}

fn cloudtrail_outcome(event: &Value) -> &'static str {
    let failed_login = text_at(event, "/eventName") == Some("ConsoleLogin")
        && text_at(event, "/responseElements/ConsoleLogin").is_some_and(|said| said.eq_ignore_ascii_case("failure"));
    let error = text_at(event, "/errorCode").or_else(|| text_at(event, "/errorMessage"));
    if failed_login || error.is_some() { "failure" } else { "success" }
}

/// `{New IP=POSITIVE, Velocity=NEGATIVE}` as pairs.
fn braced_pairs(text: &str) -> Option<Map<String, Value>> {
    let inner = text.strip_prefix('{')?.strip_suffix('}')?;
    inner
        .split(", ")
        .map(|pair| pair.split_once('=').map(|(key, value)| (key.trim().to_owned(), json!(value))))
        .collect()
}

fn okta_behaviors(text: &str) -> Option<Value> {
    let positive: Vec<Value> =
        braced_pairs(text)?.into_iter().filter(|(_, said)| said == "POSITIVE").map(|(name, _)| json!(name)).collect();
    (!positive.is_empty()).then_some(Value::Array(positive))
}

/// `logOnlySecurityData` first, then `risk`; `value` is the debug data.
fn okta_risk(value: &Value, part: &str) -> Option<Value> {
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

fn okta_debug(value: &Value) -> Value {
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

fn parse_object(text: &str) -> Option<Value> {
    serde_json::from_str(text).ok().filter(Value::is_object)
}

/// `value` holds one entry per target; the entry of the first target of the type counts.
fn okta_first(value: &Value, event: &Value, kind: &str) -> Option<Value> {
    let is_kind = |target: &Value| text_at(target, "/type").is_some_and(|ty| ty.eq_ignore_ascii_case(kind));
    let at = event.get("target")?.as_array()?.iter().position(is_kind)?;
    value.as_array()?.get(at).filter(|found| !found.is_null()).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn apply(name: &str, value: &Value) -> Option<Value> {
        Transform::built_in(name).unwrap().apply(Some(value), &Value::Null)
    }

    #[test]
    fn built_in_changes() {
        assert_eq!(apply("ip", &json!("10.0.0.1")), Some(json!("10.0.0.1")));
        assert_eq!(apply("ip", &json!("AWS Internal")), None);
        assert_eq!(apply("date", &json!(1_698_579_600_000_i64)), Some(json!("2023-10-29T11:40:00.000Z")));
        assert_eq!(apply("date", &json!("2020-02-14T22:18:51.843Z")), Some(json!("2020-02-14T22:18:51.843Z")));
        assert_eq!(apply("date", &json!("20131102T010628Z")), None);
        assert_eq!(apply("not_no", &json!("No")), Some(json!(false)));
        assert_eq!(apply("before_dot", &json!("repo.create")), Some(json!("repo")));
        assert_eq!(apply("base_name", &json!(r"C:\Windows\cmd.exe")), Some(json!("cmd.exe")));
        assert_eq!(apply("hash_imphash", &json!("MD5=AA,IMPHASH=BB")), Some(json!("bb")));
        assert_eq!(apply("integer", &json!("x")), None);
        assert!(Transform::built_in("nothing").is_none());
    }

    #[test]
    fn okta_behaviours_are_the_positive_ones() {
        let text = json!("{New Geo-Location=NEGATIVE, New Device=POSITIVE, New IP=POSITIVE}");
        assert_eq!(apply("okta_behaviors", &text), Some(json!(["New Device", "New IP"])));
        assert_eq!(apply("okta_behaviors", &json!("{Velocity=NEGATIVE}")), None);
        assert_eq!(apply("okta_behaviors", &json!("POSITIVE")), None);
        assert_eq!(
            apply("okta_risk_level", &json!({"risk": "{reasons=Anomalous Device, level=MEDIUM}"})),
            Some(json!("MEDIUM"))
        );
    }

    #[test]
    fn cloudtrail_outcome_follows_errors_and_logins() {
        let outcome = Transform::CloudTrailOutcome;
        assert_eq!(outcome.apply(None, &json!({})), Some(json!("success")));
        assert_eq!(outcome.apply(None, &json!({"errorCode": "AccessDenied"})), Some(json!("failure")));
        let login = json!({"eventName": "ConsoleLogin", "responseElements": {"ConsoleLogin": "Failure"}});
        assert_eq!(outcome.apply(None, &login), Some(json!("failure")));
    }

    #[test]
    fn java_text_of_nested_values() {
        assert_eq!(java_text(&json!({"a": "x", "b": [1, {"c": true}]})), "{a=x, b=[1, {c=true}]}");
    }
}
