//! A rule's own file with its ATT&CK references in another version: the tables and tags that say something else there are edited where
//! they stand, and every other byte stays.

use super::super::attack_version;
use super::threat::{self, Named, Technique, Threat};
use crate::ir::Rule;
use crate::source::{Edit, Span};
use crate::syntax::edit::{self, Format, quote_like, replace_value};
use crate::syntax::{Node, NodeKind, Scalar, parse_toml};

/// The file of `rule` for the references of `moved`. `None` when its threats are no tables (`threat = [..]`) and have to be.
pub(in crate::backend) fn in_place(rule: &Rule, moved: &Rule) -> Option<String> {
    let file = rule.file.as_deref()?;
    let (before, after) = (threat::threats(rule).0, threat::threats(moved).0);
    if before == after {
        return Some(file.to_owned());
    }
    let root = parse_toml(file).root;
    let tables = root.path(&["rule", "threat"]).and_then(Node::as_seq).unwrap_or_default();
    let blocks: Vec<Block<'_>> = tables.iter().filter(|table| is_attack(table)).map(Block::read).collect();
    let mut edits = threat_edits(file, &blocks, &after)?;
    let tags = root.path(&["rule", "tags"]).and_then(Node::as_seq).unwrap_or_default();
    edits.extend(tag_edits(file, tags, &after, moved));
    edit::apply(file, &edits).ok()
}

fn is_attack(table: &Node) -> bool {
    table.get("framework").and_then(Node::as_str).is_none_or(|name| name == "MITRE ATT&CK")
}

/// A `[[rule.threat]]` of the file.
struct Block<'a> {
    table: &'a Node,
    threat: Threat,
}

impl<'a> Block<'a> {
    fn read(table: &'a Node) -> Self {
        let techniques = children(table, "technique").iter().map(|technique| Technique {
            technique: named(technique),
            subs: children(technique, "subtechnique").iter().map(named).collect(),
        });
        let threat =
            Threat { tactic: table.get("tactic").map(named).unwrap_or_default(), techniques: techniques.collect() };
        Self { table, threat }
    }

    /// From its header to its last value.
    fn span(&self) -> Span {
        fn whole(node: &Node) -> Span {
            let inner: Vec<Span> = match &node.kind {
                NodeKind::Seq(items) => items.iter().map(whole).collect(),
                NodeKind::Map(entries) => entries.iter().map(|entry| whole(&entry.value)).collect(),
                _ => Vec::new(),
            };
            inner.into_iter().fold(node.span, Span::to)
        }
        whole(self.table)
    }

    /// The values that differ, each where it stands; the threat has as many techniques and sub-techniques.
    fn edits(&self, to: &Threat) -> Vec<Edit> {
        let mut edits = Vec::new();
        if let Some(tactic) = self.table.get("tactic") {
            edits.extend(value_edits(tactic, &self.threat.tactic, &to.tactic, "tactics"));
        }
        let tables = children(self.table, "technique").iter();
        for (table, (old, new)) in tables.zip(self.threat.techniques.iter().zip(&to.techniques)) {
            edits.extend(value_edits(table, &old.technique, &new.technique, "techniques"));
            for (table, (old, new)) in children(table, "subtechnique").iter().zip(old.subs.iter().zip(&new.subs)) {
                edits.extend(value_edits(table, old, new, "techniques"));
            }
        }
        edits
    }
}

fn children<'a>(table: &'a Node, key: &str) -> &'a [Node] {
    table.get(key).and_then(Node::as_seq).unwrap_or_default()
}

fn named(table: &Node) -> Named {
    let text = |key| table.get(key).and_then(Node::as_str).unwrap_or_default().to_owned();
    Named { id: text("id"), name: text("name") }
}

fn value_edits(table: &Node, old: &Named, new: &Named, folder: &str) -> Vec<Edit> {
    let mut edits = Vec::new();
    let mut set = |key: &str, value: &str| {
        let written = table.get(key).and_then(|node| Some((node, node.as_scalar()?)));
        edits.extend(written.map(|(node, scalar)| replace(node, scalar, value)));
    };
    if old.id != new.id {
        set("id", &new.id);
        set("reference", &threat::reference(new, folder));
    }
    if old.name != new.name {
        set("name", &new.name);
    }
    edits
}

fn replace(node: &Node, scalar: &Scalar, value: &str) -> Edit {
    replace_value(node, &quote_like(scalar.style, value, Format::Toml))
}

