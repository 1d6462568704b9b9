#!/usr/bin/env python3
"""Holds the Sigma that detc writes against the specification's own JSON Schemas.

usage: sigma_schema.py DETC SCHEMAS PATH...

SCHEMAS is the folder `json-schema` of SigmaHQ/sigma-specification; the rules under each PATH are converted to Sigma. Every document has
to be valid, save for the one form that the schemas do not know (see EXTENDED). The exit status is 0 when all are, 1 when not, 2 when
nothing was written.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

import jsonschema
import yaml

KINDS = {
    "detection": "sigma-detection-rule-schema.json",
    "correlation": "sigma-correlation-rules-schema.json",
    "filter": "sigma-filters-schema.json",
}
# The specification (2.1.0) has `condition` as a map in every type of correlation, and its schema says so. pySigma since 1.0 also reads a
# text (`a and b and not c`) in `temporal` and `temporal_ordered`; rules with such a condition have no other form.
EXTENDED = "an extended temporal condition is a text"


class Loader(yaml.SafeLoader):
    """YAML as the schemas see it: dates are texts."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def complaints(document, validators):
    kind = next((kind for kind in ("correlation", "filter", "detection") if kind in document), None)
    if kind is None:
        return ["neither a rule, nor a correlation, nor a filter"]
    found = []
    for error in validators[kind].iter_errors(document):
        path = [str(part) for part in error.absolute_path]
        is_text = isinstance(error.instance, str) and path == ["correlation", "condition"]
        found.append(EXTENDED if is_text else f"{'.'.join(path)}: {error.message}")
    return found


def main(arguments):
    detc, schemas, paths = arguments[0], pathlib.Path(arguments[1]), arguments[2:]
    validators = {
        kind: jsonschema.Draft202012Validator(json.loads((schemas / name).read_text(encoding="utf-8")))
        for kind, name in KINDS.items()
    }
    documents, extended, wrong = 0, 0, []
    with tempfile.TemporaryDirectory() as folder:
        command = [detc, "convert", *paths, "--to", "sigma", "--max-loss", "any", "-o", folder + "/"]
        if subprocess.run(command, stderr=subprocess.DEVNULL, check=False).returncode > 1:
            print("the conversion failed", file=sys.stderr)
            return 2
        for path in sorted(pathlib.Path(folder).rglob("*.yml")):
            for document in yaml.load_all(path.read_text(encoding="utf-8"), Loader):
                documents += 1
                found = complaints(document, validators)
                extended += EXTENDED in found
                wrong += [f"{path.relative_to(folder)}: {what}" for what in found if what != EXTENDED]
    for line in wrong[:50]:
        print(line)
    print(f"{documents} documents in Sigma, {extended} with an extended condition, {len(wrong)} complaints of the schemas")
    return 2 if documents == 0 else int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
