//! Hunts (`[hunt]`): several queries in one file, each an item of its own.

use super::keys;
use super::logic::schema;
use super::query::{Parts, Purpose, QueryKind, QueryText, parse};
use super::reader::{Reader, plain, plain_texts, text, texts};
use super::{logic_of, rule_of};
use crate::catalog::fields::Ages;
use crate::ir::{AttackRef, DataSource, Dialect, Logic, Meta, NativeExtra, Rule};
use crate::source::{Diagnostic, Location, Spanned, Unit};
use crate::syntax::{Node, Scalar};

/// An item for each query of the hunt.
pub(super) fn read(unit: &Unit, hunt: &Node, ages: &Ages) -> (Vec<Rule>, Vec<Diagnostic>) {
    let mut reader = Reader::new(unit);
    reader.check("hunt", hunt, keys::HUNT);
    let meta = meta(hunt);
    let data = DataSource { integrations: texts(hunt, "integration"), ..DataSource::default() };
    let queries: Vec<&Scalar> = match hunt.get("query").map(|node| (node, node.as_seq())) {
        Some((_, Some(items))) => items.iter().filter_map(Node::as_scalar).collect(),
        Some((node, None)) => node.as_scalar().into_iter().collect(),
        None => Vec::new(),
    };
    required(hunt, queries.is_empty(), &mut reader);
    let named = texts(hunt, "language");
    for language in named.iter().filter(|language| !LANGUAGES.contains(&&*language.value)) {
        reader.wrong_value("hunt.language", language.span, &format!("one of {}", quoted(&LANGUAGES)));
    }
    let languages = plain_texts(hunt, "language");
    let mut rules: Vec<Rule> =
        queries.into_iter().map(|scalar| one(scalar, &languages, &meta, (&data, ages), &mut reader)).collect();
    let extras = [std::mem::take(&mut reader.extras), atlas(unit, hunt)].concat();
    rules.iter_mut().for_each(|rule| rule.extras.extend(extras.iter().cloned()));
    (rules, reader.diagnostics)
}

/// The languages of hunts. `SQL` is osquery's.
const LANGUAGES: [&str; 6] = ["ES|QL", "EQL", "KQL", "Kuery", "Lucene", "SQL"];

/// What a hunt cannot be without (`hunting/definitions.py` of elastic/detection-rules; its tests ask for a technique).
const REQUIRED: [&str; 8] = ["author", "description", "integration", "uuid", "name", "language", "license", "mitre"];

fn required(hunt: &Node, is_without_query: bool, reader: &mut Reader<'_>) {
    let is_empty = |node: &Node| node.as_seq().is_some_and(<[Node]>::is_empty);
    let mut missing: Vec<&str> = REQUIRED.into_iter().filter(|key| hunt.get(key).is_none_or(is_empty)).collect();
    missing.extend(is_without_query.then_some("query"));
    if !missing.is_empty() {
        let message = format!("this hunt has no {}", quoted(&missing));
        let help = "write the keys; none of them may be empty";
        reader.report(Diagnostic::syntax(Location::main(hunt.span), message).help(help));
    }
}

