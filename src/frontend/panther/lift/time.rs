//! `datetime` and `timedelta`.

use super::Lifter;
use super::call::{Arguments, Site};
use super::raise::Error;
use super::value::{Alt, Atom, Sym, Truth, number};
use crate::ir::{Cmp, ExprId, Function, Op, Subject, TypeSet, Value};
use crate::lang::python::ast::Operator;
use crate::source::Location;
use jiff::civil::DateTime;

/// The units of `timedelta` in the order of its parameters, with their microseconds.
const UNITS: [(&str, f64); 7] = [
    ("days", 86_400e6),
    ("seconds", 1e6),
    ("microseconds", 1.0),
    ("milliseconds", 1e3),
    ("minutes", 60e6),
    ("hours", 3_600e6),
    ("weeks", 604_800e6),
];

impl Lifter<'_> {
    /// A function of the class `datetime`.
    pub(super) fn datetime_function(&mut self, name: &str, arguments: &Arguments, site: Site<'_>) -> Option<Sym> {
        match (name, arguments.positional.as_slice()) {
            ("now" | "utcnow" | "today", []) if arguments.named.is_empty() => {
                self.assume("the time of evaluation is the time that the rule asks for");
                let aware = Subject::Constant(Value::Bool(false));
                Some(Sym::atom(Atom::Time(Subject::Call(Function::Now, [aware].into()), None)))
            }
            ("strptime", [text, format]) => {
                let (text, format) = (text.clone(), format.as_str()?.to_owned());
                Some(self.map(&text, |lifter, text| lifter.parsed_time(text, Some(&format), site)))
            }
            ("fromisoformat", [text]) => {
                let text = text.clone();
                Some(self.map(&text, |lifter, text| lifter.parsed_time(text, None, site)))
            }
            _ => None,
        }
    }

    fn parsed_time(&mut self, text: &Atom, format: Option<&str>, site: Site<'_>) -> Sym {
        let (subject, at) = match text {
            Atom::Term(subject, at) => (subject.clone(), *at),
            Atom::Const(value @ Value::Str(_), at) => (Subject::Constant(value.clone()), *at),
            Atom::Opaque(hole) => return self.unknown(site, hole.reason.clone()),
            _ => return self.raises(Error::Type),
        };
        let guard = self.need(&subject, TypeSet::STRING, at, Error::Type);
        let format = format.map(|format| Subject::Constant(Value::str(format)));
        let parsed = Subject::Call(Function::ParseTime, std::iter::once(subject).chain(format).collect());
        let value = self.computed(parsed, at, Error::Value);
        let value = as_times(value);
        self.after(guard, value)
    }

    /// `resolve_timestamp_string(x)` of `panther_base_helpers`: a time, None, or an exception, by the formats that its module lists.
    pub(super) fn resolved_time(&mut self, text: &Sym, site: Site<'_>) -> Sym {
        let formats = self
            .helper("panther_base_helpers")
            .and_then(|module| self.modules[module].globals.get("TIME_FORMATS")?.to_value())
            .unwrap_or_else(|| Value::List([].into()));
        let (truth, none) = (self.truth_of(text), Sym::none());
        let time = self.map(text, |lifter, text| {
            let (subject, at) = match text {
                Atom::Term(subject, at) => (subject.clone(), *at),
                Atom::Const(value, at) => (Subject::Constant(value.clone()), *at),
                Atom::Opaque(hole) => return lifter.unknown(site, hole.reason.clone()),
                _ => return lifter.raises(Error::Attribute),
            };
            let guard = lifter.need(&subject, TypeSet::STRING, at, Error::Attribute);
            let time = Subject::Call(Function::Timestamp, [subject, Subject::Constant(formats.clone())].into());
            let (there, null) =
                (lifter.pool.test(time.clone(), Op::Present, at), lifter.pool.test(time.clone(), Op::IsNull, at));
            let ok = lifter.either(there, null);
            lifter.note_raise(ok, Error::Attribute);
            let alts = vec![
                Alt { when: there, atom: Atom::Time(time, at) },
                Alt { when: null, atom: Atom::Const(Value::Null, None) },
            ];
            lifter.after(guard, Sym { ok, alts })
        });
        self.assume("a text in none of the listed time formats is a time only in ISO 8601 or as an epoch");
        self.choose(truth, time, none)
    }

    /// `+` and `-` of times and spans.
    pub(super) fn time_arithmetic(&mut self, op: Operator, left: &Atom, right: &Atom) -> Option<Sym> {
        let call = |function, a: &Subject, b: &Subject| Subject::Call(function, [a.clone(), b.clone()].into());
        match (left, op, right) {
            (Atom::Time(a, at), Operator::Sub, Atom::Time(b, _)) => {
                let difference = self.computed(call(Function::TimeDifference, a, b), *at, Error::Type);
                Some(as_spans(difference))
            }
            (Atom::Time(time, at), Operator::Add, Atom::Span(span, _))
            | (Atom::Span(span, _), Operator::Add, Atom::Time(time, at)) => {
                Some(as_times(self.computed(call(Function::TimeShift, time, span), *at, Error::Other)))
            }
            (Atom::Time(time, at), Operator::Sub, Atom::Span(span, _)) => {
                let back = call(Function::Subtract, &Subject::Constant(Value::Int(0)), span);
                Some(as_times(self.computed(call(Function::TimeShift, time, &back), *at, Error::Other)))
            }
            (Atom::Span(a, at), Operator::Add | Operator::Sub, Atom::Span(b, _)) => {
                let function = if op == Operator::Add { Function::Add } else { Function::Subtract };
                let sum = match (a, b, op) {
                    (Subject::Constant(Value::Int(a)), Subject::Constant(Value::Int(b)), Operator::Add) => {
                        Subject::Constant(Value::Int(a.checked_add(*b)?))
                    }
                    _ => call(function, a, b),
                };
                Some(Sym::atom(Atom::Span(sum, *at)))
            }
            (Atom::Time(..) | Atom::Span(..), _, Atom::Const(..))
            | (Atom::Const(..), _, Atom::Time(..) | Atom::Span(..)) => Some(self.raises(Error::Type)),
            _ => None,
        }
    }

    /// `<` and its kin of two times or two spans; others raise.
    pub(super) fn time_ordering(&mut self, op: Cmp, left: &Atom, right: &Atom) -> Option<Truth> {
        match (left, right) {
            (Atom::Time(a, at), Atom::Time(b, _)) => {
                let difference = Subject::Call(Function::TimeDifference, [a.clone(), b.clone()].into());
                let missing = self.pool.test(difference.clone(), Op::IsMissing, *at);
                let ok = self.negation(missing);
                self.note_raise(ok, Error::Type);
                let test = self.number_test(&difference, op, Value::Int(0), *at);
                Some(self.truth(ok, test))
            }
            (Atom::Span(a, at), Atom::Span(b, _)) => {
                let difference = Subject::Call(Function::Subtract, [a.clone(), b.clone()].into());
                let test = match b {
                    Subject::Constant(limit) => self.number_test(a, op, limit.clone(), *at),
                    _ => self.number_test(&difference, op, Value::Int(0), *at),
                };
                Some(self.truth(ExprId::TRUE, test))
            }
            (Atom::Time(..) | Atom::Span(..), Atom::Const(..) | Atom::Time(..) | Atom::Span(..))
            | (Atom::Const(..), Atom::Time(..) | Atom::Span(..)) => Some(self.truth_raises(Error::Type)),
            _ => None,
        }
    }
}

