//! Names that were mistyped.

/// The known name that a mistyped one was meant for, in whatever letter case: no more than a third of its letters are wrong, missing,
/// too many or swapped. Of equally near ones the first.
pub fn nearest<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let wanted = name.to_lowercase();
    let most = name.chars().count().div_ceil(3);
    let near = |known: &'k str| {
        let distance = strsim::osa_distance(&wanted, &known.to_lowercase());
        (distance <= most).then_some((distance, known))
    };
    known.into_iter().filter_map(near).min_by_key(|(distance, _)| *distance).map(|(_, known)| known)
}

/// The [`nearest`] name, or else the shortest one that goes on where the name ends (`risk` for `risk_score`), or that it goes on from:
/// for lists outside of which nothing is allowed.
pub fn nearest_or_longer<'k>(name: &str, known: impl IntoIterator<Item = &'k str> + Clone) -> Option<&'k str> {
    let wanted = name.to_lowercase();
    let begins = |known: &&'k str| {
        let known = known.to_lowercase();
        wanted.len().min(known.len()) >= FEWEST && (known.starts_with(&wanted) || wanted.starts_with(&known))
    };
    nearest(name, known.clone()).or_else(|| known.into_iter().filter(begins).min_by_key(|known| known.len()))
}

/// Fewer letters than these begin too many names.
const FEWEST: usize = 3;

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 5] = ["title", "tags", "risk_score", "DedupPeriodMinutes", "status"];

    #[test]
    fn slips_are_found_in_any_letter_case() {
        for (name, meant) in
            [("titel", Some("title")), ("TAGS", Some("tags")), ("tag", Some("tags")), ("statsu", Some("status"))]
        {
            assert_eq!(nearest(name, NAMES), meant, "{name}");
        }
        assert_eq!(nearest("risk", NAMES), None);
        assert_eq!(nearest("", NAMES), None);
    }

    #[test]
    fn a_name_that_was_cut_short_is_found_in_a_closed_list() {
        assert_eq!(nearest_or_longer("risk", NAMES), Some("risk_score"));
        assert_eq!(nearest_or_longer("dedupPeriod", NAMES), Some("DedupPeriodMinutes"));
        assert_eq!(nearest_or_longer("status_code", NAMES), Some("status"));
        assert_eq!(nearest_or_longer("ri", NAMES), None);
    }
}
