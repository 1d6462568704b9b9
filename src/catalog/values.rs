//! The values that a field can have, where someone states them.

use super::table::Table;
use foldhash::fast::RandomState;
use std::collections::HashSet;
use std::sync::LazyLock;

/// Rows (field, or `event.type@category`; values).
pub(super) const ECS_VALUES: Table = Table::new("values/ecs.tsv", include_str!("../../schemas/values/ecs.tsv"));
/// Rows (dataset, field, `closed` or `open`, values).
pub(super) const ENUMS: Table = Table::new("values/enums.tsv", include_str!("../../schemas/values/enums.tsv"));
/// Rows (package or beat, field, values, the version without them, source): values that ECS does not have and someone writes all the same.
pub(super) const BEYOND_ECS: Table =
    Table::new("values/beyond_ecs.tsv", include_str!("../../schemas/values/beyond_ecs.tsv"));
/// One Okta event type a row.
pub(super) const OKTA_EVENT_TYPES: Table =
    Table::new("values/okta_event_types.txt", include_str!("../../schemas/values/okta_event_types.txt"));

/// Read once: a rule can ask for the type in many places.
static OKTA: LazyLock<Vec<&str>> = LazyLock::new(|| OKTA_EVENT_TYPES.rows().map(|row| row.col(0)).collect());

/// Every field that some dataset states the values of: a rule's fields are nearly always others.
static STATED: LazyLock<HashSet<&str, RandomState>> = LazyLock::new(|| {
    let own = ENUMS.rows().map(|row| row.col(1)).chain(ECS_VALUES.rows().map(|row| row.col(0)));
    own.chain(EVENT_TYPE_FIELDS).collect()
});

/// Where Okta's event types stand, by Elastic's and the vendor's names.
const EVENT_TYPE_FIELDS: [&str; 3] = ["okta.event_type", "eventType", "event.action"];

/// One tag of elastic/detection-rules a row.
pub(super) const ELASTIC_TAGS: Table =
    Table::new("values/elastic_tags.txt", include_str!("../../schemas/values/elastic_tags.txt"));

/// The controlled tags of elastic/detection-rules, in byte order.
pub fn elastic_tags() -> impl Iterator<Item = &'static str> {
    ELASTIC_TAGS.rows().map(|row| row.col(0))
}

/// The controlled tag that is the text in any letter case.
pub fn elastic_tag(text: &str) -> Option<&'static str> {
    let as_listed = ELASTIC_TAGS.find(text).map(|row| row.col(0));
    as_listed.or_else(|| elastic_tags().find(|tag| tag.eq_ignore_ascii_case(text)))
}

/// The known values of a field. Letter case counts: the fields are keywords.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Domain {
    /// The values, in byte order.
    pub values: Vec<&'static str>,
    /// No other value can occur. Otherwise the list is what was known on its day.
    pub closed: bool,
    /// The list is ECS's: it binds those who follow ECS.
    pub by_ecs: bool,
    /// The field has the values in any letter case.
    pub any_case: bool,
}

/// Who writes a value that ECS does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Writer {
    /// A package or a beat.
    pub name: &'static str,
    /// The first version that no longer does; `None` while it does.
    pub until: Option<&'static str>,
    /// Where that is said.
    pub source: &'static str,
}

/// Who of the packages and beats writes the value into the field although ECS does not have it.
pub fn writer<'a>(names: impl IntoIterator<Item = &'a str>, field: &str, value: &str) -> Option<Writer> {
    let row = |name: &str| BEYOND_ECS.find(&format!("{name}\t{field}"));
    let writes = |row: &super::table::Row| row.list(2).any(|known| known == value);
    let row = names.into_iter().filter_map(row).find(writes)?;
    let until = Some(row.col(3)).filter(|version| !version.is_empty());
    Some(Writer { name: row.col(0), until, source: row.col(4) })
}

