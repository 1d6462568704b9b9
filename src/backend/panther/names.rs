//! Names for constants, files and rules.

use super::atom::Relation;
use crate::ir::Subject;

/// Words that security scanners take for a leaked secret when a string is assigned to them.
const SECRET_WORDS: &[&str] =
    &["PASS", "PASSWORD", "PASSWD", "PASWD", "PASSPHRASE", "PWD", "TOKEN", "SECRET", "SECRETE"];

/// The upper-case name that a term gives to its constants: the last key of its path.
pub(super) fn of_subject(subject: &Subject, bound: &[(String, String)]) -> String {
    match subject {
        Subject::Field(path) | Subject::Member(_, path) => {
            upper(path.segments().last().map(AsRef::as_ref).unwrap_or_default())
        }
        Subject::Elements(inner) | Subject::Items(inner) => of_subject(inner, bound),
        Subject::Element(up) => bound
            .len()
            .checked_sub(usize::from(*up) + 1)
            .and_then(|index| bound.get(index))
            .map_or_else(|| "ITEM".to_owned(), |(_, name)| name.clone()),
        Subject::Call(_, arguments) => {
            arguments.first().map_or_else(|| "VALUE".to_owned(), |first| of_subject(first, bound))
        }
        Subject::If(_, then, _) => of_subject(then, bound),
        Subject::Collect { items, .. } | Subject::Fold { items, .. } => of_subject(items, bound),
        Subject::AnyField(_) => "KEYWORD".to_owned(),
        Subject::Constant(_) | Subject::Opaque { .. } => "VALUE".to_owned(),
    }
}

/// `EVENT_TYPES`
pub(super) fn of_list(name: &str, relation: Relation) -> String {
    match relation {
        Relation::Equal if name.ends_with('S') => format!("{name}_VALUES"),
        Relation::Equal => format!("{name}S"),
        Relation::Prefix => format!("{name}_PREFIXES"),
        Relation::Suffix => format!("{name}_SUFFIXES"),
        Relation::Contains => format!("{name}_PARTS"),
        Relation::Network => format!("{name}_NETWORKS"),
    }
}

/// `EVENT_TYPE_PREFIX`
pub(super) fn of_one(name: &str, relation: Relation) -> String {
    let word = match relation {
        Relation::Equal => "VALUE",
        Relation::Prefix => "PREFIX",
        Relation::Suffix => "SUFFIX",
        Relation::Contains => "PART",
        Relation::Network => "NETWORK",
    };
    format!("{name}_{word}")
}

/// `eventType` as `EVENT_TYPE`.
fn upper(name: &str) -> String {
    let mut words: Vec<String> = words(name).iter().map(|word| word.to_ascii_uppercase()).collect();
    words.iter_mut().filter(|word| SECRET_WORDS.contains(&word.as_str())).for_each(|word| "FIELD".clone_into(word));
    let joined = words.join("_");
    if joined.starts_with(|c: char| c.is_ascii_alphabetic()) { joined } else { format!("FIELD_{joined}") }
}

/// The words of a name in any style: at non-letters, and where a capital follows a small letter.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut previous = ' ';
    for c in name.chars() {
        if !c.is_ascii_alphanumeric() || (c.is_ascii_uppercase() && previous.is_ascii_lowercase()) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| c.is_ascii_alphanumeric()) {
            word.push(c);
        }
        previous = c;
    }
    words.retain(|word| !word.is_empty());
    words
}

/// The longest base name of a file, so that its path fits every file system.
const MAX_BASE_NAME: usize = 80;

/// A title as a module's name: `okta_mfa_reset`.
pub(super) fn module_name(title: &str) -> String {
    let mut name = String::new();
    for word in title.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()) {
        if name.len() + word.len() >= MAX_BASE_NAME {
            break;
        }
        if !name.is_empty() {
            name.push('_');
        }
        name.push_str(&word.to_ascii_lowercase());
    }
    match name.chars().next() {
        None => "rule".to_owned(),
        Some(first) if first.is_ascii_digit() => format!("rule_{name}"),
        Some(_) => name,
    }
}

/// A log type and a title as a rule's id: `Okta.MFAReset`.
pub(super) fn rule_id(log_type: &str, title: &str) -> String {
    let family = log_type.split('.').next().filter(|family| !family.is_empty()).unwrap_or("Custom");
    let mut name = String::new();
    for word in title.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()) {
        if word.eq_ignore_ascii_case(family) && name.is_empty() {
            continue;
        }
        if name.len() + word.len() > MAX_BASE_NAME {
            break;
        }
        let mut letters = word.chars();
        name.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        name.extend(letters);
    }
    if name.is_empty() { format!("{family}.Rule") } else { format!("{family}.{name}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_fields() {
        assert_eq!(upper("eventType"), "EVENT_TYPE");
        assert_eq!(upper("sourceIPAddress"), "SOURCE_IPADDRESS");
        assert_eq!(upper("access_token"), "ACCESS_FIELD");
        assert_eq!(upper("1st"), "FIELD_1ST");
        assert_eq!(of_list("ACTIONS", Relation::Equal), "ACTIONS_VALUES");
    }

    #[test]
    fn names_of_rules() {
        assert_eq!(rule_id("Okta.SystemLog", "Okta MFA Reset or Deactivated"), "Okta.MFAResetOrDeactivated");
        assert_eq!(rule_id("", "éé"), "Custom.Rule");
        assert_eq!(module_name("Okta: MFA Reset (2)"), "okta_mfa_reset_2");
        assert_eq!(module_name("7-Zip"), "rule_7_zip");
    }
}
