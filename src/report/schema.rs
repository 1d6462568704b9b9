//! The JSON Schemas of everything that other programs read or write (`detc schema NAME`).

use super::{
    alert::Alert, convert::ConvertReport, diff::DiffReport, inspect::InspectReport, json::LintReport,
    relation::ProveReport, sample::SampleLine, test::TestReport,
};
use crate::backend::native::NativeConfig;
use crate::catalog::maps::FieldMap;
use crate::lint::ConfigFile;
use schemars::Schema;

/// The names that [`schema`] knows.
pub const NAMES: &[&str] =
    &["lint", "convert", "eval", "test", "inspect", "synth", "prove", "diff", "native", "config", "map"];

/// The schema of a name: `lint`, `convert`, `eval` (one line), `test`, `inspect`, `synth` (one line), `prove`, `diff`, `native` (a configuration of the evaluator), `config` (`detc.toml`), `map` (a field map, as JSON has it).
#[must_use]
pub fn schema(name: &str) -> Option<Schema> {
    Some(match name {
        "lint" => schemars::schema_for!(LintReport),
        "convert" => schemars::schema_for!(ConvertReport),
        "eval" => schemars::schema_for!(Alert),
        "test" => schemars::schema_for!(TestReport),
        "inspect" => schemars::schema_for!(InspectReport),
        "synth" => schemars::schema_for!(SampleLine),
        "prove" => schemars::schema_for!(ProveReport),
        "diff" => schemars::schema_for!(DiffReport),
        "native" => schemars::schema_for!(NativeConfig),
        "config" => schemars::schema_for!(ConfigFile),
        "map" => schemars::schema_for!(FieldMap),
        _ => return None,
    })
}
