"""dblp: the search for a title, and the record of a hit.

https://dblp.org/faq/How+to+use+the+dblp+search+API.html; a list of one is sent without
the list, titles end in a full stop, and people of one name carry a number.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from surveyext.library.text import fold
from surveyext.sources import bibtex, normalise
from surveyext.sources.client import garbled
from surveyext.sources.finding import Finding

if TYPE_CHECKING:
    from surveyext.sources.client import Web

_NOT_WORDS = re.compile(r"[^\w\s]+")
_ARXIV = re.compile(r"arxiv\.org/abs/(.+?)(?:v\d+)?$|10\.48550/arxiv\.(.+)$", re.IGNORECASE)


class Hit(NamedTuple):
    """One publication of a title."""

    key: str  #: "conf/nips/Sanh0R20"
    title: str
    year: str
    addresses: tuple[str, ...]
    preprint: bool

    @property
    def eprint(self) -> str:
        """The arXiv number of a preprint, or ``""``."""
        found = next(filter(None, map(_ARXIV.search, self.addresses)), None)
        return (found[1] or found[2]) if found else ""


def search(web: Web, title: str) -> list[Hit]:
    """Return the publications that have this title, published ones first.

    :raises WebError: dblp gives no answer.
    """
    words = " ".join(_NOT_WORDS.sub(" ", title).split())
    parameters = {"q": words, "format": "json", "h": "20"}
    answer = web.get("https://dblp.org/search/publ/api", parameters, "application/json")
    hits = parse(answer.json("dblp"))
    same = [hit for hit in hits if fold(hit.title) == fold(title)]
    return sorted(same, key=lambda hit: (hit.preprint, hit.key))


def parse(body: Any) -> list[Hit]:
    """Turn an answer into hits.

    :raises WebError: It is none.
    """
    try:
        hits = body["result"]["hits"].get("hit", [])
        infos = [hit["info"] for hit in hits]
        return [_hit(info) for info in infos if "title" in info and "key" in info]
    except (AttributeError, KeyError, TypeError):
        raise garbled("dblp", "list of publications") from None


def _hit(info: dict[str, Any]) -> Hit:
    addresses = info.get("ee", [])
    return Hit(
        key=str(info["key"]),
        title=normalise.text(str(info["title"])).rstrip("."),
        year=str(info.get("year", "")),
        addresses=tuple(map(str, addresses if isinstance(addresses, list) else [addresses])),
        preprint=str(info.get("type", "")).startswith("Informal") or info.get("venue") == "CoRR",
    )


def fetch(web: Web, hit: Hit) -> Finding:
    """Return what dblp's own record of a hit says.

    :raises WebError: dblp gives no answer.
    """
    page = f"https://dblp.org/rec/{hit.key}"
    text = web.get(f"{page}.bib", {"param": "1"}, "application/x-bibtex").text
    return parse_record(text, page)


def parse_record(text: str, page: str) -> Finding:
    """Turn dblp's .bib file into a finding.

    :raises WebError: It is no record.
    """
    records, _ = bibtex.records(text, page)
    if not records or not records[0].people:
        raise garbled("dblp", "BibTeX record")
    found = bibtex.settled(bibtex.finding(records[0], "dblp", f"{page}.html"))
    fields = dict(found.fields)
    if fields.get("publisher") == "OpenReview.net":
        del fields["publisher"]
    people = tuple(
        normalise.person(str(each)) if each.family.isdecimal() else each for each in found.people
    )
    return Finding(found.source, found.url, found.type, people, fields, published=found.published)
