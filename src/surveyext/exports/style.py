"""Style: how a record is set as one line, in the bibliography as in what is copied."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Any

from pybtex.bibtex.utils import split_name_list
from pybtex.database import Entry, Person
from pybtex.exceptions import PybtexError
from pybtex.richtext import HRef, Tag, Text, nbsp
from pybtex.style import FormattedEntry
from pybtex.style.formatting.plain import Style as PlainStyle
from pybtex.style.formatting.unsrt import dashify
from pybtex.style.template import field, sentence
from pybtex.textutils import tie_or_space

from surveyext.library.text import untexed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from surveyext.library.model import Record

#: What the configuration calls our style.
STYLE = "survey"
#: What TeX reads as more than a letter; braces alone only keep a style from changing case.
_TEX = re.compile(r"[\\$~%^_#&`\"<>|]|--|''|\s\s|[^\S ]|^\s|\s$")
_RANGE = re.compile(r"(?<!-)--(?!-)")
_BRACES = re.compile(r"[{}]")
#: Fields that are no TeX.
_ADDRESSES = {"url", "doi", "eprint", "openreview"}
#: Fields of the survey's records; a record with another is left to pybtex's templates.
_KNOWN = {
    *("title", "year", "booktitle", "journal", "howpublished", "volume", "number", "series"),
    *("pages", "publisher", "note", "url", "eprint", "doi"),
    *("archiveprefix", "eprinttype", "primaryclass", "openreview", "version"),  # not shown
}


class SurveyStyle(PlainStyle):  # type: ignore[misc]  # pybtex is untyped
    """pybtex's plain style with titles as they were published, not in lower case."""

    def format_title(self, e: Any, which_field: str, as_sentence: bool = True) -> Any:
        """Return a template for the title, for pybtex to fill."""
        title = field(which_field)
        return sentence[title] if as_sentence else title

    def format_entry(self, label: str, entry: Any, bib_data: Any = None) -> Any:
        """Return the entry set as the templates would, which take milliseconds for one."""
        text = None if bib_data else _line(entry)
        if text is None:
            return super().format_entry(label, entry, bib_data)
        return FormattedEntry(entry.key, text, label)


class Row:
    """Text in a row, for pybtex's backends as its own; which looks into all parts of each."""

    __slots__ = ("_parts",)

    def __init__(self, *parts: Any) -> None:
        self._parts: list[Any] = []
        for part in parts:
            for piece in part._parts if type(part) is Row else (part,):
                if type(piece) is str and self._parts and type(self._parts[-1]) is str:
                    self._parts[-1] += piece
                elif piece:
                    self._parts.append(piece)

    def __str__(self) -> str:
        """Return the letters alone."""
        return "".join(map(str, self._parts))

    def __bool__(self) -> bool:
        return bool(self._parts)

    def __len__(self) -> int:
        return len(str(self))

    def render(self, backend: Any) -> Any:
        """Return what a backend makes of it."""
        rendered = [
            backend.format_str(part) if isinstance(part, str) else part.render(backend)
            for part in self._parts
        ]
        return backend.render_sequence(rendered)


def to_pybtex(record: Record) -> Any:
    """Return the record as pybtex's parser would."""
    people = {
        role: [_person(name) for name in split_name_list(record.field(role))]
        for role in ("author", "editor")
        if record.field(role)
    }
    fields = [
        (name, value if name in _ADDRESSES else _untexed(value))
        for name, value in record.fields
        if name not in people and (name != "eprint" or record.arxiv)
    ]
    entry = Entry(record.type, fields, people)
    entry.key = record.key
    return entry


@functools.lru_cache(maxsize=2**14)
def _person(name: str) -> Any:
    name = _untexed(name)
    try:
        return Person(name)
    except PybtexError:  # reported where it is read
        return Person(last=_BRACES.sub("", name))


def _untexed(value: str) -> str:
    """Return a value without commands, so that pybtex need not know them; formulas stay."""
    return untexed(value) if "\\" in value or "%" in value else value


def _line(entry: Any) -> Any:
    """Return an entry of a common type as rich text, ``None`` for what templates must set."""
    fields = {name.lower(): value for name, value in entry.fields.items()}
    needed, where = _WHERE.get(entry.type, ("", _elsewhere))
    unknown = fields.keys() - _KNOWN or entry.persons.keys() != {"author"}
    empty = not all(re.search(r"\w", value) for value in fields.values())
    lacks = not {"title", "year", needed} <= fields.keys()
    if unknown or empty or lacks:
        return None
    sentences = [
        _sentence(_names([_name(person) for person in entry.persons["author"]])),
        _sentence(_text(fields["title"])),
        where(fields),
        _sentence(_text(fields.get("note", ""))),
        _sentence(*_links(fields)),
    ]
    return _joined(" ", sentences)


