"""Paging: long indexes and lists split over several pages; pure.

A page of some thousand lines takes long to come and to lay out. What has more lines than a
page may have goes on on further pages, each with an address beside the first one's.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import count
from typing import TYPE_CHECKING, Final, NamedTuple

from surveyext.library import evidence
from surveyext.library.model import digest
from surveyext.survey.facets import FACETS, anchor, place
from surveyext.survey.groups import Group, Heading

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from surveyext.survey.survey import Survey, View

#: Lines of a page. One of real papers weighs 60 to 100 bytes gzipped, with the headings
#: around it; a page without lines 6,000; what is loaded beside it 75,000.
LINES: Final = 1500
#: What is split, beside the indexes.
TABLE: Final = "all-entries"
EQUATIONS: Final = "equations"
EVIDENCE: Final = "evidence"
#: What weighs more than a line: an equation with its check weighs 1,500 bytes, what confirms a
#: record a third of that.
_WEIGHT: Mapping[str, int] = {EQUATIONS: 15, EVIDENCE: 5}
#: Groups that a list of where to jump to names; people are more, and stand by letter.
_NAMED = 500
#: What the views of other pages lead to.
_LANDINGS: Mapping[str, tuple[str, ...]] = {
    "entry": ("tag", "venue", EVIDENCE),
    "equation": (EQUATIONS,),
    "picture": (TABLE,),
}


@dataclass(frozen=True, slots=True)
class Slice:
    """A group on a page, or what the page has room for of one."""

    heading: Heading
    group: Group
    start: int  #: How many of its entries stand on pages before.
    keys: tuple[str, ...]

    @property
    def is_whole(self) -> bool:
        """Whether all of the group is there."""
        return len(self.keys) == len(self.group.keys)


@dataclass(frozen=True, slots=True)
class Part:
    """What one page shows of an index or of the table."""

    kind: str  #: A facet, :data:`TABLE`, :data:`EQUATIONS` or :data:`EVIDENCE`.
    docname: str  #: Of its page, which for the first part is an author's.
    number: int  #: From 1.
    slices: tuple[Slice, ...]


def by_technique(survey: Survey) -> tuple[Heading, ...]:
    """Group as the table of all entries does: technique by technique, newest paper first."""
    found: dict[str, list[str]] = {technique.docname: [] for technique in survey.techniques}
    for item in survey.newest_papers:
        if item.entry.docname in found:
            found[item.entry.docname].append(item.record.key)
    return tuple(
        Heading(survey.titles[docname], (Group(docname, tuple(keys)),))
        for docname, keys in found.items()
        if keys
    )


def as_entered(survey: Survey) -> tuple[Heading, ...]:
    """Group entries by the page that they stand on, in reading order."""
    found: dict[str, list[str]] = {}
    for key, item in survey.items.items():
        found.setdefault(item.entry.docname, []).append(key)
    return _of_pages(survey, found)


def by_page(survey: Survey) -> tuple[Heading, ...]:
    """Group equations by the page that states them; the keys are their numbers."""
    found: dict[str, list[str]] = {}
    for number, equation in enumerate(survey.equations):
        found.setdefault(equation.docname, []).append(str(number))
    return _of_pages(survey, found)


def _of_pages(survey: Survey, found: Mapping[str, list[str]]) -> tuple[Heading, ...]:
    return tuple(
        Heading(survey.titles.get(docname, docname), (Group(docname, tuple(keys)),))
        for docname, keys in found.items()
    )


def packed(headings: Iterable[Heading], limit: int) -> list[tuple[Slice, ...]]:
    """Return what each page shows, in order.

    What fits on one page is not torn: a heading goes to the next page if it fits there, a
    group of a longer heading likewise. A group that fits on none is cut into equal pieces.

    :param limit: Lines of a page, at least 1.
    """
    pages: list[list[Slice]] = [[]]
    room = limit
    for heading in headings:
        pieces = [piece for group in heading.groups for piece in _cut(heading, group, limit)]
        size = sum(len(piece.keys) for piece in pieces)
        torn = size > limit
        for number, piece in enumerate(pieces):
            needed = len(piece.keys) if torn or number else size
            if needed > room:
                pages.append([])
                room = limit
            pages[-1].append(piece)
            room -= len(piece.keys)
    return [tuple(page) for page in pages]


def _cut(heading: Heading, group: Group, limit: int) -> Iterator[Slice]:
    """Yield a group in pieces that each fit on a page."""
    pieces = max(1, -(-len(group.keys) // limit))
    size = -(-len(group.keys) // pieces)
    for number in range(pieces):
        start = number * size
        yield Slice(heading, group, start, group.keys[start : start + size])


def whole(headings: Iterable[Heading]) -> list[Slice]:
    """Return all groups on one page."""
    return [Slice(each, group, 0, group.keys) for each in headings for group in each.groups]


class Jump(NamedTuple):
    """A heading or a group that can be jumped to."""

    label: str
    size: int  #: How many entries it has.
    place: str  #: Its id.
    docname: str  #: Of the page that it is on.


@dataclass(frozen=True)
class Paging:
    """How the long views of a survey are split; the same for the same survey."""

    survey: Survey
    limit: int = LINES
    taken: Collection[str] = ()  #: Docnames of the pages that have a source.

    @cached_property
    def parts(self) -> Mapping[str, tuple[Part, ...]]:
        """The parts of all that is shown somewhere, by kind; where all fits on a page, one."""
        found: dict[str, tuple[Part, ...]] = {}
        taken = set(self.taken)
        for kind, owner in self._owners.items():
            parts: list[Part] = []
            limit = max(self.limit // _WEIGHT.get(kind, 1), 1)
            for number, slices in enumerate(packed(self._headings[kind], limit), 1):
                free = (name for n in count(number) if (name := f"{owner}-{n}") not in taken)
                docname = next(free) if parts else owner
                taken.add(docname)
                parts.append(Part(kind, docname, number, slices))
            found[kind] = tuple(parts)
        return found

    @cached_property
    def further(self) -> Mapping[str, tuple[Part, ...]]:
        """The parts that have no source, by the docname of the page that has the first one."""
        found: dict[str, tuple[Part, ...]] = {}
        for kind, (_first, *rest) in self.parts.items():
            if rest:
                owner = self._owners[kind]
                found[owner] = (*found.get(owner, ()), *rest)
        return found

    def is_split(self, kind: str) -> bool:
        """Tell whether an index or the table has more than one part."""
        return len(self.parts.get(kind, ())) > 1

    def page(self, kind: str, place: str) -> str:
        """Return the docname of the page that has a place: a heading, a group or a first row."""
        return self._moved.get((kind, place), self._owners[kind])

    def jumps(self, kind: str) -> list[tuple[Jump, list[Jump]]]:
        """Return all headings with their groups; with none where they are too many to name."""
        headings = self._headings[kind]
        few = sum(len(heading.groups) for heading in headings) <= _NAMED
        found = []
        for heading in headings:
            first = heading.groups[0]
            several = [group.label for group in heading.groups] != [heading.label]
            named = few and several and kind in FACETS
            top = self._row(first, 0) if kind == TABLE else anchor(kind, heading.label)
            groups = [
                self._jump(kind, group.label, len(group.keys), anchor(kind, group.label))
                for group in heading.groups
                if named
            ]
            found.append((self._jump(kind, heading.label, heading.size, top), groups))
        return found

    def further_places(self, kind: str) -> Iterator[Jump]:
        """Yield each record's evidence, or each check, that is on a further part."""
        for part in self.parts[kind][1:]:
            for piece in part.slices:
                for key in piece.keys:
                    if kind == EVIDENCE:
                        yield Jump(self.survey.label(key), 1, evidence.anchor(key), part.docname)
                    elif check := self.survey.checked.get(self.survey.equations[int(key)].label):
                        yield Jump(check.label, 1, check.anchor, part.docname)

    def landings(self, views: Iterable[View]) -> list[str]:
        """Return digests of where links of a page lead that others' entries move."""
        kinds = {kind for view in views for kind in _LANDINGS.get(view.kind, ())}
        return [self._landings.get(kind, "") for kind in sorted(kinds)]

    @cached_property
    def _landings(self) -> Mapping[str, str]:
        """A digest of the places on further pages, by kind."""
        places: dict[str, list[tuple[str, str]]] = {}
        for (kind, where), docname in sorted(self._moved.items()):
            places.setdefault(kind, []).append((where, docname))
        return {kind: digest(each) for kind, each in places.items()}

    def _jump(self, kind: str, label: str, size: int, place: str) -> Jump:
        return Jump(label, size, place, self.page(kind, place))

    @cached_property
    def _headings(self) -> Mapping[str, tuple[Heading, ...]]:
        of = {TABLE: by_technique, EQUATIONS: by_page, EVIDENCE: as_entered}
        survey = self.survey
        return {
            kind: of[kind](survey) if kind in of else survey.headings(kind) for kind in self._owners
        }

    @cached_property
    def _owners(self) -> Mapping[str, str]:
        """The docnames of the pages that show something long, by kind."""
        survey = self.survey
        others = {EQUATIONS: survey.equations_page, EVIDENCE: survey.evidence_page}
        shown = {kind: docname for kind, docname in others.items() if docname}
        return dict(sorted({**survey.index_pages, **shown}.items()))

    @cached_property
    def _moved(self) -> Mapping[tuple[str, str], str]:
        """The pages of all places that are on a further one."""
        found: dict[tuple[str, str], str] = {}
        for kind, parts in self.parts.items():
            for part in parts:
                for id_ in self._ids(part):
                    found.setdefault((kind, id_), part.docname)
        owners = self._owners
        return {where: name for where, name in found.items() if name != owners[where[0]]}

    def _ids(self, part: Part) -> Iterator[str]:
        for piece in part.slices:
            if part.kind == TABLE:
                for number in range(len(piece.keys)):
                    yield self._row(piece.group, piece.start + number)
                continue
            yield anchor(part.kind, piece.heading.label)
            if part.kind == EVIDENCE:
                yield from map(evidence.anchor, piece.keys)
            elif part.kind == EQUATIONS:
                for label in (self.survey.equations[int(key)].label for key in piece.keys):
                    if label in self.survey.checked:
                        yield self.survey.checked[label].anchor
            else:
                yield anchor(part.kind, piece.group.label)

    def _row(self, group: Group, number: int) -> str:
        """Return the place of a row of the table: its technique and year."""
        record = self.survey.items[group.keys[number]].record
        return place(group.label, record.field("year"))
