"""Entry blocks: their canonical form on a page, and where a new one goes; pure.

The rest of a page stays as it is. What is not understood is left alone and named, and the
result is read again before it is returned.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from surveyext.library.canonical import Canonical

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from surveyext.editing.markdown_pages import Block, Page

#: The order of options; others follow as they stand.
OPTIONS = (
    *("name", "code", "reimplementation", "project", "model", "tags", "also", "extends"),
    "added",
)
_LISTS = {"tags", "also", "extends"}
_FENCE = re.compile(r"(`{3,}|~{3,}|:{3,})")
_OPTION = re.compile(r"\s*:?([\w-]+):(?:\s+(.*))?")
_TABLE = re.compile(r"(?m)^\[([^\[\]\n]+)\][ \t]*$")


def format_page(text: str, read: Callable[[str], Page]) -> Canonical:
    """Return a page with its entry blocks in canonical form.

    Colon fences; options in one order, one a line, lists with commas; one blank line before
    the note, none after it, one around the block.

    :param read: Reads a page's text.
    """
    page = read(text)
    lines = text.replace("\r\n", "\n").split("\n")
    left: list[tuple[int, str]] = []
    for block in reversed([each for each in page.blocks if each.name == "entry"]):
        new, fault = _canonical(block, lines)
        if fault:
            left.append((block.line, f"entry '{block.argument}' {fault}"))
        else:
            _replace(lines, block, new)
    formatted = "\n".join(lines).rstrip("\n") + "\n"
    if formatted != text and _meaning(read(formatted)) != _meaning(page):
        return Canonical(text, ((1, "it cannot be written otherwise safely"),))
    return Canonical(formatted, tuple(reversed(left)))


def entry_block(key: str, options: Mapping[str, str], body: Iterable[str]) -> list[str]:
    """Return the lines of an entry block; empty options are left out."""
    body = list(body)
    inner = max((len(run[1]) for line in body if (run := re.match(r"\s*(:{3,})", line))), default=2)
    fence = ":" * (inner + 1)
    given = [name for name in options if options[name]]
    known = [name for name in OPTIONS if name in given]
    rest = [name for name in given if name not in OPTIONS]
    head = [f":{name}: {options[name]}" for name in (*known, *rest)]
    return [f"{fence}{{entry}} {key}", *head, *([""] if head and body else []), *body, fence]


def insert_entry(
    text: str, page: Page, block: Sequence[str], section: str, years: Mapping[str, int]
) -> str:
    """Return the page with one more entry in a section.

    It goes where the order of the section's entries wants it, by year (either way) or by
    key; where there is no order, after the last of them.

    :param page: The page, as it was read from the text.
    :param block: The lines of :func:`entry_block`.
    :param section: The section's title, "" for the part under the page's title.
    :param years: The year of each record, the new one's too.
    :raises ValueError: The page has no such section, or two.
    """
    lines = text.replace("\r\n", "\n").rstrip("\n").split("\n")
    start, end = _section(page, section, len(lines))
    entries = [
        each
        for each in page.blocks
        if each.name == "entry" and each.outer and start < each.line <= end
    ]
    place = _place(entries, block[0].rpartition(" ")[2], years)
    place = end if place is None else place  # after all that the section says
    above, below = lines[:place], lines[place:]
    while above and not above[-1].strip():
        above.pop()
    between = [""] if not below or below[0].strip() else []
    return "\n".join([*above, "", *block, *between, *below, *([""] if below else [])])


def insert_table(text: str, key: str, table: str) -> str:
    """Return a TOML file of tables with one more, before the first whose name comes after.

    :param table: The lines below ``[key]``.
    :raises ValueError: The file is no TOML, has that table, or would not be TOML.
    """
    before = tomllib.loads(text)
    new = f"[{key}]\n{table.strip()}\n"
    if key in before:
        raise ValueError(f"there is a table '{key}' already")
    names = [(match[1], match.start()) for match in _TABLE.finditer(text)]
    start = next((start for name, start in names if name > key), None)
    if start is None:
        result = f"{text.rstrip()}\n\n{new}".lstrip("\n")
    else:
        result = f"{text[:start]}{new}\n{text[start:]}"
    if tomllib.loads(result) != {**before, **tomllib.loads(new)}:
        raise ValueError(f"the table '{key}' would change another one")
    return result


def _canonical(block: Block, lines: Sequence[str]) -> tuple[list[str], str]:
    """Return the lines of a block, or why it must stay as it is."""
    if not block.outer:
        return [], "stands inside another block"
    fence = _FENCE.match(lines[block.line - 1])
    closing = _FENCE.match(lines[min(block.end, len(lines)) - 1].lstrip())
    if block.end == block.line or not fence or not closing or closing[1][0] != fence[1][0]:
        return [], "is not closed"
    options = _options(block, lines[block.line : block.line + block.offset])
    if options is None:
        return [], "has options that are not one a line"
    body = lines[block.line + block.offset : block.end - 1]
    while body and not body[0].strip():
        body = body[1:]
    while body and not body[-1].strip():
        body = body[:-1]
    return entry_block(block.argument, options, body), ""


def _options(block: Block, lines: Iterable[str]) -> dict[str, str] | None:
    """Return the options as typed, or ``None`` when they are more than a line each."""
    found: dict[str, str] = {}
    for line in lines:
        if not line.strip() or re.fullmatch(r"---+\s*", line):
            continue
        match = _OPTION.fullmatch(line)
        if match is None or match[1] in found:
            return None
        found[match[1]] = " ".join((match[2] or "").split())
    if any(found.get(name) != value for name, value in block.options):
        return None  # quotes, comments or a value of several lines
    return {
        name: ", ".join(value.replace(",", " ").split()) if name in _LISTS else value
        for name, value in found.items()
    }


def _replace(lines: list[str], block: Block, new: list[str]) -> None:
    """Put a block's new lines in the place of the old ones, with a blank line around."""
    start, end = block.line - 1, block.end
    while start and not lines[start - 1].strip():
        start -= 1
    while end < len(lines) and not lines[end].strip():
        end += 1
    above = [""] if start else []
    lines[start:end] = [*above, *new, *([""] if end < len(lines) else [])]


