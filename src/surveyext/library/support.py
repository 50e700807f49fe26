"""Support: which libraries run a method, each statement proved by a line that was read; pure."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from surveyext.library.model import Kind, Problem
from surveyext.library.text import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

_TEXTS = ("method", "library", "repo", "path", "commit", "says", "use", "match")
_NAMED = "method named"  #: The library names the method or its paper.
_SAME_IDEA = "idea or format"  #: It only does the same thing, or reads the same format.


@dataclass(frozen=True, slots=True)
class Support:
    """One cell of the matrix of methods and libraries."""

    key: str  #: Of the entry; "" for a method without one.
    method: str
    library: str
    repo: str  #: "OWNER/NAME" on GitHub.
    path: str  #: Of the file that proves it.
    line: int  #: In that file; 0 where a stored copy without lines was read.
    commit: str
    read: str  #: The ISO date on which it was read.
    says: str  #: A short quotation.
    use: str  #: "serve", "quantize", "train" ...
    match: str
    file: str = field(repr=False)  #: As problems call it; no part of a digest.

    @property
    def address(self) -> str:
        """The address of the line at the commit that was read."""
        place = f"#L{self.line}" if self.line else ""
        return f"https://github.com/{self.repo}/blob/{self.commit}/{self.path}{place}"

    @property
    def is_named(self) -> bool:
        """Whether the library names the method, rather than doing the same thing."""
        return self.match == _NAMED


def parse(data: dict[str, Any], file: str) -> tuple[tuple[Support, ...], list[Problem]]:
    """Turn ``[[support]]`` tables into cells, by library and method; a faulty one is a problem."""
    found, problems = [], []
    tables = data.get("support", [])
    for number, table in enumerate(tables if isinstance(tables, list) else [tables], start=1):
        try:
            found.append(_support(table, file))
        except (AttributeError, TypeError, ValueError) as error:
            message = f"support {number}: {error}; see the other tables"
            problems.append(Problem(file, 0, Kind.BAD_DATA, message))
    found.sort(key=lambda each: (each.library.casefold(), each.method.casefold(), each.address))
    return tuple(found), problems


def _support(table: dict[str, Any], file: str) -> Support:
    texts = {name: table.get(name) for name in _TEXTS}
    for name, value in texts.items():
        if not isinstance(value, str) or not value.strip():
            raise ValueError(f"'{name}' is missing or not a text")
    if texts["match"] not in {_NAMED, _SAME_IDEA}:
        raise ValueError(f'\'match\' must be "{_NAMED}" or "{_SAME_IDEA}"')
    line, read = table.get("line", 0), table.get("read")
    if type(line) is not int or line < 0:
        raise ValueError("'line' is not a whole number")
    if not isinstance(read, datetime.date):
        raise ValueError("'read' is not a date; write YYYY-MM-DD without quotes")
    values = {name: str(value) for name, value in texts.items()}
    key = str(table.get("key", ""))
    return Support(key=key, line=line, read=read.isoformat(), file=file, **values)


def check(support: Iterable[Support], entered: Collection[str]) -> Iterator[Problem]:
    """Yield each cell whose key has no entry."""
    for each in support:
        if each.key and each.key not in entered:
            hint = did_you_mean(each.key, entered) or "leave the key out until it is entered"
            message = f"{each.library}, {each.method}: no entry '{each.key}'; {hint.strip()}"
            yield Problem(each.file, 0, Kind.UNKNOWN_KEY, message)
