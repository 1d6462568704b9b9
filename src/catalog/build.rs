//! Rebuilds the generated tables from the JSON they come from: text in, text out.
//!
//! Same input, same bytes: rows are sorted and unique, and nothing depends on the time or the machine. The caller reads
//! the source files and writes the tables.

mod defend;
mod sigma;

use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Why a table could not be rebuilt.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The caller has no such source file.
    #[error("the source `{0}` is missing")]
    Missing(&'static str),
    /// The source is not the JSON that was expected.
    #[error("the source `{name}` is not valid: {reason}")]
    Invalid {
        /// The source's file name.
        name: &'static str,
        /// What is wrong with it.
        reason: String,
    },
}

type Source<'a> = &'a dyn Fn(&str) -> Option<String>;
type Built = Result<String, BuildError>;

/// A generated table: its path under `schemas/` and what makes it.
struct Recipe {
    path: &'static str,
    make: fn(Source) -> Built,
}

const RECIPES: &[Recipe] = &[
    Recipe { path: "attack/v18.1.tsv", make: |source| attack(source, "attack_v18.1.json", "2025-10", "mitre/cti") },
    Recipe {
        path: "attack/v19.1.tsv",
        make: |source| {
            attack(source, "attack_v19.json", "2026", "redcanaryco/atomic-red-team@9f85cf3e, MISP/misp-galaxy@9434ace4")
        },
    },
    Recipe { path: "fields/defend.tsv", make: defend::processes },
    Recipe { path: "fields/ecs.tsv", make: ecs },
    Recipe { path: "fields/elastic.tsv", make: elastic },
    Recipe { path: "fields/elastic_sources.tsv", make: elastic_sources },
    Recipe { path: "fields/panther.tsv", make: panther },
    Recipe { path: "fields/panther_udm.tsv", make: panther_udm },
    Recipe { path: "fields/sigma.tsv", make: sigma::listed },
    Recipe { path: "fields/vendor.tsv", make: sigma::vendor },
    Recipe { path: "panther_logtypes.tsv", make: panther_logtypes },
    Recipe { path: "values/ecs.tsv", make: ecs_values },
    Recipe { path: "versions/integrations.tsv", make: integration_versions },
];

/// The names of the source files that [`build`] asks for.
pub const SOURCES: [&str; 16] = [
    "attack_v18.1.json",
    "attack_v19.json",
    "beats.json",
    "ecs.json",
    "ecs_values.json",
    "elastic_integrations.json",
    "endpoint.json",
    "integration_versions.json",
    "non_ecs.json",
    "panther_logtypes.json",
    "panther_observed_fields.json",
    "panther_schemas.json",
    "panther_udm.json",
    "raw_to_ecs.json",
    "raw_to_ecs_derived.json",
    "sigma_fields_by_logsource.json",
];

/// The paths of the tables that [`build`] makes.
pub fn generated() -> impl Iterator<Item = &'static str> {
    RECIPES.iter().map(|recipe| recipe.path)
}

/// Every generated table as (path under `schemas/`, content). `source` gives the text of a source file by its name
/// (`ecs.json`).
///
/// # Errors
/// The first source that is missing or not of the expected shape.
pub fn build(source: &dyn Fn(&str) -> Option<String>) -> Result<Vec<(String, String)>, BuildError> {
    RECIPES.iter().map(|recipe| Ok((recipe.path.to_owned(), (recipe.make)(source)?))).collect()
}

fn load(source: Source, name: &'static str) -> Result<Value, BuildError> {
    let text = source(name).ok_or(BuildError::Missing(name))?;
    serde_json::from_str(&text).map_err(|error| BuildError::Invalid { name, reason: error.to_string() })
}

/// The object at `key`; an absent one is an error, since an empty table would hide it.
fn object<'v>(value: &'v Value, key: &str, name: &'static str) -> Result<&'v Map<String, Value>, BuildError> {
    let found = if key.is_empty() { Some(value) } else { value.get(key) };
    found
        .and_then(Value::as_object)
        .ok_or_else(|| BuildError::Invalid { name, reason: format!("no object at `{key}`") })
}

