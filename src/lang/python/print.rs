//! A module as text, laid out as black (line length 100) and isort (profile black) lay it out.
//!
//! Black's rule in short: what fits on the line stays there; else the last bracket opens a block; junctions break before each
//! operator; literals of lists put each item on a line of its own.

use super::tree::{Expr, Function, Module, Statement};
use super::{helpers, imports, literal};

/// The longest line, in characters (panther-analysis' own setting).
pub const LINE_LENGTH: usize = 100;

/// The module's text.
pub fn print(module: &Module<'_>) -> String {
    let used = helpers::with_needs(&module.helpers);
    let mut printer = Printer { lines: Vec::new() };
    let imports = module.imports.iter().chain(used.iter().flat_map(|helper| helper.imports)).copied().collect();
    printer.lines.extend(imports::lines(&imports));
    if !module.constants.is_empty() && !printer.lines.is_empty() {
        printer.lines.push(String::new());
    }
    for (name, value) in &module.constants {
        printer.statement(0, &format!("{name} = "), value, "");
    }
    for helper in used {
        printer.between_functions();
        printer.lines.extend(helper.text.lines().map(str::to_owned));
    }
    for function in &module.functions {
        printer.between_functions();
        printer.function(function);
    }
    printer.lines.iter_mut().for_each(note_temporary_folder);
    let mut after_block = true;
    for kept in &module.kept {
        let empty = if after_block || kept.is_block { 2 } else { kept.empty_above };
        printer.lines.extend(std::iter::repeat_n(String::new(), empty));
        printer.lines.extend(kept.text.lines().map(str::to_owned));
        after_block = kept.is_block;
    }
    printer.lines.join("\n") + "\n"
}

/// Bandit takes the name of a temporary folder for one that the program writes to (B108); here it is only looked for in events.
fn note_temporary_folder(line: &mut String) {
    const NOTE: &str = "  # nosec B108";
    let named = ["\"/tmp", "\"/var/tmp", "\"/dev/shm"].iter().any(|folder| line.contains(folder));
    if named && line.chars().count() + NOTE.len() <= LINE_LENGTH {
        line.push_str(NOTE);
    }
}

/// The characters of the expression on one line.
pub fn width(expr: &Expr) -> usize {
    flat(expr, Level::Conditional).chars().count()
}

struct Printer {
    lines: Vec<String>,
}

/// How tightly an expression binds.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Level {
    Conditional,
    Or,
    And,
    Not,
    Compare,
    Flags,
    Atom,
}

fn level(expr: &Expr) -> Level {
    match expr {
        Expr::Conditional { .. } | Expr::Generator { .. } => Level::Conditional,
        Expr::Or(_) => Level::Or,
        Expr::And(_) => Level::And,
        Expr::Not(_) => Level::Not,
        Expr::Compare(..) => Level::Compare,
        Expr::Flags(_) => Level::Flags,
        Expr::Int(number) if *number < 0 => Level::Flags,
        _ => Level::Atom,
    }
}

/// The expression on one line, in brackets where it binds less tightly than `least`.
fn flat(expr: &Expr, least: Level) -> String {
    let text = flat_open(expr);
    if level(expr) < least { format!("({text})") } else { text }
}

fn flat_open(expr: &Expr) -> String {
    match expr {
        Expr::Name(name) => name.clone(),
        Expr::Str(text) => literal::quoted(text),
        Expr::Raw(text) => literal::raw(text),
        Expr::Int(number) => number.to_string(),
        Expr::Float(number) => format!("{number:?}"),
        Expr::Bool(true) => "True".to_owned(),
        Expr::Bool(false) => "False".to_owned(),
        Expr::None => "None".to_owned(),
        Expr::List(items) => format!("[{}]", commas(items)),
        Expr::Tuple(items) => match items.as_slice() {
            [only] => format!("({},)", flat(only, Level::Conditional)),
            _ => format!("({})", commas(items)),
        },
        Expr::Dict(entries) => format!("{{{}}}", entries.iter().map(entry).collect::<Vec<_>>().join(", ")),
        Expr::Attribute(owner, name) => format!("{}.{name}", flat(owner, Level::Atom)),
        Expr::Call(function, arguments) => format!("{}({})", flat(function, Level::Atom), commas(arguments)),
        Expr::Not(inner) => format!("not {}", flat(inner, Level::Not)),
        Expr::And(operands) => operands.iter().map(operand).collect::<Vec<_>>().join(" and "),
        Expr::Or(operands) => operands.iter().map(operand).collect::<Vec<_>>().join(" or "),
        Expr::Compare(left, op, right) => {
            format!("{} {} {}", flat(left, Level::Flags), op.text(), flat(right, Level::Flags))
        }
        Expr::Flags(flags) => flags.iter().map(|flag| flat(flag, Level::Atom)).collect::<Vec<_>>().join(" | "),
        Expr::Generator { .. } => generator(expr).join(" "),
        Expr::Bracketed(inner) => format!("({})", flat_open(inner)),
        Expr::Conditional { condition, then, otherwise } => format!(
            "{} if {} else {}",
            flat(then, Level::Or),
            flat(condition, Level::Or),
            flat(otherwise, Level::Conditional)
        ),
    }
}

