//! Hunts (`[hunt]`): several queries in one file, each an item of its own.

use super::keys;
use super::logic::schema;
use super::query::{Parts, QueryKind, QueryText, parse};
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
    if queries.is_empty() {
        reader.report(Diagnostic::syntax(Location::main(hunt.span), "this hunt has no `query`"));
    }
    let languages = plain_texts(hunt, "language");
    let mut rules: Vec<Rule> =
        queries.into_iter().map(|scalar| one(scalar, &languages, &meta, (&data, ages), &mut reader)).collect();
    let extras = [std::mem::take(&mut reader.extras), atlas(unit, hunt)].concat();
    rules.iter_mut().for_each(|rule| rule.extras.extend(extras.iter().cloned()));
    (rules, reader.diagnostics)
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
    let logic = match language {
        "EQL" => read_query(QueryKind::Eql, query, (&mut data, ages), &mut parts, reader),
        "ES|QL" => read_query(QueryKind::Esql, query, (&mut data, ages), &mut parts, reader),
        "KQL" | "Kuery" => read_query(QueryKind::Kuery, query, (&mut data, ages), &mut parts, reader),
        "Lucene" => read_query(QueryKind::Lucene, query, (&mut data, ages), &mut parts, reader),
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
    parts: &mut Parts,
    reader: &mut Reader<'_>,
) -> Logic {
    let (parsed, diagnostics) = parse(kind, query);
    diagnostics.into_iter().for_each(|diagnostic| reader.report(diagnostic));
    let Some(parsed) = parsed else { return query.opaque(kind.name(), "syntax", "the query cannot be read") };
    data.datasets.extend(parsed.datasets());
    let named = parsed.indices().into_iter();
    data.indices.extend(named.map(|(name, span)| Spanned::new(name, query.at(span).span)));
    let schema = schema(data, ages);
    parsed.check((&schema, ages), query, false).into_iter().for_each(|diagnostic| reader.report(diagnostic));
    logic_of(&parsed, parts, &schema, query, "event.category")
}
