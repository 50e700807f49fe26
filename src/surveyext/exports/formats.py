"""Formats: records in the formats that reference managers read; pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pybtex.backends.plaintext import Backend
from pybtex.style.template import FieldIsMissing
from rispy import RisWriter

from surveyext.exports.reference_lines import formatted
from surveyext.exports.style import STYLE
from surveyext.library.bib import people_of
from surveyext.library.links import paper_url, record_links
from surveyext.library.model import OTHERS
from surveyext.library.text import is_web_link, one_line, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from surveyext.library.model import Person, Record

#: BibTeX type -> RIS type, https://en.wikipedia.org/wiki/RIS_(file_format)#Type_of_reference.
_RIS_TYPES: Mapping[str, str] = {
    "article": "JOUR",
    "book": "BOOK",
    "dataset": "DATA",
    "incollection": "CHAP",
    "inproceedings": "CONF",
    "booklet": "PAMP",
    "collection": "EDBOOK",
    "conference": "CONF",
    "inbook": "CHAP",
    "manual": "BOOK",
    "mastersthesis": "THES",
    "misc": "UNPB",
    "patent": "PAT",
    "proceedings": "CONF",
    "report": "RPRT",
    "thesis": "THES",
    "unpublished": "UNPB",
    "online": "ELEC",
    "phdthesis": "THES",
    "software": "COMP",
    "techreport": "RPRT",
}
#: BibTeX type -> CSL type, https://docs.citationstyles.org/en/stable/specification.html.
_CSL_TYPES: Mapping[str, str] = {
    "article": "article-journal",
    "book": "book",
    "dataset": "dataset",
    "incollection": "chapter",
    "inproceedings": "paper-conference",
    "misc": "article",
    "online": "webpage",
    "phdthesis": "thesis",
    "booklet": "pamphlet",
    "collection": "book",
    "conference": "paper-conference",
    "inbook": "chapter",
    "manual": "book",
    "mastersthesis": "thesis",
    "patent": "patent",
    "proceedings": "book",
    "report": "report",
    "thesis": "thesis",
    "unpublished": "manuscript",
    "software": "document",  # Zotero refuses a whole file with an item of type "software"
    "techreport": "report",
}

_PLAIN = Backend()
#: Types of biblatex that the styles of BibTeX itself warn of.
_NOT_IN_BIBTEX = {"collection", "dataset", "online", "patent", "report", "software", "thesis"}
#: Types of which the standard styles refuse a volume together with a number.
_VOLUME_OR_NUMBER = {"book", "inbook", "incollection", "inproceedings", "proceedings"}


class _Ris(RisWriter):  # type: ignore[misc]  # untyped
    def set_header(self, count: int) -> str:
        """Number no reference: readers of RIS do not expect it."""
        return ""


_RIS = _Ris(skip_unknown_tags=True)


def standard(record: Record) -> Record:
    """Return the record as every style of BibTeX takes it without a warning.

    Types and rules: ``plain.bst`` of the BibTeX distribution. ``online``, ``software`` and
    ``dataset`` become ``misc``, as these styles set them anyhow; the number beside the
    volume of a serial's proceedings becomes ``issue``, which they pass over and which
    biblatex and Zotero read.
    """
    fields = record.fields
    if record.type in _VOLUME_OR_NUMBER and record.field("volume") and not record.field("issue"):
        fields = tuple(("issue" if name == "number" else name, value) for name, value in fields)
    return replace(
        record, type="misc" if record.type in _NOT_IN_BIBTEX else record.type, fields=fields
    )


def bibtex(record: Record) -> str:
    """Return the record as BibTeX that needs no ``@string``: fields as written, in their order.

    An address that is none of the web is reported, and left out: readers' programs open it.
    """
    record = standard(record)
    fields = [each for each in record.fields if each[0] != "url" or is_web_link(each[1])]
    if record.arxiv and not record.field("eprinttype"):  # which Zotero and biblatex read
        place = [name for name, _ in fields].index("eprint") + 1
        fields.insert(place, ("eprinttype", "arXiv"))
    width = max((len(name) for name, _ in fields), default=0)
    lines = [f"  {name:<{width}} = {{{value}}}," for name, value in fields]
    return "\n".join([f"@{record.type}{{{record.key},", *lines, "}"])


def ris(records: Iterable[Record]) -> str:
    """Return the records as RIS; names and titles are Unicode, math stays TeX."""
    return str(_RIS.formats([ris_fields(record) for record in records])).rstrip("\n")


def ris_fields(record: Record) -> dict[str, Any]:
    """Return what stands in the record's RIS, under rispy's names of the tags."""
    first, _, last = record.field("pages").partition("--")
    # Not every reader knows the tags DO and AN for every type; each knows UR.
    pages = {"DOI", "arXiv", "OpenReview"}
    urls = [paper_url(record), *(url for label, url in record_links(record) if label in pages)]
    values = {
        "type_of_reference": _RIS_TYPES.get(record.type, "GEN"),
        "id": record.key,
        "title": plain(record.field("title")),
        "authors": [comma_name(person) for person in record.known],
        "secondary_authors": [comma_name(person) for person in _editors(record)],
        "secondary_title": container(record),
        "tertiary_title": plain(record.field("series")),
        "year": record.field("year"),
        "volume": plain(record.field("volume")),
        "number": plain(record.field("number") or record.field("issue")),
        "edition": plain(record.field("version")),
        "notes": [note] if (note := plain(record.field("note"))) else [],
        "start_page": plain(first),
        "end_page": plain(last),
        "publisher": plain(record.field("publisher")),
        "doi": record.field("doi"),
        "name_of_database": "arXiv" if record.arxiv else "",
        "accession_number": record.arxiv,
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
        "author": [_csl_name(person) for person in record.known],
        "editor": [_csl_name(person) for person in _editors(record)],
        "issued": {"date-parts": [[record.year]]} if record.year else None,
        "container-title": container(record),
        "collection-title": plain(record.field("series")),
        "volume": plain(record.field("volume")),
        "issue": plain(record.field("number") or record.field("issue")),
        "version": plain(record.field("version")),
        "note": plain(record.field("note")),
        "page": plain(record.field("pages").replace("--", "-")),
        "publisher": plain(record.field("publisher")),
        "DOI": record.field("doi"),
        "URL": paper_url(record),
        # Styles print the archive, which belongs to what appeared nowhere else.
        "archive": "arXiv" if record.arxiv and not container(record) else "",
        "archive_location": "" if container(record) else record.arxiv,
    }
    return {name: value for name, value in values.items() if value}


def reference(record: Record) -> str:
    """Return the record as one line of plain text, as the bibliography sets it."""
    try:
        return one_line(formatted(STYLE, record).render(_PLAIN))
    except FieldIsMissing:  # a problem that is reported; show what there is
        people = ", ".join(map(str, record.people or _editors(record)))
        names = ("title", "booktitle", "journal", "publisher", "year")
        parts = [people, *(plain(record.field(name)) for name in names)]
        return " ".join(f"{part.rstrip('.')}." for part in parts if part)


def _editors(record: Record) -> list[Person]:
    found, _faults = people_of(record.field("editor"))
    return [person for person in found if person != OTHERS]


def container(record: Record) -> str:
    """Return what the record appeared in: proceedings, journal, school ..."""
    names = ("booktitle", "journal", "school", "institution", "howpublished")
    return plain(next((value for name in names if (value := record.field(name))), ""))


def comma_name(person: Person) -> str:
    """Return a name as lists sort it: "King, Martin Luther, Jr.".

    A comma in a part of it, as in "Hugging Face, Inc.", goes: readers split names there.
    """
    parts = (part.replace(",", "") for part in (person.family, person.given, person.suffix))
    return ", ".join(part for part in parts if part)


def _csl_name(person: Person) -> dict[str, str]:
    if not person.given:
        return {"literal": person.family}
    name = {"family": person.family, "given": person.given, "suffix": person.suffix}
    return {part: value for part, value in name.items() if value}
