//! The commands that take a text apart into columns of fixed names (ES|QL reference, "URI_PARTS", "REGISTERED_DOMAIN", "USER_AGENT",
//! "IP_LOCATION").

use super::{Checker, FindingKind};
use crate::lang::esql::ast::{Expr, ExprKind, Literal, Map, MapValue, Name, Parts};
use crate::lang::esql::types::{Type, Types};

const URI: [&str; 10] =
    ["domain", "fragment", "path", "extension", "port", "query", "scheme", "user_info", "username", "password"];
const DOMAIN: [&str; 4] = ["domain", "registered_domain", "top_level_domain", "subdomain"];
/// The columns of each property of a user agent.
const AGENT: [(&str, &[&str]); 4] = [
    ("name", &["name"]),
    ("version", &["version"]),
    ("os", &["os.name", "os.version", "os.full"]),
    ("device", &["device.name"]),
];
/// The columns of the database that is read unless another one is named.
const CITY: [&str; 7] =
    ["country_iso_code", "country_name", "continent_name", "region_iso_code", "region_name", "city_name", "location"];

impl<'q> Checker<'q> {
    pub(super) fn parts(&mut self, parts: Parts, prefix: &Name, input: &'q Expr, with: Option<&'q Map>) {
        let types = self.types(input);
        let taken = if parts == Parts::IpLocation { Types::STRING | Type::Ip.into() } else { Types::STRING };
        if !types.intersects(taken) {
            let (keyword, written) = (parts.keyword(), self.written(input.span()));
            let message = format!("`{keyword}` reads {taken}; `{written}` is {types}");
            self.find(FindingKind::Type, input.span(), message, format!("convert it: `TO_STRING({written})`"));
        }
        let known: &[&str] = match parts {
            Parts::UserAgent => &["regex_file", "extract_device_type", "properties"],
            _ => &["database_file", "properties", "first_only"],
        };
        self.options(with, known, parts.keyword());
        match columns(parts, with) {
            Some(columns) => {
                for column in columns {
                    let types = part_types(&column);
                    self.make(format!("{}.{column}", prefix.text()), types, prefix.at.0);
                }
            }
            None => self.columns.open(),
        }
    }
}

/// The names behind the prefix; `None` when a database has them that is not known here.
fn columns(parts: Parts, with: Option<&Map>) -> Option<Vec<String>> {
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    Some(match parts {
        Parts::Uri => owned(&URI),
        Parts::RegisteredDomain => owned(&DOMAIN),
        Parts::UserAgent => {
            let chosen = properties(with).unwrap_or_else(|| owned(&["name", "version", "os", "device"]));
            let known = AGENT.iter().filter(|(property, _)| chosen.iter().any(|name| name == property));
            let mut found = owned(&known.flat_map(|(_, columns)| columns.iter().copied()).collect::<Vec<_>>());
            let device_type = option(with, "extract_device_type").map(|value| &value.kind);
            if device_type == Some(&ExprKind::Literal(Literal::Bool(true)))
                && chosen.iter().any(|name| name == "device")
            {
                found.push("device.type".to_owned());
            }
            found
        }
        Parts::IpLocation => match (properties(with), option(with, "database_file")) {
            (Some(chosen), _) => chosen,
            (None, None) => owned(&CITY),
            (None, Some(_)) => return None,
        },
    })
}

fn part_types(column: &str) -> Types {
    match column {
        "port" => Type::Integer.into(),
        "location" => Type::GeoPoint.into(),
        "asn" => Types::WHOLE,
        _ => Types::KEYWORD,
    }
}

fn option<'m>(with: Option<&'m Map>, name: &str) -> Option<&'m Expr> {
    with?.iter().find(|(key, _)| key.value == name).and_then(|(_, value)| MapValue::constant(value))
}

/// The texts of the option `properties`.
fn properties(with: Option<&Map>) -> Option<Vec<String>> {
    let text = |expr: &Expr| super::expr::string(expr).map(str::to_owned);
    let value = option(with, "properties")?;
    match &value.kind {
        ExprKind::Literal(Literal::Array(items)) => items.iter().map(text).collect(),
        _ => text(value).map(|one| vec![one]),
    }
}
