//! EQL as Elasticsearch takes it and runs it: the constructs of its grammar tests and the moves of its sequence specifications, in
//! queries and streams of our own.

use detc::backend::{Options, Status, Target, convert};
use detc::eval::{EndOfStream, Program};
use detc::frontend::{Language, QueryOptions, load_query};
use detc::ir::Case;
use serde_json::{Value as Json, json};

/// Constructs of `queries-supported.eql`, the verifier's tests and the query folder's tests.
const ACCEPTED: &[&str] = &[
    "process where true",
    "any where true",
    "\"my category\" where true",
    "process where not not not a == 1",
    "process where a.b.c.d == 1 and _x == 2 and @timestamp < \"2026-01-01\"",
    "process where `a-b` == 1 and `a.b c` == 2 and ?`?q` == null",
    "process where ?gone == 1 or ?gone in (\"a\", \"b\") or concat(?gone, \"x\", ?more) == \"y\"",
    "process where a > 100000000000000000000000000000000",
    "process where 1 + 2 * 3 - 4 / 2 % 5 == 5 and 3 * -length(a) < 0 and a - -2 == 1",
    "process where -1 < a and 0 <= a and a < 4.5 and a >= .5 and a != 1e3",
    "process where a in (1, 2, 3) and b not in (\"x\", \"y\") and c in~ (\"Z\")",
    "process where a : \"x*\" and b like (\"?y\", \"z*\") and c like~ \"Q*\" and d regex \"\"\"a[0-9]+\"\"\" and e regex~ (\"b.*\", \"c\")",
    "process where true == (a in (\"x\")) and cidrMatch(ip, \"10.0.0.0/8\") == false",
    "process where cidrMatch(ip, \"10.6.48.157/8\", \"fe80::/10\", \"192.0.2.1\")",
    "process where startsWith(a, \"x\") and endsWith~(a, \"Y\") and stringContains~(\"abc\", a) and startsWith(\"abc\", a)",
    "process where indexOf(a, \"x\", 2) > 0 and indexOf~(a, \"x\") != null and not (indexOf(a, \"q\") == 0)",
    "process where substring(a, -4) == \".exe\" and substring(a, 0, 4) : \"expl\" and length(between(a, \"g\", \"e\")) > 0",
    "process where between~(a, \"s\", \"e\", true) == \"yst\" and number(\"0x32\", 16) == a and number(string(a), null) == 1",
    "process where add(a, 0) == 1 and subtract(a, -5) == 6 and multiply(6, a) == 30 and divide(a, 4.0) == 7.5 and modulo(11, 10) == a",
    "process where string(cidrMatch(ip, \"10.0.0.0/8\")) : \"true\" and string(a == \"x\") == \"false\"",
    "process where a == \"\\u{41}\\t\\\"\" /* a /* nested */ comment */ // and a line",
    "process where a == 1 | head 10 | tail 5",
    "sequence by a, b with maxspan=30s [x where true] by c [y where true] by d until [z where true] by e | head 2",
    "sequence with maxspan=500ms [x where true] [y where true]",
    "sequence with maxspan=1d ![x where true] [y where true] ![z where true]",
    "sequence by ?a [x where true] with runs=3 [y where true]",
    "sequence [x where true] with runs=2",
    "\"!#$ %^&*'\\\"' ()\" where a == 1",
    "\"\"\"raw \"category\" \\\"\"\"\" where a == 1",
    "sequence by ?`?x`, b [\"1 st\" where true] by ?c [any where ?`d.e` == 1] by `f-g` | tail 1",
    "sequence by a with maxspan=2h [x where true] by b ![y where z != null] by c with runs=2 [z where true] by d until [u where true] by e",
    "sample by a [x where true] [y where true] [z where true]",
    "sample [x where true] by a [y where true] by b",
];

#[test]
fn what_elasticsearch_accepts_is_understood() {
    for query in ACCEPTED {
        let (item, problems) = load_query(Language::Eql, query, &QueryOptions::default());
        assert_eq!(problems, [], "{query}");
        assert_eq!(item.rule.opaque_reason(), None, "{query}");
    }
}

