//! ES|QL, Elasticsearch's piped queries: events, counts per group, and pipelines.

mod condition;
mod guards;
mod metadata;
mod pipeline;
mod term;
mod test;
mod value;

use super::source_world::{SourceWorld, World};
use super::{
    Absence, Capabilities, CaseSupport, Emitted, PipeSupport, RegexSupport, SequenceSupport, Support, ValueModel,
    WildcardSupport,
};
use crate::catalog::fields::{FieldType, Schema};
use crate::fidelity::{Effect, Loss, LossCode, code};
use crate::ir::{
    Anchoring, Bound, ExprId, FieldPath, Logic, Measure, Pool, RegexDialect, Rule, Threshold, ThresholdSource, Window,
};
use crate::lang::esql::{
    self, At, Call, Command, CommandKind, CompareOp, Expr, ExprKind, Field, FromItem, Literal, Name, NamePart, Query,
    Source, Str,
};
use crate::source::Location;
use guards::Guards;
use std::rc::Rc;

/// What ES|QL can express.
pub(super) const CAPABILITIES: Capabilities = Capabilities {
    values: ValueModel::Single,
    absence: Absence::ExistsOnly,
    case: CaseSupport::Both,
    wildcard: WildcardSupport::StarAndOne,
    regex: RegexSupport::Dialect(RegexDialect::Lucene, &[Anchoring::Whole]),
    cidr: Support::Yes,
    ordering: Support::Yes,
    field_comparison: Support::Yes,
    same_element: Support::No,
    functions: Support::Yes,
    date_parts: Support::No,
    words: Support::No,
    date_math: Support::No,
    keyword_search: Support::No,
    sequence: SequenceSupport::None,
    pipes: PipeSupport::None,
    threshold: Support::Yes,
};

/// The columns that tell Kibana which document an alert is about.
const METADATA: [&str; 3] = ["_id", "_version", "_index"];

/// The rule as a bare query.
pub(super) fn emit(rule: &Rule) -> Result<Emitted, Vec<Loss>> {
    let (text, losses) = query(rule)?;
    Ok(Emitted::bare_query(rule, ".esql", text, losses))
}

/// The text of a rule's query with its exclusions, and what it loses.
///
/// # Errors
/// The parts that ES|QL has no form for.
pub(super) fn query(rule: &Rule) -> Result<(String, Vec<Loss>), Vec<Loss>> {
    let mut writer = Writer {
        pool: &rule.pool,
        schema: SourceWorld::schema(World::Elastic, &rule.data_source),
        source: SourceWorld::of(rule),
        losses: Vec::new(),
        refused: Vec::new(),
        bound: Vec::new(),
        expanded: Vec::new(),
    };
    let query = writer.query(rule);
    let (true, Some(query)) = (writer.refused.is_empty(), query) else { return Err(writer.refused) };
    Ok((esql::print(&query), writer.losses))
}

/// Adds to `FROM` the metadata fields that the other commands name: they are there for those who ask.
fn ask_for_metadata(commands: &mut [Command]) {
    let named = metadata::named(commands);
    let Some(Command { kind: CommandKind::From { metadata, .. }, .. }) = commands.first_mut() else { return };
    let missing =
        named.iter().filter(|field| metadata.iter().all(|known| known.text() != **field)).map(|field| name(field));
    let missing: Vec<Name> = missing.collect();
    metadata.extend(missing);
}

/// Builds the tree and gathers what is lost and what has no form.
struct Writer<'r> {
    pool: &'r Pool,
    schema: Rc<Schema>,
    source: SourceWorld,
    losses: Vec<Loss>,
    refused: Vec<Loss>,
    /// The columns that the enclosing quantifiers bind, outermost first.
    bound: Vec<Expr>,
    /// The fields whose values are in rows of their own by now.
    expanded: Vec<FieldPath>,
}

