//! Tests of texts that are proved the same though two engines write them in two ways: regular expressions, numbers in the registry, types.
//! Beside each a mistake that must still be found.

use crate::proof_domain::{differs_with, proof, proved, sigma};
use detc::backend::Target;

fn process(detection: &str) -> detc::ir::Rule {
    sigma("product: windows\n    category: process_creation", detection)
}

/// Searched for in Sigma, matched as a whole in EQL, where `.` is a line break too and an expression has no anchors.
#[test]
fn an_expression_is_the_same_searched_for_or_as_a_whole() {
    let rule = process("    a:\n        CommandLine|re: '(^|\\s)-[FTd]\\s.+\\.[0-9]{2}$'\n    condition: a\n");
    let proof = proved(&rule, Target::Eql);
    for said in ["holds no line breaks", "beyond ASCII where an expression has a class"] {
        assert!(proof.assumes.iter().any(|assumed| assumed.contains(said)), "{said}: {:?}", proof.assumes);
    }
    differs_with(&rule, Target::Eql, "[FTd]", "[Td]");
    differs_with(&rule, Target::Eql, "{2}", "{3}");
}

/// Python compares patterns of several parts as expressions.
#[test]
fn a_pattern_is_the_same_as_an_expression() {
    let rule = process("    a:\n        CommandLine: '*copy *\\windows\\*.dit'\n    condition: a\n");
    proved(&rule, Target::Panther);
    proved(&rule, Target::Lucene);
    differs_with(&rule, Target::Lucene, "[cC][oO][pP][yY]", "copy");
    differs_with(&rule, Target::Lucene, ".*\\\\[wW]", "\\\\[wW]");
}

/// A line break that the source's `.` does not match and the target's does is told.
#[test]
fn what_a_dot_takes_for_granted_is_told() {
    let assumes = |pattern: &str| {
        let rule = process(&format!("    a:\n        CommandLine|re: '{pattern}'\n    condition: a\n"));
        proof(&rule, Target::Lucene).assumes.iter().any(|said| said.contains("holds no line breaks"))
    };
    assert!(assumes("a.b") && assumes("ab$"));
    assert!(!assumes("a[.]b") && !assumes("a\\.b"));
}

/// A blank beyond ASCII, which the source's `\s` has and the target's class has not, is told.
#[test]
fn what_a_class_takes_for_granted_is_told() {
    let assumes = |pattern: &str| {
        let rule = process(&format!("    a:\n        CommandLine|re: '{pattern}'\n    condition: a\n"));
        proof(&rule, Target::Lucene).assumes.iter().any(|said| said.ends_with("beyond ASCII"))
    };
    assert!(assumes("a\\sb") && assumes("[\\w.]x") && assumes("x[^\\d]") && assumes("\\Sx"));
    assert!(!assumes("a b") && !assumes("a\\\\sb") && !assumes("[a-z]\\.s"));
}

/// Sysmon's `DWORD (0x00000001)` is the number 1 in the index.
#[test]
fn numbers_of_the_registry_are_proved() {
    let rule = |details: &str| {
        let detection = format!("    a:\n        TargetObject|endswith: '\\x'\n        {details}\n    condition: a\n");
        sigma("product: windows\n    category: registry_set", &detection)
    };
    let number = rule("Details: 'dword (0x0000000A)'");
    proved(&number, Target::Eql);
    differs_with(&number, Target::Eql, "\"10\"", "\"11\"");
    let mixed = rule("Details: ['QWORD (0x00000001-0x00000000)', '(Empty)', 'Binary Data']");
    proved(&mixed, Target::Elastic);
    differs_with(&mixed, Target::Eql, "4294967296", "1");
    let text = rule("Details|contains: '.exe'");
    proved(&text, Target::Elastic);
    differs_with(&text, Target::Eql, ".exe", ".exf");
}

/// Panther writes the number as a text: the emitted rule asks for each type that Python would write so.
#[test]
fn a_number_that_becomes_a_text_is_proved() {
    let rule = sigma("product: windows\n    service: security", "    a:\n        EventID: 4624\n    condition: a\n");
    proved(&rule, Target::Panther);
    differs_with(&rule, Target::Panther, "4624", "4625");
}

/// Of a list of hundreds of names each says that there is one.
#[test]
fn long_lists_of_names_are_proved() {
    let names: Vec<String> = (0..300).map(|number| format!("            - '\\n{number}.sys'\n")).collect();
    let detection = format!("    a:\n        ImageLoaded|endswith:\n{}    condition: a\n", names.concat());
    let rule = sigma("product: windows\n    category: driver_load", &detection);
    proved(&rule, Target::Eql);
    differs_with(&rule, Target::Eql, "\"n5.sys\"", "\"n300.sys\"");
}

/// An engine that cannot ignore case asks for the texts that the catalogue has; the verdict says that there are no others.
#[test]
fn texts_of_the_catalogue_are_proved_in_their_own_case() {
    let rule = sigma("product: okta\n    service: okta", "    a:\n        eventType: Zone.DELETE\n    condition: a\n");
    let proof = proved(&rule, Target::Kql);
    assert!(proof.assumes.iter().any(|said| said.contains("catalogue")), "{:?}", proof.assumes);
    differs_with(&rule, Target::Kql, "zone.delete", "zone.deactivate");
}
