//! Transformations of the rule around its detection items.

use super::Failure;
use super::params::{Params, json};
use super::run::{Run, Target};
use super::step::Step;
use crate::frontend::sigma::item;
use crate::frontend::sigma::reader::Reader;
use crate::frontend::sigma::typed::{Added, Detection, Item, Part, Selection};
use crate::ir::{NativeExtra, OutputField};
use crate::source::{Span, Spanned};
use crate::syntax::{Entry, Node, NodeKind};
use serde_json::Value as Json;

#[derive(Debug)]
pub(super) enum RuleChange {
    AddCondition {
        entries: Vec<Entry>,
        name: Option<String>,
        template: bool,
        negated: bool,
    },
    LogSource {
        category: Option<String>,
        product: Option<String>,
        service: Option<String>,
    },
    AddFields(Vec<String>),
    RemoveFields(Vec<String>),
    SetFields(Vec<String>),
    State {
        key: String,
        value: Json,
    },
    Attribute {
        name: String,
        value: Json,
    },
    Failure(String),
    /// Every field has to have been mapped.
    RequireMapping,
}

impl RuleChange {
    pub(super) fn condition(params: &mut Params<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let name = params.text("name", reader);
        let template = params.flag("template", false, reader);
        let negated = params.flag("negated", false, reader);
        let entries = params.need_map("conditions", reader)?;
        // What is wrong with them is told now, with their place in the pipeline.
        let before = reader.count();
        for entry in entries {
            item::read(entry, reader);
        }
        if entries.is_empty() {
            reader.syntax(params.at, "`conditions` has no condition");
        }
        (reader.count() == before).then(|| Self::AddCondition { entries: entries.to_vec(), name, template, negated })
    }

    pub(super) fn log_source(params: &mut Params<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let mut part = |name| params.text(name, reader);
        let (category, product, service) = (part("category"), part("product"), part("service"));
        if category.is_none() && product.is_none() && service.is_none() {
            reader.syntax(params.at, "a log source has a `category`, a `product` or a `service`");
            return None;
        }
        Some(Self::LogSource { category, product, service })
    }

    pub(super) fn add_fields(params: &mut Params<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        params.need_one_or_more("field", reader).map(Self::AddFields)
    }

    pub(super) fn remove_fields(params: &mut Params<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        params.need_one_or_more("field", reader).map(Self::RemoveFields)
    }

    pub(super) fn set_fields(params: &mut Params<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        params.need_texts("fields", reader).map(Self::SetFields)
    }

    pub(super) fn state(params: &mut Params<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let key = params.need_text("key", reader)?;
        let value = json(params.need("val", reader)?);
        Some(Self::State { key, value })
    }

    pub(super) fn attribute(params: &mut Params<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let name = params.need_text("attribute", reader)?;
        let value = json(params.need("value", reader)?);
        Some(Self::Attribute { name, value })
    }

    pub(super) fn failure(params: &mut Params<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        params.need_text("message", reader).map(Self::Failure)
    }

    pub(super) fn apply(&self, step: &Step, target: &mut Target<'_, '_>, run: &mut Run<'_>) -> Result<(), Failure> {
        let outputs = &mut target.rule.meta.output_fields;
        match self {
            Self::AddCondition { entries, name, template, negated } => {
                return add_condition(entries, name.as_deref(), (*template, *negated), step, target, run);
            }
            Self::LogSource { category, product, service } => {
                if target.rule.kind != "correlation" {
                    let part = |part: &Option<String>| part.clone().map(|part| Spanned::new(part, Span::default()));
                    let source = &mut target.rule.data_source;
                    source.category = part(category);
                    source.product = part(product);
                    source.service = part(service);
                }
            }
            Self::AddFields(fields) => outputs.extend(fields.iter().map(OutputField::named)),
            Self::RemoveFields(fields) => {
                for field in fields {
                    if let Some(at) = outputs.iter().position(|known| known.field == *field) {
                        outputs.remove(at);
                    }
                }
            }
            Self::SetFields(fields) => *outputs = fields.iter().map(OutputField::named).collect(),
            Self::State { key, value } => {
                run.state.insert(key.clone(), value.clone());
            }
            Self::Attribute { name, value } => set_attribute(name, value, target, run),
            Self::Failure(message) => return Err(Failure::new(message.clone())),
            Self::RequireMapping => return require_mapping(target, run),
        }
        Ok(())
    }
}

fn set_attribute(name: &str, value: &Json, target: &mut Target<'_, '_>, run: &mut Run<'_>) {
    run.attributes.insert(name.to_owned(), value.clone());
    let origin = target.rule.origin;
    target.rule.extras.retain(|extra| extra.key != name);
    target.rule.extras.push(NativeExtra { key: name.to_owned(), text: value.to_string(), origin });
}

