//! Black-box tests of the library.

// The whole crate is tests; clippy's allowances for tests reach only functions marked as such.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::format_collect)]

mod architecture;
mod attack_versions;
mod backend_elastic;
mod backend_kibana;
mod backend_lucene;
mod backend_panther;
mod backend_sigma;
mod carets;
mod cli;
mod cli_convert;
mod cli_inputs;
mod cli_queries;
mod cli_status;
mod conformance_endgame;
mod conformance_eql;
mod conversions;
mod elastic_edits;
mod elastic_lints;
mod elastic_values;
mod eql_errors;
mod eql_language;
mod eql_types;
mod esql_mistakes;
mod esql_rows;
mod event_shapes;
mod frontend_elastic;
mod frontend_sigma;
mod lang_esql;
mod lang_kuery;
mod lang_sigma;
mod lint_pages;
mod panther_constructs;
mod panther_corpus;
mod panther_correlation;
mod panther_fuzz;
mod panther_queries;
mod passes;
mod pipelines;
mod proof;
mod query_hints;
mod report_render;
mod seeds;
mod shared;
mod sigma_filters;
mod sigma_lints;
mod sigma_regression;
mod sigma_round_trip;
mod sigma_spec;
mod syntax_corpora;
mod syntax_edits;
mod syntax_props;
