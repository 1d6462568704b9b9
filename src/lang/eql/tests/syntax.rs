//! Each construct, its tree and its spans. Expected trees follow EqlBase.g4 of Elasticsearch.

use super::super::{
    CategoryKind, CompareOp, Dialect, Expr, ExprKind, FUNCTIONS, FieldPart, Literal, MatchKind, PipeKind, Query,
    TimeUnit, find_function, parse, parse_as, print, print_expression, print_pretty, quote,
};
use super::{expression, query};

/// Prints the expression with every grouping made visible.
fn grouped(text: &str) -> String {
    fn show(expr: &super::Expr) -> String {
        match &expr.kind {
            ExprKind::Or(operands) => format!("({})", operands.iter().map(show).collect::<Vec<_>>().join(" or ")),
            ExprKind::And(operands) => format!("({})", operands.iter().map(show).collect::<Vec<_>>().join(" and ")),
            ExprKind::Not(operand) => format!("(not {})", show(operand)),
            ExprKind::Neg(operand) => format!("(-{})", show(operand)),
            ExprKind::Compare { op, left, right, .. } => format!("({} {} {})", show(left), op.symbol(), show(right)),
            ExprKind::Arithmetic { op, left, right, .. } => format!("({} {} {})", show(left), op.symbol(), show(right)),
            ExprKind::In { subject, .. } => format!("({} in ..)", show(subject)),
            _ => print_expression(expr),
        }
    }
    show(&expression(text))
}

#[test]
fn operators_group_as_in_the_grammar() {
    assert_eq!(grouped("a or b and not c == 1 or d"), "(a or (b and (not (c == 1))) or d)");
    assert_eq!(grouped("not a and b"), "((not a) and b)");
    assert_eq!(grouped("a + b * 2 - 1 > -(1) % 3"), "(((a + (b * 2)) - 1) > ((-1) % 3))");
    assert_eq!(grouped("1 + b in (1)"), "(1 + (b in ..))");
    assert_eq!(grouped("a not in (1)"), "(not (a in ..))");
    assert_eq!(grouped("(a and b) and c"), "((a and b) and c)");
    assert_eq!(grouped("a -5 == 0"), "((a - 5) == 0)");
    assert_eq!(grouped("-5 == a"), "(-5 == a)");
}

#[test]
fn an_event_query_has_category_condition_and_pipes() {
    let Query::Event(event) = query("process where true | head 5 | tail 2") else { panic!() };
    assert_eq!(event.filter.category.kind, CategoryKind::Name("process".into()));
    let [PipeKind::Head(head), PipeKind::Tail(tail)] =
        event.pipes.iter().map(|pipe| &pipe.kind).collect::<Vec<_>>()[..]
    else {
        panic!("{:?}", event.pipes)
    };
    assert_eq!((head.value, tail.value), (5, 2));
    assert_eq!(query("any where true").filters()[0].category.kind, CategoryKind::Any);
    assert_eq!(query("\"any\" where true").filters()[0].category.kind, CategoryKind::Name("any".into()));
}

#[test]
fn a_sequence_has_keys_maxspan_terms_and_until() {
    let text = "sequence by host.id, ?user.id with maxspan=12h\n\
                [a where true] by x\n![b where true] by y with runs=3\n[c where x == 1] by z until [d where true] by w | head 1";
    let Query::Sequence(sequence) = query(text) else { panic!() };
    assert_eq!(
        sequence.by.iter().filter_map(Expr::as_field).map(|key| (key.name(), key.optional)).collect::<Vec<_>>(),
        [("host.id".into(), false), ("user.id".into(), true)]
    );
    let maxspan = sequence.maxspan.unwrap();
    assert_eq!((maxspan.value, maxspan.unit, maxspan.millis()), (12, TimeUnit::Hours, 43_200_000));
    assert_eq!(&text[maxspan.at.0.range()], "12h");
    assert_eq!(
        sequence.terms.iter().map(|term| (term.missing, term.count())).collect::<Vec<_>>(),
        [(false, 1), (true, 3), (false, 1)]
    );
    assert_eq!(&text[sequence.terms[1].at.0.range()], "![b where true] by y with runs=3");
    assert_eq!(sequence.until.unwrap().by[0].as_field().unwrap().name(), "w");
    assert_eq!(sequence.pipes.len(), 1);
    assert_eq!(sequence.at.0.range(), 0..text.len());
}

#[test]
fn a_sample_has_keys_and_terms() {
    let Query::Sample(sample) = query("sample by host [a where true] [b where true] [c where true]") else { panic!() };
    assert_eq!((sample.by.len(), sample.terms.len()), (1, 3));
    query("sample [a where true] by x [b where true] by y");
}

#[test]
fn every_literal_of_a_list_has_its_own_span() {
    let text = "process.name in~ (\"a\", \"\"\"b\\c\"\"\", 7) or x like~ (\"d*\", \"e\")";
    let ExprKind::Or(operands) = expression(text).kind else { panic!() };
    let ExprKind::In { insensitive, op_at, list, .. } = &operands[0].kind else { panic!() };
    assert!(insensitive);
    assert_eq!(&text[op_at.0.range()], "in~");
    assert_eq!(
        list.iter().map(|item| &text[item.span().range()]).collect::<Vec<_>>(),
        ["\"a\"", "\"\"\"b\\c\"\"\"", "7"]
    );
    let ExprKind::Match { kind, list, .. } = &operands[1].kind else { panic!() };
    assert_eq!(*kind, MatchKind::LikeInsensitive);
    assert_eq!(list.iter().map(|item| &text[item.at.0.range()]).collect::<Vec<_>>(), ["\"d*\"", "\"e\""]);
}

