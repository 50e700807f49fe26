"""Considered: papers that were looked at and not entered, each with the reason; pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from surveyext.library.model import Kind, Problem


@dataclass(frozen=True, slots=True)
class Considered:
    """A paper that has no entry."""

    title: str
    arxiv: str  #: "" where it has no number.
    reason: str  #: One sentence.


def parse(data: dict[str, Any], file: str) -> tuple[tuple[Considered, ...], list[Problem]]:
    """Turn ``["TITLE"] arxiv = ..., reason = ...`` into papers, by title."""
    found, problems = [], []
    for title, table in data.items():
        reason = table.get("reason") if isinstance(table, dict) else None
        arxiv = table.get("arxiv", "") if isinstance(table, dict) else None
        if isinstance(reason, str) and reason.strip() and isinstance(arxiv, str):
            found.append(Considered(title, arxiv, reason))
        else:
            message = f"'{title}' needs a reason, and arxiv as a text where it has a number"
            problems.append(Problem(file, 0, Kind.BAD_DATA, message))
    return tuple(sorted(found, key=lambda each: each.title.casefold())), problems