def _proceedings(fields: dict[str, str]) -> Any:
    volume, number, series = (fields.get(name, "") for name in ("volume", "number", "series"))
    if volume:
        serial = _joined(" ", [_tied("volume", _text(volume)), *_after("of", series)])
    elif number:
        serial = _joined(" ", [Row("number", nbsp, _text(number)), *_after("in", series)])
    else:
        serial = _text(series)
    place = _sentence(Tag("em", _text(fields["booktitle"])), serial, _pages(fields))
    date = _sentence(_text(fields.get("publisher", "")), _text(fields["year"]))
    return _joined(" ", ["In", place, date])


def _journal(fields: dict[str, str]) -> Any:
    pages = _pages(fields)
    if pages and fields.get("volume"):
        number = fields.get("number", "")
        issue = Row("(", _text(number), ")") if number else ""
        pages = Row(_text(fields["volume"]), issue, ":", pages)
    elif pages:
        pages = Row("pages ", pages)
    return _sentence(Tag("em", _text(fields["journal"])), pages, _text(fields["year"]))


def _elsewhere(fields: dict[str, str]) -> Any:
    return _sentence(_text(fields.get("howpublished", "")), _text(fields["year"]))


#: By type, the field that it must have, and how what the record appeared in is set.
_WHERE = {
    "article": ("journal", _journal),
    "inproceedings": ("booktitle", _proceedings),
    **dict.fromkeys(("dataset", "misc", "online", "software"), ("title", _elsewhere)),
}


def _links(fields: dict[str, str]) -> Iterable[Any]:
    if url := fields.get("url"):
        yield Row("URL: ", HRef(url, url))
    for name, label, start in (
        ("eprint", "arXiv:", "https://arxiv.org/abs/"),
        ("doi", "doi:", "https://doi.org/"),
    ):
        if value := fields.get(name):
            yield HRef(start + value, label + value)


def _pages(fields: dict[str, str]) -> Any:
    value = _text(_RANGE.sub("\N{EN DASH}", fields.get("pages", "")))
    return dashify(Text(value)) if "-" in value else value


def _after(word: str, value: str) -> list[Any]:
    return [Row(f"{word} ", _text(value))] if value else []


def _name(person: Person) -> Any:
    """Return a name as pybtex's plain style does: given, von, family, then Jr."""
    given = _part([*person.first_names, *person.middle_names])
    before, last = _part(person.prelast_names), _part(person.last_names)
    lineage = _part(person.lineage_names)
    parts = [part for part in (given, before) if part]
    tied = [Row(part, tie_or_space(part, nbsp, " ")) for part in parts]
    return Row(*tied, last, *([", ", lineage] if lineage else []))


def _part(names: list[str]) -> Any:
    """Return names with the last, and a short first one, tied to their neighbour."""
    words = [word for name in names if (word := _text(name))]
    if len(words) < 3:
        return _spread(nbsp, words)
    tie = tie_or_space(words[0], nbsp, " ")
    return Row(words[0], tie, _spread(" ", words[1:-1]), nbsp, words[-1])


def _names(names: list[Any]) -> Any:
    if len(names) < 3:
        return _spread(" and ", names)
    return Row(_spread(", ", names[:-1]), ", and ", names[-1])


def _tied(word: str, value: Any) -> Any:
    return Row(word, tie_or_space(word, nbsp, " ", other_word=value), value)


def _sentence(*parts: Any) -> Any:
    text = _joined(", ", parts)
    return text if not text or str(text)[-1] in ".?!" else Row(text, ".")


def _joined(between: str, parts: Iterable[Any]) -> Any:
    return _spread(between, [part for part in parts if part])


def _spread(between: Any, parts: list[Any]) -> Any:
    pairs = [piece for part in parts for piece in (between, part)]
    return Row(*pairs[1:])


def _text(value: str) -> Any:
    """Return a field's value; what is no TeX need not be read as TeX."""
    letters = _letters(value)
    return Text.from_latex(value) if _TEX.search(letters) else letters


def _letters(value: str) -> str:
    return _BRACES.sub("", value)
