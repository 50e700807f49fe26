"""Entries: everything the site knows of its entries, as JSON with a published schema; pure."""

from __future__ import annotations

from collections import defaultdict
from importlib import resources
from typing import TYPE_CHECKING, Any

from surveyext.exports.formats import csl
from surveyext.exports.results import rows
from surveyext.library.evidence import unconfirmed
from surveyext.library.links import entry_links, record_links
from surveyext.library.text import plain
from surveyext.survey.survey import Mentions

if TYPE_CHECKING:
    from surveyext.library.equations import Equation
    from surveyext.library.evidence import Source
    from surveyext.library.model import Record
    from surveyext.survey.site import Site
    from surveyext.survey.survey import Survey

#: Where it is, and where what it must look like is.
ENTRIES = "entries.json"
SCHEMA = "entries.schema.json"


def entries(site: Site) -> dict[str, Any]:
    """Return everything the site knows, in the form of the schema; entries are made one by one."""
    equations: dict[str, list[Equation]] = defaultdict(list)
    for each in site.survey.equations:
        equations[each.key].append(each)
    citation = site.survey.library.citation
    about = {
        "title": citation.title if citation else site.title,
        "version": citation.version if citation else "",
        "as_of": site.survey.as_of,
        "address": site.base,
    }
    return {
        "$schema": site.base + SCHEMA,
        "survey": about,
        "entries": (_entry(site, key, equations[key]) for key in site.survey.items),
    }


def schema() -> str:
    """Return the JSON Schema, draft 2020-12."""
    return (resources.files("surveyext") / "schema" / SCHEMA).read_text(encoding="utf-8")


def _entry(site: Site, key: str, equations: list[Equation]) -> dict[str, Any]:
    survey = site.survey
    entry, record = survey.items[key]
    venue = survey.library.venue(record)
    known = survey.evidence(key)
    return {
        "key": key,
        "name": entry.name,
        "type": record.type,
        "title": plain(record.field("title")),
        "people": [str(person) for person in record.people],
        "year": record.year,
        "venue": venue.short if venue else "",
        "venue_family": venue.family if venue else "",
        "published": _is_published(record),
        "doi": record.field("doi"),
        "arxiv": record.arxiv,
        "technique": entry.docname.rpartition("/")[2],
        "section": entry.section,
        "address": site.card(entry),
        "also": list(entry.also),
        "tags": list(entry.tags),
        "extends": list(entry.extends),
        "extended_by": list(survey.extended_by.get(key, ())),
        "cited_by": list(survey.mentioned.get(key, Mentions()).entries),
        "links": {link.label: link.url for link in [*record_links(record), *entry_links(entry)]},
        "added": entry.added,
        "checked": known.checked if known else None,
        "unconfirmed": list(unconfirmed(record, known)) if known else None,
        "sources": [_source(source) for source in known.sources] if known else [],
        "note": site.notes[key],
        "equations": [_equation(survey, each) for each in equations],
        "results": rows(site, survey.library.results_of.get(key, ())),
        "record": csl(record),
    }


def _source(source: Source) -> dict[str, Any]:
    return {"url": source.url, "where": source.where, "confirms": list(source.confirms)}


def _equation(survey: Survey, equation: Equation) -> dict[str, Any]:
    check = survey.checked.get(equation.label)
    return {
        "label": equation.label,
        "tex": equation.tex,
        "check": {"claim": check.claim, "means": check.means} if check else None,
    }


def _is_published(record: Record) -> bool:
    """Tell a paper that appeared somewhere from one that only an archive of preprints has."""
    return not (record.type == "misc" and record.arxiv)
