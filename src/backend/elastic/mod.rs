//! A complete rule file of Elastic's rule repository: `[metadata]`, `[rule]`, the query in EQL or KQL, `[[rule.threat]]`.

mod extras;
mod threat;
mod toml;

use super::{Emitted, Output, QueryLanguage, eql, kql, metadata};
use crate::fidelity::{Effect, Loss, code};
use crate::ir::{Bound, Cmp, Dialect, FieldPath, Logic, Measure, NewTerms, Rule, Severity, Status, ThresholdSource, Value, Window};
use std::collections::BTreeMap;
use std::time::Duration;
use uuid::Uuid;

/// The namespace of rule ids that are made from ids of other formats (UUIDv5).
const NAMESPACE: Uuid = Uuid::from_u128(0x6f0d_2c52_9a3e_4c0b_8f7d_41b1_d37e_c0de);

/// The look-back of rules that have none: Kibana runs them every 5 minutes.
const DEFAULT_FROM: &str = "now-9m";
/// Kibana's own schedule for rules that do not say.
const KIBANA_LOOK_BACK: Duration = Duration::from_secs(6 * 60);
const KIBANA_INTERVAL: Duration = Duration::from_secs(5 * 60);

/// The rule as TOML with its query in `language`. Thresholds and new terms are rule types over a KQL query.
pub(super) fn emit(rule: &Rule, language: QueryLanguage) -> Result<Emitted, Vec<Loss>> {
    let mut body = body(rule, language)?;
    let mut file = File::default();
    let (threats, more) = threat::threats(rule);
    body.losses.extend(more);
    file.metadata(rule, &mut body.losses);
    file.identity(rule, &mut body.losses);
    file.texts(rule, &threats);
    file.schedule(rule, &body, &mut body_losses(&mut body.losses));
    file.rule.insert("language".to_owned(), toml::basic(body.language));
    file.rule.insert("type".to_owned(), toml::basic(body.kind));
    body.losses.extend(extras::write(rule, &mut file.metadata, &mut file.rule));
    body.losses.extend(metadata::tests(rule));
    body.losses.extend(metadata::grouping(rule));
    let text = file.print(&body, &threat::print(&threats));
    Ok(Emitted { outputs: vec![Output { extension: ".toml", text }], losses: body.losses })
}
