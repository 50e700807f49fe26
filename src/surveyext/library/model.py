"""Model: the frozen values that travel between the build phases, and nothing else."""

from __future__ import annotations

import dataclasses
import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Mapping


class Kind(StrEnum):
    """Every kind of problem; the value is the warning's subtype, ``survey.<value>``."""

    about: str  #: What is wrong, for the manual.
    remedy: str  #: Why it matters and how to mend it, for the manual.

    def __new__(cls, value: str, about: str, remedy: str) -> Self:
        """Let each member carry its sentences."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.about = about
        member.remedy = remedy
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
        "A reader's own tools would stop there too. Mend the brace, comma or name that the "
        "message quotes; every other record is still read.",
    )
    ODD_RECORD = (
        "odd-record",
        "A record has something that programs take otherwise than it is meant: a type of another "
        "program, a name that is nobody's, a command of TeX that is not known.",
        "The record is shown all the same, without what the message quotes. Write it as the "
        "message says.",
    )
    DUPLICATE_KEY = (
        "duplicate-key",
        "Two records in the .bib files have the same key.",
        "A citation would lead to either of them. Compare the two, keep the fuller one and "
        "delete the other.",
    )
    DUPLICATE_RECORD = (
        "duplicate-record",
        "Two records are the same paper: same DOI, same eprint, or same title after folding.",
        "A paper has one card. Keep the published version with the preprint's number as "
        "``eprint``, and let pages use its key.",
    )
    MISSING_FIELD = (
        "missing-field",
        "A record lacks a field that its type needs.",
        "Nobody could cite the record. Take the field from the publisher's page.",
    )
    BAD_YEAR = (
        "bad-year",
        "A year is no number, or lies where no paper can have appeared.",
        "Indexes are sorted by it. Write the year of the published version in four digits.",
    )
    BAD_DOI = (
        "bad-doi",
        "A DOI has not the form ``10.<registrant>/<suffix>``.",
        "The link would lead nowhere. Write the name alone, without ``https://doi.org/``.",
    )
    BAD_EPRINT = (
        "bad-eprint",
        "An arXiv number has not the form ``YYMM.NNNNN`` or ``archive/YYMMNNN``.",
        "The link would lead nowhere. Write the number alone, without ``arXiv:`` and "
        "without version.",
    )
    BAD_LINK = (
        "bad-link",
        "A link is not an absolute http(s) address, or an OpenReview id not an id.",
        "A reader could not follow it. Copy the whole address from the browser, with ``https://``.",
    )
    UNKNOWN_VENUE = (
        "unknown-venue",
        "No line of the venue table matches a record's booktitle or journal.",
        "The card could not name the venue as readers know it. Correct the name, or add a "
        "line to ``venues.toml`` with a pattern, a family and a short name.",
    )
    UNUSED_RECORD = (
        "unused-record",
        "A record is neither entered on a page nor cited.",
        "Nobody would see it. Write an entry for it with ``survey add``, cite it in prose, "
        "or delete it.",
    )
    UNKNOWN_KEY = (
        "unknown-key",
        "An entry or a citation names a key that no .bib file has, or a link a key without entry.",
        "There is nothing to show. Correct the key as the message proposes, or add the record.",
    )
    DUPLICATE_ENTRY = (
        "duplicate-entry",
        "The same key is entered twice.",
        "A paper has one card, with one note. Keep it where it belongs most and name the "
        "other page in ``:also:``.",
    )
    MISPLACED_ENTRY = (
        "misplaced-entry",
        "An entry stands on a page that is no technique page.",
        "Indexes would have no technique for it. Move the block to a page in ``techniques/``.",
    )
    EMPTY_NOTE = (
        "empty-note",
        "An entry has no note.",
        "The note is what a reader comes for. Write two to five sentences in your own words "
        "below the options.",
    )
    UNKNOWN_TAG = (
        "unknown-tag",
        "A tag is not in the vocabulary.",
        "The index of tags would fall apart into spellings. Use a word of ``tags.toml``, or "
        "define a new one there in one sentence.",
    )
    BAD_NOTE = (
        "bad-note",
        "A note or an option is longer, or a note nests deeper, than anybody could mean.",
        "It takes minutes to build and nobody would read it. Look for a bracket or a quote "
        "that is not closed, and keep to sentences.",
    )
    BAD_ALSO = (
        "bad-also",
        "``:also:`` names something that is no technique page, or the page itself.",
        "The short card would appear nowhere. Name a page by its file, as ``pruning``.",
    )
    BAD_DATE = (
        "bad-date",
        "``:added:`` is missing or no calendar date of the form YYYY-MM-DD.",
        "The newest entries are sorted by it. Write the day on which the entry came in.",
    )
    BAD_TEX = (
        "bad-tex",
        "An equation is not TeX that can be set.",
        "A reader would see the source of the formula. Write ordinary LaTeX math; the "
        "message quotes what was not understood.",
    )
    BAD_EXTENDS = (
        "bad-extends",
        "Entries build on one another in a circle.",
        "A paper builds on earlier ones alone. Leave out the ``:extends:`` that points at a "
        "later paper.",
    )
    HIDDEN_TEXT = (
        "hidden-text",
        "A line of a page starts with a per cent sign, so that Markdown leaves it out.",
        "A reader would miss the words. Move the sign off the start of the line.",
    )
    UNCHECKED_EQUATION = (
        "unchecked-equation",
        "A displayed equation has no label, or no check that executes its claim.",
        "A formula that nobody ran may be wrong. Write ``(eq-...)`` after the closing ``$$`` "
        "and a check with that label; those of other equations show the form.",
    )
    CHANGED_EQUATION = (
        "changed-equation",
        "A displayed equation is no longer the one that its check was written for.",
        "The page would call a formula checked that was not. Compare the two with the paper, "
        "then write the same TeX in both.",
    )
    UNKNOWN_EQUATION = (
        "unknown-equation",
        "A check names an equation that no page displays.",
        "What it tests, no reader sees. Correct the label, or delete the check.",
    )
    BAD_CHECK = (
        "bad-check",
        "A file of equation checks cannot be read, or a check lacks a part or is there twice.",
        "Its equation would count as unchecked. Mend what the message quotes; each check has "
        "a label, the TeX, ``by`` and ``of``, and its claim as docstring.",
    )
    BAD_EVIDENCE = (
        "bad-evidence",
        "A record and its evidence clash: an identifier leads to another title, or has none.",
        "One of the two is wrong. Open the identifier's own page; correct the record, or "
        "list the other title under ``retitled``.",
    )
    OPEN_FENCE = (
        "open-fence",
        "A fence is not closed, so that it takes all that follows.",
        "Headings and entries after it would be lost without a word. Close it with a line of as "
        "many marks as it opens with; a fence around others needs more of them.",
    )
    NOT_CANONICAL = (
        "not-canonical",
        "A .bib file or an entry is not written in the one form that all share.",
        "In one form, a change shows only what it changes. ``survey format`` writes it; "
        "what it leaves alone it names.",
    )
    BAD_REDIRECT = (
        "bad-redirect",
        "A redirect starts where something is, or ends where nothing is.",
        "A reader who follows an old link would be lost. Name the address where the page, place "
        "or file is now, or delete the line if the old address is back.",
    )
    BAD_DATA = (
        "bad-data",
        "A page or data file (tags, venues, evidence, lists, citation) cannot be read or lacks a "
        "part.",
        "What the file holds would be missing from the site. Mend what the message quotes; "
        "the other tables show the form.",
    )
    BAD_RESULT = (
        "bad-result",
        "A row of the results ledger lacks a part, uses an unknown name, or repeats another.",
        "A number without its setting cannot be compared. Add what the message names, as the "
        "source prints it, or delete the row.",
    )
    CANNOT_WRITE = (
        "cannot-write",
        "The disk is full, or the folder of the output does not allow writing.",
        "The output is not whole. Make room or allow writing, and build again: the next build "
        "writes every page.",
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
        if self == OTHERS:
            return "et al."
        return " ".join(part for part in (self.given, self.family, self.suffix) if part)


#: How BibTeX leaves people out.
OTHERS = Person("others")


@dataclass(frozen=True, slots=True)
class Record:
    """One record of refs.bib. Field values are TeX as written, white space folded."""

    key: str
    type: str  #: Lower case: "inproceedings".
    fields: tuple[tuple[str, str], ...]  #: (lower-case name, value) in the order of the file.
    people: tuple[Person, ...]
    file: str = dataclasses.field(repr=False)  #: Like the line no part of a digest.
    line: int = dataclasses.field(repr=False)  #: Line of the record's ``@``.
    _values: Mapping[str, str] = dataclasses.field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Make fields quick to find, which are asked for a hundred times; the first counts."""
        object.__setattr__(self, "_values", dict(reversed(self.fields)))

    def field(self, name: str) -> str:
        """Return the field's value, or ``""`` when the record has none."""
        return self._values.get(name, "")

    @property
    def arxiv(self) -> str:
        """The arXiv number, or ``""``: an ``eprint`` may be another archive's."""
        archive = self.field("eprinttype") or self.field("archiveprefix") or "arXiv"
        return self.field("eprint") if archive.lower() == "arxiv" else ""

    @property
    def known(self) -> tuple[Person, ...]:
        """The people without what stands for others."""
        return tuple(person for person in self.people if person != OTHERS)

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

    @classmethod
    def from_options(
        cls, key: str, docname: str, line: int, section: str, options: Mapping[str, str], note: str
    ) -> Self:
        """Return the entry that a block's options say, each value on one line."""

        def words(name: str) -> tuple[str, ...]:
            return tuple(options.get(name, "").replace(",", " ").split())

        return cls(
            key=key,
            docname=docname,
            line=line,
            section=section,
            name=options.get("name", ""),
            code=options.get("code", ""),
            reimplementation=options.get("reimplementation", ""),
            project=options.get("project", ""),
            model=options.get("model", ""),
            tags=words("tags"),
            also=words("also"),
            extends=words("extends"),
            added=options.get("added", ""),
            note=note,
        )

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
