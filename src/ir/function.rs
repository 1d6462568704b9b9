//! Functions of terms.

use super::{Case, EsqlFunction};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Functions of terms. Missing arguments, and arguments of another type than the one named, give a missing result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Function {
    /// Text in lower case (full Unicode).
    Lower,
    /// Text in upper case (full Unicode).
    Upper,
    /// Text folded for comparisons without case (Python's `casefold`).
    CaseFold,
    /// Characters of a text, items of an array, entries of an object.
    Length,
    /// The text of any scalar as JSON writes it; in a Panther event as Python does (`True`, `None`).
    ToText,
    /// The number of a number or of a text in base 10. The second argument is another base; null is 16 for what begins with `0x`
    /// and else 10 (EQL's `number`).
    ToNumber,
    /// All arguments' texts ([`Self::ToText`]) in a row.
    Concat,
    /// Text, start, optional end: characters, negative from the end, positions outside are the ends; EQL and Python agree.
    Substring,
    /// Text, part, optional start: the first place of the part, missing when there is none.
    IndexOf,
    /// Text, left, right: what stands between the first left and a right after it; missing without them.
    Between(Between),
    /// Text, separator (none: runs of white space): an array.
    Split,
    /// Text, optional characters: without them on both ends.
    Strip,
    /// Text, old, new: every occurrence replaced.
    Replace,
    /// Array, object or text, and an index or a key: an item, a value, a character; negative indexes count from the end.
    Index,
    /// The keys of an object: an array.
    Keys,
    /// The values of an object: an array.
    Values,
    /// Parsed JSON text.
    ParseJson,
    /// Object, keys: the value under exactly these keys, case included, one object below the other. Lists are not entered.
    Key,
    /// Panther's `deep_walk`: object, default, which (`all`, `first`, `last`), keys. Walks objects by exact keys and lists item by
    /// item; what it finds, each once, a single value bare; missing where Python raises (reference: panther.md section 6).
    DeepWalk,
    /// Python's `int(x)`: of a number towards zero, of a boolean, of a text in base 10; missing where it raises.
    ToInt,
    /// Python's `float(x)`.
    ToFloat,
    /// 4 or 6 for what Python's `ip_address` takes: the text of an address or a whole number; missing where it raises.
    IpVersion,
    /// Python's `str()` of a list or an object: of the event's when the second argument is true, which shows its wrapper.
    Repr,
    /// Whether a network is public, by Python's `is_global`; missing where `ip_network` raises.
    NetGlobal,
    /// Whether such an address is private, by Python's `is_private`.
    IpPrivate,
    /// Whether such an address is public, by Python's `is_global`.
    IpGlobal,
    /// Whether such an address is a loopback address.
    IpLoopback,
    /// A network (`10.0.0.0/8`; an address is a network of one) of which first and last address are private; missing where
    /// Python's `ip_network` raises, as for host bits that are set.
    NetPrivate,
    /// 4 or 6 for what Python's `ip_network` takes; missing where it raises.
    NetVersion,
    /// Two networks of one version: whether the first lies within the second; missing for others.
    NetWithin,
    /// Of two numbers: the quotient as a real number, as Python's `/`. By zero: missing.
    Quotient,
    /// All arguments as an array, a missing one as null.
    List,
    /// Lists one after the other: an array; missing when an argument is no array.
    Chain,
    /// An array's items without those that equal an earlier one, as Python compares.
    Distinct,
    /// An array of pairs as a dictionary: the last value of a key counts. A key is any scalar, as in Python; missing for others.
    ToObject,
    /// Array, separator: the items, which have to be texts, with the separator between them.
    Join,
    /// The pairs of an object: an array of arrays of key and value.
    Pairs,
    /// Text, optional characters: without them at its start.
    StripStart,
    /// Text, optional characters: without them at its end.
    StripEnd,
    /// Text, separator, number: an array of at most number + 1 parts, split from the left.
    SplitLimit,
    /// Text, separator, number: as [`Self::SplitLimit`], split from the right.
    SplitLast,
    /// Array or text, start, optional end: items or characters, positions as for [`Self::Substring`].
    Slice,
    /// What a Python loop goes through: an array's items, an object's keys, a text's characters, as an array.
    Iterate,
    /// An array of arrays: their items one after the other; missing when an item is no array.
    Flatten,
    /// Two arrays: an array of pairs, as long as the shorter one.
    Zip,
    /// An array: an array of pairs of index and item.
    Enumerate,
    /// A text in words as a POSIX shell splits it (Python's `shlex.split`); missing where a quotation is not closed.
    ShellSplit,
    /// A text with `%XX` decoded as UTF-8, what is none as U+FFFD (Python's `unquote`).
    Unquote,
    /// The query of a URL (Python's `urlparse(x).query`); missing where that raises.
    UrlQuery,
    /// A query string as an object of arrays of texts; entries without a value are left out (Python's `parse_qs`).
    ParseQuery,
    /// Text, regular expression in Python's dialect, flags (of `i`, `m`, `s`), anchoring (`search`, `match`, `fullmatch`), number or
    /// name of a group: what the group has in the first match, null when it took no part; missing without a match.
    RegexGroup,
    /// Text, regular expression and flags as above: all matches, as Python's `findall` gives them.
    RegexAll,
    /// Text, regular expression and flags as above, text without backslashes: every match replaced by that text.
    RegexReplace,
    /// Two texts: the ratio of Python's `difflib.SequenceMatcher`.
    Likeness,
    /// The time of the evaluation, a time as [`Self::ParseTime`] gives it; whether it has an offset.
    Now,
    /// Text, format (Python's `strptime`; none: `fromisoformat`): a time, which is an array of its microseconds since the epoch, in
    /// UTC or in no zone, and whether it has an offset; missing where Python raises.
    ParseTime,
    /// Text, array of formats: the time that Panther's `resolve_timestamp_string` finds: by one of the formats, in ISO 8601, or an
    /// epoch of 9 to 12 digits; missing where it finds none.
    Timestamp,
    /// Two times: the microseconds from the second to the first; missing when only one of them has an offset.
    TimeDifference,
    /// A time and microseconds: the later time.
    TimeShift,
    /// A time and a format (Python's `strftime`): a text.
    FormatTime,
    Add,
    Subtract,
    Multiply,
    /// Of two integers: an integer, rounded towards zero (Elasticsearch EQL). By zero: missing.
    Divide,
    /// The remainder, with the sign of the first argument. By zero: missing.
    Modulo,
    /// A part of a date as a number. ISO 8601 text gives the part that it shows, whatever its offset (Sigma Modifiers 2.1.0,
    /// "Time Modifiers": no conversion of time zones); epoch milliseconds, as a number or digits, give the part in UTC.
    DatePart(DatePart),
    /// Of two texts: how many characters have to be put in, taken out or changed, or neighbours swapped, to make one the other
    /// (Elasticsearch's fuzziness).
    EditDistance,
    Esql(EsqlFunction),
}

/// How [`Function::Between`] finds its marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Between {
    /// Up to the last right mark instead of the first.
    pub greedy: bool,
    pub case: Case,
}

/// The parts of a date that Sigma names (Sigma Modifiers 2.1.0, "Time Modifiers").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DatePart {
    /// 0 to 59.
    Minute,
    /// 0 to 23.
    Hour,
    /// Of the month, 1 to 31.
    Day,
    /// Of the year as ISO 8601 counts them, 1 to 53: week 1 has the year's first Thursday.
    Week,
    /// 1 to 12.
    Month,
    Year,
}

impl DatePart {
    /// As Sigma names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Year => "year",
        }
    }
}
