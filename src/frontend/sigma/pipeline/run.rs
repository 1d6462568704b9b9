//! A rule on its way through the pipelines.

use super::output::Processed;
use super::step::{Step, Transformation, chosen, fits_rule};
use super::{Failure, FieldIds, Ids, Pipelines, params, template};
use crate::frontend::Item as Earlier;
use crate::frontend::sigma::typed::{Detection, Item, Part};
use crate::ir::{DataSource, Rule, RuleRef};
use crate::source::{Span, Spanned};
use crate::syntax::Node;
use serde_json::{Map, Value as Json};
use std::collections::BTreeSet;
use std::sync::Arc;

/// More detection items than this in one rule are a mistake of the pipeline.
const MAX_ITEMS: usize = 20_000;
/// Parts in parts: a mapping of one field to several makes one more.
const MAX_DEPTH: usize = 64;

/// The state in which pySigma's Elasticsearch back-ends look for index patterns.
const INDEX_STATE: &str = "index";

/// The rule that is changed.
pub(in crate::frontend::sigma) struct Target<'t, 'n> {
    pub(in crate::frontend::sigma) rule: &'t mut Rule,
    /// The document that it was read from.
    pub(in crate::frontend::sigma) root: &'n Node,
    /// Absent in a correlation.
    pub(in crate::frontend::sigma) detection: Option<&'t mut Detection<'n>>,
    /// The rules that stand before it in the file.
    pub(in crate::frontend::sigma) earlier: &'t [Earlier],
}

/// What the steps before have left behind.
pub(super) struct Run<'p> {
    pub(super) pipelines: &'p Pipelines,
    pub(super) state: Map<String, Json>,
    pub(super) attributes: Map<String, Json>,
    /// The steps that were applied to the rule.
    pub(super) applied: Ids,
    /// The steps that named the fields of lists and correlations.
    pub(super) field_ids: FieldIds,
    /// Every name that was mapped.
    pub(super) mapped: BTreeSet<String>,
    /// Every name that the pipelines gave.
    pub(super) named: BTreeSet<String>,
    /// How many conditions were added.
    pub(super) added: usize,
}

/// Sends the rule through the pipelines.
///
/// # Errors
/// A step that says so, or that cannot be applied to the rule.
pub(in crate::frontend::sigma) fn run(
    pipelines: &Pipelines,
    mut target: Target<'_, '_>,
) -> Result<Option<Box<Processed>>, Failure> {
    let mut run = Run {
        pipelines,
        state: Map::new(),
        attributes: Map::new(),
        applied: Ids::new(),
        field_ids: FieldIds::new(),
        mapped: BTreeSet::new(),
        named: BTreeSet::new(),
        added: 0,
    };
    run.steps(&pipelines.steps, &mut target)?;
    target.rule.named_fields = run.named.iter().map(|name| crate::ir::FieldPath::dotted(name)).collect();
    if let Some(index) = run.state.get(INDEX_STATE) {
        target.rule.data_source.indices = index_patterns(index);
    }
    let plan = chosen(&pipelines.post, &target, &mut run)?;
    if plan.is_empty() && !pipelines.has_finalizers() {
        return Ok(None);
    }
    let context = template::context(&target, &run);
    Ok(Some(Box::new(Processed::new(plan, context))))
}

/// The patterns of a text or of a list, which may hold lists; `*` stands for all of them.
fn index_patterns(state: &Json) -> Vec<Spanned<String>> {
    let mut patterns = BTreeSet::new();
    let mut open = vec![state];
    while let Some(json) = open.pop() {
        match json {
            Json::String(text) => patterns.extend(text.split(',').map(|one| one.trim().to_owned())),
            Json::Array(items) => open.extend(items),
            _ => {}
        }
    }
    patterns.remove("");
    if patterns.contains("*") {
        patterns.retain(|pattern| pattern == "*");
    }
    patterns.into_iter().map(|pattern| Spanned::new(pattern, Span::default())).collect()
}

