"""Proposal: new texts for some of a survey's files, read and checked before they are written."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from surveyext.build.settings import shown
from surveyext.editing.read_survey import Reading
from surveyext.library import load

if TYPE_CHECKING:
    from collections.abc import Mapping

    from surveyext.library.load import Library, Paths
    from surveyext.library.model import Problem


@dataclass(frozen=True, slots=True)
class Proposal:
    """The survey as it would be."""

    reading: Reading
    problems: tuple[Problem, ...]  #: Those that it does not have today.


def propose(reading: Reading, paths: Paths, texts: Mapping[Path, str]) -> Proposal:
    """Return the survey with new texts, of which nothing is written.

    :param reading: The survey as it is.
    :param texts: The new text of each file that would change.
    """
    known = _library(paths, texts)
    pages, page_texts = dict(reading.pages), dict(reading.texts)
    for docname, path in reading.files.items():
        if path in texts:
            page_texts[docname] = texts[path]
            pages[docname] = reading.reader.read(texts[path], docname)
    survey = replace(
        reading.survey,
        library=known,
        entries=tuple(entry for page in pages.values() for entry in page.entries),
        equations=tuple(each for page in pages.values() for each in page.equations),
    )
    new = Reading(survey, pages, reading.files, page_texts, reading.reader)
    # Lines move, so that a problem is known by what it says.
    before = Counter((each.file, each.message) for each in reading.problems)
    after = Counter((each.file, each.message) for each in new.problems)
    more = after - before
    found = [each for each in new.problems if more[each.file, each.message] > 0]
    return Proposal(new, tuple(found))


def _library(paths: Paths, texts: Mapping[Path, str]) -> Library:
    """Read the data files, those with a new text from copies."""
    with TemporaryDirectory() as folder:
        copies: dict[Path, Path] = {}
        for number, (path, text) in enumerate(texts.items()):
            copy = Path(folder) / f"{number}-{path.name}"
            copy.write_text(text, encoding="utf-8", newline="")
            copies[path] = copy
        originals = {copy: path for path, copy in copies.items()}

        def copy_of(path: Path | None) -> Path | None:
            return copies.get(path, path) if path else None

        staged = replace(
            paths,
            bib=tuple(copies.get(path, path) for path in paths.bib),
            evidence=copy_of(paths.evidence),
            repositories=copy_of(paths.repositories),
        )
        return load.load(staged, lambda path: shown(originals.get(path, path)))
