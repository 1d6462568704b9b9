//! Rule types: what `type`, `language`, the query and the tables beside it make together.

use super::query::{Lowering, Parsed, Parts, Purpose, QueryKind, QueryText, filter_problems, lower_filters, parse};
use super::reader::{Reader, plain, plain_texts, tables, text, texts};
use super::schedule;
use crate::catalog::features;
use crate::catalog::fields::{Ages, ElasticData, Schema};
use crate::ir::{
    Bound, Cmp, DataSource, ExprId, FieldPath, Indicator, IndicatorEntry, Logic, Measure, Meta, NewTerms, Opaque,
    Threshold, ThresholdSource, Value, Window,
};
use crate::source::{Diagnostic, Level, Location, Span, Spanned, TextMap, Unit};
use crate::syntax::Node;
use std::rc::Rc;
use std::time::Duration;

/// Kibana's schedule when a rule does not say.
const DEFAULT_LOOK_BACK: Duration = Duration::from_mins(6);
const DEFAULT_INTERVAL: Duration = Duration::from_mins(5);

/// What a rule's logic is read from.
pub(super) struct Source<'a> {
    pub(super) unit: &'a Unit,
    pub(super) rule: &'a Node,
    pub(super) meta: &'a Meta,
    pub(super) ages: &'a Ages,
}

/// The logic of a rule. The datasets that its query names are added to its data source.
pub(super) fn read(source: &Source<'_>, data: &mut DataSource, reader: &mut Reader<'_>, parts: &mut Parts) -> Logic {
    let logic = whole(source, data, reader, parts);
    if matches!(logic, Logic::Opaque(_)) {
        // What stands around a query that is not understood is kept beside it.
        for key in ["filters", "threshold", "new_terms", "threat_mapping", "threat_query", "threat_filters"] {
            if let Some(node) = source.rule.get(key) {
                reader.keep(&format!("rule.{key}"), node);
            }
        }
    }
    logic
}

fn whole(source: &Source<'_>, data: &mut DataSource, reader: &mut Reader<'_>, parts: &mut Parts) -> Logic {
    let rule = source.rule;
    let Some(kind) = text(rule, "type") else {
        let at = Location::main(rule.span);
        reader.report(Diagnostic::syntax(at, "this rule has no `type`").help("write `type = \"eql\"`, for instance"));
        return opaque_table(source, "", "rule-type", "a rule without a type");
    };
    match kind.value.as_str() {
        "machine_learning" => {
            let reason = "an anomaly job, whose model is not in the rule";
            opaque_table(source, "machine_learning", "machine_learning", reason)
        }
        "query" | "saved_query" | "eql" | "esql" | "threshold" | "new_terms" | "threat_match" => {
            let event = by_language(source, &kind.value, data, reader, parts);
            let filters = ["filters", "threat_filters"].into_iter().flat_map(|key| tables(rule, key));
            filters.flat_map(filter_problems).for_each(|diagnostic| reader.report(diagnostic));
            let event = with_filters(source, event, data, parts);
            by_type(source, &kind.value, event, reader, parts)
        }
        unknown => opaque_table(source, unknown, "rule-type", "an unknown type of rule"),
    }
}

/// Logic without a query of its own: what of the rule holds it.
fn opaque_table(source: &Source<'_>, language: &str, code: &'static str, reason: &str) -> Logic {
    let keys = ["machine_learning_job_id", "anomaly_threshold", "query"];
    let nodes = keys.iter().filter_map(|key| source.rule.get(key).map(|node| (key, node)));
    let lines: Vec<String> =
        nodes.map(|(key, node)| format!("{key} = {}", source.unit.slice(Location::main(node.span)))).collect();
    let span = source.rule.get("type").map_or(source.rule.span, |node| node.span);
    Logic::Opaque(Opaque {
        language: language.to_owned(),
        text: lines.join("\n"),
        reason: reason.to_owned(),
        code: code.into(),
        origin: Some(Location::main(span)),
    })
}

fn by_language(
    source: &Source<'_>,
    kind: &str,
    data: &mut DataSource,
    reader: &mut Reader<'_>,
    parts: &mut Parts,
) -> Logic {
    let language = language(source, kind, reader);
    let Some(scalar) = source.rule.get("query").and_then(Node::as_scalar) else {
        return without_query(source, (kind, &language), reader);
    };
    let query = QueryText { text: &scalar.text, map: &scalar.map };
    match language.as_str() {
        "eql" => lower(source, QueryKind::Eql, query, data, reader, parts),
        "kuery" => lower(source, QueryKind::Kuery, query, data, reader, parts),
        "esql" => lower(source, QueryKind::Esql, query, data, reader, parts),
        "lucene" => lower(source, QueryKind::Lucene, query, data, reader, parts),
        other => query.opaque(other, "language", "an unknown query language"),
    }
}

