#!/usr/bin/python3
"""Checks posed/1 streams against docs/posed-1.schema.json; prints every bad line as `file:line: message`, exits 1 if any.

    scripts/validate.py [--strict] FILE…        - is standard input

--strict refuses keys and types that the schema does not name as well: what posed itself writes must be documented.
"""
import json
import pathlib
import sys

from needs import need

need(jsonschema="python3-jsonschema")
import jsonschema  # noqa: E402

SCHEMA = pathlib.Path(__file__).resolve().parent.parent / "docs/posed-1.schema.json"


def close(node):
    """Refuses unnamed properties in every definition, in place."""
    if isinstance(node, dict):
        if node.get("type") == "object" and "properties" in node:
            node["additionalProperties"] = False
        for child in node.values():
            close(child)


def refuse(word):
    """Python would take NaN and Infinity; JSON has neither."""
    raise ValueError(word)


def main(arguments):
    schema = json.loads(SCHEMA.read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    if "--strict" in arguments:
        arguments.remove("--strict")
        close(schema["$defs"])
        schema["properties"]["type"] = {"enum": [kind for kind in schema["$defs"] if kind not in ("model", "person")]}
    validator = jsonschema.Draft202012Validator(schema)
    bad = 0
    for path in arguments:
        with sys.stdin if path == "-" else open(path, encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                try:
                    record = json.loads(line, parse_constant=refuse)
                    error = next(validator.iter_errors(record), None)
                    problem = error and f"{error.json_path}: {error.message[:200]}"
                except ValueError as error:
                    problem = f"not JSON: {error}"
                if problem:
                    bad += 1
                    print(f"{path}:{number}: {problem}")
    sys.exit(1 if bad else 0)


main(sys.argv[1:])
