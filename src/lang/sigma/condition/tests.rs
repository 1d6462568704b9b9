//! The section "Condition" of the Sigma Rules Specification 2.1.0, with conditions of our own.

use super::*;
use crate::source::{Span, Spanned};
use proptest::prelude::*;

fn read(text: &str) -> Condition {
    let parsed = parse(text);
    assert_eq!(parsed.problems, vec![], "{text}");
    parsed.condition.unwrap()
}

fn refused(text: &str) -> (String, &str) {
    let parsed = parse(text);
    assert_eq!(parsed.condition, None, "{text} is accepted");
    (parsed.problems[0].message.clone(), &text[parsed.problems[0].span.range()])
}

fn without_spans(mut condition: Condition) -> Condition {
    condition.map_spans(&mut |_| Span::default());
    condition
}

fn canonical(text: &str) -> String {
    let condition = read(text);
    let printed = print(&condition);
    assert_eq!(without_spans(read(&printed)), without_spans(condition), "{text} -> {printed}");
    printed
}

#[test]
fn precedence_least_to_most_binding() {
    assert_eq!(canonical("a or (b and (not c))"), "a or b and not c");
    assert_eq!(canonical("(a or b) and not (c or d)"), "(a or b) and not (c or d)");
    assert_eq!(canonical("not 1 of f_* and x"), "not 1 of f_* and x");
    assert_eq!(canonical("not not a"), "not not a");
    let Node::Or(parts) = read("a or b and c or d").expr.node else { panic!() };
    assert!(parts.len() == 3 && matches!(&parts[1].node, Node::And(inner) if inner.len() == 2));
}

#[test]
fn x_of_takes_them_or_a_pattern() {
    assert_eq!(canonical("all of them"), "all of them");
    assert_eq!(canonical("any of *sel*_a- or 1 of sel"), "any of *sel*_a- or 1 of sel");
    assert_eq!(refused("2 of sel*").1, "2");
    assert_eq!(refused("sel*").1, "sel*");
    assert_eq!(refused("1 of (a)").1, "of");
    assert_eq!(refused("all of not").1, "not");
}

#[test]
fn names_that_start_like_keywords_are_names() {
    for name in ["notable", "order", "android", "all", "any", "1", "of", "them", "near", "all-of", "_x", "4625"] {
        assert_eq!(read(name).expr.node, Node::Identifier(name.to_owned()));
    }
    assert_eq!(canonical("notable and order or all"), "notable and order or all");
}

#[test]
fn upper_case_keywords_are_warned_of() {
    let parsed = parse("a AND NOT 1 OF b_*");
    assert_eq!(parsed.warnings.len(), 3);
    assert_eq!(parsed.warnings[1].span, Span::new(6, 9));
    assert_eq!(print(&parsed.condition.unwrap()), "a and not 1 of b_*");
}

#[test]
fn underscore_names_are_left_out() {
    let pattern = |pattern: &str| Target::Pattern(pattern.to_owned());
    assert!(Target::Them.selects("a") && !Target::Them.selects("_a"));
    assert!(pattern("s*_b").selects("sel_b") && !pattern("s*_b").selects("sel_c"));
    assert!(pattern("*a*").selects("bab") && !pattern("*").selects("_a") && pattern("_*").selects("_a"));
    assert!(pattern("sel").selects("sel") && !pattern("sel").selects("sel_b"));
    assert!(!pattern("a*a").selects("a") && pattern("a*b*c").selects("aXbYc"));
}

#[test]
fn old_pipes_are_read() {
    let condition = read("selection | count(dst.port) by src_ip, host >= 10");
    let Some(Pipe::Aggregation(found)) = &condition.pipe else { panic!() };
    assert_eq!(found.function, Spanned::new(Function::Count, Span::new(12, 17)));
    assert_eq!(found.field, Some(Spanned::new("dst.port".to_owned(), Span::new(18, 26))));
    assert_eq!(found.by[1], Spanned::new("host".to_owned(), Span::new(39, 43)));
    assert_eq!(found.op, Spanned::new(CompareOp::GreaterOrEqual, Span::new(44, 46)));
    assert_eq!(found.value, Spanned::new(10.0, Span::new(47, 49)));
    assert_eq!(print(&condition), "selection | count(dst.port) by src_ip, host >= 10");
    assert_eq!(canonical("a |count()>5"), "a | count() > 5");
    assert_eq!(canonical("a | near b and not c"), "a | near b and not c");
    assert_eq!(parse("a | count() > 5").warnings.len(), 1);
    assert_eq!(refused("a | sum() > 5").0, "`sum` needs a field");
    assert_eq!(refused("a | foo() > 5").1, "foo");
    assert_eq!(refused("a | count() > x").1, "x");
    assert_eq!(refused("a | count() by x").0, "expected a comparison, for instance `> 5`");
}

