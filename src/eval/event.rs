//! Field lookup: how the paths of a rule meet an event.

use super::expr::Found;
use super::keys::{Keys, in_other_case};
use super::time::event_time;
use super::windows::{EventShape, Layout};
use crate::catalog::ingest::get;
use crate::ir::{EventModel, FieldPath, Pattern};
use jiff::Timestamp;
use serde_json::Value as Json;
use smallvec::{SmallVec, smallvec};
use std::borrow::Cow;

/// An event as the rules of one dialect see it.
#[derive(Debug, Clone, Copy)]
pub struct Event<'e> {
    json: &'e Json,
    model: EventModel,
    layout: Layout,
    clock: Option<Timestamp>,
}

impl<'e> Event<'e> {
    pub fn new(json: &'e Json, model: EventModel) -> Self {
        let layout = if model == EventModel::Sigma { Layout::of(json, None) } else { Layout::Plain };
        Self { json, model, layout, clock: None }
    }

    /// The event where it is known how it is stored.
    #[must_use]
    pub fn shaped(self, shape: Option<EventShape>) -> Self {
        match shape {
            Some(_) if self.model == EventModel::Sigma => Self { layout: Layout::of(self.json, shape), ..self },
            _ => self,
        }
    }

    pub(super) fn layout(&self) -> Layout {
        self.layout
    }

    /// The event as it is seen at a time.
    #[must_use]
    pub fn seen_at(self, clock: Option<Timestamp>) -> Self {
        Self { clock, ..self }
    }

    /// What `now` means in a condition: the time at which the event is seen, else its own.
    pub(super) fn now(&self) -> Option<Timestamp> {
        self.clock.or_else(|| event_time(self.json))
    }

    pub fn json(&self) -> &'e Json {
        self.json
    }

    pub fn model(&self) -> EventModel {
        self.model
    }

    /// All values that the path leads to: more than one only where the model enters arrays of objects.
    pub fn lookup(&self, path: &FieldPath) -> Found<'e> {
        match self.model {
            EventModel::Sigma => self.sigma(path),
            _ => below(self.json, path, self.model),
        }
    }

    /// The whole value of a field; `None` when it is missing. Several hits are one array. In an Elasticsearch document null,
    /// missing and an array without values are all missing, and an array of one value is that value.
    pub fn value(&self, path: &FieldPath) -> Option<Cow<'e, Json>> {
        whole(self.lookup(path), self.model)
    }

    /// The values of the field one by one ([`elements`]).
    pub fn elements(&self, path: &FieldPath) -> Found<'e> {
        let mut found = Found::new();
        self.lookup(path).into_iter().for_each(|value| elements(value, &mut found));
        found
    }

    fn sigma(&self, path: &FieldPath) -> Found<'e> {
        let name = path.name_ref();
        let roots = self.layout.roots(self.json);
        for case_sensitive in [true, false] {
            let keys = Keys { case_sensitive };
            // The event log's own fields come before the header's: `Channel` of EventData is not the event's channel.
            if let Some(value) = roots.iter().find_map(|root| keys.get(root, &name)) {
                return if value.get("#text").or(value.get("Value")).is_some() {
                    smallvec![self.layout.header(self.json, &name).unwrap_or(value)]
                } else {
                    smallvec![value]
                };
            }
            if let Some(value) = self.layout.header(self.json, &name) {
                return smallvec![value];
            }
            let found = roots.iter().map(|root| keys.paths(root, &name)).find(|found| !found.is_empty());
            if let Some(found) = found {
                return found;
            }
        }
        Found::new()
    }

    /// The values of the leaf fields whose dotted name fits the pattern; arrays item by item. Names compare with case in
    /// Elasticsearch documents and resources, without elsewhere.
    pub(super) fn leaves(&self, pattern: &super::wildcard::Wildcard) -> Vec<&'e Json> {
        let mut found = Vec::new();
        let mut stack = vec![(String::new(), self.json)];
        while let Some((name, value)) = stack.pop() {
            match value {
                Json::Object(map) => {
                    let entries = map.iter().rev().map(|(key, value)| {
                        let name = if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
                        (name, value)
                    });
                    stack.extend(entries);
                }
                Json::Array(items) => stack.extend(items.iter().rev().map(|item| (name.clone(), item))),
                Json::Null => {}
                _ if pattern.matches(&name) => found.push(value),
                _ => {}
            }
        }
        found
    }

    /// The pattern of [`Self::leaves`], prepared.
    pub(super) fn name_pattern(pattern: &Pattern, model: EventModel) -> super::wildcard::Wildcard {
        let exact = matches!(model, EventModel::Elastic | EventModel::PantherResource);
        let case = if exact { crate::ir::Case::Sensitive } else { crate::ir::Case::Insensitive };
        super::wildcard::Wildcard::new(pattern, case)
    }
}

