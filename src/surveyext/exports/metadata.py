"""Metadata: records as programs find them inside pages (COinS, schema.org, Highwire); pure."""

from __future__ import annotations

import json
from html import escape
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlencode

from surveyext.exports.formats import comma_name, container
from surveyext.library.links import DOI, paper_url, record_links
from surveyext.library.text import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from surveyext.library.citation import Citation
    from surveyext.library.model import Person, Record


class _OpenUrl(NamedTuple):
    """How a type of record is said in OpenURL."""

    format: str  #: The format of its metadata.
    kind: tuple[str, str]  #: The key that tells the type, and the value.
    title: str  #: The key of the title.
    within: str  #: The key of what it appeared in.


#: ANSI/NISO Z39.88-2004, its formats journal, book and dissertation; types that these do
#: not know go as Dublin Core with the names that Zotero reads (openurl.js in
#: zotero/utilities).
_OPENURL: Mapping[str, _OpenUrl] = {
    "article": _OpenUrl("journal", ("genre", "article"), "atitle", "jtitle"),
    "book": _OpenUrl("book", ("genre", "book"), "btitle", "series"),
    "incollection": _OpenUrl("book", ("genre", "bookitem"), "atitle", "btitle"),
    "inproceedings": _OpenUrl("book", ("genre", "proceeding"), "atitle", "btitle"),
    "misc": _OpenUrl("dc", ("type", "document"), "title", "source"),
    "online": _OpenUrl("dc", ("type", "webpage"), "title", "source"),
    "phdthesis": _OpenUrl("dissertation", ("degree", "PhD"), "title", "inst"),
    "software": _OpenUrl("dc", ("type", "computerProgram"), "title", "source"),
    "techreport": _OpenUrl("book", ("genre", "report"), "btitle", "series"),
}
_PREPRINT = _OpenUrl("dc", ("type", "preprint"), "title", "source")

#: Characters that stand for themselves in a query, https://www.rfc-editor.org/rfc/rfc3986#section-3.4,
#: and in HTML: what the record says elsewhere on its card then compresses well.
_PLAIN = "!$()*,/:?@"

#: BibTeX type -> https://schema.org type.
_SCHEMA_ORG: Mapping[str, str] = {
    "book": "Book",
    "dataset": "Dataset",
    "online": "WebPage",
    "phdthesis": "Thesis",
    "software": "SoftwareSourceCode",
    "techreport": "Report",
}


def coins(record: Record) -> str:
    """Return the record as an OpenURL context object, for the title of a COinS span.

    Format: ANSI/NISO Z39.88-2004 in key-encoded values; how it stands in a page:
    https://en.wikipedia.org/wiki/COinS.
    """
    preprint = record.type == "misc" and record.arxiv
    form = _PREPRINT if preprint else _OPENURL.get(record.type, _OPENURL["misc"])
    first, _, last = record.field("pages").partition("--")
    doi = record.field("doi")
    pairs = [
        ("ctx_ver", "Z39.88-2004"),
        ("rft_val_fmt", f"info:ofi/fmt:kev:mtx:{form.format}"),
        (f"rft.{form.kind[0]}", form.kind[1]),
        ("rft_id", f"info:doi/{doi}" if DOI.fullmatch(doi) else ""),
        ("rft_id", paper_url(record)),
        (f"rft.{form.title}", plain(record.field("title"))),
        (f"rft.{form.within}", container(record) or ("arXiv" if preprint else "")),
        ("rft.date", record.field("year")),
        ("rft.volume", plain(record.field("volume"))),
        ("rft.issue", plain(record.field("number") or record.field("issue"))),
        ("rft.spage", first),
        ("rft.epage", last),
        ("rft.series", plain(record.field("series"))),
        ("rft.pub", plain(record.field("publisher"))),
        *_coins_people(record.people),
    ]
    return urlencode([pair for pair in pairs if pair[1]], safe=_PLAIN)


def _coins_people(people: Sequence[Person]) -> Iterable[tuple[str, str]]:
    for person in people:
        yield "rft.au" if person.given else "rft.aucorp", comma_name(person)


def coins_span(record: Record) -> str:
    """Return the COinS of a record as HTML that no reader sees or hears."""
    return f'<span class="Z3988" aria-hidden="true" title="{escape(coins(record))}"></span>'


def work(record: Record, address: str = "") -> dict[str, Any]:
    """Return what tells a record from others, in the vocabulary of schema.org.

    All of it stands beside it, as OpenURL, and in its files.

    :param address: Where its card is.
    """
    url = paper_url(record)
    kind = _SCHEMA_ORG.get(record.type, "ScholarlyArticle")
    same = {link.url for link in record_links(record) if link.label in {"DOI", "arXiv"}}
    values = {
        "@context": "https://schema.org",
        "@type": kind,
        "@id": address,
        "name": plain(record.field("title")),
        "author": [schema_person(person) for person in record.people],
        "datePublished": record.field("year"),
        "url": url,
        "sameAs": sorted(same - {url}),
    }
    return {name: value for name, value in values.items() if value}


def schema_person(person: Person) -> dict[str, str]:
    """Return a person or an organisation in the vocabulary of schema.org."""
    if not person.given:
        return {"@type": "Organization", "name": person.family}
    return {"@type": "Person", "name": str(person)}


def listing(name: str, whole: str, entries: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Return a page as a list of entries, each a title and an address.

    :param name: The page's title.
    :param whole: What the page is part of.
    """
    return {
        "@context": "https://schema.org",
        "@type": "CollectionPage",
        "name": name,
        "isPartOf": {"@type": "WebSite", "name": whole},
        "mainEntity": {
            "@type": "ItemList",
            "itemListElement": [
                {"@type": "ListItem", "position": number, "name": title, "url": address}
                for number, (title, address) in enumerate(entries, start=1)
            ],
        },
    }


def dataset(citation: Citation, as_of: str, url: str) -> dict[str, Any]:
    """Return the survey itself in the vocabulary of schema.org."""
    values = {
        "@context": "https://schema.org",
        "@type": "Dataset",
        "name": citation.title,
        "description": citation.abstract,
        "author": [schema_person(person) for person in citation.people],
        "version": citation.version,
        "dateModified": as_of,
        "identifier": f"https://doi.org/{citation.doi}" if citation.doi else "",
        "license": f"https://spdx.org/licenses/{citation.license}" if citation.license else "",
        "url": url or citation.url,
    }
    return {name: value for name, value in values.items() if value}


def script(value: dict[str, Any]) -> str:
    """Return JSON-LD as an element that no text can end early."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", r"\u003c")
    return f'<script type="application/ld+json">{text}</script>'


def highwire(citation: Citation, as_of: str, url: str) -> str:
    """Return the survey itself as meta elements.

    Names: https://www.zotero.org/support/dev/exposing_metadata, which takes those of
    Highwire Press and, for the type, Dublin Core's.
    """
    pairs = [
        ("citation_title", citation.title),
        *(("citation_author", comma_name(person)) for person in citation.people),
        ("citation_publication_date", as_of.replace("-", "/")),
        ("citation_doi", citation.doi),
        ("citation_public_url", url or citation.url),
        ("citation_language", "en"),
        ("DC.type", "dataset"),
    ]
    return "\n".join(
        f'<meta name="{name}" content="{escape(value)}">' for name, value in pairs if value
    )