/// A condition as a value is what EQL's writer has no form for.
#[test]
fn what_elasticsearch_accepts_is_written_as_what_it_is() {
    for query in ACCEPTED {
        let (item, _) = load_query(Language::Eql, query, &QueryOptions::default());
        let conversion = convert(&item.rule, Target::Eql, &Options::default());
        if query.contains("string(cidrMatch(") {
            assert_eq!(conversion.status, Status::Refused, "{query}");
            continue;
        }
        assert_eq!(conversion.status, Status::Exact, "{query}: {:?}", conversion.losses);
        let (again, problems) = load_query(Language::Eql, &conversion.outputs[0].text, &QueryOptions::default());
        assert_eq!(problems, [], "{}", conversion.outputs[0].text);
        assert!(detc::ir::equal(&item.rule, &again.rule), "{query}\n{}", conversion.outputs[0].text);
    }
}

#[test]
fn sequences_are_written_part_by_part() {
    let written = |query: &str| {
        let (item, problems) = load_query(Language::Eql, query, &QueryOptions::default());
        assert_eq!(problems, [], "{query}");
        convert(&item.rule, Target::Eql, &Options::default()).outputs.remove(0).text
    };
    for (query, expected) in [
        (
            "sequence by ?h, `u-n` with maxspan=120s [a where x==1] by p.q [\"b c\" where true] by `r-s` until [any where y : \"z*\"] by t|tail 2",
            "sequence by ?h, `u-n` with maxspan=2m\n  [a where x == 1] by p.q\n  [\"b c\" where true] by `r-s`\nuntil [any where y : \"z*\"] by t\n| tail 2\n",
        ),
        (
            "sequence with maxspan=1500ms ![a where true] [b where true] with runs=3 ![c where true] with runs=2",
            "sequence with maxspan=1500ms\n  ![a where true]\n  [b where true] with runs=3\n  ![c where true] with runs=2\n",
        ),
        (
            "sequence with maxspan=1d [a where true] by x with runs=2 ![b where true] by y [c where true] by z",
            "sequence with maxspan=1d\n  [a where true] by x with runs=2\n  ![b where true] by y\n  [c where true] by z\n",
        ),
        (
            "sample by h [a where true] by x [b where true] by ?y",
            "sample by h\n  [a where true] by x\n  [b where true] by ?y\n",
        ),
    ] {
        assert_eq!(written(query), expected, "{query}");
    }
}

/// The streams of a sequence: `a1 b2 x|a3` are events of the stages a and b at these seconds, the last with the key x.
fn stream(text: &str) -> Vec<(usize, Json)> {
    text.split_whitespace()
        .enumerate()
        .map(|(line, word)| {
            let (key, event) = word.split_once('|').unwrap_or(("", word));
            let (stage, second) = event.split_at(1);
            let time = second.parse::<u64>().unwrap() * 1000;
            let name = format!("{stage}{second}");
            (line, json!({"@timestamp": time, "event": {"category": stage}, "key": key, "name": name}))
        })
        .collect()
}

fn sequences(query: &str, events: &str) -> Vec<String> {
    let (item, problems) = load_query(Language::Eql, query, &QueryOptions::default());
    assert_eq!(problems, [], "{query}");
    let run = Program::compile(&item.rule).run(stream(events), EndOfStream::Complete);
    let names = |alert: &detc::eval::Alert| {
        alert.events.iter().map(|record| record.event["name"].as_str().unwrap()).collect::<Vec<_>>().join(" ")
    };
    run.alerts.iter().map(names).collect()
}

#[test]
fn sequences_move_as_the_specifications_say() {
    let two = "sequence [a where true] [b where true]";
    let three = "sequence [a where true] [b where true] [c where true]";
    let four = "sequence [a where true] [b where true] [c where true] [d where true]";
    for (query, events, expected) in [
        // One after the other, and what is left over on either side.
        (two, "a1 b2", vec!["a1 b2"]),
        (two, "b1 a2 b3 b4 a5", vec!["a2 b3"]),
        // A newer event takes the place of an older one at its stage.
        (two, "a1 a2 a3 b4 a5 b6 b7", vec!["a3 b4", "a5 b6"]),
        (three, "a1 b2 a3 b4 c5 c6", vec!["a3 b4 c5"]),
        // A newer start does not disturb what is further on.
        (three, "a1 b2 a3 c4 b5 c6", vec!["a1 b2 c4", "a3 b5 c6"]),
        (three, "c1 b2 a3 c4 b5 a6 c7", vec!["a3 b5 c7"]),
        (four, "a1 b2 a3 c4 b5 d6 c7 d8", vec!["a1 b2 c4 d6", "a3 b5 c7 d8"]),
        (four, "a1 b2 c3 a4 b5 c6 d7", vec!["a4 b5 c6 d7"]),
    ] {
        assert_eq!(sequences(query, events), expected, "{query} over {events}");
    }
}

