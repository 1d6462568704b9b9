//! Bare queries: `convert --from` and `eval --query`.

use super::Item;
use super::elastic::query::{Parts, Purpose, QueryKind, QueryText, parse};
use super::elastic::{logic_of, rule_of, whole_text};
use crate::catalog::fields::{Ages, ElasticData, Schema};
use crate::ir::{Case, DataSource, Dialect, Logic};
use crate::source::{Diagnostic, Location, Span, Spanned};

/// The language of a bare query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    Eql,
    /// Endgame's EQL. Its engine compares texts without regard to case unless it is told otherwise.
    Endgame(Case),
    /// Kibana's, not Microsoft's.
    Kql,
    Lucene,
    Esql,
}

impl Language {
    /// Reads `eql`, `eql-endgame`, `kql`, `kuery`, `lucene` or `esql`.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "eql" => Some(Self::Eql),
            "eql-endgame" => Some(Self::Endgame(Case::Insensitive)),
            "kql" | "kuery" => Some(Self::Kql),
            "lucene" => Some(Self::Lucene),
            "esql" => Some(Self::Esql),
            _ => None,
        }
    }

    /// The extensions of files that hold a query in the language.
    #[must_use]
    pub fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::Eql | Self::Endgame(_) => &["eql"],
            Self::Kql => &["kql", "kuery"],
            Self::Lucene => &["lucene"],
            Self::Esql => &["esql"],
        }
    }
}

/// What a bare query does not say itself.
#[derive(Debug, Clone, Copy, Default)]
pub struct QueryOptions<'a> {
    /// The index patterns that it runs on: they decide the fields' types.
    pub indices: &'a [&'a str],
    /// The field that an EQL category is a value of; without one `event.category`, Endgame's `event_type`.
    pub category_field: Option<&'a str>,
}

/// A query as a rule without metadata. Places are bytes of `text`. A query that cannot be read is opaque, with the
/// reasons among the diagnostics.
pub fn load_query(language: Language, text: &str, options: &QueryOptions<'_>) -> (Item, Vec<Diagnostic>) {
    let map = whole_text(text);
    let query = QueryText { text, map: &map };
    let mut parts = Parts::default();
    let mut data = DataSource {
        indices: options.indices.iter().map(|name| Spanned::new((*name).to_owned(), Span::default())).collect(),
        ..DataSource::default()
    };
    let (logic, diagnostics) = match language {
        Language::Endgame(case) => lower(QueryKind::Endgame(case), query, &mut data, options, &mut parts),
        Language::Eql => lower(QueryKind::Eql, query, &mut data, options, &mut parts),
        Language::Kql => lower(QueryKind::Kuery, query, &mut data, options, &mut parts),
        Language::Lucene => lower(QueryKind::Lucene, query, &mut data, options, &mut parts),
        Language::Esql => lower(QueryKind::Esql, query, &mut data, options, &mut parts),
    };
    data.scopes = std::mem::take(&mut parts.scopes);
    let origin = Location::main(Span::new(0, text.len()));
    let mut rule = rule_of(Dialect::Query, "rule", logic, parts, origin);
    rule.data_source = data;
    (Item::new(rule, 0), diagnostics)
}

fn lower(
    kind: QueryKind,
    query: QueryText<'_>,
    data: &mut DataSource,
    options: &QueryOptions<'_>,
    parts: &mut Parts,
) -> (Logic, Vec<Diagnostic>) {
    let (parsed, mut diagnostics) = parse(kind, query);
    let Some(parsed) = parsed else {
        return (query.opaque(kind.name(), "syntax", "the query cannot be read"), diagnostics);
    };
    data.datasets = parsed.datasets();
    let datasets: Vec<&str> = data.datasets.iter().map(String::as_str).collect();
    data.indices.extend(parsed.indices().into_iter().map(|(name, span)| Spanned::new(name, span)));
    let indices: Vec<&str> = data.indices.iter().map(|name| name.value.as_str()).collect();
    let within = parsed.datasets_of_all();
    let known =
        ElasticData { indices: &indices, datasets: &datasets, within: within.as_deref(), ..ElasticData::default() };
    let schema = Schema::of_elastic(&known);
    diagnostics.extend(parsed.check((&schema, Ages::newest()), query, Purpose::Search));
    let category = match kind {
        QueryKind::Endgame(_) => "event_type",
        _ => "event.category",
    };
    (logic_of(&parsed, parts, &schema, query, options.category_field.unwrap_or(category)), diagnostics)
}
