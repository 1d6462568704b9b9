//! Forms of strings that rule files hold.

use crate::catalog::versions::Version;
use crate::ir::DateConstant;

/// A form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::frontend::elastic) enum Form {
    /// `2026/01/31`
    Date,
    /// Lower-case hexadecimal digits with dashes.
    Uuid,
    /// `8.19` or `9.3.0`
    Version,
    /// `5m`: seconds, minutes, hours or days.
    Interval,
    /// `now-5m/m`: a moment by the clock.
    Moment,
    /// Any text but the empty one.
    NotEmpty,
}

impl Form {
    /// What is expected, for a message.
    pub(super) fn describe(self) -> &'static str {
        match self {
            Self::Date => "a date like `2026/01/31`",
            Self::Uuid => "a UUID in lower case",
            Self::Version => "a version like `9.3.0`",
            Self::Interval => "a length like `5m`",
            Self::Moment => "date math like `now` or `now-5m`",
            Self::NotEmpty => "a string that is not empty",
        }
    }

    /// Whether the text has the form.
    pub(in crate::frontend::elastic) fn holds(self, text: &str) -> bool {
        match self {
            Self::Date => is_date(text),
            Self::Uuid => is_uuid(text),
            Self::Version => Version::parse(text).is_some(),
            Self::Interval => is_interval(text),
            Self::Moment => DateConstant::parse(text).is_some_and(|date| date.is_relative()),
            Self::NotEmpty => !text.is_empty(),
        }
    }
}

fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('/').collect();
    let [year, month, day] = parts.as_slice() else { return false };
    if (year.len(), month.len(), day.len()) != (4, 2, 2) || !text.bytes().all(|b| b.is_ascii_digit() || b == b'/') {
        return false;
    }
    let numbers = (year.parse(), month.parse(), day.parse());
    matches!(numbers, (Ok(year), Ok(month), Ok(day)) if jiff::civil::Date::new(year, month, day).is_ok())
}

/// Two published rules carry an id with a digit too many or in a variant that no UUID has; the form alone is asked for.
fn is_uuid(text: &str) -> bool {
    let lengths: Vec<usize> = text.split('-').map(str::len).collect();
    lengths == [8, 4, 4, 4, 12] && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f' | b'-'))
}

fn is_interval(text: &str) -> bool {
    let digits = text.strip_suffix(['m', 's', 'h', 'd']).unwrap_or_default();
    !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_those_of_the_schema() {
        assert!(Form::Date.holds("2024/02/29") && !Form::Date.holds("2023/02/29") && !Form::Date.holds("2023-02-01"));
        assert!(Form::Uuid.holds("0c9a14d9-d65d-486f-9b5b-91e4e6b22bd0"));
        assert!(!Form::Uuid.holds("0C9A14D9-D65D-486F-9B5B-91E4E6B22BD0") && !Form::Uuid.holds("x"));
        assert!(Form::Interval.holds("60m") && !Form::Interval.holds("m") && !Form::Interval.holds("1w"));
        assert!(Form::Moment.holds("now") && Form::Moment.holds("now-5m/m") && !Form::Moment.holds("now+1"));
        assert!(Form::Version.holds("9.3.0") && Form::Version.holds("8.19") && !Form::Version.holds("9"));
    }
}