fn same_shape(one: &Threat, other: &Threat) -> bool {
    let shape = |threat: &Threat| threat.techniques.iter().map(|technique| technique.subs.len()).collect::<Vec<_>>();
    shape(one) == shape(other)
}

/// The blocks that stay are left alone. Where the others become as many of the same shape, only values change; else the first of them makes
/// way for the new ones, and the rest go.
fn threat_edits(file: &str, blocks: &[Block<'_>], after: &[Threat]) -> Option<Vec<Edit>> {
    let changed: Vec<&Block<'_>> = blocks.iter().filter(|block| !after.contains(&block.threat)).collect();
    let added: Vec<Threat> =
        after.iter().filter(|threat| blocks.iter().all(|block| block.threat != **threat)).cloned().collect();
    let pairs = changed.iter().zip(&added);
    if changed.len() == added.len() && pairs.clone().all(|(block, threat)| same_shape(&block.threat, threat)) {
        return Some(pairs.flat_map(|(block, threat)| block.edits(threat)).collect());
    }
    let is_table = |block: &Block<'_>| file.get(block.table.span.range()).is_some_and(|text| text.starts_with("[["));
    if !blocks.iter().all(is_table) {
        return None;
    }
    let newline = if file.contains("\r\n") { "\r\n" } else { "\n" };
    let text = threat::print(&added).trim().replace('\n', newline);
    let Some((first, rest)) = changed.split_first() else {
        let last = blocks.last()?.span().range().end;
        return Some(vec![Edit { span: Span::at(last), replacement: format!("{newline}{newline}{text}") }]);
    };
    let mut edits: Vec<Edit> = rest.iter().map(|block| without(file, block.span())).collect();
    edits.push(if text.is_empty() {
        without(file, first.span())
    } else {
        Edit { span: first.span(), replacement: text }
    });
    Some(edits)
}

/// Takes a block out, with the white space before it.
fn without(file: &str, span: Span) -> Edit {
    let range = span.range();
    let start = file.get(..range.start).map_or(range.start, |before| before.trim_end().len());
    Edit { span: Span::new(start, range.end), replacement: String::new() }
}

/// The tags of tactics that another version has only.
fn tag_edits(file: &str, tags: &[Node], after: &[Threat], moved: &Rule) -> Vec<Edit> {
    let written: Vec<String> = tags.iter().filter_map(Node::as_str).map(str::to_owned).collect();
    let mut wanted = written.clone();
    threat::rename_tags(&mut wanted, after, attack_version(&moved.meta));
    if written.len() != tags.len() || written == wanted {
        return Vec::new();
    }
    let gone: Vec<usize> = (0..tags.len()).filter(|at| !wanted.contains(&written[*at])).collect();
    let mut new = wanted.iter().filter(|tag| !written.contains(tag)).peekable();
    let mut edits = Vec::new();
    for (index, at) in gone.iter().enumerate() {
        let (node, is_last) = (&tags[*at], index + 1 == gone.len());
        let Some(style) = node.as_scalar().map(|scalar| scalar.style) else { continue };
        let mut texts: Vec<String> = new.next().into_iter().cloned().collect();
        texts.extend(new.by_ref().filter(|_| is_last).cloned());
        let quoted: Vec<String> = texts.iter().map(|tag| quote_like(style, tag, Format::Toml)).collect();
        edits.push(if quoted.is_empty() {
            without_item(tags, *at)
        } else {
            replace_value(node, &quoted.join(&format!(",{}", before_item(file, node))))
        });
    }
    edits
}

/// What stands between a tag and the comma before it: a line break with its indentation, or a blank.
fn before_item<'a>(file: &'a str, node: &Node) -> &'a str {
    let before = file.get(..node.span.range().start).unwrap_or_default();
    let blank = &before[before.trim_end().len()..];
    if blank.is_empty() { " " } else { blank }
}

/// Takes an item of a list out, with the comma that parts it from a neighbour.
fn without_item(items: &[Node], at: usize) -> Edit {
    let own = items[at].span.range();
    let span = match (at.checked_sub(1).and_then(|at| items.get(at)), items.get(at + 1)) {
        (_, Some(next)) => Span::new(own.start, next.span.range().start),
        (Some(previous), None) => Span::new(previous.span.range().end, own.end),
        (None, None) => Span::new(own.start, own.end),
    };
    Edit { span, replacement: String::new() }
}
