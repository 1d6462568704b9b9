use super::*;
use crate::source::{PieceKind, Span};
use crate::syntax::{MAX_DEPTH, Node, NodeKind, ScalarStyle};
use ScalarStyle::{Double, Folded, Literal, Plain, Single};

fn one(text: &str) -> Document {
    let mut documents = parse(text, YamlVersion::V1_2);
    assert_eq!(documents.len(), 1, "{text:?}");
    documents.remove(0)
}

fn messages(document: &Document) -> Vec<String> {
    document.problems.iter().map(|problem| problem.message.clone()).collect()
}

/// Where the decoded `part` of the string under `key` stands in the source.
fn source_of<'t>(text: &'t str, key: &str, part: &str) -> &'t str {
    let document = one(text);
    let scalar = document.root.get(key).unwrap().as_scalar().unwrap();
    let at = scalar.text.find(part).unwrap_or_else(|| panic!("{:?} has no {part:?}", scalar.text));
    assert_eq!(scalar.map.decoded_len() as usize, scalar.text.len(), "opaque");
    &text[scalar.map.to_source(Span::new(at, at + part.len())).range()]
}

fn slice<'t>(text: &'t str, node: &Node) -> &'t str {
    &text[node.span.range()]
}

#[test]
fn spans_are_the_values_own_bytes() {
    let text = "\u{feff}ä: pl ain # c\nb: 'q'\nc: \"d\"\nd: |  # why |\n  x\n  y\n\ne: [1, {f: 2}]\ng:\n  - h: 1\n    i: 2\n  - j\nk:\nl : !!str |2-\n  m\n";
    let root = one(text).root;
    let at = |key: &str| slice(text, root.get(key).unwrap());
    assert_eq!(at("ä"), "pl ain");
    assert_eq!(at("b"), "'q'");
    assert_eq!(at("c"), "\"d\"");
    assert_eq!(at("d"), "|  # why |\n  x\n  y\n");
    assert_eq!(at("e"), "[1, {f: 2}]");
    assert_eq!(at("g"), "- h: 1\n    i: 2\n  - j");
    assert_eq!(slice(text, &root.get("g").unwrap().as_seq().unwrap()[0]), "h: 1\n    i: 2");
    assert_eq!(at("k"), "");
    assert_eq!(at("l"), "|2-\n  m");
    assert!(text[..root.get("k").unwrap().span.range().start].ends_with("k:"));
    assert_eq!(&text[root.entry("ä").unwrap().key.span.range()], "ä");
    assert_eq!(root.get("k").unwrap().kind, NodeKind::Null);
}

#[test]
fn every_style_maps_to_its_bytes() {
    assert_eq!(source_of("k: one\n  two\n", "k", "two"), "two");
    assert_eq!(source_of("k: one\n  two\n", "k", "e t"), "e\n  t");
    assert_eq!(source_of("k: 'it''s é'\n", "k", "'"), "''");
    assert_eq!(source_of("k: 'it''s é'\n", "k", "s é"), "s é");
    assert_eq!(source_of("k: \"\\x41\\u00e9\\U0001F600z\"\n", "k", "é"), "\\u00e9");
    assert_eq!(source_of("k: \"\\x41\\u00e9\\U0001F600z\"\n", "k", "z"), "z");
    assert_eq!(source_of("k: \"a\\\n   b\"\n", "k", "b"), "b");
    assert_eq!(source_of("k: |\n  a\n    b\n  c\n", "k", "  b\nc"), "  b\n  c");
    assert_eq!(source_of("k: |\r\n  a\r\n\r\n  c\r\n", "k", "c"), "c");
    assert_eq!(source_of("k: >\n  a\n  b\n\n  c\n", "k", "a b"), "a\n  b");
    assert_eq!(source_of("k: >\n  a\n  b\n\n  c\n", "k", "c"), "c");
    assert_eq!(source_of("k: |+\n  a\n\n\nz: 1\n", "k", "a\n\n\n"), "a\n\n\n");
    assert_eq!(source_of("k: |\n\n\n  a\n", "k", "a"), "a");
    assert_eq!(source_of("k: |2\n    a\n  b\n", "k", "b"), "b");
}

#[test]
fn a_block_without_a_last_line_break_has_none_when_read() {
    // As PyYAML and libyaml read it.
    assert_eq!(one("k: |\n  x").root.get("k").unwrap().as_str(), Some("x"));
    assert_eq!(one("k: |\n  x\n").root.get("k").unwrap().as_str(), Some("x\n"));
}

/// What `yaml.safe_load` of PyYAML gives, where YAML 1.2 is stricter.
#[test]
fn texts_that_only_libyaml_allows_are_read_as_it_reads_them() {
    for (text, value) in [
        ("k: \"one\ntwo\"\n", "one two"),
        ("k: 'one\n\ttwo'\n", "one two"),
        ("k: \u{feff}y\n", "\u{feff}y"),
        ("k: |+\n  x\n  ", "x\n"),
    ] {
        let document = one(text);
        assert_eq!(document.problems, [], "{text:?}");
        assert_eq!(document.root.get("k").unwrap().as_str(), Some(value), "{text:?}");
    }
}

