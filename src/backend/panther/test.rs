//! Tests of one value, and the terms that they look at.

use super::atom::{Atom, Relation, View, fits_scalar};
use super::names;
use super::regex::PythonRegex;
use super::writer::{Writer, Written, event_field, keys, of_text};
use crate::fidelity::{Effect, Loss, code};
use crate::ir::{Case, Cmp, Coercion, Domain, FieldPath, Op, Operand, Pattern, Place, Shape, Subject, TypeSet, Value};
use crate::lang::python::{Code as Expr, CompareOp};

pub(super) fn compare_op(op: Cmp) -> CompareOp {
    match op {
        Cmp::Equal => CompareOp::Equal,
        Cmp::NotEqual => CompareOp::NotEqual,
        Cmp::Less => CompareOp::Less,
        Cmp::LessOrEqual => CompareOp::LessOrEqual,
        Cmp::Greater => CompareOp::Greater,
        Cmp::GreaterOrEqual => CompareOp::GreaterOrEqual,
    }
}

/// `isinstance(value, types)`
fn is_instance(value: Expr, types: &[&str]) -> Expr {
    let types: Vec<Expr> = types.iter().map(|name| Expr::name(name)).collect();
    let types = if types.len() == 1 { types.into_iter().next().unwrap_or(Expr::None) } else { Expr::Tuple(types) };
    Expr::call("isinstance", [value, types])
}

fn is_none(value: Expr) -> Expr {
    value.compare(CompareOp::Is, Expr::None)
}

