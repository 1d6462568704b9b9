//! Index patterns: `*` stands for any run of characters.

/// Whether `pattern` covers the whole of `text`. Time is at most the product of the two lengths.
pub fn glob(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while t < text.len() {
        if pattern.get(p) == Some(&b'*') {
            retry = Some((p + 1, t));
            p += 1;
        } else if pattern.get(p) == Some(&text[t]) {
            p += 1;
            t += 1;
        } else if let Some((after_star, from)) = retry {
            // The star takes one more character.
            retry = Some((after_star, from + 1));
            p = after_star;
            t = from + 1;
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|b| *b == b'*')
}

#[cfg(test)]
mod tests {
    use super::glob;

    #[test]
    fn star_is_any_run() {
        for (pattern, text, expected) in [
            ("logs-okta*", "logs-okta.system-default", true),
            ("logs-okta.system-*", "logs-okta.system-default", true),
            ("*", "", true),
            ("a*b*c", "aXbYc", true),
            ("a*b*c", "aXbY", false),
            ("logs-aws*", "logs-okta.system-default", false),
            ("", "a", false),
            ("**", "a", true),
        ] {
            assert_eq!(glob(pattern, text), expected, "{pattern} {text}");
        }
        assert!(!glob(&"*a".repeat(2_000), &"a".repeat(1_000)));
    }
}
