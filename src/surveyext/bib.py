"""Bib: .bib text to records, with line numbers and every problem at once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pybtex.bibtex.utils import split_name_list
from pybtex.database import Person as BibtexPerson
from pybtex.database.input.bibtex import LowLevelParser, month_names
from pybtex.exceptions import PybtexError
from pybtex.scanner import PybtexSyntaxError
from pybtex.utils import CaseInsensitiveDict

from surveyext.model import Kind, Person, Problem, Record
from surveyext.text import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

_SPACE = re.compile(r"\s+")


class _Parser(LowLevelParser):  # type: ignore[misc]  # pybtex is untyped
    """pybtex's own BibTeX grammar, so that what passes here also passes there.

    It goes on after an error at the next ``@``; we keep the errors.
    """

    def __init__(self, text: str) -> None:
        super().__init__(text, macros=CaseInsensitiveDict(month_names))
        self.errors: list[tuple[str, PybtexSyntaxError]] = []  #: With the key of the record.

    def handle_error(self, error: PybtexSyntaxError) -> None:
        self.errors.append((self.current_entry_key or "", error))

    def line(self) -> int:
        """Return the line of the ``@`` that opened the current record."""
        return int(self.text.count("\n", 0, self.command_start)) + 1


def parse(text: str, file: str) -> tuple[dict[str, Record], list[Problem]]:
    """Parse the text of one .bib file.

    :param text: The whole file, decoded.
    :param file: Its name, for the places of problems.
    :returns: The records by key, in the order of the file, and what is wrong with it.
    """
    records: dict[str, Record] = {}
    problems: list[Problem] = []
    parser = _Parser(text)
    for entry_type, key, raw in _well_formed(parser):
        fields = tuple((name.lower(), _SPACE.sub(" ", "".join(v)).strip()) for name, v in raw)
        people, faults = _people(dict(fields).get("author", ""))
        record = Record(key, entry_type, fields, people, file, parser.line())
        faults += _repeated_fields(record)
        problems += [
            Problem(file, record.line, Kind.BIB_SYNTAX, f"record '{key}': {fault}")
            for fault in faults
        ]
        twin = records.setdefault(key, record)
        if twin is not record:
            message = f"record '{key}' stands at line {twin.line} already; delete one of the two"
            problems.append(Problem(file, record.line, Kind.DUPLICATE_KEY, message))
    problems += [_syntax_problem(key, error, file) for key, error in parser.errors]
    return records, sorted(problems)


def _well_formed(parser: _Parser) -> Iterator[tuple[str, str, list[tuple[str, list[str]]]]]:
    """Yield type, key and fields of each record in which the parser met no error."""
    errors = 0
    for command, body in parser:
        broken, errors = len(parser.errors) > errors, len(parser.errors)
        if not broken and command.lower() not in {"string", "preamble"}:
            yield command.lower(), *body


def _people(names: str) -> tuple[tuple[Person, ...], list[str]]:
    """Return the people of an author field and what is wrong with their names."""
    people, faults = [], []
    for name in split_name_list(names):
        try:
            people.append(_person(name))
        except PybtexError as error:
            faults.append(f"{error}; write 'Family, Given' and put ' and ' between people")
    return tuple(people), faults


def _person(name: str) -> Person:
    if name.startswith("{") and name.endswith("}"):
        return Person(family=plain(name))
    parsed = BibtexPerson(name)
    return Person(
        family=plain(" ".join(parsed.prelast_names + parsed.last_names)),
        given=plain(" ".join(parsed.first_names + parsed.middle_names)),
        suffix=plain(" ".join(parsed.lineage_names)),
    )


def _repeated_fields(record: Record) -> list[str]:
    names = [name for name, _ in record.fields]
    repeated = sorted({name for name in names if names.count(name) > 1})
    return [f"the field '{name}' stands there twice; keep one" for name in repeated]


def _syntax_problem(key: str, error: PybtexSyntaxError, file: str) -> Problem:
    where = f" in record '{key}'" if key else ""
    what = f"not BibTeX{where}: {error.error_type}, {error.args[0]}"
    message = f"{what}; mend the braces, commas, quotes or names there"
    return Problem(file, int(error.lineno), Kind.BIB_SYNTAX, message)