/// Whether the expression is longer than a line, as far as its names and texts show it: it need not be written out to see that.
fn is_too_long(expr: &Expr) -> bool {
    let mut left = LINE_LENGTH;
    !is_within(expr, &mut left)
}

/// Takes the characters of names and texts from what is left; false when there are more.
fn is_within(expr: &Expr, left: &mut usize) -> bool {
    let mut take = |text: &str| match left.checked_sub(text.chars().count()) {
        Some(rest) => {
            *left = rest;
            true
        }
        None => false,
    };
    match expr {
        Expr::Name(text) | Expr::Str(text) | Expr::Raw(text) => take(text),
        Expr::Int(_) | Expr::Float(_) | Expr::Bool(_) | Expr::None => true,
        Expr::List(items) | Expr::Tuple(items) | Expr::And(items) | Expr::Or(items) | Expr::Flags(items) => {
            items.iter().all(|item| is_within(item, left))
        }
        Expr::Dict(entries) => entries.iter().all(|(key, value)| is_within(key, left) && is_within(value, left)),
        Expr::Attribute(owner, name) => take(name) && is_within(owner, left),
        Expr::Call(function, arguments) => {
            is_within(function, left) && arguments.iter().all(|argument| is_within(argument, left))
        }
        Expr::Not(inner) | Expr::Bracketed(inner) => is_within(inner, left),
        Expr::Compare(one, _, other) => is_within(one, left) && is_within(other, left),
        Expr::Generator { element, items, condition, .. } => {
            is_within(element, left)
                && is_within(items, left)
                && condition.iter().all(|condition| is_within(condition, left))
        }
        Expr::Conditional { condition, then, otherwise } => {
            [then, condition, otherwise].into_iter().all(|part| is_within(part, left))
        }
    }
}

/// An operand of a junction: another junction gets brackets, also where Python would not need them.
fn operand(expr: &Expr) -> String {
    flat(expr, Level::Not)
}

fn commas(items: &[Expr]) -> String {
    items.iter().map(|item| flat(item, Level::Conditional)).collect::<Vec<_>>().join(", ")
}

fn entry((key, value): &(Expr, Expr)) -> String {
    format!("{}: {}", flat(key, Level::Conditional), flat(value, Level::Conditional))
}

/// The lines of a generator expression that does not fit on one.
fn generator(expr: &Expr) -> Vec<String> {
    let Expr::Generator { element, target, items, condition } = expr else { return vec![flat_open(expr)] };
    let mut lines = vec![flat(element, Level::Conditional), format!("for {target} in {}", flat(items, Level::Or))];
    lines.extend(condition.iter().map(|condition| format!("if {}", flat(condition, Level::Or))));
    lines
}

/// A method call: its name and arguments.
type MethodCall<'a> = (&'a str, &'a [Expr]);

/// The owner and the calls of a chain of at least two method calls on what is no name.
fn chain(expr: &Expr) -> Option<(&Expr, Vec<MethodCall<'_>>)> {
    let mut calls: Vec<MethodCall<'_>> = Vec::new();
    let mut owner = expr;
    while let Expr::Call(function, arguments) = owner
        && let Expr::Attribute(inner, method) = &**function
        && !matches!(**inner, Expr::Name(_))
    {
        calls.push((method, arguments));
        owner = inner;
    }
    calls.reverse();
    (calls.len() > 1).then_some((owner, calls))
}