#[test]
fn the_version_decides_and_disagreement_is_told() {
    let text = "a: off\nb: 012\nc: 'off'\nd: text\non: 1\n";
    let old = &parse(text, YamlVersion::V1_1)[0];
    let new = &parse(text, YamlVersion::V1_2)[0];
    assert_eq!(old.root.get("a").unwrap().kind, NodeKind::Bool(false));
    assert_eq!(new.root.get("a").unwrap().as_str(), Some("off"));
    assert_eq!(old.root.get("b").unwrap().as_int(), Some(10));
    assert_eq!(new.root.get("b").unwrap().as_int(), Some(12));
    assert_eq!(old.root.get("c").unwrap().as_str(), Some("off"));
    assert_eq!(old.version_disputes, new.version_disputes);
    let told: Vec<_> = new
        .version_disputes
        .iter()
        .map(|d| (&text[d.span.range()], d.yaml_1_1.as_str(), d.yaml_1_2.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            ("off", "the boolean false", "the string \"off\""),
            ("012", "the integer 10", "the integer 12"),
            ("on", "the boolean true", "the string \"on\""),
        ]
    );
}

#[test]
fn an_error_keeps_what_stands_before_it_and_the_other_documents() {
    let documents = parse("a: 1\nb: [x, y\nc: 2\n---\nd: 3\n---\ne: 'open\n", YamlVersion::V1_2);
    assert_eq!(documents.len(), 3);
    assert_eq!(documents[0].root.get("a").unwrap().as_int(), Some(1));
    assert_eq!(documents[0].problems.len(), 1);
    assert_eq!(documents[1].root.get("d").unwrap().as_int(), Some(3));
    assert_eq!(documents[1].problems, []);
    assert_eq!(documents[2].problems.len(), 1);
    assert!(documents[2].root.as_map().is_none_or(<[_]>::is_empty));
}

#[test]
fn empty_streams_have_no_documents() {
    for text in ["", "\u{feff}", "# only a comment\n", "\n\n"] {
        assert_eq!(parse(text, YamlVersion::V1_1), [], "{text:?}");
    }
    assert_eq!(one("---\n").root.kind, NodeKind::Null);
}

#[test]
fn comments_go_to_their_document() {
    let documents = parse("# head\na: 1 # side\n---\n# second\nb: 2\n# foot\n", YamlVersion::V1_2);
    let texts: Vec<Vec<&str>> =
        documents.iter().map(|d| d.comments.iter().map(|comment| comment.text.as_str()).collect()).collect();
    assert_eq!(texts, [vec!["# head", "# side"], vec!["# second", "# foot"]]);
}

fn comments(text: &str) -> Vec<Vec<String>> {
    let texts = |document: Document| document.comments.into_iter().map(|comment| comment.text).collect();
    parse(text, YamlVersion::V1_2).into_iter().map(texts).collect()
}

/// YAML 1.2.2 section 6.6: white space stands before a comment; section 8.1.1: the header of a block scalar may have one.
#[test]
fn comments_stand_between_scalars_only() {
    let text =
        "\u{feff}# 1\na: \"x # y\" # 2\nb: |  # 3\n  # text\n  t\n# 4\nc: [e#f, # 5\n  '# g'] #6\nd: &h#i > # 7\n";
    assert_eq!(comments(text), [["# 1", "# 2", "# 3", "# 4", "# 5", "#6", "# 7"]]);
    assert_eq!(comments("a: é # 1\r\nb: p\n # 2\n"), [["# 1", "# 2"]]);
    assert_eq!(comments("a: 1 # 1\n...\n# 2\n---\nb: 2\n...\n# 3\n"), [vec!["# 1"], vec!["# 2", "# 3"]]);
}

#[test]
fn comments_around_errors_are_kept_and_strings_that_do_not_end_have_none() {
    assert_eq!(comments("# 1\na: x # 2\n b: y # no\n---\nc: z # 3\n"), [vec!["# 1", "# 2"], vec!["# 3"]]);
    assert_eq!(comments("# 1\na: 'x # no\n"), [["# 1"]]);
}

#[test]
fn the_first_of_two_equal_keys_wins() {
    let text = "a: 1\nb: 2\na: 3\n";
    let document = one(text);
    assert_eq!(document.root.get("a").unwrap().as_int(), Some(1));
    assert_eq!(document.root.as_map().unwrap().len(), 2);
    assert_eq!(messages(&document), ["duplicate key `a`: it is first defined on line 1"]);
    assert_eq!(document.problems[0].span, Span::new(10, 11));
}

