//! How the vendor writes the values that an ingest changes: what else a field may hold is no event of the log source.

use super::Transform;
use serde_json::Value;

/// The hives as Sysmon writes them.
const HIVES: [&str; 3] = ["HKLM\\", "HKU\\", "HKCR\\"];

/// The kinds of hashes that Sysmon writes, with the number of their hexadecimal digits.
const HASHES: [(&str, usize); 4] = [("MD5", 32), ("SHA1", 40), ("SHA256", 64), ("IMPHASH", 32)];

impl Transform<'_> {
    /// Whether the vendor writes a value like this one; of a list each item. Only notations that are fixed tell values apart.
    pub fn is_notation(&self, raw: &Value) -> bool {
        match raw {
            Value::Array(items) => items.iter().all(|item| self.is_notation(item)),
            Value::String(text) => self.is_text(text),
            Value::Object(_) => !matches!(self, Self::Text),
            _ => true,
        }
    }

    /// What Elastic Defend makes of a raw value where Sysmon's integration makes something else of it; `None` where they agree.
    pub fn spelled_out(&self, raw: &Value) -> Option<Value> {
        match (self, raw) {
            (_, Value::Array(items)) => items.first().and_then(|item| self.spelled_out(item)),
            (Self::RegistryPath, Value::String(path)) => {
                path.strip_prefix("HKU\\").map(|rest| Value::from(format!("HKEY_USERS\\{rest}")))
            }
            (Self::RegistryData, Value::String(text)) => {
                let digits = text.strip_prefix("DWORD (")?.strip_suffix(')')?;
                Some(Value::Array(vec![Value::from(digits)]))
            }
            (Self::RegistryType, Value::String(text)) if text.starts_with("DWORD (") => Some(Value::from("REG_DWORD")),
            (Self::RegistryType, Value::String(text)) if text.starts_with("QWORD (") => Some(Value::from("REG_QWORD")),
            _ => None,
        }
    }

    fn is_text(&self, text: &str) -> bool {
        match self {
            Self::Values(table) => table.is_spelled(text),
            Self::Ip => text.parse::<std::net::IpAddr>().is_ok(),
            Self::NotNo => is_spelled(text, "No"),
            Self::TlsVersion => !has_head(text, "TLSv") || text.starts_with("TLSv"),
            Self::HashOf(_) => text.is_empty() || is_hashes(text),
            Self::RegistryData => is_registry_data(text),
            Self::RegistryPath => HIVES.iter().all(|hive| !has_head(text, hive) || text.starts_with(hive)),
            Self::BaseName(separator) => is_path(text, *separator),
            // Names of accounts and domains have no backslash.
            Self::AfterBackslash => text.matches('\\').count() < 2 && !text.ends_with('\\'),
            _ => true,
        }
    }

    /// The number of hexadecimal digits of a kind of hash.
    pub fn hash_digits(kind: &str) -> Option<usize> {
        HASHES.iter().find(|(name, _)| *name == kind).map(|(_, digits)| *digits)
    }

    /// The values of the notation that a text may be a part of.
    pub fn completed(&self, part: &str) -> Vec<String> {
        match self {
            Self::HashOf(_) => completed_hashes(part),
            Self::BaseName(separator) => {
                let whole =
                    [format!("{separator}{part}"), format!("{part}{separator}zq"), format!("{separator}{part}zq")];
                whole.into_iter().filter(|path| is_path(path, *separator)).collect()
            }
            Self::RegistryData => ["DWORD (0x00000000)", "QWORD (0x00000000-0x00000000)", "Binary Data"]
                .into_iter()
                .filter(|whole| has_head(whole, part) && !part.is_empty())
                .map(str::to_owned)
                .collect(),
            // Of other texts nothing is known.
            Self::Values(table) if table.partial => {
                let part = part.to_lowercase();
                table.map.keys().filter(|key| key.to_lowercase().contains(&part)).cloned().collect()
            }
            _ => Vec::new(),
        }
    }
}

/// The images of Windows' own processes that have no file.
const NO_FILE: [&str; 5] = ["System", "Registry", "MemCompression", "Memory Compression", "Secure System"];

/// A path has a folder and a last part. Windows has no control characters in the names of files and keys.
fn is_path(text: &str, separator: char) -> bool {
    let windows = separator == '\\';
    let named = text.rsplit_once(separator).is_some_and(|(_, name)| !name.is_empty());
    (named && !(windows && text.chars().any(char::is_control))) || (windows && NO_FILE.contains(&text))
}

fn is_spelled(text: &str, word: &str) -> bool {
    text == word || !text.eq_ignore_ascii_case(word)
}

fn has_head(text: &str, head: &str) -> bool {
    text.get(..head.len()).is_some_and(|start| start.eq_ignore_ascii_case(head))
}

/// Each kind once.
fn is_hashes(text: &str) -> bool {
    let kinds: Vec<&str> = text.split(',').filter_map(|pair| pair.split_once('=')).map(|(kind, _)| kind).collect();
    let is_again = |(at, kind): (usize, &&str)| kinds[..at].iter().any(|other| other.eq_ignore_ascii_case(kind));
    text.split(',').all(is_hash) && !kinds.iter().enumerate().any(is_again)
}