/// The values below another value, by the model.
pub(super) fn below<'e>(value: &'e Json, path: &FieldPath, model: EventModel) -> Found<'e> {
    match model {
        EventModel::Elastic => Keys { case_sensitive: true }.paths(value, &path.name_ref()),
        EventModel::Sigma => {
            let name = path.name_ref();
            for case_sensitive in [true, false] {
                let keys = Keys { case_sensitive };
                let found = keys.get(value, &name).map_or_else(|| keys.paths(value, &name), |value| smallvec![value]);
                if !found.is_empty() {
                    return found;
                }
            }
            Found::new()
        }
        EventModel::Panther => {
            path.segments().iter().try_fold(value, |value, key| panther_key(value, key)).into_iter().collect()
        }
        EventModel::PantherResource => {
            path.segments().iter().try_fold(value, |value, key| value.get(&**key)).into_iter().collect()
        }
        EventModel::Columns => {
            let keys = |case_sensitive| Keys { case_sensitive }.get(value, &path.name_ref());
            keys(true).or_else(|| keys(false)).into_iter().collect()
        }
    }
}

/// One key of a Panther mapping: exact first, else the first that is equal in lower case.
pub(super) fn panther_key<'e>(value: &'e Json, key: &str) -> Option<&'e Json> {
    let map = value.as_object()?;
    get(map, key).or_else(|| in_other_case(map, key))
}

