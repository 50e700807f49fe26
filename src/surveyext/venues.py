"""Venues: a record's booktitle or journal to the short name that readers know."""

from __future__ import annotations

import re
import string
from dataclasses import dataclass
from typing import TYPE_CHECKING

from surveyext.text import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from surveyext.model import Record


@dataclass(frozen=True, slots=True)
class Venue:
    """Where a record appeared."""

    family: str  #: The series, "ACL".
    short: str  #: The edition, "Findings of ACL 2023".


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the venue table; the first that matches decides."""

    pattern: str  #: Regular expression, searched in the plain booktitle or journal.
    family: str
    short: str  #: Template over the pattern's named groups and ``{year}``.

    def __post_init__(self) -> None:
        """Refuse a template that the pattern cannot fill.

        :raises ValueError: Broken pattern, or a field that is not just the name of a group.
        """
        try:
            groups = {*re.compile(self.pattern).groupindex, "year"}
        except (re.error, OverflowError, RecursionError) as error:
            raise ValueError(f"'{self.pattern}' is no regular expression: {error}") from None
        for _, name, form, conversion in string.Formatter().parse(self.short):
            if name is not None and (name not in groups or form or conversion):
                raise ValueError(f"'{self.short}' uses '{name}', which nothing fills")


#: What a record without booktitle and journal is called, by its type.
_UNPUBLISHED = {
    "book": "Book",
    "misc": "Web",
    "online": "Web",
    "phdthesis": "PhD thesis",
    "software": "Software",
    "techreport": "Report",
}


def find_venue(record: Record, rules: Sequence[Rule]) -> Venue | None:
    """Return the venue of a record, or ``None`` when the table does not know it."""
    full = record.field("booktitle") or record.field("journal")
    shown = plain(full or record.field("howpublished"))
    for rule in rules:
        if shown and (match := re.search(rule.pattern, shown)):
            groups = {name: value or "" for name, value in match.groupdict().items()}
            short = rule.short.format(**{"year": record.field("year"), **groups})
            return Venue(rule.family, " ".join(short.split()))
    return None if full else _unpublished(record)


def _unpublished(record: Record) -> Venue | None:
    family = _UNPUBLISHED.get(record.type, "")
    if record.field("eprint") and family in {"", "Web"}:
        family = "arXiv"
    return Venue(family, f"{family} {record.field('year')}".strip()) if family else None
