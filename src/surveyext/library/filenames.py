"""Filenames: what may name a file below the output folder; pure."""

from __future__ import annotations

import re
from typing import Final

from surveyext.library.model import digest

#: Bytes of one part of a path: file systems allow 255, and an ending is added.
_LONGEST: Final = 200
_DRIVE = re.compile(r"[A-Za-z]:($|/)")
#: What Sphinx and the survey themselves write at the root of a site.
_SPHINX_PAGES = frozenset({"404", "genindex", "py-modindex", "search"})
_SPHINX_FILES = frozenset({"objects.inv", "robots.txt", "searchindex.js", "sitemap.xml"})


def fault(path: str) -> str:
    """Return why a path cannot be that of a file below a folder, or ``""``.

    :param path: Parts with ``/`` between them.
    """
    if not path.isprintable() or "\\" in path or _DRIVE.match(path):
        return "it has a character that no path may have"
    for part in path.split("/"):
        if part in {"", ".", ".."}:
            shown = f"'{part}'" if part else "an empty part"
            return f"it has {shown} between its slashes, which leads elsewhere"
        if len(part.encode(errors="replace")) > _LONGEST:
            return f"a part has more than {_LONGEST} bytes"
    return ""


def is_reserved(path: str) -> bool:
    """Tell whether Sphinx writes to an address of a site: a page without ending, or a file."""
    return path[:1] in {"_", "."} or path in _SPHINX_PAGES or path in _SPHINX_FILES


def shortened(name: str) -> str:
    """Return a name that a file may have: a long one ends in a digest of all of it."""
    if len(name.encode()) <= _LONGEST // 2:
        return name
    start = name.encode()[: _LONGEST // 2].decode(errors="ignore")
    return f"{start}-{digest(name)[:12]}"
