//! `case`, `coalesce`, `greatest` and `least`: one of their values is the result, so the values are of one type.

use super::operators::is_constant;
use super::{Checker, FindingKind};
use crate::lang::esql::ast::Expr;
use crate::lang::esql::types::{Type, Types};

impl<'q> Checker<'q> {
    /// The type that the values share.
    pub(super) fn choice(&mut self, name: &str, args: &'q [Expr], types: &[Types]) -> Types {
        let is_condition = |at: usize| name == "case" && at.is_multiple_of(2) && at + 1 < args.len();
        let mut shared: Option<(&Expr, Types)> = None;
        for (at, (arg, own)) in args.iter().zip(types).enumerate() {
            if is_condition(at) {
                self.case_condition(arg, *own);
                continue;
            }
            let Some((first, known)) = shared else {
                shared = Some((arg, *own));
                continue;
            };
            let together = known.pairs(*own, agreed);
            if together.is_empty() {
                let (one, other) = (self.written(first.span()), self.written(arg.span()));
                let name = name.to_ascii_uppercase();
                let message = format!("the values of `{name}` differ: `{one}` is {known}, `{other}` is {own}");
                let help = match (is_constant(arg), known.is_within(Types::STRING)) {
                    (true, true) => format!("write `\"{other}\"`, or make the others {own}"),
                    (true, false) => format!("write a constant that is {known}, or convert: `TO_STRING({one})`"),
                    (false, _) => format!("convert one of them: `TO_STRING({other})`"),
                };
                self.find(FindingKind::Type, arg.span(), message, help);
                return Types::ANY;
            }
            let narrower = if *own == Types::ANY { known } else { together };
            shared = Some((first, if known == Types::ANY { *own } else { narrower }));
        }
        let types = shared.map_or(Types::ANY, |(_, types)| types);
        if types.is_within(Types::STRING) { Types::KEYWORD } else { types }
    }

    fn case_condition(&mut self, arg: &'q Expr, types: Types) {
        if !types.intersects(Types::BOOLEAN) {
            let written = self.written(arg.span());
            let message = format!("a condition of `CASE` is boolean; `{written}` is {types}");
            self.find(
                FindingKind::Type,
                arg.span(),
                message,
                "the arguments go condition, value, condition, value, default",
            );
        }
    }
}

/// What two values give. A later number is converted to the type of the first one, which must be the wider.
fn agreed(first: Type, other: Type) -> Option<Type> {
    let width = |ty: Type| match ty {
        Type::Integer => Some(1),
        Type::Long => Some(2),
        Type::Double => Some(3),
        _ => None,
    };
    if first == other || (Types::STRING.has(first) && Types::STRING.has(other)) {
        return Some(first);
    }
    (width(first)? >= width(other)?).then_some(first)
}
