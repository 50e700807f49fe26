"""Evidence: what confirms each record, and where the two clash; pure."""

from __future__ import annotations

import datetime
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from surveyext.library.model import Kind, Problem
from surveyext.library.text import did_you_mean, fold, is_web_link, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from surveyext.library.model import Record

#: Fields that say how to read another one; there is nothing to confirm in them.
_IMPLIED = {"archiveprefix"}
_LONGEST = 20_000  #: Characters of a text; as in a .bib file.


@dataclass(frozen=True, slots=True)
class Source:
    """Something that was opened."""

    url: str  #: "" for what has no address of its own.
    confirms: tuple[str, ...]  #: Field names of the record, or "note", "equation", "code".
    where: str  #: The place in it, "Table 2".


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of one record."""

    key: str
    checked: str  #: ISO date.
    titles: tuple[tuple[str, str], ...]  #: (identifier, the title that its own page gives).
    sources: tuple[Source, ...]
    retitled: tuple[str, ...] = ()  #: Other titles of the same paper.
    unverified: tuple[str, ...] = ()  #: Fields left out because nothing confirmed them.
    note: str = ""


def parse(data: dict[str, Any], file: str) -> tuple[dict[str, Evidence], list[Problem]]:
    """Turn the evidence file's tables into evidence; a faulty table is a problem."""
    found: dict[str, Evidence] = {}
    problems = []
    for key, table in data.items():
        try:
            found[key] = _evidence(key, table)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            message = f"evidence of '{key}' lacks or misspells {error}; see the other tables"
            problems.append(Problem(file, 0, Kind.BAD_DATA, message))
    return found, problems


def _evidence(key: str, table: dict[str, Any]) -> Evidence:
    checked = table["checked"]
    if not isinstance(checked, datetime.date):
        raise ValueError("the date 'checked'")
    return Evidence(
        key=key,
        checked=checked.isoformat(),
        titles=tuple((str(name), _text(title, name)) for name, title in table["titles"].items()),
        sources=tuple(
            Source(
                _address(item.get("url", "")),
                _words(item["confirms"]),
                _text(item.get("where"), "where"),
            )
            for item in table["sources"]
        ),
        retitled=_words(table.get("retitled", [])),
        unverified=_words(table.get("unverified", [])),
        note=_text(table.get("note"), "note"),
    )


def _text(value: object, name: str) -> str:
    text = "" if value is None else str(value)
    if len(text) > _LONGEST:
        raise ValueError(f"'{name}', which has {len(text)} characters, more than {_LONGEST}")
    return text


def _address(url: object) -> str:
    if url and not is_web_link(str(url)):
        raise ValueError(f"the address '{url}', which is no whole http(s) one")
    return str(url)


def _words(values: list[Any]) -> tuple[str, ...]:
    if not isinstance(values, list):
        raise TypeError("a list")
    return tuple(map(str, values))


def table(known: Evidence) -> str:
    """Return evidence as the file has it, without the line of the key."""

    def words(values: Iterable[str]) -> str:
        return f"[{', '.join(map(_quoted, values))}]"

    titles = ", ".join(f"{_quoted(name)} = {_quoted(title)}" for name, title in known.titles)
    lines = [f"checked = {known.checked}"]
    lines += [f"retitled = {words(known.retitled)}"] if known.retitled else []
    lines += [f"titles = {{ {titles} }}", "sources = ["]
    for source in known.sources:
        url = f"url = {_quoted(source.url)}, " if source.url else ""
        where = f", where = {_quoted(source.where)}" if source.where else ""
        lines.append(f"  {{ {url}confirms = {words(source.confirms)}{where} }},")
    lines += ["]", f"unverified = {words(known.unverified)}"]
    lines += [f"note = {_quoted(known.note)}"] if known.note else []
    return "\n".join(lines)


def _quoted(text: str) -> str:
    """Return text as a TOML basic string, whose escapes JSON's are a part of."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


#: Addresses that only spell out an identifier.
_SPELT_OUT = {
    "https://arxiv.org/abs/": "arXiv:",
    "https://doi.org/": "doi:",
    "https://openreview.net/forum?id=": "openreview:",
}


def identifiers(record: Record) -> dict[str, str]:
    """Return the record's identifiers as evidence names them, with the field of each."""
    named = (
        (_identifier(record.field("url")), "url"),
        (f"openreview:{record.field('openreview')}", "openreview"),
        (f"doi:{record.field('doi')}", "doi"),
        (f"arXiv:{record.arxiv}", "eprint"),
    )
    # Where the address only spells out another identifier, that one names the field.
    return {name: field for name, field in named if record.field(field)}


def _identifier(address: str) -> str:
    for start, prefix in _SPELT_OUT.items():
        if address.startswith(start):
            return prefix + address.removeprefix(start)
    return address


def anchor(key: str) -> str:
    """Return the id of a record on the page of all evidence."""
    return f"evidence-{key}"


def places(evidence: Evidence) -> tuple[str, ...]:
    """Return where sources stand, each place once: hosts, and repositories of GitHub."""
    return tuple(dict.fromkeys(_place(each.url) for each in evidence.sources if each.url))


def _place(url: str) -> str:
    parts = urlsplit(url)
    host = parts.netloc.removeprefix("www.")
    return "/".join([host, *parts.path.split("/")[1:3]]) if host == "github.com" else host


def unconfirmed(record: Record, evidence: Evidence | None) -> tuple[str, ...]:
    """Return the record's fields that no source confirms; all when there is no evidence."""
    sources = evidence.sources if evidence else ()
    confirmed = {name for source in sources for name in source.confirms} | _IMPLIED
    return tuple(name for name, _ in record.fields if name not in confirmed)


def check(
    records: Mapping[str, Record], evidence: Mapping[str, Evidence], file: str
) -> Iterator[Problem]:
    """Yield each clash between a record and what its identifiers' own pages say."""
    for key, known in evidence.items():
        if key not in records:
            hint = did_you_mean(key, records) or "delete it or add the record"
            message = f"evidence of '{key}', which is no record; {hint.strip()}"
            yield Problem(file, 0, Kind.BAD_EVIDENCE, message)
        else:
            for message in _clashes(records[key], known):
                record = records[key]
                text = f"record '{key}': {message}"
                yield Problem(record.file, record.line, Kind.BAD_EVIDENCE, text)


def _clashes(record: Record, known: Evidence) -> Iterator[str]:
    title = plain(record.field("title"))
    same = {fold(title), *map(fold, known.retitled)}
    mine = identifiers(record)
    titles = {_identifier(name): title for name, title in known.titles}
    for identifier, field in mine.items():
        if identifier not in titles:
            yield f"{field} '{identifier}' has no evidence; open its page and write down its title"
        elif fold(plain(titles[identifier])) not in same:
            right = "correct the identifier, or list the other title under 'retitled'"
            yield f"{identifier} is '{titles[identifier]}', not '{title}'; {right}"
    yield from (
        f"evidence names {identifier}, which the record does not have; correct one of the two"
        for identifier in titles
        if identifier not in mine
    )


def open_work(
    records: Iterable[Record], evidence: Mapping[str, Evidence]
) -> list[tuple[Record, tuple[str, ...]]]:
    """Return the records with something left to confirm, and what: field names."""
    rows = [(record, _left(record, evidence.get(record.key))) for record in records]
    return sorted(((record, left) for record, left in rows if left), key=lambda row: row[0].key)


def _left(record: Record, known: Evidence | None) -> tuple[str, ...]:
    if known is None:
        return ("everything",)
    return (*unconfirmed(record, known), *known.unverified)
