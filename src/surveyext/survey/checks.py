"""Checks: entries, records and vocabulary to problems; pure, and all problems at once."""

from __future__ import annotations

import datetime
import re
from collections import defaultdict
from graphlib import CycleError, TopologicalSorter
from itertools import chain
from textwrap import shorten
from typing import TYPE_CHECKING

from surveyext.library.links import DOI, EPRINT, FORUM, openreview_id
from surveyext.library.model import OTHERS, Kind, Problem
from surveyext.library.text import did_you_mean, fold, is_web_link, plain
from surveyext.library.venues import find_venue

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from surveyext.library.model import Entry, Record
    from surveyext.library.toml_tables import Tag
    from surveyext.library.venues import Rule

#: BibTeX types that a survey uses and the fields that each must have.
REQUIRED: Mapping[str, tuple[str, ...]] = {
    "article": ("author", "title", "journal", "year"),
    "book": ("author", "title", "publisher", "year"),
    "incollection": ("author", "title", "booktitle", "year"),
    "inproceedings": ("author", "title", "booktitle", "year"),
    "misc": ("author", "title", "year"),
    "online": ("author", "title", "year", "url"),
    "phdthesis": ("author", "title", "school", "year"),
    "software": ("author", "title", "year", "url"),
    "techreport": ("author", "title", "institution", "year"),
}
#: Types of BibTeX and biblatex that are known beside them, and the fields that each must have.
_ALSO: Mapping[str, tuple[str, ...]] = {
    "booklet": ("title", "year"),
    "collection": ("title", "year"),
    "conference": ("author", "title", "booktitle", "year"),
    "dataset": ("author", "title", "year"),
    "inbook": ("title", "publisher", "year"),
    "manual": ("title", "year"),
    "mastersthesis": ("author", "title", "school", "year"),
    "patent": ("author", "title", "year"),
    "proceedings": ("title", "year"),
    "report": ("author", "title", "institution", "year"),
    "thesis": ("author", "title", "year"),
    "unpublished": ("author", "title", "year"),
}
_FIRST_YEAR = 1450  # the first printed books
#: Years between a preprint and its proceedings; papers further apart only share a title.
_NEAR = 3


def check_records(
    records: Mapping[str, Record], rules: Sequence[Rule], today: datetime.date
) -> Iterator[Problem]:
    """Yield what is wrong with the records alone.

    :param today: A year may lie one after it, for proceedings announced ahead.
    """
    for record in records.values():
        for kind, message in _record_faults(record, rules, today.year + 1):
            yield Problem(record.file, record.line, kind, f"record '{record.key}': {message}")
    yield from _twins(records.values())


def _record_faults(
    record: Record, rules: Sequence[Rule], last_year: int
) -> Iterator[tuple[Kind, str]]:
    types = {**_ALSO, **REQUIRED}
    if record.type not in types:
        known = did_you_mean(record.type, types, 0.85) or f"use one of {', '.join(REQUIRED)}"
        what = f"type '@{record.type}' is not used here and set as @misc"
        yield Kind.ODD_RECORD, f"{what}; {known.strip()}"
    edited = record.type in {"book", "inbook", "proceedings"} and record.field("editor")
    for name in types.get(record.type, ("title",)):
        if name == "author" and edited:
            continue
        if not plain(record.field(name)):
            yield Kind.MISSING_FIELD, f"no {name}; add the field, @{record.type} needs it"
    if any(person == OTHERS for person in record.people):
        yield Kind.MISSING_FIELD, "'and others' leaves people out; write them all"
    year = record.field("year")
    if year and (record.year is None or not _FIRST_YEAR <= record.year <= last_year):
        right = f"write four digits from {_FIRST_YEAR} to {last_year}"
        yield Kind.BAD_YEAR, f"year '{year}' is impossible; {right}"
    doi = record.field("doi")
    if doi and not DOI.fullmatch(doi):
        right = "leave out 'https://doi.org/'" if "://" in doi else "copy it from the paper's page"
        yield (
            Kind.BAD_DOI,
            f"DOI '{doi}' has not the form 10.1234/suffix; {right}",
        )
    eprint = record.arxiv
    if eprint and not EPRINT.fullmatch(eprint):
        right = "write the arXiv number alone, as 2005.07683, without 'arXiv:' and version"
        yield Kind.BAD_EPRINT, f"eprint '{eprint}' is no arXiv number; {right}"
    forum = record.field("openreview")
    if forum and not FORUM.fullmatch(forum):
        yield Kind.BAD_LINK, f"openreview '{forum}' is no forum; write its id alone, as SylO2yStDr"
    url = record.field("url")
    if url and not is_web_link(url):
        yield Kind.BAD_LINK, f"url '{url}' is no link; write a whole http(s) address"
    name = record.field("booktitle") or record.field("journal")
    if name and rules and find_venue(record, rules) is None:
        right = "add a line to the venue table, or correct the name"
        yield Kind.UNKNOWN_VENUE, f"venue '{name}' is not in the venue table; {right}"


