//! Correlation rules: other rules' matches in a `Group` or a `Sequence` (reference: panther.md section 4).

use crate::ir::{FieldPath, Group, Logic, Member, MemberSource, Opaque, Rule, RuleRef, Transition};
use crate::source::{Diagnostic, Level, Location, Span, Unit};
use crate::syntax::Node;
use std::time::Duration;

/// `LookbackWindowMinutes` where it is not said.
const DEFAULT_LOOK_BACK: u32 = 15;

/// What cannot be represented, with its place.
type Refusal = (String, Span);

/// Reads `Detection`. What has no form in the rule model leaves the whole correlation as text, with the reason.
pub(super) fn read(rule: &mut Rule, root: &Node, unit: &Unit, diagnostics: &mut Vec<Diagnostic>) {
    let Some(entry) = root.entry("Detection") else { return };
    let at = Location::main(entry.value.span);
    let parts = entry.value.as_seq().unwrap_or_default();
    let result = match parts {
        [part] => read_group(part),
        [] => Err(("the correlation is empty".to_owned(), entry.value.span)),
        _ => Err(("several correlations in one rule".to_owned(), entry.value.span)),
    };
    match result {
        Ok(group) => {
            check_tests(rule, &group, diagnostics);
            if parts.iter().any(|part| part.get("EventEvaluationOrder").is_some()) {
                let words = "`EventEvaluationOrder` decides which matches an alert shows, not whether there is one";
                rule.assumptions.push(words.to_owned());
            }
            rule.logic = Logic::Group(group);
        }
        Err((reason, span)) => {
            let place = Location::main(span);
            diagnostics.push(Diagnostic::new("not-lifted", Level::Warning, place, reason.clone()));
            rule.logic = Logic::Opaque(Opaque {
                language: "panther_correlation".to_owned(),
                text: unit.slice(at).to_owned(),
                reason,
                code: "correlation".into(),
                origin: Some(at),
            });
        }
    }
}

fn read_group(part: &Node) -> Result<Group, Refusal> {
    let (elements, is_sequence) = match (part.get("Group"), part.get("Sequence")) {
        (Some(elements), _) => (elements, false),
        (None, Some(elements)) => (elements, true),
        (None, None) => return Err(("a correlation is a `Group` or a `Sequence`".to_owned(), part.span)),
    };
    if let Some(entry) = part.entry("MinMatchCount") {
        return Err(("a number of elements of a group that have to match".to_owned(), entry.value.span));
    }
    let members = elements.as_seq().unwrap_or_default().iter().map(member).collect::<Result<Vec<_>, _>>()?;
    if members.is_empty() {
        return Err(("a correlation without elements".to_owned(), elements.span));
    }
    let look_back = minutes(part, "LookbackWindowMinutes").unwrap_or(of_minutes(DEFAULT_LOOK_BACK));
    let (criteria, transitions) = if is_sequence {
        (Vec::new(), transitions(part, &members, look_back)?)
    } else {
        (criteria(part, &members)?, Vec::new())
    };
    let interval = part.get("Schedule").and_then(|schedule| minutes(schedule, "RateMinutes"));
    Ok(Group { members, criteria, transitions, look_back, interval })
}

fn of_minutes(count: u32) -> Duration {
    Duration::from_secs(u64::from(count) * 60)
}

fn count(node: &Node, key: &str) -> Option<u32> {
    node.get(key)?.as_int().and_then(|number| u32::try_from(number).ok())
}

fn minutes(node: &Node, key: &str) -> Option<Duration> {
    count(node, key).map(of_minutes)
}

fn member(element: &Node) -> Result<Member, Refusal> {
    let Some(rule) = element.get("RuleID").and_then(Node::as_scalar) else {
        return Err(("an element without `RuleID`".to_owned(), element.span));
    };
    let reference = RuleRef { reference: rule.text.to_string(), origin: Some(Location::main(rule.map.whole())) };
    Ok(Member {
        id: element.get("ID").and_then(Node::as_str).unwrap_or(&rule.text).to_owned(),
        source: MemberSource::Rule(reference),
        absent: element.get("Absence").and_then(Node::as_bool).unwrap_or(false),
        min_count: count(element, "MinMatchCount").unwrap_or(1),
        max_count: count(element, "MaxMatchCount"),
        look_back: None,
    })
}

