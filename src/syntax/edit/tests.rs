use super::*;
use crate::syntax::{Document, ScalarStyle, YamlVersion, parse_toml, parse_yaml};
use ScalarStyle::{Double, Folded, Literal, MultiLineBasic, MultiLineLiteral, Plain, Single};

fn yaml(text: &str) -> Document {
    parse_yaml(text, YamlVersion::V1_2).remove(0)
}

fn entry<'d>(document: &'d Document, path: &[&str], key: &str) -> &'d Entry {
    document.root.path(path).unwrap().entry(key).unwrap()
}

fn edited(text: &str, edit: Edit) -> String {
    apply(text, &[edit]).unwrap()
}

#[test]
fn edits_apply_in_any_order_and_must_not_overlap() {
    let edit = |start, end, text: &str| Edit { span: Span::new(start, end), replacement: text.to_owned() };
    assert_eq!(apply("abcdef", &[edit(4, 5, "E"), edit(0, 1, "A"), edit(2, 2, "-")]).unwrap(), "Ab-cdEf");
    assert_eq!(apply("ab", &[edit(1, 1, "1"), edit(1, 1, "2")]).unwrap(), "a12b");
    assert_eq!(apply("abc", &[edit(0, 2, ""), edit(1, 3, "")]), Err(EditError::Overlap(Span::new(1, 3))));
    assert_eq!(apply("é", &[edit(1, 2, "")]), Err(EditError::OutOfText(Span::new(1, 2))));
    assert_eq!(apply("a", &[edit(1, 9, "")]), Err(EditError::OutOfText(Span::new(1, 9))));
}

#[test]
fn values_and_keys_are_replaced_in_place() {
    let text = "a: 'x' # why\nb:\n";
    let document = yaml(text);
    let quoted = quote_like(ScalarStyle::Single, "it's", Format::Yaml);
    assert_eq!(edited(text, replace_value(&entry(&document, &[], "a").value, &quoted)), "a: 'it''s' # why\nb:\n");
    assert_eq!(edited(text, replace_value(&entry(&document, &[], "b").value, "1")), "a: 'x' # why\nb: 1\n");
    assert_eq!(edited(text, rename_key(entry(&document, &[], "a"), "c")), "c: 'x' # why\nb:\n");
}

#[test]
fn a_removed_entry_takes_its_lines() {
    let text = "a: 1 # one\nb: |\n  x\n  y\n\nc:\n  - d: 1\n    e: 2\n  - f: 3\ng: {h: 1, i: 2}\n";
    let document = yaml(text);
    let removed = |path: &[&str], key: &str| edited(text, remove_entry(text, entry(&document, path, key)));
    assert_eq!(removed(&[], "a"), text.replace("a: 1 # one\n", ""));
    assert_eq!(removed(&[], "b"), text.replace("b: |\n  x\n  y\n", ""));
    assert_eq!(removed(&[], "c"), text.replace("c:\n  - d: 1\n    e: 2\n  - f: 3\n", ""));
    assert_eq!(removed(&["g"], "h"), text.replace("{h: 1, i: 2}", "{i: 2}"));
    assert_eq!(removed(&["g"], "i"), text.replace("{h: 1, i: 2}", "{h: 1}"));
    let items = document.root.get("c").unwrap().as_seq().unwrap();
    let first = edited(text, remove_entry(text, &items[0].as_map().unwrap()[0]));
    assert_eq!(first, text.replace("- d: 1\n    e: 2", "- e: 2"));
    let only = edited(text, remove_entry(text, &items[1].as_map().unwrap()[0]));
    assert_eq!(only, text.replace("- f: 3", "- {}"));
}

