//! Fields whose null silences a rule.

use crate::eval::{Conditions, Event, Verdict};
use crate::ir::{ExprId, FieldUse, Rule, RuleTest};
use crate::lint::RuleCx;
use crate::lint::meta::{Stage, Tap, declare_lint};
use crate::source::Location;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A larger event of a test is looked at as far as this many places.
const MAX_PLACES: usize = 500;
/// Deeper values are left alone.
const MAX_DEPTH: usize = 32;

declare_lint! {
    /// ## What it checks
    /// Panther rules and policies in Python that give no verdict any more when a field of one of their own test events is null: the code
    /// raises, or gives back something else than a bool. Every field that the code reads is set to null in turn, and every item of
    /// a list (`field[]`), and the rule is run.
    ///
    /// ## Why it matters
    /// Panther counts an exception, and every result that is no bool, as no match: the detection is lost without a word. Vendors write null
    /// for what they do not know, and `event.get("x", "")` gives the null back, not the default.
    ///
    /// ## Example
    /// ```yaml bad
    /// AnalysisType: rule
    /// Filename: example.py
    /// RuleID: Example.Console.Login
    /// Enabled: true
    /// LogTypes:
    ///   - AWS.CloudTrail
    /// Severity: Low
    /// Tests:
    ///   - Name: a login to the console
    ///     ExpectedResult: true
    ///     Log:
    ///       eventName: ConsoleLogin
    /// ```
    /// ```python beside
    /// def rule(event):
    ///     return event.get(⟦"eventName"⟧, "").lower() == "consolelogin"
    /// ```
    ///
    /// Better:
    /// ```yaml good
    /// AnalysisType: rule
    /// Filename: example.py
    /// RuleID: Example.Console.Login
    /// Enabled: true
    /// LogTypes:
    ///   - AWS.CloudTrail
    /// Severity: Low
    /// Tests:
    ///   - Name: a login to the console
    ///     ExpectedResult: true
    ///     Log:
    ///       eventName: ConsoleLogin
    /// ```
    /// ```python beside
    /// def rule(event):
    ///     return event.deep_get("eventName", default="").lower() == "consolelogin"
    /// ```
    ///
    /// ## Fix
    /// Write `event.deep_get("x", default="")`, which replaces a null, or `(event.get("x") or "")`, before a method is called or the value is
    /// gone through; compare with `==` or wrap in `bool(..)` what is given back.
    ///
    /// ## References
    /// panther-analysis, style guide: null-safe reads; panther_core, `FunctionReturnTypeError`.
    pub(in crate::lint) META = {
        name: "panther-null-safety", family: "panther", level: Warning, stage: Stage::Stable("0.1.0"), tap: Tap::Rule(check),
    }
}

fn check(cx: &mut RuleCx<'_>) {
    let Some(decided) = cx.item.decided else { return };
    let rule = cx.rule();
    let conditions = Conditions::new(&rule.pool, &[decided], rule.event_model);
    let mut found: BTreeMap<Location, (Vec<String>, &RuleTest)> = BTreeMap::new();
    // What a mock puts into the condition is not in this one.
    for test in rule.tests.iter().filter(|test| test.skip.is_none() && test.instead.is_none()) {
        for event in &test.events {
            for (used, path) in silencing(rule, &conditions, decided, event) {
                let (paths, _) = found.entry(used.at).or_insert((Vec::new(), test));
                if !paths.contains(&path) {
                    paths.push(path);
                }
            }
        }
    }
    for (at, (paths, test)) in found {
        let message = format!("where {} is null, the code raises or gives back no bool", quoted(&paths));
        let help = format!(
            "the event is that of the test `{}`; `deep_get` replaces a null by its default, `get` does not",
            test.name
        );
        cx.report(cx.diagnostic(at, message).help(help));
    }
}

/// The uses of fields whose null takes the verdict on an event away, with the path that is null.
fn silencing<'r>(
    rule: &'r Rule,
    conditions: &Conditions,
    decided: ExprId,
    event: &Json,
) -> Vec<(&'r FieldUse, String)> {
    let verdict = |event: &Json| conditions.verdict(decided, &Event::new(event, rule.event_model));
    if !verdict(event).is_true() {
        return Vec::new();
    }
    let mut places = Vec::new();
    collect(event, &mut Vec::new(), &mut places);
    let mut found = Vec::new();
    for place in places {
        let keys: Vec<&str> = place.iter().filter_map(|step| step.as_str()).collect();
        let Some(used) = use_of(&rule.uses, &keys) else { continue };
        let mut nulled = event.clone();
        if set_null(&mut nulled, &place) && verdict(&nulled) == Verdict::False {
            found.push((used, written(&place)));
        }
    }
    found
}

/// A place in the field's notation: an item of a list is `field[]`.
fn written(place: &[Json]) -> String {
    let mut path = String::new();
    for step in place {
        match step.as_str() {
            Some(key) if path.is_empty() => path.push_str(key),
            Some(key) => path.extend([".", key]),
            None => path.push_str("[]"),
        }
    }
    path
}

/// The use that a place belongs to: one of the field itself, else of a field below it, else of the nearest one above.
fn use_of<'r>(uses: &'r [FieldUse], keys: &[&str]) -> Option<&'r FieldUse> {
    let common = |used: &FieldUse| {
        let same = |(segment, key): (&Arc<str>, &&str)| segment.eq_ignore_ascii_case(key);
        used.field.segments().iter().zip(keys).take_while(|pair| same((pair.0, pair.1))).count()
    };
    let rank = |used: &FieldUse| {
        let (length, common) = (used.field.segments().len(), common(used));
        match common {
            _ if common == keys.len() => Some((length != keys.len(), 0)),
            _ if common == length => Some((true, keys.len() - length)),
            _ => None,
        }
    };
    uses.iter().filter_map(|used| Some((rank(used)?, used))).min_by_key(|(rank, _)| *rank).map(|(_, used)| used)
}

/// Every place in a value: keys and indexes.
fn collect(value: &Json, here: &mut Vec<Json>, found: &mut Vec<Vec<Json>>) {
    let steps: Vec<(Json, &Json)> = match value {
        Json::Object(map) => map.iter().map(|(key, inner)| (key.as_str().into(), inner)).collect(),
        Json::Array(items) => items.iter().enumerate().map(|(index, inner)| (index.into(), inner)).collect(),
        _ => return,
    };
    for (step, inner) in steps {
        if found.len() >= MAX_PLACES || here.len() >= MAX_DEPTH {
            return;
        }
        here.push(step);
        found.push(here.clone());
        collect(inner, here, found);
        here.pop();
    }
}

/// Whether there was something else than null.
fn set_null(event: &mut Json, place: &[Json]) -> bool {
    let value = place.iter().try_fold(event, |value, step| match step {
        Json::String(key) => value.get_mut(key),
        index => value.get_mut(usize::try_from(index.as_u64()?).ok()?),
    });
    value.is_some_and(|value| !std::mem::take(value).is_null())
}

fn quoted(paths: &[String]) -> String {
    let quoted: Vec<String> = paths.iter().map(|path| format!("`{path}`")).collect();
    quoted.join(" or ")
}
