//! Pipelines back to commands.

use super::guards::Guards;
use super::{Writer, boolean, column, command, name, plain, star, string, term};
use crate::fidelity::code;
use crate::ir::{AggregateStage, Columns, Computed, FieldPath, Pattern, Piece, Pipeline, SortKey, SortOrder, Stage};
use crate::lang::esql::{
    At, Call, Command, CommandKind, EnrichField, Expr, ExprKind, Field, Literal, MapValue, Measure, Name, NamePart,
    Order, Renaming, Source, With,
};
use crate::source::Location;

/// Whether the rows do not come from events.
pub(super) fn has_own_source(pipeline: &Pipeline) -> bool {
    matches!(pipeline.stages.first(), Some(Stage::Row(_)))
}

/// Whether the rows are no events: they have been grouped.
pub(super) fn makes_rows(pipeline: &Pipeline) -> bool {
    pipeline.stages.iter().any(|stage| matches!(stage, Stage::Aggregate(stage) if !stage.inline))
}

impl Writer<'_> {
    pub(super) fn stages(&mut self, stages: &[Stage], origin: Location) -> Vec<Command> {
        stages.iter().map(|stage| command(self.stage(stage, origin))).collect()
    }

    fn stage(&mut self, stage: &Stage, origin: Location) -> CommandKind {
        match stage {
            Stage::Row(columns) => CommandKind::Row(self.fields(columns)),
            Stage::Filter(filter) => CommandKind::Where(self.holds(*filter, &Guards::default())),
            Stage::Compute(columns) => CommandKind::Eval(self.fields(columns)),
            Stage::Aggregate(stage) => self.aggregate(stage),
            Stage::Keep(columns) => CommandKind::Keep(columns.iter().map(listed).collect()),
            Stage::Drop(columns) => CommandKind::Drop(columns.iter().map(listed).collect()),
            Stage::Rename(names) => {
                let renaming = |(new, old): &(std::sync::Arc<str>, FieldPath)| Renaming {
                    old: path(old),
                    new: name(new),
                    assigned: false,
                };
                CommandKind::Rename(names.iter().map(renaming).collect())
            }
            Stage::Sort(keys) => CommandKind::Sort(keys.iter().map(order).collect()),
            Stage::Limit { count, by } => CommandKind::Limit {
                count: plain(ExprKind::Literal(Literal::Integer(*count))),
                by: by.iter().map(column).collect(),
            },
            Stage::Expand(field) => {
                self.expanded.push(field.clone());
                CommandKind::MvExpand(path(field))
            }
            Stage::Grok { input, patterns } => CommandKind::Grok {
                input: self.term(input, None),
                patterns: patterns.iter().map(|pattern| string(&pattern.to_string())).collect(),
            },
            Stage::Dissect { input, pattern, separator } => {
                let value = plain(ExprKind::Literal(Literal::String(string(separator))));
                let option = (name("APPEND_SEPARATOR"), value);
                let options = if separator.is_empty() { Vec::new() } else { vec![option] };
                CommandKind::Dissect { input: self.term(input, None), pattern: string(&pattern.to_string()), options }
            }
            Stage::Fork(branches) => {
                let before = self.expanded.len();
                let branch = |branch: &Vec<Stage>| {
                    let commands = self.stages(branch, origin);
                    self.expanded.truncate(before);
                    commands
                };
                CommandKind::Fork(branches.iter().map(branch).collect())
            }
            other => self.outside(other, origin),
        }
    }

    /// Stages that need what is not in the rule.
    fn outside(&mut self, stage: &Stage, origin: Location) -> CommandKind {
        match stage {
            Stage::Enrich { policy, on, columns } => CommandKind::Enrich {
                policy: source(policy),
                on: Some(path(on)).filter(|on| !on.text().is_empty()),
                with: columns.iter().map(|(new, field)| enriched(new, field)).collect(),
            },
            Stage::Lookup { index, on } => {
                CommandKind::LookupJoin { index: source(index), alias: None, on: on.iter().map(column).collect() }
            }
            Stage::ChangePoint { value, on, by, kind, p_value } => CommandKind::ChangePoint {
                value: path(value),
                on: Some(path(on)),
                by: by.iter().map(column).collect(),
                output: Some((name(kind), name(p_value))),
            },
            Stage::Completion { column, prompt, model } => {
                let model = plain(ExprKind::Literal(Literal::String(string(model))));
                CommandKind::Completion {
                    target: Some(name(column)),
                    prompt: self.term(prompt, None),
                    with: Some(With::Map(vec![(string("inference_id"), MapValue::Constant(model))])),
                }
            }
            Stage::Opaque(opaque) if opaque.language == "esql" => {
                let (word, text) = opaque.text.split_once(char::is_whitespace).unwrap_or((&opaque.text, ""));
                CommandKind::Other { name: word.to_owned(), text: text.trim().to_owned() }
            }
            Stage::Opaque(opaque) => {
                let message = format!("a stage is kept as {} text: {}", opaque.language, opaque.reason);
                self.refuse(&code::OPAQUE, message, opaque.origin);
                CommandKind::Where(boolean(false))
            }
            _ => {
                self.refuse(&code::LOGIC, "a stage has no form in ES|QL", Some(origin));
                CommandKind::Where(boolean(false))
            }
        }
    }

    fn fields(&mut self, columns: &[Computed]) -> Vec<Field> {
        columns
            .iter()
            .map(|(column, subject)| Field { name: Some(name(column)), expr: self.term(subject, None) })
            .collect()
    }

    fn aggregate(&mut self, stage: &AggregateStage) -> CommandKind {
        let mut measures = Vec::new();
        for aggregation in &stage.aggregations {
            let args: Vec<Expr> = aggregation.args.iter().map(|arg| self.term(arg, None)).collect();
            let star = args.is_empty();
            let call = Call { star, ..term::call(&aggregation.function.name().to_ascii_uppercase(), args) };
            let filter = aggregation.filter.map(|filter| self.holds(filter, &Guards::default()));
            let field = Field { name: Some(name(&aggregation.column)), expr: plain(ExprKind::Call(call)) };
            measures.push(Measure { field, filter });
        }
        let by = stage.by.iter().map(|field| Field { name: None, expr: column(field) }).collect();
        CommandKind::Stats { inline: stage.inline, measures, by }
    }
}

fn path(field: &FieldPath) -> Name {
    name(&field.name())
}

fn source(text: &str) -> Source {
    Source { text: text.to_owned(), quoted: false, at: At::default() }
}

fn enriched(new: &str, field: &str) -> EnrichField {
    EnrichField { new: (new != field).then(|| name(new)), field: name(field) }
}

fn listed(columns: &Columns) -> Name {
    match columns {
        Columns::Name(field) => path(field),
        Columns::Like(pattern) => like(pattern),
    }
}

fn like(pattern: &Pattern) -> Name {
    let mut text = String::new();
    for piece in pattern.pieces() {
        match piece {
            Piece::Literal(literal) => text.push_str(literal),
            Piece::Any | Piece::One => text.push('*'),
        }
    }
    if text == "*" {
        return star();
    }
    let part = |part: &str| {
        if part.contains('*') { NamePart::Pattern(part.to_owned()) } else { NamePart::Text(part.to_owned()) }
    };
    Name { parts: text.split('.').map(part).collect(), at: At::default() }
}

/// Null is larger than any value where nothing else is said.
fn order(key: &SortKey) -> Order {
    let descending = key.order == SortOrder::Descending;
    Order {
        expr: column(&key.column),
        descending: descending.then_some(true),
        nulls_first: (key.nulls_first != descending).then_some(key.nulls_first),
    }
}
