"""Write: the exports that lie next to the pages at stable addresses; pure but for writing."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from functools import partial
from json.encoder import encode_basestring as _quoted
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from surveyext.exports import results
from surveyext.exports.entries import ENTRIES, SCHEMA, entries, schema
from surveyext.exports.feeds import FEEDS, feeds
from surveyext.exports.filter_data import find_files
from surveyext.exports.formats import bibtex, csl, reference, ris
from surveyext.exports.llms import llms
from surveyext.library import citation, filenames
from surveyext.library.model import digest
from surveyext.survey.selections import everything
from surveyext.survey.site import Export, Site

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping, Sequence

    from surveyext.library.load import Library
    from surveyext.library.model import Record

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


#: How the files of pages end, with every builder of a site.
_OF_PAGES = (".html", ".htm", ".xhtml")


class Forms(NamedTuple):
    """A record in each form."""

    bib: str
    ris: str
    json: str  #: As it stands in a list of records.
    txt: str


def forms(record: Record) -> Forms:
    """Return a record in each form; every text but the JSON ends its last line."""
    item = _json(csl(record), "\n ")
    return Forms(bibtex(record) + "\n", ris([record]) + "\n", item, reference(record) + "\n")


class _Known(dict[str, Forms]):
    """Records in each form by key, set when they are asked for."""

    def __init__(self, library: Library) -> None:
        super().__init__()
        self._library = library

    def __missing__(self, key: str) -> Forms:
        """Set a record."""
        self[key] = made = forms(self._library.records[key])
        return made

    def joined(self, path: str, keys: Sequence[str]) -> Iterator[tuple[str, Export]]:
        """Yield the file of some records for each form."""
        made_of = digest([self._library.digests[key] for key in keys])
        for form in FORMATS:
            yield f"{path}.{form}", Export(made_of, partial(self._file, form, keys))

    def _file(self, form: str, keys: Sequence[str]) -> bytes:
        return joined(form, [self[key] for key in keys]).encode()


def joined(form: str, several: Sequence[Forms]) -> str:
    """Return the text of one file of records.

    ``basket.js`` joins records in the same way.

    :param form: A key of :data:`FORMATS`.
    """
    match form:
        case "bib":
            return "\n".join(each.bib for each in several)
        case "ris":
            return "\n".join(each.ris for each in several)
        case "json":
            return (
                "[\n " + ",\n ".join(each.json for each in several) + "\n]\n" if several else "[]\n"
            )
    return "".join(each.txt for each in several)


def survey_files(site: Site) -> Iterator[tuple[str, Export]]:
    """Yield every exported file by its path below the site's root, each path once."""
    survey = site.survey
    known, entered = _Known(survey.library), tuple(survey.items)
    digests = survey.library.digests
    places = [(key, digests[key], site.card(item.entry)) for key, item in survey.items.items()]
    yield ENTRIES, _whole(_one_a_line(entries(site)))
    yield SCHEMA, _made(schema())
    if survey.library.results:
        yield results.CSV, _made(results.results_csv(site))
        yield results.JSON, _made(results.results_json(site))
        yield results.SCHEMA, _made(results.schema())
    yield "llms.txt", _made(llms(site))
    yield FORMS, Export(digest(places), lambda: _script(site, known).encode())
    yield from feeds(site)
    for texts in (_works(site), find_files(site)):
        for path, text in texts.items():
            yield path, _made(text)
    yield from known.joined("refs", entered)
    for key in entered:
        yield from known.joined(f"{CITE}/{key}", (key,))
    for selection in everything(survey, site.views):
        yield from known.joined(f"{CITE}/{selection.path}", selection.keys)


def _made(text: str) -> Export:
    return _whole([text.encode()])


def _whole(lines: Sequence[bytes]) -> Export:
    """Return a file whose text is there already; joined when it is written, as it is large."""
    found = hashlib.sha256()
    for line in lines:
        found.update(line)
    return Export(found.hexdigest()[:32], lambda: b"".join(lines))


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
    made = {path: [forms(record)] for path, record in works.items()}
    return {f"{path}.{form}": joined(form, made[path]) for path in works for form in FORMATS}


