//! An Elastic rule's file as it is written, for the lints that look at its keys.

use crate::frontend::{Format, Item, Loaded};
use crate::ir::Dialect;
use crate::source::Location;
use crate::syntax::{Entry, Node};

/// The tables of a rule file: `[metadata]`, `[rule]` and `[transform]`.
#[derive(Debug, Clone, Copy)]
pub struct ElasticRule<'a> {
    rule: &'a Node,
    metadata: Option<&'a Node>,
    transform: Option<&'a Node>,
    path: &'a str,
}

impl<'a> ElasticRule<'a> {
    /// `None` for what is no Elastic rule, hunts and exception lists among it.
    pub(super) fn of(loaded: &'a Loaded, item: &Item) -> Option<Self> {
        let is_rule = item.rule.dialect == Dialect::Elastic && item.rule.kind == "rule";
        let root = &loaded.documents.get(item.document).filter(|_| is_rule && loaded.format == Format::Elastic)?.root;
        let (metadata, transform) = (root.get("metadata"), root.get("transform"));
        Some(Self { rule: root.get("rule")?, metadata, transform, path: &loaded.unit.main().path })
    }

    /// The value of a key of `[rule]`.
    pub fn get(&self, key: &str) -> Option<&'a Node> {
        self.rule.get(key)
    }

    /// The entries of `[rule]`.
    pub fn entries(&self) -> &'a [Entry] {
        self.rule.as_map().unwrap_or_default()
    }

    /// The text of a key of `[rule]`.
    pub fn text(&self, key: &str) -> Option<&'a str> {
        self.rule.get(key).and_then(Node::as_str)
    }

    /// The items of a list of `[rule]`; none where it is no list.
    pub fn items(&self, key: &str) -> &'a [Node] {
        self.rule.get(key).and_then(Node::as_seq).unwrap_or_default()
    }

    /// The value of a key of `[metadata]`.
    pub fn metadata(&self, key: &str) -> Option<&'a Node> {
        self.metadata.and_then(|table| table.get(key))
    }

    /// The entries of a list of `[transform]`.
    pub fn transform(&self, key: &str) -> &'a [Node] {
        self.transform.and_then(|table| table.get(key)).and_then(Node::as_seq).unwrap_or_default()
    }

    /// The rule's `type`.
    pub fn kind(&self) -> &'a str {
        self.text("type").unwrap_or_default()
    }

    /// Where the value of a key of `[rule]` stands; the rule's name for a key that is not there.
    pub fn at(&self, key: &str) -> Location {
        let node = self.rule.get(key).or_else(|| self.rule.get("name")).unwrap_or(self.rule);
        Location::main(node.span)
    }

    /// Whether the rule has the tag.
    pub fn has_tag(&self, tag: &str) -> bool {
        self.items("tags").iter().any(|item| item.as_str() == Some(tag))
    }

    /// The index patterns of the rule.
    pub fn indices(&self) -> impl Iterator<Item = (&'a str, Location)> + use<'a> {
        let items = self.items("index").iter();
        items.filter_map(|item| Some((item.as_str()?, Location::main(item.span))))
    }

    /// The name of the folder that the file stands in.
    pub fn folder(&self) -> &'a str {
        self.path.rsplit('/').nth(1).unwrap_or_default()
    }

    /// Whether the rule is one of Elastic's own, which keep to conventions of their repository.
    pub(super) fn is_by_elastic(&self) -> bool {
        self.items("author").iter().filter_map(Node::as_str).any(|author| author.eq_ignore_ascii_case("elastic"))
    }

    /// Whether `maturity` says that the rule is deprecated.
    pub fn is_deprecated(&self) -> bool {
        self.metadata("maturity").and_then(Node::as_str) == Some("deprecated")
    }
}
