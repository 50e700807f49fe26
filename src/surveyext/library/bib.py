"""Bib: .bib text to records, with line numbers and every problem at once."""

from __future__ import annotations

import functools
import re
from bisect import bisect_left
from typing import TYPE_CHECKING

from pybtex.bibtex.utils import split_name_list
from pybtex.database import Person as BibtexPerson
from pybtex.database.input.bibtex import LowLevelParser, UndefinedMacro, month_names
from pybtex.exceptions import PybtexError
from pybtex.scanner import PrematureEOF, PybtexSyntaxError
from pybtex.utils import CaseInsensitiveDict

from surveyext.library import filenames
from surveyext.library.model import OTHERS, Kind, Person, Problem, Record
from surveyext.library.tex import unknown
from surveyext.library.text import HIDDEN, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_SPACE = re.compile(r"\s+")
_MATH = re.compile(r"(?<!\\)\$(?:[^$\\]|\\.)+\$")
_LINE_END = re.compile(r"\r\n?|\n")
_RECORD = re.compile(r"(?<![^\r\n])[ \t]*@")
#: What breaks the anchor of a card, or the BibTeX that we give out.
_BAD_IN_KEY = re.compile(r'[{}\\%#~"]')
#: What ends a TeX value early: pybtex drops the rest, or stops with a traceback.
_BAD_IN_TEX = re.compile(r"(?<!\\)(?:\\\\)*(?:%|\\$)")
_BAD_IN_NAME = re.compile(r"^and\s|(?:^|\s)and$|\\\\|\\\s*(?:,|$)")
#: Folders beside the files of records, where other files of the survey lie.
_TAKEN = re.compile(r"(?:indexes|pages|sections|works)/", re.IGNORECASE)
#: More is no field but a slip of braces or a whole paper, and takes minutes to decode.
_LONGEST, _LONGEST_NAME = 20_000, 500
_PEOPLE = {"author", "editor"}  # as long as they want, name by name
_ADDRESSES = {"url", "doi", "eprint", "openreview"}  # taken as they are, never as TeX
#: What programs write before letters of an address that TeX would read otherwise.
_ESCAPED = re.compile(r"\\([_%&#$~])|\\textasciitilde(?:\{\}|\s)")
#: Fields that are set as TeX; those that other programs keep for themselves may hold anything.
_SET = {
    *("title", "author", "editor", "booktitle", "journal", "series", "volume", "number"),
    *("pages", "publisher", "school", "institution", "howpublished", "note", "year"),
}
_URL = re.compile(r"\\(?:url|path|nolinkurl|href)\s*\{[^{}]*\}")
_RANGE = re.compile(r"(?<![\w-])(\w+)\s*[-\u2010-\u2014]+\s*(\w+)(?![\w-])")
#: How people leave people out, in place of "and others".
_REST = re.compile(r"[\s,]*\bet\.?\s+al\b\.?\s*$", re.IGNORECASE)


class Parser(LowLevelParser):  # type: ignore[misc]  # pybtex is untyped
    """pybtex's own BibTeX grammar, so that what passes here also passes there.

    It goes on after an error at the next line that opens a record; we keep the errors.
    """

    def __init__(self, text: str, file: str) -> None:
        super().__init__(text, macros=CaseInsensitiveDict(month_names))
        self.file = file
        self.problems: list[Problem] = []
        self.broken = -1  #: Where the last record with an error starts.
        self.ends = [end.start() for end in _LINE_END.finditer(text)]

    def handle_error(self, error: PybtexSyntaxError) -> None:
        """Keep the error and go on at the next record."""
        where = f" in record '{self.current_entry_key}'" if self.current_entry_key else ""
        what = f"not BibTeX{where}: {error.error_type}, {error.args[0]}"
        message = f"{what}; mend the braces, commas, quotes or names there"
        line = self.line() if isinstance(error, PrematureEOF) else int(error.lineno)
        self.problems.append(Problem(self.file, line, Kind.BIB_SYNTAX, message))
        self.broken = self.command_start
        if not isinstance(error, UndefinedMacro):  # that one does not stop the parser
            # An open brace has swallowed all that follows: step back to the next record.
            following = _RECORD.search(self.text, self.command_start + 1)
            self.pos = following.start() if following else self.end_pos
            self.lineno = self.line(self.pos)

    def line(self, position: int | None = None) -> int:
        """Return the line of a position, or of the ``@`` that opened the current record."""
        return bisect_left(self.ends, self.command_start if position is None else position) + 1


def parse(text: str, file: str) -> tuple[dict[str, Record], list[Problem]]:
    """Parse the text of one .bib file.

    :param text: The whole file, decoded.
    :param file: Its name, for the places of problems.
    :returns: The records by key, in the order of the file, and what is wrong with it.
    """
    records: dict[str, Record] = {}
    problems: list[Problem] = []
    parser = Parser(text, file)
    for entry_type, key, raw in _well_formed(parser):
        if message := _too_long(key, raw) or _no_name(key):
            problems.append(Problem(file, parser.line(), Kind.BIB_SYNTAX, message))
            continue
        fields = tuple(
            as_kept(name.lower(), _SPACE.sub(" ", "".join(v)).strip()) for name, v in raw
        )
        values = dict(fields)
        people, faults = people_of(values.get("author", ""))
        record = Record(key, entry_type, fields, people, file, parser.line())
        faults += people_of(values.get("editor", ""))[1]
        problems += [
            Problem(file, record.line, Kind.ODD_RECORD, f"record '{key}': {fault}")
            for fault in (*faults, *_faults(record))
        ]
        problems += [
            Problem(file, record.line, Kind.BIB_SYNTAX, f"record '{key}': {fault}")
            for fault in _hidden(record)
        ]
        problems += add(records, record)
    return by_key(records), sorted(problems + parser.problems)