impl Printer {
    fn line(&mut self, indent: usize, text: &str) {
        self.lines.push(format!("{}{text}", " ".repeat(indent)));
    }

    fn between_functions(&mut self) {
        if !self.lines.is_empty() {
            self.lines.extend([String::new(), String::new()]);
        }
    }

    fn function(&mut self, function: &Function) {
        let argument = if function.uses_event { "event" } else { "_" };
        self.line(0, &format!("def {}({argument}):", function.name));
        self.block(4, &function.body);
    }

    fn block(&mut self, indent: usize, body: &[Statement]) {
        for statement in body {
            match statement {
                Statement::Return(value) => self.statement(indent, "return ", value, ""),
                Statement::If(test, body) => {
                    self.statement(indent, "if ", test, ":");
                    self.block(indent + 4, body);
                }
            }
        }
    }

    fn fits(&mut self, indent: usize, text: &str) -> bool {
        let fits = indent + text.chars().count() <= LINE_LENGTH;
        if fits {
            self.line(indent, text);
        }
        fits
    }

    /// Writes an expression on one line if it fits there.
    fn fits_flat(&mut self, indent: usize, prefix: &str, expr: &Expr, suffix: &str) -> bool {
        !is_too_long(expr) && self.fits(indent, &format!("{prefix}{}{suffix}", flat(expr, Level::Conditional)))
    }

    /// A statement: an expression between a prefix (`return `) and a suffix (`:`).
    fn statement(&mut self, indent: usize, prefix: &str, expr: &Expr, suffix: &str) {
        if self.fits_flat(indent, prefix, expr, suffix) {
            return;
        }
        let plain = match expr {
            Expr::Not(inner) => &**inner,
            other => other,
        };
        match expr {
            // A chain has no bracket of its own that could hold its lines.
            _ if chain(plain).is_some() => {
                self.line(indent, &format!("{prefix}("));
                self.inner(indent + 4, "", expr, "");
                self.line(indent, &format!("){suffix}"));
            }
            Expr::And(_) | Expr::Or(_) | Expr::Compare(..) | Expr::Conditional { .. } | Expr::Str(_) | Expr::Raw(_) => {
                self.line(indent, &format!("{prefix}("));
                self.inner(indent + 4, "", expr, "");
                self.line(indent, &format!("){suffix}"));
            }
            _ => self.broken(indent, prefix, expr, suffix),
        }
    }

    /// An expression on lines inside brackets.
    fn inner(&mut self, indent: usize, prefix: &str, expr: &Expr, suffix: &str) {
        if self.fits_flat(indent, prefix, expr, suffix) {
            return;
        }
        match expr {
            Expr::And(operands) => self.operands(indent, prefix, "and ", operands, suffix),
            Expr::Or(operands) => self.operands(indent, prefix, "or ", operands, suffix),
            Expr::Compare(left, op, right) => {
                self.part(indent, prefix, left, "", Level::Flags);
                self.part(indent, &format!("{} ", op.text()), right, suffix, Level::Flags);
            }
            Expr::Conditional { condition, then, otherwise } => {
                self.part(indent, prefix, then, "", Level::Or);
                self.part(indent, "if ", condition, "", Level::Or);
                self.part(indent, "else ", otherwise, suffix, Level::Conditional);
            }
            Expr::Generator { element, target, items, condition } => {
                self.inner(indent, prefix, element, "");
                let after = if condition.is_none() { suffix } else { "" };
                self.part(indent, &format!("for {target} in "), items, after, Level::Or);
                if let Some(condition) = condition {
                    self.part(indent, "if ", condition, suffix, Level::Or);
                }
            }
            _ => match chain(expr) {
                Some((owner, calls)) => self.chain(indent, prefix, owner, &calls, suffix),
                None => self.broken(indent, prefix, expr, suffix),
            },
        }
    }

