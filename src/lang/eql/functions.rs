//! The functions of Elasticsearch's EQL. The source is the EQL function reference of Elastic's documentation, 9.x.

use super::dialect::Dialect;
use crate::source::nearest_or_longer;

/// What a value is, as far as a signature says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    Any,
    String,
    Number,
    Integer,
    Bool,
    Address,
    /// A new name for the items of an array.
    Variable,
}

impl Type {
    /// The type in words, with its article.
    pub fn text(self) -> &'static str {
        match self {
            Self::Any => "a value",
            Self::String => "a string",
            Self::Number => "a number",
            Self::Integer => "an integer",
            Self::Bool => "a boolean",
            Self::Address => "an IP address",
            Self::Variable => "a name for each item",
        }
    }
}

/// A parameter. `null` is allowed wherever a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Param {
    pub name: &'static str,
    pub kind: Type,
}

/// One function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Function {
    pub name: &'static str,
    /// Whether `name~` exists and ignores case.
    pub tilde: bool,
    /// How many arguments are required.
    pub min_args: usize,
    /// How many arguments are allowed; `None`: any number, all like the last parameter.
    pub max_args: Option<usize>,
    pub params: &'static [Param],
    pub result: Type,
    pub doc: &'static str,
}

impl Function {
    /// The parameter at `index`; the last one repeats.
    pub fn param(&self, index: usize) -> Option<&Param> {
        self.params.get(index).or(if self.max_args.is_none() { self.params.last() } else { None })
    }

    /// The signature as a person writes it: `indexOf(source, substring[, start])`.
    pub fn signature(&self) -> String {
        let mut text = format!("{}(", self.name);
        for (index, param) in self.params.iter().enumerate() {
            let optional = index >= self.min_args;
            text.push_str(match (optional, index) {
                (true, 0) => "[",
                (true, _) => "[, ",
                (false, 0) => "",
                (false, _) => ", ",
            });
            text.push_str(param.name);
            if optional {
                text.push(']');
            }
        }
        text.push_str(if self.max_args.is_none() { ", ...)" } else { ")" });
        text
    }
}

const fn param(name: &'static str, kind: Type) -> Param {
    Param { name, kind }
}

const fn function(
    name: &'static str,
    tilde: bool,
    (min_args, max_args): (usize, Option<usize>),
    params: &'static [Param],
    result: Type,
    doc: &'static str,
) -> Function {
    Function { name, tilde, min_args, max_args, params, result, doc }
}

const SOURCE: Param = param("source", Type::String);
const TWO: (usize, Option<usize>) = (2, Some(2));

/// Every function, by name. Names are compared without regard to case.
pub const FUNCTIONS: &[Function] = &[
    function(
        "add",
        false,
        TWO,
        &[param("addend", Type::Number), param("addend", Type::Number)],
        Type::Number,
        "The sum of two numbers.",
    ),
    function(
        "between",
        true,
        (3, Some(4)),
        &[SOURCE, param("left", Type::String), param("right", Type::String), param("greedy", Type::Bool)],
        Type::String,
        "The part of a string between two others; up to the last `right` when `greedy`.",
    ),
    function(
        "cidrMatch",
        false,
        (2, None),
        &[param("address", Type::Address), param("block", Type::String)],
        Type::Bool,
        "Whether an IP address lies in any of the CIDR blocks.",
    ),
    function(
        "concat",
        false,
        (1, None),
        &[param("value", Type::Any)],
        Type::String,
        "The values as strings, one after the other; null if any is null.",
    ),
    function(
        "divide",
        false,
        TWO,
        &[param("dividend", Type::Number), param("divisor", Type::Number)],
        Type::Number,
        "The quotient of two numbers, rounded down when both are integers.",
    ),
    function(
        "endsWith",
        true,
        TWO,
        &[SOURCE, param("substring", Type::String)],
        Type::Bool,
        "Whether a string ends with another.",
    ),
    function(
        "indexOf",
        true,
        (2, Some(3)),
        &[SOURCE, param("substring", Type::String), param("start", Type::Integer)],
        Type::Integer,
        "The first position of a string in another, from 0; null if it is not there.",
    ),
    function(
        "length",
        false,
        (1, Some(1)),
        &[param("string", Type::String)],
        Type::Integer,
        "The number of characters of a string.",
    ),
    function(
        "modulo",
        false,
        TWO,
        &[param("dividend", Type::Number), param("divisor", Type::Number)],
        Type::Number,
        "The remainder of a division.",
    ),
    function(
        "multiply",
        false,
        TWO,
        &[param("factor", Type::Number), param("factor", Type::Number)],
        Type::Number,
        "The product of two numbers.",
    ),
    function(
        "number",
        false,
        (1, Some(2)),
        &[param("string", Type::String), param("base", Type::Integer)],
        Type::Number,
        "A string read as a number.",
    ),
    function(
        "startsWith",
        true,
        TWO,
        &[SOURCE, param("substring", Type::String)],
        Type::Bool,
        "Whether a string starts with another.",
    ),
    function("string", false, (1, Some(1)), &[param("value", Type::Any)], Type::String, "A value as a string."),
    function(
        "stringContains",
        true,
        TWO,
        &[SOURCE, param("substring", Type::String)],
        Type::Bool,
        "Whether a string holds another.",
    ),
    function(
        "substring",
        false,
        (2, Some(3)),
        &[SOURCE, param("start", Type::Integer), param("end", Type::Integer)],
        Type::String,
        "The part of a string from one position to another; negative positions count from the end.",
    ),
    function(
        "subtract",
        false,
        TWO,
        &[param("minuend", Type::Number), param("subtrahend", Type::Number)],
        Type::Number,
        "The difference of two numbers.",
    ),
];

