//! Lucene's regular expressions, by the grammar of `org.apache.lucene.util.automaton.RegExp` with all optional operators.
//!
//! ```text
//! union   := intersection ('|' union)?
//! inter   := concat ('&' inter)?
//! concat  := repeat+
//! repeat  := complement ('?' | '*' | '+' | '{n}' | '{n,}' | '{n,m}')*
//! complement := '~' complement | class
//! simple  := '.' | '#' | '@' | '"text"' | '()' | '(' union ')' | '<n-m>' | '\'c | c
//! ```
//!
//! `\d`, `\s`, `\w` and their capitals are classes, as in Lucene 9 and later (Elasticsearch 8; apache/lucene LUCENE-9336). `^`, `$` and
//! `(?` have no meaning of their own. Intersection and complement are sets of whole texts; beside other parts an automaton decides them.

mod automaton;

use super::regex::Test;
pub(super) use automaton::Automaton;
use std::fmt::Write;

/// Deeper nesting is refused.
const MAX_DEPTH: usize = 100;
/// Wider numeric intervals are refused.
const MAX_INTERVAL: u64 = 10_000;

enum Node {
    /// In the syntax of the `regex` crate, safe to repeat and to put beside others.
    Regex(String),
    Concat(Vec<Node>),
    Repeat(Box<Node>, String),
    Union(Vec<Node>),
    Both(Vec<Node>),
    Not(Box<Node>),
}

/// Compiles a pattern; `build` makes a regex of a body that is matched against the whole value, in the case mode that is said.
pub(super) fn compile(
    pattern: &str,
    insensitive: bool,
    build: &dyn Fn(&str) -> Result<regex::Regex, String>,
) -> Result<Test, String> {
    let mut parser = Parser { chars: pattern.chars().collect(), at: 0 };
    if parser.chars.is_empty() {
        return Ok(Test::Regex(build("")?));
    }
    let node = parser.union(0)?;
    if parser.at < parser.chars.len() {
        return Err(format!("`{}` at character {} is not expected", parser.chars[parser.at], parser.at + 1));
    }
    whole(node, insensitive, build)
}

/// A node that nothing stands beside.
fn whole(node: Node, insensitive: bool, build: &dyn Fn(&str) -> Result<regex::Regex, String>) -> Result<Test, String> {
    let one = |node| whole(node, insensitive, build);
    let all = |nodes: Vec<Node>| nodes.into_iter().map(one).collect::<Result<Vec<_>, _>>();
    match node {
        Node::Not(inner) => Ok(Test::Not(Box::new(one(*inner)?))),
        Node::Both(members) => Ok(Test::All(all(members)?)),
        Node::Union(members) if members.iter().any(has_sets) => Ok(Test::Any(all(members)?)),
        other if has_sets(&other) => Ok(Test::Automaton(Automaton::new(&other, insensitive)?)),
        other => {
            let mut out = String::new();
            write_regex(&other, &mut out);
            Ok(Test::Regex(build(&out)?))
        }
    }
}

fn has_sets(node: &Node) -> bool {
    match node {
        Node::Both(_) | Node::Not(_) => true,
        Node::Concat(members) | Node::Union(members) => members.iter().any(has_sets),
        Node::Repeat(inner, _) => has_sets(inner),
        Node::Regex(_) => false,
    }
}

/// Writes a node without sets.
fn write_regex(node: &Node, out: &mut String) {
    match node {
        Node::Regex(text) => out.push_str(text),
        Node::Concat(members) => members.iter().for_each(|member| write_regex(member, out)),
        Node::Repeat(inner, times) => {
            out.push_str("(?:");
            write_regex(inner, out);
            let _ = write!(out, "){times}");
        }
        Node::Union(members) => {
            out.push_str("(?:");
            for (index, member) in members.iter().enumerate() {
                out.push_str(if index > 0 { "|" } else { "" });
                write_regex(member, out);
            }
            out.push(')');
        }
        Node::Both(_) | Node::Not(_) => {}
    }
}

