//! What fields Sigma's log sources have: SigmaHQ's list, and the vendors' own names for the sources that it leaves empty.

use super::{Built, Source, clean, load, object, table, text};
use serde_json::Value;
use std::collections::BTreeSet;

/// SigmaHQ's own list of fields by log source.
pub(super) fn listed(source: Source) -> Built {
    let name = "sigma_fields_by_logsource.json";
    let data = load(source, name)?;
    let mut rows = BTreeSet::new();
    for part in ["legit", "addon"] {
        for (product, entry) in object(&data, part, name)? {
            let product = if product == "empty" { "" } else { product };
            sigma_fields(&mut rows, product, "common", "", &entry["common"]);
            for kind in ["category", "service"] {
                for (source_name, fields) in entry[kind].as_object().into_iter().flatten() {
                    // A row without a field says that the source exists, and nothing about its fields.
                    if part == "legit" {
                        rows.insert(format!("{}\t{kind}\t{}\t", clean(product), clean(source_name)));
                    }
                    sigma_fields(&mut rows, product, kind, source_name, fields);
                }
            }
        }
    }
    let version = text(&data["version"]);
    Ok(table(
        (&version, "2025-12-05", "SigmaHQ/sigma@8eaafff1f tests/logsource.json"),
        "product\tkind\tname\tfield",
        rows,
    ))
}

fn sigma_fields(rows: &mut BTreeSet<String>, product: &str, kind: &str, name: &str, fields: &Value) {
    for field in fields.as_array().into_iter().flatten() {
        rows.insert(format!("{}\t{kind}\t{}\t{}", clean(product), clean(name), text(field)));
    }
}

/// Integrations that keep the vendor's names, below a name of their own.
const PREFIXED: [(&str, &str, &str); 2] = [("kubernetes", "audit_logs", "kubernetes.audit."), ("zeek", "", "")];
/// What every log of Zeek has: when, which connection, from where to where (Zeek's `conn_id` record).
const ZEEK: [&str; 6] = ["id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", "ts", "uid"];

/// The vendors' own field names by Elastic dataset: what the ingest pipelines of the integrations read, and what they keep.
pub(super) fn vendor(source: Source) -> Built {
    let mut rows = BTreeSet::new();
    for (name, part) in [("raw_to_ecs.json", ""), ("raw_to_ecs_derived.json", "pairs")] {
        for (dataset, pairs) in object(&load(source, name)?, part, name)? {
            let pairs = pairs.as_array().into_iter().flatten();
            pairs.filter_map(|pair| pair.get(0)).for_each(|raw| vendor_row(&mut rows, dataset, &text(raw)));
        }
    }
    let name = "elastic_integrations.json";
    let packages = load(source, name)?;
    for (package, only, prefix) in PREFIXED {
        for (dataset, fields) in object(&packages[package], "datasets", name)? {
            if !only.is_empty() && dataset.rsplit('.').next() != Some(only) {
                continue;
            }
            let own = format!("{dataset}.");
            let prefix = if prefix.is_empty() { &own } else { prefix };
            let names = fields.as_object().into_iter().flat_map(|fields| fields.keys());
            names.filter_map(|name| name.strip_prefix(prefix)).for_each(|name| vendor_row(&mut rows, dataset, name));
            let tuple = ZEEK.iter().filter(|_| package == "zeek");
            tuple.for_each(|name| vendor_row(&mut rows, dataset, name));
        }
    }
    let origin = "elastic/package-storage, ingest pipelines and fields.yml; Zeek's conn_id";
    Ok(table(("1", "2022-12", origin), "dataset\tfield", rows))
}

/// Positions in lists are left out, as they are in the names that rules use.
fn vendor_row(rows: &mut BTreeSet<String>, dataset: &str, raw: &str) {
    let is_position = |part: &&str| *part == "*" || part.chars().all(|c| c.is_ascii_digit());
    let path: Vec<&str> = raw.split('.').filter(|part| !is_position(part)).collect();
    if !path.is_empty() {
        rows.insert(format!("{}\t{}", clean(dataset), clean(&path.join("."))));
    }
}