const ARRAY: Param = param("array", Type::Any);

/// What only Endgame's dialect has besides them. The source is the reference of the `eql` library, 0.9 and 1.0.
pub const ENDGAME_FUNCTIONS: &[Function] = &[
    function(
        "arrayContains",
        false,
        (2, None),
        &[ARRAY, param("value", Type::Any)],
        Type::Bool,
        "Whether an array has any of the values.",
    ),
    function(
        "arrayCount",
        false,
        (3, Some(3)),
        &[ARRAY, param("name", Type::Variable), param("condition", Type::Any)],
        Type::Integer,
        "For how many items of an array the condition holds.",
    ),
    function(
        "arraySearch",
        false,
        (3, Some(3)),
        &[ARRAY, param("name", Type::Variable), param("condition", Type::Any)],
        Type::Bool,
        "Whether the condition holds for an item of an array.",
    ),
    function(
        "match",
        false,
        (2, None),
        &[SOURCE, param("expression", Type::String)],
        Type::Bool,
        "Whether a string begins with what one of the regular expressions describes.",
    ),
    function(
        "matchLite",
        false,
        (2, None),
        &[SOURCE, param("expression", Type::String)],
        Type::Bool,
        "The same as `match`.",
    ),
    function(
        "safe",
        false,
        (1, Some(1)),
        &[param("value", Type::Any)],
        Type::Any,
        "The value, null where it has none.",
    ),
    function(
        "wildcard",
        false,
        (2, None),
        &[SOURCE, param("pattern", Type::String)],
        Type::Bool,
        "Whether a string fits one of the patterns, in which `*` stands for anything.",
    ),
];

/// The function called `name`, in whatever case: Elasticsearch's registry lowers names before it looks.
pub fn find(name: &str) -> Option<&'static Function> {
    FUNCTIONS.iter().find(|function| function.name.eq_ignore_ascii_case(name))
}

/// The function called `name` in a dialect. Endgame's names have one case.
pub fn find_in(name: &str, dialect: Dialect) -> Option<&'static Function> {
    match dialect {
        Dialect::Elasticsearch => find(name),
        Dialect::Endgame => FUNCTIONS.iter().chain(ENDGAME_FUNCTIONS).find(|function| function.name == name),
    }
}

/// The known name most like `name`, if any is like it at all.
pub(super) fn nearest(name: &str, dialect: Dialect) -> Option<&'static str> {
    let more = if dialect == Dialect::Endgame { ENDGAME_FUNCTIONS } else { &[] };
    nearest_or_longer(name, FUNCTIONS.iter().chain(more).map(|function| function.name))
}
