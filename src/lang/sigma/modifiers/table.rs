//! Every modifier of the specification (Sigma Modifiers 2.1.0), as data.

/// A modifier of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Modifier {
    All,
    StartsWith,
    EndsWith,
    Contains,
    Exists,
    Cased,
    Neq,
    Windash,
    Re,
    IgnoreCase,
    MultiLine,
    SingleLine,
    Base64,
    Base64Offset,
    Utf16Le,
    Utf16Be,
    Utf16,
    Wide,
    Lt,
    Lte,
    Gt,
    Gte,
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Year,
    Cidr,
    Expand,
    FieldRef,
}

/// What a modifier does, which is what decides where it may stand. At most one modifier of a class is allowed,
/// unless the class is in its own `after`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// Links the values of a list by `and`.
    Link,
    /// Adds wildcards.
    Place,
    Existence,
    Case,
    Negation,
    Dashes,
    Regex,
    RegexFlag,
    Base64,
    Utf16,
    Compare,
    TimePart,
    Network,
    Placeholder,
    Reference,
}

/// The two types of the specification ("Modifier Types").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Turns values into other values, or changes how they are linked.
    Transformation,
    /// Says that the value is to be taken in another way.
    Type,
}

/// A kind of value in the rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ValueType {
    String,
    Number,
    Boolean,
    Null,
}

/// A row of the table.
#[derive(Debug)]
pub struct Spec {
    pub modifier: Modifier,
    /// As it is written.
    pub name: &'static str,
    pub kind: Kind,
    pub class: Class,
    /// The values that it takes.
    pub values: &'static [ValueType],
    /// The classes that may stand before it, in any number and order.
    pub after: &'static [Class],
    pub doc: &'static str,
}

const ANY: &[ValueType] = &[ValueType::String, ValueType::Number, ValueType::Boolean, ValueType::Null];
const TEXT: &[ValueType] = &[ValueType::String];
/// A number is a string to these, as it is in the field.
const PLAIN: &[ValueType] = &[ValueType::String, ValueType::Number];
const NUMBER: &[ValueType] = &[ValueType::Number];
const TRUTH: &[ValueType] = &[ValueType::Boolean];

/// `all` and `neq` say nothing about the value itself, so they stand anywhere.
const LOOSE: &[Class] = &[Class::Link, Class::Negation];
/// An encoded value has no dashes of its own.
const BEFORE_WINDASH: &[Class] = &[Class::Link, Class::Negation, Class::Case, Class::Placeholder, Class::Place];
const BEFORE_PLACE: &[Class] = &[
    Class::Link,
    Class::Negation,
    Class::Case,
    Class::Placeholder,
    Class::Dashes,
    Class::Utf16,
    Class::Base64,
    Class::Regex,
    Class::RegexFlag,
    Class::Reference,
];
/// Wildcards cannot be encoded, so nothing that adds them comes before.
const BEFORE_UTF16: &[Class] = &[Class::Link, Class::Negation, Class::Placeholder, Class::Dashes];
const BEFORE_BASE64: &[Class] =
    &[Class::Link, Class::Negation, Class::Placeholder, Class::Dashes, Class::Utf16, Class::Base64];
const BEFORE_EVERYWHERE: &[Class] = &[
    Class::Negation,
    Class::Place,
    Class::Case,
    Class::Dashes,
    Class::Regex,
    Class::RegexFlag,
    Class::Base64,
    Class::Utf16,
    Class::Network,
    Class::Placeholder,
    Class::Reference,
];
const BEFORE_NEQ: &[Class] = &[
    Class::Link,
    Class::Place,
    Class::Case,
    Class::Dashes,
    Class::Regex,
    Class::RegexFlag,
    Class::Base64,
    Class::Utf16,
    Class::TimePart,
    Class::Network,
    Class::Placeholder,
    Class::Reference,
];
const BEFORE_CASED: &[Class] = &[
    Class::Link,
    Class::Negation,
    Class::Placeholder,
    Class::Dashes,
    Class::Utf16,
    Class::Base64,
    Class::Place,
    Class::Reference,
];
const BEFORE_FLAG: &[Class] = &[Class::Link, Class::Negation, Class::Placeholder, Class::Regex, Class::RegexFlag];
const BEFORE_EXPAND: &[Class] =
    &[Class::Link, Class::Negation, Class::Case, Class::Dashes, Class::Place, Class::Regex, Class::RegexFlag];
const BEFORE_COMPARE: &[Class] = &[Class::TimePart];
const BEFORE_REFERENCE: &[Class] = &[Class::Link, Class::Negation, Class::Case];

const fn row(
    modifier: Modifier,
    name: &'static str,
    shape: (Kind, Class),
    values: &'static [ValueType],
    after: &'static [Class],
    doc: &'static str,
) -> Spec {
    Spec { modifier, name, kind: shape.0, class: shape.1, values, after, doc }
}

const fn transforming(class: Class) -> (Kind, Class) {
    (Kind::Transformation, class)
}

const fn typing(class: Class) -> (Kind, Class) {
    (Kind::Type, class)
}

