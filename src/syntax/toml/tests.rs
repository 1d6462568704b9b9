use super::*;
use crate::syntax::{Node, NodeKind, ScalarStyle};
use NodeKind::{DateTime, Float, Int};
use ScalarStyle::{Double, MultiLineBasic, MultiLineLiteral, Single};

fn messages(text: &str) -> Vec<(String, String)> {
    let problems = parse(text).problems;
    problems.iter().map(|problem| (text[problem.span.range()].to_owned(), problem.message.clone())).collect()
}

fn clean(text: &str) -> Node {
    let document = parse(text);
    assert_eq!(document.problems, [], "{text:?}");
    document.root
}

fn source_of<'t>(text: &'t str, part: &str) -> &'t str {
    let root = clean(text);
    let scalar = root.get("k").unwrap().as_scalar().unwrap();
    let at = scalar.text.find(part).unwrap_or_else(|| panic!("{:?} has no {part:?}", scalar.text));
    assert_eq!(scalar.map.decoded_len() as usize, scalar.text.len(), "opaque");
    &text[scalar.map.to_source(Span::new(at, at + part.len())).range()]
}

#[test]
fn tables_merge_as_toml_says_and_keep_their_places() {
    let text = "\u{feff}a.b = 1\na.c.d = 'x'\n[t]\nk = [1, 2.5, true]\n[[t.list]]\nn = 1\n[t.list.sub]\nm = 2\n[[t.list]]\nn = 3\n[u.v.w]\n[u]\n";
    let root = clean(text);
    assert_eq!(root.path(&["a", "b"]).unwrap().as_int(), Some(1));
    assert_eq!(root.path(&["a", "c", "d"]).unwrap().as_str(), Some("x"));
    let list = root.path(&["t", "list"]).unwrap().as_seq().unwrap();
    assert_eq!(list[0].path(&["sub", "m"]).unwrap().as_int(), Some(2));
    assert_eq!(list[1].get("n").unwrap().as_int(), Some(3));
    assert_eq!(&text[list[1].span.range()], "[[t.list]]\nn = 3");
    let keys: Vec<_> = root.as_map().unwrap().iter().map(|e| e.key.text.as_str()).collect();
    assert_eq!(keys, ["a", "t", "u"]);
    let key = &root.path(&["a", "c"]).unwrap().entry("d").unwrap().key;
    assert_eq!((&text[key.span.range()], key.span.start), ("d", 15));
    assert_eq!(&text[root.path(&["t", "k"]).unwrap().span.range()], "[1, 2.5, true]");
}

#[test]
fn every_style_maps_to_its_bytes() {
    assert_eq!(source_of("k = 'é x'", "x"), "x");
    assert_eq!(source_of("k = \"a\\tb\\u00e9\\U0001F600c\"", "é"), "\\u00e9");
    assert_eq!(source_of("k = \"a\\tb\\u00e9\\U0001F600c\"", "\u{1f600}c"), "\\U0001F600c");
    assert_eq!(source_of("k = \"\\\\\\\\x\"", "x"), "x");
    assert_eq!(source_of("k = '''\r\na\r\nb'''", "b"), "b");
    assert_eq!(source_of("k = \"\"\"\na \\\n\n   b\\\"\"\"\"", "b\""), "b\\\"");
    assert_eq!(source_of("k = \"\"\"\na \\\n\n   b\"\"\"", "a b"), "a \\\n\n   b");
    let styles = clean("a = 'x'\nb = \"x\"\nc = '''x'''\nd = \"\"\"x\"\"\"\n");
    let styles: Vec<_> = styles.as_map().unwrap().iter().map(|e| e.value.as_scalar().unwrap().style).collect();
    assert_eq!(styles, [Single, Double, MultiLineLiteral, MultiLineBasic]);
}

#[test]
fn values_have_their_types() {
    let root = clean(
        "a = 0x1F\nb = 0o17\nc = 0b11\nd = 1_000\ne = -1.5e3\nf = inf\ng = 2024-01-01T10:00:00Z\nh = 07:32:00\ni = 2024-01-01 10:00:00\n",
    );
    let kinds: Vec<_> = root.as_map().unwrap().iter().map(|e| e.value.kind.clone()).collect();
    let date = |text: &str| DateTime(text.to_owned());
    assert_eq!(
        kinds,
        [
            Int(31),
            Int(15),
            Int(3),
            Int(1000),
            Float(-1500.0),
            Float(f64::INFINITY),
            date("2024-01-01T10:00:00Z"),
            date("07:32:00"),
            date("2024-01-01 10:00:00")
        ]
    );
}

