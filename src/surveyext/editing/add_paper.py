"""Add paper: a record to the new texts of refs.bib, a page and the evidence file; pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from surveyext.editing import entry_blocks
from surveyext.editing.edits import replace_record, replace_table
from surveyext.library import evidence
from surveyext.library.canonical import insert_record
from surveyext.library.text import and_list, did_you_mean, is_web_link
from surveyext.survey import checks

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from surveyext.editing.markdown_pages import Page
    from surveyext.editing.read_survey import Reading
    from surveyext.library.evidence import Evidence
    from surveyext.library.load import Paths
    from surveyext.library.model import Record


#: Directives that fill a section.
_LISTINGS = {"bibliography", "cross-listed", "family-line", "references"}


class RefusalError(Exception):
    """Nothing can be added; the message says why and what to do."""


class Texts(Protocol):
    """The present texts of files."""

    def __getitem__(self, path: Path, /) -> str:
        """Return a file's text."""


@dataclass(frozen=True, slots=True)
class Spot:
    """Where an entry goes."""

    docname: str
    section: str  #: Its title, "" for the part under the page's title.


def find_spot(reading: Reading, technique: str, section: str) -> Spot:
    """Return where an entry goes.

    Without a section it is the one with most entries: it is easier to move an entry than to
    learn the sections first.

    :param technique: The last part of a technique page's docname.
    :raises RefusalError: There is no such page or section.
    """
    names = {docname.rpartition("/")[2]: docname for docname in reading.survey.titles}
    docname = names.get(technique.strip().removesuffix(".md").rpartition("/")[2])
    if docname is None:
        every = f"use one of {', '.join(sorted(names))}"
        if not technique.strip():
            raise RefusalError(f"no technique page was given with --to; {every}")
        hint = did_you_mean(technique, names) or every
        raise RefusalError(f"there is no technique page '{technique}'; {hint.strip()}")
    page = reading.pages[docname]
    sections = sections_of(page)
    if not section:
        return Spot(docname, _fullest(page))
    found = [title for title in sections if title.casefold() == section.strip().casefold()]
    if len(found) == 1:
        return Spot(docname, found[0])
    hint = did_you_mean(section, sections)
    right = hint.strip() or f"use one of {', '.join(sections)}" if sections else "leave it out"
    raise RefusalError(f"page '{technique}' has no section '{section}'; {right}")


def sections_of(page: Page) -> list[str]:
    """Return the sections that entries may go to: those that list nothing by themselves."""
    starts = [heading.line for heading in page.headings]
    listing = {
        max(start for start in starts if start < block.line)
        for block in page.blocks
        if block.name in _LISTINGS and block.line > min(starts, default=block.line)
    }
    return [each.title for each in page.headings[1:] if each.line not in listing]


def _fullest(page: Page) -> str:
    """Return the section with most entries, the first of them."""
    counts: dict[str, int] = {}
    for entry in page.entries:
        counts[entry.section] = counts.get(entry.section, 0) + 1
    return max(counts, key=lambda section: counts[section]) if counts else ""


def check_words(reading: Reading, option: str, words: Sequence[str]) -> None:
    """Refuse tags, techniques and keys that the survey does not have.

    :param option: "tags", "also" or "extends".
    :raises RefusalError: It does not have one of them.
    """
    known: Iterable[str] = {
        "tags": reading.survey.library.tags,
        "also": {name.rpartition("/")[2] for name in reading.survey.titles},
        "extends": reading.survey.items,
    }[option]
    for word in words:
        if word not in known:
            where = {"tags": "the vocabulary", "also": "the techniques", "extends": "the entries"}
            hint = did_you_mean(word, known) or "leave it out, or define it there first"
            raise RefusalError(f"'{word}' is not among {where[option]}; {hint.strip()}")


def check_link(url: str) -> None:
    """Refuse what is no address.

    :raises RefusalError: It is none.
    """
    if url and not is_web_link(url):
        raise RefusalError(f"'{url}' is no link; write a whole http(s) address")


def twin(record: Record, records: Mapping[str, Record]) -> tuple[Record, str] | None:
    """Return the record that is the same paper, and by what; ``None`` for a new paper."""
    mine = dict(checks.identities(record))
    for other in records.values():
        theirs = dict(checks.identities(other))
        if same := [name for name, value in mine.items() if theirs.get(name) == value]:
            return other, and_list(same)
    return None


def completed(old: Record, new: Record) -> Record:
    """Return a record that was there with what the sources add.

    A preprint gives way to the published version; otherwise what was there stays. The key
    stays in any case.
    """
    published = {"booktitle", "journal"}
    if not any(map(old.field, published)) and any(map(new.field, published)):
        return replace(new, key=old.key)
    names = {name for name, _ in old.fields}
    more = tuple((name, value) for name, value in new.fields if name not in names)
    if any(map(old.field, published)) and not any(map(new.field, published)):
        more = tuple(each for each in more if each[0] in {"eprint", "archiveprefix", "openreview"})
    return replace(old, fields=(*old.fields, *more))


def texts(  # one argument for each thing that an addition is made of
    reading: Reading,
    paths: Paths,
    read: Texts,
    where: Spot,
    record: Record,
    known: Evidence | None,
    options: Mapping[str, str],
) -> dict[Path, str]:
    """Return the new text of each file.

    :param read: The present texts of the .bib and evidence files.
    :param known: The evidence; ``None`` for what somebody pasted.
    :param options: The entry's options.
    :raises ValueError: A file is not as it must be to add to it safely.
    """
    library = reading.survey.library
    old = library.records.get(record.key)
    bib = next((path for path in paths.bib if old and _has(read[path], old)), paths.bib[0])
    new = {bib: replace_record(read[bib], record) if old else insert_record(read[bib], record)}
    if known and paths.evidence:
        change = (
            replace_table if record.key in (library.evidence or {}) else entry_blocks.insert_table
        )
        new[paths.evidence] = change(read[paths.evidence], record.key, evidence.table(known))
    years = {key: each.year or 0 for key, each in library.records.items()}
    years[record.key] = record.year or 0
    block = entry_blocks.entry_block(record.key, options, ())
    page = reading.files[where.docname]
    text, known_page = reading.texts[where.docname], reading.pages[where.docname]
    new[page] = entry_blocks.insert_entry(text, known_page, block, where.section, years)
    return new


def _has(text: str, record: Record) -> bool:
    return f"{{{record.key}," in text
