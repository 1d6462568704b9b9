//! One field: where the map's rows send it, and what is lost where they do not.

use super::{Direction, Mapper};
use crate::catalog::maps::{FieldMap, MapRow, Mapping, Transform};
use crate::fidelity::{Assumption, Effect, Loss, LossCode, Polarity, code};
use crate::ir::{ExprId, FieldPath, Op};
use crate::pass::decide::holds_of;
use crate::pass::per_field::PerField;
use crate::source::Location;
use foldhash::fast::RandomState;
use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

/// What the map says of a field.
pub(in crate::pass) struct Known {
    pub(in crate::pass) name: String,
    pub(in crate::pass) mapping: Mapping<'static>,
    /// Where other datasets of the log source hold the raw field.
    pub(in crate::pass) also: Vec<FieldPath>,
    /// The one field there.
    pub(in crate::pass) counterpart: Option<FieldPath>,
    /// A test of any of its values is the same test of the counterpart's, whichever it is, that of an address aside.
    pub(super) is_renamed: bool,
    /// The file name, behind the last of the separator, that Elastic keeps beside a raw path.
    pub(in crate::pass) file_name: Option<(char, Derived)>,
    /// Of a raw text of hashes, the fields that hold one kind each.
    pub(in crate::pass) hashes: Vec<(&'static str, Derived)>,
}

/// A row that makes a further field of a raw one, and the fields that hold its value in all datasets of the log source.
#[derive(Clone)]
pub(in crate::pass) struct Derived {
    pub(in crate::pass) row: &'static MapRow,
    pub(in crate::pass) targets: Rc<[FieldPath]>,
}

impl From<&'static MapRow> for Derived {
    fn from(row: &'static MapRow) -> Self {
        let targets = row.elastic.iter().chain(&row.also).map(|name| FieldPath::dotted(name)).collect();
        Self { row, targets }
    }
}

/// What a map says of fields, each looked up once.
type Answers = Rc<PerField<Rc<Known>>>;

thread_local! {
    /// By where the map stands. Thousands of rules ask for the same few hundred fields.
    static TO_ELASTIC: RefCell<HashMap<*const FieldMap, Answers, RandomState>> = RefCell::default();
}

/// What is known of a map already, where it is the same for all rules.
pub(super) fn shared(map: &'static FieldMap, direction: Direction, named: &BTreeSet<FieldPath>) -> Answers {
    if direction == Direction::ToRaw || !named.is_empty() {
        return Answers::default();
    }
    TO_ELASTIC.with_borrow_mut(|known| Rc::clone(known.entry(std::ptr::from_ref(map)).or_default()))
}

