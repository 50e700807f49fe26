"""Load: all that is read from files before the first page, and what is wrong with it."""

from __future__ import annotations

import contextlib
import hashlib
import pickle
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from surveyext.library import (
    bib,
    citation,
    considered,
    equations,
    evidence,
    ledger,
    redirects,
    support,
)
from surveyext.library import source_lists as rows
from surveyext.library import stars as repositories
from surveyext.library.ledger import Vocabulary
from surveyext.library.model import Kind, Problem, digest
from surveyext.library.toml_tables import parse_tags, parse_venues, read_toml, read_yaml
from surveyext.library.venues import find_venue

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from surveyext.library.citation import Citation
    from surveyext.library.considered import Considered
    from surveyext.library.equations import Check
    from surveyext.library.evidence import Evidence
    from surveyext.library.ledger import Result
    from surveyext.library.model import Record
    from surveyext.library.redirects import Move
    from surveyext.library.source_lists import SourceList
    from surveyext.library.stars import Stars
    from surveyext.library.support import Support
    from surveyext.library.toml_tables import Tag
    from surveyext.library.venues import Rule, Venue

#: Raise when the same files are read as something else.
_FORM = 1

_T = TypeVar("_T")
_Parsed: TypeAlias = tuple[_T, list[Problem]]


@dataclass(frozen=True, slots=True)
class Paths:
    """Where the files are; a survey may do without any but the .bib files."""

    bib: tuple[Path, ...] = ()
    tags: Path | None = None
    venues: Path | None = None
    evidence: Path | None = None
    source_lists: Path | None = None
    repositories: Path | None = None  #: Written by ``survey refresh``; may not exist yet.
    equation_checks: Path | None = None  #: A folder.
    redirects: Path | None = None
    citation: Path | None = None
    results: Path | None = None  #: A folder of ledger files.
    support: Path | None = None
    considered: Path | None = None
    vocabularies: Path | None = None  #: The folder of the names that they use.


@dataclass(frozen=True)
class Library:
    """Records, vocabulary, venue table, evidence and the lists that the survey started from."""

    records: Mapping[str, Record] = field(default_factory=dict)
    tags: Mapping[str, Tag] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()
    evidence: Mapping[str, Evidence] | None = None  #: ``None`` where the survey keeps none.
    lists: tuple[SourceList, ...] = ()
    stars: Mapping[str, Stars] = field(default_factory=dict)  #: By a repository's address.
    checks: Mapping[str, Check] | None = None  #: ``None`` where equations need none.
    redirects: tuple[Move, ...] = ()
    problems: tuple[Problem, ...] = ()
    citation: Citation | None = None  #: How to cite the survey, where it says so.
    results: tuple[Result, ...] = ()
    vocabulary: Vocabulary = field(default_factory=Vocabulary)
    support: tuple[Support, ...] = ()  #: By library and method.
    considered: tuple[Considered, ...] = ()

    @cached_property
    def digests(self) -> dict[str, str]:
        """A digest of each record, by key."""
        return {key: digest(record) for key, record in self.records.items()}

    @cached_property
    def results_of(self) -> dict[str, tuple[Result, ...]]:
        """The results of each entry, by key, in the order of the files."""
        found: dict[str, list[Result]] = {}
        for result in self.results:
            found.setdefault(result.key, []).append(result)
        return {key: tuple(results) for key, results in found.items() if key}

    @cached_property
    def support_of(self) -> dict[str, tuple[Support, ...]]:
        """What runs each entry's method, by key."""
        found: dict[str, list[Support]] = {}
        for each in self.support:
            found.setdefault(each.key, []).append(each)
        return {key: tuple(several) for key, several in found.items() if key}

    @cached_property
    def _venues(self) -> dict[str, Venue | None]:
        return {key: find_venue(record, self.rules) for key, record in self.records.items()}

    def venue(self, record: Record) -> Venue | None:
        """Return the venue of one of the records, ``None`` when the table does not know it."""
        return self._venues[record.key]


def source(paths: Paths, shown: Callable[[Path], str] = str) -> str:
    """Return a digest of all files, for telling whether one has changed."""
    single = [getattr(paths, each.name) for each in fields(paths) if each.name != "bib"]
    named = [*paths.bib, *filter(None, single)]
    every = [inside for path in named for inside in (path, *_inside(path))]
    found = hashlib.sha256()
    for path in every:
        found.update(f"\0{shown(path)}\0".encode())
        with contextlib.suppress(OSError):
            found.update(path.read_bytes())
    return found.hexdigest()