    /// A chain of method calls, each on a line of its own.
    fn chain(&mut self, indent: usize, prefix: &str, owner: &Expr, calls: &[(&str, &[Expr])], suffix: &str) {
        self.inner(indent, prefix, owner, "");
        for (index, (method, arguments)) in calls.iter().enumerate() {
            let suffix = if index + 1 == calls.len() { suffix } else { "" };
            if !self.fits(indent, &format!(".{method}({}){suffix}", commas(arguments))) {
                self.line(indent, &format!(".{method}("));
                self.arguments(indent + 4, arguments);
                self.line(indent, &format!("){suffix}"));
            }
        }
    }

    fn operands(&mut self, indent: usize, prefix: &str, word: &str, operands: &[Expr], suffix: &str) {
        for (index, operand) in operands.iter().enumerate() {
            let prefix = if index == 0 { prefix } else { word };
            let suffix = if index + 1 == operands.len() { suffix } else { "" };
            self.part(indent, prefix, operand, suffix, Level::Not);
        }
    }

    /// A part of an expression on lines of its own, in brackets where it binds less tightly than `least`.
    fn part(&mut self, indent: usize, prefix: &str, expr: &Expr, suffix: &str, least: Level) {
        if level(expr) < least {
            self.bracketed(indent, prefix, expr, suffix);
        } else {
            self.inner(indent, prefix, expr, suffix);
        }
    }

    fn bracketed(&mut self, indent: usize, prefix: &str, expr: &Expr, suffix: &str) {
        if self.fits_flat(indent, &format!("{prefix}("), expr, &format!("){suffix}")) {
            return;
        }
        self.line(indent, &format!("{prefix}("));
        self.inner(indent + 4, "", expr, "");
        self.line(indent, &format!("){suffix}"));
    }

    /// Opens the last bracket of an expression that is too long for its line.
    fn broken(&mut self, indent: usize, prefix: &str, expr: &Expr, suffix: &str) {
        match expr {
            Expr::Not(inner) => {
                let prefix = format!("{prefix}not ");
                self.part(indent, &prefix, inner, suffix, Level::Not);
            }
            Expr::Call(function, arguments) if !arguments.is_empty() => {
                self.line(indent, &format!("{prefix}{}(", flat(function, Level::Atom)));
                self.arguments(indent + 4, arguments);
                self.line(indent, &format!("){suffix}"));
            }
            Expr::Bracketed(inner) => self.bracketed(indent, prefix, inner, suffix),
            Expr::List(items) | Expr::Tuple(items) => {
                let (open, close) = if matches!(expr, Expr::List(_)) { ("[", "]") } else { ("(", ")") };
                self.line(indent, &format!("{prefix}{open}"));
                items.iter().for_each(|item| self.inner(indent + 4, "", item, ","));
                self.line(indent, &format!("{close}{suffix}"));
            }
            Expr::Dict(entries) => {
                self.line(indent, &format!("{prefix}{{"));
                for (key, value) in entries {
                    self.inner(indent + 4, &format!("{}: ", flat(key, Level::Conditional)), value, ",");
                }
                self.line(indent, &format!("}}{suffix}"));
            }
            Expr::Str(text) | Expr::Raw(text) => self.adjacent(indent, prefix, text, expr, suffix),
            _ => self.line(indent, &format!("{prefix}{}{suffix}", flat(expr, Level::Conditional))),
        }
    }

    fn arguments(&mut self, indent: usize, arguments: &[Expr]) {
        if let [only] = arguments {
            return self.inner(indent, "", only, "");
        }
        if arguments.iter().any(is_too_long) || !self.fits(indent, &commas(arguments)) {
            arguments.iter().for_each(|argument| self.inner(indent, "", argument, ","));
        }
    }

    /// A long string as adjacent literals.
    fn adjacent(&mut self, indent: usize, prefix: &str, text: &str, expr: &Expr, suffix: &str) {
        let spell = |piece: &str| match expr {
            Expr::Raw(_) => literal::raw(piece),
            _ => literal::quoted(piece),
        };
        let pieces = literal::pieces(text, LINE_LENGTH - indent.min(40) - prefix.len().min(20) - suffix.len());
        for (index, piece) in pieces.iter().enumerate() {
            let prefix = if index == 0 { prefix } else { "" };
            let suffix = if index + 1 == pieces.len() { suffix } else { "" };
            self.line(indent, &format!("{prefix}{}{suffix}", spell(piece)));
        }
    }
}
