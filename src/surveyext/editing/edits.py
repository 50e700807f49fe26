"""Edits: a record, an evidence table or an address replaced where it stands; pure."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING

from surveyext.library.bib import Parser
from surveyext.library.canonical import insert_record

if TYPE_CHECKING:
    from surveyext.library.model import Entry, Record

_NEXT_TABLE = re.compile(r"(?m)^(?:#[^\n]*\n)*\[")


def replace_record(text: str, record: Record) -> str:
    """Return a .bib file with the record of this key as given, in canonical form.

    :raises ValueError: The file has no such record, or is too broken to be sure.
    """
    parser = Parser(text, "")
    strings, place = [], None
    for command, body in parser:
        start, end = parser.command_start, parser.pos
        if command.lower() == "string":
            strings.append(text[start:end])
        elif command.lower() != "preamble" and body[0] == record.key:
            place = start, end
    if place is None or parser.problems:
        raise ValueError(f"the record '{record.key}' cannot be found for sure")
    # An @string that holds a value is written by its name, as for a new record.
    known = "\n".join(strings)
    alone = insert_record(known, record).removeprefix(known).strip()
    return f"{text[: place[0]]}{alone}{text[place[1] :]}"


def replace_table(text: str, key: str, table: str) -> str:
    """Return a TOML file of tables with one table's lines as given.

    :raises ValueError: The file is no TOML, has no such table, or another would change.
    """
    before = tomllib.loads(text)
    head = re.search(rf"(?m)^\[{re.escape(key)}\][ \t]*\n", text)
    if head is None:
        raise ValueError(f"there is no table '{key}'")
    following = _NEXT_TABLE.search(text, head.end())
    rest = text[following.start() :] if following else ""
    result = f"{text[: head.end()]}{table.strip()}\n" + (f"\n{rest}" if rest else "")
    if tomllib.loads(result) != {**before, key: tomllib.loads(table)}:
        raise ValueError(f"the table '{key}' would change another one")
    return result


def replace_address(text: str, entry: Entry, option: str, new: str) -> str:
    """Return a page with an entry's option holding another address.

    :raises ValueError: The option does not stand below the entry's first line.
    """
    lines = text.split("\n")
    pattern = re.compile(rf"(\s*:?{option}:\s+){re.escape(getattr(entry, option))}(\s*)")
    for number in range(entry.line, len(lines)):
        if not lines[number].strip():
            break
        if found := pattern.fullmatch(lines[number]):
            lines[number] = f"{found[1]}{new}{found[2]}"
            return "\n".join(lines)
    raise ValueError(f"entry '{entry.key}' has no line ':{option}: {getattr(entry, option)}'")