/// The element that a key of a criterion or transition names.
fn element(node: &Node, key: &str, members: &[Member]) -> Result<usize, Refusal> {
    let named = node.get(key);
    let name = named.and_then(Node::as_str).unwrap_or_default();
    let place = members.iter().position(|member| member.id == name);
    place.ok_or_else(|| (format!("`{key}` names no element: `{name}`"), named.unwrap_or(node).span))
}

fn field(node: &Node, key: &str) -> Option<FieldPath> {
    node.get(key).and_then(Node::as_str).map(FieldPath::dotted)
}

fn criteria(part: &Node, members: &[Member]) -> Result<Vec<Vec<(usize, FieldPath)>>, Refusal> {
    let mut found = Vec::new();
    for criterion in part.get("MatchCriteria").and_then(Node::as_map).unwrap_or_default() {
        let mut fields = Vec::new();
        for entry in criterion.value.as_seq().unwrap_or_default() {
            let place = element(entry, "GroupID", members)?;
            let Some(field) = field(entry, "Match") else {
                return Err(("a criterion without `Match`".to_owned(), entry.span));
            };
            fields.push((place, field));
        }
        found.push(fields);
    }
    Ok(found)
}

fn transitions(part: &Node, members: &[Member], look_back: Duration) -> Result<Vec<Transition>, Refusal> {
    let listed = part.get("Transitions").and_then(Node::as_seq).unwrap_or_default();
    if listed.is_empty() {
        return Err(("a sequence without transitions".to_owned(), part.span));
    }
    let mut found = Vec::new();
    for transition in listed {
        let (from, to) = (element(transition, "From", members)?, element(transition, "To", members)?);
        let within = minutes(transition, "WithinTimeFrameMinutes").unwrap_or(look_back);
        let matches = transition.get("Match").and_then(Node::as_seq).unwrap_or_default();
        let fields = match matches {
            [] => None,
            [only] => match field(only, "On") {
                Some(on) => Some((on.clone(), on)),
                None => field(only, "From").zip(field(only, "To")),
            },
            [_, second, ..] => return Err(("a transition with several matches".to_owned(), second.span)),
        };
        found.push(Transition { from, to, fields, within });
    }
    Ok(found)
}

