//! The functions of terms: `lower`, `length`, `split` and the like.

use super::{Helper, MAPPING, SEQUENCE, module};

/// In the order in which a module defines them.
pub(super) const FUNCTIONS: &[Helper] = &[
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
