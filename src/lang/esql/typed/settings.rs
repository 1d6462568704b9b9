//! `set name = value;` before a query (ES|QL reference, "SET").

use super::{Checker, FindingKind};
use crate::lang::esql::ast::{ExprKind, Literal, MapValue, Setting};
use crate::lang::esql::hints;
use crate::lang::esql::types::Types;

/// The settings, the type of each, and whether it takes options.
const SETTINGS: [(&str, Types, bool); 5] = [
    ("approximation", Types::BOOLEAN, true),
    ("column_metadata", Types::BOOLEAN, false),
    ("project_routing", Types::KEYWORD, false),
    ("time_zone", Types::KEYWORD, false),
    ("unmapped_fields", Types::KEYWORD, false),
];

/// What `unmapped_fields` may be.
const UNMAPPED: [&str; 3] = ["default", "nullify", "load"];

impl<'q> Checker<'q> {
    pub(super) fn setting(&mut self, setting: &'q Setting) {
        let name = setting.name.text().to_ascii_lowercase();
        let Some((_, expected, options)) = SETTINGS.iter().find(|(known, ..)| *known == name) else {
            let names: Vec<&str> = SETTINGS.iter().map(|(name, ..)| *name).collect();
            let help = match hints::near(&name, &names) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("the settings are {}", names.join(", ")),
            };
            let message = format!("there is no setting `{}`", setting.name.text());
            return self.find(FindingKind::Command, setting.name.at.0, message, help);
        };
        let MapValue::Constant(value) = &setting.value else {
            if !options {
                let message = format!("`{name}` takes no map of options");
                self.find(FindingKind::Command, setting.at.0, message, format!("it is {expected}"));
            }
            return;
        };
        let types = self.types(value);
        if !types.intersects(*expected) {
            let message = format!("`{name}` is {expected}, not {types}");
            return self.find(
                FindingKind::Type,
                value.span(),
                message,
                format!("write `set {name} = ..` with {expected}"),
            );
        }
        if let ("unmapped_fields", ExprKind::Literal(Literal::String(text))) = (name.as_str(), &value.kind) {
            let word = text.value.to_ascii_lowercase();
            self.unmapped = matches!(word.as_str(), "nullify" | "load");
            if !UNMAPPED.contains(&word.as_str()) {
                let message = format!("`unmapped_fields` has no value \"{}\"", text.value);
                self.find(FindingKind::Command, value.span(), message, "write \"DEFAULT\", \"NULLIFY\" or \"LOAD\"");
            }
        }
    }
}
