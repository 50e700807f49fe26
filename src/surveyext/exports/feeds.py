"""Feeds: what was added, as Atom: one feed for everything and one for each technique; pure."""

from __future__ import annotations

import datetime
import re
import uuid
from typing import TYPE_CHECKING

from surveyext.exports.formats import reference
from surveyext.library.model import digest
from surveyext.library.text import plain
from surveyext.survey.site import Export
from surveyext.survey.survey import newest_first

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from feedgen.feed import FeedGenerator

    from surveyext.survey.site import Site
    from surveyext.survey.survey import Item, Survey

#: The folder of the feeds; everything in it is ours.
FEEDS = "feeds"
#: The feed of everything.
ALL = f"{FEEDS}/all.atom"
#: A feed goes back at least so many entries, and always to the end of a day.
_LEAST = 50
#: Not in XML 1.0, https://www.w3.org/TR/xml/#charsets.
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def feed_path(docname: str) -> str:
    """Return where the feed of a technique page is."""
    path = f"{FEEDS}/{docname}.atom"
    return path if path != ALL else f"{FEEDS}/{docname}-page.atom"


def feed_items(survey: Survey, docname: str = "") -> list[Item]:
    """Return the dated entries of a technique or of all, those added last first.

    :param docname: Of the technique's page; the entries cross-listed there count too.
    """
    own = sorted(survey.entered_on(docname), key=newest_first) if docname else survey.newest_papers
    both = [*own, *survey.cross_listed(docname)]
    dated = [item for item in both if _moment(item.entry.added)]
    return sorted(dated, key=lambda item: item.entry.added, reverse=True)


def has_feed(survey: Survey, docname: str = "") -> bool:
    """Tell whether a technique, or all, have a dated entry."""
    return survey.is_dated(docname)


def feeds(site: Site) -> Iterator[tuple[str, Export]]:
    """Yield every feed by its path; one without a dated entry is left out.

    Format: RFC 4287. Dates are those of ``:added:``, ids follow from the project and the
    key alone, so that neither a build nor a move of the site makes an entry new.
    """
    survey = site.survey
    yield from _feed(site, ALL, site.title, feed_items(survey))
    for docname, title, _ in survey.techniques:
        title = f"{title} \u2013 {site.title}"
        yield from _feed(site, feed_path(docname), title, feed_items(survey, docname))


def _feed(site: Site, path: str, title: str, items: Sequence[Item]) -> Iterator[tuple[str, Export]]:
    """Yield a feed, or nothing without entries.

    :param items: Dated entries, those added last first.
    """
    if recent := list(_recent(items)):
        survey = site.survey
        shown = [
            (entry, survey.library.digests[entry.key], site.notes[entry.key], site.card(entry))
            for entry, _ in recent
        ]
        made_of = digest(site.title, site.author, site.base, title, shown)
        yield path, Export(made_of, lambda: _atom(site, path, title, recent))


def _atom(site: Site, path: str, title: str, recent: Sequence[Item]) -> bytes:
    from feedgen.feed import FeedGenerator  # here: a build without a change needs none of it

    feed = FeedGenerator()
    feed.id(_id(site, path))
    feed.title(_xml(title))
    feed.author({"name": _xml(site.author or site.title)})
    feed.updated(_moment(recent[0].entry.added))
    feed.generator("surveyext")
    feed.link(href=site.base or "../" * path.count("/"), rel="alternate", type="text/html")
    if site.base:  # what a feed calls itself must be absolute
        feed.link(href=site.base + path, rel="self", type="application/atom+xml")
    for item in recent:
        _add(feed, site, path, item)
    return bytes(feed.atom_str(pretty=True))


def _add(feed: FeedGenerator, site: Site, path: str, item: Item) -> None:
    entry, record = item
    title = plain(record.field("title"))
    said = title if item.named_in_title else f"{entry.name}: {title}"
    new = feed.add_entry(order="append")
    new.id(_id(site, entry.key))
    new.title(_xml(said) or entry.key)  # a missing title is reported; Atom must have one
    new.updated(_moment(entry.added))
    new.published(_moment(entry.added))
    new.link(href=(site.base or "../" * path.count("/")) + site.card(entry), rel="alternate")
    for person in record.people:
        new.author({"name": _xml(str(person))})
    new.category({"term": _xml(entry.docname.rpartition("/")[2])})
    new.summary(_xml(reference(record)))
    new.content(_xml(site.notes[entry.key]), type="text")


def _recent(items: Sequence[Item]) -> Iterable[Item]:
    """Yield the entries of the last days, all of a day or none."""
    last = items[:_LEAST][-1].entry.added if items else ""
    return (item for item in items if item.entry.added >= last)


def _moment(added: str) -> datetime.datetime | None:
    """Return the start of a day, or ``None`` for what is no date and reported as such."""
    try:
        return datetime.datetime.combine(
            datetime.date.fromisoformat(added), datetime.time(), datetime.UTC
        )
    except ValueError:
        return None


def _id(site: Site, name: str) -> str:
    """Return a lasting id that needs no address: RFC 9562, version 5."""
    project = uuid.uuid5(uuid.NAMESPACE_URL, f"urn:surveyext:{site.title}")
    return uuid.uuid5(project, name).urn


def _xml(text: str) -> str:
    return _NOT_XML.sub("", text)
