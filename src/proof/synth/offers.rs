//! What values a test would like to see in its fields.

use super::event;
use super::problem::Problem;
use super::text::Examples;
use super::values::{FILLER, passing};
use crate::ir::{ExprId, ExprKind, FieldPath, Function, Op, Operand, Pool, Subject, children};
use crate::pass::bind;
use serde_json::{Map, Value as Json, json};
use std::collections::HashSet;

/// Quantifiers inside each other beyond this depth are not taken apart.
const MAX_DEPTH: u8 = 2;
/// Values that one test offers.
const MAX_OFFERS: usize = 60;

/// Values for the fields of a test, those that likely pass it first.
pub(super) fn offers(problem: &Problem<'_>, leaf: ExprId, depth: u8) -> Vec<Json> {
    let mut found = of_kind(problem, problem.pool.kind(leaf), depth);
    found.truncate(MAX_OFFERS);
    found
}

fn of_kind(problem: &Problem<'_>, kind: &ExprKind, depth: u8) -> Vec<Json> {
    match kind {
        ExprKind::Test(subject, op) => of_test(subject, op, &problem.examples),
        ExprKind::ForSome(items, body) | ExprKind::ForAll(items, body) => {
            through(items, in_lists(&items_for(problem, &[*body], depth)))
        }
        ExprKind::FirstSome { items, holds, raises } => {
            through(items, in_lists(&items_for(problem, &[*holds, *raises], depth)))
        }
        ExprKind::Count { items, body, number, .. } => {
            let each = items_for(problem, &[*body], depth);
            let count = usize::try_from(*number).unwrap_or(usize::MAX).min(20);
            let mut found = Vec::new();
            for count in [count, count + 1, count.saturating_sub(1)] {
                found.extend(each.iter().take(3).map(|item| Json::Array(vec![item.clone(); count])));
            }
            found.extend(each);
            through(items, found)
        }
        _ => Vec::new(),
    }
}

fn of_test(subject: &Subject, op: &Op, examples: &Examples) -> Vec<Json> {
    if let (Subject::Constant(value), Op::ContainedIn { container: Operand::Subject(container), .. }) = (subject, op) {
        let value = value.to_json();
        return through(container, vec![value.clone(), json!([value])]);
    }
    let mut wanted = passing(op, examples);
    if wanted.is_empty() {
        // A field in a field: values that are equal, in another case, in order.
        wanted = [json!(FILLER), json!("ZQ"), json!("zqx"), json!(1), json!(2)].into();
    }
    let mut found = through(subject, wanted);
    if let Op::Equal { to: Operand::Subject(other), .. } | Op::Compare { to: Operand::Subject(other), .. } = op {
        found.extend(through(other, passing(op, examples)));
    }
    found
}

/// Items for the bodies of a quantifier: values that pass and fail them.
fn items_for(problem: &Problem<'_>, bodies: &[ExprId], depth: u8) -> Vec<Json> {
    let mut found = Vec::new();
    for body in bodies {
        match problem.pool.kind(*body) {
            ExprKind::True => found.push(json!(FILLER)),
            ExprKind::False => {}
            ExprKind::Test(subject, op) if is_item(subject) => found.extend(of_test(subject, op, &problem.examples)),
            ExprKind::Or(members) if members.iter().all(|member| is_plain(problem.pool, *member)) => {
                for member in members {
                    if let ExprKind::Test(subject, op) = problem.pool.kind(*member) {
                        found.extend(of_test(subject, op, &problem.examples));
                    }
                }
            }
            _ if depth < MAX_DEPTH => found.extend(solved(problem, *body, depth)),
            _ => {}
        }
    }
    found.dedup();
    found
}

fn is_plain(pool: &Pool, id: ExprId) -> bool {
    matches!(pool.kind(id), ExprKind::Test(subject, _) if is_item(subject))
}

fn is_item(subject: &Subject) -> bool {
    match subject {
        Subject::Element(0) => true,
        Subject::Call(_, arguments) => arguments.iter().any(is_item),
        _ => false,
    }
}