#[test]
fn keys_spans_until_and_missing_events_bound_a_sequence() {
    let keyed = "sequence by key [a where true] [b where true]";
    assert_eq!(sequences(keyed, "x|a1 y|a2 y|b3 x|b4 z|b5"), ["a2 b3", "a1 b4"]);
    // An event without the key takes no part; an optional key joins what is missing.
    let by = "sequence by gone [a where true] [b where true]";
    assert!(sequences(by, "a1 b2").is_empty());
    assert_eq!(sequences(&by.replace("gone", "?gone"), "a1 b2"), ["a1 b2"]);
    let span = "sequence with maxspan=5s [a where true] [b where true]";
    assert_eq!(sequences(span, "a1 b6 a10 b16"), ["a1 b6"]);
    let until = "sequence by key [a where true] [b where true] until [u where true]";
    assert_eq!(sequences(until, "x|a1 x|u2 x|b3 x|a4 y|u5 x|b6"), ["a4 b6"]);
    let inside = "sequence with maxspan=9s [a where true] ![m where true] [b where true]";
    assert_eq!(sequences(inside, "a1 m2 b3 a4 b5"), ["a4 b5"]);
    let runs = "sequence [a where true] with runs=3 [b where true]";
    assert_eq!(sequences(runs, "a1 a2 b3 a4 b5"), ["a1 a2 a4 b5"]);
    let pipes = "sequence [a where true] [b where true] | tail 2 | head 1";
    assert_eq!(sequences(pipes, "a1 b2 a3 b4 a5 b6"), ["a3 b4"]);
}

#[test]
fn endgames_counting_pipes_say_how_many() {
    let events = [("cmd", "h1"), ("sh", "h1"), ("cmd", "h2"), ("CMD", "h1")];
    let events = events.map(|(name, host)| json!({"event_type": "process", "name": name, "hostname": host}));
    let run = |query: &str| {
        let (item, problems) = load_query(Language::Endgame(Case::Insensitive), query, &QueryOptions::default());
        assert_eq!(problems, [], "{query}");
        let run = Program::compile(&item.rule).run(events.iter().cloned().enumerate(), EndOfStream::Complete);
        run.alerts
            .into_iter()
            .map(|alert| (alert.events.len(), json!(alert.group.into_iter().collect::<serde_json::Map<_, _>>())))
            .collect::<Vec<_>>()
    };
    let hosts = json!(["h1", "h2"]);
    assert_eq!(
        run("process where true | count"),
        [(0, json!({"count": 4, "total_hosts": 2, "hosts": hosts, "key": "totals"}))]
    );
    assert_eq!(
        run("process where true | count name"),
        [
            (0, json!({"count": 1, "percent": 0.25, "total_hosts": 1, "hosts": ["h1"], "key": "sh"})),
            (0, json!({"count": 3, "percent": 0.75, "total_hosts": 2, "hosts": hosts, "key": "cmd"})),
        ]
    );
    assert_eq!(
        run("process where true | unique_count name | filter count > 1"),
        [(1, json!({"count": 3, "percent": 0.75, "total_hosts": 2, "hosts": hosts}))]
    );
}

/// Endgame's relations between processes (EQL's guide, "Process lineage"): `child of` is one generation, `descendant of` every one,
/// `event of` the process itself.
#[test]
fn a_grandchild_is_a_descendant_and_no_child() {
    let started = |id: i64, parent: i64, name: &str| {
        json!({"event_type": "process", "opcode": 1, "pid": id, "ppid": parent, "unique_pid": format!("p{id}"),
            "unique_ppid": format!("p{parent}"), "process_name": name})
    };
    let events = [started(10, 1, "a.exe"), started(11, 10, "b.exe"), started(12, 11, "c.exe"), started(13, 1, "c.exe")];
    for (relation, expected) in [("child", vec![1]), ("descendant", vec![1, 2]), ("event", vec![0])] {
        let query = format!("process where {relation} of [process where process_name == \"a.exe\"]");
        let options = QueryOptions { category_field: Some("event_type"), ..QueryOptions::default() };
        let (item, problems) = load_query(Language::Endgame(Case::Insensitive), &query, &options);
        assert_eq!(problems, [], "{query}");
        let run = Program::compile(&item.rule).run(events.iter().cloned().enumerate(), EndOfStream::Complete);
        let lines: Vec<usize> = run.alerts.iter().flat_map(|alert| &alert.events).map(|record| record.line).collect();
        assert_eq!(lines, expected, "{query}");
    }
}