def _inside(folder: Path) -> list[Path]:
    """Return the files of a folder that is a data file's: checks or results."""
    return sorted([*folder.glob("*.py"), *folder.glob("*.toml")])


def keep(library: Library, source: str, path: Path) -> None:
    """Write a library for the next build, whole or not at all.

    :param source: The digest of the files that it was read from.
    :raises OSError: It cannot be written; the one before stays.
    """
    part = path.with_suffix(".part")
    part.write_bytes(_head(source) + pickle.dumps(library, pickle.HIGHEST_PROTOCOL))
    part.replace(path)


def is_kept(source: str, path: Path) -> bool:
    """Tell whether an earlier build kept the library of the same files."""
    try:
        with path.open("rb") as file:
            return file.readline() == _head(source)
    except OSError:
        return False


def kept(path: Path) -> Library | None:
    """Return what an earlier build kept, or ``None`` for what is damaged, which goes."""
    try:
        found = pickle.loads(path.read_bytes().partition(b"\n")[2])
    except Exception:  # whatever it raises, the files are read
        found = None
    if isinstance(found, Library):
        return found
    path.unlink(missing_ok=True)
    return None


def _head(source: str) -> bytes:
    return f"{_FORM} {source}\n".encode()


def load(paths: Paths, shown: Callable[[Path], str] = str) -> Library:
    """Read the files; whatever is wrong becomes a problem, never an exception.

    :param shown: What problems call a path.
    """
    problems: list[Problem] = []

    def table(
        path: Path | None,
        parse: Callable[[dict[str, Any], str], _Parsed[_T]],
        read: Callable[[Path, str], _Parsed[dict[str, Any]]] = read_toml,
    ) -> _T:
        data, faults = read(path, shown(path)) if path else ({}, [])
        value, more = parse(data, shown(path) if path else "")
        problems.extend([*faults, *more])
        return value

    records = _load_bibs(paths.bib, shown, problems)
    tags = table(paths.tags, parse_tags)
    rules = table(paths.venues, parse_venues)
    known = table(paths.evidence, evidence.parse)
    lists = table(paths.source_lists, rows.parse)
    moves = table(paths.redirects, redirects.parse)
    counted = paths.repositories if paths.repositories and paths.repositories.exists() else None
    stars = table(counted, repositories.parse)
    checks = None
    if paths.equation_checks:
        checks, faults = equations.load(paths.equation_checks, shown)
        problems.extend(faults)
    cited_as = table(paths.citation, citation.parse, read_yaml)
    runs_in = table(paths.support, support.parse)
    left_out = table(paths.considered, considered.parse)
    vocabulary, results = _load_results(paths, shown, problems)
    if paths.evidence:
        problems.extend(evidence.check(records, known, shown(paths.evidence)))
    return Library(
        records=records,
        tags={tag.name: tag for tag in tags},
        rules=rules,
        evidence=known if paths.evidence else None,
        lists=lists,
        stars=stars,
        checks=checks,
        redirects=moves,
        problems=tuple(problems),
        citation=cited_as,
        results=results,
        vocabulary=vocabulary,
        support=runs_in,
        considered=left_out,
    )


def _load_results(
    paths: Paths, shown: Callable[[Path], str], problems: list[Problem]
) -> tuple[Vocabulary, tuple[Result, ...]]:
    tables, names = {}, {}
    if folder := paths.vocabularies:
        for option, file in ledger.VOCABULARIES.items():
            names[option] = shown(folder / file)
            tables[option], faults = read_toml(folder / file, names[option])
            problems += faults
    vocabulary, faults = ledger.load_vocabulary(tables, names)
    problems += faults
    results: list[Result] = []
    if paths.results:
        results, faults = ledger.load(paths.results, shown(paths.results), vocabulary)
        problems += faults
    return vocabulary, tuple(results)


def _load_bibs(
    paths: tuple[Path, ...], shown: Callable[[Path], str], problems: list[Problem]
) -> dict[str, Record]:
    records: dict[str, Record] = {}
    for path in paths:
        found, faults = _load_bib(path, shown(path))
        problems += faults
        for record in found.values():
            problems += bib.add(records, record)
    return bib.by_key(records)


def _load_bib(path: Path, file: str) -> tuple[dict[str, Record], list[Problem]]:
    try:
        return bib.parse(path.read_text(encoding="utf-8-sig"), file)
    except FileNotFoundError:
        message = "the file does not exist; create it or correct bibtex_bibfiles"
    except (UnicodeDecodeError, OSError) as error:
        message = f"cannot be read: {error}; save it as UTF-8"
    return {}, [Problem(file, 0, Kind.BIB_SYNTAX, message)]
