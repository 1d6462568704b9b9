"""What CPython says: the verdict of a Panther rule for every event of a file.

    panther_verdicts.py RULE.py EVENTS.jsonl [--function rule|policy] [--path FOLDER].. [--models FOLDER]

One line of JSON per event: {"line": n, "verdict": true | false | null, "error": class name or null}. The verdict is null where
the function raises or returns something else than a bool, which Panther counts as no match. `--path` adds folders of
helpers (global_helpers), `--models` the data models of a checkout (needs panther_core and PyYAML). The event is panther_core's when that is installed (panther_analysis_tool brings it), else the small
mapping below, which has the same reads: case-insensitive keys, wrapped containers, get, deep_get.
"""

import argparse
import importlib.util
import json
import pathlib
import sys
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


def load(path):
    spec = importlib.util.spec_from_file_location("rule_under_test", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def models_in(folder, log_types):
    """The data models of a folder by log type, as far as the log types are asked for."""
    if not folder or not PantherEvent or not pathlib.Path(folder).is_dir():
        return {}
    import yaml
    from panther_core.data_model import DataModel

    found = {}
    for path in sorted(pathlib.Path(folder).rglob("*.yml")):
        text = path.read_text(encoding="utf-8")
        if not any(log_type in text for log_type in log_types):
            continue
        item = yaml.safe_load(text)
        if item.get("AnalysisType") != "datamodel" or not item.get("Enabled", True):
            continue
        config = {"id": item["DataModelID"], "mappings": [], "versionId": ""}
        for mapping in item["Mappings"]:
            config["mappings"].append({key.lower(): value for key, value in mapping.items()})
        if item.get("Filename"):
            config["body"] = path.with_name(item["Filename"]).read_text(encoding="utf-8")
        model = DataModel(config)
        found.update({log_type: model for log_type in item["LogTypes"]})
    return found


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


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rule")
    parser.add_argument("events")
    parser.add_argument("--function", default="rule", choices=["rule", "policy"])
    parser.add_argument("--path", action="append", default=[])
    parser.add_argument("--models")
    arguments = parser.parse_args()
    sys.path[:0] = arguments.path
    function = getattr(load(arguments.rule), arguments.function)
    with open(arguments.events, encoding="utf-8") as lines:
        events = [(number, json.loads(line)) for number, line in enumerate(lines, 1) if line.strip()]
    log_types = {str(event.get("p_log_type") or "-") for _, event in events}
    models = models_in(arguments.models, log_types)
    for number, event in events:
        value, error = verdict(function, event, models)
        print(json.dumps({"line": number, "verdict": value, "error": error}))


if __name__ == "__main__":
    main()