/// The known values of a field; `dataset` is the Elastic dataset that the rule reads (`okta.system`), for names that
/// mean something only there: Panther's and Sigma's raw names too.
pub fn domain(dataset: Option<&str>, field: &str) -> Option<Domain> {
    if !STATED.contains(field) {
        return None;
    }
    let in_okta = dataset == Some("okta.system");
    let is_event_type = field == "okta.event_type" || in_okta && EVENT_TYPE_FIELDS.contains(&field);
    if is_event_type {
        return Some(Domain { values: OKTA.clone(), closed: false, by_ecs: false, any_case: false });
    }
    // A field with the integration's own name says itself which dataset it is of.
    let own = field.starts_with("okta.").then_some("okta.system");
    if let Some(row) = dataset.or(own).and_then(|dataset| ENUMS.find(&format!("{dataset}\t{field}"))) {
        return Some(Domain {
            values: row.list(3).collect(),
            closed: row.col(2) == "closed",
            by_ecs: false,
            any_case: false,
        });
    }
    let row = ECS_VALUES.find(field)?;
    Some(Domain { values: row.list(1).collect(), closed: true, by_ecs: true, any_case: false })
}

/// The `event.type` values that ECS expects beside an `event.category`.
pub fn event_types(category: &str) -> Option<Vec<&'static str>> {
    Some(ECS_VALUES.find(&format!("event.type@{category}"))?.list(1).collect())
}

/// Longer values are not taken apart or compared.
const MAX_LENGTH: usize = 512;

/// What people put between values of a list, in text that lost its layout.
const GLUE: [&str; 8] = ["or", "and", "OR", "AND", ",", ";", "/", "|"];

impl Domain {
    /// Whether the value is known, in exactly this letter case.
    pub fn contains(&self, value: &str) -> bool {
        self.values.binary_search(&value).is_ok()
    }

