//! The types of an EQL query with the field tables at hand.

use super::QueryText;
use crate::catalog::fields::{FieldType, Schema};
use crate::lang::eql::{self, Kind, Query};
use crate::source::{Diagnostic, Level};

/// What Elasticsearch's verifier refuses, as far as the tables are sure of the types.
pub(super) fn check(tree: &Query, schema: &Schema, query: QueryText<'_>) -> Vec<Diagnostic> {
    let level = if schema.has_sure_types() { Level::Error } else { Level::Warning };
    let problems = eql::type_problems(tree, &|name| kind_of(schema, name));
    let told = problems.into_iter().map(|problem| {
        let at = query.at(problem.span);
        let mut diagnostic = Diagnostic::new("eql-type", level, at, problem.message);
        diagnostic.help = problem.help;
        diagnostic
    });
    told.collect()
}

/// How EQL reads a field. Texts are `eql-text-field`'s concern; of flattened fields the tables do not say which keys a mapping has besides.
fn kind_of(schema: &Schema, name: &str) -> Kind {
    if is_in_nested(schema, name) {
        return Kind::Unsupported("nested");
    }
    let Some(info) = schema.lookup(name) else { return Kind::Unknown };
    match info.ty {
        FieldType::Keyword
        | FieldType::ConstantKeyword
        | FieldType::Wildcard
        | FieldType::Text
        | FieldType::MatchOnlyText => Kind::Text,
        FieldType::Integer | FieldType::Float => Kind::Number,
        FieldType::Boolean => Kind::Boolean,
        FieldType::Ip => Kind::Address,
        FieldType::Date => Kind::Date,
        FieldType::Version => Kind::Version,
        FieldType::GeoPoint => Kind::Unsupported("geo_point"),
        FieldType::Nested => Kind::Unsupported("nested"),
        FieldType::Flattened | FieldType::Object | FieldType::Alias | FieldType::Unknown => Kind::Unknown,
    }
}

fn is_in_nested(schema: &Schema, name: &str) -> bool {
    let parents = name.match_indices('.').filter_map(|(at, _)| name.get(..at));
    parents.into_iter().any(|parent| schema.lookup(parent).is_some_and(|info| info.ty == FieldType::Nested))
}
