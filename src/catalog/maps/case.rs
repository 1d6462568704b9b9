//! Values that an ingest makes from several fields of an event.

use crate::catalog::ingest::at;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// One of the cases by which a value is made: the first that an event fits counts.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// What an event has that fits: in each of these raw fields one of the values (`*`: any). Without any, every event fits.
    #[serde(default)]
    pub when: BTreeMap<String, Vec<String>>,
    /// Letter case of the values does not matter.
    #[serde(default)]
    pub any_case: bool,
    /// A raw list that has exactly one item in events that fit.
    pub one: Option<String>,
    /// The indexed value.
    pub then: String,
}

impl Case {
    /// The value that stands for any.
    pub const ANY: &'static str = "*";

    /// Whether the event fits.
    pub fn fits(&self, event: &Value) -> bool {
        let is_one = |list: &String| matches!(at(event, list), Some(Value::Array(items)) if items.len() == 1);
        self.one.iter().all(is_one) && self.when.iter().all(|(field, values)| self.has(event, field, values))
    }

    fn has(&self, event: &Value, field: &str, values: &[String]) -> bool {
        let found = at(event, field).unwrap_or_default();
        let items = if let Value::Array(items) = &found { items.as_slice() } else { std::slice::from_ref(&found) };
        items.iter().filter(|item| !item.is_null()).any(|item| values.iter().any(|value| self.is(item, value)))
    }

    fn is(&self, item: &Value, value: &str) -> bool {
        let is_text = |text: &str| text == value || self.any_case && text.eq_ignore_ascii_case(value);
        value == Self::ANY || item.as_str().map_or_else(|| is_text(&item.to_string()), is_text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn case(text: &str) -> Case {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn a_case_asks_for_all_of_its_fields() {
        let login = case(
            r#"when = { name = ["Login"], "said.result" = ["Failure", "Denied"] }
then = "failure""#,
        );
        assert!(login.fits(&json!({"name": "Login", "said": {"result": "Denied"}})));
        assert!(!login.fits(&json!({"name": "Login", "said": {"result": "denied"}})));
        assert!(!login.fits(&json!({"name": "Login"})));
        let error = case(
            r#"when = { code = ["*"] }
then = "failure""#,
        );
        assert!(error.fits(&json!({"code": 0})));
        assert!(!error.fits(&json!({"code": null})));
        assert!(case(r#"then = "unknown""#).fits(&json!({})));
    }

    #[test]
    fn a_case_may_ask_for_a_list_of_one() {
        let granted = case(
            r#"when = { "grants[].given" = ["true"] }
one = "grants"
then = "success""#,
        );
        assert!(granted.fits(&json!({"grants": [{"given": true}]})));
        assert!(!granted.fits(&json!({"grants": [{"given": true}, {"given": true}]})));
        assert!(!granted.fits(&json!({"grants": [{"given": false}]})));
    }
}