struct Parser {
    chars: Vec<char>,
    at: usize,
}

impl Parser {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn eat(&mut self, c: char) -> bool {
        let found = self.peek() == Some(c);
        self.at += usize::from(found);
        found
    }

    fn next(&mut self) -> Result<char, String> {
        let c = self.peek().ok_or("the regular expression ends too early")?;
        self.at += 1;
        Ok(c)
    }

    fn union(&mut self, depth: usize) -> Result<Node, String> {
        if depth > MAX_DEPTH {
            return Err("the regular expression is nested too deeply".to_owned());
        }
        let mut members = vec![self.intersection(depth)?];
        while self.eat('|') {
            members.push(self.intersection(depth)?);
        }
        Ok(single(members, Node::Union))
    }

    fn intersection(&mut self, depth: usize) -> Result<Node, String> {
        let mut members = vec![self.concat(depth)?];
        while self.eat('&') {
            members.push(self.concat(depth)?);
        }
        Ok(single(members, Node::Both))
    }

    fn concat(&mut self, depth: usize) -> Result<Node, String> {
        let mut members = vec![self.repeat(depth)?];
        while !matches!(self.peek(), None | Some(')' | '|' | '&')) {
            members.push(self.repeat(depth)?);
        }
        Ok(single(members, Node::Concat))
    }

    fn repeat(&mut self, depth: usize) -> Result<Node, String> {
        let mut node = self.complement(depth)?;
        let mut layers = 0;
        loop {
            let times = match self.peek() {
                Some(c @ ('?' | '*' | '+')) => {
                    self.at += 1;
                    c.to_string()
                }
                Some('{') => self.braces()?,
                _ => return Ok(node),
            };
            layers += 1;
            if layers > MAX_DEPTH {
                return Err("the regular expression is nested too deeply".to_owned());
            }
            node = Node::Repeat(Box::new(node), times);
        }
    }

    fn braces(&mut self) -> Result<String, String> {
        self.at += 1;
        let low = self.digits()?;
        let times = if self.eat(',') {
            let high = if self.peek().is_some_and(|c| c.is_ascii_digit()) { self.digits()? } else { String::new() };
            format!("{{{low},{high}}}")
        } else {
            format!("{{{low}}}")
        };
        if self.eat('}') { Ok(times) } else { Err("a repetition `{` is not closed".to_owned()) }
    }

    fn digits(&mut self) -> Result<String, String> {
        let start = self.at;
        while self.peek().is_some_and(|c| c.is_ascii_digit()) {
            self.at += 1;
        }
        if start == self.at {
            return Err("a number is expected after `{`".to_owned());
        }
        Ok(self.chars[start..self.at].iter().collect())
    }

    fn complement(&mut self, depth: usize) -> Result<Node, String> {
        let mut times = 0_usize;
        while self.eat('~') {
            times += 1;
        }
        let node = if self.eat('[') { self.class()? } else { self.simple(depth)? };
        Ok(if times % 2 == 1 { Node::Not(Box::new(node)) } else { node })
    }

    fn class(&mut self) -> Result<Node, String> {
        let mut out = String::from(if self.eat('^') { "[^" } else { "[" });
        loop {
            if let (Some('\\'), Some(set)) = (self.peek(), self.chars.get(self.at + 1).and_then(|c| predefined(*c))) {
                self.at += 2;
                out.push_str(set);
                if self.eat(']') {
                    out.push(']');
                    return Ok(Node::Regex(out));
                }
                continue;
            }
            let low = self.class_letter()?;
            if self.peek() == Some('-') && self.chars.get(self.at + 1).is_some_and(|c| *c != ']') {
                self.at += 1;
                let high = self.class_letter()?;
                let _ = write!(out, "{}-{}", letter(low), letter(high));
            } else {
                out.push_str(&letter(low));
            }
            if self.eat(']') {
                out.push(']');
                return Ok(Node::Regex(out));
            }
        }
    }

