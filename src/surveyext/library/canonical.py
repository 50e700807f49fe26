"""Canonical: the one form of a .bib file, and where a new record goes in it; pure.

Nothing is lost: comments, ``@comment`` and ``@preamble`` stay as they are written, and what
is not understood is left alone and named. The result is read again before it is returned.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from surveyext.library.bib import Parser

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from surveyext.library.model import Record

#: The order of fields; others follow by name.
FIELDS = (
    *("title", "author", "editor", "booktitle", "journal", "series", "volume", "number"),
    *("articleno", "pages", "publisher", "school", "institution", "howpublished", "year"),
    *("doi", "eprint", "archiveprefix", "primaryclass", "url", "openreview"),
)
_WIDTH = max(map(len, FIELDS))
_SPACE = re.compile(r"\s+")
_BLANK = re.compile(r"\n[ \t]*\n")


@dataclass(frozen=True, slots=True)
class Canonical:
    """A text in its canonical form."""

    text: str
    left: tuple[tuple[int, str], ...] = ()  #: 1-based lines of what was left as it is, and why.


@dataclass(frozen=True, slots=True)
class _Block:
    """One ``@command`` of the file with the text before it."""

    command: str  #: "string", "preamble", or the type of a record; lower case.
    name: str  #: Of the string or record.
    fields: tuple[tuple[str, tuple[str, ...]], ...]  #: (name, parts as typed) in file order.
    source: str  #: As it stands in the file.
    line: int
    broken: bool
    before: str  #: Comments above it.
    after: str = ""  #: What follows it on its last line.

    @property
    def is_record(self) -> bool:
        """Whether it is a record, neither a string nor a preamble."""
        return self.command not in {"string", "preamble"}


class _Reader(Parser):
    """The parser of records, which also keeps how each value is written."""

    def parse_command(self) -> Any:
        self.written: list[tuple[str, tuple[str, ...]]] = []
        return super().parse_command()

    def parse_value(self) -> None:
        self.parts: list[str] = []
        super().parse_value()
        self.written.append((self.current_field_name or "", tuple(self.parts)))

    def parse_value_part(self) -> Any:
        self.eat_whitespace()
        start = self.pos
        value = super().parse_value_part()
        self.parts.append(self.text[start : self.pos])
        return value


def format_bib(text: str) -> Canonical:
    """Return a .bib file in canonical form.

    One field a line, in one order, values in braces and on one line; strings by name, then
    records by key, each with the comments above it. A file with a part that is not BibTeX
    keeps its order, and that part its text.
    """
    blocks, tail, broken = _read(text)
    left = tuple((line, "this is not BibTeX") for line in broken)
    for ordered in (True, False) if _may_move(blocks, tail) and not broken else (False,):
        formatted = _write(_order(blocks) if ordered else blocks, tail)
        if _meaning(formatted) == _meaning(text):
            return Canonical(formatted, left)
    return Canonical(text, (*left, (1, "it cannot be written otherwise safely")))


def insert_record(text: str, record: Record) -> str:
    """Return the file with one more record, before the first whose key comes after it.

    Nothing else moves. A value that an ``@string`` holds is written as its name.

    :raises ValueError: The file has a record of that key, or is too broken to be sure.
    """
    blocks, _, broken = _read(text)
    if broken:
        raise ValueError(f"line {broken[0]} is not BibTeX")
    if any(block.is_record and block.name.lower() == record.key.lower() for block in blocks):
        raise ValueError(f"there is a record '{record.key}' already")
    strings = {_value(_parts(block)): block.name for block in blocks if block.command == "string"}
    fields = [
        (name, (strings.get(value, f"{{{value}}}"),)) for name, value in record.fields if value
    ]
    new = _record(record.type, record.key, fields)
    lines = text.splitlines(keepends=True)
    following = (block for block in blocks if block.is_record and block.name > record.key)
    if (block := next(following, None)) is None:
        return f"{text.rstrip()}\n\n{new}\n".lstrip("\n")
    # Comments directly above the next record stay with it.
    own = _BLANK.split(block.before)[-1] if block.before.strip() else ""
    start = block.line - 1 - (own.count("\n") if own.strip() else 0)
    return "".join([*lines[:start], f"{new}\n\n", *lines[start:]])


def _read(text: str) -> tuple[list[_Block], str, list[int]]:
    """Return the blocks, the text after the last, and the lines of what is not BibTeX."""
    reader = _Reader(text, "")
    blocks: list[_Block] = []
    end = 0
    for command, body in reader:
        start = reader.command_start
        name = body[0] if isinstance(body[0], str) else ""
        before = text[end:start]
        if blocks and not blocks[-1].broken:
            same_line, newline, before = before.partition("\n")
            blocks[-1] = replace(blocks[-1], after=same_line.strip())
            before = newline + before
        end = reader.pos
        broken = reader.broken == start
        fields = tuple(reader.written)
        source = text[start:end]
        blocks.append(_Block(command.lower(), name, fields, source, reader.line(), broken, before))
    tail = text[end:]
    if blocks and not blocks[-1].broken:
        same_line, _, tail = tail.partition("\n")
        blocks[-1] = replace(blocks[-1], after=same_line.strip())
    return blocks, tail, sorted({problem.line for problem in reader.problems})


def _may_move(blocks: Sequence[_Block], tail: str) -> bool:
    """Tell whether the order means nothing: no ``@comment`` stretches over a record."""
    loose = "".join([*(block.before + block.after for block in blocks), tail])
    pieces = [*(block.before for block in blocks), tail]
    names = [block.name.lower() for block in blocks if block.command == "string"]
    open_comment = any(piece.count("{") != piece.count("}") for piece in pieces)
    return not open_comment and "(" not in _after_at(loose) and len(set(names)) == len(names)


def _after_at(loose: str) -> str:
    """Return the character after each ``@comment``."""
    return "".join(re.findall(r"@\s*comment\s*(.)", loose, re.IGNORECASE))


def _order(blocks: Sequence[_Block]) -> list[_Block]:
    """Return strings by name where none uses another, then records by key."""
    head = [block for block in blocks if not block.is_record]
    if all(_is_plain(block) for block in head):
        head.sort(key=lambda block: block.name)
    records = sorted((block for block in blocks if block.is_record), key=lambda block: block.name)
    moved = [*head, *records]
    if blocks and moved[0] is not blocks[0]:  # what heads the file goes on heading it
        heading, own = _heading(blocks[0].before)
        place = next(number for number, block in enumerate(moved) if block is blocks[0])
        moved[place] = replace(blocks[0], before=own)
        moved[0] = replace(moved[0], before=f"{heading}\n\n{moved[0].before.lstrip()}")
    return moved


def _heading(before: str) -> tuple[str, str]:
    """Part the text above the first block into what heads the file and what is the block's."""
    *heading, own = _BLANK.split(before)
    return "\n\n".join(heading), own


