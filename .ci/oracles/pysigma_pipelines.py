#!/usr/bin/env python3
"""Sends rules through processing pipelines with pySigma and with detc, and compares what comes out.

usage: pysigma_pipelines.py DETC FOLDER

FOLDER holds pairs NAME.yml (a pipeline) and NAME.rule.yml (a rule). For most of them detc writes the changed rule as Sigma, pySigma
reads that, and the conditions of both are compared as truth tables over their tests; log source, fields and the fields of
correlations have to be the same too. For output_NAME the text after postprocessing and finalizers is compared, made by both from the
same query. Where the two differ on purpose, DIFFERENCES says why, and a difference that is no more is an error. The exit status is 0
when all is as it should be, 1 when not, 2 when there is nothing to compare.
"""

import itertools
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import yaml

os.environ["PYSIGMA_ALLOW_EXTERNAL_SOURCES"] = "1"

from sigma.collection import SigmaCollection  # noqa: E402
from sigma.conditions import (  # noqa: E402
    ConditionAND,
    ConditionFieldEqualsValueExpression,
    ConditionNOT,
    ConditionOR,
    ConditionValueExpression,
)
from sigma.correlations import SigmaCorrelationRule  # noqa: E402
from sigma.exceptions import SigmaError  # noqa: E402
from sigma.processing.pipeline import ProcessingPipeline  # noqa: E402
from sigma.processing.transformations import FieldFunctionTransformation  # noqa: E402
from sigma.types import (  # noqa: E402
    Placeholder,
    SigmaBool,
    SigmaCasedString,
    SigmaExpansion,
    SigmaNull,
    SigmaNumber,
    SigmaRegularExpression,
    SigmaString,
    SpecialChars,
)

# Where the meaning of the rule decides against pySigma. `docs/pipelines.md` has the same list.
DIFFERENCES = {
    "encoded_values": "a change of values reaches what windash and base64offset make of them",
    "field_name_mapping_negated": "a field that becomes two differs from a value when neither has it, and is absent when both are",
    "hashes_fields_all": "`all` stays `all`, and a value that is no such hash stays a value of the field",
    "query_expression_placeholders": "Sigma cannot hold a piece of another language",
    "regex_anchored": "an expression is a search, so a whole value is tied to both ends",
    "regex_brackets": "an expression is a search, so it needs no `.*` at its ends; a wildcard matches line breaks",
    "regex_flag": "an expression is a search, so it needs no `.*` at its ends; a wildcard matches line breaks",
    "value_placeholders_all": "a placeholder is any of its values, also under `all`",
    "wildcard_placeholders_escaped": "a percent sign after a backslash is a plain one",
}

FUNCTIONS = {"snake_case": lambda name: SigmaString(name).snake_case().to_plain(), "lower": str.lower, "upper": str.upper}


def load(path):
    """The pipeline of a file. pySigma has no way to name a function in YAML, so names become functions here."""
    pipeline = ProcessingPipeline.from_yaml(path.read_text(encoding="utf-8"), source_path=str(path))
    for item in pipeline.items:
        transformation = item.transformation
        if isinstance(transformation, FieldFunctionTransformation) and isinstance(transformation.transform_func, str):
            transformation.transform_func = FUNCTIONS[transformation.transform_func]
    return pipeline


def string(value):
    """The pieces of a string; letters only count when it is cased."""
    fold = (lambda text: text) if isinstance(value, SigmaCasedString) else str.lower
    pieces = []
    for part in value.s:
        if isinstance(part, str):
            pieces.append(fold(part))
        elif isinstance(part, SpecialChars):
            star = part == SpecialChars.WILDCARD_MULTI
            if not (star and pieces and pieces[-1] is True):
                pieces.append(star)
        elif isinstance(part, Placeholder):
            pieces.append(("placeholder", part.name))
    return ("text", isinstance(value, SigmaCasedString), tuple(pieces))


def test(field, value):
    """A test as a tree of atoms."""
    if isinstance(value, SigmaExpansion):
        return ("or", [test(field, inner) for inner in value.values])
    if type(value) is SigmaNumber:
        value = SigmaString(str(value))
    if isinstance(value, SigmaString):
        atom = string(value)
        if field is None:  # A keyword may stand anywhere.
            inner = atom[2][1:] if atom[2][:1] == (True,) else atom[2]
            inner = inner[:-1] if inner[-1:] == (True,) else inner
            atom = ("text", atom[1], (True, *inner, True))
    elif isinstance(value, SigmaRegularExpression):
        atom = ("regex", str(value.regexp), tuple(sorted(flag.name for flag in value.flags)))
    elif isinstance(value, SigmaNull):
        atom = ("null",)
    elif isinstance(value, SigmaBool):
        atom = ("bool", value.boolean)
    else:
        atom = (type(value).__name__, repr(value))
    return ("atom", (field, atom))


def tree(condition):
    """A condition of pySigma as a tree; none when nothing is left of it. Parts that a pipeline emptied are none, and are left out."""
    if isinstance(condition, (ConditionAND, ConditionOR)):
        parts = [part for part in map(tree, condition.args) if part is not None]
        return ("and" if isinstance(condition, ConditionAND) else "or", parts) if parts else None
    if isinstance(condition, ConditionNOT):
        part = tree(condition.args[0])
        return None if part is None else ("not", part)
    if isinstance(condition, ConditionFieldEqualsValueExpression):
        return test(condition.field, condition.value)
    if isinstance(condition, ConditionValueExpression):
        return test(None, condition.value)
    if condition is None:
        return None
    raise TypeError(f"{type(condition)} in a condition")