#[test]
fn spans_are_exact() {
    let text = "  a and (1 of  b_* or not c )";
    let Node::And(parts) = read(text).expr.node else { panic!() };
    assert_eq!(&text[parts[1].span.range()], "1 of  b_* or not c");
    let Node::Or(inner) = &parts[1].node else { panic!() };
    let Node::Of { quantifier, target } = &inner[0].node else { panic!() };
    assert_eq!((&text[quantifier.span.range()], &text[target.span.range()]), ("1", "b_*"));
    assert_eq!(&text[inner[1].span.range()], "not c");
}

#[test]
fn problems_name_the_place() {
    assert_eq!(refused(" ").0, "the condition is empty");
    assert_eq!(refused("a and"), ("nothing follows `and`".into(), "and"));
    assert_eq!(refused("or a"), ("nothing stands before `or`".into(), "or"));
    assert_eq!(refused("(a or b"), ("this `(` is never closed".into(), "("));
    assert_eq!(refused("a)"), ("this `)` closes nothing".into(), ")"));
    assert_eq!(refused("a b").1, "b");
    assert_eq!(parse("a adn b").problems[0].help.as_deref(), Some("did you mean `and`?"));
    assert_eq!(refused("a.b").1, ".");
    assert_eq!(refused("a and ()").0, "there is nothing between the parentheses");
    assert_eq!(refused("a (b)").0, "`and` or `or` is missing before this `(`");
    assert_eq!(refused("count(x) > 5"), ("an aggregation stands after a pipe".into(), "("));
    assert_eq!(refused("a == 5").1, "==");
}

#[test]
fn nesting_is_limited() {
    let nested = |depth: usize| "(".repeat(depth) + "a" + &")".repeat(depth);
    assert!(parse(&nested(MAX_DEPTH)).condition.is_some());
    assert!(refused(&nested(MAX_DEPTH + 1)).0.contains("deeper than 128"));
    assert!(parse(&"not ".repeat(100_000)).condition.is_none());
}

fn leaf() -> impl Strategy<Value = Expr> {
    let place = |node| Expr { node, span: Span::default() };
    let quantifiers = prop::sample::select(vec![Quantifier::One, Quantifier::Any, Quantifier::All]);
    let target = prop_oneof![Just(Target::Them), "[a-z]{2}[a-z_*-]{0,5}x".prop_map(Target::Pattern)];
    prop_oneof![
        "(not|and|or|all|of|[a-z0-9_-])[a-z0-9_-]{0,4}x".prop_map(Node::Identifier),
        (quantifiers, target).prop_map(|(quantifier, target)| Node::Of {
            quantifier: Spanned::new(quantifier, Span::default()),
            target: Spanned::new(target, Span::default()),
        }),
    ]
    .prop_map(place)
}

fn expr() -> impl Strategy<Value = Expr> {
    let place = |node| Expr { node, span: Span::default() };
    leaf().prop_recursive(5, 30, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(move |parts| place(Node::Or(parts))),
            prop::collection::vec(inner.clone(), 2..4).prop_map(move |parts| place(Node::And(parts))),
            inner.prop_map(move |part| place(Node::Not(Box::new(part)))),
        ]
    })
}

proptest! {
    #[test]
    fn printed_conditions_read_back(expr in expr()) {
        let condition = Condition { expr, pipe: None };
        let parsed = parse(&print(&condition));
        prop_assert_eq!(parsed.condition.map(without_spans), Some(condition));
    }

    #[test]
    fn soup_never_panics(text in "(and|or|not|NOT|1|all|any|of|them|near|count|by|[a-zé_* ]|[()|<>=,.]|\n|😀){0,40}") {
        let parsed = parse(&text);
        prop_assert_eq!(parsed.condition.is_none(), !parsed.problems.is_empty());
        for problem in parsed.problems.iter().chain(&parsed.warnings) {
            prop_assert!(text.get(problem.span.range()).is_some(), "{:?}", problem);
        }
    }
}
