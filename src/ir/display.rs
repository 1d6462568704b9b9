//! Conditions as people read them: `inspect`, counter-examples and messages.

use super::{
    Case, Coercion, ExprId, ExprKind, Function, Op, Operand, Pattern, Place, Pool, Regex, Shape, Subject, Value,
    WordTest,
};
use std::fmt::Write;
use std::sync::Arc;

/// Beyond this depth a condition is shown as `...`: shared nodes can make the text far larger than the graph.
const MAX_DEPTH: usize = 64;
/// Beyond this length the rest is shown as `...`.
const MAX_LENGTH: usize = 20_000;

/// The condition as text: fields by name, strings quoted, `~` after an operator that ignores case, `any f` for any-of over an
/// array that is not a plain field test.
pub fn display_expr(pool: &Pool, root: ExprId) -> String {
    let mut printer = Printer { pool, out: String::new(), element: Vec::new() };
    printer.expr(root, 0, Level::Or);
    printer.out
}

/// A term as text, as it stands in [`display_expr`].
pub fn display_term(pool: &Pool, subject: &Subject) -> String {
    Printer { pool, out: String::new(), element: Vec::new() }.subject(subject)
}

/// How tightly the place binds that an expression stands in.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Level {
    Or,
    And,
    Not,
}

struct Printer<'a> {
    pool: &'a Pool,
    out: String,
    /// What the enclosing quantifiers range over, outermost first: the text for `Element`.
    element: Vec<String>,
}