impl Run<'_> {
    fn steps(&mut self, steps: &[Step], target: &mut Target<'_, '_>) -> Result<(), Failure> {
        for step in steps {
            if !fits_rule(&step.rule, target, self)? {
                continue;
            }
            // A rule counts as treated before its items are looked at, so that a step does not see itself.
            match &step.transformation {
                Transformation::Fields(renaming) => renaming.apply(step, target, self)?,
                Transformation::Values(change) => {
                    each_item(target, |item| change.apply(step, item, self))?;
                }
                Transformation::Items(replacement) => {
                    each_item(target, |item| replacement.apply(step, item, self))?;
                }
                Transformation::Rule(change) => change.apply(step, target, self)?,
                Transformation::Nest(inner) => self.steps(inner, target)?,
            }
            self.applied.extend(step.id.clone());
        }
        Ok(())
    }
}

/// What becomes of an item.
pub(super) enum Outcome {
    Kept,
    /// Changed where it stands.
    Changed,
    Replaced(Part),
    Dropped,
}

/// Marks an item as changed by a step.
pub(super) fn mark(item: &mut Item, id: Option<&Arc<str>>) {
    item.applied.extend(id.cloned());
}

/// Every detection item once, those that a replacement brings left out.
pub(super) fn each_item(
    target: &mut Target<'_, '_>,
    mut change: impl FnMut(&mut Item) -> Result<Outcome, Failure>,
) -> Result<(), Failure> {
    let Some(detection) = target.detection.as_deref_mut() else { return Ok(()) };
    let mut count = 0;
    for selection in &mut detection.selections {
        let mut walk = Walk { change: &mut change, count: &mut count };
        if !walk.part(&mut selection.part, 0)? {
            selection.part = Part::All(Vec::new(), detection.condition.span);
        }
    }
    Ok(())
}

struct Walk<'w, F> {
    change: &'w mut F,
    count: &'w mut usize,
}

impl<F: FnMut(&mut Item) -> Result<Outcome, Failure>> Walk<'_, F> {
    /// Whether the part is still there.
    fn part(&mut self, part: &mut Part, depth: usize) -> Result<bool, Failure> {
        *self.count += 1;
        if *self.count > MAX_ITEMS || depth > MAX_DEPTH {
            return Err(Failure::new("the pipeline makes more parts of the rule than the limit"));
        }
        match part {
            Part::All(parts, _) | Part::Any(parts, _) => {
                let mut failure = None;
                parts.retain_mut(|part| match self.part(part, depth + 1) {
                    Ok(kept) => kept,
                    Err(found) => {
                        failure.get_or_insert(found);
                        true
                    }
                });
                failure.map_or(Ok(true), Err)
            }
            Part::Not(inner) => self.part(inner, depth + 1),
            Part::Item(item) => match (self.change)(item)? {
                Outcome::Kept | Outcome::Changed => Ok(true),
                Outcome::Replaced(new) => {
                    *part = new;
                    Ok(true)
                }
                Outcome::Dropped => Ok(false),
            },
            Part::Never | Part::Hole(..) => Ok(true),
        }
    }
}

impl Target<'_, '_> {
    /// The log sources of the rules that a correlation names, as far as they stand before it in its file.
    pub(super) fn sources<'s>(&'s self, rules: &'s [&'s RuleRef]) -> impl Iterator<Item = &'s DataSource> {
        let is_named = |rule: &Rule| {
            let id = rule.meta.id.as_ref().map(|id| id.value.as_str());
            rules
                .iter()
                .any(|one| Some(one.reference.as_str()) == id || rule.meta.name.as_ref() == Some(&one.reference))
        };
        self.earlier.iter().filter(move |item| is_named(&item.rule)).map(|item| &item.rule.data_source)
    }

    pub(super) fn tags(&self) -> impl Iterator<Item = &str> {
        self.root.get("tags").and_then(Node::as_seq).unwrap_or_default().iter().filter_map(Node::as_str)
    }

    /// A key of the rule, or an attribute that a step set. Names of fields are those of now.
    pub(super) fn attribute(&self, name: &str, run: &Run<'_>) -> Option<Json> {
        match name {
            "fields" => {
                Some(self.rule.meta.output_fields.iter().map(|output| Json::from(output.field.as_str())).collect())
            }
            "tags" => Some(self.tags().map(Json::from).collect()),
            "detection" | "correlation" | "filter" | "logsource" | "related" => {
                self.root.get(name).map(|_| Json::Object(Map::new()))
            }
            "references" | "falsepositives" | "scope" => {
                Some(self.root.get(name).map_or_else(|| Json::Array(Vec::new()), params::json))
            }
            _ => run.attributes.get(name).cloned().or_else(|| self.root.get(name).map(params::json)),
        }
    }
}
