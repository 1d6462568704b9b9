//! Transformations of field names: in detection items, in references to fields, in the list `fields` and in correlations.

use super::Failure;
use super::params::{Params, one_or_more};
use super::run::{Outcome, Run, Target, each_item, mark};
use super::step::Step;
use crate::frontend::sigma::reader::{Reader, span_of};
use crate::frontend::sigma::typed::{Field, Item, Part, Test, Value};
use crate::frontend::sigma::value::anywhere;
use crate::ir::{FieldPath, Logic, OutputField, Threshold};
use crate::source::Spanned;
use crate::syntax::{Entry, NodeKind};
use std::collections::HashMap;

/// What names become. Absent names are searches of the whole event.
#[derive(Debug)]
pub(super) enum Renaming {
    Map(HashMap<Option<String>, Vec<String>>),
    /// The first prefix that fits, in the order of writing.
    Prefixes(Vec<(String, Vec<String>)>),
    Function {
        exceptions: HashMap<Option<String>, Vec<String>>,
        function: Function,
        keywords: bool,
    },
    Before(String),
    After(String),
}

/// The functions of `field_name_transform`. pySigma takes a Python function; these have names.
#[derive(Debug, Clone, Copy)]
pub(super) enum Function {
    Lower,
    Upper,
    Title,
    Snake,
}

const FUNCTIONS: &[(&str, Function)] = &[
    ("lower", Function::Lower),
    ("upper", Function::Upper),
    ("title", Function::Title),
    ("snake_case", Function::Snake),
];

impl Function {
    fn of(self, name: &str) -> String {
        match self {
            Self::Lower => name.to_lowercase(),
            Self::Upper => name.to_uppercase(),
            Self::Title => {
                let mut before = false;
                let letter = |c: char| {
                    let starts = !before;
                    before = c.is_alphabetic();
                    if starts { c.to_uppercase().collect::<String>() } else { c.to_lowercase().collect() }
                };
                name.chars().map(letter).collect()
            }
            Self::Snake => super::strings::snake_case(name),
        }
    }
}

impl Renaming {
    pub(super) fn mapping(params: &mut Params<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let entries = params.need_map("mapping", reader)?;
        Some(Self::Map(table(entries, reader)))
    }

    pub(super) fn prefixes(params: &mut Params<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let entries = params.need_map("mapping", reader)?;
        let names = |entry: &Entry| {
            if is_null_key(entry, reader) {
                reader.syntax(entry.key.span, "a prefix is a string");
            }
            Some((entry.key.text.clone(), targets(entry, reader)?))
        };
        Some(Self::Prefixes(entries.iter().filter_map(names).collect()))
    }

    pub(super) fn function(params: &mut Params<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let exceptions = match params.get("mapping") {
            Some(node) if !node.is_null() => table(params.need_map("mapping", reader)?, reader),
            _ => HashMap::new(),
        };
        let keywords = params.flag("apply_keyword", false, reader);
        let function = params.choice("transform_func", FUNCTIONS, None, reader)?;
        Some(Self::Function { exceptions, function, keywords })
    }

    pub(super) fn prefix(params: &mut Params<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        params.need_text("prefix", reader).map(Self::Before)
    }

    pub(super) fn suffix(params: &mut Params<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        params.need_text("suffix", reader).map(Self::After)
    }

    /// The new names of a field; none when it keeps its own.
    fn names(&self, field: Option<&str>) -> Option<Vec<String>> {
        match self {
            Self::Map(map) => map.get(&field.map(str::to_owned)).cloned(),
            Self::Prefixes(prefixes) => {
                let field = field?;
                let (rest, targets) = prefixes
                    .iter()
                    .find_map(|(prefix, targets)| Some((field.strip_prefix(prefix.as_str())?, targets)))?;
                Some(targets.iter().map(|target| format!("{target}{rest}")).collect())
            }
            Self::Function { exceptions, function, keywords } => {
                if field.is_none() && !keywords {
                    return None;
                }
                let exception = exceptions.get(&field.map(str::to_owned)).cloned();
                exception.or_else(|| field.map(|field| vec![function.of(field)]))
            }
            Self::Before(prefix) => field.map(|field| vec![format!("{prefix}{field}")]),
            Self::After(suffix) => field.map(|field| vec![format!("{field}{suffix}")]),
        }
    }

    pub(super) fn apply(&self, step: &Step, target: &mut Target<'_, '_>, run: &mut Run<'_>) -> Result<(), Failure> {
        let fields = std::mem::take(&mut target.rule.meta.output_fields);
        for output in fields {
            let names = self.listed(&output.field, step, run);
            let outputs = names.into_iter().map(|field| OutputField { field, ..output.clone() });
            target.rule.meta.output_fields.extend(outputs);
        }
        self.correlation(step, &mut target.rule.logic, run)?;
        each_item(target, |item| Ok(self.item(step, item, run)))
    }

    /// The names of a field that stands by itself, with who gave them.
    fn listed(&self, field: &str, step: &Step, run: &mut Run<'_>) -> Vec<String> {
        let Some(names) = self.names(Some(field)).filter(|_| step.fits_field(Some(field), None, run)) else {
            return vec![field.to_owned()];
        };
        if names != [field] {
            let mut ids = run.field_ids.remove(field).unwrap_or_default();
            ids.extend(step.id.clone());
            for name in &names {
                run.field_ids.insert(name.clone(), ids.clone());
            }
        }
        run.named.extend(names.iter().cloned());
        names
    }