def _is_plain(block: _Block) -> bool:
    return block.command == "string" and not any(map(_is_name, _parts(block)))


def _parts(block: _Block) -> tuple[str, ...]:
    return block.fields[0][1] if block.fields else ()


def _write(blocks: Iterable[_Block], tail: str) -> str:
    pieces: list[str] = []
    last = ""
    for block in blocks:
        above = _comment(block.before)
        if pieces:
            close = last == block.command == "string" and not above
            pieces.append("\n" if close else "\n\n")
        pieces += [above, _block(block)]
        last = block.command
    if tail.strip():
        pieces += ["\n\n" if pieces else "", _lines(tail).strip("\n")]
    return "".join([*pieces, "\n"]) if pieces else ""


def _comment(before: str) -> str:
    """Return the text above a block, and whether a blank line parts it from the block."""
    if not before.strip():
        return ""
    detached = bool(re.search(r"\n[ \t]*\n[ \t]*$", before))
    same_line = "" if re.search(r"\n[ \t]*$", before) else " "
    return _lines(before).strip("\n").rstrip() + (same_line or ("\n\n" if detached else "\n"))


def _lines(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.splitlines())


def _block(block: _Block) -> str:
    after = f" {block.after}" if block.after else ""
    if block.broken or block.command == "preamble":
        return block.source.rstrip() + after
    if block.command == "string":
        return f"@string{{{block.name} = {_value_source(_parts(block))}}}{after}"
    return _record(block.command, block.name, block.fields) + after


def _record(kind: str, key: str, fields: Iterable[tuple[str, tuple[str, ...]]]) -> str:
    lines = [
        f"  {name.lower():<{_WIDTH}} = {_value_source(parts)},"
        for name, parts in sorted(fields, key=_field_order)
    ]
    return "\n".join([f"@{kind}{{{key},", *lines, "}"])


def _field_order(field: tuple[str, object]) -> tuple[int, str]:
    name = field[0].lower()
    return FIELDS.index(name) if name in FIELDS else len(FIELDS), name


def _value_source(parts: Sequence[str]) -> str:
    return " # ".join(_part(part, alone=len(parts) == 1) for part in parts)


def _part(part: str, *, alone: bool) -> str:
    """Return a part of a value in braces; the name of a string stays bare."""
    if _is_name(part):
        return part
    inner = _SPACE.sub(" ", _inner(part))
    return f"{{{inner.strip() if alone else inner}}}"


def _is_name(part: str) -> bool:
    return part[0] not in '{"' and not part.isdecimal()


def _inner(part: str) -> str:
    return part[1:-1] if part[0] in '{"' else part


def _value(parts: Sequence[str]) -> str:
    return _SPACE.sub(" ", "".join(map(_inner, parts))).strip()


def _meaning(text: str) -> tuple[object, ...]:
    """Return all that a .bib file says: records with their values, and every other word."""
    reader = _Reader(text, "")
    said: list[tuple[object, ...]] = []
    spans: list[tuple[int, int]] = []
    for command, body in reader:
        kind = command.lower()
        spans.append((reader.command_start, reader.pos))
        source = text[reader.command_start : reader.pos].split()
        if reader.broken == reader.command_start or kind == "preamble":
            said.append((kind, tuple(source)))
        elif kind == "string":
            said.append((kind, body[0], _SPACE.sub(" ", "".join(body[1])).strip()))
        else:
            said.append((kind, body[0], tuple(sorted(_fields(body[1])))))
    return Counter(said), Counter(_outside(text, spans)), _by_key(said)


def _fields(fields: Iterable[tuple[str, list[str]]]) -> Iterator[tuple[str, str]]:
    for name, parts in fields:
        yield name.lower(), _SPACE.sub(" ", "".join(parts)).strip()


def _outside(text: str, spans: Iterable[tuple[int, int]]) -> Iterator[str]:
    end = 0
    for start, stop in spans:
        yield from text[end:start].split()
        end = stop
    yield from text[end:].split()


def _by_key(said: Iterable[tuple[object, ...]]) -> dict[str, list[tuple[object, ...]]]:
    """Return records that share a key in their order: the first of them counts."""
    found: dict[str, list[tuple[object, ...]]] = {}
    for each in said:
        if each[0] not in {"string", "preamble"}:
            found.setdefault(str(each[1]).lower(), []).append(each)
    return found
