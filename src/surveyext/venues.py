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

        :raises ValueError: Broken pattern, or a field that no group fills.
        """
        try:
            groups = {*re.compile(self.pattern).groupindex, "year"}
        except re.error as error:
            raise ValueError(f"'{self.pattern}' is no regular expression: {error}") from None
        wanted = {name for _, name, _, _ in string.Formatter().parse(self.short) if name}
        if not wanted <= groups:
            raise ValueError(f"'{self.short}' uses {sorted(wanted - groups)}, which nothing fills")


#: What a record without any venue is called, by what it is.
_ARXIV, _WEB, _SOFTWARE = "arXiv", "Web", "Software"


def find_venue(record: Record, rules: Sequence[Rule]) -> Venue | None:
    """Return the venue of a record, or ``None`` when the table does not know it."""
    full = record.field("booktitle") or record.field("journal")
    shown = plain(full or record.field("howpublished"))
    for rule in rules:
        if shown and (match := re.search(rule.pattern, shown)):
            groups = {name: value or "" for name, value in match.groupdict().items()}
            short = rule.short.format(**groups, year=record.field("year"))
            return Venue(rule.family, " ".join(short.split()))
    return None if full else _unpublished(record)


def _unpublished(record: Record) -> Venue | None:
    year = record.field("year")
    if record.type == "software":
        return Venue(_SOFTWARE, f"{_SOFTWARE} {year}")
    if record.field("eprint"):
        return Venue(_ARXIV, f"{_ARXIV} {year}")
    return Venue(_WEB, f"{_WEB} {year}") if record.type in {"misc", "online"} else None
