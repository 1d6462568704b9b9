//! Functions over values, as the helpers that the module carries.

use super::writer::{Writer, Written, keys};
use crate::ir::{Between, Case, Function, Subject, Value};
use crate::lang::python::Code as Expr;

impl Writer<'_> {
    pub(super) fn function(&mut self, function: Function, arguments: &[Subject]) -> Written {
        let helper = match function {
            Function::Lower => "lower",
            Function::Upper => "upper",
            Function::Length => "length",
            Function::ToText => return self.text_of(arguments),
            Function::ToNumber if arguments.len() == 1 => return self.number_of(arguments),
            Function::Concat => "concat",
            Function::Substring => "substring",
            Function::IndexOf => "index_of",
            Function::Between(Between { greedy: false, case: Case::Sensitive }) => "between",
            Function::Split => "split",
            Function::Strip => "strip",
            Function::Replace => "replace",
            Function::Index => "at",
            Function::Keys => "keys_of",
            Function::Values => "values_of",
            Function::ParseJson => "parse_json",
            Function::Iterate => "iterate",
            _ => return Err(self.no_form(&format!("the function `{}`", function.name()))),
        };
        if !plain_arguments(function, arguments) {
            return Err(self.no_form(&format!("`{}` with computed arguments", function.name())));
        }
        let values: Vec<Expr> = arguments.iter().map(|argument| self.term(argument)).collect::<Result<_, _>>()?;
        Ok(self.help(helper, values))
    }

    /// A null's text is `None` in Python.
    fn text_of(&mut self, arguments: &[Subject]) -> Written {
        let [argument] = arguments else { return Err(self.no_form("`text` of several values")) };
        let (root, path) = match argument {
            Subject::Field(path) => (Expr::name("event"), path),
            Subject::Member(inner, path) => (self.term(inner)?, path),
            other => {
                let value = self.term(other)?;
                return Ok(match other {
                    // An item is never missing.
                    Subject::Element(_) => self.help("path_text", [value]),
                    _ => self.help("to_text", [value]),
                });
            }
        };
        Ok(self.help("path_text", std::iter::once(root).chain(keys(path))))
    }

    fn number_of(&mut self, arguments: &[Subject]) -> Written {
        let [argument] = arguments else { return Err(self.no_form("`number` of several values")) };
        let value = self.term(argument)?;
        Ok(self.help("to_number", [value]))
    }
}

/// Whether the arguments after the first are constants of the types that the helper takes.
fn plain_arguments(function: Function, arguments: &[Subject]) -> bool {
    let rest = arguments.get(1..).unwrap_or_default();
    let text = |subject: &Subject| matches!(subject, Subject::Constant(Value::Str(text)) if !text.is_empty());
    let any_text = |subject: &Subject| matches!(subject, Subject::Constant(Value::Str(_)));
    let int = |subject: &Subject| matches!(subject, Subject::Constant(Value::Int(_)));
    match function {
        Function::Concat | Function::Index => true,
        Function::Substring => (1..=2).contains(&rest.len()) && rest.iter().all(int),
        Function::IndexOf => match rest {
            [part] => any_text(part),
            [part, Subject::Constant(Value::Int(start))] => text(part) && *start >= 0,
            _ => false,
        },
        Function::Between(_) => rest.len() == 2 && rest.iter().all(text),
        Function::Replace => matches!(rest, [old, new] if text(old) && any_text(new)),
        Function::Split | Function::Strip => rest.len() <= 1 && rest.iter().all(text),
        _ => rest.is_empty(),
    }
}
