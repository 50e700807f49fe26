"""survey stats: how many entries of what."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from rich import box
from rich.table import Table
from rich.text import Text

from surveyext.cli.console import OUT
from surveyext.survey.facets import code_status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from surveyext.survey.survey import Item, Survey


def command() -> None:
    """Count the entries by technique, year, venue and kind, and what is verified and has code.

    \b
    Example:
      survey stats
    """  # noqa: D301  # Click takes the backspace for "keep these lines"
    from surveyext.cli.edits import refuse_malformed
    from surveyext.cli.locate import find, load

    reading = load(find())
    refuse_malformed(reading)  # it would be counted without what cannot be read
    survey = reading.survey
    items = list(survey.items.values())
    OUT.print(_table("Technique", _by_technique(survey)))
    OUT.print(_table("Year", _by(items, lambda item: item.record.field("year"), reverse=True)))
    venue = survey.library.venue
    families = _by(items, lambda item: found.family if (found := venue(item.record)) else "Other")
    OUT.print(_table("Venue", sorted(families, key=lambda row: (-row[1], row[0]))))
    OUT.print(_table("Kind", _by(items, lambda item: item.record.type)))
    OUT.print(_table("Share", _shares(survey, items), total=len(items)))


def _by_technique(survey: Survey) -> list[tuple[str, int]]:
    return [(title, size) for _, title, size in survey.techniques]


def _by(
    items: Iterable[Item], value: Callable[[Item], str], *, reverse: bool = False
) -> list[tuple[str, int]]:
    return sorted(Counter(map(value, items)).items(), reverse=reverse)


def _shares(survey: Survey, items: list[Item]) -> list[tuple[str, int]]:
    code = Counter(code_status(item.entry) for item in items)
    rows = sorted(code.items())
    if survey.library.evidence is not None:
        entered = {item.record.key for item in items}
        unverified = {record.key for record, _ in survey.open_work} & entered
        rows.insert(0, ("Confirmed in every field", len(items) - len(unverified)))
    return rows


def _table(title: str, rows: Iterable[tuple[str, int]], total: int = 0) -> Table:
    """Return a table of counts, with shares where there is a total."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(title)
    table.add_column("Entries", justify="right")
    if total:
        table.add_column("Share", justify="right")
    for label, count in rows:
        share = [f"{count / total:.0%}"] if total else []
        table.add_row(Text(label), str(count), *share)
    return table
