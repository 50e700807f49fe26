"""survey add: a paper's record, its evidence and the skeleton of its entry, in one step."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

import typer

from surveyext.cli.complete import pages
from surveyext.cli.console import ERR, hint, pasted, say
from surveyext.cli.exits import CommandError, Exit

if TYPE_CHECKING:
    from surveyext.cli.locate import Place
    from surveyext.editing.read_survey import Reading
    from surveyext.library.evidence import Evidence
    from surveyext.library.model import Entry, Record
    from surveyext.sources.identifiers import Identifier

_NO_KEY = re.compile(r"(@\s*\w+\s*\{)\s*,?\s*(?=\w+\s*=)")
_PASTE = "or paste its BibTeX, which needs no connection: survey add - --to PAGE"


def command(
    paper: Annotated[
        str,
        typer.Argument(
            metavar="PAPER",
            help="arXiv number, DOI, ACL Anthology or OpenReview id, or an address of any of "
            "them or of the paper's page; '-' reads BibTeX from standard input.",
            show_default=False,
        ),
    ],
    to: Annotated[
        str,
        typer.Option(
            "--to",
            metavar="PAGE",
            help="Technique page that gets the entry.  [required]",
            autocompletion=pages,
        ),
    ] = "",
    section: Annotated[
        str, typer.Option(help="Section of the page.  [default: the one with most entries]")
    ] = "",
    name: Annotated[str, typer.Option(help="The method's short name.")] = "",
    code: Annotated[str, typer.Option(help="Address of the authors' own code.")] = "",
    tags: Annotated[str, typer.Option(help="Tags, parted by commas.")] = "",
    also: Annotated[str, typer.Option(help="Further technique pages, parted by commas.")] = "",
    extends: Annotated[
        str, typer.Option(help="Keys of the entries it builds on, parted by commas.")
    ] = "",
    mailto: Annotated[
        str, typer.Option(help="Where a service can reach you.", envvar="SURVEY_MAILTO")
    ] = "",
) -> None:
    """Add a paper: fetch its record, keep the evidence, and place an entry without note.

    The record is that of the published version; a preprint's number stays with it. Three
    files change together or not at all. What is left to write is printed: first of all the
    note, one paragraph in your own words.

    \b
    Examples:
      survey add 2005.07683 --to pruning
      survey add 10.18653/v1/P19-1580 --to pruning --section "Structured pruning"
      survey add https://openreview.net/forum?id=3zKtaqxLhW --to knowledge-distillation
      survey add - --to quantization < paper.bib
    """  # noqa: D301  # Click takes the backspace for "keep these lines"
    from surveyext.cli.edits import Texts, refuse_malformed
    from surveyext.cli.locate import find, load
    from surveyext.editing import add_paper
    from surveyext.library.model import Kind
    from surveyext.survey.audit import today

    place = find()
    reading = load(place)
    refuse_malformed(reading)
    texts = Texts(place, reading)
    lists = {"tags": _words(tags), "also": _words(also), "extends": _words(extends)}
    try:
        spot = add_paper.find_spot(reading, to, section)
        for option, given in lists.items():
            add_paper.check_words(reading, option, given)
        add_paper.check_link(code)
    except add_paper.RefusalError as error:
        raise CommandError(str(error)) from None
    if paper == "-":
        record, known = _pasted(reading), None
    else:
        record, known = _fetched(place, reading, paper, mailto)
    record, before = _against(reading, record)
    options = {
        "name": " ".join(name.split()),
        "code": code,
        **{option: ", ".join(given) for option, given in lists.items()},
        "added": today().isoformat(),
    }
    try:
        new = add_paper.texts(reading, place.paths, texts, spot, record, known, options)
    except ValueError as error:
        raise CommandError(f"{error}; run 'survey check' and mend the file first") from None
    # What the person writes next.
    left = {Kind.EMPTY_NOTE: f"entry '{record.key}'", Kind.UNKNOWN_VENUE: f"record '{record.key}'"}
    proposal = texts.propose(
        new, lambda each: each.kind in left and each.message.startswith(left[each.kind])
    )
    texts.write(new)
    entry = next(each for each in proposal.reading.survey.entries if each.key == record.key)
    say(f"added {record.key} to {_place(proposal.reading, entry)}", "green")
    for line in _summary(proposal.reading, record, known, before):
        say(f"  {line}")
    say("left to write:")
    others = [] if section else add_paper.sections_of(proposal.reading.pages[entry.docname])
    for line in _left(proposal.reading, entry, record, known):
        say(f"  - {line}")
    if len(others) > 1:
        hint(f"it can move to another section of that page: {', '.join(others)}")
    hint("run 'survey check' when you have written it")


def _words(given: str) -> list[str]:
    return given.replace(",", " ").split()


def _fetched(place: Place, reading: Reading, paper: str, mailto: str) -> tuple[Record, Evidence]:
    """Return the record and the evidence that the sources give.

    :raises CommandError: The text names no paper, or the source does not answer.
    """
    from surveyext.cli.services import client, failure
    from surveyext.sources import identifiers as ids
    from surveyext.sources.ask_all import gather
    from surveyext.sources.client import Fault, WebError
    from surveyext.sources.merge import merge
    from surveyext.survey.audit import today

    known = reading.survey.library.records
    if paper in known:
        _refuse_entered(reading, known[paper], "key")
        right = "give the paper's number, DOI or address instead"
        raise CommandError(f"'{paper}' is the key of a record; {right}", Exit.USAGE)
    try:
        name = ids.parse(paper)
    except ids.NoIdentifier as error:
        raise CommandError(str(error), Exit.USAGE) from None
    for record in known.values():
        if name in _names(record):
            _refuse_entered(reading, record, "identifier")
    messages: list[str] = []
    try:
        with ERR.status("asking") as status, client(place, mailto) as web:
            web.watch = lambda host: status.update(f"asking {host}")
            findings = gather(web, name, messages.append)
    except WebError as error:
        offline = error.fault is Fault.OFFLINE
        raise failure(error, f", {_PASTE}" if offline else "") from None
    for message in dict.fromkeys(messages):
        hint(message, "yellow")
    if gone := next((each for each in findings if each.withdrawn), None):
        text = f"{gone.source} says of '{gone.title}': {gone.withdrawn}"
        raise CommandError(f"{text}; a withdrawn paper is not added")
    return merge(findings, today().isoformat(), known)


def _names(record: Record) -> set[Identifier]:
    """Return the identifiers of a record."""
    from surveyext.sources import ask_all, bibtex

    return set(ask_all.identifiers(bibtex.finding(record, "pasted", "")))


def _pasted(reading: Reading) -> Record:
    """Return the record that stands on standard input, cleaned as a source's would be.

    :raises CommandError: It is not one BibTeX record.
    """
    from surveyext.library.model import OTHERS
    from surveyext.sources import bibtex
    from surveyext.sources.merge import merge
    from surveyext.survey.audit import today

    # The key is ours anyhow, and some services give none.
    text = _NO_KEY.sub(r"\1pasted, ", pasted("BibTeX record"))
    records, problems = bibtex.records(text, "standard input")
    if problems:
        first = problems[0]
        raise CommandError(f"{first.file}:{max(first.line, 1)}: {first.message}")
    if len(records) != 1:
        found = f"{len(records)} BibTeX records" if records else "no BibTeX record"
        raise CommandError(f"{found} on standard input; paste one, from '@' to the last brace")
    finding = bibtex.pasted(records[0])
    if OTHERS in finding.people:
        right = "write them all, or give the paper's number, DOI or address instead"
        raise CommandError(f"the pasted record leaves people out with 'and others'; {right}")
    has = {"author": finding.people, **finding.fields}
    for name in ("title", "author", "year"):
        if not has.get(name):
            raise CommandError(f"the pasted record has no {name}; add the field and paste it again")
    return merge([finding], today().isoformat(), reading.survey.library.records)[0]


def _against(reading: Reading, record: Record) -> tuple[Record, str]:
    """Return the record to write, and the key of the same paper if there was one.

    :raises CommandError: The paper is entered already.
    """
    from surveyext.editing import add_paper

    found = add_paper.twin(record, reading.survey.library.records)
    if found is None:
        return record, ""
    old, same = found
    _refuse_entered(reading, old, same)
    return add_paper.completed(old, record), old.key


def _refuse_entered(reading: Reading, record: Record, same: str) -> None:
    """Refuse a paper that has an entry.

    :raises CommandError: It has one.
    """
    entry = next((each for each in reading.survey.entries if each.key == record.key), None)
    if entry:
        where = _place(reading, entry)
        right = "to show it under another technique too, add that to its :also:"
        message = f"this paper is entered already as '{record.key}' at {where} (same {same})"
        raise CommandError(f"{message}; {right}")


def _place(reading: Reading, entry: Entry) -> str:
    section = f", section '{entry.section}'" if entry.section else ""
    return f"{reading.path(entry.docname)}:{entry.line}{section}"


def _summary(reading: Reading, record: Record, known: Evidence | None, before: str) -> list[str]:
    """Return what was found, for a person to compare with the paper."""
    from surveyext.library.text import plain

    venue = reading.survey.library.venue(record)
    name = record.field("booktitle") or record.field("journal")
    shown = venue.short if venue else f"{name} {record.field('year')}"
    people = ", ".join(map(str, record.people))
    lines = [plain(record.field("title")), people, plain(shown).strip()]
    lines += [f"the record '{before}' was there and was completed"] if before else []
    lines += [f"note that {known.note}"] if known and known.note else []
    return lines


def _left(reading: Reading, entry: Entry, record: Record, known: Evidence | None) -> list[str]:
    """Return what a person writes next."""
    name = record.field("booktitle") or record.field("journal")
    where = reading.path(entry.docname)
    lines = [f"the note, two to five sentences of your own, below {where}:{entry.line}"]
    if not entry.tags:
        lines.append("its tags, words of the vocabulary: a line ':tags: ...' in the entry")
    if not entry.code:
        lines.append("the authors' code, if there is some: a line ':code: https://...'")
    if name and reading.survey.library.venue(record) is None:
        lines.append(f"a line in the venue table for '{name}', which is new to it")
    if known is None:
        again = f"survey refresh --only {record.key}"
        lines.append(f"the evidence: nobody has compared the record with a source; run '{again}'")
    elif known.unverified:
        lines.append(f"if you know them, in the record: {', '.join(known.unverified)}")
    return lines