def as_kept(name: str, value: str) -> tuple[str, str]:
    """Return a field as the survey keeps it: addresses without TeX, page ranges with ``--``."""
    if name in _ADDRESSES:
        value = _ESCAPED.sub(lambda found: found[1] or "~", value)
    elif name == "pages":
        value = _RANGE.sub(r"\1--\2", value)
    return name, value


def _no_name(key: str) -> str:
    """Return why a key cannot name the files of its record."""
    where = f"record '{key}': the key names its files"
    if _BAD_IN_KEY.search(key) or not key.isprintable():
        right = "use letters, digits and any of '-_.:/+'"
        return f"record '{key}': the key must do as an address; {right}"
    if fault := filenames.fault(key):
        return f"{where}, but {fault}; use letters, digits and any of '-_.:+'"
    if _TAKEN.match(key):
        return f"{where}, but other files lie in that folder; start the key with another word"
    return ""


def _too_long(key: str, fields: Iterable[tuple[str, list[str]]]) -> str:
    if len(key) > _LONGEST_NAME:
        return f"a key has {len(key)} characters; write at most {_LONGEST_NAME}"
    for name, parts in fields:
        size = sum(map(len, parts))
        if size > _LONGEST and name.lower() not in _PEOPLE:
            what = f"the field '{name}' has {size} characters"
            return f"record '{key}': {what}; write at most {_LONGEST}"
        if name.lower() in _PEOPLE:
            for person in split_name_list("".join(parts)):
                if len(person) > _LONGEST_NAME:
                    what = f"'{person[:40]}...' is no name, it has {len(person)} characters"
                    right = "write 'Family, Given' and put ' and ' between people"
                    return f"record '{key}': {what}; {right}"
    return ""


def add(records: dict[str, Record], record: Record) -> Iterator[Problem]:
    """Add a record, or yield that its key is taken.

    :param records: By lower-case key: BibTeX takes keys that differ in case only for one.
    """
    twin = records.setdefault(record.key.lower(), record)
    if twin is not record:
        place = f"line {twin.line}" if twin.file == record.file else f"{twin.file}:{twin.line}"
        spelt = "" if twin.key == record.key else f" as '{twin.key}', and case does not count"
        message = f"record '{record.key}' stands at {place} already{spelt}; delete one of the two"
        yield Problem(record.file, record.line, Kind.DUPLICATE_KEY, message)


def by_key(records: dict[str, Record]) -> dict[str, Record]:
    """Return what :func:`add` has gathered by key as written."""
    return {record.key: record for record in records.values()}


def _well_formed(parser: Parser) -> Iterator[tuple[str, str, list[tuple[str, list[str]]]]]:
    """Yield type, key and fields of each record in which the parser met no error."""
    for command, body in parser:
        broken = parser.broken == parser.command_start
        if not broken and command.lower() not in {"string", "preamble"}:
            yield command.lower(), *body


def people_of(names: str) -> tuple[tuple[Person, ...], list[str]]:
    """Return the people of an author field and what is wrong with their names."""
    people, faults = [], []
    for written in split_name_list(names):
        name = _REST.sub("", written)
        if name != written:
            faults.append(f"'{written}' is nobody's name; write all people, or 'and others'")
        if not name:
            continue
        try:
            people.append(_person(name))
            fault = "" if people[-1].family else f"'{name}' has no family name"
            if " " in people[-1].suffix:  # no "Jr." has two words
                fault = f"'{name}' seems to be several people"
        except PybtexError as error:
            fault = str(error)
            people.append(Person(plain(name)))
        if _BAD_IN_NAME.search(name):
            fault = f"'{name}' is no name"
        if fault:
            faults.append(f"{fault}; write 'Family, Given' and put ' and ' between people")
        if name != written:
            people.append(OTHERS)
    return tuple(people), faults


@functools.lru_cache(maxsize=2**14)  # people write several papers
def _person(name: str) -> Person:
    parsed = BibtexPerson(name)
    return Person(
        family=plain(" ".join(parsed.prelast_names + parsed.last_names)),
        given=plain(" ".join(parsed.first_names + parsed.middle_names)),
        suffix=plain(" ".join(parsed.lineage_names)),
    )


def _hidden(record: Record) -> Iterator[str]:
    """Yield what could turn the text of a reader's own file around, which ends the build."""
    for name, value in record.fields:
        if hidden := HIDDEN.search(value):
            code = f"U+{ord(hidden[0]):04X}"
            yield f"the field '{name}' has the invisible character {code}; delete it"


def _faults(record: Record) -> Iterator[str]:
    names = [name for name, _ in record.fields]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"the field '{name}' stands there twice; keep one"
    for name, value in record.fields:
        if name in _SET and _BAD_IN_TEX.search(_URL.sub("", value)):
            yield rf"the field '{name}' ends at a bare '%' or '\' for TeX; write '\%', or remove it"
        if name in _SET and (lost := unknown(_MATH.sub("", value))):
            shown = ", ".join(f"\\{each}" for each in lost)
            yield f"the field '{name}' has {shown}, which is not known and left out; write Unicode"