/// Several hits as one value.
pub(super) fn whole(mut hits: Found<'_>, model: EventModel) -> Option<Cow<'_, Json>> {
    if model == EventModel::Elastic {
        let mut found = Found::new();
        hits.iter().for_each(|value| elements(value, &mut found));
        match found.as_slice() {
            [] => return None,
            [one] => return Some(Cow::Borrowed(*one)),
            _ if hits.len() > 1 => return Some(Cow::Owned(found.into_iter().cloned().collect())),
            _ => {}
        }
    }
    match hits.len() {
        0 | 1 => hits.pop().map(Cow::Borrowed),
        _ => {
            let mut found = Found::new();
            hits.iter().for_each(|value| elements(value, &mut found));
            Some(Cow::Owned(found.into_iter().cloned().collect()))
        }
    }
}

/// Arrays flattened at every level, nulls left out, a scalar or an object alone.
pub(super) fn elements<'e>(value: &'e Json, found: &mut Found<'e>) {
    let mut stack: SmallVec<[&Json; 4]> = smallvec![value];
    while let Some(value) = stack.pop() {
        match value {
            Json::Array(items) => stack.extend(items.iter().rev()),
            Json::Null => {}
            _ => found.push(value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn values(event: &Json, model: EventModel, name: &str) -> Json {
        Event::new(event, model).lookup(&FieldPath::dotted(name)).into_iter().cloned().collect()
    }

    #[test]
    fn elastic_reads_every_mixture_of_nested_and_dotted() {
        let event = json!({"a.b": {"c": 1}, "a": {"b.c": 2, "b": {"c": [3, 4]}}, "a.b.c": 5});
        assert_eq!(values(&event, EventModel::Elastic, "a.b.c"), json!([[3, 4], 2, 1, 5]));
        assert_eq!(values(&json!({"A": 1}), EventModel::Elastic, "a"), json!([]));
    }

    #[test]
    fn elastic_flattens_arrays_of_objects() {
        let event = json!({"a": [{"b": 1}, {"b": [2, null]}, {"c": 3}, [{"b": 4}]]});
        let event = Event::new(&event, EventModel::Elastic);
        let path = FieldPath::dotted("a.b");
        assert_eq!(event.elements(&path).as_slice(), [&json!(1), &json!(2), &json!(4)]);
        assert_eq!(event.value(&path).as_deref(), Some(&json!([1, 2, 4])));
    }

    #[test]
    fn elastic_null_missing_and_empty_are_one() {
        for event in [json!({"a": null}), json!({}), json!({"a": []}), json!({"a": [null, []]})] {
            assert_eq!(Event::new(&event, EventModel::Elastic).value(&FieldPath::dotted("a")), None, "{event}");
        }
        assert!(Event::new(&json!({"a": ""}), EventModel::Elastic).value(&FieldPath::dotted("a")).is_some());
    }

    #[test]
    fn panther_keys_are_exact_first_and_never_enter_arrays() {
        let event = json!({"USER": 1, "user": 2, "User": {"ID": 3}, "list": [{"a": 1}]});
        assert_eq!(values(&event, EventModel::Panther, "user"), json!([2]));
        assert_eq!(values(&event, EventModel::Panther, "uSER"), json!([1]));
        assert_eq!(values(&event, EventModel::Panther, "User.id"), json!([3]));
        assert_eq!(values(&event, EventModel::Panther, "list.a"), json!([]));
        assert_eq!(values(&json!({"a.b": 1}), EventModel::Panther, "a.b"), json!([]));
        assert_eq!(values(&event, EventModel::PantherResource, "user"), json!([2]));
        assert_eq!(values(&event, EventModel::PantherResource, "uSER"), json!([]));
        let null = json!({"a": null});
        assert_eq!(Event::new(&null, EventModel::Panther).value(&FieldPath::dotted("a")).as_deref(), Some(&Json::Null));
    }

    #[test]
    fn sigma_takes_the_whole_name_first_then_the_path_then_ignores_case() {
        let event = json!({"a.b": 1, "a": {"b": 2}, "c": {"D": 3}, "x": [{"y": 1}, {"y": 2}]});
        assert_eq!(values(&event, EventModel::Sigma, "a.b"), json!([1]));
        assert_eq!(values(&event, EventModel::Sigma, "A.B"), json!([1]));
        assert_eq!(values(&event, EventModel::Sigma, "c.d"), json!([3]));
        assert_eq!(values(&event, EventModel::Sigma, "x.y"), json!([1, 2]));
    }

    #[test]
    fn sigma_reads_windows_exports() {
        let xml = json!({"Event": {
            "System": {"Provider": {"#attributes": {"Name": "P"}}, "EventID": {"#text": 7}, "Channel": "Security", "Computer": "c"},
            "EventData": {"Image": "a.exe", "Channel": "own"}}});
        for (name, value) in
            [("Image", "a.exe"), ("image", "a.exe"), ("Provider_Name", "P"), ("Computer", "c"), ("Channel", "own")]
        {
            assert_eq!(values(&xml, EventModel::Sigma, name), json!([value]), "{name}");
        }
        assert_eq!(values(&xml, EventModel::Sigma, "EventID"), json!([7]));
        let user = json!({"Event": {"System": {}, "UserData": {"Operation": {"Path": "p"}}}});
        assert_eq!(values(&user, EventModel::Sigma, "Path"), json!(["p"]));
        let beat = json!({"winlog": {"event_data": {"Image": "a.exe"}, "event_id": "4688", "channel": "Security",
            "provider_name": "P"}});
        for (name, value) in [("Image", "a.exe"), ("EventID", "4688"), ("Channel", "Security"), ("Provider_Name", "P")]
        {
            assert_eq!(values(&beat, EventModel::Sigma, name), json!([value]), "{name}");
        }
    }

    /// The shapes of NXLog and OTRF's data sets, of exports without the outermost element, and of Winlogbeat before version 7.
    #[test]
    fn sigma_reads_other_exports() {
        let flat = json!({"EventID": 1, "Channel": "Security", "SourceName": "P", "Hostname": "c", "Image": "a.exe"});
        let bare = json!({"System": {"EventID": {"Value": 1}, "Channel": "Security", "Computer": "c",
            "Provider": {"Name": "P"}}, "EventData": {"Image": "a.exe"}});
        let old = json!({"event_id": 1, "log_name": "Security", "source_name": "P", "computer_name": "c",
            "event_data": {"Image": "a.exe"}});
        for event in [flat, bare, old] {
            for (name, value) in [
                ("EventID", json!([1])),
                ("Channel", json!(["Security"])),
                ("Provider_Name", json!(["P"])),
                ("Computer", json!(["c"])),
                ("Image", json!(["a.exe"])),
            ] {
                assert_eq!(values(&event, EventModel::Sigma, name), value, "{name} of {event}");
            }
        }
    }

    /// A flat event that happens to have a field `winlog`, read as what it is.
    #[test]
    fn a_given_shape_is_taken_as_it_is() {
        let event =
            json!({"winlog": {"event_data": {"Image": "b.exe"}}, "event_data": {"Image": "a.exe"}, "Image": "c.exe"});
        let image = |shape: Option<EventShape>| {
            let event = Event::new(&event, EventModel::Sigma).shaped(shape);
            event.lookup(&FieldPath::dotted("Image")).into_iter().cloned().collect::<Json>()
        };
        assert_eq!(image(None), json!(["b.exe"]));
        assert_eq!(image(Some(EventShape::Flat)), json!(["c.exe"]));
        assert_eq!(image(Some(EventShape::EventLog)), json!(["c.exe"]));
    }

    #[test]
    fn columns_are_flat_and_ignore_case() {
        let row = json!({"User.Name": 1, "a": {"b": 2}});
        assert_eq!(values(&row, EventModel::Columns, "user.name"), json!([1]));
        assert_eq!(values(&row, EventModel::Columns, "a.b"), json!([]));
    }

    #[test]
    fn leaves_are_found_by_dotted_name() {
        let event = json!({"a": {"b": ["x", {"c": "y"}], "n": null}, "z": 1});
        let find = |glob: &Pattern| {
            let pattern = Event::name_pattern(glob, EventModel::Elastic);
            Event::new(&event, EventModel::Elastic).leaves(&pattern).into_iter().cloned().collect::<Json>()
        };
        assert_eq!(find(&Pattern::new([crate::ir::Piece::Any])), json!(["x", "y", 1]));
        assert_eq!(find(&Pattern::prefix("a.b")), json!(["x", "y"]));
    }
}
