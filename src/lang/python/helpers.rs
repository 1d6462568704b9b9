//! Small functions that a detection module carries when its condition needs them.
//!
//! Each takes any value of an event and never raises. A reader of such a module can know them by name and text.

use super::tree::Import;
use std::collections::BTreeSet;

/// A helper function.
#[derive(Debug)]
pub struct Helper {
    pub name: &'static str,
    pub imports: &'static [Import],
    /// Other helpers that it calls.
    pub needs: &'static [&'static str],
    /// The definition, laid out by black.
    pub text: &'static str,
}

const fn module(module: &'static str) -> Import {
    Import { module, name: None }
}

const fn from(module: &'static str, name: &'static str) -> Import {
    Import { module, name: Some(name) }
}

const MAPPING: Import = from("collections.abc", "Mapping");
const SEQUENCE: Import = from("collections.abc", "Sequence");

/// The helpers in the order in which a module defines them.
pub static HELPERS: &[Helper] = &[
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
    Helper {
        name: "lower",
        imports: &[],
        needs: &[],
        text: r#"def lower(value):
    """A text in lower case, None for other values"""
    return value.lower() if isinstance(value, str) else None"#,
    },
    Helper {
        name: "upper",
        imports: &[],
        needs: &[],
        text: r#"def upper(value):
    """A text in upper case, None for other values"""
    return value.upper() if isinstance(value, str) else None"#,
    },
    Helper {
        name: "length",
        imports: &[MAPPING, SEQUENCE],
        needs: &[],
        text: r#"def length(value):
    """The length of a text, list or object, None for other values"""
    return len(value) if isinstance(value, (Mapping, Sequence)) else None"#,
    },
    Helper {
        name: "to_text",
        imports: &[],
        needs: &[],
        text: r#"def to_text(value):
    """The text of a text, number or boolean, None for other values"""
    return str(value) if isinstance(value, (str, int, float)) else None"#,
    },
    Helper {
        name: "path_text",
        imports: &[],
        needs: &["below", "is_missing", "to_text"],
        text: r#"def path_text(value, *keys):
    """The text of what the keys lead to, `None` for null, None when they lead nowhere"""
    found = below(value, *keys)
    if found is None:
        return None if is_missing(value, *keys) else "None"
    return to_text(found)"#,
    },
    Helper {
        name: "to_number",
        imports: &[],
        needs: &["number"],
        text: r#"def to_number(value):
    """A number or the number that a text spells, None for other values"""
    found = number(value.strip() if isinstance(value, str) else value)
    return None if found != found else found"#,
    },
    Helper {
        name: "concat",
        imports: &[],
        needs: &[],
        text: r#"def concat(*parts):
    """The parts in a row, None when one is no text, number or boolean"""
    if not all(isinstance(part, (str, int, float)) for part in parts):
        return None
    return "".join(str(part) for part in parts)"#,
    },
    Helper {
        name: "substring",
        imports: &[],
        needs: &[],
        text: r#"def substring(value, start, end=None):
    """A part of a text, None for other values"""
    return value[start:end] if isinstance(value, str) else None"#,
    },
    Helper {
        name: "index_of",
        imports: &[],
        needs: &[],
        text: r#"def index_of(value, part, start=0):
    """The first place of a part of a text, None when there is none"""
    if not isinstance(value, str) or not isinstance(part, str):
        return None
    found = value.find(part, start)
    return found if found >= 0 else None"#,
    },
    Helper {
        name: "between",
        imports: &[],
        needs: &[],
        text: r#"def between(value, left, right):
    """What stands between two parts of a text, None when they are not there"""
    if not isinstance(value, str):
        return None
    _, found, rest = value.partition(left)
    inner, closed, _ = rest.partition(right)
    return inner if found and closed else None"#,
    },
    Helper {
        name: "split",
        imports: &[],
        needs: &[],
        text: r#"def split(value, separator=None):
    """The parts of a text, None for other values"""
    return value.split(separator) if isinstance(value, str) else None"#,
    },
    Helper {
        name: "strip",
        imports: &[],
        needs: &[],
        text: r#"def strip(value, characters=None):
    """A text without the characters on its ends, None for other values"""
    return value.strip(characters) if isinstance(value, str) else None"#,
    },
    Helper {
        name: "replace",
        imports: &[],
        needs: &[],
        text: r#"def replace(value, old, new):
    """A text with parts replaced, None for other values"""
    return value.replace(old, new) if isinstance(value, str) else None"#,
    },
    Helper {
        name: "at",
        imports: &[MAPPING, SEQUENCE],
        needs: &[],
        text: r#"def at(value, index):
    """An item of a list or object, a character of a text, None when it is not there"""
    if isinstance(value, Mapping) and isinstance(index, str):
        return value.get(index)
    if not isinstance(value, Sequence) or not isinstance(index, int):
        return None
    return value[index] if -len(value) <= index < len(value) else None"#,
    },
    Helper {
        name: "keys_of",
        imports: &[MAPPING],
        needs: &[],
        text: r#"def keys_of(value):
    """The keys of an object, None for other values"""
    return list(value.keys()) if isinstance(value, Mapping) else None"#,
    },
    Helper {
        name: "values_of",
        imports: &[MAPPING],
        needs: &[],
        text: r#"def values_of(value):
    """The values of an object, None for other values"""
    return list(value.values()) if isinstance(value, Mapping) else None"#,
    },
    Helper {
        name: "iterate",
        imports: &[MAPPING, SEQUENCE],
        needs: &[],
        text: r#"def iterate(value):
    """What a loop goes through: items, keys or characters; None for other values"""
    return list(value) if isinstance(value, (Mapping, Sequence)) else None"#,
    },
    Helper {
        name: "parse_json",
        imports: &[module("json")],
        needs: &[],
        text: r#"def parse_json(value):
    """What a JSON text says, None when it is none"""
    if not isinstance(value, str):
        return None
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return None"#,
    },
];

/// The helper of this name.
pub fn helper(name: &str) -> Option<&'static Helper> {
    HELPERS.iter().find(|helper| helper.name == name)
}

/// The helpers and those that they need, in the order of [`HELPERS`].
pub(super) fn with_needs(names: &BTreeSet<&'static str>) -> Vec<&'static Helper> {
    let mut all: BTreeSet<&str> = names.iter().copied().collect();
    let mut pending: Vec<&str> = names.iter().copied().collect();
    while let Some(name) = pending.pop() {
        for need in helper(name).map(|helper| helper.needs).unwrap_or_default() {
            if all.insert(need) {
                pending.push(need);
            }
        }
    }
    HELPERS.iter().filter(|helper| all.contains(helper.name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn helpers_are_complete() {
        for helper in HELPERS {
            assert!(helper.text.starts_with(&format!("def {}(", helper.name)), "{}", helper.name);
            assert!(helper.needs.iter().all(|need| super::helper(need).is_some()), "{}", helper.name);
            assert!(helper.text.lines().all(|line| line.len() <= super::super::LINE_LENGTH), "{}", helper.name);
        }
    }
}
