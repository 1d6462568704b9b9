//! The documented functions of ES|QL: names, kinds, and the types they take and give. The facts lie in
//! `schemas/esql/functions.tsv`, one function a row.
//!
//! A row's forms are joined by `;`. A form is `parameter,parameter->result`; a parameter is a set of types joined by `|`
//! ([`Types::parse`]), with `?` before it when it may be left out and `=` when it must be a constant. Parameters in parentheses all have one
//! and the same type, and so has a result written `()`. `...` after the last parameter lets it be repeated. The options of the map that may
//! come last are `name:type`, joined by `,`.

use super::types::Types;
use std::sync::LazyLock;

const TABLE: &str = include_str!("../../../schemas/esql/functions.tsv");

/// One function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// In lower case; calls are compared without regard to case.
    pub name: &'static str,
    pub kind: FunctionKind,
    pub doc: &'static str,
    forms: Vec<Form>,
    /// What the map that may come last can have; it is not counted as an argument.
    options: Vec<(&'static str, Types)>,
}

/// Where a function may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FunctionKind {
    Scalar,
    /// In `stats`.
    Aggregate,
    /// In `stats` over a source that `ts` reads, most of them inside another aggregation.
    TimeSeries,
    /// In `stats .. by`.
    Grouping,
    /// In `where`, on fields of an index.
    FullText,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Form {
    params: Vec<Param>,
    variadic: bool,
    /// `None`: the type that the bound parameters share.
    result: Option<Types>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Param {
    types: Types,
    bound: bool,
    optional: bool,
    constant: bool,
}

/// An argument that no form of the function takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Misfit {
    /// From 0.
    pub(super) argument: usize,
    /// What would fit after the arguments before it.
    pub(super) expected: Types,
}

impl Function {
    /// How many arguments are required; a map of options is not counted.
    pub fn min_args(&self) -> usize {
        self.forms.iter().map(Form::required).min().unwrap_or_default()
    }

    /// How many arguments are allowed; `None`: any number.
    pub fn max_args(&self) -> Option<usize> {
        if self.forms.iter().any(|form| form.variadic) {
            return None;
        }
        self.forms.iter().map(|form| form.params.len()).max()
    }

    /// The number of arguments in words.
    pub fn arity(&self) -> String {
        match (self.min_args(), self.max_args()) {
            (0, Some(0)) => "no arguments".to_owned(),
            (1, Some(1)) => "1 argument".to_owned(),
            (least, Some(most)) if least == most => format!("{least} arguments"),
            (least, Some(most)) => format!("{least} to {most} arguments"),
            (least, None) => format!("{least} or more arguments"),
        }
    }

    /// What the function gives for arguments of these types. An argument whose type is not known for certain fits when one of its types does.
    pub(super) fn result(&self, args: &[Types]) -> Result<Types, Misfit> {
        let mut found = Types::NONE;
        let mut misfit = Misfit { argument: 0, expected: Types::NONE };
        for form in self.forms.iter().filter(|form| form.takes(args.len())) {
            match form.result(args) {
                Ok(types) => found = found | types,
                Err(other) if other.argument > misfit.argument => misfit = other,
                Err(other) if other.argument == misfit.argument => misfit.expected = misfit.expected | other.expected,
                Err(_) => {}
            }
        }
        if found.is_empty() { Err(misfit) } else { Ok(found) }
    }

    /// Whether the argument at a place, from 0, must be a constant.
    pub(super) fn wants_constant(&self, argument: usize) -> bool {
        let mut params = self.forms.iter().filter_map(|form| form.param(argument)).peekable();
        params.peek().is_some() && params.all(|param| param.constant)
    }

    /// The names and types of the options of the map that may come last.
    pub(super) fn options(&self) -> &[(&'static str, Types)] {
        &self.options
    }

    /// The types that some form takes at a place, from 0.
    pub(super) fn taken_at(&self, argument: usize) -> Types {
        let params = self.forms.iter().filter_map(|form| form.param(argument));
        params.fold(Types::NONE, |all, param| all | param.types)
    }
}

impl Form {
    fn parse(text: &str) -> Option<Self> {
        let (params, result) = text.split_once("->")?;
        let (params, variadic) = params.strip_suffix("...").map_or((params, false), |params| (params, true));
        let mut bound = Types::NONE;
        let params = params.split(',').filter(|param| !param.is_empty()).map(|text| {
            let (text, optional) = text.strip_prefix('?').map_or((text, false), |text| (text, true));
            let (text, constant) = text.strip_prefix('=').map_or((text, false), |text| (text, true));
            match text.strip_prefix('(').and_then(|text| text.strip_suffix(')')) {
                Some("") => Param { types: bound, bound: true, optional, constant },
                Some(types) => {
                    bound = Types::parse(types);
                    Param { types: bound, bound: true, optional, constant }
                }
                None => Param { types: Types::parse(text), bound: false, optional, constant },
            }
        });
        let params = params.collect();
        Some(Self { params, variadic, result: (result != "()").then(|| Types::parse(result)) })
    }

    fn required(&self) -> usize {
        self.params.iter().filter(|param| !param.optional).count()
    }

    fn takes(&self, count: usize) -> bool {
        count >= self.required() && (self.variadic || count <= self.params.len())
    }

