"""Export: records in the formats that reference managers read; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import rispy
from pybtex.backends.plaintext import Backend
from pybtex.style.template import FieldIsMissing

from surveyext.links import openreview_id, paper_url
from surveyext.style import formatted
from surveyext.text import one_line, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from surveyext.model import Person, Record

#: BibTeX type -> RIS type, https://en.wikipedia.org/wiki/RIS_(file_format)#Type_of_reference.
_RIS_TYPES: Mapping[str, str] = {
    "article": "JOUR",
    "book": "BOOK",
    "incollection": "CHAP",
    "inproceedings": "CPAPER",
    "misc": "UNPB",
    "online": "ELEC",
    "phdthesis": "THES",
    "software": "COMP",
    "techreport": "RPRT",
}
#: BibTeX type -> CSL type, https://docs.citationstyles.org/en/stable/specification.html.
_CSL_TYPES: Mapping[str, str] = {
    "article": "article-journal",
    "book": "book",
    "incollection": "chapter",
    "inproceedings": "paper-conference",
    "misc": "article",
    "online": "webpage",
    "phdthesis": "thesis",
    "software": "software",
    "techreport": "report",
}

_PLAIN = Backend()


def bibtex(record: Record) -> str:
    """Return the record as BibTeX that needs no ``@string``: fields as written, in their order."""
    width = max((len(name) for name, _ in record.fields), default=0)
    lines = [f"  {name:<{width}} = {{{value}}}," for name, value in record.fields]
    return "\n".join([f"@{record.type}{{{record.key},", *lines, "}"])


def ris(records: Iterable[Record]) -> str:
    """Return the records as RIS; names and titles are Unicode, math stays TeX."""
    text = rispy.dumps([_ris(record) for record in records], skip_unknown_tags=True)
    # rispy numbers the references, which readers of RIS do not expect.
    return "\n".join(line for line in text.splitlines() if not line.rstrip(".").isdecimal())


def _ris(record: Record) -> dict[str, Any]:
    first, _, last = record.field("pages").partition("--")
    forum = openreview_id(record)
    urls = [paper_url(record), f"https://openreview.net/forum?id={forum}" if forum else ""]
    values = {
        "type_of_reference": _RIS_TYPES.get(record.type, "GEN"),
        "id": record.key,
        "title": plain(record.field("title")),
        "authors": [_comma_name(person) for person in record.people],
        "secondary_title": _container(record),
        "tertiary_title": plain(record.field("series")),
        "year": record.field("year"),
        "volume": plain(record.field("volume")),
        "number": plain(record.field("number")),
        "start_page": first,
        "end_page": last,
        "publisher": plain(record.field("publisher")),
        "doi": record.field("doi"),
        "name_of_database": "arXiv" if record.field("eprint") else "",
        "accession_number": record.field("eprint"),
        "urls": list(dict.fromkeys(url for url in urls if url)),
    }
    return {name: value for name, value in values.items() if value}


def csl(record: Record) -> dict[str, Any]:
    """Return the record as a CSL-JSON item, version 1.0.2."""
    values = {
        "id": record.key,
        "citation-key": record.key,
        "type": _CSL_TYPES.get(record.type, "document"),
        "title": plain(record.field("title")),
        "author": [_csl_name(person) for person in record.people],
        "issued": {"date-parts": [[record.year]]} if record.year else None,
        "container-title": _container(record),
        "collection-title": plain(record.field("series")),
        "volume": plain(record.field("volume")),
        "issue": plain(record.field("number")),
        "page": record.field("pages").replace("--", "-"),
        "publisher": plain(record.field("publisher")),
        "DOI": record.field("doi"),
        "URL": paper_url(record),
        "archive": "arXiv" if record.field("eprint") else "",
        "archive_location": record.field("eprint"),
    }
    return {name: value for name, value in values.items() if value}


def reference(record: Record) -> str:
    """Return the record as one line of plain text, as the bibliography sets it."""
    try:
        return one_line(formatted("survey", record).render(_PLAIN))
    except FieldIsMissing:  # a problem that is reported; show what there is
        return f"{', '.join(map(str, record.people))}. {plain(record.field('title'))}."


def _container(record: Record) -> str:
    names = ("booktitle", "journal", "school", "institution", "howpublished")
    return plain(next((value for name in names if (value := record.field(name))), ""))


def _comma_name(person: Person) -> str:
    return ", ".join(part for part in (person.family, person.given, person.suffix) if part)


def _csl_name(person: Person) -> dict[str, str]:
    if not person.given:
        return {"literal": person.family}
    name = {"family": person.family, "given": person.given, "suffix": person.suffix}
    return {part: value for part, value in name.items() if value}
