"""Stars: how many each repository of a code link has, with the day of the count; pure."""

from __future__ import annotations

import datetime
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from surveyext.library.model import Kind, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

_HEAD = "# The stars of code links, each with the day of the count. 'survey refresh' writes this.\n"


@dataclass(frozen=True, slots=True)
class Stars:
    """A count, true on its day."""

    count: int
    day: str  #: ISO date.


def parse(data: dict[str, Any], file: str) -> tuple[dict[str, Stars], list[Problem]]:
    """Turn ``["https://github.com/OWNER/NAME"] stars = 7, counted = DATE`` into counts."""
    found: dict[str, Stars] = {}
    problems = []
    for address, table in data.items():
        count = table.get("stars") if isinstance(table, dict) else None
        day = table.get("counted") if isinstance(table, dict) else None
        if type(count) is int and count >= 0 and isinstance(day, datetime.date):
            found[address] = Stars(count, day.isoformat())
        else:
            message = f"'{address}' needs stars, a number, and counted, a date; run survey refresh"
            problems.append(Problem(file, 0, Kind.BAD_DATA, message))
    return found, problems


def write(stars: Mapping[str, Stars]) -> str:
    """Return the file that :func:`parse` reads."""
    tables = (
        f"[{json.dumps(address)}]\nstars = {each.count}\ncounted = {each.day}\n"
        for address, each in sorted(stars.items())
    )
    return "\n".join([_HEAD, *tables])