#[test]
fn all_errors_of_a_file_are_reported_and_the_rest_is_read() {
    let text = "a = 1\nb = \nc = nope\n[t\nd = 2\n[u]\ne = \"\\q\"\nf = 99999999999999999999\ng = 2024-13-01\nz = 3\n";
    let document = parse(text);
    let lines: Vec<usize> =
        document.problems.iter().map(|p| text[..p.span.range().start].matches('\n').count() + 1).collect();
    assert_eq!(lines, [2, 3, 4, 7, 8, 9], "{:?}", document.problems);
    assert_eq!(document.root.get("a").unwrap().as_int(), Some(1));
    assert_eq!(document.root.get("b"), None);
    assert_eq!(document.root.path(&["t", "d"]).unwrap().as_int(), Some(2));
    assert_eq!(document.root.path(&["u", "z"]).unwrap().as_int(), Some(3));
    assert_eq!(document.root.path(&["u", "f"]).unwrap().as_str(), Some("99999999999999999999"));
}

#[test]
fn the_first_of_two_equal_keys_wins() {
    let text = "a = 1\na = 2\n[t]\nx = 1\n[t]\nx = 2\n[a]\nb.c = 1\nb = 2\n";
    let told = [
        ("a", "duplicate key `a`: it is first defined on line 1"),
        ("t", "duplicate key `t`: it is first defined on line 3"),
        ("a", "duplicate key `a`: it is first defined on line 1"),
        ("b", "duplicate key `b`: it is first defined on line 8"),
    ];
    assert_eq!(messages(text), told.map(|(at, message)| (at.to_owned(), message.to_owned())));
    assert_eq!(parse(text).root.path(&["t", "x"]).unwrap().as_int(), Some(1));
}

#[test]
fn closed_tables_are_not_extended() {
    let told =
        |text: &str| messages(text).into_iter().map(|(at, message)| format!("{at}: {message}")).collect::<Vec<_>>();
    let closed =
        |line: usize| vec![format!("a: `a` is complete as it is defined on line {line}: nothing can be added to it")];
    assert_eq!(told("a = {b = 1}\na.c = 2\n"), closed(1));
    assert_eq!(told("a = {b = 1}\n[a.c]\n"), closed(1));
    assert_eq!(told("a = [1]\n[[a.c]]\n"), closed(1));
    assert_eq!(told("a = [1]\n[[a]]\n"), ["a: duplicate key `a`: it is first defined on line 1"]);
    assert_eq!(told("[a.b]\n[x]\n[a]\n"), Vec::<String>::new());
    assert_eq!(told("a.b = 1\n[a]\n"), ["a: duplicate key `a`: it is first defined on line 1"]);
}

#[test]
fn what_toml_1_0_readers_reject_is_told() {
    let newer = |text: &str| {
        messages(text)
            .into_iter()
            .map(|(at, message)| {
                assert!(message.ends_with("is TOML 1.1, which TOML 1.0 readers reject"), "{message}");
                at
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(newer("a = \"x\\e\\x41y\"\n"), ["\\e", "\\x41"]);
    assert_eq!(newer("a = {b = 1,}\n"), [","]);
    assert_eq!(newer("a = {\n b = [\n1]}\n"), ["\n"]);
    assert_eq!(newer("a = 07:32\n"), ["07:32"]);
    assert_eq!(newer("a = {b = [\n1,\n]}\n"), Vec::<String>::new());
    assert_eq!(parse("a = \"x\\e\\x41y\"\n").root.get("a").unwrap().as_str(), Some("x\u{1b}Ay"));
}

#[test]
fn comments_are_kept() {
    let text = "# é\na = [ # in\n1]\r\n# end";
    let comments: Vec<_> = parse(text).comments.into_iter().map(|comment| comment.text).collect();
    assert_eq!(comments, ["# é", "# in", "# end"]);
}

#[test]
fn depth_is_limited() {
    let deep = MAX_DEPTH + 20;
    let texts = [
        format!("a = {}{}\nb = 1\n", "[".repeat(deep), "]".repeat(deep)),
        format!("a = {}1{}\nb = 1\n", "{a=".repeat(deep), "}".repeat(deep)),
        format!("{}a = 1\n", "a.".repeat(deep)),
        format!("b = 1\n[{}a]\nx = 1\n", "a.".repeat(deep)),
        format!("a = {}", "[".repeat(deep)),
    ];
    for text in texts {
        let document = parse(&text);
        assert!(document.problems.iter().any(|p| p.message == "more than 128 levels of nesting"), "{text}");
        assert!(!text.contains("b = 1") || document.root.get("b").is_some(), "{text}");
    }
}

#[test]
fn quoted_keys_map_to_their_bytes() {
    let text = "\"a\\tb\".'c d' = 1\n";
    let root = clean(text);
    let key = &root.as_map().unwrap()[0].key;
    assert_eq!((key.text.as_str(), &text[key.span.range()]), ("a\tb", "\"a\\tb\""));
    assert_eq!(&text[key.map.to_source(Span::new(2, 3)).range()], "b");
}
