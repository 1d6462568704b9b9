//! Rows.

use super::super::program::last_time;
use super::super::stream::{Alert, Record};
use serde_json::{Map, Value as Json};
use std::sync::Arc;

/// A row and the events that it was made from.
#[derive(Clone)]
pub(super) struct Row {
    cells: Cells,
    pub(super) sources: Vec<Arc<Record>>,
}

#[derive(Clone)]
enum Cells {
    /// An event as it is, whose fields are the columns.
    Event(Arc<Record>),
    /// An event with columns that stages have added.
    Added(Json),
    /// Columns that a stage has chosen or made.
    Made(Json),
}

impl Row {
    pub(super) fn event(record: Arc<Record>) -> Self {
        Self { cells: Cells::Event(Arc::clone(&record)), sources: vec![record] }
    }

    pub(super) fn made(columns: Map<String, Json>, sources: Vec<Arc<Record>>) -> Self {
        Self { cells: Cells::Made(Json::Object(columns)), sources }
    }

    /// The columns, those of an event nested as they are.
    pub(super) fn json(&self) -> &Json {
        match &self.cells {
            Cells::Event(record) => &record.event,
            Cells::Added(json) | Cells::Made(json) => json,
        }
    }

    fn change(self, change: impl FnOnce(&mut Map<String, Json>)) -> Self {
        let mut cells = match self.cells {
            Cells::Event(record) => Cells::Added(record.event.clone()),
            other => other,
        };
        if let Cells::Added(Json::Object(map)) | Cells::Made(Json::Object(map)) = &mut cells {
            change(map);
        }
        Self { cells, sources: self.sources }
    }

    /// The row with a column in the place of any of the same name.
    pub(super) fn with(self, name: &str, value: Json) -> Self {
        self.change(|columns| {
            // A column keeps its place when only its value is new.
            if let Some(known) = columns.get_mut(name).filter(|_| !name.contains('.')) {
                *known = value;
                return;
            }
            remove(columns, name);
            columns.insert(name.to_owned(), value);
        })
    }

    pub(super) fn without(self, name: &str) -> Self {
        self.change(|columns| remove(columns, name))
    }

    /// The dotted names of the columns.
    pub(super) fn names(&self) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        let mut open = vec![(String::new(), self.json())];
        while let Some((name, value)) = open.pop() {
            match value {
                Json::Object(map) => open.extend(map.iter().rev().map(|(key, value)| {
                    let name = if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
                    (name, value)
                })),
                Json::Array(items) if items.iter().any(Json::is_object) => {
                    open.extend(items.iter().rev().map(|item| (name.clone(), item)));
                }
                _ if !found.contains(&name) => found.push(name),
                _ => {}
            }
        }
        found
    }

    /// An event shows as itself, with the columns that were added as its group; else the columns are the group.
    pub(super) fn alert(self, rule: usize) -> Alert {
        let group = match self.cells {
            Cells::Added(Json::Object(map)) => {
                let event = self.sources.first().and_then(|record| record.event.as_object());
                map.into_iter().filter(|(key, value)| event.and_then(|event| event.get(key)) != Some(value)).collect()
            }
            Cells::Made(Json::Object(map)) => map.into_iter().collect(),
            Cells::Event(_) | Cells::Added(_) | Cells::Made(_) => Vec::new(),
        };
        Alert { rule, time: last_time(&self.sources), events: self.sources, group }
    }
}

/// Takes a column out, however the dotted name is stored: as one key, nested, or as a mixture.
fn remove(columns: &mut Map<String, Json>, name: &str) {
    columns.shift_remove(name);
    for (dot, _) in name.match_indices('.') {
        let rest = &name[dot + 1..];
        match columns.get_mut(&name[..dot]) {
            Some(Json::Object(inner)) => remove(inner, rest),
            Some(Json::Array(items)) => {
                items.iter_mut().filter_map(Json::as_object_mut).for_each(|inner| remove(inner, rest));
            }
            _ => {}
        }
    }
}
