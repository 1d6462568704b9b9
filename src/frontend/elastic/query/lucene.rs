//! Lucene query strings to conditions, as Elasticsearch's `QueryStringQueryParser` builds queries from them: every test is any-of over
//! the field's values, the default operator is `OR`, and what a value means follows the field's type. `analyze_wildcard` is on, as in
//! Kibana and in its detection rules.

use super::kuery::SEARCHED_IN_KEYWORDS;
use super::kuery_value::{self, Mapping, Target};
use super::{Lowering, datasets};
use crate::ir::{
    Anchoring, Case, Coercion, ExprId, FieldPath, Op, Pattern, Piece, Regex, RegexDialect, Subject, UseKind, Value,
    WordTest,
};
use crate::lang::kuery;
use crate::lang::lucene::{Bound, Clause, Node, Occur, Piece as Written, Query, RangeOp, Text, occurs};
use crate::source::Span;
use std::sync::Arc;

/// The condition of a query.
pub(super) fn lower(query: &Query, lowering: &mut Lowering<'_>) -> ExprId {
    Lucene { lowering, analyze_wildcard: true }.query(query, None)
}

/// The condition of a query string that Kibana makes of a KQL value for a field, or for all fields. `analyze_wildcard` is off there.
pub(super) fn lower_on(query: &Query, target: Option<&Target>, lowering: &mut Lowering<'_>) -> ExprId {
    Lucene { lowering, analyze_wildcard: false }.query(query, target)
}

/// The condition of a query string in a filter. Terms without a field are looked for in `field`, or in all fields.
pub(super) fn lower_clause(
    query: &Query,
    field: Option<&str>,
    analyze_wildcard: bool,
    lowering: &mut Lowering<'_>,
) -> ExprId {
    let mut reading = Lucene { lowering, analyze_wildcard };
    let target = field.map(|name| reading.field(name, query.span()));
    reading.query(query, target.as_ref())
}

struct Lucene<'l, 'a> {
    lowering: &'l mut Lowering<'a>,
    /// Whether a prefix of analysed text is cut into words, of which only the last is a prefix.
    analyze_wildcard: bool,
}

impl Lucene<'_, '_> {
    fn query(&mut self, query: &Query, target: Option<&Target>) -> ExprId {
        let span = query.span();
        match &query.node {
            Node::All => ExprId::TRUE,
            Node::Group(clauses) => {
                let outer = self.lowering.scope;
                if target.is_none() {
                    self.lowering.enter(datasets::limit_of_lucene(query, false));
                }
                let group = self.group(clauses, target, span);
                self.lowering.scope = outer;
                group
            }
            Node::Field { field, query } => self.named(field, query, span),
            Node::Boost { query, .. } => {
                self.lowering.parts.assumptions.insert("a boost (`^`) changes the score and no match".to_owned());
                self.query(query, target)
            }
            Node::Term(text) if text.is_star() => match target {
                None => ExprId::TRUE,
                Some(target) => self.exists(target, span),
            },
            _ => self.leaf(query, target, span),
        }
    }

    /// All required clauses, no prohibited one, and without a required one any optional one. A group of prohibited clauses alone is
    /// their complement, which Elasticsearch adds to Lucene (`Queries.fixNegativeQueryIfNeeded`).
    fn group(&mut self, clauses: &[Clause], target: Option<&Target>, span: Span) -> ExprId {
        let (mut must, mut should, mut not) = (Vec::new(), Vec::new(), Vec::new());
        for (clause, occur) in clauses.iter().zip(occurs(clauses)) {
            match occur {
                Occur::Must => must.push(self.query(&clause.query, target)),
                Occur::Should => should.push(self.query(&clause.query, target)),
                Occur::MustNot => {
                    self.lowering.negated = !self.lowering.negated;
                    let inner = self.query(&clause.query, target);
                    self.lowering.negated = !self.lowering.negated;
                    let at = Some(self.lowering.at(clause.query.span()));
                    not.push(self.lowering.parts.pool.not(inner, at));
                }
            }
        }
        let at = Some(self.lowering.at(span));
        let pool = &mut self.lowering.parts.pool;
        if must.is_empty() && !should.is_empty() {
            must.push(pool.or(should, at));
        } else if !should.is_empty() {
            let text = "a clause without `AND` or `+` beside a required one changes the score and no match";
            self.lowering.parts.assumptions.insert(text.to_owned());
        }
        self.lowering.parts.pool.and(must.into_iter().chain(not), at)
    }