/// A test that names an element the correlation does not have tests nothing.
fn check_tests(rule: &Rule, group: &Group, diagnostics: &mut Vec<Diagnostic>) {
    for test in &rule.tests {
        for output in test.outputs.iter().flatten() {
            if !group.members.iter().any(|member| member.id == output.member) {
                let message =
                    format!("the test `{}` names no element of the correlation: `{}`", test.name, output.member);
                diagnostics.push(Diagnostic::new("schema", Level::Error, test.origin, message));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::eval::{TestStatus, run_test};
    use crate::frontend::{Context, Loaded, load};
    use crate::ir::Logic;
    use crate::source::SourceFile;

    const HEAD: &str = "AnalysisType: correlation_rule\nRuleID: A.B\nEnabled: true\nSeverity: High\nDetection:\n";

    fn loaded(detection: &str, outputs: &[(bool, &str)]) -> Loaded {
        let mut yaml = format!("{HEAD}{detection}    Schedule: {{RateMinutes: 15, TimeoutMinutes: 5}}\nTests:\n");
        for (index, (expected, outputs)) in outputs.iter().enumerate() {
            let test =
                format!("  - Name: test {index}\n    ExpectedResult: {expected}\n    RuleOutputs: [{outputs}]\n");
            yaml.push_str(&test);
        }
        load(SourceFile::new("c.yml", yaml), &Context::default())
    }

    /// The tests' expected results stand in the reference (section 4, "Semantics").
    fn passes(detection: &str, outputs: &[(bool, &str)]) {
        let loaded = loaded(detection, outputs);
        assert!(loaded.diagnostics.is_empty(), "{:?}", loaded.diagnostics);
        let rule = &loaded.items[0].rule;
        for test in &rule.tests {
            assert_eq!(run_test(rule, test, &[]).status, TestStatus::Passed, "{}: {:?}", test.name, test.outputs);
        }
    }

    fn output(id: &str, field: &str, value: &str, times: &str) -> String {
        format!("{{ID: {id}, Matches: {{{field}: {{{value}: [{times}]}}}}}}")
    }

    #[test]
    fn a_group_shares_a_value_within_the_look_back() {
        let group = "  - Group: [{ID: A, RuleID: R.A}, {ID: B, RuleID: R.B, MinMatchCount: 2}]\n    MatchCriteria: {c: [{GroupID: A, Match: x.y}, {GroupID: B, Match: z}]}\n    LookbackWindowMinutes: 10\n";
        let a = output("A", "x.y", "v", "0");
        for (expected, b) in [
            (true, output("B", "z", "v", "0, 10")),
            (false, output("B", "z", "v", "0, 11")),
            (false, output("B", "z", "v", "3")),
            (false, output("B", "z", "w", "0, 1")),
            (true, output("B", "z", "v", "\"1970-01-01T00:01:00Z\", \"1970-01-01T00:09:59Z\"")),
        ] {
            passes(group, &[(expected, &format!("{a}, {b}"))]);
        }
        passes(group, &[(false, &a), (false, "")]);
    }

    #[test]
    fn an_absent_element_has_no_hit_at_all() {
        let group = "  - Group: [{ID: A, RuleID: R.A}, {ID: N, RuleID: R.N, Absence: true}]\n    MatchCriteria: {c: [{GroupID: A, Match: x}, {GroupID: N, Match: x}]}\n";
        let a = output("A", "x", "v", "50");
        let spoilt = format!("{a}, {}", output("N", "x", "v", "0"));
        let other = format!("{a}, {}", output("N", "x", "w", "50"));
        passes(group, &[(true, &a), (false, &spoilt), (true, &other)]);
        let counted = "  - Group: [{ID: A, RuleID: R.A}, {ID: N, RuleID: R.N, Absence: true}]\n";
        passes(counted, &[(true, &a), (false, &other)]);
    }

    #[test]
    fn a_sequence_is_ordered_and_timed() {
        let sequence = |more: &str, to: &str| {
            format!(
                "  - Sequence: [{{ID: A, RuleID: R.A}}, {{ID: B, RuleID: R.B{to}}}]\n    Transitions: [{{ID: A then B, From: A, To: B{more}}}]\n    LookbackWindowMinutes: 60\n"
            )
        };
        let timed = sequence(", WithinTimeFrameMinutes: 5, Match: [{On: x}]", "");
        let absent = sequence(", WithinTimeFrameMinutes: 5, Match: [{On: x}]", ", Absence: true");
        let renamed = sequence(", Match: [{From: x, To: y}]", "");
        let free = sequence("", "");
        let a = output("A", "x", "v", "10");
        for (time, follows) in [("9", false), ("10", true), ("15", true), ("16", false)] {
            let both = format!("{a}, {}", output("B", "x", "v", time));
            passes(&timed, &[(follows, &both)]);
            passes(&absent, &[(!follows, &both)]);
        }
        let other = format!("{a}, {}", output("B", "y", "v", "70"));
        passes(&renamed, &[(true, &other)]);
        passes(&free, &[(true, &other), (false, &a)]);
        passes(&timed, &[(false, &other)]);
    }

    #[test]
    fn what_has_no_form_stays_text() {
        let counted = loaded("  - Group: [{ID: A, RuleID: R.A}, {ID: B, RuleID: R.B}]\n    MinMatchCount: 1\n", &[]);
        let Logic::Opaque(opaque) = &counted.items[0].rule.logic else { panic!("lifted") };
        assert_eq!(opaque.reason, "a number of elements of a group that have to match");
        assert!(opaque.text.contains("RuleID: R.A"));
        let dangling = loaded(
            "  - Group: [{ID: A, RuleID: R.A}]\n    MatchCriteria: {c: [{GroupID: X, Match: x}]}\n    LookbackWindowMinute: 3\n",
            &[(false, &output("Z", "x", "v", "0"))],
        );
        let found: Vec<(&str, &str)> =
            dangling.diagnostics.iter().map(|d| (d.lint, dangling.unit.slice(d.location))).collect();
        assert_eq!(found, [("unknown-key", "LookbackWindowMinute"), ("not-lifted", "X")]);
    }
}
