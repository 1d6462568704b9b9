"""What CPython says: the verdict of a Panther rule for events.

    panther_verdicts.py RULE.py EVENTS.jsonl
    panther_verdicts.py --batch < JOBS.jsonl

The first prints a line per event: {"line": n, "verdict": true | false | null, "error": class name or null}. The verdict is null
where the function raises or returns something else than a bool, which Panther counts as no match.

The second takes a line per rule, {"rule": path, "function": "rule" | "policy", "helpers": folder, "models": folder, "events": [..]},
and answers each with {"verdicts": [..], "errors": [..]}, or {"failure": why} for a rule that cannot be loaded. A process of its own
judges each rule: what a rule imports, changes and prints is gone with it. `helpers` are the modules that rules share
(global_helpers), `models` the data models of a checkout (needs panther_core and PyYAML).

State that rules keep between events (panther_detection_helpers.caching) is in a service that is not here: what writes it does
nothing, what reads it raises.

The event is panther_core's when that is installed (panther_analysis_tool brings it), else the small mapping below, which has the
same reads: case-insensitive keys, wrapped containers, get, deep_get.
"""

import argparse
import functools
import importlib.util
import json
import os
import pathlib
import signal
import sys
import tempfile
import types
from collections.abc import Mapping, Sequence

try:
    from panther_core.enriched_event import PantherEvent
except ImportError:
    PantherEvent = None


def wrap(value):
    if isinstance(value, dict):
        return Event(value)
    if isinstance(value, list):
        return Items(value)
    return value


class Event(Mapping):
    """A read-only mapping; keys are found exactly first, then without regard to case."""

    def __init__(self, data):
        self._data = data

    def _key(self, key):
        if key in self._data:
            return key
        lowered = key.lower()
        for known in self._data:
            if isinstance(known, str) and known.lower() == lowered:
                return known
        raise KeyError(key)

    def __getitem__(self, key):
        return wrap(self._data[self._key(key)])

    def __iter__(self):
        return iter(self._data)

    def __len__(self):
        return len(self._data)

    def __eq__(self, other):
        return self._data == (other._data if isinstance(other, Event) else other)

    __hash__ = None

    def deep_get(self, *keys, default=None):
        out = self
        for key in keys:
            out = out.get(key, default) if isinstance(out, Mapping) else default
        return default if out is None else wrap(out)


class Items(Sequence):
    """A read-only list that is no `list`."""

    def __init__(self, data):
        self._data = data

    def __getitem__(self, index):
        if isinstance(index, slice):
            return tuple(wrap(item) for item in self._data[index])
        return wrap(self._data[index])

    def __len__(self):
        return len(self._data)

    def __eq__(self, other):
        if isinstance(other, Items):
            return self._data == other._data
        return isinstance(other, (list, tuple)) and self._data == list(other)

    __hash__ = None


class Caching(types.ModuleType):
    """Stands for the module whose functions keep state; those that only write it give back None."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return self.write if name.startswith(("put_", "add_to_", "remove_from_", "increment_", "reset_", "set_key_")) else self.read

    @staticmethod
    def write(*_arguments, **_options):
        return None

    @staticmethod
    def read(*_arguments, **_options):
        raise NotImplementedError("state is not here")


def load(path):
    package = types.ModuleType("panther_detection_helpers")
    package.caching = Caching("panther_detection_helpers.caching")
    sys.modules.update({module.__name__: module for module in (package, package.caching)})
    spec = importlib.util.spec_from_file_location("rule_under_test", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# A rule that takes longer than this many seconds is stopped.
TIME_LIMIT = 120


@functools.cache
def configs_in(folder):
    """What the data models of a folder are made of, by log type."""
    if not folder or not PantherEvent or not pathlib.Path(folder).is_dir():
        return {}
    import yaml

    found = {}
    for path in sorted(pathlib.Path(folder).rglob("*.yml")):
        item = yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        if item.get("AnalysisType") != "datamodel" or not item.get("Enabled", True):
            continue
        config = {"id": item["DataModelID"], "mappings": [], "versionId": ""}
        for mapping in item["Mappings"]:
            config["mappings"].append({key.lower(): value for key, value in mapping.items()})
        if item.get("Filename"):
            config["body"] = path.with_name(item["Filename"]).read_text(encoding="utf-8")
        found.update({log_type: config for log_type in item["LogTypes"]})
    return found


def models_of(folder, log_types):
    """The data models of a folder for the log types."""
    from panther_core import data_model

    configs = configs_in(folder)
    wanted = [log_type for log_type in sorted(log_types) if log_type in configs]
    with tempfile.TemporaryDirectory() as own:
        # It writes the code to files in one place for all processes, and one read what another was writing.
        data_model._DATAMODEL_FOLDER = own
        return {log_type: data_model.DataModel(configs[log_type]) for log_type in wanted}


def model_of(event, models):
    log_type = event.get("p_log_type")
    return models.get(log_type) if isinstance(log_type, str) else None


def subject(function, event, models):
    """What the vendor's tool hands on: a policy gets the plain resource."""
    if function.__name__ == "policy":
        return event
    return PantherEvent(event, model_of(event, models)) if PantherEvent else Event(event)


def verdict(function, event, models):
    try:
        result = function(subject(function, event, models))
    except Exception as error:  # whatever it is, it is no match
        return None, type(error).__name__
    return (result, None) if isinstance(result, bool) else (None, "FunctionReturnTypeError")


def judge(rule, function, events, models_folder=None):
    """The verdict on each event, and the class of what was raised."""
    function = getattr(load(rule), function)
    log_types = {event.get("p_log_type") for event in events if isinstance(event.get("p_log_type"), str)}
    models = models_of(models_folder, log_types) if configs_in(models_folder) else {}
    return [verdict(function, event, models) for event in events]


def answer(job):
    try:
        verdicts = judge(job["rule"], job["function"], job["events"], job.get("models"))
    except Exception as error:  # the rule is not to be had
        return {"failure": f"{type(error).__name__}: {error}"}
    return {"verdicts": [value for value, _ in verdicts], "errors": [error for _, error in verdicts]}


def in_a_process(job):
    """The answer of a process that ends with the rule."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        signal.alarm(TIME_LIMIT)
        if job.get("helpers"):
            sys.path.insert(0, job["helpers"])
        with os.fdopen(writer, "w", encoding="utf-8") as pipe:
            json.dump(answer(job), pipe)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, encoding="utf-8") as pipe:
        text = pipe.read()
    os.waitpid(child, 0)
    return text or json.dumps({"failure": "the process ended without an answer"})


def batch():
    for line in sys.stdin:
        job = json.loads(line)
        configs_in(job.get("models"))
        print(in_a_process(job), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rule", nargs="?")
    parser.add_argument("events", nargs="?")
    parser.add_argument("--batch", action="store_true")
    arguments = parser.parse_args()
    if arguments.batch:
        return batch()
    if not arguments.events:
        parser.error("a rule and its events, or --batch")
    with open(arguments.events, encoding="utf-8") as lines:
        events = [(number, json.loads(line)) for number, line in enumerate(lines, 1) if line.strip()]
    verdicts = judge(arguments.rule, "rule", [event for _, event in events])
    for (number, _), (value, error) in zip(events, verdicts):
        print(json.dumps({"line": number, "verdict": value, "error": error}))


if __name__ == "__main__":
    main()
