//! Every file of the three corpora reads without problems, and every string finds its way back to its bytes.

use crate::shared::{corpus, files};
use detc::source::{PieceKind, TextMap};
use detc::syntax::{Document, Key, Node, NodeKind, ScalarStyle, YamlVersion, parse_toml, parse_yaml};
use std::path::Path;

#[derive(Default)]
struct Tally {
    files: usize,
    strings: usize,
    keys: usize,
    opaque: Vec<String>,
    problems: Vec<String>,
    disputes: usize,
}

impl Tally {
    fn add(&mut self, path: &Path, text: &str, documents: &[Document]) {
        self.files += 1;
        for document in documents {
            let path = path.display();
            self.problems.extend(document.problems.iter().map(|p| format!("{path}: {:?} {}", p.span, p.message)));
            self.disputes += document.version_disputes.len();
            for comment in &document.comments {
                assert_eq!(comment.text, text[comment.span.range()], "{path}");
                assert!(comment.text.starts_with('#'), "{path}");
            }
            self.node(&path.to_string(), text, &document.root);
        }
    }

    fn node(&mut self, path: &str, text: &str, node: &Node) {
        assert!(text.get(node.span.range()).is_some(), "{path}: {:?} is no place in the file", node.span);
        match &node.kind {
            NodeKind::Seq(items) => items.iter().for_each(|item| self.node(path, text, item)),
            NodeKind::Map(entries) => {
                for entry in entries {
                    self.key(path, text, &entry.key);
                    self.node(path, text, &entry.value);
                }
            }
            NodeKind::Str(scalar) => {
                self.strings += 1;
                self.check(path, text, &scalar.text, &scalar.map);
                if scalar.style == ScalarStyle::Plain && !scalar.text.contains([' ', '\n']) {
                    assert_eq!(*scalar.text, text[node.span.range()], "{path}");
                }
            }
            _ => {}
        }
    }

    fn key(&mut self, path: &str, text: &str, key: &Key) {
        self.keys += 1;
        let raw = &text[key.span.range()];
        if !raw.starts_with(['"', '\'']) {
            assert_eq!(raw, key.text, "{path}");
        }
        self.check(path, text, &key.text, &key.map);
    }

    fn check(&mut self, path: &str, source: &str, decoded: &str, map: &TextMap) {
        if map.decoded_len() as usize != decoded.len() {
            self.opaque.push(format!("{path}: {:?} {decoded:?}", map.whole()));
            return;
        }
        for piece in map.pieces().iter().filter(|piece| piece.kind == PieceKind::Verbatim) {
            let start = piece.decoded as usize;
            let slice = &decoded[start..start + piece.decoded_len as usize];
            assert_eq!(slice, &source[piece.source.range()], "{path}");
        }
    }

    fn verdict(&self, name: &str) {
        println!(
            "{name}: {} files, {} strings, {} keys, {} version disputes, {} opaque, {} problems",
            self.files,
            self.strings,
            self.keys,
            self.disputes,
            self.opaque.len(),
            self.problems.len()
        );
        assert!(self.files > 100, "{name} is not the whole corpus");
        assert_eq!(self.opaque, Vec::<String>::new());
        assert_eq!(self.problems, Vec::<String>::new());
    }
}

fn yaml(name: &str, version: YamlVersion) {
    let Some(folder) = corpus(name) else { return };
    let mut tally = Tally::default();
    for path in files(&folder, &["yml", "yaml"]) {
        let text = std::fs::read_to_string(&path).unwrap();
        tally.add(&path, &text, &parse_yaml(&text, version));
        let windows = text.replace('\n', "\r\n");
        let mut crlf = Tally::default();
        crlf.add(&path, &windows, &parse_yaml(&windows, version));
        assert_eq!(crlf.opaque, Vec::<String>::new(), "with CRLF");
        assert_eq!(crlf.strings, tally_strings(&text, version), "with CRLF: {}", path.display());
    }
    tally.verdict(name);
}

fn tally_strings(text: &str, version: YamlVersion) -> usize {
    let mut tally = Tally::default();
    tally.add(Path::new(""), text, &parse_yaml(text, version));
    tally.strings
}

#[test]
fn sigma_reads_clean_and_maps_every_string() {
    yaml("sigma", YamlVersion::V1_1);
}

#[test]
fn panther_reads_clean_and_maps_every_string() {
    yaml("panther", YamlVersion::V1_2);
}

#[test]
fn elastic_reads_clean_and_maps_every_string() {
    let Some(folder) = corpus("elastic") else { return };
    let mut tally = Tally::default();
    for path in files(&folder, &["toml"]) {
        let text = std::fs::read_to_string(&path).unwrap();
        tally.add(&path, &text, &[parse_toml(&text)]);
    }
    tally.verdict("elastic");
}