impl Mapper<'_> {
    pub(in crate::pass) fn known(&self, field: &FieldPath) -> Rc<Known> {
        self.fields.get(field, || Rc::new(self.look_up(field)))
    }

    /// The fields that hold the row's value in Elastic, in all datasets of the log source.
    pub(in crate::pass) fn targets(&mut self, row: &'static MapRow) -> Rc<[FieldPath]> {
        self.targets.entry(std::ptr::from_ref(row)).or_insert_with(|| Derived::from(row).targets).clone()
    }

    fn look_up(&self, field: &FieldPath) -> Known {
        let map = self.map;
        let name = field.name();
        let mapping = self.mapping(&name);
        let dotted = |name: &String| FieldPath::dotted(name);
        // A raw key may have dots in it.
        let there = |field: &String, row: &MapRow| match self.direction {
            Direction::ToRaw if row.raw_plain() == *field => FieldPath::keys(&row.raw_keys()),
            _ => dotted(field),
        };
        let (counterpart, row) = match &mapping {
            Mapping::Exact { field, row } | Mapping::Value { field, row, .. } => (Some(there(field, row)), Some(*row)),
            _ => (None, None),
        };
        let to_elastic = self.direction == Direction::ToElastic && !self.is_named(field);
        let also = row.filter(|_| to_elastic).map(|row| row.also.iter().map(dotted).collect()).unwrap_or_default();
        let file_name = map.derived_by(&name, |change| matches!(change, Transform::BaseName(_))).next();
        let file_name = file_name.filter(|_| to_elastic).and_then(|row| match map.transform(row) {
            Some(Transform::BaseName(separator)) => Some((separator, row.into())),
            _ => None,
        });
        let hashes = map.derived_by(&name, |change| matches!(change, Transform::HashOf(_)));
        let kind = |row: &'static MapRow| match map.transform(row)? {
            Transform::HashOf(kind) => Some((kind, row.into())),
            _ => None,
        };
        let hashes = hashes.filter_map(kind).collect();
        let is_plain = |row: &MapRow| !row.wider && row.others_in.is_none();
        let is_renamed =
            to_elastic && file_name.is_none() && matches!(&mapping, Mapping::Exact { row, .. } if is_plain(row));
        Known { name, mapping, also, counterpart, is_renamed, file_name, hashes }
    }

    /// What stands for a test that is left out: in an exclusion because the target has no such field, elsewhere because the field is one
    /// that only the ingest or the sensor knows of. The rule then fires more often, which is stated.
    pub(super) fn left_out(
        &mut self,
        field: &FieldPath,
        polarity: Polarity,
        origin: Option<Location>,
    ) -> Option<ExprId> {
        if self.is_named(field) {
            return None;
        }
        let known = self.known(field);
        let name = &known.name;
        match (polarity, &known.mapping) {
            // Already turned over: what leaves an exclusion out is in the negation.
            (Polarity::Negative, Mapping::Unmapped | Mapping::Enriched | Mapping::Dropped { .. }) => {
                let message =
                    format!("`{name}` has no counterpart in the target, so the exclusion that reads it is left out");
                self.lose(&code::EXCLUSION, Effect::Narrowed, polarity, origin, message);
                Some(ExprId::FALSE)
            }
            (Polarity::Negative, Mapping::Exact { row, field } | Mapping::Value { row, field, .. })
                if self.is_wider(row) =>
            {
                let message = format!(
                    "`{field}` holds what other records say too, so the exclusion that reads `{name}` is left out"
                );
                self.lose(&code::EXCLUSION, Effect::Narrowed, polarity, origin, message);
                Some(ExprId::FALSE)
            }
            (Polarity::Positive, Mapping::Enriched) => {
                // They follow from the action, which a rule asks for beside them, or the action from the kind of the log source.
                let is_of_kind = || self.implied.iter().any(|(field, _)| *field == "event.type");
                let follows =
                    matches!(&**name, "event.category" | "event.type") || &**name == "event.action" && is_of_kind();
                let effect = if follows { Effect::Widened } else { Effect::Unknown };
                let message =
                    format!("`{name}` is made from what the raw event does not say, so the test of it is left out");
                self.lose(&code::ENRICHED, effect, polarity, origin, message);
                Some(ExprId::TRUE)
            }
            _ => None,
        }
    }

    /// Whether a test of the field on the way to Elastic holds of other events too.
    fn is_wider(&self, row: &MapRow) -> bool {
        row.wider && self.direction == Direction::ToElastic
    }

    /// States that a test holds of more events than the source's, or of fewer.
    pub(in crate::pass) fn note_other_events(
        &mut self,
        row: &MapRow,
        (name, target): (&str, &str),
        polarity: Polarity,
        origin: Option<Location>,
    ) {
        if self.is_wider(row) {
            let note = row.note.as_deref().unwrap_or("other raw fields go there too");
            let message = format!("`{target}` holds more than `{name}`: {note}");
            self.lose(&code::FIELD_AMBIGUOUS, Effect::Widened, polarity, origin, message);
        }
        for (field, values) in &row.unless {
            let (lacking, effect) = match self.direction {
                Direction::ToElastic => (target, Effect::Narrowed),
                Direction::ToRaw => (name, Effect::Widened),
            };
            let message = format!("events whose `{field}` is {} have no `{lacking}`", values.join(" or "));
            self.lose(&code::FIELD_AMBIGUOUS, effect, polarity, origin, message);
        }
    }

    /// States that the raw field holds texts that are no address, where a test asks whether the one made of it is there.
    pub(super) fn note_other_texts(
        &mut self,
        field: &FieldPath,
        op: &Op,
        polarity: Polarity,
        origin: Option<Location>,
    ) {
        let effect = match op {
            Op::Present => Effect::Widened,
            Op::IsMissing | Op::IsNull => Effect::Narrowed,
            _ => return,
        };
        let known = self.known(field);
        let Mapping::Exact { field: raw, row } = &known.mapping else { return };
        if self.direction == Direction::ToRaw && row.derived && matches!(self.map.transform(row), Some(Transform::Ip)) {
            let message =
                format!("`{raw}` holds texts that are no address too, of which the ingest makes no `{field}`");
            self.lose(&code::VALUE_REWRITTEN, effect, polarity, origin, message);
        }
    }

    /// States that a search in all fields finds what the ingest adds to every document.
    pub(super) fn note_added_text(&mut self, body: ExprId, polarity: Polarity, origin: Option<Location>) {
        let constants =
            self.map.constants.iter().filter_map(|constant| Some((&*constant.field, constant.value.as_deref()?)));
        let mut added = constants.chain(self.implied.iter().copied()).filter(|(_, value)| *value != "*");
        if let Some((field, value)) = added.find(|(_, value)| holds_of(self.from, body, value) == Some(true)) {
            let message = format!("every document has `{value}` in `{field}`, which a search in all fields finds");
            self.lose(&code::FIELD_AMBIGUOUS, Effect::Widened, polarity, origin, message);
        }
    }

    pub(super) fn field(&mut self, field: &FieldPath, polarity: Polarity, origin: Option<Location>) -> FieldPath {
        if self.is_named(field) {
            self.assume(format!("`{field}` is a field of the target: a pipeline says so"));
            return field.clone();
        }
        let known = self.known(field);
        let name = &known.name;
        match &known.mapping {
            Mapping::Value { transform: Transform::Cases(_), row, .. } => {
                let note = row.note.as_deref().unwrap_or("see the map");
                let message = format!("`{name}` is made from several fields: {note}");
                self.lose(&code::FIELD_AMBIGUOUS, Effect::Unknown, polarity, origin, message);
                known.counterpart.clone().unwrap_or_else(|| field.clone())
            }
            Mapping::Exact { field: target, row } | Mapping::Value { field: target, row, .. } => {
                self.note_evidence(row);
                self.note_other_events(row, (name, target), polarity, origin);
                known.counterpart.clone().unwrap_or_else(|| field.clone())
            }
            Mapping::Ambiguous { fields, rows } => {
                let note = rows.first().and_then(|row| row.note.clone()).unwrap_or_default();
                let message = format!("`{name}` has no single counterpart ({}): {note}", fields.join(", "));
                self.lose(&code::FIELD_AMBIGUOUS, Effect::Unknown, polarity, origin, message);
                fields.first().map_or_else(|| field.clone(), |field| FieldPath::dotted(field))
            }
            Mapping::Dropped { row } => {
                let note = row.note.as_deref().unwrap_or("no indexed event has it");
                let message = format!("the ingest of `{}` drops `{name}`: {note}", self.map.dataset);
                self.lose(&code::FIELD_DROPPED, Effect::Unknown, polarity, origin, message);
                field.clone()
            }
            Mapping::Enriched => {
                let message =
                    format!("`{name}` is made by the ingest from other knowledge; the raw event does not have it");
                self.lose(&code::FIELD_UNMAPPED, Effect::Unknown, polarity, origin, message);
                field.clone()
            }
            Mapping::Constant { .. } => field.clone(),
            Mapping::Unmapped => {
                let message = format!("the map of `{}` has no row for `{name}`", self.map.dataset);
                self.lose(&code::FIELD_UNMAPPED, Effect::Unknown, polarity, origin, message);
                field.clone()
            }
        }
    }

    /// Whether a pipeline of the user gave the name: it is the target's already.
    pub(in crate::pass) fn is_named(&self, field: &FieldPath) -> bool {
        self.named.contains(field)
    }

    fn mapping(&self, name: &str) -> Mapping<'static> {
        let map = self.map;
        match self.direction {
            Direction::ToElastic => map.to_elastic(name),
            Direction::ToRaw => {
                let values: Vec<&str> = self.implied.iter().filter(|said| said.0 == name).map(|said| said.1).collect();
                match map.to_raw(name) {
                    Mapping::Constant { values: own } if values.is_empty() => Mapping::Constant { values: own },
                    Mapping::Unmapped | Mapping::Enriched | Mapping::Constant { .. } if !values.is_empty() => {
                        Mapping::Constant { values }
                    }
                    mapping => mapping,
                }
            }
        }
    }

    /// States what the mapping rests on: once, however many tests it is used for. Nothing changes by the row of all other fields that
    /// keep their names.
    pub(in crate::pass) fn note_evidence(&mut self, row: &'static MapRow) {
        let place = std::ptr::from_ref(row);
        if self.noted.contains(&place) || row.elastic.as_deref() == Some("*") {
            return;
        }
        self.noted.push(place);
        let line = format!("map row `{}` ({:?})", row.raw, row.evidence).to_lowercase();
        self.assume(line);
    }

    pub(in crate::pass) fn assume(&mut self, assumption: impl Into<Assumption>) {
        self.evidence.insert(assumption.into());
    }

    pub(in crate::pass) fn lose(
        &mut self,
        code: &'static LossCode,
        effect: Effect,
        polarity: Polarity,
        origin: Option<Location>,
        message: String,
    ) {
        self.losses.insert(Loss::new(code, polarity.apply(effect), message, origin));
    }
}
