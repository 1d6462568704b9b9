//! Keys and values of the Windows registry, as sensors write them.

use super::texts::pieces_of;
use super::{Builder, case_of, text_equal};
use crate::ir::{Case, Coercion, ExprId, FieldPath, Op, Piece, Shape};

/// Ways in which sensors write a registry hive, and Sysmon's.
const HIVES: [(&str, &str); 8] = [
    ("\\REGISTRY\\MACHINE\\", "HKLM\\"),
    ("REGISTRY\\MACHINE\\", "HKLM\\"),
    ("MACHINE\\", "HKLM\\"),
    ("HKEY_LOCAL_MACHINE\\", "HKLM\\"),
    ("\\REGISTRY\\USER\\", "HKU\\"),
    ("REGISTRY\\USER\\", "HKU\\"),
    ("USER\\", "HKU\\"),
    ("HKEY_USERS\\", "HKU\\"),
];

impl Builder<'_> {
    /// Elastic Defend spells the hive of users out where Sysmon abbreviates it.
    pub(super) fn registry_path_out(&mut self, op: &Op) -> ExprId {
        let same = self.test(op.clone());
        let (Some(pieces), Some(case)) = (pieces_of(op), case_of(op)) else { return same };
        let Some(spelt_out) = with_other_head(&pieces, "HKU\\", "HKEY_USERS\\") else { return same };
        let other = self.matches(spelt_out, case);
        self.pool.or([same, other], self.origin)
    }

    /// Sysmon writes `HKLM\` and `HKU\` for what others write in several ways.
    pub(super) fn registry_path_in(&mut self, op: &Op) -> ExprId {
        let (Some(pieces), Some(case)) = (pieces_of(op), case_of(op)) else { return self.test(op.clone()) };
        let own = HIVES.iter().find_map(|(from, to)| with_other_head(&pieces, from, to));
        self.matches(own.unwrap_or(pieces), case)
    }

    /// Sysmon writes `DWORD (0x00000001)` where the index has the number, in decimal or in hexadecimal.
    pub(super) fn registry_data_out(&mut self, op: &Op) -> Option<ExprId> {
        let text = match op {
            Op::Equal { .. } => text_equal(op)?,
            Op::Matches { pattern, .. } => match pattern.shape() {
                Shape::Contains(text) | Shape::Suffix(text) | Shape::Prefix(text) => text.to_owned(),
                _ => return Some(self.test(op.clone())),
            },
            _ => return Some(self.test(op.clone())),
        };
        // A longer text that holds a description is one that somebody wrote, and stays as it is. None begins with one.
        let is_inside = |op: &&Op| matches!(op, Op::Matches { pattern, .. } if matches!(pattern.shape(), Shape::Contains(_) | Shape::Suffix(_)));
        let longer = Some(op).filter(is_inside);
        let Some(number) = word_value(&text) else {
            let upper = text.to_ascii_uppercase();
            return match upper.as_str() {
                "BINARY DATA" => self.registry_type(Some(op), &["REG_BINARY"]),
                "DWORD" | "DWORD (" | "DWORD (0X" => self.registry_type(longer, &["REG_DWORD", "SZ_DWORD"]),
                "QWORD" | "QWORD (" | "QWORD (0X" => self.registry_type(longer, &["REG_QWORD", "SZ_QWORD"]),
                _ if upper.contains("WORD (") => None,
                _ if matches!(op, Op::Equal { .. }) && text.parse::<u64>().is_ok() => {
                    let same = self.test(op.clone());
                    let number = self.registry_type(None, &["REG_DWORD", "SZ_DWORD", "REG_QWORD", "SZ_QWORD"])?;
                    let text = self.pool.not(number, self.origin);
                    Some(self.pool.and([same, text], self.origin))
                }
                _ => Some(self.test(op.clone())),
            };
        };
        let decimal = self.equal(&number.to_string(), Case::Insensitive);
        let hexadecimal = self.equal(&format!("0x{number:08x}"), Case::Insensitive);
        let value = self.pool.or([decimal, hexadecimal], self.origin);
        let long = text.trim_start().to_ascii_uppercase().starts_with('Q');
        // The text `1` is indexed like the number.
        let types = if long { ["REG_QWORD", "SZ_QWORD"] } else { ["REG_DWORD", "SZ_DWORD"] };
        let written_as_number = self.registry_type(None, &types)?;
        let number = self.pool.and([value, written_as_number], self.origin);
        let text = longer.map(|op| self.test(op.clone()));
        Some(self.pool.or(std::iter::once(number).chain(text), self.origin))
    }

    /// The type of what was written, which stands beside it: as Windows names it or as Sysmon's integration does.
    fn registry_type(&mut self, same: Option<&Op>, types: &[&str]) -> Option<ExprId> {
        let field = FieldPath::dotted(&format!("{}.type", self.target.name().strip_suffix(".strings")?));
        let mut members: Vec<ExprId> = same.map(|op| self.test(op.clone())).into_iter().collect();
        for name in types {
            let op = Op::Equal { to: (*name).into(), case: Case::Sensitive, coercion: Coercion::Text };
            members.push(self.test_of(field.clone(), op));
        }
        Some(self.pool.or(members, self.origin))
    }

    /// Sysmon's description begins with the type of a number.
    pub(super) fn registry_type_in(&mut self, op: &Op) -> Option<ExprId> {
        let (text, case) = (text_equal(op)?.to_ascii_uppercase(), case_of(op)?);
        let (_, kind) = text.split_once('_')?;
        match kind {
            "DWORD" | "QWORD" => Some(self.matches([Piece::Literal(format!("{kind} (").into()), Piece::Any], case)),
            "BINARY" => Some(self.equal("Binary Data", case)),
            _ => None,
        }
    }

    /// A number of the index may be a DWORD, a QWORD or a text of the event.
    pub(super) fn registry_data_in(&mut self, op: &Op) -> ExprId {
        let same = self.test(op.clone());
        let Some(text) = text_equal(op) else { return same };
        let hexadecimal = text.strip_prefix("0x").and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let mut members = vec![same];
        if let Some(number) = hexadecimal.or(text.parse().ok()) {
            members.push(self.equal(&format!("DWORD (0x{number:08x})"), Case::Insensitive));
        }
        if let Ok(number) = text.parse::<u64>() {
            let (high, low) = (number >> 32, number & u64::from(u32::MAX));
            members.push(self.equal(&format!("QWORD (0x{high:08x}-0x{low:08x})"), Case::Insensitive));
        }
        self.pool.or(members, self.origin)
    }
}

/// The pattern with another beginning, if it begins so (letter case aside).
fn with_other_head(pieces: &[Piece], from: &str, to: &str) -> Option<Vec<Piece>> {
    let [Piece::Literal(first), rest @ ..] = pieces else { return None };
    let head = first.get(..from.len()).filter(|head| head.eq_ignore_ascii_case(from))?;
    let first = format!("{to}{}", &first[head.len()..]);
    Some(std::iter::once(Piece::Literal(first.into())).chain(rest.iter().cloned()).collect())
}

/// The number of Sysmon's `DWORD (0x..)` and of a `QWORD (0x..-0x..)`.
fn word_value(text: &str) -> Option<u64> {
    let digits = |text: &str| u64::from_str_radix(text.strip_prefix("0x")?, 16).ok();
    let upper = text.trim().to_ascii_uppercase().replace("0X", "0x");
    if let Some(inner) = upper.strip_prefix("DWORD (").and_then(|rest| rest.strip_suffix(')')) {
        return digits(inner);
    }
    let inner = upper.strip_prefix("QWORD (").and_then(|rest| rest.strip_suffix(')'))?;
    let (high, low) = inner.split_once('-')?;
    Some(digits(high)? << 32 | digits(low)?)
}
