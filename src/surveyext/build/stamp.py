"""Stamp: what the last build with a builder left in its output folder; pure but for files."""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True, slots=True)
class Stamp:
    """The memory of one builder and output folder; paths are relative to that folder."""

    setup: str = ""  #: Digest of what every page depends on; "" while a build is under way.
    pages: Mapping[str, str] = field(default_factory=dict)  #: Digest of each page, by docname.
    outputs: tuple[str, ...] = ()  #: Files that follow from the pages.
    files: tuple[str, ...] = ()  #: All files that builds made.
    foreign: tuple[str, ...] = ()  #: Files that stood there before, while a build is under way.


def read(path: Path) -> Stamp | None:
    """Return the stamp, or ``None`` when there is none that can be read."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        lists = {name: tuple(data[name]) for name in ("outputs", "files", "foreign")}
        return Stamp(str(data["setup"]), dict(data["pages"]), **lists)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write(path: Path, stamp: Stamp) -> None:
    """Replace the stamp in one step.

    :raises OSError: It cannot be written; the one before stays.
    """
    part = path.with_suffix(".part")
    data = {name: getattr(stamp, name) for name in Stamp.__slots__}
    part.write_text(json.dumps(data, sort_keys=True), encoding="utf-8")
    part.replace(path)


def files_below(folder: Path, *but: Path) -> set[str]:
    """Return the paths of all files below a folder, without those below some others."""
    found: set[str] = set()
    start = len(str(folder)) + 1
    for here, folders, names in os.walk(str(folder)):
        folders[:] = [name for name in folders if Path(here, name) not in but]
        place = f"{here[start:]}/".replace(os.sep, "/").lstrip("/")
        found.update(f"{place}{name}" for name in names)
    return found


def remove(folder: Path, names: Iterable[str]) -> None:
    """Remove files below a folder and the folders that are empty then."""
    for name in names:
        path = folder / name
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            path.unlink()
        for parent in path.relative_to(folder).parents[:-1]:
            with contextlib.suppress(OSError):  # not empty
                (folder / parent).rmdir()
