//! Properties of the two parsers over generated text.

use detc::source::{PieceKind, TextMap};
use detc::syntax::{Node, NodeKind, Scalar, ScalarStyle, YamlVersion, parse_toml, parse_yaml};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

/// Whatever the map says must be so: verbatim pieces equal their source, and pieces cover the text or there are none.
fn consistent(source: &str, decoded: &str, map: &TextMap) -> Result<(), TestCaseError> {
    let covered = map.decoded_len() as usize;
    prop_assert!(covered == 0 || covered == decoded.len(), "{} of {} bytes are mapped", covered, decoded.len());
    let mut next = 0;
    for piece in map.pieces().iter() {
        prop_assert_eq!(piece.decoded, next);
        next += piece.decoded_len;
        let slice = &decoded[piece.decoded as usize..next as usize];
        let raw = source.get(piece.source.range());
        prop_assert!(raw.is_some(), "{:?} is no place in the source", piece.source);
        if piece.kind == PieceKind::Verbatim {
            prop_assert_eq!(Some(slice), raw);
        }
    }
    Ok(())
}

fn sound(source: &str, node: &Node) -> Result<(), TestCaseError> {
    prop_assert!(source.get(node.span.range()).is_some(), "{:?} is no place in the source", node.span);
    match &node.kind {
        NodeKind::Seq(items) => items.iter().try_for_each(|item| sound(source, item)),
        NodeKind::Map(entries) => entries.iter().try_for_each(|entry| {
            consistent(source, &entry.key.text, &entry.key.map)?;
            sound(source, &entry.value)
        }),
        NodeKind::Str(scalar) => consistent(source, &scalar.text, &scalar.map),
        _ => Ok(()),
    }
}

fn exact(source: &str, scalar: &Scalar, text: &str, style: ScalarStyle) -> Result<(), TestCaseError> {
    prop_assert_eq!(&*scalar.text, text);
    prop_assert_eq!(scalar.style, style);
    prop_assert_eq!(scalar.map.decoded_len() as usize, text.len(), "opaque: {:?}", source);
    consistent(source, &scalar.text, &scalar.map)
}

/// Lines of words, with blank lines between and more indented lines among them.
fn lines() -> impl Strategy<Value = Vec<String>> {
    let line =
        prop_oneof![4 => "[a-zé*:]{1,6}( [a-z#'\"\\\\]{1,4}){0,3}", 1 => Just(String::new()), 1 => " {1,3}[a-z]{1,5}"];
    (prop::collection::vec(line, 0..7), "[a-z]{1,5}").prop_map(|(mut lines, last)| {
        lines.insert(0, "first".to_owned());
        lines.push(last);
        lines
    })
}

/// YAML 1.2.2 section 8.1.3, written the slow way: fold what lies between two lines of text.
fn folded(lines: &[String]) -> String {
    let is_text = |line: &str| !line.is_empty() && !line.starts_with(' ');
    let mut out = lines[0].clone();
    let mut previous = is_text(&lines[0]);
    let mut at = 1;
    while at < lines.len() {
        let mut blank = 0;
        while lines[at].is_empty() {
            blank += 1;
            at += 1;
        }
        let text = is_text(&lines[at]);
        match (previous && text, blank) {
            (true, 0) => out.push(' '),
            (true, blank) => out.push_str(&"\n".repeat(blank)),
            (false, blank) => out.push_str(&"\n".repeat(blank + 1)),
        }
        out.push_str(&lines[at]);
        previous = text;
        at += 1;
    }
    out
}

fn block(lines: &[String], header: &str, newline: &str, indent: usize) -> String {
    let pad = " ".repeat(indent);
    let body: String =
        lines.iter().map(|l| if l.is_empty() { newline.to_owned() } else { format!("{pad}{l}{newline}") }).collect();
    format!("é: {header}{newline}{body}z: 1{newline}")
}

fn value(source: &str) -> Scalar {
    let documents = parse_yaml(source, YamlVersion::V1_2);
    assert!(documents[0].problems.is_empty(), "{source:?}: {:?}", documents[0].problems);
    documents[0].root.as_map().unwrap()[0].value.as_scalar().unwrap().clone()
}

fn newline() -> impl Strategy<Value = &'static str> {
    prop_oneof![Just("\n"), Just("\r\n")]
}

