//! Regular expressions from one dialect to another, on their syntax tree.
//!
//! Lucene matches the whole value and has neither anchors nor look-around or flags, and classes like `\d` only from version 9 on: they
//! are written out. Python and Sigma search.

use crate::ir::{Anchoring, Case, Regex, RegexDialect};
use regex_syntax::ast::{
    Assertion, AssertionKind, Ast, ClassPerlKind, ClassSet, Group, GroupKind, Literal, RepetitionKind, RepetitionRange,
};
use std::fmt::Write;

/// The expression in `dialect`, anchored in a way that the target has.
///
/// # Errors
/// The construct that the dialect has no form for, in words.
pub(super) fn translate(regex: &Regex, dialect: RegexDialect, anchorings: &[Anchoring]) -> Result<Regex, String> {
    if regex.dialect == dialect && anchorings.contains(&regex.anchoring) {
        return Ok(regex.clone());
    }
    match (regex.dialect, dialect) {
        (RegexDialect::Sigma | RegexDialect::Python, RegexDialect::Lucene) => to_lucene(regex),
        (RegexDialect::Lucene, _) => from_lucene(regex, dialect, anchorings),
        _ => Ok(Regex { dialect, anchoring: reanchor(regex, anchorings)?, ..regex.clone() }),
    }
}

/// Whether line breaks in a text mean something to the expression: `$`, which Python and PCRE let stand before a last one, while the end of
/// a whole value does not; and `.`, which is none of them in Python and PCRE, and any character in Lucene.
pub(super) fn minds_line_breaks(regex: &Regex) -> bool {
    let any = regex.dot_all || has_flag(regex, 's');
    let mut in_class = false;
    let mut chars = regex.pattern.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => _ = chars.next(),
            '[' => in_class = true,
            ']' => in_class = false,
            '.' if !in_class && !any => return true,
            '$' if !in_class => return regex.dialect != RegexDialect::Lucene,
            _ => {}
        }
    }
    false
}

/// Whether the expression ignores the case of letters, by its mode or by a flag of its own.
pub(super) fn ignores_case(regex: &Regex) -> bool {
    !regex.case.is_sensitive() || has_flag(regex, 'i')
}

fn has_flag(regex: &Regex, wanted: char) -> bool {
    let is_it = |group: &str| group.chars().take_while(char::is_ascii_alphabetic).any(|flag| flag == wanted);
    regex.pattern.split("(?").skip(1).any(is_it)
}

fn reanchor(regex: &Regex, anchorings: &[Anchoring]) -> Result<Anchoring, String> {
    if anchorings.contains(&regex.anchoring) {
        Ok(regex.anchoring)
    } else {
        Err("the target anchors expressions in another way".to_owned())
    }
}

/// Lucene's plain part is common to all dialects; its own operators (`~ & < > @ # "`) are not.
fn from_lucene(regex: &Regex, dialect: RegexDialect, anchorings: &[Anchoring]) -> Result<Regex, String> {
    if let Some(operator) =
        regex.pattern.chars().find(|c| matches!(c, '~' | '&' | '<' | '>' | '@' | '#' | '"' | '^' | '$'))
    {
        return Err(format!("`{operator}` is an operator or a letter only in Lucene's dialect"));
    }
    let whole = Regex { dialect, anchoring: Anchoring::Whole, dot_all: true, ..regex.clone() };
    if anchorings.contains(&Anchoring::Whole) {
        return Ok(whole);
    }
    Ok(Regex { pattern: format!("^(?:{})$", regex.pattern).into(), anchoring: Anchoring::Search, ..whole })
}

fn to_lucene(regex: &Regex) -> Result<Regex, String> {
    if regex.multi_line {
        return Err("multi-line anchors have no form in Lucene's dialect".to_owned());
    }
    let (flags, body) = leading_flags(&regex.pattern);
    let case = if flags.contains('i') { Case::AsciiInsensitive } else { regex.case };
    let ast = regex_syntax::ast::parse::Parser::new().parse(body).map_err(|error| error.kind().to_string())?;
    let mut pattern = String::new();
    for (index, branch) in branches(&ast)?.iter().enumerate() {
        if index > 0 {
            pattern.push('|');
        }
        write_branch(branch, regex, &mut pattern)?;
    }
    let case = if case == Case::Insensitive { Case::AsciiInsensitive } else { case };
    Ok(Regex {
        pattern: pattern.into(),
        dialect: RegexDialect::Lucene,
        anchoring: Anchoring::Whole,
        case,
        multi_line: false,
        dot_all: true,
    })
}