    fn named(&mut self, field: &Text, query: &Query, span: Span) -> ExprId {
        if field.is_star() && matches!(&query.node, Node::Term(text) if text.is_star()) {
            return ExprId::TRUE;
        }
        let Some(name) = field.literal() else {
            let pattern = pattern(field);
            self.lowering.parts.assumptions.insert(format!("the fields that `{pattern}` names are keywords"));
            let collection = Subject::AnyField(pattern);
            let target = Target { collection, field: None, mapping: Mapping::UNKNOWN, span: field.at.0 };
            return self.query(query, Some(&target));
        };
        if name == "_exists_" {
            let name = match &query.node {
                Node::Term(text) => text.literal().map(str::to_owned),
                Node::Phrase { text, .. } => Some(text.clone()),
                _ => None,
            };
            let Some(name) = name.filter(|name| !name.contains('*')) else {
                return self.lowering.hole(span, "the existence of a pattern of fields");
            };
            let target = self.field(&name, query.span());
            return self.exists(&target, span);
        }
        let target = self.field(name, field.at.0);
        self.query(query, Some(&target))
    }

    fn field(&mut self, name: &str, span: Span) -> Target {
        let path = FieldPath::dotted(name);
        let collection = Subject::Elements(Arc::new(Subject::Field(path.clone())));
        Target { collection, field: Some(path), mapping: self.lowering.mapping(name), span }
    }

    fn exists(&mut self, target: &Target, span: Span) -> ExprId {
        if let Some(path) = &target.field {
            self.lowering.used(path, target.span, UseKind::Exists, Vec::new());
        }
        let at = Some(self.lowering.at(span));
        self.lowering.parts.pool.for_some(target.collection.clone(), ExprId::TRUE, at)
    }

    fn leaf(&mut self, query: &Query, target: Option<&Target>, span: Span) -> ExprId {
        let test = self.test(query, target.map_or(Mapping::UNKNOWN, |target| target.mapping));
        if let Some((target, path)) = target.and_then(|target| Some((target, target.field.as_ref()?))) {
            self.lowering.used(path, target.span, test.kind, test.values);
        }
        if let Some(reason) = test.hole {
            return self.lowering.hole(span, reason);
        }
        let collection = target.map_or_else(
            || {
                self.lowering.parts.assumptions.insert(SEARCHED_IN_KEYWORDS.to_owned());
                Subject::AnyField(Pattern::new([Piece::Any]))
            },
            |target| target.collection.clone(),
        );
        let at = Some(self.lowering.at(span));
        let pool = &mut self.lowering.parts.pool;
        let tests: Vec<ExprId> = test.ops.into_iter().map(|op| pool.test(Subject::Element(0), op, at)).collect();
        if test.all {
            // The two ends of a range are met by one value.
            let body = pool.and(tests, at);
            return pool.for_some(collection, body, at);
        }
        let tests: Vec<ExprId> = tests.into_iter().map(|body| pool.for_some(collection.clone(), body, at)).collect();
        pool.or(tests, at)
    }

    fn test(&self, query: &Query, mapping: Mapping) -> Test {
        match &query.node {
            Node::Term(text) => self.word(text, mapping, query.span()),
            Node::Phrase { slop: Some(1..), .. } if mapping.ty.is_analysed() => {
                Test::hole(UseKind::Equal, "a phrase with a distance between its words")
            }
            Node::Phrase { text, .. } => {
                let written = kuery::Value::quoted(text.as_str());
                Test::from_kuery(kuery_value::test(mapping, &written), query.span())
            }
            Node::Compare { op, value } => {
                let text = value.literal().unwrap_or_default();
                Test::from_kuery(kuery_value::range(mapping, range_op(*op), text), value.at.0)
            }
            Node::Range { low, high } => range(low, high, mapping),
            Node::Regex(text) => regex(text, mapping, query.span()),
            // `~` behind a pattern is left out (`QueryParserBase.handleBareTokenQuery`).
            Node::Fuzzy { term, .. } if term.literal().is_none() => self.word(term, mapping, query.span()),
            Node::Fuzzy { .. } => Test::hole(UseKind::Equal, "a fuzzy term matches texts a few edits away"),
            Node::All | Node::Group(_) | Node::Field { .. } | Node::Boost { .. } => {
                Test::hole(UseKind::Other, "this part of a query string has no form in the rule model")
            }
        }
    }