fn is_hash(pair: &str) -> bool {
    pair.split_once('=').is_some_and(|(kind, digits)| {
        HASHES.iter().any(|(name, length)| kind.eq_ignore_ascii_case(name) && digits.len() == *length)
            && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

/// The part with the digits that it lacks, as each kind that it may be of.
fn completed_hashes(part: &str) -> Vec<String> {
    let (kind, digits) = part.rsplit_once('=').unwrap_or(("", part));
    let digits = digits.trim_end_matches(',');
    let kind = kind.rsplit(',').next().unwrap_or(kind);
    let fits = |(name, length): &&(&str, usize)| {
        (kind.is_empty() || name.eq_ignore_ascii_case(kind)) && digits.len() <= *length
    };
    let complete = |(name, length): &(&str, usize)| format!("{name}={digits:1<length$}");
    HASHES.iter().filter(fits).map(complete).filter(|pair| is_hash(pair)).collect()
}

/// Sysmon writes a number as `DWORD (0x00000001)` or `QWORD (0x00000000-0x00000001)` and bytes as `Binary Data`; any other text is the
/// text that was written.
fn is_registry_data(text: &str) -> bool {
    let word = |text: &str| {
        text.strip_prefix("0x").is_some_and(|digits| {
            digits.len() == 8 && digits.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
        })
    };
    let inside = |kind: &str| text.strip_prefix(kind)?.strip_prefix(" (")?.strip_suffix(')');
    if has_head(text, "DWORD") {
        return inside("DWORD").is_some_and(word);
    }
    if has_head(text, "QWORD") {
        return inside("QWORD")
            .and_then(|inner| inner.split_once('-'))
            .is_some_and(|(high, low)| word(high) && word(low));
    }
    is_spelled(text, "Binary Data")
}

#[cfg(test)]
mod tests {
    use super::super::ValueTable;
    use super::*;
    use serde_json::json;

    fn is_notation(name: &str, value: &Value) -> bool {
        Transform::built_in(name).unwrap().is_notation(value)
    }

    #[test]
    fn hashes_are_pairs_with_all_their_digits() {
        let md5 = "0123456789abcdef0123456789ABCDEF";
        assert!(is_notation("hash_md5", &json!(format!("MD5={md5},IMPHASH={md5}"))));
        assert!(!is_notation("hash_md5", &json!(format!("MD5={md5}0"))));
        assert!(!is_notation("hash_md5", &json!(md5)));
        assert!(!is_notation("hash_md5", &json!(format!("MD5={md5},md5={md5}"))));
        let hash = Transform::HashOf("MD5");
        assert_eq!(
            hash.completed(md5),
            [
                format!("MD5={md5}"),
                format!("SHA1={md5}{}", "1".repeat(8)),
                format!("SHA256={md5}{}", "1".repeat(32)),
                format!("IMPHASH={md5}"),
            ]
        );
        assert_eq!(hash.completed("imphash=00"), [format!("IMPHASH=00{}", "1".repeat(30))]);
        assert!(hash.completed("MD5=xyz").is_empty());
    }

    #[test]
    fn registry_numbers_are_written_as_sysmon_does() {
        for text in ["DWORD (0x0000000a)", "QWORD (0x00000000-0x00000001)", "Binary Data", "1", "a DWORD", "C:\\x"] {
            assert!(is_notation("registry_data", &json!(text)), "{text}");
        }
        for text in ["dword (0x0000000a)", "DWORD (0x0000000A)", "DWORD (0x1)", "QWORD (0x00000001)", "BINARY DATA"] {
            assert!(!is_notation("registry_data", &json!([text])), "{text}");
        }
    }

    #[test]
    fn known_words_have_one_case() {
        let table: ValueTable = toml::from_str("map = { \"login.example\" = \"login\" }").unwrap();
        assert!(Transform::Values(&table).is_notation(&json!("login.example")));
        assert!(Transform::Values(&table).is_notation(&json!("other")));
        assert!(!Transform::Values(&table).is_notation(&json!("LOGIN.example")));
        assert!(!is_notation("not_no", &json!("NO")));
        assert!(!is_notation("base_name", &json!("C:\\a.exe\n")));
        assert!(is_notation("base_name_unix", &json!("/tmp/a\n")));
    }

    /// Of what is not in such a table nothing is known: a part of a text stands for what it has.
    #[test]
    fn a_table_of_some_values_completes_them() {
        let table: ValueTable =
            toml::from_str("partial = true\nmap = { 'NT AUTHORITY\\SYSTEM' = 'S-1-5-18' }").unwrap();
        assert_eq!(Transform::Values(&table).completed("authori"), ["NT AUTHORITY\\SYSTEM"]);
        assert!(Transform::Values(&table).completed("zq").is_empty());
    }

    #[test]
    fn accounts_have_one_backslash_within() {
        assert!(is_notation("after_backslash", &json!("A\\b")) && is_notation("after_backslash", &json!("b")));
        assert!(!is_notation("after_backslash", &json!("A\\b\\c")) && !is_notation("after_backslash", &json!("A\\")));
    }

    #[test]
    fn paths_have_a_folder_and_a_name() {
        for path in ["C:\\Windows\\cmd.exe", "System"] {
            assert!(is_notation("base_name", &json!(path)), "{path}");
        }
        for text in ["cmd.exe", "C:\\", ""] {
            assert!(!is_notation("base_name", &json!(text)), "{text}");
        }
        assert_eq!(Transform::BaseName('/').completed("/home/"), ["/home//zq", "//home/zq"]);
    }
}