/// The language that the query is read in: what the rule says, though its type may have another.
fn language(source: &Source<'_>, kind: &str, reader: &mut Reader<'_>) -> String {
    let known = features::languages_of(kind);
    let own = known.first().copied().unwrap_or_default();
    let Some(said) = text(source.rule, "language") else { return own.to_owned() };
    if let ("eql" | "esql" | "kuery" | "lucene", false) = (said.value.as_str(), known.contains(&said.value.as_str())) {
        let names: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
        let message = format!("the query of a rule of type {kind} is in {}", names.join(" or "));
        let told = Diagnostic::new("wrong-type", Level::Error, Location::main(said.span), message);
        let help = match said.value.as_str() {
            other @ ("eql" | "esql") => format!("write `type = \"{other}\"` for a query in {other}"),
            _ => "write `type = \"query\"` for a query in KQL or Lucene".to_owned(),
        };
        reader.report(told.help(help));
    }
    said.value
}

/// A query that stands elsewhere, filters alone, or a mistake.
fn without_query(source: &Source<'_>, (kind, language): (&str, &str), reader: &mut Reader<'_>) -> Logic {
    if source.rule.get("saved_id").is_some() {
        return opaque_table(source, language, "saved-query", "the query is saved in Kibana and not in the rule");
    }
    if kind == "query" && !tables(source.rule, "filters").is_empty() {
        return Logic::Event(ExprId::TRUE);
    }
    reader.report(Diagnostic::syntax(Location::main(source.rule.span), "this rule has no `query`"));
    opaque_table(source, kind, "syntax", "the rule has no query")
}

fn lower(
    source: &Source<'_>,
    kind: QueryKind,
    query: QueryText<'_>,
    data: &mut DataSource,
    reader: &mut Reader<'_>,
    parts: &mut Parts,
) -> Logic {
    let (parsed, diagnostics) = parse(kind, query);
    diagnostics.into_iter().for_each(|diagnostic| reader.report(diagnostic));
    let Some(parsed) = parsed else {
        return query.opaque(kind.name(), "syntax", "the query cannot be read");
    };
    data.datasets.extend(parsed.datasets());
    let named = parsed.indices().into_iter();
    data.indices.extend(named.map(|(name, span)| Spanned::new(name, query.at(span).span)));
    let schema = schema(data, parsed.datasets_of_all().as_deref(), source.ages);
    parsed
        .check((&schema, source.ages), query, Purpose::Rule)
        .into_iter()
        .for_each(|diagnostic| reader.report(diagnostic));
    let category = plain(source.rule, "event_category_override").unwrap_or_else(|| "event.category".to_owned());
    logic_of(&parsed, parts, &schema, query, &category)
}

/// The lowered query, or the query as text when it is larger than the budget.
pub(in crate::frontend) fn logic_of(
    parsed: &Parsed,
    parts: &mut Parts,
    schema: &Schema,
    query: QueryText<'_>,
    category_field: &str,
) -> Logic {
    parts.language = Some(parsed.language());
    let logic = parsed.lower(&mut Lowering::new(parts, schema, query, category_field));
    if parts.pool.is_exceeded() {
        return query.opaque(parsed.language(), "budget", "the condition is larger than a rule may be");
    }
    logic
}

/// The fields of a rule's data; of the datasets `within` alone where its query is about no others.
pub(super) fn schema(data: &DataSource, within: Option<&[String]>, ages: &Ages) -> Rc<Schema> {
    let (indices, integrations) = (names(&data.indices), names(&data.integrations));
    let datasets: Vec<&str> = data.datasets.iter().map(String::as_str).collect();
    let (indices, integrations, datasets) = (indices.as_slice(), integrations.as_slice(), datasets.as_slice());
    Schema::of_elastic(&ElasticData { indices, integrations, datasets, within, ages })
}

fn names(list: &[Spanned<String>]) -> Vec<&str> {
    list.iter().map(|item| item.value.as_str()).collect()
}

/// Filters hold for every event that the query looks at.
fn with_filters(source: &Source<'_>, logic: Logic, data: &DataSource, parts: &mut Parts) -> Logic {
    let filters = tables(source.rule, "filters");
    if filters.is_empty() {
        return logic;
    }
    let condition = filters_of(source.unit, filters, &schema(data, None, source.ages), parts);
    logic.restricted(condition, &mut parts.pool)
}

fn filters_of(unit: &Unit, filters: &[Node], schema: &Schema, parts: &mut Parts) -> ExprId {
    let file = &unit.main().text;
    let map = whole_text(file);
    lower_filters(filters, &mut Lowering::new(parts, schema, QueryText { text: file, map: &map }, "event.category"))
}

/// The rule type around the query's condition.
fn by_type(source: &Source<'_>, kind: &str, event: Logic, reader: &mut Reader<'_>, parts: &mut Parts) -> Logic {
    let filter = match event {
        Logic::Event(filter) => filter,
        // A query that counts does so over what one run of the rule sees.
        Logic::Threshold(found) => return Logic::Threshold(Threshold { window: run_window(source), ..found }),
        other => return other,
    };
    match kind {
        "threshold" => threshold(source, filter, reader),
        "new_terms" => new_terms(source, filter, reader),
        "threat_match" => threat_match(source, filter, reader, parts),
        _ => Logic::Event(filter),
    }
}

