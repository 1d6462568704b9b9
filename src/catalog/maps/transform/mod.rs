//! What an ingest does to a value on its way from the raw event into the index.

mod notation;
mod okta;

use super::{Case, ValueTable};
use serde_json::{Value, json};
use std::net::IpAddr;

/// A change of a value.
#[derive(Debug, Clone, Copy)]
pub enum Transform<'a> {
    /// By a table.
    Values(&'a ValueTable),
    /// From several fields, by cases.
    Cases(&'a [Case]),
    /// Kept when it is an IP address, else the field stays away.
    Ip,
    /// A number, also from a string.
    Integer,
    /// A boolean, also from a string.
    Boolean,
    /// A point in time, from ISO 8601 or milliseconds since 1970.
    Date,
    /// A point in time, from seconds since 1970 with a fraction.
    UnixSeconds,
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
    /// `No` is false, everything else true.
    NotNo,
    /// `TLSv1.3` becomes `1.3`.
    TlsVersion,
    /// The part before the first dot.
    BeforeDot,
    /// The part of a path after the last separator; nothing without one.
    BaseName(char),
    /// The part of a Windows path before the last backslash; nothing without one.
    Directory,
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
    /// PowerShell's details of an invocation: a text of lines `Type(Command): name="..; value=".."`, of which every part becomes a field.
    Details,
    /// A part of a longer text, which other datasets have whole.
    Part,
    /// The item of a list at this place, from 1; of a text alone, the text is the first.
    Item(usize),
    /// One argument of a command line. How a sensor splits it is not modelled.
    Argument,
    /// A registry path: sensors write the hive in different ways.
    RegistryPath,
    /// What was written to the registry: Sysmon's `DWORD (0x00000001)` becomes a number in text.
    RegistryData,
    /// The type of what was written to the registry, where Sysmon's description tells it.
    RegistryType,
    /// One of `KEY=VALUE` pairs separated by commas.
    HashOf(&'static str),
}

/// The built-in changes by the names that map files have for them.
const BUILT_IN: &[(&str, Transform<'static>)] = &[
    ("ip", Transform::Ip),
    ("integer", Transform::Integer),
    ("boolean", Transform::Boolean),
    ("date", Transform::Date),
    ("unix_seconds", Transform::UnixSeconds),
    ("json", Transform::Json),
    ("java_map", Transform::JavaMap),
    ("okta_debug", Transform::OktaDebug),
    ("okta_risk_level", Transform::OktaRiskLevel),
    ("okta_risk_reasons", Transform::OktaRiskReasons),
    ("okta_behaviors", Transform::OktaBehaviors),
    ("okta_first_user", Transform::OktaFirstUser),
    ("okta_first_group", Transform::OktaFirstGroup),
    ("not_no", Transform::NotNo),
    ("tls_version", Transform::TlsVersion),
    ("before_dot", Transform::BeforeDot),
    ("base_name", Transform::BaseName('\\')),
    ("base_name_unix", Transform::BaseName('/')),
    ("directory", Transform::Directory),
    ("text", Transform::Text),
    ("lowercase", Transform::Lowercase),
    ("argument", Transform::Argument),
    ("extension", Transform::Extension),
    ("part", Transform::Part),
    ("item_1", Transform::Item(1)),
    ("item_2", Transform::Item(2)),
    ("item_3", Transform::Item(3)),
    ("item_4", Transform::Item(4)),
    ("item_5", Transform::Item(5)),
    ("item_6", Transform::Item(6)),
    ("item_7", Transform::Item(7)),
    ("item_8", Transform::Item(8)),
    ("lines", Transform::Lines),
    ("details", Transform::Details),
    ("registry_path", Transform::RegistryPath),
    ("registry_data", Transform::RegistryData),
    ("registry_type", Transform::RegistryType),
    ("before_backslash", Transform::BeforeBackslash),
    ("after_backslash", Transform::AfterBackslash),
    ("hash_md5", Transform::HashOf("MD5")),
    ("hash_sha1", Transform::HashOf("SHA1")),
    ("hash_sha256", Transform::HashOf("SHA256")),
    ("hash_imphash", Transform::HashOf("IMPHASH")),
];

impl Transform<'_> {
    /// The built-in change of this name in a map file.
    pub(in crate::catalog) fn built_in(name: &str) -> Option<Self> {
        BUILT_IN.iter().find(|(known, _)| *known == name).map(|(_, transform)| *transform)
    }

    /// The names of the built-in changes.
    pub(super) fn names() -> impl Iterator<Item = &'static str> {
        BUILT_IN.iter().map(|(name, _)| *name)
    }

    /// Only the type or the notation changes: a test of the raw value is the same test of the indexed one.
    pub fn keeps_value(&self) -> bool {
        matches!(self, Self::Ip | Self::Integer | Self::Boolean | Self::Date | Self::OktaDebug)
    }

    /// Whether it is made from one value, of which it may make several.
    pub(super) fn is_of_one_value(&self) -> bool {
        matches!(
            self,
            Self::OktaBehaviors
                | Self::OktaRiskReasons
                | Self::Lines
                | Self::Details
                | Self::Argument
                | Self::RegistryData
                | Self::Text
        )
    }

    /// The indexed value; `None` when the field stays away. `event` is the whole raw event.
    pub fn apply(&self, value: Option<&Value>, event: &Value) -> Option<Value> {
        match self {
            Self::Values(table) => match value {
                Some(Value::Array(items)) => {
                    Some(items.iter().filter_map(|item| table.image(&scalar_text(item)?)).collect())
                }
                Some(Value::Null) | None => table.missing.clone().map(Value::String),
                Some(value) => table.image(&scalar_text(value)?),
            },
            Self::Cases(cases) => cases.iter().find(|case| case.fits(event)).map(|case| json!(case.then)),
            Self::OktaRiskLevel => okta::risk(value?, "level"),
            Self::OktaRiskReasons => {
                let reasons = okta::risk(value?, "reasons")?;
                Some(reasons.as_str()?.split(',').map(|reason| json!(reason.trim())).collect())
            }
            Self::Item(place) => match value? {
                Value::Array(items) => items.get(place - 1).cloned(),
                one => (*place == 1).then(|| one.clone()),
            },
            Self::OktaFirstUser => okta::first(value?, event, "User"),
            Self::OktaFirstGroup => okta::first(value?, event, "UserGroup"),
            _ => self.convert(value?),
        }
    }

    fn convert(&self, value: &Value) -> Option<Value> {
        match (self, value) {
            (Self::JavaMap | Self::OktaDebug | Self::OktaBehaviors | Self::Json, _) => {}
            (_, Value::Null) => return None,
            // Each item is indexed as a value of the field.
            (_, Value::Array(items)) => {
                let values = items.iter().filter_map(|item| self.convert(item));
                return Some(
                    values.flat_map(|value| if let Value::Array(all) = value { all } else { vec![value] }).collect(),
                );
            }
            _ => {}
        }
        match self {
            Self::Date => date(value).map(Value::String),
            Self::UnixSeconds => unix_seconds(value).map(Value::String),
            Self::JavaMap => Some(Value::String(java_text(value))),
            Self::OktaDebug => Some(okta::debug(value)),
            Self::OktaBehaviors => okta::behaviors(value.as_str()?),
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
            Self::Directory => text.rsplit_once('\\').map(|(directory, _)| json!(directory)),
            Self::Extension => text.rsplit_once('.').map(|(_, extension)| json!(extension)),
            Self::Lowercase => Some(json!(text.to_lowercase())),
            Self::RegistryPath => Some(json!(text)),
            Self::RegistryData => Some(registry_data(text)),
            Self::RegistryType => registry_type(text).map(Value::from),
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

/// A time in seconds, to the millisecond, as the ingest's date processor (`UNIX`) writes it.
fn unix_seconds(value: &Value) -> Option<String> {
    let seconds = value.as_f64().filter(|seconds| seconds.abs() < 1e12)?;
    #[allow(clippy::cast_possible_truncation)] // bounded above
    let millis = (seconds * 1000.0).floor() as i64;
    date(&json!(millis))
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
    json!([registry_number(text).map_or_else(|| text.to_owned(), |number| number.to_string())])
}

/// The number of `DWORD (0x00000001)` and of `QWORD (0x00000000-0x00000001)`.
fn registry_number(text: &str) -> Option<u64> {
    let digits = |text: &str| u32::from_str_radix(text.strip_prefix("0x")?, 16).ok().map(u64::from);
    if let Some(inner) = text.strip_prefix("DWORD (") {
        return digits(inner.strip_suffix(')')?);
    }
    let (high, low) = text.strip_prefix("QWORD (")?.strip_suffix(')')?.split_once('-')?;
    Some(digits(high)? << 32 | digits(low)?)
}

/// As Sysmon's integration names it.
fn registry_type(text: &str) -> Option<&'static str> {
    match text {
        "Binary Data" => Some("REG_BINARY"),
        _ if text.starts_with("DWORD (") => Some("SZ_DWORD"),
        _ if text.starts_with("QWORD (") => Some("SZ_QWORD"),
        _ => None,
    }
}

/// The text by which a table knows a value.
fn scalar_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        _ => None,
    }
}

fn text_at<'v>(event: &'v Value, pointer: &str) -> Option<&'v str> {
    event.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty())
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
        assert_eq!(apply("unix_seconds", &json!(1_547_687_130.172_944)), Some(json!("2019-01-17T01:05:30.172Z")));
        assert_eq!(apply("unix_seconds", &json!(1e300)), None);
        assert_eq!(apply("not_no", &json!("No")), Some(json!(false)));
        assert_eq!(apply("before_dot", &json!("repo.create")), Some(json!("repo")));
        assert_eq!(apply("base_name", &json!(r"C:\Windows\cmd.exe")), Some(json!("cmd.exe")));
        assert_eq!(apply("directory", &json!(r"C:\Windows\cmd.exe")), Some(json!(r"C:\Windows")));
        assert_eq!(apply("directory", &json!("cmd.exe")), None);
        assert_eq!(apply("hash_imphash", &json!("MD5=AA,IMPHASH=BB")), Some(json!("bb")));
        assert_eq!(apply("integer", &json!("x")), None);
        assert_eq!(apply("item_2", &json!(["a", "b"])), Some(json!("b")));
        assert_eq!(apply("item_3", &json!(["a", "b"])), None);
        assert_eq!(apply("item_1", &json!("a")), Some(json!("a")));
        assert_eq!(apply("item_2", &json!("a")), None);
        assert_eq!(apply("registry_data", &json!("DWORD (0x0000000a)")), Some(json!(["10"])));
        assert_eq!(apply("registry_data", &json!("QWORD (0x00000001-0x00000002)")), Some(json!(["4294967298"])));
        assert_eq!(apply("registry_type", &json!("DWORD (0x0000000a)")), Some(json!("SZ_DWORD")));
        assert_eq!(apply("registry_type", &json!("a text")), None);
        assert!(Transform::built_in("nothing").is_none());
    }

    #[test]
    fn java_text_of_nested_values() {
        assert_eq!(java_text(&json!({"a": "x", "b": [1, {"c": true}]})), "{a=x, b=[1, {c=true}]}");
    }
}
