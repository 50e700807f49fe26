"""Drawn characters: which ones a site's pages draw, looked for only in pages that changed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from surveyext.build.stamp import files_below

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path


def drawn(
    folder: Path, but: Iterable[Path], kept: Path, find: Callable[[bytes], set[str]]
) -> frozenset[str]:
    """Return the characters of all pages below a folder.

    :param but: Folders below it that hold no pages.
    :param kept: Where what was found is kept for the next build.
    :param find: Returns the characters of a page in UTF-8.
    :raises OSError: A page cannot be read, or what was found not written.
    """
    before, now = _read(kept), {}
    for name in sorted(files_below(folder, *but)):
        if name.endswith(".html"):
            path = folder / name
            status = path.stat()
            known = before.get(name, (0, 0, ""))
            if known[:2] == (status.st_mtime_ns, status.st_size):
                now[name] = known
            else:
                text = "".join(sorted(find(path.read_bytes())))
                now[name] = (status.st_mtime_ns, status.st_size, text)
    if now != before:
        part = kept.with_suffix(".part")
        part.write_text(json.dumps(now), encoding="utf-8")
        part.replace(kept)
    return frozenset[str]().union(*(text for _, _, text in now.values()))


def _read(path: Path) -> dict[str, tuple[int, int, str]]:
    """Return the time, the size and the characters of each page, none where they are damaged."""
    try:
        pages = json.loads(path.read_text(encoding="utf-8")).items()
        return {name: (int(time), int(size), str(text)) for name, (time, size, text) in pages}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}