impl Printer<'_> {
    fn expr(&mut self, id: ExprId, depth: usize, level: Level) {
        if depth > MAX_DEPTH || self.out.len() > MAX_LENGTH {
            self.out.push_str("...");
            return;
        }
        match self.pool.kind(id) {
            ExprKind::True => self.out.push_str("true"),
            ExprKind::False => self.out.push_str("false"),
            ExprKind::And(members) => self.junction(members, " and ", depth, level > Level::And, Level::And),
            ExprKind::Or(members) => self.or(members, depth, level),
            ExprKind::Not(inner) => {
                self.out.push_str("not ");
                self.expr(*inner, depth + 1, Level::Not);
            }
            ExprKind::Test(subject, op) => {
                let text = self.subject(subject);
                self.test(&text, op);
            }
            ExprKind::ForSome(items, body) => self.quantified("any", items, *body, depth, level),
            ExprKind::ForAll(items, body) => self.quantified("all", items, *body, depth, level),
            ExprKind::FirstSome { items, holds, .. } => self.quantified("first", items, *holds, depth, level),
            ExprKind::Count { items, body, op, number } => {
                self.quantified("count", items, *body, depth, Level::Not);
                let _ = write!(self.out, " {} {number}", op.symbol());
            }
            ExprKind::Lineage(lineage) => {
                let _ = write!(self.out, "{} of [", lineage.relation.name());
                self.expr(lineage.of, depth + 1, Level::Or);
                self.out.push(']');
            }
            ExprKind::OpaqueTest { text, reason } => {
                let _ = write!(self.out, "<{reason}: {text}>");
            }
        }
    }

    fn junction(&mut self, members: &[ExprId], word: &str, depth: usize, brackets: bool, level: Level) {
        if brackets {
            self.out.push('(');
        }
        for (index, member) in members.iter().enumerate() {
            if index > 0 {
                self.out.push_str(word);
            }
            self.expr(*member, depth + 1, level);
        }
        if brackets {
            self.out.push(')');
        }
    }

    /// `f == "a" or f == "b"` reads better as `f in ("a", "b")`.
    fn or(&mut self, members: &[ExprId], depth: usize, level: Level) {
        if let Some((subject, values, case)) = value_list(self.pool, members) {
            let text = self.subject(&subject);
            let list: Vec<String> = values.iter().map(ToString::to_string).collect();
            let _ = write!(self.out, "{text} in{} ({})", tilde(case), list.join(", "));
            return;
        }
        self.junction(members, " or ", depth, level > Level::Or, Level::And);
    }

    fn quantified(&mut self, word: &str, items: &Subject, body: ExprId, depth: usize, level: Level) {
        if let (Subject::Elements(field), "any") = (items, word) {
            let text = self.subject(field);
            if body == ExprId::TRUE {
                let _ = write!(self.out, "{text} exists");
                return;
            }
            // Any-of over a field is how every dialect but Panther's reads a plain test.
            self.element.push(text);
            self.expr(body, depth + 1, level);
            self.element.pop();
            return;
        }
        let text = self.subject(items);
        let name = format!("x{}", self.element.len());
        let _ = write!(self.out, "{word}({name} in {text}: ");
        self.element.push(name);
        self.expr(body, depth + 1, Level::Or);
        self.element.pop();
        self.out.push(')');
    }

    fn subject(&self, subject: &Subject) -> String {
        match subject {
            Subject::Field(field) => field.to_string(),
            Subject::AnyField(pattern) => match pattern.shape() {
                Shape::Anything => "any field".to_owned(),
                _ => format!("fields {pattern}"),
            },
            Subject::Elements(inner) | Subject::Items(inner) => self.subject(inner),
            Subject::Element(up) => self
                .element
                .len()
                .checked_sub(usize::from(*up) + 1)
                .and_then(|index| self.element.get(index))
                .cloned()
                .unwrap_or_else(|| format!("element {up}")),
            Subject::Member(inner, path) => format!("{}.{path}", self.subject(inner)),
            Subject::Constant(value) => value.to_string(),
            Subject::Call(function, arguments) => {
                let arguments: Vec<String> = arguments.iter().map(|argument| self.subject(argument)).collect();
                format!("{}({})", function.name(), arguments.join(", "))
            }
            Subject::If(condition, then, otherwise) => format!(
                "({} if {} else {})",
                self.subject(then),
                display_expr(self.pool, *condition),
                self.subject(otherwise)
            ),
            Subject::Collect { items, stop, keep, value } => self.collected(items, *stop, *keep, value),
            Subject::Fold { items, start, next } => {
                let (state, item) = (format!("s{}", self.element.len()), format!("x{}", self.element.len() + 1));
                let mut inner = Printer { pool: self.pool, out: String::new(), element: self.element.clone() };
                inner.element.extend([state.clone(), item.clone()]);
                let (items, start) = (self.subject(items), self.subject(start));
                format!("fold({state} = {start}, {item} in {items}: {})", inner.subject(next))
            }
            Subject::Opaque { text, reason } => format!("<{reason}: {text}>"),
        }
    }

    fn collected(&self, items: &Subject, stop: ExprId, keep: ExprId, value: &Subject) -> String {
        let name = format!("x{}", self.element.len());
        let mut inner = Printer { pool: self.pool, out: String::new(), element: self.element.clone() };
        inner.element.push(name.clone());
        let mut text = format!("[{} for {name} in {}", inner.subject(value), self.subject(items));
        for (word, condition) in [("if", keep), ("until", stop)] {
            if !matches!((word, condition), ("if", ExprId::TRUE) | ("until", ExprId::FALSE)) {
                inner.expr(condition, 0, Level::Or);
                let _ = write!(text, " {word} {}", std::mem::take(&mut inner.out));
            }
        }
        text + "]"
    }

    fn operand(&self, operand: &Operand) -> String {
        match operand {
            Operand::Value(value) => value.to_string(),
            Operand::Subject(subject) => self.subject(subject),
        }
    }

    fn test(&mut self, subject: &str, op: &Op) {
        let text = match op {
            Op::IsMissing => format!("{subject} is missing"),
            Op::IsNull => format!("{subject} is null"),
            Op::IsEmpty => format!("{subject} is empty"),
            Op::Present => format!("{subject} is present"),
            Op::TypeIs(types) => format!("{subject} is of type {}", types.names().join("|")),
            Op::Equal { to, case, .. } => format!("{subject} =={} {}", tilde(*case), self.operand(to)),
            Op::Compare { op, to, .. } => format!("{subject} {} {}", op.symbol(), self.operand(to)),
            Op::Matches { pattern, case, .. } => display_pattern(subject, pattern, *case),
            Op::Query { expression, id } => format!("{subject} in <{expression} of {id}>"),
            Op::Template { template, case } => {
                format!("{subject} like{} {}", tilde(*case), Value::str(template.to_string()))
            }
            Op::Regex { regex, .. } => display_regex(subject, regex),
            Op::InCidr(net) => format!("{subject} in network {net}"),
            Op::Words { test, .. } => display_words(subject, test),
            Op::ContainedIn { container, case } => format!("{subject} in{} {}", tilde(*case), self.operand(container)),
            Op::HasText { place, text, case } => {
                let word = match place {
                    Place::Start => "starts with",
                    Place::End => "ends with",
                    Place::Anywhere => "contains",
                };
                format!("{subject} {word}{} {}", tilde(*case), self.operand(text))
            }
        };
        self.out.push_str(&text);
    }
}

