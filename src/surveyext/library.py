"""Library: all that is read from files before the first page, and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from surveyext import bib
from surveyext.data import parse_tags, parse_venues, read_toml
from surveyext.model import Kind, Problem
from surveyext.venues import find_venue

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from surveyext.data import Tag
    from surveyext.model import Record
    from surveyext.venues import Rule, Venue


@dataclass(frozen=True, slots=True)
class Library:
    """Records, vocabulary and venue table."""

    records: Mapping[str, Record] = field(default_factory=dict)
    tags: Mapping[str, Tag] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()
    problems: tuple[Problem, ...] = ()

    def venue(self, record: Record) -> Venue | None:
        """Return the record's venue, or ``None`` when the table does not know it."""
        return find_venue(record, self.rules)


def load(
    bibfiles: Iterable[Path], tags: Path | None, venues: Path | None, shown: Mapping[Path, str]
) -> Library:
    """Read the files; whatever is wrong becomes a problem, never an exception.

    :param shown: What problems call each path; a path without one is called by itself.
    """
    records: dict[str, Record] = {}
    problems: list[Problem] = []
    for path in bibfiles:
        found, faults = _load_bib(path, shown.get(path, str(path)))
        problems += faults
        for key, record in found.items():
            twin = records.setdefault(key, record)
            if twin is not record:
                place = f"{twin.file}:{twin.line}"
                message = f"record '{key}' stands at {place} already; delete one of the two"
                problems.append(Problem(record.file, record.line, Kind.DUPLICATE_KEY, message))
    vocabulary: tuple[Tag, ...] = ()
    rules: tuple[Rule, ...] = ()
    if tags:
        data, faults = read_toml(tags, shown.get(tags, str(tags)))
        vocabulary, more = parse_tags(data, shown.get(tags, str(tags)))
        problems += faults + more
    if venues:
        data, faults = read_toml(venues, shown.get(venues, str(venues)))
        rules, more = parse_venues(data, shown.get(venues, str(venues)))
        problems += faults + more
    return Library(records, {tag.name: tag for tag in vocabulary}, rules, tuple(problems))


def _load_bib(path: Path, file: str) -> tuple[dict[str, Record], list[Problem]]:
    try:
        return bib.parse(path.read_text(encoding="utf-8-sig"), file)
    except FileNotFoundError:
        message = "the file does not exist; create it or correct bibtex_bibfiles"
    except (UnicodeDecodeError, OSError) as error:
        message = f"cannot be read: {error}; save it as UTF-8"
    return {}, [Problem(file, 0, Kind.BIB_SYNTAX, message)]
