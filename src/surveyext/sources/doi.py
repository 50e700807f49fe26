"""DOI: Crossref's works, and for other agencies content negotiation at doi.org.

https://www.crossref.org/documentation/retrieve-metadata/rest-api/ and
https://citation.doi.org/docs.html; both give CSL-JSON, Crossref's with lists of titles.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from surveyext.library.model import Person
from surveyext.sources import normalise
from surveyext.sources.client import Fault, WebError, garbled
from surveyext.sources.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Mapping

    from surveyext.sources.client import Web

CSL = "application/vnd.citationstyles.csl+json"
#: Crossref's and CSL's types -> BibTeX's; what is missing is a "misc".
_TYPES: Mapping[str, str] = {
    "proceedings-article": "inproceedings",
    "paper-conference": "inproceedings",
    "journal-article": "article",
    "article-journal": "article",
    "book-chapter": "incollection",
    "chapter": "incollection",
    "book": "book",
    "monograph": "book",
    "dissertation": "phdthesis",
    "thesis": "phdthesis",
    "report": "techreport",
    "software": "software",
}
_PREPRINTS = {"posted-content", "article", "preprint"}
#: Series whose volumes are proceedings; the volume's own title is the venue.
_SERIES = {
    "Lecture Notes in Computer Science",
    "Communications in Computer and Information Science",
}
_WHERE = {"article": "journal", "inproceedings": "booktitle", "incollection": "booktitle"}


def fetch(web: Web, doi: str) -> Finding:
    """Return what the DOI's agency says of it: Crossref first, then whoever registered it.

    :raises WebError: The DOI is unknown, or nobody gives an answer.
    """
    path = quote(doi, safe="/:;()._-")
    try:
        answer = web.get(f"https://api.crossref.org/works/{path}", accept="application/json")
        body = answer.json("Crossref")
        if not isinstance(body, dict) or body.get("message-type") != "work":
            raise garbled("Crossref", "work")
        return parse(body.get("message"), doi, "Crossref", f"https://api.crossref.org/works/{path}")
    except WebError as error:
        if error.fault is not Fault.GONE:
            raise
    answer = web.get(f"https://doi.org/{path}", accept=CSL)
    return parse(answer.json("doi.org"), doi, "doi.org", f"https://doi.org/{path}")


def parse(work: Any, doi: str, source: str, url: str) -> Finding:
    """Turn a work into a finding.

    :raises WebError: It is no work, or that of another DOI.
    """
    try:
        return _finding(work, doi, source, url)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        raise garbled(source, "record of a paper") from None


def _finding(work: dict[str, Any], doi: str, source: str, url: str) -> Finding:
    if str(work["DOI"]).lower() != doi.lower():
        message = f"{source} answered for {work['DOI']} instead of {doi}; try again later"
        raise WebError(Fault.BROKEN, message)
    kind = _TYPES.get(work.get("type", ""), "misc")
    containers = [normalise.text(name) for name in _list(work.get("container-title"))]
    containers = [name for name in containers if name not in _SERIES] or containers
    if kind == "incollection" and work.get("event"):
        kind = "inproceedings"
    title, *more = [normalise.text(name) for name in _list(work["title"])]
    year = str(_year(work))
    venue = normalise.venue(containers[-1], year) if containers else ""
    if kind in {"article", "incollection"} and normalise.is_proceedings(venue):
        kind = "inproceedings"
    fields = {
        "title": _whole_title(title, _list(work.get("subtitle")) or more),
        _WHERE.get(kind, "howpublished"): venue,
        "volume": str(work.get("volume") or ""),
        "number": str(work.get("issue") or ""),
        "pages": normalise.pages(str(work.get("page") or "")),
        "publisher": normalise.text(work.get("publisher") or ""),
        "year": year,
        "doi": doi,
        "url": f"https://doi.org/{quote(doi, safe='/:;()._-')}",
    }
    preprint = work.get("type") in _PREPRINTS
    if kind == "article":
        fields["publisher"] = ""  # a journal's name says enough
    return Finding(
        source,
        url,
        kind,
        tuple(_person(each) for each in work.get("author", [])),
        {name: value for name, value in fields.items() if value},
        published=not preprint and kind != "misc",
        withdrawn=_withdrawn(work),
    )


def _list(value: Any) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else [value] if value else []


def _whole_title(title: str, subtitles: list[str]) -> str:
    """Join title and subtitle, which Crossref keeps apart."""
    subtitle = normalise.text(subtitles[0]) if subtitles else ""
    return f"{title}: {subtitle}" if subtitle and subtitle not in title else title


def _year(work: dict[str, Any]) -> int:
    for name in ("published-print", "published", "issued", "published-online", "created"):
        parts = work.get(name, {}).get("date-parts", [[None]])
        if parts and parts[0] and parts[0][0]:
            return int(parts[0][0])
    raise ValueError("no year")


def _person(each: dict[str, Any]) -> Person:
    if "family" not in each:  # an organisation
        return Person(normalise.text(each.get("name") or each.get("literal") or each["given"]))
    family = " ".join(filter(None, (each.get("non-dropping-particle"), each["family"])))
    return Person(
        normalise.text(family), normalise.text(each.get("given", "")), each.get("suffix", "")
    )


def _withdrawn(work: dict[str, Any]) -> str:
    updates = [each.get("type", "") for each in work.get("updated-by", [])]
    found = next((each for each in updates if each in {"retraction", "withdrawal"}), "")
    return f"Crossref lists a {found}" if found else ""
