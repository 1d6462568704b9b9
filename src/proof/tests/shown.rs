//! What diagrams show, held against what the evaluator says: of conversions that are proved, all witnesses are asked too.

use super::bundled;
use crate::backend::{Options, Status, TARGETS, convert};
use crate::proof::compare::{Claim, Comparison, held};
use crate::proof::conversion::side_by_side;
use crate::proof::witness::Extent;
use crate::proof::{Verdict, prove_conversion};
use rayon::prelude::*;

#[test]
fn no_witness_contradicts_a_proof() {
    let proved: Vec<usize> = bundled()
        .par_iter()
        .map(|(file, rule)| {
            let mut proved = 0;
            for info in TARGETS {
                let conversion = convert(rule, info.target, &Options::default());
                if !matches!(conversion.status, Status::Exact | Status::Metadata) {
                    continue;
                }
                let shown = prove_conversion(rule, &[], info.target, &conversion);
                if shown.is_none_or(|proof| proof.verdict != Verdict::Proved) {
                    continue;
                }
                let all = |comparison: &Comparison<'_>| held(comparison, Claim::Equal, Extent::Full);
                let asked = side_by_side(rule, &[], info.target, &conversion, all).unwrap();
                assert!(
                    asked.verdict >= Verdict::Tested,
                    "{file} -> {}: {:?} {:?}",
                    info.name,
                    asked.reason,
                    asked.counterexample
                );
                proved += 1;
            }
            proved
        })
        .collect();
    assert!(proved.iter().sum::<usize>() > 0);
}