    /// The known value that differs in letter case only.
    pub fn other_case(&self, value: &str) -> Option<&'static str> {
        self.values.iter().find(|known| known.eq_ignore_ascii_case(value) && **known != value).copied()
    }

    /// Up to `limit` known values that `value` may have been meant for, nearest first.
    pub fn near(&self, value: &str, limit: usize) -> Vec<&'static str> {
        if value.len() > MAX_LENGTH {
            return Vec::new();
        }
        let wanted = value.to_ascii_lowercase();
        let most = (wanted.len() / 4).clamp(1, 5);
        let rank = |known: &&'static str| {
            let distance = strsim::osa_distance(&known.to_ascii_lowercase(), &wanted);
            (distance <= most && *known != value).then_some((distance, *known))
        };
        let close = self.values.iter().filter(|known| known.len().abs_diff(wanted.len()) <= most);
        let mut found: Vec<_> = close.filter_map(rank).collect();
        found.sort_unstable();
        found.into_iter().take(limit).map(|(_, known)| known).collect()
    }

    /// Two or more known values that run together to make `value`, perhaps with `or`, `and` or a separator between
    /// them; `None` when it is not so, or is itself a known value.
    pub fn glued(&self, value: &str) -> Option<Vec<&'static str>> {
        if value.len() > MAX_LENGTH || self.contains(value) {
            return None;
        }
        // ends[i]: the last value of a way to spell value[..i], and where it starts.
        let mut ends: Vec<Option<(usize, &'static str)>> = vec![None; value.len() + 1];
        for start in 0..value.len() {
            if start > 0 && ends[start].is_none() {
                continue;
            }
            for (from, known) in self.starting(value, start, start > 0) {
                // The longest value wins: `reset_all` over `reset`.
                let end = &mut ends[from + known.len()];
                if end.is_none() {
                    *end = Some((start, known));
                }
            }
        }
        let mut parts = Vec::new();
        let mut at = value.len();
        while at > 0 {
            let (start, known) = ends[at]?;
            parts.push(known);
            at = start;
        }
        parts.reverse();
        (parts.len() > 1).then_some(parts)
    }

    /// The known values at `start`, or after glue there, with the place where they begin.
    fn starting(&self, value: &str, start: usize, glue: bool) -> Vec<(usize, &'static str)> {
        let mut begins = vec![start];
        if glue && let Some(rest) = value.get(start..) {
            let trimmed = rest.trim_start();
            begins.push(value.len() - trimmed.len());
            let after = GLUE.iter().filter_map(|word| trimmed.strip_prefix(word)).map(str::trim_start);
            begins.extend(after.map(|rest| value.len() - rest.len()));
        }
        begins.dedup();
        let at = |from: &usize| {
            let from = *from;
            let rest = value.get(from..).unwrap_or("");
            self.values
                .iter()
                .filter(move |known| !known.is_empty() && rest.starts_with(**known))
                .map(move |k| (from, *k))
        };
        begins.iter().flat_map(at).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn okta() -> Domain {
        domain(Some("okta.system"), "eventType").unwrap()
    }

    #[test]
    fn ecs_values_are_closed_and_case_matters() {
        let outcome = domain(None, "event.outcome").unwrap();
        assert_eq!(outcome.values, ["failure", "success", "unknown"]);
        assert!(outcome.closed && outcome.contains("success") && !outcome.contains("SUCCESS"));
        assert_eq!(outcome.other_case("Success"), Some("success"));
        assert_eq!(outcome.near("sucess", 2), ["success"]);
        assert!(domain(None, "event.category").unwrap().contains("process"));
        assert_eq!(domain(None, "process.name"), None);
        assert_eq!(event_types("authentication").unwrap(), ["end", "info", "start"]);
        assert_eq!(event_types("no"), None);
    }

    #[test]
    fn some_write_what_ecs_does_not_have() {
        let traffic = |names: &[&'static str]| writer(names.iter().copied(), "event.category", "network_traffic");
        assert_eq!(traffic(&["winlogbeat", "packetbeat"]).unwrap().until, Some("8.0"));
        assert_eq!(traffic(&["winlogbeat"]), None);
        assert_eq!(writer(["okta"], "event.type", "network").unwrap().until, None);
        assert_eq!(writer(["okta"], "event.type", "net"), None);
    }

    #[test]
    fn okta_event_types_in_three_worlds() {
        for field in ["eventType", "okta.event_type", "event.action"] {
            let types = domain(Some("okta.system"), field).unwrap();
            assert_eq!(types.values.len(), 1_178);
            assert!(types.contains("user.mfa.factor.reset_all") && !types.closed);
        }
        assert!(domain(None, "okta.event_type").is_some());
        assert_eq!(domain(None, "eventType"), None);
        assert!(!domain(Some("aws.cloudtrail"), "eventType").unwrap().contains("user.session.start"));
        assert_eq!(okta().near("user.mfa.factor.reset_al", 1), ["user.mfa.factor.reset_all"]);
        assert_eq!(okta().other_case("User.Session.Start"), Some("user.session.start"));
    }

    #[test]
    fn okta_results_are_upper_case() {
        for (dataset, field) in [(Some("okta.system"), "outcome.result"), (None, "okta.outcome.result")] {
            let results = domain(dataset, field).unwrap();
            assert!(results.closed);
            for known in ["SUCCESS", "FAILURE", "SKIPPED", "ALLOW", "DENY", "CHALLENGE", "UNKNOWN"] {
                assert!(results.contains(known), "{known}");
            }
            assert_eq!(results.other_case("success"), Some("SUCCESS"));
        }
    }

    #[test]
    fn values_that_run_together_are_taken_apart() {
        let two = ["user.mfa.factor.deactivate", "user.mfa.factor.reset_all"];
        for text in [
            "user.mfa.factor.deactivateoruser.mfa.factor.reset_all",
            "user.mfa.factor.deactivateuser.mfa.factor.reset_all",
            "user.mfa.factor.deactivate or user.mfa.factor.reset_all",
            "user.mfa.factor.deactivate, user.mfa.factor.reset_all",
        ] {
            assert_eq!(okta().glued(text).as_deref(), Some(&two[..]), "{text}");
        }
        let three = "zone.updateorzone.deleteorzone.deactivate";
        assert_eq!(okta().glued(three).unwrap(), ["zone.update", "zone.delete", "zone.deactivate"]);
        for text in [
            "",
            "or",
            "user.mfa.factor.reset_all",
            "user.mfa.factor.deactivateor",
            "orzone.update",
            "é",
            "zone.updateoré",
        ] {
            assert_eq!(okta().glued(text), None, "{text}");
        }
        assert_eq!(okta().glued(&"zone.update".repeat(1_000)), None);
    }

    #[test]
    fn lists_are_in_order() {
        for table in [ECS_VALUES, ENUMS] {
            for row in table.rows() {
                let values: Vec<_> = row.list(if table.path() == ENUMS.path() { 3 } else { 1 }).collect();
                assert!(values.is_sorted(), "{}", row.line());
            }
        }
    }
}