fn tilde(case: Case) -> &'static str {
    if case.is_sensitive() { "" } else { "~" }
}

fn display_pattern(subject: &str, pattern: &Pattern, case: Case) -> String {
    let tilde = tilde(case);
    let quoted = |text: &str| Value::str(text).to_string();
    match pattern.shape() {
        Shape::Exact(text) => format!("{subject} =={tilde} {}", quoted(text)),
        Shape::Prefix(text) => format!("{subject} starts with{tilde} {}", quoted(text)),
        Shape::Suffix(text) => format!("{subject} ends with{tilde} {}", quoted(text)),
        Shape::Contains(text) => format!("{subject} contains{tilde} {}", quoted(text)),
        Shape::Anything => format!("{subject} is any text"),
        Shape::General => format!("{subject} like{tilde} {}", quoted(&pattern.to_string())),
    }
}

fn display_words(subject: &str, test: &WordTest) -> String {
    match test {
        WordTest::Is(word) => format!("{subject} has the word {}", Value::str(word.clone())),
        WordTest::Phrase(phrase) => format!("{subject} has the phrase {}", Value::str(phrase.clone())),
        WordTest::Matches(pattern) => format!("{subject} has a word like {}", Value::str(pattern.to_string())),
        WordTest::Regex(regex) => format!("{subject} has a word that {}", display_regex("", regex).trim_start()),
    }
}

fn display_regex(subject: &str, regex: &Regex) -> String {
    let word = match regex.anchoring {
        super::Anchoring::Search => "matches",
        super::Anchoring::Start => "matches from the start",
        super::Anchoring::Whole => "matches as a whole",
    };
    format!("{subject} {word}{} /{}/", tilde(regex.case), regex.pattern)
}

/// The subject, values and case of a disjunction of equalities of one subject, if that is what it is.
pub(crate) fn value_list(pool: &Pool, members: &[ExprId]) -> Option<(Subject, Vec<Value>, Case)> {
    let mut found: Option<(Subject, Case, Coercion)> = None;
    let mut values = Vec::new();
    for member in members {
        let (subject, op) = match pool.kind(*member) {
            ExprKind::Test(subject, op) => (subject.clone(), op),
            ExprKind::ForSome(Subject::Elements(field), body) => match pool.kind(*body) {
                ExprKind::Test(Subject::Element(0), op) => (Subject::Elements(Arc::clone(field)), op),
                _ => return None,
            },
            _ => return None,
        };
        let Op::Equal { to: Operand::Value(value), case, coercion } = op else { return None };
        match &found {
            Some(known) if *known != (subject.clone(), *case, *coercion) => return None,
            Some(_) => {}
            None => found = Some((subject, *case, *coercion)),
        }
        values.push(value.clone());
    }
    found.map(|(subject, case, _)| (subject, values, case))
}