    fn param(&self, argument: usize) -> Option<&Param> {
        self.params.get(argument).or_else(|| self.params.last().filter(|_| self.variadic))
    }

    fn result(&self, args: &[Types]) -> Result<Types, Misfit> {
        let mut shared = Types::ANY;
        for (argument, types) in args.iter().enumerate() {
            let Some(param) = self.param(argument) else { continue };
            let expected = if param.bound { param.types & shared } else { param.types };
            if !types.intersects(expected) {
                return Err(Misfit { argument, expected });
            }
            if param.bound {
                shared = expected & *types;
            }
        }
        Ok(self.result.unwrap_or(shared))
    }
}

fn read(row: &'static str) -> Option<Function> {
    let mut columns = row.split('\t');
    let name = columns.next()?;
    let kind = match columns.next()? {
        "aggregate" => FunctionKind::Aggregate,
        "time_series" => FunctionKind::TimeSeries,
        "grouping" => FunctionKind::Grouping,
        "full_text" => FunctionKind::FullText,
        _ => FunctionKind::Scalar,
    };
    let forms = columns.next()?.split(';').filter_map(Form::parse).collect();
    let options = columns.next()?.split(',').filter_map(|option| option.split_once(':'));
    let options = options.map(|(name, types)| (name, Types::parse(types))).collect();
    Some(Function { name, kind, doc: columns.next()?, forms, options })
}

static FUNCTIONS: LazyLock<Vec<Function>> =
    LazyLock::new(|| TABLE.lines().filter(|line| !line.starts_with('#')).filter_map(read).collect());

/// Every function, by name.
pub fn functions() -> &'static [Function] {
    &FUNCTIONS
}

/// The function of a name, in any case.
pub fn find(name: &str) -> Option<&'static Function> {
    let name = name.to_ascii_lowercase();
    let at = FUNCTIONS.binary_search_by(|function| function.name.cmp(name.as_str())).ok()?;
    FUNCTIONS.get(at)
}

#[cfg(test)]
mod tests {
    use super::super::types::Type;
    use super::*;

    #[test]
    fn every_row_is_read_and_found() {
        let rows: Vec<&str> = TABLE.lines().filter(|line| !line.starts_with('#')).collect();
        assert_eq!(functions().len(), rows.len());
        assert!(TABLE.starts_with(&format!("# detc-table v1 rows={} ", rows.len())));
        assert!(functions().windows(2).all(|pair| pair[0].name < pair[1].name));
        assert!(find("To_LOWER").is_some() && find("lower").is_none());
        for (function, row) in functions().iter().zip(rows) {
            let forms = row.split('\t').nth(2).unwrap().split(';').count();
            assert_eq!(function.forms.len(), forms, "{}", function.name);
            assert!(!function.doc.is_empty(), "{}", function.name);
            for form in &function.forms {
                assert!(form.params.iter().all(|param| !param.types.is_empty()), "{}", function.name);
                assert!(form.result.is_none_or(|types| !types.is_empty()), "{}", function.name);
            }
            let written = row.split('\t').nth(3).unwrap().split(',').filter(|option| !option.is_empty()).count();
            assert_eq!(function.options.len(), written, "{}", function.name);
            assert!(function.options.iter().all(|(_, types)| !types.is_empty()), "{}", function.name);
        }
    }

    #[test]
    fn results_follow_the_arguments() {
        let result = |name: &str, args: &[Types]| find(name).unwrap().result(args);
        assert_eq!(result("abs", &[Type::Long.into()]), Ok(Type::Long.into()));
        assert_eq!(result("abs", &[Types::WHOLE]), Ok(Types::WHOLE));
        assert_eq!(result("max", &[Type::Text.into()]), Ok(Types::KEYWORD));
        assert_eq!(result("date_trunc", &[Types::SPAN, Type::Date.into()]), Ok(Type::Date.into()));
        let misfit = result("date_trunc", &[Type::Date.into(), Type::TimeDuration.into()]).unwrap_err();
        assert_eq!((misfit.argument, misfit.expected), (0, Types::SPAN));
        let misfit = result("mv_contains", &[Type::Ip.into(), Types::KEYWORD]).unwrap_err();
        assert_eq!((misfit.argument, misfit.expected), (1, Type::Ip.into()));
    }

    #[test]
    fn some_arguments_are_constants_and_some_functions_have_options() {
        assert!(find("percentile").unwrap().wants_constant(1) && !find("percentile").unwrap().wants_constant(0));
        assert!(find("round_to").unwrap().wants_constant(3) && !find("concat").unwrap().wants_constant(3));
        let options = find("kql").unwrap().options();
        assert!(options.contains(&("boost", Type::Double.into())) && find("abs").unwrap().options().is_empty());
    }

    #[test]
    fn the_number_of_arguments_follows_the_forms() {
        let arity = |name: &str| find(name).unwrap().arity();
        assert_eq!(arity("to_lower"), "1 argument");
        assert_eq!(arity("now"), "no arguments");
        assert_eq!(arity("substring"), "2 to 3 arguments");
        assert_eq!(arity("case"), "2 or more arguments");
        assert_eq!(arity("date_format"), "1 to 2 arguments");
    }
}
