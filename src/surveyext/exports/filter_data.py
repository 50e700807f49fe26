"""Filter data: what a browser filters and searches, as scripts that load when needed; pure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from surveyext.library.text import byline, plain, sort_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from surveyext.survey.site import Site
    from surveyext.survey.survey import Item, Survey

#: The scripts below the site's root. A script also loads from a file:// copy, where
#: browsers refuse to read JSON.
ENTRIES, WORDS = "find/entries.js", "find/words.js"


def find_files(site: Site) -> dict[str, str]:
    """Return the two scripts: what is shown and narrowed by, and the words of each entry."""
    survey = site.survey
    docnames = {docname: number for number, docname in enumerate(survey.titles)}
    rows = [_row(survey, item, docnames) for item in survey.items.values()]
    entries = {
        "techniques": [
            [site.target(docname), docname.rpartition("/")[2], survey.titles[docname]]
            for docname in docnames
        ],
        "tags": [[tag.name, tag.facet] for tag in survey.library.tags.values()],
        "entries": rows,
    }
    words = {item.record.key: " ".join(_words(site, item)) for item in survey.items.values()}
    return {ENTRIES: _script("entries", entries), WORDS: _script("words", words)}


def _row(survey: Survey, item: Item, docnames: Mapping[str, int]) -> list[Any]:
    """Return key, name, title, people, venue, family, year, techniques, tags, code, added."""
    entry, record = item
    venue = survey.library.venue(record)
    return [
        record.key,
        entry.name,
        plain(record.field("title")),
        byline([person.family for person in record.people]),
        venue.short if venue else "",
        venue.family if venue else "",
        record.year or 0,
        [docnames[name] for name in survey.listed_under(item) if name in docnames],
        list(dict.fromkeys(entry.tags)),
        int(bool(entry.code)),
        entry.added,
    ]


def _words(site: Site, item: Item) -> Iterable[str]:
    """Return an entry's words without case and accents, each once."""
    (entry, record), survey = item, site.survey
    venue = survey.library.venue(record)
    texts = (
        entry.name,
        plain(record.field("title")),
        *map(str, record.people),
        venue.short if venue else "",
        venue.family if venue else "",
        record.field("year"),
        *entry.tags,
        survey.titles.get(entry.docname, ""),
        site.notes[record.key],
    )
    return dict.fromkeys(word for text in texts for word in sort_key(text)[0].split())


def _script(name: str, value: Any) -> str:
    data = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return f"(globalThis.surveyData ??= {{}}).{name} = {data};\n"
