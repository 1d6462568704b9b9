//! `event.udm`: data models by log type (reference: panther.md section 6), and `deep_walk`.

use super::Lifter;
use super::call::{Arguments, Site};
use super::cases::Cases;
use super::module::find_function;
use super::raise::Error;
use super::value::{Alt, Atom, Sym};
use crate::ir::{ExprId, FieldPath, Function, Subject, Value};
use crate::lang::python;
use crate::source::Location;
use crate::syntax::{Node, YamlVersion, parse_yaml};
use std::rc::Rc;
use std::sync::Arc;

/// Where the data models stand, seen from a rule's folder.
const FOLDERS: [&str; 3] = ["../../data_models", "../../../data_models", "../data_models"];

/// A data model as far as `udm` needs it.
pub(super) struct DataModel {
    log_types: Vec<String>,
    /// The place of its Python file in the lifter's modules.
    module: Option<usize>,
    mappings: Vec<(String, Mapping)>,
}

enum Mapping {
    /// Keys, as they are written.
    Path(FieldPath),
    Method(Arc<str>),
    /// A path of another form.
    Other,
}

impl Lifter<'_> {
    /// The models of the rule's log types, read at the first use.
    fn models(&mut self) -> Rc<Vec<DataModel>> {
        if let Some(known) = &self.models {
            return known.clone();
        }
        let main = self.unit.main().path.clone();
        let mut models = Vec::new();
        for folder in FOLDERS {
            let names = self.companions.list(&main, folder);
            let yaml = names.iter().filter(|name| [".yml", ".yaml"].iter().any(|ending| name.ends_with(ending)));
            models.extend(yaml.filter_map(|name| self.model(&main, name)));
            if !models.is_empty() {
                break;
            }
        }
        let models = Rc::new(models);
        self.models = Some(models.clone());
        models
    }

    fn model(&mut self, main: &str, name: &str) -> Option<DataModel> {
        let text = self.companions.companion(main, name)?.text;
        // A name with an escape in it does not stand there letter by letter.
        let may_name = |log_type: &String| text.contains(log_type.as_str()) || text.contains('\\');
        if !self.log_types.iter().any(may_name) {
            return None;
        }
        let documents = parse_yaml(&text, YamlVersion::V1_2);
        let root = &documents.first()?.root;
        if root.get("AnalysisType").and_then(Node::as_str) != Some("datamodel")
            || root.get("Enabled").and_then(Node::as_bool) == Some(false)
        {
            return None;
        }
        let listed = root.get("LogTypes").and_then(Node::as_seq).unwrap_or_default();
        let log_types: Vec<String> = listed
            .iter()
            .filter_map(Node::as_str)
            .filter(|name| self.log_types.iter().any(|known| known == name))
            .map(str::to_owned)
            .collect();
        if log_types.is_empty() {
            return None;
        }
        let mappings = root.get("Mappings").and_then(Node::as_seq).unwrap_or_default();
        let mappings = mappings.iter().filter_map(mapping).collect();
        let module = root.get("Filename").and_then(Node::as_str).and_then(|file| {
            let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
            let file = self.companions.companion(main, &format!("{folder}/{file}"))?;
            let tree = python::parse_shared(&file.text).ok()?;
            let source = self.unit.add(file);
            Some(self.add_module(source, tree))
        });
        Some(DataModel { log_types, module, mappings })
    }

    pub(super) fn udm(&mut self, arguments: &Arguments, site: Site<'_>) -> Sym {
        let default = arguments.get(usize::MAX, "default").cloned().unwrap_or_else(Sym::none);
        let mut keys: Vec<Arc<str>> = Vec::new();
        let mut at: Option<Location> = None;
        for key in &arguments.positional {
            let Some(Atom::Const(Value::Str(name), place)) = key.single() else {
                return self.unknown(site, "a computed key");
            };
            keys.push(name.clone());
            at = *place;
        }
        if keys.is_empty() {
            return default;
        }
        let fallback = self.udm_of_event(&keys, at, &default);
        let [key] = keys.as_slice() else { return fallback };
        let models = self.models();
        if models.is_empty() {
            return fallback;
        }
        let log_type = Atom::Term(Subject::Field(FieldPath::keys(&["p_log_type"])), None);
        let (mut ok, mut known, mut cases) = (ExprId::TRUE, ExprId::FALSE, Cases::default());
        for model in models.iter() {
            let mut here = ExprId::FALSE;
            for name in &model.log_types {
                let name = Atom::text(name.as_str());
                let same = self.equality(&log_type, &name).map_or(ExprId::FALSE, |truth| truth.holds);
                here = self.either(here, same);
            }
            let value = self.under(here, |lifter| lifter.udm_of_model(model, key, at, (&default, &fallback), site));
            let fine = self.implication(here, value.ok);
            ok = self.both(ok, fine);
            known = self.either(known, here);
            for alt in value.alts {
                let when = self.both(here, alt.when);
                self.add_alt(&mut cases, Alt { when, atom: alt.atom });
            }
        }
        let none = self.negation(known);
        let fine = self.implication(none, fallback.ok);
        ok = self.both(ok, fine);
        for alt in fallback.alts {
            let when = self.both(none, alt.when);
            self.add_alt(&mut cases, Alt { when, atom: alt.atom });
        }
        self.assume("the keys of a data model's paths and `p_log_type` are looked up without regard to case");
        Sym { ok, alts: cases.into_alts() }
    }

    fn udm_of_model(
        &mut self,
        model: &DataModel,
        key: &str,
        at: Option<Location>,
        (default, fallback): (&Sym, &Sym),
        site: Site<'_>,
    ) -> Sym {
        match model.mappings.iter().find(|(name, _)| name == key).map(|(_, mapping)| mapping) {
            None => fallback.clone(),
            Some(Mapping::Path(path)) => self.get_field(&Subject::Field(path.clone()), at, default),
            Some(Mapping::Method(method)) => match model.module {
                Some(module) if find_function(&self.modules[module].tree, method).is_some() => {
                    let arguments = Arguments { positional: vec![Sym::atom(Atom::Event)], named: Vec::new() };
                    self.inline(module, method, &arguments, site)
                }
                Some(module) => {
                    let found = self.modules[module].globals.get(method).cloned();
                    match found.as_ref().and_then(Sym::single) {
                        Some(Atom::Imported(from, name)) => {
                            let callee = self.imported(&from.clone(), &name.clone());
                            let arguments = Arguments { positional: vec![Sym::atom(Atom::Event)], named: Vec::new() };
                            self.map(&callee, |lifter, atom| lifter.apply(atom, &arguments, site))
                        }
                        _ => self.unknown(site, format!("the data model's method {method}")),
                    }
                }
                None => self.unknown(site, format!("the data model's method {method}")),
            },
            Some(Mapping::Other) => self.unknown(site, "the path of a data model"),
        }
    }

    /// Whether a read of a field is what `udm` does for a name that no data model has: the name is no field of a log type.
    pub(super) fn is_fallback(&self, field: &FieldPath, at: Location) -> bool {
        self.fallbacks.iter().any(|(known, place)| known == field && *place == at)
    }

    /// `p_udm.<keys>`, then `<keys>`, each only when it is true.
    fn udm_of_event(&mut self, keys: &[Arc<str>], at: Option<Location>, default: &Sym) -> Sym {
        let path = FieldPath::keys(keys);
        let mut value = default.clone();
        for path in [path.clone(), FieldPath::keys(&["p_udm"]).join(&path)] {
            self.fallbacks.extend(at.map(|at| (path.clone(), at)));
            let found = Sym::atom(Atom::Term(Subject::Field(path), at));
            let truth = self.truth_of(&found);
            value = self.choose(truth, found, value);
        }
        value
    }

    /// `event.deep_walk(..)`: a term of its own.
    pub(super) fn deep_walk(&mut self, arguments: &Arguments, site: Site<'_>) -> Sym {
        let default = arguments.get(usize::MAX, "default").map_or(Some(Value::Null), Sym::to_value);
        let which = arguments.get(usize::MAX, "return_val").map_or(Some(Value::str("all")), Sym::to_value);
        let keys: Option<Vec<Value>> = arguments.positional.iter().map(|key| key.as_const().cloned()).collect();
        let (Some(default), Some(which @ Value::Str(_)), Some(keys)) = (default, which, keys) else {
            return self.unknown(site, "this use of deep_walk");
        };
        let at = Some(self.location(site.module, site.expr));
        let whole = Subject::Field(FieldPath::keys::<&str>(&[]));
        let constants = [default, which].into_iter().chain(keys).map(Subject::Constant);
        let subject = Subject::Call(Function::DeepWalk, std::iter::once(whole).chain(constants).collect());
        self.computed(subject, at, Error::Type)
    }
}

fn mapping(node: &Node) -> Option<(String, Mapping)> {
    let name = node.get("Name").and_then(Node::as_str)?.to_owned();
    if let Some(path) = node.get("Path").and_then(Node::as_str).filter(|path| !path.is_empty()) {
        let keys = path.strip_prefix("$.").unwrap_or(path);
        let plain = keys
            .split('.')
            .all(|key| !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-')));
        return Some((name, if plain { Mapping::Path(FieldPath::dotted(keys)) } else { Mapping::Other }));
    }
    let method = node.get("Method").and_then(Node::as_str)?;
    Some((name, Mapping::Method(method.into())))
}