def _twins(records: Iterable[Record]) -> Iterator[Problem]:
    """Yield each record that is the same paper as one before it."""
    seen: dict[tuple[str, str], Record] = {}
    for record in records:
        twins: dict[str, list[str]] = defaultdict(list)
        for identity in identities(record):
            twin = seen.setdefault(identity, record)
            if twin is not record and (identity[0] != "title" or _may_be_one(twin, record)):
                twins[twin.key].append(identity[0])
        for key, same in twins.items():
            message = (
                f"record '{record.key}' is the same paper as '{key}' (same {' and '.join(same)}); "
                "keep the published version and one key"
            )
            yield Problem(record.file, record.line, Kind.DUPLICATE_RECORD, message)


def _may_be_one(one: Record, other: Record) -> bool:
    """Tell whether records of the same title can be one paper: shared people, near years."""
    families = [{fold(person.family) for person in each.known} for each in (one, other)]
    apart = abs((one.year or 0) - (other.year or 0)) if one.year and other.year else 0
    shared = not all(families) or not families[0].isdisjoint(families[1])
    return shared and apart <= _NEAR


def identities(record: Record) -> Iterator[tuple[str, str]]:
    """Yield what tells a paper from others: the name of each identity, and its folded value."""
    named = (
        ("title", fold(plain(record.field("title")))),
        ("DOI", record.field("doi").lower()),
        ("eprint", re.sub(r"v\d+$", "", record.arxiv.lower())),
        ("OpenReview id", openreview_id(record)),
    )
    yield from ((name, value) for name, value in named if value)


def check_entries(
    entries: Sequence[Entry],
    records: Mapping[str, Record],
    tags: Iterable[Tag],
    techniques: Collection[str],
    path: Callable[[str], str],
) -> Iterator[Problem]:
    """Yield what is wrong with the entries.

    :param entries: In reading order, so that of two alike the later is the wrong one.
    :param techniques: The docnames of the technique pages.
    :param path: Turns a docname into the file that problems name.
    """
    vocabulary = {tag.name for tag in tags}
    names = {docname.rpartition("/")[2] for docname in techniques}
    keys = {entry.key for entry in entries}
    entered: dict[str, Entry] = {}
    for entry in entries:
        faults = _entry_faults(entry, records, vocabulary, names)
        relations = _extends_faults(entry, keys)
        twin = entered.setdefault(entry.key, entry)
        for kind, message in chain(faults, relations):
            yield Problem(path(entry.docname), entry.line, kind, f"entry '{entry.key}': {message}")
        if entry.docname not in techniques:
            message = f"entry '{entry.key}' stands on no technique page; move it to one"
            yield Problem(path(entry.docname), entry.line, Kind.MISPLACED_ENTRY, message)
        if twin is not entry:
            place = f"{path(twin.docname)}:{twin.line}"
            elsewhere = "list it there with :also:"
            right = elsewhere if entry.docname != twin.docname else "delete one of the two"
            message = f"entry '{entry.key}' stands at {place} already; {right}"
            yield Problem(path(entry.docname), entry.line, Kind.DUPLICATE_ENTRY, message)
    yield from _circle(entered, path)


