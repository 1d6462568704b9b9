//! Missing events at the end of a sequence whose window the rule cannot see.

use crate::ir::Logic;
use crate::lint::RuleCx;
use crate::lint::meta::{Stage, Tap, declare_lint};
use crate::source::Location;
use std::time::Duration;

declare_lint! {
    /// ## What it checks
    /// EQL sequences that end in a missing event (`![..]`), in rules whose look-back (`from`) is shorter than `maxspan` plus the interval.
    ///
    /// ## Why it matters
    /// Whether the last event is missing is known only when `maxspan` has passed. A query window that ends before lets the sequence match
    /// early (elastic/elasticsearch#145323): with a look-back of `maxspan` or less, every match is early, and the event that would have
    /// prevented the alert may still come. With a longer one, but less than `maxspan` plus the interval, the completed window of some
    /// first events lies in no run.
    ///
    /// ## Example
    /// ```toml bad
    /// [metadata]
    /// creation_date = "2026/01/05"
    /// integration = ["okta"]
    /// maturity = "production"
    /// updated_date = "2026/01/05"
    ///
    /// [rule]
    /// author = ["Example"]
    /// description = "Shows what the lint finds."
    /// from = "now-2h"
    /// index = ["logs-okta.system-*"]
    /// interval = "1h"
    /// language = "eql"
    /// license = "Apache-2.0"
    /// name = "A window that no run sees whole"
    /// risk_score = 21
    /// rule_id = "4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a1c10"
    /// severity = "low"
    /// type = "eql"
    /// query = '''
    /// sequence by okta.actor.id with maxspan=2h
    ///   [any where event.action == "user.session.start"]
    ///   ⟦![any where event.action == "user.session.end"]⟧
    /// '''
    /// ```
    ///
    /// ## Fix
    /// Set `from` to at least `maxspan` plus the interval. Until elasticsearch#145323 is fixed, matches whose window is still open when the
    /// rule runs remain possible; check the time of the first event in the triage.
    ///
    /// ## References
    /// elastic/elasticsearch#145323; EQL syntax reference, "Missing events".
    pub(in crate::lint) META = {
        name: "missing-event-look-back", family: "logic", level: Warning, stage: Stage::Stable("0.1.0"),
        tap: Tap::Rule(check),
    }
}

/// Elastic's defaults where a rule does not say: every 5 minutes, over the last 6.
const DEFAULT_INTERVAL: Duration = Duration::from_mins(5);
const DEFAULT_LOOK_BACK: Duration = Duration::from_mins(6);

fn check(cx: &mut RuleCx<'_>) {
    let Logic::Sequence(sequence) = cx.rule().logic.source() else { return };
    let Some(last) = sequence.steps.last().filter(|step| step.missing) else { return };
    let Some(span) = sequence.max_span else { return };
    let schedule = &cx.rule().meta.schedule;
    if cx.rule().dialect != crate::ir::Dialect::Elastic {
        return;
    }
    let interval = schedule.interval.unwrap_or(DEFAULT_INTERVAL);
    let look_back = schedule.look_back.unwrap_or(DEFAULT_LOOK_BACK);
    let needed = span.saturating_add(interval);
    if look_back >= needed {
        return;
    }
    let message = format!(
        "the look-back ({}) is shorter than maxspan plus the interval ({} + {}): {}",
        show(look_back),
        show(span),
        show(interval),
        if look_back <= span { "every match is early" } else { "some completed windows lie in no run" },
    );
    let location = last.origin.unwrap_or(cx.rule().origin);
    let mut finding = cx
        .diagnostic(location, message)
        .label("whether this is missing is known only after maxspan")
        .help(format!("set the look-back to {} or more; see elastic/elasticsearch#145323", show(needed)));
    finding = related(finding, schedule.look_back_at, "the look-back");
    finding = related(finding, schedule.interval_at, "the interval");
    cx.report(finding);
}

fn related(finding: crate::source::Diagnostic, at: Option<Location>, text: &str) -> crate::source::Diagnostic {
    match at {
        Some(at) => finding.related(at, text),
        None => finding,
    }
}

/// `18h`, `90m`, `75s`: the largest unit that divides it.
fn show(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let unit = [(86_400, "d"), (3_600, "h"), (60, "m")]
        .into_iter()
        .find(|(unit, _)| seconds > 0 && seconds.is_multiple_of(*unit));
    unit.map_or_else(|| format!("{seconds}s"), |(unit, name)| format!("{}{name}", seconds / unit))
}