/// `(?i)` in front.
fn leading_flags(pattern: &str) -> (&str, &str) {
    pattern
        .strip_prefix("(?")
        .and_then(|rest| rest.split_once(')'))
        .filter(|(flags, _)| !flags.is_empty() && flags.chars().all(|flag| flag == 'i'))
        .unwrap_or(("", pattern))
}

/// More alternatives than these are not written out.
const MAX_BRANCHES: usize = 64;

/// The alternatives of an expression, each as the parts that follow each other. A group with an anchor in it is multiplied out, so that the
/// anchors of `(^|a)b` stand at the ends of alternatives.
fn branches<'a>(ast: &'a Ast) -> Result<Vec<Vec<&'a Ast>>, String> {
    match ast {
        Ast::Alternation(alternation) => {
            let all: Result<Vec<_>, String> = alternation.asts.iter().map(branches).collect();
            Ok(all?.concat())
        }
        Ast::Concat(concat) => {
            let mut out: Vec<Vec<&Ast>> = vec![Vec::new()];
            for part in &concat.asts {
                let after = branches(part)?;
                if out.len() * after.len() > MAX_BRANCHES {
                    return Err("so many alternatives with anchors have no form in Lucene's dialect".to_owned());
                }
                let with = |before: &Vec<&'a Ast>| after.iter().map(|part| [&before[..], part].concat()).collect();
                out = out.iter().flat_map(|before| -> Vec<Vec<&Ast>> { with(before) }).collect();
            }
            Ok(out)
        }
        Ast::Group(group) if !has_flags(group) && has_anchor(&group.ast) => branches(&group.ast),
        Ast::Empty(_) => Ok(vec![Vec::new()]),
        other => Ok(vec![vec![other]]),
    }
}

fn has_flags(group: &Group) -> bool {
    matches!(&group.kind, GroupKind::NonCapturing(flags) if !flags.items.is_empty())
}

fn has_anchor(ast: &Ast) -> bool {
    match ast {
        Ast::Assertion(_) => true,
        Ast::Group(group) => has_anchor(&group.ast),
        Ast::Alternation(alternation) => alternation.asts.iter().any(has_anchor),
        Ast::Concat(concat) => concat.asts.iter().any(has_anchor),
        _ => false,
    }
}

/// One alternative, its anchors taken off, and `.*` where it has none.
fn write_branch(parts: &[&Ast], regex: &Regex, out: &mut String) -> Result<(), String> {
    let starts =
        parts.first().is_some_and(|part| is_anchor(part, &[AssertionKind::StartLine, AssertionKind::StartText]));
    let ends = parts.last().is_some_and(|part| is_anchor(part, &[AssertionKind::EndLine, AssertionKind::EndText]));
    if !starts && regex.anchoring == Anchoring::Search {
        out.push_str(".*");
    }
    let inner = &parts[usize::from(starts)
        ..parts.len().max(usize::from(starts)) - usize::from(ends && parts.len() > usize::from(starts))];
    for part in inner {
        write_ast(part, out)?;
    }
    if !ends && regex.anchoring != Anchoring::Whole {
        out.push_str(".*");
    }
    Ok(())
}

fn is_anchor(ast: &Ast, kinds: &[AssertionKind]) -> bool {
    matches!(ast, Ast::Assertion(assertion) if kinds.contains(&assertion.kind))
}

fn write_ast(ast: &Ast, out: &mut String) -> Result<(), String> {
    match ast {
        Ast::Empty(_) => {}
        Ast::Literal(literal) => push_literal(literal, out),
        Ast::Dot(_) => out.push('.'),
        Ast::ClassPerl(class) => out.push_str(&perl_class(&class.kind, class.negated)),
        Ast::ClassBracketed(class) => {
            out.push_str(if class.negated { "[^" } else { "[" });
            write_class(&class.kind, out)?;
            out.push(']');
        }
        Ast::Repetition(repetition) => {
            out.push('(');
            write_ast(&repetition.ast, out)?;
            out.push(')');
            push_repetition(&repetition.op.kind, out);
        }
        Ast::Group(group) => {
            if has_flags(group) {
                return Err("flags inside the expression have no form in Lucene's dialect".to_owned());
            }
            out.push('(');
            write_ast(&group.ast, out)?;
            out.push(')');
        }
        Ast::Alternation(alternation) => {
            for (index, branch) in alternation.asts.iter().enumerate() {
                if index > 0 {
                    out.push('|');
                }
                write_ast(branch, out)?;
            }
        }
        Ast::Concat(concat) => {
            for part in &concat.asts {
                write_ast(part, out)?;
            }
        }
        Ast::Assertion(assertion) => return Err(assertion_reason(assertion)),
        Ast::Flags(_) => return Err("flags inside the expression have no form in Lucene's dialect".to_owned()),
        Ast::ClassUnicode(_) => return Err("Unicode classes have no form in Lucene's dialect".to_owned()),
    }
    Ok(())
}