/// `timedelta(..)` of constants.
pub(super) fn timedelta(arguments: &Arguments) -> Option<Sym> {
    let mut total = 0.0;
    for (place, (unit, micros)) in UNITS.iter().enumerate() {
        if let Some(value) = arguments.get(place, unit) {
            total += number(value.as_const()?)? * micros;
        }
    }
    #[expect(clippy::cast_possible_truncation, reason = "bounded by the filter")]
    let total = Some(total.round()).filter(|total| total.abs() < 9.0e18)? as i64;
    Some(Sym::atom(Atom::Span(Subject::Constant(Value::Int(total)), None)))
}

/// `datetime(year, month, day, ..)` of constants.
pub(super) fn datetime(arguments: &Arguments) -> Option<Sym> {
    const PARTS: [&str; 7] = ["year", "month", "day", "hour", "minute", "second", "microsecond"];
    let mut parts = [0_i64; 7];
    for (place, name) in PARTS.iter().enumerate() {
        match arguments.get(place, name).map(Sym::as_const) {
            Some(Some(Value::Int(number))) => parts[place] = *number,
            None if place > 2 => {}
            _ => return None,
        }
    }
    let [year, month, day, hour, minute, second, micros] = parts;
    let small = |number: i64| i8::try_from(number).ok();
    let nanoseconds = i32::try_from(micros.checked_mul(1_000)?).ok()?;
    let (month, day, hour) = (small(month)?, small(day)?, small(hour)?);
    let time =
        DateTime::new(i16::try_from(year).ok()?, month, day, hour, small(minute)?, small(second)?, nanoseconds).ok()?;
    let micros = time.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_microsecond();
    let time = Value::List([Value::Int(micros), Value::Bool(false)].into());
    Some(Sym::atom(Atom::Time(Subject::Constant(time), None)))
}

/// `span.total_seconds()`
pub(super) fn total_seconds(span: &Subject, at: Option<Location>) -> Sym {
    let million = Subject::Constant(Value::Int(1_000_000));
    Sym::atom(Atom::Term(Subject::Call(Function::Quotient, [span.clone(), million].into()), at))
}

fn as_times(mut value: Sym) -> Sym {
    for alt in &mut value.alts {
        if let Atom::Term(subject, at) = &alt.atom {
            alt.atom = Atom::Time(subject.clone(), *at);
        }
    }
    value
}

fn as_spans(mut value: Sym) -> Sym {
    for alt in &mut value.alts {
        if let Atom::Term(subject, at) = &alt.atom {
            alt.atom = Atom::Span(subject.clone(), *at);
        }
    }
    value
}
