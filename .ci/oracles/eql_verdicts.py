#!/usr/bin/env python3
"""What PyPI `eql`, an engine of its own, says: whether EQL queries over one event hold of events.

usage: eql_verdicts.py < JOBS.jsonl

Takes a line per job, {"query": text, "event": document}, and answers each with {"fires": true | false}, or with {"failure": why} for
a query that it cannot read or evaluate.
"""

import contextlib
import json
import sys

import eql.engine
import eql.parser as parser
from eql.events import Event
from eql_accepts import MODES


def fires(query, document):
    parsed = parser.parse_query(query)
    found = []
    engine = eql.engine.PythonEngine()
    engine.add_query(parsed)
    engine.add_output_hook(found.append)
    categories = document.get("event", {}).get("category", "generic")
    category = categories[0] if isinstance(categories, list) and categories else categories
    engine.stream_events([Event(str(category), 0, document)])
    return bool(found)


def answer(job):
    try:
        return {"fires": fires(job["query"], job["event"])}
    except Exception as error:  # whatever it is, the engine has no verdict
        return {"failure": f"{type(error).__name__}: {error}"}


def main():
    with contextlib.ExitStack() as modes:
        for mode in MODES:
            modes.enter_context(mode)
        for line in sys.stdin:
            print(json.dumps(answer(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
