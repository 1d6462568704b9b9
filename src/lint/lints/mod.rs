//! The registry: one line per lint, in families.

/// Declares the modules `<family>/<name>.rs` and lists their `META`.
macro_rules! lints {
    ($($family:ident { $($name:ident),+ $(,)? })+) => {
        $(mod $family { $(pub(super) mod $name;)+ })+

        /// Every lint.
        pub(super) static REGISTRY: &[&super::LintMeta] = &[$($(&$family::$name::META),+),+];

        #[cfg(test)]
        const FILES: &[&str] = &[$($(concat!(stringify!($family), "/", stringify!($name), ".rs")),+),+];
    };
}

lints! {
    general { syntax, internal_error, failing_test, output_collision, bad_suppression, unknown_key, missing_file, schema, wrong_type, not_lifted, attack_format, yaml_version_dispute }
    attack { unknown_id, revoked, deprecated, tactic_technique, name, reference, versioned_mapping }
    field { unknown_field, wrong_value_type, value_domain, negated_test_drops_absent, localised_account, kql_cut_wildcard, eql_text_field, absent_process_field }
    esql { unknown_column, type_mismatch, function, placement, pattern, command, null_comparison, missing_metadata, column_prefix }
    query { eql_type, lucene_regex, wildcard_in_equality }
    value { wildcard_for_modifier, redundant_wildcard, duplicate_value, subsumed_value, over_broad_value, suspicious_escape, number_as_string, hash_format, regex_portability, modifier_combination }
    source { unknown_log_source, redundant_field, specific_log_source, index_choice, dataset_outside_index }
    meta { duplicate_rule_id, duplicate_item, tag_format, date_order, missing_metadata, duplicate_title, filter_metadata, license_id, severity_score, timeline, guide_placeholder }
    logic { required_key, newer_stack, missing_event_look_back, maxspan_schedule, rule_type_limit, indicator_mapping, unused_selection, old_aggregation, contradiction, idle_filter, rule_reference, related_rule, correlation_form, same_logic }
    style { title_style, description_style, false_positive_style, reference_style, condition_style, selection_name, single_item_list, file_name_style, duplicate_file_name, rule_folder, kql_form }
    elastic { late_events, building_block, guide, upkeep, deprecation, file_place, tag, missing_tag, integration }
    panther { null_safety }
}

#[cfg(test)]
mod tests {
    use super::{FILES, REGISTRY};
    use crate::source::Level;
    use std::path::Path;

    #[test]
    fn every_file_is_registered() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lint/lints");
        let mut found = Vec::new();
        for family in std::fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir())
        {
            for file in std::fs::read_dir(&family).unwrap().map(|entry| entry.unwrap().path()) {
                found.push(file.strip_prefix(&root).unwrap().to_string_lossy().into_owned());
            }
        }
        found.sort();
        let mut registered = FILES.to_vec();
        registered.sort_unstable();
        assert_eq!(found, registered);
    }

    #[test]
    fn names_are_unique_and_pages_complete() {
        let mut names: Vec<_> = REGISTRY.iter().map(|meta| meta.name).collect();
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count);
        for meta in REGISTRY {
            let mut sections = vec!["## What it checks", "## Why it matters", "## Fix"];
            if meta.default_level > Level::Note {
                sections.push("## Example");
            }
            for section in sections {
                assert!(meta.page.contains(section), "{}: no `{section}`", meta.name);
            }
        }
    }
}
