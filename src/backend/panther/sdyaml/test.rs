//! Tests of one value as match expressions.

use super::build::{Builder, Built};
use super::tree::{Match, Values};
use crate::fidelity::{Effect, Values as Taken, code};
use crate::ir::{
    Case, Cmp, Coercion, Domain, Op, Operand, Pattern, Piece, Place, Shape, Subject, TypeSet, Value,
    has_case_beyond_ascii,
};
use serde_json::Value as Json;

/// The text that a value has to equal, with case, when the test says nothing else.
pub(super) fn exact_text(op: &Op) -> Option<&str> {
    match op {
        Op::Equal { to: Operand::Value(Value::Str(text)), case, coercion }
            if (case.is_sensitive() || !text.chars().any(char::is_alphabetic))
                && !(*coercion == Coercion::Text && scalar_of(text).is_some()) =>
        {
            Some(text)
        }
        _ => None,
    }
}

/// The number or boolean with this text.
fn scalar_of(text: &str) -> Option<Json> {
    serde_json::from_str::<Json>(text).ok().filter(|value| value.is_number() || value.is_boolean())
}

impl Builder<'_> {
    pub(super) fn test(&mut self, subject: &Subject, op: &Op) -> Built {
        match op {
            Op::IsMissing => self.plain(subject, "DoesNotExist"),
            Op::Present => self.plain(subject, "IsNotNull"),
            Op::IsNull => Ok(Match::all(vec![self.plain(subject, "Exists")?, self.plain(subject, "IsNull")?])),
            Op::IsEmpty => {
                Ok(Match::all(vec![self.plain(subject, "IsNotNull")?, self.plain(subject, "IsNullOrEmpty")?]))
            }
            Op::TypeIs(types) => self.type_is(subject, *types),
            Op::Equal { to: Operand::Value(value), case, coercion } => self.equal(subject, value, *case, *coercion),
            Op::Equal { to: Operand::Subject(other), case, .. } => {
                let condition = if case.is_sensitive() { "Equals" } else { "IEquals" };
                let same = self.keys(condition, subject, other)?;
                // Two missing values are equal to each other.
                Ok(Match::all(vec![self.plain(subject, "IsNotNull")?, same]))
            }
            Op::Matches { pattern, case, .. } => self.matches(subject, pattern, *case),
            Op::Compare { op, domain, to, .. } => self.ordered(subject, *op, *domain, to),
            Op::InCidr(network) => {
                self.assume(subject, Taken::Addresses);
                self.with_value(subject, "IsIPAddressInCIDR", network.to_string().into())
            }
            Op::HasText { place, text: Operand::Subject(other), case } => {
                let (exact, folded) = match place {
                    Place::Start => ("StartsWith", "IStartsWith"),
                    Place::End => ("EndsWith", "IEndsWith"),
                    Place::Anywhere => ("Contains", "IContains"),
                };
                self.assume(subject, Taken::Types(TypeSet::STRING));
                self.keys(if case.is_sensitive() { exact } else { folded }, subject, other)
            }
            Op::ContainedIn { container: Operand::Value(Value::List(items)), case } => {
                let tests: Vec<Match> = items
                    .iter()
                    .map(|item| self.equal(subject, item, *case, Coercion::Python))
                    .collect::<Result<_, _>>()?;
                Ok(self.any(tests))
            }
            Op::HasText { .. } | Op::ContainedIn { .. } => Err(self.no_form("a text looked for in another")),
            Op::Regex { .. } => Err(self.no_form("a regular expression")),
            Op::Query { .. } => Err(self.no_form("a piece of a query in another language")),
            Op::Template { .. } => Err(self.no_form("a value with a placeholder")),
            Op::Words { .. } => Err(self.no_form("a search in analysed text")),
        }
    }

    /// The name of a condition on texts in its case mode. Python folds letters beyond ASCII too.
    fn by_case(&mut self, case: Case, text: &str, exact: &'static str, folded: &'static str) -> &'static str {
        if case.is_sensitive() || !text.chars().any(|c| c.is_lowercase() || c.is_uppercase()) {
            return exact;
        }
        if case == Case::AsciiInsensitive && has_case_beyond_ascii(text) {
            let message =
                format!("the source keeps letters beyond ASCII in `{text}` apart from those in the other case");
            self.lose(&code::CASE, Effect::Widened, message);
        }
        folded
    }

    fn plain(&mut self, subject: &Subject, condition: &'static str) -> Built {
        Ok(Match::Test { key: self.key(subject)?, condition, values: Values::Nothing })
    }

    fn with_value(&mut self, subject: &Subject, condition: &'static str, value: Json) -> Built {
        Ok(Match::Test { key: self.key(subject)?, condition, values: Values::One(value) })
    }

    fn keys(&mut self, condition: &'static str, left: &Subject, right: &Subject) -> Built {
        if matches!(left, Subject::Element(_) | Subject::Member(..)) {
            return Err(self.no_form("two values of an item compared"));
        }
        Ok(Match::Keys(condition, self.key(left)?, self.key(right)?))
    }

    /// There is no test of a value's type. A value that is compared as one is taken to be no list or object: Python asks for these
    /// before it looks a value up in a set.
    fn type_is(&mut self, subject: &Subject, types: TypeSet) -> Built {
        let is_for_containers = TypeSet::ARRAY.or(TypeSet::OBJECT).has(types);
        if is_for_containers && self.is_compared(subject) {
            self.assume(subject, Taken::Types(TypeSet::SCALAR.or(TypeSet::NULL)));
            return Ok(Match::Always(false));
        }
        self.assume(subject, Taken::Types(types.or(TypeSet::NULL)));
        self.plain(subject, if types.has(TypeSet::NULL) { "Exists" } else { "IsNotNull" })
    }

    fn equal(&mut self, subject: &Subject, value: &Value, case: Case, coercion: Coercion) -> Built {
        match value {
            Value::Str(text) => {
                let condition = self.by_case(case, text, "Equals", "IEquals");
                let as_text = self.with_value(subject, condition, Json::from(&**text))?;
                let scalar = scalar_of(text).filter(|_| matches!(coercion, Coercion::Text | Coercion::Number));
                if let Some(Json::Bool(_)) = scalar {
                    self.assume_no_number(subject);
                }
                match scalar {
                    Some(scalar) => Ok(Match::any(vec![self.with_value(subject, "Equals", scalar)?, as_text])),
                    None => Ok(as_text),
                }
            }
            Value::Bool(_) | Value::Int(_) | Value::Float(_) => {
                if matches!(value, Value::Bool(_)) && coercion != Coercion::Python {
                    self.assume_no_number(subject);
                }
                let json = value.to_json();
                let same = self.with_value(subject, "Equals", json.clone())?;
                if matches!(coercion, Coercion::Text | Coercion::Number) {
                    let text = json.to_string();
                    let condition = self.by_case(case, &text, "Equals", "IEquals");
                    return Ok(Match::any(vec![same, self.with_value(subject, condition, text.into())?]));
                }
                Ok(same)
            }
            Value::Null => self.test(subject, &Op::IsNull),
            Value::List(_) | Value::Object(_) => Err(self.no_form("an equality with a list or object")),
        }
    }

    /// In Python a truth value equals a number; elsewhere it does not.
    fn assume_no_number(&mut self, subject: &Subject) {
        self.assume(subject, Taken::Types(TypeSet::BOOL.or(TypeSet::STRING).or(TypeSet::NULL)));
    }

    fn matches(&mut self, subject: &Subject, pattern: &Pattern, case: Case) -> Built {
        let (exact, folded, text) = match pattern.shape() {
            Shape::Exact(text) => return self.equal(subject, &Value::str(text), case, Coercion::Text),
            Shape::Anything => {
                self.assume(subject, Taken::Types(TypeSet::STRING));
                return self.plain(subject, "IsNotNull");
            }
            Shape::Prefix(text) => ("StartsWith", "IStartsWith", text),
            Shape::Suffix(text) => ("EndsWith", "IEndsWith", text),
            Shape::Contains(text) => ("Contains", "IContains", text),
            Shape::General => return self.parts(subject, pattern, case),
        };
        self.assume(subject, Taken::Types(TypeSet::STRING));
        let condition = self.by_case(case, text, exact, folded);
        self.with_value(subject, condition, text.into())
    }

    /// A pattern of several parts: each is looked for, wherever it stands.
    fn parts(&mut self, subject: &Subject, pattern: &Pattern, case: Case) -> Built {
        let message = "the parts of a pattern are looked for each on its own: in any order and at any distance";
        self.lose(&code::WILDCARD, Effect::Widened, message);
        let pieces = pattern.pieces();
        let mut parts = Vec::new();
        for (index, piece) in pieces.iter().enumerate() {
            let Piece::Literal(text) = piece else { continue };
            let part = match index {
                0 => Pattern::prefix(text.clone()),
                last if last + 1 == pieces.len() => Pattern::suffix(text.clone()),
                _ => Pattern::contains(text.clone()),
            };
            parts.push(self.matches(subject, &part, case)?);
        }
        if parts.is_empty() {
            return self.matches(subject, &Pattern::new([Piece::Any]), case);
        }
        Ok(Match::all(parts))
    }

    fn ordered(&mut self, subject: &Subject, op: Cmp, domain: Domain, to: &Operand) -> Built {
        let types = match domain {
            Domain::Number => TypeSet::INT.or(TypeSet::FLOAT),
            Domain::String => TypeSet::STRING,
            Domain::Ip | Domain::Date | Domain::Version => {
                return Err(self.no_form("an order of addresses, dates or versions"));
            }
        };
        let condition = match op {
            Cmp::Less => "IsLessThan",
            Cmp::LessOrEqual => "IsLessThanOrEquals",
            Cmp::Greater => "IsGreaterThan",
            Cmp::GreaterOrEqual => "IsGreaterThanOrEquals",
            Cmp::Equal => "Equals",
            Cmp::NotEqual => "DoesNotEqual",
        };
        self.assume(subject, Taken::Types(types));
        let compared = match to {
            Operand::Subject(other) => {
                self.assume(other, Taken::Types(types));
                self.keys(condition, subject, other)?
            }
            Operand::Value(value @ (Value::Int(_) | Value::Float(_) | Value::Str(_))) => {
                self.with_value(subject, condition, value.to_json())?
            }
            Operand::Value(_) => return Err(self.no_form("an order of other values than numbers and texts")),
        };
        if op == Cmp::NotEqual {
            return Ok(Match::all(vec![self.plain(subject, "IsNotNull")?, compared]));
        }
        Ok(compared)
    }
}