impl Writer<'_> {
    pub(super) fn test(&mut self, subject: &Subject, op: &Op) -> Written {
        if let Some(atom) = Atom::of(op) {
            return self.atom(subject, &atom);
        }
        match op {
            Op::IsMissing => self.missing(subject),
            Op::IsNull => self.null(subject),
            Op::Present => Ok(is_none(self.term(subject)?).negated()),
            Op::IsEmpty => {
                let value = self.term(subject)?;
                Ok(self.help("is_empty", [value]))
            }
            Op::TypeIs(types) => self.type_is(subject, *types),
            Op::Equal { to: Operand::Value(Value::Str(text)), case: case @ Case::AsciiInsensitive, coercion } => {
                self.general(subject, &Pattern::exact(text.clone()), *case, *coercion)
            }
            Op::Equal { to: Operand::Value(value), coercion, .. } => self.equal_value(subject, value, *coercion),
            Op::Equal { to: Operand::Subject(other), case, coercion } => {
                self.equal_subject(subject, other, *case, *coercion)
            }
            Op::Compare { op, domain, coercion, to } => self.ordered(subject, *op, *domain, *coercion, to),
            Op::Matches { pattern, case, coercion } => self.general(subject, pattern, *case, *coercion),
            Op::Regex { regex, coercion } => {
                let python = PythonRegex::of_regex(regex).map_err(|reason| {
                    let message = format!("/{}/: {reason}", regex.pattern);
                    Box::new(Loss::new(&code::REGEX_DIALECT, Effect::Unknown, message, self.descent.origin))
                })?;
                self.regex(subject, &python, *coercion == Coercion::Text)
            }
            Op::ContainedIn { container, case } => self.contained_in(subject, container, *case),
            Op::HasText { place, text, case } => self.has_text(subject, *place, text, *case),
            Op::InCidr(_) => Err(self.no_form("this network test")),
            Op::Query { .. } => Err(self.no_form("a piece of a query in another language")),
            Op::Template { .. } => Err(self.no_form("a value with a placeholder")),
            Op::Words { .. } => Err(self.no_form("a search in analysed text")),
        }
    }

    /// The value of a term; None when it is missing or null.
    pub(super) fn term(&mut self, subject: &Subject) -> Written {
        match subject {
            Subject::Field(path) => Ok(event_field(path)),
            Subject::Element(up) => self.element(*up),
            Subject::Member(inner, path) => {
                let inner = self.term(inner)?;
                Ok(self.help("below", std::iter::once(inner).chain(keys(path))))
            }
            Subject::Constant(value) => self.literal(value),
            Subject::Call(function, arguments) => self.function(*function, arguments),
            Subject::If(condition, then, otherwise) => Ok(Expr::Conditional {
                condition: Box::new(self.expr(*condition)?),
                then: Box::new(self.term(then)?),
                otherwise: Box::new(self.term(otherwise)?),
            }),
            Subject::Elements(inner) => {
                let inner = self.term(inner)?;
                Ok(self.help("values", [inner]))
            }
            Subject::Items(inner) => {
                let inner = self.term(inner)?;
                Ok(self.help("items", [inner]))
            }
            Subject::AnyField(_) => Err(self.no_form("a list of all fields as one value")),
            Subject::Fold { .. } => Err(self.no_form("a state that a loop keeps")),
            Subject::Collect { .. } => Err(self.no_form("a list that is made item by item")),
            Subject::Opaque { text, reason } => {
                let message = format!("`{text}` is not understood: {reason}");
                Err(Box::new(Loss::new(&code::OPAQUE, Effect::Unknown, message, self.descent.origin)))
            }
        }
    }

    fn element(&mut self, up: u8) -> Written {
        let index = self.bound.len().checked_sub(usize::from(up) + 1);
        match index.and_then(|index| self.bound.get(index)) {
            Some((variable, _)) => Ok(Expr::Name(variable.clone())),
            None => Err(self.no_form("an item outside its list")),
        }
    }

    pub(super) fn literal(&self, value: &Value) -> Written {
        Ok(match value {
            Value::Null => Expr::None,
            Value::Bool(value) => Expr::Bool(*value),
            Value::Int(number) => Expr::Int(*number),
            Value::Float(number) if number.0.is_finite() => Expr::Float(number.0),
            Value::Float(_) => return Err(self.no_form("a number that is none")),
            Value::Str(text) => Expr::str(text),
            Value::List(items) => Expr::List(items.iter().map(|item| self.literal(item)).collect::<Result<_, _>>()?),
            Value::Object(entries) => Expr::Dict(
                entries
                    .iter()
                    .map(|(key, value)| Ok((Expr::str(key), self.literal(value)?)))
                    .collect::<Result<_, Box<Loss>>>()?,
            ),
        })
    }

    fn missing(&mut self, subject: &Subject) -> Written {
        match subject {
            Subject::Field(path) => Ok(self.missing_path(Expr::name("event"), path)),
            Subject::Member(inner, path) => {
                let inner = self.term(inner)?;
                Ok(self.missing_path(inner, path))
            }
            Subject::If(condition, then, otherwise) => {
                let condition = self.expr(*condition)?;
                let (then, otherwise) = (self.missing(then)?, self.missing(otherwise)?);
                Ok(Expr::any([Expr::all([condition.clone(), then]), Expr::all([condition.negated(), otherwise])]))
            }
            Subject::Call(..) => Ok(is_none(self.term(subject)?)),
            _ => Ok(Expr::Bool(false)),
        }
    }

    fn missing_path(&mut self, root: Expr, path: &FieldPath) -> Expr {
        let keys = keys(path);
        match keys.as_slice() {
            [key] if root == Expr::name("event") => key.clone().compare(CompareOp::NotIn, root),
            _ => self.help("is_missing", std::iter::once(root).chain(keys)),
        }
    }

    fn null(&mut self, subject: &Subject) -> Written {
        let there = self.missing(subject)?.negated();
        Ok(Expr::all([there, is_none(self.term(subject)?)]))
    }

    fn type_is(&mut self, subject: &Subject, types: TypeSet) -> Written {
        if types.has(TypeSet::NULL) {
            let null = self.null(subject)?;
            let rest: Vec<&str> = types.names().into_iter().filter(|name| *name != "null").collect();
            let other = self.type_named(subject, &rest)?;
            return Ok(Expr::any([null, other]));
        }
        self.type_named(subject, &types.names())
    }

    fn type_named(&mut self, subject: &Subject, names: &[&'static str]) -> Written {
        if names.is_empty() {
            return Ok(Expr::Bool(false));
        }
        let value = self.term(subject)?;
        if names.contains(&"int") == names.contains(&"bool") && !names.contains(&"array") && !names.contains(&"object")
        {
            let classes: Vec<&str> = names
                .iter()
                .filter_map(|name| match *name {
                    "string" => Some("str"),
                    "int" => Some("int"),
                    "float" => Some("float"),
                    _ => None,
                })
                .collect();
            return Ok(is_instance(value, &classes));
        }
        if *names == ["bool"] {
            return Ok(is_instance(value, &["bool"]));
        }
        let kind = self.help("json_type", [value]);
        Ok(match names {
            [only] => kind.compare(CompareOp::Equal, Expr::str(only)),
            several => kind.compare(CompareOp::In, Expr::Tuple(several.iter().map(|name| Expr::str(name)).collect())),
        })
    }

    /// Equality with what is no [`Atom`].
    fn equal_value(&mut self, subject: &Subject, value: &Value, coercion: Coercion) -> Written {
        match value {
            Value::Null => self.null(subject),
            Value::Bool(value) => Ok(self.term(subject)?.compare(CompareOp::Is, Expr::Bool(*value))),
            Value::Int(_) | Value::Float(_) => {
                let (left, right) = (self.term(subject)?, self.literal(value)?);
                Ok(self.help("same", [left, right]))
            }
            Value::List(_) | Value::Object(_) if coercion == Coercion::Python => {
                let (left, right) = (self.term(subject)?, self.literal(value)?);
                let name = names::of_subject(subject, &self.bound);
                let right = self.constant(&names::of_one(&name, Relation::Equal), right);
                Ok(left.compare(CompareOp::Equal, right))
            }
            _ => Err(self.no_form("an equality with a list or object whose items are converted")),
        }
    }

    fn equal_subject(&mut self, left: &Subject, right: &Subject, case: Case, coercion: Coercion) -> Written {
        let (a, b) = (self.term(left)?, self.term(right)?);
        if case.is_sensitive() || coercion == Coercion::Text {
            return self.equal_present((left, a), (right, b), case, coercion);
        }
        let guards = [is_instance(a.clone(), &["str"]), is_instance(b.clone(), &["str"])];
        let same =
            self.view(a.clone(), View::LowerText).compare(CompareOp::Equal, self.view(b.clone(), View::LowerText));
        let other = self.equal_present((left, a), (right, b), case, coercion)?;
        Ok(Expr::any([Expr::all(guards.into_iter().chain([same])), other]))
    }

    fn equal_present(
        &mut self,
        (left, a): (&Subject, Expr),
        (right, b): (&Subject, Expr),
        case: Case,
        coercion: Coercion,
    ) -> Written {
        let there = [self.missing(left)?.negated(), self.missing(right)?.negated()];
        let equal = match coercion {
            Coercion::Python => a.compare(CompareOp::Equal, b),
            Coercion::Number => {
                let same = self.help("same", [a.clone(), b.clone()]);
                let numbers = self.view(a, View::Number).compare(CompareOp::Equal, self.view(b, View::Number));
                Expr::any([same, numbers])
            }
            Coercion::Text if case.is_sensitive() => self.help("same_text", [a, b]),
            Coercion::Text => self.help("same_lower_text", [a, b]),
            Coercion::None => self.help("same", [a, b]),
        };
        Ok(Expr::all(there.into_iter().chain([equal])))
    }

    fn ordered(&mut self, subject: &Subject, op: Cmp, domain: Domain, coercion: Coercion, to: &Operand) -> Written {
        if matches!(to, Operand::Value(Value::Null | Value::List(_) | Value::Object(_))) {
            return Ok(Expr::Bool(false));
        }
        let left = self.term(subject)?;
        let right = match to {
            Operand::Value(value) => self.literal(value)?,
            Operand::Subject(other) => self.term(other)?,
        };
        let helper = match (domain, coercion) {
            (Domain::String, _) => return Ok(self.ordered_texts(left, right, op, coercion, to)),
            (Domain::Number, Coercion::Number) => "number",
            (Domain::Number, Coercion::Python) => "truth_number",
            (Domain::Number, _) => "plain_number",
            (Domain::Ip, _) => "address_number",
            (Domain::Date, _) => "instant",
            (Domain::Version, _) => return Err(self.no_form("an order of version numbers")),
        };
        let right = match to {
            Operand::Value(Value::Int(_) | Value::Float(_)) if domain == Domain::Number => right,
            _ => self.help(helper, [right]),
        };
        let left = self.help(helper, [left]);
        if op == Cmp::NotEqual {
            let less = left.clone().compare(CompareOp::Less, right.clone());
            return Ok(Expr::any([less, left.compare(CompareOp::Greater, right)]));
        }
        Ok(left.compare(compare_op(op), right))
    }

    fn ordered_texts(&mut self, left: Expr, right: Expr, op: Cmp, coercion: Coercion, to: &Operand) -> Expr {
        let (view, classes): (View, &[&str]) = match coercion {
            Coercion::Text => (View::JsonText, &["str", "int", "float"]),
            _ => (View::Text, &["str"]),
        };
        let mut all = vec![is_instance(left.clone(), classes)];
        let constant = matches!(to, Operand::Value(Value::Str(_)));
        if !constant {
            all.push(is_instance(right.clone(), classes));
        }
        let left = self.view(left, view);
        let right = if constant { right } else { self.view(right, view) };
        all.push(left.compare(compare_op(op), right));
        Expr::all(all)
    }

    /// A wildcard pattern that is no prefix, suffix or part.
    fn general(&mut self, subject: &Subject, pattern: &Pattern, case: Case, coercion: Coercion) -> Written {
        let scalars = coercion == Coercion::Text && fits_scalar(pattern, case);
        if pattern.shape() == Shape::Anything {
            let classes: &[&str] = if coercion == Coercion::Text { &["str", "int", "float"] } else { &["str"] };
            return Ok(is_instance(self.term(subject)?, classes));
        }
        self.regex(subject, &PythonRegex::of_wildcards(pattern, case), scalars)
    }

    fn regex(&mut self, subject: &Subject, regex: &PythonRegex, scalars: bool) -> Written {
        self.import("re");
        let value = self.term(subject)?;
        let name = names::of_subject(subject, &self.bound);
        let pattern = Expr::Raw(regex.pattern.clone());
        let pattern = if crate::lang::python::width(&pattern) > 30 {
            self.constant(&format!("{name}_PATTERN"), pattern)
        } else {
            pattern
        };
        let (view, classes): (View, &[&str]) =
            if scalars { (View::JsonText, &["str", "int", "float"]) } else { (View::Text, &["str"]) };
        let guard = regex.may_be_empty.then(|| is_instance(value.clone(), classes));
        let found = regex.test(pattern, self.view(value, view));
        Ok(Expr::all(guard.into_iter().chain([found])))
    }

    fn contained_in(&mut self, subject: &Subject, container: &Operand, case: Case) -> Written {
        match container {
            Operand::Value(Value::Str(text)) => {
                let value = self.term(subject)?;
                let text_of = |text: &str| if case.is_sensitive() { text.to_owned() } else { text.to_lowercase() };
                let view = self.view(value.clone(), if case.is_sensitive() { View::Text } else { View::LowerText });
                let part = view.compare(CompareOp::In, Expr::Str(text_of(text)));
                Ok(Expr::all([is_instance(value, &["str"]), part]))
            }
            Operand::Value(Value::List(items)) => {
                let mut any = Vec::new();
                for item in items.iter() {
                    let op = Op::Equal { to: Operand::Value(item.clone()), case, coercion: Coercion::Python };
                    any.push(self.test(subject, &op)?);
                }
                Ok(Expr::any(any))
            }
            Operand::Value(_) => Ok(Expr::Bool(false)),
            Operand::Subject(_) if !case.is_sensitive() => {
                Err(self.no_form("a search without case in a list of the event"))
            }
            Operand::Subject(other) => {
                let there = self.missing(subject)?.negated();
                let (value, container) = (self.term(subject)?, self.term(other)?);
                let contains = self.help("contains", [container, value]);
                Ok(Expr::all([there, contains]))
            }
        }
    }

    fn has_text(&mut self, subject: &Subject, place: Place, text: &Operand, case: Case) -> Written {
        let value = self.term(subject)?;
        let part = match text {
            Operand::Value(part) => self.literal(part)?,
            Operand::Subject(other) => self.term(other)?,
        };
        let view = if case.is_sensitive() { View::Text } else { View::LowerText };
        let guards = [is_instance(value.clone(), &["str"]), is_instance(part.clone(), &["str"])];
        let (value, part) = (self.view(value, view), self.view(part, view));
        let found = match place {
            Place::Start => of_text(value, "startswith", part),
            Place::End => of_text(value, "endswith", part),
            Place::Anywhere => part.compare(CompareOp::In, value),
        };
        Ok(Expr::all(guards.into_iter().chain([found])))
    }

    /// A condition on the dotted name of a field; `None` when every name will do.
    pub(super) fn name_condition(&mut self, pattern: &Pattern, depth: usize) -> Option<Expr> {
        if pattern.shape() == Shape::Anything {
            return None;
        }
        let variable = Expr::Name(format!("name{depth}"));
        let op = Op::Matches { pattern: pattern.clone(), case: Case::Insensitive, coercion: Coercion::None };
        if let Some(atom) = Atom::of(&op) {
            let lower = variable.method("lower", []);
            let constant = atom.constants.into_iter().next().unwrap_or(Expr::None);
            return Some(match atom.relation {
                Relation::Prefix => lower.method("startswith", [constant]),
                Relation::Suffix => lower.method("endswith", [constant]),
                Relation::Contains => constant.compare(CompareOp::In, lower),
                Relation::Equal | Relation::Network => lower.compare(CompareOp::Equal, constant),
            });
        }
        self.import("re");
        let regex = PythonRegex::of_wildcards(pattern, Case::Insensitive);
        Some(regex.test(Expr::Raw(regex.pattern.clone()), variable))
    }
}