    fn correlation(&self, step: &Step, logic: &mut Logic, run: &mut Run<'_>) -> Result<(), Failure> {
        match logic {
            Logic::Threshold(threshold) => self.threshold(step, threshold, run),
            Logic::Temporal(temporal) => {
                for (_, fields) in &mut temporal.aliases {
                    for (_, field) in fields {
                        *field = self.one(field, step, run)?;
                    }
                }
                let aliases: Vec<&String> = temporal.aliases.iter().map(|(alias, _)| alias).collect();
                let names = temporal.group_by.iter().flat_map(|name| {
                    if aliases.contains(&name) { vec![name.clone()] } else { self.listed(name, step, run) }
                });
                temporal.group_by = names.collect();
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn threshold(&self, step: &Step, threshold: &mut Threshold, run: &mut Run<'_>) -> Result<(), Failure> {
        for (_, fields) in &mut threshold.aliases {
            for (_, field) in fields {
                *field = self.one(field, step, run)?;
            }
        }
        let is_alias = |field: &FieldPath| threshold.aliases.iter().any(|(alias, _)| *alias == field.name());
        let mut group_by = Vec::new();
        for field in &threshold.group_by {
            if is_alias(field) {
                group_by.push(field.clone());
            } else {
                group_by.extend(self.listed(&field.name(), step, run).iter().map(|name| FieldPath::dotted(name)));
            }
        }
        threshold.group_by = group_by;
        for bound in &mut threshold.bounds {
            for field in bound.measure.fields_mut() {
                *field = self.one(field, step, run)?;
            }
        }
        Ok(())
    }

    /// The one name of a field where only one can stand.
    fn one(&self, field: &FieldPath, step: &Step, run: &mut Run<'_>) -> Result<FieldPath, Failure> {
        match self.listed(&field.name(), step, run).as_slice() {
            [name] => Ok(FieldPath::dotted(name)),
            names => {
                let message =
                    format!("`{field}` becomes {}, and a correlation takes one name here", names.join(" and "));
                Err(Failure::new(message))
            }
        }
    }

    fn item(&self, step: &Step, item: &mut Item, run: &mut Run<'_>) -> Outcome {
        if !step.fits_item(item, run) {
            return Outcome::Kept;
        }
        let referred = self.references(step, item, run);
        let own = item.field.as_ref().map(|field| field.value.name().to_owned());
        let Some(names) = self.names(own.as_deref()).filter(|_| step.fits_field(own.as_deref(), Some(item), run))
        else {
            if referred {
                mark(item, step.id.as_ref());
            }
            return if referred { Outcome::Changed } else { Outcome::Kept };
        };
        run.mapped.extend(own.iter().chain(&names).cloned());
        run.named.extend(names.iter().cloned());
        mark(item, step.id.as_ref());
        if own.is_none() {
            place_keywords(&mut item.values);
        }
        let at = item.field.as_ref().map_or(item.at, |field| field.span);
        if let [name] = names.as_slice() {
            item.field = Some(Spanned::new(Field::new(name.clone()), at));
            return Outcome::Changed;
        }
        Outcome::Replaced(one_of(item, &names, at))
    }

    /// Renames the fields that values refer to.
    fn references(&self, step: &Step, item: &mut Item, run: &mut Run<'_>) -> bool {
        let mut values = Vec::with_capacity(item.values.len());
        let mut changed = false;
        for value in std::mem::take(&mut item.values) {
            match &value.test {
                Test::Field(name, place) if step.fits_field(Some(name), None, run) => {
                    changed = true;
                    let names = self.listed(name, step, run);
                    values.extend(
                        names.into_iter().map(|name| Value { test: Test::Field(name, *place), ..value.clone() }),
                    );
                }
                _ => values.push(value),
            }
        }
        item.values = values;
        changed
    }
}

/// A keyword that is now looked for in a field may still stand anywhere in it.
fn place_keywords(values: &mut [Value]) {
    for value in values {
        if let Test::Text(text) = &mut value.test
            && !text.placed
        {
            text.pieces = anywhere(text.pieces.list().into_owned()).into();
            text.placed = true;
        }
    }
}

/// The item for each of the names: one of them has to pass, so under `neq` none may, and no value means none in any of them.
fn one_of(item: &Item, names: &[String], at: crate::source::Span) -> Part {
    let part = |name: &String| {
        let field = Some(Spanned::new(Field::new(name.clone()), at));
        Part::Item(Item { field, negated: false, ..item.clone() })
    };
    let parts = names.iter().map(part).collect();
    let is_absence = |value: &Value| matches!(value.test, Test::Null | Test::Exists(false));
    let linked = if !item.values.is_empty() && item.values.iter().all(is_absence) {
        Part::All(parts, item.at)
    } else {
        Part::Any(parts, item.at)
    };
    if item.negated { Part::Not(Box::new(linked)) } else { linked }
}

fn table(entries: &[Entry], reader: &mut Reader<'_>) -> HashMap<Option<String>, Vec<String>> {
    let mut map = HashMap::new();
    for entry in entries {
        let key = (!is_null_key(entry, reader)).then(|| entry.key.text.clone());
        if let Some(names) = targets(entry, reader) {
            map.insert(key, names);
        }
    }
    map
}

/// `null: field` maps searches of the whole event; `'null': field` the field of that name.
fn is_null_key(entry: &Entry, reader: &Reader<'_>) -> bool {
    matches!(reader.slice(entry.key.span), "null" | "Null" | "NULL" | "~" | "")
}

fn targets(entry: &Entry, reader: &mut Reader<'_>) -> Option<Vec<String>> {
    let names = one_or_more(&entry.key.text, &entry.value, reader)?;
    if names.is_empty() && matches!(entry.value.kind, NodeKind::Seq(_)) {
        reader.wrong_type(span_of(&entry.value), format!("`{}` is mapped to nothing", entry.key.text));
        return None;
    }
    Some(names)
}