impl Writer<'_> {
    fn refuse(&mut self, code: &'static LossCode, message: impl Into<String>, origin: Option<Location>) -> Expr {
        self.refused.push(Loss::new(code, Effect::Unknown, message, origin));
        boolean(false)
    }

    fn query(&mut self, rule: &Rule) -> Option<Query> {
        let mut commands = match &rule.logic {
            Logic::Event(filter) => {
                let mut commands = vec![Self::from(rule, true)];
                commands.extend(self.filtered(rule, Some(*filter)));
                commands.push(command(CommandKind::Keep(vec![star()])));
                commands
            }
            Logic::Threshold(threshold) => self.threshold(rule, threshold)?,
            Logic::Pipeline(pipeline) => {
                let mut commands = if pipeline::has_own_source(pipeline) {
                    Vec::new()
                } else {
                    let mut commands = vec![Self::from(rule, !pipeline::makes_rows(pipeline))];
                    commands.extend(self.filtered(rule, None));
                    commands
                };
                commands.extend(self.stages(&pipeline.stages, rule.origin));
                commands
            }
            other => {
                let message = format!("ES|QL has no form for {} logic", other.name());
                self.refuse(&code::LOGIC, message, Some(rule.origin));
                return None;
            }
        };
        ask_for_metadata(&mut commands);
        Some(Query { settings: Vec::new(), commands, at: At::default() })
    }

    /// `FROM` with the metadata fields that tell documents apart where they are asked for.
    fn from(rule: &Rule, identity: bool) -> Command {
        let mut names: Vec<&str> = rule.data_source.indices.iter().map(|index| index.value.as_str()).collect();
        names.dedup();
        if names.is_empty() {
            names.push("*");
        }
        let source = |name: &str| {
            let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.*".contains(c));
            FromItem::Index(Source { text: name.to_owned(), quoted: !plain, at: At::default() })
        };
        let metadata = if identity { METADATA.map(name).to_vec() } else { Vec::new() };
        command(CommandKind::From { time_series: false, items: names.into_iter().map(source).collect(), metadata })
    }

    /// `WHERE` with the filter and without the excluded events.
    fn filtered(&mut self, rule: &Rule, filter: Option<ExprId>) -> Option<Command> {
        let mut parts: Vec<Expr> = filter.map(|filter| self.holds(filter, &Guards::default())).into_iter().collect();
        for exclusion in &rule.exclusions {
            parts.push(self.fails(exclusion.condition, &Guards::default()));
        }
        let condition = all(parts);
        (condition.kind != ExprKind::Literal(Literal::Bool(true))).then(|| command(CommandKind::Where(condition)))
    }

    /// Counts per group. A threshold has no group of the events without a group-by value.
    fn threshold(&mut self, rule: &Rule, threshold: &Threshold) -> Option<Vec<Command>> {
        let ThresholdSource::Filter(filter) = threshold.source else {
            self.refuse(&code::LOGIC, "ES|QL does not see the alerts of other rules here", Some(rule.origin));
            return None;
        };
        let mut commands = vec![Self::from(rule, false)];
        commands.extend(self.filtered(rule, Some(filter)));
        let there: Vec<Expr> = threshold.group_by.iter().map(|field| is_null(column(field), true)).collect();
        if !there.is_empty() {
            commands.push(command(CommandKind::Where(all(there))));
        }
        let mut measures = Vec::new();
        let mut bounds = Vec::new();
        for (at, bound) in threshold.bounds.iter().enumerate() {
            let name = format!("measure_{}", at + 1);
            let expr = self.measure(bound, rule)?;
            measures.push(esql::Measure { field: Field { name: Some(self::name(&name)), expr }, filter: None });
            let number = term::constant(&bound.number);
            bounds.push(compare(column(&FieldPath::dotted(&name)), super::compare_op(bound.op), number));
        }
        let mut by: Vec<Field> =
            threshold.group_by.iter().map(|field| Field { name: None, expr: column(field) }).collect();
        by.extend(self.window(threshold.window, rule));
        commands.push(command(CommandKind::Stats { inline: false, measures, by }));
        commands.push(command(CommandKind::Where(all(bounds))));
        Some(commands)
    }

    fn measure(&mut self, bound: &Bound, rule: &Rule) -> Option<Expr> {
        let (name, field) = match &bound.measure {
            Measure::Count => {
                return Some(plain(ExprKind::Call(Call { star: true, ..term::call("COUNT", Vec::new()) })));
            }
            Measure::Distinct(fields) => {
                let [field] = fields.as_slice() else {
                    let message = "ES|QL counts the different values of one column";
                    self.refuse(&code::THRESHOLD, message, Some(rule.origin));
                    return None;
                };
                ("COUNT_DISTINCT", field)
            }
            Measure::Sum(field) => ("SUM", field),
            Measure::Average(field) => ("AVG", field),
            Measure::Median(field) => ("MEDIAN", field),
            Measure::Percentile(field, percent) => {
                let percent = term::constant(&i64::from(*percent).into());
                return Some(plain(ExprKind::Call(term::call("PERCENTILE", vec![column(field), percent]))));
            }
            Measure::Min(field) => ("MIN", field),
            Measure::Max(field) => ("MAX", field),
        };
        Some(plain(ExprKind::Call(term::call(name, vec![column(field)]))))
    }

    /// A stretch of time is a group of its own. One that slides is cut at fixed times, so a burst on both sides of a cut is missed.
    fn window(&mut self, window: Window, rule: &Rule) -> Option<Field> {
        let (length, exact) = match window {
            Window::Unbounded | Window::Run { .. } => return None,
            Window::Tumbling { length, offset } => (length, offset.is_zero()),
            Window::Sliding(length) | Window::FromFirst(length) => (length, false),
        };
        if !exact {
            let message = "ES|QL groups by fixed stretches of time: what lies on both sides of a cut is counted apart";
            self.losses.push(Loss::new(&code::WINDOW, Effect::Narrowed, message, Some(rule.origin)));
        }
        let span =
            plain(ExprKind::Literal(Literal::Timespan { value: length.as_secs().max(1), unit: "seconds".to_owned() }));
        let expr = term::call("DATE_TRUNC", vec![span, column(&FieldPath::dotted("@timestamp"))]);
        Some(Field { name: Some(name("time_window")), expr: plain(ExprKind::Call(expr)) })
    }

    fn field_type(&self, field: &FieldPath) -> FieldType {
        self.schema.lookup(&field.name()).map_or(FieldType::Unknown, |info| info.ty)
    }
}

