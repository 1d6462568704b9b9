//! How far back a query looks: Panther's macros, and comparisons of `p_event_time` with the present.

use super::{Reader, Result};
use crate::lang::sql::ast::{self, BinaryOperator, Expr, FunctionArg, FunctionArgExpr, FunctionArguments, Value};
use std::time::Duration;

/// The column of the time of an event.
const EVENT_TIME: &str = "p_event_time";

impl Reader<'_> {
    /// The look-back that a condition states; `None` for a condition of another kind.
    pub(super) fn window_of(&mut self, condition: &Expr) -> Result<Option<Duration>> {
        match condition {
            Expr::Function(function) if function.name.to_string().to_lowercase().starts_with("p_occurs_") => {
                if !function.name.to_string().eq_ignore_ascii_case("p_occurs_since") {
                    return self.refuse(condition, "a fixed stretch of time, not one before each run");
                }
                let length = arguments(function).and_then(|arguments| arguments.first().and_then(|one| length_of(one)));
                match length {
                    Some(length) => Ok(Some(length)),
                    None => self.refuse(condition, "a length of time that is not understood"),
                }
            }
            Expr::BinaryOp { left, op, right } if is_event_time(left) => {
                let since = match op {
                    BinaryOperator::Gt | BinaryOperator::GtEq => before_now(right),
                    _ => None,
                };
                match since {
                    Some(length) => Ok(Some(length)),
                    None => self.refuse(condition, "a condition on the time that is no look-back"),
                }
            }
            _ => Ok(None),
        }
    }
}

fn is_event_time(expr: &Expr) -> bool {
    match expr {
        Expr::Identifier(name) => name.value.eq_ignore_ascii_case(EVENT_TIME),
        Expr::CompoundIdentifier(parts) => parts.last().is_some_and(|name| name.value.eq_ignore_ascii_case(EVENT_TIME)),
        _ => false,
    }
}

/// The plain arguments of a call.
pub(super) fn arguments(function: &ast::Function) -> Option<Vec<&Expr>> {
    let FunctionArguments::List(list) = &function.args else { return None };
    let plain = |argument: &'_ FunctionArg| matches!(argument, FunctionArg::Unnamed(FunctionArgExpr::Expr(_)));
    if !list.clauses.is_empty() || list.duplicate_treatment.is_some() || !list.args.iter().all(plain) {
        return None;
    }
    let expr = |argument| match argument {
        &FunctionArg::Unnamed(FunctionArgExpr::Expr(ref expr)) => Some(expr),
        _ => None,
    };
    list.args.iter().map(expr).collect()
}

/// `CURRENT_TIMESTAMP - INTERVAL '30 minutes'`, `DATEADD(minute, -30, CURRENT_TIMESTAMP())`
fn before_now(expr: &Expr) -> Option<Duration> {
    match expr {
        Expr::Nested(inner) => before_now(inner),
        Expr::BinaryOp { left, op: BinaryOperator::Minus, right } if is_now(left) => match &**right {
            Expr::Interval(interval) => {
                let text = text_of(&interval.value)?;
                match &interval.leading_field {
                    Some(unit) => duration(&format!("{text} {unit}")),
                    None => duration(&text),
                }
            }
            _ => None,
        },
        Expr::Function(function) => {
            let name = function.name.to_string().to_lowercase();
            let arguments = arguments(function)?;
            let [unit, count, base] = arguments.as_slice() else { return None };
            if !matches!(name.as_str(), "dateadd" | "timestampadd" | "timeadd") || !is_now(base) {
                return None;
            }
            let unit = match unit {
                Expr::Identifier(name) => name.value.clone(),
                other => text_of(other)?,
            };
            let Expr::UnaryOp { op: ast::UnaryOperator::Minus, expr } = count else { return None };
            duration(&format!("{} {unit}", text_of(expr)?))
        }
        _ => None,
    }
}

fn is_now(expr: &Expr) -> bool {
    match expr {
        Expr::Function(function) => {
            let name = function.name.to_string().to_lowercase();
            matches!(
                name.as_str(),
                "current_timestamp" | "sysdate" | "getdate" | "localtimestamp" | "p_current_timestamp"
            )
        }
        Expr::Identifier(name) => name.value.eq_ignore_ascii_case("current_timestamp"),
        _ => false,
    }
}

fn text_of(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(text) | Value::Number(text, _) => Some(text.clone()),
            _ => None,
        },
        _ => None,
    }
}

/// `'1 d'`, `'30 minutes'`, `3600` (seconds), `1h`.
fn length_of(expr: &Expr) -> Option<Duration> {
    match expr {
        Expr::Value(value) => match &value.value {
            Value::Number(seconds, _) => seconds.parse().ok().map(Duration::from_secs),
            Value::SingleQuotedString(text) => duration(text),
            _ => None,
        },
        _ => None,
    }
}

fn duration(text: &str) -> Option<Duration> {
    let text = text.trim().to_lowercase();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (count, unit) = text.split_at(digits);
    let seconds: u64 = match unit.trim() {
        "" | "s" | "sec" | "second" | "seconds" => 1,
        "m" | "min" | "mins" | "minute" | "minutes" => 60,
        "h" | "hr" | "hour" | "hours" => 3600,
        "d" | "day" | "days" => 86_400,
        "w" | "week" | "weeks" => 7 * 86_400,
        _ => return None,
    };
    count.parse::<u64>().ok()?.checked_mul(seconds).map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::duration;
    use std::time::Duration;

    #[test]
    fn lengths() {
        for (text, seconds) in [("1 d", 86_400), ("30 minutes", 1800), ("90m", 5400), ("14 day", 14 * 86_400), ("5", 5)]
        {
            assert_eq!(duration(text), Some(Duration::from_secs(seconds)), "{text}");
        }
        for text in ["", "x", "1 moon", "-1 d", "99999999999999999999 d", "18446744073709551615 d"] {
            assert_eq!(duration(text), None, "{text}");
        }
    }
}