fn list<'v>(value: &'v Value, key: &str, name: &'static str) -> Result<&'v [Value], BuildError> {
    value
        .get(key)
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .ok_or_else(|| BuildError::Invalid { name, reason: format!("no list at `{key}`") })
}

/// A string, without the characters that separate columns and rows.
fn text(value: &Value) -> String {
    clean(value.as_str().unwrap_or(""))
}

fn clean(text: &str) -> String {
    text.replace(['\t', '\n', '\r'], " ")
}

fn flag(value: &Value, key: &str) -> bool {
    value.get(key).and_then(Value::as_bool).unwrap_or(false)
}

fn joined(values: &[Value]) -> String {
    values.iter().map(text).collect::<Vec<_>>().join(",")
}

/// Header, column names and sorted rows.
fn table(meta: (&str, &str, &str), columns: &str, rows: BTreeSet<String>) -> String {
    let (version, date, source) = meta;
    let mut out = format!("# detc-table v1 rows={} version={version} date={date} source={source}\n", rows.len());
    out.push_str("# ");
    out.push_str(columns);
    out.push('\n');
    for row in rows {
        out.push_str(row.trim_end_matches('\t'));
        out.push('\n');
    }
    out
}

fn attack(source: Source, name: &'static str, day: &str, origin: &str) -> Built {
    let data = load(source, name)?;
    let mut rows = BTreeSet::new();
    for tactic in list(&data, "tactics", name)? {
        rows.insert(format!("{}\t{}\t{}", text(&tactic["id"]), text(&tactic["name"]), text(&tactic["shortname"])));
    }
    for technique in list(&data, "techniques", name)? {
        let flags: String = [("is_subtechnique", 's'), ("revoked", 'r'), ("deprecated", 'd')]
            .iter()
            .filter_map(|(key, mark)| flag(technique, key).then_some(*mark))
            .collect();
        let of = |key: &str| technique.get(key).map(text).unwrap_or_default();
        rows.insert(format!(
            "{}\t{}\t{}\t{flags}\t{}\t{}",
            of("id"),
            of("name"),
            joined(list(technique, "tactics", name)?),
            of("revoked_by"),
            of("revoked_to"),
        ));
    }
    let version = text(&data["version"]);
    Ok(table((&version, day, origin), "id\tname\ttactics or short name\tflags\trevoked_by\trevoked_to", rows))
}

const ECS_SOURCE: &str = "elastic/detection-rules@14cf530f0d etc/ecs_schemas/9.5.0";

fn ecs_arrays(source: Source) -> Result<BTreeSet<String>, BuildError> {
    let values = load(source, "ecs_values.json")?;
    Ok(list(&values, "array_fields", "ecs_values.json")?.iter().map(text).collect())
}

fn ecs(source: Source) -> Built {
    let data = load(source, "ecs.json")?;
    let arrays = ecs_arrays(source)?;
    let rows = object(&data, "fields", "ecs.json")?
        .iter()
        .map(|(field, ty)| {
            // A multi-field (`x.text`) holds the values of the field it belongs to.
            let owner = field.strip_suffix(".text").unwrap_or(field);
            let many = if arrays.contains(field) || arrays.contains(owner) { "many" } else { "" };
            format!("{}\t{}\t{many}", clean(field), text(ty))
        })
        .collect();
    Ok(table((&text(&data["version"]), "2026-08-21", ECS_SOURCE), "field\ttype\tcardinality", rows))
}

fn ecs_values(source: Source) -> Built {
    let name = "ecs_values.json";
    let data = load(source, name)?;
    let mut rows = BTreeSet::new();
    for (field, values) in object(&data, "allowed_values", name)? {
        let mut values: Vec<_> = values.as_array().into_iter().flatten().map(text).collect();
        values.sort();
        rows.insert(format!("{}\t{}", clean(field), values.join(",")));
    }
    for (category, types) in object(&data, "expected_event_types", name)? {
        let mut types: Vec<_> = types.as_array().into_iter().flatten().map(text).collect();
        types.sort();
        rows.insert(format!("event.type@{}\t{}", clean(category), types.join(",")));
    }
    Ok(table((&text(&data["version"]), "2026-08-21", ECS_SOURCE), "field, or event.type@category\tvalues", rows))
}