fn command(kind: CommandKind) -> Command {
    Command { kind, name_at: At::default(), at: At::default() }
}

fn plain(kind: ExprKind) -> Expr {
    Expr { kind, at: At::default() }
}

fn boolean(value: bool) -> Expr {
    plain(ExprKind::Literal(Literal::Bool(value)))
}

fn string(text: &str) -> Str {
    // Between three quotes there are no line breaks.
    let raw =
        text.contains(['\\', '"']) && !text.contains(['\n', '\r']) && !text.contains("\"\"\"") && !text.ends_with('"');
    Str { value: text.to_owned(), triple: raw, at: At::default() }
}

fn name(text: &str) -> Name {
    Name { parts: text.split('.').map(|part| NamePart::Text(part.to_owned())).collect(), at: At::default() }
}

fn star() -> Name {
    Name { parts: vec![NamePart::Pattern("*".to_owned())], at: At::default() }
}

fn column(field: &FieldPath) -> Expr {
    plain(ExprKind::Column(name(&field.name())))
}

fn compare(left: Expr, op: CompareOp, right: Expr) -> Expr {
    plain(ExprKind::Compare { op, op_at: At::default(), left: Box::new(left), right: Box::new(right) })
}

fn is_null(subject: Expr, negated: bool) -> Expr {
    plain(ExprKind::IsNull { negated, subject: Box::new(subject) })
}

/// The conjunction; true when there is nothing to join.
fn all(parts: Vec<Expr>) -> Expr {
    join(parts, true)
}

fn any(parts: Vec<Expr>) -> Expr {
    join(parts, false)
}

fn join(parts: Vec<Expr>, conjunction: bool) -> Expr {
    let mut flat = Vec::new();
    for part in parts {
        match part.kind {
            ExprKind::And(members) if conjunction => flat.extend(members),
            ExprKind::Or(members) if !conjunction => flat.extend(members),
            ExprKind::Literal(Literal::Bool(value)) if value == conjunction => {}
            ExprKind::Literal(Literal::Bool(_)) => return part,
            _ => flat.push(part),
        }
    }
    match flat.len() {
        0 => boolean(conjunction),
        1 => flat.remove(0),
        _ if conjunction => plain(ExprKind::And(flat)),
        _ => plain(ExprKind::Or(flat)),
    }
}
