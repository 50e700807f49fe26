"""BibTeX: records that a service or a person gives as BibTeX, as findings; pure."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from surveyext.library import bib
from surveyext.sources import identifiers, normalise
from surveyext.sources.finding import Finding
from surveyext.sources.identifiers import Form, NoIdentifier

if TYPE_CHECKING:
    from surveyext.library.model import Problem, Record

#: Fields that the survey keeps; the rest (abstract, month, editor ...) repeats or ages.
KEPT = (
    "title", "booktitle", "journal", "series", "volume", "number", "pages", "publisher",
    "institution", "school", "howpublished", "year", "doi", "eprint", "archiveprefix",
    "primaryclass", "url", "openreview",
)  # fmt: skip
_AS_IS = {"doi", "eprint", "archiveprefix", "primaryclass", "url", "openreview", "pages"}
#: Types that say that a paper appeared somewhere.
_PUBLISHED = {"article", "inproceedings", "incollection"}
_VOLUME = re.compile(r"Information Processing Systems (\d+)\b", re.IGNORECASE)
_VENUES = ("booktitle", "journal")
#: Where exports put an arXiv number, and how it stands there.
_ARXIV_IN = ("journal", "volume", "number", "howpublished", "note", "doi", "url")
_ARXIV = re.compile(
    r"(?:arxiv\.org/(?:abs|pdf)/|arxiv[:.]\s*|\babs/)(\d{4}\.\d{4,5}|[a-z-]+(?:\.[a-z]{2})?/\d{7})",
    re.IGNORECASE,
)
_DOI = re.compile(r"^(?:https?://(?:dx\.)?doi\.org/|doi:\s*)", re.IGNORECASE)
_TYPES = {"conference": "inproceedings", "mastersthesis": "phdthesis", "unpublished": "misc"}


def records(text: str, file: str) -> tuple[list[Record], list[Problem]]:
    """Return the records of a BibTeX text, and what is wrong with the parts that we keep."""
    found, problems = bib.parse(text, file)
    dropped = {name for record in found.values() for name, _ in record.fields} - {*KEPT, "author"}
    kept = [each for each in problems if not any(f"field '{n}'" in each.message for n in dropped)]
    return list(found.values()), kept


def finding(record: Record, source: str, url: str) -> Finding:
    """Return what a record says."""
    fields = {}
    for name, value in record.fields:
        if name in KEPT and value:
            fields[name] = value if name in _AS_IS else normalise.text(value)
    kind = _TYPES.get(record.type, record.type)
    venue = fields.get("booktitle") or fields.get("journal") or ""
    on_arxiv = venue.startswith(("arXiv", "ArXiv", "CoRR"))
    preprint = on_arxiv or (not venue and (kind == "misc" or "eprint" in fields))
    if on_arxiv:
        for name in (*_VENUES, "volume"):
            fields.pop(name, None)
    return Finding(
        source,
        url,
        "misc" if preprint and kind in _PUBLISHED else kind,
        record.people,
        fields,
        published=not preprint,
    )


def settled(found: Finding) -> Finding:
    """Return a finding with its venue, volume and pages as the survey writes them."""
    fields, kind = dict(found.fields), found.type
    where = "journal" if "journal" in fields else "booktitle"
    if where in fields:
        if volume := _VOLUME.search(fields[where]):
            fields.setdefault("volume", volume[1])
        fields[where] = normalise.venue(fields[where], fields.get("year", ""))
        if where == "journal" and normalise.is_proceedings(fields[where]):
            kind, fields["booktitle"] = "inproceedings", fields.pop("journal")
    if "pages" in fields:
        fields["pages"] = normalise.pages(fields["pages"])
    return replace(found, type=kind, fields=fields)


def pasted(record: Record) -> Finding:
    """Return what a record says that somebody copied from wherever it was found.

    An arXiv number is recognised where Google Scholar, Zotero and publishers put it; an
    address that only spells out an identifier becomes that identifier.
    """
    found = settled(finding(record, "pasted", ""))
    fields = dict(found.fields)
    fields |= {name: normalise.capitals(fields[name]) for name in _VENUES if name in fields}
    for name in ("howpublished", "number", "publisher"):
        if fields.get(name, "").lower().startswith("arxiv"):
            del fields[name]
    number = _ARXIV.search(" ".join(record.field(name) for name in _ARXIV_IN))
    if number and "eprint" not in fields:
        fields |= {"eprint": number[1], "archiveprefix": "arXiv"}
    doi = _DOI.sub("", fields.get("doi") or "")
    fields |= {"doi": doi} if doi else {}
    for name in ("doi", "url"):
        if name in fields and _arxiv_only(fields[name]):
            del fields[name]
    return replace(found, fields=fields)


def _arxiv_only(text: str) -> bool:
    """Tell a DOI or an address that only spells out an arXiv number."""
    try:
        return identifiers.parse(text).form is Form.ARXIV
    except NoIdentifier:
        return False
