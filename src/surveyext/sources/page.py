"""Page: the citation_* header that publishers give for Google Scholar.

https://scholar.google.com/intl/en/scholar/inclusion.html#indexing; NeurIPS, PMLR, AAAI,
OpenReview and most journals have it.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

from surveyext.library.links import DOI, EPRINT
from surveyext.sources import normalise
from surveyext.sources.client import Fault, WebError
from surveyext.sources.finding import Finding

if TYPE_CHECKING:
    from surveyext.sources.client import Web


def fetch(web: Web, url: str) -> Finding:
    """Return what the page at an address says of its paper.

    :raises WebError: It says nothing that a program can read, or cannot be had.
    """
    answer = web.get(url, accept="text/html")
    if answer.type and "html" not in answer.type:
        right = "give the page that describes the paper, not its file"
        raise WebError(Fault.BROKEN, f"{url} is no page but {answer.type}; {right}")
    return parse(answer.text, url)


def parse(text: str, url: str) -> Finding:
    """Turn a page into a finding.

    :raises WebError: The page names no title, people and year.
    """
    header = _Header()
    header.feed(text)
    header.close()
    title = normalise.text(header.first("title"))
    names = [name for value in header.values("author") for name in value.split(";")]
    year = re.search(r"\b(19|20)\d\d\b", header.first("publication_date", "date", "online_date"))
    if not title or not names or not year:
        missing = "title" if not title else "people" if not names else "year"
        right = "give a DOI or arXiv number, or paste BibTeX: survey add - --to PAGE"
        raise WebError(Fault.BROKEN, f"{url} has no {missing} that a program can read; {right}")
    journal, book = header.first("journal_title"), header.first("conference_title", "inbook_title")
    first, last = header.first("firstpage"), header.first("lastpage")
    doi = re.sub(r"^(https?://(dx\.)?doi\.org/|doi:)", "", header.first("doi"))
    eprint = re.sub(r"v\d+$", "", header.first("arxiv_id"))
    where = "journal" if journal and not book else "booktitle"
    venue = normalise.venue(normalise.text(book or journal), year[0])
    if normalise.is_proceedings(venue):
        where = "booktitle"
    fields = {
        "title": title,
        where: venue,
        "volume": header.first("volume"),
        "number": header.first("issue"),
        "pages": f"{first}--{last}" if first and last and first != last else first,
        "publisher": normalise.text(header.first("publisher")) if where == "booktitle" else "",
        "year": year[0],
        "doi": doi if DOI.fullmatch(doi) else "",
        "eprint": eprint if EPRINT.fullmatch(eprint) else "",
        "url": url,
    }
    if fields["eprint"]:
        fields["archiveprefix"] = "arXiv"
    kind = ("article" if where == "journal" else "inproceedings") if venue else "misc"
    found = {name: value for name, value in fields.items() if value}
    return Finding("page", url, kind, normalise.people(names), found, published=bool(venue))


class _Header(HTMLParser):
    """Collects <meta name="citation_..." content="...">."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._found: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep a meta tag's name and content."""
        values = {name: value or "" for name, value in attrs}
        name = values.get("name", "").lower()
        if tag == "meta" and name.startswith("citation_") and values.get("content"):
            self._found.append((name.removeprefix("citation_"), values["content"].strip()))

    def values(self, name: str) -> list[str]:
        """Return every value of a name, in order."""
        return [value for known, value in self._found if known == name]

    def first(self, *names: str) -> str:
        """Return the first value of the first name that has one."""
        return next((value for name in names for value in self.values(name)), "")
