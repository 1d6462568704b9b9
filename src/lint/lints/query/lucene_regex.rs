//! Regular expressions in Elastic's languages that are written for another engine.

use crate::catalog::versions::Version;
use crate::ir::UseKind;
use crate::lang::lucene_regex::{Kind, problem, suspects};
use crate::lint::RuleCx;
use crate::lint::meta::{Stage, Tap, declare_lint};
use crate::source::{Level, Location, Span};
use std::ops::Range;

declare_lint! {
    /// ## What it checks
    /// Regular expressions of EQL, of query strings and of Kibana's filters with what Lucene's engine does not have: the anchors `^` and
    /// `$`, groups that begin with `(?`, lazy quantifiers, word boundaries; and the classes for digits, words and white space, which its
    /// documentation does not have and its engine knows from Elasticsearch 8.5 on: a warning where the rule or the settings ask for that stack.
    /// And what Lucene cannot read at all: a bracket or a quote that is never closed, a repetition or a range that is none.
    ///
    /// ## Why it matters
    /// Lucene reads `^` and `$` as themselves and always compares the whole value, and on older stacks `\d` is the letter d (Elasticsearch
    /// 7 on all fields, 8.0 to 8.4 on `wildcard` fields): the test never holds as it is meant. What it cannot read makes the whole search fail.
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
    /// description = "Shows the lint."
    /// from = "now-9m"
    /// index = ["logs-okta.system-*"]
    /// language = "eql"
    /// license = "Apache-2.0"
    /// name = "A class that Lucene does not have"
    /// risk_score = 21
    /// rule_id = "0d0b6d0e-6a5b-4c29-9b6a-0f6a4b8f2a11"
    /// severity = "low"
    /// type = "eql"
    /// query = '''
    /// any where client.user.name regex """admin⟦\d⟧+"""
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
    /// description = "Shows the lint."
    /// from = "now-9m"
    /// index = ["logs-okta.system-*"]
    /// language = "eql"
    /// license = "Apache-2.0"
    /// name = "A class that Lucene does not have"
    /// risk_score = 21
    /// rule_id = "0d0b6d0e-6a5b-4c29-9b6a-0f6a4b8f2a11"
    /// severity = "low"
    /// type = "eql"
    /// query = '''
    /// any where client.user.name regex """admin[0-9]+"""
    /// '''
    /// ```
    ///
    /// ## Fix
    /// Write the class out (`[0-9]`, `[A-Za-z0-9_]`, `[ \\t]`), leave anchors away, and write `.*` where anything may stand before or after.
    /// For letter case there is `regex~`.
    ///
    /// ## References
    /// Elasticsearch reference, "Regular expression syntax": reserved characters and unsupported operators; LUCENE-9336 and
    /// elastic/elasticsearch#90064 for the classes.
    pub(in crate::lint) META = {
        name: "lucene-regex", family: "query", level: Error, stage: Stage::Stable("0.1.0"), tap: Tap::Rule(check),
    }
}

fn check(cx: &mut RuleCx<'_>) {
    let rule = cx.rule();
    // ES|QL's patterns are told of by the checker of that language; Endgame's expressions are Python's.
    if !matches!(rule.language, Some("eql" | "kuery" | "lucene")) {
        return;
    }
    let has_classes = cx.stated_stack().is_some_and(|stack| stack >= WITH_CLASSES);
    let uses = rule.uses.iter().filter(|found| found.kind == UseKind::Regex);
    for (value, at) in uses.flat_map(|found| &found.values) {
        let Some(pattern) = value.as_str() else { continue };
        for suspect in suspects(pattern).into_iter().chain(problem(pattern)) {
            let mut finding = cx.diagnostic(inside(cx, *at, pattern, &suspect.at), suspect.message);
            if suspect.kind == Kind::Lazy || suspect.kind == Kind::SinceEight && has_classes {
                finding.level = Level::Warning;
            }
            cx.report(finding.help(suspect.help));
        }
    }
}

/// The stack from which on every kind of field knows classes for digits, words and white space.
const WITH_CLASSES: Version = Version::new(8, 5, 0);

/// The place of a part of the pattern, where the file has the pattern as it is; else the whole value.
fn inside(cx: &RuleCx<'_>, at: Location, pattern: &str, part: &Range<usize>) -> Location {
    let Some(start) = cx.unit().slice(at).find(pattern) else { return at };
    let start = at.span.start as usize + start;
    Location { span: Span::new(start + part.start, start + part.end), ..at }
}
