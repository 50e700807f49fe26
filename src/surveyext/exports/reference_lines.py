"""Reference lines: records set by styles, each once, kept by content between builds."""

from __future__ import annotations

import functools
import pickle
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pybtex
from pybtex.plugin import find_plugin

from surveyext.exports.style import STYLE, SurveyStyle, to_pybtex
from surveyext.library.model import digest

if TYPE_CHECKING:
    from pathlib import Path

    from surveyext.library.model import Record

#: Raise when a style sets the same record in another way.
_FORM = f"4, pybtex {pybtex.__version__}"


class Lines:
    """Records set by styles, each once: kept by content, and between builds in a file.

    The bibliography, the tooltips of citations and the exports ask for the same line, and
    pybtex takes milliseconds for one.
    """

    def __init__(self) -> None:
        self._made: dict[str, Any] = {}
        self._asked: set[str] = set()
        self._file: Path | None = None
        self.set = 0  #: How many lines were set, not found.

    def keep_in(self, file: Path) -> None:
        """Let lines be found in a file, which is read when the first is asked for."""
        self._file, self._made, self._asked, self.set = file, {}, set(), 0

    def __call__(self, style: str, record: Record) -> Any:
        """Return the record as pybtex's rich text.

        :raises FieldIsMissing: It lacks what its type needs.
        """
        if not self._asked:
            self._made = {**self._read(), **self._made}
        key = digest(_FORM, style, record)
        self._asked.add(key)
        if key not in self._made:
            self._made[key] = _set(style, record)
            self.set += 1
        return self._made[key]

    def _read(self) -> dict[str, Any]:
        try:
            lines = pickle.loads(self._file.read_bytes()) if self._file else {}
        except Exception:  # whatever a broken file raises, the lines are set anew
            return {}
        return lines if isinstance(lines, dict) else {}

    def write(self, keep: int) -> None:
        """Write the lines down where there are new ones.

        :param keep: How many there may be; of more, those that nobody asked for go.
        :raises OSError: The file cannot be written; the one before stays.
        """
        if self._file is None or not self.set:
            return
        if len(self._made) > keep:
            self._made = {key: line for key, line in self._made.items() if key in self._asked}
        part = self._file.with_suffix(".part")
        part.write_bytes(pickle.dumps(self._made, pickle.HIGHEST_PROTOCOL))
        part.replace(self._file)


#: The lines of the build at hand.
formatted = Lines()


@functools.cache
def make_style(name: str) -> Any:
    """Return pybtex's formatting style of that name; to search for plugins is slow.

    :raises PluginNotFound: There is none.
    """
    return SurveyStyle() if name == STYLE else find_plugin("pybtex.style.formatting", name)()


def _set(style: str, record: Record) -> Any:
    maker = make_style(style)
    if not hasattr(maker, f"get_{record.type}_template"):
        record = replace(record, type="misc")
    return maker.format_entry("", to_pybtex(record)).text
