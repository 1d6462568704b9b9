//! Points on the globe: WKT (`POINT(longitude latitude)`), GeoJSON, or an object or a pair as Elasticsearch documents have them.

use super::math::real;
use crate::ir::EsqlFunction;
use serde_json::Value as Json;

pub(super) fn call(function: EsqlFunction, arguments: &[&Json]) -> Option<Json> {
    let (longitude, latitude) = point(arguments.first()?)?;
    match function {
        EsqlFunction::StX => real(longitude),
        EsqlFunction::StY => real(latitude),
        _ => real(distance((longitude, latitude), point(arguments.get(1)?)?)),
    }
}

/// Longitude and latitude.
pub(super) fn point(value: &Json) -> Option<(f64, f64)> {
    match value {
        Json::String(text) => wkt(text).or_else(|| {
            let (latitude, longitude) = text.split_once(',')?;
            Some((longitude.trim().parse().ok()?, latitude.trim().parse().ok()?))
        }),
        Json::Object(map) => match map.get("coordinates") {
            Some(pair) => Some((pair.get(0)?.as_f64()?, pair.get(1)?.as_f64()?)),
            None => Some((map.get("lon")?.as_f64()?, map.get("lat")?.as_f64()?)),
        },
        _ => None,
    }
}

fn wkt(text: &str) -> Option<(f64, f64)> {
    let text = text.trim();
    let word = text.get(..5).filter(|word| word.eq_ignore_ascii_case("point"))?;
    let inside = text[word.len()..].trim().strip_prefix('(')?.strip_suffix(')')?;
    let mut numbers = inside.split_whitespace().map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

/// The point as Elasticsearch writes it.
pub(super) fn text((longitude, latitude): (f64, f64)) -> String {
    format!("POINT ({longitude:?} {latitude:?})")
}

/// In metres on a sphere of Lucene's mean radius.
fn distance((lon1, lat1): (f64, f64), (lon2, lat2): (f64, f64)) -> f64 {
    const MEAN_RADIUS: f64 = 6_371_008.771_4;
    let (lat1, lat2) = (lat1.to_radians(), lat2.to_radians());
    let half_lat = ((lat2 - lat1) / 2.0).sin();
    let half_lon = ((lon2 - lon1).to_radians() / 2.0).sin();
    let h = half_lat * half_lat + lat1.cos() * lat2.cos() * half_lon * half_lon;
    2.0 * MEAN_RADIUS * h.sqrt().min(1.0).asin()
}
