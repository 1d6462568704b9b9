//! Fields, values and conditions on their way from one world to another.

use detc::catalog::fields::{Cardinality, FieldType};
use detc::catalog::maps::FieldMap;
use detc::fidelity::Effect;
use detc::ir::{
    Anchoring, Case, Cmp, Coercion, Dialect, Domain, EventModel, ExprId, ExprKind, FieldPath, Function, Logic, Op,
    Operand, Pattern, Piece, Pool, Regex, RegexDialect, Rule, Subject, TypeSet, Value, display_expr,
};
use detc::pass::{
    Absence, Capabilities, CaseSupport, Direction, Empties, FieldFacts, Lowered, PipeSupport, RegexSupport,
    SequenceSupport, Support, Terms, ValueModel, WildcardSupport, lower, map_fields, simplify,
};
use std::sync::Arc;

const ELASTIC: Capabilities = Capabilities {
    values: ValueModel::AnyOf,
    absence: Absence::ExistsOnly,
    case: CaseSupport::SensitiveOnly,
    wildcard: WildcardSupport::Star,
    regex: RegexSupport::None,
    cidr: Support::Yes,
    ordering: Support::Yes,
    field_comparison: Support::No,
    same_element: Support::No,
    functions: Support::No,
    date_parts: Support::No,
    words: Support::No,
    date_math: Support::No,
    keyword_search: Support::No,
    sequence: SequenceSupport::None,
    pipes: PipeSupport::None,
    threshold: Support::No,
};

fn rule(pool: Pool, root: ExprId, event_model: EventModel) -> Rule {
    Rule::new(Dialect::Query, event_model, pool, Logic::Event(root))
}

fn shown(rule: &Rule) -> String {
    let Logic::Event(root) = rule.logic else { panic!("an event rule") };
    display_expr(&rule.pool, root)
}

fn okta() -> &'static FieldMap {
    FieldMap::for_dataset("okta.system").unwrap()
}

fn lowered(rule: &Rule, cardinality: Cardinality) -> Lowered {
    let facts = move |_: &FieldPath| FieldFacts { cardinality, ty: FieldType::Keyword };
    let domain = |field: &FieldPath, text: &str| (field.name() == "okta.event_type").then(|| vec![text.to_lowercase()]);
    let empties = Empties::DroppedOnTheWay;
    lower(rule, &Terms { capabilities: &ELASTIC, facts: &facts, domain: &domain, empties, crossed: true, assumes: &[] })
}

fn equal(text: &str, case: Case) -> Op {
    Op::Equal { to: text.into(), case, coercion: Coercion::Python }
}

fn raw(name: &str) -> Subject {
    Subject::Field(FieldPath::dotted(name))
}

/// The pool of a lowered rule is another one: a condition inside a term has to name its node there.
#[test]
fn a_condition_inside_a_term_is_lowered_with_it() {
    let mut pool = Pool::default();
    for unused in ["a", "b", "c"] {
        pool.exists(FieldPath::dotted(unused), None);
    }
    let there = pool.exists(FieldPath::dotted("event.action"), None);
    let constant = |text: &str| Arc::new(Subject::Constant(text.into()));
    let term = Subject::If(there, constant("x"), constant("y"));
    let to = Operand::Subject(Arc::new(term));
    let op = Op::Equal { to, case: Case::Sensitive, coercion: Coercion::None };
    let root = pool.test(Subject::Constant("x".into()), op, None);
    let source = rule(pool, root, EventModel::Elastic);
    let capabilities = Capabilities { functions: Support::Yes, field_comparison: Support::Yes, ..ELASTIC };
    assert_eq!(shown(&lowered_for(&source, &capabilities, FieldType::Keyword).rule), shown(&source));
}