#[test]
fn the_span_of_a_node_holds_the_brackets_of_its_operands() {
    let text = " ( a or b ) and (c == (1 + 2))";
    let both = expression(text);
    assert_eq!(&text[both.span().range()], text.trim());
    let ExprKind::And(operands) = both.kind else { panic!() };
    assert_eq!(&text[operands[0].span().range()], "a or b");
    assert_eq!(&text[operands[1].span().range()], "c == (1 + 2)");
    let ExprKind::Compare { op, op_at, .. } = operands[1].kind else { panic!() };
    assert_eq!((op, &text[op_at.0.range()]), (CompareOp::Equal, "=="));
}

#[test]
fn fields_have_parts_indexes_and_an_optional_mark() {
    let text = "any where a.`b-c``d`[3].@x == \"y\"";
    let parsed = parse_as(text, Dialect::Endgame);
    assert_eq!(parsed.problems, []);
    let Some(Query::Event(event)) = parsed.query else { panic!() };
    let ExprKind::Compare { left, .. } = &event.filter.condition.kind else { panic!() };
    let field = left.as_field().unwrap();
    assert!(expression("?a.b").as_field().unwrap().optional);
    assert_eq!(
        field.parts,
        [
            FieldPart::Name("a".into()),
            FieldPart::Name("b-c`d".into()),
            FieldPart::Index(3),
            FieldPart::Name("@x".into())
        ]
    );
    assert_eq!(field.name(), "a.b-c`d[3].@x");
    assert_eq!(print(&Query::Event(event)), text);
}

#[test]
fn strings_are_decoded() {
    let value = |text: &str| match expression(text).kind {
        ExprKind::Literal(Literal::String { value, raw }) => (value, raw),
        other => panic!("{other:?}"),
    };
    assert_eq!(value(r#""\b\t\n\f\r\"\\\u{e9}\u{0001F600}é""#), ("\u{8}\t\n\u{c}\r\"\\é😀é".into(), false));
    assert_eq!(value(r#""""C:\x\u "q" """"#), (r#"C:\x\u "q" "#.into(), true));
    assert_eq!(value("\"\"\"\"a\"\"\"\"\""), ("\"a\"\"".into(), true));
    assert_eq!(value("\"\"\"\"\"\""), (String::new(), true));
    assert_eq!(quote("a\"b\\c\n\u{1}é"), r#""a\"b\\c\n\u{01}é""#);
}

#[test]
fn numbers_are_integers_until_they_do_not_fit() {
    let value = |text: &str| match expression(text).kind {
        ExprKind::Literal(value) => value,
        other => panic!("{other:?}"),
    };
    assert_eq!(value("9223372036854775807"), Literal::Int(i64::MAX));
    assert_eq!(value("-9223372036854775808"), Literal::Int(i64::MIN));
    assert_eq!(value("9223372036854775808"), Literal::Float(9_223_372_036_854_775_808.0));
    assert_eq!(value("-.5e-2"), Literal::Float(-0.005));
    assert_eq!(value("1."), Literal::Float(1.0));
    assert_eq!(value("null"), Literal::Null);
    assert_eq!(value("true"), Literal::Bool(true));
}

#[test]
fn function_names_ignore_case_and_keep_their_spelling() {
    let call = expression("cidrmatch(source.ip, \"10.0.0.0/8\", \"::1\")");
    assert_eq!(print_expression(&call), "cidrmatch(source.ip, \"10.0.0.0/8\", \"::1\")");
    assert_eq!(find_function("STARTSWITH").map(|found| found.name), Some("startsWith"));
    assert_eq!(find_function("indexof").unwrap().signature(), "indexOf(source, substring[, start])");
    assert_eq!(find_function("concat").unwrap().signature(), "concat(value, ...)");
    assert!(FUNCTIONS.is_sorted_by_key(|function| function.name.to_lowercase()));
    assert_eq!(FUNCTIONS.len(), 16);
}

#[test]
fn comments_are_set_aside() {
    let text = "any /* x /* nested */ y */ where // tail\n true";
    let parsed = parse(text);
    assert_eq!(parsed.problems, []);
    let comments: Vec<_> = parsed.comments.iter().map(|span| &text[span.range()]).collect();
    assert_eq!(comments, ["/* x /* nested */ y */", "// tail"]);
}

#[test]
fn queries_print_in_one_layout() {
    assert_eq!(
        print(&query("process   where (a==1) and((b:\"x\"))|head 3")),
        "process where a == 1 and b : \"x\" | head 3"
    );
    assert_eq!(
        print(&query("sequence by h with maxspan = 1 m [a where true] ![\"b c\" where x] until [c where true]|tail 1")),
        "sequence by h with maxspan=1m\n  [a where true]\n  ![\"b c\" where x]\nuntil [c where true]\n| tail 1"
    );
    let long = format!("process where a : \"{}\" and (b or c) and d", "x".repeat(120));
    let expected = format!("process where\n  a : \"{}\" and\n  (b or c) and\n  d", "x".repeat(120));
    assert_eq!(print_pretty(&query(&long)), expected);
}

#[test]
fn trees_are_equal_whatever_their_spans() {
    assert_eq!(query("any where a==1"), query("any  where  (a == 1) // same"));
    assert_ne!(query("any where a == 1"), query("any where a == 2"));
}
