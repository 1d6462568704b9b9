//! The data types of ES|QL, and sets of them: a column whose exact type no table says has several.

use std::fmt;
use std::ops::{BitAnd, BitOr};

/// A data type (ES|QL reference, "supported types", and the types that only expressions have).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Type {
    Boolean,
    Integer,
    Long,
    UnsignedLong,
    Double,
    Keyword,
    Text,
    Ip,
    Version,
    Date,
    DateNanos,
    /// A span of days or longer: `7 days`.
    DatePeriod,
    /// A span shorter than days: `15 minutes`.
    TimeDuration,
    GeoPoint,
    GeoShape,
    CartesianPoint,
    CartesianShape,
    Geohash,
    Geotile,
    Geohex,
    DenseVector,
    CounterInteger,
    CounterLong,
    CounterDouble,
    AggregateMetricDouble,
    Histogram,
    ExponentialHistogram,
    Tdigest,
    DateRange,
    DoubleRange,
    Flattened,
    Source,
    /// A type that ES|QL cannot read, `nested` for one: the column can only be kept or dropped.
    Unsupported,
}

/// Every type with its name, in the order of [`Type`].
const NAMES: [(Type, &str); 33] = [
    (Type::Boolean, "boolean"),
    (Type::Integer, "integer"),
    (Type::Long, "long"),
    (Type::UnsignedLong, "unsigned_long"),
    (Type::Double, "double"),
    (Type::Keyword, "keyword"),
    (Type::Text, "text"),
    (Type::Ip, "ip"),
    (Type::Version, "version"),
    (Type::Date, "date"),
    (Type::DateNanos, "date_nanos"),
    (Type::DatePeriod, "date_period"),
    (Type::TimeDuration, "time_duration"),
    (Type::GeoPoint, "geo_point"),
    (Type::GeoShape, "geo_shape"),
    (Type::CartesianPoint, "cartesian_point"),
    (Type::CartesianShape, "cartesian_shape"),
    (Type::Geohash, "geohash"),
    (Type::Geotile, "geotile"),
    (Type::Geohex, "geohex"),
    (Type::DenseVector, "dense_vector"),
    (Type::CounterInteger, "counter_integer"),
    (Type::CounterLong, "counter_long"),
    (Type::CounterDouble, "counter_double"),
    (Type::AggregateMetricDouble, "aggregate_metric_double"),
    (Type::Histogram, "histogram"),
    (Type::ExponentialHistogram, "exponential_histogram"),
    (Type::Tdigest, "tdigest"),
    (Type::DateRange, "date_range"),
    (Type::DoubleRange, "double_range"),
    (Type::Flattened, "flattened"),
    (Type::Source, "_source"),
    (Type::Unsupported, "an unsupported type"),
];

impl Type {
    /// The name in the ES|QL reference.
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(ty, _)| *ty == self).map_or("", |(_, name)| name)
    }
}

/// A set of types. Full for what nothing is known of, which fits everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Types(u64);

impl Types {
    /// Anything: a column of unknown type, a parameter, null.
    pub const ANY: Self = Self((1 << NAMES.len()) - 1);
    pub const NONE: Self = Self(0);
    pub const BOOLEAN: Self = Self::of(&[Type::Boolean]);
    pub const KEYWORD: Self = Self::of(&[Type::Keyword]);
    pub const STRING: Self = Self::of(&[Type::Keyword, Type::Text]);
    /// The whole numbers, whose widths the field tables do not tell apart.
    pub const WHOLE: Self = Self::of(&[Type::Integer, Type::Long, Type::UnsignedLong]);
    pub const NUMBER: Self = Self::of(&[Type::Double, Type::Integer, Type::Long, Type::UnsignedLong]);
    pub const DATE: Self = Self::of(&[Type::Date, Type::DateNanos]);
    pub const SPAN: Self = Self::of(&[Type::DatePeriod, Type::TimeDuration]);
    pub const COUNTER: Self = Self::of(&[Type::CounterDouble, Type::CounterInteger, Type::CounterLong]);