/// A set of fields in Elastic that comes from one place.
struct FieldSource {
    kind: &'static str,
    name: String,
    package: String,
    version: String,
    /// `old` for packages of 2022: a field absent there proves little.
    age: &'static str,
    fields: BTreeMap<String, String>,
}

/// Every Elastic field source but ECS, in the order of their numbers.
fn field_sources(source: Source) -> Result<Vec<FieldSource>, BuildError> {
    let mut out = Vec::new();
    integrations(&load(source, "elastic_integrations.json")?, &mut out)?;
    endpoint(&load(source, "endpoint.json")?, &mut out)?;
    let beats = load(source, "beats.json")?;
    let version = text(&beats["version"]);
    for (beat, fields) in object(&beats, "beats", "beats.json")? {
        out.push(field_source("beat", beat, beat, &version, "", fields));
    }
    for (pattern, fields) in object(&load(source, "non_ecs.json")?, "", "non_ecs.json")? {
        out.push(field_source("pattern", pattern, "", "", "", fields));
    }
    Ok(out)
}

fn integrations(data: &Value, out: &mut Vec<FieldSource>) -> Result<(), BuildError> {
    let name = "elastic_integrations.json";
    for (package, entry) in object(data, "", name)? {
        // The endpoint package has a file of its own, from the same commit.
        if package == "endpoint" {
            continue;
        }
        let age = if text(&entry["source"]).contains("(2022-12)") { "old" } else { "" };
        let version = text(&entry["version"]);
        for (dataset, fields) in object(entry, "datasets", name)? {
            out.push(field_source("dataset", dataset, package, &version, age, fields));
        }
    }
    Ok(())
}

fn endpoint(data: &Value, out: &mut Vec<FieldSource>) -> Result<(), BuildError> {
    let name = "endpoint.json";
    let version = text(&data["version"]);
    for (dataset, fields) in object(data, "datasets", name)? {
        out.push(field_source("dataset", dataset, "endpoint", &version, "", fields));
    }
    out.push(field_source("endpoint", "endpoint-process-ext", "endpoint", "", "", &data["ext_process_schema"]));
    out.push(field_source("endgame", "endgame", "", "8.4.0", "", &data["endgame_8.4.0"]));
    Ok(())
}

fn field_source(
    kind: &'static str,
    name: &str,
    package: &str,
    version: &str,
    age: &'static str,
    fields: &Value,
) -> FieldSource {
    let fields = fields.as_object().into_iter().flatten().map(|(field, ty)| (clean(field), text(ty))).collect();
    FieldSource { kind, name: clean(name), package: clean(package), version: clean(version), age, fields }
}

const ELASTIC_META: (&str, &str, &str) = (
    "mixed",
    "2026-08-21",
    "elastic/detection-rules@14cf530f0d and @cdcaf734be, endpoint-package@19941229, package-storage (2022-12), integrations",
);

fn elastic_sources(source: Source) -> Built {
    let rows = field_sources(source)?
        .iter()
        .enumerate()
        .map(|(id, s)| {
            format!("{id:03}\t{}\t{}\t{}\t{}\t{}", s.kind, s.name, s.package, s.version.replace(' ', "-"), s.age)
        })
        .collect();
    Ok(table(ELASTIC_META, "number\tkind\tname\tpackage\tversion\tage", rows))
}

