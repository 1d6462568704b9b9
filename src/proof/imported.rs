//! The lines that Kibana imports as the files of Elastic's repository that its export would become: what the import has flat is nested
//! again, and the exception lists stand in a file of their own.

use serde_json::{Map, Value, json};

/// The text of the rule's file, and that of its exception lists where it has any.
///
/// # Errors
/// When the text is not made of such lines.
pub(super) fn files(text: &str) -> Result<(String, Option<String>), String> {
    let mut rule = None;
    let mut lists: Vec<(Value, Vec<Value>)> = Vec::new();
    for line in text.lines() {
        let line: Map<String, Value> = serde_json::from_str(line).map_err(|error| error.to_string())?;
        let of_list = |(list, _): &&mut (Value, Vec<Value>)| list.get("list_id") == line.get("list_id");
        if line.contains_key("entries") {
            let (_, items) = lists.iter_mut().find(of_list).ok_or("an exception item stands before its list")?;
            items.push(Value::Object(line));
        } else if line.contains_key("list_id") {
            lists.push((Value::Object(line), Vec::new()));
        } else {
            rule = Some(line);
        }
    }
    let rule = toml(&nested(rule.ok_or("no line is a rule")?))?;
    if lists.is_empty() {
        return Ok((rule, None));
    }
    let lists: Vec<Value> = lists.into_iter().map(|(list, items)| json!({"container": list, "items": items})).collect();
    Ok((rule, Some(toml(&json!({"exceptions": lists}))?)))
}

fn nested(mut rule: Map<String, Value>) -> Value {
    // The version counts imports, and is none of the author's keys.
    rule.remove("version");
    let metadata = rule.remove("meta").unwrap_or_else(|| json!({}));
    if let (Some(fields), Some(start)) = (rule.remove("new_terms_fields"), rule.remove("history_window_start")) {
        let start = json!([{"field": "history_window_start", "value": start}]);
        let terms = json!({"field": "new_terms_fields", "value": fields, "history_window_start": start});
        rule.insert("new_terms".to_owned(), terms);
    }
    json!({"metadata": metadata, "rule": rule})
}

fn toml(value: &Value) -> Result<String, String> {
    toml::to_string(value).map_err(|error| error.to_string())
}