    /// The set of these types.
    pub const fn of(types: &[Type]) -> Self {
        let mut bits = 0;
        let mut rest = types;
        while let [first, tail @ ..] = rest {
            bits |= 1 << (*first as u64);
            rest = tail;
        }
        Self(bits)
    }

    /// Reads names joined by `|`. Short names stand for the families that functions take together.
    pub fn parse(text: &str) -> Self {
        text.split('|').map(Self::named).fold(Self::NONE, BitOr::bitor)
    }

    fn named(name: &str) -> Self {
        match name {
            "num" => Self::NUMBER,
            "str" => Self::STRING,
            "time" => Self::DATE,
            "span" => Self::SPAN,
            "counter" => Self::COUNTER,
            "geo" => Self::of(&[Type::CartesianPoint, Type::CartesianShape, Type::GeoPoint, Type::GeoShape]),
            "grid" => Self::of(&[Type::Geohash, Type::Geohex, Type::Geotile]),
            "range" => Self::of(&[Type::DateRange, Type::DoubleRange]),
            "hist" => Self::of(&[Type::ExponentialHistogram, Type::Histogram, Type::Tdigest]),
            _ => NAMES.iter().find(|(_, known)| *known == name).map_or(Self::NONE, |(ty, _)| Self::of(&[*ty])),
        }
    }

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub fn has(self, ty: Type) -> bool {
        self.intersects(Self::of(&[ty]))
    }

    /// Whether some type is in both.
    pub fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether every type is in the other too.
    pub fn is_within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    pub fn iter(self) -> impl Iterator<Item = Type> {
        NAMES.iter().map(|(ty, _)| *ty).filter(move |ty| self.has(*ty))
    }

    /// What an operation on one type of each set gives, over all pairs; empty when it exists for none.
    #[must_use]
    pub fn pairs(self, other: Self, operation: impl Fn(Type, Type) -> Option<Type>) -> Self {
        if self == Self::ANY && other == Self::ANY {
            return Self::ANY;
        }
        let mut found = Self::NONE;
        for left in self.iter() {
            found = other.iter().filter_map(|right| operation(left, right)).fold(found, |all, ty| all | ty.into());
        }
        found
    }
}

impl From<Type> for Types {
    fn from(ty: Type) -> Self {
        Self::of(&[ty])
    }
}

impl BitOr for Types {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitAnd for Types {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

/// As a message says it: `a number`, `keyword or text`.
impl fmt::Display for Types {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::ANY {
            return f.write_str("of unknown type");
        }
        let mut names: Vec<&str> = Vec::new();
        let mut rest = *self;
        let families = [
            (Self::NUMBER, "a number"),
            (Self::of(&[Type::Integer, Type::Long, Type::Double]), "a number"),
            (Self::WHOLE, "a whole number"),
            (Self::STRING, "a string"),
            (Self::DATE, "a date"),
            (Self::SPAN, "a span of time"),
            (Self::COUNTER, "a counter"),
        ];
        for (family, name) in families {
            if family.is_within(rest) {
                names.push(name);
                rest = Self(rest.0 & !family.0);
            }
        }
        names.extend(rest.iter().map(Type::name));
        match names.as_slice() {
            [] => f.write_str("nothing"),
            [one] => f.write_str(one),
            [first @ .., last] => write!(f, "{} or {last}", first.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_is_found_by_its_name() {
        for (at, (ty, name)) in NAMES.iter().enumerate() {
            assert_eq!(*ty as usize, at);
            assert_eq!(Types::parse(name), Types::from(*ty));
        }
        assert_eq!(Types::ANY.iter().count(), NAMES.len());
    }

    #[test]
    fn families_are_told_by_one_word() {
        assert_eq!(Types::parse("num|str").to_string(), "a number or a string");
        assert_eq!(Types::WHOLE.to_string(), "a whole number");
        assert_eq!(Types::ANY.to_string(), "of unknown type");
        assert_eq!(Types::parse("ip|keyword|boolean").to_string(), "boolean, keyword or ip");
    }
}
