"""Notes: the text of a note without markup, citations and links as names; pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from surveyext.library.text import and_list, byline, one_line, plain

if TYPE_CHECKING:
    from surveyext.library.model import Record
    from surveyext.survey.survey import Survey

#: A role as MyST writes it, which is how an entry's note keeps citations and links.
_ROLE = re.compile(r"\{(cite(?::\w+)?|entry)\}`([^`]*)`")
_TARGET = re.compile(r".*<([^<>]*)>", re.DOTALL)


def readable(survey: Survey, note: str) -> str:
    """Return a note as a reader reads it: "Jiao et al. (2020)", not the key."""
    return one_line(_ROLE.sub(lambda match: _named(survey, match[1], match[2]), note)).strip()


def _named(survey: Survey, role: str, target: str) -> str:
    if explicit := _TARGET.fullmatch(target):
        target = explicit[1]
    keys = [key.strip() for key in target.split(",")]
    if role == "entry":
        return and_list([plain(survey.label(key)) for key in keys])
    records = survey.library.records
    textual = role in {"cite:t", "cite:ct", "cite:ts"}
    names = [_author_year(records[key], textual) if key in records else key for key in keys]
    return and_list(names) if textual else f"({'; '.join(names)})"


def _author_year(record: Record, textual: bool) -> str:
    people = byline([person.family for person in record.people])
    year = record.field("year")
    return f"{people} ({year})" if textual else f"{people}, {year}"
