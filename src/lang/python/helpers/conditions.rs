//! What tests of values need.

use super::{Helper, MAPPING, SEQUENCE, from, module};

/// In the order in which a module defines them.
pub(super) const CONDITIONS: &[Helper] = &[
    Helper {
        name: "text",
        imports: &[],
        needs: &[],
        text: r#"def text(value):
    """A text as it is, other values as an empty text"""
    return value if isinstance(value, str) else ""
"#,
    },
    Helper {
        name: "json_text",
        imports: &[],
        needs: &[],
        text: r#"def json_text(value):
    """A text as it is, numbers and booleans as JSON writes them, other values as an empty text"""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, (str, int, float)) else ""
"#,
    },
    Helper {
        name: "number",
        imports: &[module("re")],
        needs: &["plain_number"],
        text: r#"def number(value):
    """A number or the number that a text spells, not-a-number for other values"""
    if isinstance(value, str) and re.fullmatch(
        r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?", value
    ):
        return int(value) if re.fullmatch(r"[+-]?[0-9]{1,18}", value) else float(value)
    return plain_number(value)"#,
    },
    Helper {
        name: "plain_number",
        imports: &[module("math")],
        needs: &[],
        text: r#"def plain_number(value):
    """A number as it is, not-a-number for other values"""
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else math.nan"#,
    },
    Helper {
        name: "truth_number",
        imports: &[module("math")],
        needs: &[],
        text: r#"def truth_number(value):
    """A number or boolean as it is, not-a-number for other values"""
    return value if isinstance(value, (int, float)) else math.nan"#,
    },
    Helper {
        name: "same",
        imports: &[],
        needs: &[],
        text: r#"def same(left, right):
    """Equal, where booleans are not numbers"""
    return left == right and isinstance(left, bool) == isinstance(right, bool)"#,
    },
    Helper {
        name: "same_text",
        imports: &[],
        needs: &["json_text"],
        text: r#"def same_text(left, right):
    """Equal, where numbers and booleans are their JSON text"""
    if isinstance(left, (str, int, float)) and isinstance(right, (str, int, float)):
        return json_text(left) == json_text(right)
    return left == right"#,
    },
    Helper {
        name: "same_lower_text",
        imports: &[],
        needs: &["json_text"],
        text: r#"def same_lower_text(left, right):
    """Equal without case, where numbers and booleans are their JSON text"""
    if isinstance(left, (str, int, float)) and isinstance(right, (str, int, float)):
        return json_text(left).lower() == json_text(right).lower()
    return left == right"#,
    },
    Helper {
        name: "is_missing",
        imports: &[MAPPING],
        needs: &[],
        text: r#"def is_missing(value, *keys):
    """Whether the keys lead nowhere; a null at their end is not missing"""
    for key in keys:
        if not isinstance(value, Mapping) or key not in value:
            return True
        value = value[key]
    return False"#,
    },
    Helper {
        name: "below",
        imports: &[MAPPING],
        needs: &[],
        text: r#"def below(value, *keys):
    """The value that the keys lead to, None when they lead nowhere"""
    for key in keys:
        if not isinstance(value, Mapping):
            return None
        value = value.get(key)
    return value"#,
    },
    Helper {
        name: "is_empty",
        imports: &[MAPPING, SEQUENCE],
        needs: &[],
        text: r#"def is_empty(value):
    """Whether a value is an empty text, list or object"""
    return isinstance(value, (Mapping, Sequence)) and not value"#,
    },
    Helper {
        name: "json_type",
        imports: &[MAPPING],
        needs: &[],
        text: r#"def json_type(value):
    """The name of a value's JSON type"""
    for kind, name in ((bool, "bool"), (int, "int"), (float, "float"), (str, "string")):
        if isinstance(value, kind):
            return name
    if value is None:
        return "null"
    return "object" if isinstance(value, Mapping) else "array"
"#,
    },
    Helper {
        name: "items",
        imports: &[SEQUENCE],
        needs: &[],
        text: r#"def items(value):
    """The items of a list, none for other values"""
    return value if isinstance(value, Sequence) and not isinstance(value, str) else ()"#,
    },
    Helper {
        name: "values",
        imports: &[SEQUENCE],
        needs: &[],
        text: r#"def values(value):
    """The values of a field one by one, lists item by item; none for None"""
    found, pending = [], [value]
    while pending:
        item = pending.pop()
        if isinstance(item, Sequence) and not isinstance(item, str):
            pending.extend(reversed(item))
        elif item is not None:
            found.append(item)
    return found"#,
    },
    Helper {
        name: "leaves",
        imports: &[MAPPING, SEQUENCE],
        needs: &[],
        text: r#"def leaves(event):
    """Names and values of the event's fields at every depth, lists item by item"""
    found, pending = [], [("", event)]
    while pending:
        name, value = pending.pop()
        if isinstance(value, Mapping):
            inner = [(f"{name}.{key}" if name else key, item) for key, item in value.items()]
            pending.extend(reversed(inner))
        elif isinstance(value, Sequence) and not isinstance(value, str):
            pending.extend((name, item) for item in reversed(value))
        elif value is not None:
            found.append((name, value))
    return found"#,
    },
    Helper {
        name: "contains",
        imports: &[MAPPING, SEQUENCE],
        needs: &[],
        text: r#"def contains(container, value):
    """Whether a value is a part of a text, an item of a list or a key of an object"""
    if isinstance(container, (str, Mapping)):
        return isinstance(value, str) and value in container
    return isinstance(container, Sequence) and value in container"#,
    },
    Helper {
        name: "in_network",
        imports: &[from("ipaddress", "ip_address"), from("ipaddress", "ip_network")],
        needs: &[],
        text: r#"def in_network(value, network):
    """Whether a text is an IP address of the network; IPv4 inside IPv6 counts as IPv4"""
    if not isinstance(value, str) or "%" in value:
        return False
    try:
        address = ip_address(value)
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address) in ip_network(network)"#,
    },
    Helper {
        name: "address_number",
        imports: &[from("ipaddress", "ip_address"), module("math")],
        needs: &[],
        text: r#"def address_number(value):
    """The place of an IP address among all, IPv4 as IPv6; not-a-number for other values"""
    if not isinstance(value, str) or "%" in value:
        return math.nan
    try:
        address = ip_address(value)
    except ValueError:
        return math.nan
    return int(address) + (0xFFFF << 32 if address.version == 4 else 0)"#,
    },
    Helper {
        name: "instant",
        imports: &[from("datetime", "datetime"), from("datetime", "timezone"), module("math"), module("re")],
        needs: &["plain_number"],
        text: r#"def instant(value):
    """Milliseconds since 1970 of an ISO 8601 text or a number; not-a-number for other values"""
    if not isinstance(value, str):
        return plain_number(value)
    value = value.strip().removesuffix(" UTC")
    if re.fullmatch(r"[0-9]{4}", value):
        value += "-01-01"
    if re.fullmatch(r"[0-9]{1,18}", value):
        return int(value)
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return math.nan
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return moment.timestamp() * 1000"#,
    },
];
