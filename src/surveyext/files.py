"""Files: the exports that stand beside the pages at stable addresses; pure but for writing."""

from __future__ import annotations

import hashlib
import json
import os
from typing import TYPE_CHECKING, Any, NamedTuple

from surveyext import citation
from surveyext.entries import ENTRIES, SCHEMA, entries, schema
from surveyext.export import bibtex, csl, reference, ris
from surveyext.feeds import FEEDS, feeds
from surveyext.find import find_files
from surveyext.llms import llms
from surveyext.selections import everything

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from surveyext.model import Record
    from surveyext.site import Site

#: The folder of the files of records and selections; everything in it is ours.
CITE = "cite"
#: The survey itself as a work to cite, without the format.
SURVEY = "survey"
#: Extension of a file -> what a reader calls the format.
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
    "refs.txt": "References",
    ENTRIES: "all entries as JSON",
    SCHEMA: "its schema",
}
#: The script that gives a page every record in every form, once its reader asks for one.
FORMS = f"{CITE}/forms.js"


class Forms(NamedTuple):
    """A record in each form."""

    bib: str
    ris: str
    json: dict[str, Any]
    txt: str
    item: str  #: The JSON as it stands in a list of records.


def forms(record: Record) -> Forms:
    """Return a record in each form; every text ends its last line."""
    item = csl(record)
    listed = _json(item).strip().replace("\n", "\n ")
    return Forms(
        bibtex(record) + "\n", ris([record]) + "\n", item, reference(record) + "\n", listed
    )


def joined(several: Iterable[Forms]) -> Iterator[tuple[str, str]]:
    """Yield the extension and the text of one file for each form.

    ``basket.js`` joins records in the same way.
    """
    several = list(several)
    yield "bib", "\n".join(each.bib for each in several)
    yield "ris", "\n".join(each.ris for each in several)
    yield "json", _json_list([each.item for each in several])
    yield "txt", "".join(each.txt for each in several)


def survey_files(site: Site) -> Iterator[tuple[str, str]]:
    """Yield every exported file's path below the site's root and its text, each path once."""
    survey = site.survey
    known = {key: forms(record) for key, record in survey.library.records.items()}
    entered = {key: known[key] for key in survey.items}
    yield ENTRIES, _json(entries(site))
    yield SCHEMA, schema()
    yield "llms.txt", llms(site)
    yield FORMS, _script(site, entered)
    yield from feeds(site).items()
    yield from _works(site).items()
    yield from find_files(survey, site.target).items()
    for form, text in joined(entered.values()):
        yield f"refs.{form}", text
    for key, each in entered.items():
        for form, text in joined([each]):
            yield f"{CITE}/{key}.{form}", text
    for selection in everything(survey, site.views):
        for form, text in joined(known[key] for key in selection.keys):
            yield f"{CITE}/{selection.path}.{form}", text


def _works(site: Site) -> dict[str, str]:
    """Return the survey itself and each of its pages as works to cite."""
    survey = site.survey
    about = survey.library.citation
    if about is None:
        return {}
    works = {SURVEY: citation.of_survey(about, survey.as_of, site.base)}
    for docname, title in site.titles.items():
        url = site.page(docname) if site.base else ""
        works[f"{CITE}/works/{docname}"] = citation.of_page(about, title, survey.as_of, url)
    return {
        f"{path}.{form}": text
        for path, record in works.items()
        for form, text in joined([forms(record)])
    }


def _script(site: Site, known: Mapping[str, Forms]) -> str:
    records = {
        key: {
            **dict(zip(FORMATS, each, strict=False)),
            "address": site.card(site.survey.items[key].entry),
        }
        for key, each in known.items()
    }
    text = json.dumps(records, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return f"window.surveyForms = {text};\n"


def all_there(known: Iterable[str], folder: Path) -> bool:
    """Tell whether files were written and none was taken away."""
    names = list(known)
    return bool(names) and all(os.path.exists(f"{folder}/{name}") for name in names)  # noqa: PTH110


def write(
    files: Iterable[tuple[str, str]], folder: Path, known: Mapping[str, str]
) -> dict[str, str]:
    """Write what changed below ``folder`` and remove files of records that are gone.

    :param known: Digests of what was written there before, by path.
    :returns: The same of what is there now.
    """
    written = {}
    made = set()
    for name, text in files:
        data = text.encode()
        written[name] = hashlib.sha256(data).hexdigest()[:16]
        path = folder / name
        if written[name] == known.get(name) and path.is_file():
            continue
        if path.parent not in made:
            path.parent.mkdir(parents=True, exist_ok=True)
            made.add(path.parent)
        part = path.with_name(f"{path.name}.part")
        part.write_bytes(data)
        part.replace(path)
    for ours in (CITE, FEEDS, *(f"{SURVEY}.{form}" for form in FORMATS)):
        inside = sorted((folder / ours).rglob("*"), reverse=True)  # a folder after its files
        for path in [*inside, folder / ours]:
            if path.is_dir():
                if not any(path.iterdir()):
                    path.rmdir()
            elif path.relative_to(folder).as_posix() not in written:
                path.unlink(missing_ok=True)
    return written


def _json_list(items: list[str]) -> str:
    """Return what ``_json`` would, without setting each record again for each selection."""
    return "[\n " + ",\n ".join(items) + "\n]\n" if items else "[]\n"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
