"""Runs emitted Panther rules under CPython and compares their verdicts with expected ones.

usage: panther_emitted.py DIRECTORY CASES.jsonl

DIRECTORY holds the modules. Each line of CASES is {"module": base name, "event": object, "expect": bool}.
The rules run on panther_core's PantherEvent where that is installed, else on a class of the same behaviour.
Prints each difference and a summary; the exit status is 1 when there is one.
"""

import importlib.util
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path


def wrap(value):
    if isinstance(value, dict):
        return Event(value)
    if isinstance(value, list):
        return Items(value)
    return value


class Items(Sequence):
    """A list of an event: immutable, no `list`, its containers wrapped"""

    def __init__(self, items):
        self._items = items

    def __len__(self):
        return len(self._items)

    def __getitem__(self, index):
        if isinstance(index, slice):
            return tuple(wrap(item) for item in self._items[index])
        return wrap(self._items[index])

    def __eq__(self, other):
        if isinstance(other, Items):
            return self._items == other._items
        return isinstance(other, (list, tuple)) and self._items == list(other)

    __hash__ = None


class Event(Mapping):
    """An event or an object in it: keys are looked up exactly first, then without case"""

    def __init__(self, data):
        self._data = data

    def _key(self, key):
        if key in self._data:
            return key
        return next((known for known in self._data if known.lower() == key.lower()), None)

    def __getitem__(self, key):
        known = self._key(key)
        if known is None:
            raise KeyError(key)
        return wrap(self._data[known])

    def __contains__(self, key):
        return self._key(key) is not None

    def __iter__(self):
        return iter(self._data)

    def __len__(self):
        return len(self._data)

    def get(self, key, default=None):
        return self[key] if key in self else default

    def deep_get(self, *keys, default=None):
        value = self
        for key in keys:
            if not isinstance(value, Mapping):
                return default
            value = value.get(key, default)
        return default if value is None else value

    __hash__ = None


def event_class():
    try:
        from panther_core.enriched_event import PantherEvent
    except ImportError:
        return Event, "own event class"
    return PantherEvent, "panther_core"


def load(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def verdict(module, event):
    try:
        result = module.rule(event)
    except Exception as error:  # every exception is a finding
        return f"raised {type(error).__name__}: {error}"
    return result if isinstance(result, bool) else f"returned {result!r}, which is no bool"


def main():
    directory, cases = Path(sys.argv[1]), Path(sys.argv[2])
    make, name = event_class()
    modules, count, wrong = {}, 0, 0
    with cases.open(encoding="utf-8") as lines:
        for line in lines:
            case = json.loads(line)
            path = directory / f"{case['module']}.py"
            module = modules.setdefault(path, None) or load(path)
            modules[path] = module
            count += 1
            found = verdict(module, make(case["event"]))
            if found is not case["expect"]:
                wrong += 1
                print(f"{path.name}: {json.dumps(case['event'])}: expected {case['expect']}, {found}")
    print(f"{count} events, {len(modules)} modules, {wrong} differences ({name})")
    return 1 if wrong or not count else 0


if __name__ == "__main__":
    sys.exit(main())
