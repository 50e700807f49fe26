"""Text: TeX to Unicode and math runs, folding, and links that are safe to follow."""

from __future__ import annotations

import difflib
import functools
import re
import unicodedata
from typing import TYPE_CHECKING, Literal, NamedTuple
from urllib.parse import urlsplit

from surveyext.library.tex import decoded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_MATH = re.compile(r"(?<!\\)\$((?:[^$\\]|\\.)+)\$")
_SPACE = re.compile(r"\s+")
#: Letters and digits, as ``str.isalnum`` knows them.
_WORD = re.compile(r"[^\W_]+")
#: Characters that are invisible or turn the text around; none belongs in a record.
HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f]"
)
_LONGEST_WORD = 200  # comparing longer ones takes seconds, and nobody meant them


class Run(NamedTuple):
    """A stretch of text of one kind."""

    kind: Literal["text", "math"]
    text: str  #: Unicode for text, TeX without the dollars for math.


@functools.lru_cache(maxsize=2**16)
def runs(tex: str) -> tuple[Run, ...]:
    r"""Split a TeX value into Unicode text and math; commands go, their arguments stay.

    ``{BERT} at $\tfrac12$ cost`` gives the text "BERT at ", the math ``\tfrac12`` and
    the text " cost". Math is split off first: decoding would destroy it.
    """
    return tuple(_runs(tex))


def _runs(tex: str) -> Iterator[Run]:
    for number, part in enumerate(_MATH.split(one_line(tex))):
        if number % 2:
            yield Run("math", part)
        elif text := _plain(part):
            yield Run("text", text)


@functools.lru_cache(maxsize=2**16)
def plain(tex: str) -> str:
    """Return a TeX value as one line of Unicode; math keeps its TeX between dollars."""
    return "".join(f"${run.text}$" if run.kind == "math" else run.text for run in runs(tex)).strip()


def _plain(tex: str) -> str:
    if "\\" in tex:
        tex = decoded(tex)
    text = tex.replace("{", "").replace("}", "").replace("~", " ")
    for typed, printed in (("---", "\u2014"), ("--", "\u2013"), ("``", "\u201c"), ("''", "\u201d")):
        text = text.replace(typed, printed)
    return one_line(unicodedata.normalize("NFC", text))


def untexed(tex: str) -> str:
    """Return a TeX value with letters in place of commands; its groups and formulas stay."""
    parts = _MATH.split(one_line(tex))
    return "".join(
        f"${part}$" if number % 2 else _guarded(decoded(part, braces=True))
        for number, part in enumerate(parts)
    )


def _guarded(text: str) -> str:
    """Return text in which what TeX would read as more than a letter is a command."""
    return re.sub(r"(?<!\\)[%$#&_]", r"\\\g<0>", one_line(unicodedata.normalize("NFC", text)))


def one_line(text: str) -> str:
    """Return the text with its white space folded and without hidden characters."""
    return HIDDEN.sub("", _SPACE.sub(" ", text))


@functools.lru_cache(maxsize=2**16)
def fold(text: str) -> str:
    """Return only the letters and digits, lower case, without accents, for comparing."""
    return "".join(_WORD.findall(unicodedata.normalize("NFKD", text).casefold()))


@functools.lru_cache(maxsize=2**16)
def sort_key(text: str) -> tuple[str, str]:
    """Return a total order that ignores case, accents and punctuation first."""
    words = unicodedata.normalize("NFKD", text).casefold()
    if not words.isascii():
        words = "".join(char for char in words if not unicodedata.combining(char))
    return " ".join(_WORD.findall(words)), text


def slug(text: str) -> str:
    """Return ``text`` as an id: ASCII letters, digits and single hyphens."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_text.lower()).strip("-")


@functools.lru_cache(maxsize=2**14)
def is_web_link(url: str) -> bool:
    """Tell whether ``url`` is an absolute http(s) address without blanks or controls."""
    if not url.isprintable() or any(char in url for char in ' <>"`\\{}'):
        return False
    try:
        parts = urlsplit(url)
        labels = (parts.hostname or "").split(".")
        return parts.scheme in {"http", "https"} and len(labels) > 1 and all(labels)
    except ValueError:
        return False


def did_you_mean(word: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """Return ``did you mean 'x'? `` for the nearest known word, or ``""``."""
    if len(word) > _LONGEST_WORD:
        return ""
    near = difflib.get_close_matches(word, sorted(known), n=1, cutoff=cutoff)
    return f"did you mean '{near[0]}'? " if near else ""


def directed(name: str) -> str:
    """Return a name to show among others; behind one from right to left stands a mark.

    Without it the comma and the next such name would join the run, and stand before it:
    https://www.unicode.org/reports/tr9/.
    """
    strong = (unicodedata.bidirectional(char) for char in reversed(name))
    last = next((kind for kind in strong if kind in {"L", "R", "AL"}), "L")
    return name if last == "L" else f"{name}\u200e"


def byline(families: Sequence[str]) -> str:
    """Return family names as prose cites them: up to three, else "First et al."."""
    return and_list([*families]) if len(families) <= 3 else f"{families[0]} et al."


def and_list(items: list[str]) -> str:
    """Join as a reader would: "a", "a and b", "a, b and c"."""
    return " and ".join([", ".join(items[:-1]), items[-1]] if len(items) > 1 else items)
