"""ACL Anthology: the .bib file beside each paper's page, https://aclanthology.org/faq/api/."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from surveyext.sources import bibtex, normalise
from surveyext.sources.client import garbled

if TYPE_CHECKING:
    from surveyext.sources.client import Web
    from surveyext.sources.finding import Finding


def fetch(web: Web, name: str) -> Finding:
    """Return what the Anthology says of one id, as "2020.findings-emnlp.372".

    :raises WebError: There is no such paper, or no answer.
    """
    page = f"https://aclanthology.org/{name}"
    return parse(web.get(f"{page}.bib", accept="application/x-bibtex, text/plain").text, page)


def parse(text: str, page: str) -> Finding:
    """Turn the .bib file into a finding.

    :raises WebError: It is no record.
    """
    records, _ = bibtex.records(text, page)
    if len(records) != 1 or not records[0].people:
        raise garbled("the ACL Anthology", "BibTeX record")
    found = bibtex.finding(records[0], "ACL Anthology", f"{page}.bib")
    fields = {**found.fields, "url": f"{page}/"}
    if "pages" in fields:
        fields["pages"] = normalise.pages(fields["pages"])
    if found.type == "article":
        fields.pop("publisher", None)
    return replace(found, fields=fields)
