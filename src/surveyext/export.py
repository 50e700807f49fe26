"""Export: records in the formats that reference managers read; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from surveyext.model import Record


def bibtex(record: Record) -> str:
    """Return the record as BibTeX that needs no ``@string``: fields as written, in their order."""
    width = max((len(name) for name, _ in record.fields), default=0)
    lines = [f"  {name:<{width}} = {{{value}}}," for name, value in record.fields]
    return "\n".join([f"@{record.type}{{{record.key},", *lines, "}"])