fn threshold(source: &Source<'_>, filter: ExprId, reader: &mut Reader<'_>) -> Logic {
    let Some(table) = source.rule.get("threshold") else {
        reader.report(Diagnostic::syntax(Location::main(source.rule.span), "this rule has no `[rule.threshold]`"));
        return opaque_table(source, "kuery", "syntax", "a threshold rule without a threshold");
    };
    let at_least = |measure, number: i64| Bound { measure, op: Cmp::GreaterOrEqual, number: Value::Int(number) };
    let value = table.get("value").and_then(Node::as_int).unwrap_or(1);
    let mut bounds = vec![at_least(Measure::Count, value)];
    for entry in tables(table, "cardinality") {
        if let (Some(field), Some(number)) = (plain(entry, "field"), entry.get("value").and_then(Node::as_int)) {
            bounds.push(at_least(Measure::Distinct(vec![FieldPath::dotted(&field)]), number));
        }
    }
    let group_by = plain_texts(table, "field").iter().map(|field| FieldPath::dotted(field)).collect();
    Logic::Threshold(Threshold {
        aliases: Vec::new(),
        source: ThresholdSource::Filter(filter),
        group_by,
        bounds,
        window: run_window(source),
    })
}

/// What one run of the rule sees.
fn run_window(source: &Source<'_>) -> Window {
    Window::Run {
        look_back: source.meta.schedule.look_back.unwrap_or(DEFAULT_LOOK_BACK),
        interval: source.meta.schedule.interval.unwrap_or(DEFAULT_INTERVAL),
    }
}

fn new_terms(source: &Source<'_>, filter: ExprId, reader: &mut Reader<'_>) -> Logic {
    let found = source.rule.get("new_terms").and_then(|table| {
        let start = tables(table, "history_window_start").first()?;
        let start = text(start, "value")?;
        let history = schedule::look_back(&start.value);
        if history.is_none() {
            reader.wrong_value("rule.new_terms.history_window_start", start.span, "date math like `now-7d`");
        }
        let fields = texts(table, "value").iter().map(|field| FieldPath::dotted(&field.value)).collect();
        Some(NewTerms { filter, fields, history: history? })
    });
    found.map_or_else(
        || {
            let at = Location::main(source.rule.span);
            reader.report(Diagnostic::syntax(at, "this rule does not say which terms are new, or since when"));
            opaque_table(source, "kuery", "syntax", "a new terms rule without its fields or history")
        },
        Logic::NewTerms,
    )
}

fn threat_match(source: &Source<'_>, filter: ExprId, reader: &mut Reader<'_>, parts: &mut Parts) -> Logic {
    let rule = source.rule;
    let filters = filters_of(source.unit, tables(rule, "threat_filters"), &Schema::elastic(&[], &[], &[]), parts);
    let threat = match threat_query(rule, reader, parts) {
        Ok(threat) => threat,
        Err(opaque) => return *opaque,
    };
    let threat_filter = parts.pool.and([threat, filters], None);
    let mapping = tables(rule, "threat_mapping")
        .iter()
        .map(|group| tables(group, "entries").iter().filter_map(mapping_entry).collect())
        .collect();
    Logic::Indicator(Indicator { filter, threat_filter, mapping })
}

fn mapping_entry(entry: &Node) -> Option<IndicatorEntry> {
    Some(IndicatorEntry {
        field: FieldPath::dotted(&plain(entry, "field")?),
        indicator_field: FieldPath::dotted(&plain(entry, "value")?),
        negated: entry.get("negate").and_then(Node::as_bool) == Some(true),
    })
}

fn threat_query(rule: &Node, reader: &mut Reader<'_>, parts: &mut Parts) -> Result<ExprId, Box<Logic>> {
    let Some(scalar) = rule.get("threat_query").and_then(Node::as_scalar) else { return Ok(ExprId::TRUE) };
    let query = QueryText { text: &scalar.text, map: &scalar.map };
    let language = plain(rule, "threat_language").unwrap_or_else(|| "kuery".to_owned());
    let kind = match language.as_str() {
        "kuery" => QueryKind::Kuery,
        "lucene" => QueryKind::Lucene,
        other => return Err(Box::new(query.opaque(other, "language", "the indicator query is in no language for it"))),
    };
    let (parsed, diagnostics) = parse(kind, query);
    diagnostics.into_iter().for_each(|diagnostic| reader.report(diagnostic));
    let parsed =
        parsed.ok_or_else(|| Box::new(query.opaque(kind.name(), "syntax", "the indicator query cannot be read")))?;
    let schema = Schema::elastic(&[], &[], &[]);
    match logic_of(&parsed, parts, &schema, query, "event.category") {
        Logic::Event(filter) => Ok(filter),
        other => Err(Box::new(other)),
    }
}

/// The map of a text that stands alone in its file.
pub(in crate::frontend) fn whole_text(text: &str) -> TextMap {
    TextMap::verbatim(Span::new(0, text.len()))
}
