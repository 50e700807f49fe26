"""Normalise: titles, names, venues and keys as the survey writes them; pure."""

from __future__ import annotations

import html
import re
import unicodedata
from typing import TYPE_CHECKING

from pybtex.database import Person as BibtexPerson
from pybtex.exceptions import PybtexError

from surveyext.library.model import Person
from surveyext.library.text import HIDDEN, fold, one_line, plain, runs, slug

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

#: Words that a key passes over.
STOP_WORDS = frozenset(
    re.findall(
        r"\w+",
        "a an the of on in to for and or is are with by from do does what when how at as not it "
        "its be we",
    )
)
_MARKUP = re.compile(
    r"<(script|style)\b.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)|</?[A-Za-z][^<>]*>",
    re.DOTALL | re.IGNORECASE,
)
_SUFFIX = re.compile(r",?\s+(Jr\.?|Sr\.?|II|III|IV)$")
_HOMONYM = re.compile(r"\s+[0-9]{4}$")  # dblp tells people of one name apart by a number
_TEX = re.compile(r"([&%#_$~^\\{}])")
_ESCAPED = {"~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "\\": r"\textbackslash{}"}
_CORE = re.compile(r"\w(?:.*\w)?", re.DOTALL)
_HYPHENS = "\u2010\u2011"


def text(value: str) -> str:
    """Return what a service sent as one line of plain Unicode; math stays between dollars.

    Markup and entities go, TeX is decoded, invisible characters are dropped.
    """
    value = html.unescape(html.unescape(value))  # Crossref escapes some titles twice
    value = HIDDEN.sub("", unicodedata.normalize("NFC", _MARKUP.sub("", value)))
    for hyphen in _HYPHENS:
        value = value.replace(hyphen, "-")
    return plain(one_line(value)).strip()


def tex(value: str) -> str:
    """Return plain Unicode as TeX: special characters escaped, math as it is."""
    return "".join(
        f"${run.text}$" if run.kind == "math" else _escape(run.text) for run in runs(value)
    )


def _escape(value: str) -> str:
    return _TEX.sub(lambda found: _ESCAPED.get(found[1], f"\\{found[1]}"), value)


def title(value: str) -> str:
    """Return a plain title as TeX with acronyms and proper capitals in braces.

    ``TinyBERT: Distilling BERT`` gives ``{TinyBERT}: Distilling {BERT}``. A title that is
    one word before a colon names a method and is braced too.
    """
    parts = []
    for run in runs(value):
        if run.kind == "math":
            parts.append(f"${run.text}$")
            continue
        words = re.split(r"(\s+)", run.text)
        if words and words[0].endswith(":") and not parts:
            words[0] = f"{{{_escape(words[0][:-1])}}}:"
            words[1:] = map(_braced, words[1:])
        else:
            words = list(map(_braced, words))
        parts.append("".join(words))
    return "".join(parts).strip()


def _braced(word: str) -> str:
    found = _CORE.search(word)
    if not found:
        return _escape(word)
    before, after = word[: found.start()], word[found.end() :]
    pieces = found[0].split("-")
    last = max((n for n, piece in enumerate(pieces) if _is_special(piece)), default=-1)
    if last < 0 and not (len(pieces) > 1 and len(pieces[0]) == 1 and pieces[0].isupper()):
        return _escape(word)
    end = len(pieces)
    while end > last + 1 and pieces[end - 1].isdigit():
        end -= 1
    inside, rest = "-".join(pieces[:end]), "".join(f"-{piece}" for piece in pieces[end:])
    return f"{_escape(before)}{{{_escape(inside)}}}{_escape(rest + after)}"


def _is_special(piece: str) -> bool:
    """Tell whether lower-casing would lose something: a capital after the first character."""
    return any(char.isupper() for char in piece[1:])


def person(name: str) -> Person:
    """Return a person from a name in reading order or as "Family, Given"; plain Unicode."""
    name = _HOMONYM.sub("", text(name)).strip(" ,;")
    suffix = ""
    if found := _SUFFIX.search(name):
        name, suffix = name[: found.start()], found[1]
    try:
        parsed = BibtexPerson(name)
    except PybtexError:  # more than two commas
        return Person(name.replace(",", ""))
    family = " ".join(parsed.prelast_names + parsed.last_names)
    given = " ".join(parsed.first_names + parsed.middle_names)
    return Person(family or name, given, suffix or " ".join(parsed.lineage_names))


def people(names: Sequence[str]) -> tuple[Person, ...]:
    """Return the people of a list of names; what has no letter, as arXiv's ':', is none."""
    return tuple(person(name) for name in names if any(char.isalpha() for char in name))


def author(people: Sequence[Person]) -> str:
    """Return the people as a BibTeX author field."""
    return " and ".join(map(_author, people))


def _author(one: Person) -> str:
    parts = [tex(part).strip() for part in (one.family, one.suffix, one.given) if part]
    protected = [f"{{{part}}}" if _must_protect(part) else part for part in parts]
    if not one.given and " " in one.family and not one.suffix:
        return f"{{{parts[0]}}}"  # an organisation
    return ", ".join(protected)


def _must_protect(part: str) -> bool:
    return "," in part or bool(re.search(r"(^|\s)and(\s|$)", part))


def same_person(one: Person, other: Person) -> bool:
    """Tell whether two spellings can be one person: initials and middle names may differ."""
    if fold(str(one)) == fold(str(other)):
        return True
    mine, yours = _words(one), _words(other)
    family = fold(one.family) == fold(other.family) or mine[-1:] == yours[-1:]
    return family and mine[:1] != [] and yours[:1] != [] and _abbreviates(mine[0], yours[0])


def _words(one: Person) -> list[str]:
    return [fold(word) for word in re.split(r"[\s.\-]+", f"{one.given} {one.family}") if fold(word)]


def _abbreviates(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def key(people: Sequence[Person], year: str, title: str, taken: Collection[str]) -> str:
    """Return the survey's key: surname, year, first word of the title that carries meaning.

    :param taken: Keys in use; the words that follow are added until the key is new.
    """
    surname = slug(people[0].family).replace("-", "") if people else "anonymous"
    start = f"{surname or 'anonymous'}{year}"
    words = list(_key_words(title)) or ["untitled"]
    known = {each.lower() for each in taken}
    for count in range(1, len(words) + 1):
        name = start + "".join(words[:count])
        if name not in known:
            return name
    number = next(n for n in range(2, len(known) + 3) if f"{name}{n}" not in known)
    return f"{name}{number}"


def _key_words(title: str) -> Iterator[str]:
    for word in plain(title).split():
        letters = slug(word).replace("-", "")
        if letters and letters not in STOP_WORDS:
            yield letters


#: Names that every source spells differently: what is found in them, what the survey writes.
_VENUES: tuple[tuple[str, str], ...] = (
    (
        r"Advances in Neural Information Processing Systems|"
        r"Conference on Neural Information Processing Systems|^NeurIPS(?: \d{4}|$)",
        "Advances in Neural Information Processing Systems",
    ),
    (
        r"International Conference on Learning Representations|^ICLR(?: \d{4}|$)",
        "International Conference on Learning Representations",
    ),
    (
        r"International Conference on Machine Learning(?! and|\w)|^ICML(?: \d{4}|$)",
        "Proceedings of the {ordinal} International Conference on Machine Learning",
    ),
    (
        r"AAAI Conference on Artificial Intelligence",
        "Proceedings of the AAAI Conference on Artificial Intelligence",
    ),
    (r"Conference on Machine Learning and Systems", "Proceedings of Machine Learning and Systems"),
    (
        r"^(TMLR|Trans\. Mach\. Learn\. Res\.|Transactions on Machine Learning Research)",
        "Transactions on Machine Learning Research",
    ),
    (r"^(JMLR|J\. Mach\. Learn\. Res\.)", "Journal of Machine Learning Research"),
    (
        r"^(TACL|Trans\. Assoc\. Comput\. Linguistics)",
        "Transactions of the Association for Computational Linguistics",
    ),
)
#: What dblp and OpenReview put behind a name: ", ACL 2020, Online, July 5-10, 2020".
_OCCASION = re.compile(r",\s*[A-Za-z][\w@/ &'-]*\s(19|20)\d\d\b.*$|(?<!\s)\s+-\s+Volume \d+$")
_FIRST_ICML = 1983  # https://icml.cc/Conferences/2023 is the 40th


def venue(name: str, year: str) -> str:
    """Return the name of a conference or journal as the survey writes it, in plain Unicode.

    :param year: Of the paper; ICML is counted by it.
    """
    if not re.search(r"workshop", name, re.IGNORECASE):
        for pattern, canonical in _VENUES:
            if re.search(pattern, name, re.IGNORECASE):
                count = int(year) - _FIRST_ICML if year.isdecimal() else 0
                return canonical.format(ordinal=_ordinal(count)) if count > 0 else canonical
    return _OCCASION.sub("", name).strip(" .,")


_PROCEEDINGS = re.compile(r"\b(Proceedings|Advances in|Conference|Workshop|Symposium|Findings)\b")
_JOURNALS = re.compile(r"^Proceedings of the (National Academy|IEEE$|VLDB|ACM on|Royal)")


def capitals(venue: str) -> str:
    """Return the name of a venue with the capitals that Google Scholar takes away."""
    words = (word if word in STOP_WORDS else word[:1].upper() + word[1:] for word in venue.split())
    return " ".join(words)


def is_proceedings(venue: str) -> bool:
    """Tell a conference's proceedings, which some publishers call a journal, by their name."""
    return bool(_PROCEEDINGS.search(venue)) and not _JOURNALS.search(venue)


def _ordinal(count: int) -> str:
    ending = {1: "st", 2: "nd", 3: "rd"}.get(count % 10, "th")
    return f"{count}{'th' if 10 <= count % 100 <= 20 else ending}"


def pages(value: str) -> str:
    """Return a page range with "--" between its ends."""
    return "--".join(part.strip() for part in re.split(r"[\u2010-\u2015-]+", value))
