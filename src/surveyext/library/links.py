"""Links: the addresses that follow from a record's identifiers and an entry's options."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from surveyext.library.text import is_web_link

if TYPE_CHECKING:
    from surveyext.library.model import Entry, Record

#: https://www.doi.org/doi-handbook/HTML/doi-name-syntax.html, the form Crossref recommends.
DOI = re.compile(r"10\.[0-9]{4,9}/[^\s{}\\\"]+")
#: https://info.arxiv.org/help/arxiv_identifier.html, without the version.
EPRINT = re.compile(
    r"[0-9]{2}(0[1-9]|1[0-2])\.[0-9]{4,5}|[a-z-]+(\.[A-Z]{2})?/[0-9]{2}(0[1-9]|1[0-2])[0-9]{3}"
)
#: https://aclanthology.org/info/ids/, as the path of an address.
_ANTHOLOGY = re.compile(r"/([A-Z][0-9]{2}-[0-9]{4}|[0-9]{4}\.[a-z0-9_]+-[a-z0-9_]+\.[0-9]+)/?")
#: The id of an OpenReview forum.
FORUM = re.compile(r"[A-Za-z0-9_-]+")


class Link(NamedTuple):
    """A labelled address."""

    label: str
    url: str


def paper_url(record: Record) -> str:
    """Return the address of the published version, or ``""`` when the record has none."""
    url = record.field("url")
    if is_web_link(url):
        return url
    if DOI.fullmatch(doi := record.field("doi")):
        return f"https://doi.org/{quote(doi, safe='/:;()._-')}"
    if EPRINT.fullmatch(eprint := record.arxiv):
        return f"https://arxiv.org/abs/{eprint}"
    return ""


def record_links(record: Record) -> list[Link]:
    """Return every link that a record gives, best first; ill-formed identifiers give none."""
    url = paper_url(record)
    links = [Link("PDF", pdf)] if (pdf := _pdf_url(record)) else []
    if EPRINT.fullmatch(eprint := record.arxiv):
        links.append(Link("arXiv", f"https://arxiv.org/abs/{eprint}"))
    if DOI.fullmatch(doi := record.field("doi")):
        links.append(Link("DOI", f"https://doi.org/{quote(doi, safe='/:;()._-')}"))
    if _anthology_id(url):
        links.append(Link("Anthology", url))
    if forum := openreview_id(record):
        links.append(Link("OpenReview", f"https://openreview.net/forum?id={forum}"))
    if url and url not in {link.url for link in links}:
        links.insert(0, Link("Paper" if record.type not in {"online", "software"} else "Site", url))
    return links


def entry_links(entry: Entry) -> list[Link]:
    """Return the links that an entry's options give, ill-formed ones left out."""
    options = (
        Link("Code", entry.code),
        Link("Code (reimplementation)", entry.reimplementation),
        Link("Project", entry.project),
        Link("Model", entry.model),
    )
    return [link for link in options if is_web_link(link.url)]


def correction_url(repository: str, entry: Entry) -> str:
    """Return the address of the form "correct an entry", filled in, "" where there is none.

    https://docs.github.com/issues/tracking-your-work-with-issues/using-issues/creating-an-issue
    """
    if not repository.startswith("https://github.com/"):  # others have no such forms
        return ""
    query = {
        "template": "correct-an-entry.yml",
        "title": f"Correction: {entry.name or entry.key}",
        "entry": entry.key,
        "page": entry.docname,
    }
    return f"{repository.rstrip('/')}/issues/new?{urlencode(query, quote_via=quote)}"


def openreview_id(record: Record) -> str:
    """Return the OpenReview forum id from the record's field or its address, or ``""``."""
    forum = record.field("openreview") or _forum_id(paper_url(record))
    return forum if FORUM.fullmatch(forum) else ""


@functools.lru_cache(maxsize=2**14)
def _forum_id(url: str) -> str:
    parts = urlsplit(url)
    address = parse_qs(parts.query) if parts.hostname == "openreview.net" else {}
    return address.get("id", [""])[0]


@functools.lru_cache(maxsize=2**14)
def _anthology_id(url: str) -> str:
    parts = urlsplit(url)
    found = _ANTHOLOGY.fullmatch(parts.path) if parts.hostname == "aclanthology.org" else None
    return found[1] if found else ""


def _pdf_url(record: Record) -> str:
    """Return the PDF where the publisher's address tells it; arXiv's otherwise."""
    if anthology := _anthology_id(paper_url(record)):
        return f"https://aclanthology.org/{anthology}.pdf"
    if EPRINT.fullmatch(eprint := record.arxiv):
        return f"https://arxiv.org/pdf/{eprint}"
    forum = openreview_id(record)
    return f"https://openreview.net/pdf?id={forum}" if forum else ""