    fn class_letter(&mut self) -> Result<char, String> {
        match self.next() {
            Ok('\\') => self.next(),
            Ok(c) => Ok(c),
            Err(_) => Err("a character class `[` is not closed".to_owned()),
        }
    }

    fn simple(&mut self, depth: usize) -> Result<Node, String> {
        match self.next()? {
            '.' => Ok(Node::Regex("(?s:.)".to_owned())),
            '@' => Ok(Node::Regex("(?s:.*)".to_owned())),
            '#' => Ok(Node::Regex("[a&&b]".to_owned())),
            '"' => self.quoted(),
            '(' if self.eat(')') => Ok(Node::Regex("(?:)".to_owned())),
            '(' => {
                let inner = self.union(depth + 1)?;
                if self.eat(')') { Ok(inner) } else { Err("a group `(` is not closed".to_owned()) }
            }
            '<' => self.interval(),
            '\\' => {
                let escaped = self.next()?;
                Ok(Node::Regex(predefined(escaped).map_or_else(|| letter(escaped), str::to_owned)))
            }
            // Also an operator that has nothing before it: Lucene takes it as a letter.
            c => Ok(Node::Regex(letter(c))),
        }
    }

    fn quoted(&mut self) -> Result<Node, String> {
        let start = self.at;
        while self.next().map_err(|_| "a quoted text is not closed")? != '"' {}
        let text = self.chars[start..self.at - 1].iter().map(|c| letter(*c)).collect::<String>();
        Ok(Node::Regex(format!("(?:{text})")))
    }

    /// `<1-12>`: any number in it, with any leading zeros; with bounds of one length, exactly so many digits.
    fn interval(&mut self) -> Result<Node, String> {
        let start = self.at;
        while self.next().map_err(|_| "a numeric interval `<` is not closed")? != '>' {}
        let body: String = self.chars[start..self.at - 1].iter().collect();
        let bounds = body.split_once('-').and_then(|(low, high)| {
            let same = if low.len() == high.len() { low.len() } else { 0 };
            Some((low.parse::<u64>().ok()?, high.parse::<u64>().ok()?, same))
        });
        let Some((low, high, digits)) = bounds else {
            return Err(format!("the named automaton `<{body}>`"));
        };
        let (low, high) = (low.min(high), low.max(high));
        if high - low > MAX_INTERVAL {
            return Err(format!("the numeric interval `<{body}>` of more than {MAX_INTERVAL} numbers"));
        }
        let numbers: Vec<String> = (low..=high).map(|number| format!("{number:0digits$}")).collect();
        let zeros = if digits == 0 { "0*" } else { "" };
        Ok(Node::Regex(format!("(?:{zeros}(?:{}))", numbers.join("|"))))
    }
}

fn single(mut members: Vec<Node>, make: impl Fn(Vec<Node>) -> Node) -> Node {
    match (members.len(), members.pop()) {
        (1, Some(only)) => only,
        (_, Some(last)) => {
            members.push(last);
            make(members)
        }
        (_, None) => make(members),
    }
}

/// A letter that means itself, inside and outside a class.
fn letter(c: char) -> String {
    if c.is_ascii_alphanumeric() || !c.is_ascii() { c.to_string() } else { format!("\\x{:02x}", u32::from(c)) }
}

/// The class that a letter after a backslash names, of ASCII characters alone.
fn predefined(letter: char) -> Option<&'static str> {
    Some(match letter {
        'd' => "[0-9]",
        'D' => "[^0-9]",
        's' => "[ \\t\\n\\r]",
        'S' => "[^ \\t\\n\\r]",
        'w' => "[a-zA-Z_0-9]",
        'W' => "[^a-zA-Z_0-9]",
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