#[test]
fn a_removed_toml_entry_leaves_a_valid_file() {
    let text = "[t]\na = 1\nb = {c = 1, d = 2}\ne = '''\nx'''\n";
    let document = parse_toml(text);
    for (path, key) in [(vec!["t"], "a"), (vec!["t"], "b"), (vec!["t"], "e"), (vec!["t", "b"], "d")] {
        let result = edited(text, remove_entry(text, entry(&document, &path, key)));
        let again = parse_toml(&result);
        assert_eq!(again.problems, [], "{result}");
        assert_eq!(again.root.path(&path).unwrap().get(key), None, "{result}");
        assert_eq!(
            again.root.path(&path).unwrap().as_map().unwrap().len() + 1,
            document.root.path(&path).unwrap().as_map().unwrap().len()
        );
    }
}

#[test]
fn a_new_entry_takes_the_indentation_of_the_one_before() {
    let text = "a:\n  b: 1\n  c: |\n    x\nd: {e: 1}\nf: 2";
    let document = yaml(text);
    let after = |path: &[&str], key: &str| edited(text, insert_after(text, entry(&document, path, key), "n: 0"));
    assert_eq!(after(&["a"], "b"), text.replace("b: 1\n", "b: 1\n  n: 0\n"));
    assert_eq!(after(&["a"], "c"), text.replace("    x\n", "    x\n  n: 0\n"));
    assert_eq!(after(&["d"], "e"), text.replace("e: 1", "e: 1, n: 0"));
    assert_eq!(after(&[], "f"), format!("{text}\nn: 0"));
    let list = "- a: 1\r\n  b: 2\r\n";
    let document = yaml(list);
    let first = &document.root.as_seq().unwrap()[0].as_map().unwrap()[0];
    assert_eq!(edited(list, insert_after(list, first, "n: 0")), "- a: 1\r\n  n: 0\r\n  b: 2\r\n");
}

/// Whatever style was asked for, reading the result gives the text back, and a style that can hold it is kept.
#[test]
fn quoting_keeps_the_style_where_it_can() {
    let texts = [
        "",
        "x",
        "yes",
        "012",
        "a: b",
        "a #b",
        "- a",
        "it's",
        "\"q\"",
        "c:\\x",
        "l1\nl2",
        "t\ta",
        "\u{7}",
        "é",
        " x ",
        "'''",
        "a, [b]",
        "null",
        "*x",
        "&x",
        "!x",
        "%x",
        "@x",
        "`x",
        "?",
        "x:",
        "\r",
        "\"\"\"",
        "\n",
        "q'",
        "\u{feff}x",
        "---",
        "\u{85}",
        "2024-01-01",
        "a\u{2028}b",
        "| x",
        "> x",
        "1.5",
        "~",
    ];
    for text in texts {
        for style in [Plain, Single, Double, Literal, Folded] {
            let quoted = quote_like(style, text, Format::Yaml);
            for source in [format!("k: {quoted}\n"), format!("k: {quoted} # c\n")] {
                let document = yaml(&source);
                assert_eq!(document.problems, [], "{source:?}");
                assert_eq!(document.root.get("k").unwrap().as_str(), Some(text), "{source:?}");
            }
            assert_eq!(document_key(&format!("{{{quoted}: 1, b: [{quoted}]}}")), text);
        }
        for style in [Single, Double, MultiLineLiteral, MultiLineBasic] {
            let source = format!("k = {}\n", quote_like(style, text, Format::Toml));
            let document = parse_toml(&source);
            assert_eq!(document.problems, [], "{source:?}");
            assert_eq!(document.root.get("k").unwrap().as_str(), Some(text), "{source:?}");
        }
    }
    assert_eq!(quote_like(Plain, "*.exe", Format::Yaml), "\"*.exe\"");
    assert_eq!(quote_like(Plain, "cmd.exe /c", Format::Yaml), "cmd.exe /c");
    assert_eq!(quote_like(Plain, "off", Format::Yaml), "\"off\"");
    assert_eq!(quote_like(Single, "a\\b", Format::Toml), "'a\\b'");
    assert_eq!(quote_like(MultiLineLiteral, "a\nb\n", Format::Toml), "'''\na\nb\n'''");
}

fn document_key(source: &str) -> String {
    yaml(source).root.as_map().unwrap()[0].key.text.clone()
}
