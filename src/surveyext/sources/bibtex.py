"""BibTeX: records that a service or a person gives as BibTeX, as findings; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from surveyext import bib
from surveyext.sources import clean
from surveyext.sources.finding import Finding

if TYPE_CHECKING:
    from surveyext.model import Problem, Record

#: Fields that the survey keeps; the rest (abstract, month, editor ...) repeats or ages.
KEPT = (
    "title", "booktitle", "journal", "series", "volume", "number", "pages", "publisher",
    "institution", "school", "howpublished", "year", "doi", "eprint", "archiveprefix",
    "primaryclass", "url", "openreview",
)  # fmt: skip
_AS_IS = {"doi", "eprint", "archiveprefix", "primaryclass", "url", "openreview", "pages"}
#: Types that say that a paper appeared somewhere.
_PUBLISHED = {"article", "inproceedings", "incollection"}
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
            fields[name] = value if name in _AS_IS else clean.text(value)
    kind = _TYPES.get(record.type, record.type)
    venue = fields.get("booktitle") or fields.get("journal") or ""
    on_arxiv = venue.startswith(("arXiv", "ArXiv", "CoRR"))
    preprint = on_arxiv or (not venue and (kind == "misc" or "eprint" in fields))
    if on_arxiv:
        for name in ("booktitle", "journal", "volume"):
            fields.pop(name, None)
    return Finding(
        source,
        url,
        "misc" if preprint and kind in _PUBLISHED else kind,
        record.people,
        fields,
        published=not preprint,
    )
