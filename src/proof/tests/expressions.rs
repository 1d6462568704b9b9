//! Slips inside a regular expression: each has to be found in every target that writes it.

use crate::backend::{Options, Target, convert};
use crate::frontend::{Context, load};
use crate::proof::{Verdict, prove_conversion};
use crate::source::SourceFile;

const RULE: &str = "
title: Ids in a command line
logsource:
    product: windows
    category: process_creation
detection:
    selection:
        CommandLine|re: 'id=[0-9a-f]{4,6}(x|yy)[^;]'
    condition: selection
";

/// What stands there and what might stand there instead.
const SLIPS: [(&str, &str); 12] = [
    ("0-9", "0-8"),
    ("0-9", "1-9"),
    ("0-9", "0-:"),
    ("a-f", "a-e"),
    ("a-f", "b-f"),
    ("a-f", "a-g"),
    ("{4,6}", "{3,6}"),
    ("{4,6}", "{5,6}"),
    ("{4,6}", "{4,5}"),
    ("{4,6}", "{4,7}"),
    ("|yy", "|y"),
    ("[^;]", "."),
];

#[test]
fn slips_in_classes_and_counts_are_found() {
    let loaded = load(SourceFile::new("t.yml", RULE), &Context::default());
    let rule = &loaded.items[0].rule;
    for target in [Target::Eql, Target::Esql, Target::Lucene, Target::Panther, Target::Sigma] {
        let right = convert(rule, target, &Options::default());
        let proof = prove_conversion(rule, &[], target, &right).unwrap();
        assert!(proof.verdict >= Verdict::Tested, "{target:?}: {:?}", proof.reason);
        for (from, to) in SLIPS {
            let mut wrong = right.clone();
            let code = wrong.outputs.iter_mut().find(|output| output.text.contains(from)).unwrap();
            code.text = code.text.replacen(from, to, 1);
            let proof = prove_conversion(rule, &[], target, &wrong).unwrap();
            assert_eq!(proof.verdict, Verdict::Differs, "{target:?}, {to} for {from}: {:?}", proof.reason);
        }
    }
}