/// Items that decide the body in each way: it is solved as the condition of an event that has the item in a field.
fn solved(problem: &Problem<'_>, body: ExprId, depth: u8) -> Vec<Json> {
    const NAME: &str = "item";
    let mut pool = problem.pool.clone();
    let body = bind(&mut pool, body, &Subject::Field(FieldPath::keys(&[NAME])));
    let inner = Problem::within(problem, &pool, body, depth + 1);
    let mut witnesses = event::flips(inner, MAX_OFFERS / 4);
    witnesses.sort_by_key(|witness| !witness.fires);
    witnesses.into_iter().filter_map(|witness| witness.event.get(NAME).cloned()).collect()
}

/// The items alone, in a list, and two of them in a list.
fn in_lists(items: &[Json]) -> Vec<Json> {
    let mut found = items.to_vec();
    found.extend(items.iter().filter(|item| item.is_object()).map(|item| json!([item])));
    if let [first, .., last] = items {
        found.push(json!([first, last]));
    }
    found
}

/// Lists of two objects: each of them before the first one, which is the one that passes. A loop may stop at the one before.
fn after_each(items: &[Json]) -> Vec<Json> {
    let Some((first, others)) = items.split_first() else { return Vec::new() };
    others.iter().filter(|item| item.is_object()).map(|item| json!([item, first])).collect()
}

/// The values that a field has to have so that the term has these: a guess, where a function stands between.
fn through(subject: &Subject, values: Vec<Json>) -> Vec<Json> {
    match subject {
        Subject::Elements(inner) => through(inner, values),
        Subject::Items(inner) => {
            let lists = values.into_iter().map(|value| if value.is_array() { value } else { json!([value]) });
            through(inner, lists.collect())
        }
        Subject::Member(inner, path) => through(inner, values.into_iter().map(|value| below(path, value)).collect()),
        Subject::Call(function, arguments) => {
            let looked_at = arguments.iter().position(looks_at_event);
            let Some(at) = looked_at else { return Vec::new() };
            let others: Vec<Option<Json>> = arguments.iter().map(constant).collect();
            let inner = values.iter().flat_map(|value| inverse(*function, value, &others, at)).collect();
            through(&arguments[at], inner)
        }
        Subject::If(_, then, otherwise) => {
            let mut found = through(then, values.clone());
            found.extend(through(otherwise, values));
            found
        }
        Subject::Collect { items, value, .. } => {
            let each = through(value, values);
            through(items, each.into_iter().map(|value| json!([value])).collect())
        }
        Subject::Fold { items, .. } => through(items, values),
        Subject::Field(_) | Subject::AnyField(_) | Subject::Element(_) => values,
        Subject::Constant(_) | Subject::Opaque { .. } => Vec::new(),
    }
}

fn looks_at_event(subject: &Subject) -> bool {
    match subject {
        Subject::Field(_) | Subject::AnyField(_) | Subject::Element(_) | Subject::If(..) => true,
        Subject::Elements(inner) | Subject::Items(inner) | Subject::Member(inner, _) => looks_at_event(inner),
        Subject::Call(_, arguments) => arguments.iter().any(looks_at_event),
        Subject::Collect { items, .. } | Subject::Fold { items, .. } => looks_at_event(items),
        Subject::Constant(_) | Subject::Opaque { .. } => false,
    }
}

fn constant(subject: &Subject) -> Option<Json> {
    match subject {
        Subject::Constant(value) => Some(value.to_json()),
        _ => None,
    }
}

fn below(path: &FieldPath, value: Json) -> Json {
    path.segments().iter().rev().fold(value, |value, key| {
        let mut map = Map::new();
        map.insert(key.to_string(), value);
        Json::Object(map)
    })
}

