#!/usr/bin/env python3
"""Asks PyPI `eql`, a parser of its own, whether it takes the EQL queries that detc prints.

usage: eql_accepts.py FILE

FILE holds one JSON string (a query) per line. Every query that `eql` refuses is printed with its reason. The exit status
is 0 when it takes all of them, 1 when it refuses any, and 2 when the file cannot be used or holds no query.
"""

import contextlib
import json
import sys

import eql.parser as parser

# Elasticsearch's dialect, and each of its newer constructs, which the library has behind a switch of its own.
MODES = [
    parser.elasticsearch_syntax,
    parser.ignore_missing_functions,
    parser.skip_optimizations,
    parser.allow_sample,
    parser.allow_runs,
    parser.allow_negation,
    parser.elasticsearch_validate_optional_fields,
]


def refusals(queries):
    """Yields (line number, query, reason) for each query that is refused."""
    with contextlib.ExitStack() as modes:
        for mode in MODES:
            modes.enter_context(mode)
        for line, query in queries:
            try:
                parser.parse_query(query)
            except (parser.EqlError, RecursionError) as error:
                yield line, query, error


def main(arguments):
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        with open(arguments[0], encoding="utf-8") as file:
            queries = [(number, json.loads(line)) for number, line in enumerate(file, 1) if line.strip()]
    except (OSError, ValueError) as error:
        print(f"{arguments[0]}: {error}", file=sys.stderr)
        return 2
    if not queries:
        print(f"{arguments[0]}: no queries", file=sys.stderr)
        return 2
    refused = 0
    for line, query, reason in refusals(queries):
        refused += 1
        print(f"{arguments[0]}:{line}: refused: {reason}\n{query}\n")
    print(f"{len(queries) - refused} of {len(queries)} queries accepted")
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
