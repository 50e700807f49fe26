"""Llms: llms.txt, the survey in a page for language models; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from surveyext.exports.entries import ENTRIES, SCHEMA
from surveyext.exports.feeds import ALL, has_feed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from surveyext.survey.site import Site


def llms(site: Site) -> str:
    """Return llms.txt.

    Format: https://llmstxt.org, a title, a quoted summary, paragraphs, then lists of
    links under headings of the second level.
    """
    citation = site.survey.library.citation
    summary = citation.abstract if citation else ""
    count = len(site.survey.items)
    parts = [
        f"# {site.title}",
        *([f"> {summary}"] if summary else []),
        f"The survey has {count} entries. The whole of it is in `{ENTRIES}`: for each paper the "
        "record, the technique, the note, links, and when it was checked. Formulas are TeX "
        "between dollars. Cite a paper by its own record.",
        "## Data",
        "\n".join(_data(site)),
        "## Techniques",
        "\n".join(_techniques(site)),
        "## Optional",
        "\n".join(_rest(site)),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _data(site: Site) -> Iterator[str]:
    files = [
        (ENTRIES, "All entries as JSON", "everything that the site knows"),
        (SCHEMA, "JSON Schema of the entries", "what each field means"),
        ("refs.bib", "All records as BibTeX", ""),
        ("refs.json", "All records as CSL-JSON", ""),
        ("refs.ris", "All records as RIS", ""),
    ]
    if has_feed(site.survey):
        files.append((ALL, "What was added, as Atom", "newest first"))
    for path, name, about in files:
        yield _link(site.base + path, name, about)


def _techniques(site: Site) -> Iterator[str]:
    for docname, title, size in site.survey.techniques:
        yield _link(site.page(docname), title, "1 entry" if size == 1 else f"{size} entries")


def _rest(site: Site) -> Iterator[str]:
    for docname, title in site.titles.items():
        if docname not in site.survey.titles:
            yield _link(site.page(docname), title, "")


def _link(address: str, name: str, about: str) -> str:
    name = name.replace("[", "(").replace("]", ")")
    return f"- [{name}]({address}): {about}" if about else f"- [{name}]({address})"
