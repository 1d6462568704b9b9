//! The old pipe of conditions.

use crate::ir::Severity;
use crate::lang::sigma::condition::{Aggregation, CompareOp, Condition, Function, Pipe};
use crate::lint::meta::{Stage, Tap, declare_lint};
use crate::lint::{RuleCx, WrittenCondition};
use crate::source::{Applicability, Edit, Location, Span};
use crate::syntax::ScalarStyle;
use crate::syntax::edit::{Format, quote_like, remove_entry};
use std::fmt::Write;

declare_lint! {
    /// ## What it checks
    /// Conditions of Sigma rules with a pipe: `selection | count() by user > 5`, `| near`. The specification has no pipe since version 2; a
    /// correlation took its place.
    ///
    /// ## Why it matters
    /// pySigma and what is built on it refuse the rule; `timeframe` without a pipe is ignored without a word.
    ///
    /// ## Example
    /// ```yaml bad
    /// title: A Rule That Shows the Lint
    /// id: 4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1c90
    /// status: test
    /// description: Shows what the lint finds.
    /// author: Example
    /// date: 2026-01-05
    /// logsource:
    ///     product: okta
    ///     service: okta
    /// detection:
    ///     selection:
    ///         eventtype: user.session.start
    ///     timeframe: 5m
    ///     condition: selection ⟦|⟧ count() by actor.id > 5
    /// level: low
    /// ```
    ///
    /// ## Fix
    /// `--fix` makes the rule one over single events and adds the correlation to the file. It needs a `timeframe`, an `id` or `name`, and a file
    /// of one rule; comments stay. `near` becomes several rules: `detc convert --to sigma` writes them. No correlation says `min` or `max`.
    ///
    /// ## References
    /// Sigma Correlation Rules Specification 2.1.0; Sigma Rules Specification 1, "Aggregation expressions".
    pub(in crate::lint) META = {
        name: "old-aggregation", family: "logic", level: Warning, stage: Stage::Stable("0.1.0"), tap: Tap::Rule(check),
    }
}

fn check(cx: &mut RuleCx<'_>) {
    for (written, condition) in cx.detection().read() {
        let Some(pipe) = &condition.pipe else { continue };
        let text = &written.scalar.text;
        let at = text.get(condition.expr.span.end as usize..).and_then(|rest| rest.find('|'));
        let start = condition.expr.span.end as usize + at.unwrap_or_default();
        let place = written.place(Span::new(start, start + 1));
        let message = "the pipe is no longer part of Sigma's conditions";
        let mut finding = cx.diagnostic(Location::main(place), message).help(replacement(pipe));
        if let Pipe::Aggregation(aggregation) = pipe
            && let Some(edits) = correlated(cx, written, condition, aggregation)
        {
            finding = finding.fix(Applicability::Safe, edits);
        }
        cx.report(finding);
    }
}

/// What took the place of the pipe.
fn replacement(pipe: &Pipe) -> String {
    let Pipe::Aggregation(aggregation) = pipe else {
        return "a `temporal` correlation of a rule for each event says the same".to_owned();
    };
    match kind(aggregation) {
        Some(kind) => format!("a correlation of type `{kind}` says the same"),
        None => "no correlation compares a least or greatest value".to_owned(),
    }
}

fn kind(aggregation: &Aggregation) -> Option<&'static str> {
    match (aggregation.function.value, &aggregation.field) {
        (Function::Count, None) => Some("event_count"),
        (Function::Count, Some(_)) => Some("value_count"),
        (Function::Sum, _) => Some("value_sum"),
        (Function::Avg, _) => Some("value_avg"),
        (Function::Min | Function::Max, _) => None,
    }
}

/// The pipe and the time taken out of the rule, and the correlation behind it.
fn correlated(
    cx: &RuleCx<'_>,
    written: &WrittenCondition<'_>,
    condition: &Condition,
    aggregation: &Aggregation,
) -> Option<Vec<Edit>> {
    let detection = cx.detection();
    let timeframe = detection.timeframe?;
    let single = cx.loaded.documents.len() == 1 && detection.conditions.len() == 1 && !detection.is_partial;
    let reference = cx.sigma_entry("id").or_else(|| cx.sigma_entry("name")).filter(|_| single)?;
    let text = &cx.unit().main().text;
    let without_time = remove_entry(text, timeframe);
    let comments = cx.loaded.documents.iter().flat_map(|document| &document.comments);
    if comments.into_iter().any(|comment| without_time.span.contains(comment.span)) {
        return None;
    }
    let whole = Span::new(condition.expr.span.end as usize, written.scalar.text.trim_end().len());
    let body = correlation(cx, reference.value.as_str()?, timeframe.value.as_str()?, aggregation)?;
    let newline = if text.ends_with('\n') { "" } else { "\n" };
    Some(vec![
        without_time,
        Edit { span: written.place(whole), replacement: String::new() },
        Edit { span: Span::at(text.len()), replacement: format!("{newline}---\n{body}") },
    ])
}

fn correlation(cx: &RuleCx<'_>, rule: &str, timespan: &str, aggregation: &Aggregation) -> Option<String> {
    let scalar = |text: &str| quote_like(ScalarStyle::Plain, text, Format::Yaml);
    let mut body = String::new();
    let title = format!("{} - Correlation", cx.rule().meta.title);
    let _ = write!(body, "title: {}\ncorrelation:\n    type: {}\n", scalar(&title), kind(aggregation)?);
    let _ = write!(body, "    rules:\n        - {}\n", scalar(rule));
    if !aggregation.by.is_empty() {
        body.push_str("    group-by:\n");
        for name in &aggregation.by {
            let _ = writeln!(body, "        - {}", scalar(&name.value));
        }
    }
    let _ = write!(body, "    timespan: {}\n    condition:\n", scalar(timespan));
    if let Some(field) = &aggregation.field {
        let _ = writeln!(body, "        field: {}", scalar(&field.value));
    }
    let _ = writeln!(body, "        {}: {}", operator(aggregation.op.value), aggregation.value.value);
    if let Some(level) = cx.rule().meta.severity.map(Severity::name) {
        let _ = writeln!(body, "level: {level}");
    }
    Some(body)
}

fn operator(op: CompareOp) -> &'static str {
    match op {
        CompareOp::Less => "lt",
        CompareOp::LessOrEqual => "lte",
        CompareOp::Greater => "gt",
        CompareOp::GreaterOrEqual => "gte",
        CompareOp::Equal => "eq",
        CompareOp::NotEqual => "neq",
    }
}
