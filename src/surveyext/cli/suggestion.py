"""survey suggestion: what the issue form "suggest a paper" holds, as an entry with its note."""

from __future__ import annotations

import io
import re
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from surveyext.cli.console import pasted, say
from surveyext.cli.exits import CommandError

if TYPE_CHECKING:
    from collections.abc import Iterator

#: The labels of the form's fields, in its order. The note is the last: all that follows is it.
LABELS = ("Paper", "Technique", "Name", "Code", "Tags", "BibTeX", "Note")
_NOTHING = "_No response_"
_FENCED = re.compile(r"```\w*\n(.*?)\n?```", re.DOTALL)


def command() -> None:
    """Add the paper that an issue suggests; the issue's text comes from standard input.

    A workflow runs it for issues that the form "suggest a paper" made. Every field is data:
    none can become an option, a command or another field.

    \b
    Example:
      gh issue view 12 --json body --jq .body | survey suggestion
    """  # noqa: D301  # Click takes the backspace for "keep these lines"
    from surveyext.cli import add
    from surveyext.cli.locate import find, load

    form = fields(pasted("issue's text"))
    if not (form["Technique"] and (form["Paper"] or form["BibTeX"])):
        raise CommandError("the issue names no paper or no technique; fill in its form again")
    before = {entry.key for entry in load(find()).survey.entries}
    # A field that only spells "-" must not make the command wait for input.
    paper = "-" if form["BibTeX"] else form["Paper"].lstrip("-")
    with _standard_input(form["BibTeX"]):
        add.command(
            paper,
            to=form["Technique"],
            name=form["Name"],
            code=form["Code"],
            tags=form["Tags"],
            section="",
            also="",
            extends="",
            mailto="",
        )
    if form["Note"]:
        _write_note(before, form["Note"])


def fields(body: str) -> dict[str, str]:
    """Return the fields of an issue that a form made, "" for those left empty.

    Each label counts where it first stands after the one before it, so that no field can
    pretend to be an earlier one.
    """
    body = body.replace("\r\n", "\n")
    places = []
    start = 0
    for label in LABELS:
        heading = re.compile(rf"^### {re.escape(label)}[ \t]*$", re.MULTILINE)
        if match := heading.search(body, start):
            places.append((label, match.start(), match.end()))
            start = match.end()
    found = dict.fromkeys(LABELS, "")
    ends = [*(start for _, start, _ in places[1:]), len(body)]
    for (label, _, begin), end in zip(places, ends, strict=False):  # no field, but an end
        value = body[begin:end].strip()
        fenced = _FENCED.fullmatch(value)
        value = fenced[1].strip() if fenced else value
        lines = value if label in {"BibTeX", "Note"} else " ".join(value.split())
        found[label] = "" if value == _NOTHING else lines
    return found


def _write_note(before: set[str], note: str) -> None:
    """Write the note into the entry that is new."""
    from surveyext.build.settings import shown
    from surveyext.cli.atomic_write import replace_files
    from surveyext.cli.locate import find, load
    from surveyext.editing.entry_blocks import entry_block

    place = find()
    reading = load(place)
    entry = next(entry for entry in reading.survey.entries if entry.key not in before)
    page, text = reading.pages[entry.docname], reading.texts[entry.docname]
    block = next(block for block in page.blocks if block.line == entry.line)
    lines = text.split("\n")
    new = entry_block(entry.key, dict(block.options), note.split("\n"))
    lines[block.line - 1 : block.end] = new
    path = reading.files[entry.docname]
    replace_files(place.root, {path: "\n".join(lines)})
    say(f"wrote the note into {shown(path)}")


@contextmanager
def _standard_input(text: str) -> Iterator[None]:
    """Let a command read this text."""
    kept, sys.stdin = sys.stdin, io.TextIOWrapper(io.BytesIO(text.encode()), "utf-8")
    try:
        yield
    finally:
        sys.stdin = kept