    /// A word as KQL's unquoted value, but that nothing in it is typed; patterns have `?` too.
    fn word(&self, text: &Text, mapping: Mapping, span: Span) -> Test {
        let Some(literal) = text.literal() else {
            if let [Written::Literal(prefix), Written::Star] = text.pieces.as_slice()
                && mapping.ty.is_analysed()
                && self.analyze_wildcard
            {
                return analysed_prefix(prefix, mapping, span);
            }
            return Test::from_kuery(kuery_value::wildcard(mapping, pattern(text)), span);
        };
        let written =
            if mapping.ty.is_analysed() { kuery::Value::unquoted(literal) } else { kuery::Value::quoted(literal) };
        Test::from_kuery(kuery_value::test(mapping, &written), span)
    }
}

/// What a leaf tests.
struct Test {
    /// Any of them holds.
    ops: Vec<Op>,
    /// All of them hold (the two ends of a range).
    all: bool,
    kind: UseKind,
    values: Vec<(Value, Span)>,
    hole: Option<&'static str>,
}

impl Test {
    fn hole(kind: UseKind, reason: &'static str) -> Self {
        Self { ops: Vec::new(), all: false, kind, values: Vec::new(), hole: Some(reason) }
    }

    fn from_kuery(test: kuery_value::Test, span: Span) -> Self {
        Self { ops: test.ops, all: false, kind: test.kind, values: vec![(test.value, span)], hole: test.hole }
    }
}

/// `foo-ba*` in analysed text: the word `foo`, or one that starts with `ba` (`getPossiblyAnalyzedPrefixQuery`).
fn analysed_prefix(prefix: &str, mapping: Mapping, span: Span) -> Test {
    let mut words = mapping.analyzer.words(prefix);
    let last = words.pop();
    let is = words.into_iter().map(|word| WordTest::Is(word.into()));
    let starts = last.map(|word| WordTest::Matches(Pattern::prefix(word.as_str())));
    let ops = is.chain(starts).map(|test| Op::Words { analyzer: mapping.analyzer, test }).collect();
    let values = vec![(Value::str(format!("{prefix}*")), span)];
    Test { ops, all: false, kind: UseKind::Pattern, values, hole: None }
}

fn pattern(text: &Text) -> Pattern {
    Pattern::new(text.pieces.iter().map(|piece| match piece {
        Written::Literal(text) => Piece::Literal(text.as_str().into()),
        Written::Star => Piece::Any,
        Written::Question => Piece::One,
    }))
}

fn range_op(op: RangeOp) -> kuery::RangeOp {
    match op {
        RangeOp::Less => kuery::RangeOp::Less,
        RangeOp::LessOrEqual => kuery::RangeOp::LessOrEqual,
        RangeOp::Greater => kuery::RangeOp::Greater,
        RangeOp::GreaterOrEqual => kuery::RangeOp::GreaterOrEqual,
    }
}

fn range(low: &Bound, high: &Bound, mapping: Mapping) -> Test {
    let ends = [
        (low, if low.inclusive { kuery::RangeOp::GreaterOrEqual } else { kuery::RangeOp::Greater }),
        (high, if high.inclusive { kuery::RangeOp::LessOrEqual } else { kuery::RangeOp::Less }),
    ];
    let mut test = Test { ops: Vec::new(), all: true, kind: UseKind::Compare, values: Vec::new(), hole: None };
    for (bound, op) in ends.into_iter().filter(|(bound, _)| !bound.is_open()) {
        let end = kuery_value::range(mapping, op, bound.value.literal().unwrap_or_default());
        test.ops.extend(end.ops);
        test.values.push((end.value, bound.value.at.0));
        test.hole = test.hole.or(end.hole);
    }
    if test.values.is_empty() {
        test.kind = UseKind::Exists;
    }
    test
}

/// Lucene's expressions speak of whole terms: the whole value of a keyword, each word of analysed text.
fn regex(text: &str, mapping: Mapping, span: Span) -> Test {
    let regex = Regex {
        pattern: text.into(),
        dialect: RegexDialect::Lucene,
        anchoring: Anchoring::Whole,
        case: Case::Sensitive,
        multi_line: false,
        dot_all: true,
    };
    let op = if mapping.ty.is_analysed() {
        Op::Words { analyzer: mapping.analyzer, test: WordTest::Regex(regex) }
    } else {
        Op::Regex { regex, coercion: Coercion::Text }
    };
    Test { ops: vec![op], all: false, kind: UseKind::Regex, values: vec![(Value::str(text), span)], hole: None }
}
