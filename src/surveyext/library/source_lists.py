"""Source lists: the lists that a survey started from, row by row, and their mistakes; pure."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING, Any

from surveyext.library.model import Kind, Problem
from surveyext.library.text import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator


@dataclass(frozen=True, slots=True)
class Correction:
    """One thing that a row has wrong."""

    what: str  #: "paper link", "venue", "year" ...
    was: str
    right: str  #: "" where nothing is right, as for a paper that never appeared.
    why: str
    source: str  #: An address, or a description of what has none.


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a source list."""

    list: str  #: The list's number.
    number: int
    title: str  #: As the list prints it.
    key: str  #: Of the entry that covers it; "" where nothing exists.
    corrections: tuple[Correction, ...]


@dataclass(frozen=True, slots=True)
class SourceList:
    """A list and its rows, in order."""

    number: str
    name: str
    rows: tuple[Row, ...]
    file: str  #: Where it was read.


def parse(data: dict[str, Any], file: str) -> tuple[tuple[SourceList, ...], list[Problem]]:
    """Turn the file's tables into source lists; a faulty table is a problem."""
    rows: list[Row] = []
    problems = []
    names, tables = data.get("lists", {}), data.get("row", [])
    if not isinstance(names, dict) or not isinstance(tables, list):
        message = "needs a table [lists] and tables [[row]]; write them so"
        return (), [Problem(file, 0, Kind.BAD_DATA, message)]
    for number, table in enumerate(tables, start=1):
        try:
            rows.append(_row(table, names))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            message = f"row {number} lacks or misspells {error}; see the other rows"
            problems.append(Problem(file, 0, Kind.BAD_DATA, message))
    rows.sort(key=lambda row: (row.list, row.number))
    lists = (
        SourceList(number, str(name), tuple(row for row in rows if row.list == number), file)
        for number, name in names.items()
    )
    return tuple(lists), problems


def _row(table: dict[str, Any], names: Collection[str]) -> Row:
    if table["list"] not in names:
        raise ValueError(f"the list '{table['list']}'")
    corrections = tuple(
        Correction(
            item["what"], item.get("was", ""), item.get("is", ""), item["why"], item["source"]
        )
        for item in table["corrections"]
    )
    texts = (table["title"], table["key"], *(part for one in corrections for part in astuple(one)))
    if not all(isinstance(text, str) for text in texts):
        raise TypeError("a text")
    return Row(table["list"], int(table["row"]), table["title"], table["key"], corrections)


def check(lists: Iterable[SourceList], entered: Collection[str]) -> Iterator[Problem]:
    """Yield each row that points at no entry, and each gap in a list's numbers."""
    for source in lists:
        for expected, row in enumerate(source.rows, start=1):
            if row.number != expected:
                message = f"list {source.number} has no row {expected}; add it"
                yield Problem(source.file, 0, Kind.BAD_DATA, message)
                break
        for row in source.rows:
            if row.key and row.key not in entered:
                hint = did_you_mean(row.key, entered) or "enter the paper or correct the key"
                message = f"list {source.number} row {row.number}: no entry '{row.key}'; {hint}"
                yield Problem(source.file, 0, Kind.UNKNOWN_KEY, message.strip())