#[test]
fn a_missing_raw_field_becomes_a_field_without_a_value_and_widens() {
    let mut pool = Pool::default();
    let action = pool.test(raw("eventType"), equal("user.account.reset_password", Case::Sensitive), None);
    let agent = raw("client.userAgent.rawUserAgent");
    let missing = pool.test(agent.clone(), Op::IsMissing, None);
    let null = pool.test(agent, Op::IsNull, None);
    let absent = pool.or([missing, null], None);
    let all = pool.and([action, absent], None);
    let mapped = map_fields(simplify(rule(pool, all, EventModel::Panther)), Direction::ToElastic, okta(), &[]);
    assert!(mapped.losses.is_empty(), "{:?}", mapped.losses);
    let lowered = lowered(&mapped.rule, Cardinality::Single);
    assert_eq!(
        shown(&lowered.rule),
        r#"okta.event_type == "user.account.reset_password" and not okta.client.user_agent.raw_user_agent exists"#
    );
    let effects: Vec<_> = lowered.losses.iter().map(|loss| (loss.code.id, loss.effect)).collect();
    assert_eq!(effects, [("L201", Effect::Widened)]);
}

#[test]
fn an_absent_field_under_not_narrows() {
    // not (agent is present) under another not: the direction flips back.
    let mut pool = Pool::default();
    let there = pool.test(raw("client.userAgent.rawUserAgent"), Op::Present, None);
    let mapped = map_fields(rule(pool, there, EventModel::Panther), Direction::ToElastic, okta(), &[]);
    let lowered = lowered(&mapped.rule, Cardinality::Single);
    assert_eq!(lowered.losses.iter().map(|loss| loss.effect).collect::<Vec<_>>(), [Effect::Narrowed]);
}

