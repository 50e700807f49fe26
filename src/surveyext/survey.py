"""Survey: entries joined with the library, and what each view selects from them; pure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from surveyext.evidence import open_work
from surveyext.model import Kind, digest
from surveyext.text import sort_key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from surveyext.evidence import Evidence
    from surveyext.library import Library
    from surveyext.model import Entry, Record
    from surveyext.repositories import Stars


class Item(NamedTuple):
    """An entry with its record."""

    entry: Entry
    record: Record


class Technique(NamedTuple):
    """A technique page."""

    docname: str
    title: str
    size: int  #: Its own entries; those cross-listed from elsewhere do not count.


class View(NamedTuple):
    """A place on a page that shows a part of the survey."""

    kind: str  #: The name of the directive, or "link" or "bibliography".
    argument: str = ""  #: A key for "entry" and "link", a number for "newest".


@dataclass(frozen=True)
class Survey:
    """Everything a page can show. Entries are in reading order, each key once."""

    library: Library
    entries: tuple[Entry, ...]
    titles: Mapping[str, str]  #: Title of each technique page, by docname, in reading order.
    cites: Mapping[str, tuple[str, ...]]  #: Keys cited in prose, by docname.
    index_pages: Mapping[str, str]  #: Docname of the index page of each facet that has one.

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
    def techniques(self) -> tuple[Technique, ...]:
        """The technique pages in reading order."""
        counts = dict.fromkeys(self.titles, 0)
        for item in self.items.values():
            if item.entry.docname in counts:
                counts[item.entry.docname] += 1
        return tuple(Technique(name, self.titles[name], counts[name]) for name in self.titles)

    @cached_property
    def extended_by(self) -> dict[str, tuple[str, ...]]:
        """Keys of the entries that build on a key, in reading order."""
        found: dict[str, tuple[str, ...]] = {}
        for item in self.items.values():
            for key in dict.fromkeys(item.entry.extends):
                found[key] = (*found.get(key, ()), item.entry.key)
        return found

    @cached_property
    def open_work(self) -> tuple[tuple[Record, tuple[str, ...]], ...]:
        """Records with something left to confirm, and what."""
        if self.library.evidence is None:
            return ()
        return tuple(open_work(self.library.records.values(), self.library.evidence))

    def evidence(self, key: str) -> Evidence | None:
        """Return what confirms a record, or ``None``."""
        return (self.library.evidence or {}).get(key)

    def stars(self, url: str) -> Stars | None:
        """Return the count of a repository's stars, or ``None``; paths below it have none."""
        return self.library.stars.get(url.rstrip("/"))

    def technique_docname(self, name: str) -> str:
        """Return the docname of the technique page that ``:also:`` calls ``name``, or ""."""
        return next((known for known in self.titles if known.rpartition("/")[2] == name), "")

    def cross_listed(self, docname: str) -> tuple[Item, ...]:
        """Return the entries of other pages that name this one, newest paper first."""
        name = docname.rpartition("/")[2]
        return tuple(
            item
            for item in self.newest_papers
            if name in item.entry.also and item.entry.docname != docname
        )

    @cached_property
    def newest_papers(self) -> tuple[Item, ...]:
        """All entries, newest paper first; those of one year by title."""
        return tuple(sorted(self.items.values(), key=_newest_first))

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
        """Return all that a view shows, as frozen values: the pure half of its rendering."""
        match view.kind:
            case "entry":
                return self._card(view.argument)
            case "cross-listed":
                return tuple(map(self._brief, self.cross_listed(docname)))
            case "newest":
                return tuple(map(self._brief, self.newest(int(view.argument))))
            case "references":
                venue = self.library.venue
                cited = self.references(docname)
                return tuple((record, venue(record), self._place(record.key)) for record in cited)
            case "problem-kinds":
                return tuple(Kind)
            case "link":
                return self._place(view.argument)
            case "bibliography":
                return (*self.library.records.values(), *self._places())
            case "corrections" | "source-rows":
                return (*self.library.lists, *self._places(), *self.titles.values())
            case "entry-index":
                return (*map(self._line, self.newest_papers), *self.library.tags.values())
            case "open-work":
                rows = [(*row, self._place(row[0].key)) for row in self.open_work]
                return (*rows, len(self.library.records))
            case "downloads":
                return ()
            case "techniques":
                return self.techniques
        raise ValueError(view.kind)

    def page_digest(self, docname: str, views: tuple[View, ...]) -> str:
        """Return a digest of all that the page shows of the survey."""
        cited = [self.library.records.get(key) for key in self.cites.get(docname, ())]
        return digest([self.select(view, docname) for view in views], cited)

    def _card(self, key: str) -> tuple[object, ...]:
        item = self.items.get(key)
        if item is None:
            return (key,)
        relatives = (*item.entry.extends, *self.extended_by.get(key, ()))
        places = tuple(self._place(relative) for relative in relatives)
        pages = tuple(map(self.technique_docname, item.entry.also))
        titles = tuple(map(self.titles.get, pages))
        known = (self.library.evidence is not None, self.evidence(key))
        shown = (self.library.venue(item.record), places, pages, titles, known)
        entry = item.entry
        links = (entry.code, entry.reimplementation, entry.project, entry.model)
        stars = tuple(map(self.stars, links))
        return (*item, *shown, stars, sorted(self.index_pages.items()))

    def _brief(self, item: Item) -> tuple[object, ...]:
        """Return what a short card shows; a note does not appear there."""
        record = item.record
        venue = self.library.venue(record)
        year = record.field("year")
        return item.entry.name, record.people, year, venue, self._place(record.key)

    def _line(self, item: Item) -> tuple[object, ...]:
        """Return what the indexes show of an entry and group it by."""
        entry = item.entry
        code = bool(entry.code), bool(entry.reimplementation)
        return self._brief(item), entry.tags, entry.added[:7], code

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


def _newest_first(item: Item) -> tuple[int, tuple[str, str], str]:
    return -(item.record.year or 0), sort_key(item.record.field("title")), item.record.key


def _by_people(record: Record) -> tuple[list[tuple[str, str]], int, str]:
    return [sort_key(person.family) for person in record.people], record.year or 0, record.key
