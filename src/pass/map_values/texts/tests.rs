//! What a rewritten test says of the other side's values. Each case is worked out by hand from what the change does to a value
//! (`catalog::maps::Transform`): the test holds of a raw value exactly where the asked one holds of what the ingest makes of it.

use super::super::{Builder, Reach};
use super::*;
use crate::eval::{Conditions, Event};
use crate::ir::{Cmp, Domain, EventModel, Pool};
use serde_json::{Value as Json, json};

fn equal(text: &str) -> Op {
    Op::Equal { to: text.into(), case: Case::Insensitive, coercion: Coercion::Text }
}

fn number(number: i64) -> Op {
    Op::Equal { to: Operand::Value(Value::Int(number)), case: Case::Sensitive, coercion: Coercion::Text }
}

fn like(pattern: Pattern) -> Op {
    Op::Matches { pattern, case: Case::Insensitive, coercion: Coercion::Text }
}

fn ending(text: &str) -> Op {
    like(Pattern::new([Piece::Any, Piece::Literal(text.into())]))
}

fn less(text: &str) -> Op {
    Op::Compare { op: Cmp::Less, domain: Domain::String, coercion: Coercion::None, to: text.into() }
}

/// Whether the built test of the field `f` holds of each event; `None` where none is built.
fn held(build: impl FnOnce(&mut Builder<'_>) -> Option<ExprId>, events: &[Json]) -> Option<Vec<bool>> {
    let mut pool = Pool::default();
    let target = FieldPath::dotted("f");
    let root = build(&mut Builder { pool: &mut pool, target, reach: Reach::AnyOf, origin: None })?;
    let conditions = Conditions::new(&pool, &[root], EventModel::Elastic);
    let holds = |event: &Json| conditions.verdict(root, &Event::new(event, EventModel::Elastic)).is_true();
    Some(events.iter().map(holds).collect())
}

/// Of these values of `f` those of which the built test holds.
fn holds_of<'v>(build: impl FnOnce(&mut Builder<'_>) -> Option<ExprId>, values: &[&'v str]) -> Option<Vec<&'v str>> {
    let events: Vec<Json> = values.iter().map(|value| json!({ "f": value })).collect();
    let found = held(build, &events)?;
    Some(values.iter().zip(found).filter(|(_, holds)| *holds).map(|(value, _)| *value).collect())
}

#[test]
fn a_file_name_is_the_end_of_a_path_after_a_separator() {
    let paths = [r"C:\Windows\cmd.exe", r"c:\CMD.EXE", "cmd.exe", r"C:\xcmd.exe", r"C:\cmd.exe\x"];
    let found = holds_of(|builder| builder.base_name(&equal("cmd.exe"), '\\'), &paths);
    assert_eq!(found.unwrap(), [r"C:\Windows\cmd.exe", r"c:\CMD.EXE"]);
    let unix = holds_of(|builder| builder.base_name(&equal("sh"), '/'), &["/bin/sh", "/bin/zsh", r"C:\sh"]);
    assert_eq!(unix.unwrap(), ["/bin/sh"]);
}

#[test]
fn a_beginning_of_a_file_name_is_not_one_of_a_folder() {
    let paths = [r"C:\bin\python3.exe", r"C:\python3\pip.exe", r"C:\Python39\python.exe", "python.exe"];
    let found = holds_of(|builder| builder.base_name(&like(Pattern::prefix("python")), '\\'), &paths);
    assert_eq!(found.unwrap(), [r"C:\bin\python3.exe", r"C:\Python39\python.exe"]);
}

#[test]
fn an_end_of_a_file_name_is_an_end_of_the_path() {
    let paths = [r"C:\a.exe", r"C:\a.exe.txt"];
    assert_eq!(holds_of(|builder| builder.base_name(&ending(".exe"), '\\'), &paths).unwrap(), [r"C:\a.exe"]);
}

#[test]
fn a_file_name_has_no_separator_and_no_order() {
    assert!(holds_of(|builder| builder.base_name(&equal(r"a\cmd.exe"), '\\'), &[]).is_none());
    assert!(holds_of(|builder| builder.base_name(&less("m"), '\\'), &[]).is_none());
}

#[test]
fn a_hash_is_one_pair_of_its_kind() {
    let texts = ["SHA1=11,MD5=AB", "md5=ab", "SHA1=AB"];
    assert_eq!(holds_of(|builder| builder.hash(&equal("ab"), "MD5"), &texts).unwrap(), ["SHA1=11,MD5=AB", "md5=ab"]);
}

#[test]
fn lower_case_is_asked_of_the_index_and_any_case_of_the_event() {
    assert_eq!(holds_of(|builder| builder.lower_case(&equal("AbC")), &["abc", "abd", "ABC"]).unwrap(), ["abc"]);
    let part = like(Pattern::contains("Ab"));
    assert_eq!(holds_of(|builder| builder.lower_case(&part), &["xaby", "xay"]).unwrap(), ["xaby"]);
    assert_eq!(holds_of(|builder| builder.any_case(&equal("abc")), &["abc", "ABC", "abd"]).unwrap(), ["abc", "ABC"]);
}

#[test]
fn the_parts_of_an_account_stand_around_its_backslash() {
    let accounts = [r"CORP\jo", r"XCORP\jo", r"CORP\jojo", "CORP"];
    let domain = holds_of(|builder| builder.before_backslash(&equal("CORP")), &accounts);
    assert_eq!(domain.unwrap(), [r"CORP\jo", r"CORP\jojo"]);
    let name = holds_of(|builder| builder.after_backslash(&equal("jo")), &accounts);
    assert_eq!(name.unwrap(), [r"CORP\jo", r"XCORP\jo"]);
}

#[test]
fn an_account_is_a_test_of_both_parts() {
    let events = [json!({"d": "CORP", "f": "jo"}), json!({"d": "X", "f": "jo"}), json!({"d": "CORP", "f": "al"})];
    let account = |op: Op| held(|builder| builder.account(&op, &FieldPath::dotted("d")), &events).unwrap();
    assert_eq!(account(equal(r"CORP\jo")), [true, false, false]);
    assert_eq!(account(like(Pattern::prefix(r"CORP\"))), [true, false, true]);
    assert_eq!(account(ending(r"\jo")), [true, true, false]);
    // A text without a backslash may stand in either part.
    assert_eq!(account(like(Pattern::contains("O"))), [true, true, true]);
    assert_eq!(account(like(Pattern::prefix("co"))), [true, false, true]);
}

#[test]
fn an_account_has_one_backslash() {
    for text in ["jo", r"A\B\jo"] {
        assert!(held(|builder| builder.account(&equal(text), &FieldPath::dotted("d")), &[]).is_none(), "{text}");
    }
}

#[test]
fn an_extension_stands_after_the_last_dot() {
    let paths = [r"C:\a.exe", r"C:\a.exe.txt", "exe"];
    assert_eq!(holds_of(|builder| builder.extension(&equal("exe")), &paths).unwrap(), [r"C:\a.exe"]);
    assert_eq!(holds_of(|builder| builder.extension(&Op::Present), &["a.b", "ab"]).unwrap(), ["a.b"]);
    assert!(holds_of(|builder| builder.extension(&like(Pattern::prefix("e"))), &[]).is_none());
}

#[test]
fn sensors_write_a_hive_in_several_ways() {
    let keys = [r"HKU\S-1\Run", r"HKEY_USERS\S-1\Run", r"HKLM\S-1\Run"];
    let out = holds_of(|builder| Some(builder.registry_path_out(&equal(r"HKU\S-1\Run"))), &keys);
    assert_eq!(out.unwrap(), [r"HKU\S-1\Run", r"HKEY_USERS\S-1\Run"]);
    for (asked, sysmon) in [
        (r"HKEY_LOCAL_MACHINE\A", r"HKLM\A"),
        (r"\REGISTRY\MACHINE\A", r"HKLM\A"),
        (r"REGISTRY\USER\A", r"HKU\A"),
        (r"hkey_users\A", r"HKU\A"),
        (r"HKCR\A", r"HKCR\A"),
    ] {
        let found = holds_of(|builder| Some(builder.registry_path_in(&equal(asked))), &[sysmon, r"HKLM\B", r"HKU\B"]);
        assert_eq!(found.unwrap(), [sysmon], "{asked}");
    }
}

/// The documents, by value and type, that a test of Sysmon's description holds of in the index.
fn registry_documents(op: &Op, documents: &[(&str, &str)]) -> Option<Vec<bool>> {
    let mut pool = Pool::default();
    let target = FieldPath::dotted("registry.data.strings");
    let mut builder = Builder { pool: &mut pool, target, reach: Reach::AnyOf, origin: None };
    let root = builder.registry_data_out(op)?;
    let conditions = Conditions::new(&pool, &[root], EventModel::Elastic);
    let holds = |(value, ty): &(&str, &str)| {
        let event = json!({"registry": {"data": {"strings": [value], "type": ty}}});
        conditions.verdict(root, &Event::new(&event, EventModel::Elastic)).is_true()
    };
    Some(documents.iter().map(holds).collect())
}

#[test]
fn a_dword_is_a_number_in_the_index() {
    let documents =
        [("1", "SZ_DWORD"), ("0x00000001", "REG_DWORD"), ("2", "REG_DWORD"), ("1", "REG_SZ"), ("1", "REG_QWORD")];
    assert_eq!(
        registry_documents(&equal("DWORD (0x00000001)"), &documents).unwrap(),
        [true, true, false, false, false]
    );
    // The text `1` is no number.
    assert_eq!(registry_documents(&equal("1"), &documents).unwrap(), [false, false, false, true, false]);
    // A longer text is one that somebody wrote.
    let within = like(Pattern::contains("DWORD (0x00000001)"));
    let texts = [("0x00000001", "REG_DWORD"), ("a DWORD (0x00000001).", "REG_SZ"), ("1", "REG_SZ")];
    assert_eq!(registry_documents(&within, &texts).unwrap(), [true, true, false]);
    // A part of the digits is no number.
    assert!(registry_documents(&equal("DWORD (0x0000"), &documents).is_none());
    // The first half of a QWORD is the higher one: 1 << 32.
    let long = [("4294967296", "REG_QWORD"), ("1", "REG_QWORD"), ("4294967296", "REG_SZ")];
    assert_eq!(registry_documents(&equal("QWORD (0x00000001-0x00000000)"), &long).unwrap(), [true, false, false]);
    let values = ["1", "0x00000001", "2", "DWORD (0x00000001)", "QWORD (0x00000000-0x00000001)"];
    let back = |text: &str| holds_of(|builder| Some(builder.registry_data_in(&equal(text))), &values).unwrap();
    assert_eq!(back("1"), ["1", "DWORD (0x00000001)", "QWORD (0x00000000-0x00000001)"]);
    assert_eq!(back("0x00000001"), ["0x00000001", "DWORD (0x00000001)"]);
    assert!(back("x").is_empty());
}

#[test]
fn a_description_of_registry_data_is_its_type() {
    let types = |text: &str, types: &[&str]| {
        let mut pool = Pool::default();
        let target = FieldPath::dotted("registry.data.strings");
        let mut builder = Builder { pool: &mut pool, target, reach: Reach::AnyOf, origin: None };
        let root = builder.registry_data_out(&equal(text)).unwrap();
        let conditions = Conditions::new(&pool, &[root], EventModel::Elastic);
        let event = |ty: &&str| json!({"registry": {"data": {"type": ty}}});
        let holds = |event: Json| conditions.verdict(root, &Event::new(&event, EventModel::Elastic)).is_true();
        types.iter().map(event).map(holds).collect::<Vec<_>>()
    };
    assert_eq!(types("Binary Data", &["REG_BINARY", "REG_DWORD"]), [true, false]);
    assert_eq!(types("DWORD", &["REG_DWORD", "SZ_DWORD", "REG_QWORD"]), [true, true, false]);
    assert_eq!(types("QWORD (0x", &["REG_QWORD", "SZ_QWORD", "REG_DWORD"]), [true, true, false]);
}

#[test]
fn numbers_are_keywords_in_the_index() {
    let found = holds_of(|builder| builder.number_as_text(&number(4624)), &["4624", "4625"]);
    assert_eq!(found.unwrap(), ["4624"]);
    // The order of keywords is not that of numbers.
    assert!(holds_of(|builder| builder.number_as_text(&less("5")), &[]).is_none());
    let events = [json!({"f": 4624}), json!({"f": 4625})];
    assert_eq!(held(|builder| Some(builder.text_as_number(&equal("4624"))), &events).unwrap(), [true, false]);
}

#[test]
fn a_test_of_a_path_can_be_one_of_its_file_name() {
    assert_eq!(file_name(&ending(r"\x.exe"), '\\'), Some("x.exe"));
    for text in ["x.exe", r"\a\x.exe", r"\"] {
        assert_eq!(file_name(&ending(text), '\\'), None, "{text}");
    }
    assert_eq!(file_name(&equal(r"\x.exe"), '\\'), None);
    assert_eq!(contained(&like(Pattern::contains("a b"))), Some("a b"));
    assert_eq!(contained(&equal("a b")), None);
}

#[test]
fn the_kind_of_a_hash_is_named_or_follows_from_its_length() {
    let found = |text: &str| hash_of(&equal(text));
    assert_eq!(found("IMPHASH=AB"), Some(("IMPHASH", "ab".to_owned())));
    for (length, kind) in [(32, "MD5"), (40, "SHA1"), (64, "SHA256")] {
        assert_eq!(found(&"A".repeat(length)), Some((kind, "a".repeat(length))));
    }
    assert_eq!(hash_of(&like(Pattern::contains("md5=0a"))), Some(("MD5", "0a".to_owned())));
    for text in ["abc", "MD5=xyz", "CRC=ab"] {
        assert_eq!(found(text), None, "{text}");
    }
}

#[test]
fn fewer_digits_are_the_beginning_of_a_hash() {
    let forty = "a".repeat(40);
    assert!(matches!(hash_test("SHA1", &forty), Op::Equal { .. }));
    let Op::Matches { pattern, .. } = hash_test("SHA256", &forty) else { panic!("40 of 64 digits") };
    assert_eq!(pattern, Pattern::prefix(forty.as_str()));
}

#[test]
fn an_argument_stands_between_blanks_surely_and_anywhere_at_least() {
    let lines = ["a -enc x", "a -enc", "a -encoded x", "a b"];
    let found = |wide: bool| {
        let patterns = argument(&equal("-enc"), wide).unwrap();
        let any = |builder: &mut Builder<'_>| {
            let members: Vec<ExprId> = patterns.into_iter().map(|pattern| builder.test(like(pattern))).collect();
            Some(builder.pool.or(members, None))
        };
        holds_of(any, &lines).unwrap()
    };
    assert_eq!(found(true), ["a -enc x", "a -enc", "a -encoded x"]);
    assert_eq!(found(false), ["a -enc x", "a -enc"]);
    assert!(argument(&Op::Present, true).is_none());
}
