"""Kept state: what follows from the sources, kept for a build that finds them unchanged."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from surveyext.library.model import Kind, Problem
from surveyext.library.redirects import Move

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Memory:
    """Digests that tell the next build what it need not do again."""

    source: str = ""  #: Of all files beside the pages.
    state: str = ""  #: Of files, pages and configuration together.
    pages: dict[str, str] = field(default_factory=dict)  #: Of what each page shows.
    problems: tuple[Problem, ...] = ()
    objects: tuple[tuple[str, str, str, str], ...] = ()  #: Key, title, page and id of each card.
    moves: tuple[Move, ...] = ()  #: Addresses that moved.
    #: Docnames of the pages that go on where another ends, by its docname.
    parts: dict[str, list[str]] = field(default_factory=dict)
    folder: str = ""  #: Where the exports were written.
    exports: dict[str, str] = field(default_factory=dict)  #: Of each file's text, by its path.


def read(path: Path) -> Memory:
    """Return the memory in a file, an empty one when there is none that can be read."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        problems = [
            Problem(file, line, Kind.of(kind), message)
            for file, line, kind, message in data.pop("problems")
        ]
        moves = tuple(Move(*each) for each in data["moves"])
        objects = tuple((key, title, page, place) for key, title, page, place in data["objects"])
        return Memory(**{**data, "objects": objects, "moves": moves, "problems": tuple(problems)})
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return Memory()


def write(memory: Memory, path: Path) -> None:
    """Write the memory whole or not at all."""
    data = {name: getattr(memory, name) for name in Memory.__slots__}
    data["problems"] = [(p.file, p.line, p.kind.value, p.message) for p in memory.problems]
    part = path.with_suffix(".part")
    part.write_text(json.dumps(data, sort_keys=True), encoding="utf-8")
    part.replace(path)