fn add_condition(
    entries: &[Entry],
    name: Option<&str>,
    (template, negated): (bool, bool),
    step: &Step,
    target: &mut Target<'_, '_>,
    run: &mut Run<'_>,
) -> Result<(), Failure> {
    let entries = if template { filled(entries, target)? } else { entries.to_vec() };
    let Some(detection) = target.detection.as_deref_mut() else { return Ok(()) };
    run.added += 1;
    let name = name.map_or_else(|| format!("_cond_{}", run.added), str::to_owned);
    let at = detection.condition.span;
    let mut reader = Reader::new("");
    let parts = entries.iter().map(|entry| placed(item::read(entry, &mut reader), at, step, run)).collect();
    let part = Part::All(parts, at);
    add(detection, name, part, negated);
    Ok(())
}

/// A search identifier that exists already is replaced, as pySigma does.
fn add(detection: &mut Detection<'_>, name: String, part: Part, negated: bool) {
    match detection.selections.iter_mut().find(|selection| selection.name == name) {
        Some(selection) => selection.part = part,
        None => detection.selections.push(Selection { name: name.clone().into(), part }),
    }
    detection.added.push(Added { name, negated });
}

/// A part of the pipeline's file in the rule: its places are that of the condition.
fn placed(part: Part, at: Span, step: &Step, run: &mut Run<'_>) -> Part {
    let Part::Item(mut item) = part else { return part };
    let put = |item: &mut Item| {
        item.at = at;
        for value in &mut item.values {
            value.at = at;
            value.written.1 = at;
        }
    };
    put(&mut item);
    if let Some(field) = &mut item.field {
        field.span = at;
        run.named.insert(field.value.name().to_owned());
    }
    super::run::mark(&mut item, step.id.as_ref());
    Part::Item(item)
}

/// The entries with `$category`, `$product` and `$service` of the rule in their strings.
fn filled(entries: &[Entry], target: &Target<'_, '_>) -> Result<Vec<Entry>, Failure> {
    let mut entries = entries.to_vec();
    for entry in &mut entries {
        match &mut entry.value.kind {
            NodeKind::Seq(items) => items.iter_mut().try_for_each(|item| fill(item, target))?,
            _ => fill(&mut entry.value, target)?,
        }
    }
    Ok(entries)
}

fn fill(node: &mut Node, target: &Target<'_, '_>) -> Result<(), Failure> {
    let NodeKind::Str(scalar) = &mut node.kind else { return Ok(()) };
    let source = &target.rule.data_source;
    let mut out = String::new();
    let mut rest = &*scalar.text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        let braced = after.strip_prefix('{').and_then(|inner| inner.split_once('}'));
        let end = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(after.len());
        let (name, next) = braced.unwrap_or((&after[..end], &after[end..]));
        let part = match name {
            "category" => &source.category,
            "product" => &source.product,
            "service" => &source.service,
            _ => {
                let plain = if after.starts_with('$') { 2 } else { 1 };
                out.push('$');
                rest = &rest[at + plain..];
                continue;
            }
        };
        let Some(part) = part else {
            return Err(Failure::new(format!(
                "the pipeline's condition needs the log source's `{name}`, which is not there"
            )));
        };
        out.push_str(&part.value);
        rest = next;
    }
    out.push_str(rest);
    scalar.text = out.into();
    Ok(())
}

fn require_mapping(target: &Target<'_, '_>, run: &Run<'_>) -> Result<(), Failure> {
    fn collect(part: &Part, run: &Run<'_>, missing: &mut Vec<(String, Span)>) {
        match part {
            Part::All(parts, _) | Part::Any(parts, _) => parts.iter().for_each(|part| collect(part, run, missing)),
            Part::Not(part) => collect(part, run, missing),
            Part::Item(item) => {
                let field = item.field.as_ref().filter(|field| !run.mapped.contains(field.value.name()));
                missing.extend(field.map(|field| (field.value.name().to_owned(), field.span)));
            }
            Part::Never | Part::Hole(..) => {}
        }
    }
    let mut missing = Vec::new();
    for selection in target.detection.iter().flat_map(|detection| &detection.selections) {
        collect(&selection.part, run, &mut missing);
    }
    let Some((_, at)) = missing.first().cloned() else { return Ok(()) };
    let mut names: Vec<String> = missing.into_iter().map(|(name, _)| format!("`{name}`")).collect();
    names.sort();
    names.dedup();
    Err(Failure::new(format!("the pipeline does not map {}", names.join(", "))).at(at))
}