def _meaning(page: Page) -> tuple[object, ...]:
    """Return all that a page says, without the lines it says it on."""
    return (
        [replace(entry, line=0) for entry in page.entries],
        [heading.title for heading in page.headings],
        [_said(block) for block in page.blocks],
        [replace(equation, line=0) for equation in page.equations],
        *([text for text, _ in found] for found in (page.cites, page.links, page.contents)),
        [problem.message for problem in page.problems],
    )


def _said(block: Block) -> tuple[object, ...]:
    """Return what a block says; an entry's options are compared as its own."""
    options = () if block.name == "entry" else block.options
    return block.name, block.argument, options, "\n".join(block.body).strip("\n ")


def _section(page: Page, title: str, length: int) -> tuple[int, int]:
    """Return the lines after a section's heading, up to the next heading."""
    headings = page.headings
    wanted = [
        number
        for number, heading in enumerate(headings)
        if (heading.title == title if title else number == 0)
    ]
    if len(wanted) != 1:
        known = ", ".join(f"'{heading.title}'" for heading in headings[1:])
        many = "two sections" if wanted else "no section"
        raise ValueError(f"the page has {many} '{title}'; it has {known or 'none'}")
    number = wanted[0]
    following = headings[number + 1].line - 1 if number + 1 < len(headings) else length
    return headings[number].line, following


def _place(entries: Sequence[Block], key: str, years: Mapping[str, int]) -> int | None:
    """Return how many lines stand before the new entry, ``None`` where there is no other."""
    if not entries:
        return None
    ranks: tuple[Callable[[str], tuple[int, str]], ...] = (
        lambda name: (years.get(name, 0), ""),
        lambda name: (-years.get(name, 0), ""),
        lambda name: (0, name),
    )
    for rank in ranks:
        values = [rank(entry.argument) for entry in entries]
        if values[0] < values[-1] and all(one <= two for one, two in pairwise(values)):
            before = [entry for entry in entries if rank(entry.argument) <= rank(key)]
            return before[-1].end if before else entries[0].line - 1
    return entries[-1].end