def atoms(tree):
    kind, inner = tree
    if kind == "atom":
        return {inner}
    return atoms(inner) if kind == "not" else set().union(*map(atoms, inner))


def holds(tree, true):
    kind, inner = tree
    if kind == "atom":
        return inner in true
    if kind == "not":
        return not holds(inner, true)
    return (all if kind == "and" else any)(holds(part, true) for part in inner)


def same_condition(ours, theirs):
    """Whether two trees hold for the same truth values of their atoms."""
    names = sorted(atoms(ours) | atoms(theirs), key=repr)
    if len(names) > 18:
        raise ValueError(f"{len(names)} atoms are too many to try")
    for values in itertools.product([False, True], repeat=len(names)):
        true = {name for name, value in zip(names, values) if value}
        if holds(ours, true) != holds(theirs, true):
            return False
    return True


def parts(rule):
    """What has to be the same besides the condition."""
    if isinstance(rule, SigmaCorrelationRule):
        return {"fields": rule.fields, "group-by": rule.group_by, "field": rule.condition.fieldref}
    source = rule.logsource
    return {"fields": rule.fields, "log source": (source.category, source.product, source.service)}


def convert(detc, path, pipeline, target):
    """What detc makes of a rule, or None when it refuses it."""
    command = [detc, "convert", path, "--to", target, "--pipeline", pipeline]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        raise RuntimeError(done.stderr)
    return done.stdout if done.returncode == 0 else None


def compare_rules(detc, name):
    """What differs between the rules that come out, as text; empty when nothing does."""
    path = pathlib.Path(f"{name}.rule.yml")
    written = convert(detc, str(path), f"{name}.yml", "sigma")
    try:
        theirs = SigmaCollection.from_yaml(path.read_text(encoding="utf-8"))
        theirs.resolve_rule_references()
        pipeline = load(pathlib.Path(f"{name}.yml"))
        for rule in theirs.rules:
            pipeline.apply(rule)
        trees = [
            tree(rule.detection.parsed_condition[0].parsed) if not isinstance(rule, SigmaCorrelationRule) else None
            for rule in theirs.rules
        ]
    except SigmaError as error:
        return "" if written is None else f"pySigma refuses ({error}), detc does not"
    if written is None:
        return "detc refuses, pySigma does not"
    ours = SigmaCollection.from_yaml(written)
    if len(ours.rules) != len(theirs.rules):
        return f"{len(ours.rules)} rules instead of {len(theirs.rules)}"
    for own, other, condition in zip(ours.rules, theirs.rules, trees):
        if parts(own) != parts(other):
            return f"{parts(own)} instead of {parts(other)}"
        if condition is not None:
            own_condition = tree(own.detection.parsed_condition[0].parsed)
            if not same_condition(own_condition, condition):
                return f"{own_condition}\n  instead of\n  {condition}"
    return ""


def compare_output(detc, name):
    """The same for the text of queries."""
    path = pathlib.Path(f"{name}.rule.yml")
    pipeline = load(pathlib.Path(f"{name}.yml"))
    written = convert(detc, str(path), f"{name}.yml", "eql")
    bare = yaml.safe_load(pathlib.Path(f"{name}.yml").read_text(encoding="utf-8"))
    bare.pop("postprocessing", None)
    bare["finalizers"] = [{"type": "concat", "separator": "\x1e"}]
    with tempfile.NamedTemporaryFile("w", suffix=".yml", encoding="utf-8") as file:
        yaml.safe_dump(bare, file)
        file.flush()
        queries = convert(detc, str(path), file.name, "eql").removesuffix("\n").split("\x1e")
    rules = SigmaCollection.from_yaml(path.read_text(encoding="utf-8")).rules
    done = []
    for rule, query in zip(rules, queries, strict=True):
        pipeline.apply(rule)
        done.append(pipeline.postprocess_query(rule, query))
    wanted = pipeline.finalize(done) if pipeline.finalizers else "\n".join(done)
    ours = written.removesuffix("\n")
    if "yaml" in name:
        ours, wanted = yaml.safe_load(ours), yaml.safe_load(wanted)
    elif isinstance(wanted, str):
        wanted = wanted.removesuffix("\n")
        ours = ours.removesuffix("\n")
    return "" if ours == wanted else f"{json.dumps(ours)}\n  instead of\n  {json.dumps(wanted)}"


def main(arguments):
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    detc = str(pathlib.Path(arguments[0]).resolve())
    os.chdir(arguments[1])
    names = sorted(path.name.removesuffix(".rule.yml") for path in pathlib.Path(".").glob("*.rule.yml"))
    if not names:
        print(f"{arguments[1]}: no pipelines", file=sys.stderr)
        return 2
    wrong = 0
    for name in names:
        compare = compare_output if name.startswith("output_") else compare_rules
        difference = compare(detc, name)
        if bool(difference) != (name in DIFFERENCES):
            wrong += 1
            print(f"{name}: {difference or 'the same, though a difference is listed'}")
    unknown = set(DIFFERENCES) - set(names)
    if unknown:
        print(f"differences without a pipeline: {', '.join(sorted(unknown))}")
    same = len(names) - wrong - len(DIFFERENCES)
    print(f"{len(names)} pipelines: {same} as pySigma has it, {len(DIFFERENCES)} differ for a listed reason, {wrong} wrong")
    return 1 if wrong or unknown else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
