"""arXiv: the Atom feed of its API, https://info.arxiv.org/help/api/user-manual.html."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from surveyext.library.links import DOI
from surveyext.library.text import one_line
from surveyext.sources import normalise
from surveyext.sources.client import Fault, WebError, garbled
from surveyext.sources.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from surveyext.sources.client import Web

HOST = "export.arxiv.org"
_ATOM = "{http://www.w3.org/2005/Atom}"
_OWN = "{http://arxiv.org/schemas/atom}"
_NUMBER = re.compile(r"arxiv\.org/abs/(.+?)(?:v\d+)?$")
#: arXiv has no field for it: the notice is the comment, or how the abstract begins.
_WITHDRAWN = re.compile(
    r"^(this|the)\s+(paper|article|submission|manuscript|work|preprint)\s+"
    r"(has been|was|is)( being| temporarily)?\s+withdrawn\b|^withdrawn\b",
    re.IGNORECASE,
)
#: Numbers in one request; the addresses stay short enough for every proxy.
BATCH = 50


def fetch(web: Web, number: str) -> Finding:
    """Return what arXiv says of one number.

    :raises WebError: arXiv has no such paper, or gives no answer.
    """
    found = fetch_all(web, [number])
    if number not in found:
        message = f"arXiv has no paper {number}; check the number"
        raise WebError(Fault.GONE, message)
    return found[number]


def fetch_all(web: Web, numbers: Sequence[str]) -> dict[str, Finding]:
    """Return what arXiv says of up to :data:`BATCH` numbers; those it does not know lack.

    :raises WebError: arXiv gives no answer.
    """
    parameters = {"id_list": ",".join(numbers), "max_results": str(len(numbers))}
    answer = web.get(f"https://{HOST}/api/query", parameters, "application/atom+xml")
    return dict(parse(answer.text))


def parse(text: str) -> Iterator[tuple[str, Finding]]:
    """Yield number and finding of each paper in a feed.

    :raises WebError: It is no feed: arXiv answers "Rate exceeded." with status 200, and a
        malformed query with one entry called "Error".
    """
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise garbled("arXiv", "Atom feed")
    if text.strip().startswith("Rate exceeded"):
        message = "arXiv asks to come back later; wait some minutes"
        raise WebError(Fault.REFUSED, message)
    try:
        feed = ET.fromstring(text.encode())
    except ET.ParseError:
        raise garbled("arXiv", "Atom feed") from None
    if feed.tag != f"{_ATOM}feed":
        raise garbled("arXiv", "Atom feed")
    for entry in feed.iter(f"{_ATOM}entry"):
        number = _NUMBER.search(_text(entry, f"{_ATOM}id"))
        if number and _text(entry, f"{_ATOM}title"):
            yield number[1], _finding(number[1], entry)


def _finding(number: str, entry: ET.Element) -> Finding:
    names = [_text(each, f"{_ATOM}name") for each in entry.iter(f"{_ATOM}author")]
    doi = _text(entry, f"{_OWN}doi")
    category = entry.find(f"{_OWN}primary_category")
    fields = {
        "title": normalise.text(_text(entry, f"{_ATOM}title")),
        "year": _text(entry, f"{_ATOM}published")[:4],
        "doi": doi if DOI.fullmatch(doi) and not doi.lower().startswith("10.48550/") else "",
        "eprint": number,
        "archiveprefix": "arXiv",
        "primaryclass": category.get("term", "") if category is not None else "",
        "url": f"https://arxiv.org/abs/{number}",
    }
    notice = _text(entry, f"{_OWN}comment"), _text(entry, f"{_ATOM}summary")
    return Finding(
        "arXiv",
        fields["url"],
        "misc",
        normalise.people(names),
        {name: value for name, value in fields.items() if value},
        published=False,
        withdrawn=next((each for each in notice if _WITHDRAWN.match(each)), ""),
    )


def _text(element: ET.Element, tag: str) -> str:
    return one_line(element.findtext(tag) or "").strip()