/// Rows (field, type, numbers of the sources). What ECS states with the same type is left out: ECS holds everywhere.
fn elastic(source: Source) -> Built {
    let ecs = load(source, "ecs.json")?;
    let ecs = object(&ecs, "fields", "ecs.json")?;
    let mut found: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for (id, from) in field_sources(source)?.into_iter().enumerate() {
        for (field, ty) in from.fields {
            if ecs.get(&field).and_then(Value::as_str) != Some(ty.as_str()) {
                found.entry((field, ty)).or_default().push(id.to_string());
            }
        }
    }
    let rows = found.into_iter().map(|((field, ty), ids)| format!("{field}\t{ty}\t{}", ids.join(","))).collect();
    Ok(table(ELASTIC_META, "field\ttype\tnumbers of the sources", rows))
}

/// Rows (log type, path, declared type, types seen in tests).
fn panther(source: Source) -> Built {
    let mut found: BTreeMap<(String, String), (String, String)> = BTreeMap::new();
    for (log_type, fields) in object(&load(source, "panther_schemas.json")?, "", "panther_schemas.json")? {
        for (path, ty) in fields.as_object().into_iter().flatten() {
            found.entry((clean(log_type), clean(path))).or_default().0 = text(ty);
        }
    }
    for (log_type, entry) in object(&load(source, "panther_observed_fields.json")?, "", "panther_observed_fields.json")?
    {
        for (path, types) in object(entry, "fields", "panther_observed_fields.json")? {
            // Below p_enrichment the keys are looked-up values (addresses, names of tables), not fields.
            if path.starts_with("p_enrichment.") {
                continue;
            }
            let types: BTreeSet<_> = types.as_object().into_iter().flatten().map(|(ty, _)| clean(ty)).collect();
            let types = types.into_iter().collect::<Vec<_>>().join(",");
            found.entry((clean(log_type), clean(path))).or_default().1 = types;
        }
    }
    let rows = found.into_iter().map(|((log, path), (ty, seen))| format!("{log}\t{path}\t{ty}\t{seen}")).collect();
    let origin = "panther-labs/panther-docs@c1e7a29a (declared, 2022-07-29), panther-analysis@daa10c88 (seen)";
    Ok(table(("mixed", "2026-07-01", origin), "log type\tpath\tdeclared type\ttypes seen in tests", rows))
}

const PANTHER_SOURCE: &str = "panther-labs/panther-analysis@daa10c88";

fn panther_udm(source: Source) -> Built {
    let name = "panther_udm.json";
    let mut rows = BTreeSet::new();
    for (log_type, fields) in object(&load(source, name)?, "", name)? {
        for (field, target) in fields.as_object().into_iter().flatten() {
            let (kind, target) = match target.get("method") {
                Some(method) => ("method", text(method)),
                None => ("path", text(target)),
            };
            rows.insert(format!("{}\t{}\t{kind}\t{target}", clean(log_type), clean(field)));
        }
    }
    Ok(table(("daa10c88", "2026-07-01", PANTHER_SOURCE), "log type\tUDM name\tpath or method\ttarget", rows))
}

fn panther_logtypes(source: Source) -> Built {
    let name = "panther_logtypes.json";
    let mut rows = BTreeSet::new();
    for (log_type, kinds) in object(&load(source, name)?, "", name)? {
        let kinds: Vec<_> =
            kinds.as_object().into_iter().flatten().map(|(kind, count)| format!("{}={count}", clean(kind))).collect();
        rows.insert(format!("{}\t{}", clean(log_type), kinds.join(",")));
    }
    Ok(table(("daa10c88", "2026-07-01", PANTHER_SOURCE), "log type\tuses by kind", rows))
}

/// Rows (product, `category`/`service`/`common`, name, field); a source without fields has one row with an empty field.
fn integration_versions(source: Source) -> Built {
    let name = "integration_versions.json";
    let mut rows = BTreeSet::new();
    for (package, versions) in object(&load(source, name)?, "", name)? {
        for (version, condition) in versions.as_object().into_iter().flatten() {
            rows.insert(format!("{}\t{}\t{}", clean(package), clean(version), text(condition)));
        }
    }
    let origin = "elastic/detection-rules@14cf530f0d etc/integration-manifests.json.gz";
    Ok(table(("14cf530f0d", "2026-08-21", origin), "package\tversion\tKibana versions", rows))
}

#[cfg(test)]
mod tests;
