//! Exception lists (`exceptions/*.toml`): each of their items takes events out of the rules that name the list, or that the list names.
//!
//! An item holds when all of its entries do, each as the clause that Kibana makes of it: `match` a phrase, `match_any` any of several,
//! `wildcard`, `exists`, `nested` one object of the field, `list` the values of a list that is in Kibana and not in the file.

use super::keys;
use super::query::{Lowering, Parts, QueryText, wildcard};
use super::reader::{Reader, plain, plain_texts, tables, text};
use super::{rule_of, whole_text};
use crate::catalog::fields::Schema;
use crate::ir::{Case, Coercion, Dialect, ExprId, FieldPath, Logic, Meta, Op, Rule, Shape, Subject, UseKind, Value};
use crate::source::{Diagnostic, Level, Location, Span, Unit};
use crate::syntax::Node;
use std::sync::Arc;

/// A list and the rules that it is for.
pub(in crate::frontend) struct List {
    pub(in crate::frontend) id: Option<String>,
    /// Ids of rules that the file names.
    pub(in crate::frontend) rules: Vec<String>,
}

/// The list of each item of the file, in the order of the items.
pub(in crate::frontend) fn lists(root: &Node) -> Vec<List> {
    let rules = root.get("metadata").map(|table| plain_texts(table, "rule_ids")).unwrap_or_default();
    let list = |exception: &Node, item: &Node| List {
        id: plain(item, "list_id").or_else(|| plain(exception.get("container")?, "list_id")),
        rules: rules.clone(),
    };
    let items =
        |exception: &'_ Node| tables(exception, "items").iter().map(|item| list(exception, item)).collect::<Vec<_>>();
    tables(root, "exceptions").iter().flat_map(items).collect()
}

/// The lists that a rule names.
pub(in crate::frontend) fn named_by(root: &Node) -> Vec<String> {
    let references = root.get("rule").map(|rule| tables(rule, "exceptions_list")).unwrap_or_default();
    references.iter().filter_map(|reference| plain(reference, "list_id")).collect()
}

/// One filter for each item: its condition is what it takes out.
pub(super) fn read(unit: &Unit, root: &Node) -> (Vec<Rule>, Vec<Diagnostic>) {
    let mut reader = Reader::new(unit);
    reader.check("", root, keys::EXCEPTIONS);
    let exceptions = tables(root, "exceptions");
    for exception in exceptions {
        let list = exception.path(&["container", "list_id"]).and_then(Node::as_str);
        tables(exception, "items").iter().for_each(|item| check_item(item, list, &mut reader));
    }
    let items = exceptions.iter().flat_map(|exception| tables(exception, "items"));
    let rules = items.map(|item| one(unit, item)).collect();
    (rules, reader.diagnostics)
}

/// What Kibana's exceptions API asks of an item besides the types of its keys.
fn check_item(item: &Node, list: Option<&str>, reader: &mut Reader<'_>) {
    if let (Some(own), Some(list)) = (text(item, "list_id"), list)
        && own.value != list
    {
        reader.wrong_value("list_id", own.span, &format!("`{list}` here, the list that the item stands in"));
    }
    for entry in tables(item, "entries") {
        check_entry(entry, reader);
        tables(entry, "entries").iter().for_each(|inner| check_entry(inner, reader));
    }
}

/// Each type of entry has its own keys.
fn check_entry(entry: &Node, reader: &mut Reader<'_>) {
    let Some(kind) = text(entry, "type") else { return };
    let value = entry.get("value");
    let needed: &[&str] = match kind.value.as_str() {
        "match" | "wildcard" | "match_any" => &["operator", "value"],
        "list" => &["operator", "list"],
        "exists" => &["operator"],
        "nested" => &["entries"],
        _ => return,
    };
    let missing: Vec<String> =
        needed.iter().filter(|key| entry.get(key).is_none()).map(|key| format!("`{key}`")).collect();
    if !missing.is_empty() {
        let message = format!("an entry of type {} has no {}", kind.value, missing.join(", "));
        reader.report(Diagnostic::new("required-key", Level::Error, Location::main(kind.span), message));
    }
    match (kind.value.as_str(), value) {
        ("match_any", Some(value)) if value.as_seq().is_none_or(<[Node]>::is_empty) => {
            reader.wrong_value("value", value.span, "a list of strings where the type is `match_any`");
        }
        ("match" | "wildcard", Some(value)) if value.as_str().is_none() => {
            let other = if kind.value == "match" { "; several are of the type `match_any`" } else { "" };
            reader.wrong_value("value", value.span, &format!("one string where the type is `{}`{other}", kind.value));
        }
        _ => {}
    }
}