fn assertion_reason(assertion: &Assertion) -> String {
    let name = match assertion.kind {
        AssertionKind::StartLine | AssertionKind::StartText => "an inner `^`",
        AssertionKind::EndLine | AssertionKind::EndText => "an inner `$`",
        _ => "a word boundary",
    };
    format!("{name} has no form in Lucene's dialect")
}

fn push_literal(literal: &Literal, out: &mut String) {
    if ".?+*|{}[]()\"\\#@&<>~^$-".contains(literal.c) {
        out.push('\\');
    }
    out.push(literal.c);
}

fn perl_class(kind: &ClassPerlKind, negated: bool) -> String {
    let set = match kind {
        ClassPerlKind::Digit => "0-9",
        ClassPerlKind::Space => " \t\n\r\u{b}\u{c}",
        ClassPerlKind::Word => "a-zA-Z0-9_",
    };
    format!("[{}{set}]", if negated { "^" } else { "" })
}

fn write_class(set: &ClassSet, out: &mut String) -> Result<(), String> {
    use regex_syntax::ast::ClassSetItem as Item;
    let ClassSet::Item(item) = set else {
        return Err("set operations in classes have no form in Lucene's dialect".to_owned());
    };
    match item {
        Item::Empty(_) => {}
        Item::Literal(literal) => push_literal(literal, out),
        Item::Range(range) => {
            push_literal(&range.start, out);
            out.push('-');
            push_literal(&range.end, out);
        }
        Item::Perl(class) if !class.negated => {
            let text = perl_class(&class.kind, false);
            out.push_str(text.trim_start_matches('[').trim_end_matches(']'));
        }
        Item::Union(union) => {
            for item in &union.items {
                write_class(&ClassSet::Item(item.clone()), out)?;
            }
        }
        _ => return Err("this class has no form in Lucene's dialect".to_owned()),
    }
    Ok(())
}

fn push_repetition(kind: &RepetitionKind, out: &mut String) {
    let _ = match kind {
        RepetitionKind::ZeroOrOne => write!(out, "?"),
        RepetitionKind::ZeroOrMore => write!(out, "*"),
        RepetitionKind::OneOrMore => write!(out, "+"),
        RepetitionKind::Range(RepetitionRange::Exactly(n)) => write!(out, "{{{n}}}"),
        RepetitionKind::Range(RepetitionRange::AtLeast(n)) => write!(out, "{{{n},}}"),
        RepetitionKind::Range(RepetitionRange::Bounded(n, m)) => write!(out, "{{{n},{m}}}"),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lucene(pattern: &str) -> Result<String, String> {
        let regex = Regex {
            pattern: pattern.into(),
            dialect: RegexDialect::Sigma,
            anchoring: Anchoring::Search,
            case: Case::Sensitive,
            multi_line: false,
            dot_all: false,
        };
        translate(&regex, RegexDialect::Lucene, &[Anchoring::Whole]).map(|regex| regex.pattern.to_string())
    }

    #[test]
    fn a_search_is_wrapped_and_anchors_are_taken_off_per_branch() {
        assert_eq!(lucene(r"\s-H\s").as_deref(), Ok(".*[ \t\n\r\u{b}\u{c}]\\-H[ \t\n\r\u{b}\u{c}].*"));
        assert_eq!(lucene("^a.c$").as_deref(), Ok("a.c"));
        assert_eq!(lucene("^a|b$").as_deref(), Ok("a.*|.*b"));
        assert_eq!(lucene("(^a|b)").as_deref(), Ok("a.*|.*b.*"));
        assert_eq!(lucene("(?:^|;)a(=|$)").as_deref(), Ok("a=.*|a|.*;a=.*|.*;a"));
    }

    #[test]
    fn classes_and_repetitions() {
        assert_eq!(lucene(r"^[\w.]{2,3}\d+?$").as_deref(), Ok(r"([a-zA-Z0-9_\.]){2,3}([0-9])+"));
        assert_eq!(lucene("^(?:ab)+$").as_deref(), Ok("((ab))+"));
    }

    #[test]
    fn what_lucene_cannot_say_is_refused_with_its_name() {
        assert_eq!(lucene(r"\bfoo\b"), Err("a word boundary has no form in Lucene's dialect".to_owned()));
        assert!(lucene("(?=a)").is_err());
        assert!(lucene("(a^b)").is_err() && lucene("(^a)+").is_err());
        assert!(lucene(&"(^|a)".repeat(7)).unwrap_err().starts_with("so many"));
    }
}