def _circle(entered: Mapping[str, Entry], path: Callable[[str], str]) -> Iterator[Problem]:
    """Yield one problem for each circle that is left when those before are mended."""
    graph = {
        key: [other for other in dict.fromkeys(entry.extends) if other in entered and other != key]
        for key, entry in entered.items()
    }
    while True:
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            *circle, _ = reversed(error.args[1])  # from what builds to what it builds on
            first = entered[circle[0]]
            message = (
                f"entry '{first.key}': :extends: runs in a circle, {' -> '.join(circle)} -> "
                f"{first.key}; leave out the one that points at a later paper"
            )
            yield Problem(path(first.docname), first.line, Kind.BAD_EXTENDS, message)
            graph[circle[0]].remove(circle[1])
        else:
            return


def _entry_faults(
    entry: Entry, records: Mapping[str, Record], vocabulary: Collection[str], names: Collection[str]
) -> Iterator[tuple[Kind, str]]:
    if entry.key not in records:
        hint = did_you_mean(entry.key, records) or "add the record to the .bib file"
        yield Kind.UNKNOWN_KEY, f"key '{entry.key}' is in no .bib file; {hint.strip()}"
    if not entry.note:
        yield Kind.EMPTY_NOTE, "no note; say in two to five sentences what the paper does"
    for option in ("code", "reimplementation", "project", "model"):
        url = getattr(entry, option)
        if url and not is_web_link(url):
            yield Kind.BAD_LINK, f":{option}: '{url}' is no link; write a whole http(s) address"
    for tag in entry.tags:
        if tag not in vocabulary:
            hint = did_you_mean(tag, vocabulary) or "use a tag of the vocabulary or define it there"
            yield Kind.UNKNOWN_TAG, f"tag '{tag}' is not in the vocabulary; {hint.strip()}"
    home = entry.docname.rpartition("/")[2]
    for name in entry.also:
        if name == home:
            yield Kind.BAD_ALSO, f":also: '{name}' is the page it stands on; leave it out"
        elif name not in names:
            hint = did_you_mean(name, names) or f"use one of {', '.join(sorted(names))}"
            yield Kind.BAD_ALSO, f":also: '{name}' is no technique page; {hint.strip()}"
    if not _is_date(entry.added):
        yield Kind.BAD_DATE, f":added: '{entry.added}' is no date; write YYYY-MM-DD"


def _extends_faults(entry: Entry, keys: Collection[str]) -> Iterator[tuple[Kind, str]]:
    for key in entry.extends:
        if key not in keys or key == entry.key:
            hint = (
                did_you_mean(key, [each for each in keys if each != entry.key])
                or "enter that paper or leave it out"
            )
            yield Kind.UNKNOWN_KEY, f":extends: '{key}' is no other entry; {hint.strip()}"


def _is_date(text: str) -> bool:
    try:
        return datetime.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def check_use(records: Mapping[str, Record], used: Collection[str]) -> Iterator[Problem]:
    """Yield each record that no entry and no citation uses."""
    for record in records.values():
        if record.key not in used:
            message = f"record '{record.key}' is not used; enter it on a page, cite it or delete it"
            yield Problem(record.file, record.line, Kind.UNUSED_RECORD, message)


def check_cites(
    cites: Iterable[tuple[str, int]], records: Mapping[str, Record], file: str
) -> Iterator[Problem]:
    """Yield each citation in a page's prose whose key is no record.

    :param cites: Keys with their lines.
    """
    for key, line in cites:
        if key not in records:
            hint = did_you_mean(key, records) or "add the record to the .bib file"
            message = f"cited key '{key}' is in no .bib file; {hint.strip()}"
            yield Problem(file, line, Kind.UNKNOWN_KEY, message)


def check_links(
    links: Iterable[tuple[str, int]], entered: Collection[str], file: str
) -> Iterator[Problem]:
    """Yield each ``{entry}`` role in a page's prose that leads to no card.

    :param links: Keys with their lines.
    """
    for key, line in links:
        if key not in entered:
            hint = did_you_mean(key, entered) or "enter the paper or correct the key"
            message = f"no entry has the key '{key}'; {hint.strip()}"
            yield Problem(file, line, Kind.UNKNOWN_KEY, message)


def hidden(comment: str) -> str:
    """Return what is wrong with a comment on a page, which most often is a per cent sign."""
    text = shorten(comment, 40, placeholder=" ...")
    right = "move the % off the start of the line, or delete it"
    return f"'% {text}' is a comment for Markdown and does not show; {right}"
