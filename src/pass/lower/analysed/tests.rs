//! What the index can be asked of analysed text. Expected are the words of the standard analyser (UAX #29, lower case), which hold of at
//! least the texts that the source's test holds of.

use crate::backend::Target;
use crate::catalog::fields::{Cardinality, FieldType};
use crate::eval::{Conditions, Event};
use crate::fidelity::Effect;
use crate::ir::{
    Case, Coercion, Dialect, EventModel, ExprId, FieldPath, Logic, Op, Pattern, Piece, Pool, Rule, display_expr,
};
use crate::pass::{Empties, FieldFacts, Lowered, Terms, lower};
use serde_json::json;

fn equal(text: &str) -> Op {
    Op::Equal { to: text.into(), case: Case::Insensitive, coercion: Coercion::Text }
}

fn like(pieces: impl IntoIterator<Item = Piece>) -> Op {
    Op::Matches { pattern: Pattern::new(pieces), case: Case::Insensitive, coercion: Coercion::Text }
}

fn literal(text: &str) -> Piece {
    Piece::Literal(text.into())
}

fn containing(text: &str) -> Op {
    like([Piece::Any, literal(text), Piece::Any])
}

/// A rule whose condition is a test of a field of this type, or its negation, lowered for a target.
fn lowered_for(target: Target, (field, ty): (&str, FieldType), op: Op, negated: bool) -> Lowered {
    let mut pool = Pool::default();
    let test = pool.any_of(FieldPath::dotted(field), op, None);
    let root = if negated { pool.not(test, None) } else { test };
    let rule = Rule::new(Dialect::Query, EventModel::Elastic, pool, Logic::Event(root));
    let terms = Terms {
        capabilities: target.info().unwrap().capabilities,
        facts: &|_| FieldFacts { cardinality: Cardinality::Single, ty },
        domain: &|_, _| None,
        empties: Empties::Kept,
        assumes: &[],
        crossed: true,
    };
    lower(&rule, &terms)
}

fn in_lucene(op: Op) -> Lowered {
    lowered_for(Target::Lucene, ("message", FieldType::Text), op, false)
}

fn root(lowered: &Lowered) -> ExprId {
    let Logic::Event(root) = lowered.rule.logic else { panic!("an event rule") };
    root
}

/// Whether the lowered rule holds of each text.
fn holds_of(lowered: &Lowered, texts: &[&str]) -> Vec<bool> {
    let root = root(lowered);
    let conditions = Conditions::new(&lowered.rule.pool, &[root], EventModel::Elastic);
    let holds = |text: &&str| {
        let event = json!({ "message": text });
        conditions.verdict(root, &Event::new(&event, EventModel::Elastic)).is_true()
    };
    texts.iter().map(holds).collect()
}

fn effects(lowered: &Lowered) -> Vec<Effect> {
    assert!(lowered.fatal.is_empty(), "{:?}", lowered.fatal);
    lowered.losses.iter().map(|loss| loss.effect).collect()
}

#[test]
fn a_whole_text_becomes_its_words() {
    let found = in_lucene(equal("Access denied"));
    assert_eq!(effects(&found), [Effect::Widened]);
    let texts = ["Access denied", "DENIED: access", "access", "accessed denied"];
    assert_eq!(holds_of(&found, &texts), [true, true, false, false]);
}

#[test]
fn an_open_end_of_a_text_may_be_a_part_of_a_word() {
    let found = in_lucene(containing("cess den"));
    assert_eq!(effects(&found), [Effect::Widened]);
    assert_eq!(holds_of(&found, &["Access denied", "cess den", "cessx denied", "process"]), [true, true, false, false]);
    let starts = in_lucene(like([literal("access den"), Piece::Any]));
    assert_eq!(holds_of(&starts, &["Access denied", "xaccess denied"]), [true, false]);
    let ends = in_lucene(like([Piece::Any, literal("cess denied")]));
    assert_eq!(holds_of(&ends, &["Access denied", "Access deniedx"]), [true, false]);
}

#[test]
fn a_part_of_one_word_costs_nothing() {
    let found = in_lucene(containing("denied"));
    assert_eq!(effects(&found), []);
    assert_eq!(holds_of(&found, &["Access denied", "undeniedly", "deny"]), [true, true, false]);
}

/// Without the exclusion the rule fires more often.
#[test]
fn an_exclusion_is_left_out_and_widens() {
    let found = lowered_for(Target::Lucene, ("message", FieldType::Text), containing("a b"), true);
    assert_eq!(effects(&found), [Effect::Widened]);
    assert_eq!(root(&found), ExprId::TRUE);
}

#[test]
fn what_has_no_words_and_a_target_without_them_is_refused() {
    for op in [containing("--"), like([literal("a"), Piece::One])] {
        assert_eq!(in_lucene(op.clone()).fatal.len(), 1, "{op:?}");
    }
    let found = lowered_for(Target::Eql, ("message", FieldType::MatchOnlyText), containing("denied"), false);
    assert_eq!(found.fatal.len(), 1);
}

/// The words of a script end at every sign but `_` and `-`; those of other text do not end at a dot between letters.
#[test]
fn scripts_have_words_of_their_own() {
    for (field, words) in
        [("powershell.file.script_block_text", &["net", "webclient"][..]), ("message", &["net.webclient"])]
    {
        let found = lowered_for(Target::Lucene, (field, FieldType::Text), equal("Net.WebClient"), false);
        let shown = display_expr(&found.rule.pool, root(&found));
        assert_eq!(shown.matches(field).count(), words.len(), "{shown}");
        assert!(words.iter().all(|word| shown.contains(&format!("\"{word}\""))), "{shown}");
    }
}

#[test]
fn a_keyword_keeps_its_whole_text() {
    let found = lowered_for(Target::Lucene, ("message", FieldType::Keyword), equal("Access denied"), false);
    assert!(found.fatal.is_empty());
    assert_eq!(holds_of(&found, &["denied Access"]), [false]);
}