#[test]
fn conditions_on_one_item_of_a_flattened_array_widen() {
    let mut pool = Pool::default();
    let member = |name: &str| Subject::Member(Arc::new(Subject::Element(0)), FieldPath::dotted(name));
    let of_type = pool.test(member("type"), equal("User", Case::Sensitive), None);
    let named = pool.test(member("displayName"), equal("x", Case::Sensitive), None);
    let both = pool.and([of_type, named], None);
    let some = pool.for_some(Subject::Items(Arc::new(raw("target"))), both, None);
    let mapped = map_fields(rule(pool, some, EventModel::Panther), Direction::ToElastic, okta(), &[]);
    assert!(mapped.losses.is_empty(), "{:?}", mapped.losses);
    let lowered = lowered(&mapped.rule, Cardinality::Many);
    assert_eq!(shown(&lowered.rule), r#"okta.target.type == "User" and okta.target.display_name == "x""#);
    assert_eq!(
        lowered.losses.iter().map(|loss| (loss.code.id, loss.effect)).collect::<Vec<_>>(),
        [("L204", Effect::Widened)]
    );
}

#[test]
fn a_catalogued_value_needs_no_case_mode_and_another_one_does() {
    let mut pool = Pool::default();
    let action =
        pool.any_of(FieldPath::dotted("okta.event_type"), equal("User.Session.Start", Case::Insensitive), None);
    let kept = lowered(&rule(pool, action, EventModel::Elastic), Cardinality::Single);
    assert_eq!(shown(&kept.rule), r#"okta.event_type == "user.session.start""#);
    assert!(kept.losses.is_empty());
    let assumed: Vec<String> = kept.assumptions.iter().map(ToString::to_string).collect();
    assert_eq!(assumed, ["`okta.event_type` holds only its catalogued values"]);

    let mut pool = Pool::default();
    let actor = pool.any_of(FieldPath::dotted("okta.actor.alternate_id"), equal("A@b.c", Case::Insensitive), None);
    let lost = lowered(&rule(pool, actor, EventModel::Elastic), Cardinality::Single);
    assert_eq!(
        lost.losses.iter().map(|loss| (loss.code.id, loss.effect)).collect::<Vec<_>>(),
        [("L202", Effect::Narrowed)]
    );
}

#[test]
fn rewritten_values_go_back_to_all_that_they_came_from() {
    let mut pool = Pool::default();
    let outcome = pool.any_of(FieldPath::dotted("event.outcome"), equal("success", Case::Sensitive), None);
    let dataset = pool.any_of(FieldPath::dotted("event.dataset"), equal("okta.system", Case::Sensitive), None);
    let all = pool.and([dataset, outcome], None);
    let mapped = map_fields(rule(pool, all, EventModel::Elastic), Direction::ToRaw, okta(), &[]);
    assert!(mapped.losses.is_empty(), "{:?}", mapped.losses);
    let text = shown(&simplify(mapped.rule));
    assert!(text.starts_with("outcome.result in"), "{text}");
    for value in ["SUCCESS", "ALLOW"] {
        assert!(text.contains(value), "{text}");
    }
    assert!(!text.contains("dataset"), "{text}");
}

#[test]
fn a_field_without_a_row_or_that_the_ingest_drops_kills_the_rule() {
    for (field, code) in [("noSuchField", "L101"), ("authenticationContext.rootSessionId", "L104")] {
        let mut pool = Pool::default();
        let test = pool.any_of(FieldPath::dotted(field), equal("x", Case::Sensitive), None);
        let mapped = map_fields(rule(pool, test, EventModel::Sigma), Direction::ToElastic, okta(), &[]);
        let codes: Vec<_> = mapped.losses.iter().map(|loss| (loss.code.id, loss.code.dead)).collect();
        assert_eq!(codes, [(code, true)]);
    }
}

#[test]
fn every_item_becomes_no_counter_example_and_says_so() {
    let mut pool = Pool::default();
    let body = pool.test(Subject::Element(0), equal("a", Case::Sensitive), None);
    let all = pool.add(ExprKind::ForAll(Subject::Items(Arc::new(raw("okta.x"))), body), None);
    let result = lowered(&rule(pool, all, EventModel::Elastic), Cardinality::Many);
    assert!(result.fatal.is_empty());
    // not (exists and not any == a): true for no items, and where any item is "a".
    assert_eq!(shown(&result.rule), r#"not (okta.x exists and not okta.x == "a")"#);
    assert_eq!(result.losses.iter().map(|loss| loss.effect).collect::<Vec<_>>(), [Effect::Widened]);
}

/// A test of any value of a field, for a target whose field is of this type.
fn lowered_test(op: Op, capabilities: &Capabilities, ty: FieldType) -> Lowered {
    let mut pool = Pool::default();
    let root = pool.any_of(FieldPath::dotted("f"), op, None);
    lowered_for(&rule(pool, root, EventModel::Panther), capabilities, ty)
}

fn lowered_for(rule: &Rule, capabilities: &Capabilities, ty: FieldType) -> Lowered {
    let facts = move |_: &FieldPath| FieldFacts { cardinality: Cardinality::Single, ty };
    let domain = |_: &FieldPath, _: &str| None;
    let terms =
        Terms { capabilities, facts: &facts, domain: &domain, empties: Empties::Kept, crossed: false, assumes: &[] };
    lower(rule, &terms)
}

/// `?` stands for one character: where there is only `*`, more texts fit.
#[test]
fn a_wildcard_for_one_character_becomes_one_for_any() {
    let pattern = Pattern::new([Piece::Literal("a".into()), Piece::One, Piece::Literal("b".into())]);
    let op = Op::Matches { pattern, case: Case::Sensitive, coercion: Coercion::None };
    let result = lowered_test(op, &ELASTIC, FieldType::Keyword);
    assert_eq!(shown(&result.rule), r#"f like "a*b""#);
    assert_eq!(
        result.losses.iter().map(|loss| (loss.code.id, loss.effect)).collect::<Vec<_>>(),
        [("L205", Effect::Widened)]
    );
}

/// Elasticsearch compares a network with a keyword as text: no address equals it.
#[test]
fn a_network_is_looked_for_in_addresses_only() {
    let network = || Op::InCidr("10.0.0.0/8".parse().unwrap());
    let refused = lowered_test(network(), &ELASTIC, FieldType::Keyword);
    assert_eq!(refused.fatal.iter().map(|loss| loss.code.id).collect::<Vec<_>>(), ["L206"]);
    let kept = lowered_test(network(), &ELASTIC, FieldType::Ip);
    assert!(kept.fatal.is_empty());
    assert_eq!(shown(&kept.rule), "f in network 10.0.0.0/8");
}

/// `True == 1` and `False == 0` in Python (the language reference, "Boolean type"), and `2` is neither.
#[test]
fn pythons_one_and_zero_are_truth_values_too() {
    for (number, expected) in [(0, "f in (0, false)"), (1, "f in (1, true)"), (2, "f == 2")] {
        let op =
            Op::Equal { to: Operand::Value(Value::Int(number)), case: Case::Sensitive, coercion: Coercion::Python };
        assert_eq!(shown(&lowered_test(op, &ELASTIC, FieldType::Unknown).rule), expected);
    }
}

/// A date constant is one millisecond where it says so (Elasticsearch, "Date field type").
#[test]
fn a_date_keeps_its_milliseconds() {
    for op in [Cmp::Equal, Cmp::Less, Cmp::LessOrEqual, Cmp::Greater, Cmp::GreaterOrEqual] {
        let to = Operand::Value("2024-05-01T10:00:00.123Z".into());
        let op = Op::Compare { op, domain: Domain::Date, coercion: Coercion::Text, to };
        let text = shown(&lowered_test(op, &ELASTIC, FieldType::Date).rule);
        assert!(text.contains("2024-05-01T10:00:00.123Z"), "{text}");
    }
}

/// Lucene's expressions match whole values and have no flags (Elasticsearch, "Regular expression syntax"); classes are written out.
#[test]
fn expressions_are_written_in_lucenes_dialect() {
    let capabilities = Capabilities {
        case: CaseSupport::Both,
        regex: RegexSupport::Dialect(RegexDialect::Lucene, &[Anchoring::Whole]),
        ..ELASTIC
    };
    let written = |pattern: &str| {
        let regex = Regex {
            pattern: pattern.into(),
            dialect: RegexDialect::Sigma,
            anchoring: Anchoring::Search,
            case: Case::Sensitive,
            multi_line: false,
            dot_all: false,
        };
        let op = Op::Regex { regex, coercion: Coercion::None };
        shown(&lowered_test(op, &capabilities, FieldType::Keyword).rule)
    };
    assert!(written("a\\D").contains("/.*a[^0-9].*/"), "{}", written("a\\D"));
    assert!(written("a\\d").contains("/.*a[0-9].*/"), "{}", written("a\\d"));
    // `~` says that case does not count.
    assert!(written("(?i)ab").contains("~ /.*ab.*/") && !written("ab").contains('~'), "{}", written("(?i)ab"));
}

/// Any value other than "a": a field without a value has none.
#[test]
fn one_value_that_is_not_so_is_there() {
    let mut pool = Pool::default();
    let same = pool.test(Subject::Element(0), equal("a", Case::Sensitive), None);
    let other = pool.not(same, None);
    let root = pool.for_some(Subject::Elements(Arc::new(raw("f"))), other, None);
    let capabilities = Capabilities { values: ValueModel::Whole, absence: Absence::Full, ..ELASTIC };
    let result = lowered_for(&rule(pool, root, EventModel::Elastic), &capabilities, FieldType::Keyword);
    assert_eq!(shown(&result.rule), r#"f is present and not f == "a""#);
}

fn simplified(build: impl FnOnce(&mut Pool) -> ExprId) -> String {
    let mut pool = Pool::default();
    let root = build(&mut pool);
    shown(&simplify(rule(pool, root, EventModel::Panther)))
}

#[test]
fn a_text_in_lower_case_never_equals_one_in_upper_case() {
    let lower = |text: &'static str| {
        move |pool: &mut Pool| {
            pool.test(Subject::Call(Function::Lower, [raw("f")].into()), equal(text, Case::Sensitive), None)
        }
    };
    assert_eq!(simplified(lower("x")), r#"f ==~ "x""#);
    assert_eq!(simplified(lower("X")), "false");
}

/// `("a" if c else "b") == "b"` is `not c`.
#[test]
fn the_other_branch_counts_where_the_condition_does_not_hold() {
    let text = simplified(|pool| {
        let condition = pool.exists(FieldPath::dotted("c"), None);
        let branch = |text: &str| Arc::new(Subject::Constant(text.into()));
        pool.test(Subject::If(condition, branch("a"), branch("b")), equal("b", Case::Sensitive), None)
    });
    assert_eq!(text, "not c exists");
}

/// A guard goes where the test beside it implies it; a value that is text and a list is none.
#[test]
fn a_guard_for_another_type_stays() {
    let guarded = |types: TypeSet| {
        simplified(move |pool| {
            let of_type = pool.test(raw("f"), Op::TypeIs(types), None);
            let same = pool.test(raw("f"), equal("x", Case::Sensitive), None);
            pool.and([of_type, same], None)
        })
    };
    assert_eq!(guarded(TypeSet::STRING), r#"f == "x""#);
    assert!(guarded(TypeSet::ARRAY).contains("of type"), "{}", guarded(TypeSet::ARRAY));
}
