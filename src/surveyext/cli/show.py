"""survey show: a card in the terminal."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

import typer

from surveyext.cli.complete import keys
from surveyext.cli.console import say
from surveyext.cli.exits import CommandError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from surveyext.editing.read_survey import Reading
    from surveyext.library.model import Entry
    from surveyext.survey.survey import Item

_FEW = 5  #: So many keys are named to choose from.
_BLANK = re.compile(r"\n\s*\n")


def command(
    key: Annotated[
        str,
        typer.Argument(
            metavar="KEY",
            help="The key of an entry, as sanh2020movement.",
            autocompletion=keys,
        ),
    ],
) -> None:
    """Show an entry: its record, links, note, what confirms it, and where it is.

    \b
    Example:
      survey show sanh2020movement
    """  # noqa: D301  # Click takes the backspace for "keep these lines"
    from surveyext.cli.locate import find, load

    reading = load(find())
    item = reading.survey.items.get(key)
    if item is None:
        if key in reading.survey.library.records:
            right = "'survey check' says what to do with one"
            raise CommandError(f"'{key}' is a record without an entry; {right}")
        raise CommandError(f"'{key}' is no entry; {_meant(key, reading)}")
    for line, style in _card(reading, item):
        say(line, style, prose=not style)


def _meant(typed: str, reading: Reading) -> str:
    """Return what to type instead: keys of entries whose key, name, title or number has it."""
    from surveyext.library.text import did_you_mean, fold, plain

    def has(item: Item) -> bool:
        fields = [plain(item.record.field(name)) for name in ("title", "eprint", "doi")]
        texts = [item.entry.key, item.entry.name, *fields]
        return any(fold(typed) in fold(text) for text in texts)

    found = [key for key, item in reading.survey.items.items() if fold(typed) and has(item)]
    if len(found) > _FEW:
        return f"{len(found)} entries have that in their key, title or number; type more of it"
    if found:
        return f"did you mean {' or '.join(map(repr, found))}?"
    near = did_you_mean(typed, reading.survey.items)
    return near.strip() or "type a key, as it stands in refs.bib, or a word of the title"


def _card(reading: Reading, item: Item) -> Iterator[tuple[str, str]]:
    """Yield the lines of a card with their styles."""
    from surveyext.exports.formats import bibtex
    from surveyext.library.links import entry_links, record_links
    from surveyext.library.text import plain

    entry, record = item
    survey = reading.survey
    title = plain(record.field("title"))
    yield (f"{entry.name}: {title}" if entry.name else title), "bold"
    yield ", ".join(map(str, record.people)), ""
    venue = survey.library.venue(record)
    yield (venue.short if venue else record.field("year")), "cyan"
    page = survey.titles.get(entry.docname, entry.docname)
    section = ", ".join(part for part in (page, entry.section) if part)
    yield f"{reading.path(entry.docname)}:{entry.line} ({section})", "dim"
    yield "", ""
    for label, url in [*record_links(record), *entry_links(entry)]:
        yield f"{label}: {url}", ""
    yield "", ""
    yield from ((line, "") for line in _note(reading, entry))
    yield "", ""
    relations = (
        ("Tags", entry.tags),
        ("Also under", entry.also),
        ("Builds on", entry.extends),
        ("Extended by", survey.extended_by.get(entry.key, ())),
        ("Added", (entry.added,)),
    )
    for label, values in relations:
        if any(values):
            yield f"{label}: {', '.join(values)}", ""
    yield from ((line, "") for line in _evidence(reading, item))
    yield "", ""
    yield bibtex(record), "dim"


def _note(reading: Reading, entry: Entry) -> Iterator[str]:
    """Yield a note's paragraphs, each as one line, and its other lines as they are written."""
    blocks = reading.pages[entry.docname].blocks
    body = next(block.body for block in blocks if block.line == entry.line)
    text = "\n".join(body).strip() or "There is no note yet."
    for number, paragraph in enumerate(_BLANK.split(text)):
        yield from [""] if number else []
        as_it_is = paragraph.startswith(("$$", "-", "*", "```", ":::", "|"))
        yield paragraph if as_it_is else " ".join(paragraph.split())


def _evidence(reading: Reading, item: Item) -> Iterator[str]:
    """Yield what confirms a record; nothing where the survey keeps no evidence."""
    from surveyext.library.evidence import unconfirmed

    if reading.survey.library.evidence is None:
        return
    known = reading.survey.evidence(item.record.key)
    if known is None:
        yield "Unverified: nobody has compared the record with its sources."
        return
    left = unconfirmed(item.record, known)
    yield f"Checked {known.checked}" + (f"; not confirmed: {', '.join(left)}" if left else "")
    for source in known.sources:
        where = f"({source.where})" if source.url and source.where else source.where
        yield f"  {', '.join(source.confirms)}: {source.url} {where}".rstrip()
