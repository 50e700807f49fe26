"""Model: the frozen values that travel between the build phases, and nothing else."""

from __future__ import annotations

import dataclasses
import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import Self


class Kind(StrEnum):
    """Every kind of problem; the value is the warning's subtype, ``survey.<value>``."""

    about: str  #: What is wrong, for the manual.

    def __new__(cls, value: str, about: str) -> Self:
        """Let each member carry its sentence."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.about = about
        return member

    @classmethod
    def of(cls, value: str) -> Kind:
        """Return the kind with this subtype.

        :raises KeyError: There is none.
        """
        return {kind.value: kind for kind in cls}[value]

    BIB_SYNTAX = (
        "bib-syntax",
        "A .bib file is not BibTeX here: an open brace, a missing comma, an undefined string.",
    )
    DUPLICATE_KEY = "duplicate-key", "Two records in the .bib files have the same key."
    DUPLICATE_RECORD = (
        "duplicate-record",
        "Two records are the same paper: same DOI, same eprint, or same title after folding.",
    )
    MISSING_FIELD = "missing-field", "A record lacks a field that its type needs."
    BAD_YEAR = "bad-year", "A year is no number, or lies where no paper can have appeared."
    BAD_DOI = "bad-doi", "A DOI has not the form ``10.<registrant>/<suffix>``."
    BAD_EPRINT = (
        "bad-eprint",
        "An arXiv number has not the form ``YYMM.NNNNN`` or ``archive/YYMMNNN``.",
    )
    BAD_LINK = (
        "bad-link",
        "A link is not an absolute http(s) address, or an OpenReview id not an id.",
    )
    UNKNOWN_VENUE = (
        "unknown-venue",
        "No line of the venue table matches a record's booktitle or journal.",
    )
    UNUSED_RECORD = "unused-record", "A record is neither entered on a page nor cited."
    UNKNOWN_KEY = (
        "unknown-key",
        "An entry or a citation names a key that no .bib file has, or a link a key without entry.",
    )
    DUPLICATE_ENTRY = "duplicate-entry", "The same key is entered twice."
    MISPLACED_ENTRY = "misplaced-entry", "An entry stands on a page that is no technique page."
    EMPTY_NOTE = "empty-note", "An entry has no note."
    UNKNOWN_TAG = "unknown-tag", "A tag is not in the vocabulary."
    BAD_ALSO = (
        "bad-also",
        "``:also:`` names something that is no technique page, or the page itself.",
    )
    BAD_EXTENDS = "bad-extends", "Entries build on one another in a circle."
    BAD_DATE = "bad-date", "``:added:`` is missing or no calendar date of the form YYYY-MM-DD."
    BAD_TEX = "bad-tex", "An equation is not TeX that can be set."
    HIDDEN_TEXT = (
        "hidden-text",
        "A line of a page starts with a per cent sign, so that Markdown leaves it out.",
    )
    UNCHECKED_EQUATION = (
        "unchecked-equation",
        "A displayed equation has no label, or no check that executes its claim.",
    )
    CHANGED_EQUATION = (
        "changed-equation",
        "A displayed equation is no longer the one that its check was written for.",
    )
    UNKNOWN_EQUATION = "unknown-equation", "A check names an equation that no page displays."
    BAD_CHECK = (
        "bad-check",
        "A file of equation checks cannot be read, or a check lacks a part or is there twice.",
    )
    BAD_EVIDENCE = (
        "bad-evidence",
        "A record and its evidence clash: an identifier leads to another title, or has none.",
    )
    BAD_DATA = (
        "bad-data",
        "A data file (tags, venues, evidence, lists, citation) cannot be read or lacks a part.",
    )


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong, where it is, and what mends it."""

    file: str  #: Path of the file, or a docname when ``line`` counts in a page.
    line: int  #: 1-based line; 0 when it concerns the whole file.
    kind: Kind
    message: str  #: "what is wrong; what to do", without place and kind.


@dataclass(frozen=True, slots=True)
class Person:
    """A person, or an organisation with a family name only; plain Unicode."""

    family: str  #: With its prefix, "van der Maaten".
    given: str = ""
    suffix: str = ""  #: "Jr.", "III".

    def __str__(self) -> str:
        """Return the name in reading order."""
        return " ".join(part for part in (self.given, self.family, self.suffix) if part)


@dataclass(frozen=True, slots=True)
class Record:
    """One record of refs.bib. Field values are TeX as written, white space folded."""

    key: str
    type: str  #: Lower case: "inproceedings".
    fields: tuple[tuple[str, str], ...]  #: (lower-case name, value) in the order of the file.
    people: tuple[Person, ...]
    file: str = dataclasses.field(repr=False)  #: Like the line no part of a digest.
    line: int = dataclasses.field(repr=False)  #: Line of the record's ``@``.

    def field(self, name: str) -> str:
        """Return the field's value, or ``""`` when the record has none."""
        return next((value for key, value in self.fields if key == name), "")

    @property
    def year(self) -> int | None:
        """The year, or ``None`` when the field is missing or no plain number."""
        value = self.field("year")
        return int(value) if value.isascii() and value.isdecimal() and len(value) == 4 else None


@dataclass(frozen=True, slots=True)
class Entry:
    """One ``{entry}`` block: what a technique page says of a record. Values are as typed."""

    key: str
    docname: str
    line: int = dataclasses.field(repr=False)  #: No part of a digest.
    section: str  #: Title of the section that holds it, "" directly under the page's title.
    name: str = ""  #: The method's short name, "TinyBERT".
    code: str = ""  #: The authors' own code.
    reimplementation: str = ""  #: Somebody else's code, known to follow the paper.
    project: str = ""
    model: str = ""  #: Released weights.
    tags: tuple[str, ...] = ()
    also: tuple[str, ...] = ()  #: Further techniques it belongs to.
    extends: tuple[str, ...] = ()  #: Keys of the entries that it builds on.
    added: str = ""  #: ISO date.
    note: str = ""  #: The note as plain text.

    @property
    def anchor(self) -> str:
        """The id of the card, which never changes while the key does not.

        The prefix is not the object type: Sphinx's search shortens ``entry-KEY`` and
        would then build the address from the display name.
        """
        return f"survey-{self.key}"


def digest(*parts: object) -> str:
    """Return a short hexadecimal digest of builtins and the dataclasses above.

    It is made of their ``repr``, which leaves out where records and entries stand.
    """
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]