impl Function {
    /// The name in displays and in native programs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Lower => "lower",
            Self::Upper => "upper",
            Self::CaseFold => "casefold",
            Self::Length => "length",
            Self::ToText => "text",
            Self::ToNumber => "number",
            Self::Concat => "concat",
            Self::Substring => "substring",
            Self::IndexOf => "index_of",
            Self::Between(_) => "between",
            Self::Split => "split",
            Self::Strip => "strip",
            Self::Replace => "replace",
            Self::Index => "index",
            Self::Keys => "keys",
            Self::Values => "values",
            Self::ParseJson => "parse_json",
            Self::Key => "key",
            Self::DeepWalk => "deep_walk",
            Self::ToInt => "int",
            Self::ToFloat => "float",
            Self::IpVersion => "ip_version",
            Self::IpPrivate => "ip_private",
            Self::IpGlobal => "ip_global",
            Self::IpLoopback => "ip_loopback",
            Self::NetPrivate => "net_private",
            Self::Quotient => "quotient",
            Self::List => "list",
            Self::Repr => "repr",
            Self::NetGlobal => "net_global",
            Self::Chain => "chain",
            Self::Distinct => "distinct",
            Self::ToObject => "object",
            Self::Join => "join",
            Self::Pairs => "pairs",
            Self::StripStart => "strip_start",
            Self::StripEnd => "strip_end",
            Self::SplitLimit => "split_limit",
            Self::SplitLast => "split_last",
            Self::Slice => "slice",
            Self::Iterate => "iterate",
            Self::NetVersion => "net_version",
            Self::NetWithin => "net_within",
            Self::Flatten => "flatten",
            Self::Zip => "zip",
            Self::Enumerate => "enumerate",
            Self::ShellSplit => "shell_split",
            Self::Unquote => "unquote",
            Self::UrlQuery => "url_query",
            Self::ParseQuery => "parse_query",
            Self::RegexGroup => "regex_group",
            Self::RegexAll => "regex_all",
            Self::RegexReplace => "regex_replace",
            Self::Likeness => "likeness",
            Self::Now => "now",
            Self::ParseTime => "parse_time",
            Self::Timestamp => "timestamp",
            Self::TimeDifference => "time_difference",
            Self::TimeShift => "time_shift",
            Self::FormatTime => "format_time",
            Self::Add => "add",
            Self::Subtract => "subtract",
            Self::Multiply => "multiply",
            Self::Divide => "divide",
            Self::Modulo => "modulo",
            Self::DatePart(part) => part.name(),
            Self::EditDistance => "edit_distance",
            Self::Esql(function) => function.name(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::{Cmp, FieldPath, Op};

    fn equal(value: &str) -> Op {
        Op::Equal { to: value.into(), case: Case::Insensitive, coercion: Coercion::Text }
    }

    #[test]
    fn value_lists_and_brackets() {
        let mut pool = Pool::default();
        let field = FieldPath::dotted("eventType");
        let a = pool.any_of(field.clone(), equal("a"), None);
        let b = pool.any_of(field.clone(), equal("b"), None);
        let either = pool.or([a, b], None);
        let there = pool.exists(FieldPath::dotted("actor.id"), None);
        let not = pool.not(there, None);
        let other = pool.or([there, a], None);
        let all = pool.and([either, not, other], None);
        assert_eq!(
            display_expr(&pool, all),
            r#"eventType in~ ("a", "b") and not actor.id exists and (actor.id exists or eventType ==~ "a")"#
        );
    }

    #[test]
    fn shapes_have_words() {
        let mut pool = Pool::default();
        let op = Op::Matches { pattern: Pattern::suffix("\\a.exe"), case: Case::Insensitive, coercion: Coercion::Text };
        let id = pool.any_of(FieldPath::dotted("Image"), op, None);
        assert_eq!(display_expr(&pool, id), r#"Image ends with~ "\\a.exe""#);
    }

    #[test]
    fn comparison_symbols() {
        assert!(Cmp::LessOrEqual.holds(std::cmp::Ordering::Equal));
        assert_eq!(Cmp::NotEqual.symbol(), "!=");
    }
}
