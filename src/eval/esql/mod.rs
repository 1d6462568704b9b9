//! The functions of ES|QL, as Elastic's ES|QL reference has them.

mod convert;
mod date;
mod json;
mod many;
mod math;
mod place;
mod text;
mod url;

pub(super) use date::text as date;
pub(super) use many::{distinct, sum, whole};

use super::patterns::Patterns;
use super::regex::compile;
use super::spelling::Syntax;
use super::value::ip;
use crate::ir::{EsqlFunction, Function, Subject, Value};
use ipnet::IpNet;
use serde_json::Value as Json;
use std::net::IpAddr;

/// The function's result; `None` for null.
///
/// # Errors
/// Why it cannot be computed here: a regular expression without a translation.
pub(super) fn call(
    function: EsqlFunction,
    arguments: &[Option<&Json>],
    patterns: &Patterns,
) -> Result<Option<Json>, String> {
    use EsqlFunction as F;
    let given: Vec<Option<&Json>> = arguments.iter().map(|argument| argument.and_then(given)).collect();
    if function == F::Coalesce {
        return Ok(given.into_iter().flatten().next().cloned());
    }
    if many::of_sets(function) {
        return Ok(many::sets(function, &given));
    }
    let Some(all) = given.into_iter().collect::<Option<Vec<&Json>>>() else { return Ok(None) };
    if function.converts() {
        return Ok(many::each(&all, |value| convert::call(function, value)));
    }
    if function.takes_many() {
        return Ok(many::call(function, &all));
    }
    if all.iter().any(|argument| argument.is_array()) {
        return Ok(None);
    }
    Ok(match function {
        F::Replace => return text::replace(&all, patterns),
        F::JsonExtract => json::extract(&all),
        F::UrlDecode | F::UrlEncode | F::UrlEncodeComponent => url::call(function, &all),
        F::Bucket
        | F::DateAdd
        | F::DateDiff
        | F::DateExtract
        | F::DateFormat
        | F::DateParse
        | F::DateTrunc
        | F::DayName
        | F::MonthName => date::call(function, &all),
        F::StDistance | F::StX | F::StY => place::call(function, &all),
        F::CidrMatch => cidr_match(&all),
        F::IpPrefix => ip_prefix(&all),
        F::Single => all.first().map(|value| (*value).clone()),
        _ => math::call(function, &all).or_else(|| text::call(function, &all)),
    })
}

/// Null and a list without values are no value, a list of one is that one.
fn given(value: &Json) -> Option<&Json> {
    match value {
        Json::Null => None,
        Json::Array(items) => match items.as_slice() {
            [] => None,
            [one] => given(one),
            _ => Some(value),
        },
        _ => Some(value),
    }
}

/// Why a term can never be computed: an expression in it without a translation.
pub(super) fn refused(term: &Subject) -> Option<String> {
    let Subject::Call(Function::Esql(EsqlFunction::Replace), args) = term else { return None };
    match args.get(1) {
        Some(Subject::Constant(Value::Str(pattern))) => compile(pattern, Syntax::Java).err(),
        _ => None,
    }
}

fn cidr_match(arguments: &[&Json]) -> Option<Json> {
    let (address, blocks) = arguments.split_first()?;
    let address = ip(address)?;
    let blocks: Vec<IpNet> = blocks.iter().map(|block| network(block.as_str()?)).collect::<Option<_>>()?;
    Some(blocks.iter().any(|block| block.contains(&address)).into())
}

fn network(text: &str) -> Option<IpNet> {
    text.parse::<IpNet>().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

/// The address with only its first bits: `ip_prefix(ip, bits of IPv4, bits of IPv6)`.
fn ip_prefix(arguments: &[&Json]) -> Option<Json> {
    let address = ip(arguments.first()?)?;
    let bits = arguments.get(if address.is_ipv4() { 1 } else { 2 })?.as_u64()?;
    let network = IpNet::new(address, u8::try_from(bits).ok()?).ok()?;
    Some(network.network().to_string().into())
}
