//! Addresses and networks as Python's `ipaddress` reads and classes them.

use crate::ir::Function;
use ipnet::IpNet;
use serde_json::Value as Json;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The function's result; `None` where Python raises.
pub(super) fn call(function: Function, arguments: &[&Json]) -> Option<Json> {
    let first = *arguments.first()?;
    match function {
        Function::IpVersion => Some(if address(first)?.is_ipv4() { 4 } else { 6 }.into()),
        Function::IpPrivate => Some(is_private(address(first)?).into()),
        Function::IpGlobal => Some(is_global(address(first)?).into()),
        Function::IpLoopback => Some(address(first)?.is_loopback().into()),
        Function::NetPrivate => {
            let network = network(first)?;
            Some(is_private_network(network).into())
        }
        Function::NetGlobal => {
            let network = network(first)?;
            let shared = "100.64.0.0/10".parse::<IpNet>().ok()?.contains(&network);
            Some((!shared && !is_private_network(network)).into())
        }
        Function::NetVersion => Some(if matches!(network(first)?, IpNet::V4(_)) { 4 } else { 6 }.into()),
        Function::NetWithin => {
            let (inner, outer) = (network(first)?, network(arguments.get(1)?)?);
            let one_version = matches!((inner, outer), (IpNet::V4(_), IpNet::V4(_)) | (IpNet::V6(_), IpNet::V6(_)));
            one_version.then(|| outer.contains(&inner).into())
        }
        _ => None,
    }
}

/// What `ip_address` takes: a text without host bits and prefix, or a whole number.
fn address(value: &Json) -> Option<IpAddr> {
    match value {
        Json::Bool(value) => Some(Ipv4Addr::from(u32::from(*value)).into()),
        Json::Number(number) => {
            let number = number.as_u64()?;
            Some(u32::try_from(number).map_or_else(
                |_| IpAddr::from(Ipv6Addr::from(u128::from(number))),
                |number| Ipv4Addr::from(number).into(),
            ))
        }
        Json::String(text) => match text.split_once('%') {
            Some((_, scope)) if scope.is_empty() || scope.contains('%') => None,
            Some((text, _)) => text.parse::<Ipv6Addr>().ok().map(IpAddr::from),
            None => text.parse().ok(),
        },
        _ => None,
    }
}

/// What `ip_network` takes: no host bits set.
fn network(value: &Json) -> Option<IpNet> {
    let Some(text) = value.as_str() else { return address(value).map(IpNet::from) };
    let network: IpNet =
        if text.contains('/') { text.parse().ok()? } else { IpNet::from(text.parse::<IpAddr>().ok()?) };
    (network.network() == network.addr()).then_some(network)
}

fn within(address: IpAddr, networks: &[&str]) -> bool {
    networks.iter().filter_map(|text| text.parse::<IpNet>().ok()).any(|network| network.contains(&address))
}

/// CPython's lists (3.13, and security releases of earlier versions): IANA's special-purpose registries.
const PRIVATE_4: [&str; 14] = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.0.170/31",
    "192.0.2.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "240.0.0.0/4",
    "255.255.255.255/32",
];
const NOT_PRIVATE_4: [&str; 2] = ["192.0.0.9/32", "192.0.0.10/32"];
const PRIVATE_6: [&str; 11] = [
    "::1/128",
    "::/128",
    "::ffff:0:0/96",
    "64:ff9b:1::/48",
    "100::/64",
    "2001::/23",
    "2001:db8::/32",
    "2002::/16",
    "3fff::/20",
    "fc00::/7",
    "fe80::/10",
];
const NOT_PRIVATE_6: [&str; 6] =
    ["2001:1::1/128", "2001:1::2/128", "2001:3::/32", "2001:4:112::/48", "2001:20::/28", "2001:30::/28"];

fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(_) => within(address, &PRIVATE_4) && !within(address, &NOT_PRIVATE_4),
        IpAddr::V6(six) => match six.to_ipv4_mapped() {
            Some(four) => is_private(four.into()),
            None => within(address, &PRIVATE_6) && !within(address, &NOT_PRIVATE_6),
        },
    }
}

/// One private network has it whole, no exception does.
fn is_private_network(network: IpNet) -> bool {
    let (private, not) = match network {
        IpNet::V4(_) => (PRIVATE_4.as_slice(), NOT_PRIVATE_4.as_slice()),
        IpNet::V6(_) => (PRIVATE_6.as_slice(), NOT_PRIVATE_6.as_slice()),
    };
    let inside =
        |all: &[&str]| all.iter().filter_map(|text| text.parse::<IpNet>().ok()).any(|outer| outer.contains(&network));
    inside(private) && !inside(not)
}

fn is_global(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(_) => !within(address, &["100.64.0.0/10"]) && !is_private(address),
        IpAddr::V6(six) => match six.to_ipv4_mapped() {
            Some(four) => is_global(four.into()),
            None => !is_private(address),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn run(function: Function, arguments: &Json) -> Json {
        let arguments: Vec<&Json> = arguments.as_array().unwrap().iter().collect();
        call(function, &arguments).unwrap_or_else(|| json!("RAISES"))
    }

    #[test]
    fn addresses_as_python_classes_them() {
        for (value, version, private, global) in [
            (json!("10.1.2.3"), json!(4), true, false),
            (json!("8.8.8.8"), json!(4), false, true),
            (json!("100.64.0.1"), json!(4), false, false),
            (json!("192.0.0.9"), json!(4), false, true),
            (json!("fe80::1%eth0"), json!(6), true, false),
            (json!("2001:4860:4860::8888"), json!(6), false, true),
            (json!(5), json!(4), true, false),
            (json!(4_294_967_296_u64), json!(6), false, true),
        ] {
            assert_eq!(run(Function::IpVersion, &json!([value])), version, "{value}");
            assert_eq!(run(Function::IpPrivate, &json!([value])), json!(private), "{value}");
            assert_eq!(run(Function::IpGlobal, &json!([value])), json!(global), "{value}");
        }
        for value in [json!("10.1.2.3/8"), json!("010.1.2.3"), json!(""), json!(null), json!(-1), json!(1.5)] {
            assert_eq!(run(Function::IpVersion, &json!([value])), json!("RAISES"), "{value}");
        }
        assert_eq!(run(Function::NetPrivate, &json!(["10.0.0.0/8"])), json!(true));
        assert_eq!(run(Function::NetPrivate, &json!(["0.0.0.0/0"])), json!(false));
        assert_eq!(run(Function::NetPrivate, &json!(["10.0.0.1/8"])), json!("RAISES"));
        assert_eq!(run(Function::NetVersion, &json!(["2001:db8::/32"])), json!(6));
        assert_eq!(run(Function::NetWithin, &json!(["10.1.0.0/16", "10.0.0.0/8"])), json!(true));
        assert_eq!(run(Function::NetWithin, &json!(["10.0.0.0/7", "10.0.0.0/8"])), json!(false));
        assert_eq!(run(Function::NetWithin, &json!(["::1", "10.0.0.0/8"])), json!("RAISES"));
    }
}