fn double_quoted(text: &str) -> String {
    let escape = |c: char| match c {
        '"' => "\\\"".to_owned(),
        '\\' => "\\\\".to_owned(),
        '\n' => "\\n".to_owned(),
        '\t' => "\\t".to_owned(),
        c if c.is_control() || u32::from(c) % 5 == 0 => format!("\\U{:08x}", u32::from(c)),
        c => c.to_string(),
    };
    format!("\"{}\"", text.chars().map(escape).collect::<String>())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn literal_blocks_map_exactly(lines in lines(), newline in newline(), indent in 1_usize..6, strip in any::<bool>()) {
        let source = block(&lines, if strip { "|-" } else { "|" }, newline, indent);
        let text = lines.join("\n") + if strip { "" } else { "\n" };
        exact(&source, &value(&source), &text, ScalarStyle::Literal)?;
    }

    #[test]
    fn folded_blocks_map_exactly(lines in lines(), newline in newline(), indent in 1_usize..6, strip in any::<bool>()) {
        let source = block(&lines, if strip { ">-" } else { ">" }, newline, indent);
        let text = folded(&lines) + if strip { "" } else { "\n" };
        exact(&source, &value(&source), &text, ScalarStyle::Folded)?;
    }

    #[test]
    fn quoted_yaml_maps_exactly(text in "[a-zA-Z0-9 '\"\\\\é€😀:#]{1,30}") {
        let source = format!("k: '{}'\n", text.replace('\'', "''"));
        exact(&source, &value(&source), &text, ScalarStyle::Single)?;
    }

    #[test]
    fn double_quoted_yaml_maps_exactly(text in "[a-zA-Z0-9 '\"\\\\\n\t\u{1}é€😀:#]{1,30}") {
        let source = format!("k: {}\n", double_quoted(&text));
        exact(&source, &value(&source), &text, ScalarStyle::Double)?;
    }

    #[test]
    fn folded_flow_scalars_map_exactly(words in prop::collection::vec("[a-zé]{1,5}", 2..6), breaks in 1_usize..4, newline in newline()) {
        let joint = format!(" \t{}   ", newline.repeat(breaks));
        let text = words.join(&if breaks == 1 { " ".to_owned() } else { "\n".repeat(breaks - 1) });
        let body = words.join(&joint);
        for (source, style) in [
            (format!("k: {body}{newline}"), ScalarStyle::Plain),
            (format!("k: '{body}'{newline}"), ScalarStyle::Single),
            (format!("k: \"{body}\"{newline}"), ScalarStyle::Double),
        ] {
            exact(&source, &value(&source), &text, style)?;
        }
    }

    #[test]
    fn toml_strings_map_exactly(text in "[a-zA-Z0-9 \"\\\\\n\té€😀:#]{0,30}") {
        let escaped = double_quoted(&text);
        let inner = &escaped[1..escaped.len() - 1];
        let mut sources = vec![
            (format!("k = {escaped}\n"), ScalarStyle::Double),
            (format!("k = \"\"\"\n{inner}\"\"\"\n"), ScalarStyle::MultiLineBasic),
            (format!("k = \"\"\"\\\n   \n  {inner}\\\n  \"\"\"\n"), ScalarStyle::MultiLineBasic),
            (format!("k = '''\r\n{text}'''\n"), ScalarStyle::MultiLineLiteral),
        ];
        if !text.contains('\n') {
            sources.push((format!("k = '{text}'\n"), ScalarStyle::Single));
        }
        for (source, style) in sources {
            // A continuation takes the white space that follows it.
            let text = if source.contains("\\\n   ") { text.trim_start_matches([' ']) } else { &text };
            let document = parse_toml(&source);
            prop_assert!(document.problems.is_empty(), "{:?}: {:?}", source, document.problems);
            exact(&source, document.root.get("k").unwrap().as_scalar().unwrap(), text, style)?;
        }
    }

    #[test]
    fn soup_never_panics(text in "[\\[\\]{}=.,:\"'|>&*!%@#?<\\\\ \t\r\nabn0-9_~éx-]{0,120}") {
        sound(&text, &parse_toml(&text).root)?;
        for version in [YamlVersion::V1_1, YamlVersion::V1_2] {
            parse_yaml(&text, version).iter().try_for_each(|document| sound(&text, &document.root))?;
        }
    }

    #[test]
    fn any_text_never_panics(text in any::<String>()) {
        sound(&text, &parse_toml(&text).root)?;
        parse_yaml(&text, YamlVersion::V1_1).iter().try_for_each(|document| sound(&text, &document.root))?;
    }

    #[test]
    fn mutations_never_panic(cut in 0_usize..600, len in 0_usize..9, put in "[\\[\\]{}=:\"'|>&*!\\\\\r\n\t é-]{0,4}") {
        for rule in [YAML, TOML] {
            let mut text = rule.to_owned();
            let floor = |at: usize| (0..=at.min(rule.len())).rev().find(|at| rule.is_char_boundary(*at)).unwrap();
            text.replace_range(floor(cut)..floor(cut + len), &put);
            sound(&text, &parse_toml(&text).root)?;
            for version in [YamlVersion::V1_1, YamlVersion::V1_2] {
                parse_yaml(&text, version).iter().try_for_each(|document| sound(&text, &document.root))?;
            }
        }
    }
}

const YAML: &str = "title: Ünïcode # comment\nlogsource: &src\n    product: okta\n    service: okta\ndetection:\n    \
    selection:\n        eventtype|contains:\n            - 'a''b'\n            - \"c\\u00e9\\\n              d\"\n    \
    condition: selection\nother:\n    <<: *src\n    note: |2-\n          x\n\n        y\n    fold: >+\n      a\n      \
    b\n\n    flow: {a: [1, ~, off], ? b : c}\n---\n!!map\nid: 12:30:45\n...\n---\n- - nested\n  - plain\n    text\n";

const TOML: &str = "# comment\n[metadata]\ncreation_date = \"2024/01/01\"\nmaturity = 'production'\n\n[rule]\n\
    author.name = [\"Élastic\", 1, 2.5, true]\nquery = '''\nany where a == \"b\" /* c */\n'''\nnote = \"\"\"## x \\\n   \
    y \\u00e9\n\"\"\"\n\n[[rule.threat]]\nframework = \"MITRE ATT&CK\"\n[[rule.threat.technique]]\nid = \"T1078\"\n\
    [rule.threat.tactic]\nid = 0x1F\nwhen = 2024-01-01T00:00:00Z\ninline = {a.b = 1, c = [ {d = 2} ]}\n";

#[test]
fn the_mutated_rules_are_sound_to_begin_with() {
    assert!(parse_toml(TOML).problems.is_empty());
    assert!(parse_yaml(YAML, YamlVersion::V1_1).iter().all(|document| document.problems.is_empty()));
    assert_eq!(parse_yaml(YAML, YamlVersion::V1_1).len(), 3);
}
