"""Audit: every check in one place, for the build and for the command line."""

from __future__ import annotations

import datetime
import os
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from surveyext.library import equations, ledger, source_lists, support
from surveyext.library.formulas import fault
from surveyext.library.model import Kind, Problem
from surveyext.library.text import runs
from surveyext.survey import checks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from surveyext.library.load import Library
    from surveyext.library.model import Record
    from surveyext.survey.survey import Survey

#: A .bib file with one of these would end sphinxcontrib-bibtex in a traceback.
FATAL = frozenset({Kind.BIB_SYNTAX, Kind.DUPLICATE_KEY})


@dataclass(frozen=True, slots=True)
class Prose:
    """What pages say outside of entries, by docname."""

    cites: Mapping[str, Iterable[tuple[str, int]]]  #: Cited keys and their lines.
    links: Mapping[str, Iterable[tuple[str, int]]]  #: Keys of ``{entry}`` roles.
    problems: Mapping[str, Iterable[Problem]]  #: Met while reading; the file is a docname.


def of_records(library: Library) -> list[Problem]:
    """Return what is wrong with the data files; of a malformed .bib file nothing else counts."""
    found = {*library.problems, *checks.check_records(library.records, library.rules, today())}
    if not any(problem.kind in FATAL for problem in found):
        return sorted({*found, *_bad_titles(library.records.values())})
    # What could not be read would seem to be evidence of nothing.
    return sorted(problem for problem in found if problem.kind is not Kind.BAD_EVIDENCE)


def of_pages(survey: Survey, prose: Prose, path: Callable[[str], str]) -> Iterator[Problem]:
    """Yield what is wrong with the pages and where they clash with the data files.

    :param path: Turns a docname into the file that problems name.
    """
    known = survey.library
    used = {key for keys in survey.cites.values() for key in keys}
    used |= {entry.key for entry in survey.entries}
    yield from checks.check_entries(
        survey.entries, known.records, known.tags.values(), survey.titles, path
    )
    yield from checks.check_use(known.records, used)
    yield from source_lists.check(known.lists, survey.items)
    yield from ledger.check_keys(known.results, survey.items)
    yield from support.check(known.support, survey.items)
    if known.checks is not None:
        yield from equations.compare(survey.equations, known.checks, path)
    for docname, cites in prose.cites.items():
        yield from checks.check_cites(cites, known.records, path(docname))
    for docname, links in prose.links.items():
        yield from checks.check_links(links, survey.items, path(docname))
    for docname, problems in prose.problems.items():
        yield from (replace(problem, file=path(docname)) for problem in problems)


def _bad_titles(records: Iterable[Record]) -> Iterator[Problem]:
    for record in records:
        for run in runs(record.field("title")):
            if run.kind == "math" and (message := fault(run.text, display=False)):
                text = f"record '{record.key}': {message}"
                yield Problem(record.file, record.line, Kind.BAD_TEX, text)


def today() -> datetime.date:
    """Return the day, or the one that SOURCE_DATE_EPOCH gives."""
    moment = int(os.environ.get("SOURCE_DATE_EPOCH") or time.time())
    return datetime.datetime.fromtimestamp(moment, tz=datetime.UTC).date()