fn quoted(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn meta(hunt: &Node) -> Meta {
    Meta {
        id: text(hunt, "uuid"),
        title: plain(hunt, "name").unwrap_or_default(),
        description: plain(hunt, "description"),
        authors: plain_texts(hunt, "author"),
        license: plain(hunt, "license"),
        references: plain_texts(hunt, "references"),
        note: Some(plain_texts(hunt, "notes").join("\n\n")).filter(|note| !note.is_empty()),
        attack: texts(hunt, "mitre").into_iter().filter(|id| !is_atlas(id)).map(reference).collect(),
        ..Meta::default()
    }
}

/// MITRE ATLAS has ids of its own; the shared term is ATT&CK.
fn is_atlas(id: &Spanned<String>) -> bool {
    id.value.starts_with("AML.")
}

fn reference(technique: Spanned<String>) -> AttackRef {
    AttackRef { technique: Some(technique), ..AttackRef::default() }
}

fn atlas(unit: &Unit, hunt: &Node) -> Vec<NativeExtra> {
    let extra = |id: Spanned<String>| {
        let origin = Location::main(id.span);
        NativeExtra { key: "hunt.mitre".to_owned(), text: unit.slice(origin).to_owned(), origin }
    };
    texts(hunt, "mitre").into_iter().filter(is_atlas).map(extra).collect()
}

fn one(
    scalar: &Scalar,
    languages: &[String],
    meta: &Meta,
    (data, ages): (&DataSource, &Ages),
    reader: &mut Reader<'_>,
) -> Rule {
    let query = QueryText { text: &scalar.text, map: &scalar.map };
    let language = language_of(&scalar.text, languages);
    let mut parts = Parts::default();
    let mut data = data.clone();
    let is_by_elastic = meta.authors.iter().any(|author| author == "Elastic");
    let purpose = if is_by_elastic { Purpose::ElasticHunt } else { Purpose::Search };
    let logic = match language {
        "EQL" => read_query(QueryKind::Eql, query, (&mut data, ages), purpose, &mut parts, reader),
        "ES|QL" => read_query(QueryKind::Esql, query, (&mut data, ages), purpose, &mut parts, reader),
        "KQL" | "Kuery" => read_query(QueryKind::Kuery, query, (&mut data, ages), purpose, &mut parts, reader),
        "Lucene" => read_query(QueryKind::Lucene, query, (&mut data, ages), purpose, &mut parts, reader),
        "SQL" => query.opaque("sql", "osquery", "osquery's SQL asks a host for its state, not the events"),
        other => query.opaque(other, "hunt-language", "a hunt in a language that is not read"),
    };
    data.scopes = std::mem::take(&mut parts.scopes);
    let mut rule = rule_of(Dialect::Elastic, "hunt", logic, parts, query.whole());
    rule.meta = meta.clone();
    rule.data_source = data;
    rule
}

/// The language of one query when the file names several: each has its own first words.
fn language_of<'l>(text: &str, languages: &'l [String]) -> &'l str {
    let named = |name: &str| languages.iter().find(|language| language.as_str() == name).map(String::as_str);
    // The name of a language above the query is a slip of the pen, which the language's reader complains about.
    let is_code = |line: &&str| !line.is_empty() && !line.starts_with("//") && !line.eq_ignore_ascii_case("sql");
    let code = text.lines().map(str::trim).find(is_code).unwrap_or_default();
    let first = code.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default().to_ascii_lowercase();
    let guess = match first.as_str() {
        "from" | "row" => named("ES|QL"),
        "select" | "with" => named("SQL"),
        _ => named("EQL"),
    };
    guess.or(languages.first().map(String::as_str)).unwrap_or("")
}

fn read_query(
    kind: QueryKind,
    query: QueryText<'_>,
    (data, ages): (&mut DataSource, &Ages),
    purpose: Purpose,
    parts: &mut Parts,
    reader: &mut Reader<'_>,
) -> Logic {
    let (parsed, diagnostics) = parse(kind, query);
    diagnostics.into_iter().for_each(|diagnostic| reader.report(diagnostic));
    let Some(parsed) = parsed else { return query.opaque(kind.name(), "syntax", "the query cannot be read") };
    data.datasets.extend(parsed.datasets());
    let named = parsed.indices().into_iter();
    data.indices.extend(named.map(|(name, span)| Spanned::new(name, query.at(span).span)));
    let schema = schema(data, parsed.datasets_of_all().as_deref(), ages);
    parsed.check((&schema, ages), query, purpose).into_iter().for_each(|diagnostic| reader.report(diagnostic));
    logic_of(&parsed, parts, &schema, query, "event.category")
}
