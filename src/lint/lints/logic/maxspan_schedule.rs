//! A sequence's window beside the rule's schedule.

use crate::ir::Logic;
use crate::lint::RuleCx;
use crate::lint::meta::{Stage, Tap, declare_lint};
use crate::source::Level;
use std::time::Duration;

declare_lint! {
    /// ## What it checks
    /// EQL sequences whose `maxspan` is longer than what one run of the rule looks at (`from`, with ten minutes of grace), and, as a note, an
    /// `interval` of less than half of a `maxspan` over two and a half minutes.
    ///
    /// ## Why it matters
    /// A run sees only the events of its own look-back: of a sequence that takes longer it never has the first and the last event at once. An
    /// interval far shorter than the window searches the same events again and again.
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
    /// from = ⟦"now-9m"⟧
    /// index = ["logs-okta.system-*"]
    /// interval = "1h"
    /// language = "eql"
    /// license = "Apache-2.0"
    /// name = "A rule that shows the lint"
    /// risk_score = 21
    /// rule_id = "4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a2c01"
    /// severity = "low"
    /// type = "eql"
    /// query = '''
    /// sequence by user.id with maxspan=2h
    ///   [any where event.action == "user.session.start"]
    ///   [any where event.action == "user.session.end"]
    /// '''
    /// ```
    ///
    /// Better:
    /// ```toml good
    /// [metadata]
    /// creation_date = "2026/01/05"
    /// integration = ["okta"]
    /// maturity = "production"
    /// updated_date = "2026/01/05"
    ///
    /// [rule]
    /// author = ["Example"]
    /// description = "Shows what the lint finds."
    /// from = "now-3h"
    /// index = ["logs-okta.system-*"]
    /// interval = "1h"
    /// language = "eql"
    /// license = "Apache-2.0"
    /// name = "A rule that shows the lint"
    /// risk_score = 21
    /// rule_id = "4c5d7f3e-6a0b-4f6e-9d59-0c7d6c0a2c02"
    /// severity = "low"
    /// type = "eql"
    /// query = '''
    /// sequence by user.id with maxspan=2h
    ///   [any where event.action == "user.session.start"]
    ///   [any where event.action == "user.session.end"]
    /// '''
    /// ```
    ///
    /// ## Fix
    /// Lengthen `from` to `maxspan` at least, or shorten `maxspan`; make the interval half the window or more.
    ///
    /// ## References
    /// elastic/detection-rules, TestRuleTiming: `eql_lookback`, `eql_interval_to_maxspan`; where the last event is a missing one see
    /// `missing-event-look-back`.
    pub(in crate::lint) META = {
        name: "maxspan-schedule", family: "logic", level: Warning, stage: Stage::Stable("0.1.0"), tap: Tap::Rule(check),
    }
}

/// What a run may look back less than the window.
const GRACE: Duration = Duration::from_mins(10);
/// Elastic's defaults where a rule does not say.
const DEFAULT_INTERVAL: Duration = Duration::from_mins(5);
const DEFAULT_LOOK_BACK: Duration = Duration::from_mins(6);

fn check(cx: &mut RuleCx<'_>) {
    let Some(rule) = cx.elastic() else { return };
    let Logic::Sequence(sequence) = cx.rule().logic.source() else { return };
    let Some(span) = sequence.max_span else { return };
    let schedule = &cx.rule().meta.schedule;
    let look_back = schedule.look_back.unwrap_or(DEFAULT_LOOK_BACK);
    if look_back.saturating_add(GRACE) < span {
        let message = format!("the rule looks back {}, and its sequence may take {}", show(look_back), show(span));
        let finding = cx.diagnostic(rule.at("from"), message);
        let finding = finding.help(format!("write `from = \"now-{}\"` or earlier", show(span.saturating_add(GRACE))));
        return cx.report(finding);
    }
    let interval = schedule.interval.unwrap_or(DEFAULT_INTERVAL);
    if span > DEFAULT_INTERVAL / 2 && interval < span / 2 {
        let message = format!("the rule runs every {}, and its sequence may take {}", show(interval), show(span));
        let mut finding = cx.diagnostic(rule.at("interval"), message);
        finding = finding.help("make the interval half of `maxspan` or more");
        finding.level = Level::Note;
        cx.report(finding);
    }
}

/// `18h`, `90m`, `75s`: the largest unit that divides it.
fn show(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let units = [(86_400, "d"), (3_600, "h"), (60, "m")];
    let unit = units.into_iter().find(|(unit, _)| seconds > 0 && seconds.is_multiple_of(*unit));
    unit.map_or_else(|| format!("{seconds}s"), |(unit, name)| format!("{}{name}", seconds / unit))
}
