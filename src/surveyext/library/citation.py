"""Citation: how to cite the survey and its pages, from CITATION.cff; pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from surveyext.library.links import DOI
from surveyext.library.model import Kind, Person, Problem, Record
from surveyext.library.text import is_web_link, slug

if TYPE_CHECKING:
    from collections.abc import Iterable

#: What TeX takes for a command; https://en.wikibooks.org/wiki/LaTeX/Special_Characters.
_SPECIAL = re.compile(r"[&%$#_]")


@dataclass(frozen=True, slots=True)
class Citation:
    """The facts of a CITATION.cff that a citation needs."""

    title: str
    people: tuple[Person, ...]
    version: str = ""
    doi: str = ""  #: Empty until an archive has given one.
    url: str = ""
    license: str = ""
    abstract: str = ""


def parse(data: dict[str, Any], file: str) -> tuple[Citation | None, list[Problem]]:
    """Turn a CITATION.cff into a citation.

    Format: the Citation File Format 1.2.0, https://citation-file-format.github.io.

    :param data: The file's YAML.
    :param file: What problems call it.
    :returns: The citation, ``None`` when there is no file, and what is wrong.
    """
    if not data:
        return None, []
    authors = data.get("authors")
    tables = authors if isinstance(authors, list) else []
    people = tuple(person for table in tables if (person := _person(table)).family)
    citation = Citation(
        people=people,
        **{
            name: " ".join(str(data.get(name) or "").split())
            for name in ("title", "version", "doi", "url", "license", "abstract")
        },
    )
    return citation, [Problem(file, 0, Kind.BAD_DATA, fault) for fault in _faults(citation)]


def _person(table: object) -> Person:
    values = table if isinstance(table, dict) else {}

    def text(*names: str) -> str:
        return " ".join(str(values[name]) for name in names if values.get(name))

    family = text("name-particle", "family-names") or text("name")
    return Person(family, text("given-names"), text("name-suffix"))


def _faults(citation: Citation) -> Iterable[str]:
    if not citation.title:
        yield "has no title; give the survey's"
    if not citation.people:
        yield "has no authors; give each 'family-names' or a 'name'"
    if citation.doi and not DOI.fullmatch(citation.doi):
        yield f"'{citation.doi}' is no DOI; write 10.<registrant>/<suffix> or leave it out"
    if citation.url and not is_web_link(citation.url):
        yield f"'{citation.url}' is no absolute http(s) address; mend it or leave it out"


def of_survey(citation: Citation, as_of: str, url: str) -> Record:
    """Return the survey as a record.

    :param as_of: The ISO date of the state that is cited, or "".
    :param url: Where it is, or "".
    """
    key = slug(citation.title) or "survey"
    return _record(key, "dataset", citation, citation.title, "", as_of, url or citation.url)


def of_page(citation: Citation, title: str, as_of: str, url: str) -> Record:
    """Return one page of the survey as a record; the arguments are as above."""
    key = f"{slug(citation.title) or 'survey'}-{slug(title) or 'page'}"
    return _record(key, "online", citation, title, citation.title, as_of, url)


def _record(
    key: str, kind: str, citation: Citation, title: str, within: str, as_of: str, url: str
) -> Record:
    state = [f"Version {citation.version}" if citation.version else "", f"as of {as_of}"]
    names = [_tex_name(person) for person in citation.people]
    values = {
        "title": f"{{{_tex(title)}}}",
        "author": " and ".join(names),
        "howpublished": _tex(within),
        "year": as_of[:4],
        "version": _tex(citation.version),
        "note": _tex(", ".join(part for part in state if part)) if as_of else "",
        "doi": "" if within else citation.doi,
        "url": url,
    }
    fields = tuple((name, value) for name, value in values.items() if value)
    return Record(key, kind, fields, citation.people, "", 0)


def _tex_name(person: Person) -> str:
    if not person.given:
        return f"{{{_tex(person.family)}}}"
    parts = (person.family, person.suffix, person.given)
    return ", ".join(_tex(part) for part in parts if part)


def _tex(text: str) -> str:
    """Return plain text as TeX; braces and backslashes, which no name has, are dropped."""
    return _SPECIAL.sub(r"\\\g<0>", re.sub(r"[{}\\~^]", "", text))