#[test]
fn aliases_and_merge_keys_are_resolved() {
    let text =
        "base: &b {x: 1, y: 2}\nother: &o {y: 3, z: 4}\nuse:\n  <<: [*b, *o]\n  x: 9\ncopy: *b\nlit: {'<<': 1}\n";
    let document = one(text);
    assert_eq!(document.problems, []);
    let used = document.root.get("use").unwrap();
    let ints: Vec<_> = used.as_map().unwrap().iter().map(|e| (e.key.text.as_str(), e.value.as_int())).collect();
    assert_eq!(ints, [("y", Some(2)), ("z", Some(4)), ("x", Some(9))]);
    assert_eq!(&text[used.get("z").unwrap().via_alias.unwrap().range()], "*o");
    assert_eq!(used.get("x").unwrap().via_alias, None);
    let copy = document.root.get("copy").unwrap();
    assert_eq!(slice(text, copy), "{x: 1, y: 2}");
    assert_eq!(copy.get("x").unwrap().via_alias, copy.via_alias);
    assert_eq!(document.root.get("lit").unwrap().get("<<").unwrap().as_int(), Some(1));
    assert_eq!(messages(&one("a:\n  <<: 1\n")), ["`<<` needs a map or a list of maps"]);
}

#[test]
fn wrong_aliases_are_problems() {
    assert_eq!(messages(&one("a: *nope\nb: 1\n")), ["no anchor `&nope` stands before this"]);
    assert_eq!(messages(&one("a: &a [*a]\n")), ["the alias stands inside its own anchor"]);
}

#[test]
fn growth_by_aliases_is_limited() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for n in 1..30 {
        let items = vec![format!("*a{}", n - 1); 10].join(", ");
        text = format!("{text}a{n}: &a{n} [{items}]\n");
    }
    let document = one(&text);
    assert!(messages(&document).iter().any(|m| m.contains("expand to more than 100000 values")));
}

#[test]
fn depth_is_limited() {
    let deep = format!("{}{}", "[".repeat(MAX_DEPTH + 50), "]".repeat(MAX_DEPTH + 50));
    assert_eq!(messages(&one(&deep)), ["more than 128 levels of nesting"]);
    assert_eq!(messages(&one(&format!("{}{}", "[".repeat(MAX_DEPTH), "]".repeat(MAX_DEPTH)))), [""; 0]);
    let mut chain = "a0: &a0 [x]\n".to_owned();
    for n in 1..200 {
        chain = format!("{chain}a{n}: &a{n} [*a{}]\n", n - 1);
    }
    assert!(messages(&one(&chain)).iter().any(|m| m.contains("nests to more than 128 levels")));
}

#[test]
fn tags_are_honoured_or_reported() {
    let text = "a: !!str 5\nb: !!int '7'\nc: ! 8\nd: !mine 9\ne: !!bool 'yes'\nf: !!float 1\ng: !!int x\n";
    let document = one(text);
    let kind = |key: &str| document.root.get(key).unwrap().kind.clone();
    assert_eq!(document.root.get("a").unwrap().as_str(), Some("5"));
    assert_eq!(kind("b"), NodeKind::Int(7));
    assert_eq!(document.root.get("c").unwrap().as_str(), Some("8"));
    assert_eq!(kind("d"), NodeKind::Int(9));
    assert_eq!(kind("e"), NodeKind::Bool(true));
    assert_eq!(kind("f"), NodeKind::Float(1.0));
    assert_eq!(messages(&document), ["unknown tag `!mine`", "`x` is no value of the tag `!!int`"]);
    assert_eq!(&text[document.problems[0].span.range()], "!mine");
}

#[test]
fn keys_that_are_no_strings_keep_their_text() {
    let text = "1: a\nnull: b\n'q''x': c\n? [k]\n: d\n";
    let document = one(text);
    let keys: Vec<_> = document.root.as_map().unwrap().iter().map(|e| e.key.text.as_str()).collect();
    assert_eq!(keys, ["1", "null", "q'x", "[k]"]);
    assert_eq!(messages(&document), ["a list cannot be a key here"]);
    let quoted = &document.root.as_map().unwrap()[2].key;
    assert_eq!(quoted.map.pieces().iter().filter(|p| p.kind == PieceKind::Escape).count(), 1);
}

#[test]
fn styles_are_kept_and_big_integers_are_reported() {
    let document = one("a: x\nb: 'x'\nc: \"x\"\nd: |\n  x\ne: >\n  x\nf: 99999999999999999999\n");
    let styles: Vec<_> = document.root.as_map().unwrap().iter().map(|e| e.value.as_scalar().unwrap().style).collect();
    assert_eq!(styles, [Plain, Single, Double, Literal, Folded, Plain]);
    assert_eq!(messages(&document), ["the integer does not fit into 64 bits"]);
}

#[test]
fn documents_do_not_overlap_and_hold_their_root() {
    let documents = parse("a: 1\n---\nb: |\n  x\n...\n---\n[c]\n", YamlVersion::V1_2);
    assert_eq!(documents.len(), 3);
    for document in &documents {
        assert!(document.span.contains(document.root.span), "{:?}", document.span);
    }
    for pair in documents.windows(2) {
        assert!(pair[0].span.end <= pair[1].span.start, "{:?} {:?}", pair[0].span, pair[1].span);
    }
}
