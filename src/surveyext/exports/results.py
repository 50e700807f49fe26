"""Results: the ledger's rows as CSV and JSON with a published schema; pure."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import fields
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from surveyext.library.ledger import READ_FROM, Result

if TYPE_CHECKING:
    from collections.abc import Iterable

    from surveyext.survey.site import Site

#: Where the files are, below the site's root.
FILES = CSV, JSON, SCHEMA = "results.csv", "results.json", "results.schema.json"
#: Raised when a column changes its meaning; columns may be added at any time.
VERSION = 1

_WHERE = {"file", "line"}  # of the author's files, which readers do not have
_COLUMNS = tuple(each.name for each in fields(Result) if each.name not in _WHERE)
_ABOUT = {
    "key": "Key of the entry; empty for a method that the survey has no entry for.",
    "method": "The method's name, where there is no entry.",
    "name": "What readers call the method.",
    "unit": "Unit of value and full.",
    "better": "Which way is better.",
    "measured_by": "Whose number it is.",
    "variant": "Which form of the method.",
    "value": "As printed in the source.",
    "full": "The uncompressed model in the same setting.",
    "context": "Tokens.",
    "tasks": "How many tasks an average covers.",
    "against": "What a speed-up is relative to.",
    "sparsity": "Share of the weights that are zero or removed, 0 to 1.",
    "compression": "Original size divided by new size.",
    "size": "Parameters left, in billions.",
    "source": "Address of what was read.",
    "place": "Where in the source.",
    "read": "How it was read.",
    "paper": "Key of the entry whose table it is.",
    "benchmark": "The independent benchmark whose table it is.",
    "date": "The day on which it was read.",
}


def rows(site: Site, results: Iterable[Result]) -> list[dict[str, Any]]:
    """Return results as tables of names and values; options that are not given are left out."""
    return [_row(site, each) for each in results]


def _row(site: Site, result: Result) -> dict[str, Any]:
    metric = site.survey.library.vocabulary.metrics[result.metric]
    values = {name: getattr(result, name) for name in _COLUMNS}
    given = {name: _plain(value) for name, value in values.items() if value not in ("", None)}
    derived = {
        "name": site.survey.label(result.key) if result.key else result.method,
        "unit": metric.unit,
        "better": metric.better,
        "measured_by": result.measured_by,
    }
    return {**given, **derived}


def _plain(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else value


def results_csv(site: Site) -> str:
    """Return all results as CSV, RFC 4180 but for the line ends; values keep their digits."""
    text = io.StringIO()
    derived = ("name", "unit", "better", "measured_by")
    writer = csv.DictWriter(text, [*_COLUMNS, *derived], restval="", lineterminator="\n")
    writer.writeheader()
    for result in site.survey.library.results:
        printed = {"value": str(result.value)}
        if result.full is not None:
            printed["full"] = str(result.full)
        writer.writerow({**_row(site, result), **printed})
    return text.getvalue()


def results_json(site: Site) -> str:
    """Return all results as JSON, a row per line."""
    lines = (
        json.dumps(row, ensure_ascii=False, sort_keys=True)
        for row in rows(site, site.survey.library.results)
    )
    head = json.dumps(site.base + SCHEMA)
    body = ",\n  ".join(lines)
    return f'{{\n "$schema": {head},\n "version": {VERSION},\n "results": [\n  {body}\n ]\n}}\n'


def schema() -> str:
    """Return the JSON Schema of the file and of a row, draft 2020-12, made from the columns."""
    types = {each.name: _type(str(each.type)) for each in fields(Result)}
    properties: dict[str, dict[str, Any]] = {name: {"type": types[name]} for name in _COLUMNS}
    properties |= {name: {"type": "string"} for name in ("name", "unit")}
    properties["better"] = {"enum": ["higher", "lower"]}
    properties["measured_by"] = {"enum": ["authors", "comparison", "benchmark"]}
    properties["read"] = {"enum": list(READ_FROM)}
    for name, about in _ABOUT.items():
        properties[name] = {**properties[name], "description": about}
    needed = ["name", "model", "dataset", "metric", "value", "unit", "better", "source", "place"]
    row = {
        "type": "object",
        "additionalProperties": False,
        "required": [*needed, "read", "date", "measured_by"],
        "properties": properties,
    }
    whole = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "The results of a living survey",
        "description": "One row per measurement. Columns are only ever added.",
        "type": "object",
        "required": ["version", "results"],
        "properties": {
            "$schema": {"type": "string"},
            "version": {"const": VERSION},
            "results": {"type": "array", "items": {"$ref": "#/$defs/row"}},
        },
        "$defs": {"row": row},
    }
    return json.dumps(whole, indent=1) + "\n"


def _type(annotation: str) -> str:
    if "int" in annotation:
        return "integer"
    return "number" if "float" in annotation or "Decimal" in annotation else "string"
