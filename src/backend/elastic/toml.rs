//! TOML text in the conventions of Elastic's rule repository (TOML 1.0, which its reader takes).

/// Longer lists stand with one item a line.
const WIDTH: usize = 120;

/// A string on one line.
pub(super) fn basic(text: &str) -> String {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\')) {
        return ["\"", text, "\""].concat();
    }
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if c.is_control() => out.extend(["\\u", &format!("{:04X}", u32::from(c))]),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A string: over several lines when it has several or is long.
pub(super) fn text(text: &str) -> String {
    if !text.contains('\n') && text.len() < WIDTH {
        return basic(text);
    }
    let mut out = String::from("\"\"\"\n");
    for (index, line) in text.split('\n').enumerate() {
        if index > 0 {
            out.push('\n');
        }
        let escaped = basic(line);
        // Single and double quotes may stand; three in a row would end the string.
        out.push_str(&escaped[1..escaped.len() - 1].replace("\\\"", "\"").replace("\"\"\"", "\"\"\\\""));
    }
    if out.ends_with('"') && !out.ends_with("\\\"") {
        out.pop();
        out.push_str("\\\"");
    }
    out.push_str("\"\"\"");
    out
}

/// A query between `'''`, as the repository writes it; a query that cannot stand there is escaped instead.
pub(super) fn query(text: &str) -> String {
    let literal = !text.contains("'''") && text.chars().all(|c| matches!(c, '\n' | '\t') || !c.is_control());
    if literal { format!("'''\n{text}\n'''") } else { self::text(&format!("{text}\n")) }
}

/// A list of strings.
pub(super) fn list(items: &[String]) -> String {
    let quoted: Vec<String> = items.iter().map(|item| basic(item)).collect();
    let line = format!("[{}]", quoted.join(", "));
    if line.len() <= WIDTH {
        return line;
    }
    let lines: Vec<String> = quoted.iter().map(|item| format!("    {item},\n")).collect();
    format!("[\n{}]", lines.concat())
}

/// A key of a table.
pub(super) fn key(name: &str) -> String {
    let bare = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if bare { name.to_owned() } else { basic(name) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_back(value: &str) -> String {
        let document = crate::syntax::parse_toml(&format!("k = {value}\n"));
        assert!(document.problems.is_empty(), "{value}: {:?}", document.problems);
        document.root.get("k").and_then(crate::syntax::Node::as_str).unwrap().to_owned()
    }

    #[test]
    fn every_string_reads_back() {
        for value in
            ["", "a\"b", "\\d", "two\nlines", "ends with \"\"\"\n", "x\n\"\"\"\"\"y\"", "\u{1}", "tab\t\r\n", "'''\n"]
        {
            assert_eq!(read_back(&text(value)), value);
            assert_eq!(read_back(&basic(value)), value);
            assert_eq!(read_back(&query(value)).trim_end_matches('\n'), value.trim_end_matches('\n'));
        }
        let long = "word ".repeat(60);
        assert_eq!(read_back(&text(&long)), long);
    }
}
