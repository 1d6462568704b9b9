//! The key of a test, `field|modifiers`: its field, and what its modifiers say of the values. Worked out once for all the values and
//! rules that have it.

use super::typed::Field;
use crate::ir::{Case, UseKind};
use crate::lang::sigma::known::{self, Known};
use crate::lang::sigma::modifiers::{Class, FieldSpec, Modifier, ValueType, known_field};
use std::rc::Rc;

thread_local! {
    static KEYS: Known<Key> = Known::default();
}

/// A key that is taken apart.
#[derive(Debug)]
pub(super) struct Key {
    pub(super) spec: Rc<FieldSpec>,
    pub(super) field: Option<Field>,
    /// Whether every value has to match instead of one.
    pub(super) all: bool,
    pub(super) negated: bool,
    pub(super) case: Case,
    /// What the modifiers say is done with the field; absent when that depends on the values.
    pub(super) kind: Option<UseKind>,
    /// Whether texts can have placeholders.
    pub(super) expands: bool,
    /// The wildcards around a text; absent when the modifiers do more with it.
    pub(super) wildcards: Option<Wildcards>,
}

/// Where the modifiers of place put wildcards.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wildcards {
    pub(super) before: bool,
    pub(super) after: bool,
}

impl Key {
    /// The key of this text.
    pub(super) fn known(text: &str) -> Rc<Self> {
        known::read(&KEYS, text, |text| Self::new(known_field(text)))
    }

    /// The key of values that are looked for in the whole event.
    pub(super) fn of_keywords() -> Self {
        Self::new(Rc::new(FieldSpec { field: None, modifiers: Vec::new(), problems: Vec::new() }))
    }

    fn new(spec: Rc<FieldSpec>) -> Self {
        Self {
            field: spec.field.as_ref().map(|field| Field::new(field.value.clone())),
            all: spec.has(Modifier::All),
            negated: spec.has(Modifier::Neq),
            case: if spec.has(Modifier::Cased) { Case::Sensitive } else { Case::Insensitive },
            kind: use_kind(&spec),
            expands: spec.has(Modifier::Expand),
            wildcards: wildcards(&spec),
            spec,
        }
    }

    /// The modifier that does not take values of the type.
    pub(super) fn refuses(&self, found: ValueType) -> Option<Modifier> {
        self.spec.modifiers.iter().map(|own| own.value).find(|own| !own.spec().values.contains(&found))
    }
}

fn wildcards(spec: &FieldSpec) -> Option<Wildcards> {
    let leaves =
        |class: Class| matches!(class, Class::Link | Class::Negation | Class::Case | Class::Placeholder | Class::Place);
    let (contains, starts, ends) =
        (spec.has(Modifier::Contains), spec.has(Modifier::StartsWith), spec.has(Modifier::EndsWith));
    let around = Wildcards { before: contains || ends, after: contains || starts };
    spec.modifiers.iter().all(|modifier| leaves(modifier.value.spec().class)).then_some(around)
}

fn use_kind(spec: &FieldSpec) -> Option<UseKind> {
    spec.modifiers.iter().find_map(|modifier| match modifier.value {
        Modifier::All | Modifier::Neq | Modifier::Cased | Modifier::Expand => None,
        Modifier::Exists => Some(UseKind::Exists),
        Modifier::Re => Some(UseKind::Regex),
        Modifier::Cidr => Some(UseKind::Cidr),
        Modifier::Lt | Modifier::Lte | Modifier::Gt | Modifier::Gte => Some(UseKind::Compare),
        Modifier::FieldRef
        | Modifier::Minute
        | Modifier::Hour
        | Modifier::Day
        | Modifier::Week
        | Modifier::Month
        | Modifier::Year => Some(UseKind::Other),
        _ => Some(UseKind::Pattern),
    })
}