/// Arguments for which the function likely gives the value.
fn inverse(function: Function, value: &Json, others: &[Option<Json>], at: usize) -> Vec<Json> {
    let argument = |index: usize| others.get(index).and_then(Option::as_ref);
    let text = |index: usize| argument(index).and_then(Json::as_str);
    let as_text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match function {
        Function::Length => {
            let count = value.as_u64().and_then(|count| usize::try_from(count).ok()).unwrap_or(1).min(2_000);
            vec![json!("z".repeat(count)), Json::Array(vec![json!(FILLER); count.min(50)])]
        }
        Function::Lower | Function::Upper | Function::CaseFold => {
            vec![value.clone(), json!(super::text::swap_case(&as_text))]
        }
        Function::ToText | Function::ToNumber | Function::ToInt | Function::ToFloat => {
            let number = as_text.parse::<i64>().ok().map(Json::from);
            [Some(value.clone()), number, Some(json!(as_text))].into_iter().flatten().collect()
        }
        Function::Split => {
            let separator = text(1).unwrap_or(" ");
            let parts =
                value.as_array().map(|items| items.iter().filter_map(Json::as_str).collect::<Vec<_>>().join(separator));
            vec![json!(parts.unwrap_or(as_text))]
        }
        Function::Index | Function::Key => match argument(1) {
            Some(Json::String(key)) => vec![json!({key: value})],
            Some(Json::Array(keys)) => {
                let keys: Vec<&str> = keys.iter().filter_map(Json::as_str).collect();
                vec![below(&FieldPath::keys(&keys), value.clone())]
            }
            Some(index) => indexed(index.as_i64().unwrap_or_default(), value),
            None => vec![json!([value])],
        },
        Function::DeepWalk => {
            let keys: Vec<&str> = (3..others.len()).filter_map(text).collect();
            vec![below(&FieldPath::keys(&keys), value.clone())]
        }
        Function::Substring | Function::Slice => {
            let start = argument(1).and_then(Json::as_i64).unwrap_or_default();
            let start = usize::try_from(start).unwrap_or_default().min(200);
            vec![json!(format!("{}{as_text}", "z".repeat(start)))]
        }
        Function::Concat => {
            let rest: Vec<&str> = (0..others.len()).filter(|index| *index != at).filter_map(text).collect();
            let cut = rest.iter().fold(as_text.as_str(), |text, other| {
                text.strip_prefix(other).or_else(|| text.strip_suffix(other)).unwrap_or(text)
            });
            vec![json!(cut), value.clone()]
        }
        Function::Keys => vec![json!({as_text: 1})],
        Function::Values => vec![json!({"k": value})],
        Function::ParseJson => vec![json!(value.to_string())],
        Function::Join => vec![json!([value])],
        _ => {
            let mut found = vec![value.clone()];
            found.extend((0..others.len()).filter_map(argument).cloned());
            found
        }
    }
}

/// Lists, and texts for what splits them, that have the value at an index.
fn indexed(index: i64, value: &Json) -> Vec<Json> {
    let before = usize::try_from(index.max(0)).unwrap_or_default().min(20);
    let after = usize::try_from((-index - 1).max(0)).unwrap_or_default().min(20);
    let mut items = vec![json!(FILLER); before];
    items.push(value.clone());
    items.extend(vec![json!(FILLER); after]);
    let mut longer = items.clone();
    if index < 0 {
        longer.insert(0, json!(FILLER));
    } else {
        longer.push(json!(FILLER));
    }
    vec![Json::Array(items), Json::Array(longer)]
}

/// Values close to those that decide a test, for its fields.
pub(super) fn close(problem: &Problem<'_>, leaf: ExprId) -> Vec<Json> {
    let ops = tests_of(problem.pool, leaf);
    let mut found = match problem.pool.kind(leaf) {
        ExprKind::ForSome(items, body) => through(items, after_each(&items_for(problem, &[*body], 0))),
        ExprKind::FirstSome { items, holds, raises } => {
            through(items, after_each(&items_for(problem, &[*holds, *raises], 0)))
        }
        _ => Vec::new(),
    };
    for (subject, op) in ops {
        found.extend(through(subject, super::values::near(op, &problem.examples)));
    }
    found.truncate(MAX_OFFERS);
    found
}

/// The test in a leaf that says most about its values: the first that is more than that there is one.
pub(super) fn telling_test(pool: &Pool, leaf: ExprId) -> Option<&Op> {
    let mut ops = tests_of(pool, leaf).into_iter().map(|(_, op)| op);
    ops.find(|op| !matches!(op, Op::Present | Op::IsMissing))
}

/// The tests in a leaf, those inside its quantifiers and terms included.
pub(super) fn tests_of(pool: &Pool, leaf: ExprId) -> Vec<(&Subject, &Op)> {
    let mut found = Vec::new();
    let mut seen = HashSet::new();
    let mut stack = vec![leaf];
    while let Some(id) = stack.pop() {
        if !seen.insert(id) {
            continue;
        }
        let kind = pool.kind(id);
        if let ExprKind::Test(subject, op) = kind {
            found.push((subject, op));
        }
        stack.extend(children(kind).into_iter().rev());
    }
    found
}
