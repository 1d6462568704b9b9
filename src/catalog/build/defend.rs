//! What Elastic Defend says of processes in its events about other things.

use super::{Built, Source, load, object, table, text};

/// The datasets of one kind of event each.
const DATASETS: [&str; 4] =
    ["endpoint.events.file", "endpoint.events.library", "endpoint.events.network", "endpoint.events.registry"];

/// Rows (dataset, fields of the process). The table of fields leaves out what ECS has, so that it cannot tell.
pub(super) fn processes(source: Source) -> Built {
    let name = "endpoint.json";
    let data = load(source, name)?;
    let datasets = object(&data, "datasets", name)?;
    let mut rows = Vec::new();
    for dataset in DATASETS {
        let fields = datasets.get(dataset).and_then(serde_json::Value::as_object).into_iter().flatten();
        let mut fields: Vec<&str> = fields.map(|(field, _)| field.as_str()).collect();
        fields.retain(|field| field.starts_with("process."));
        fields.sort_unstable();
        rows.push(format!("{dataset}\t{}", fields.join(",")));
    }
    let meta = (text(&data["version"]), "2026-07-23", "elastic/endpoint-package@19941229");
    Ok(table((&meta.0, meta.1, meta.2), "dataset of Elastic Defend\tfields of the process", rows.into_iter().collect()))
}
