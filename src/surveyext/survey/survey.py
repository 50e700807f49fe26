"""Survey: entries joined with the library, and what each view selects from them; pure."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from surveyext.library.evidence import open_work
from surveyext.library.model import Kind, digest
from surveyext.library.text import fold, plain, sort_key

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from surveyext.library.equations import Check, Equation
    from surveyext.library.evidence import Evidence
    from surveyext.library.load import Library
    from surveyext.library.model import Entry, Record
    from surveyext.library.stars import Stars
    from surveyext.survey.groups import Heading


_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Item(NamedTuple):
    """An entry with its record."""

    entry: Entry
    record: Record

    @property
    def named_in_title(self) -> bool:
        """Whether the title starts with the short name, or there is none."""
        return _begins(self.record.field("title"), self.entry.name)


class Line(NamedTuple):
    """All that a line or a short card shows of an entry: views read it, and so does staleness."""

    key: str
    name: str  #: The short name, or "".
    title: str  #: As TeX.
    people: tuple[str, ...]  #: Family names.
    where: str  #: The venue's short name, or the year.
    docname: str  #: Of the page with the card.

    @property
    def named_in_title(self) -> bool:
        """Whether the title starts with the short name, or there is none."""
        return _begins(self.title, self.name)


class Row(NamedTuple):
    """All that the table shows of an entry."""

    line: Line
    year: str
    code: bool  #: Whether there is code of the authors.
    added: str


class Technique(NamedTuple):
    """A technique page."""

    docname: str
    title: str
    size: int  #: Its own entries; those cross-listed from elsewhere do not count.


class Mentions(NamedTuple):
    """Where a record is cited or its card is named, except on the card itself."""

    entries: tuple[str, ...] = ()  #: Keys of entries whose note does so, in reading order.
    #: (docname, id of the section) where a page's own prose first does, in reading order.
    pages: tuple[tuple[str, str], ...] = ()


class View(NamedTuple):
    """A place on a page that shows a part of the survey."""

    kind: str  #: The name of the directive, or "link", "equation" or "bibliography".
    argument: str = ""  #: A key for "entry" and "link", a label, a number for "newest".


@dataclass(frozen=True)
class Survey:
    """Everything a page can show. Entries are in reading order, each key once."""

    library: Library
    entries: tuple[Entry, ...]
    titles: Mapping[str, str]  #: Title of each technique page, by docname, in reading order.
    cites: Mapping[str, tuple[str, ...]]  #: Keys cited in prose, by docname.
    index_pages: Mapping[str, str]  #: Docname of the index page of each facet that has one.
    #: By docname, in reading order: the mentioned key, then the key of the entry whose note
    #: does so, or "" and the id of the section whose prose does.
    mentions: Mapping[str, tuple[tuple[str, str, str], ...]] = field(default_factory=dict)
    equations: tuple[Equation, ...] = ()  #: In reading order.
    equations_page: str = ""  #: Docname of the page that lists them, "" where none does.
    evidence_page: str = ""  #: Docname of the page that lists what confirms each record, or "".
    #: Keys that a page's bibliographies list, by docname; pages that list all are not there.
    listed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: Docname of the page that compares results on each family of models, or "others".
    compare_pages: Mapping[str, str] = field(default_factory=dict)
    #: What groups the entries of each index.
    facets: Mapping[str, Callable[[Survey], tuple[Heading, ...]]] = field(default_factory=dict)
    built: str = ""  #: The ISO date that the build is told to take for today's, if any.

    @cached_property
    def items(self) -> dict[str, Item]:
        """Entries whose key has a record, by key, in reading order."""
        records = self.library.records
        items: dict[str, Item] = {}
        for entry in self.entries:
            if entry.key in records:
                items.setdefault(entry.key, Item(entry, records[entry.key]))
        return items

    @cached_property
    def _headings(self) -> dict[str, tuple[Heading, ...]]:
        return {}

    def headings(self, facet: str) -> tuple[Heading, ...]:
        """Return the groups of an index; one that is shown or paged is made once."""
        if facet not in self._headings:
            self._headings[facet] = self.facets[facet](self)
        return self._headings[facet]

    def line(self, key: str) -> Line:
        """Return what a line or a short card shows of an entry."""
        entry, record = self.items[key]
        venue = self.library.venue(record)
        people = tuple(person.family for person in record.people)
        where = venue.short if venue else record.field("year")
        return Line(key, entry.name, record.field("title"), people, where, entry.docname)

    def row(self, key: str) -> Row:
        """Return what the table shows of an entry."""
        entry, record = self.items[key]
        return Row(self.line(key), record.field("year"), bool(entry.code), entry.added)

    def is_dated(self, docname: str = "") -> bool:
        """Tell whether a technique, or any, has an entry with a date, its own or one of others."""
        own = [*self.entered_on(docname), *self.cross_listed(docname)]
        shown = own if docname else self.items.values()
        return any(_is_day(item.entry.added) for item in shown)

    @cached_property
    def techniques(self) -> tuple[Technique, ...]:
        """The technique pages in reading order."""
        counts = dict.fromkeys(self.titles, 0)
        for item in self.items.values():
            if item.entry.docname in counts:
                counts[item.entry.docname] += 1
        return tuple(Technique(name, self.titles[name], counts[name]) for name in self.titles)

    @cached_property
    def _by_page(self) -> dict[str, tuple[Item, ...]]:
        found: dict[str, list[Item]] = {}
        for item in self.items.values():
            found.setdefault(item.entry.docname, []).append(item)
        return {docname: tuple(items) for docname, items in found.items()}

    def entered_on(self, docname: str) -> tuple[Item, ...]:
        """Return a page's own entries in reading order."""
        return self._by_page.get(docname, ())

    @cached_property
    def extended_by(self) -> dict[str, tuple[str, ...]]:
        """Keys of the entries that build on a key, in reading order."""
        found: dict[str, tuple[str, ...]] = {}
        for item in self.items.values():
            for key in dict.fromkeys(item.entry.extends):
                found[key] = (*found.get(key, ()), item.entry.key)
        return found

    def family(self, docname: str) -> dict[str, tuple[str, ...]]:
        """Return the entries of a page that build on others or are built on, oldest first.

        Each has the keys that it builds on, oldest first; from other pages only the
        entries are there that an entry of this page is one step away from. Of entries that
        build on one another in a circle, the oldest loses its parents.
        """
        own = [item.entry.key for item in self.entered_on(docname)]
        near = dict.fromkeys(own)
        for key in own:
            near |= dict.fromkeys((*self.items[key].entry.extends, *self.extended_by.get(key, ())))
        order = sorted((key for key in near if key in self.items), key=self._age)
        above: dict[str, tuple[str, ...]] = {}
        for key in order:
            extends = set(self.items[key].entry.extends)
            # Only what is older: so there is no circle.
            above[key] = tuple(other for other in above if other in extends)
        used = {other for others in above.values() for other in others}
        return {key: others for key, others in above.items() if others or key in used}

    def _age(self, key: str) -> tuple[int, int, str]:
        """Return a key's place in time: its year, then how many entries it builds on."""
        return self.items[key].record.year or 0, self._depth(key), key

    def _depth(self, key: str, below: tuple[str, ...] = ()) -> int:
        """Return the length of the longest chain of entries that one builds on."""
        item = self.items.get(key)
        if item is None or key in below:
            return 0
        return max((self._depth(o, (*below, key)) + 1 for o in item.entry.extends), default=0)

    @cached_property
    def mentioned(self) -> dict[str, Mentions]:
        """Where each key is mentioned."""
        entries: dict[str, dict[str, None]] = {}
        pages: dict[str, dict[str, str]] = {}
        for docname, mentions in self.mentions.items():
            for key, by, section in mentions:
                if by in self.items and by != key:
                    entries.setdefault(key, {})[by] = None
                elif not by:
                    pages.setdefault(key, {}).setdefault(docname, section)
        return {
            key: Mentions(tuple(entries.get(key, ())), tuple(pages.get(key, {}).items()))
            for key in entries | pages
        }

    @cached_property
    def as_of(self) -> str:
        """The ISO date of this state of the survey: the build's, or that of the newest entry."""
        days = (entry.added for entry in self.entries if _DATE.fullmatch(entry.added))
        return self.built or max(days, default="")

    @cached_property
    def open_work(self) -> tuple[tuple[Record, tuple[str, ...]], ...]:
        """Records with something left to confirm, and what."""
        if self.library.evidence is None:
            return ()
        return tuple(open_work(self.library.records.values(), self.library.evidence))

    @cached_property
    def checked(self) -> dict[str, Check]:
        """The checks whose equation stands on a page as they pin it, by label."""
        checks = self.library.checks or {}
        pinned = {each.label: each.tex for each in self.equations}
        return {label: one for label, one in checks.items() if pinned.get(label) == one.tex}

    def evidence(self, key: str) -> Evidence | None:
        """Return what confirms a record, or ``None``."""
        return (self.library.evidence or {}).get(key)

    def stars(self, url: str) -> Stars | None:
        """Return the count of a repository's stars, or ``None``; paths below it have none."""
        return self.library.stars.get(url.rstrip("/"))

    @cached_property
    def _docnames(self) -> dict[str, str]:
        return {docname.rpartition("/")[2]: docname for docname in reversed(tuple(self.titles))}

    def technique_docname(self, name: str) -> str:
        """Return the docname of the technique page that ``:also:`` calls ``name``, or ""."""
        return self._docnames.get(name, "")

    def listed_under(self, item: Item) -> tuple[str, ...]:
        """Return the docnames of the techniques that an entry stands under, its own first."""
        also = map(self.technique_docname, item.entry.also)
        return tuple(dict.fromkeys(name for name in (item.entry.docname, *also) if name))

    def cross_listed(self, docname: str) -> tuple[Item, ...]:
        """Return the entries of other pages that name this one, newest paper first."""
        listed = self._also.get(docname.rpartition("/")[2], ())
        return tuple(item for item in listed if item.entry.docname != docname)

    @cached_property
    def _also(self) -> dict[str, list[Item]]:
        found: dict[str, list[Item]] = {}
        for item in self.newest_papers:
            for name in dict.fromkeys(item.entry.also):
                found.setdefault(name, []).append(item)
        return found

    @cached_property
    def newest_papers(self) -> tuple[Item, ...]:
        """All entries, newest paper first; those of one year by title."""
        return tuple(sorted(self.items.values(), key=newest_first))

    def newest(self, count: int) -> tuple[Item, ...]:
        """Return the entries added last; those of one day by year and title."""
        return tuple(
            sorted(self.newest_papers, key=lambda item: item.entry.added, reverse=True)[:count]
        )

    def references(self, docname: str) -> tuple[Record, ...]:
        """Return what a page cites in its prose, by people and year."""
        records = self.library.records
        cited = [records[key] for key in self.cites.get(docname, ()) if key in records]
        return tuple(sorted(cited, key=_by_people))

    def select(self, view: View, docname: str) -> tuple[object, ...]:
        """Return what tells whether a view shows something else than before, as frozen values."""
        match view.kind:
            case "entry":
                return self._card(view.argument)
            case "cross-listed":
                return tuple(self.line(item.entry.key) for item in self.cross_listed(docname))
            case "newest":
                shown = self.newest(int(view.argument))
                return tuple(self.line(item.entry.key) for item in shown)
            case "references":
                venue = self.library.venue
                cited = self.references(docname)
                return tuple((record, venue(record), self._place(record.key)) for record in cited)
            case "problem-kinds":
                return tuple(Kind)
            case "link":
                return self._place(view.argument)
            case "bibliography":
                return tuple(map(self._listed, self.listed.get(docname, self.library.records)))
            case "corrections" | "source-rows":
                keys = [row.key for each in self.library.lists for row in each.rows]
                rows = [self._place(key) for key in keys]
                return (*self.library.lists, *rows, *(self.titles.items() if keys else ()))
            case "entry-index":
                return (self.headings(view.argument), self._lines)
            case "open-work":
                open_ = [(fields, self._place(record.key)) for record, fields in self.open_work]
                return (*open_, len(self.library.records))
            case "all-entries":
                return (self._rows, *self.techniques)
            case "picture":
                return (*self._drawn(view.argument), *self.titles.items())
            case "family-line":
                family = self.family(docname)
                years = tuple(self.items[key].record.year for key in family)
                return (*family.items(), *map(self._place, family), *years)
            case "filter":
                return tuple(sorted(self.index_pages.items()))
            case "equation":
                check = self.checked.get(view.argument)
                return (check.means, check.claim, self.equations_page) if check else ()
            case "equations":
                places = tuple(self._place(each.key) for each in self.equations)
                return (self.equations, places, *self.checked.values(), *self.titles.values())
            case "evidence":
                known = [(key, self.evidence(key)) for key in self.items]
                left = [(record.key, fields) for record, fields in self.open_work]
                return (*known, *left, *self._places(), *self.titles.values())
            case "compare" | "disagreements" | "coverage":
                compared = sorted({each.key for each in self.library.results if each.key})
                pages = sorted(self.compare_pages.items())
                return (self.library.results, *pages, *map(self._place, compared))
            case "support":
                named = sorted({each.key for each in self.library.support if each.key})
                return (self.library.support, *map(self._place, named))
            case "considered":
                return self.library.considered
            case "downloads" | "basket":
                return ()
            case "cite-survey":
                return (self.library.citation, self.as_of) if self.library.citation else ()
            case "feeds":
                dated = [(name, self.is_dated(name)) for name in self.titles]
                return (*self.titles.items(), *dated, self.is_dated())
            case "techniques":
                return self.techniques
        raise ValueError(view.kind)

    def words(self, view: View) -> str:
        """Return by what a reader finds a view in the search: a card, by what is on top of it."""
        item = self.items.get(view.argument) if view.kind == "entry" else None
        if item is None:
            return ""
        entry, record = item
        venue = self.library.venue(record)
        shown = (entry.name, plain(record.field("title")), *map(str, record.people))
        return " ".join([*shown, venue.short if venue else "", record.field("year"), *entry.tags])

    def page_digest(self, docname: str, views: tuple[View, ...]) -> str:
        """Return a digest of all that the page shows of the survey."""
        cited = [self.library.digests.get(key) for key in self.cites.get(docname, ())]
        citable = self.library.citation is not None
        feeds = self.is_dated(), docname in self.titles and self.is_dated(docname)
        return digest([self.select(view, docname) for view in views], cited, citable, feeds)

    def _drawn(self, picture: str) -> tuple[object, ...]:
        """Return what a picture shows of each entry."""
        table = self.index_pages.get("all-entries")
        items = self.newest_papers
        if picture == "years":
            marks = [(*self._place(i.entry.key), i.record.field("year")) for i in items]
            return (*marks, table)
        # Counts of places and years, whatever the entries are called.
        under = [self.listed_under(i) for i in items]
        if picture == "pairs":
            return (*sorted(under), table)
        years = [i.record.field("year") for i in items]
        return (*sorted(zip(under, years, strict=True)), table)

    def _card(self, key: str) -> tuple[object, ...]:
        item = self.items.get(key)
        if item is None:
            return (key,)
        known = (self.library.evidence is not None, self.evidence(key), self.evidence_page)
        shown = (self.library.venue(item.record), self._backlinks(key), known)
        entry = item.entry
        links = (entry.code, entry.reimplementation, entry.project, entry.model)
        stars = tuple(map(self.stars, links))
        record = self.library.digests[key]
        results = self.library.results_of.get(key, ()), self.library.support_of.get(key, ())
        return (entry, record, *shown, stars, results, sorted(self.index_pages.items()))

    def _backlinks(self, key: str) -> tuple[object, ...]:
        """Return what a card and a bibliography line say of other places."""
        item = self.items.get(key)
        mentions = self.mentioned.get(key, Mentions())
        extends, also = (item.entry.extends, item.entry.also) if item else ((), ())
        relatives = (*extends, *self.extended_by.get(key, ()), *mentions.entries)
        pages = tuple(map(self.technique_docname, also))
        places = tuple(self._place(relative) for relative in relatives)
        return places, pages, tuple(map(self.titles.get, pages)), mentions

    @cached_property
    def _lines(self) -> str:
        """A digest of what the lines of indexes show; several pages have one."""
        return digest([self.line(item.entry.key) for item in self.newest_papers])

    @cached_property
    def _rows(self) -> str:
        """A digest of what the table of all entries shows."""
        return digest([self.row(item.entry.key) for item in self.newest_papers])

    def _listed(self, key: str) -> tuple[object, ...]:
        """Return what a bibliography shows of a record."""
        return self.library.digests.get(key), self._backlinks(key), self._place(key)

    def _place(self, key: str) -> tuple[str, ...]:
        """Return what a link to a card shows: label, page and title."""
        item = self.items.get(key)
        title_of = (item.entry.docname, item.record.field("title")) if item else ()
        return (key, self.label(key), *title_of)

    def _places(self) -> list[tuple[str, ...]]:
        return [self._place(key) for key in self.items]

    def label(self, key: str) -> str:
        """Return how links call an entry: its short name, or its record's title as TeX."""
        item = self.items.get(key)
        return (item.entry.name or item.record.field("title")) if item else key


def _begins(title: str, name: str) -> bool:
    return fold(plain(title)).startswith(fold(name))


def _is_day(text: str) -> bool:
    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        return False
    return True


def newest_first(item: Item) -> tuple[int, tuple[str, str], str]:
    """Return an entry's place in lists: newest paper first, those of one year by title."""
    return -(item.record.year or 0), sort_key(item.record.field("title")), item.record.key


def _by_people(record: Record) -> tuple[list[tuple[str, str]], int, str]:
    return [sort_key(person.family) for person in record.people], record.year or 0, record.key
