"""Venues: a record's booktitle or journal to the short name that readers know."""

from __future__ import annotations

import re
import string
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from surveyext.library.text import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from surveyext.library.model import Record


@dataclass(frozen=True, slots=True)
class Venue:
    """Where a record appeared."""

    family: str  #: The series, "ACL".
    short: str  #: The edition, "Findings of ACL 2023".


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the venue table; the first that matches decides."""

    pattern: str  #: Looked for in the plain booktitle or journal; see :func:`_expression`.
    family: str
    short: str  #: Template over the pattern's words and ``{year}``.

    def __post_init__(self) -> None:
        """Refuse a template that the pattern cannot fill.

        :raises ValueError: Broken pattern, or a field that is not just the name of a word.
        """
        words = {*_expression(self.pattern).groupindex, "year"}
        for _, name, form, conversion in string.Formatter().parse(self.short):
            if name is not None and (name not in words or form or conversion):
                raise ValueError(f"'{self.short}' uses '{name}', which nothing fills")


#: A word has letters, digits and hyphens, and an end: so no name takes long.
_WORD = "(?P<{}>[\\w-]{{1,40}}+)"


@cache
def _expression(pattern: str) -> re.Pattern[str]:
    """Return a pattern as a regular expression to match from the start of a name.

    In a pattern ``*`` stands for any text and ``{of}`` for one word. What anybody may write
    is no regular expression itself: some take years. Between two ``*`` the first place that
    fits will do, so that none is tried twice.

    :raises ValueError: A brace without its other one, or a word that is not named once.
    """
    pieces, words = [""], set[str]()
    for text, name, form, conversion in string.Formatter().parse(pattern):
        first, *others = map(re.escape, text.split("*"))
        pieces[-1] += first
        pieces += others
        if name is None:
            continue
        if not name.isidentifier() or name in words or form or conversion:
            raise ValueError(f"'{pattern}' needs one name for each word in braces, as '{{of}}'")
        pieces[-1] += _WORD.format(name)
        words.add(name)
    return re.compile("".join(f"(?>.*?{piece})" for piece in pieces), re.DOTALL)


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
        if shown and (match := _expression(rule.pattern).match(shown)):
            words = {"year": record.field("year"), **match.groupdict()}
            short = rule.short.format(**words)
            return Venue(rule.family, " ".join(short.split()))
    return None if full else _unpublished(record)


def _unpublished(record: Record) -> Venue | None:
    family = _UNPUBLISHED.get(record.type, "")
    if record.arxiv and family in {"", "Web"}:
        family = "arXiv"
    return Venue(family, f"{family} {record.field('year')}".strip()) if family else None
