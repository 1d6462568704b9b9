//! The scalars that a field's type can hold.

use crate::catalog::fields::FieldType;
use serde_json::Value as Json;
use std::net::IpAddr;

/// A scalar of a vendor's event.
pub(super) fn fits_raw(ty: FieldType, value: &Json) -> bool {
    match ty {
        FieldType::Unknown | FieldType::Alias | FieldType::Object | FieldType::Nested | FieldType::Flattened => true,
        FieldType::Integer => value.is_i64() || value.is_u64(),
        FieldType::Float => value.is_number(),
        FieldType::Boolean => value.is_boolean(),
        FieldType::Ip | FieldType::Date => fits_index(ty, value),
        _ => value.is_string(),
    }
}

/// A scalar that the index takes: others are refused when the document comes in.
pub(super) fn fits_index(ty: FieldType, value: &Json) -> bool {
    let text = value.as_str();
    match ty {
        FieldType::Integer => value.is_i64() || value.is_u64() || text.is_some_and(|text| text.parse::<i64>().is_ok()),
        FieldType::Float => value.is_number() || text.is_some_and(|text| text.parse::<f64>().is_ok()),
        FieldType::Boolean => value.is_boolean() || matches!(text, Some("true" | "false")),
        FieldType::Ip => text.is_some_and(|text| text.parse::<IpAddr>().is_ok()),
        FieldType::Date => value.is_i64() || text.is_some_and(|text| text.parse::<jiff::Timestamp>().is_ok()),
        FieldType::GeoPoint | FieldType::Object | FieldType::Nested => false,
        _ => true,
    }
}
