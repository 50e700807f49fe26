"""Canonical form: the survey's files compared with their canonical forms."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import zip_longest
from typing import TYPE_CHECKING

from surveyext.build.settings import shown
from surveyext.editing.entry_blocks import format_page
from surveyext.library.canonical import format_bib
from surveyext.library.model import Kind, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from surveyext.cli.locate import Place
    from surveyext.editing.markdown_pages import Page
    from surveyext.editing.read_survey import Reading
    from surveyext.library.canonical import Canonical


@dataclass(frozen=True, slots=True)
class Tidied:
    """A file beside its canonical form."""

    path: Path
    text: str
    canonical: Canonical

    @property
    def changed(self) -> bool:
        """Whether the form differs."""
        return self.text != self.canonical.text


def tidied(place: Place, reading: Reading) -> Iterator[Tidied]:
    """Yield every .bib file and page that can be read."""
    for path in place.paths.bib:
        try:
            with path.open(encoding="utf-8-sig", newline="") as file:
                text = file.read()
        except (OSError, UnicodeDecodeError):
            continue  # a problem that 'survey check' reports
        yield Tidied(path, text, format_bib(text))
    for docname, text in reading.texts.items():
        canonical = format_page(text, partial(_read, reading, docname))
        yield Tidied(reading.files[docname], text, canonical)


def _read(reading: Reading, docname: str, text: str) -> Page:
    """Read a text of a page, unless it is the one that was read."""
    known = text == reading.texts[docname]
    return reading.pages[docname] if known else reading.reader.read(text, docname)


def not_canonical(place: Place, reading: Reading) -> Iterator[Problem]:
    """Yield where a file first leaves its canonical form, and each part that has none."""
    problems = reading.problems
    malformed = {each.file for each in problems if each.kind is Kind.BIB_SYNTAX}
    is_open = {(each.file, each.line) for each in problems if each.kind is Kind.OPEN_FENCE}
    for each in tidied(place, reading):
        file = shown(each.path)
        if each.changed:
            message = "the form differs from here on; run 'survey format'"
            yield Problem(file, _first_difference(each), Kind.NOT_CANONICAL, message)
        for line, reason in each.canonical.left if file not in malformed else ():
            if (file, line) in is_open:
                continue  # which says more
            message = f"{reason}, so 'survey format' leaves it; write it as the manual shows"
            yield Problem(file, line, Kind.NOT_CANONICAL, message)


def _first_difference(each: Tidied) -> int:
    """Return the 1-based line in the file at which the two forms part."""
    old, new = each.text.splitlines(keepends=True), each.canonical.text.splitlines(keepends=True)
    pairs = enumerate(zip_longest(old, new), start=1)
    number = next(number for number, (one, two) in pairs if one != two)
    return min(number, max(len(old), 1))