def _script(site: Site, known: Mapping[str, Forms]) -> str:
    """Return a script that gives a page each record in every form, and where its card is."""
    compact = partial(json.dumps, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    lines = []
    for key, (entry, record) in sorted(site.survey.items.items()):
        set_ = {**known[key]._asdict(), "json": csl(record), "address": site.card(entry)}
        lines.append(f"{compact(key)}:{compact(set_)}")
    return f"window.surveyForms = {{{','.join(lines)}}};\n"


def write(
    files: Iterable[tuple[str, Export]], folder: Path, known: Mapping[str, str]
) -> dict[str, str]:
    """Write what changed below ``folder`` and remove files of records that are gone.

    :param known: Digests of what was written there before, by path.
    :returns: The same of what is there now.
    :raises OSError: A file cannot be written; it is not there then.
    :raises ValueError: A path leads out of the folder, or two files have the same.
    """
    written: dict[str, str] = {}
    made = set()
    for name, export in files:
        if fault := filenames.fault(name):
            raise ValueError(f"'{name}' is no path of an export: {fault}")
        if name in written:
            raise ValueError(f"'{name}' is the path of two exports")
        written[name] = export.digest
        path = f"{folder}/{name}"
        if export.digest == known.get(name) and os.path.exists(path):  # noqa: PTH110
            continue
        if (parent := path.rpartition("/")[0]) not in made:
            Path(parent).mkdir(parents=True, exist_ok=True)
            made.add(parent)
        _put(path, export.make())
    for ours in (CITE, FEEDS):
        _remove_others(folder, ours, written)
    optional = (*(f"{SURVEY}.{form}" for form in FORMATS), *results.FILES)
    for name in optional:
        if name not in written:
            (folder / name).unlink(missing_ok=True)
    return written


def _put(path: str, data: bytes) -> None:
    """Write a file whole or not at all; with a file object thousands would take twice as long."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
    try:
        while data:
            data = data[os.write(file, data) :]
    except BaseException:
        Path(path).unlink(missing_ok=True)
        raise
    finally:
        os.close(file)


def _remove_others(folder: Path, ours: str, known: Container[str]) -> None:
    """Remove what nothing known is called from one of our folders, empty folders too.

    Pages stay: an author may have a folder of the same name.
    """
    for inside, _folders, names in os.walk(folder / ours, topdown=False):
        below = Path(inside).relative_to(folder).as_posix()
        for name in names:
            if f"{below}/{name}" not in known and not name.endswith(_OF_PAGES):
                Path(inside, name).unlink(missing_ok=True)
        if not os.listdir(inside):  # noqa: PTH208
            Path(inside).rmdir()


def _one_a_line(everything: Mapping[str, Any]) -> list[bytes]:
    """Return JSON with an entry on each line, where a change is found and C makes the text."""
    line = partial(json.dumps, ensure_ascii=False, sort_keys=True)
    lines = [f' "{name}": {line(value)}' for name, value in everything.items() if name != "entries"]
    entries = [f"  {line(entry)},\n".encode() for entry in everything["entries"]]
    if entries:
        entries[-1] = entries[-1].replace(b",\n", b"\n")
    head, foot = ",\n".join(sorted(lines)), " ]\n}\n"
    return [f'{{\n{head},\n "entries": [\n'.encode(), *entries, foot.encode()]


def _json(value: Any, end: str = "\n") -> str:
    """Return what ``json.dumps`` with an indent of 1 would, in two thirds of the time.

    :param value: Of builtins; what is iterable counts as a list and may come one by one.
    :param end: The end of a line and the indent of the next one that is not inside.
    """
    if isinstance(value, str):
        return _quoted(value)
    inside = f"{end} "
    if isinstance(value, dict):
        parts = [f"{_quoted(name)}: {_json(value[name], inside)}" for name in sorted(value)]
        return f"{{{inside}{f',{inside}'.join(parts)}{end}}}" if parts else "{}"
    if isinstance(value, Iterable):
        parts = [_json(each, inside) for each in value]
        return f"[{inside}{f',{inside}'.join(parts)}{end}]" if parts else "[]"
    return json.dumps(value)