const FLAG: (Kind, Class) = typing(Class::RegexFlag);
const COMPARE: (Kind, Class) = typing(Class::Compare);
const TIME: (Kind, Class) = typing(Class::TimePart);
const PLACE: (Kind, Class) = transforming(Class::Place);
const UTF16: (Kind, Class) = transforming(Class::Utf16);
const BASE64: (Kind, Class) = transforming(Class::Base64);

/// The modifiers, in the order of the specification.
pub const MODIFIERS: &[Spec] = &[
    row(Modifier::All, "all", transforming(Class::Link), ANY, BEFORE_EVERYWHERE, "every value of the list must match"),
    row(Modifier::StartsWith, "startswith", PLACE, PLAIN, BEFORE_PLACE, "the field starts with the value"),
    row(Modifier::EndsWith, "endswith", PLACE, PLAIN, BEFORE_PLACE, "the field ends with the value"),
    row(Modifier::Contains, "contains", PLACE, PLAIN, BEFORE_PLACE, "the value stands anywhere in the field"),
    row(Modifier::Exists, "exists", typing(Class::Existence), TRUTH, &[], "the field is there, or is not"),
    row(Modifier::Cased, "cased", typing(Class::Case), PLAIN, BEFORE_CASED, "upper and lower case differ"),
    row(Modifier::Neq, "neq", typing(Class::Negation), ANY, BEFORE_NEQ, "the field differs from the value"),
    row(
        Modifier::Windash,
        "windash",
        transforming(Class::Dashes),
        TEXT,
        BEFORE_WINDASH,
        "all dashes and the slash are one",
    ),
    row(Modifier::Re, "re", typing(Class::Regex), TEXT, LOOSE, "the value is a regular expression"),
    row(Modifier::IgnoreCase, "i", FLAG, TEXT, BEFORE_FLAG, "the expression ignores case"),
    row(Modifier::MultiLine, "m", FLAG, TEXT, BEFORE_FLAG, "`^` and `$` match at every line"),
    row(Modifier::SingleLine, "s", FLAG, TEXT, BEFORE_FLAG, "`.` matches line breaks too"),
    row(Modifier::Base64, "base64", BASE64, PLAIN, BEFORE_BASE64, "the value in Base64"),
    row(Modifier::Base64Offset, "base64offset", BASE64, PLAIN, BEFORE_BASE64, "the value anywhere in Base64 text"),
    row(Modifier::Utf16Le, "utf16le", UTF16, PLAIN, BEFORE_UTF16, "the value in UTF-16, little endian"),
    row(Modifier::Utf16Be, "utf16be", UTF16, PLAIN, BEFORE_UTF16, "the value in UTF-16, big endian"),
    row(Modifier::Utf16, "utf16", UTF16, PLAIN, BEFORE_UTF16, "the value in UTF-16 with a byte order mark"),
    row(Modifier::Wide, "wide", UTF16, PLAIN, BEFORE_UTF16, "another name of utf16le"),
    row(Modifier::Lt, "lt", COMPARE, NUMBER, BEFORE_COMPARE, "the field is less than the value"),
    row(Modifier::Lte, "lte", COMPARE, NUMBER, BEFORE_COMPARE, "the field is less than the value or equal"),
    row(Modifier::Gt, "gt", COMPARE, NUMBER, BEFORE_COMPARE, "the field is greater than the value"),
    row(Modifier::Gte, "gte", COMPARE, NUMBER, BEFORE_COMPARE, "the field is greater than the value or equal"),
    row(Modifier::Minute, "minute", TIME, NUMBER, LOOSE, "the minute of a date, 0 to 59"),
    row(Modifier::Hour, "hour", TIME, NUMBER, LOOSE, "the hour of a date, 0 to 23"),
    row(Modifier::Day, "day", TIME, NUMBER, LOOSE, "the day of the month of a date, 1 to 31"),
    row(Modifier::Week, "week", TIME, NUMBER, LOOSE, "the week of a date, 1 to 52"),
    row(Modifier::Month, "month", TIME, NUMBER, LOOSE, "the month of a date, 1 to 12"),
    row(Modifier::Year, "year", TIME, NUMBER, LOOSE, "the year of a date"),
    row(Modifier::Cidr, "cidr", typing(Class::Network), TEXT, LOOSE, "the address is in the network"),
    row(
        Modifier::Expand,
        "expand",
        transforming(Class::Placeholder),
        TEXT,
        BEFORE_EXPAND,
        "`%name%` in the value is a placeholder",
    ),
    row(
        Modifier::FieldRef,
        "fieldref",
        typing(Class::Reference),
        TEXT,
        BEFORE_REFERENCE,
        "the value names another field",
    ),
];

impl Modifier {
    /// Its row. The table has every modifier at the place of its number, which a test holds.
    #[must_use]
    pub fn spec(self) -> &'static Spec {
        &MODIFIERS[self as usize]
    }

    /// As it is written.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.spec().name
    }

    /// The modifier that is written so.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        MODIFIERS.iter().find(|spec| spec.name == name).map(|spec| spec.modifier)
    }
}
