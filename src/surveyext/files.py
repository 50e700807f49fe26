"""Files: the exports that stand beside the pages at stable addresses; pure but for writing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from surveyext.export import bibtex, csl, reference, ris
from surveyext.find import find_files
from surveyext.links import entry_links, record_links
from surveyext.text import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from surveyext.survey import Item, Survey

#: The folder of the files of single records; everything in it is ours.
CITE = "cite"
#: Extension of a record's file -> what a reader calls the format.
FORMATS: Mapping[str, str] = {
    "bib": "BibTeX",
    "ris": "RIS",
    "json": "CSL-JSON",
    "txt": "Reference",
}
#: Whole-survey file -> what a reader calls it.
WHOLE: Mapping[str, str] = {
    "refs.bib": "BibTeX",
    "refs.ris": "RIS",
    "refs.json": "CSL-JSON",
    "entries.json": "all entries as JSON",
}


def survey_files(survey: Survey, page: Callable[[str], str]) -> dict[str, str]:
    """Return every exported file's text by its path below the site's root.

    :param page: Turns a docname into the page's address below that root.
    """
    records = [item.record for item in survey.items.values()]
    files = {
        "refs.bib": "\n".join(bibtex(record) + "\n" for record in records),
        "refs.ris": ris(records) + "\n",
        "refs.json": _json([csl(record) for record in records]),
        "entries.json": _json({"entries": [_entry(survey, key, page) for key in survey.items]}),
        **find_files(survey, page),
    }
    for record in records:
        stem = f"{CITE}/{record.key}"
        files[f"{stem}.bib"] = bibtex(record) + "\n"
        files[f"{stem}.ris"] = ris([record]) + "\n"
        files[f"{stem}.json"] = _json([csl(record)])
        files[f"{stem}.txt"] = reference(record) + "\n"
    return files


def cite_files(survey: Survey) -> set[str]:
    """Return the names of the files of single records."""
    return {f"{CITE}/{key}.{extension}" for key in survey.items for extension in FORMATS}


def write(files: Mapping[str, str], folder: Path) -> None:
    """Write what changed below ``folder`` and remove files of records that are gone."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            part = path.with_name(f"{path.name}.part")
            part.write_text(text, encoding="utf-8")
            part.replace(path)
    for path in (folder / CITE).glob("*"):
        if f"{CITE}/{path.name}" not in files:
            path.unlink()


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _entry(survey: Survey, key: str, page: Callable[[str], str]) -> dict[str, Any]:
    """Return all that the site knows of an entry."""
    item: Item = survey.items[key]
    entry, record = item
    venue = survey.library.venue(record)
    known = survey.evidence(key)
    return {
        "key": key,
        "name": entry.name,
        "title": plain(record.field("title")),
        "people": [str(person) for person in record.people],
        "year": record.year,
        "venue": venue.short if venue else "",
        "venue_family": venue.family if venue else "",
        "technique": entry.docname.rpartition("/")[2],
        "section": entry.section,
        "address": f"{page(entry.docname)}#{entry.anchor}",
        "also": list(entry.also),
        "tags": list(entry.tags),
        "extends": list(entry.extends),
        "extended_by": list(survey.extended_by.get(key, ())),
        "links": {link.label: link.url for link in [*record_links(record), *entry_links(entry)]},
        "added": entry.added,
        "checked": known.checked if known else None,
        "note": entry.note,
    }
