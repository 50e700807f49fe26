"""Style: how a record is set as one line, in the bibliography as in what is copied."""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pybtex.bibtex.utils import split_name_list
from pybtex.database import Entry, Person
from pybtex.plugin import find_plugin
from pybtex.style.formatting.plain import Style as PlainStyle
from pybtex.style.template import field, sentence

if TYPE_CHECKING:
    from surveyext.model import Record


class SurveyStyle(PlainStyle):  # type: ignore[misc]  # pybtex is untyped
    """pybtex's plain style with titles as they were published, not in lower case."""

    def format_title(self, e: Any, which_field: str, as_sentence: bool = True) -> Any:
        """Return a template for the title, for pybtex to fill."""
        title = field(which_field)
        return sentence[title] if as_sentence else title


def to_pybtex(record: Record) -> Any:
    """Return the record as pybtex's parser would."""
    people = {
        role: [_person(name) for name in split_name_list(record.field(role))]
        for role in ("author", "editor")
        if record.field(role)
    }
    fields = [(name, value) for name, value in record.fields if name not in people]
    entry = Entry(record.type, fields, people)
    entry.key = record.key
    return entry


@functools.lru_cache(maxsize=2**14)
def _person(name: str) -> Any:
    return Person(name)


@functools.cache
def make_style(name: str) -> Any:
    """Return pybtex's formatting style of that name; to search for plugins is slow.

    :raises PluginNotFound: There is none.
    """
    return find_plugin("pybtex.style.formatting", name)()


@functools.lru_cache(maxsize=2**14)
def formatted(style: str, record: Record) -> Any:
    """Return the record as pybtex's rich text.

    The same line is asked for by the bibliography, the tooltips of citations and the
    exports, but pybtex takes milliseconds to make it: make it once.

    :raises FieldIsMissing: The record lacks what its type needs.
    """
    maker = make_style(style)
    if not hasattr(maker, f"get_{record.type}_template"):
        record = replace(record, type="misc")
    return maker.format_entry("", to_pybtex(record)).text