fn one(unit: &Unit, item: &Node) -> Rule {
    let mut parts = Parts::default();
    let schema = Schema::ecs();
    let file = &unit.main().text;
    let map = whole_text(file);
    let query = QueryText { text: file, map: &map };
    let mut lowering = Lowering::new(&mut parts, &schema, query, "event.category");
    let entries = Entries { lowering: &mut lowering, inside: None }.all(item);
    if item.get("expire_time").is_some() {
        parts.assumptions.insert("exception items with a time to expire have not expired".to_owned());
    }
    let mut rule = rule_of(Dialect::Elastic, "filter", Logic::Event(entries), parts, Location::main(item.span));
    rule.meta = Meta {
        id: text(item, "item_id"),
        title: plain(item, "name").unwrap_or_default(),
        description: plain(item, "description"),
        ..Meta::default()
    };
    rule
}

struct Entries<'l, 'a> {
    lowering: &'l mut Lowering<'a>,
    /// The nested field whose object the entries speak of.
    inside: Option<FieldPath>,
}

impl Entries<'_, '_> {
    /// All entries hold. An item without entries takes nothing out.
    fn all(&mut self, item: &Node) -> ExprId {
        let entries = tables(item, "entries");
        if entries.is_empty() {
            return ExprId::FALSE;
        }
        let conditions: Vec<ExprId> = entries.iter().map(|entry| self.entry(entry)).collect();
        let at = Some(Location::main(item.span));
        self.lowering.parts.pool.and(conditions, at)
    }

    fn entry(&mut self, entry: &Node) -> ExprId {
        let excluded = plain(entry, "operator").as_deref() == Some("excluded");
        let condition = self.included(entry).unwrap_or_else(|reason| self.lowering.hole(entry.span, reason));
        let at = Some(Location::main(entry.span));
        if excluded { self.lowering.parts.pool.not(condition, at) } else { condition }
    }

    fn included(&mut self, entry: &Node) -> Result<ExprId, &'static str> {
        let field = text(entry, "field").ok_or("an exception entry without a field")?;
        let path = FieldPath::dotted(&field.value);
        match plain(entry, "type").as_deref() {
            Some("exists") => {
                self.used(&path, field.span, UseKind::Exists, Vec::new());
                let at = Some(Location::main(entry.span));
                let elements = self.elements(path);
                Ok(self.lowering.parts.pool.for_some(elements, ExprId::TRUE, at))
            }
            Some("match" | "match_any") => {
                let values = text_values(entry);
                if values.is_empty() {
                    return Err("an exception entry without a value");
                }
                let equal = |text: &str| Op::Equal { to: text.into(), case: Case::Sensitive, coercion: Coercion::Text };
                let ops = values.iter().map(|(text, _)| equal(text)).collect();
                Ok(self.tests(&path, field.span, UseKind::Equal, &values, ops))
            }
            Some("wildcard") => {
                let values = text_values(entry);
                let ops = values.iter().map(|(text, _)| pattern(text)).collect();
                Ok(self.tests(&path, field.span, UseKind::Pattern, &values, ops))
            }
            Some("nested") if self.inside.is_none() => {
                self.inside = Some(path.clone());
                let body = self.all(entry);
                self.inside = None;
                let at = Some(Location::main(entry.span));
                let objects = Subject::Elements(Arc::new(Subject::Field(path)));
                Ok(self.lowering.parts.pool.for_some(objects, body, at))
            }
            Some("list") => Err("the values of a list that is in Kibana"),
            _ => Err("an exception entry of an unknown type"),
        }
    }

    fn elements(&self, path: FieldPath) -> Subject {
        let subject = match &self.inside {
            Some(_) => Subject::Member(Arc::new(Subject::Element(0)), path),
            None => Subject::Field(path),
        };
        Subject::Elements(Arc::new(subject))
    }

    fn used(&mut self, path: &FieldPath, at: Span, kind: UseKind, values: Vec<(Value, Span)>) {
        let full = self.inside.as_ref().map_or_else(|| path.clone(), |outer| outer.join(path));
        self.lowering.used(&full, at, kind, values);
    }

    fn tests(&mut self, path: &FieldPath, at: Span, kind: UseKind, values: &[(String, Span)], ops: Vec<Op>) -> ExprId {
        let told = values.iter().map(|(text, span)| (Value::str(text.as_str()), *span)).collect();
        self.used(path, at, kind, told);
        let elements = self.elements(path.clone());
        let pool = &mut self.lowering.parts.pool;
        let tests: Vec<ExprId> = ops
            .into_iter()
            .map(|op| {
                let body = pool.test(Subject::Element(0), op, Some(Location::main(at)));
                pool.for_some(elements.clone(), body, Some(Location::main(at)))
            })
            .collect();
        pool.or(tests, Some(Location::main(at)))
    }
}

fn text_values(entry: &Node) -> Vec<(String, Span)> {
    super::reader::texts(entry, "value").into_iter().map(|text| (text.value, text.span)).collect()
}

fn pattern(text: &str) -> Op {
    let pattern = wildcard(text);
    match pattern.shape() {
        Shape::Exact(text) => Op::Equal { to: text.into(), case: Case::Sensitive, coercion: Coercion::Text },
        _ => Op::Matches { pattern, case: Case::Sensitive, coercion: Coercion::Text },
    }
}
