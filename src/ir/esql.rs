//! The functions of ES|QL that no other language of rules has.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

macro_rules! functions {
    ($($variant:ident = $name:literal),* $(,)?) => {
        /// A function as Elastic's ES|QL reference has it under this name. Unless it is one of those for several values (`mv_..`), it
        /// is null, which is missing here, when an argument is null or has several values. Dates are ISO 8601 text or epoch
        /// milliseconds; those that a function makes are text in UTC with milliseconds.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum EsqlFunction {
            $($variant),*
        }

        impl EsqlFunction {
            /// The name in lower case.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name),*
                }
            }

            /// The function of a name in lower case.
            pub fn from_name(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }
    };
}

functions! {
    Abs = "abs", Acos = "acos", Asin = "asin", Atan = "atan", Atan2 = "atan2", Cbrt = "cbrt", Ceil = "ceil", Cos = "cos",
    Cosh = "cosh", E = "e", Exp = "exp", Floor = "floor", Greatest = "greatest", Hypot = "hypot", Least = "least", Log = "log",
    Log10 = "log10", Pi = "pi", Pow = "pow", Round = "round", Signum = "signum", Sin = "sin", Sinh = "sinh", Sqrt = "sqrt",
    Tan = "tan", Tanh = "tanh", Tau = "tau",
    BitLength = "bit_length", ByteLength = "byte_length", Contains = "contains", EndsWith = "ends_with",
    FromBase64 = "from_base64", JsonExtract = "json_extract", Left = "left", Locate = "locate", LTrim = "ltrim",
    Repeat = "repeat", Replace = "replace", Reverse = "reverse", Right = "right", RTrim = "rtrim", Space = "space",
    Split = "split", StartsWith = "starts_with", Substring = "substring", ToBase64 = "to_base64", Trim = "trim",
    UrlDecode = "url_decode", UrlEncode = "url_encode", UrlEncodeComponent = "url_encode_component",
    Bucket = "bucket", DateDiff = "date_diff", DateExtract = "date_extract", DateFormat = "date_format",
    DateParse = "date_parse", DateTrunc = "date_trunc", DayName = "day_name", MonthName = "month_name", Now = "now",
    ToBoolean = "to_boolean", ToDatetime = "to_datetime", ToDegrees = "to_degrees", ToDouble = "to_double",
    ToGeopoint = "to_geopoint", ToInteger = "to_integer", ToIp = "to_ip", ToLong = "to_long", ToRadians = "to_radians",
    ToString = "to_string", ToUnsignedLong = "to_unsigned_long", ToVersion = "to_version",
    MvAppend = "mv_append", MvAvg = "mv_avg", MvConcat = "mv_concat", MvContains = "mv_contains", MvCount = "mv_count",
    MvDedupe = "mv_dedupe", MvDifference = "mv_difference", MvFirst = "mv_first", MvIntersection = "mv_intersection",
    MvIntersects = "mv_intersects", MvLast = "mv_last", MvMax = "mv_max", MvMedian = "mv_median", MvMin = "mv_min",
    MvSlice = "mv_slice", MvSort = "mv_sort", MvSum = "mv_sum", MvUnion = "mv_union", MvZip = "mv_zip",
    CidrMatch = "cidr_match", Coalesce = "coalesce", IpPrefix = "ip_prefix", StDistance = "st_distance", StX = "st_x", StY = "st_y",
    // Without a name of their own in ES|QL: the whole document (`_source`), the single value, and a date with a span of time.
    Document = "_source", Single = "_single", DateAdd = "_date_add",
}

impl EsqlFunction {
    /// Whether it takes an argument of several values as one.
    pub fn takes_many(self) -> bool {
        matches!(
            self,
            Self::Coalesce
                | Self::Document
                | Self::MvAppend
                | Self::MvAvg
                | Self::MvConcat
                | Self::MvContains
                | Self::MvCount
                | Self::MvDedupe
                | Self::MvDifference
                | Self::MvFirst
                | Self::MvIntersection
                | Self::MvIntersects
                | Self::MvLast
                | Self::MvMax
                | Self::MvMedian
                | Self::MvMin
                | Self::MvSlice
                | Self::MvSort
                | Self::MvSum
                | Self::MvUnion
                | Self::MvZip
        ) || self.converts()
    }

    /// A conversion: it takes several values one by one.
    pub fn converts(self) -> bool {
        matches!(
            self,
            Self::ToBoolean
                | Self::ToDatetime
                | Self::ToDegrees
                | Self::ToDouble
                | Self::ToGeopoint
                | Self::ToInteger
                | Self::ToIp
                | Self::ToLong
                | Self::ToRadians
                | Self::ToString
                | Self::ToUnsignedLong
                | Self::ToVersion
        )
    }

    /// Whether the result can have several values whatever the arguments have.
    pub fn gives_many(self) -> bool {
        matches!(
            self,
            Self::MvAppend
                | Self::MvDedupe
                | Self::MvDifference
                | Self::MvIntersection
                | Self::MvSlice
                | Self::MvSort
                | Self::MvUnion
                | Self::MvZip
                | Self::Split
        )
    }
}
