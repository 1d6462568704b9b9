//! `from`, `interval` and other times of a rule, in Elasticsearch's date math.

use std::time::Duration;

/// How far `now-9m` lies back. Rounding (`now-7d/d`) does not count. `None` for anything else.
pub(super) fn look_back(text: &str) -> Option<Duration> {
    let rest = text.trim().strip_prefix("now")?;
    let rest = rest.split_once('/').map_or(rest, |(head, _)| head);
    if rest.is_empty() {
        return Some(Duration::ZERO);
    }
    interval(rest.strip_prefix('-')?)
}

/// The length of `5m`. Months and years are counted as 30 and 365 days.
pub(super) fn interval(text: &str) -> Option<Duration> {
    let text = text.trim();
    let unit = text.chars().next_back()?;
    let number: u64 = text[..text.len() - unit.len_utf8()].parse().ok()?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' | 'H' => 3_600,
        'd' => 86_400,
        'w' => 7 * 86_400,
        'M' => 30 * 86_400,
        'y' => 365 * 86_400,
        _ => return None,
    };
    number.checked_mul(seconds).map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn date_math_gives_lengths() {
        assert_eq!(look_back("now-9m"), Some(Duration::from_mins(9)));
        assert_eq!(look_back("now-7d/d"), Some(Duration::from_hours(7 * 24)));
        assert_eq!(look_back("now"), Some(Duration::ZERO));
        assert_eq!(look_back("yesterday"), None);
        assert_eq!(interval("1h"), Some(Duration::from_hours(1)));
        assert_eq!(interval("h"), None);
        assert_eq!(interval("9é"), None);
        assert_eq!(interval("99999999999999999999d"), None);
    }
}
